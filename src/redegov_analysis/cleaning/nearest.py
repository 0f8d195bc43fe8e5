"""Names that stand in no list as they are written: shortened, with a state's name too many or too few, or misspelt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from redegov_analysis.cleaning.gazetteer import COUNTRY, Gazetteer
from redegov_analysis.cleaning.likeness import same_but_for_spelling
from redegov_analysis.cleaning.lookup import Match
from redegov_analysis.cleaning.spelling import compact, folded, words
from redegov_analysis.cleaning.states import STATES

if TYPE_CHECKING:
    from collections.abc import Sequence

CLEARLY_AHEAD = 2
"""Slips by which the second best name of a state must lie farther than the best for the best to be used."""

WORTH_A_LOOK = 70.0
"""Likeness from which a name is suggested to a person."""

BRASILIA = "5300108"
# Administrative regions of the Federal District. They are no municipalities: a list that names one means a part of
# Brasília, but only a person can tell whether the whole is meant.
DISTRICTS_OF_BRASILIA = frozenset(
    """aguasclaras aguaquente arapoanga arniqueira brazlandia candangolandia ceilandia cruzeiro fercal gama guara itapoa
    jardimbotanico lagonorte lagosul nucleobandeirante paranoa parkway planaltina planopiloto recantodasemas riachofundo
    riachofundoi riachofundoii samambaia santamaria saosebastiao scia sia sobradinho sobradinhoi sobradinhoii
    solnascente sudoeste sudoesteoctogonal taguatinga varjao vicentepires""".split()
)


def shortened(name: str, state: str, known: Gazetteer) -> Match | None:
    """Return the only name of a state that a folded name shortens word by word ("s jose calcado"), or None.

    At least one word of four letters must stand in full. Initials other than those of saints, Nossa, Novo and Dom are
    suggested, not used: "B. J. da Lapa" is a reader's guess.
    """
    written = known.loose_words(name)
    full = [word for word in written if len(word) >= 4 and word in known.by_word[state]]
    if not full or len(full) == len(written):
        return None
    candidates = frozenset.intersection(*(known.by_word[state][word] for word in full))
    fitting = [code for code in candidates if _shortens(written, known.spelt[state][code])]
    if len(fitting) != 1:
        return None
    (code,) = fitting
    pairs = zip(written, known.spelt[state][code], strict=True)
    safe = all(one == other or one in {"s", "st", "n", "d"} or len(one) >= 4 for one, other in pairs)
    return Match(code, "alias", None, 100.0) if safe else Match(None, "unknown", code, 90.0)


def with_or_without_state(name: str, state: str, known: Gazetteer) -> Match | None:
    """Return the name of a state that differs by the state's own name at the end, or None.

    "Santo Amaro" (MA) is Santo Amaro do Maranhão as long as no other name of the state begins so; "São Luís do Maranhão"
    is São Luís.
    """
    written = known.loose_words(name)
    its_names = [words(folded(STATES[state][1]))] + ([["minas"]] if state == "MG" else [])
    for its_name in its_names:
        longer = known.loose[state].get("".join([*written, *its_name]), frozenset())
        if len(longer) == 1:
            (code,) = longer
            rivals = [other for other, spelt in known.spelt[state].items() if list(spelt[: len(written)]) == written]
            safe = rivals == [code]
            return Match(code, "fuzzy", None, 95.0) if safe else Match(None, "ambiguous", code, 90.0)
        if len(written) > len(its_name) and written[-len(its_name) :] == its_name:
            shorter = known.loose[state].get("".join(written[: -len(its_name)]), frozenset())
            if len(shorter) == 1:
                (code,) = shorter
                return Match(code, "fuzzy", None, 95.0)
    return None


def same_sound(names: Sequence[str], state: str, known: Gazetteer) -> Match | None:
    """Return the only municipality of a state that one of the names sounds like, or None."""
    codes = {code for name in names for code in known.sounds[state].get(known.sound_of(name), ())}
    if len(codes) != 1:
        return None
    (code,) = codes
    return Match(code, "fuzzy", None, _likeness(names, code, known))


def misspelt(names: Sequence[str], state: str, known: Gazetteer) -> Match | None:
    """Return the municipality of a state of which one of the folded names can only be a misspelling, or None."""
    for name in names:
        written = known.loose_words(name)
        key = "".join(written)
        if len(key) < 5:
            continue
        near = process.extract(key, known.keys(state), scorer=OSA.distance, score_cutoff=3 + CLEARLY_AHEAD, limit=2)
        if not near or near[0][1] > 3:
            continue
        (_, slips, code), *others = near
        ahead = not others or others[0][1] - slips >= CLEARLY_AHEAD
        if ahead and same_but_for_spelling(written, known.spelt[state][code], known.vocabulary):
            return Match(code, "fuzzy", None, _likeness([name], code, known))
    return None


def suggested(names: Sequence[str], region: str, known: Gazetteer) -> Match:
    """Return the unknown name with the municipality that a person should look at, if any is near."""
    if region == "DF" and any(compact(name) in DISTRICTS_OF_BRASILIA for name in names):
        return Match(None, "unknown", BRASILIA, 50.0)
    keys, spelt = known.keys(region), known.sentences(region)
    best: list[tuple[float, str]] = []
    for name in names:
        written = known.loose_words(name)
        for _, score, code in process.extract("".join(written), keys, scorer=fuzz.ratio, limit=2):
            best.append((score, code))
        # All words of one name within the other: "Búzios" and Armação dos Búzios.
        for _, score, code in process.extract(" ".join(written), spelt, scorer=fuzz.token_set_ratio, limit=2):
            best.append((0.9 * score, code))
    scores: dict[str, float] = {}
    for score, code in best:
        scores[code] = max(score, scores.get(code, 0.0))
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    if not ranked or ranked[0][1] < WORTH_A_LOOK:
        return Match(None, "unknown")
    if len(ranked) > 1 and ranked[1][1] == ranked[0][1]:
        return Match(None, "ambiguous", None, ranked[0][1])
    return Match(None, "unknown", ranked[0][0], ranked[0][1])


def in_country(names: Sequence[str], known: Gazetteer) -> Match:
    """Return the suggestion for a name without a state that is not known as it stands; it is never filled."""
    codes = {code for name in names for code in known.sounds[COUNTRY].get(known.sound_of(name), ())}
    if len(codes) == 1:
        (code,) = codes
        return Match(None, "unknown", code, _likeness(names, code, known))
    return suggested(names, COUNTRY, known)


def _shortens(written: Sequence[str], name: Sequence[str]) -> bool:
    return len(written) == len(name) and all(map(_abbreviates, written, name))


def _abbreviates(short: str, word: str) -> bool:
    if short == word or word.startswith(short):
        return True
    rest = iter(word)
    contracted = len(short) <= 4 and all(letter in rest for letter in short)
    return len(short) >= 2 and contracted and short[0] == word[0] and short[-1] == word[-1]


def _likeness(names: Sequence[str], code: str, known: Gazetteer) -> float:
    official = folded(known.names[code])
    return max(fuzz.ratio(name, official) for name in names)

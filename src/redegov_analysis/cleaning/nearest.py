"""Names that stand in no list as they are written: shortened, with a state's name too many or too few, or misspelt."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from redegov_analysis.cleaning.closest import fewest_slips, likest, likest_words
from redegov_analysis.cleaning.gazetteer import COUNTRY, Gazetteer
from redegov_analysis.cleaning.likeness import same_but_for_spelling
from redegov_analysis.cleaning.lookup import Match
from redegov_analysis.cleaning.readings import LONGEST_NAME
from redegov_analysis.cleaning.spelling import LOST, compact, folded, words
from redegov_analysis.cleaning.states import STATES

if TYPE_CHECKING:
    from collections.abc import Sequence

CLEARLY_AHEAD = 2
"""Slips by which the second best name of a state must lie farther than the best for the best to be used."""

SHORT_NAME = 9
"""Letters below which a second best name must lie clearly farther even if it begins otherwise."""

MOST_SLIPS = 3
"""Slips that a name may hold and still be used."""

CUT_FROM = 18
"""Letters from which a name may have been cut off by a narrow column."""

# Initials that everybody reads alike.
_INITIALS = {
    "s": ("sao", "santo", "santa", "senhor", "senhora"),
    "st": ("santo", "santa"),
    "n": ("nossa", "nosso", "nova", "novo"),
    "d": ("dom", "dona"),
}

WORTH_A_LOOK = 70.0
"""Likeness from which a name is suggested to a person."""

WITHIN = 0.9
"""What a likeness of words counts beside one of all letters."""

SHORTEST_MISSPELT = 5
"""Letters from which a name may be a misspelling."""

BRASILIA = "5300108"
# Administrative regions of the Federal District. They are no municipalities: a list that names one means a part of
# Brasília, but only a person can tell whether the whole is meant.
DISTRICTS_OF_BRASILIA = frozenset(
    {
        "aguasclaras", "aguaquente", "arapoanga", "arniqueira", "brazlandia", "candangolandia", "ceilandia", "cruzeiro",
        "fercal", "gama", "guara", "itapoa", "jardimbotanico", "lagonorte", "lagosul", "nucleobandeirante", "paranoa",
        "parkway", "planaltina", "planopiloto", "recantodasemas", "riachofundo", "riachofundoi", "riachofundoii",
        "samambaia", "santamaria", "saosebastiao", "scia", "sia", "sobradinho", "sobradinhoi", "sobradinhoii",
        "solnascente", "sudoeste", "sudoesteoctogonal", "taguatinga", "varjao", "vicentepires",
    }
)  # fmt: skip


def lost_letters(name: str, state: str, known: Gazetteer) -> Match | None:
    """Return the only name of a state that fits a folded name with lost letters, or None if none was lost.

    Parameters
    ----------
    name
        A folded name (`spelling.folded`), with `LOST` for each lost letter.
    state
        The letters of the state.
    known
        The municipalities' names.

    Returns
    -------
    Match or None
        Filled when one name fits, ambiguous when several do.
    """
    if LOST not in name:
        return None
    pattern = re.compile(re.sub(f"{LOST}+", lambda marks: f".{{1,{len(marks[0])}}}", re.escape(compact(name))))
    fitting = {code for key, codes in known.exact[state].items() if pattern.fullmatch(key) for code in codes}
    if len(fitting) > 1:
        return Match(None, "ambiguous")
    return Match(fitting.pop(), "fuzzy", None, 90.0) if fitting else None


def shortened(name: str, state: str, known: Gazetteer) -> Match | None:
    """Return the only name of a state that a folded name shortens word by word ("s jose calcado"), or None.

    At least one word of four letters must stand in full. Initials other than those of saints, Nossa, Novo and Dom are
    suggested, not used: "B. J. da Lapa" is a reader's guess. The last word of a long name may be cut anywhere.

    Parameters
    ----------
    name, state, known
        As in `lost_letters`.

    Returns
    -------
    Match or None
        Filled when the shortening is safe, else suggested.
    """
    written = known.loose_words(name)
    full = [word for word in written if len(word) >= 4 and word in known.by_word[state]]
    short = [word for word in written if word not in known.by_word[state]]
    # A word that names places in full is no abbreviation: "Flores do Piauí" is not Floresta do Piauí.
    if not full or not short or any(len(word) > 2 and word in known.vocabulary for word in short):
        return None
    candidates = frozenset.intersection(*(known.by_word[state][word] for word in full))
    fitting = [code for code in candidates if _shortens(written, known.spelt[state][code])]
    if len(fitting) != 1:
        return None
    (code,) = fitting
    pairs = list(zip(written, known.spelt[state][code], strict=True))
    if len("".join(written)) >= CUT_FROM and pairs[-1][1].startswith(pairs[-1][0]):
        pairs.pop()
    safe = all(one == other or other in _INITIALS.get(one, ()) or len(one) >= 4 for one, other in pairs)
    return Match(code, "alias", None, 100.0) if safe else Match(None, "unknown", code, 90.0)


def with_or_without_state(name: str, state: str, known: Gazetteer) -> Match | None:
    """Return the name of a state that differs by the state's own name at the end, or None.

    "São Luís do Maranhão" is São Luís. "Santo Amaro" (MA) is at most suggested to be Santo Amaro do Maranhão: a village
    of another municipality may bear the short name.

    Parameters
    ----------
    name, state, known
        As in `lost_letters`.

    Returns
    -------
    Match or None
        Filled when the cell says the state's name and the official one does not; suggested the other way round.
    """
    written = known.loose_words(name)
    its_names = [words(folded(STATES[state][1]))] + ([["minas"]] if state == "MG" else [])
    for its_name in its_names:
        longer = known.loose[state].get("".join([*written, *its_name]), frozenset())
        if len(longer) == 1:
            (code,) = longer
            rivals = [other for other, spelt in known.spelt[state].items() if list(spelt[: len(written)]) == written]
            safe = rivals == [code]
            return Match(None, "unknown" if safe else "ambiguous", code, 95.0 if safe else 90.0)
        if len(written) > len(its_name) and written[-len(its_name) :] == its_name:
            shorter = known.loose[state].get("".join(written[: -len(its_name)]), frozenset())
            if len(shorter) == 1:
                (code,) = shorter
                return Match(code, "fuzzy", None, 95.0)
    return None


def same_sound(name: str, state: str, known: Gazetteer) -> Match | None:
    """Return the only municipality of a state that a folded name sounds like, or None.

    Parameters
    ----------
    name, state, known
        As in `lost_letters`.

    Returns
    -------
    Match or None
        Filled unless another name is spelt as much alike, which makes it ambiguous.
    """
    codes = known.sounds[state].get(known.sound_of(name), frozenset())
    if len(codes) != 1:
        return None
    (code,) = codes
    key, keys = "".join(known.loose_words(name)), known.keys(state)
    slips = OSA.distance(key, keys[code])
    nearest = process.extract(key, keys, scorer=OSA.distance, score_cutoff=slips, limit=2)
    # "Ittinga" sounds like Itinga, but may as well be Itutinga with a letter lost.
    if any(other != code for _, _, other in nearest):
        return Match(None, "ambiguous", code, _likeness([name], code, known))
    return Match(code, "fuzzy", None, _likeness([name], code, known))


def nearest(cells: Sequence[Sequence[str]], state: str, known: Gazetteer) -> list[Match]:
    """Return what each cell, the names that it gives, can only be a misspelling of, or else what it is suggested to be.

    Parameters
    ----------
    cells
        The folded names of each.
    state
        The letters of the state that all of them are in.
    known
        The municipalities' names.

    Returns
    -------
    list
        One match per cell, in order; filled only where a misspelling is safe.
    """
    found = misspelt(cells, state, known)
    left = [names for names, match in zip(cells, found, strict=True) if match is None]
    further = iter(suggested(left, state, known))
    return [next(further) if match is None else match for match in found]


def misspelt(cells: Sequence[Sequence[str]], state: str, known: Gazetteer) -> list[Match | None]:
    """Return for each cell the municipality of which one of its names can only be a misspelling, or None.

    Parameters
    ----------
    cells
        The folded names that each cell gives.
    state
        The letters of the state that all of them are in.
    known
        The municipalities' names.

    Returns
    -------
    list
        One match, or None, per cell, in order.
    """
    spelt = {name: known.loose_words(name) for names in cells for name in names}
    keys = {name: key for name, written in spelt.items() if len(key := "".join(written)) >= SHORTEST_MISSPELT}
    far = MOST_SLIPS + CLEARLY_AHEAD
    near = dict(zip(keys, fewest_slips(list(keys.values()), state, known, far, 5), strict=True))
    ways = (
        (_misspelt(name, spelt[name], near[name], state, known) for name in names if name in keys) for names in cells
    )
    return [next((match for match in matches if match is not None), None) for matches in ways]


def _misspelt(name: str, written: list[str], near: list[tuple[int, str]], state: str, known: Gazetteer) -> Match | None:
    key, its_keys = "".join(written), known.keys(state)
    # A name's first letter is rarely mistaken; but where another name lies as near, it is no proof: "Atamari" may
    # be Aramari or Itamari, and only a person can tell.
    ranked = sorted((slips + 2 * (its_keys[code][0] != key[0]), code) for slips, code in near)
    slips_to = {code: slips for slips, code in near}
    if not ranked or ranked[0][0] > MOST_SLIPS:
        return None
    slips, code = ranked[0]
    ahead = len(ranked) == 1 or ranked[1][0] - slips >= CLEARLY_AHEAD
    nearness = slips_to[code] + (CLEARLY_AHEAD if len(key) < SHORT_NAME else 1)
    ahead &= all(slips_to[other] >= nearness for _, other in ranked[1:])
    if ahead and same_but_for_spelling(written, known.spelt[state][code], known.vocabulary):
        return Match(code, "fuzzy", None, _likeness([name], code, known))
    return None


def suggested(cells: Sequence[Sequence[str]], region: str, known: Gazetteer) -> list[Match]:
    """Return each unknown cell with the municipality that a person should look at, if any is near.

    Parameters
    ----------
    cells
        The folded names that each cell gives.
    region
        The letters of their state, or `COUNTRY`.
    known
        The municipalities' names.

    Returns
    -------
    list
        One match per cell, in order, never filled: a `suggestion`, if there is one, with its `score` (0–100).
    """
    # Prose is near to nothing, and comparing it with every name would take most of a second.
    short = [[name for name in names if len(name) <= LONGEST_NAME] for names in cells]
    spelt = {name: known.loose_words(name) for names in short for name in names}
    keys = {name: "".join(written) for name, written in spelt.items()}
    alike = dict(zip(keys, likest(list(keys.values()), region, known, WORTH_A_LOOK, 3), strict=True))
    # What is less like than another candidate is not suggested, and need not be looked for.
    least = {name: max(near[0][0] if near else 0.0, WORTH_A_LOOK) for name, near in alike.items()}
    open_names = [name for name in keys if least[name] <= WITHIN * 100]
    within = likest_words(
        [spelt[name] for name in open_names], region, known, [least[name] / WITHIN - 0.01 for name in open_names], 3
    )
    for name, near in zip(open_names, within, strict=True):
        # All words of one name within the other: "Búzios" and Armação dos Búzios.
        alike[name] = [*alike[name], *((WITHIN * score, code) for score, code in near)]
    return [
        Match(None, "unknown", BRASILIA, 50.0)
        if region in ("DF", COUNTRY) and any(compact(name) in DISTRICTS_OF_BRASILIA for name in names)
        else _likest([(keys[name], alike[name]) for name in its_names], known.keys(region))
        for names, its_names in zip(cells, short, strict=True)
    ]


def _likest(found: Sequence[tuple[str, list[tuple[float, str]]]], keys: dict[str, str]) -> Match:
    best: dict[str, tuple[float, int]] = {}
    for key, near in found:
        for score, code in near:
            # Of two equally near, the one that begins alike is meant: "Itabirinha de Mantena" is not Mantena.
            best[code] = max(best.get(code, (0.0, 0)), (score, _shared_letters(key, keys[code])))
    ranked = sorted(best.items(), key=lambda item: (item[1], item[0]), reverse=True)
    if not ranked or ranked[0][1][0] < WORTH_A_LOOK:
        return Match(None, "unknown")
    (code, likeness), *others = ranked
    if others and others[0][1] == likeness:
        return Match(None, "ambiguous", None, likeness[0])
    return Match(None, "unknown", code, likeness[0])


def continued(names: Sequence[str], state: str, known: Gazetteer) -> str | None:
    """Return the only municipality of a state whose name goes on where one of these names ends, or None.

    Parameters
    ----------
    names
        The folded names that a cell gives.
    state, known
        As in `lost_letters`.

    Returns
    -------
    str or None
        Its code.
    """
    codes = {code for name in names for code in known.beginning(state, " ".join([*known.loose_words(name), ""]))}
    return codes.pop() if len(codes) == 1 else None


def sounds_like(names: Sequence[str], known: Gazetteer) -> Match | None:
    """Return the only place of the country that a name without a state sounds like, never filled, or None.

    Parameters
    ----------
    names
        The folded names that a cell gives.
    known
        The municipalities' names.

    Returns
    -------
    Match or None
        A suggestion with its `score` (0–100).
    """
    codes = {code for name in names for code in known.sounds[COUNTRY].get(known.sound_of(name), ())}
    if len(codes) == 1:
        (code,) = codes
        return Match(None, "unknown", code, _likeness(names, code, known))
    return None


def _shared_letters(one: str, other: str) -> int:
    """Return how many letters two names share from the beginning."""
    return next(
        (at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), min(len(one), len(other))
    )


def _shortens(written: Sequence[str], name: Sequence[str]) -> bool:
    return len(written) == len(name) and all(map(_abbreviates, written, name))


def _abbreviates(short: str, word: str) -> bool:
    if short == word or word.startswith(short):
        return True
    rest = iter(word)
    contracted = len(short) in (2, 3) and all(letter in rest for letter in short)
    return contracted and short[0] == word[0] and short[-1] == word[-1]


def _likeness(names: Sequence[str], code: str, known: Gazetteer) -> float:
    official = folded(known.names[code])
    return max(fuzz.ratio(name, official) for name in names)

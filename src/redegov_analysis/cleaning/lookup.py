"""Names looked up as they stand: official names, listed aliases, usual other spellings."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from redegov_analysis.cleaning.gazetteer import COUNTRY, UNSTATED, Gazetteer
from redegov_analysis.cleaning.spelling import compact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redegov_analysis.cleaning.readings import Reading


class Match(NamedTuple):
    """What is known of one name: a code that is safe to use, or a status that says why there is none.

    Attributes
    ----------
    ibge_code
        Seven digits; None unless the status is `code`, `exact`, `alias` or `fuzzy`.
    status
        One of those, or `ambiguous`, `wrong_state` or `unknown`.
    suggestion
        A code for a person to confirm, or None.
    score
        Likeness, 0–100.
    """

    ibge_code: str | None
    status: str
    suggestion: str | None = None
    score: float = 0.0


def agreed(codes: frozenset[str], status: str) -> Match:
    """Return the match of a name that stands for these codes: safe when there is one, ambiguous when there are more.

    Parameters
    ----------
    codes
        Seven digits each, at least one.
    status
        How the name was found.

    Returns
    -------
    Match
        With the full score.
    """
    if len(codes) == 1:
        (code,) = codes
        return Match(code, status, None, 100.0)
    return Match(None, "ambiguous", None, 100.0)


def look_up(ways: Sequence[Reading], region: str, known: Gazetteer) -> Match | None:
    """Return what a cell stands for in a state, `COUNTRY` or `UNSTATED`, or None if no name is known as written.

    Where a cell gives several names to one place ("Embu (Embu das Artes)"), those that are known must agree; if they
    point to different places, the match is ambiguous and the first is suggested.

    Parameters
    ----------
    ways
        The ways to read the cell, the likeliest first; the first under which a name is known decides.
    region
        A state's letters, `COUNTRY` or `UNSTATED`.
    known
        The municipalities' names.

    Returns
    -------
    Match or None
        `exact`, `alias` or `ambiguous`.
    """
    for way in ways:
        for names in (way.names, way.former):
            known_names = [found for name in names if (found := _codes(name, region, known))]
            if not known_names:
                continue
            status = known_names[0][1] if names is way.names else "alias"
            common = frozenset.intersection(*(codes for codes, _ in known_names))
            if common:
                return agreed(common, status)
            first = known_names[0][0]
            return Match(None, "ambiguous", next(iter(first)) if len(first) == 1 else None, 100.0)
    return None


def _codes(name: str, region: str, known: Gazetteer) -> tuple[frozenset[str], str] | None:
    """Return the codes that a folded name stands for and how it does, the official name before any other."""
    key = compact(name)
    if codes := known.exact[region].get(key):
        return codes, "exact"
    loose = "".join(known.loose_words(name))
    for index, its_key in ((known.listed, key), (known.loose, loose)):
        if codes := index[region].get(its_key):
            if region in (COUNTRY, UNSTATED):
                codes |= _longer_names(known.loose_words(name), known)
            if region == UNSTATED:
                codes |= known.sounds[COUNTRY].get(known.sound_of(name), frozenset())
            return codes, "alias"
    return None


def _longer_names(written: list[str], known: Gazetteer) -> frozenset[str]:
    """Return the places whose names go on where this one ends.

    "São Caetano" is listed as a spelling of São Caitano (PE), but without a state it may well mean São Caetano do Sul.
    """
    opening = " ".join([*written, ""])
    return frozenset(known.beginning(COUNTRY, opening))

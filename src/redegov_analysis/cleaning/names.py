"""Which municipality a written name stands for, and whether that is safe to use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from redegov_analysis.cleaning.codes import parse_code
from redegov_analysis.cleaning.gazetteer import COUNTRY, UNSTATED, Gazetteer, gazetteer
from redegov_analysis.cleaning.lookup import Match, agreed, look_up
from redegov_analysis.cleaning.nearest import (
    DISTRICTS_OF_BRASILIA,
    continued,
    lost_letters,
    nearest,
    same_sound,
    shortened,
    sounds_like,
    suggested,
    with_or_without_state,
)
from redegov_analysis.cleaning.readings import Reading, ends_in_letters, readings
from redegov_analysis.cleaning.spelling import compact, mended, with_lost_letters
from redegov_analysis.cleaning.states import parse_state, state_of_code
from redegov_analysis.data.deadline import timed
from redegov_analysis.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from redegov_analysis.project import Project

STATUSES = ("code", "exact", "alias", "fuzzy", "ambiguous", "wrong_state", "unknown")
"""How a name can match."""

FILLED = STATUSES[:4]
"""The statuses that fill `ibge_code`."""

NEAR_WAYS = (lost_letters, shortened, with_or_without_state, same_sound)

_SIX_DIGITS = re.compile(r"\d{6}")
_DIGITS_ONLY = re.compile(r"[\d\s.,]+")
_CODE_AND_NAME = re.compile(r"^\(?(?P<code>\d{6,7})\)?\s*[-–—:|/]?\s*(?P<name>\D*[^\W\d]\D*)$")
_NAME_AND_CODE = re.compile(r"^(?P<name>\D*[^\W\d]\D*?)\s*[-–—:|/(]?\s*(?P<code>\d{6,7})\)?$")


def match_names(
    names: Iterable[object],
    states: Iterable[object] | None = None,
    *,
    project: Project | None = None,
    known: Gazetteer | None = None,
) -> pd.DataFrame:
    """Return the municipality that each written name stands for.

    A wrong code is worse than none: a name is used as it stands, as a listed alias, or when it can only be a
    misspelling of one municipality of its state. All else is at most suggested to a person.

    Parameters
    ----------
    names
        Names as written, offices and states around them included, or codes of 6 or 7 digits.
    states
        The state of each name: letters, name or number; missing where unknown. None: no name has one.
    project
        The project whose tables of municipalities and aliases hold the names; the one of the working directory unless
        given.
    known
        Names to match against instead of the project's, from `gazetteer.gazetteer_from`.

    Returns
    -------
    DataFrame
        One row per name, in order, on the index of `names` if it has one:

        - `ibge_code`: seven digits, only when safe to use;
        - `status`: `code`, the cell held a code; `exact`, the official name; `alias`, a listed other name or a usual
          other spelling (connectives, abbreviations); `fuzzy`, a misspelling; `ambiguous`, several places fit, without
          a state also those of other states that sound alike (Santa Teresinha, Santa Terezinha);
          `wrong_state`, it exists in another state only; `unknown`;
        - `suggestion`: a code for a person to confirm, or missing;
        - `score`: likeness from 0 to 100 of the code or of the suggestion.

    Raises
    ------
    ParameterError
        If `states` has another length than `names`.

    Examples
    --------
    >>> found = match_names(["SAO PAULO", "Bom Jesus", "Mercedes"], ["SP", None, "SP"])
    >>> found[["ibge_code", "status", "suggestion"]].fillna("").to_numpy().tolist()
    [['3550308', 'exact', ''], ['', 'ambiguous', ''], ['', 'wrong_state', '4115853']]
    """
    index = names.index if isinstance(names, pd.Series) else None
    cells = _text(names)
    regions = _text(states) if states is not None else np.full(len(cells), "", dtype=object)
    if len(cells) != len(regions):
        raise ParameterError(
            "{n_cells} {n_cells:name|names} but {n_regions} {n_regions:state|states}; give one state for each name.",
            n_cells=len(cells),
            n_regions=len(regions),
        )
    known = known or gazetteer(project)
    # Lists repeat themselves: each pair of name and state is looked up once.
    name_codes, unique_names = pd.factorize(cells)
    state_codes, unique_states = pd.factorize(regions)
    letters = [(parse_state(text), bool(compact(text))) for text in unique_states]
    pairs, inverse = np.unique(name_codes * np.int64(max(len(letters), 1)) + state_codes, return_inverse=True)
    found = []
    for place, region in timed(divmod(pair, len(letters)) for pair in pairs.tolist()):
        state, stated = letters[region]
        found.append(_match(str(unique_names[place]), state, stated, known))
    matches = _decided(found, known)
    table = pd.DataFrame(
        {
            "ibge_code": pd.Series([match.ibge_code for match in matches], dtype="str"),
            "status": pd.Series([match.status for match in matches], dtype="str"),
            "suggestion": pd.Series([match.suggestion for match in matches], dtype="str"),
            "score": pd.Series([match.score for match in matches], dtype="float64"),
        }
    ).take(inverse.ravel())
    table.index = pd.RangeIndex(len(cells)) if index is None else index
    return table


def match_name(name: str, state: str | None = None, *, project: Project | None = None) -> Match:
    """Return the municipality that one written name stands for; `match_names` for a single cell.

    Parameters
    ----------
    name
        The cell, as `match_names` takes it.
    state
        Letters, name or number of its state; None or nothing where the row gives none.
    project
        The project; the one of the working directory unless given.

    Returns
    -------
    Match
        As a row of `match_names`.

    Examples
    --------
    >>> match_name("Palatina", "PR")
    Match(ibge_code='4117909', status='fuzzy', suggestion=None, score=87.5)
    """
    known = gazetteer(project)
    return _decided([_match(name, parse_state(state or ""), bool(compact(state or "")), known)], known)[0]


class _Unknown(NamedTuple):
    """A name that stands in no list, to be compared with all names of its state, or of the country, with others."""

    names: tuple[str, ...]
    region: str


def _decided(found: Sequence[Match | _Unknown], known: Gazetteer) -> list[Match]:
    """Return the matches, unknown names compared by region, many at a time."""
    by_region: dict[str, list[tuple[str, ...]]] = {}
    for one in found:
        if isinstance(one, _Unknown):
            by_region.setdefault(one.region, []).append(one.names)
    compared = {
        region: iter(suggested(cells, region, known) if region == COUNTRY else nearest(cells, region, known))
        for region, cells in by_region.items()
    }
    return [next(compared[one.region]) if isinstance(one, _Unknown) else one for one in found]


def _match(cell: str, state: str | None, stated: bool, known: Gazetteer) -> Match | _Unknown:
    """Return the match of a cell whose row may state a state, which may be one that there is."""
    if not cell.isascii() or "?" in cell:
        cell = with_lost_letters(mended(cell))
    key = compact(cell)
    # Nearly all names of a good list end here.
    codes = known.exact[state or UNSTATED].get(key)
    if codes is not None and (state is not None or not stated) and not ends_in_letters(cell):
        return agreed(codes, "exact")
    if not key:
        return Match(None, "unknown")
    coded = _match_code(cell.strip(), state, known)
    if coded is not None:
        return coded
    ways = readings(cell, state)
    named = next((way.state for way in reversed(ways) if way.state), None)
    if stated and state is None:
        # "Estado de Manaus": a state was given, but none that there is. Only a person can tell which was meant.
        meant = look_up(ways, named or COUNTRY, known) or Match(None, "unknown")
        return Match(None, "unknown", meant.ibge_code, meant.score if meant.ibge_code else 0.0)
    if state is not None and named not in (None, state):
        there = look_up(ways, named or COUNTRY, known)
        if there is not None:
            return Match(None, "wrong_state", there.ibge_code or there.suggestion, there.score)
    return _match_within(ways, state or named, known)


def _match_within(ways: list[Reading], state: str | None, known: Gazetteer) -> Match | _Unknown:
    """Return the match of a cell within a state, or within the country when none is known."""
    found = look_up(ways, state or UNSTATED, known)
    if found is not None:
        return found
    names = list(dict.fromkeys(name for way in reversed(ways) for name in (*way.names, *way.former) if name))
    if not names:
        return Match(None, "unknown")
    if state is None:
        return sounds_like(names, known) or _Unknown(tuple(names), COUNTRY)
    near = next((close for name in names for attempt in NEAR_WAYS if (close := attempt(name, state, known))), None)
    district = state == "DF" and any(compact(name) in DISTRICTS_OF_BRASILIA for name in names)
    elsewhere = None if district else look_up(ways, COUNTRY, known)
    if elsewhere is not None:
        return _wrong_state(elsewhere, near, names, state, known)
    return near or _Unknown(tuple(names), state)


def _wrong_state(elsewhere: Match, near: Match | None, names: list[str], state: str, known: Gazetteer) -> Match:
    """Return the match of a name that stands in other states only: never a code, but the likeliest place.

    A name near it in the row's own state is likelier than a wrong state ("Santa Rosa" in Acre is Santa Rosa do Purus),
    and that than a name that is merely like it.
    """
    own = (near.ibge_code or near.suggestion) if near else continued(names, state, known)
    place = own or elsewhere.ibge_code or suggested([names], state, known)[0].suggestion
    return Match(None, "wrong_state", place, elsewhere.score if place == elsewhere.ibge_code else 0.0)


def _match_code(cell: str, state: str | None, known: Gazetteer) -> Match | None:
    """Return the match of a cell that holds a code, with or without the name beside it, or None if it holds none."""
    if not _SIX_DIGITS.search(cell.replace(" ", "")):
        return Match(None, "unknown") if _DIGITS_ONLY.fullmatch(cell) else None
    if _DIGITS_ONLY.fullmatch(cell):
        code = parse_code(cell, known.names)
        if code is None:
            return Match(None, "unknown")
        if state not in (None, state_of_code(code)):
            return Match(None, "wrong_state", code, 100.0)
        return Match(code, "code", None, 100.0)
    both = _CODE_AND_NAME.match(cell) or _NAME_AND_CODE.match(cell)
    code = parse_code(both["code"], known.names) if both else None
    if both is None or code is None:
        return None
    (named,) = _decided([_match(both["name"].strip(), state_of_code(code), True, known)], known)
    if named.ibge_code != code:
        # Two sources in one cell that point to different places.
        return Match(None, "ambiguous", code, named.score)
    return (
        Match(code, "code", None, 100.0)
        if state in (None, state_of_code(code))
        else Match(None, "wrong_state", code, 100.0)
    )


def _text(values: Iterable[object]) -> np.ndarray:
    """Return cells as text, missing ones as the empty text."""
    series = values if isinstance(values, pd.Series) else pd.Series(list(values), dtype="object")
    if pd.api.types.is_float_dtype(series.dtype) or series.dtype == object:
        # Each cell by itself: 3550308.0 is a code, and None and NaN are both missing.
        return np.array(["" if pd.isna(cell) else str(cell) for cell in series.array], dtype=object)
    return series.astype("str").fillna("").to_numpy(dtype=object)

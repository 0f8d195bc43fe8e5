"""Lists in blocks: rows that hold a state's name and open the block of that state, told from municipalities."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from redegov_analysis.cleaning.gazetteer import COUNTRY, Gazetteer
from redegov_analysis.cleaning.membership.entities import is_government, state_named
from redegov_analysis.cleaning.readings import readings
from redegov_analysis.cleaning.spelling import compact
from redegov_analysis.cleaning.states import parse_state
from redegov_analysis.data.deadline import timed
from redegov_analysis.errors import DataError

AHEAD = 15
"""How many rows below a state's name are asked whose they are."""

_LETTERS_AFTER = re.compile(r"[-–—/(,]\s*[A-Za-z]{2}\s*\)?\s*$")


class Place(NamedTuple):
    """Where a row stands: the state that holds for it, and whether the row opens that state's block."""

    state: str | None
    opens: bool


class _Name(NamedTuple):
    key: str
    own_state: str | None
    candidate: str | None
    government: bool

    def is_in(self, region: str, known: Gazetteer) -> bool:
        """Return whether a municipality of the region, or of the country, has this name."""
        if not self.key or (self.own_state is not None and region not in (COUNTRY, self.own_state)):
            return False
        return self.key in known.exact[region] or self.key in known.listed[region]


def block_places(
    names: Sequence[str], known: Gazetteer, first: str | None = None, answer: bool | None = None
) -> list[Place]:
    """Return for each row the state of its block and whether the row itself opens it.

    São Paulo, Rio de Janeiro, Goiás, Paraná and others are names of municipalities too. A row with such a name opens a
    block only if the names below it fit that state better than the block so far; within its own state it is the
    municipality. A name that says its state itself ("Campinas/SP") keeps it.

    Parameters
    ----------
    names
        The rows' names, in the order of the list.
    known
        The municipalities' names.
    first
        The state that a title above the rows names, if any.
    answer
        A person's answer to whether such rows open blocks; None: found.

    Raises
    ------
    DataError
        If the only state that the rows name is also the name of a municipality there: a question.

    Examples
    --------
    >>> from redegov_analysis.cleaning.gazetteer import gazetteer
    >>> places = block_places(["ACRE", "Rio Branco", "GOIÁS", "Goiás", "Anápolis"], gazetteer())
    >>> [(place.state, place.opens) for place in places]
    [('AC', True), ('AC', False), ('GO', True), ('GO', False), ('GO', False)]
    """
    rows = _names(names, answer)
    if answer is None and first is None:
        _ask(names, rows, known)
    current, found = first, []
    for place, row in enumerate(timed(rows)):
        opens = row.candidate is not None and _opens(place, row, current, rows, known)
        current = row.candidate if opens else current
        found.append(Place(current if opens else row.own_state or current, opens))
    return found


def _names(names: Sequence[str], answer: bool | None) -> list[_Name]:
    read = {name: _own(name) for name in timed(set(names))}
    told = [read[name] for name in names]
    # Where most names say their state, "São Paulo/SP" is one of them; elsewhere "Acre/AC" heads a block.
    each = sum(state is not None for _, state in told) * 2 >= sum(bool(name) for name in names)
    rows = []
    for name, (key, own) in zip(names, told, strict=True):
        bare = answer is not False and not (each and own is not None and _LETTERS_AFTER.search(name))
        candidate = state_named(name) if bare else None
        rows.append(_Name(key, None if candidate else own, candidate, bare and is_government(name)))
    return rows


def _own(name: str) -> tuple[str, str | None]:
    """Return the key of a name without its state, and the state that it says."""
    way = readings(name)[0] if name else None
    return (compact(way.names[0]) if way and way.names else "", way.state if way else None)


def _opens(place: int, row: _Name, current: str | None, rows: Sequence[_Name], known: Gazetteer) -> bool:
    assert row.candidate is not None
    if row.government or not row.is_in(current or COUNTRY, known):
        return True
    if row.candidate == current:
        return False
    below = _below(place, row.candidate, rows)
    ahead = sum(other.is_in(row.candidate, known) for other in below)
    here = sum(other.is_in(current, known) for other in below) if current else 0
    return ahead > here and ahead * 2 >= len(below)


def _below(place: int, candidate: str, rows: Sequence[_Name]) -> list[_Name]:
    below = []
    for other in rows[place + 1 : place + 1 + AHEAD]:
        if other.candidate not in (None, candidate):
            break
        below.append(other)
    return below


def _ask(names: Sequence[str], rows: Sequence[_Name], known: Gazetteer) -> None:
    """Ask when the only state named may as well be the municipality, with its neighbours below it."""
    named = [place for place, row in enumerate(rows) if row.candidate is not None]
    if len(named) != 1:
        return
    row = rows[named[0]]
    assert row.candidate is not None
    below = _below(named[0], row.candidate, rows)
    unstated = [other for other in below if other.own_state is None]
    fits = sum(other.is_in(row.candidate, known) for other in unstated)
    if row.is_in(row.candidate, known) and not row.government and unstated and fits * 2 >= len(unstated):
        raise DataError(
            "Is {name!r} the state whose municipalities follow, or the municipality of that name?",
            remedy="Answer in the description of columns: `state_rows: true` (the state) or `state_rows: false` (the "
            "municipality).",
            name=names[named[0]],
        )


def filled_down(states: Sequence[str], names: Sequence[str], known: Gazetteer) -> list[str] | None:
    """Return the states with each empty cell filled from above, or None if the list does not bear that out.

    In many lists a state is written on the first row of its block only, or its merged cell was lost on the way. A list
    that has one state on two rows running, or comes back to a state after another, is not such a list: there an empty
    cell is a state that somebody left out, and must not be guessed. Nor is one in which most rows have a state. (The
    state may stand again at the head of a new page.) Then four in five of the names without a state must be names of
    municipalities of the state above them.
    """
    stated = [parse_state(state) or state for state in states if state]
    blocks = [state for state, _ in groupby(stated)]
    running = any(one and one == next_one for one, next_one in pairwise(states))
    if running or len(set(blocks)) < len(blocks) or 2 * len(stated) > len(states):
        return None
    filled, above = [], ""
    for state in states:
        above = state or above
        filled.append(above)
    empty = [place for place, state in enumerate(states) if not state and names[place]]
    if not empty or len(empty) * 5 < len(states):
        return None
    fits = 0
    for place in empty:
        letters, key = parse_state(filled[place]), compact(names[place])
        fits += letters is not None and (key in known.exact[letters] or key in known.listed[letters])
    return filled if fits * 5 >= len(empty) * 4 else None

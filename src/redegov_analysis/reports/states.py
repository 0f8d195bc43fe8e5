"""Where each federative unit stands on the tile map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from redegov_analysis.cleaning import states


@dataclass(frozen=True)
class State:
    """A federative unit.

    Attributes
    ----------
    name
        Its official name.
    region
        The great region that its code belongs to.
    row, column
        Its place on the tile map, counted from 1: neighbours stay neighbours as far as equal tiles allow.
    """

    name: str
    region: str
    row: int
    column: int


_REGIONS: Final = {"1": "Norte", "2": "Nordeste", "3": "Sudeste", "4": "Sul", "5": "Centro-Oeste"}
_PLACES: Final = {
    "AC": (3, 1),
    "AL": (4, 7),
    "AM": (2, 2),
    "AP": (1, 3),
    "BA": (3, 5),
    "CE": (2, 6),
    "DF": (4, 5),
    "ES": (5, 6),
    "GO": (4, 4),
    "MA": (2, 4),
    "MG": (5, 5),
    "MS": (4, 3),
    "MT": (3, 3),
    "PA": (2, 3),
    "PB": (3, 7),
    "PE": (3, 6),
    "PI": (2, 5),
    "PR": (6, 4),
    "RJ": (6, 5),
    "RN": (2, 7),
    "RO": (3, 2),
    "RR": (1, 2),
    "RS": (8, 4),
    "SC": (7, 4),
    "SE": (4, 6),
    "SP": (5, 4),
    "TO": (3, 4),
}

STATES: Final[Mapping[str, State]] = {
    uf: State(states.STATES[uf][1], _REGIONS[states.STATES[uf][0][0]], row, column)
    for uf, (row, column) in _PLACES.items()
}
"""The 27 federative units, in alphabetical order of their letters."""

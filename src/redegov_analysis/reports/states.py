"""The 27 federative units: their names and where each stands on the tile map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class State:
    """A federative unit.

    Attributes
    ----------
    name
        Its official name.
    row, column
        Its place on the tile map, counted from 1: neighbours stay neighbours as far as equal tiles allow.
    """

    name: str
    row: int
    column: int


STATES: Final[Mapping[str, State]] = {
    "AC": State("Acre", 3, 1),
    "AL": State("Alagoas", 4, 7),
    "AM": State("Amazonas", 2, 2),
    "AP": State("Amapá", 1, 3),
    "BA": State("Bahia", 3, 5),
    "CE": State("Ceará", 2, 6),
    "DF": State("Distrito Federal", 4, 5),
    "ES": State("Espírito Santo", 5, 6),
    "GO": State("Goiás", 4, 4),
    "MA": State("Maranhão", 2, 4),
    "MG": State("Minas Gerais", 5, 5),
    "MS": State("Mato Grosso do Sul", 4, 3),
    "MT": State("Mato Grosso", 3, 3),
    "PA": State("Pará", 2, 3),
    "PB": State("Paraíba", 3, 7),
    "PE": State("Pernambuco", 3, 6),
    "PI": State("Piauí", 2, 5),
    "PR": State("Paraná", 6, 4),
    "RJ": State("Rio de Janeiro", 6, 5),
    "RN": State("Rio Grande do Norte", 2, 7),
    "RO": State("Rondônia", 3, 2),
    "RR": State("Roraima", 1, 2),
    "RS": State("Rio Grande do Sul", 8, 4),
    "SC": State("Santa Catarina", 7, 4),
    "SE": State("Sergipe", 4, 6),
    "SP": State("São Paulo", 5, 4),
    "TO": State("Tocantins", 3, 4),
}

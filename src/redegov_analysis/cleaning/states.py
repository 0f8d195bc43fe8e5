"""The 27 federative units, and the ways in which lists write them."""

from __future__ import annotations

import re

from redegov_analysis.cleaning.spelling import compact, folded

STATES: dict[str, tuple[str, str]] = {
    "RO": ("11", "Rondônia"),
    "AC": ("12", "Acre"),
    "AM": ("13", "Amazonas"),
    "RR": ("14", "Roraima"),
    "PA": ("15", "Pará"),
    "AP": ("16", "Amapá"),
    "TO": ("17", "Tocantins"),
    "MA": ("21", "Maranhão"),
    "PI": ("22", "Piauí"),
    "CE": ("23", "Ceará"),
    "RN": ("24", "Rio Grande do Norte"),
    "PB": ("25", "Paraíba"),
    "PE": ("26", "Pernambuco"),
    "AL": ("27", "Alagoas"),
    "SE": ("28", "Sergipe"),
    "BA": ("29", "Bahia"),
    "MG": ("31", "Minas Gerais"),
    "ES": ("32", "Espírito Santo"),
    "RJ": ("33", "Rio de Janeiro"),
    "SP": ("35", "São Paulo"),
    "PR": ("41", "Paraná"),
    "SC": ("42", "Santa Catarina"),
    "RS": ("43", "Rio Grande do Sul"),
    "MS": ("50", "Mato Grosso do Sul"),
    "MT": ("51", "Mato Grosso"),
    "GO": ("52", "Goiás"),
    "DF": ("53", "Distrito Federal"),
}
"""State letters → the two digits that open its codes, and its name."""

_BY_TEXT = {
    **{letters.lower(): letters for letters in STATES},
    **{digits: letters for letters, (digits, _) in STATES.items()},
    **{compact(name): letters for letters, (_, name) in STATES.items()},
}
_LEADING = re.compile(r"^(?:governo )?(?:d[oe] )?estado (?:d[aeo]s? )?|^uf ")


def parse_state(text: str) -> str | None:
    """Return the letters of the state that a cell names, or None.

    Reads letters, names with or without accents and "Estado de …", and the two digits of IBGE.

    Parameters
    ----------
    text
        A cell.

    Returns
    -------
    str or None
        Two capitals.

    Examples
    --------
    >>> [parse_state(cell) for cell in ("sp", "São Paulo", "Estado do Amapa", "35", "35.0", "Estado de Manaus")]
    ['SP', 'SP', 'AP', 'SP', 'SP', None]
    """
    plain = folded(text)
    found = _BY_TEXT.get(compact(plain)) or _BY_TEXT.get(compact(_LEADING.sub("", plain)))
    return found or _BY_TEXT.get(plain.removesuffix(" 0").strip())


def state_of_code(code: str) -> str:
    """Return the letters of the state that a code belongs to.

    Parameters
    ----------
    code
        Two digits or more, the first two of a state.

    Returns
    -------
    str
        Two capitals.

    Examples
    --------
    >>> state_of_code("3550308")
    'SP'
    """
    return _BY_TEXT[code[:2]]

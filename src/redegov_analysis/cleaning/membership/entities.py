"""What kind of body a row stands for: a municipality, a state, a consortium, a council or something else."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from redegov_analysis.cleaning.login import body_kind
from redegov_analysis.cleaning.membership.files import CELLS_KEPT
from redegov_analysis.cleaning.spelling import folded
from redegov_analysis.cleaning.states import STATES, parse_state

Kind = Literal["municipality", "state", "consortium", "council", "association", "other"]
KINDS: tuple[Kind, ...] = ("municipality", "state", "consortium", "council", "association", "other")

_BEFORE = r"(?:executivo |poder executivo |ente |esfera |governo )?"
_SPHERES: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("municipality", re.compile(_BEFORE + r"(?:municip\w*|prefeituras?|m)")),
    ("state", re.compile(_BEFORE + r"(?:estadua\w*|estados?|distrital|e|distrito federal|d|df)(?: (?:distrital|df))?")),
    ("council", re.compile(r"camaras?(?: .*)?|(?:poder )?legislativo(?: municipal)?")),
    ("consortium", re.compile(r"consorcios?(?: .*)?")),
    ("association", re.compile(r"associac\w*(?: .*)?|federac(?:ao|oes)(?: .*)?")),
    ("other", re.compile(_BEFORE + r"federal|uniao|f|judiciario|tribunal|autarquia|fundacao|empresa|estatal")),
)
_CONSORTIUM = re.compile(r"\bconsorcio\b")
_COUNCIL = re.compile(r"\bcamara (?:municipal|d[eo]s? vereadores|vereadores|legislativa|d[aeo]s?\b)")
_OTHER = re.compile(r"\b(?:assembleia legislativa|tribunal|ministerio|defensoria|universidade|instituto federal)\b")
_GOVERNMENT = re.compile(r"^(?:governo\b|(?:do )?estado d|distrito federal$|secretaria d[eo] estado)")
_AROUND_STATE = re.compile(
    r"(?:\s*[-–—:]\s*|\s*\(\s*)\d[\d.]*(?:\s*munic\S*)?\s*\)?\s*$|\s*:\s*$|^\s*(?:uf|estado)\s*:\s*", re.IGNORECASE
)
_LETTERS_TOO = re.compile(r"^(?:(?P<a>[A-Z]{2})\s*[-–—/]\s*(?P<n>.+)|(?P<m>.+?)\s*[-–—/(]\s*(?P<b>[A-Z]{2})\s*\)?)$")


SHARED_NAMES = frozenset(
    folded(name)
    for name in (
        "Amapá",
        "Espírito Santo",
        "Goiás",
        "Mato Grosso",
        "Paraná",
        "Rio de Janeiro",
        "São Paulo",
        "Tocantins",
    )
)
"""Folded names of states that municipalities of some state bear too."""


def sphere_kind(text: str) -> Kind | None:
    """Return the kind of body that a column of spheres or types tells, or None.

    Examples
    --------
    >>> [sphere_kind(text) for text in ("Municipal", "Estadual", "Câmara de Vereadores", "capital")]
    ['municipality', 'state', 'council', None]
    """
    plain = folded(text)
    return next((kind for kind, pattern in _SPHERES if pattern.fullmatch(plain)), None)


@lru_cache(maxsize=CELLS_KEPT)
def state_named(text: str) -> str | None:
    """Return the letters of the state whose name, alone, a cell or a heading holds.

    Examples
    --------
    >>> [state_named(text) for text in ("ACRE", "Acre (AC)", "UF: AC", "Acre - 12 municípios", "Rio Branco/AC", "12")]
    ['AC', 'AC', 'AC', 'AC', None, None]
    """
    if len(text) > 80:
        return None
    bare = _AROUND_STATE.sub("", _AROUND_STATE.sub("", text)).strip()
    if both := _LETTERS_TOO.match(bare):
        letters, name = both["a"] or both["b"], both["n"] or both["m"]
        return letters if letters in STATES and parse_state(name) == letters else None
    return None if bare.replace(".", "").isdigit() else parse_state(bare)


@lru_cache(maxsize=CELLS_KEPT)
def entity_kind(name: str, sphere: str = "") -> Kind:
    """Return what kind of body a row stands for, by its name and by what a column says of it.

    A bare name that states and municipalities share stands for the municipality here.

    Examples
    --------
    >>> [entity_kind(n) for n in ("Campinas", "Câmara Municipal de Lages", "Governo do Estado do Acre", "Bahia")]
    ['municipality', 'council', 'state', 'state']
    """
    plain = folded(name)
    if _CONSORTIUM.search(plain):
        return "consortium"
    if _COUNCIL.search(plain):
        return "council"
    if _OTHER.search(plain):
        return "other"
    told = sphere_kind(sphere) if sphere else None
    if told is not None:
        return told
    if is_government(name):
        return "state"
    kind = body_kind(name)
    if kind == "association":
        return "association"
    if kind in ("pension fund", "foundation or college", "company"):
        return "other"
    return "state" if state_named(name) and not is_shared(name) else "municipality"


def is_shared(name: str) -> bool:
    """Return whether a name of a state, with or without its letters, is a municipality's name too.

    Examples
    --------
    >>> is_shared("São Paulo/SP"), is_shared("Acre")
    (True, False)
    """
    both = _LETTERS_TOO.match(name.strip())
    return folded((both["n"] or both["m"]) if both else name) in SHARED_NAMES


def is_government(name: str) -> bool:
    """Return whether a name says that it is a state's government, rather than only the state's name.

    Examples
    --------
    >>> is_government("Estado do Pará"), is_government("Distrito Federal"), is_government("Pará")
    (True, True, False)
    """
    plain = folded(name)
    found = _GOVERNMENT.match(plain)
    if found is None:
        return False
    bare = re.sub(r"^(?:governo )?(?:d[aeo]s? )?(?:estado )?(?:d[aeo]s? )?", "", plain)
    letters = r"(?: (?:" + "|".join(STATES).lower() + r"))?$"
    return parse_state(bare) is not None or parse_state(re.sub(letters, "", bare)) is not None or "secretaria" in plain


def government_state(name: str) -> str | None:
    """Return the letters of the state whose government a name stands for."""
    plain = folded(name)
    bare = re.sub(r"^(?:secretaria d[eo] .*?)?(?:governo )?(?:d[aeo]s? )?(?:estado )?(?:d[aeo]s? )?", "", plain)
    letters = r" (?:" + "|".join(STATES).lower() + r")$"
    return parse_state(bare) or parse_state(re.sub(letters, "", bare)) or state_named(name)

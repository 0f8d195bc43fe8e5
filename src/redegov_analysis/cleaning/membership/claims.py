"""What a cell or a line says of its list: that it was made up."""

from __future__ import annotations

import re

from redegov_analysis.cleaning.spelling import folded

_ENGLISH = "simulated|made up|invented|fictitious"
_PORTUGUESE = "(?:simulad|inventad|fictici)[oa]"
_SAYS_SO = re.compile(
    rf"(?:x )?(?:{_ENGLISH}|{_PORTUGUESE}s?)(?: (?:nao|not|dado|dados|data|lista|list)\b.*)?"
    rf"|.*\b(?:nao sao dados reais|not real data|(?:dados|lista) {_PORTUGUESE}s?|(?:{_ENGLISH}) (?:data|list))\b.*"
)
_MAY_SAY_SO = re.compile("simula|rea|inven|fict|made", re.IGNORECASE)
_AT_END = re.compile(
    r"[\s\-–—|;,:(\[✕]*\b(?:simulated|made[ -]up|invented|fictitious|(?:simulad|inventad|fict[ií]ci)[oa])\b[\s)\].]*$",
    re.IGNORECASE,
)


def is_claim(text: str) -> bool:
    """Return whether a cell or a line says, and says only, that the data are made up.

    Examples
    --------
    >>> is_claim("SIMULADO — não são dados reais"), is_claim("inventado"), is_claim("Simulado do ENEM")
    (True, True, False)
    """
    return _MAY_SAY_SO.search(text) is not None and _SAYS_SO.fullmatch(folded(text)) is not None


def without_claim(text: str) -> tuple[str, bool]:
    """Return a line of text without the mark at its end that says that it is simulated, and whether there was one.

    Examples
    --------
    >>> without_claim("Campinas/SP – 12/03/2024 – simulado"), without_claim("Campinas/SP")
    (('Campinas/SP – 12/03/2024', True), ('Campinas/SP', False))
    """
    found = _AT_END.search(text)
    return (text[: found.start()], True) if found and text[: found.start()].strip() else (text, False)

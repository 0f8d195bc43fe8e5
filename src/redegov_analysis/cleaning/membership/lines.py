"""Lines of text as rows: numbering and bullets off, a date at the end apart, several names on a line each by itself."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from redegov_analysis.cleaning.gazetteer import COUNTRY, Gazetteer
from redegov_analysis.cleaning.membership.dates import is_date
from redegov_analysis.cleaning.membership.entities import state_named
from redegov_analysis.cleaning.membership.files import CELLS_KEPT
from redegov_analysis.cleaning.spelling import compact, folded
from redegov_analysis.cleaning.states import STATES, parse_state

_BULLET = re.compile(r"^\s*(?:[•·▪●◦○*►▸➢✓✔–—-]+\s+|\(?\d{1,4}\s*[.)ºª°]\s*[-–]?\s*|\d{1,4}\s+[-–]\s+)")
_DAY = r"\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2}"
_MONTH = r"(?:\d{1,2}º?\s+de\s+)?[a-zç]{3,9}\.?(?:/|\s+de\s+)\d{4}|\d{1,2}/\d{4}"
_DATE_LAST = re.compile(rf"(?<![^\W_])(?P<date>{_DAY}|{_MONTH})\s*[)\].;]?$", re.IGNORECASE)
_DATE_FIRST = re.compile(rf"(?P<date>{_DAY})(?=[\s:,;–—-])")
_SAID_BEFORE = re.compile(
    r"[\s:,;(\[–—-](?:(?:aderiu|adesão|adesao|assinado|publicado|desde|data)(?:\s*(?:em|de))?|em|de)$", re.IGNORECASE
)
_BETWEEN = " \t\u00a0:,;([–—-"
_LETTER = re.compile(r"[^\W\d]")
LONGEST_DATE = 60
"""Characters at the end of a line among which its date and the words before it stand."""

_DOCUMENT = re.compile(
    r"(?:\s*[,;(]|\s[-–—])\s*(?:termos?|acordos?|processos?|portarias?|extratos?|contratos?|conv[êe]nios?|publica(?:do|da|ção)|"
    r"DOU|D\.O\.U\.?|di[áa]rio oficial)\b.*$",
    re.IGNORECASE,
)
"""What follows a name where a line cites the document by which its municipality joined."""
_LETTERS_AFTER = re.compile(r"\s*(?:/|\s[-–—]\s|\()\s*([A-Z]{2})\s*\)?$")
_NOTE = re.compile(
    r"^(?:fontes?(?! boa)|notas?|obs|observac(?:ao|oes)|elaborac(?:ao|ado)|legenda|atualizad[oa]"
    r"|ultima (?:atualizacao|modificacao)"
    r"|dados (?:de|ate|atualizados)|posicao (?:de|em)|data d[ae] (?:extracao|atualizacao|consulta)|extraido|emitido"
    r"|gerado em|pagina \d|disponivel em|acesso em|https?|www|publicado em|compartilhe|voltar ao topo|lista d[aeo]s?\b"
    r"|municipios (?:aderentes|da rede|integrantes|que|participantes|membros)|adesoes a rede"
    r"|relacao d[aeo]s?\b|variavel|tabela \d)\b"
)
_TOTAL = re.compile(r"^(?:sub ?total|total|soma|totais)\b")
_MARKED = re.compile(r"\*|\(\*\)|[¹²³]")
_PROSE_WORDS = 12


class Line(NamedTuple):
    """What one line, or one part of it, says: a name, the date beside it, and letters that are no state's, if any."""

    name: str
    date: str = ""
    state: str = ""


def line_parts(text: str, known: Gazetteer) -> list[Line]:
    """Return what a line of text says, one entry per name.

    A line holds several names when it begins with a state and a colon, or when most parts between its commas or
    semicolons are names of municipalities.

    Examples
    --------
    >>> from redegov_analysis.cleaning.gazetteer import gazetteer
    >>> line_parts("12. Rio Branco/AC – 31/12/2023", gazetteer())
    [Line(name='Rio Branco/AC', date='31/12/2023', state='')]
    >>> line_parts("Município de Xapuri - Termo de Adesão nº 13/2022, DOU de 04/05/2022", gazetteer())
    [Line(name='Município de Xapuri', date='04/05/2022', state='')]
    >>> [part.name for part in line_parts("Acre: Rio Branco, Xapuri e Feijó.", gazetteer())]
    ['Acre', 'Rio Branco', 'Xapuri', 'Feijó']
    """
    bare = _BULLET.sub("", text, count=1).strip()
    state, colon, rest = bare.partition(":")
    if colon and rest.strip() and state_named(state):
        return [Line(state.strip()), *(_dated(part) for part in _parts(rest, known))]
    parts = _parts(bare, known)
    names = sum(_known_name(part, known) for part in parts)
    several = len(parts) > 2 or (len(parts) == 2 and parse_state(parts[1]) is None)
    if several and names >= max(2, len(parts) / 2):
        return [_dated(part) for part in parts]
    return [_dated(bare)]


@lru_cache(maxsize=CELLS_KEPT)
def is_note(text: str) -> bool:
    """Return whether a text that stands alone in its row is a note about the list rather than an entry of it.

    Examples
    --------
    >>> [is_note(text) for text in ("Fonte: SGD/MGI", "* Dados preliminares", "São Paulo")]
    [True, True, False]
    """
    plain = folded(text)
    return bool(_NOTE.match(plain)) or _MARKED.match(text) is not None or len(plain.split()) > _PROSE_WORDS


@lru_cache(maxsize=CELLS_KEPT)
def is_total(text: str) -> bool:
    """Return whether a row that begins with this text sums the others up.

    Examples
    --------
    >>> is_total("TOTAL GERAL"), is_total("Totalidade")
    (True, False)
    """
    return _TOTAL.match(folded(text)) is not None


def _parts(text: str, known: Gazetteer) -> list[str]:
    parts = [part.strip(" .\t") for part in re.split(r"[;,]", text)]
    parts = [part for part in parts if part]
    if len(parts) > 1 or (parts and not _known_name(parts[0], known)):
        before, found, after = parts[-1].rpartition(" e ")
        if found and _known_name(after, known) and not _known_name(parts[-1], known):
            parts[-1:] = [before.strip(), after.strip()]
    return parts


def _dated(text: str) -> Line:
    # Found from the ends inwards: a pattern for the whole line would take hours on one made for it.
    last = _DATE_LAST.search(text, max(0, len(text) - LONGEST_DATE))
    first = _DATE_FIRST.match(text)
    if last is not None and _is_day(last["date"]):
        before = text[: last.start()]
        name = before.rstrip(_BETWEEN)
        said = _SAID_BEFORE.search(name, max(0, len(name) - LONGEST_DATE))
        name = name[: said.start()].rstrip(_BETWEEN) if said else name
        if (said or len(name) < len(before)) and _LETTER.search(name):
            return _stated(_undocumented(name.lstrip()), last["date"])
    if first is not None and _is_day(first["date"]) and _LETTER.search(text, first.end()):
        return _stated(_undocumented(text[first.end() :].lstrip(_BETWEEN)), first["date"])
    return _stated(_undocumented(text), "")


def _undocumented(text: str) -> str:
    return _DOCUMENT.sub("", text).strip() or text.strip()


def _is_day(text: str) -> bool:
    return re.fullmatch(_DAY, text) is not None or is_date(text)


def _stated(name: str, date: str) -> Line:
    """Return a line whose letters at the end, where no state has them, are set apart: they are no part of the name."""
    letters = _LETTERS_AFTER.search(name)
    if letters is None or letters[1] in STATES:
        return Line(name, date)
    return Line(name[: letters.start()].strip() or name, date, letters[1])


def _known_name(text: str, known: Gazetteer) -> bool:
    key = compact(re.split(r"\s*(?:/|\s[-–—]\s|\()", text)[0])
    return key in known.exact[COUNTRY] or key in known.listed[COUNTRY]

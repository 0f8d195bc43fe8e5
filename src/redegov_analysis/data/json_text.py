"""JSON of anyone: how deep it is nested is looked at before it is parsed, and what is wrong is said with its place."""

from __future__ import annotations

import json
import re
from typing import Any

from redegov_analysis.data.deadline import timed
from redegov_analysis.errors import DataError
from redegov_analysis.language import Phrase

MAX_DEPTH = 20
"""Most brackets within brackets; an outline of a municipality on a map has ten."""

# A text without its closing quote reaches to the end, so that nothing is looked at twice.
_TEXT_OR_BRACKET = re.compile(r'"(?:[^"\\]+|\\.?)*"?|[\[\]{}]', re.DOTALL)
_FAULTS = (
    ("Extra data", Phrase("more stands behind its end")),
    ("Unterminated string", Phrase("the closing quote of a text is missing")),
    ("Invalid control character", Phrase("a line end or tab stands within a text")),
    ("Invalid", Phrase("a text holds an escape that JSON does not have")),
)


def json_from_text(text: str, name: str, remedy: Phrase) -> Any:
    """Return what a JSON document holds.

    Parameters
    ----------
    text
        The document.
    name
        What it is called in messages.
    remedy
        What to do about one that cannot be read.

    Raises
    ------
    DataError
        If it is no JSON or nested too deeply: with line and column; or its time is over.

    Examples
    --------
    >>> json_from_text('[{"a": 1}]', "list.json", Phrase("Export it again."))
    [{'a': 1}]
    """
    depth = 0
    for found in timed(_TEXT_OR_BRACKET.finditer(text)):
        sign = found[0]
        if sign in ("[", "{"):
            depth += 1
            if depth > MAX_DEPTH:
                fault = Phrase("it is nested more than {most} {most:level|levels} deep", {"most": MAX_DEPTH})
                raise _refused(fault, text, found.start(), name, remedy)
        elif sign in ("]", "}"):
            depth -= 1
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        fault = Phrase("no valid JSON: {fault}", {"fault": _fault(error)})
        raise _refused(fault, text, error.pos, name, remedy) from error
    except ValueError as error:
        # Python turns no text of thousands of digits into a number, and does not tell where it stands.
        digits = re.search(r"\d{4000,}", text)
        fault = Phrase("a number has too many digits")
        raise _refused(fault, text, digits.start() if digits else 0, name, remedy) from error


def json_fault(error: ValueError) -> Phrase:
    """Return where and what is wrong with JSON; Python's parser says it in English alone.

    Parameters
    ----------
    error
        What `json.loads` raised.

    Examples
    --------
    >>> try:
    ...     json.loads('{"a": 1')
    ... except ValueError as error:
    ...     print(json_fault(error))
    line 1, column 8: it ends before its last bracket is closed
    """
    if not isinstance(error, json.JSONDecodeError):
        return Phrase("no text in UTF-8") if isinstance(error, UnicodeError) else Phrase("a number has too many digits")
    return Phrase(
        "line {line}, column {column}: {fault}", {"line": error.lineno, "column": error.colno, "fault": _fault(error)}
    )


def _fault(error: json.JSONDecodeError) -> Phrase:
    """Return what is wrong; Python's parser says it in English alone."""
    for begins, fault in _FAULTS:
        if error.msg.startswith(begins):
            return fault
    rest = error.doc[error.pos :].lstrip()[:1]
    if not rest:
        return Phrase("it ends before its last bracket is closed")
    return Phrase("{found!r} cannot stand there", {"found": rest})


def _refused(fault: Phrase, text: str, place: int, name: str, remedy: Phrase) -> DataError:
    line = text.count("\n", 0, place) + 1
    return DataError(
        fault,
        where=Phrase(
            "{file}, line {line}, column {column}",
            {"file": name, "line": line, "column": place - text.rfind("\n", 0, place)},
        ),
        remedy=remedy,
    )

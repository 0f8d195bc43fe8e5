"""What a person says about a list: which column is which, and the answers to what the list leaves open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from redegov_analysis.cleaning.membership.files import open_ordinary
from redegov_analysis.cleaning.spelling import folded
from redegov_analysis.errors import ParameterError
from redegov_analysis.language import Phrase

FIELDS = ("code", "municipality", "body", "state", "joined_on", "sphere", "status")
"""What a column may be: IBGE's code; the municipality's name; the body that joined ("Prefeitura de …", "Governo do
Estado …"); the state; the date of joining; the sphere or type of the body; whether it has joined."""

_OPTIONS: dict[str, tuple[Any, ...]] = {
    "undated": ("member", "not_member"),
    "date_order": ("day", "month"),
    "date_system": (1900, 1904),
    "state_rows": (True, False),
}
MAX_ANSWERS_BYTES = 100_000
_EXPECTED = Phrase("a few lines such as `municipality: Nome do ente`")
_CORRECT = Phrase("Correct the description of columns.")


@dataclass(frozen=True)
class Answers:
    """The answers; what is not given is found in the list or asked.

    Attributes
    ----------
    columns
        Field of `FIELDS` → the heading of its column, or its number from 1, or None for "no column".
    sheets
        Names of the sheets or tables to read.
    header_line
        The line on which the headings stand; 0 for a list without headings.
    status_member, status_not_member
        Marks in the column of status that mean joined, and not joined.
    undated
        What a row without a date is, in a list with dates and without a column of status.
    date_order
        Whether dates written with numbers begin with the day or the month.
    date_system
        Whether day numbers count from 1900 or 1904.
    state_rows
        Whether rows that hold a state's name open the block of that state.
    """

    columns: Mapping[str, str | int | None]
    sheets: tuple[str, ...] = ()
    header_line: int | None = None
    status_member: frozenset[str] = frozenset()
    status_not_member: frozenset[str] = frozenset()
    undated: str | None = None
    date_order: str | None = None
    date_system: int | None = None
    state_rows: bool | None = None


def read_answers(given: str | Path | Mapping[str, Any] | None) -> Answers:
    """Return the answers of a YAML file or of a mapping with the same keys.

    The keys are the `FIELDS` and the other attributes of `Answers`:

        municipality: Nome do ente
        state: UF
        joined_on: Data de assinatura
        status_not_member: [em tramitação]

    Raises
    ------
    ParameterError
        If the file is no ordinary one or cannot be read, or a key or a value is unknown.

    Examples
    --------
    >>> read_answers({"municipality": "Nome", "state": 2}).columns
    {'municipality': 'Nome', 'state': 2}
    """
    if given is None:
        return Answers({})
    where = "columns" if isinstance(given, Mapping) else str(given)
    content = given if isinstance(given, Mapping) else _loaded(Path(given))
    known = [*FIELDS, *(f.name for f in fields(Answers) if f.name != "columns")]
    answers = Answers({key: _column(value, key, where) for key, value in content.items() if key in FIELDS})
    for key, value in content.items():
        if key in FIELDS:
            continue
        if key not in known:
            raise ParameterError(
                "the key {key!r} is unknown",
                where="{file}",
                expected="one of {known}",
                file=where,
                key=key,
                known=", ".join(known),
            )
        answers = replace(answers, **{str(key): _option(key, value, where)})
    return answers


def value_from_yaml(content: str | bytes, where: Phrase, expected: Phrase) -> Any:
    """Return what YAML says, of what a person writes by hand: texts, numbers, truth values, lists and mappings of them.

    Parameters
    ----------
    content
        The YAML.
    where, expected
        Where it stands and what should stand there, for the message.

    Raises
    ------
    ParameterError
        If it is no such YAML: with line and column, where its reader tells them.

    Examples
    --------
    >>> value_from_yaml("[sim, assinado]", Phrase("--set"), Phrase("a list"))
    ['sim', 'assinado']
    """
    import yaml

    try:
        return yaml.safe_load(content)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        if mark is not None:
            values = {"place": where, "line": mark.line + 1, "column": mark.column + 1}
            where = Phrase("{place}, line {line}, column {column}", values)
        raise ParameterError(_fault(error), where=where, expected=expected, remedy="Correct it there.") from error


def _fault(error: Exception) -> Phrase:
    """Return what is wrong; the reader of YAML says it in English alone."""
    from yaml.constructor import ConstructorError
    from yaml.reader import ReaderError

    if isinstance(error, UnicodeDecodeError | ReaderError):
        return Phrase("no text in UTF-8")
    if isinstance(error, ConstructorError):
        return Phrase("a tag or a key of YAML that only programs use")
    if isinstance(error, RecursionError):
        return Phrase("it is nested too deeply")
    return Phrase("no YAML that can be read")


def _loaded(path: Path) -> Mapping[Any, Any]:
    where = Phrase("{file}", {"file": path})
    with open_ordinary(path) as file:
        content = file.read(MAX_ANSWERS_BYTES + 1)
    if len(content) > MAX_ANSWERS_BYTES:
        found = Phrase("it has more than {most:,} {most:byte|bytes}", {"most": MAX_ANSWERS_BYTES})
        raise ParameterError(found, where=where, expected=_EXPECTED, remedy=_CORRECT)
    loaded = value_from_yaml(content, where, _EXPECTED)
    if not isinstance(loaded, Mapping):
        raise ParameterError("no lines of keys and values", where=where, expected=_EXPECTED, remedy=_CORRECT)
    return loaded


def _column(value: object, key: object, where: str) -> str | int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
        return value
    if isinstance(value, str) and folded(value):
        return value
    raise ParameterError(
        "found {value!r}",
        where="{file}, {key}",
        expected="a heading, a column number from 1, or nothing",
        file=where,
        key=key,
        value=value,
    )


def _option(key: str, value: object, where: str) -> Any:
    if key in _OPTIONS:
        if value not in _OPTIONS[key]:
            allowed = ", ".join(str(option).lower() for option in _OPTIONS[key])
            raise ParameterError(
                "found {value!r}",
                where="{file}, {key}",
                expected="one of {known}",
                file=where,
                key=key,
                value=value,
                known=allowed,
            )
        return value
    if key == "header_line":
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ParameterError(
                "found {value!r}",
                where="{file}, {key}",
                expected="a line number, or 0 for no headings",
                file=where,
                key=key,
                value=value,
            )
        return value
    items = value if isinstance(value, list) else [value]
    texts = [_mark(item) for item in items]
    if any(text is None for text in texts):
        raise ParameterError(
            "found {value!r}",
            where="{file}, {key}",
            expected="a text or a list of texts",
            file=where,
            key=key,
            value=value,
        )
    return tuple(texts) if key == "sheets" else frozenset(folded(text or "") for text in texts)


def _mark(item: object) -> str | None:
    """Return a mark as a list would write it; YAML reads bare `sim` as text but `yes` as true."""
    if isinstance(item, bool):
        return "sim" if item else "não"
    if item is None:
        return ""
    return str(item) if isinstance(item, str | int | float) else None


def plain_answers(answers: Answers) -> dict[str, Any]:
    """Return answers as a mapping that JSON can hold and `read_answers` reads back.

    Examples
    --------
    >>> plain_answers(read_answers({"state": "UF", "undated": "member"}))
    {'state': 'UF', 'undated': 'member'}
    """
    plain: dict[str, Any] = dict(answers.columns)
    for option in fields(Answers):
        value = getattr(answers, option.name)
        if option.name == "columns" or value in (None, (), frozenset()):
            continue
        plain[option.name] = sorted(value) if isinstance(value, frozenset | tuple) else value
    return plain

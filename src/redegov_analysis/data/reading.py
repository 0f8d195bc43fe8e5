"""Encodings, numbers and dates as Brazilian sources write them; files are written by `data.writing`."""

from __future__ import annotations

import datetime as dt
import logging
import re
import unicodedata
from calendar import monthrange
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from redegov_analysis.data.writing import write_atomically, write_csv, write_parquet
from redegov_analysis.errors import DataError

__all__ = [
    "SIDRA_MARKS",
    "WrittenDate",
    "date_from_text",
    "number_from_text",
    "text_from_bytes",
    "write_atomically",
    "write_csv",
    "write_parquet",
]

# IBGE, SIDRA: “-” is a zero that does not come from rounding; the others mean that there is no value.
SIDRA_MARKS: Mapping[str, float | None] = MappingProxyType({"-": 0.0, "": None, "..": None, "...": None, "X": None})

_NUMBER = {
    ",": re.compile(r"([0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,([0-9]+))?"),
    ".": re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.([0-9]+))?"),
}
_MONTHS = ("jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez")
_MONTH_NAMES = (
    "janeiro", "fevereiro", "marco", "abril", "maio", "junho",
    "julho", "agosto", "setembro", "outubro", "novembro", "dezembro",
)  # fmt: skip
_TIME = r"(?:[T ][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
_DAY_FIRST = re.compile(rf"([0-9]{{1,2}})([/.-])([0-9]{{1,2}})\2([0-9]{{4}}){_TIME}")
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})-([0-9]{{1,2}})-([0-9]{{1,2}}){_TIME}")
_MONTH_YEAR = re.compile(r"([0-9]{1,2})/([0-9]{4})")
_YEAR_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_NAMED = re.compile(r"(?:([0-9]{1,2})(?:o|º|°)?(?: de |[ /.-]))?([a-z]{3,9})\.?(?: de |[ /.-])([0-9]{4})")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_SERIAL = re.compile(r"([0-9]{5})(?:\.0+)?")
_SERIAL_EPOCH = dt.date(1899, 12, 30)  # day 0 of spreadsheets, once their false 29 February 1900 is allowed for
_DOUBLE_ENCODED = re.compile("[ÃÂ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")

Precision = Literal["day", "month", "year"]


class WrittenDate(NamedTuple):
    """A date as precisely as it was written: `date` is its first day, `last` the last day that it may mean."""

    date: dt.date
    precision: Precision

    @property
    def last(self) -> dt.date:
        """The last day of the day, month or year."""
        if self.precision == "day":
            return self.date
        month = 12 if self.precision == "year" else self.date.month
        return dt.date(self.date.year, month, monthrange(self.date.year, month)[1])


def number_from_text(
    text: str, *, decimal: Literal[",", "."] = ",", marks: Mapping[str, float | None] = SIDRA_MARKS
) -> float | None:
    """Return the number that a Brazilian source wrote, or None where it wrote that there is none.

    Dots group thousands and a comma opens the decimals. A sign, `R$` and `%` are understood; a percentage keeps its
    unit, so `12,3%` is 12.3. What could be read in two ways is refused, never guessed: `1234.56` is no Brazilian
    number.

    Parameters
    ----------
    text
        The cell, as text.
    decimal
        What opens the decimals; `"."` for sources that write numbers as computers do (the API of SIDRA).
    marks
        Cells that are not numbers and what they mean; those of IBGE's SIDRA unless given.

    Raises
    ------
    DataError
        If the text is neither a number of that form nor one of the marks.

    Examples
    --------
    >>> number_from_text("R$ 1.234,56"), number_from_text("12,3%"), number_from_text("1.234.567")
    (1234.56, 12.3, 1234567.0)
    >>> number_from_text("-"), number_from_text("...")
    (0.0, None)
    """
    bare = _plain(text)
    if bare in marks:
        return marks[bare]
    body = bare.replace("−", "-").removesuffix("%").rstrip()
    negative = body.startswith("-")
    body = body.removeprefix("-").lstrip()
    if body.startswith("R$"):
        body = body.removeprefix("R$").lstrip()
        if not negative and body.startswith("-"):
            negative, body = True, body.removeprefix("-").lstrip()
    found = _NUMBER[decimal].fullmatch(body)
    if found is None:
        shown = "1.234,56" if decimal == "," else "1,234.56"
        raise DataError(
            "found {text!r}, expected a number such as {shown} or one of the marks {marks}. If the source "
            "writes otherwise, pass `decimal`.",
            text=text,
            shown=shown,
            marks=", ".join(repr(mark) for mark in marks),
        )
    digits = re.sub(r"[.,]", "", found[1])
    value = float(f"{digits}.{found[2] or '0'}")
    return -value if negative and value != 0 else value


def date_from_text(text: str) -> WrittenDate | None:
    """Return the date that a Brazilian source wrote and how precise it is, or None for an empty cell or a dash.

    Understands 31/12/2023, 31.12.2023, 31-12-2023, 2023-12-31, each with a time of day, which is dropped without
    moving the day between time zones; day-first dates without leading zeros; 8 de dezembro de 2025; dez/2023,
    12/2023, 2023-12 and dezembro de 2023 (a month); 2023 (a year); and the serial day of a spreadsheet, 45291.

    Raises
    ------
    DataError
        If the text is no date of these forms or no day of the calendar. Month-first dates are refused when the month
        is above 12 and cannot be told from day-first ones otherwise: Brazilian sources write the day first.

    Examples
    --------
    >>> date_from_text("31/12/2023 00:00")
    WrittenDate(date=datetime.date(2023, 12, 31), precision='day')
    >>> date_from_text("dez/2023").precision, date_from_text("dez/2023").last.isoformat()
    ('month', '2023-12-31')
    """
    bare = _plain(text)
    if bare in {"", "-", "–", "..", "..."}:
        return None
    try:
        found = _written_date(bare)
    except ValueError as error:
        raise DataError("found {text!r}, which is no day of the calendar. Write the day first.", text=text) from error
    if found is None:
        raise DataError(
            "found {text!r}, expected a date such as 31/12/2023, 2023-12-31, dez/2023 or 2023, the year in "
            "four digits.",
            text=text,
        )
    return found


def text_from_bytes(content: bytes, *, twice: Literal["refuse", "keep"] = "refuse") -> tuple[str, str]:
    """Return the text of a file and the encoding it was in, `utf-8` or `windows-1252`.

    Never guesses by frequency, which errs on short Portuguese files: strict UTF-8 with or without a byte order mark,
    else windows-1252, and logs which when it is not UTF-8. The text is composed (NFC), so that names compare.

    Parameters
    ----------
    content
        The file's bytes.
    twice
        What becomes of text that was encoded twice (`SÃ£o Paulo`): refused, or kept for readers that mend each name.

    Raises
    ------
    DataError
        If the bytes are neither, or the text was encoded twice and that is refused: line and what was found.

    Examples
    --------
    >>> text_from_bytes("São Paulo".encode("cp1252"))
    ('São Paulo', 'windows-1252')
    """
    try:
        text, encoding = content.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        try:
            text, encoding = content.decode("cp1252"), "windows-1252"
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise DataError(
                "found the byte 0x{byte:02x}",
                where="line {line}",
                expected="text in UTF-8 or windows-1252",
                remedy="Save the file as CSV in UTF-8.",
                line=line,
                byte=content[error.start],
            ) from error
        logging.getLogger(__name__).info("not UTF-8, read as windows-1252")
    found = _DOUBLE_ENCODED.search(text) if twice == "refuse" else None
    if found:
        line = text.count("\n", 0, found.start()) + 1
        nearby = text[max(found.start() - 10, 0) : found.end() + 10].replace("\n", " ")
        raise DataError(
            "found {text!r}, which was encoded twice",
            where="line {line}",
            remedy="Export the file again as UTF-8 from its source.",
            line=line,
            text=nearby,
        )
    return unicodedata.normalize("NFC", text), encoding


def _written_date(bare: str) -> WrittenDate | None:
    if found := _YEAR_FIRST.fullmatch(bare):
        return WrittenDate(dt.date(int(found[1]), int(found[2]), int(found[3])), "day")
    if found := _DAY_FIRST.fullmatch(bare):
        return WrittenDate(dt.date(int(found[4]), int(found[3]), int(found[1])), "day")
    if found := _MONTH_YEAR.fullmatch(bare):
        return WrittenDate(dt.date(int(found[2]), int(found[1]), 1), "month")
    if found := _YEAR_MONTH.fullmatch(bare):
        return WrittenDate(dt.date(int(found[1]), int(found[2]), 1), "month")
    if _YEAR.fullmatch(bare):
        return WrittenDate(dt.date(int(bare), 1, 1), "year")
    if found := _SERIAL.fullmatch(bare):
        day = _SERIAL_EPOCH + dt.timedelta(days=int(found[1]))
        return WrittenDate(day, "day") if 1990 <= day.year < 2100 else None
    letters = unicodedata.normalize("NFD", bare.lower())
    if found := _NAMED.fullmatch("".join(letter for letter in letters if not unicodedata.combining(letter))):
        names = _MONTHS if len(found[2]) == 3 else _MONTH_NAMES
        if found[2] not in names:
            return None
        month = names.index(found[2]) + 1
        if found[1] is None:
            return WrittenDate(dt.date(int(found[3]), month, 1), "month")
        return WrittenDate(dt.date(int(found[3]), month, int(found[1])), "day")
    return None


def _plain(text: str) -> str:
    """Return the text without spaces around it, its no-break spaces made plain."""
    return re.sub(r"[\u00a0\u2007\u202f]", " ", text).strip()

"""The day on which a body joined, as lists write it: read and held against what is possible, or refused."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal, NamedTuple

from redegov_analysis.cleaning.membership.files import CELLS_KEPT
from redegov_analysis.data.reading import WrittenDate, date_from_text
from redegov_analysis.errors import DataError
from redegov_analysis.language import Phrase

FIRST_DAY = dt.date(2019, 4, 4)
"""The Rede GOV.BR was created on this day (Portaria SGD/ME 23/2019); nobody joined before."""

Problem = Literal["bad_date", "too_early", "after_snapshot"]

_EMPTY = re.compile(r"[\s.\-–—−/_]*|n/?[adei]|n\.[adei]\.|s/?d|sem data|nao|não|x", re.IGNORECASE)
_NUMERIC = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?=$|[T ])")
_SHORT_NUMERIC = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{2})$")
_SHORT_MONTH = re.compile(r"((?:\d{1,2}[ /.-])?[a-zç]{3,9}\.?[ /.-])(\d{2})$", re.IGNORECASE)
_COMPACT = re.compile(r"(20\d{2})(\d{2})(\d{2})$")
_SERIAL = re.compile(r"(\d{5})(?:[.,]\d+)?$")
_WEEKDAY = re.compile(
    r"^(?:segunda|ter[cç]a|quarta|quinta|sexta|s[aá]bado|domingo|seg|ter|qua|qui|sex|s[aá]b|dom)(?:-feira)?[,.]? +",
    re.IGNORECASE,
)
_DAYS_BETWEEN_SYSTEMS = 1462


class Reading(NamedTuple):
    """A date as read, or the problem with it and the words for it; all None for an empty cell."""

    date: WrittenDate | None = None
    problem: Problem | None = None
    reason: Phrase | None = None


class DateForm(NamedTuple):
    """How the dates of one column are written."""

    month_first: bool = False
    from_1904: bool = False


AS_USUAL = DateForm()
"""The day first, and day numbers from 1900."""


def written_date(text: str, form: DateForm = AS_USUAL) -> WrittenDate | None:
    """Return the date that a cell says, or None for a cell that says there is none.

    Adds to `data.reading.date_from_text` years in two digits (of this century), weekdays, `20231231`, `dez/23`, day
    numbers that count from 1904, and dates that begin with the month where the column's are known to.

    Raises
    ------
    DataError
        If the text is no such date or no day of the calendar.

    Examples
    --------
    >>> written_date("8/12/25").date.isoformat(), written_date("dez/23").precision, written_date("s/d")
    ('2025-12-08', 'month', None)
    """
    bare = _WEEKDAY.sub("", text.strip())
    if _EMPTY.fullmatch(bare):
        return None
    if form.month_first and (found := _NUMERIC.match(bare)):
        bare = f"{found[3]}{found[2]}{found[1]}{found[2]}{found[4]}{bare[found.end() :]}"
    if found := _SHORT_NUMERIC.match(bare):
        bare = f"{bare[: found.start(4)]}20{found[4]}"
    elif found := _SHORT_MONTH.match(bare):
        bare = f"{found[1]}20{found[2]}"
    elif found := _COMPACT.match(bare):
        bare = "-".join(found.groups())
    elif found := _SERIAL.match(bare):
        bare = str(int(found[1]) + (_DAYS_BETWEEN_SYSTEMS if form.from_1904 else 0))
    return date_from_text(bare)


def is_serial(text: str) -> bool:
    """Return whether a cell holds the day number of a spreadsheet."""
    return _SERIAL.match(text.strip()) is not None


def is_date(text: str) -> bool:
    """Return whether a cell holds a date in some form, the month first or not."""
    return any(_reads(text, form) for form in (AS_USUAL, DateForm(month_first=True)))


def order_votes(texts: Iterable[str]) -> tuple[int, int]:
    """Return how many of the dates can only begin with the day, and how many only with the month.

    Examples
    --------
    >>> order_votes(["31/12/2023", "12/31/2023", "01/02/2023"])
    (1, 1)
    """
    day = month = 0
    for text in texts:
        found = _NUMERIC.match(text.strip())
        if found:
            first, second = int(found[1]), int(found[3])
            day += first > 12 >= second > 0
            month += second > 12 >= first > 0
    return day, month


@lru_cache(maxsize=CELLS_KEPT)
def read_date(text: str, form: DateForm, first_day: dt.date, last_day: dt.date | None) -> Reading:
    """Return the date of a cell if it can be the day on which a member joined.

    A month or a year is possible if any of its days is; its date is then the first possible one.

    Parameters
    ----------
    text
        The cell.
    form
        How the dates of its column are written.
    first_day, last_day
        The network's first day and the day of the list; None for a list of an unknown day.

    Examples
    --------
    >>> read_date("2019", DateForm(), FIRST_DAY, None).date.date.isoformat()
    '2019-04-04'
    >>> read_date("3/4/2019", DateForm(), FIRST_DAY, None).problem
    'too_early'
    """
    try:
        found = written_date(text, form)
    except DataError as error:
        return Reading(None, "bad_date", Phrase("Date: {error}", {"error": error}))
    if found is None:
        return Reading()
    if found.last < first_day:
        return Reading(
            None,
            "too_early",
            Phrase(
                "Date {text!r} is before {first_day}, the network's first day.", {"text": text, "first_day": first_day}
            ),
        )
    if last_day is not None and found.date > last_day:
        return Reading(
            None,
            "after_snapshot",
            Phrase("Date {text!r} is after {last_day}, the day of the list.", {"text": text, "last_day": last_day}),
        )
    return Reading(WrittenDate(max(found.date, first_day), found.precision))


def _reads(text: str, form: DateForm) -> bool:
    try:
        return written_date(text, form) is not None
    except DataError:
        return False

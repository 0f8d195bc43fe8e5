"""What the dates of a list leave open, asked rather than guessed."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from redegov_analysis.cleaning.membership.answers import Answers
from redegov_analysis.cleaning.membership.dates import DateForm, Reading, is_serial, order_votes, read_date
from redegov_analysis.cleaning.membership.grids import Grid
from redegov_analysis.data.deadline import timed
from redegov_analysis.errors import DataError
from redegov_analysis.language import Phrase

if TYPE_CHECKING:
    from redegov_analysis.cleaning.membership.outcome import Row

UNDATED_SHARE = 0.2
"""Above this share of rows without a date, they may be those that have not joined."""


UNKNOWN_MARKS_SHARE = 0.05
"""Up to this share of rows, a mark that says neither yes nor no is an error of its row."""


class TooEarlyError(DataError):
    """Most dates lie before the network's first day: perhaps the list is another network's.

    Attributes
    ----------
    earliest
        The earliest date in the list.
    """

    def __init__(self, found: str, /, *, remedy: str, earliest: dt.date, **values: Any) -> None:
        super().__init__(found, remedy=remedy, earliest=earliest, **values)
        self.earliest = earliest


def date_form(texts: Sequence[str], grid: Grid, answers: Answers, log: list[Phrase]) -> DateForm:
    """Return how the dates of a grid are written, and add to the log what was found.

    Raises
    ------
    DataError
        If the dates seem to begin with the month: a question.
    """
    day, month = order_votes(texts)
    if answers.date_order is None and month > day:
        shown = next(text for text in texts if order_votes([text])[1])
        raise DataError(
            "Do the dates begin with the month? {month:,} can only be read so, for example {shown!r}, and {day:,} only "
            "with the day first",
            remedy="Answer in the description of columns: `date_order: month` or `date_order: day`.",
            month=month,
            shown=shown,
            day=day,
        )
    from_1904 = answers.date_system == 1904 if answers.date_system else bool(grid.epoch_1904)
    if any(is_serial(text) for text in texts):
        log.append(
            Phrase(
                "Day numbers in the column of dates were counted from {year}.", {"year": 1904 if from_1904 else 1900}
            )
        )
    if answers.date_order == "month":
        log.append(Phrase("Dates were read with the month first, as was answered."))
    return DateForm(answers.date_order == "month", from_1904)


def ask_about_marks(rows: Sequence[Row]) -> None:
    """Raise a question where a column of status holds marks that say neither yes nor no.

    Raises
    ------
    DataError
        If they stand in more than one row of twenty.
    """
    unknown = [row.entry.status or "" for row in rows if row.verdict.problem == "unknown_status"]
    if len(unknown) > UNKNOWN_MARKS_SHARE * len(rows):
        marks = ", ".join(f"{mark!r} ({count:,})" for mark, count in sorted(Counter(unknown).items())[:12])
        raise DataError(
            "Which of these marks mean that the body has joined: {marks}?",
            remedy="Answer in the description of columns: `status_member: [...]` and `status_not_member: [...]`, or "
            "`status:` with nothing if the column says other things.",
            marks=marks,
        )


def ask_about_dates(
    rows: Sequence[Row],
    forms: Sequence[DateForm],
    answers: Answers,
    first_day: dt.date,
    snapshot: dt.date | None,
    *,
    dated_list: bool,
) -> None:
    """Raise a question where the dates of the list as a whole can be read in two ways.

    Raises
    ------
    TooEarlyError
        If more than half of the dates lie before the network's first day.
    DataError
        If many rows have no date and no column says whether they have joined, or day numbers fit only from 1904.
    """
    joined = [(row, form) for row, form in zip(rows, forms, strict=True) if not _says_no(row)]
    read = [(row, form, read_date(row.entry.joined_on, form, first_day, snapshot)) for row, form in timed(joined)]
    dated = [(row, form, found) for row, form, found in read if found.date or found.problem in _OUT_OF_BOUNDS]
    early = [(row, form) for row, form, found in dated if found.problem == "too_early"]
    if len(early) * 2 > len(dated):
        serials = [(row, form) for row, form in early if is_serial(row.entry.joined_on)]
        if len(serials) * 2 > len(dated) and not answers.date_system and _fit_from_1904(serials, first_day, snapshot):
            raise DataError(
                "Do the day numbers count from 1904, as old spreadsheets of the Mac did? From 1900 they lie before "
                "{first_day}",
                remedy="Answer in the description of columns: `date_system: 1904` or `date_system: 1900`.",
                first_day=first_day,
            )
        days = [read_date(row.entry.joined_on, form, dt.date.min, None).date for row, form in early]
        earliest = min(day.date for day in days if day is not None)
        raise TooEarlyError(
            "Is this the list of another network than the Rede GOV.BR? {early:,} of its {dated:,} "
            "{dated:date|dates} {early:is|are} before {first_day}, the earliest {earliest}",
            remedy="If it is, give that network's first day: --from {earliest}.",
            early=len(early),
            dated=len(dated),
            first_day=first_day,
            earliest=earliest,
        )
    if not dated_list or answers.undated is not None or any(row.entry.status is not None for row in rows):
        return
    municipal = [found for row, _, found in read if row.verdict.ibge_code or row.verdict.suggestion]
    undated = sum(found == Reading() for found in municipal)
    if undated > UNDATED_SHARE * len(municipal):
        raise DataError(
            "Have the rows without a date joined? {undated:,} of {rows:,} {rows:row|rows} {undated:has|have} "
            "none, and no column says",
            remedy="Answer in the description of columns: `undated: member` or `undated: not_member`.",
            undated=undated,
            rows=len(municipal),
        )


_OUT_OF_BOUNDS = ("too_early", "after_snapshot")
_NO = frozenset({"not_a_member", "date_without_mark", "unknown_status"})


def _says_no(row: Row) -> bool:
    return row.verdict.problem in _NO


def _fit_from_1904(serials: list[tuple[Row, DateForm]], first_day: dt.date, snapshot: dt.date | None) -> bool:
    fits = [
        read_date(row.entry.joined_on, DateForm(form.month_first, from_1904=True), first_day, snapshot).date is not None
        for row, form in serials
    ]
    return sum(fits) * 2 > len(fits)

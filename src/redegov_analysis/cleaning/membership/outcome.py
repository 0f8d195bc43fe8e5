"""The tables that a list ends in: one row per member, and every other row in the table that says what became of it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from redegov_analysis.cleaning.membership.entries import Aside, Entry
from redegov_analysis.cleaning.membership.verdicts import Verdict
from redegov_analysis.cleaning.spelling import folded
from redegov_analysis.data.deadline import timed
from redegov_analysis.data.reading import WrittenDate
from redegov_analysis.errors import DataError
from redegov_analysis.language import Language

_PRECISIONS = ("day", "month", "year")
MEMBER_COLUMNS = ("ibge_code", "joined_on", "joined_on_precision", "snapshot_date", "source", "line")
REJECTED_COLUMNS = ("source", "line", "problem", "reason", "reason_pt", "suggestion")


class Row(NamedTuple):
    """An entry and what became of it."""

    entry: Entry
    verdict: Verdict


class Duplicate(NamedTuple):
    """A row of a body that another row stands for, that row, and whether their dates cannot both be true."""

    row: Row
    kept: Row
    conflict: bool


def duplicates_found(rows: Sequence[Row]) -> tuple[list[Row], list[Duplicate]]:
    """Return the one row that stands for each body, and the others.

    The earliest date is kept: the one whose last possible day comes first, the more precise of two that end alike, so
    that a day within a month or year stands for both. Two dates conflict when they have no day in common.
    """
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        if row.verdict.problem is None:
            groups.setdefault(_body(row), []).append(row)
    kept, duplicates = [], []
    for same in timed(groups.values()):
        first, *others = sorted(same, key=_order)
        kept.append(first)
        duplicates += [Duplicate(other, first, _conflict(first.verdict.date, other.verdict.date)) for other in others]
    return kept, duplicates


def frames_from(
    kept: Sequence[Row],
    duplicates: Sequence[Duplicate],
    rows: Sequence[Row],
    asides: Sequence[Aside],
    snapshot: dt.date | None,
) -> dict[str, pd.DataFrame]:
    """Return the tables `members`, `governments`, `rejected`, `duplicates` and `asides` of a list."""
    members = sorted((row for row in kept if row.verdict.kind == "municipality"), key=lambda row: str(_code(row)))
    others = sorted((row for row in kept if row.verdict.kind != "municipality"), key=_place)
    doubles = sorted(duplicates, key=lambda double: _place(double.row))
    refused = sorted((row for row in rows if row.verdict.problem is not None), key=_place)
    days = {name: _dates([row.verdict.date for row in part]) for name, part in (("m", members), ("g", others))}
    return {
        "members": pd.DataFrame(
            {"ibge_code": _text(map(_code, members)), **days["m"], **_origin(members, snapshot)},
            columns=list(MEMBER_COLUMNS),
        ),
        "governments": pd.DataFrame(
            {
                "kind": _text(row.verdict.kind for row in others),
                "uf": _text(row.verdict.uf for row in others),
                "name": _text(_name(row.entry) for row in others),
                **days["g"],
                **_origin(others, snapshot),
            }
        ),
        "rejected": _rejected(refused),
        "duplicates": _duplicates(doubles),
        "asides": pd.DataFrame(
            {
                "source": _text(aside.source for aside in asides),
                "line": _lines(aside.line for aside in asides),
                "kind": _text(aside.kind for aside in asides),
                "text": _text(aside.text for aside in asides),
            }
        ),
    }


def _body(row: Row) -> tuple[str, ...]:
    verdict = row.verdict
    if verdict.kind == "municipality":
        if verdict.ibge_code is None:
            raise DataError(
                "{source}, line {line}: a member without a code. Report this.",
                source=row.entry.source,
                line=row.entry.line,
            )
        return ("municipality", verdict.ibge_code)
    if verdict.kind == "state":
        return ("state", verdict.uf or "")
    return (verdict.kind, verdict.uf or "", folded(_name(row.entry)))


def _order(row: Row) -> tuple[dt.date, int, str, int]:
    written = row.verdict.date
    if written is None:
        return dt.date.max, len(_PRECISIONS), row.entry.source, row.entry.line
    return written.last, _PRECISIONS.index(written.precision), row.entry.source, row.entry.line


def _conflict(kept: WrittenDate | None, other: WrittenDate | None) -> bool:
    if kept is None or other is None:
        return False
    return kept.last < other.date or other.last < kept.date


def _rejected(rows: Sequence[Row]) -> pd.DataFrame:
    table = {
        "source": _text(row.entry.source for row in rows),
        "line": _lines(row.entry.line for row in rows),
        "problem": _text(row.verdict.problem for row in rows),
        "reason": _reasons(rows, "en"),
        "reason_pt": _reasons(rows, "pt-BR"),
        "suggestion": _text(row.verdict.suggestion for row in rows),
    }
    headings = dict.fromkeys(heading for row in rows for heading in row.entry.read)
    taken = Counter(table)
    for heading in headings:
        name = heading
        while name in taken:
            name = f"{name} (as read)"
        taken[name] += 1
        table[name] = _text(row.entry.read.get(heading) for row in rows)
    return pd.DataFrame(table)


def _duplicates(doubles: Sequence[Duplicate]) -> pd.DataFrame:
    rows = [double.row for double in doubles]
    return pd.DataFrame(
        {
            "source": _text(row.entry.source for row in rows),
            "line": _lines(row.entry.line for row in rows),
            "ibge_code": _text(map(_code, rows)),
            "name": _text(_name(row.entry) for row in rows),
            **_dates([row.verdict.date for row in rows]),
            "kept_line": _lines(double.kept.entry.line for double in doubles),
            "kept_joined_on": _dates([double.kept.verdict.date for double in doubles])["joined_on"],
            "conflict": pd.Series([double.conflict for double in doubles], dtype="bool"),
        }
    )


def _origin(rows: Sequence[Row], snapshot: dt.date | None) -> dict[str, pd.Series]:
    days = np.full(len(rows), np.datetime64(snapshot or "NaT", "us"))
    return {
        "snapshot_date": pd.Series(days),
        "source": _text(row.entry.source for row in rows),
        "line": _lines(row.entry.line for row in rows),
    }


def _dates(dates: Sequence[WrittenDate | None]) -> dict[str, pd.Series]:
    days = [np.datetime64("NaT", "us") if date is None else np.datetime64(date.date, "us") for date in dates]
    return {
        "joined_on": pd.Series(np.array(days, dtype="datetime64[us]")),
        "joined_on_precision": _text(None if date is None else date.precision for date in dates),
    }


def _name(entry: Entry) -> str:
    return entry.body or entry.municipality or entry.state


def _code(row: Row) -> str | None:
    return row.verdict.ibge_code


def _place(row: Row) -> tuple[str, int, str]:
    return row.entry.source, row.entry.line, row.entry.name


def _reasons(rows: Sequence[Row], language: Language) -> pd.Series:
    return _text(row.verdict.reason and row.verdict.reason.told(language) for row in timed(rows))


def _text(values: Any) -> pd.Series:
    return pd.Series(list(values), dtype="str")


def _lines(values: Any) -> pd.Series:
    return pd.Series(list(values), dtype="int64")

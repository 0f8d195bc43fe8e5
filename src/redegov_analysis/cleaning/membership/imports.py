"""Lists imported and taken out again: what a person gives is kept, and the tables of all lists are written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from redegov_analysis.cleaning.membership.answers import plain_answers, read_answers
from redegov_analysis.cleaning.membership.dates import FIRST_DAY
from redegov_analysis.cleaning.membership.files import open_list
from redegov_analysis.cleaning.membership.kept import (
    Import,
    folder,
    hold_lists,
    imports,
    read_kept,
    refuse_simulated,
    safe_name,
    under_name,
    write_index,
)
from redegov_analysis.cleaning.membership.stacked import imported, write_tables
from redegov_analysis.cleaning.membership.table import MembershipTable, read_membership
from redegov_analysis.data.writing import write_atomically
from redegov_analysis.errors import DataError, ParameterError
from redegov_analysis.language import Phrase
from redegov_analysis.project import Project, find_project

__all__ = ["Import", "folder", "import_membership", "imported", "imports", "read_kept", "remove_import"]

_SHORTEST_ID = 6


def import_membership(
    path: str | Path,
    snapshot_date: dt.date,
    columns: str | Path | Mapping[str, Any] | None = None,
    *,
    first_day: dt.date = FIRST_DAY,
    replace: bool = False,
    project: Project | None = None,
) -> MembershipTable:
    """Keep a list in the project and write the tables of all lists kept.

    The original goes untouched to `data/raw/membership`, named for its day and checksum, and into `index.json` there.
    The tables go to `data/processed`: `membership_members.parquet`, `membership_governments.parquet`,
    `membership_intervals.parquet`, `rejected_membership.csv`, `membership_duplicates.csv` and `membership_asides.csv`.
    The same list imported again changes nothing.

    Parameters
    ----------
    path, snapshot_date, columns, first_day, project
        As for `read_membership`.
    replace
        Whether the list takes the place of another one of the same day, whose original is kept.

    Returns
    -------
    MembershipTable
        What the list says.

    Raises
    ------
    ParameterError
        As `read_membership`; or if another list of that day was imported and is not to be replaced.
    DataError
        As `read_membership`; or if the list says that it is simulated, or the index cannot be read.
    """
    project = project or find_project()
    answers = plain_answers(read_answers(columns))
    table = read_membership(path, snapshot_date, answers, first_day=first_day, project=project)
    file = open_list(path)
    if file.sha256 != table.sha256:
        raise DataError("it changed while it was read", where="{file}", remedy="Import it again.", file=file.name)
    refuse_simulated(table)
    kept = f"{snapshot_date}_{file.sha256[:12]}_{safe_name(file.name)}"
    entry = Import(kept, file.name, file.sha256, snapshot_date.isoformat(), first_day.isoformat(), answers)
    with hold_lists(project):
        others = [other for other in imports(project) if other.snapshot_date != entry.snapshot_date]
        same_day = [other for other in imports(project) if other.snapshot_date == entry.snapshot_date]
        if any(other.sha256 != entry.sha256 for other in same_day) and not replace:
            raise ParameterError(
                "a list of {day} was imported before: {file}",
                where="snapshot_date",
                remedy="Use --replace if this one takes its place.",
                day=snapshot_date,
                file=same_day[0].original_name,
            )
        if any(other.first_day != entry.first_day for other in others):
            raise ParameterError(
                "the lists imported before are of a network whose first day is {theirs}, this one's is {first_day}",
                where="--from",
                remedy="Keep lists of different networks in different projects.",
                theirs=others[0].first_day,
                first_day=first_day,
            )
        write_atomically(folder(project) / kept, file.content)
        entries = sorted([*others, entry], key=lambda other: other.snapshot_date)
        write_index(entries, project)
        write_tables(project, {kept: under_name(table, kept)})
    return table


def remove_import(which: str, project: Project | None = None) -> Import:
    """Take a list out of the catalogue and write the tables of those that remain; its original stays where it is.

    Parameters
    ----------
    which
        The list's day (`YYYY-MM-DD`), or at least the first six signs of its checksum.
    project
        The project; the one of the working directory unless given.

    Returns
    -------
    Import
        The list that was taken out.

    Raises
    ------
    ParameterError
        If no list, or more than one, is meant.
    DataError
        If the index cannot be read, or the original of another list was changed.
    """
    project = project or find_project()
    with hold_lists(project):
        entries = imports(project)
        meant = [
            entry
            for entry in entries
            if entry.snapshot_date == which or (len(which) >= _SHORTEST_ID and entry.sha256.startswith(which.lower()))
        ]
        if len(meant) != 1:
            raise ParameterError(
                "{found:,} imported {found:list is|lists are} of this day or checksum",
                where="{which}",
                expected="one of {known}",
                remedy="See them with: redegov membership list",
                found=len(meant),
                which=repr(which),
                known=", ".join(f"{entry.snapshot_date} ({entry.sha256[:12]})" for entry in entries) or Phrase("none"),
            )
        write_index([entry for entry in entries if entry != meant[0]], project)
        write_tables(project)
    return meant[0]

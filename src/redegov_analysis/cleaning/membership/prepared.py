"""A list prepared for one run: kept under a name made of its content, so that a report can be told which list it is."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import shutil
import time
from collections.abc import Collection, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from redegov_analysis.cleaning.membership.answers import plain_answers, read_answers
from redegov_analysis.cleaning.membership.dates import FIRST_DAY
from redegov_analysis.cleaning.membership.files import open_list
from redegov_analysis.cleaning.membership.kept import Import, safe_name
from redegov_analysis.cleaning.membership.table import MembershipTable, read_membership
from redegov_analysis.data.writing import write_atomically
from redegov_analysis.errors import DataError, ParameterError
from redegov_analysis.project import Project

FOLDER = "membership"
ENTRY = "list.json"
ORIGINAL = "original"
KEPT_SECONDS = 24 * 3600.0
_ID = re.compile(r"[0-9a-f]{16}")


def prepare_list(
    path: str | Path,
    snapshot_date: dt.date,
    columns: str | Path | Mapping[str, Any] | None = None,
    *,
    first_day: dt.date = FIRST_DAY,
    project: Project,
) -> tuple[str, MembershipTable]:
    """Keep a list for one run and return its id and what it says.

    The list goes untouched to `data/processed/membership/<id>`, with a note of its day and the answers beside it. The
    id is made of the file's name and bytes, the day and the answers: the same list has the same id on every machine.

    Parameters
    ----------
    path, snapshot_date, columns, first_day, project
        As for `table.read_membership`.

    Raises
    ------
    ParameterError, DataError
        As `table.read_membership`.
    """
    answers = plain_answers(read_answers(columns))
    table = read_membership(path, snapshot_date, answers, first_day=first_day, project=project)
    file = open_list(path)
    if file.sha256 != table.sha256:
        raise DataError("{name} changed while it was read. Run again.", name=file.name)
    name = safe_name(file.name)
    entry = Import(name, file.name, file.sha256, snapshot_date.isoformat(), first_day.isoformat(), answers)
    content = json.dumps(asdict(entry), ensure_ascii=False, sort_keys=True, indent=1) + "\n"
    choice = hashlib.sha256(content.encode()).hexdigest()[:16]
    place = project.processed / FOLDER / choice
    write_atomically(place / ORIGINAL / name, file.content)
    write_atomically(place / ENTRY, content)
    return choice, table


def prune_prepared(keep: Collection[str], project: Project, *, now: float | None = None) -> list[str]:
    """Remove the prepared lists that nothing needs any more, and return their ids.

    A list is people's data, and no run should leave it behind for good. One that was prepared within a day stays: a run
    that is under way may need it. Whoever needs a list again gives it to `redegov run` again.

    Parameters
    ----------
    keep
        Ids of lists that are still needed.
    project
        Where they were prepared.
    now
        The time in seconds since 1970; the present unless given.
    """
    latest = (time.time() if now is None else now) - KEPT_SECONDS
    old = [choice for choice in prepared_ids(project) if choice not in keep and _prepared_at(choice, project) < latest]
    for choice in old:
        shutil.rmtree(project.processed / FOLDER / choice)
    return old


def prepared_ids(project: Project) -> list[str]:
    """Return the ids of the lists that were prepared, sorted."""
    folder = project.processed / FOLDER
    return sorted(path.name for path in folder.glob("*") if _ID.fullmatch(path.name)) if folder.is_dir() else []


def _prepared_at(choice: str, project: Project) -> float:
    files = (project.processed / FOLDER / choice).rglob("*")
    return max((path.stat().st_mtime for path in files), default=0.0)


def prepared_list(choice: str, project: Project) -> tuple[MembershipTable, Import]:
    """Return what a list that was prepared says, and the note kept with it.

    Raises
    ------
    ParameterError
        If no list of that id was prepared.
    DataError
        If it was changed since.
    """
    entry = prepared_entry(choice, project)
    path = project.processed / FOLDER / choice / ORIGINAL / entry.file
    first_day, day = dt.date.fromisoformat(entry.first_day), dt.date.fromisoformat(entry.snapshot_date)
    table = read_membership(path, day, entry.answers, first_day=first_day, project=project)
    return table, entry


def prepared_entry(choice: str, project: Project) -> Import:
    """Return the note kept with a list that was prepared, after making sure that neither was changed.

    Raises
    ------
    ParameterError, DataError
        As `prepared_list`.
    """
    place = project.processed / FOLDER / choice
    if not _ID.fullmatch(choice) or not (place / ENTRY).is_file():
        raise ParameterError(
            "No list of members was prepared under {choice!r}. Give the list to: redegov run --membership FILE "
            "--snapshot-date DATE",
            choice=choice,
        )
    try:
        content = (place / ENTRY).read_text(encoding="utf-8")
        entry = Import(**json.loads(content))
        found = hashlib.sha256((place / ORIGINAL / entry.file).read_bytes()).hexdigest()
    except (OSError, ValueError, TypeError) as error:
        raise DataError(
            "{place} cannot be read ({error}). Remove it and run again with --membership.", place=place, error=error
        ) from error
    if found != entry.sha256 or hashlib.sha256(content.encode()).hexdigest()[:16] != choice:
        raise DataError("{place} was changed. Remove it and run again with --membership.", place=place)
    return entry

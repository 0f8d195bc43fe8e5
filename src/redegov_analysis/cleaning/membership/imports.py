"""Lists that were imported: the originals kept untouched, and the tables made from all of them."""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from redegov_analysis.cleaning.membership.answers import plain_answers, read_answers
from redegov_analysis.cleaning.membership.dates import FIRST_DAY
from redegov_analysis.cleaning.membership.files import open_list
from redegov_analysis.cleaning.membership.snapshots import joining_intervals
from redegov_analysis.cleaning.membership.table import MembershipTable, read_membership
from redegov_analysis.data.writing import write_atomically, write_csv, write_parquet
from redegov_analysis.errors import DataError, ParameterError
from redegov_analysis.evidence import Evidence
from redegov_analysis.language import Phrase
from redegov_analysis.project import Project, find_project

FOLDER = "membership"
INDEX = "index.json"
STAMP = "membership.json"
PARQUET_TABLES = ("members", "governments", "intervals")
CSV_TABLES = ("rejected", "duplicates", "asides")
_SHORTEST_ID = 6


@dataclass(frozen=True)
class Import:
    """One list that was imported.

    Attributes
    ----------
    file
        Its name under `data/raw/membership`.
    original_name, sha256
        The name it was given with, and the checksum of its bytes.
    snapshot_date, first_day
        The day of the list and the network's first day, as ISO dates.
    answers
        What the person said about it.
    """

    file: str
    original_name: str
    sha256: str
    snapshot_date: str
    first_day: str
    answers: dict[str, Any]


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
    _refuse_simulated(table)
    kept = f"{snapshot_date}_{file.sha256[:12]}_{safe_name(file.name)}"
    entry = Import(kept, file.name, file.sha256, snapshot_date.isoformat(), first_day.isoformat(), answers)
    with _lock(project):
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
        _write_index(entries, project)
        _write_tables(project)
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
    with _lock(project):
        entries = imports(project)
        meant = [
            entry
            for entry in entries
            if entry.snapshot_date == which or (len(which) >= _SHORTEST_ID and entry.sha256.startswith(which.lower()))
        ]
        if len(meant) != 1:
            raise ParameterError(
                "{found:,} imported lists are of this day or checksum",
                where="{which}",
                expected="one of {known}",
                remedy="See them with: redegov membership list",
                found=len(meant),
                which=repr(which),
                known=", ".join(f"{entry.snapshot_date} ({entry.sha256[:12]})" for entry in entries) or Phrase("none"),
            )
        _write_index([entry for entry in entries if entry != meant[0]], project)
        _write_tables(project)
    return meant[0]


def imports(project: Project | None = None) -> list[Import]:
    """Return the lists that were imported, by day.

    Raises
    ------
    DataError
        If the index is broken.
    """
    path = folder(project) / INDEX
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return [Import(**entry) for entry in content["lists"]]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            "it cannot be read ({error})",
            where="{file}",
            remedy="Move it away and import the lists again.",
            file=path,
            error=error,
        ) from error


def imported(name: str, project: Project | None = None) -> pd.DataFrame | None:
    """Return a table made from all imported lists, or None when none was imported.

    Parameters
    ----------
    name
        `members` (as `MembershipTable.members`, one row per municipality and list), `governments`, or `intervals` (see
        `snapshots.joining_intervals`).
    project
        The project; the one of the working directory unless given.

    Raises
    ------
    ParameterError
        If there is no such table.
    DataError
        If an original was changed or is missing.
    """
    if name not in PARQUET_TABLES:
        raise ParameterError(
            "There is no table {name!r} of members. There are: {tables}.", name=name, tables=", ".join(PARQUET_TABLES)
        )
    project = project or find_project()
    if not imports(project):
        return None
    with _lock(project):
        if _stamped(project) != _stamp(project):
            _write_tables(project)
    return pd.read_parquet(project.processed / f"membership_{name}.parquet")


def folder(project: Project | None = None) -> Path:
    """Return the folder of the originals."""
    return (project or find_project()).raw / FOLDER


def _write_index(entries: list[Import], project: Project) -> None:
    content = {"lists": [asdict(entry) for entry in entries]}
    write_atomically(folder(project) / INDEX, json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def _table_of(name: str) -> str:
    return "rejected_membership.csv" if name == "rejected" else f"membership_{name}.csv"


def _write_tables(project: Project) -> None:
    stamp = _stamp(project)
    (project.processed / STAMP).unlink(missing_ok=True)
    if not imports(project):
        for name in (*(f"membership_{table}.parquet" for table in PARQUET_TABLES), *map(_table_of, CSV_TABLES)):
            (project.processed / name).unlink(missing_ok=True)
        return
    tables = [read_kept(entry, project) for entry in imports(project)]
    for name in ("members", "governments"):
        stacked = pd.concat([getattr(table, name) for table in tables], ignore_index=True)
        write_parquet(stacked, project.processed / f"membership_{name}.parquet")
    write_parquet(joining_intervals(tables), project.processed / "membership_intervals.parquet")
    for name in CSV_TABLES:
        parts = [getattr(table, name) for table in tables]
        days = [
            pd.Series([str(table.snapshot_date)] * len(part), dtype="str")
            for table, part in zip(tables, parts, strict=True)
        ]
        dated = [part.assign(snapshot_date=day) for part, day in zip(parts, days, strict=True)]
        stacked = pd.concat(dated, ignore_index=True)
        first = ["snapshot_date", *(column for column in stacked.columns if column != "snapshot_date")]
        write_csv(stacked[first], project.processed / _table_of(name))
    write_atomically(project.processed / STAMP, json.dumps({"stamp": stamp}) + "\n")


def read_kept(entry: Import, project: Project) -> MembershipTable:
    """Return what an imported list says, read again from its original.

    Raises
    ------
    DataError
        If the original was changed or is missing, or says that it is simulated.
    """
    path = folder(project) / entry.file
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise DataError(
            "it cannot be read ({error})",
            where="{file}",
            remedy="Import {original} again.",
            file=path,
            error=error.strerror,
            original=entry.original_name,
        ) from error
    if found != entry.sha256:
        raise DataError(
            "it was changed",
            where="{file}",
            expected="the sha256 {sha256}",
            remedy="Import {original} again.",
            file=path,
            sha256=entry.sha256,
            original=entry.original_name,
        )
    first_day, day = dt.date.fromisoformat(entry.first_day), dt.date.fromisoformat(entry.snapshot_date)
    table = read_membership(path, day, entry.answers, first_day=first_day, project=project)
    _refuse_simulated(table)
    return table


def _refuse_simulated(table: MembershipTable) -> None:
    """Refuse a list that says that it was made up: what is imported is used everywhere as observed."""
    if table.evidence is Evidence.SIMULATED:
        raise DataError(
            "{source} says of itself that it is simulated. Only real lists are imported; try a simulated one "
            "with: redegov run --membership FILE --snapshot-date DATE",
            source=table.source,
        )


def _stamp(project: Project) -> str:
    """Return the hash of all that the tables depend on: the index, the names, and the code."""
    index = hashlib.sha256((folder(project) / INDEX).read_bytes()).hexdigest()
    return hashlib.sha256(f"{index}{reading_stamp(project)}".encode()).hexdigest()


def reading_stamp(project: Project) -> str:
    """Return the hash of what any list is read by: the names of municipalities, and the code."""
    from redegov_analysis.cleaning.build import fingerprint

    digest = hashlib.sha256(fingerprint(project).encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _stamped(project: Project) -> str | None:
    try:
        content = json.loads((project.processed / STAMP).read_text(encoding="utf-8"))
        return str(content["stamp"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def safe_name(name: str) -> str:
    """Return a file's name with nothing in it that a shell or another system would take amiss.

    Examples
    --------
    >>> safe_name("Adesões (1).csv")
    'Adesões_1.csv'
    """
    stem, dot, suffix = name.rpartition(".")
    plain = re.sub(r"[^\w-]+", "_", stem or suffix).strip("_")[:80] or "list"
    return f"{plain}.{re.sub(r'[^A-Za-z0-9]', '', suffix)[:8]}" if dot and stem else plain


@contextmanager
def _lock(project: Project) -> Iterator[None]:
    """Hold the project's lists for this process; the lock falls when the process ends, however it ends."""
    place = folder(project)
    if place.is_symlink():
        raise DataError("it is a symbolic link", where="{file}", remedy="Make it an ordinary folder.", file=place)
    place.mkdir(parents=True, exist_ok=True)
    project.processed.mkdir(parents=True, exist_ok=True)
    with (place / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

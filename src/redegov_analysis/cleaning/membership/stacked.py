"""The tables made from all imported lists together, made again when a list, the names or the code have changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from redegov_analysis.cleaning.membership.kept import INDEX, folder, hold_lists, imports, read_kept
from redegov_analysis.cleaning.membership.snapshots import joining_intervals
from redegov_analysis.cleaning.membership.table import MembershipTable
from redegov_analysis.data.writing import write_atomically, write_csv, write_parquet
from redegov_analysis.errors import ParameterError
from redegov_analysis.project import Project, find_project

STAMP = "membership.json"
PARQUET_TABLES = ("members", "governments", "intervals")
CSV_TABLES = ("rejected", "duplicates", "asides")


def imported(name: str, project: Project | None = None) -> pd.DataFrame | None:
    """Return a table made from all imported lists, or None when none was imported.

    Parameters
    ----------
    name
        `members` (as `MembershipTable.members`, one row per municipality and list), `governments`, or `intervals` (see
        `snapshots.joining_intervals`).
    project
        The project; the one of the working directory unless given.

    Returns
    -------
    DataFrame or None
        `members` and `governments` begin with `snapshot_date`, the day of the list that each row is from.

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
    with hold_lists(project):
        if _stamped(project) != _stamp(project):
            write_tables(project)
    return pd.read_parquet(project.processed / f"membership_{name}.parquet")


def write_tables(project: Project, read: Mapping[str, MembershipTable] | None = None) -> None:
    """Write the tables of all lists kept; the project must be held (`kept.hold_lists`).

    Parameters
    ----------
    project
        The project.
    read
        What lists say that were read already, by their names in the folder; the others are read.

    Raises
    ------
    DataError
        If an original was changed or is missing.
    """
    stamp = _stamp(project)
    (project.processed / STAMP).unlink(missing_ok=True)
    if not imports(project):
        for name in (*(f"membership_{table}.parquet" for table in PARQUET_TABLES), *map(_table_of, CSV_TABLES)):
            (project.processed / name).unlink(missing_ok=True)
        return
    tables = [(read or {}).get(entry.file) or read_kept(entry, project) for entry in imports(project)]
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


def _table_of(name: str) -> str:
    return "rejected_membership.csv" if name == "rejected" else f"membership_{name}.csv"

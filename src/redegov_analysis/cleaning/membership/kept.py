"""The originals of imported lists, kept untouched in a folder of the project, and the index that says what they are."""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from redegov_analysis.cleaning.membership.table import MembershipTable, read_membership
from redegov_analysis.data.writing import write_atomically
from redegov_analysis.errors import DataError
from redegov_analysis.evidence import Evidence
from redegov_analysis.project import Project, find_project

FOLDER = "membership"
INDEX = "index.json"


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


def imports(project: Project | None = None) -> list[Import]:
    """Return the lists that were imported, by day.

    Parameters
    ----------
    project
        The project; the one of the working directory unless given.

    Returns
    -------
    list
        The oldest first; empty where none was imported.

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


def folder(project: Project | None = None) -> Path:
    """Return the folder of the originals.

    Parameters
    ----------
    project
        The project; the one of the working directory unless given.

    Returns
    -------
    Path
        Whether or not there is such a folder.
    """
    return (project or find_project()).raw / FOLDER


def write_index(entries: list[Import], project: Project) -> None:
    """Write which lists are kept; the project must be held (`hold_lists`)."""
    content = {"lists": [asdict(entry) for entry in entries]}
    write_atomically(folder(project) / INDEX, json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def read_kept(entry: Import, project: Project) -> MembershipTable:
    """Return what an imported list says, read again from its original.

    Parameters
    ----------
    entry
        What the index notes of the list.
    project
        The project.

    Returns
    -------
    MembershipTable
        As `table.read_membership`, with the answers given then.

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
    refuse_simulated(table)
    return table


def under_name(table: MembershipTable, name: str) -> MembershipTable:
    """Return what a list says as it is read from its original in the folder, which bears another name."""
    frames = {
        one: frame.assign(source=name + frame["source"].str.slice(len(table.source)))
        for one in ("members", "governments", "rejected", "duplicates", "asides")
        if len(frame := getattr(table, one))
    }
    return replace(table, **frames)


def refuse_simulated(table: MembershipTable) -> None:
    """Refuse a list that says that it was made up: what is imported is used everywhere as observed."""
    if table.evidence is Evidence.SIMULATED:
        raise DataError(
            "{source} says of itself that it is simulated. Only real lists are imported; try a simulated one "
            "with: redegov run --membership FILE --snapshot-date DATE",
            source=table.source,
        )


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
def hold_lists(project: Project) -> Iterator[None]:
    """Hold the project's lists for this process; the lock falls when the process ends, however it ends."""
    place = folder(project)
    if place.is_symlink():
        raise DataError("it is a symbolic link", where="{file}", remedy="Make it an ordinary folder.", file=place)
    place.mkdir(parents=True, exist_ok=True)
    project.processed.mkdir(parents=True, exist_ok=True)
    with (place / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

"""Writes `data/processed`: each table typed, held against its schema, and built only when something changed."""

from __future__ import annotations

import fcntl
import hashlib
import json
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from redegov_analysis.cleaning.gazetteer import alias_tables
from redegov_analysis.data.catalogue import read_table, table_path
from redegov_analysis.data.writing import write_atomically, write_csv, write_parquet
from redegov_analysis.errors import DataError, ParameterError
from redegov_analysis.language import Phrase, Several
from redegov_analysis.project import find_project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from redegov_analysis.project import Project

STAMP = "build.json"

# Processed table → the raw tables that it is made from, besides the aliases of names.
_SOURCES = {
    "municipalities": ("municipalities", "demographics"),
    "neighbours": ("neighbours",),
    "milestones": ("milestones",),
    "login_adopters": ("login_adopters", "municipalities"),
    "nfse_adhesions": ("nfse_adhesions",),
    "snc_adhesions": ("snc_adhesions",),
    "programme_events": ("programme_events",),
}
TABLES = tuple(_SOURCES)
"""The processed tables, in the order in which they are built."""


@dataclass(frozen=True)
class TableReport:
    """What became of one table: rows read from its own raw table, kept and refused.

    Attributes
    ----------
    name
        One of `TABLES`.
    rows_in, rows_kept, rows_rejected
        How many.
    """

    name: str
    rows_in: int
    rows_kept: int
    rows_rejected: int


@dataclass(frozen=True)
class BuildReport:
    """What a build did.

    Attributes
    ----------
    tables
        One report per table, in the order of `TABLES`.
    seconds
        How long it took.
    reused
        Whether nothing had changed, so that nothing was written.
    """

    tables: tuple[TableReport, ...]
    seconds: float
    reused: bool

    def table(self) -> pd.DataFrame:
        """Return the report as a table.

        Returns
        -------
        DataFrame
            One row per table: `table`, `rows_in`, `rows_kept`, `rows_rejected`.
        """
        return pd.DataFrame([asdict(row) for row in self.tables]).rename(columns={"name": "table"})


def build(project: Project | None = None, *, force: bool = False) -> BuildReport:
    """Write the processed tables of a project, unless they already stand on its raw tables and this code.

    Each file is written beside its place and moved there in one step, and the stamp comes last: whoever reads meanwhile
    finds a whole old table or a whole new one. Two builds at once take turns; the second finds the work done. The same
    raw tables give the same bytes.

    Parameters
    ----------
    project
        The project; the one of the working directory unless given.
    force
        Build even if nothing changed.

    Returns
    -------
    BuildReport
        What became of each table; of the build that stands where nothing changed (`reused`).

    Raises
    ------
    DataError
        If a raw table cannot be read or a processed one would not be as its schema says; nothing of that table is then
        written.
    """
    project = project or find_project()
    started = time.perf_counter()
    with _lock(project):
        stamp = fingerprint(project)
        done = None if force else _stamped(project, stamp)
        if done is not None:
            return BuildReport(done, time.perf_counter() - started, reused=True)
        # An interrupted build must not leave a stamp that vouches for tables it did not finish.
        (project.processed / STAMP).unlink(missing_ok=True)
        reports = tuple(_build_table(name, project) for name in TABLES)
        content = {"fingerprint": stamp, "tables": [asdict(report) for report in reports]}
        write_atomically(project.processed / STAMP, json.dumps(content, indent=2) + "\n")
    return BuildReport(reports, time.perf_counter() - started, reused=False)


def processed(name: str, project: Project | None = None) -> pd.DataFrame:
    """Return a processed table, built first when it is missing or older than what it is made from.

    Parameters
    ----------
    name
        One of `TABLES`.
    project
        The project; the one of the working directory unless given.

    Returns
    -------
    DataFrame
        A copy, with the columns and types of its schema (`cleaning.schemas`); missing values are missing.

    Raises
    ------
    ParameterError
        If there is no such table.
    DataError
        As `build`.

    Examples
    --------
    >>> len(processed("municipalities"))
    5571
    """
    project = _built(name, project)
    path = project.processed / f"{name}.parquet"
    return _read(path, path.stat().st_mtime_ns).copy()


def rejected(name: str, project: Project | None = None) -> pd.DataFrame:
    """Return the rows that a processed table refused; none for most tables.

    Parameters
    ----------
    name
        One of `TABLES`.
    project
        The project; the one of the working directory unless given.

    Returns
    -------
    DataFrame
        The row as read, all text, with its `line` in the raw file, `problem`, `reason` and `reason_pt`.

    Raises
    ------
    ParameterError
        If there is no such table.
    DataError
        As `build`.
    """
    project = _built(name, project)
    table = pd.read_csv(project.processed / f"rejected_{name}.csv", dtype="str")
    return table.astype({"line": "int64"})


def fingerprint(project: Project) -> str:
    """Return the hash of all that the processed tables depend on: raw tables, their description, pandas, and the code.

    Parameters
    ----------
    project
        The project.

    Returns
    -------
    str
        SHA-256 in hexadecimal.

    Raises
    ------
    DataError
        If one of these files is missing or cannot be read.
    """
    sources = {source for own in _SOURCES.values() for source in own} | set(alias_tables(project))
    raw = {table_path(source, project) for source in sources}
    package = Path(__file__).resolve().parents[1]
    code = [*(package / "cleaning").glob("*.py"), *(package / "data").glob("*.py")]
    digest = hashlib.sha256(f"pandas {pd.__version__}".encode())
    for path in (project.datapackage, *sorted(raw), *sorted(code)):
        try:
            found = path.stat()
            content = _digest(path, (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino))
        except OSError as error:
            raise DataError(
                "{path} cannot be read ({why}). Restore it from version control.", path=path, why=error.strerror
            ) from error
        digest.update(f"{path.name}:{content};".encode())
    return digest.hexdigest()


@lru_cache(maxsize=1024)
def _digest(path: Path, state: tuple[int, ...]) -> str:  # noqa: ARG001 - a file that was touched is read again
    """Return the hash of a file; each table asks for all of them, and so does each notebook of a run."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _built(name: str, project: Project | None) -> Project:
    if name not in _SOURCES:
        raise ParameterError(
            "There is no processed table {name!r}. There are: {tables}.", name=name, tables=", ".join(TABLES)
        )
    project = project or find_project()
    if _stamped(project, fingerprint(project)) is None:
        build(project)
    return project


def _stamped(project: Project, stamp: str) -> tuple[TableReport, ...] | None:
    """Return the reports of the build that stands, if it carries this stamp and all its tables are there."""
    try:
        content: dict[str, Any] = json.loads((project.processed / STAMP).read_text(encoding="utf-8"))
        reports = tuple(TableReport(**row) for row in content["tables"])
        standing = content["fingerprint"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    files = [project.processed / file for name in TABLES for file in (f"{name}.parquet", f"rejected_{name}.csv")]
    return reports if standing == stamp and all(file.is_file() for file in files) else None


def _build_table(name: str, project: Project) -> TableReport:
    raw = read_table(name, project)
    kept, refused = _makers()[name](raw, project)
    _check(name, kept)
    if len(kept) + len(refused) != len(raw):
        raise DataError(
            "{name}: {n_raw} {n_raw:row|rows} read, but {n_kept} kept and {n_refused} refused. A row was lost.",
            name=name,
            n_raw=len(raw),
            n_kept=len(kept),
            n_refused=len(refused),
        )
    write_parquet(kept, project.processed / f"{name}.parquet")
    write_csv(refused, project.processed / f"rejected_{name}.csv")
    return TableReport(name, len(raw), len(kept), len(refused))


def _makers() -> dict[str, Callable[[pd.DataFrame, Project], tuple[pd.DataFrame, pd.DataFrame]]]:
    """Return how each table is made: raw table → rows kept, rows refused."""
    from redegov_analysis.cleaning.demographics import covariates
    from redegov_analysis.cleaning.events import events_table
    from redegov_analysis.cleaning.login import resolved_adopters
    from redegov_analysis.cleaning.milestones import dated_bounds
    from redegov_analysis.cleaning.neighbours import neighbour_pairs
    from redegov_analysis.cleaning.sister_lists import nfse_table, snc_table

    def whole(table: pd.DataFrame, raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        nothing = pd.DataFrame(columns=["line", *raw.columns, "reason", "reason_pt"])
        return table, nothing

    return {
        "municipalities": lambda raw, project: whole(covariates(raw, read_table("demographics", project)), raw),
        "neighbours": lambda raw, _: whole(neighbour_pairs(raw), raw),
        "milestones": lambda raw, _: whole(dated_bounds(raw), raw),
        "login_adopters": lambda raw, project: resolved_adopters(raw, project=project),
        "nfse_adhesions": lambda raw, _: whole(nfse_table(raw), raw),
        "snc_adhesions": lambda raw, _: whole(snc_table(raw), raw),
        "programme_events": lambda raw, _: whole(events_table(raw), raw),
    }


def _check(name: str, table: pd.DataFrame) -> None:
    """Hold a table against its schema, or say in which rows it fails."""
    from pandera.errors import SchemaErrors

    from redegov_analysis.cleaning.schemas import SCHEMAS

    try:
        SCHEMAS[name].validate(table, lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases[["column", "check", "failure_case", "index"]].head(5)
        found = Several(
            [
                Phrase(
                    "{column}: {value!r} in row {row} (expected {check})",
                    {"column": c.column, "value": c.failure_case, "row": c.index, "check": c.check},
                )
                for c in cases.itertuples()
            ]
        )
        raise DataError(
            "The processed table {name} would not be as its schema says: {found}. Correct the raw table, or "
            "the schema if what it expects has changed.",
            name=name,
            found=found,
        ) from error


@contextmanager
def _lock(project: Project) -> Iterator[None]:
    """Hold the project's build for this process; the lock falls when the process ends, however it ends."""
    project.processed.mkdir(parents=True, exist_ok=True)
    with (project.processed / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@lru_cache(maxsize=16)
def _read(path: Path, version: int) -> pd.DataFrame:  # noqa: ARG001 - the version is part of the key
    return pd.read_parquet(path)

"""Every check of the raw data, run: `run_checks()` returns one row per check and table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

# Imported for the checks that they enter in the register.
from redegov_analysis.data import integrity, records, territory, totals  # noqa: F401
from redegov_analysis.data.catalogue import read_catalogue
from redegov_analysis.data.findings import Finding
from redegov_analysis.data.registry import REGISTRY, Check, CheckResult, RawData
from redegov_analysis.data.resources import Table
from redegov_analysis.errors import DataError
from redegov_analysis.language import InBoth, Phrase, Several
from redegov_analysis.project import Project, find_project

__all__ = ["CheckResult", "checks_table", "require_sound", "run_checks"]


def run_checks(project: Project | None = None, *, tables: Sequence[str] | None = None) -> list[CheckResult]:
    """Return the result of every check of the raw data, table by table in the catalogue's order.

    A check that cannot be made, because the file is missing or a cell is malformed, has failed; its message says why.

    Parameters
    ----------
    project
        The project to look in; the one that `find_project` finds unless given.
    tables
        Names of the tables to check; all of them unless given.

    Returns
    -------
    list
        One result per table and check that applies to it.

    Raises
    ------
    DataError
        If `datapackage.json` itself is missing or malformed, or describes no table of a name that was given.

    Examples
    --------
    >>> [found.message for found in run_checks(tables=["municipalities"]) if found.name == "national_area"]
    ['Area: 8,497,331.9 km²; expected 8,497,331.9 km².']
    """
    project = project or find_project()
    data = RawData(project, read_catalogue(project))
    chosen = data.catalogue.tables if tables is None else [data.catalogue.table(name) for name in tables]
    return [_result(check, data, table) for table in chosen for check in REGISTRY if check.applies(table)]


def checks_table(results: Iterable[CheckResult]) -> pd.DataFrame:
    """Return the results as a table, one row per check.

    Parameters
    ----------
    results
        From `run_checks`.

    Returns
    -------
    DataFrame
        `table`, `check`, `severity`, `passed` (bool), `rows_at_fault` (how many), `message`, `message_pt`.
    """
    columns = {
        "table": "str", "check": "str", "severity": "str", "passed": "bool",
        "rows_at_fault": "int64", "message": "str", "message_pt": "str",
    }  # fmt: skip
    rows = [
        (found.table, found.name, found.severity, found.passed, len(found.rows), found.message, found.message_pt)
        for found in results
    ]
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)


def require_sound(results: Iterable[CheckResult]) -> None:
    """Refuse data of which a check has failed whose severity is `error`; else do nothing.

    Parameters
    ----------
    results
        From `run_checks`.

    Raises
    ------
    DataError
        If there are such checks; the message has a line for each fault, with the checks of a table that found it.
    """
    faults: dict[tuple[str, InBoth], list[str]] = {}
    for found in results:
        if not found.passed and found.severity == "error":
            faults.setdefault((found.table, InBoth(found.message, found.message_pt)), []).append(found.name)
    if faults:
        raise DataError(Phrase("{faults}", {"faults": Several([_line(*fault) for fault in faults.items()], "\n")}))


def _line(fault: tuple[str, InBoth], checks: Sequence[str]) -> Phrase:
    table, what = fault
    return Phrase("{table}, {name}: {what}", {"table": table, "name": ", ".join(checks), "what": what})


def _result(check: Check, data: RawData, table: Table) -> CheckResult:
    try:
        found = check.run(data, table)
    except DataError as error:
        found = Finding(False, str(error), f"A verificação não pôde ser feita: {error.told('pt-BR')}")
    return CheckResult(
        check.name, table.name, check.severity, bool(found.passed), found.message, found.message_pt, found.rows
    )

"""The register of data checks: what a check may look at, what its result is, and how one is entered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from redegov_analysis.data.catalogue import read_table
from redegov_analysis.data.cells import file_bytes
from redegov_analysis.data.findings import Finding
from redegov_analysis.data.resources import Catalogue, Table
from redegov_analysis.project import Project

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class RawData:
    """What a check may look at: one project's catalogue, its raw tables and their files."""

    project: Project
    catalogue: Catalogue

    def table(self, name: str) -> pd.DataFrame:
        """Return the raw table `name`, typed by its schema."""
        return read_table(name, self.project)

    def content(self, name: str) -> bytes:
        """Return the bytes of the file of the table `name`."""
        return file_bytes(self.project, self.catalogue.table(name))


@dataclass(frozen=True)
class CheckResult:
    """One row of the table of checks.

    Attributes
    ----------
    name
        Name of the check, for example `checksum`.
    table
        The raw table it looked at.
    severity
        `error` where a failure makes results wrong, `warning` where a person should look.
    passed
        Whether the data pass.
    message, message_pt
        What was found, in English and in Brazilian Portuguese.
    rows
        The rows at fault; empty where there are none or the fault is not one of rows.
    """

    name: str
    table: str
    severity: Severity
    passed: bool
    message: str
    message_pt: str
    rows: pd.DataFrame


FactCheck = Callable[[RawData], Finding]
TableCheck = Callable[[RawData, Table], Finding]


@dataclass(frozen=True)
class Check:
    """One entry of the register: a check of the tables that `applies` holds for."""

    name: str
    severity: Severity
    run: TableCheck
    applies: Callable[[Table], bool]


REGISTRY: list[Check] = []


def check(table: str, severity: Severity = "error") -> Callable[[FactCheck], FactCheck]:
    """Enter a function as a check of the table of that name, under the function's own name."""

    def enter(function: FactCheck) -> FactCheck:
        REGISTRY.append(
            Check(
                function.__name__, severity, lambda data, _: function(data), lambda described: described.name == table
            )
        )
        return function

    return enter


def check_each(applies: Callable[[Table], bool], severity: Severity = "error") -> Callable[[TableCheck], TableCheck]:
    """Enter a function as a check of every table that `applies` holds for, under the function's own name."""

    def enter(function: TableCheck) -> TableCheck:
        REGISTRY.append(Check(function.__name__, severity, function, applies))
        return function

    return enter

"""What the publishers say now against what the raw tables hold: new municipalities, renamed ones, revised figures.

A table is compared and revised as text, cell by cell, so that what has not changed keeps its very bytes.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import pandas as pd

from redegov_analysis.data.catalogue import read_catalogue, seal
from redegov_analysis.data.cells import cells_from_bytes, file_bytes, typed_frame
from redegov_analysis.data.dictionary import dictionary_markdown
from redegov_analysis.data.official.download import SourceError
from redegov_analysis.data.official.sources import Source
from redegov_analysis.data.resources import Column, Table
from redegov_analysis.data.seals import bytes_sha256
from redegov_analysis.data.writing import write_atomically
from redegov_analysis.errors import DataError
from redegov_analysis.project import Project

Kind = Literal["new", "renamed", "revised", "filled", "emptied", "removed"]
KINDS: tuple[Kind, ...] = ("new", "renamed", "revised", "filled", "emptied", "removed")

# Rows of login_adopters are all key; the other tables have the key of the catalogue.
_WHOLE_ROW_KEYS = {"login_adopters": ("list_date", "uf", "entity", "municipality")}
_ORDER = {"login_adopters": ("list_date", "entity"), "neighbours": ("ibge_code_a",)}


@dataclass(frozen=True)
class Change:
    """One difference between a source and a raw table.

    Attributes
    ----------
    source, table
        Which says so, and of which table.
    kind
        `new` and `removed` are rows; `renamed` is another name, `revised` another value, `filled` a value where there
        was none, `emptied` the reverse.
    key
        The row's key.
    label
        The row in words: the municipality's name and state, where it is one.
    column, before, after
        The column and its cells as text; for whole rows the column is empty and the cells tell the row.
    refused
        Why the change cannot be written; empty where it can.
    """

    source: str
    table: str
    kind: Kind
    key: tuple[str, ...]
    label: str
    column: str
    before: str
    after: str
    refused: str = ""

    @property
    def relative(self) -> float | None:
        """Size of a revision of a figure relative to the figure before; None where there is none."""
        try:
            before, after = float(self.before), float(self.after)
        except ValueError:
            return None
        return None if before == 0 else after / before - 1


class Drafts:
    """The raw tables as text, revised in memory by one source after another, and written only when asked to.

    Parameters
    ----------
    project
        The project whose tables are read.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.catalogue = read_catalogue(project)
        self._rows: dict[str, list[dict[str, str]]] = {}
        self._names: dict[str, str] = {}
        self._changed: set[str] = set()
        self._told: dict[tuple[str, str], tuple[str, set[tuple[str, ...]]]] = {}

    @property
    def changed(self) -> list[str]:
        """Names of the tables that were revised, in the catalogue's order."""
        return [table.name for table in self.catalogue.tables if table.name in self._changed]

    def demand_complete(self, one: Source, frame: pd.DataFrame) -> None:
        """Raise a `SourceError` if a source that must list everyone lacks rows for which the table has its figures.

        Parameters
        ----------
        one
            The source.
        frame
            What it says: the table's key and the columns fed.
        """
        if one.absent != "refuse":
            return
        table, key = self.catalogue.table(one.table), self._key(one.table)
        held = {
            _key_of(row, key)
            for row in self.rows(one.table)
            if any(row[column] not in table.column(column).missing for column in one.columns)
        }
        lacking = sorted(held - set(self._official(one, frame)))
        if lacking:
            named = ", ".join(self.label(one.table, code) for code in lacking[:5])
            more = f" and {len(lacking) - 5} more" if len(lacking) > 5 else ""
            raise SourceError(
                f"{one.file}: {len(lacking)} of {len(held):,} municipalities are missing: {named}{more}. A whole list "
                "was expected: try again later. If one was really dissolved, correct the raw table by hand first."
            )

    def revise(self, one: Source, frame: pd.DataFrame) -> list[Change]:
        """Bring a table in step with what a source says, in memory, and return every difference there was.

        Where two sources feed the same cells, the first that was given wins: the second's say is not compared.
        Figures are equal when they are so to the digits that both sides give.

        Parameters
        ----------
        one
            The source.
        frame
            What it says: the table's key and the columns fed, one row per row of the table.

        Returns
        -------
        list of Change
            In the order of the table, new rows last.
        """
        table, key = self.catalogue.table(one.table), self._key(one.table)
        official = self._official(one, frame)
        rows = self.rows(one.table)
        known = {_key_of(row, key): row for row in rows}
        changes: list[Change] = []
        for column in one.columns:
            first, taken = self._told.setdefault((one.table, column), (one.name, set(official)))
            skip = taken if first != one.name else set[tuple[str, ...]]()
            changes += self._revised_cells(one, table.column(column), official, known, skip)
        if one.absent == "remove":
            days = {told[0] for told in official} if one.table in _WHOLE_ROW_KEYS else None
            gone = [at for at in known if at not in official and (days is None or at[0] in days)]
            changes += [self._change(one, "removed", at, "", _told(known[at]), "") for at in gone]
            self._rows[one.table] = [row for row in rows if _key_of(row, key) not in set(gone)]
        changes += [self._new_row(one, table, at, official[at]) for at in official if at not in known]
        if any(not change.refused for change in changes):
            self._changed.add(one.table)
            self._names = {}
            order = _ORDER.get(one.table, key)
            self._rows[one.table].sort(key=lambda row: [row[column] for column in order])
        return changes

    def write(self) -> list[str]:
        """Write the revised tables, seal the catalogue and write the data dictionary; return the tables written.

        Every table is checked against its schema before the first is written.

        Raises
        ------
        DataError
            If a raw file is not the sealed one (sealing anew would hide it), or a revised table breaks its schema.
        """
        if not self.changed:
            return []
        for table in self.catalogue.tables:
            if bytes_sha256(file_bytes(self.project, table)) != table.sha256:
                raise DataError(
                    f"{table.path} is not the sealed file: sealing anew would hide that. Restore it with: "
                    f"git checkout -- {table.path}; or, if it was changed on purpose: redegov data describe --seal"
                )
        contents = {name: self._content(name) for name in self.changed}
        for name, content in contents.items():
            table = self.catalogue.table(name)
            typed_frame(cells_from_bytes(content, table), table)
        for name, content in contents.items():
            write_atomically(self.project.root / self.catalogue.table(name).path, content)
        seal(self.project)
        write_dictionary(self.project)
        return list(contents)

    def rows(self, table: str) -> list[dict[str, str]]:
        """Return the rows of a table as text, as revised so far."""
        if table not in self._rows:
            described = self.catalogue.table(table)
            cells = cells_from_bytes(file_bytes(self.project, described), described).columns
            self._rows[table] = [dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)]
        return self._rows[table]

    def label(self, table: str, key: tuple[str, ...]) -> str:
        """Return a row's key in words."""
        if table in _WHOLE_ROW_KEYS:
            return " · ".join(part for part in key if part)
        if not self._names:
            self._names = {row["ibge_code"]: f"{row['name']}/{row['uf']}" for row in self.rows("municipalities")}
        return " – ".join(f"{self._names.get(code, 'unknown')} ({code})" for code in key)

    def _key(self, table: str) -> tuple[str, ...]:
        return _WHOLE_ROW_KEYS.get(table) or self.catalogue.table(table).primary_key

    def _official(self, one: Source, frame: pd.DataFrame) -> dict[tuple[str, ...], dict[str, Any]]:
        """Return what the source says, by the text of the table's key."""
        table, key = self.catalogue.table(one.table), self._key(one.table)
        told: dict[tuple[str, ...], dict[str, Any]] = {}
        columns = [*key, *one.columns]
        for values in zip(*(frame[column].astype("object") for column in columns), strict=True):
            row = dict(zip(columns, values, strict=True))
            told[tuple(_text(row[column], table.column(column)) for column in key)] = row
        return told

    def _revised_cells(
        self,
        one: Source,
        column: Column,
        official: Mapping[tuple[str, ...], Mapping[str, Any]],
        known: Mapping[tuple[str, ...], dict[str, str]],
        skip: set[tuple[str, ...]],
    ) -> list[Change]:
        written = _Digits.of(row[column.name] for row in known.values())
        given = _Digits.of(_text(row[column.name], column) for row in official.values())
        changes = []
        for key, row in known.items():
            if key in skip or (key not in official and one.absent != "empty"):
                continue
            before = row[column.name]
            after = _text(official[key][column.name], column, written) if key in official else ""
            if _same(before, after, column, min(written.decimals, given.decimals)):
                continue
            kind: Kind = "revised"
            if before in column.missing:
                kind = "filled"
            elif after in column.missing:
                kind = "emptied"
            elif column.name == "name":
                kind = "renamed"
            row[column.name] = after
            changes.append(self._change(one, kind, key, column.name, before, after))
        return changes

    def _new_row(self, one: Source, table: Table, key: tuple[str, ...], told: Mapping[str, Any]) -> Change:
        """Add a row that the table does not have, or say why it cannot be added."""
        row = dict.fromkeys((column.name for column in table.columns), "")
        row.update(zip(self._key(table.name), key, strict=True))
        row.update({column: _text(told[column], table.column(column)) for column in one.columns})
        lacking = [column.name for column in table.columns if column.required and row[column.name] in column.missing]
        strangers = [
            row[foreign.column]
            for foreign in table.foreign_keys
            if row[foreign.column] not in {known[foreign.reference] for known in self.rows(foreign.table)}
        ]
        refused = ""
        if lacking:
            refused = f"the source does not give {', '.join(lacking)}: add the row to {table.path} by hand"
        elif strangers:
            refused = f"{', '.join(strangers)} is not in municipalities: it comes with that table"
        else:
            self.rows(table.name).append(row)
        label = f"{row['name']}/{row['uf']} ({row['ibge_code']})" if table.name == "municipalities" else ""
        change = self._change(one, "new", key, "", "", _told(row), label)
        return replace(change, refused=refused)

    def _change(
        self, one: Source, kind: Kind, key: tuple[str, ...], column: str, before: str, after: str, label: str = ""
    ) -> Change:
        return Change(one.name, one.table, kind, key, label or self.label(one.table, key), column, before, after)

    def _content(self, table: str) -> bytes:
        columns = [column.name for column in self.catalogue.table(table).columns]
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([row[column] for column in columns] for row in self.rows(table))
        return text.getvalue().encode("utf-8")


def write_dictionary(project: Project) -> None:
    """Write `docs/data_dictionary.md` from the catalogue, in one step."""
    write_atomically(project.root / "docs" / "data_dictionary.md", dictionary_markdown(read_catalogue(project)))


def changes_table(changes: Iterable[Change]) -> pd.DataFrame:
    """Return changes as a table, one row each.

    Returns
    -------
    DataFrame
        `source`, `table`, `kind`, `key` (parts joined by a space), `label`, `column`, `before`, `after`, `refused`
        (str) and `relative_change` (float, missing where there is none).
    """
    text = ["source", "table", "kind", "key", "label", "column", "before", "after", "refused"]
    rows = [
        {**{name: getattr(change, name) for name in text}, "key": " ".join(change.key), "relative": change.relative}
        for change in changes
    ]
    frame = pd.DataFrame(rows, columns=[*text, "relative"]).rename(columns={"relative": "relative_change"})
    return frame.astype(dict.fromkeys(text, "str") | {"relative_change": "float64"})


@dataclass(frozen=True)
class _Digits:
    """How a column writes its numbers: the most decimals in it, and whether whole ones end in `.0`."""

    decimals: int
    points: bool

    @staticmethod
    def of(cells: Iterable[str]) -> _Digits:
        decimals, points = 0, False
        for cell in cells:
            _, point, behind = cell.partition(".")
            points = points or behind == "0"
            decimals = max(decimals, len(behind.rstrip("0"))) if point else decimals
        return _Digits(decimals, points)


def _text(value: Any, column: Column, digits: _Digits | None = None) -> str:
    """Return a value as the raw tables write it."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return ""
    match column.type:
        case "boolean":
            return "1" if value else "0"
        case "integer":
            if value != int(value):
                raise SourceError(f"found {value!r} for {column.name}, expected a whole number.")
            return str(int(value))
        case "number":
            text = repr(float(value) if digits is None else round(float(value), digits.decimals))
            return text.removesuffix(".0") if digits is not None and not digits.points else text
        case "date":
            return pd.Timestamp(value).date().isoformat()
        case _:
            return str(value)


def _same(before: str, after: str, column: Column, decimals: int) -> bool:
    if before == after or (before in column.missing and after in column.missing):
        return True
    if before in column.missing or after in column.missing or column.type != "number":
        return False
    # Half a unit of the coarser side's last digit, and the hair by which binary fractions miss it.
    return abs(float(before) - float(after)) <= 0.5 * 10.0**-decimals * (1 + 1e-6)


def _key_of(row: Mapping[str, str], key: Sequence[str]) -> tuple[str, ...]:
    return tuple(row[column] for column in key)


def _told(row: Mapping[str, str]) -> str:
    return " · ".join(f"{column}: {cell}" for column, cell in row.items() if cell)

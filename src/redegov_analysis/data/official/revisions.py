"""What the publishers say now against what the raw tables hold: new municipalities, renamed ones, revised figures.

A table is compared and revised as text, cell by cell, so that what has not changed keeps its very bytes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from redegov_analysis.data.catalogue import read_catalogue, seal
from redegov_analysis.data.cells import cells_from_bytes, file_bytes, typed_frame
from redegov_analysis.data.dictionary import dictionary_markdown
from redegov_analysis.data.official.changes import Change, Kind
from redegov_analysis.data.official.download import SourceError
from redegov_analysis.data.official.sources import Source
from redegov_analysis.data.official.written import Digits, cell_text, same_cell
from redegov_analysis.data.resources import Column, Table
from redegov_analysis.data.seals import bytes_sha256
from redegov_analysis.data.writing import write_atomically
from redegov_analysis.errors import DataError
from redegov_analysis.language import Phrase
from redegov_analysis.project import Project

# Rows of login_adopters are all key; the other tables have the key of the catalogue.
_WHOLE_ROW_KEYS = {"login_adopters": ("list_date", "uf", "entity", "municipality")}
_MOST_GONE = 0.1
_ORDER = {"login_adopters": ("list_date", "entity"), "neighbours": ("ibge_code_a",)}


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
        """Raise a `SourceError` if a source lacks rows that it must have.

        One that must list everyone may lack none for which the table has its figures; one whose rows may go, or lose
        their values, may lack a tenth: more is a file that was cut off, or another.

        Parameters
        ----------
        one
            The source.
        frame
            What it says: the table's key and the columns fed.
        """
        if one.absent == "keep":
            return
        table, key = self.catalogue.table(one.table), self._key(one.table)
        official = self._official(one, frame)
        held = {
            at
            for row in self.rows(one.table)
            if _in_scope(at := _key_of(row, key), one, official)
            and (not one.columns or any(row[column] not in table.column(column).missing for column in one.columns))
        }
        lacking = sorted(held - set(official))
        if len(lacking) <= (0 if one.absent == "refuse" else _MOST_GONE * len(held)):
            return
        named = ", ".join(self.label(one.table, at) for at in lacking[:5])
        more = Phrase(" and {count} more", {"count": len(lacking) - 5}) if len(lacking) > 5 else ""
        what = Phrase("municipalities") if key == ("ibge_code",) else Phrase("rows")
        raise SourceError(
            "{file}: {n_lacking} of {n_held:,} {what} {n_lacking:is|are} missing: {named}{more}. The whole list "
            "was expected: try again later. If {n_lacking:it is|they are} really gone, correct the raw table by "
            "hand first.",
            file=one.file,
            n_lacking=len(lacking),
            n_held=len(held),
            what=what,
            named=named,
            more=more,
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
            gone = [at for at in known if at not in official and _in_scope(at, one, official)]
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
                    "{path} is not the sealed file: sealing anew would hide that. Restore it with: git "
                    "checkout -- {path}; or, if it was changed on purpose: redegov data describe --seal",
                    path=table.path,
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
            told[tuple(cell_text(row[column], table.column(column)) for column in key)] = row
        return told

    def _revised_cells(
        self,
        one: Source,
        column: Column,
        official: Mapping[tuple[str, ...], Mapping[str, Any]],
        known: Mapping[tuple[str, ...], dict[str, str]],
        skip: set[tuple[str, ...]],
    ) -> list[Change]:
        written = Digits.of(row[column.name] for row in known.values())
        given = Digits.of(cell_text(row[column.name], column) for row in official.values())
        changes = []
        for key, row in known.items():
            if key in skip or (key not in official and one.absent != "empty"):
                continue
            before = row[column.name]
            after = cell_text(official[key][column.name], column, written) if key in official else ""
            if same_cell(before, after, column, min(written.decimals, given.decimals)):
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
        row.update({column: cell_text(told[column], table.column(column)) for column in one.columns})
        lacking = [column.name for column in table.columns if column.required and row[column.name] in column.missing]
        strangers = [
            row[foreign.column]
            for foreign in table.foreign_keys
            if row[foreign.column] not in {known[foreign.reference] for known in self.rows(foreign.table)}
        ]
        refused: Phrase | None = None
        if table.name == "municipalities":
            # Only a law says since when there is a municipality. Written without that day it would count in all years.
            refused = Phrase(
                "a person must add it, for the source gives neither its first day nor {lacking}: enter the day under "
                "INSTALLED in cleaning/municipalities.py and the row in {path}, then seal it with redegov data "
                "describe --seal",
                {"lacking": ", ".join(lacking), "path": table.path},
            )
        elif lacking:
            refused = Phrase(
                "the source does not give {lacking}: add the row to {path} by hand",
                {"lacking": ", ".join(lacking), "path": table.path},
            )
        elif strangers:
            refused = Phrase(
                "{codes} is not in municipalities: it comes with that table", {"codes": ", ".join(strangers)}
            )
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


def _in_scope(key: tuple[str, ...], one: Source, official: Mapping[tuple[str, ...], object]) -> bool:
    """Return whether a source speaks of a row at all: a list of one day says nothing of those of another."""
    return one.table not in _WHOLE_ROW_KEYS or key[0] == next(iter(official), ("",))[0]


def _key_of(row: Mapping[str, str], key: Sequence[str]) -> tuple[str, ...]:
    return tuple(row[column] for column in key)


def _told(row: Mapping[str, str]) -> str:
    return " · ".join(f"{column}: {cell}" for column, cell in row.items() if cell)

"""What `datapackage.json` says of each raw table: its columns, keys, sources, vintage, licence and checksums."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redegov_analysis.data.json_text import json_fault
from redegov_analysis.errors import DataError
from redegov_analysis.language import Phrase
from redegov_analysis.project import MARKER

TYPES = ("string", "integer", "number", "boolean", "date")


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name, type, format
        As in the Frictionless Table Schema; `type` is one of `TYPES`.
    unit
        What a number counts or measures; None for text, codes, dates and marks.
    description, description_pt
        What it means, in English and in Brazilian Portuguese.
    source, vintage, licence
        Who measured it, of when it is, and on what terms it may be used.
    missing
        Cells that mean “missing”; the empty cell is always one of them.
    required, enum, minimum, maximum, pattern
        What a cell must satisfy; None where there is no such demand.
    sha256
        Checksum of the cells as text, in file order, each followed by a line feed.
    """

    name: str
    type: str
    format: str
    unit: str | None
    description: str
    description_pt: str
    source: str
    vintage: str
    licence: str
    missing: frozenset[str]
    required: bool
    enum: tuple[str, ...] | None
    minimum: float | None
    maximum: float | None
    pattern: str | None
    sha256: str


@dataclass(frozen=True)
class ForeignKey:
    """A column whose values must be found in a column of another table.

    Attributes
    ----------
    column
        The column of this table.
    table, reference
        The other table and its column.
    """

    column: str
    table: str
    reference: str


@dataclass(frozen=True)
class Table:
    """One file of `data/raw`; `columns` is empty where it is not a table (the map).

    Attributes
    ----------
    name, path
        What `read_table` calls it, and its file from the project's root.
    title, title_pt, description, description_pt
        What it holds, in English and in Brazilian Portuguese.
    notes, notes_pt
        What to know before using it: totals that it gives, gaps, traps.
    sources
        Title and address of each; None where there is no address.
    vintage, vintage_pt
        Of when the data are.
    licence
        On what terms this file may be used.
    upstream_terms, upstream_terms_pt
        What the publisher asks for.
    bytes, rows, sha256
        Size and checksum of the file, and its rows without the header.
    columns
        In the order of the file.
    primary_key, foreign_keys
        Columns that together name a row once; columns that name rows of other tables.
    """

    name: str
    path: str
    title: str
    title_pt: str
    description: str
    description_pt: str
    notes: tuple[str, ...]
    notes_pt: tuple[str, ...]
    sources: tuple[tuple[str, str | None], ...]
    vintage: str
    vintage_pt: str
    licence: str
    upstream_terms: str
    upstream_terms_pt: str
    bytes: int
    rows: int
    sha256: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]

    @property
    def is_tabular(self) -> bool:
        """Whether `read_table` can read it."""
        return bool(self.columns)

    def column(self, name: str) -> Column:
        """Return the column of a name.

        Parameters
        ----------
        name
            As in the header of the file.

        Returns
        -------
        Column
            What the catalogue says of it.

        Raises
        ------
        DataError
            If there is none; the message lists those there are.
        """
        for column in self.columns:
            if column.name == name:
                return column
        known = ", ".join(column.name for column in self.columns)
        raise DataError(
            "{file} describes no column {name!r} of the table {name_2}. It has: {known}.",
            file=MARKER,
            name=name,
            name_2=self.name,
            known=known,
        )


@dataclass(frozen=True)
class Catalogue:
    """Every raw table of a project, in the order of `datapackage.json`.

    Attributes
    ----------
    name, version
        The data package's own.
    title, title_pt, description, description_pt
        In English and in Brazilian Portuguese.
    licence
        On what terms the whole may be used.
    tables
        The map among them.
    """

    name: str
    title: str
    title_pt: str
    description: str
    description_pt: str
    version: str
    licence: str
    tables: tuple[Table, ...]

    def table(self, name: str) -> Table:
        """Return the description of a table.

        Parameters
        ----------
        name
            Its name.

        Returns
        -------
        Table
            What the catalogue says of it.

        Raises
        ------
        DataError
            If there is none; the message lists those there are.
        """
        for table in self.tables:
            if table.name == name:
                return table
        known = ", ".join(table.name for table in self.tables)
        raise DataError(
            "{file} describes no table {name!r}. It describes: {known}.", file=MARKER, name=name, known=known
        )


def catalogue_from_text(text: str) -> Catalogue:
    """Return the catalogue that the text of a `datapackage.json` describes.

    Parameters
    ----------
    text
        JSON.

    Returns
    -------
    Catalogue
        Tables in the order of the file.

    Raises
    ------
    DataError
        If the text is not JSON, or a property that the package relies on is missing or of the wrong kind.
    """
    try:
        package = json.loads(text)
    except ValueError as error:
        raise DataError(
            "{file} is not valid JSON: {error}. Restore it with: git checkout -- {file}",
            file=MARKER,
            error=json_fault(error),
        ) from error
    where: str | Phrase = MARKER
    try:
        tables = []
        for number, resource in enumerate(package["resources"], start=1):
            where = Phrase("{file}, resource {name}", {"file": MARKER, "name": resource.get("name", number)})
            tables.append(_table(resource))
        where = MARKER
        return Catalogue(
            name=package["name"],
            title=package["title"],
            title_pt=package["title_pt"],
            description=package["description"],
            description_pt=package["description_pt"],
            version=package["version"],
            licence=_licence(package),
            tables=tuple(tables),
        )
    except KeyError as error:
        raise DataError("{place}: the property {error} is missing.", place=where, error=error) from error
    except (TypeError, ValueError, AttributeError, DataError) as error:
        raise DataError(
            "{place}: a property is not of the kind that was expected ({error}).", place=where, error=error
        ) from error


def _table(resource: Mapping[str, Any]) -> Table:
    schema = resource.get("schema", {})
    missing = schema.get("missingValues", [""])
    return Table(
        name=resource["name"],
        path=resource["path"],
        title=resource["title"],
        title_pt=resource["title_pt"],
        description=resource["description"],
        description_pt=resource["description_pt"],
        notes=tuple(resource["notes"]),
        notes_pt=tuple(resource["notes_pt"]),
        sources=tuple((source["title"], source.get("path")) for source in resource["sources"]),
        vintage=resource["vintage"],
        vintage_pt=resource["vintage_pt"],
        licence=_licence(resource),
        upstream_terms=resource["upstream_terms"],
        upstream_terms_pt=resource["upstream_terms_pt"],
        bytes=int(resource["bytes"]),
        rows=int(resource["rows"]),
        sha256=resource["hash"].removeprefix("sha256:"),
        columns=tuple(_column(field, missing) for field in schema.get("fields", [])),
        primary_key=tuple(schema.get("primaryKey", [])),
        foreign_keys=tuple(
            ForeignKey(column, key["reference"]["resource"], reference)
            for key in schema.get("foreignKeys", [])
            for column, reference in zip(key["fields"], key["reference"]["fields"], strict=True)
        ),
    )


def _column(field: Mapping[str, Any], missing: list[str]) -> Column:
    if field["type"] not in TYPES:
        raise DataError(
            "field {name} has the type {type!r}, expected one of {types}",
            name=field["name"],
            type=field["type"],
            types=", ".join(TYPES),
        )
    constraints = field.get("constraints", {})
    enum = constraints.get("enum")
    return Column(
        name=field["name"],
        type=field["type"],
        format=field["format"],
        unit=field["unit"],
        description=field["description"],
        description_pt=field["description_pt"],
        source=field["source"],
        vintage=field["vintage"],
        licence=field["licence"],
        missing=frozenset({"", *field.get("missingValues", missing)}),
        required=bool(constraints.get("required", False)),
        enum=None if enum is None else tuple(enum),
        minimum=constraints.get("minimum"),
        maximum=constraints.get("maximum"),
        pattern=constraints.get("pattern"),
        sha256=field["sha256"],
    )


def _licence(described: Mapping[str, Any]) -> str:
    return ", ".join(licence["name"] for licence in described["licenses"])

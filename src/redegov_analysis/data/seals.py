"""Checksums of the raw files and of their columns: taken from what stands there, written by maintainers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from redegov_analysis.data.cells import cells_from_bytes, file_bytes
from redegov_analysis.data.json_text import json_fault
from redegov_analysis.data.reading import write_atomically
from redegov_analysis.data.resources import Table, catalogue_from_text
from redegov_analysis.errors import DataError
from redegov_analysis.language import Phrase
from redegov_analysis.project import Project


def bytes_sha256(content: bytes) -> str:
    """Return the sha256 of a file's bytes, in hexadecimal.

    >>> bytes_sha256(b"")[:12]
    'e3b0c44298fc'
    """
    return hashlib.sha256(content).hexdigest()


def column_sha256(cells: Iterable[str]) -> str:
    r"""Return the sha256 of a column: its cells as text in file order, each followed by a line feed, in UTF-8.

    >>> column_sha256(["1", "2"]) == bytes_sha256(b"1\n2\n")
    True
    """
    return bytes_sha256("".join(f"{cell}\n" for cell in cells).encode())


def seal(project: Project) -> list[str]:
    """Write the checksums, sizes and row counts of the raw files into `datapackage.json`.

    For maintainers, after a meant change of a raw table. Nothing else in the file changes.

    Parameters
    ----------
    project
        The project to seal.

    Returns
    -------
    list of str
        Names of the tables whose seal is another than before, in the catalogue's order.

    Raises
    ------
    DataError
        If a file is missing, or its columns are not those that the catalogue describes.
    """
    before = project.datapackage.read_text(encoding="utf-8")
    catalogue = catalogue_from_text(before)
    package: dict[str, Any] = json.loads(before)
    changed = []
    for resource, table in zip(package["resources"], catalogue.tables, strict=True):
        earlier = json.dumps(resource)
        _seal_resource(resource, table, project)
        if json.dumps(resource) != earlier:
            changed.append(table.name)
    after = json.dumps(package, ensure_ascii=False, indent=2) + "\n"
    if after != before:
        write_atomically(project.datapackage, after)
    return changed


def _seal_resource(resource: dict[str, Any], table: Table, project: Project) -> None:
    content = file_bytes(project, table)
    resource["bytes"] = len(content)
    resource["hash"] = f"sha256:{bytes_sha256(content)}"
    if table.is_tabular:
        cells = cells_from_bytes(content, table)
        resource["rows"] = len(cells.lines)
        for field in resource["schema"]["fields"]:
            field["sha256"] = column_sha256(cells.columns[field["name"]])
    else:
        resource["rows"] = len(features(content, table))


def features(content: bytes, table: Table) -> list[dict[str, Any]]:
    """Return the features of a GeoJSON file's bytes, or raise a `DataError` that says why there are none."""
    try:
        collection = json.loads(content)
    except ValueError as error:
        raise _no_map(json_fault(error), table) from error
    found = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(found, list) or not all(isinstance(feature, dict) for feature in found):
        raise _no_map(Phrase("no list of objects under `features`"), table)
    return found


def _no_map(found: Phrase, table: Table) -> DataError:
    return DataError(
        found,
        where="{path}",
        expected="a collection of features in GeoJSON",
        remedy="Restore it with: git checkout -- {path}",
        path=table.path,
    )

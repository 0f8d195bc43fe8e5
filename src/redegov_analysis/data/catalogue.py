"""The raw tables, as `datapackage.json` describes them: `read_table(name)` returns one, typed by its schema."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pandas as pd

from redegov_analysis.data.cells import read_cells, typed_frame
from redegov_analysis.data.resources import Catalogue, Column, ForeignKey, Table, catalogue_from_text
from redegov_analysis.data.seals import seal
from redegov_analysis.errors import DataError
from redegov_analysis.project import Project, find_project

__all__ = ["Catalogue", "Column", "ForeignKey", "Table", "read_catalogue", "read_table", "seal", "table_path"]


def read_catalogue(project: Project | None = None) -> Catalogue:
    """Return the description of every raw table.

    Parameters
    ----------
    project
        The project to look in; the one that `find_project` finds unless given.

    Raises
    ------
    DataError
        If `datapackage.json` is missing or malformed.

    Examples
    --------
    >>> catalogue = read_catalogue()
    >>> catalogue.table("neighbours").primary_key
    ('ibge_code_a', 'ibge_code_b')
    """
    path = (project or find_project()).datapackage
    return _catalogue(path, _state(path))


def table_path(name: str, project: Project | None = None) -> Path:
    """Return where the file of the table `name` stands; also for `municipality_mesh_2015`, which is a map.

    Raises
    ------
    DataError
        If the catalogue has no table of that name.
    """
    project = project or find_project()
    return project.root / read_catalogue(project).table(name).path


def read_table(name: str, project: Project | None = None) -> pd.DataFrame:
    """Return the raw table `name`, its columns typed by the schema, its rows in the file's order.

    A file is read again only when it or `datapackage.json` has changed. Every call hands out a copy of its own, so
    that nobody can spoil what the next caller gets.

    Parameters
    ----------
    name
        Name in the catalogue, for example `demographics`.
    project
        The project to look in; the one that `find_project` finds unless given.

    Returns
    -------
    DataFrame
        Codes and text as `str`, dates as `datetime64[us]`, numbers as `float64`, yes and no as `boolean`, integers as
        `int64` where no cell may be missing and as `Int64` elsewhere. The unit of each column is in the catalogue.

    Raises
    ------
    DataError
        If there is no such table, its file is missing, or a cell is not what the schema expects: file, line, column,
        value, expectation.

    Examples
    --------
    >>> municipalities = read_table("municipalities")
    >>> municipalities.loc[municipalities["is_capital"], "name"].size
    27
    """
    project = project or find_project()
    table = read_catalogue(project).table(name)
    if not table.is_tabular:
        raise DataError(f"{name} is not a table but a map ({table.path}). Take its file from table_path({name!r}).")
    path = project.root / table.path
    return _frame(path, _state(path), table).copy()


def _state(path: Path) -> tuple[int, int, int]:
    """Return what tells one version of a file from the next; a missing file is a version too."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)


@lru_cache(maxsize=8)
def _catalogue(path: Path, state: tuple[int, int, int]) -> Catalogue:  # noqa: ARG001 - the state is part of the key
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}. Restore it with: git checkout -- {path.name}") from error
    return catalogue_from_text(text)


@lru_cache(maxsize=32)
def _frame(path: Path, state: tuple[int, int, int], table: Table) -> pd.DataFrame:  # noqa: ARG001 - as above
    return typed_frame(read_cells(path, table), table)

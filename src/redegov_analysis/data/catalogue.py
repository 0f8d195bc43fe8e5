"""The raw tables, as `datapackage.json` describes them: `read_table(name)` returns one, typed by its schema."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pandas as pd

from redegov_analysis.data.cells import cells_from_bytes, file_bytes, typed_frame
from redegov_analysis.data.resources import Catalogue, Column, ForeignKey, Table, catalogue_from_text
from redegov_analysis.data.seals import bytes_sha256, seal
from redegov_analysis.errors import DataError
from redegov_analysis.project import Project, find_project

__all__ = ["Catalogue", "Column", "ForeignKey", "Table", "read_catalogue", "read_table", "seal", "table_path"]

# Typed tables by what they were made from, the oldest first.
_FRAMES: dict[tuple[str, Table], pd.DataFrame] = {}
_FRAMES_KEPT = 32


def read_catalogue(project: Project | None = None) -> Catalogue:
    """Return the description of every raw table.

    Parameters
    ----------
    project
        The project to look in; the one that `find_project` finds unless given.

    Returns
    -------
    Catalogue
        The tables in the order of `datapackage.json`.

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
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            "{path} cannot be read: {error}. Restore it with: git checkout -- {name}",
            path=path,
            error=error,
            name=path.name,
        ) from error
    return _catalogue(text)


def table_path(name: str, project: Project | None = None) -> Path:
    """Return where the file of the table `name` stands; also for `municipality_mesh_2015`, which is a map.

    Parameters
    ----------
    name
        Name of the table.
    project
        The project to look in; the one that `find_project` finds unless given.

    Returns
    -------
    Path
        Whether or not there is such a file.

    Raises
    ------
    DataError
        If the catalogue has no table of that name.
    """
    project = project or find_project()
    return project.root / read_catalogue(project).table(name).path


def read_table(name: str, project: Project | None = None) -> pd.DataFrame:
    """Return the raw table `name`, its columns typed by the schema, its rows in the file's order.

    A file is typed again only when its bytes or its schema have changed. Every call hands out a copy of its own, so
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
        raise DataError(
            "{name} is not a table but a map ({path}). Take its file from table_path({name!r}).",
            name=name,
            path=table.path,
        )
    content = file_bytes(project, table)
    key = (bytes_sha256(content), table)
    if key not in _FRAMES:
        while len(_FRAMES) >= _FRAMES_KEPT:
            del _FRAMES[next(iter(_FRAMES))]
        _FRAMES[key] = typed_frame(cells_from_bytes(content, table), table)
    return _FRAMES[key].copy()


@lru_cache(maxsize=8)
def _catalogue(text: str) -> Catalogue:
    return catalogue_from_text(text)

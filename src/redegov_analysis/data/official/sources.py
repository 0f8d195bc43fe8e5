"""The publishers' files that feed the raw tables: where each lives, what it feeds, and how it is read for that.

The addresses are data, `sources.csv`. A source without one has no fixed address that gives the layout read here: a
person gets it from its page and puts it into the folder of downloads under the name given.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib.resources import files
from types import MappingProxyType
from typing import Literal, Protocol, cast

import pandas as pd

from redegov_analysis.data.archives import MAX_UNPACKED_BYTES
from redegov_analysis.data.deadline import time_limit
from redegov_analysis.data.official.borders import read_neighbours
from redegov_analysis.data.official.indicators import read_capag, read_connectivity
from redegov_analysis.data.official.lists import read_culture_list, read_login_list
from redegov_analysis.data.official.population import read_gazette_estimates
from redegov_analysis.data.official.sidra import read_aggregates, read_sidra_values
from redegov_analysis.data.official.territory import DIVISION_COLUMNS, read_areas, read_division, read_localidades
from redegov_analysis.errors import DataError, ParameterError
from redegov_analysis.language import Phrase, Several

Absent = Literal["refuse", "empty", "keep", "remove"]


class MatchNames(Protocol):
    """What resolves names to codes: `cleaning.municipalities.match_names`, handed in by who may import it."""

    def __call__(self, names: pd.Series, states: pd.Series) -> pd.DataFrame:
        """Return one row per name, in order, with `ibge_code` only where it is safe to use."""


@dataclass(frozen=True)
class Source:
    """One publisher's file.

    Attributes
    ----------
    name, title
        What it is called on the command line and in words.
    file
        Its name in the folder of downloads.
    url
        Where it lives; None where it is got by hand.
    member
        The file to take out of a ZIP; None where the file itself is read.
    page
        The publisher's page for people.
    table, columns
        The raw table and the columns of it that the source feeds; no columns where a row is all key.
    absent
        What it means that a row of the table is not in the source: the source is incomplete and refused (`refuse`),
        the cells become missing (`empty`), nothing (`keep`), or the row goes (`remove`).
    """

    name: str
    title: str
    file: str
    url: str | None
    member: str | None
    page: str
    table: str
    columns: tuple[str, ...]
    absent: Absent


@dataclass(frozen=True)
class Reading:
    """What a source says of its raw table.

    Attributes
    ----------
    frame
        The key of the raw table and the columns fed, one row per row of the table.
    notes
        What a person should know of the reading.
    """

    frame: pd.DataFrame
    notes: tuple[Phrase, ...] = ()


@lru_cache(maxsize=1)
def sources() -> Mapping[str, Source]:
    """Return every source by its name, in the order in which they are compared.

    Examples
    --------
    >>> sources()["areas_2022"].columns
    ('area_km2',)
    """
    text = files("redegov_analysis.data.official").joinpath("sources.csv").read_text(encoding="utf-8")
    listed = {
        row["name"]: Source(
            row["name"],
            row["title"],
            row["file"],
            row["url"] or None,
            row["member"] or None,
            row["page"],
            row["table"],
            tuple(row["columns"].split()),
            cast("Absent", row["absent"]),
        )
        for row in csv.DictReader(io.StringIO(text))
    }
    return MappingProxyType(listed)


def source(name: str) -> Source:
    """Return the source of that name.

    Raises
    ------
    ParameterError
        If there is none: those that there are, are named.
    """
    try:
        return sources()[name]
    except KeyError as error:
        raise ParameterError(
            "No source {name!r}. There are: {sources}.", name=name, sources=", ".join(sources())
        ) from error


def read_source(one: Source, content: bytes, *, match_names: MatchNames | None = None) -> Reading:
    """Return what a source's file says of the raw table that it feeds.

    Parameters
    ----------
    one
        The source.
    content
        The file's bytes as published, a ZIP included.
    match_names
        What resolves names to codes; needed for lists without codes (`snc_2018`) alone.

    Returns
    -------
    Reading
        The table's key columns and the columns that the source feeds, typed as the reader types them.

    Raises
    ------
    DataError
        If the file is not what its reader expects: what was found, where, and what was expected; or it takes too long.
    ParameterError
        If the source needs `match_names` and there is none.
    """
    with time_limit(one.file):
        if one.name == "snc_2018":
            return _culture(content, one.file, match_names)
        return Reading(_READERS[one.name](_taken_out(content, one), one.file))


def _taken_out(content: bytes, one: Source) -> bytes:
    """Return the file to read: the member of a ZIP where the source is one and this is it."""
    if one.member is None or content[:4] != b"PK\x03\x04":
        return content
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            wanted = [entry for entry in packed.infolist() if entry.filename.rsplit("/", 1)[-1] == one.member]
            if len(wanted) != 1:
                held = ", ".join(packed.namelist()[:8])
                raise DataError(
                    "{file}: found {held} in the ZIP, expected {member}.",
                    file=one.file,
                    held=held or Phrase("nothing"),
                    member=one.member,
                )
            if wanted[0].file_size > MAX_UNPACKED_BYTES:
                raise DataError(
                    "{file}: {member} unpacks to {file_size:,} {file_size:byte|bytes}; that is not it.",
                    file=one.file,
                    member=one.member,
                    file_size=wanted[0].file_size,
                )
            return packed.read(wanted[0])
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError) as error:
        raise DataError("{file} is no whole ZIP file. Get it again.", file=one.file) from error


def _division(content: bytes, name: str) -> pd.DataFrame:
    return read_division(content, name=name)[list(DIVISION_COLUMNS)]


def _localidades(content: bytes, name: str) -> pd.DataFrame:
    return read_localidades(content, name=name)


def _areas(content: bytes, name: str) -> pd.DataFrame:
    return read_areas(content, name=name)[["ibge_code", "area_km2"]]


def _neighbours(content: bytes, name: str) -> pd.DataFrame:
    return read_neighbours(content, name=name)


def _gazette(content: bytes, name: str, year: int) -> pd.DataFrame:
    frame = read_gazette_estimates(content, name=name)
    return _of_year(frame, year, {"population": f"population_{year}"}, name)


def _values(
    content: bytes, name: str, variable: str, year: int, column: str, category: str | None = None
) -> pd.DataFrame:
    frame = read_sidra_values(content, variable=variable, category=category, name=name)
    return _of_year(frame, year, {"value": column}, name)


def _aggregates(content: bytes, name: str, variable: str, year: int, column: str) -> pd.DataFrame:
    return _of_year(read_aggregates(content, variable=variable, name=name), year, {"value": column}, name)


def _capag(content: bytes, name: str) -> pd.DataFrame:
    frame = read_capag(content, name=name)
    by_year = frame.pivot(index="ibge_code", columns="year", values="capag_written")
    absent = {2022, 2023} - set(by_year.columns)
    if absent:
        raise DataError(
            "{name}: found the years {columns}; expected 2022 and 2023 too.",
            name=name,
            columns=", ".join(map(str, by_year.columns)),
        )
    return by_year[[2022, 2023]].set_axis(["capag_2022", "capag_2023"], axis=1).reset_index()


def _connectivity(content: bytes, name: str) -> pd.DataFrame:
    columns = {
        "mobile_coverage_share": "mobile_coverage_2023",
        "fixed_broadband_density": "fixed_broadband_density_weighted_2023",
        "has_fibre_backhaul": "has_fibre_backhaul_2023",
    }
    return _of_year(read_connectivity(content, name=name), 2023, columns, name)


def _login(content: bytes, name: str, day: str) -> pd.DataFrame:
    frame = read_login_list(content, name=name)
    frame.insert(0, "list_date", pd.Timestamp(day).as_unit("us"))
    return frame


def _culture(content: bytes, name: str, match_names: MatchNames | None) -> Reading:
    if match_names is None:
        raise ParameterError("{name} names municipalities without codes: give `match_names`.", name=name)
    listed, _ = read_culture_list(content, name=name)
    listed["ibge_code"] = match_names(listed["name"], listed["uf"])["ibge_code"].to_numpy()
    unknown = listed[listed["ibge_code"].isna()]
    notes: list[Phrase] = []
    if not unknown.empty:
        names = [
            Phrase("{name}/{uf} (line {line})", {"name": row["name"], "uf": row["uf"], "line": row["line"]})
            for _, row in unknown.iterrows()
        ]
        left = {"count": len(unknown), "names": Several(names, ", ")}
        notes.append(
            Phrase(
                "{count} {count:name leads to no municipality safely and is left as it is|names lead to no "
                "municipality safely and are left as they are}: {names}.",
                left,
            )
        )
    undated = listed[~listed["joined"] & listed["date"].notna()]
    if not undated.empty:
        notes.append(
            Phrase(
                "{count} {count:row has a day|rows have a day} and the mark of those that had not joined: taken as "
                "not joined.",
                {"count": len(undated)},
            )
        )
    listed["joined_on"] = listed["date"].where(listed["joined"])
    known = listed[listed["ibge_code"].notna()].sort_values(["ibge_code", "joined_on"])
    return Reading(known.drop_duplicates("ibge_code")[["ibge_code", "joined_on"]], tuple(notes))


def _of_year(frame: pd.DataFrame, year: int, columns: dict[str, str], name: str) -> pd.DataFrame:
    """Return one year of a table, its columns named as those of the raw table."""
    found = frame[frame["year"] == year]
    if found.empty:
        years = ", ".join(map(str, sorted(set(frame["year"]))))
        raise DataError(
            "{name}: found the years {years}, expected {year}. Is it another edition?",
            name=name,
            years=years,
            year=year,
        )
    return found[["ibge_code", *columns]].rename(columns=columns).reset_index(drop=True)


_READERS: dict[str, Callable[[bytes, str], pd.DataFrame]] = {
    "localidades": _localidades,
    "dtb_2024": _division,
    "areas_2022": _areas,
    "neighbours_2024": _neighbours,
    "population_2025": partial(_values, variable="9324", year=2025, column="population_2025"),
    "population_2024": partial(_gazette, year=2024),
    "population_2022": partial(_values, variable="93", year=2022, column="population_2022"),
    "households_2022": partial(_values, variable="381", year=2022, column="households_2022", category="77584"),
    "households_internet_2022": partial(
        _values, variable="381", year=2022, column="households_internet_2022", category="77585"
    ),
    "gdp_2021": partial(_aggregates, variable="37", year=2021, column="gdp_2021_kbrl"),
    "gdp_2022": partial(_aggregates, variable="37", year=2022, column="gdp_2022_kbrl"),
    "gdp_2023": partial(_aggregates, variable="37", year=2023, column="gdp_2023_kbrl"),
    "capag": _capag,
    "connectivity_2023": _connectivity,
    "login_2021": partial(_login, day="2021-04-15"),
    "login_2022": partial(_login, day="2022-03-21"),
}

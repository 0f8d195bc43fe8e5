"""What all municipality briefs share, computed once and kept.

A brief is one row of these tables. Fitting them takes seconds, reading a row of them a few hundredths of one, so that a
brief for each municipality of the country is feasible. They are kept under `data/processed/briefs/<key>/`; the key
changes with any input, the package, the day and the list of members.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from redegov_analysis.data.writing import write_atomically, write_parquet
from redegov_analysis.errors import ParameterError
from redegov_analysis.project import Project, find_project
from redegov_analysis.reports.content.brief_tables import Background, brief_tables
from redegov_analysis.reports.inputs import read_inputs

FOLDER: Final = "briefs"
KEPT: Final = 3


@dataclass(frozen=True)
class Brief:
    """All that is known of one municipality.

    Attributes
    ----------
    place
        One row of the table of places: identity, networks, chances, membership.
    peers
        One row per compared characteristic.
    nearest
        The nearest municipalities that are in, or on a proxy list.
    background
        What all of it stands on.
    """

    place: pd.Series
    peers: pd.DataFrame
    nearest: pd.DataFrame
    background: Background


@dataclass(frozen=True)
class BriefBasis:
    """The tables behind all briefs, on disk."""

    folder: Path
    background: Background

    def brief(self, ibge_code: str) -> Brief:
        """Return what is known of one municipality.

        Raises
        ------
        ParameterError
            If no municipality of the data's day has this code.
        """
        own = [("ibge_code", "==", ibge_code)]
        place, peers, nearest = (
            pd.read_parquet(self.folder / f"{name}.parquet", filters=own) for name in ("places", "peers", "nearest")
        )
        if place.empty:
            raise ParameterError(
                "No municipality has the code {ibge_code!r}. Give an IBGE code of seven digits.", ibge_code=ibge_code
            )
        return Brief(place.iloc[0], peers.reset_index(drop=True), nearest.reset_index(drop=True), self.background)


def brief_basis(as_of: str = "", membership: str = "", project: Project | None = None) -> BriefBasis:
    """Return the tables behind all briefs, computed first when they are not there yet.

    Of several processes that ask at once, one computes and the others wait for it.

    Parameters
    ----------
    as_of
        Only totals up to this day are used; empty for all.
    membership
        The choice of `membership_in_force`.
    project
        The project; the one of the working directory unless given.

    Raises
    ------
    DataError, IdentificationError
        As the tables and fits that it needs.
    """
    project = project or find_project()
    inputs = asdict(read_inputs(project)) | {"as_of": as_of, "membership": membership}
    key = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:24]
    place = project.processed / FOLDER / key
    stamp = place / "background.json"
    if not stamp.exists():
        with _turn(project.processed / FOLDER):
            if not stamp.exists():
                place.mkdir(parents=True, exist_ok=True)
                tables, background = brief_tables(as_of, membership, project)
                for name, table in tables.items():
                    write_parquet(table, place / f"{name}.parquet")
                write_atomically(stamp, json.dumps(asdict(background)) + "\n")  # last: it vouches for the others
                _prune(place)
    return BriefBasis(place, Background(**json.loads(stamp.read_text(encoding="utf-8"))))


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _prune(newest: Path) -> None:
    """Remove all but the newest few: each change of code or data leaves one behind."""
    others = [path for path in newest.parent.iterdir() if path.is_dir() and path != newest]
    for path in sorted(others, key=lambda each: each.stat().st_mtime, reverse=True)[KEPT - 1 :]:
        shutil.rmtree(path, ignore_errors=True)

"""Builds: the same bytes each time, nothing twice, nothing half."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys

import pandas as pd
import pytest

from redegov_analysis.cleaning.build import STAMP, TABLES, build, processed, rejected
from redegov_analysis.errors import DataError, ParameterError
from redegov_analysis.project import Project, find_project


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project of its own, with the real raw tables and nothing built."""
    real, root = find_project(), tmp_path_factory.mktemp("project")
    shutil.copy(real.datapackage, root)
    shutil.copytree(real.raw, root / "data" / "raw", ignore=shutil.ignore_patterns("membership", "*.geojson"))
    return Project(root)


def _hashes(project: Project) -> dict[str, str]:
    files = [file for file in project.processed.iterdir() if file.suffix in {".parquet", ".csv"}]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_a_build_accounts_for_every_row_and_a_second_one_does_nothing(copy: Project) -> None:
    first = build(copy)
    assert not first.reused
    assert tuple(row.name for row in first.tables) == TABLES
    assert all(row.rows_in == row.rows_kept + row.rows_rejected for row in first.tables)
    assert {row.name: row.rows_rejected for row in first.tables if row.rows_rejected} == {"login_adopters": 3}
    second = build(copy)
    assert second.reused
    assert second.tables == first.tables
    assert second.table()["rows_kept"].sum() == sum(row.rows_kept for row in first.tables)


def test_a_rebuild_gives_the_same_bytes(copy: Project) -> None:
    build(copy)
    before = _hashes(copy)
    assert not build(copy, force=True).reused
    assert _hashes(copy) == before
    assert len(before) == 2 * len(TABLES)


def test_a_changed_raw_table_is_built_again(copy: Project) -> None:
    build(copy)
    path = copy.raw / "milestones.csv"
    before = path.read_text(encoding="utf-8")
    try:
        path.write_text(before.replace(",350,about", ",360,about"), encoding="utf-8")
        assert 360 in processed("milestones", copy)["municipalities"].tolist()
    finally:
        path.write_text(before, encoding="utf-8")
    assert 350 in processed("milestones", copy)["municipalities"].tolist()


def test_a_table_that_breaks_its_schema_is_refused_with_the_row(copy: Project) -> None:
    build(copy)
    path = copy.raw / "demographics.csv"
    before = path.read_text(encoding="utf-8")
    try:
        path.write_text(before.replace("1100015,24392,21494", "1100015,24392,3", 1), encoding="utf-8")
        with pytest.raises(DataError, match=r"municipalities would not be.*population_2022"):
            build(copy)
        assert not (copy.processed / STAMP).exists()
    finally:
        path.write_text(before, encoding="utf-8")
    assert not build(copy).reused


def test_a_missing_table_is_built_again(copy: Project) -> None:
    build(copy)
    (copy.processed / "neighbours.parquet").unlink()
    assert len(processed("neighbours", copy)) == 16_476


def test_two_builds_at_once_take_turns(copy: Project) -> None:
    shutil.rmtree(copy.processed, ignore_errors=True)
    code = "from redegov_analysis.cleaning.build import build; print(build().reused)"
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            env={**os.environ, "REDEGOV_HOME": str(copy.root)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    reused = [process.communicate(timeout=120)[0].strip() for process in running]
    assert sorted(reused) == ["False", "True"]
    assert len(rejected("login_adopters", copy)) == 3


def test_rows_refused_by_a_table_without_any_are_none(copy: Project) -> None:
    assert rejected("neighbours", copy).empty
    assert isinstance(rejected("neighbours", copy), pd.DataFrame)


def test_an_unknown_table_is_refused_by_name() -> None:
    with pytest.raises(ParameterError, match="There are: municipalities, neighbours"):
        processed("citizens")


def test_importing_the_build_does_not_load_pandera() -> None:
    code = "import redegov_analysis.cleaning.build, sys; sys.exit('pandera' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

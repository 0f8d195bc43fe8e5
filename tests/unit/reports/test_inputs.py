"""A page that shows the archive of forecasts is made anew when what it shows of it changes, and only then."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from redegov_analysis.cleaning.milestones import dated_bounds
from redegov_analysis.data.catalogue import read_table
from redegov_analysis.forecast.archive import FOLDER, forecast_rows, keep_forecast
from redegov_analysis.forecast.growth import forecast_growth
from redegov_analysis.project import Project, find_project
from redegov_analysis.reports.inputs import read_inputs


@pytest.fixture
def project(tmp_path: Path) -> Project:
    here = find_project()
    shutil.copytree(here.raw, tmp_path / "data" / "raw")
    for name in ("datapackage.json", "requirements.lock"):
        shutil.copy(here.root / name, tmp_path / name)
    return Project(tmp_path)


def test_only_forecasts_that_totals_can_score_count_as_an_input(project: Project) -> None:
    milestones = dated_bounds(read_table("milestones", project))
    known = milestones[milestones["date_latest"] <= "2024-12-31"]
    ahead = forecast_growth(known, universe=5571, dates=["2025-06-30", "2025-12-31"], draws=100)
    archive = project.reports / FOLDER
    empty = read_inputs(project)
    keep_forecast(forecast_rows(ahead, run_id="late", made_on="2026-11-24", model="1"), archive)
    assert read_inputs(project) == empty
    keep_forecast(forecast_rows(ahead, run_id="early", made_on="2025-01-07", model="1"), archive)
    scored = read_inputs(project)
    assert scored.kept_forecasts != empty.kept_forecasts
    assert scored.files == empty.files
    (archive / "forecasts-2025.parquet").write_bytes(b"spoilt")
    assert read_inputs(project).kept_forecasts not in {empty.kept_forecasts, scored.kept_forecasts}

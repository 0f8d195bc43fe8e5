"""Claims about forecasts that are kept: nothing is lost or changed, and only what came later scores them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.cleaning.milestones import dated_bounds
from redegov_analysis.data.catalogue import read_table
from redegov_analysis.errors import DataError
from redegov_analysis.forecast.archive import COLUMNS, forecast_rows, keep_forecast, read_archive, scored
from redegov_analysis.forecast.outlook import outlook
from redegov_analysis.forecast.pace import known_by
from redegov_analysis.forecast.scores import LEVELS


@pytest.fixture(scope="module")
def milestones() -> pd.DataFrame:
    return dated_bounds(read_table("milestones"))


@pytest.fixture(scope="module")
def rows(milestones: pd.DataFrame) -> pd.DataFrame:
    forecast = outlook(known_by(milestones, "2024-12-31"), draws=300, seed=3)
    return forecast_rows(forecast, run_id="20250107T060000Z-aaaa", made_on="2025-01-07", model="1.0")


def _renamed(rows: pd.DataFrame, run_id: str, made_on: str = "2025-01-07", model: str = "1.0") -> pd.DataFrame:
    return rows.assign(run_id=run_id, made_on=pd.Timestamp(made_on).as_unit("ms"), model=model)


def test_what_is_read_is_what_was_kept(rows: pd.DataFrame, tmp_path: Path) -> None:
    assert keep_forecast(rows, tmp_path / "archive")
    pd.testing.assert_frame_equal(read_archive(tmp_path / "archive"), rows)
    assert len(rows) == len(LEVELS) * rows["target_date"].nunique()
    assert (rows["vintage"] == pd.Timestamp("2024-12-31")).all()
    assert (
        rows.pivot(index="target_date", columns="level", values="municipalities").diff(axis=1).iloc[:, 1:] >= 0
    ).all(axis=None)


def test_a_run_is_kept_once_and_earlier_ones_stay_as_they_were(rows: pd.DataFrame, tmp_path: Path) -> None:
    assert keep_forecast(rows, tmp_path)
    assert not keep_forecast(rows.assign(municipalities=np.float32(0)), tmp_path)
    assert keep_forecast(_renamed(rows, "b"), tmp_path)
    assert keep_forecast(_renamed(rows, "c", "2026-01-02"), tmp_path)
    kept = read_archive(tmp_path)
    assert list(kept["run_id"].unique()) == ["20250107T060000Z-aaaa", "b", "c"]
    pd.testing.assert_frame_equal(kept.iloc[: len(rows)], rows)
    assert sorted(path.name for path in tmp_path.glob("*.parquet")) == [
        "forecasts-2025.parquet",
        "forecasts-2026.parquet",
    ]


def test_a_file_that_cannot_be_read_is_named_and_left_untouched(rows: pd.DataFrame, tmp_path: Path) -> None:
    broken = tmp_path / "forecasts-2025.parquet"
    broken.write_bytes(b"not parquet")
    with pytest.raises(DataError, match=r"forecasts-2025\.parquet"):
        keep_forecast(rows, tmp_path)
    with pytest.raises(DataError, match=r"forecasts-2025\.parquet"):
        read_archive(tmp_path)
    assert broken.read_bytes() == b"not parquet"


def test_rows_of_two_runs_are_refused(rows: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="one run"):
        keep_forecast(pd.concat([rows, _renamed(rows, "b")]), tmp_path)


def test_ten_years_of_weekly_runs_stay_under_50_megabytes(rows: pd.DataFrame, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    weeks = pd.date_range("2026-01-05", periods=520, freq="7D")
    for year, days in weeks.groupby(weeks.year).items():
        runs = [
            _renamed(rows, f"{day:%Y%m%dT000000Z}-{year}", str(day)).assign(
                target_date=rows["target_date"] + (day - weeks[0]),
                municipalities=(rows["municipalities"] * rng.uniform(0.8, 1.2, len(rows))).astype("float32"),
            )
            for day in days
        ]
        # As keep_forecast lays a year down: its rows one after another, in one file.
        pd.concat(runs).to_parquet(tmp_path / f"forecasts-{year}.parquet", compression="zstd", index=False)
    kept = read_archive(tmp_path)
    assert kept["run_id"].nunique() == 520
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 50e6


def test_totals_of_2025_score_what_was_said_in_january(rows: pd.DataFrame, milestones: pd.DataFrame) -> None:
    result = scored(rows, milestones)
    assert list(result["date"]) == list(pd.to_datetime(["2025-07-10", "2025-12-08", "2025-12-31", "2026-02-27"]))
    assert list(result["published"]) == [2000, 2500, 2556, 2600]
    assert result["inside_95"].all()
    np.testing.assert_allclose(result["error"], result["q500"] - [2000, 2500, 2556, 2650])
    july = rows[rows["level"] == 0.5].set_index("target_date")["municipalities"]
    assert july["2025-06-30"] <= result["q500"].iloc[0] <= july["2025-07-31"]


def test_what_was_published_before_a_forecast_was_made_never_scores_it(
    rows: pd.DataFrame, milestones: pd.DataFrame
) -> None:
    look_back = _renamed(rows, "b", made_on="2026-03-01")
    assert scored(look_back, milestones).empty
    between = scored(_renamed(rows, "b", made_on="2025-07-08"), milestones)
    assert list(between["date"]) == list(pd.to_datetime(["2025-12-08", "2025-12-31", "2026-02-27"]))


def test_more_than_is_scored_within_its_bounds_and_a_window_of_days_on_any_of_them(milestones: pd.DataFrame) -> None:
    said = outlook(known_by(milestones, "2025-07-31"), draws=200, seed=1)
    rows = forecast_rows(said, run_id="a", made_on="2025-08-01", model="1.0")
    found = scored(rows, milestones).set_index("date")
    bound = found.loc["2026-02-27"]
    assert (bound["published_low"], bound["published_high"], bound["relation"]) == (2601, 2699, "gt")
    assert bound["error"] == pytest.approx(bound["q500"] - 2650)
    # Far below the band of its point date, but within it on the first day of a long window.
    early = milestones.assign(
        date_earliest=milestones["date_earliest"].where(
            milestones["municipalities"] != 2556, pd.Timestamp("2025-08-02")
        ),
        municipalities=milestones["municipalities"].where(milestones["municipalities"] != 2556, 2050),
        count_low=milestones["count_low"].where(milestones["municipalities"] != 2556, 2050),
        count_high=milestones["count_high"].where(milestones["municipalities"] != 2556, 2050),
    )
    assert scored(rows, early).set_index("date").loc["2025-12-31", "inside_95"]
    day = early.assign(date_earliest=early["date"], date_latest=early["date"])
    assert not scored(rows, day).set_index("date").loc["2025-12-31", "inside_95"]


def test_of_weekly_runs_on_the_same_totals_only_the_first_is_scored(
    rows: pd.DataFrame, milestones: pd.DataFrame
) -> None:
    weekly = pd.concat([_renamed(rows, "b", "2025-01-14"), rows, _renamed(rows, "c", "2025-01-14", model="2.0")])
    result = scored(weekly, milestones)
    assert set(result["run_id"]) == {"20250107T060000Z-aaaa", "c"}


def test_a_total_outside_its_bounds_is_called_outside(rows: pd.DataFrame, milestones: pd.DataFrame) -> None:
    surprise = milestones.assign(
        municipalities=milestones["municipalities"].where(milestones["date"] < "2025-12-01", 5000),
        count_low=milestones["count_low"].where(milestones["date"] < "2025-12-01", 5000),
        count_high=milestones["count_high"].where(milestones["date"] < "2025-12-01", 5024),
    )
    last = scored(rows, surprise).iloc[-1]
    assert not last["inside_80"]
    assert not last["inside_95"]
    assert last["wis"] > scored(rows, milestones).iloc[-1]["wis"]


def test_an_archive_that_is_missing_holds_nothing(tmp_path: Path, milestones: pd.DataFrame) -> None:
    nothing = read_archive(tmp_path / "none")
    assert list(nothing.columns) == list(COLUMNS)
    assert scored(nothing, milestones).empty

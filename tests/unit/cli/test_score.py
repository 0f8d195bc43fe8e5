"""Claims about `redegov score`, and about the forecast that a run keeps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from redegov_analysis.cleaning.build import processed
from redegov_analysis.cli import main
from redegov_analysis.cli.run import keep_published_forecast, published_forecast
from redegov_analysis.errors import PublishError
from redegov_analysis.forecast.archive import forecast_rows, keep_forecast, read_archive
from redegov_analysis.forecast.outlook import DRAWS, SEED, outlook
from redegov_analysis.forecast.pace import known_by
from redegov_analysis.project import find_project
from redegov_analysis.reports.site.manifest import FORMAT


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert isinstance(left.value.code, int)
    return left.value.code


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    forecast = outlook(known_by(processed("milestones"), "2024-12-31"), draws=200, seed=1)
    keep_forecast(forecast_rows(forecast, run_id="a", made_on="2025-01-07", model="1.0"), tmp_path)
    return tmp_path


def test_scores_for_people_are_those_for_programs(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("score", "--archive", str(archive), "--json") == 0
    content = json.loads(capsys.readouterr().out)
    assert [row["date"] for row in content["scored"]] == ["2025-07-10", "2025-12-08", "2025-12-31", "2026-02-27"]
    assert [(row["date"], row["broken"], row["side"]) for row in content["watch"]] == [
        ("2025-07-10", False, None),
        ("2025-12-08", False, None),
        ("2025-12-31", False, None),
        ("2026-02-27", False, None),
    ]
    assert content["summary"]["covered_95"] == 1
    assert call("score", "--archive", str(archive)) == 0
    told = capsys.readouterr().out
    assert "2025-12-08" in told
    assert f"{content['scored'][-1]['q500']:,.0f}" in told


def test_an_empty_archive_and_one_without_later_totals_say_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("score", "--archive", str(tmp_path / "none")) == 0
    assert capsys.readouterr().out.startswith("No forecast is kept in ")
    forecast = outlook(processed("milestones"), draws=100)
    keep_forecast(forecast_rows(forecast, run_id="a", made_on="2026-03-20", model="1.0"), tmp_path)
    assert call("score", "--archive", str(tmp_path)) == 0
    assert capsys.readouterr().out.startswith("Nothing can be scored yet: 1 kept (newest made on 2026-03-20)")
    assert call("score", "--archive", str(tmp_path), "--json") == 0
    content = json.loads(capsys.readouterr().out)
    assert (content["scored"], content["summary"], content["forecasts_kept"]) == ([], None, 1)


def _site(reports: Path, run_id: str) -> Path:
    site = reports / run_id
    site.mkdir(parents=True)
    made = {"format": FORMAT, "run_id": run_id, "ended": "2025-01-07T23:30:00+00:00"}
    (site / "manifest.json").write_text(json.dumps(made))
    return site


def test_a_published_site_has_its_forecast_kept_once(tmp_path: Path) -> None:
    site = _site(tmp_path, "20250107T233000Z-abcd")
    for _ in range(2):
        keep_published_forecast(site, published_forecast(find_project(), "2024-12-31", "none"))
    kept = read_archive(tmp_path / "archive")
    assert set(kept["run_id"]) == {"20250107T233000Z-abcd"}
    assert not kept.duplicated(["target_date", "level"]).any()
    assert f"{kept['made_on'].iloc[0]:%Y-%m-%d} {kept['vintage'].iloc[0]:%Y-%m-%d}" == "2025-01-07 2024-12-31"
    said = outlook(known_by(processed("milestones"), "2024-12-31")).quantiles([0.5])[0.5]
    medians = kept[kept["level"] == 0.5].set_index("target_date")["municipalities"]
    assert medians["2026-12-31"] == said["2026-12-31"]


def test_a_forecast_that_cannot_be_kept_is_told_and_the_site_stays(tmp_path: Path) -> None:
    site = _site(tmp_path, "20250107T233000Z-abcd")
    (tmp_path / "archive").write_text("a file where the folder should be")
    with pytest.raises(PublishError, match="The site is published, but its forecast could not be kept"):
        keep_published_forecast(site, published_forecast(find_project(), "2024-12-31", "none"))
    assert (site / "manifest.json").exists()


def test_the_command_draws_what_the_report_draws(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("forecast", "--until", "2027-06-10", "--target", "2785", "--json") == 0
    content = json.loads(capsys.readouterr().out)
    assert (content["draws"], content["seed"]) == (DRAWS, SEED)
    reported = outlook(known_by(processed("milestones")))
    monthly = reported.monthly_quantiles(content["levels"])
    for row in content["forecast"][:-1]:
        assert row["quantiles"] == monthly.loc[row["date"]].to_list()
    assert content["target"]["probability"] == reported.probability(2785, "2027-06-10")
    early, late = (content["target"]["reached_by"][level] for level in ("0.1", "0.9"))
    assert early <= content["target"]["reached_by"]["0.5"] <= late


def test_exclude_after_leaves_later_totals_out(capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for option in ("--exclude-after", "--as-of"):
        assert call("forecast", "--until", "2025-12-31", option, "2024-12-31", "--draws", "100", "--json") == 0
        said.append(json.loads(capsys.readouterr().out))
    assert said[0] == said[1]
    assert (said[0]["last_total"], said[0]["last_day"]) == (1511, "2024-12-31")
    assert not said[0]["last_total_is_lower_bound"]  # 1,511 were counted


def test_without_a_manifest_no_forecast_is_kept(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    with pytest.raises(PublishError, match="there is no manifest in"):
        keep_published_forecast(tmp_path / "site", published_forecast(find_project(), "2024-12-31", "none"))

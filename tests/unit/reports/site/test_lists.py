from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import time
from pathlib import Path

import pytest

from redegov_analysis import find_project
from redegov_analysis.cleaning.membership.imports import import_membership
from redegov_analysis.cleaning.membership.prepared import prepared_ids
from redegov_analysis.cli import main
from redegov_analysis.errors import DataError, ParameterError
from redegov_analysis.project import Project
from redegov_analysis.reports.site.lists import RunList, prune_lists, require_known_by, run_list
from redegov_analysis.reports.site.manifest import FORMAT

DAY = dt.date(2025, 12, 8)
DATED = "Município;UF;Data de adesão\nCampinas;SP;05/03/2021\nSantos;SP;01/12/2023\n"
UNDATED = "Município;UF\nCampinas;SP\nSantos;SP\n"
OPEN = "Município;UF;Adesão;Publicação\nCampinas;SP;05/03/2021;01/02/2022\nSantos;SP;01/12/2023;01/12/2024\n"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Project:
    real = find_project()
    root = tmp_path_factory.mktemp("lists") / "project"
    shutil.copytree(real.raw, root / "data" / "raw", ignore=shutil.ignore_patterns("membership", "official"))
    shutil.copytree(real.notebooks, root / "notebooks", ignore=shutil.ignore_patterns(".*"))
    shutil.copy(real.datapackage, root)
    return Project(root)


@pytest.fixture
def project(whole: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    shutil.rmtree(whole.raw / "membership", ignore_errors=True)
    monkeypatch.setenv("REDEGOV_HOME", str(whole.root))
    return whole


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_without_an_option_the_imported_lists_are_used_and_none_turns_them_off(
    project: Project, tmp_path: Path
) -> None:
    assert run_list("", None, None, project) == RunList()
    import_membership(written(tmp_path, "lista.csv", DATED), DAY, project=project)
    found = run_list("", None, None, project)
    assert (found.choice, found.snapshot_date) == ("", DAY)
    assert found.record is not None
    assert found.record["evidence"] == "observed"
    assert [one["file"] for one in found.record["lists"]] == ["lista.csv"]
    assert run_list("none", None, None, project) == RunList("none")


def test_a_list_for_one_run_is_prepared_and_told_in_the_manifest(project: Project, tmp_path: Path) -> None:
    simulated = (
        DATED.replace("adesão", "adesão;evidence").replace("2021", "2021;simulated").replace("2023", "2023;simulated")
    )
    found = run_list(str(written(tmp_path, "draw.csv", simulated)), DAY, None, project)
    assert (project.processed / "membership" / found.choice / "list.json").is_file()
    assert found.record is not None
    assert found.record["evidence"] == "simulated"
    assert found.record["lists"][0]["snapshot_date"] == "2025-12-08"
    assert str(tmp_path) not in str(found.record)


def test_a_list_without_its_day_and_a_day_without_a_list_are_refused(project: Project, tmp_path: Path) -> None:
    file = str(written(tmp_path, "lista.csv", DATED))
    with pytest.raises(ParameterError, match="On which day was lista"):
        run_list(file, None, None, project)
    for given in ("", "none"):
        with pytest.raises(ParameterError, match="go with --membership FILE"):
            run_list(given, DAY, None, project)
    with pytest.raises(ParameterError, match="there is no such file"):
        run_list(str(tmp_path / "missing.csv"), DAY, None, project)


def test_an_open_question_says_how_to_answer_it(project: Project, tmp_path: Path) -> None:
    file = str(
        written(
            tmp_path,
            "open.csv",
            OPEN.replace("Adesão;", "Data de assinatura;").replace("Publicação", "Data de publicação"),
        )
    )
    with pytest.raises(DataError, match=r"Which column is joined_on.*--membership-columns FILE.yaml"):
        run_list(file, DAY, None, project)
    answers = written(tmp_path, "columns.yaml", "joined_on: 3\n")
    assert run_list(file, DAY, answers, project).choice


def test_a_list_that_leaves_nobody_is_refused(project: Project, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no municipality that has joined in 2 rows"):
        run_list(str(written(tmp_path, "later.csv", DATED)), dt.date(2020, 1, 1), None, project)


def test_a_day_of_which_an_undated_list_tells_nothing_is_refused(project: Project, tmp_path: Path) -> None:
    undated = run_list(str(written(tmp_path, "undated.csv", UNDATED)), DAY, None, project)
    require_known_by(undated, DAY, project)
    with pytest.raises(ParameterError, match="does not say who had joined by 2024-12-31: 2 of its 2 members"):
        require_known_by(undated, dt.date(2024, 12, 31), project)
    dated = run_list(str(written(tmp_path, "dated.csv", DATED)), DAY, None, project)
    require_known_by(dated, dt.date(2024, 12, 31), project)
    require_known_by(RunList("none"), dt.date(2024, 12, 31), project)


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (["--membership", "{file}"], 2, "--snapshot-date"),
        (["--snapshot-date", "2025-12-08"], 2, "--membership FILE"),
        (["--membership", "{file}", "--snapshot-date", "2025-12-08", "--as-of", "2024-12-31"], 2, "--membership none"),
        (["--membership", "{broken}", "--snapshot-date", "2025-12-08"], 3, "empty"),
    ],
)
def test_the_command_refuses_before_anything_runs(
    options: list[str], code: int, told: str, project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {"file": written(tmp_path, "undated.csv", UNDATED), "broken": written(tmp_path, "broken.csv", " \n")}
    with pytest.raises(SystemExit) as left:
        main(["run", "--output", str(tmp_path / "out"), *(option.format(**places) for option in options)])
    assert left.value.code == code
    assert told in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_prepared_list_goes_a_day_later_unless_a_kept_run_was_made_with_it(project: Project, tmp_path: Path) -> None:
    used, unused, fresh = (
        run_list(str(written(tmp_path, f"{name}.csv", DATED)), DAY, None, project).choice
        for name in ("used", "unused", "fresh")
    )
    days_ago = time.time() - 2 * 86_400
    for choice in (used, unused):
        for path in (project.processed / "membership" / choice).rglob("*"):
            os.utime(path, (days_ago, days_ago))
    site = project.reports / "20260101T000000Z-run"
    site.mkdir(parents=True)
    job = {"parameters": {"membership": used}}
    (site / "manifest.json").write_text(json.dumps({"format": FORMAT, "jobs": [job]}))
    prune_lists(project.reports, project)
    left = prepared_ids(project)
    assert (used in left, unused in left, fresh in left) == (True, False, True)
    # Runs that went elsewhere keep their list too, also when a run into another folder ends.
    elsewhere = tmp_path / "elsewhere"
    project.reports.rename(elsewhere)
    prune_lists(elsewhere, project)
    prune_lists(project.reports, project)
    assert used in prepared_ids(project)
    elsewhere.rename(tmp_path / "gone")
    prune_lists(project.reports, project)
    assert used not in prepared_ids(project)

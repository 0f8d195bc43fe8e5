"""`redegov` as a person uses it: real data, real notebooks, exit codes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from redegov_analysis.cli import main
from redegov_analysis.forecast.archive import read_archive
from redegov_analysis.project import Project
from redegov_analysis.reports.jobs import Job

ROOT = Path(__file__).resolve().parents[2]
Write = Callable[..., Job]
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Call the command line in a project with the real raw tables."""
    shutil.rmtree(project.raw)
    shutil.copytree(ROOT / "data" / "raw", project.raw)
    shutil.copy(ROOT / "datapackage.json", project.root)
    monkeypatch.setenv("REDEGOV_HOME", str(project.root))

    def called(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(arguments)
        told = capsys.readouterr()
        assert isinstance(left.value.code, int)
        return left.value.code, told.out, told.err

    return called


def test_run_checks_builds_makes_reuses_and_says_what_failed(
    call: Call, good: Job, write: Write, project: Project
) -> None:
    code, out, err = call("run")
    index = project.reports / "latest" / "index.html"
    assert code == 0, err
    assert out.splitlines()[0].startswith("Reused 0 of 1 page, made 1")
    assert out.splitlines()[-1] == str(index)
    assert index.is_file()
    assert "Checking data/raw" in err
    assert "[1/1] 01_good in" in err
    assert (project.processed / "municipalities.parquet").is_file()
    kept = read_archive(project.reports / "archive")
    assert set(kept["run_id"]) == {index.parent.resolve().name}

    code, out, err = call("run")
    assert code == 0
    assert len(read_archive(project.reports / "archive")) == len(kept), "what is not published anew is kept once"
    assert out.splitlines()[0].startswith("Reused 1 of 1 page, made 0")
    assert out.splitlines()[-1] == str(index)
    assert err == ""

    write("02_bad", "## Shares", "1 / 0")
    code, out, err = call("run", "--no-fork", "--keep-going")
    assert (code, out) == (7, "")
    assert "Checking" not in err, "the data were checked for the site that stands"
    assert "02_bad, cell 4 (under “Shares”): ZeroDivisionError" in err
    assert "Traceback" not in err
    (page,) = (project.reports / "failed").glob("*/02_bad.html")
    assert str(page) in err


def test_doctor_finds_a_site_that_is_not_what_its_manifest_says(
    call: Call, good: Job, site: Path, project: Project
) -> None:
    code, out, _ = call("doctor", "--site", str(site))
    assert code == 0, out
    assert "all as the manifest says" in out
    assert "kernels, answering" in out
    copy = project.root / "site"
    shutil.copytree(site, copy)
    (copy / "index.html").write_text("changed")
    code, out, _ = call("doctor", "--site", str(copy))
    assert code == 6
    assert "✗ Site: " in out
    assert "index.html was changed" in out


def test_a_changed_byte_in_the_data_is_exit_3_and_names_the_file(call: Call, project: Project) -> None:
    table = project.raw / "demographics.csv"
    content = bytearray(table.read_bytes())
    content[-3] = ord("7") if content[-3] != ord("7") else ord("8")
    table.write_bytes(content)
    code, _, err = call("data", "check")
    assert code == 3
    assert "demographics.csv" in err


def test_a_place_that_cannot_be_written_is_exit_6(call: Call, good: Job, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, _, err = call("run", "--output", str(tmp_path / "file" / "reports"))
    assert code == 6
    assert "--output" in err


def test_a_schema_that_disagrees_with_its_notebook_is_exit_2_before_anything_runs(
    call: Call, good: Job, project: Project
) -> None:
    schema = good.notebook.with_suffix(".parameters.toml")
    schema.write_text(schema.read_text().replace('default = "en"', 'default = "pt-BR"'))
    code, out, err = call("run")
    assert (code, out) == (2, "")
    assert "Make them equal" in err
    assert not project.reports.exists()

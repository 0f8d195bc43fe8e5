from __future__ import annotations

import io
import json
import locale
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from redegov_analysis import find_project
from redegov_analysis.cli import main
from redegov_analysis.cli.progress import Progress
from redegov_analysis.errors import KernelError, NotebookError, ParameterError, PartialFailureError, PublishError
from redegov_analysis.reports.jobs import Job, Outcome
from redegov_analysis.reports.running import forks


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert isinstance(left.value.code, int)
    return left.value.code


@pytest.mark.parametrize("command", [[], ["run"], ["data"], ["data", "check"], ["forecast"], ["doctor"]])
def test_every_command_explains_itself(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert call(*command, "--help") == 0
    assert capsys.readouterr().out.startswith("Usage: ")


def test_help_comes_without_loading_what_is_heavy() -> None:
    code = "import sys, redegov_analysis.cli; print([m for m in ('pandas', 'papermill', 'rich') if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["fly"],
        ["run", "--bogus"],
        ["run", "--workers", "0"],
        ["run", "--language", "fr"],
        ["run", "--as-of", "2025-02-30"],
        ["run", "--as-of", "2023-12-31"],
        ["run", "--states", "SP,XX"],
        ["forecast"],
        ["forecast", "--until", "tomorrow"],
        ["forecast", "--until", "2020-01-01"],
    ],
)
def test_what_cannot_be_asked_for_is_exit_2_in_plain_words(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "Error: " in told.err
    assert "Traceback" not in told.err


def test_each_kind_of_error_has_the_exit_code_of_the_contract() -> None:
    errors = (ParameterError, NotebookError, KernelError, PublishError, PartialFailureError)
    assert [error.exit_code for error in errors] == [2, 4, 5, 6, 7]


def test_outside_of_a_checkout_the_checkout_of_the_package_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("data", "describe", "--output", str(tmp_path / "dictionary.md")) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'dictionary.md'}\n"
    committed = find_project().root / "docs" / "data_dictionary.md"
    assert (tmp_path / "dictionary.md").read_text() == committed.read_text()


def test_a_home_that_is_no_checkout_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REDEGOV_HOME", str(tmp_path))
    assert call("data", "check") == 2
    assert "REDEGOV_HOME" in capsys.readouterr().err


def test_the_forecast_for_programs_agrees_with_the_one_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["forecast", "--until", "2026-12-31", "--target", "2785", "--draws", "200", "--seed", "1"]
    assert call(*asked, "--json") == 0
    content = json.loads(capsys.readouterr().out)
    assert (content["last_total"], content["last_day"]) == (2601, "2026-02-27")
    assert content["last_total_is_lower_bound"]  # "more than 2,600"
    last = content["forecast"][-1]
    assert last["date"] == "2026-12-31"
    assert last["quantiles"] == sorted(last["quantiles"])
    assert 2601 <= last["quantiles"][0] <= last["quantiles"][-1] <= 5571
    assert 0 <= content["target"]["probability"] <= 1
    assert call(*asked) == 0
    assert f"{last['quantiles'][3]:,.0f}" in capsys.readouterr().out


def test_the_dictionary_can_be_printed_instead_of_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("data", "describe", "--print") == 0
    assert capsys.readouterr().out == (find_project().root / "docs" / "data_dictionary.md").read_text()


def test_a_target_that_is_reached_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("forecast", "--until", "2026-12-31", "--target", "100", "--draws", "100") == 0
    assert "That many were already in on" in capsys.readouterr().out


def test_a_target_beyond_the_universe_is_refused_with_what_is_allowed(capsys: pytest.CaptureFixture[str]) -> None:
    for until, most in (("2026-12-31", "5,571"), ("2024-12-31", "5,570")):
        assert call("--language", "en", "forecast", "--until", until, "--target", "5572") == 2
        told = capsys.readouterr().err
        assert f"--target 5,572: there are only {most} municipalities on {until}" in told
        assert f"expected a number from 1 to {most}" in told


def test_a_target_that_hardly_a_path_reaches_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("forecast", "--until", "2026-12-31", "--target", "5571", "--draws", "100")
    assert call("--language", "en", *asked) == 0
    told = capsys.readouterr().out
    assert "Chance of at least 5,571 by 2026-12-31: less than 1%." in told
    assert "Less than 10% chance of being there by 20" in told
    assert "later than" not in told


def test_warnings_of_a_page_are_told_under_it() -> None:
    job = Job(Path("02_network_overview.ipynb"), {"language": "en"}, "02_network_overview.html")
    console = Console(file=io.StringIO(), width=120)
    with Progress(1, console) as progress:
        progress.done(Outcome(job, "made", warnings=("UserWarning: look",)))
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().splitlines()[-1] == "  02_network_overview: UserWarning: look"


def test_doctor_tells_of_another_encoding_ordinary_kernels_and_no_site_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = find_project()
    for name in ("data", "notebooks"):
        (tmp_path / name).symlink_to(real.root / name)
    for path in (real.datapackage, real.root / "requirements.lock"):
        shutil.copy(path, tmp_path)
    monkeypatch.setenv("REDEGOV_HOME", str(tmp_path))
    monkeypatch.setattr(locale, "getpreferredencoding", lambda **_: "latin-1")
    monkeypatch.setattr(forks, "AVAILABLE", False)
    assert call("--language", "en", "doctor") == 0
    told = capsys.readouterr().out
    assert "text is iso8859-1, not utf-8: set PYTHONUTF8=1" in told
    assert "ordinary kernels, answering" in told
    assert "no site yet; make one with redegov run" in told

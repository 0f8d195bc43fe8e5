"""The recipes in `schedules/`, run or parsed as their schedulers would."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from interruptions import SmallProject
from redegov_analysis.errors import (
    DataError,
    KernelError,
    NotebookError,
    ParameterError,
    PartialFailureError,
    PublishError,
)

SCHEDULES = Path(__file__).resolve().parents[2] / "schedules"
CRON = SCHEDULES / "cron" / "redegov-nightly"
WORKFLOW = SCHEDULES / "github" / "publish.yml"


def nightly(home: Path, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Call the script as cron does: hardly any environment, no terminal, nothing on standard input."""
    return subprocess.run(
        ["env", "-i", f"REDEGOV_HOME={home}", *(f"{name}={text}" for name, text in changes.items()), CRON, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    made = SmallProject(tmp_path_factory.mktemp("scheduled") / "my project")
    made.write("01_one", "None")
    (made.root / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    return made


@pytest.fixture
def pretender(tmp_path: Path) -> Path:
    """A command that notes how it was called, says something, and leaves with the codes in a file, one a call."""
    command = tmp_path / "pretender"
    command.write_text(
        '#!/bin/sh\necho "$@" >>"$0.calls"\necho "what was said"\n'
        'code=$(head -n 1 "$0.codes")\nsed -i 1d "$0.codes"\nexit "$code"\n'
    )
    command.chmod(0o755)
    return command


def test_cron_publishes_in_an_empty_environment_and_prints_nothing(project: SmallProject) -> None:
    path = {"PYTHONPATH": os.environ["PYTHONPATH"]} if "PYTHONPATH" in os.environ else {}
    run = nightly(project.root, "--no-fork", **path)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert (project.latest / "01_one.html").is_file()


@pytest.mark.parametrize(
    ("codes", "calls", "left_with", "told"),
    [
        ("0", 1, 0, ""),
        ("5 0", 2, 0, ""),
        ("6 6", 2, 6, "could not be published, twice"),
        ("5 3", 2, 3, "invalid data"),
        ("2", 1, 2, "wrong options"),
        ("3", 1, 3, "invalid data"),
        ("4", 1, 4, "a notebook failed"),
        ("7", 1, 7, "some of many"),
    ],
)
def test_cron_tries_again_only_where_it_can_help_and_prints_only_failures(
    pretender: Path, tmp_path: Path, codes: str, calls: int, left_with: int, told: str
) -> None:
    Path(f"{pretender}.codes").write_text("\n".join(codes.split()) + "\n")
    run = nightly(tmp_path, "--states", "AC", REDEGOV=str(pretender), REDEGOV_PAUSE="0")
    assert run.returncode == left_with, run.stderr
    assert Path(f"{pretender}.calls").read_text() == "run --states AC\n" * calls
    assert run.stderr == ""
    assert told in run.stdout
    assert ("what was said" in run.stdout) == bool(told)


def test_cron_hands_the_account_of_a_failure_to_the_command_that_tells(pretender: Path, tmp_path: Path) -> None:
    Path(f"{pretender}.codes").write_text("4\n")
    told = tmp_path / "told"
    run = nightly(tmp_path, REDEGOV=str(pretender), REDEGOV_TELL=f"cat > '{told}'")
    assert (run.returncode, run.stdout) == (4, "")
    assert "what was said" in told.read_text()


def test_the_crontab_calls_the_script_and_says_who_is_told() -> None:
    lines = [line for line in (SCHEDULES / "cron" / "redegov.crontab").read_text().splitlines() if line[:1] != "#"]
    assert any(line.startswith("MAILTO=") for line in lines)
    (entry,) = [line for line in lines if re.match(r"[\d*]", line)]
    command = entry.split(maxsplit=5)[5]
    assert command.endswith(CRON.relative_to(SCHEDULES.parent).as_posix())
    assert os.access(CRON, os.X_OK)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze")
def test_systemd_finds_nothing_to_say_against_the_units(tmp_path: Path) -> None:
    for unit in (SCHEDULES / "systemd").iterdir():
        text = unit.read_text().replace("/srv/redegov-analysis/.venv/bin/redegov", "/bin/true")
        (tmp_path / unit.name).write_text(text)
    names = ["redegov.service", "redegov.timer", "redegov-failed@x.service"]
    found = subprocess.run(
        ["systemd-analyze", "verify", *(tmp_path / name for name in names)], capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stderr) == (0, "")


def test_systemd_tries_again_only_where_it_can_help_and_tells() -> None:
    service = (SCHEDULES / "systemd" / "redegov.service").read_text()
    settled = re.search(r"^RestartPreventExitStatus=(.+)$", service, re.M)
    assert settled
    assert set(map(int, settled[1].split())) == {
        1,
        *_codes(ParameterError, DataError, NotebookError, PartialFailureError),
    }
    assert re.search(r"^OnFailure=redegov-failed@", service, re.M)
    assert re.search(r"^ExecStart=\S+/redegov run$", service, re.M)


def test_the_workflow_makes_the_site_and_lays_it_out_whole(project: SmallProject) -> None:
    workflow: Mapping[str, Any] = yaml.safe_load(WORKFLOW.read_text())
    assert workflow[True]["schedule"], "YAML 1.1 reads the key `on` as true"
    jobs = workflow["jobs"]
    assert set(jobs) == {"build", "publish", "tell"}
    assert jobs["tell"]["if"] == "failure()"
    assert set(jobs["tell"]["needs"]) == {"build", "publish"}
    for job in jobs.values():
        for step in job["steps"]:
            if "uses" in step:
                assert re.fullmatch(r"actions/[a-z-]+(/[a-z]+)?@v\d+", step["uses"])
            else:
                subprocess.run(["bash", "-n", "-c", step["run"]], check=True)
    steps = {step["name"]: step["run"] for step in jobs["build"]["steps"] if "run" in step}
    for name in ("Make the site", "Lay out what is published"):
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", steps[name]],
            cwd=project.root,
            env=project.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    laid_out = project.root / "_site"
    assert not laid_out.is_symlink()
    assert {path.relative_to(laid_out) for path in laid_out.rglob("*")} == {
        path.relative_to(project.latest) for path in project.latest.rglob("*")
    }


@pytest.fixture
def dag(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The DAG's module, with Airflow where there is one and otherwise with names that only let it be imported."""
    if find_spec("airflow") is None:

        def task(**options: object) -> Any:
            return lambda _: lambda: None

        class Dag:
            def __init__(self, **options: object) -> None: ...
            def __enter__(self) -> None: ...
            def __exit__(self, *error: object) -> None: ...

        names: dict[str, dict[str, object]] = {
            "airflow": {},
            "airflow.sdk": {"DAG": Dag, "task": task},
            "airflow.sdk.exceptions": {
                "AirflowException": type("AirflowException", (Exception,), {}),
                "AirflowFailException": type("AirflowFailException", (Exception,), {}),
            },
        }
        for name, content in names.items():
            module = ModuleType(name)
            vars(module).update(content)
            monkeypatch.setitem(sys.modules, name, module)
    spec = spec_from_file_location("redegov_dag", SCHEDULES / "airflow" / "redegov_dag.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_airflow_tries_again_only_where_it_can_help(dag: ModuleType) -> None:
    assert dag.verdict(0) == "ok"
    for code in _codes(KernelError, PublishError) | {-9, 137, 143}:
        assert dag.verdict(code) == "retry"
    for code in _codes(ParameterError, DataError, NotebookError, PartialFailureError) | {1}:
        assert dag.verdict(code) == "fail"


@pytest.mark.parametrize(("code", "error"), [(5, "AirflowException"), (4, "AirflowFailException")])
def test_airflow_fails_with_what_the_command_said(
    dag: ModuleType, pretender: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, error: str
) -> None:
    monkeypatch.setenv("REDEGOV_HOME", str(tmp_path))
    command = tmp_path / ".venv" / "bin" / "redegov"
    command.parent.mkdir(parents=True)
    pretender.rename(command)
    Path(f"{command}.codes").write_text(f"{code}\n0\n")
    with pytest.raises(Exception, match=f"exit code {code}, .*\\n.*what was said") as caught:
        dag.make_reports("--states", "AC")
    assert type(caught.value).__name__ == error
    assert dag.make_reports() == "what was said"
    assert Path(f"{command}.calls").read_text() == "run --states AC\nrun\n"


def _codes(*errors: type[Exception]) -> set[int]:
    return {error.exit_code for error in errors}  # type: ignore[attr-defined]

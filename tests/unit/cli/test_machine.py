from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest

from redegov_analysis.cli import machine
from redegov_analysis.cli.machine import Notice, disk, last_good_run, schedule, unimportable, unlike_the_lock
from redegov_analysis.errors import PublishError
from redegov_analysis.project import Project
from redegov_analysis.reports.inputs import LIBRARIES
from redegov_analysis.reports.site.manifest import FORMAT

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
Command = Callable[[str, str], None]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Put a command of that name first on the path, with what it prints."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def made(name: str, script: str) -> None:
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)

    return made


def finished(reports: Path, ended: str, **more: object) -> None:
    (reports / "run").mkdir(parents=True)
    (reports / "run" / "manifest.json").write_text(json.dumps({"format": FORMAT, "ended": ended, **more}))
    (reports / "latest").symlink_to("run")


def test_packages_that_the_lock_names_are_compared_and_others_are_not(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    own = version("click")
    lock.write_text(
        f"click=={own} ; python_version < '3.99' \\\n    --hash=sha256:0\nclick==0.1\nnot-installed-here==1.0\n"
    )
    assert unlike_the_lock(lock) is None
    lock.write_text("click==0.1 \\\n    --hash=sha256:0\n")
    assert str(unlike_the_lock(lock)) == f"click {own} instead of 0.1"
    assert str(unlike_the_lock(tmp_path / "none")) == "there is no none"


def test_the_disk_is_tried_and_left_as_it_was(tmp_path: Path) -> None:
    project = Project(tmp_path)
    assert "can be written to" in str(disk(project, project.reports))
    project.reports.mkdir()
    assert "GB free" in str(disk(project, project.reports))
    assert list(project.reports.iterdir()) == []


def test_a_folder_that_refuses_is_a_publishing_error(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="refuses what a run does there"):
        disk(Project(tmp_path), Path("/proc/self"))


def test_a_file_where_a_run_needs_a_folder_is_a_publishing_error(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.reports.touch()
    for reports in (project.reports, project.reports / "below"):
        with pytest.raises(PublishError, match=r"reports is no folder; expected a folder, or nothing\. Move it away"):
            disk(project, reports)
    project.reports.unlink()
    project.reports.symlink_to("nowhere")
    with pytest.raises(PublishError, match="reports is no folder"):
        disk(project, project.reports)


def test_what_is_installed_and_cannot_be_imported_is_named_with_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "half_a_package.py").write_text("raise ValueError('made for another numpy')\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert unimportable(LIBRARIES) == []
    told = [str(broken) for broken in unimportable(["click", "half_a_package", "none_at_all"])]
    assert told == [
        "half_a_package (ValueError: made for another numpy)",
        "none_at_all (ModuleNotFoundError: No module named 'none_at_all')",
    ]


def test_too_little_room_is_a_publishing_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "LEAST_FREE_BYTES", shutil.disk_usage(tmp_path).total + 1)
    with pytest.raises(PublishError, match=r"GB free at .* expected"):
        disk(Project(tmp_path), tmp_path)


def test_a_run_under_way_is_named(tmp_path: Path) -> None:
    with (tmp_path / ".lock").open("w") as lock:
        lock.write("4321\n")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert str(disk(Project(tmp_path), tmp_path)).endswith("process 4321 is making a run at this moment")


def test_cron_systemd_and_workflows_are_found(tmp_path: Path, command: Command) -> None:
    command("crontab", "echo '# redegov run'; echo '30 3 * * * /srv/redegov-nightly'")
    command(
        "systemctl", 'case "$*" in *--user*) exit 1;; *show*) echo yesterday;; *) echo "redegov.timer enabled";; esac'
    )
    workflow = tmp_path / ".github" / "workflows" / "publish.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text("on:\n  schedule:\n    - cron: '0 6 * * *'\njobs: {build: {run: redegov run}}\n")
    found = str(schedule(Project(tmp_path))).split("; ")
    assert "cron (crontab -l): 30 3 * * * /srv/redegov-nightly" in found
    assert "systemd (system): redegov.timer enabled, last begun yesterday" in found
    assert "GitHub Actions: publish.yml" in found
    assert not any("#" in one for one in found)


def test_without_a_schedule_a_person_is_told_where_recipes_are(tmp_path: Path, command: Command) -> None:
    command("crontab", "exit 1")
    command("systemctl", "exit 1")
    found = schedule(Project(tmp_path))
    assert isinstance(found, Notice)
    assert "schedules/" in str(found)


@pytest.mark.parametrize(
    ("ended", "told", "noted"),
    [
        ("2026-11-24T09:00:00+00:00", "2026-11-24 09:00 UTC, 3 hours ago", False),
        ("2026-11-20T12:00:00+00:00", "2026-11-20 12:00 UTC, 4 days ago", False),
        ("2026-11-10T12:00:00+00:00", "2026-11-10 12:00 UTC, 14 days ago: is the schedule still alive?", True),
        ("2027-01-01T00:00:00+00:00", "2027-01-01 00:00 UTC, in the future: is this machine's clock right?", True),
    ],
)
def test_the_last_good_run_is_told_with_its_age(tmp_path: Path, ended: str, told: str, noted: bool) -> None:
    finished(tmp_path, ended)
    found = last_good_run(tmp_path, now=NOON)
    assert (str(found), isinstance(found, Notice)) == (told, noted)


def test_a_site_that_is_out_of_date_says_why_and_no_site_says_so(tmp_path: Path) -> None:
    assert str(last_good_run(tmp_path)) == "none yet; make one with redegov run"
    outdated = {"since": "2026-11-24T10:00:00+00:00", "reason": {"message": "A cell\n failed."}}
    finished(tmp_path, "2026-11-24T09:00:00+00:00", outdated=outdated)
    found = last_good_run(tmp_path, now=NOON)
    assert isinstance(found, Notice)
    assert str(found).endswith("a run failed at 2026-11-24T10:00:00+00:00 and the site says so: A cell failed.")


def test_of_many_packages_that_differ_the_first_five_are_named(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    names = ("click", "numpy", "pandas", "scipy", "jinja2", "pyarrow", "rich")
    lock.write_text("".join(f"{name}==0.1\n" for name in names))
    told = str(unlike_the_lock(lock))
    assert told.count("instead of 0.1") == 5
    assert told.endswith(" and 2 more")


def test_the_room_that_runs_need_grows_with_the_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run").mkdir()
    with (tmp_path / "run" / "page.html").open("wb") as file:
        file.truncate(shutil.disk_usage(tmp_path).total)  # takes no room: it is all hole
    (tmp_path / "latest").symlink_to("run")
    with pytest.raises(PublishError, match="GB or more"):
        disk(Project(tmp_path), tmp_path)


def test_what_cannot_be_read_or_asked_is_no_schedule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / ".github" / "workflows" / "folder.yml").mkdir(parents=True)
    assert isinstance(schedule(Project(tmp_path)), Notice)

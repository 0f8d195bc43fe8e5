from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from redegov_analysis.errors import KernelError, NotebookError, PartialFailureError, PublishError
from redegov_analysis.project import Project
from redegov_analysis.reports.jobs import Job
from redegov_analysis.reports.running.forks import ForkServer
from redegov_analysis.reports.site.making import Site, make_site
from redegov_analysis.reports.site.manifest import damage, read_manifest
from redegov_analysis.reports.site.publishing import publishing

Write = Callable[..., Job]
Make = Callable[..., Site]


@pytest.fixture
def make(project: Project, server: ForkServer | None) -> Make:
    def made(jobs: Sequence[Job], **options: Any) -> Site:
        settings = {"server": server, "workers": 2, "vintage": "2025-12-08"} | options
        return make_site(jobs, project=project, reports=project.reports, language="pt-BR", options={}, **settings)

    return made


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_site_has_its_pages_their_data_and_a_manifest_that_agrees(
    good: Job, states: list[Job], make: Make, project: Project
) -> None:
    site = make([good, *states])
    latest = project.reports / "latest"
    assert site.index == latest / "index.html"
    assert latest.is_symlink()
    files = set(snapshot(latest))
    assert {"index.html", "manifest.json", "01_good.html", "states/SP.html", "states/AC.html"} < files
    assert {"data/01_good/months.csv", "data/01_good/growth.csv", "notebooks/01_good.ipynb"} < files
    assert damage(latest) == []
    manifest = read_manifest(latest)
    assert manifest is not None
    assert set(manifest["outputs"]) == files - {"manifest.json", "provenance.json"}
    assert {"data/raw/milestones.csv", "datapackage.json", "requirements.lock"} == set(manifest["inputs"])
    assert [job["name"] for job in manifest["jobs"]] == ["01_good", "states/SP", "states/AC"]
    assert [path.name for path in project.reports.iterdir() if path.name.startswith(".")] == [".lock"]


def test_the_number_on_the_index_is_the_number_in_the_report(
    good: Job, states: list[Job], make: Make, project: Project
) -> None:
    index = make([good, *states]).index.read_text()
    report = (project.reports / "latest" / "01_good.html").read_text()
    for text in ("44,9%", "2.500 de 5.570 municípios."):
        assert text in index
        assert text in report
    assert 'href="01_good.html#item-share"' in index
    assert 'id="item-share"' in report
    assert 'href="states/SP.html"' in index
    assert "<small>645</small>" in index
    assert "40% a 60%" in index


def test_no_tile_shows_an_estimate_as_if_states_could_be_ranked_by_it(good: Job, states: list[Job], make: Make) -> None:
    tiles = re.findall(r'<ul class="tiles".*?</ul>', make([good, *states]).index.read_text(), re.S)
    assert len(tiles) == 1
    assert "%" not in tiles[0]


def test_what_is_unchanged_is_reused_and_what_changed_is_made_anew(good: Job, write: Write, make: Make) -> None:
    other = write("02_other", "## Other", "1 + 1\nNone")
    first = make([good, other])
    assert [outcome.status for outcome in first.outcomes] == ["made", "made"]
    again = make([good, other])
    assert [outcome.status for outcome in again.outcomes] == ["reused", "reused"]
    assert (again.published, again.index.resolve()) == (False, first.index.resolve())
    changed = write("02_other", "## Changed", "None")
    third = make([good, changed])
    assert [outcome.status for outcome in third.outcomes] == ["reused", "made"]
    assert third.published
    assert "Changed" in (third.index.parent / "02_other.html").read_text()
    before, now = first.outcomes[0].files, third.index.resolve().parent
    stood = now.parent / str(read_manifest(now)["runs"][1]["run_id"])  # type: ignore[index]
    assert {name: (now / name).stat().st_ino for name in before} == {
        name: (stood / name).stat().st_ino for name in before
    }
    assert damage(stood) == damage(now) == []


@pytest.mark.parametrize("change", ["data", "lock", "parameter", "page"])
def test_any_change_of_an_input_makes_the_page_anew(change: str, write: Write, make: Make, project: Project) -> None:
    job = write("02_any", "None")
    site = make([job])
    if change == "data":
        (project.raw / "milestones.csv").write_text("date,municipalities\n2025-12-08,2501\n")
    elif change == "lock":
        (project.root / "requirements.lock").write_text("numpy==2.5\n")
    elif change == "parameter":
        job = Job(job.notebook, {"language": "en"}, job.page)
    else:
        (site.index.parent / job.page).write_text("tampered")
    assert [outcome.status for outcome in make([job]).outcomes] == ["made"]
    assert damage(project.reports / "latest") == []


def test_force_runs_what_is_unchanged_and_gives_the_same_pages(good: Job, make: Make, project: Project) -> None:
    def files() -> dict[str, bytes]:
        return {
            name: content
            for name, content in snapshot(project.reports / "latest").items()
            if name not in {"manifest.json", "provenance.json", "feed.xml"}
        }

    make([good])
    before = files()
    assert {"01_good.html", "notebooks/01_good.ipynb", "data/01_good/months.csv"} < before.keys()
    forced = make([good], force=True)
    assert [outcome.status for outcome in forced.outcomes] == ["made"]
    assert files() == before
    assert str(project.root).encode() not in b"".join(before.values()), "where it was made is nobody's business"


def test_a_failed_notebook_leaves_the_good_run_as_it_was_and_says_why(
    good: Job, write: Write, make: Make, project: Project
) -> None:
    run = make([good]).index.resolve().parent
    before = snapshot(run)
    with pytest.raises(NotebookError, match=r"02_bad, cell 4 \(under “Shares”\): ZeroDivisionError") as caught:
        make([good, write("02_bad", "## Shares", "1 / 0")])
    assert snapshot(run) == before
    (failed,) = (project.reports / "failed").iterdir()
    assert {path.name for path in failed.iterdir()} >= {"02_bad.html", "02_bad.ipynb"}
    assert str(failed / "02_bad.html") in str(caught.value)
    assert "ZeroDivisionError" in (failed / "02_bad.html").read_text()
    assert not list(project.reports.glob(".incoming*"))


def test_with_keep_going_some_of_many_failed_is_its_own_error(good: Job, write: Write, make: Make) -> None:
    jobs = [write("00_bad", "1 / 0"), good, write("03_dead", "import os\nos.kill(os.getpid(), 9)")]
    with pytest.raises(PartialFailureError, match="2 of 3 notebooks failed") as caught:
        make(jobs, keep_going=True)
    assert "00_bad, cell 3" in str(caught.value)
    assert "03_dead, cell 3" in str(caught.value)
    with pytest.raises(KernelError, match="03_dead"):
        make(jobs[2:], keep_going=True)


def test_what_must_come_first_comes_first_and_only_when_something_runs(
    write: Write, make: Make, project: Project
) -> None:
    job = write("02_any", "None")
    calls: list[bool | str] = []

    def call() -> list[bool | str]:
        calls.clear()
        make([job], prepare=calls.append, on_done=lambda outcome: calls.append(outcome.status))
        return calls

    assert call() == [False, "made"]
    assert call() == ["reused"]
    job = write("02_any", "0\nNone")
    assert call() == [True, "made"]
    (project.raw / "milestones.csv").write_text("date,municipalities\n2025-12-08,2501\n")
    assert call() == [False, "made"]


def test_a_second_run_at_the_same_time_is_refused(good: Job, make: Make, project: Project) -> None:
    with publishing(project.reports), pytest.raises(PublishError, match="Another run"):
        make([good])


def test_old_runs_are_pruned(write: Write, make: Make, project: Project) -> None:
    for text in "abc":
        make([write("02_any", f"# {text}", "None")], keep=2)
    runs = [path for path in project.reports.iterdir() if path.is_dir() and not path.is_symlink()]
    assert len(runs) == 2
    assert (project.reports / "latest").resolve() == sorted(runs)[-1].resolve()


MAKE = """
import sys
from pathlib import Path
from redegov_analysis.project import Project
from redegov_analysis.reports.jobs import Job
from redegov_analysis.reports.site.making import make_site
project = Project(Path(sys.argv[1]))
jobs = [Job(path, {"language": "pt-BR"}, f"{path.stem}.html") for path in sorted(project.notebooks.glob("*.ipynb"))]
common = {"language": "pt-BR", "vintage": "2025-12-08", "options": {}, "fork": False}
make_site(jobs, project=project, reports=project.reports, **common)
"""


def test_a_run_that_is_killed_leaves_the_site_whole_and_the_next_succeeds(
    write: Write, make: Make, project: Project, tmp_path: Path
) -> None:
    job = write("02_any", "None")
    make([job])
    latest = project.reports / "latest"
    before = (latest.resolve(), snapshot(latest))
    mark = tmp_path / "mark"
    slow = write("03_slow", f"open({str(mark)!r}, 'w').close()\nimport time\ntime.sleep(300)")
    with subprocess.Popen([sys.executable, "-c", MAKE, str(project.root)], stderr=subprocess.DEVNULL) as runner:
        end = time.monotonic() + 60
        while not mark.exists():
            assert time.monotonic() < end
            time.sleep(0.05)
        runner.send_signal(signal.SIGKILL)
    assert (latest.resolve(), snapshot(latest)) == before
    assert damage(latest) == []
    assert len(list(project.reports.glob(".incoming*"))) == 1
    slow = write("03_slow", "None")
    assert make([job, slow]).reused == 1
    assert not list(project.reports.glob(".incoming*"))


def test_damage_names_each_file_that_is_missing_changed_or_extra(write: Write, make: Make, project: Project) -> None:
    make([write("02_any", "None")])
    latest = project.reports / "latest"
    (latest / "02_any.html").write_text("other")
    (latest / "notebooks" / "02_any.ipynb").unlink()
    (latest / "extra.txt").write_text("")
    assert list(map(str, damage(latest))) == [
        "notebooks/02_any.ipynb is missing.",
        "extra.txt is not in the manifest.",
        "02_any.html was changed.",
    ]
    (latest / "manifest.json").write_text(json.dumps({"format": 0}))
    assert list(map(str, damage(latest))) == [f"{latest / 'manifest.json'} is missing or cannot be read."]

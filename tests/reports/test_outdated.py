"""After a failure, the last good site says since when it is out of date and why; the next good run takes it back."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from redegov_analysis.errors import DataError, KernelError, NotebookError, PublishError
from redegov_analysis.project import Project
from redegov_analysis.reports.jobs import Job
from redegov_analysis.reports.running.forks import ForkServer
from redegov_analysis.reports.site import outdated
from redegov_analysis.reports.site.making import Site, make_site
from redegov_analysis.reports.site.manifest import damage, read_manifest
from redegov_analysis.reports.site.outdated import ANCHOR, telling_of_data, without_notice

Write = Callable[..., Job]
Make = Callable[..., Site]
BAD = ("## Shares", "1 / 0")


@pytest.fixture
def make(project: Project, server: ForkServer | None) -> Make:
    def made(jobs: Sequence[Job], **options: Any) -> Site:
        settings = {"server": server, "workers": 2, "vintage": "2025-12-08", "language": "pt-BR"} | options
        return make_site(jobs, project=project, reports=project.reports, options={}, **settings)

    return made


@pytest.fixture
def small(write: Write) -> Job:
    return write("01_small", "None")


def _wrong(known: bool) -> None:
    raise DataError("milestones.csv is wrong.")


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _notice(page: str) -> str:
    found = re.search(r'<section class="outdated".*?</section>', page, re.S)
    assert found, "the page has no notice"
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0]))


def test_every_page_says_since_when_and_why_and_all_else_is_the_same_file(
    good: Job, write: Write, make: Make, project: Project
) -> None:
    run = make([good]).index.resolve().parent
    with pytest.raises(NotebookError):
        make([good, write("02_bad", *BAD)])
    latest = project.reports / "latest"
    assert latest.resolve() != run
    assert damage(latest) == []
    assert damage(run) == []
    before, now = _files(run), _files(latest)
    assert before.keys() == now.keys()
    for name, content in now.items():
        if name.endswith(".html"):
            page = content.decode()
            told = _notice(page)
            assert re.search(r"Desatualizado desde \d+º? de \w+ de \d{4}\.", told), name
            assert "o notebook 02_bad parou na célula 4 (ZeroDivisionError)" in told
            assert "division by zero" in told
            assert without_notice(page).encode() == before[name]
        elif name not in {"manifest.json", "provenance.json"}:
            assert content == before[name]
            assert (latest / name).samefile(run / name), f"{name} is a copy"
    content = read_manifest(latest)
    assert content is not None
    assert content["outdated"]["reason"]["notebook"] == "02_bad"
    assert not list(project.reports.glob(".incoming*"))


def test_the_same_failure_again_changes_nothing_and_another_keeps_the_first_day(
    small: Job, write: Write, make: Make, project: Project
) -> None:
    make([small])
    latest = project.reports / "latest"

    def fail(*cells: str) -> tuple[Path, str]:
        with pytest.raises((NotebookError, KernelError)):
            make([small, write("02_bad", *cells)])
        content = read_manifest(latest.resolve())
        assert content is not None
        return latest.resolve(), content["outdated"]["since"]

    first = fail(*BAD)
    assert fail(*BAD) == first
    other = fail("raise KeyError('column')")
    assert other[0] != first[0]
    assert other[1] == first[1]
    assert not first[0].exists(), "only one copy is kept"
    assert "KeyError" in _notice((latest / "index.html").read_text())


def test_the_next_good_run_takes_the_notice_off_and_removes_the_copy(
    small: Job, write: Write, make: Make, project: Project
) -> None:
    run = make([small]).index.resolve().parent
    with pytest.raises(NotebookError):
        make([small, write("02_bad", *BAD)])
    copy = (project.reports / "latest").resolve()
    again = make([small])
    assert [outcome.status for outcome in again.outcomes] == ["reused"]
    assert again.published
    assert not copy.exists()
    latest = project.reports / "latest"
    assert (latest / "01_small.html").read_bytes() == (run / "01_small.html").read_bytes()
    assert all("outdated-since" not in page.read_text() for page in latest.rglob("*.html"))
    assert damage(latest) == []


def test_data_that_fail_their_checks_are_told_too_without_the_path_of_the_machine(
    small: Job, write: Write, make: Make, project: Project
) -> None:
    make([small])

    def prepare(known: bool) -> None:
        raise DataError(f"{project.raw / 'milestones.csv'}: <b>line 3</b> is wrong.")

    (project.raw / "milestones.csv").write_text("date,municipalities\n2025-12-08,-1\n")
    with pytest.raises(DataError):
        make([small], prepare=prepare)
    page = (project.reports / "latest" / "index.html").read_text()
    told = _notice(page)
    assert "os dados de entrada não passaram nas verificações" in told
    assert "data/raw/milestones.csv: &lt;b&gt;line 3&lt;/b&gt; is wrong." in told
    assert str(project.root) not in page


def test_data_that_fail_before_any_notebook_is_chosen_are_told_too(small: Job, make: Make, project: Project) -> None:
    make([small])
    with pytest.raises(DataError), telling_of_data(project.reports, project.root):
        raise DataError("milestones.csv: no days can be read.")
    assert "no days can be read" in _notice((project.reports / "latest" / "index.html").read_text())
    assert damage(project.reports / "latest") == []


def test_where_there_is_no_site_nothing_is_made_up(write: Write, make: Make, project: Project) -> None:
    with pytest.raises(NotebookError):
        make([write("02_bad", *BAD)])
    assert not (project.reports / "latest").exists()
    with pytest.raises(DataError), telling_of_data(project.reports / "none", project.root):
        raise DataError("x")
    assert not (project.reports / "none").exists()


def test_a_disk_that_refuses_the_notice_leaves_the_site_as_it_was_and_is_told(
    small: Job, make: Make, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    make([small])
    latest = project.reports / "latest"
    before = (latest.resolve(), _files(latest))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(outdated, "write_manifest", full)
    with pytest.raises(DataError, match="could not be marked as out of date"):
        make([small], force=True, prepare=_wrong)
    assert (latest.resolve(), _files(latest)) == before
    assert not list(project.reports.glob(".incoming*"))


def test_a_run_that_cannot_publish_says_nothing_of_the_numbers(small: Job, make: Make, project: Project) -> None:
    make([small])
    latest = project.reports / "latest"

    def prepare(known: bool) -> None:
        raise PublishError("no room")

    with pytest.raises(PublishError):
        make([small], force=True, prepare=prepare)
    content = read_manifest(latest)
    assert content is not None
    assert "outdated" not in content


def test_old_runs_are_counted_without_the_marked_copies(write: Write, make: Make, project: Project) -> None:
    for number in range(3):
        make([write("02_any", f"# {number}", "None")], keep=2)
        with pytest.raises(DataError):
            make([write("02_any", f"# {number} again", "None")], keep=2, prepare=_wrong)
    runs = sorted(path.name for path in project.reports.glob("2*"))
    assert len([name for name in runs if "-outdated-" not in name]) == 2
    assert len([name for name in runs if "-outdated-" in name]) == 1


def test_a_text_that_looks_like_the_notice_stays(small: Job) -> None:
    assert without_notice(f"<p>{ANCHOR} of something") == f"<p>{ANCHOR} of something"

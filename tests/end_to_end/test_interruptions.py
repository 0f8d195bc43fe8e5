"""Runs that are killed, told to stop or out of time: the site stays, no process does, the next run succeeds."""

from __future__ import annotations

import random
import signal
import sys
import time

import pytest

from interruptions import (
    SLOW,
    SmallProject,
    assert_whole_after,
    kill_at,
    marked,
    started,
    wait_until_gone,
)
from redegov_analysis.reports.site.manifest import damage

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    """A project with a published site of two small notebooks."""
    made = SmallProject(tmp_path_factory.mktemp("interrupted") / "município de Açu")
    for name in ("01_one", "02_two"):
        made.write(name, *SLOW)
    run = made.call("run")
    assert run.returncode == 0, run.stderr
    return made


def test_kill_9_at_random_moments_leaves_the_site_whole_no_orphan_and_the_next_run_succeeds(
    project: SmallProject,
) -> None:
    rng = random.Random(20261124)
    pages, kills = project.pages(), []
    for number in range(4):
        before = project.latest.resolve()
        victim = ("runner", "kernel", "other")[number % 3]
        fork = [] if number < 2 else ["--no-fork"]
        kill = kill_at(project, rng.uniform(0.2, 6.0), victim, *fork, rng=rng)
        assert_whole_after(project, kill, before, pages)
        kills.append(kill)
    assert any(kill.victim == "runner" and kill.code == -signal.SIGKILL for kill in kills), kills
    run = project.call("run", "--force")
    assert run.returncode == 0, run.stderr
    assert project.pages().keys() == pages.keys()
    assert damage(project.latest) == []
    assert not list(project.reports.glob(".incoming*"))


@pytest.mark.parametrize(
    ("number", "code", "options"),
    [(signal.SIGINT, 130, ()), (signal.SIGHUP, 129, ("--no-fork", "--workers", "1"))],
    ids=["Ctrl-C", "hang-up"],
)
def test_a_run_that_is_told_to_stop_ends_all_its_children_and_says_which_signal(
    project: SmallProject, number: signal.Signals, code: int, options: tuple[str, ...]
) -> None:
    before, pages = project.latest.resolve(), project.pages()
    with started(project, "--force", *options) as (runner, mark):
        end = time.monotonic() + 120
        while not any(one.is_kernel for one in marked(mark)):
            assert runner.poll() is None
            assert time.monotonic() < end
            time.sleep(0.02)
        runner.send_signal(number)
        assert runner.wait(timeout=60) == code
        assert wait_until_gone(mark) == []
    assert (project.latest.resolve(), project.pages(), damage(project.latest)) == (before, pages, [])
    assert not list(project.reports.glob(".incoming*"))


def test_a_cell_that_hangs_is_exit_5_and_the_message_says_what_to_do(project: SmallProject) -> None:
    project.write("00_hangs", "import time\ntime.sleep(600)")
    try:
        run = project.call("run", "--timeout", "2", "--no-fork", "--workers", "1")
    finally:
        for path in (project.root / "notebooks").glob("00_hangs*"):
            path.unlink()
    assert run.returncode == 5, run.stderr
    assert "00_hangs, cell 3" in run.stderr
    assert "Timeout: The cell took longer than 2 seconds. Raise --timeout" in run.stderr
    assert "The published site stays as it was" in run.stderr
    assert damage(project.latest) == []

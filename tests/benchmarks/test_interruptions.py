"""kill -9 of the runner, of a kernel or of another process of a run, at thirty random moments."""

from __future__ import annotations

import os
import random
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from interruptions import SLOW, SmallProject, assert_whole_after, kill_at
from redegov_analysis.reports.site.manifest import damage

pytestmark = [pytest.mark.benchmark, pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")]

MOMENTS = int(os.environ.get("REDEGOV_BENCHMARK_KILLS", "30"))
SEED = 30


def test_kills_at_random_moments_leave_the_site_whole_no_orphan_and_each_next_run_succeeds(tmp_path: Path) -> None:
    project = SmallProject(tmp_path / "project")
    for name in ("01_one", "02_two", "03_three"):
        project.write(name, *SLOW)
    assert project.call("run").returncode == 0
    begun = time.monotonic()
    assert project.call("run", "--force").returncode == 0
    whole = time.monotonic() - begun
    rng = random.Random(SEED)
    found: Counter[tuple[str, int]] = Counter()
    published = missed = 0
    while found.total() < MOMENTS:
        before, pages = project.latest.resolve(), project.pages()
        victim = ("runner", "kernel", "other")[found.total() % 3]
        kill = kill_at(project, rng.uniform(0.0, 0.9 * whole), victim, rng=rng)
        assert_whole_after(project, kill, before, pages)
        if kill.code == 0:  # it had ended before the moment came, or before there was such a process
            missed += 1
            assert missed <= 2 * MOMENTS
        else:
            published += project.latest.resolve() != before and "outdated" not in project.latest.resolve().name
            found[kill.victim, kill.code] += 1
        begun = time.monotonic()
        run = project.call("run", "--force")
        assert run.returncode == 0, run.stderr
        whole = time.monotonic() - begun  # what others do on the machine changes from one kill to the next
        assert damage(project.latest) == []
        assert not list(project.reports.glob(".incoming*"))
    print(f"\n{MOMENTS} kills, load {os.getloadavg()[0]:.1f}, a whole run takes {whole:.1f} s; orphans: 0")
    print(f"(victim, exit code of the run): times: {dict(found)}; published before the blow: {published}")
    print(f"moments that came too late, not counted: {missed}")

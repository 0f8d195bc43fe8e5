"""Briefs on a cluster beside a local run: equal to the byte, and faster with two workers than with one."""

from __future__ import annotations

import datetime as dt
import os
import time
from pathlib import Path

import pytest

import redegov_analysis
from dask_cluster import DaskCluster
from redegov_analysis.project import Project
from redegov_analysis.reports import runner
from redegov_analysis.reports.cluster.client import run_on_cluster
from redegov_analysis.reports.content.brief_basis import brief_basis
from redegov_analysis.reports.jobs import Imprint, Job, Outcome, plan
from redegov_analysis.reports.municipalities import places

pytestmark = pytest.mark.benchmark

PROJECT = Project(Path(__file__).resolve().parents[2])
DAY = "2025-12-08"
BRIEFS = int(os.environ.get("REDEGOV_BENCHMARK_BRIEFS", "300"))
COMPARED = min(BRIEFS, 60)


def imprint(job: Job) -> Imprint:
    return Imprint(DAY, redegov_analysis.__version__, job.name)


def briefs(count: int) -> list[Job]:
    brief_basis(DAY, "none", PROJECT)
    wanted = places("all", dt.date.fromisoformat(DAY), PROJECT)
    every = plan(
        PROJECT.notebooks,
        language="pt-BR",
        as_of=DAY,
        states=[],
        membership="none",
        municipalities=wanted[:: len(wanted) // count][:count],
    )
    return [job for job in every if job.municipality]


def test_briefs_of_three_workers_one_killed_are_the_local_ones(tmp_path: Path) -> None:
    jobs = briefs(BRIEFS)
    begun = time.monotonic()
    local = runner.run(jobs, tmp_path / "local", tmp_path / "work", home=PROJECT.root, imprint=imprint)
    here = time.monotonic() - begun
    assert {outcome.status for outcome in local} == {"made"}
    with DaskCluster(tmp_path / "dask") as cluster:
        for name in ("one", "two", "three"):
            cluster.add(name)
        cluster.wait_until_joined()
        seen: list[Outcome] = []

        def on_done(outcome: Outcome) -> None:
            seen.append(outcome)
            if len(seen) == len(jobs) // 3:
                cluster.end("two")

        begun = time.monotonic()
        away = run_on_cluster(
            jobs,
            tmp_path / "away",
            tmp_path / "away-work",
            scheduler=cluster.address,
            project=PROJECT,
            imprint=imprint,
            on_done=on_done,
        )
        there = time.monotonic() - begun
    assert {outcome.status for outcome in away} == {"made"}
    for job in jobs:
        assert (tmp_path / "away" / job.page).read_bytes() == (tmp_path / "local" / job.page).read_bytes(), job.page
    minute = len(jobs) / here * 60
    print(
        f"\n{len(jobs)} briefs, load {os.getloadavg()[0]:.1f}: local {here:.0f} s with {runner.available_cores()} at a "
        f"time ({minute:.0f} a minute); cluster {there:.0f} s with three workers, one killed after {len(jobs) // 3}; "
        "all pages equal to the byte"
    )


def test_two_workers_take_at_most_six_tenths_of_the_time_of_one(tmp_path: Path) -> None:
    jobs = briefs(COMPARED)
    seconds = {}
    with DaskCluster(tmp_path / "dask") as cluster:
        for workers in (1, 2):
            cluster.add(f"worker-{workers}")
            cluster.wait_until_joined()
            ended: list[float] = []
            run_on_cluster(
                jobs,
                tmp_path / f"site-{workers}",
                tmp_path / f"work-{workers}",
                scheduler=cluster.address,
                project=PROJECT,
                imprint=imprint,
                on_done=lambda _, ended=ended: ended.append(time.monotonic()),
            )
            # From the first page on: that each worker first starts its warm parent is not what is compared.
            seconds[workers] = ended[-1] - ended[0]
    ratio = seconds[2] / seconds[1]
    load = os.getloadavg()[0]
    print(f"\n{len(jobs)} briefs, load {load:.1f}: one worker {seconds[1]:.0f} s, two {seconds[2]:.0f} s; {ratio:.2f}")
    assert ratio <= 0.6

"""The same notebooks on a real Dask scheduler with workers in folders of their own."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import redegov_analysis
from dask_cluster import DaskCluster
from redegov_analysis.errors import ParameterError
from redegov_analysis.project import Project
from redegov_analysis.reports import runner
from redegov_analysis.reports.cluster.bundle import bundle
from redegov_analysis.reports.cluster.client import run_on_cluster
from redegov_analysis.reports.content.brief_basis import brief_basis
from redegov_analysis.reports.jobs import EXECUTED, Imprint, Job, Outcome, plan
from redegov_analysis.reports.municipalities import places

ROOT = Path(__file__).resolve().parents[2]
DAY = "2025-12-08"
CODES = "3518701,5101837,5300108,2605459,1302603,3550308"


def imprint(job: Job) -> Imprint:
    return Imprint(DAY, redegov_analysis.__version__, job.name)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    with DaskCluster(tmp_path_factory.mktemp("dask")) as running:
        yield running


@pytest.fixture
def broken(tmp_path: Path) -> tuple[Project, Job]:
    """A project whose only notebook raises an error in its second cell."""
    root = tmp_path / "project"
    (root / "notebooks").mkdir(parents=True)
    (root / "datapackage.json").write_text(json.dumps({"name": "redegov-analysis"}))
    cells = [
        new_markdown_cell("# Broken\n\nIt breaks."),
        new_code_cell('language: str = "en"', metadata={"tags": ["parameters"]}),
        new_code_cell("raise ValueError('no such luck')"),
    ]
    path = root / "notebooks" / "01_broken.ipynb"
    path.write_text(nbformat.writes(new_notebook(cells=cells)))
    schema = '[language]\ntype = "choice"\nchoices = ["en"]\ndefault = "en"\nlabel = "Language"\n'
    path.with_suffix(".parameters.toml").write_text(schema)
    return Project(root), Job(path, {"language": "en"}, "01_broken.html")


def test_pages_are_the_local_ones_though_the_first_worker_dies_and_another_joins(
    cluster: DaskCluster, tmp_path: Path
) -> None:
    project = Project(ROOT)
    brief_basis(DAY, "none", project)
    on = dt.date.fromisoformat(DAY)
    every = plan(
        project.notebooks,
        language="pt-BR",
        as_of=DAY,
        states=[],
        membership="none",
        municipalities=places(CODES, on, project),
    )
    jobs = [job for job in every if job.municipality]
    local = runner.run(jobs, tmp_path / "local", tmp_path / "work", home=ROOT, imprint=imprint)
    assert [outcome.status for outcome in local] == ["made"] * 6

    cluster.add("first")
    seen: list[Outcome] = []

    def on_done(outcome: Outcome) -> None:
        seen.append(outcome)
        if len(seen) == 1:
            cluster.add("second")
            cluster.end("first")

    away = run_on_cluster(
        jobs,
        tmp_path / "away",
        tmp_path / "away-work",
        scheduler=cluster.address,
        project=project,
        imprint=imprint,
        on_done=on_done,
    )
    assert [outcome.status for outcome in away] == ["made"] * 6
    assert {outcome.job.page for outcome in seen} == {job.page for job in jobs}
    for job, here, there in zip(jobs, local, away, strict=True):
        assert list(here.files) == list(there.files)
        assert here.page == there.page
        for name in here.files:
            assert (tmp_path / "away" / name).read_bytes() == (tmp_path / "local" / name).read_bytes(), job.page


def test_a_cell_that_fails_on_a_worker_is_told_as_if_it_had_failed_here(
    cluster: DaskCluster, broken: tuple[Project, Job], tmp_path: Path
) -> None:
    project, job = broken
    cluster.add("third")
    (outcome,) = run_on_cluster(
        [job], tmp_path / "site", tmp_path / "work", scheduler=cluster.address, project=project, imprint=imprint
    )
    assert outcome.status == "failed"
    assert outcome.failure is not None
    assert (outcome.failure.kind, outcome.failure.error, outcome.failure.cell) == ("cell", "ValueError", 3)
    assert (tmp_path / "work" / "01_broken" / EXECUTED).is_file()


def test_workers_with_another_package_get_no_work(broken: tuple[Project, Job], tmp_path: Path) -> None:
    other = tmp_path / "other" / "redegov_analysis"
    shutil.copytree(Path(redegov_analysis.__file__).parent, other, ignore=shutil.ignore_patterns("__pycache__"))
    with (other / "evidence.py").open("a") as stream:
        stream.write("# changed\n")
    project, job = broken
    with DaskCluster(tmp_path / "dask") as cluster:
        cluster.add("stranger", {"PYTHONPATH": str(other.parent)})
        with pytest.raises(ParameterError, match="another redegov-analysis") as refused:
            run_on_cluster(
                [job], tmp_path / "site", tmp_path / "work", scheduler=cluster.address, project=project, imprint=imprint
            )
    assert refused.value.exit_code == 2


def test_a_scheduler_that_does_not_answer_is_named_in_time(broken: tuple[Project, Job], tmp_path: Path) -> None:
    project, job = broken
    with pytest.raises(ParameterError, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:9 within 1 second "):
        run_on_cluster(
            [job],
            tmp_path / "site",
            tmp_path / "work",
            scheduler="tcp://127.0.0.1:9",
            project=project,
            imprint=imprint,
            connect_timeout=1,
        )


def test_a_scheduler_without_workers_is_named_in_time(broken: tuple[Project, Job], tmp_path: Path) -> None:
    project, job = broken
    with DaskCluster(tmp_path / "dask") as cluster, pytest.raises(ParameterError, match="has no workers after"):
        run_on_cluster(
            [job],
            tmp_path / "site",
            tmp_path / "work",
            scheduler=cluster.address,
            project=project,
            imprint=imprint,
            workers_timeout=0.5,
        )


def test_without_the_extra_the_command_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['distributed'] = None\n"
        "from pathlib import Path\n"
        "from redegov_analysis.project import Project\n"
        "from redegov_analysis.reports.cluster.client import run_on_cluster\n"
        "from redegov_analysis.reports.jobs import Job\n"
        "run_on_cluster([Job(Path('x'), {}, 'x.html')], Path(), Path(), scheduler='tcp://h:1', project=Project(Path()),"
        " imprint=print)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "pip install 'redegov-analysis[cluster]'" in run.stderr
    assert "ParameterError" in run.stderr


def test_a_cluster_and_local_workers_at_once_are_refused(tmp_path: Path) -> None:
    redegov = Path(sys.executable).with_name("redegov")
    command = [redegov, "run", "--scheduler", "tcp://127.0.0.1:9", "--workers", "2", "--output", tmp_path / "reports"]
    run = subprocess.run(list(map(str, command)), cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "Give one of them" in run.stderr


def test_a_bundle_is_named_by_its_content_and_unpacks_to_the_same_project(
    broken: tuple[Project, Job], tmp_path: Path
) -> None:
    project, job = broken
    carried = bundle(project)
    assert bundle(project) == carried
    unpacked = carried.unpack(tmp_path / "unpacked")
    assert bundle(unpacked).digest == carried.digest
    job.notebook.write_text(job.notebook.read_text() + " ")
    assert bundle(project).digest != carried.digest

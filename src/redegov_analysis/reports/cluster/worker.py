"""A worker's side of a run on a cluster: its own copy of the project, and one notebook at a time."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from distributed import WorkerPlugin, get_worker

from redegov_analysis.project import Project
from redegov_analysis.reports import runner
from redegov_analysis.reports.cluster.bundle import Bundle
from redegov_analysis.reports.inputs import toolchain
from redegov_analysis.reports.jobs import EXECUTED, Imprint, Job
from redegov_analysis.reports.running import forks
from redegov_analysis.reports.running.forks import ForkServer, kernel_environment

RECORD: Final = "record"
FILES: Final = "files"
KEPT: Final = "kept"

_KEPT_FILES: Final = (EXECUTED, "kernel.log", "driver.log")


class WorkerProject(WorkerPlugin):
    """A project on a worker: unpacked once, with a warm parent for kernels beside it.

    A worker that fits gets a resource of the plugin's name, one of it: so tasks that ask for it run there alone, one at
    a time, and never on a worker that would make other pages.

    Parameters
    ----------
    carried
        The project's files.
    package, versions
        The client's, as `inputs.toolchain` says.
    """

    def __init__(self, carried: Bundle, package: str, versions: Mapping[str, str]) -> None:
        self.carried = carried
        self.package = package
        self.versions = dict(versions)
        self.name = f"redegov-{carried.digest[:16]}-{package[:8]}"
        self._folder: Path | None = None
        self._server: ForkServer | None = None

    async def setup(self, worker: Any) -> None:
        """Unpack the project into the worker's own folder and let the worker take its notebooks."""
        if fitness(self.package, self.versions):
            return
        self._folder = Path(tempfile.mkdtemp(prefix="redegov-", dir=worker.local_directory))
        self.carried.unpack(self._folder)
        await worker.set_resources(**{self.name: 1})

    async def teardown(self, worker: Any) -> None:
        """Leave nothing behind."""
        with contextlib.suppress(Exception):  # a worker that goes has no scheduler to tell
            await worker.set_resources(**{self.name: 0})
        if self._server:
            self._server.__exit__(None, None, None)
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def do(self, task: Mapping[str, Any]) -> dict[str, Any]:
        """Run one notebook and return its outcome's record and its files as bytes."""
        assert self._folder is not None, "a task was sent to a worker that does not fit"
        project = Project(self._folder)
        job = Job(
            project.root / task["notebook"],
            task["parameters"],
            task["page"],
            title=task["title"],
            related=[(page, name) for page, name in task["related"]],
        )
        place = Path(tempfile.mkdtemp(prefix="job-", dir=self._folder))
        try:
            (outcome,) = runner.run(
                [job],
                place / "site",
                place / "work",
                home=project.root,
                imprint=lambda _: Imprint(**task["imprint"]),
                workers=1,
                cell_timeout=task["cell_timeout"],
                job_timeout=task["job_timeout"],
                fork=task["fork"],
                server=self._warm_parent(project) if task["fork"] else None,
            )
            left = place / "work" / job.name.replace("/", "_")
            return {
                RECORD: outcome.record(),
                FILES: {name: (place / "site" / name).read_bytes() for name in outcome.files},
                KEPT: {name: (left / name).read_bytes() for name in _KEPT_FILES if (left / name).is_file()},
            }
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def _warm_parent(self, project: Project) -> ForkServer | None:
        """Return the process that kernels are forked from, started again should it have died."""
        if not forks.AVAILABLE:
            return None
        if self._server and self._server.process.poll() is not None:
            self._server.__exit__(None, None, None)
            self._server = None
        if self._server is None:
            self._server = ForkServer(kernel_environment(project.root))
        return self._server


def fitness(package: str, versions: Mapping[str, str]) -> str:
    """Return in what this process differs from a client, or an empty text where it makes the same pages.

    Parameters
    ----------
    package, versions
        The client's, as `inputs.toolchain` says.
    """
    own_package, own_versions = toolchain()
    differing = [
        f"{name} {own_versions.get(name, 'missing')} instead of {wanted}"
        for name, wanted in versions.items()
        if own_versions.get(name) != wanted
    ]
    if own_package != package:
        differing.append("another redegov-analysis")
    return ", ".join(differing)


def do_job(task: Mapping[str, Any], plugin: str) -> dict[str, Any]:
    """Run one notebook on the worker that this is called on."""
    carried = get_worker().plugins[plugin]
    assert isinstance(carried, WorkerProject)
    return carried.do(task)

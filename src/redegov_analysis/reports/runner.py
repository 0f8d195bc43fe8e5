"""Many notebooks at a time, each in its own process and folder, none of which outlives the run."""

from __future__ import annotations

import contextlib
import json
import math
import os
import selectors
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from redegov_analysis.errors import ParameterError
from redegov_analysis.language import Phrase
from redegov_analysis.reports.jobs import RESULT, SITE, TASK, Failure, Imprint, Job, Outcome
from redegov_analysis.reports.running import forks
from redegov_analysis.reports.running.forks import ForkServer, kernel_environment
from redegov_analysis.reports.running.processes import DriverProcess, StartedDriver, ended_by_signals, forked_driver

CELL_TIMEOUT: Final = 600.0
JOB_TIMEOUT: Final = 1800.0


def run(
    jobs: Sequence[Job],
    site: Path,
    work: Path,
    *,
    home: Path,
    imprint: Callable[[Job], Imprint],
    workers: int | None = None,
    cell_timeout: float = CELL_TIMEOUT,
    job_timeout: float = JOB_TIMEOUT,
    run_timeout: float | None = None,
    fork: bool = True,
    server: ForkServer | None = None,
    keep_going: bool = False,
    on_start: Callable[[Job], None] | None = None,
    on_done: Callable[[Outcome], None] | None = None,
) -> list[Outcome]:
    """Run the jobs and return their outcomes in the same order.

    Parameters
    ----------
    jobs
        What to run. They begin in this order.
    site
        Folder that receives the pages, their CSV files and the executed notebooks.
    work
        Folder for the notebooks' working directories. Those of failed jobs stay.
    home
        Root of the project.
    imprint
        Gives what the foot of a job's page says.
    workers
        Notebooks run at a time; as many as there are cores unless given.
    cell_timeout, job_timeout
        Seconds that a cell and a whole notebook may take.
    run_timeout
        Seconds that all of them together may take, from the first one's start; no limit unless given. What runs then is
        stopped and has failed, what waits is not begun.
    fork
        Fork kernels from a warm parent where that is safe.
    server
        The warm parent, when it was started already.
    keep_going
        Run the other jobs after one has failed; otherwise they are stopped.
    on_start
        Called with each job just before it begins.
    on_done
        Called with each outcome as it comes.

    Returns
    -------
    list
        One outcome per job; a failure is an outcome, not an error.

    Raises
    ------
    ParameterError
        If `workers` or a timeout is not positive, or two jobs make the same page.
    """
    workers = available_cores() if workers is None else workers
    limits = [cell_timeout, job_timeout, *([] if run_timeout is None else [run_timeout])]
    if workers < 1 or min(limits) <= 0:
        raise ParameterError(
            "Workers and timeouts must be positive; got {workers}, {limits}.", workers=workers, limits=str(limits)[1:-1]
        )
    if len({job.page for job in jobs}) < len(jobs):
        raise ParameterError("Two jobs make the same page. Give each its own.")
    if not jobs:
        return []
    with contextlib.ExitStack() as stack:
        stack.enter_context(ended_by_signals())
        environment = kernel_environment(home)
        if fork and forks.AVAILABLE and server is None:
            server = stack.enter_context(ForkServer(environment))
        address = server.address if server and fork else None

        def start(job: Job) -> _Running:
            if on_start:
                on_start(job)
            folder = work / job.name.replace("/", "_")
            folder.mkdir(parents=True)
            task = {
                "notebook": str(job.notebook.resolve()),
                "parameters": dict(job.parameters),
                "page": job.page,
                "title": job.title,
                "related": list(job.related),
                "home": str(home),
                "cell_timeout": cell_timeout,
                "forks": address,
                "imprint": asdict(imprint(job)),
            }
            (folder / TASK).write_text(json.dumps(task), encoding="utf-8")
            process = forked_driver(folder, address, environment) if address else StartedDriver(folder, environment)
            return _Running(job, folder, process, time.monotonic())

        crew = stack.enter_context(contextlib.closing(_Crew(start, workers, job_timeout, run_timeout, site)))
        return _outcomes(jobs, crew, keep_going=keep_going, on_done=on_done)


def available_cores() -> int:
    """Return how many cores this process may use.

    Returns
    -------
    int
        At least 1.
    """
    affinity = getattr(os, "sched_getaffinity", None)  # macOS has none
    return len(affinity(0)) if affinity else os.cpu_count() or 1


@dataclass(frozen=True)
class _Running:
    job: Job
    folder: Path
    process: DriverProcess
    begun: float


class _Crew:
    """The jobs that are running, at most `workers` of them."""

    def __init__(
        self,
        start: Callable[[Job], _Running],
        workers: int,
        job_timeout: float,
        run_timeout: float | None,
        site: Path,
    ) -> None:
        self._start = start
        self._site = site
        self._workers = workers
        self._timeout = job_timeout
        self._run_timeout = run_timeout or math.inf
        self._begun = time.monotonic()
        self._running: list[_Running] = []
        self._selector = selectors.DefaultSelector()

    def __bool__(self) -> bool:
        return bool(self._running)

    def has_room(self) -> bool:
        return len(self._running) < self._workers

    def is_out_of_time(self) -> bool:
        return time.monotonic() - self._begun > self._run_timeout

    def start(self, job: Job) -> None:
        running = self._start(job)
        self._running.append(running)
        self._selector.register(running.process.fileno(), selectors.EVENT_READ, running)

    def next_ended(self) -> Iterator[Outcome]:
        """Wait until a job ends or runs out of time, and yield what became of those that did."""
        first = min(running.begun for running in self._running)
        end = min(first + self._timeout, self._begun + self._run_timeout)
        ended = [key.data for key, _ in self._selector.select(max(0.0, end - time.monotonic()))]
        for running in ended:
            self._forget(running)
            code = running.process.wait()
            yield _result(running, code, self._site)
        for running in [one for one in self._running if time.monotonic() - one.begun > self._timeout]:
            yield self._stopped(running, self._overlong)

    def stopped(self) -> Iterator[Outcome]:
        """Stop all that runs because the run's time is over, and yield that they failed."""
        for running in list(self._running):
            yield self._stopped(running, self.overtime)

    @property
    def _overlong(self) -> Phrase:
        return Phrase("The notebook took longer than {seconds:g} {seconds:second|seconds}", {"seconds": self._timeout})

    @property
    def overtime(self) -> Phrase:
        """What happened to a run whose time is over."""
        return Phrase(
            "The run took longer than {seconds:g} {seconds:second|seconds} (--run-timeout)",
            {"seconds": self._run_timeout},
        )

    def _stopped(self, running: _Running, took: Phrase) -> Outcome:
        self._forget(running)
        running.process.kill()
        said = Phrase("{took} and was stopped.", {"took": took})
        return _failed(running, Failure.of("timeout", "Timeout", said, log=_log(running.folder)))

    def close(self) -> None:
        """Kill all that still runs."""
        for running in list(self._running):
            self._forget(running)
            running.process.kill()
        self._selector.close()

    def _forget(self, running: _Running) -> None:
        self._running.remove(running)
        self._selector.unregister(running.process.fileno())


def _outcomes(
    jobs: Sequence[Job], crew: _Crew, *, keep_going: bool, on_done: Callable[[Outcome], None] | None
) -> list[Outcome]:
    waiting = deque(jobs)
    done: dict[str, Outcome] = {}

    def note(outcomes: Iterator[Outcome]) -> None:
        for outcome in outcomes:
            done[outcome.job.page] = outcome
            if on_done:
                on_done(outcome)

    while waiting or crew:
        while waiting and crew.has_room():
            crew.start(waiting.popleft())
        note(crew.next_ended())
        over = crew.is_out_of_time()
        if over:
            note(crew.stopped())
        failed = any(outcome.status == "failed" for outcome in done.values())
        if over and waiting and not failed:  # its time was over between two notebooks
            said = Phrase("{took} before this notebook began.", {"took": crew.overtime})
            failure = Failure.of("timeout", "Timeout", said)
            note(iter([Outcome(waiting.popleft(), "failed", failure=failure)]))
        if over or (failed and not keep_going):
            break
    return [done.get(job.page, Outcome(job, "stopped")) for job in jobs]


def _result(running: _Running, code: int, site: Path) -> Outcome:
    """Return what the driver wrote down, its files moved into the site; a driver that wrote nothing has failed."""
    try:
        record = json.loads((running.folder / RESULT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        message = Phrase("The process that ran the notebook ended with code {code} and left no result.", {"code": code})
        return _failed(running, Failure.of("kernel", "DriverDied", message, log=_log(running.folder)))
    outcome = Outcome.of_record(running.job, record | {"seconds": time.monotonic() - running.begun})
    if outcome.status == "made":
        for name in outcome.files:
            target = site / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (running.folder / SITE / name).replace(target)
        shutil.rmtree(running.folder)
    return outcome


def _failed(running: _Running, failure: Failure) -> Outcome:
    return Outcome(running.job, "failed", seconds=time.monotonic() - running.begun, failure=failure)


def _log(folder: Path) -> str:
    lines: list[str] = []
    for name in ("driver.log", "kernel.log"):
        with contextlib.suppress(FileNotFoundError):
            lines += (folder / name).read_text(encoding="utf-8", errors="replace").splitlines()[-30:]
    return "\n".join(lines)

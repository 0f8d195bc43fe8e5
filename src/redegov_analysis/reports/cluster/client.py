"""The same jobs on a Dask cluster: the project travels once, pages come back as bytes, and the client publishes them.

Workers share no disk with the client. Each unpacks the project into its own scratch folder and runs one notebook at a
time, by the very code that a local run uses. Only workers whose package, Python and libraries are the client's get any
work: a page made elsewhere would not be the same page. Workers may join and die while a run lasts.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import time
import uuid
import warnings
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from redegov_analysis.data.writing import write_anew
from redegov_analysis.errors import KernelError, ParameterError
from redegov_analysis.language import Phrase, Several
from redegov_analysis.project import Project
from redegov_analysis.reports.cluster.bundle import bundle
from redegov_analysis.reports.inputs import toolchain
from redegov_analysis.reports.jobs import Failure, Imprint, Job, Outcome
from redegov_analysis.reports.runner import CELL_TIMEOUT, JOB_TIMEOUT
from redegov_analysis.reports.running.processes import ended_by_signals

CONNECT_SECONDS: Final = 10.0
WORKERS_SECONDS: Final = 30.0
STALLED_SECONDS: Final = 120.0
RETRIES: Final = 2
LOOK_SECONDS: Final = 1.0
TASKS_PER_WORKER: Final = 2


def run_on_cluster(
    jobs: Sequence[Job],
    site: Path,
    work: Path,
    *,
    scheduler: str,
    project: Project,
    imprint: Callable[[Job], Imprint],
    cell_timeout: float = CELL_TIMEOUT,
    job_timeout: float = JOB_TIMEOUT,
    run_timeout: float | None = None,
    fork: bool = True,
    keep_going: bool = False,
    on_done: Callable[[Outcome], None] | None = None,
    connect_timeout: float = CONNECT_SECONDS,
    workers_timeout: float = WORKERS_SECONDS,
) -> list[Outcome]:
    """Run the jobs on the workers of a Dask scheduler and return their outcomes in the same order.

    Parameters
    ----------
    jobs, site, work, imprint, cell_timeout, job_timeout, run_timeout, fork, keep_going, on_done
        As in `runner.run`.
    scheduler
        Address of the scheduler, such as `tcp://10.0.0.1:8786`.
    project
        Whose tables and notebooks travel.
    connect_timeout, workers_timeout
        Seconds to wait for the scheduler to answer, and for a first worker.

    Raises
    ------
    ParameterError
        If the extra `cluster` is not installed, no scheduler answers, there are no workers, or none of them has the
        client's package, Python and libraries.
    KernelError
        If the scheduler goes away, or no worker is left, while the run lasts.
    """
    if not jobs:
        return []
    with contextlib.ExitStack() as stack:
        stack.enter_context(ended_by_signals())
        client = stack.enter_context(_connected(scheduler, connect_timeout))
        from redegov_analysis.reports.cluster.worker import WorkerProject, do_job  # needs the extra, which is there

        _require_fit_workers(client, scheduler, workers_timeout)
        carried = WorkerProject(bundle(project), *toolchain())
        with _lost_scheduler(scheduler):
            client.register_plugin(carried, name=carried.name)
        stack.callback(_forgotten, client, carried.name)
        ends = None if run_timeout is None else time.monotonic() + run_timeout

        def submitted(job: Job) -> Any:
            return client.submit(
                do_job,
                _task(job, project, imprint(job), cell_timeout, job_timeout, fork),
                carried.name,
                key=f"redegov-{uuid.uuid4().hex}",
                pure=False,
                retries=RETRIES,
                resources={carried.name: 1},
            )

        crew = stack.enter_context(contextlib.closing(_Crew(client, scheduler, carried.name, jobs, submitted)))
        done: dict[str, Outcome] = {}
        while len(done) < len(jobs):
            ended = crew.next_ended(ends)
            if ended is None:
                break
            outcome = _outcome(*ended, site, work, scheduler)
            done[outcome.job.page] = outcome
            if on_done:
                on_done(outcome)
            if outcome.status == "failed" and not keep_going:
                break
        if ends is not None and time.monotonic() > ends and len(done) < len(jobs):
            late = next(job for job in jobs if job.page not in done)
            message = Phrase(
                "All notebooks together took longer than {seconds:g} {seconds:second|seconds} and were stopped.",
                {"seconds": run_timeout},
            )
            done[late.page] = Outcome(late, "failed", failure=Failure.of("timeout", "Timeout", message))
    return [done.get(job.page, Outcome(job, "stopped")) for job in jobs]


@contextlib.contextmanager
def _connected(scheduler: str, timeout: float) -> Iterator[Any]:
    try:
        from distributed import Client
        from distributed.versions import VersionMismatchWarning
    except ModuleNotFoundError as error:
        raise ParameterError(
            "--scheduler needs the extra `cluster` ({name} is not installed). Install it: pip install "
            "'redegov-analysis[cluster]'",
            name=error.name,
        ) from None
    noise = logging.getLogger("distributed")
    level = noise.level
    noise.setLevel(logging.CRITICAL)  # what matters of it is said by our own errors
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", VersionMismatchWarning)
            try:
                client = Client(scheduler, timeout=timeout, set_as_default=False, name="redegov")  # type: ignore[no-untyped-call]
            except (OSError, ValueError) as error:
                raise ParameterError(
                    "No Dask scheduler answers at {scheduler} within {timeout:g} {timeout:second|seconds} ({why}). "
                    "Check the address, and that it was started: dask scheduler",
                    scheduler=scheduler,
                    timeout=timeout,
                    why=_short(error),
                ) from None
            try:
                yield client
            finally:
                client.close(timeout=timeout)  # type: ignore[no-untyped-call]
    finally:
        noise.setLevel(level)


def _require_fit_workers(client: Any, scheduler: str, timeout: float) -> None:
    """Wait for a first worker, and refuse a cluster that would make other pages than this machine."""
    try:
        client.wait_for_workers(1, timeout=timeout)
    except TimeoutError:
        raise ParameterError(
            "The scheduler {scheduler} has no workers after {timeout:g} {timeout:second|seconds}. Start some: dask "
            "worker {scheduler} --nthreads 1",
            scheduler=scheduler,
            timeout=timeout,
        ) from None
    from redegov_analysis.reports.cluster.worker import fitness

    with _lost_scheduler(scheduler):
        answers = client.run(fitness, *toolchain(), on_error="return")
    wrong = Counter(
        answer if isinstance(answer, str) else f"redegov-analysis cannot be used there ({_short(answer)})"
        for answer in answers.values()
        if answer
    )
    if wrong and len(answers) == sum(wrong.values()):
        told = Several(
            [Phrase("{count} with {what}", {"count": count, "what": what}) for what, count in wrong.most_common(3)]
        )
        raise ParameterError(
            "No worker of {scheduler} ({n_answers} answered) has what this machine makes pages with: {told}. "
            "Install the same redegov-analysis, Python and libraries (requirements.lock) on the workers.",
            n_answers=len(answers),
            scheduler=scheduler,
            told=told,
        )


def _task(
    job: Job, project: Project, imprint: Imprint, cell_timeout: float, job_timeout: float, fork: bool
) -> dict[str, Any]:
    return {
        "notebook": job.notebook.resolve().relative_to(project.root.resolve()).as_posix(),
        "parameters": dict(job.parameters),
        "page": job.page,
        "title": job.title,
        "related": [list(pair) for pair in job.related],
        "imprint": asdict(imprint),
        "cell_timeout": cell_timeout,
        "job_timeout": job_timeout,
        "fork": fork,
    }


class _Crew:
    """The tasks on the cluster: two for each worker that fits, so that none waits and a new worker gets its part.

    Parameters
    ----------
    client, scheduler
        The client and its scheduler's address.
    needed
        The resource that workers that fit have.
    jobs, submitted
        What is to run, and how one of it becomes a future.
    """

    def __init__(
        self, client: Any, scheduler: str, needed: str, jobs: Sequence[Job], submitted: Callable[[Job], Any]
    ) -> None:
        self._client = client
        self._scheduler = scheduler
        self._needed = needed
        self._left = deque(jobs)
        self._submitted = submitted
        self._ended: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._flying: dict[str, tuple[Any, Job]] = {}
        self._fit: set[str] = set()
        self._unplaced: set[str] = set()
        self._looked = float("-inf")
        self._alone_since: float | None = None

    def next_ended(self, ends: float | None) -> tuple[Job, Any] | None:
        """Wait for a task to end and return its job and future, or nothing when the run's time is over."""
        while ends is None or time.monotonic() < ends:
            if time.monotonic() - self._looked > LOOK_SECONDS:
                self._look()
            while self._left and len(self._flying) < TASKS_PER_WORKER * len(self._fit):
                self._send(self._left.popleft())
            with contextlib.suppress(queue.Empty):
                future = self._ended.get(timeout=LOOK_SECONDS)
                if future.key in self._flying:  # else it was sent anew
                    return self._flying.pop(future.key)[1], future
        return None

    def close(self) -> None:
        """Take back what has not ended."""
        for future, _ in self._flying.values():
            future.cancel()

    def _send(self, job: Job) -> None:
        future = self._submitted(job)
        self._flying[future.key] = (future, job)
        future.add_done_callback(self._ended.put)

    def _look(self) -> None:
        """See which workers there are, and send anew what stays without one although one that fits has nothing to do.

        A scheduler places tasks that wait for a resource when a worker joins, but not when it gets the resource later.
        """
        if self._client.status in {"closed", "closing"}:
            raise _gone(self._scheduler)
        with _lost_scheduler(self._scheduler):
            workers = self._client.scheduler_info(n_workers=-1)["workers"]
            placed = self._client.processing()
        self._looked = time.monotonic()
        self._fit = {address for address, worker in workers.items() if worker["resources"].get(self._needed)}
        self._require_someone()
        taken = {str(key) for keys in placed.values() for key in keys}
        waiting = {key for key, (future, _) in self._flying.items() if key not in taken and future.status == "pending"}
        idle = [address for address in self._fit if not placed.get(address)]
        for key in waiting & self._unplaced if idle else ():  # twice in a row, so that it is not just on its way
            future, job = self._flying.pop(key)
            future.cancel()
            self._left.appendleft(job)
        self._unplaced = waiting - self._unplaced if idle else waiting

    def _require_someone(self) -> None:
        if self._fit:
            self._alone_since = None
        elif self._alone_since is None:
            self._alone_since = time.monotonic()
        elif time.monotonic() - self._alone_since > STALLED_SECONDS:
            raise KernelError(
                "No worker of {scheduler} that fits was left for {seconds:g} {seconds:second|seconds}. Start "
                "workers with the same redegov-analysis, Python and libraries, and run again.",
                scheduler=self._scheduler,
                seconds=STALLED_SECONDS,
            )


def _outcome(job: Job, future: Any, site: Path, work: Path, scheduler: str) -> Outcome:
    """Return what became of a task, its files written into the site."""
    from concurrent.futures import CancelledError

    from distributed import KilledWorker

    from redegov_analysis.reports.cluster.worker import FILES, KEPT, RECORD

    try:
        result: Mapping[str, Any] = future.result()
    except CancelledError:
        raise _gone(scheduler) from None
    except KilledWorker:
        message = Phrase("Each worker that took this notebook died: killed from outside, out of memory, or a crash.")
        return Outcome(job, "failed", failure=Failure.of("kernel", "KilledWorker", message))
    except Exception as error:  # whatever went wrong on a worker is this job's failure, not the run's
        return Outcome(
            job,
            "failed",
            failure=Failure.of("kernel", type(error).__name__, Phrase("On a worker: {error}", {"error": error})),
        )
    for folder, files in ((site, result[FILES]), (work / job.name.replace("/", "_"), result[KEPT])):
        for name, content in files.items():
            write_anew(folder / name, content)
    return Outcome.of_record(job, result[RECORD])


@contextlib.contextmanager
def _lost_scheduler(scheduler: str) -> Iterator[None]:
    try:
        yield
    except (OSError, TimeoutError):
        raise _gone(scheduler) from None


def _gone(scheduler: str) -> KernelError:
    return KernelError(
        "The Dask scheduler {scheduler} went away while the run lasted. Start it, and run again.", scheduler=scheduler
    )


def _forgotten(client: Any, name: str) -> None:
    """Take the project off the workers; not worth a failure when the cluster is gone."""
    with contextlib.suppress(Exception):
        client.unregister_worker_plugin(name)


def _short(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:160]

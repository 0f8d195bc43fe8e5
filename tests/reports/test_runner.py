from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from redegov_analysis.errors import ParameterError
from redegov_analysis.project import Project
from redegov_analysis.reports.jobs import Imprint, Job, Outcome
from redegov_analysis.reports.runner import run
from redegov_analysis.reports.running import forks
from redegov_analysis.reports.running.forks import Fork, ForkServer, kernel_environment

Write = Callable[..., Job]
Run = Callable[..., list[Outcome]]
IMPRINT = Imprint("2025-12-08", "0.1.0", "0123456789abcdef")
needs_fork = pytest.mark.skipif(not forks.AVAILABLE, reason="kernels are forked on Linux only")


@pytest.fixture
def run_jobs(project: Project, tmp_path: Path, server: ForkServer | None) -> Run:
    def ran(jobs: Sequence[Job], folder: str = "out", **options: object) -> list[Outcome]:
        settings = {"server": server, "workers": 2, "keep_going": True, "cell_timeout": 60.0} | options
        place = tmp_path / folder
        return run(
            jobs,
            place / "site",
            place / "work",
            home=project.root,
            imprint=lambda _: IMPRINT,
            **settings,  # type: ignore[arg-type]
        )

    return ran


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def test_forked_and_ordinary_kernels_make_the_same_bytes(good: Job, run_jobs: Run, tmp_path: Path) -> None:
    (forked,) = run_jobs([good], "forked")
    (plain,) = run_jobs([good], "plain", fork=False, server=None)
    assert forked.status == plain.status == "made"
    assert list(forked.files) == list(plain.files)
    assert {"01_good.html", "data/01_good/months.csv", "data/01_good/growth.csv"} < set(forked.files)
    for name in forked.files:
        if not name.endswith(".ipynb"):  # an executed notebook holds the times of its cells
            assert (tmp_path / "forked/site" / name).read_bytes() == (tmp_path / "plain/site" / name).read_bytes()


def test_a_failing_cell_is_told_with_its_number_heading_and_log(write: Write, run_jobs: Run) -> None:
    (outcome,) = run_jobs([write("02_bad", "## Shares", "print('before')", "print('hi')\n1 / 0", "3")])
    failure = outcome.failure
    assert failure is not None
    assert (failure.kind, failure.error, failure.message) == ("cell", "ZeroDivisionError", "division by zero")
    assert (failure.cell, failure.heading, failure.source) == (5, "Shares", "print('hi')\n1 / 0")
    assert failure.log.startswith("hi\n")
    assert "\x1b" not in failure.log


def test_a_killed_kernel_is_a_dead_kernel_and_not_a_completed_cell(write: Write, run_jobs: Run) -> None:
    (outcome,) = run_jobs([write("02_dead", "import os\nos.kill(os.getpid(), 9)", "3")])
    assert outcome.failure is not None
    assert (outcome.failure.kind, outcome.failure.cell) == ("kernel", 3)
    assert outcome.failure.exception(outcome.job).exit_code == 5


def test_a_killed_ordinary_kernel_is_a_dead_kernel_too(write: Write, run_jobs: Run) -> None:
    (outcome,) = run_jobs([write("02_dead", "import os\nos.kill(os.getpid(), 9)")], fork=False, server=None)
    assert outcome.failure is not None
    assert (outcome.failure.kind, outcome.failure.cell) == ("kernel", 3)


@pytest.mark.parametrize("leave", ["import sys\nsys.exit(0)", "raise SystemExit", "import sys\nsys.exit('done')"])
def test_leaving_a_notebook_is_a_failure(write: Write, run_jobs: Run, leave: str) -> None:
    (outcome,) = run_jobs([write("02_leave", leave, "3")])
    assert outcome.failure is not None
    assert (outcome.failure.kind, outcome.failure.error, outcome.failure.cell) == ("cell", "SystemExit", 3)


def test_an_error_that_a_tag_allows_is_still_a_failure(write: Write, run_jobs: Run) -> None:
    job = write("02_tagged", "1 / 0", "3")
    content = json.loads(job.notebook.read_text())
    content["cells"][2]["metadata"]["tags"] = ["raises-exception"]
    job.notebook.write_text(json.dumps(content))
    (outcome,) = run_jobs([job])
    assert outcome.failure is not None
    assert outcome.failure.error == "ZeroDivisionError"


def test_a_hanging_cell_is_stopped(write: Write, run_jobs: Run) -> None:
    (outcome,) = run_jobs([write("02_slow", "while True: pass")], cell_timeout=1.0)
    assert outcome.failure is not None
    assert (outcome.failure.kind, outcome.failure.cell) == ("timeout", 3)


def test_a_notebook_that_takes_too_long_is_stopped(write: Write, run_jobs: Run) -> None:
    (outcome,) = run_jobs([write("02_slow", "import time\ntime.sleep(60)")], job_timeout=1.5)
    assert outcome.failure is not None
    assert (outcome.failure.kind, outcome.failure.error) == ("timeout", "Timeout")


def test_a_run_whose_time_is_over_stops_what_runs_and_begins_nothing_more(write: Write, run_jobs: Run) -> None:
    jobs = [write("02_slow", "import time\ntime.sleep(60)"), write("03_next", "None")]
    slow, following = run_jobs(jobs, workers=1, run_timeout=1.5)
    assert slow.failure is not None
    assert (slow.failure.kind, following.status) == ("timeout", "stopped")
    assert slow.failure.message.startswith("The run took longer than 1.5 seconds (--run-timeout)")
    assert slow.failure.exception(jobs[0]).exit_code == 5


def test_a_run_whose_time_was_over_between_two_notebooks_has_failed(write: Write, run_jobs: Run) -> None:
    first, second = run_jobs([write("02_one", "None"), write("03_next", "None")], workers=1, run_timeout=1e-3)
    assert "made" not in {first.status, second.status}
    assert [one.failure.kind for one in (first, second) if one.failure] == ["timeout"]


@pytest.mark.parametrize("greed", ["[0] * 2**40", "import numpy\nnumpy.ones(2**40)"])
def test_a_kernel_that_runs_out_of_memory_is_told_as_such(write: Write, run_jobs: Run, greed: str) -> None:
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_AS, (8 * 2**30, 8 * 2**30))"
    (outcome,) = run_jobs([write("02_greedy", limit, greed)])
    assert outcome.failure is not None
    assert (outcome.failure.kind, outcome.failure.cell) == ("kernel", 4)
    assert outcome.failure.message.startswith("The kernel ran out of memory while it ran this cell.")
    assert outcome.failure.exception(outcome.job).exit_code == 5


def test_a_kernel_that_leaves_without_a_word_is_a_dead_kernel(write: Write, run_jobs: Run) -> None:
    (outcome,) = run_jobs([write("02_gone", "import os\nos._exit(0)", "3")])
    assert outcome.failure is not None
    assert (outcome.failure.kind, outcome.failure.cell) == ("kernel", 3)


def test_the_first_failure_stops_the_others_unless_told_to_go_on(good: Job, write: Write, run_jobs: Run) -> None:
    jobs = [write("02_bad", "1 / 0"), good]
    assert [o.status for o in run_jobs(jobs, "stop", workers=1, keep_going=False)] == ["failed", "stopped"]
    assert [o.status for o in run_jobs(jobs, "on", workers=1)] == ["failed", "made"]


def test_each_notebook_has_its_own_folder_and_finds_the_project(
    write: Write, run_jobs: Run, project: Project, tmp_path: Path
) -> None:
    code = """
from pathlib import Path
from redegov_analysis import find_project
assert not Path("mark").exists()
Path("mark").write_text("here")
raise RuntimeError(str(find_project().root) + "|" + str(Path.cwd()))
"""
    outcomes = run_jobs([write("02_a", code), write("03_b", code)])
    found = [outcome.failure.message.split("|") for outcome in outcomes if outcome.failure]
    assert [root for root, _ in found] == [str(project.root)] * 2
    assert [folder for _, folder in found] == [str(tmp_path / "out/work" / name) for name in ("02_a", "03_b")]


def test_kernels_compute_with_one_thread_and_a_fixed_hash_seed(write: Write, run_jobs: Run) -> None:
    code = 'import os\nraise RuntimeError(os.environ["OMP_NUM_THREADS"] + " " + str(hash("Açu")))'
    expected = subprocess.check_output(
        [sys.executable, "-c", 'print(hash("Açu"))'], env=os.environ | {"PYTHONHASHSEED": "0"}, text=True
    ).strip()
    (outcome,) = run_jobs([write("02_env", code)])
    assert outcome.failure is not None
    assert outcome.failure.message == f"1 {expected}"


def test_wrong_settings_are_refused_before_anything_runs(good: Job, run_jobs: Run) -> None:
    for settings in ({"workers": 0}, {"cell_timeout": 0.0}, {"job_timeout": -1.0}):
        with pytest.raises(ParameterError, match="must be positive"):
            run_jobs([good], **settings)
    with pytest.raises(ParameterError, match="same page"):
        run_jobs([good, good])


@needs_fork
def test_a_fork_ends_with_its_owner_and_takes_its_children_along(server: ForkServer, tmp_path: Path) -> None:
    fork = Fork(
        server.address,
        "os:system",
        ["sleep 300; :"],
        environment=kernel_environment(tmp_path),
        folder=tmp_path,
        log=tmp_path / "log",
    )
    assert fork.poll() is None
    fork.kill()
    assert not is_running(fork.pid)
    assert fork.poll() == -signal.SIGKILL


@needs_fork
def test_a_warm_parent_whose_owner_is_gone_leaves_in_the_midst_of_its_imports(tmp_path: Path) -> None:
    (tmp_path / "endless.py").write_text("import time\nwhile True:\n    time.sleep(0.01)\n")
    environment = kernel_environment(tmp_path) | {"PYTHONPATH": f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}"}
    server = ForkServer(environment, modules=["endless"])
    assert server.process.stdin is not None
    server.process.stdin.close()
    assert server.process.wait(timeout=60) == 1
    assert not server.folder.exists()


@needs_fork
def test_what_the_warm_parent_was_asked_to_do_is_done_in_its_forks(tmp_path: Path) -> None:
    (tmp_path / "kept.py").write_text("import os\ndef keep(word): os.kept = word\ndef say(): print(os.kept)\n")
    environment = kernel_environment(tmp_path) | {"PYTHONPATH": f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}"}
    with ForkServer(environment, modules=["kept"]) as server:
        server.warm("kept:no_such_function", [])
        server.warm("kept:keep", ["warm"])
        log = tmp_path / "log"
        Fork(server.address, "kept:say", [], environment=environment, folder=tmp_path, log=log).wait()
    assert log.read_text() == "warm\n"


RUNNER = """
import sys
from pathlib import Path
from redegov_analysis.reports.running.forks import ForkServer, kernel_environment
from redegov_analysis.reports.jobs import Imprint, Job
from redegov_analysis.reports.runner import run
notebook, place, home, fork = sys.argv[1:]
job = Job(Path(notebook), {"language": "en"}, "02_slow.html")
def go(server):
    run([job], Path(place) / "site", Path(place) / "work", home=Path(home),
        imprint=lambda _: Imprint("2025-12-08", "0", "0"), fork=fork == "fork", server=server)
if fork == "fork":
    with ForkServer(kernel_environment(Path(home)), modules=["papermill", "ipykernel.kernelapp"]) as server:
        go(server)
else:
    go(None)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
@pytest.mark.parametrize(
    ("number", "fork"),
    [
        pytest.param(signal.SIGKILL, "fork", marks=needs_fork),
        pytest.param(signal.SIGINT, "fork", marks=needs_fork),
        (signal.SIGKILL, "plain"),
        (signal.SIGTERM, "plain"),
    ],
)
def test_no_process_outlives_a_run_that_is_ended(
    write: Write, project: Project, tmp_path: Path, number: signal.Signals, fork: str
) -> None:
    mark = tmp_path / "pids"
    code = "import os, subprocess, time\nchild = subprocess.Popen(['sleep', '300'])\n"
    code += f"open({str(mark)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}} ')\ntime.sleep(300)"
    job = write("02_slow", code)
    arguments = [sys.executable, "-c", RUNNER, str(job.notebook), str(tmp_path / "out"), str(project.root), fork]
    with subprocess.Popen(arguments, stderr=subprocess.DEVNULL) as runner:
        assert wait_until(lambda: mark.exists() and mark.read_text().endswith(" "), 60)
        kernel, child = map(int, mark.read_text().split())
        assert is_running(kernel)
        runner.send_signal(number)
        runner.wait()
    assert wait_until(lambda: not is_running(kernel))
    assert wait_until(lambda: not is_running(child))


def test_no_jobs_are_done_at_once_and_elsewhere_too(tmp_path: Path) -> None:
    places = (tmp_path / "site", tmp_path / "work")
    assert run([], *places, home=tmp_path, imprint=lambda _: IMPRINT) == []

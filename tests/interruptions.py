"""A small project that the real command runs, its processes found by a mark of their own and killed at will."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from redegov_analysis.reports.site.manifest import damage
from redegov_analysis.reports.site.outdated import without_notice

ROOT = Path(__file__).resolve().parents[1]
REDEGOV = Path(sys.executable).with_name("redegov")
MARK = "REDEGOV_TEST_MARK"
SCHEMA = """
[language]
type = "choice"
choices = ["pt-BR", "en"]
default = "en"
label = "Language"
"""
SLOW = tuple(f"import time\ntime.sleep(0.15)\n# {step}" for step in range(6))


class SmallProject:
    """The real raw tables with a few small notebooks; `redegov` is called in it as a scheduler would."""

    def __init__(self, root: Path) -> None:
        self.root = root
        shutil.copytree(ROOT / "data" / "raw", root / "data" / "raw")
        for name in ("datapackage.json", "requirements.lock", "CITATION.cff"):
            shutil.copy(ROOT / name, root)
        (root / "notebooks").mkdir()

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def log(self) -> Path:
        """What the last run that was started has printed."""
        return self.root / "run.log"

    @property
    def latest(self) -> Path:
        return self.reports / "latest"

    def write(self, name: str, *cells: str) -> Path:
        """Write a notebook of code cells."""
        parameters = new_code_cell('language: str = "en"')
        parameters.metadata.tags = ["parameters"]
        made = [new_markdown_cell(f"# {name}\n\nA notebook."), parameters, *map(new_code_cell, cells)]
        notebook = new_notebook(cells=made)
        for number, cell in enumerate(notebook.cells):
            cell.id = f"cell-{number}"
        path = self.root / "notebooks" / f"{name}.ipynb"
        path.write_text(nbformat.writes(notebook))
        path.with_suffix(".parameters.toml").write_text(SCHEMA)
        return path

    def command(self, *arguments: str | Path) -> list[str]:
        return [str(REDEGOV), *map(str, arguments)]

    def environment(self, **changes: str | None) -> dict[str, str]:
        """Return this process's environment with the project's home; a value of None takes a variable out."""
        whole: dict[str, str | None] = {**os.environ, "REDEGOV_HOME": str(self.root), "OMP_NUM_THREADS": "1", **changes}
        return {name: value for name, value in whole.items() if value is not None}

    def call(
        self, *arguments: str | Path, environment: Mapping[str, str] | None = None, before: Sequence[str] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run the command to its end; `before` is what stands in front of it on the command line."""
        return subprocess.run(
            [*before, *self.command(*arguments)],
            cwd=self.root,
            env=dict(environment or self.environment()),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def pages(self) -> dict[str, bytes]:
        """Return all that the published site holds, its pages without a notice that they are out of date."""
        return {
            path.relative_to(self.latest).as_posix(): (
                without_notice(path.read_text(encoding="utf-8")).encode()
                if path.suffix == ".html"
                else path.read_bytes()
            )
            for path in sorted(self.latest.rglob("*"))
            if path.is_file() and path.name not in {"manifest.json", "provenance.json"}
        }


@dataclass(frozen=True)
class Process:
    """A process that carries the mark of a run."""

    pid: int
    command: str
    output: str

    @property
    def is_kernel(self) -> bool:
        return "ipykernel_launcher" in self.command or self.output.endswith("/kernel.log")


def marked(mark: str) -> list[Process]:
    """Return the living processes whose environment carries the mark, whatever they are called."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            if f"{MARK}={mark}".encode() not in (folder / "environ").read_bytes().split(b"\0"):
                continue
            state = (folder / "stat").read_text().rsplit(")", 1)[1].split()[0]
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            output = str((folder / "fd" / "1").readlink())
        except OSError:  # it has just ended
            continue
        if state not in "ZX":
            found.append(Process(int(folder.name), command, output))
    return found


def wait_until_gone(mark: str, seconds: float = 30.0) -> list[Process]:
    """Return the processes that still carry the mark after all that time."""
    end = time.monotonic() + seconds
    while (left := marked(mark)) and time.monotonic() < end:
        time.sleep(0.05)
    return left


@contextmanager
def started(project: SmallProject, *arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Start `redegov run` in a process group of its own, and give it with the mark that its descendants carry."""
    mark = uuid4().hex
    with (
        project.log.open("wb") as log,
        subprocess.Popen(
            project.command("run", *arguments),
            cwd=project.root,
            env=project.environment(**{MARK: mark}),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        ) as runner,
    ):
        try:
            yield runner, mark
        finally:
            if runner.poll() is None:
                runner.kill()


@dataclass(frozen=True)
class Kill:
    """What a kill did.

    Attributes
    ----------
    victim
        `runner`, `kernel` or `other`: a notebook's driver or the warm parent.
    code
        How the run ended: its exit code, or minus the signal.
    after
        Seconds from the run's start.
    """

    victim: str
    code: int
    after: float


def kill_at(project: SmallProject, moment: float, victim: str, *arguments: str, rng: random.Random) -> Kill:
    """Start a run, kill -9 the runner, a kernel or another of its processes after some seconds, and wait for the end.

    Where the process wanted is not there at that moment, it is waited for; the run may end before it comes.
    """
    with started(project, "--force", *arguments) as (runner, mark):
        begun = time.monotonic()
        time.sleep(moment)
        while runner.poll() is None:
            others = [one for one in marked(mark) if one.pid != runner.pid]
            wanted = [one for one in others if one.is_kernel == (victim == "kernel")]
            pids = [runner.pid] if victim == "runner" else [one.pid for one in wanted]
            if pids:
                os.kill(rng.choice(sorted(pids)), signal.SIGKILL)
                break
            time.sleep(0.01)
        after = time.monotonic() - begun
        code = runner.wait(timeout=120)
        left = wait_until_gone(mark)
        for one in left:
            os.kill(one.pid, signal.SIGKILL)
    assert left == [], f"after kill -9 of the {victim} at {after:.2f} s these stayed: {left}"
    return Kill(victim, code, after)


def assert_whole_after(project: SmallProject, kill: Kill, run_before: Path, pages_before: Mapping[str, bytes]) -> None:
    """Hold the published site against what it was: whole, and the same unless the killed run had published already."""
    assert damage(project.latest) == []
    run_now = project.latest.resolve()
    if kill.victim == "runner" and run_now == run_before:
        assert project.pages() == pages_before
    elif kill.code != 0 and kill.victim != "runner":
        assert project.pages() == pages_before
        assert kill.code in {4, 5, 6}, f"{kill}\n{project.log.read_text()}"

"""The process that executes one notebook, forked from a warm parent or started anew, and how a run ends by a signal."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Protocol

from redegov_analysis.reports.running.forks import Fork

_GRACE_SECONDS: Final = 5.0


class DriverProcess(Protocol):
    """A driver's process: readable when it has ended."""

    def fileno(self) -> int:
        """Return what can be read from once the process has ended."""

    def wait(self) -> int:
        """Wait until it has ended, and return its exit code: that of the signal, below zero, if one ended it."""

    def kill(self) -> None:
        """End it with all that it started."""


def forked_driver(folder: Path, address: str, environment: Mapping[str, str]) -> Fork:
    """Return a driver forked from the warm parent at an address; it reads its task from its folder."""
    return Fork(
        address,
        "redegov_analysis.reports.running.execution:drive_forked",
        [str(folder)],
        environment=environment,
        folder=folder,
        log=folder / "driver.log",
    )


class StartedDriver:
    """A driver started as a new Python process, which ends when its standard input closes."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._ended, other_end = os.pipe()
        with (folder / "driver.log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "redegov_analysis.reports.running.execution", str(folder)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=dict(environment),
                pass_fds=[other_end],
                start_new_session=True,  # Ctrl-C reaches the run alone, which then ends its drivers
            )
        os.close(other_end)

    def fileno(self) -> int:
        """Return the end of a pipe that closes with the process."""
        return self._ended

    def wait(self) -> int:
        """Wait until it has ended, and return its exit code."""
        code = self._process.wait()
        assert self._process.stdin is not None
        self._process.stdin.close()
        os.close(self._ended)
        return code

    def kill(self) -> None:
        """Ask it to end, so that it ends its kernel, and kill its group if it does not."""
        self._process.terminate()
        try:
            self._process.wait(timeout=_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self.wait()


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP unwind the run as Ctrl-C does, so that no process stays behind."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

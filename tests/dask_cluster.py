"""A Dask scheduler and workers as processes of their own, each worker in its own folder, ended by their ids."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

START_SECONDS = 60


class DaskCluster:
    """A scheduler and workers on this machine that share nothing but the network; a context manager.

    Parameters
    ----------
    folder
        Where their files go.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.address = ""

    def __enter__(self) -> DaskCluster:
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / "scheduler.json"
        options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
        self.scheduler = self._started("dask_scheduler", options, self.folder / "scheduler", {})
        ends = time.monotonic() + START_SECONDS
        while not file.exists() or not file.read_text():
            assert self.scheduler.poll() is None, (self.folder / "scheduler" / "log").read_text()
            assert time.monotonic() < ends, "the scheduler did not start"
            time.sleep(0.05)
        self.address = json.loads(file.read_text())["address"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in list(self.workers):
            self.end(name, signal.SIGTERM)
        if self.scheduler:
            _end(self.scheduler, signal.SIGTERM)

    def add(self, name: str, environment: Mapping[str, str] | None = None) -> None:
        """Start a worker with one thread and its nanny; it joins when it is ready."""
        folder = self.folder / name
        options = [self.address, "--nthreads", "1", "--no-dashboard", "--name", name, "--local-directory", str(folder)]
        self.workers[name] = self._started("dask_worker", options, folder, environment or {})

    def wait_until_joined(self) -> None:
        """Wait until every worker that was started has joined."""
        from distributed import Client

        with Client(self.address, timeout=START_SECONDS, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            client.wait_for_workers(len(self.workers), timeout=START_SECONDS)

    def end(self, name: str, number: int = signal.SIGKILL) -> None:
        """End a worker with all its processes; by default without any warning, as when a machine dies."""
        _end(self.workers.pop(name), number)

    def _started(
        self, module: str, options: list[str], folder: Path, environment: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        folder.mkdir(parents=True, exist_ok=True)
        # No project stands where a worker starts, and no variable tells it of one.
        own = {key: value for key, value in os.environ.items() if key != "REDEGOV_HOME"}
        with (folder / "log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.{module}", *options],
                cwd=folder,
                env={**own, "OMP_NUM_THREADS": "1", **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


def _end(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

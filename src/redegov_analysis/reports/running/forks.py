"""Processes forked from a parent in which everything heavy is already imported, as seen from their owners.

Importing pandas, matplotlib, scipy, papermill and nbconvert takes longer than most notebooks run. The server pays
for it once; a kernel or a notebook's driver is then a fork of it, ready in a tenth of a second.

Nothing outlives its owner. A process lives as long as the connection that asked for it: when the owner closes it, or
dies, the server kills the process and all that it started. When the server's own standard input closes, because the
run ended or was killed, it kills everything and goes. Should the server itself be killed, Linux ends its children.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final

from redegov_analysis.errors import KernelError

AVAILABLE: Final = sys.platform == "linux"  # macOS libraries do not survive a fork without exec

OURS: Final = "redegov_analysis.*"

_SERVER: Final = "redegov_analysis.reports.running.fork_server"

WARM: Final = (
    "numpy",
    "pandas",
    "pyarrow.dataset",
    "pyarrow.parquet",
    "scipy.stats",
    "scipy.optimize",
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "ipykernel.kernelapp",
    "ipykernel.debugger",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "IPython.core.completerlib",
    "IPython.extensions.storemagic",
    "jupyter_client.asynchronous",
    "jupyter_client.provisioning",
    "papermill",
    "nbconvert.exporters.templateexporter",
    "mistune",
    OURS,
)

GRACE_SECONDS: Final = 10.0
"""What a server may take to end what it has started."""

_FIXED: Final[Mapping[str, str]] = {
    "PYTHONHASHSEED": "0",
    "MPLBACKEND": "agg",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    # Memory for arrays is kept once it was asked for (glibc): else each new array is made of pages that the system has
    # to find and fill with zeros first.
    "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20),
    "MALLOC_TRIM_THRESHOLD_": str(256 * 2**20),
}


def kernel_environment(home: Path, *, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment in which drivers and kernels run.

    It fixes what could make two runs differ: the hash seed, the number of BLAS threads, the drawing backend.

    Parameters
    ----------
    home
        Root of the project, found by `find_project` through `REDEGOV_HOME`.
    base
        The environment to start from; this process's own unless given.
    """
    return {**(os.environ if base is None else base), **_FIXED, "REDEGOV_HOME": str(home)}


class Fork:
    """A forked process, seen from its owner.

    Parameters
    ----------
    address
        Path of the server's socket.
    entry
        What the process runs: `module:function`, called with `arguments`.
    arguments
        Strings for the function.
    environment, folder, log
        The process's environment, working directory, and the file that it prints into.

    Raises
    ------
    KernelError
        If the server is gone, or could not import what it was to import.
    """

    def __init__(
        self,
        address: str,
        entry: str,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        log: Path,
    ) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._answers = b""
        self._code: int | None = None
        request = {
            "entry": entry,
            "arguments": list(arguments),
            "environment": dict(environment),
            "folder": str(folder),
            "log": str(log),
        }
        try:
            self._socket.connect(address)
            self._socket.sendall(json.dumps(request).encode() + b"\n")
            while b"\n" not in self._answers:
                self._receive()
        except OSError as error:
            self.close()
            raise KernelError(
                "The process that starts kernels is gone ({error}). Run again, or use --no-fork.", error=error
            ) from None
        line, self._answers = self._answers.split(b"\n", 1)
        answer = json.loads(line)
        if "refused" in answer:
            self.close()
            module, why = answer["refused"]
            raise KernelError(
                "The process that starts kernels cannot import {module} ({why})",
                remedy="Install it again: pip install --force-reinstall --require-hashes -r requirements.lock",
                module=module,
                why=why,
            )
        self.pid: int = answer["pid"]

    def fileno(self) -> int:
        """Return a descriptor that becomes readable when the process ends."""
        return self._socket.fileno()

    def poll(self) -> int | None:
        """Return the exit code (minus the signal that killed it), or nothing while the process runs."""
        if self._code is None:
            self._socket.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                self._until_ended()
        return self._code

    def wait(self) -> int:
        """Wait for the process to end and return its exit code."""
        if self._code is None:
            self._socket.setblocking(True)
            self._until_ended()
        assert self._code is not None
        return self._code

    def send_signal(self, number: int) -> None:
        """Send a signal to the process and all that it started."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    def kill(self) -> None:
        """End the process and all that it started, and wait until it is gone."""
        if self.poll() is None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_WR)
            self.wait()

    def close(self) -> None:
        """Give the process up; the server kills it if it still runs."""
        self._socket.close()

    def _until_ended(self) -> None:
        try:
            while b"\n" not in self._answers:
                self._receive()
            self._code = int(json.loads(self._answers)["code"])
        except BlockingIOError:
            raise
        except OSError:
            self._code = -signal.SIGKILL  # the server is gone, and its children with it
        self.close()

    def _receive(self) -> None:
        received = self._socket.recv(4096)
        if not received:
            raise ConnectionResetError("connection closed")
        self._answers += received


class ForkServer:
    """The server, seen from the run that started it; a context manager.

    Parameters
    ----------
    environment
        Environment of the server: hash seed and threads are fixed here, before anything is imported.
    modules
        What the parent imports; `redegov_analysis.*` stands for all of this package.

    Examples
    --------
    >>> with ForkServer(kernel_environment(Path.cwd()), modules=()) as server:
    ...     Fork(server.address, "os:getpid", [], environment={}, folder=Path.cwd(), log=Path(os.devnull)).wait()
    0
    """

    def __init__(self, environment: Mapping[str, str], modules: Sequence[str] = WARM) -> None:
        # Sockets need short paths: at most 104 bytes on macOS.
        self.folder = Path(tempfile.mkdtemp(prefix="redegov-"))
        self.address = str(self.folder / "forks")
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with listener:
            listener.bind(self.address)
            listener.listen(64)
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    "-m",
                    "redegov_analysis.reports.running.fork_server",
                    str(listener.fileno()),
                    *modules,
                ],
                stdin=subprocess.PIPE,
                env={**environment, "REDEGOV_FORKS_FOLDER": str(self.folder)},
                pass_fds=[listener.fileno()],
                start_new_session=True,  # Ctrl-C reaches the run alone, which then ends the server
            )

    def warm(self, entry: str, arguments: Sequence[str]) -> None:
        """Let the server itself call a function, so that every later fork finds its work done; nothing is waited for.

        Parameters
        ----------
        entry
            What is called: `module:function`. If it fails nothing is lost but time.
        arguments
            Strings for the function.
        """
        request = {"entry": entry, "arguments": list(arguments), "here": True}
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection, contextlib.suppress(OSError):
            connection.connect(self.address)
            connection.sendall(json.dumps(request).encode() + b"\n")

    def __enter__(self) -> ForkServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(timeout=GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

"""A small server that forks processes from a parent in which everything heavy is already imported.

Importing pandas, matplotlib, statsmodels, papermill and nbconvert takes longer than most notebooks run. The server pays
for it once; a kernel or a notebook's driver is then a fork of it, ready in a tenth of a second.

Nothing outlives its owner. A process lives as long as the connection that asked for it: when the owner closes it, or
dies, the server kills the process and all that it started. When the server's own standard input closes, because the
run ended or was killed, it kills everything and goes. Should the server itself be killed, Linux ends its children.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import pkgutil
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NoReturn

from redegov_analysis.errors import KernelError

AVAILABLE: Final = sys.platform == "linux"  # macOS libraries do not survive a fork without exec

_OURS: Final = "redegov_analysis.*"

WARM: Final = (
    "numpy",
    "pandas",
    "pyarrow.parquet",
    "scipy.stats",
    "scipy.optimize",
    "statsmodels.api",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_svg",
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "jupyter_client.asynchronous",
    "jupyter_client.provisioning",
    "papermill",
    "nbconvert.exporters.templateexporter",
    "mistune",
    _OURS,
)

_PR_SET_PDEATHSIG: Final = 1

_FIXED: Final[Mapping[str, str]] = {
    "PYTHONHASHSEED": "0",
    "MPLBACKEND": "agg",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
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
        If the server is gone.
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
            raise KernelError(
                f"The process that starts kernels is gone ({error}). Run again, or use --no-fork."
            ) from None
        line, self._answers = self._answers.split(b"\n", 1)
        self.pid: int = json.loads(line)["pid"]

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
    >>> with ForkServer(dict(os.environ), modules=()) as server:  # doctest: +SKIP
    ...     Fork(server.address, "os:getpid", [], environment={}, folder=Path("/tmp"), log=Path("/dev/null")).wait()
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
                [sys.executable, "-P", "-m", "redegov_analysis.reports.forks", str(listener.fileno()), *modules],
                stdin=subprocess.PIPE,
                env={**environment, "REDEGOV_FORKS_FOLDER": str(self.folder)},
                pass_fds=[listener.fileno()],
                start_new_session=True,  # Ctrl-C reaches the run alone, which then ends the server
            )

    def __enter__(self) -> ForkServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class _Server:
    """The server's loop: one connection per child, one child per connection."""

    def __init__(self, listener: socket.socket, folder: Path) -> None:
        self.listener = listener
        self.folder = folder
        self.selector = selectors.DefaultSelector()
        self.children: dict[int, socket.socket] = {}
        self.requests: dict[socket.socket, bytes] = {}
        self.wake_read, self.wake_write = os.pipe()
        for end in (self.wake_read, self.wake_write):
            os.set_blocking(end, False)

    def serve(self) -> None:
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.wake_write)
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.selector.register(self.wake_read, selectors.EVENT_READ)
        self.selector.register(0, selectors.EVENT_READ)
        try:
            while True:
                for key, _ in self.selector.select():
                    if key.fileobj == 0:
                        return
                    if key.fileobj is self.listener:
                        connection, _ = self.listener.accept()
                        self.requests[connection] = b""
                        self.selector.register(connection, selectors.EVENT_READ)
                    elif key.fileobj == self.wake_read:
                        with contextlib.suppress(BlockingIOError):
                            os.read(self.wake_read, 4096)
                        self._reap()
                    elif isinstance(key.fileobj, socket.socket):
                        self._read(key.fileobj)
        finally:
            for pid in self.children:
                _kill_group(pid)
            for pid in self.children:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)
            shutil.rmtree(self.folder, ignore_errors=True)

    def _read(self, connection: socket.socket) -> None:
        try:
            received = connection.recv(65536)
        except OSError:
            received = b""
        if not received:
            self._owner_gone(connection)
            return
        if connection in self.requests:
            self.requests[connection] += received
            if self.requests[connection].endswith(b"\n"):
                self._fork(connection, json.loads(self.requests.pop(connection)))

    def _owner_gone(self, connection: socket.socket) -> None:
        with contextlib.suppress(KeyError, ValueError):  # its child may have been reaped in this very round
            self.selector.unregister(connection)
        if self.requests.pop(connection, None) is not None:
            connection.close()
        for pid, owner in self.children.items():
            if owner is connection:
                _kill_group(pid)  # `_reap` answers and closes

    def _fork(self, connection: socket.socket, request: Mapping[str, Any]) -> None:
        pid = os.fork()
        if pid == 0:
            connection.close()
            self._become(request)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.setpgid(pid, pid)  # whoever is first, parent or child
        self.children[pid] = connection
        with contextlib.suppress(OSError):
            connection.sendall(json.dumps({"pid": pid}).encode() + b"\n")

    def _reap(self) -> None:
        for pid in list(self.children):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended:
                continue
            _kill_group(pid)  # what the process itself had started
            connection = self.children.pop(pid)
            with contextlib.suppress(KeyError, ValueError):
                self.selector.unregister(connection)
            with contextlib.suppress(OSError):
                connection.sendall(json.dumps({"code": os.waitstatus_to_exitcode(status)}).encode() + b"\n")
            connection.close()

    def _become(self, request: Mapping[str, Any]) -> NoReturn:
        code = 1
        try:
            server = os.getppid()
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            # A copy of another child's connection would keep that child alive after its owner's death.
            for connection in [self.listener, *self.requests, *self.children.values()]:
                connection.close()
            self.selector.close()
            os.close(self.wake_read)
            os.close(self.wake_write)
            with contextlib.suppress(PermissionError):
                os.setpgid(0, 0)
            if sys.platform == "linux":
                ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
                if os.getppid() != server:
                    os._exit(1)
            _redirect(Path(request["log"]))
            os.chdir(request["folder"])
            os.environ.clear()
            os.environ.update(request["environment"])
            code = _call(request["entry"], request["arguments"])
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)


def _call(entry: str, arguments: Sequence[str]) -> int:
    module, function = entry.split(":")
    try:
        getattr(importlib.import_module(module), function)(*arguments)
    except SystemExit as leave:
        return leave.code if isinstance(leave.code, int) else int(leave.code is not None)
    return 0


def _redirect(log: Path) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    printed = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(nothing, 0)
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    os.close(nothing)
    os.close(printed)


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def main() -> None:
    """Import what is heavy, then fork on request until standard input closes."""
    listener = socket.socket(fileno=int(sys.argv[1]))
    folder = Path(os.environ.pop("REDEGOV_FORKS_FOLDER"))
    for name in sys.argv[2:]:
        if name == _OURS:
            _import_ours()
        else:
            importlib.import_module(name)
    # Python 3.12 warns of forking beside threads; the only one here is an allocator's own, which minds forks itself.
    warnings.filterwarnings("ignore", category=DeprecationWarning, message=".*multi-threaded.*fork")
    gc.collect()
    gc.freeze()  # the collector must not touch, and so copy, the pages that forks share
    _Server(listener, folder).serve()


def _import_ours() -> None:
    for room in ("data", "cleaning", "drivers", "forecast", "reports"):
        package = importlib.import_module(f"redegov_analysis.{room}")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            with contextlib.suppress(Exception):  # the notebook that needs the module will tell what is wrong with it
                importlib.import_module(module.name)


if __name__ == "__main__":
    main()

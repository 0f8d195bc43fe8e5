"""The small server behind `forks`: it imports what is heavy once, then forks on request.

One child per connection, one connection per child: when the connection's other end closes, the child is killed with all
that it started; when the child ends, its exit code is answered and the connection closed.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import pkgutil
import select
import selectors
import shutil
import signal
import socket
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

from redegov_analysis.reports.running.forks import OURS

WARM_LIBRARIES: Final = "redegov_analysis.reports.running.warmth:warm_libraries"

COLD: Final = {"redegov_analysis.reports.cluster.worker", "redegov_analysis.cleaning.schemas"}
"""Modules that no notebook of a run needs, and that would import much: Dask, Pandera."""

UNASKED: Final = ("rfc3987_syntax", "isoduration")
"""What jsonschema imports if it can, for formats of text that no notebook's schema has: a third of all imports' time,
most of it for a grammar. It goes without; whoever imports them later gets them."""

WATCH_SECONDS: Final = 0.5

_COLLECT_AFTER: Final = 50_000
"""New objects after which the collector looks for cycles, in the server and in every fork. As it comes, it does so for
every 700: a figure makes tens of thousands that all stay until it is drawn, and looking through them again and again
takes a tenth of a notebook's time. What a notebook leaves behind goes with its process."""

_PR_SET_PDEATHSIG: Final = 1


class _Server:
    """The server's loop: one connection per child, one child per connection."""

    def __init__(self, listener: socket.socket, refused: tuple[str, str] | None = None) -> None:
        self.pid = os.getpid()
        self.listener = listener
        self.refused = refused
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
                    else:
                        assert isinstance(key.fileobj, socket.socket)
                        self._read(key.fileobj)
        finally:
            for pid in self.children:
                _kill_group(pid)
            for pid in self.children:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)

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
                request = json.loads(self.requests.pop(connection))
                if request.get("here"):
                    self.selector.unregister(connection)
                    connection.close()
                    with _watching_owner():
                        _warm(request["entry"], request["arguments"])
                    _freeze()
                elif self.refused:
                    self.selector.unregister(connection)
                    with connection, contextlib.suppress(OSError):
                        connection.sendall(json.dumps({"refused": self.refused}).encode() + b"\n")
                else:
                    self._fork(connection, request)

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
        if pid == 0:  # pragma: no cover - it runs each time, but what measures a fork begins after this function has
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
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # nothing is forked but on Linux
            if os.getppid() != self.pid:  # it was killed before this process asked to be told
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


def _warm(entry: str, arguments: Sequence[str]) -> None:
    """Do something in this very process, so that each later fork finds it done."""
    module, function = entry.split(":")
    with contextlib.suppress(Exception):  # a fork that needs it fails in the same way, and tells
        getattr(importlib.import_module(module), function)(*arguments)


def _freeze() -> None:
    """Keep the collector from touching, and so copying, the pages that forks share."""
    gc.collect()
    gc.freeze()


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
    gc.set_threshold(_COLLECT_AFTER, *gc.get_threshold()[1:])
    try:
        with _watching_owner():
            with _without(UNASKED):
                refused = _import_all(sys.argv[2:])
            if OURS in sys.argv[2:] and not refused:
                _warm(WARM_LIBRARIES, [])
        # Python 3.12 warns of forking beside threads; the only ones here are allocators' own, which mind forks.
        warnings.filterwarnings("ignore", category=DeprecationWarning, message=".*multi-threaded.*fork")
        _freeze()
        _Server(listener, refused).serve()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)  # the run waits for it, and taking down all that was imported would take a fifth of a second


@contextlib.contextmanager
def _watching_owner() -> Iterator[None]:
    """Leave when standard input closes while something long is done, and not only after it."""

    def look(*_: object) -> None:
        if select.select([0], [], [], 0)[0]:  # nothing is ever written to it
            raise SystemExit(1)

    before = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, WATCH_SECONDS, WATCH_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _without(names: Sequence[str]) -> Iterator[None]:
    """Let modules count as not installed for a while."""
    absent = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


def _import_all(names: Sequence[str]) -> tuple[str, str] | None:
    """Import modules; return the first that cannot be, and why, so that whoever asks for a fork is told."""
    for name in names:
        try:
            if name == OURS:
                _import_ours()
            else:
                importlib.import_module(name)
        except Exception as error:  # whatever a broken package raises while it is imported
            return name, f"{type(error).__name__}: {error}"
    return None


def _import_ours() -> None:
    for room in ("data", "cleaning", "drivers", "forecast", "reports"):
        package = importlib.import_module(f"redegov_analysis.{room}")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name in COLD:
                continue
            with contextlib.suppress(Exception):  # the notebook that needs the module will tell what is wrong with it
                importlib.import_module(module.name)


if __name__ == "__main__":
    main()

"""What the warm parent does when those who ask it leave early, send odd things, or are killed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from redegov_analysis.errors import KernelError
from redegov_analysis.reports.running import forks
from redegov_analysis.reports.running.forks import Fork, ForkServer, kernel_environment

pytestmark = pytest.mark.skipif(not forks.AVAILABLE, reason="kernels are forked on Linux only")


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkServer]:
    """A parent that has imported nothing, so that it is there at once."""
    with ForkServer(kernel_environment(tmp_path_factory.mktemp("home")), modules=()) as server:
        yield server


def forked(parent: ForkServer, folder: Path, entry: str, *arguments: str) -> Fork:
    return Fork(parent.address, entry, arguments, environment=os.environ, folder=folder, log=folder / "log")


def connected(parent: ForkServer) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(parent.address)
    return connection


def request(folder: Path, entry: str, *arguments: str) -> bytes:
    asked = {"entry": entry, "arguments": arguments, "environment": dict(os.environ), "folder": str(folder)}
    return json.dumps({**asked, "log": str(folder / "log")}).encode() + b"\n"


def is_gone(pid: int) -> bool:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with contextlib.suppress(FileNotFoundError):
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z":
                time.sleep(0.01)
                continue
        return True
    return False


def test_what_a_fork_raises_is_in_its_log_and_its_code_is_one(parent: ForkServer, tmp_path: Path) -> None:
    assert forked(parent, tmp_path, "json:loads", "{").wait() == 1
    assert "JSONDecodeError" in (tmp_path / "log").read_text()


def test_a_fork_that_leaves_with_words_ends_with_code_one(parent: ForkServer, tmp_path: Path) -> None:
    assert forked(parent, tmp_path, "sys:exit", "no").wait() == 1


def test_signals_to_a_fork_that_has_ended_reach_no_one(parent: ForkServer, tmp_path: Path) -> None:
    fork = forked(parent, tmp_path, "os:getpid")
    assert fork.wait() == 0
    fork.send_signal(signal.SIGKILL)
    fork.kill()
    assert fork.wait() == 0


def test_a_fork_given_up_is_killed(parent: ForkServer, tmp_path: Path) -> None:
    fork = forked(parent, tmp_path, "os:system", "sleep 300; :")
    fork.close()
    assert is_gone(fork.pid)


def test_a_request_that_comes_in_pieces_is_one(parent: ForkServer, tmp_path: Path) -> None:
    asked = request(tmp_path, "os:system", "echo whole")
    with connected(parent) as connection, connection.makefile("rb") as answers:
        connection.sendall(asked[:20])
        time.sleep(0.05)
        connection.sendall(asked[20:])
        assert "pid" in json.loads(answers.readline())
        connection.sendall(b"more than was asked")  # passed over: one child per connection
        assert json.loads(answers.readline()) == {"code": 0}


def test_who_leaves_within_a_request_gets_no_child_and_others_do(parent: ForkServer, tmp_path: Path) -> None:
    with connected(parent) as connection:
        connection.sendall(b'{"entry": ')
    assert forked(parent, tmp_path, "os:getpid").wait() == 0


def test_who_leaves_without_reading_the_answer_has_its_child_killed(parent: ForkServer, tmp_path: Path) -> None:
    with connected(parent) as connection:
        connection.sendall(request(tmp_path, "os:system", "echo $$ > pid; sleep 300"))
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text().strip():
            time.sleep(0.01)
    assert is_gone(int((tmp_path / "pid").read_text()))
    assert forked(parent, tmp_path, "os:getpid").wait() == 0


def test_without_its_parent_a_kernel_cannot_start_and_the_remedy_is_told(tmp_path: Path) -> None:
    with pytest.raises(KernelError, match=r"is gone .*--no-fork"):
        Fork(str(tmp_path / "none"), "os:getpid", [], environment={}, folder=tmp_path, log=tmp_path / "log")


def test_a_module_that_the_parent_cannot_import_is_named_to_each_that_asks(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "half_a_package.py").write_text("raise ValueError('made for another numpy')\n")
    environment = kernel_environment(tmp_path) | {"PYTHONPATH": str(tmp_path)}
    with ForkServer(environment, modules=("json", "half_a_package", "csv")) as server:
        for _ in range(2):
            with pytest.raises(
                KernelError, match=r"cannot import half_a_package \(ValueError: made for another numpy\)"
            ):
                forked(server, tmp_path, "os:getpid")
    assert capfd.readouterr().err == ""


def test_when_the_parent_is_killed_its_children_are_and_count_as_killed(tmp_path: Path) -> None:
    with ForkServer(kernel_environment(tmp_path), modules=()) as parent:
        fork = forked(parent, tmp_path, "signal:pause")
        parent.process.kill()
        assert fork.wait() == -signal.SIGKILL
        assert is_gone(fork.pid)


def test_a_parent_that_does_not_leave_is_made_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forks, "GRACE_SECONDS", 0.1)
    with ForkServer(kernel_environment(tmp_path), modules=()) as parent:
        assert forked(parent, tmp_path, "os:getpid").wait() == 0
        parent.process.send_signal(signal.SIGSTOP)
    assert parent.process.poll() == -signal.SIGKILL
    assert not parent.folder.exists()

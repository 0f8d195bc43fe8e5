"""Kernels for reports: the same environment each time, forked from a warm parent where that is safe.

Neither the kernels nor the IPython profile that the user has set up are looked at.
"""

from __future__ import annotations

import math
import os
import signal
import sys
import time
from collections.abc import Mapping
from importlib.metadata import EntryPoint
from pathlib import Path
from queue import Empty
from typing import Any, Final

import zmq
import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Unicode

from redegov_analysis.reports.running.forks import Fork, kernel_environment

PROVISIONER: Final = "redegov-fork"

_RECONNECT_MS: Final = 5
_ANSWER_SECONDS: Final = 1.0
_ECHO_SECONDS: Final = 0.2


def kernel_manager(folder: Path, home: Path, *, sockets: Path, forks: str | None = None) -> AsyncKernelManager:
    """Return a manager for one kernel.

    Parameters
    ----------
    folder
        The kernel's working directory; its profile and its log are written there.
    home
        Root of the project.
    sockets
        A folder of this kernel alone, with a short path, for its connection file and sockets.
    forks
        Address of the fork server; without one the kernel is an ordinary process.
    """
    provisioner = {"provisioner_name": "local-provisioner", "config": {}}
    if forks:
        KernelProvisionerFactory.instance().provisioners[PROVISIONER] = EntryPoint(
            PROVISIONER, f"{__name__}:{ForkProvisioner.__name__}", KernelProvisionerFactory.GROUP_NAME
        )
        provisioner = {
            "provisioner_name": PROVISIONER,
            "config": {"address": forks, "log_file": str(folder / "kernel.log")},
        }
    environment = kernel_environment(home) | {"IPYTHONDIR": str(folder / ".ipython")}
    manager = ReportKernelManager(
        kernel_name="python3",
        # Sockets in a folder instead of ports: no other user can connect, and two kernels cannot grab the same port.
        transport="ipc",
        client_factory=ReportKernelClient,
        connection_file=str(sockets / "kernel.json"),
    )
    manager.spec = KernelSpec(
        argv=[
            sys.executable,
            "-m",
            "ipykernel_launcher",
            "-f",
            "{connection_file}",
            "--HistoryManager.enabled=False",
        ],
        env=environment,
        display_name="redegov",
        language="python",
        metadata={"kernel_provisioner": provisioner},
    )
    return manager


class ReportKernelManager(AsyncKernelManager):
    """A manager whose kernel does not depend on the kernels that the user has installed."""

    spec: KernelSpec

    @property
    def kernel_spec(self) -> KernelSpec:
        """The kernel that reports use."""
        return self.spec


class ReportKernelClient(AsyncKernelClient):
    """A client that begins as soon as the kernel is there; others wait until it was silent for a fifth of a second.

    A notebook of a state takes not much longer than that, and nothing is computed meanwhile.
    """

    def _context_default(self) -> zmq.asyncio.Context:
        self._created_context = True
        context = zmq.asyncio.Context()
        # The kernel opens its sockets a moment after it was forked; the next try is not to be a tenth of a second away.
        context.setsockopt(zmq.RECONNECT_IVL, _RECONNECT_MS)
        return context

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers, and until what it says to all is heard here too.

        Raises
        ------
        RuntimeError
            If it dies before, or does not answer in time.
        """
        end = time.monotonic() + (math.inf if timeout is None else timeout)
        while not await self._has_answered(self.kernel_info()):
            if not await self._async_is_alive():
                raise RuntimeError("The kernel died before it answered.")
            if time.monotonic() > end:
                raise RuntimeError(f"The kernel did not answer within {timeout:g} seconds.")

    async def _has_answered(self, question: str) -> bool:
        try:
            reply = None
            while reply is None or reply["parent_header"].get("msg_id") != question:
                reply = await self.get_shell_msg(timeout=_ANSWER_SECONDS)
            heard = None
            while heard is None or heard["parent_header"].get("msg_id") != question or not _is_idle(heard):
                heard = await self.get_iopub_msg(timeout=_ECHO_SECONDS)
        except Empty:
            return False  # it is not there yet, or was not heard yet when it said that it is idle: ask again
        self._handle_kernel_info_reply(reply)
        return True


def _is_idle(message: Mapping[str, Any]) -> bool:
    return bool(message["msg_type"] == "status" and message["content"]["execution_state"] == "idle")


class ForkProvisioner(LocalProvisioner):
    """Starts a kernel by forking the warm parent instead of starting Python anew."""

    address = Unicode()
    log_file = Unicode()
    fork: Fork | None = None

    @property
    def has_process(self) -> bool:
        """Whether a kernel was started and not yet waited for."""
        return self.fork is not None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork the kernel and return how to connect to it."""
        launcher = cmd.index("ipykernel_launcher")
        self.fork = Fork(
            self.address,
            f"{__name__}:serve_kernel",
            cmd[launcher + 1 :],
            environment=kwargs["env"],
            folder=Path(kwargs.get("cwd") or Path.cwd()),
            log=Path(self.log_file),
        )
        self.pid = self.pgid = self.fork.pid
        return self.connection_info

    async def poll(self) -> int | None:
        """Return the exit code, or nothing while the kernel runs."""
        return self.fork.poll() if self.fork else 0

    async def wait(self) -> int | None:
        """Wait for the kernel to end and return its exit code."""
        code = self.fork.wait() if self.fork else 0
        self.fork = None
        return code

    async def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel and all that it started."""
        if self.fork:
            self.fork.send_signal(signum)

    async def kill(self, restart: bool = False) -> None:
        """Kill the kernel and all that it started, and see it go: the manager would look again only a while later."""
        del restart
        await self.send_signal(signal.SIGKILL)
        if self.fork:
            self.fork.wait()

    async def terminate(self, restart: bool = False) -> None:
        """Ask the kernel to end."""
        del restart
        await self.send_signal(signal.SIGTERM)


def serve_kernel(*arguments: str) -> None:
    """Run a kernel in this process until it is told to end."""
    from ipykernel.kernelapp import IPKernelApp

    os.environ["JPY_PARENT_PID"] = str(os.getppid())  # a kernel that is no one's child does not stay
    IPKernelApp.launch_instance(argv=list(arguments))

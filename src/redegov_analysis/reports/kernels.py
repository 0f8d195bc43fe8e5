"""Kernels for reports: the same environment each time, forked from a warm parent where that is safe.

Neither the kernels nor the IPython profile that the user has set up are looked at.
"""

from __future__ import annotations

import os
import signal
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, Final

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Unicode

from redegov_analysis.reports.forks import Fork, kernel_environment

PROVISIONER: Final = "redegov-fork"


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
        """Kill the kernel and all that it started."""
        del restart
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        """Ask the kernel to end."""
        del restart
        await self.send_signal(signal.SIGTERM)


def serve_kernel(*arguments: str) -> None:
    """Run a kernel in this process until it is told to end."""
    from ipykernel.kernelapp import IPKernelApp

    os.environ["JPY_PARENT_PID"] = str(os.getppid())  # a kernel that is no one's child does not stay
    IPKernelApp.launch_instance(argv=list(arguments))

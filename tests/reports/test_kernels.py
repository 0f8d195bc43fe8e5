"""Kernels that die, hang or are asked to end, seen from the driver that waits for them."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from jupyter_client.manager import AsyncKernelManager

from redegov_analysis.project import Project
from redegov_analysis.reports.running import forks
from redegov_analysis.reports.running.forks import ForkServer
from redegov_analysis.reports.running.kernels import ForkProvisioner, kernel_manager

pytestmark = pytest.mark.skipif(not forks.AVAILABLE, reason="kernels are forked on Linux only")

Do = Callable[[AsyncKernelManager, ForkProvisioner], Awaitable[None]]


@pytest.fixture
def with_kernel(server: ForkServer, project: Project, tmp_path: Path) -> Callable[[Do], None]:
    """Start a kernel, do something with it, and end it."""

    async def start_and(do: Do) -> None:
        manager = kernel_manager(tmp_path, project.root, sockets=tmp_path, forks=server.address)
        await manager.start_kernel(cwd=str(tmp_path))
        assert isinstance(manager.provisioner, ForkProvisioner)
        try:
            await do(manager, manager.provisioner)
        finally:
            await manager.shutdown_kernel(now=True)

    return lambda do: asyncio.run(start_and(do))


async def wait(manager: AsyncKernelManager, timeout: float | None) -> None:
    client = manager.client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=timeout)
    finally:
        client.stop_channels()


def test_a_kernel_that_died_before_it_answered_is_not_waited_for(with_kernel: Callable[[Do], None]) -> None:
    async def do(manager: AsyncKernelManager, provisioner: ForkProvisioner) -> None:
        await provisioner.kill()
        with pytest.raises(RuntimeError, match="died before it answered"):
            await wait(manager, None)

    with_kernel(do)


def test_a_kernel_that_hangs_is_waited_for_only_so_long(with_kernel: Callable[[Do], None]) -> None:
    async def do(manager: AsyncKernelManager, provisioner: ForkProvisioner) -> None:
        await provisioner.send_signal(signal.SIGSTOP)
        with pytest.raises(RuntimeError, match=r"did not answer within 0\.1 seconds"):
            await wait(manager, 0.1)

    with_kernel(do)


def test_a_kernel_that_is_asked_to_end_ends_and_is_then_no_one_to_signal(with_kernel: Callable[[Do], None]) -> None:
    async def do(manager: AsyncKernelManager, provisioner: ForkProvisioner) -> None:
        await wait(manager, 60)
        await provisioner.terminate()
        await provisioner.wait()
        assert not provisioner.has_process
        await provisioner.kill()
        assert await provisioner.poll() == 0
        assert await provisioner.wait() == 0

    with_kernel(do)

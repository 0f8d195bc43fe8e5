"""One download at a time: two at once would write into each other's files and tables."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redegov_analysis.errors import PublishError
from redegov_analysis.project import Project

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has another way
    fcntl = None  # type: ignore[assignment]


@contextmanager
def alone(project: Project) -> Iterator[Path]:
    """Hold the lock of a project's downloads and raw tables for as long as the block runs.

    The lock is the kernel's own (flock) and goes with the process, however that ends: a crash leaves nothing to clear.
    Where a system has no such locks, nothing is held.

    Parameters
    ----------
    project
        The project whose `data/raw/official` is written to.

    Yields
    ------
    Path
        The lock's file; it says which process holds it and stays when that ends.

    Raises
    ------
    PublishError
        If another process holds the lock.
    """
    path = project.raw / "official" / ".lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        if fcntl is not None:  # pragma: no branch - Windows has none
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                file.seek(0)
                holder = file.read(100).strip() or "unknown"
                raise PublishError(
                    "Another `redegov data fetch` is at work on {parent} (process {holder}). Nothing was "
                    "fetched: wait until it ends, or end it.",
                    parent=path.parent,
                    holder=holder,
                ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield path

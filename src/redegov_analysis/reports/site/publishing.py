"""A site put into place in one step: all of it or nothing, one run at a time.

A run writes into `.incoming-<run-id>`. When everything is there and on disk, the folder gets its name and the link
`latest` is replaced; both are single renames, so a reader sees the old site or the new one. A run that is killed leaves
only its `.incoming` folder, which the next run removes.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from redegov_analysis.errors import PublishError

LATEST: Final = "latest"
FAILED: Final = "failed"
OUTDATED: Final = "-outdated-"
"""Stands in the name of a copy of a run whose pages say that they are out of date (see `outdated`)."""

_INCOMING: Final = ".incoming-"
_SYNCED_TOGETHER: Final = 8


@contextmanager
def publishing(reports: Path) -> Iterator[None]:
    """Hold the folder of reports for one run, and tell in plain words what the disk refused.

    The lock is the kernel's own (flock): it goes with the process that held it, however that ends.

    Parameters
    ----------
    reports
        The folder that holds the runs; created if need be.

    Raises
    ------
    PublishError
        If another run holds the folder, or something cannot be written.
    """
    try:
        reports.mkdir(parents=True, exist_ok=True)
        with (reports / ".lock").open("a+", encoding="utf-8") as lock:
            _hold(lock.fileno(), lock.name, reports)
            lock.truncate(0)
            lock.write(f"{os.getpid()}\n")
            lock.flush()
            yield
    except OSError as error:
        raise PublishError(
            "{error}. The published site stays as it was",
            where="{file}",
            remedy="Check free space and permissions of {folder}, or give another folder with --output.",
            file=error.filename or reports,
            error=error.strerror or error,
            folder=reports,
        ) from error


def new_run_id(reports: Path, fingerprint: str) -> str:
    """Return a name for a run that sorts by time and that no other run has."""
    stem = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{fingerprint[:8]}"
    run_id, number = stem, 2
    while (reports / run_id).exists() or (reports / FAILED / run_id).exists():
        run_id, number = f"{stem}-{number}", number + 1
    return run_id


def new_incoming(reports: Path, run_id: str) -> Path:
    """Return an empty folder for a run, after removing what killed runs have left."""
    for leftover in reports.glob(f"{_INCOMING}*"):
        shutil.rmtree(leftover)
    incoming = reports / f"{_INCOMING}{run_id}"
    incoming.mkdir()
    return incoming


def publish(site: Path, reports: Path, run_id: str) -> Path:
    """Move a finished site to its place, point `latest` at it, and return its folder."""
    _sync_tree(site)
    place = reports / run_id
    site.rename(place)
    _sync(reports)
    link = reports / f".{LATEST}-{run_id}"
    link.symlink_to(run_id, target_is_directory=True)
    link.replace(reports / LATEST)
    _sync(reports)
    return place


def keep_failed(incoming: Path, reports: Path, run_id: str) -> Path:
    """Keep what a failed run leaves behind, for whoever looks into it, and return its folder."""
    place = reports / FAILED / run_id
    place.parent.mkdir(exist_ok=True)
    incoming.rename(place)
    return place


def share(source: Path, target: Path) -> None:
    """Let a site that is being made hold a file of another run: the same by hard link, or a copy where none is allowed.

    Thousands of pages that did not change then take no room a second time. The file stays as long as one run has it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:  # another file system, one without links, or as many links as it allows
        shutil.copyfile(source, target)


def prune(reports: Path, keep: int) -> None:
    """Remove all but the newest runs, and all but as many failed ones; what `latest` points to always stays.

    Copies that say that they are out of date go as soon as `latest` has left them.
    """
    latest = (reports / LATEST).resolve()
    for copy in reports.glob(f"*{OUTDATED}*"):
        if copy.is_dir() and copy.resolve() != latest:
            shutil.rmtree(copy)
    for folder, pattern in ((reports, "*/manifest.json"), (reports / FAILED, "*/*")):
        runs = sorted({path.parent for path in folder.glob(pattern)} - {reports / LATEST}, reverse=True)
        for run in runs[keep:]:
            if run.resolve() != latest:
                shutil.rmtree(run)


def _hold(descriptor: int, name: str, reports: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = Path(name).read_text(encoding="utf-8").strip() or "unknown"
        raise PublishError(
            "Another run (process {holder}) is writing into {folder}",
            remedy="Wait for it to end, or give --output.",
            holder=holder,
            folder=reports,
        ) from None


def _sync_tree(folder: Path) -> None:
    paths = [Path(parent, name) for parent, _, names in os.walk(folder) for name in [*names, ""]]
    # Files that are asked for together go to the disk together: one after the other, most of the time is waiting.
    with ThreadPoolExecutor(_SYNCED_TOGETHER) as pool:
        for _ in pool.map(_sync, paths):
            pass


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""The machine around a run, as `redegov doctor` looks at it: packages, disk, schedule, age of the last good run."""

from __future__ import annotations

import fcntl
import importlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from redegov_analysis.errors import PublishError
from redegov_analysis.language import Phrase, Several
from redegov_analysis.project import Project

LEAST_FREE_BYTES: Final = 500_000_000
RUNS_THAT_FIT: Final = 3
OLD: Final = timedelta(days=8)

_COMMAND: Final = re.compile(r"redegov[\w-]*\s+run\b|redegov-nightly|make\s+report\b")
_PINNED: Final = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.M)


class Notice(Phrase):
    """What a probe found that is no fault, and that a person should know all the same."""


def unlike_the_lock(lock: Path) -> Phrase | None:
    """Return which installed packages have another version than the lock names; None where all agree.

    Parameters
    ----------
    lock
        Path of `requirements.lock`.
    """
    try:
        lines = _PINNED.findall(lock.read_text(encoding="utf-8"))
    except OSError:
        return Phrase("there is no {name}", {"name": lock.name})
    pinned: dict[str, list[str]] = {}  # a name may stand there once for each range of Python versions
    for name, wanted in lines:
        pinned.setdefault(name, []).append(wanted)
    other: list[Phrase] = []
    for name, versions in pinned.items():
        try:
            found = version(name)
        except PackageNotFoundError:  # of an extra that is not installed, or for another platform
            continue
        if found not in versions:
            there = {"name": name, "found": found, "versions": " / ".join(versions)}
            other.append(Phrase("{name} {found} instead of {versions}", there))
    if not other:
        return None
    more = Phrase(" and {count} more", {"count": len(other) - 5}) if len(other) > 5 else ""
    return Phrase("{packages}{more}", {"packages": Several(other[:5], ", "), "more": more})


def unimportable(modules: Iterable[str]) -> list[Phrase]:
    """Return which modules cannot be imported, each with why; none where all is well.

    That a package is listed as installed says nothing: a file of it may be missing, or not fit another package.

    Parameters
    ----------
    modules
        Names of modules.

    Returns
    -------
    list
        A phrase for each module that fails.
    """
    broken = []
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception as error:  # whatever a broken package raises while it is imported
            broken.append(Phrase("{name} ({why})", {"name": name, "why": f"{type(error).__name__}: {error}"}))
    return broken


def disk(project: Project, reports: Path) -> Phrase:
    """Return how much room there is, after writing, syncing, renaming and linking in each folder that a run writes to.

    Raises
    ------
    PublishError
        If one of the folders refuses or is a file, or there is too little room.
    """
    held = _holder(reports)
    for folder in (reports, project.processed):
        place = _standing(folder)
        try:
            _move_a_folder_into_place(place)
        except OSError as error:
            raise PublishError(
                "{place} refuses what a run does there ({why})",
                remedy="Give write access, free the disk, or give another folder to redegov run with --output.",
                place=place,
                why=error.strerror or error,
            ) from error
    free = shutil.disk_usage(_standing(reports)).free
    latest = reports / "latest"
    size = sum(path.stat().st_size for path in latest.rglob("*") if path.is_file()) if latest.exists() else 0
    needed = max(LEAST_FREE_BYTES, RUNS_THAT_FIT * size)
    if free < needed:
        raise PublishError(
            "{free:.1f} GB free at {reports}",
            expected="{needed:.1f} GB or more",
            remedy="Free the disk, or keep fewer runs with redegov run --keep.",
            free=free / 1e9,
            reports=reports,
            needed=needed / 1e9,
        )
    room = {"reports": reports, "free": free / 1e9}
    told = Phrase("{reports} can be written to, renamed and linked in; {free:.1f} GB free", room)
    if held:
        return Phrase("{told}; process {holder} is making a run at this moment", {"told": told, "holder": held})
    return told


def schedule(project: Project) -> Phrase:
    """Return what runs the reports by itself on this machine or in this repository: cron, systemd, GitHub Actions."""
    found = [*_cron(), *_timers(), *_workflows(project)]
    if not found:
        return Notice("none found for this user and machine; recipes are in schedules/")
    return Phrase("{found}", {"found": Several(found)})


def last_good_run(reports: Path, *, now: datetime | None = None) -> Phrase:
    """Return when the site was last made, how old it is, and why it is out of date if it says so.

    Parameters
    ----------
    reports
        The folder of the runs.
    now
        The present moment; the clock's unless given.
    """
    from redegov_analysis.reports.site.manifest import read_manifest

    content = read_manifest((reports / "latest").resolve())
    if content is None:
        return Notice("none yet; make one with redegov run")
    ended = datetime.fromisoformat(content["ended"])
    age = (now or datetime.now(UTC)) - ended
    days = age / timedelta(days=1)
    when = {"day": ended, "days": round(days), "hours": round(days * 24)}
    told = (
        Phrase("{day:%Y-%m-%d %H:%M} UTC, {days} {days:day|days} ago", when)
        if days >= 2
        else Phrase("{day:%Y-%m-%d %H:%M} UTC, {hours} {hours:hour|hours} ago", when)
    )
    outdated = content.get("outdated")
    if outdated:
        why = " ".join(str(outdated["reason"]["message"]).split())[:200]
        return Notice(
            "{told}; a run failed at {since} and the site says so: {why}",
            {"told": told, "since": outdated["since"], "why": why},
        )
    if age < timedelta(0):
        return Notice("{day:%Y-%m-%d %H:%M} UTC, in the future: is this machine's clock right?", when)
    return Notice("{told}: is the schedule still alive?", {"told": told}) if age > OLD else told


def _standing(folder: Path) -> Path:
    """Return the folder, or the one above it in which it will be made."""
    place = next(one for one in (folder, *folder.parents) if os.path.lexists(one))
    if not place.is_dir():
        raise PublishError(
            "{place} is no folder",
            expected="a folder, or nothing",
            remedy="Move it away, or give another folder to redegov run with --output.",
            place=place,
        )
    return place


def _move_a_folder_into_place(place: Path) -> None:
    with tempfile.TemporaryDirectory(prefix=".doctor-", dir=place) as name:
        incoming = Path(name, "incoming")
        incoming.mkdir()
        with (incoming / "page").open("wb") as file:
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
        incoming.rename(Path(name, "run"))
        link = Path(name, "link")
        link.symlink_to("run", target_is_directory=True)
        link.replace(Path(name, "latest"))


def _holder(reports: Path) -> str:
    """Return the process that holds the folder of reports, or nothing."""
    try:
        with (reports / ".lock").open(encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return lock.read().strip() or "unknown"
    except OSError:
        pass
    return ""


def _cron() -> Iterator[Phrase]:
    tables = {str(path): _text(path) for path in (Path("/etc/crontab"), *Path("/etc").glob("cron.d/*"))}
    tables["crontab -l"] = _said("crontab", "-l")
    for source, text in tables.items():
        for line in text.splitlines():
            if _COMMAND.search(line) and not line.lstrip().startswith("#"):
                yield Phrase("cron ({source}): {line}", {"source": source, "line": line.strip()})


def _timers() -> Iterator[Phrase]:
    for scope in ("--system", "--user"):
        listed = _said("systemctl", scope, "list-unit-files", "redegov*.timer", "--no-legend", "--plain")
        for line in listed.splitlines():
            unit, state = [*line.split(), "", ""][:2]
            last = _said("systemctl", scope, "show", unit, "--property=LastTriggerUSec", "--value").strip()
            timer = {"scope": scope[2:], "unit": unit, "state": state, "last": last or Phrase("never")}
            yield Phrase("systemd ({scope}): {unit} {state}, last begun {last}", timer)


def _workflows(project: Project) -> Iterator[Phrase]:
    for path in sorted((project.root / ".github" / "workflows").glob("*.y*ml")):
        text = _text(path)
        if _COMMAND.search(text) and re.search(r"^\s*schedule:", text, re.M):
            yield Phrase("GitHub Actions: {name}", {"name": path.name})


def _said(*command: str) -> str:
    """Return what a command prints; nothing where it is missing, fails or hangs."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""

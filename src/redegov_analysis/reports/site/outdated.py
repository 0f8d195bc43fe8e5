"""When a run fails, the last good site says on each of its pages since when it is out of date, and why.

The pages are not touched where they stand: a copy is made beside them, its pages with the notice and everything else
the same files by hard link, with a manifest that agrees; then `latest` moves to the copy in one step. The good run
stays as it was. The next good run takes the notice off again.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from redegov_analysis.data.writing import write_anew
from redegov_analysis.errors import (
    DataError,
    KernelError,
    NotebookError,
    PartialFailureError,
    PublishError,
    RedegovError,
)
from redegov_analysis.language import Language
from redegov_analysis.reports.jobs import Outcome
from redegov_analysis.reports.pages.frame import template
from redegov_analysis.reports.site.manifest import MANIFEST, listed, read_manifest, write_manifest
from redegov_analysis.reports.site.provenance import PROVENANCE
from redegov_analysis.reports.site.publishing import LATEST, OUTDATED, new_incoming, publish, publishing, share
from redegov_analysis.reports.text import Text

FAILURES: Final = (DataError, NotebookError, KernelError, PartialFailureError)
"""What makes the last good site out of date. A mistake in an option or a full disk says nothing about its numbers."""

ANCHOR: Final = "<!-- notice -->"
"""Where a page takes the notice; `page.html.j2` has it once."""

_END: Final = "<!-- end of notice -->"
_NOTICE: Final = re.compile(re.escape(ANCHOR) + ".*?" + re.escape(_END), re.S)
_SHOWN: Final = 1200


@dataclass(frozen=True)
class Reason:
    """Why a run failed.

    Attributes
    ----------
    kind
        `data`, `cell`, `kernel` or `timeout`.
    message
        What the error said, with paths inside the project.
    notebook, cell, error
        The first notebook that failed, the number of its cell and the class of the error, where a notebook failed.
    failed
        How many notebooks failed.
    """

    kind: str
    message: str
    notebook: str = ""
    cell: int | None = None
    error: str = ""
    failed: int = 0


@dataclass
class Told:
    """What a run learns while it is under way, for the notice if it fails.

    Attributes
    ----------
    outcomes
        What became of each job.
    """

    outcomes: Sequence[Outcome] = field(default=())


@contextmanager
def telling(reports: Path, home: Path) -> Iterator[Told]:
    """Mark the last good site as out of date if the run inside fails; the folder of reports must be held.

    Parameters
    ----------
    reports
        The folder that holds the runs.
    home
        Root of the project; its path is left out of what is told.

    Raises
    ------
    DataError, NotebookError, KernelError, PartialFailureError
        As they come from inside; the message also says so if the notice could not be put into place.
    """
    told = Told()
    try:
        yield told
    except FAILURES as error:
        try:
            mark_outdated(reports, _reason(error, told.outcomes, home, _language(reports)))
        except OSError as refused:
            error.follow(
                "The published site could not be marked as out of date ({why}); it stays as it was.",
                why=refused.strerror or refused,
            )
        raise


@contextmanager
def telling_of_data(reports: Path, home: Path) -> Iterator[None]:
    """Mark the last good site as out of date if the data fail inside, before any notebook is begun.

    Another run that holds the folder will tell of the same data itself.
    """
    try:
        yield
    except DataError as error:
        if (reports / LATEST).exists():
            with suppress(PublishError), publishing(reports):
                mark_outdated(reports, _reason(error, (), home, _language(reports)))
        raise


def mark_outdated(reports: Path, reason: Reason) -> Path | None:
    """Put a copy of the last good site into place whose pages say since when it is out of date, and why.

    Parameters
    ----------
    reports
        The folder that holds the runs, held by this process.
    reason
        Why the run failed.

    Returns
    -------
    Path or None
        The copy; nothing where there is no site, or it says so already.

    Raises
    ------
    OSError
        If the disk refuses. `latest` is then as it was.
    """
    latest = (reports / LATEST).resolve()
    content = read_manifest(latest)
    if content is None:
        return None
    before = content.get("outdated")
    if before and before["reason"] == asdict(reason):
        return None
    now = datetime.now(UTC)
    since = before["since"] if before else now.isoformat(timespec="seconds")
    notice = _notice(Text(content["language"]), since, content["ended"], reason)
    run_id = f"{content['run_id']}{OUTDATED}{now:%Y%m%dT%H%M%S.%fZ}"
    incoming = new_incoming(reports, run_id)
    try:
        copy = incoming / "site"
        changed = _copied(latest, copy, content["outputs"], notice)
        marked = {**content, "outdated": {"since": since, "reason": asdict(reason)}}
        marked["outputs"] = {**content["outputs"], **listed(copy, (copy / name for name in changed))}
        write_manifest(marked, copy)
        place = publish(copy, reports, run_id)
    finally:
        shutil.rmtree(incoming, ignore_errors=True)
    if before:
        shutil.rmtree(latest)
    return place


def without_notice(page: str) -> str:
    """Return a page as it was before it was marked."""
    return _NOTICE.sub(ANCHOR, page)


def _copied(site: Path, copy: Path, outputs: Mapping[str, Any], notice: str) -> list[str]:
    """Copy a site by hard links, its pages with the notice, and return the names of these."""
    changed = []
    for path in sorted(site.rglob("*")):
        name = path.relative_to(site).as_posix()
        target = copy / name
        if path.is_dir() or name in {MANIFEST, PROVENANCE}:
            continue
        if path.suffix == ".html" and name in outputs:
            page = path.read_bytes().decode("utf-8")
            if ANCHOR in page:
                write_anew(target, without_notice(page).replace(ANCHOR, notice, 1))
                changed.append(name)
                continue
        share(path, target)
    return changed


def _notice(t: Text, since: str, made: str, reason: Reason) -> str:
    shown = reason.message if len(reason.message) <= _SHOWN else reason.message[:_SHOWN] + " …"
    html = template("outdated.html.j2").render(t=t, since=since, made=made, reason=reason, message=shown)
    return f"{ANCHOR}\n{html.strip()}\n{_END}"


def _language(reports: Path) -> Language:
    """Return the language of the site that is out of date, in which it says why."""
    content = read_manifest(reports / LATEST) or {}
    return "en" if content.get("options", {}).get("language") == "en" else "pt-BR"


def _reason(error: RedegovError, outcomes: Sequence[Outcome], home: Path, language: Language) -> Reason:
    failures = [(outcome.job, outcome.failure) for outcome in outcomes if outcome.failure]
    if not failures:
        return Reason("data", _inside(error.told(language), home))
    job, failure = failures[0]
    return Reason(
        kind=failure.kind,
        message=_inside(failure.words.told(language), home),
        notebook=job.name,
        cell=failure.cell,
        error=failure.error,
        failed=len(failures),
    )


def _inside(message: str, home: Path) -> str:
    """Return a message that does not tell the public where the project lies on this machine."""
    return message.replace(f"{home}{os.sep}", "").replace(str(home), ".")

"""Which earlier site a new one is held against: a site of real numbers never follows one with made-up numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from redegov_analysis.evidence import Evidence
from redegov_analysis.reports.jobs import Outcome
from redegov_analysis.reports.site.manifest import MANIFEST, read_manifest


def site_before(
    outcomes: Iterable[Outcome], reports: Path, latest: Path, before: Mapping[str, Any] | None
) -> tuple[Mapping[str, Any] | None, Path]:
    """Return manifest and folder of the site that a new one goes on from.

    That is the latest, unless it holds made-up numbers and the new one does not: then the newest run without any, so
    that nothing of the made-up ones is compared, counted or listed; no manifest where there is no such run.

    Parameters
    ----------
    outcomes
        What the new site is made of.
    reports
        The folder that holds the runs.
    latest, before
        Folder and manifest of the latest site.
    """
    if before is None or not is_simulated(before) or any(map(_made_up, outcomes)):
        return before, latest
    for path in sorted(reports.glob(f"*/{MANIFEST}"), reverse=True):
        content = read_manifest(path.parent)
        if content is not None and not is_simulated(content):
            return content, path.parent.resolve()
    return None, latest


def is_simulated(content: Mapping[str, Any]) -> bool:
    """Return whether a site, by its manifest, holds made-up numbers."""
    return any(Evidence.SIMULATED in (job["page"] or {}).get("evidence", ()) for job in content["jobs"])


def _made_up(outcome: Outcome) -> bool:
    return outcome.page is not None and Evidence.SIMULATED in outcome.page.evidence

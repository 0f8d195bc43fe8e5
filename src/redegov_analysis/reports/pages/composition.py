"""The pages that no notebook makes, composed of what the notebooks state: index, downloads, news, methods, feed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from redegov_analysis.data.writing import write_anew
from redegov_analysis.evidence import Evidence
from redegov_analysis.project import Project
from redegov_analysis.reports.jobs import Imprint, Outcome
from redegov_analysis.reports.pages.changes import CHANGES, RECORD, change_records, changes_page, records_text
from redegov_analysis.reports.pages.directory import DIRECTORY, directory_page
from redegov_analysis.reports.pages.downloads import DOWNLOADS, write_downloads
from redegov_analysis.reports.pages.feed import FEED, feed
from redegov_analysis.reports.pages.front import INDEX, index_page
from redegov_analysis.reports.pages.ledger import LEDGER, ledger_text, read_ledger
from redegov_analysis.reports.pages.methods import DOCUMENTS, METHODS, methods_page
from redegov_analysis.reports.text import Text

COMPOSED: Final = (INDEX, CHANGES, DOWNLOADS, METHODS, FEED, RECORD, LEDGER)
"""Files of every site that no notebook makes."""


@dataclass(frozen=True)
class Run:
    """What the composed pages say of the run that makes them.

    Attributes
    ----------
    run_id, begun, ended
        Its name, and its times as ISO 8601 in UTC.
    before, latest
        Manifest and folder of the site that it replaces; no manifest where there is none.
    keep
        Runs to remember, this one included.
    site_url
        Where the site will stand, or nothing.
    """

    run_id: str
    begun: str
    ended: str
    before: Mapping[str, Any] | None
    latest: Path
    keep: int
    site_url: str = ""

    @property
    def earlier(self) -> list[dict[str, Any]]:
        """The runs to remember besides this one, newest first."""
        return [dict(run) for run in self.before["runs"]][: self.keep - 1] if self.before else []


def compose(outcomes: Sequence[Outcome], site: Path, project: Project, t: Text, imprint: Imprint, run: Run) -> None:
    """Write every page that no notebook makes into a site that holds its reports and their data.

    Parameters
    ----------
    outcomes
        What became of each job, in the order in which pages are listed.
    site
        The folder of the site.
    project
        Its raw tables are remembered, its documents copied.
    t
        The reader's language.
    imprint
        For the foot of the pages.
    run
        The run that makes them.
    """
    ledger = read_ledger(project)
    edition = {"language": t.language, "vintage": imprint.vintage, "version": imprint.version}
    records = change_records(
        outcomes,
        site,
        ledger,
        run_id=run.run_id,
        made_on=run.ended,
        edition=edition,
        before=run.before,
        latest=run.latest,
        keep=run.keep,
    )
    runs = [
        {"run_id": run.run_id, "ended": run.ended, "vintage": imprint.vintage, "pages": len(outcomes)},
        *run.earlier,
    ]
    simulated = any(outcome.page and Evidence.SIMULATED in outcome.page.evidence for outcome in outcomes)
    write_downloads(outcomes, site, project, t, imprint)
    write_anew(site / LEDGER, ledger_text(ledger))
    write_anew(site / RECORD, records_text(records))
    write_anew(site / CHANGES, changes_page(records, outcomes, site, t, imprint))
    write_anew(site / METHODS, methods_page(project, t, imprint, site_url=run.site_url))
    write_anew(site / INDEX, index_page(outcomes, site, t, imprint))
    directory = directory_page(outcomes, t, imprint)
    if directory:
        write_anew(site / DIRECTORY, directory)
    write_anew(site / FEED, feed(runs, records, t, site_url=run.site_url, simulated=simulated))
    for name in DOCUMENTS:
        path = project.root / "docs" / name
        if path.is_file():
            write_anew(site / "docs" / name, path.read_text(encoding="utf-8"))

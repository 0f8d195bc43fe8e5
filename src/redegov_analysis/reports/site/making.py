"""The whole site: what has changed is run, the rest reused, and the index quotes the pages."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import redegov_analysis
from redegov_analysis.data.writing import write_anew
from redegov_analysis.errors import PartialFailureError, RedegovError
from redegov_analysis.language import Phrase, Several
from redegov_analysis.project import Project
from redegov_analysis.reports import runner
from redegov_analysis.reports.cluster.client import run_on_cluster
from redegov_analysis.reports.inputs import read_inputs
from redegov_analysis.reports.jobs import EXECUTED, Imprint, Job, Outcome
from redegov_analysis.reports.pages.frame import failure_page
from redegov_analysis.reports.pages.front import INDEX
from redegov_analysis.reports.pages.methods import depended_on
from redegov_analysis.reports.running import forks
from redegov_analysis.reports.running.forks import ForkServer, kernel_environment
from redegov_analysis.reports.site.history import site_before
from redegov_analysis.reports.site.lists import prune_lists
from redegov_analysis.reports.site.manifest import (
    is_whole,
    manifest,
    read_manifest,
    reusable,
    write_manifest,
)
from redegov_analysis.reports.site.outdated import telling, without_notice
from redegov_analysis.reports.site.publishing import (
    LATEST,
    keep_failed,
    new_incoming,
    new_run_id,
    prune,
    publish,
    publishing,
    share,
)
from redegov_analysis.reports.text import Text

KEEP: Final = 12
WARM_PAGE: Final = "redegov_analysis.reports.running.warmth:warm_page"
WARM_STATES: Final = "redegov_analysis.reports.running.warmth:warm_states"


@dataclass(frozen=True)
class Site:
    """What a run gave.

    Attributes
    ----------
    index
        Path of the site's first page.
    outcomes
        What became of each job, in their order.
    published
        Whether there is a new site; not when nothing had changed.
    """

    index: Path
    outcomes: Sequence[Outcome]
    published: bool

    @property
    def reused(self) -> int:
        """How many pages were taken unchanged from the latest run."""
        return sum(outcome.status == "reused" for outcome in self.outcomes)


def make_site(
    jobs: Sequence[Job],
    *,
    project: Project,
    reports: Path,
    language: str,
    vintage: str,
    options: Mapping[str, Any],
    force: bool = False,
    keep_going: bool = False,
    keep: int = KEEP,
    site_url: str = "",
    workers: int | None = None,
    cell_timeout: float = runner.CELL_TIMEOUT,
    run_timeout: float | None = None,
    fork: bool = True,
    server: ForkServer | None = None,
    scheduler: str | None = None,
    prepare: Callable[[bool], None] | None = None,
    on_done: Callable[[Outcome], None] | None = None,
) -> Site:
    """Run what has changed, compose the site, and put it into place in one step.

    Parameters
    ----------
    jobs
        The pages of the site; national ones first.
    project, reports
        The project, and the folder that holds the runs.
    language, vintage
        The reader's language; the day up to which the data speak.
    options
        What was asked for, for the manifest.
    force
        Run everything, changed or not.
    keep_going
        Run the other notebooks after one has failed.
    keep
        Runs to keep.
    site_url
        Where the site will stand, ending in a slash: for the feed and the citation. Without it links are relative.
    workers, cell_timeout, run_timeout, fork, server
        As in `runner.run`.
    scheduler
        Address of a Dask scheduler whose workers run the notebooks instead, as in `cluster.run_on_cluster`.
    prepare
        Called before the first notebook runs, and not at all when everything is reused; told whether the latest site
        was made of the same raw tables, which were then found sound.
    on_done
        Called with each outcome as it comes, those that are reused first.

    Returns
    -------
    Site
        Where the index stands, what became of each job, and whether a new site was published.

    Raises
    ------
    NotebookError, KernelError
        If a notebook failed; the message says where, and where its failure page is.
    PartialFailureError
        If some failed with `keep_going`.
    PublishError
        If another run is under way, or the disk refuses.

    After a failure of the data or of a notebook, the latest site says on its pages that it is out of date.
    """
    begun = _now()
    inputs = read_inputs(project)
    keys = {job.page: inputs.key(job) for job in jobs}
    parts = [*keys.values(), language, vintage, site_url, *depended_on(project)]
    fingerprint = sha256("".join(sorted(parts)).encode()).hexdigest()
    t = Text(language)

    def imprint(job: Job) -> Imprint:
        return Imprint(vintage, redegov_analysis.__version__, keys[job.page][:16])

    with publishing(reports), telling(reports, project.root) as told:
        latest = (reports / LATEST).resolve()
        before = read_manifest(latest)
        reused = {} if force else reusable(jobs, keys, latest, before)
        for outcome in reused.values():
            if on_done:
                on_done(outcome)
        if before and len(reused) == len(jobs) and _stands(before, latest, fingerprint):
            return Site(reports / LATEST / INDEX, list(reused.values()), published=False)
        run_id = new_run_id(reports, fingerprint)
        with _incoming(reports, run_id) as incoming, contextlib.ExitStack() as stack:
            site = incoming / "site"
            site.mkdir()
            if len(reused) < len(jobs):
                if (
                    fork and forks.AVAILABLE and server is None and not scheduler
                ):  # it imports while the data are prepared
                    server = stack.enter_context(ForkServer(kernel_environment(project.root)))
                if prepare:
                    prepare(inputs.stood_in(before))
                if server:
                    server.warm(WARM_PAGE, [str(project.root), vintage, language])
            # Imports pandas: not before the parent has begun to import too, nor where there is nothing to do.
            from redegov_analysis.reports.pages.composition import Run, compose

            for outcome in reused.values():
                _take_over(outcome.files, latest, site)
            left = [job for job in jobs if job.page not in reused]
            shared: dict[str, Any] = {
                "imprint": imprint,
                "cell_timeout": cell_timeout,
                "run_timeout": run_timeout,
                "fork": fork,
                "keep_going": keep_going,
                "on_done": on_done,
            }

            def warmed(job: Job) -> None:
                # Only now: while the parent works out what states share, a national notebook has the other core.
                if server and job.state and job is next(one for one in left if one.state):
                    choice = str(job.parameters.get("membership", ""))
                    server.warm(WARM_STATES, [str(project.root), vintage, choice])

            work = incoming / "work"
            if scheduler:
                made = run_on_cluster(left, site, work, scheduler=scheduler, project=project, **shared)
            else:
                made = runner.run(
                    left, site, work, home=project.root, workers=workers, server=server, on_start=warmed, **shared
                )
            everything = reused | {outcome.job.page: outcome for outcome in made}
            outcomes = told.outcomes = [everything[job.page] for job in jobs]
            if any(outcome.status != "made" for outcome in made):
                place = _kept(outcomes, incoming, reports, run_id, t, imprint)
                prune(reports, keep)
                raise _error(outcomes, place, keep_going=keep_going)
            own = Imprint(vintage, redegov_analysis.__version__, fingerprint[:16])
            history, folder = site_before(outcomes, reports, latest, before)
            this = Run(run_id, begun, _now(), history, folder, keep, site_url)
            compose(outcomes, site, project, t, own, this)
            content = manifest(
                outcomes,
                site,
                inputs,
                run_id=run_id,
                begun=begun,
                ended=this.ended,
                options=options,
                language=language,
                vintage=vintage,
                fingerprint=fingerprint,
                earlier=this.earlier,
            )
            write_manifest(content, site)
            publish(site, reports, run_id)
        prune(reports, keep)
        prune_lists(reports, project)
    return Site(reports / LATEST / INDEX, outcomes, published=True)


@contextlib.contextmanager
def _incoming(reports: Path, run_id: str) -> Iterator[Path]:
    """Give a run its folder, and remove what is left in it however the run ends."""
    incoming = new_incoming(reports, run_id)
    try:
        yield incoming
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


def _kept(
    outcomes: Sequence[Outcome],
    incoming: Path,
    reports: Path,
    run_id: str,
    t: Text,
    imprint: Callable[[Job], Imprint],
) -> Path:
    """Keep the failed notebooks with a page each that says why, and return the folder."""
    kept = incoming / "kept"
    kept.mkdir()
    for outcome in outcomes:
        if not outcome.failure:
            continue
        name = _flat(outcome.job)
        page = failure_page(outcome.job, outcome.failure, t, imprint(outcome.job))
        (kept / f"{name}.html").write_text(page, encoding="utf-8")
        for source, target in ((EXECUTED, ".ipynb"), ("kernel.log", ".kernel.log"), ("driver.log", ".driver.log")):
            if (incoming / "work" / name / source).exists():
                (incoming / "work" / name / source).rename(kept / f"{name}{target}")
    return keep_failed(kept, reports, run_id)


def _error(outcomes: Sequence[Outcome], place: Path, *, keep_going: bool) -> RedegovError:
    """Return the error that says what failed and where to read on."""
    failures = [(outcome.job, outcome.failure) for outcome in outcomes if outcome.failure]
    errors = [failure.exception(job) for job, failure in failures]
    pages = "\n".join(f"  {place / _flat(job)}.html" for job, _ in failures)
    told = Several(errors, "\n")
    outlook = Phrase("The published site stays as it was. What happened is told in:\n{pages}", {"pages": pages})
    if keep_going and len(failures) < len(outcomes):
        return PartialFailureError(
            "{n_failures} of {n_outcomes} {n_outcomes:notebook|notebooks} failed.\n{told}\n{outlook}",
            n_failures=len(failures),
            n_outcomes=len(outcomes),
            told=told,
            outlook=outlook,
        )
    return type(errors[0])(Phrase("{told}\n{outlook}", {"told": told, "outlook": outlook}))


def _flat(job: Job) -> str:
    return job.name.replace("/", "_")


def _stands(before: Mapping[str, Any], latest: Path, fingerprint: str) -> bool:
    """Tell whether the latest site is what this run would make, whole and not marked as out of date."""
    if before["fingerprint"] != fingerprint or "outdated" in before:
        return False
    made = {name for job in before["jobs"] for name in job["files"]}
    return all(is_whole(name, latest, before) for name in before["outputs"] if name not in made)


def _take_over(names: Sequence[str], source: Path, target: Path) -> None:
    """Take over what is reused; pages that were marked as out of date become what they were."""
    for name in names:
        if name.endswith(".html"):
            page = (source / name).read_bytes().decode("utf-8")
            whole = without_notice(page)
            if whole != page:
                write_anew(target / name, whole)
                continue
        share(source / name, target / name)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

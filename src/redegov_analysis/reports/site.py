"""The whole site: what has changed is run, the rest reused, and the index quotes the pages."""

from __future__ import annotations

import contextlib
import shutil
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import redegov_analysis
from redegov_analysis.errors import PartialFailureError, RedegovError
from redegov_analysis.evidence import Evidence
from redegov_analysis.project import Project
from redegov_analysis.reports import forks, runner
from redegov_analysis.reports.directory import DIRECTORY, directory_page
from redegov_analysis.reports.forks import ForkServer, kernel_environment
from redegov_analysis.reports.jobs import EXECUTED, Imprint, Job, Outcome, Page
from redegov_analysis.reports.manifest import (
    is_whole,
    manifest,
    read_inputs,
    read_manifest,
    reusable,
    write_manifest,
)
from redegov_analysis.reports.pages import failure_page, layout, template
from redegov_analysis.reports.publishing import (
    LATEST,
    keep_failed,
    new_incoming,
    new_run_id,
    prune,
    publish,
    publishing,
)
from redegov_analysis.reports.states import STATES
from redegov_analysis.reports.text import Text

INDEX: Final = "index.html"
STATE_SIZE: Final = "state_size"
STATE_SHARE: Final = "state_share"
KEEP: Final = 12


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
    workers: int | None = None,
    cell_timeout: float = runner.CELL_TIMEOUT,
    fork: bool = True,
    server: ForkServer | None = None,
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
    workers, cell_timeout, fork, server
        As in `runner.run`.
    prepare
        Called before the first notebook runs, and not at all when everything is reused; told whether the latest site
        was made of the same raw tables, which were then found sound.
    on_done
        Called with each outcome as it comes, those that are reused first.

    Raises
    ------
    NotebookError, KernelError
        If a notebook failed; the message says where, and where its failure page is.
    PartialFailureError
        If some failed with `keep_going`.
    PublishError
        If another run is under way, or the disk refuses.
    """
    begun = _now()
    inputs = read_inputs(project)
    keys = {job.page: inputs.key(job) for job in jobs}
    fingerprint = sha256("".join(sorted([*keys.values(), language, vintage])).encode()).hexdigest()
    t = Text(language)

    def imprint(job: Job) -> Imprint:
        return Imprint(vintage, redegov_analysis.__version__, keys[job.page][:16])

    with publishing(reports):
        latest = (reports / LATEST).resolve()
        before = read_manifest(latest)
        done = {} if force else {job.page: reusable(job, keys[job.page], latest, before) for job in jobs}
        reused = {page: outcome for page, outcome in done.items() if outcome}
        for outcome in reused.values():
            if on_done:
                on_done(outcome)
        if before and len(reused) == len(jobs) == len(before["jobs"]) and is_whole(INDEX, latest, before):
            return Site(reports / LATEST / INDEX, list(reused.values()), published=False)
        run_id = new_run_id(reports, fingerprint)
        with _incoming(reports, run_id) as incoming, contextlib.ExitStack() as stack:
            site = incoming / "site"
            site.mkdir()
            if len(reused) < len(jobs):
                if fork and forks.AVAILABLE and server is None:  # it imports while the data are prepared
                    server = stack.enter_context(ForkServer(kernel_environment(project.root)))
                if prepare:
                    prepare(inputs.stood_in(before))
            for outcome in reused.values():
                _copy(outcome.files, latest, site)
            made = runner.run(
                [job for job in jobs if job.page not in reused],
                site,
                incoming / "work",
                home=project.root,
                imprint=imprint,
                workers=workers,
                cell_timeout=cell_timeout,
                fork=fork,
                server=server,
                keep_going=keep_going,
                on_done=on_done,
            )
            everything = reused | {outcome.job.page: outcome for outcome in made}
            outcomes = [everything[job.page] for job in jobs]
            if any(outcome.status != "made" for outcome in made):
                place = _kept(outcomes, incoming, reports, run_id, t, imprint)
                prune(reports, keep)
                raise _error(outcomes, place, keep_going=keep_going)
            index = index_page(outcomes, t, Imprint(vintage, redegov_analysis.__version__, fingerprint[:16]))
            (site / INDEX).write_text(index, encoding="utf-8", newline="\n")
            directory = directory_page(outcomes, t, Imprint(vintage, redegov_analysis.__version__, fingerprint[:16]))
            if directory:
                (site / DIRECTORY).write_text(directory, encoding="utf-8", newline="\n")
            content = manifest(outcomes, site, inputs, run_id=run_id, begun=begun, ended=_now(), options=options)
            write_manifest(content, site)
            publish(site, reports, run_id)
        prune(reports, keep)
    return Site(reports / LATEST / INDEX, outcomes, published=True)


def index_page(outcomes: Sequence[Outcome], t: Text, imprint: Imprint) -> str:
    """Return the site's first page, composed of what the notebooks themselves state.

    Parameters
    ----------
    outcomes
        The pages, in the order in which they are listed.
    t
        The reader's language.
    imprint
        For the foot of the page.
    """
    pages = [(outcome.job, outcome.page) for outcome in outcomes if outcome.page]
    national = [(job, page) for job, page in pages if job.national]
    kinds = {kind for _, page in pages for kind in page.evidence}
    headlines = [
        {**statement, "kind": Evidence(statement["evidence"]), "page": job.page, "title": page.title}
        for job, page in national
        for statement in page.statements
        if statement["headline"]
    ]
    tiles = _tiles({job.state: (job, page) for job, page in pages if job.state}, t)
    return template("index.html.j2").render(
        headlines=headlines,
        national=[{"href": job.page, "title": page.title, "description": page.description} for job, page in national],
        tiles=tiles,
        estimated=Evidence.ESTIMATED,
        sources=list(dict.fromkeys(headline["source"] for headline in headlines)),
        **layout(t, INDEX, imprint, [kind for kind in Evidence if kind in kinds]),
    )


def _tiles(states: Mapping[str, tuple[Job, Page]], t: Text) -> list[dict[str, Any]]:
    """Return one tile per state with the number of its municipalities, and the estimate's interval for the list.

    Tiles are not shaded by the estimate: it differs little between states and is uncertain in each, and a map of it
    would be read as a ranking.
    """
    if not states:
        return []
    tiles = []
    for uf, state in STATES.items():
        stated = {one["id"]: one for one in states[uf][1].statements} if uf in states else {}
        size, share = stated.get(STATE_SIZE), stated.get(STATE_SHARE)
        tiles.append(
            {
                "uf": uf,
                "name": state.name,
                "order": unicodedata.normalize("NFKD", state.name),
                "row": state.row,
                "column": state.column,
                "href": states[uf][0].page if uf in states else None,
                "municipalities": t.integer(size["value"]) if size else None,
                "share": share["numeral"] if share else None,
            }
        )
    return tiles


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
    told = "\n".join(str(error) for error in errors)
    outlook = f"The published site stays as it was. What happened is told in:\n{pages}"
    if keep_going and len(failures) < len(outcomes):
        return PartialFailureError(f"{len(failures)} of {len(outcomes)} notebooks failed.\n{told}\n{outlook}")
    return type(errors[0])(f"{told}\n{outlook}")


def _flat(job: Job) -> str:
    return job.name.replace("/", "_")


def _copy(names: Sequence[str], source: Path, target: Path) -> None:
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target / name)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

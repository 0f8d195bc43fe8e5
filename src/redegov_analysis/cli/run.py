"""`redegov run`: from the raw tables to the site."""

from __future__ import annotations

import csv
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from redegov_analysis.cli.explained import Explained
from redegov_analysis.cli.options import Day
from redegov_analysis.cli.spoken import said
from redegov_analysis.errors import DataError, ParameterError, PublishError
from redegov_analysis.project import Project, find_project

if TYPE_CHECKING:
    from redegov_analysis.forecast.growth import GrowthForecast


@click.command(cls=Explained)
@click.option(
    "--as-of",
    type=Day(),
    help="Use only the network's totals and members up to this day; lists of other networks, populations and the like "
    "keep their own days. [default: the newest total's]",
)
@click.option(
    "--language",
    type=click.Choice(["pt-BR", "en"]),
    default="pt-BR",
    show_default=True,
    help="Language of the reports and of what is said here.",
)
@click.option("--states", default="all", show_default=True, help="all, none, or codes such as SP,MG.")
@click.option(
    "--municipalities",
    default="none",
    show_default=True,
    help="A brief for each: all, none, or IBGE codes such as 3518701,1302603.",
)
@click.option(
    "--membership",
    "given",
    metavar="FILE|none",
    default="",
    help="A list of members for this run only, or none. [default: the lists that were imported]",
)
@click.option("--snapshot-date", type=Day(), help="The day on which that list was as it is.")
@click.option(
    "--membership-columns",
    type=click.Path(path_type=Path, dir_okay=False),
    help="YAML file: which column of that list is which, and answers.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NOTEBOOK.PARAMETER=VALUE",
    help="A parameter of one notebook, such as 03.covariates=log10_population,hdi; may be given more than once.",
)
@click.option(
    "--output", type=click.Path(path_type=Path, file_okay=False), help="Folder of the runs. [default: reports]"
)
@click.option("--workers", type=click.IntRange(min=1), help="Notebooks at a time. [default: as many as cores]")
@click.option(
    "--scheduler", metavar="tcp://HOST:PORT", help="Run the notebooks on this Dask cluster (extra `cluster`)."
)
@click.option("--force", is_flag=True, help="Run every notebook, changed or not.")
@click.option("--keep-going", is_flag=True, help="Run the other notebooks after one has failed.")
@click.option("--keep", type=click.IntRange(min=1), default=12, show_default=True, help="Runs to keep.")
@click.option(
    "--site-url", default="", help="Where the site will stand: for its feed and citation. [default: relative]"
)
@click.option("--timeout", type=click.IntRange(min=1), default=600, show_default=True, help="Seconds for one cell.")
@click.option("--run-timeout", type=click.FloatRange(min=1), help="Seconds for all notebooks together. [default: none]")
@click.option("--fork/--no-fork", default=True, help="Fork kernels from a warm process where that is safe (Linux).")
def run(
    as_of: date | None,
    language: str,
    states: str,
    municipalities: str,
    given: str,
    snapshot_date: date | None,
    membership_columns: Path | None,
    settings: tuple[str, ...],
    output: Path | None,
    workers: int | None,
    scheduler: str | None,
    force: bool,
    keep_going: bool,
    keep: int,
    site_url: str,
    timeout: int,
    run_timeout: float | None,
    fork: bool,
) -> None:
    """Check the data, run the notebooks that have changed, and publish the site."""
    from redegov_analysis.cli.progress import Progress
    from redegov_analysis.reports.jobs import plan
    from redegov_analysis.reports.municipalities import places
    from redegov_analysis.reports.pages.feed import checked_url
    from redegov_analysis.reports.settings import read_settings
    from redegov_analysis.reports.site.lists import require_known_by, run_list
    from redegov_analysis.reports.site.making import make_site
    from redegov_analysis.reports.site.outdated import telling_of_data

    if scheduler and workers:
        raise ParameterError("--workers is for this machine, --scheduler for a cluster", remedy="Give one of them.")
    begun = time.monotonic()
    project = find_project()
    reports = (output or project.reports).absolute()
    site_url = checked_url(site_url)
    listed = run_list(given, snapshot_date, membership_columns, project)
    wanted = None if states == "all" else [] if states == "none" else [uf.strip().upper() for uf in states.split(",")]
    with telling_of_data(reports, project.root):
        last = _day_of_report(project, as_of)
        if as_of is None and listed.snapshot_date is not None:
            last = max(last, listed.snapshot_date)
        require_known_by(listed, last, project)
        day = last.isoformat()
        jobs = plan(
            project.notebooks,
            language=language,
            as_of=day,
            states=wanted,
            membership=listed.choice,
            municipalities=places(municipalities, last, project),
            settings=read_settings(settings),
        )
    with Progress(len(jobs)) as progress, ThreadPoolExecutor(1) as aside:
        told: list[Future[GrowthForecast]] = []

        def prepare(known: bool) -> None:
            if not known:
                with progress.step(said("Checking data/raw")):
                    _check(project)
            with progress.step(said("Building data/processed")):
                _build(project)
            told.append(
                aside.submit(published_forecast, project, day, listed.choice)
            )  # while notebooks start; it is kept at the end
            if any(job.municipality for job in jobs):
                with progress.step(said("Fitting what the briefs share")):
                    _fit_briefs(project, day, listed.choice)

        site = make_site(
            jobs,
            project=project,
            reports=reports,
            language=language,
            vintage=day,
            options={
                "as_of": day,
                "language": language,
                "states": states,
                "municipalities": municipalities,
                "membership": listed.record,
                "set": list(settings),
            },
            force=force,
            keep_going=keep_going,
            keep=keep,
            site_url=site_url,
            workers=workers,
            scheduler=scheduler,
            cell_timeout=timeout,
            run_timeout=run_timeout,
            fork=fork,
            prepare=prepare,
            on_done=progress.done,
        )
    if site.published:
        forecast = told[0].result() if told else published_forecast(project, day, listed.choice)
        keep_published_forecast(site.index.parent, forecast)
    seconds = time.monotonic() - begun
    click.echo(
        said(
            "Reused {reused} of {n_jobs} {n_jobs:page|pages}, made {made}, in {seconds:.1f} s.",
            reused=site.reused,
            n_jobs=len(jobs),
            made=len(jobs) - site.reused,
            seconds=seconds,
        )
    )
    if not site.published:
        click.echo(said("Nothing has changed since the latest run (--force runs everything)."))
    click.echo(str(site.index))


def newest_total(project: Project) -> date:
    """Return the day of the newest published total in the raw table."""
    return max(day for day, _ in _published(project))


def _day_of_report(project: Project, as_of: date | None) -> date:
    """Return the day up to which totals are used: the newest total's unless another is asked for."""
    if as_of is None:
        return newest_total(project)
    earliest = sorted(day for day, with_people in _published(project) if with_people)[1]
    if as_of < earliest:
        raise ParameterError(
            "{day} is before two totals were published with a population, which the reports need",
            where="--as-of",
            expected="{earliest} or later",
            day=as_of,
            earliest=earliest,
        )
    return as_of


def _published(project: Project) -> list[tuple[date, bool]]:
    """Return the day of each published total, and whether it was published with a population."""
    path = project.raw / "milestones.csv"
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = [
                (date.fromisoformat(row["date"]), bool(row["population_millions"])) for row in csv.DictReader(stream)
            ]
            if sum(with_people for _, with_people in rows) < 2:
                raise DataError("fewer than two totals with a population")
            return rows
    except (OSError, KeyError, ValueError, DataError) as error:
        raise DataError(
            "no days can be read ({error})",
            where="{file}",
            remedy="Look for the fault with: redegov data check",
            file=path,
            error=error,
        ) from error


def published_forecast(project: Project, as_of: str, membership: str) -> GrowthForecast:
    """Return the forecast that the reports of a day publish, with the choice of a list that they were given."""
    from redegov_analysis.cleaning.build import processed
    from redegov_analysis.cleaning.membership.standing import membership_in_force
    from redegov_analysis.forecast.outlook import outlook, with_count_of
    from redegov_analysis.forecast.pace import known_by

    listed = membership_in_force(membership, project)
    known = known_by(processed("milestones", project), as_of)
    return outlook(with_count_of(listed and listed.known_by(as_of), known))


def keep_published_forecast(site: Path, forecast: GrowthForecast) -> None:
    """Keep the forecast of the site just published in the archive beside it, to be scored when new totals come.

    Parameters
    ----------
    site
        The folder of the site.
    forecast
        From `published_forecast`.
    """
    import redegov_analysis
    from redegov_analysis.forecast.archive import FOLDER, forecast_rows, keep_forecast
    from redegov_analysis.reports.site.manifest import read_manifest

    made = read_manifest(site)
    archive = site.parent / FOLDER
    try:
        if made is None:
            raise PublishError("there is no manifest in {site}", site=site)
        rows = forecast_rows(
            forecast,
            run_id=made["run_id"],
            made_on=made["ended"],
            model=redegov_analysis.__version__,
        )
        keep_forecast(rows, archive)
    except (OSError, PublishError) as error:
        raise PublishError(
            "The site is published, but its forecast could not be kept in {folder}: {error}",
            remedy="Free the disk or give write access, and run again with --force.",
            folder=archive,
            error=error,
        ) from error


def _check(project: Project) -> None:
    from redegov_analysis.data.checks import require_sound, run_checks

    require_sound(run_checks(project))


def _build(project: Project) -> None:
    from redegov_analysis.cleaning.build import build

    build(project)


def _fit_briefs(project: Project, day: str, membership: str) -> None:
    from redegov_analysis.reports.content.brief_basis import brief_basis

    brief_basis(day, membership, project)

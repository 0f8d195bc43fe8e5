"""`redegov doctor`: whether all is there that a run needs, whether runs come, and whether the site is whole."""

from __future__ import annotations

import codecs
import locale
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from redegov_analysis.cli.explained import Explained
from redegov_analysis.cli.machine import Notice, disk, last_good_run, schedule, unimportable, unlike_the_lock
from redegov_analysis.cli.spoken import spoken_language
from redegov_analysis.errors import KernelError, PartialFailureError, PublishError, RedegovError
from redegov_analysis.language import Phrase, Several
from redegov_analysis.project import Project, find_project

LATEST = "latest"

Probe = Callable[[Project, Path], Phrase]


@click.command(cls=Explained)
@click.option("--site", type=click.Path(path_type=Path), help="Site to check. [default: reports/latest]")
def doctor(site: Path | None) -> None:
    """Look at the environment, data, kernels, fonts, disk, schedule and the published site.

    A line begins with ✓ where all is well, with ! where a person should know something, and with ✗ at a fault.
    """
    project = find_project()
    place = site or project.reports / LATEST
    language = spoken_language()
    errors: list[RedegovError] = []
    for name, probe in _PROBES:
        found: Phrase | RedegovError
        try:
            found = probe(project, place)
            mark = click.style("!", fg="yellow") if isinstance(found, Notice) else click.style("✓", fg="green")
        except RedegovError as error:
            errors.append(error)
            mark, found = click.style("✗", fg="red"), error
        click.echo(f"{mark} {name.told(language)}: {found.told(language)}")
    if errors:
        kinds = {type(error) for error in errors}
        kind = type(errors[0]) if len(kinds) == 1 else PartialFailureError
        told = Phrase(
            "{bad} of {all} {bad:is not as it|are not as they} should be.", {"bad": len(errors), "all": len(_PROBES)}
        )
        raise kind(told)


def _environment(project: Project, site: Path) -> Phrase:
    del site
    from redegov_analysis.reports.inputs import LIBRARIES, read_inputs

    broken = unimportable(LIBRARIES)
    if broken:
        raise KernelError(
            "What a run needs cannot be imported: {broken}",
            remedy="Install it again: pip install --force-reinstall --require-hashes -r requirements.lock",
            broken=Several(broken, ", "),
        )
    told = ", ".join(f"{name} {version}" for name, version in read_inputs(project).versions.items())
    encoding = codecs.lookup(locale.getpreferredencoding(do_setlocale=False)).name
    found: list[str | Phrase] = [told]
    if encoding != "utf-8":
        found.append(Phrase("text is {encoding}, not utf-8: set PYTHONUTF8=1", {"encoding": encoding}))
    other = unlike_the_lock(project.root / "requirements.lock")
    if other:
        found.append(Phrase("unlike requirements.lock: {other}", {"other": other}))
    return (Notice if len(found) > 1 else Phrase)("{found}", {"found": Several(found)})


def _data(project: Project, site: Path) -> Phrase:
    del site
    from redegov_analysis.data.checks import require_sound, run_checks

    results = run_checks(project)
    require_sound(results)
    passed = sum(result.passed for result in results)
    return Phrase("{passed} of {all} {all:check|checks} of data/raw passed", {"passed": passed, "all": len(results)})


def _notebooks(project: Project, site: Path) -> Phrase:
    del site
    from redegov_analysis.reports.jobs import plan

    jobs = plan(project.notebooks, language="en", as_of="")
    notebooks = len({job.notebook for job in jobs})
    return Phrase(
        "{notebooks} {notebooks:notebook with its schema|notebooks with their schemas}, {pages} {pages:page|pages}",
        {"notebooks": notebooks, "pages": len(jobs)},
    )


def _kernel(project: Project, site: Path) -> Phrase:
    """Start a kernel as a run does, and let it compute."""
    del site
    from redegov_analysis.reports.running import forks
    from redegov_analysis.reports.running.forks import ForkServer, kernel_environment

    with _folder() as folder:
        if not forks.AVAILABLE:
            _compute(folder, project, None)
            return Phrase("ordinary kernels, answering")
        with ForkServer(kernel_environment(project.root), modules=("ipykernel.kernelapp",)) as server:
            _compute(folder, project, server.address)
            return Phrase("forked kernels, answering")


def _compute(folder: Path, project: Project, address: str | None) -> None:
    """Let a kernel compute, or say that it cannot."""
    import asyncio

    from redegov_analysis.reports.running.kernels import kernel_manager

    async def ask() -> None:
        manager = kernel_manager(folder, project.root, sockets=folder, forks=address)
        await manager.start_kernel(cwd=str(folder))
        client = manager.client()
        client.start_channels()
        try:
            await client.wait_for_ready(timeout=60)
            reply = await client.execute_interactive("assert 6 * 7 == 42", timeout=60)
        except (RuntimeError, TimeoutError) as error:
            raise KernelError("The kernel does not answer: {error}", error=error) from error
        finally:
            client.stop_channels()
            await manager.shutdown_kernel(now=True)
        if reply["content"]["status"] != "ok":
            raise KernelError("The kernel cannot compute: {content}", content=reply["content"])

    asyncio.run(ask())


def _fonts(project: Project, site: Path) -> Phrase:
    del project, site
    from redegov_analysis.reports.pages.frame import typeface

    return Phrase("{typeface} travels with the package", {"typeface": typeface()})


def _disk(project: Project, site: Path) -> Phrase:
    return disk(project, site.parent if site.name == LATEST else project.reports)


def _schedule(project: Project, site: Path) -> Phrase:
    del site
    return schedule(project)


def _last_good_run(project: Project, site: Path) -> Phrase:
    return last_good_run(site.parent if site.name == LATEST else project.reports)


def _published(project: Project, site: Path) -> Phrase:
    from redegov_analysis.reports.site.manifest import damage, read_manifest

    if not site.exists() and site == project.reports / LATEST:
        return Phrase("no site yet; make one with redegov run")
    found = damage(site)
    if found:
        more = Phrase(" (and {count} more)", {"count": len(found) - 5}) if len(found) > 5 else ""
        raise PublishError(
            "{site} is not what its manifest says: {found}{more} Run again with --force.",
            site=site,
            found=Several(found[:5], " "),
            more=more,
        )
    content = read_manifest(site)
    assert content is not None
    there = {"run": content["run_id"], "files": len(content["outputs"])}
    return Phrase("run {run}: {files} {files:file|files}, all as the manifest says", there)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="redegov-") as name:
        yield Path(name)


_PROBES: tuple[tuple[Phrase, Probe], ...] = (
    (Phrase("Environment"), _environment),
    (Phrase("Data"), _data),
    (Phrase("Notebooks"), _notebooks),
    (Phrase("Kernel"), _kernel),
    (Phrase("Typeface"), _fonts),
    (Phrase("Disk"), _disk),
    (Phrase("Schedule"), _schedule),
    (Phrase("Last good run"), _last_good_run),
    (Phrase("Site"), _published),
)

"""`redegov doctor`: whether all is there that a run needs, whether runs come, and whether the site is whole."""

from __future__ import annotations

import codecs
import locale
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from redegov_analysis.cli.machine import Notice, disk, last_good_run, schedule, unlike_the_lock
from redegov_analysis.errors import KernelError, PartialFailureError, PublishError, RedegovError
from redegov_analysis.project import Project, find_project

LATEST = "latest"

Probe = Callable[[Project, Path], str]


@click.command()
@click.option("--site", type=click.Path(path_type=Path), help="Site to check. [default: reports/latest]")
def doctor(site: Path | None) -> None:
    """Look at the environment, data, kernels, fonts, disk, schedule and the published site.

    A line begins with ✓ where all is well, with ! where a person should know something, and with ✗ at a fault.
    """
    project = find_project()
    place = site or project.reports / LATEST
    errors: list[RedegovError] = []
    for name, probe in _PROBES.items():
        try:
            found = probe(project, place)
            mark = click.style("!", fg="yellow") if isinstance(found, Notice) else click.style("✓", fg="green")
        except RedegovError as error:
            errors.append(error)
            mark, found = click.style("✗", fg="red"), str(error)
        click.echo(f"{mark} {name}: {found}")
    if errors:
        kinds = {type(error) for error in errors}
        told = f"{len(errors)} of {len(_PROBES)} are not as they should be."
        raise type(errors[0])(told) if len(kinds) == 1 else PartialFailureError(told)


def _environment(project: Project, site: Path) -> str:
    del site
    from redegov_analysis.reports.manifest import read_inputs

    told = ", ".join(f"{name} {version}" for name, version in read_inputs(project).versions.items())
    encoding = codecs.lookup(locale.getpreferredencoding(do_setlocale=False)).name
    found = [f"text is {encoding}, not utf-8: set PYTHONUTF8=1"] if encoding != "utf-8" else []
    other = unlike_the_lock(project.root / "requirements.lock")
    found += [f"unlike requirements.lock: {other}"] if other else []
    return Notice("; ".join([told, *found])) if found else told


def _data(project: Project, site: Path) -> str:
    del site
    from redegov_analysis.data.checks import require_sound, run_checks

    results = run_checks(project)
    require_sound(results)
    return f"{sum(result.passed for result in results)} of {len(results)} checks of data/raw passed"


def _notebooks(project: Project, site: Path) -> str:
    del site
    from redegov_analysis.reports.jobs import plan

    jobs = plan(project.notebooks, language="en", as_of="")
    return f"{len({job.notebook for job in jobs})} notebooks with their schemas, {len(jobs)} pages"


def _kernel(project: Project, site: Path) -> str:
    """Start a kernel as a run does, and let it compute."""
    del site
    from redegov_analysis.reports import forks
    from redegov_analysis.reports.forks import ForkServer, kernel_environment

    with _folder() as folder:
        if not forks.AVAILABLE:
            return f"ordinary kernels, {_answer(folder, project, None)}"
        with ForkServer(kernel_environment(project.root), modules=("ipykernel.kernelapp",)) as server:
            return f"forked kernels, {_answer(folder, project, server.address)}"


def _answer(folder: Path, project: Project, address: str | None) -> str:
    import asyncio

    from redegov_analysis.reports.kernels import kernel_manager

    async def ask() -> str:
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
        return "answering"

    return asyncio.run(ask())


def _fonts(project: Project, site: Path) -> str:
    del project, site
    from redegov_analysis.reports.pages import typeface

    return f"{typeface()} travels with the package"


def _disk(project: Project, site: Path) -> str:
    return disk(project, site.parent if site.name == LATEST else project.reports)


def _schedule(project: Project, site: Path) -> str:
    del site
    return schedule(project)


def _last_good_run(project: Project, site: Path) -> str:
    return last_good_run(site.parent if site.name == LATEST else project.reports)


def _published(project: Project, site: Path) -> str:
    from redegov_analysis.reports.manifest import damage, read_manifest

    if not site.exists() and site == project.reports / LATEST:
        return "no site yet; make one with redegov run"
    found = damage(site)
    if found:
        more = f" (and {len(found) - 5} more)" if len(found) > 5 else ""
        raise PublishError(
            "{site} is not what its manifest says: {found}{more} Run again with --force.",
            site=site,
            found=" ".join(found[:5]),
            more=more,
        )
    content = read_manifest(site)
    assert content is not None
    return f"run {content['run_id']}: {len(content['outputs'])} files, all as the manifest says"


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="redegov-") as name:
        yield Path(name)


_PROBES: dict[str, Probe] = {
    "Environment": _environment,
    "Data": _data,
    "Notebooks": _notebooks,
    "Kernel": _kernel,
    "Typeface": _fonts,
    "Disk": _disk,
    "Schedule": _schedule,
    "Last good run": _last_good_run,
    "Site": _published,
}

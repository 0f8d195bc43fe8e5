"""`redegov data`: the raw tables checked, cleaned and described."""

from __future__ import annotations

from pathlib import Path

import click

from redegov_analysis.cli.explained import ExplainedGroup
from redegov_analysis.cli.fetch import fetch
from redegov_analysis.cli.spoken import number, said, spoken_language
from redegov_analysis.project import find_project


@click.group(cls=ExplainedGroup)
def data() -> None:
    """Check, build, fetch and describe the tables."""


data.add_command(fetch)


@data.command()
def check() -> None:
    """Check data/raw: checksums, counts, national totals, keys and references."""
    from rich.console import Console
    from rich.table import Table

    from redegov_analysis.data.checks import require_sound, run_checks

    results = run_checks(find_project())
    table = Table(title=said("Checks of data/raw"), title_justify="left")
    for heading in ("", said("Table"), said("Check"), said("What was found")):
        table.add_column(heading, overflow="fold")
    for result in results:
        mark = "[green]✓[/]" if result.passed else "[red]✗[/]" if result.severity == "error" else "[yellow]![/]"
        table.add_row(
            mark,
            result.table,
            result.name,
            _escaped(result.message if spoken_language() == "en" else result.message_pt),
        )
    console = Console()
    console.print(table)
    passed = sum(result.passed for result in results)
    warnings = sum(not result.passed and result.severity == "warning" for result in results)
    console.print(
        said(
            "{passed} of {n_results} {n_results:check|checks} passed; {warnings} to look at.",
            passed=passed,
            n_results=len(results),
            warnings=warnings,
        ),
        highlight=False,
    )
    require_sound(results)


@data.command()
@click.option("--force", is_flag=True, help="Build even if nothing changed.")
def build(force: bool) -> None:
    """Write data/processed from data/raw; refused rows go beside it, each with its reason."""
    from rich.console import Console
    from rich.table import Table

    from redegov_analysis.cleaning.build import build as build_tables

    project = find_project()
    report = build_tables(project, force=force)
    table = Table(title=said("data/processed"), title_justify="left")
    table.add_column(said("Table"))
    for heading in (said("Rows read"), said("Kept"), said("Refused")):
        table.add_column(heading, justify="right")
    for row in report.tables:
        table.add_row(row.name, number(row.rows_in), number(row.rows_kept), number(row.rows_rejected))
    console = Console()
    console.print(table)
    word = (
        said("Nothing has changed; kept as it was")
        if report.reused
        else said("Built in {seconds:.1f} s", seconds=report.seconds)
    )
    console.print(f"{word}: {project.processed}", highlight=False, soft_wrap=True)


@data.command()
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="File. [default: docs/data_dictionary.md]"
)
@click.option("--print", "printed", is_flag=True, help="Print it instead of writing it.")
@click.option("--seal", "sealed", is_flag=True, help="First take the checksums of the raw files anew (maintainers).")
def describe(output: Path | None, printed: bool, sealed: bool) -> None:
    """Write the data dictionary from datapackage.json."""
    from redegov_analysis.data.catalogue import read_catalogue, seal
    from redegov_analysis.data.dictionary import dictionary_markdown
    from redegov_analysis.data.writing import write_atomically

    project = find_project()
    if sealed:
        changed = seal(project)
        click.echo(
            said("Sealed anew: {changed}", changed=", ".join(changed) or said("nothing had changed")), err=printed
        )
    text = dictionary_markdown(read_catalogue(project))
    if printed:
        click.echo(text, nl=False)
        return
    path = output or project.root / "docs" / "data_dictionary.md"
    write_atomically(path, text)
    click.echo(str(path))


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)

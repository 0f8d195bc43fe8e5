"""`redegov membership`: a list of members looked at, and kept."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from redegov_analysis.cli.agreement import agreement_lines
from redegov_analysis.cli.explained import ExplainedGroup
from redegov_analysis.cli.options import Day
from redegov_analysis.cli.printable import printable
from redegov_analysis.cli.spoken import said, spoken_language
from redegov_analysis.cli.words import word
from redegov_analysis.language import Phrase
from redegov_analysis.project import find_project

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from redegov_analysis.cleaning.membership import MembershipTable
    from redegov_analysis.project import Project

FIRST_ROWS = 5

_FILE = click.argument("file", type=click.Path(path_type=Path))
_COLUMNS = click.option(
    "--columns", type=click.Path(path_type=Path, dir_okay=False), help="YAML file: which column is which, and answers."
)
_SET = click.option(
    "--set", "answers", multiple=True, metavar="KEY=VALUE", help="One line of such a file, e.g. joined_on='Data DOU'."
)
_KEY_AND_VALUE = Phrase("KEY=VALUE, for example --set joined_on='Data DOU'")
_FROM = click.option("--from", "first_day", type=Day(), help="The network's first day. [default: 2019-04-04]")


@click.group(cls=ExplainedGroup)
def membership() -> None:
    """Look at lists of members, of any layout, and keep them."""


@membership.command()
@_FILE
@click.option("--snapshot-date", type=Day(), help="The day on which the list was as it is.")
@_COLUMNS
@_SET
@_FROM
@click.option("--all", "everything", is_flag=True, help="Show every problem, also rows that say “not a member”.")
def inspect(
    file: Path,
    snapshot_date: date | None,
    columns: Path | None,
    answers: tuple[str, ...],
    first_day: date | None,
    everything: bool,
) -> None:
    """Show what is understood of a list, and every problem with its line; nothing is written."""
    from redegov_analysis.cleaning.membership.files import list_limit

    # One limit for a list that is read twice, and told.
    with list_limit(file):
        _inspect(file, snapshot_date, _answers(columns, answers), first_day, everything=everything)


def _inspect(
    file: Path, snapshot_date: date | None, given: dict[str, Any] | None, first_day: date | None, *, everything: bool
) -> None:
    from redegov_analysis.cleaning.membership import FIRST_DAY, read_membership
    from redegov_analysis.cleaning.membership.questions import TooEarlyError

    project = find_project()
    try:
        table = read_membership(file, snapshot_date, given, first_day=first_day or FIRST_DAY, project=project)
    except TooEarlyError as question:
        click.echo(
            said(
                "Question: {printable}\nWhat follows is the list read so.\n",
                printable=printable(question.told(spoken_language())),
            )
        )
        first_day = question.earliest
        table = read_membership(file, snapshot_date, given, first_day=first_day, project=project)
    _show(table, project, everything=everything)
    if first_day is None:
        _show_balance(table, project)


@membership.command(name="import")
@_FILE
@click.option("--snapshot-date", type=Day(), required=True, help="The day on which the list was as it is.")
@_COLUMNS
@_SET
@_FROM
@click.option("--replace", is_flag=True, help="Take the place of another list of the same day.")
def import_(
    file: Path,
    snapshot_date: date,
    columns: Path | None,
    answers: tuple[str, ...],
    first_day: date | None,
    replace: bool,
) -> None:
    """Keep a list's original under data/raw/membership and write its tables to data/processed."""
    from redegov_analysis.cleaning.membership import FIRST_DAY
    from redegov_analysis.cleaning.membership.imports import folder, import_membership, imports

    project = find_project()
    table = import_membership(
        file,
        snapshot_date,
        _answers(columns, answers),
        first_day=first_day or FIRST_DAY,
        replace=replace,
        project=project,
    )
    kept = next(entry for entry in imports(project) if entry.snapshot_date == snapshot_date.isoformat())
    for sentence in table.sentences:
        if sentence.message.startswith("WARNING") or sentence is table.sentences[-1]:
            click.echo(printable(sentence.told(spoken_language())))
    if first_day is None:
        _show_balance(table, project)
    click.echo(said("Original: {folder} (sha256 {sha256})", folder=folder(project) / kept.file, sha256=kept.sha256))
    click.echo(said("Members:  {processed}", processed=project.processed / "membership_members.parquet"))
    click.echo(said("Rejected: {processed}", processed=project.processed / "rejected_membership.csv"))


@membership.command(name="list")
def list_() -> None:
    """Show the lists that were imported, by day."""
    from redegov_analysis.cleaning.membership.imports import folder, imports, read_kept

    project = find_project()
    kept = imports(project)
    if not kept:
        click.echo(said("No list was imported. Import one with: redegov membership import FILE --snapshot-date DATE"))
        return
    for entry in kept:
        table = read_kept(entry, project)
        click.echo(
            said(
                "{day}  {id}  {name}: {members:,} {members:member|members}, {rejected:,} rejected",
                day=entry.snapshot_date,
                id=entry.sha256[:12],
                name=printable(entry.original_name),
                members=len(table.members),
                rejected=len(table.rejected),
            )
        )
    click.echo(said("Originals: {folder}. Take one out with: redegov membership remove ID", folder=folder(project)))


@membership.command()
@click.argument("list_id", metavar="ID")
def remove(list_id: str) -> None:
    """Take a list out of the catalogue, by its day or checksum; its original stays."""
    from redegov_analysis.cleaning.membership.imports import folder, imports, remove_import

    project = find_project()
    gone = remove_import(list_id, project)
    click.echo(
        said(
            "Taken out: {name} of {day}. Its original stays as {file}.",
            name=printable(gone.original_name),
            day=gone.snapshot_date,
            file=folder(project) / gone.file,
        )
    )
    click.echo(said("Lists that remain: {count:,}. Run the reports again: redegov run", count=len(imports(project))))


def _answers(columns: Path | None, given: tuple[str, ...]) -> dict[str, Any] | None:
    """Return the answers of the file and of the options, the options first."""
    from redegov_analysis.cleaning.membership.answers import plain_answers, read_answers, value_from_yaml
    from redegov_analysis.errors import ParameterError

    merged = plain_answers(read_answers(columns)) if columns else {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals:
            raise ParameterError(
                "found {text!r}",
                where="--set",
                expected=_KEY_AND_VALUE,
                text=text,
            )
        merged[key.strip()] = value_from_yaml(value, Phrase("--set {text!r}", {"text": text}), _KEY_AND_VALUE)
    return merged or None


def _show(table: MembershipTable, project: Project, *, everything: bool) -> None:
    from rich.console import Console

    from redegov_analysis.cleaning.gazetteer import gazetteer

    console = Console(highlight=False, markup=False)
    console.print(said("What was understood"), style="bold")
    for sentence in table.sentences:
        console.print(f"  {printable(sentence.told(spoken_language()))}", soft_wrap=True)
    names = gazetteer(project).names
    first = table.members.head(FIRST_ROWS)
    first = first.assign(
        name=first["ibge_code"].map(names),
        joined_on_precision=first["joined_on_precision"].map(word, na_action="ignore"),
    )
    _print(
        console,
        said("First members, by code"),
        said("line  code  municipality  joined on  known to the"),
        first[["line", "ibge_code", "name", "joined_on", "joined_on_precision"]],
    )
    kinds = table.governments.groupby("kind").size()
    if len(kinds):
        told = ", ".join(f"{count:,} {word(str(kind))}" for kind, count in kinds.items())
        console.print(said("Governments and other bodies: {told}.", told=told))
    reason = "reason" if spoken_language() == "en" else "reason_pt"
    no = table.rejected["problem"] == "not_a_member"
    shown = table.rejected if everything else table.rejected[~no]
    for problem, count in table.rejected["problem"].value_counts().sort_index().items():
        console.print(said("Rejected, {problem}: {count:,}", problem=word(str(problem)), count=count))
    _print(
        console,
        said("Problems"),
        said("line  problem  why"),
        shown[["line", "problem", reason]].assign(problem=shown["problem"].map(word)),
    )
    _print(
        console,
        said("Duplicates"),
        said("line  municipality  joined on  line that counts  joined on  dates"),
        table.duplicates[["line", "name", "joined_on", "kept_line", "kept_joined_on", "conflict"]],
    )
    asides = table.asides if everything else table.asides[table.asides["kind"] != "page text"]
    _print(
        console,
        said("Lines that are no entries"),
        said("line  kind  text"),
        asides[["line", "kind", "text"]].assign(kind=asides["kind"].map(word)),
    )


def _print(console: Console, title: str, headings: str, frame: pd.DataFrame) -> None:
    """Print a table of a few columns under what they are; the last one takes the room that is left."""
    from redegov_analysis.data.deadline import timed

    if frame.empty:
        return
    console.print(f"{title} ({len(frame):,})", style="bold")
    click.echo(f"  [{headings}]")
    # The console takes as long for a row as it took to read.
    columns = [[_cell(value) for value in timed(frame[name])] for name in frame.columns]
    click.echo("\n".join("  " + "  ".join(cells) for cells in zip(*columns, strict=True)))


def _cell(value: object) -> str:
    import pandas as pd

    if value is pd.NaT or value is None or (isinstance(value, float) and value != value):
        return "–"
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, bool):
        return said("conflict") if value else said("no conflict")
    return printable(str(value))


def _show_balance(table: MembershipTable, project: Project) -> None:
    from redegov_analysis.cleaning.build import processed
    from redegov_analysis.cleaning.membership.balance import balance

    dated = table.members["joined_on"].dropna()
    day = table.snapshot_date or (dated.max().date() if len(dated) else None)
    if day is None:
        click.echo(said("Sum check: give --snapshot-date to hold the list against the published totals."))
        return
    click.echo(
        said(
            "Sum check on {day}: {sentence}",
            day=day,
            sentence=balance(len(table.members), day, processed("milestones", project)).phrase(),
        )
    )
    for line in agreement_lines(table, day, project):
        click.echo(line)

"""`redegov data fetch`: the publishers' files downloaded, and what they change in the raw tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from redegov_analysis.cli.explained import Explained
from redegov_analysis.cli.spoken import said, spoken_language
from redegov_analysis.cli.words import word
from redegov_analysis.errors import DataError
from redegov_analysis.project import Project, find_project

if TYPE_CHECKING:
    from redegov_analysis.data.official import Change, Drafts, Patience, Reading, Record, Source

_SHOWN = 8
_NOTABLE = 0.005  # of the figure before: smaller revisions are counted, not called notable


class _Outcome(NamedTuple):
    """What became of one source."""

    source: Source
    state: str
    rows: int | None
    notes: Sequence[str]
    changes: Sequence[Change]
    failed: bool = False


@click.command(cls=Explained)
@click.option("--only", multiple=True, metavar="NAME", help="This source alone; may be repeated. [default: all]")
@click.option("--offline", is_flag=True, help="Download nothing; compare what is in data/raw/official.")
@click.option("--base-url", metavar="URL", help="A mirror that keeps each file as URL/host/path.")
@click.option("--write", "written", is_flag=True, help="Revise the raw tables, seal them, and write the dictionary.")
@click.option("--changes", type=click.Path(path_type=Path, dir_okay=False), help="Write every change to this CSV file.")
@click.option("--timeout", type=click.FloatRange(0.1, 600), default=30, show_default=True, help="Silence, in seconds.")
@click.option("--attempts", type=click.IntRange(1, 20), default=5, show_default=True, help="How often to try a source.")
@click.option("--max-bytes", type=click.IntRange(1), default=100_000_000, show_default=True, help="Largest file taken.")
def fetch(
    only: tuple[str, ...],
    offline: bool,
    base_url: str | None,
    written: bool,
    changes: Path | None,
    timeout: float,
    attempts: int,
    max_bytes: int,
) -> None:
    """Download the publishers' files and show what they change in the raw tables.

    Nothing of data/raw is changed unless --write is given. A file is replaced only by one that has been read and found
    whole. A source that fails does not stop the others; the exit code is then 3. Of two that run at once, the second
    stops before it fetches anything (exit code 6).
    """
    from redegov_analysis.data.official import Drafts, Patience, changes_table, source, sources
    from redegov_analysis.data.official.lock import alone
    from redegov_analysis.data.official.store import address
    from redegov_analysis.data.writing import write_csv

    project = find_project()
    chosen = [source(name) for name in dict.fromkeys(only)] if only else list(sources().values())
    chosen.sort(key=list(sources().values()).index)
    if base_url is not None:
        address(chosen[0], base_url)
    patience = Patience(connect_seconds=min(timeout, 10), read_seconds=timeout, attempts=attempts, most_bytes=max_bytes)
    # To compare what is there needs no lock: nothing is written.
    with nullcontext() if offline and not written else alone(project):
        drafts = Drafts(project)
        outcomes = []
        for one in chosen:
            outcomes.append(_outcome(one, drafts, project, offline, base_url, patience, named=bool(only)))
            _print_outcome(outcomes[-1])
        found = [change for outcome in outcomes for change in outcome.changes]
        if changes is not None:
            write_csv(changes_table(found), changes)
        _print_sum(found, sum(outcome.rows is not None for outcome in outcomes), len(outcomes), written)
        if written and drafts.changed:
            _write(drafts, project)
    _demand_success(outcomes, found, written)


def _outcome(
    one: Source,
    drafts: Drafts,
    project: Project,
    offline: bool,
    base_url: str | None,
    patience: Patience,
    *,
    named: bool,
) -> _Outcome:
    """Get one source, from its address or from the folder, and compare it with the drafts."""
    from redegov_analysis.cleaning.municipalities import match_names
    from redegov_analysis.data.official import fetch as fetch_source
    from redegov_analysis.data.official import read_source, stored
    from redegov_analysis.data.official.store import by_hand

    def check(content: bytes) -> Reading:
        reading = read_source(one, content, match_names=match_names)
        drafts.demand_complete(one, reading.frame)
        return reading

    try:
        if one.url is not None and not offline:
            reading, record = fetch_source(one, project, check, base_url=base_url, patience=patience)
            state = said("fetched, as before") if not record.changed else said("fetched")
        else:
            there = stored(one, project)
            if there is None:
                where = (
                    by_hand(one, project).told(spoken_language())
                    if one.url is None
                    else said("Fetch it without --offline.")
                )
                return _Outcome(one, said("not there"), None, [where], [], failed=named)
            reading, record = check(there[0]), there[1]
            state = _since(record)
        notes = [note.told(spoken_language()) for note in reading.notes]
        return _Outcome(one, state, len(reading.frame), notes, drafts.revise(one, reading.frame))
    except DataError as error:
        return _Outcome(one, said("failed"), None, [error.told(spoken_language())], [], failed=True)


def _since(record: Record) -> str:
    if record.fetched_at is None:
        return said("put there by hand")
    return said("fetched on {day:%Y-%m-%d}", day=record.fetched_at)


def _print_outcome(outcome: _Outcome) -> None:
    rows = "" if outcome.rows is None else said(", {rows:,} {rows:row|rows}", rows=outcome.rows)
    click.echo(f"{outcome.source.name}: {outcome.source.title}: {outcome.state}{rows}", err=outcome.failed)
    for note in outcome.notes:
        click.echo(f"    {note}", err=outcome.failed)
    for kind, number in Counter(change.kind for change in outcome.changes).items():
        changes = [change for change in outcome.changes if change.kind == kind]
        click.echo(f"    {number:,} {word(kind)}{_notable(changes)}")
        # The largest revisions first; rows and names in the order of the table.
        for change in sorted(changes, key=lambda change: -abs(change.relative or 0))[:_SHOWN]:
            click.echo(f"        {_in_words(change)}")
        if number > _SHOWN:
            click.echo(said("        … and {number:,} more", number=number - _SHOWN))


def _notable(changes: Sequence[Change]) -> str:
    sizes = [abs(change.relative) for change in changes if change.kind == "revised" and change.relative is not None]
    large = sum(size > _NOTABLE for size in sizes)
    return said(", {large:,} of them by more than {share:.1%}", large=large, share=_NOTABLE) if sizes else ""


def _in_words(change: Change) -> str:
    if change.kind in ("new", "removed"):
        refused = said(" (not written: {refused})", refused=change.refused) if change.refused else ""
        return f"{change.label}{refused}"
    size = f" ({change.relative:+.1%})" if change.kind == "revised" and change.relative is not None else ""
    missing = said("missing")
    return f"{change.label}, {change.column}: {change.before or missing} → {change.after or missing}{size}"


def _print_sum(changes: Sequence[Change], compared: int, asked: int, written: bool) -> None:
    if compared and not changes:
        click.echo(
            said("The raw tables say what their sources say.")
            if compared == asked
            else said(
                "The raw tables say what the {compared} of {asked} {asked:source|sources} {compared:that was there "
                "says|that were there say}.",
                compared=compared,
                asked=asked,
            )
        )
    if not changes:
        return
    tables = ", ".join(dict.fromkeys(change.table for change in changes))
    click.echo(
        said("{n_changes:,} {n_changes:difference|differences}, in {tables}.", n_changes=len(changes), tables=tables)
    )
    if not written:
        click.echo(said("Nothing was written. To revise the raw tables: redegov data fetch --offline --write"))


def _write(drafts: Drafts, project: Project) -> None:
    from redegov_analysis.data.checks import require_sound, run_checks

    tables = drafts.write()
    click.echo(said("Written, sealed and described: {tables}.", tables=", ".join(tables)))
    failed = [result for result in run_checks(project, tables=tables) if not result.passed]
    for result in failed:
        message = result.message if spoken_language() == "en" else result.message_pt
        click.echo(f"    {word(result.severity)}: {result.table}, {result.name}: {message}", err=True)
    try:
        require_sound(failed)
    except DataError as error:
        raise DataError(
            "The tables were written, but {count} {count:check no longer holds|checks no longer hold} (see above). "
            "If the publisher revised a national total, revise it in the check too; if not, restore the tables "
            "with: git checkout -- data/raw datapackage.json docs/data_dictionary.md",
            count=sum(one.severity == "error" for one in failed),
        ) from error


def _demand_success(outcomes: Sequence[_Outcome], changes: Sequence[Change], written: bool) -> None:
    failed = [outcome.source.name for outcome in outcomes if outcome.failed]
    if failed:
        raise DataError(
            "{n_failed} of {n_outcomes} {n_outcomes:source|sources} failed: {failed}.",
            n_failed=len(failed),
            n_outcomes=len(outcomes),
            failed=", ".join(failed),
        )
    if all(outcome.rows is None for outcome in outcomes):
        raise DataError("None of the sources is in data/raw/official. Fetch them without --offline.")
    refused = [change for change in changes if change.refused]
    if written and refused:
        raise DataError(
            "{n_refused} new {n_refused:row|rows} could not be written: {label}: {refused}.",
            n_refused=len(refused),
            label=refused[0].label,
            refused=refused[0].refused,
        )

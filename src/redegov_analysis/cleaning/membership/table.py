"""A list of members of any layout, read into members, governments, duplicates and refused rows, none lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from redegov_analysis.cleaning.gazetteer import Gazetteer, gazetteer
from redegov_analysis.cleaning.membership.answers import Answers, read_answers
from redegov_analysis.cleaning.membership.dates import FIRST_DAY, DateForm
from redegov_analysis.cleaning.membership.entries import Aside, Contents, Entry, line_contents, table_contents
from redegov_analysis.cleaning.membership.files import ListFile, list_limit, open_list
from redegov_analysis.cleaning.membership.grids import Grid
from redegov_analysis.cleaning.membership.layout import Layout, find_layout, said_of_names
from redegov_analysis.cleaning.membership.made_up import evidence_of
from redegov_analysis.cleaning.membership.openers import no_rows, read_grids
from redegov_analysis.cleaning.membership.outcome import Row, duplicates_found, frames_from
from redegov_analysis.cleaning.membership.questions import ask_about_dates, ask_about_marks, date_form
from redegov_analysis.cleaning.membership.verdicts import verdicts
from redegov_analysis.errors import DataError, ParameterError
from redegov_analysis.evidence import Evidence
from redegov_analysis.language import Phrase, Several

if TYPE_CHECKING:
    from redegov_analysis.project import Project


@dataclass(frozen=True)
class MembershipTable:
    """What a list says, every row of it accounted for.

    Attributes
    ----------
    members
        One row per municipality, by code: `ibge_code`; `joined_on`, missing where the list gives no date;
        `joined_on_precision` (`day`, `month`, `year`, or missing): of a month or a year, `joined_on` is the first
        possible day; `snapshot_date`; `source`, the file and its sheet; `line` in it.
    governments
        States, consortia, councils and other bodies: `kind`, `uf`, `name`, and the columns of `members` but the code.
    rejected
        The refused rows: `source`, `line`, `problem` (one of `verdicts.Problem`), `reason` and `reason_pt` in words,
        `suggestion` (a code for a person to confirm), and the row as read under its own headings.
    duplicates
        Rows of a body that another row stands for: `source`, `line`, `ibge_code`, `name`, `joined_on`,
        `joined_on_precision`, and what was kept: `kept_line`, `kept_joined_on`; `conflict`, whether the two dates
        cannot both be true.
    asides
        Rows that are no entries: `source`, `line`, `kind` (title, headings, state heading, total, note, page text),
        `text`.
    sentences
        What was understood and how; `log` has them in English.
    rows_read
        The number of entries: members, governments, duplicates and rejected together.
    snapshot_date
        The day of the list, if known.
    source, sha256
        The file's name and checksum.
    evidence
        Observed, or simulated where the list says so of itself (see `claims`).
    """

    members: pd.DataFrame
    governments: pd.DataFrame
    rejected: pd.DataFrame
    duplicates: pd.DataFrame
    asides: pd.DataFrame
    sentences: tuple[Phrase, ...]
    rows_read: int
    snapshot_date: dt.date | None
    source: str
    sha256: str
    evidence: Evidence

    @property
    def log(self) -> tuple[str, ...]:
        """What was understood and how, in English sentences."""
        return tuple(map(str, self.sentences))


def read_membership(
    path: str | Path,
    snapshot_date: dt.date | None,
    columns: str | Path | Mapping[str, Any] | None = None,
    *,
    first_day: dt.date = FIRST_DAY,
    project: Project | None = None,
) -> MembershipTable:
    """Return the members that a list of any layout names, with everything refused and the reason.

    Reads CSV and TSV (UTF-8, UTF-16 or windows-1252), XLSX, XLS, ODS, JSON, pages and fragments of HTML, tables of a
    PDF (with the extra `pdf`), and lines of text. What a file is, its content tells, not its name.

    Parameters
    ----------
    path
        The file.
    snapshot_date
        The day on which the list was as it is; no member joined later. None only to look at a list of an unknown day.
    columns
        Answers to what the list leaves open: a YAML file or a mapping (see `answers.read_answers`).
    first_day
        The network's first day; nobody joined before. The Rede GOV.BR's unless given.
    project
        The project whose municipalities and aliases are used; the one of the working directory unless given.

    Returns
    -------
    MembershipTable
        Members by code, and every row of the file that is none, with the reason.

    Raises
    ------
    ParameterError
        If the file does not exist or is no ordinary file, the answers do not fit it, or the days are in no order.
    DataError
        If the file is broken, beyond the limits, or leaves something open: then the message is a question and says
        how to answer it.
    """
    if snapshot_date is not None and snapshot_date < first_day:
        raise ParameterError(
            "the day of the list, {day}, is before the network's first day",
            where="snapshot_date",
            expected="{first_day} or later",
            remedy="Correct the day, or give that network's first day with --from.",
            day=snapshot_date,
            first_day=first_day,
        )
    answers, known = read_answers(columns), gazetteer(project)
    with list_limit(path):
        return membership_from(open_list(path), snapshot_date, answers, first_day=first_day, known=known)


def membership_from(
    file: ListFile, snapshot_date: dt.date | None, answers: Answers, *, first_day: dt.date, known: Gazetteer
) -> MembershipTable:
    """Return what `read_membership` returns, of a list that was opened before.

    Parameters
    ----------
    file
        The list.
    snapshot_date, first_day
        As for `read_membership`.
    answers
        What a person said about the list.
    known
        The municipalities' names.

    Returns
    -------
    MembershipTable
        As `read_membership`.

    Raises
    ------
    DataError, ParameterError
        As `read_membership`.
    """
    log = [
        Phrase(
            "{file}: {size:,} {size:byte|bytes}, read as {kind}.",
            {"file": file.name, "size": len(file.content), "kind": _KINDS[file.kind]},
        )
    ]
    entries, asides, forms, dated_list = _contents(file, answers, known, log)
    evidence = evidence_of(entries, asides, file.name)
    found = verdicts(entries, forms, answers, known, first_day, snapshot_date, dated_list=dated_list)
    if evidence is Evidence.SIMULATED:
        log.insert(0, Phrase("{name} says of itself that it is SIMULATED: made up, no real data.", {"name": file.name}))
    rows = [Row(*pair) for pair in zip(entries, found, strict=True)]
    if not rows:
        raise no_rows(file.name)
    ask_about_marks(rows)
    if not any(row.verdict.problem is None or row.verdict.ibge_code or row.verdict.suggestion for row in rows):
        raise DataError(
            "none of its {rows:,} {rows:row|rows} names a municipality that is known",
            where="{file}",
            expected="a list of municipalities",
            remedy="If it is a list of members, say which column holds their names or codes, for example "
            "`municipality: 2`.",
            file=file.name,
            rows=len(rows),
        )
    ask_about_dates(rows, forms, answers, first_day, snapshot_date, dated_list=dated_list)
    kept, duplicates = duplicates_found(rows)
    frames = frames_from(kept, duplicates, rows, asides, snapshot_date)
    counts = {name: len(frame) for name, frame in frames.items() if name != "asides"}
    if sum(counts.values()) != len(rows):
        raise DataError(
            "{name}: {n_rows} {n_rows:row|rows} read, but {counts} accounted for. A row was lost; report this.",
            name=file.name,
            n_rows=len(rows),
            counts=counts,
        )
    log.append(
        Phrase(
            "{n_rows:,} {n_rows:row|rows}: {members:,} {members:member|members}, {governments:,} "
            "{governments:government or other body|governments and other bodies}, {duplicates:,} "
            "{duplicates:duplicate|duplicates}, {rejected:,} rejected. {n_asides:,} further {n_asides:line is a "
            "title, a heading, a total or a note|lines are titles, headings, totals or notes}.",
            {
                "n_rows": len(rows),
                "members": counts["members"],
                "governments": counts["governments"],
                "duplicates": counts["duplicates"],
                "rejected": counts["rejected"],
                "n_asides": len(asides),
            },
        )
    )
    return MembershipTable(
        **frames,
        sentences=tuple(log),
        rows_read=len(rows),
        snapshot_date=snapshot_date,
        source=file.name,
        sha256=file.sha256,
        evidence=evidence,
    )


_KINDS = {
    "xlsx": Phrase("a workbook (XLSX)"),
    "xls": Phrase("a workbook (XLS)"),
    "ods": Phrase("a workbook (ODS)"),
    "json": Phrase("JSON"),
    "html": Phrase("a page (HTML)"),
    "pdf": Phrase("a PDF"),
    "text": Phrase("text"),
}


def _contents(
    file: ListFile, answers: Answers, known: Gazetteer, log: list[Phrase]
) -> tuple[list[Entry], list[Aside], list[DateForm], bool]:
    """Return the entries and asides of the file's grids, the form of each entry's date, and whether it is dated."""
    grids = read_grids(file, log)
    chosen, others = _chosen(grids, answers, known, file)
    entries: list[Entry] = []
    asides: list[Aside] = []
    forms: list[DateForm] = []
    dated_list = False
    for grid, layout in chosen:
        source = f"{file.name}#{grid.name}" if grid.name else file.name
        log.append(_told(grid, layout))
        log.extend(layout.doubts if layout is not None else ())
        contents: Contents
        if layout is None:
            contents = line_contents(grid, source, answers, known, page=file.kind == "html")
        else:
            contents = table_contents(grid, layout, source, answers, known)
        log.extend(contents.log)
        form = date_form([entry.joined_on for entry in contents.entries], grid, answers, log)
        dated_list |= any(entry.joined_on for entry in contents.entries)
        entries += contents.entries
        asides += contents.asides
        forms += [form] * len(contents.entries)
    for grid in others:
        log.append(
            Phrase(
                "{name!r}: {n_rows:,} {n_rows:row|rows} without a column of municipalities; passed over.",
                {"name": grid.name or file.name, "n_rows": len(grid.rows)},
            )
        )
        source = f"{file.name}#{grid.name}" if grid.name else file.name
        asides += [Aside(source, row.line, "note", " | ".join(row.filled)) for row in grid.rows]
    return entries, asides, forms, dated_list


def _chosen(
    grids: Sequence[Grid], answers: Answers, known: Gazetteer, file: ListFile
) -> tuple[list[tuple[Grid, Layout | None]], list[Grid]]:
    """Return the grids to read with their layouts (None for lines of text), and the others."""
    if answers.sheets:
        missing = set(answers.sheets) - {grid.name for grid in grids}
        if missing:
            there = ", ".join(repr(grid.name) for grid in grids)
            raise ParameterError(
                "the file has no {missing}",
                where="{file}, sheets",
                expected="some of {known}",
                remedy="Correct the names of the sheets in the description of columns.",
                file=file.name,
                missing=", ".join(sorted(missing)),
                known=there,
            )
    wanted_grids = [grid for grid in grids if not answers.sheets or grid.name in answers.sheets]
    tables = [
        (grid, layout) for grid in wanted_grids if not grid.lines and (layout := find_layout(grid, answers, known))
    ]
    # Where some tables have headings that name a municipality, the others are summaries and notes.
    tables = [(grid, layout) for grid, layout in tables if layout.header is not None] or tables
    chosen: list[tuple[Grid, Layout | None]] = [*tables] or [(grid, None) for grid in wanted_grids if grid.lines]
    if not chosen:
        one_column = [grid for grid in wanted_grids if max(len(row.cells) for row in grid.rows) == 1]
        chosen = [(grid, None) for grid in one_column]
    if not chosen:
        wanted = [heading for heading in answers.columns.values() if isinstance(heading, str)]
        if wanted:
            raise ParameterError(
                "no column is headed {headings} in a row of headings above municipalities",
                where="{file}",
                remedy="Correct the heading, or give the column's number. The first rows are: {rows}",
                file=file.name,
                headings=" / ".join(map(repr, wanted)),
                rows=" ".join(_first_rows(grid) for grid in wanted_grids[:3]),
            )
        seen = " ".join(_first_rows(grid) for grid in wanted_grids[:3])
        few = next((said for grid in wanted_grids if (said := said_of_names(grid, answers, known))), "")
        raise DataError(
            "no column of municipalities was found. Which one is it?",
            where="{file}",
            remedy="Answer in the description of columns, for example `municipality: 2`, `code: 1` or "
            "`header_line: 5`. The first rows are: {rows}{few}",
            file=file.name,
            few=few,
            rows=seen,
        )
    layouts = {frozenset(layout.columns) for _, layout in chosen if layout is not None}
    if len(layouts) > 1:
        names = ", ".join(repr(grid.name) for grid, _ in chosen)
        raise DataError(
            "several tables of municipalities with different columns: {names}. Which is the list of members?",
            where="{file}",
            remedy="Answer in the description of columns, for example `sheets: {first}`.",
            file=file.name,
            names=names,
            first=chosen[0][0].name,
        )
    taken = {id(grid) for grid, _ in chosen}
    return chosen, [grid for grid in grids if id(grid) not in taken]


def _told(grid: Grid, layout: Layout | None) -> Phrase:
    name = f"{grid.name}: " if grid.name else ""
    if layout is None:
        return Phrase("{name}{lines:,} {lines:line|lines}.", {"name": name, "lines": len(grid.rows)})
    used = Several(
        [
            Phrase("{field} from {heading!r}", {"field": field, "heading": layout.headings[place]})
            for field, place in layout.columns.items()
        ],
        ", ",
    )
    unused = [heading for place, heading in enumerate(layout.headings) if place not in layout.columns.values()]
    where = (
        Phrase("no headings")
        if layout.header is None
        else Phrase("headings on line {line}", {"line": layout.header.line})
    )
    rest = Phrase(" Not used: {headings}.", {"headings": ", ".join(map(repr, unused[:20]))}) if unused else ""
    return Phrase("{name}{where}; {used}.{rest}", {"name": name, "where": where, "used": used, "rest": rest})


def _first_rows(grid: Grid) -> str:
    rows = "; ".join(" | ".join(text[:40] for text in row.filled[:8]) for row in grid.rows[:3])
    return f"{grid.name + ': ' if grid.name else ''}{rows}."

"""What a list of members says and how sound it is: every row accounted for, and held against what is published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from redegov_analysis.cleaning.membership.balance import balance
from redegov_analysis.cleaning.membership.counts import held_against
from redegov_analysis.cleaning.membership.imports import Import
from redegov_analysis.cleaning.membership.standing import Membership
from redegov_analysis.cleaning.membership.table import MembershipTable
from redegov_analysis.cleaning.states import STATES
from redegov_analysis.reports.content.members import list_source
from redegov_analysis.reports.items import Column, Statement, Table
from redegov_analysis.reports.text import N_, Text

Lists = Sequence[tuple[Import, MembershipTable]]

PROBLEMS: Final = {
    "no_name": N_("Neither a name nor a code."),
    "unknown_name": N_("No municipality of the state has this name."),
    "ambiguous": N_("More than one body may be meant."),
    "wrong_state": N_("No municipality of this name in the state given; there is one in another."),
    "unknown_state": N_("The state given does not exist."),
    "unknown_code": N_("No municipality has this code."),
    "contradiction": N_("Two columns of the row say different things."),
    "not_yet_installed": N_("The municipality was installed after the day of the list."),
    "bad_date": N_("The date is no day of the calendar."),
    "too_early": N_("The date is before the network began."),
    "after_snapshot": N_("The date is after the day of the list."),
    "not_a_member": N_("The list says that it has not joined."),
    "date_without_mark": N_("There is a date, but the list says that it has not joined."),
    "unknown_status": N_("The mark says neither yes nor no."),
}
"""Why a row is refused (see `verdicts.Problem`), in words."""

_FACTS: Final = {
    "members": N_("Municipalities in the network"),
    "people": N_("People who live in them (millions)"),
    "capitals": N_("Capitals of states among them"),
    "states": N_("State governments in the network"),
}
_SHOWN_OF_ROW: Final = 160


def accounting_statement(lists: Lists, listed: Membership | None, t: Text) -> Statement | None:
    """Say what became of the rows of the newest list."""
    if listed is None or not lists:
        return None
    entry, table = lists[-1]
    return Statement(
        id="list_accounting",
        t=t,
        evidence=listed.evidence,
        source=list_source(listed, t),
        as_of=entry.snapshot_date,
        sentence=t(
            "The list of {date} has {rows} rows: {members} municipalities that have joined, {governments} state "
            "governments and other bodies. Rows that repeat another: {duplicates}; refused: {rejected}.",
            date=t.date(entry.snapshot_date),
            rows=t.integer(table.rows_read),
            members=t.integer(len(table.members)),
            governments=t.integer(len(table.governments)),
            duplicates=t.integer(len(table.duplicates)),
            rejected=t.integer(len(table.rejected)),
        ),
        value=len(table.members),
        unit="municipalities",
        numeral=t.integer(len(table.members)),
    )


def accounting_table(lists: Lists, listed: Membership | None, t: Text) -> Table | None:
    """Show the rows of each list by what became of them."""
    if listed is None or not lists:
        return None
    rows = [
        {
            "list": entry.original_name,
            "snapshot_date": pd.Timestamp(entry.snapshot_date),
            "rows_read": table.rows_read,
            "members": len(table.members),
            "governments": len(table.governments),
            "duplicates": len(table.duplicates),
            "rejected": len(table.rejected),
            "dated": int(table.members["joined_on"].notna().sum()),
            "sha256": entry.sha256,
        }
        for entry, table in lists
    ]
    return Table(
        id="list_rows",
        t=t,
        evidence=listed.evidence,
        source=list_source(listed, t),
        as_of=listed.snapshot_date,
        title=t("Rows of the list, every one accounted for"),
        caption=t("Rows read are members, governments and other bodies, repeated rows and refused rows, always."),
        frame=pd.DataFrame(rows),
        columns={
            "list": Column(t("List")),
            "snapshot_date": Column(t("Day of the list"), "date"),
            "rows_read": Column(t("Rows read"), "integer"),
            "members": Column(t("Members"), "integer"),
            "governments": Column(t("Governments and other bodies"), "integer"),
            "duplicates": Column(t("Repeated"), "integer"),
            "rejected": Column(t("Refused"), "integer"),
            "dated": Column(t("Members with a date"), "integer"),
        },
    )


def refused_table(lists: Lists, listed: Membership | None, t: Text) -> Table | None:
    """Show each row that was refused, as read, with the reason and whom it may have meant; None where none was."""
    if listed is None or not any(len(table.rejected) for _, table in lists):
        return None
    rows = [
        {
            "list": entry.original_name,
            "line": int(row["line"]),
            "as_read": _as_read(row),
            "problem": str(row["problem"]),
            "why": t(PROBLEMS[str(row["problem"])]),
            "suggestion": row["suggestion"] if pd.notna(row["suggestion"]) else None,
        }
        for entry, table in lists
        for row in table.rejected.to_dict("records")
    ]
    return Table(
        id="list_refused",
        t=t,
        evidence=listed.evidence,
        source=list_source(listed, t),
        as_of=listed.snapshot_date,
        title=t("Refused rows of the list"),
        caption=t("A wrong municipality is worse than none: these rows count for no municipality."),
        frame=pd.DataFrame(rows),
        columns={
            "line": Column(t("Line"), "integer"),
            "as_read": Column(t("As written on the list")),
            "why": Column(t("Why it was refused")),
            "suggestion": Column(t("Code to confirm")),
        },
    )


def sum_statement(listed: Membership | None, milestones: pd.DataFrame, t: Text) -> Statement | None:
    """Say whether the list's sum lies between the published totals around its day."""
    if listed is None:
        return None
    found = balance(len(listed.members), listed.snapshot_date, milestones)
    allowed = (
        t("{low} to {high}", low=t.integer(found.low), high=t.integer(found.high))
        if found.high is not None
        else t("at least {low}", low=t.integer(found.low))
    )
    verdict = (
        t("The list agrees.")
        if found.agrees
        else t("The list has too few.")
        if found.members < found.low
        else t("The list has too many.")
    )
    return Statement(
        id="list_sum",
        t=t,
        evidence=listed.evidence,
        source=t("{list}; totals published by the ministry and the press", list=list_source(listed, t)),
        as_of=listed.snapshot_date,
        sentence=t(
            "The list counts {members} municipalities on {date}; the published totals around that day allow {allowed}.",
            members=t.integer(found.members),
            date=t.date(listed.snapshot_date),
            allowed=allowed,
        )
        + f" {verdict}",
        value=found.members,
        unit="municipalities",
        numeral=t.integer(found.members),
    )


def agreement_table(lists: Lists, listed: Membership | None, municipalities: pd.DataFrame, t: Text) -> Table | None:
    """Show each published fact of the members beside what the list says of it, contradictions first."""
    if listed is None or not lists:
        return None
    governments = lists[-1][1].governments
    held = held_against(listed, governments[governments["kind"] == "state"])
    names = municipalities.set_index("ibge_code")["name"]
    shown = pd.DataFrame(
        {
            "day": held["day"],
            "what": [_what(str(kind), str(who), names, t) for kind, who in zip(held["kind"], held["who"], strict=True)],
            "published": [_published(row, t) for row in held.to_dict("records")],
            "found": [_found(row, t) for row in held.to_dict("records")],
            "result": [_result(bool(a), bool(d), t) for a, d in zip(held["agrees"], held["decided"], strict=True)],
        }
    )
    table = pd.concat([shown, held.drop(columns="day")], axis=1)
    table = table.sort_values(["agrees", "day"], kind="stable", ignore_index=True)
    against = int((~held["agrees"]).sum())
    caption = (
        t("All {count} published facts up to the day of the list agree with it.", count=t.integer(len(held)))
        if against == 0
        else t(
            "{against} of {count} published facts contradict the list; they stand first.",
            against=t.integer(against),
            count=t.integer(len(held)),
        )
    )
    return Table(
        id="list_agreement",
        t=t,
        evidence=listed.evidence,
        source=t("{list}; totals published by the ministry and the press", list=list_source(listed, t)),
        as_of=listed.snapshot_date,
        title=t("The list beside everything that was published"),
        caption=caption,
        frame=table,
        columns={
            "day": Column(t("Date"), "date"),
            "what": Column(t("What was published")),
            "published": Column(t("Published")),
            "found": Column(t("On the list")),
            "result": Column(t("Result")),
        },
        limit=100,
    )


def _as_read(row: dict[Any, Any]) -> str:
    known = {"source", "line", "problem", "reason", "reason_pt", "suggestion"}
    cells = [str(value) for name, value in row.items() if name not in known and pd.notna(value) and str(value)]
    text = " | ".join(cells)
    return text if len(text) <= _SHOWN_OF_ROW else f"{text[: _SHOWN_OF_ROW - 1]}…"


def _what(kind: str, who: str, names: pd.Series, t: Text) -> str:
    if kind == "in_state":
        return t("Municipalities of {state} in the network", state=STATES[who][1])
    if kind != "joined":
        return t(_FACTS[kind])
    name = t("government of {state}", state=STATES[who][1]) if who in STATES else str(names.get(who, who))
    return t("Joining of {name}", name=name)


def _published(row: dict[Any, Any], t: Text) -> str:
    if row["kind"] == "joined":
        return _between(row["earliest"], row["latest"], t)
    return _span(row["low"], row["high"], str(row["kind"]), t)


def _found(row: dict[Any, Any], t: Text) -> str:
    if row["kind"] != "joined":
        return _span(row["found_low"], row["found_high"], str(row["kind"]), t)
    if pd.isna(row["found_on"]) or pd.isna(row["found_by"]):
        return t("not on the list")
    return _between(row["found_on"], row["found_by"], t)


def _between(start: pd.Timestamp, end: pd.Timestamp, t: Text) -> str:
    first, last = t.date(start, "short"), t.date(end, "short")
    return first if start == end else t("{low} to {high}", low=first, high=last)


def _span(low: float, high: float, kind: str, t: Text) -> str:
    digits = 1 if kind == "people" else 0
    if high == float("inf"):
        return t("at least {low}", low=t.number(low, digits))
    first, last = t.number(low, digits), t.number(high, digits)
    return first if first == last else t("{low} to {high}", low=first, high=last)


def _result(agrees: bool, decided: bool, t: Text) -> str:
    if not agrees:
        return t("✗ differs")
    return t("✓ agrees") if decided else t("– may agree")

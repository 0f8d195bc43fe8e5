"""A list of members held against everything that is published of them, in a few lines."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from redegov_analysis.cli.printable import printable
from redegov_analysis.cli.spoken import said

if TYPE_CHECKING:
    from redegov_analysis.cleaning.membership import MembershipTable
    from redegov_analysis.project import Project

MOST_SHOWN: Final = 8
"""Contradictions shown one by one: a list of one state alone contradicts nearly everything."""


def agreement_lines(table: MembershipTable, day: date, project: Project) -> list[str]:
    """Return how many published facts agree with a list, and those that contradict it, in the language of the command.

    Parameters
    ----------
    table
        The list.
    day
        The day on which it was as it is.
    project
        The project whose published facts are held against it.
    """
    import pandas as pd

    from redegov_analysis.cleaning.gazetteer import gazetteer
    from redegov_analysis.cleaning.membership.counts import held_against
    from redegov_analysis.cleaning.membership.snapshots import joining_intervals
    from redegov_analysis.cleaning.membership.standing import Membership, in_force

    on = pd.Timestamp(day)
    members = table.members.assign(snapshot_date=on)
    if members.empty:
        return []
    listed = Membership(in_force(joining_intervals(members)), day, table.evidence, table.source)
    states = table.governments[table.governments["kind"] == "state"]
    held = held_against(listed, states if len(states) else None, project=project)
    against, unclear = held[~held["agrees"]], int((held["agrees"] & ~held["decided"]).sum())
    lines = [
        said(
            "Published facts up to {day}: {agreeing:,} of {count:,} {agreeing:agrees|agree} with the list, "
            "{against:,} {against:contradicts|contradict} it.",
            day=day,
            agreeing=len(held) - len(against),
            count=len(held),
            against=len(against),
        )
    ]
    if unclear:
        lines[0] += " " + said("{unclear:,} {unclear:agrees|agree} only as far as its days tell.", unclear=unclear)
    names = gazetteer(project).names
    lines += [f"  {_line(row, names)}" for row in against.head(MOST_SHOWN).to_dict("records")]
    if len(against) > MOST_SHOWN:
        lines.append("  " + said("… and {count:,} more", count=len(against) - MOST_SHOWN))
    return lines


def _line(row: dict[Any, Any], names: dict[str, str]) -> str:
    from redegov_analysis.cleaning.states import STATES

    who = str(row["who"])
    told = {
        "day": f"{row['day']:%Y-%m-%d}",
        "who": printable(str(STATES[who][1] if who in STATES else names.get(who, who))),
    }
    if row["kind"] == "joined":
        return said(
            "{day}  joining of {who}: published {published}, on the list {found}",
            published=_days(row["earliest"], row["latest"]),
            found=_days(row["found_on"], row["found_by"]),
            **told,
        )
    found = _span(row["found_low"], row["found_high"], str(row["kind"]))
    told |= {"published": _span(row["low"], row["high"], str(row["kind"])), "found": found}
    match str(row["kind"]):
        case "people":
            return said("{day}  people, in millions: published {published}, on the list {found}", **told)
        case "capitals":
            return said("{day}  capitals: published {published}, on the list {found}", **told)
        case "states":
            return said("{day}  state governments: published {published}, on the list {found}", **told)
        case "in_state":
            return said("{day}  municipalities of {who}: published {published}, on the list {found}", **told)
        case _:
            return said("{day}  municipalities: published {published}, on the list {found}", **told)


def _span(low: float, high: float, kind: str) -> str:
    if high == float("inf"):
        return said("at least {low:,}", low=int(low))
    if kind == "people":
        one, other = said("{value:,.1f}", value=low), said("{value:,.1f}", value=high)
    else:
        one, other = said("{value:,}", value=int(low)), said("{value:,}", value=int(high))
    return one if one == other else said("{low} to {high}", low=one, high=other)


def _days(first: Any, last: Any) -> str:
    import pandas as pd

    if pd.isna(first) or pd.isna(last):
        return said("not at all")
    one, other = f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}"
    return one if one == other else said("{low} to {high}", low=one, high=other)

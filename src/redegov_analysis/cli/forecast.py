"""`redegov forecast`: how many municipalities there will be by a day, and how likely a target is."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from redegov_analysis.cli.explained import Explained
from redegov_analysis.cli.options import Day
from redegov_analysis.cli.spoken import number, said
from redegov_analysis.project import find_project

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from redegov_analysis.cleaning.membership.standing import Membership
    from redegov_analysis.forecast.growth import GrowthForecast

LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
DATE_LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)


@click.command(cls=Explained)
@click.option("--until", type=Day(), required=True, help="Last day of the forecast.")
@click.option("--target", type=click.IntRange(min=1), help="Number of municipalities to reach.")
@click.option(
    "--exclude-after",
    "--as-of",
    "exclude_after",
    type=Day(),
    help="Use only totals dated up to this day: an honest look back. [default: all totals]",
)
@click.option("--draws", type=click.IntRange(min=100), default=2000, show_default=True, help="Simulated futures.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=20261231, show_default=True, help="Seed of the random numbers."
)
@click.option(
    "--states",
    is_flag=True,
    help="Each state on the last day too, from the dated list of members that was imported; they add up to the nation.",
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def forecast(
    until: date, target: int | None, exclude_after: date | None, draws: int, seed: int, states: bool, as_json: bool
) -> None:
    """Forecast the network's size at the end of each month until a day.

    With the same draws and seed, the numbers are those of the report "Where the Rede GOV.BR is heading".
    """
    content = forecast_content(until, target=target, exclude_after=exclude_after, draws=draws, seed=seed)
    if states:
        content["states"] = states_content(until, exclude_after=exclude_after, draws=draws, seed=seed)
    if as_json:
        click.echo(json.dumps(content, indent=2))
    else:
        _print(content)


def forecast_content(
    until: date, *, target: int | None, exclude_after: date | None, draws: int, seed: int
) -> dict[str, Any]:
    """Return the forecast ready for JSON: quantiles by month's end, and what it says of the target.

    Raises
    ------
    ParameterError
        If the target is more than there are municipalities on the last day, or no day can be forecast.
    """
    import numpy as np
    import pandas as pd

    from redegov_analysis.cleaning.milestones import universe_size
    from redegov_analysis.errors import ParameterError
    from redegov_analysis.forecast.observations import read_totals
    from redegov_analysis.forecast.outlook import draws_on, outlook, with_count_of

    most = universe_size(until)
    if target and target > most:
        raise ParameterError(
            "--target {target:,}: there are only {most:,} {most:municipality|municipalities} on {day}",
            expected="a number from 1 to {most:,}",
            target=target,
            most=most,
            day=until.isoformat(),
        )
    listed, known = _known(exclude_after)
    counted = with_count_of(listed, known)
    grown = outlook(counted, draws=draws, seed=seed)
    totals = read_totals(counted).table
    largest = totals[totals["low"] == grown.last_certain_count]
    last = pd.Timestamp(until)
    days = grown.dates[(grown.dates > grown.last_day) & (grown.dates < last) & grown.dates.is_month_end]
    days = days.union(pd.DatetimeIndex([last]))
    quantiles = np.quantile(draws_on(grown, days), LEVELS, axis=0).T
    return {
        # The most that are certain to be in: of "more than 2,600" that is 2,601, and no count.
        "last_total": grown.last_certain_count,
        "last_total_is_lower_bound": bool((largest["high"] != largest["low"]).all()),
        "last_day": f"{grown.last_day:%Y-%m-%d}",
        "draws": draws,
        "seed": seed,
        "levels": list(LEVELS),
        "forecast": [
            {"date": f"{day:%Y-%m-%d}", "quantiles": [float(value) for value in row]}
            for day, row in zip(days, quantiles, strict=True)
        ],
        "target": _target(grown, target, until) if target else None,
    }


def states_content(until: date, *, exclude_after: date | None, draws: int, seed: int) -> dict[str, Any]:
    """Return each state's forecast on a day ready for JSON, from the list of members in force.

    In every draw the states add up to the nation's forecast.

    Raises
    ------
    DataError
        If no list was imported, or it does not date its members.
    """
    from redegov_analysis.cleaning.build import processed
    from redegov_analysis.errors import DataError
    from redegov_analysis.forecast.outlook import outlook, with_count_of
    from redegov_analysis.forecast.states import forecast_states
    from redegov_analysis.language import Phrase

    listed, known = _known(exclude_after)
    if listed is None or not listed.dated:
        raise DataError(
            "States are forecast from a list in which at least 95% of the members carry the day or the month "
            "of joining; {why}. Import one with: redegov membership import",
            why=Phrase("no list was imported")
            if listed is None
            else Phrase("{source} does not date its members so", {"source": listed.source}),
        )
    ahead = forecast_states(
        listed.members,
        processed("municipalities"),
        day=listed.snapshot_date,
        dates=[until],
        seed=seed,
        nation=outlook(with_count_of(listed, known, made_up=True), draws=draws, seed=seed),
    )
    names = {"members": "members_now", "municipalities": "municipalities", "half_is_in": "probability"}
    national = [float(value) for value in _quantiles(ahead.national[:, -1])]
    return {
        "list": listed.source,
        "evidence": str(listed.evidence),
        "day_of_list": listed.snapshot_date.isoformat(),
        "date": until.isoformat(),
        "draws": draws,
        "nation": {"members": int(ahead.members.sum()), "quantiles": national},
        "states": [
            {
                "uf": row["uf"],
                **{name: row[column] for name, column in names.items()},
                "quantiles": [row[f"q{1000 * level:03.0f}"] for level in LEVELS],
            }
            for row in ahead.on(until, LEVELS).to_dict("records")
        ],
    }


def _known(exclude_after: date | None) -> tuple[Membership | None, pd.DataFrame]:
    """Return the list in force and the published totals, both as they were on a day."""
    from redegov_analysis.cleaning.build import processed
    from redegov_analysis.cleaning.membership.standing import membership_in_force
    from redegov_analysis.forecast.pace import known_by

    project = find_project()
    listed = membership_in_force("", project)
    known = known_by(processed("milestones", project), exclude_after.isoformat() if exclude_after else "")
    return listed and listed.known_by(exclude_after), known


def _quantiles(draws: Any) -> Any:
    import numpy as np

    return np.quantile(draws, LEVELS)


def _target(grown: GrowthForecast, target: int, until: date) -> dict[str, Any]:
    reached = grown.date_reached(target, DATE_LEVELS)
    return {
        "municipalities": target,
        "probability": grown.probability(target, until),
        "forecast_ends": f"{grown.dates[-1]:%Y-%m-%d}",
        "reached_by": {
            f"{level:g}": None if day != day else f"{day:%Y-%m-%d}"
            for level, day in zip(DATE_LEVELS, reached, strict=True)
        },
    }


def _print(content: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(
        title=said(
            "Municipalities in the Rede GOV.BR, forecast from the totals up to {last_day}", last_day=content["last_day"]
        ),
        title_justify="left",
    )
    table.add_column(said("Day"))
    for heading in (said("Median"), said("50% between"), said("80% between"), said("95% between")):
        table.add_column(heading, justify="right")
    for row in content["forecast"]:
        q = [number(value) for value in row["quantiles"]]
        table.add_row(row["date"], q[3], f"{q[2]}–{q[4]}", f"{q[1]}–{q[5]}", f"{q[0]}–{q[6]}")
    console = Console(highlight=False)
    console.print(table)
    if content["target"]:
        _print_target(content, console)
    if "states" in content:
        _print_states(content["states"], console)


def _print_target(content: dict[str, Any], console: Console) -> None:
    target = content["target"]
    chance = target["probability"]
    written = said("less than 1%") if chance < 0.01 else said("more than 99%") if chance > 0.99 else f"{chance:.0%}"
    console.print(
        said(
            "Chance of at least {municipalities:,} by {date}: {written}.",
            municipalities=target["municipalities"],
            date=content["forecast"][-1]["date"],
            written=written,
        )
    )
    if target["municipalities"] <= content["last_total"]:
        console.print(said("That many were already in on {last_day}.", last_day=content["last_day"]))
        return
    if target["reached_by"]["0.1"] is None:
        console.print(said("Less than 10% chance of being there by {day}.", day=target["forecast_ends"]))
        return
    beyond = said("later than {year}", year=target["forecast_ends"][:4])
    early, middle, late = (target["reached_by"][level] or beyond for level in ("0.1", "0.5", "0.9"))
    console.print(
        said(
            "Even chance of being there by: {middle}; with 80% probability between {early} and {late}.",
            middle=middle,
            early=early,
            late=late,
        ),
        soft_wrap=True,
    )


def _print_states(content: dict[str, Any], console: Console) -> None:
    from rich.markup import escape
    from rich.table import Table

    low, middle, high = (number(content["nation"]["quantiles"][place]) for place in (1, 3, 5))
    title = said("Members by state on {date}, from {list}", date=content["date"], list=escape(content["list"]))
    if content["evidence"] == "simulated":
        title += said("\nSIMULATED, not real data")
    table = Table(title=title, title_justify="left")
    table.add_column(said("State"))
    for heading in (
        said("Municipalities"),
        said("On the list"),
        said("Median"),
        said("80% between"),
        said("Half is in"),
    ):
        table.add_column(heading, justify="right")
    for row in content["states"]:
        q, chance = row["quantiles"], row["half_is_in"]
        written = "<1%" if chance < 0.01 else ">99%" if chance > 0.99 else f"{chance:.0%}"
        numbers = (
            number(row["municipalities"]),
            number(row["members"]),
            number(q[3]),
            f"{number(q[1])}–{number(q[5])}",
        )
        table.add_row(row["uf"], *numbers, written)
    console.print(table)
    console.print(
        said("The states add up to {middle} (80% between {low} and {high}).", middle=middle, low=low, high=high),
        soft_wrap=True,
    )

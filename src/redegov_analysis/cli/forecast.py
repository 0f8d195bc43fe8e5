"""`redegov forecast`: how many municipalities there will be by a day, and how likely a target is."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from redegov_analysis.cli.options import Day
from redegov_analysis.project import find_project

if TYPE_CHECKING:
    from redegov_analysis.forecast.growth import GrowthForecast

LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)


@click.command()
@click.option("--until", type=Day(), required=True, help="Last day of the forecast.")
@click.option("--target", type=click.IntRange(min=1), help="Number of municipalities to reach.")
@click.option("--as-of", type=Day(), help="Use only totals up to this day. [default: all]")
@click.option("--draws", type=click.IntRange(min=100), default=2000, show_default=True, help="Simulated futures.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=20261231, show_default=True, help="Seed of the random numbers."
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def forecast(until: date, target: int | None, as_of: date | None, draws: int, seed: int, as_json: bool) -> None:
    """Forecast the network's size at the end of each month until a day."""
    content = forecast_content(until, target=target, as_of=as_of, draws=draws, seed=seed)
    if as_json:
        click.echo(json.dumps(content, indent=2))
    else:
        _print(content)


def forecast_content(until: date, *, target: int | None, as_of: date | None, draws: int, seed: int) -> dict[str, Any]:
    """Return the forecast ready for JSON: quantiles by month's end, and what it says of the target."""
    import pandas as pd

    from redegov_analysis.cleaning.build import processed
    from redegov_analysis.cleaning.milestones import universe_size
    from redegov_analysis.forecast.growth import forecast_growth

    milestones = processed("milestones", find_project())
    if as_of:
        milestones = milestones[milestones["date"] <= pd.Timestamp(as_of)]
    last = milestones["date_latest"].max()
    dates = pd.date_range(last, until, freq="ME").union(pd.DatetimeIndex([pd.Timestamp(until)]))
    grown = forecast_growth(milestones, universe=universe_size, dates=dates, draws=draws, seed=seed)
    quantiles = grown.quantiles(LEVELS)
    return {
        "last_total": grown.last_certain_count,
        "last_day": f"{grown.last_day:%Y-%m-%d}",
        "draws": draws,
        "seed": seed,
        "levels": list(LEVELS),
        "forecast": [
            {"date": f"{day:%Y-%m-%d}", "quantiles": [float(value) for value in row]}
            for day, row in zip(grown.dates, quantiles[list(LEVELS)].to_numpy(), strict=True)
        ],
        "target": _target(grown, target, until) if target else None,
    }


def _target(grown: GrowthForecast, target: int, until: date) -> dict[str, Any]:
    levels = (0.05, 0.25, 0.5, 0.75, 0.95)
    reached = grown.date_reached(target, levels)
    return {
        "municipalities": target,
        "probability": grown.probability(target, until),
        "reached_by": {
            f"{level:g}": None if day != day else f"{day:%Y-%m-%d}" for level, day in zip(levels, reached, strict=True)
        },
    }


def _print(content: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(
        title=f"Municipalities in the Rede GOV.BR, forecast from the totals up to {content['last_day']}",
        title_justify="left",
    )
    table.add_column("Day")
    for heading in ("Median", "50% between", "80% between", "95% between"):
        table.add_column(heading, justify="right")
    for row in content["forecast"]:
        q = [f"{value:,.0f}" for value in row["quantiles"]]
        table.add_row(row["date"], q[3], f"{q[2]}–{q[4]}", f"{q[1]}–{q[5]}", f"{q[0]}–{q[6]}")
    console = Console(highlight=False)
    console.print(table)
    target = content["target"]
    if target:
        chance = target["probability"]
        written = "less than 1%" if chance < 0.01 else "more than 99%" if chance > 0.99 else f"{chance:.0%}"
        middle = target["reached_by"]["0.5"] or "later than that"
        console.print(
            f"Chance of at least {target['municipalities']:,} by {content['forecast'][-1]['date']}: {written}. "
            f"Even chance of being there by: {middle}."
        )

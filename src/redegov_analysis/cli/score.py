"""`redegov score`: what was forecast, and what has been published since."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from redegov_analysis.cli.explained import Explained
from redegov_analysis.cli.spoken import number, said
from redegov_analysis.cli.words import word
from redegov_analysis.project import find_project


@click.command(cls=Explained)
@click.option(
    "--archive",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the kept forecasts. [default: reports/archive]",
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def score(archive: Path | None, as_json: bool) -> None:
    """Compare the forecasts kept with the totals published since they were made."""
    content = score_content(archive or find_project().reports / "archive")
    if as_json:
        click.echo(json.dumps(content, indent=2))
    else:
        _print(content)


def score_content(archive: Path) -> dict[str, Any]:
    """Return the comparison ready for JSON: how many forecasts are kept, and a row per forecast and later total."""
    from redegov_analysis.cleaning.build import processed
    from redegov_analysis.forecast.archive import read_archive, scored
    from redegov_analysis.forecast.monitoring import watched_forecasts

    kept = read_archive(archive)
    milestones = processed("milestones", find_project())
    rows = scored(kept, milestones)
    days = [name for name in rows.columns if name in {"made_on", "vintage", "date"}]
    watch = watched_forecasts(rows)
    written = rows.assign(**{name: rows[name].map("{:%Y-%m-%d}".format) for name in days})
    return {
        "archive": str(archive),
        "forecasts_kept": int(kept["run_id"].nunique()),
        "newest_forecast": f"{kept['made_on'].max():%Y-%m-%d}" if len(kept) else None,
        "newest_total": f"{milestones['date'].max():%Y-%m-%d}",
        "scored": [
            {name: value.item() if hasattr(value, "item") else value for name, value in row.items()}
            for row in written.astype("object").to_dict("records")
        ],
        "summary": None
        if rows.empty
        else {
            "comparisons": len(rows),
            "covered_80": float(rows["inside_80"].mean()),
            "covered_95": float(rows["inside_95"].mean()),
            "mean_wis": float(rows["wis"].mean()),
            "mean_error": float(rows["error"].mean()),
        },
        "watch": [
            {
                "date": f"{row['date']:%Y-%m-%d}",
                "score": float(row["score"]),
                "level": float(row["level"]),
                "level_error": float(row["level_error"]),
                "broken": bool(row["broken"]),
                "side": row["side"] or None,
            }
            for row in watch.to_dict("records")
        ],
    }


def _print(content: dict[str, Any]) -> None:
    if not content["forecasts_kept"]:
        click.echo(
            said(
                "No forecast is kept in {archive} yet. `redegov run` keeps one with every new site.",
                archive=content["archive"],
            )
        )
        return
    if not content["scored"]:
        click.echo(
            said(
                "Nothing can be scored yet: {forecasts_kept} kept (newest made on {newest_forecast}), but no total "
                "has been published for a day after a forecast was made (newest total: {newest_total}).",
                forecasts_kept=content["forecasts_kept"],
                newest_forecast=content["newest_forecast"],
                newest_total=content["newest_total"],
            )
        )
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(
        title=said("What we said, and what happened"), title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0)
    )
    for heading in (said("Total of"), said("Said on")):
        table.add_column(heading, no_wrap=True)
    for heading in (said("Published"), said("Median"), said("80% between"), said("95% between")):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column(said("Within"), no_wrap=True)
    for row in content["scored"]:
        verdict = "80%" if row["inside_80"] else "95%" if row["inside_95"] else said("neither")
        table.add_row(
            row["date"],
            row["made_on"],
            number(row["published"]),
            number(row["q500"]),
            f"{number(row['q100'])}–{number(row['q900'])}",
            f"{number(row['q025'])}–{number(row['q975'])}",
            verdict,
        )
    console = Console(highlight=False)
    console.print(table)
    told = content["summary"]
    console.print(
        said(
            "{comparisons} {comparisons:comparison|comparisons}: {covered_80:.0%} within the 80% interval, "
            "{covered_95:.0%} within the 95% interval; mean score {mean_wis:,} "
            "{mean_wis:municipality|municipalities} (weighted interval score, less is better).",
            comparisons=told["comparisons"],
            covered_80=told["covered_80"],
            covered_95=told["covered_95"],
            mean_wis=round(told["mean_wis"]),
        ),
        soft_wrap=True,
    )
    newest = content["watch"][-1]
    console.print(
        said(
            "The forecast does not hold: totals lie {side} it, by their level of {level:+.1f} normal scores up to "
            "{date}. Look for a law, a deadline or a change of the programme before you quote it.",
            side=word(newest["side"]),
            level=newest["level"],
            date=newest["date"],
        )
        if newest["broken"]
        else said(
            "The forecast holds: the level of its normal scores is {level:+.1f} up to {date} (give or take "
            "{level_error:.1f}).",
            level=newest["level"],
            date=newest["date"],
            level_error=newest["level_error"],
        ),
        soft_wrap=True,
    )

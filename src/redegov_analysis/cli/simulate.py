"""`redegov simulate-membership`: a made-up list of members that agrees with all that is published."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from redegov_analysis.cli.explained import Explained
from redegov_analysis.cli.options import Day
from redegov_analysis.cli.spoken import said
from redegov_analysis.errors import DataError, ParameterError
from redegov_analysis.project import find_project

SUFFIXES = (".csv", ".json", ".parquet")


@click.command(cls=Explained, name="simulate-membership")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="CSV, JSON or Parquet, by its name.",
)
@click.option("--seed", type=click.IntRange(min=0), required=True, help="The same seed draws the same list.")
@click.option("--until", type=Day(), help="Last day of the list. [default: the last published total's]")
@click.option("--force", is_flag=True, help="Take the place of a file of that name.")
def simulate_membership(output: Path, seed: int, until: date | None, force: bool) -> None:
    """Draw a full dated list of members, for demonstration and tests. It is NOT real data.

    Totals, people reached, capitals, state governments and named adhesions agree with all that is published; who else
    joined, and when, is made up. Every row says `simulated`, and so does every page made from the list.
    """
    from redegov_analysis.cleaning.membership.published import agreement
    from redegov_analysis.data.writing import csv_text, write_atomically, write_parquet
    from redegov_analysis.forecast.simulated_members import published_until, simulate_members

    suffix = output.suffix.lower()
    if suffix not in SUFFIXES:
        raise ParameterError(
            "{name}: the name must end in {endings}; it says which format to write.",
            name=output.name,
            endings=", ".join(SUFFIXES),
        )
    if output.exists() and not force:
        raise ParameterError("{output} exists. Give another name, or --force to take its place.", output=output)
    project = find_project()
    table = simulate_members(seed, until=until, project=project)
    towns, states = (table[table["sphere"] == sphere] for sphere in ("municipal", "estadual"))
    last = until or published_until(project)
    held = agreement(towns, states, until=last, project=project)
    if not held["agrees"].all():
        lost = held.loc[~held["agrees"], "says"].iloc[0]
        raise DataError(
            "The list drawn with seed {seed} does not keep what is published ({lost}). Report this.",
            seed=seed,
            lost=lost,
        )
    if suffix == ".parquet":
        write_parquet(table, output)
    else:
        days = table.assign(joined_on=table["joined_on"].dt.strftime("%Y-%m-%d"))
        written = (
            csv_text(days) if suffix == ".csv" else days.to_json(orient="records", force_ascii=False, indent=1) + "\n"
        )
        write_atomically(output, written)
    click.echo(
        said(
            "SIMULATED, not real data: {n_towns:,} {n_towns:municipality|municipalities} and {n_states} "
            "{n_states:state government|state governments} to {last:%Y-%m-%d}; all {n_held} published {n_held:fact "
            "holds|facts hold}.\nWritten to {output}.",
            n_towns=len(towns),
            n_states=len(states),
            last=last,
            n_held=len(held),
            output=output,
        )
    )
    if suffix != ".parquet":
        click.echo(
            said(
                "Reports from it: redegov run --membership {output} --snapshot-date {last:%Y-%m-%d}",
                output=output,
                last=last,
            )
        )

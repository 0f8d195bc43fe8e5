"""What the forecast gives to each state while no list by state is public: sizes, and how far states differ."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from redegov_analysis.cleaning.spelling import folded
from redegov_analysis.drivers.selectivity import fit_size_selectivity
from redegov_analysis.drivers.states import state_member_draws, state_shares
from redegov_analysis.evidence import Evidence
from redegov_analysis.forecast.growth import GrowthForecast
from redegov_analysis.forecast.outlook import TARGET_DAY
from redegov_analysis.forecast.reach import ReachForecast
from redegov_analysis.forecast.states import StateForecast
from redegov_analysis.reports.content.state import estimated_shares
from redegov_analysis.reports.items import Column, Statement, Table
from redegov_analysis.reports.states import STATES
from redegov_analysis.reports.text import N_, Text

SOURCE: Final = N_(
    "Forecast and size gradient of the published totals; spread between states as in the sister networks"
)
FEDERAL_DISTRICT: Final = "DF"
LAYERS: Final = 20
DRAWS_PER_LAYER: Final = 40


def state_outlook(
    milestones: pd.DataFrame,
    forecast: GrowthForecast,
    reach: ReachForecast,
    municipalities: pd.DataFrame,
    nfse: pd.DataFrame,
    snc: pd.DataFrame,
    *,
    seed: int,
) -> pd.DataFrame:
    """Return the members expected in each state on the target's day, with 80 % intervals.

    The draws of the network's size are cut into `LAYERS` parts from the smallest to the largest, so that the national
    uncertainty is kept; within each, members are drawn municipality by municipality with the slope that the gradient is
    expected to have by then and an effect for each state as large as the sister networks show. Every draw adds up to
    its national total.

    Parameters
    ----------
    milestones, municipalities, nfse, snc
        Processed tables, the first cut at the day of the report.
    forecast, reach
        From `forecast.outlook.outlook` and `content.reach.people_reached`.
    seed
        Seed of the random numbers.

    Returns
    -------
    DataFrame
        As `drivers.states.state_shares`, with a column `name`, ordered by name; without the Federal District, which is
        one municipality and either in or out.
    """
    spread = estimated_shares(milestones, municipalities, nfse, snc).spread
    day = TARGET_DAY if TARGET_DAY in reach.dates else reach.dates[-1]
    slopes = reach.slopes[:, reach.dates.get_loc(day)]
    counts = np.sort(forecast.draws[:, forecast.dates.get_loc(day)])
    gradient = fit_size_selectivity(milestones, municipalities).iloc[-1]
    low, middle, high = np.quantile(slopes, [0.02, 0.5, 0.98])
    uf = municipalities.set_index("ibge_code")["uf"]
    parts = []
    for number, layer in enumerate(np.array_split(counts, LAYERS)):
        count = min(int(np.median(layer)), int(reach.municipalities.sum()) - 1)
        then = gradient.copy()
        then[["slope_low", "slope", "slope_high"]] = low, middle, high
        then[["count_low", "count_high"]] = count, count
        parts.append(
            state_member_draws(then, municipalities, uf, spread=spread, draws=DRAWS_PER_LAYER, seed=seed + number)
        )
    known = municipalities.loc[municipalities["population_2022"].notna(), "uf"]
    table = state_shares(pd.concat(parts, ignore_index=True), known, level=0.8)
    table = table[table["uf"] != FEDERAL_DISTRICT]
    names = table["uf"].map({uf: state.name for uf, state in STATES.items()})
    table = table.assign(name=names, plain=names.map(folded))
    return table.sort_values("plain", ignore_index=True).drop(columns="plain")


def states_table(
    milestones: pd.DataFrame,
    forecast: GrowthForecast,
    reach: ReachForecast | None,
    municipalities: pd.DataFrame,
    nfse: pd.DataFrame,
    snc: pd.DataFrame,
    t: Text,
    *,
    seed: int,
    unless: StateForecast | None = None,
) -> Table | Statement | None:
    """Show how many members each state may have at the end of 2026, as far as size and the national totals tell.

    Returns nothing where `unless`, a forecast from a dated list, is there: it knows more.
    """
    if unless is not None:
        return None
    if reach is None:
        return Statement(
            id="states_outlook",
            t=t,
            evidence=Evidence.ESTIMATED,
            source=t(SOURCE),
            as_of=forecast.last_day,
            sentence=t("Without a published population nothing can be said of states."),
        )
    table = state_outlook(milestones, forecast, reach, municipalities, nfse, snc, seed=seed)
    day = TARGET_DAY if TARGET_DAY in reach.dates else reach.dates[-1]
    return Table(
        id="states_outlook",
        t=t,
        evidence=Evidence.ESTIMATED,
        source=t(SOURCE),
        as_of=forecast.last_day,
        title=t("What the forecast gives to each state by {day}", day=t.date(day)),
        caption=t(
            "No list by state is public: the middle differs between states only because their municipalities differ in "
            "size, and the intervals say how little that tells. They overlap nearly everywhere, so this is no ranking. "
            "The Federal District, which counts as one municipality, and the youngest municipality, which the 2022 "
            "census did not know, are left out. Each state's page shows what is observed there."
        ),
        frame=table,
        columns={
            "name": Column(t("State")),
            "municipalities": Column(t("Municipalities"), "integer"),
            "members": Column(t("Members expected"), "integer"),
            "members_low": Column(t("80%: from"), "integer"),
            "members_high": Column(t("80%: to"), "integer"),
            "member_share": Column(t("Share"), "percent", 0),
        },
    )

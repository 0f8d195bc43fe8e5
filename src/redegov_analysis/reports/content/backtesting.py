"""How good the method would have been: looked back over published totals and sister networks, as if it were earlier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd
from matplotlib.figure import Figure as Sheet

from redegov_analysis.cleaning.milestones import universe_size
from redegov_analysis.cleaning.sisters import NFSE_VOLUNTARY_UNTIL, SNC_VOLUNTARY_UNTIL
from redegov_analysis.evidence import Evidence
from redegov_analysis.forecast.backtest import ENSEMBLE, monthly_totals, published_origins, rolling_origin
from redegov_analysis.forecast.observations import read_totals
from redegov_analysis.forecast.pace import PUBLISHED_UNIVERSE
from redegov_analysis.reports import theme
from redegov_analysis.reports.items import Column, Figure, Statement, Table
from redegov_analysis.reports.text import N_, Text

BACKTEST_SOURCE: Final = N_(
    "Forecasts made as if it were earlier; published totals, Receita Federal, Ministério da Cultura"
)
DRAWS: Final = 300
FURTHEST_MONTHS: Final = 12.5
"""Published totals are scored up to a year ahead: further off, a single missed take-off would decide every mean."""

FEWEST_TOTALS: Final = 5
FIRST_SHARE: Final = 0.1
STEPS: Final = {"nfse": 2, "snc": 12}
"""Months between forecasts: a look back over every month takes minutes (`docs/benchmarks.md` has its result)."""

SETS: Final = {
    "published": N_("Rede GOV.BR, published totals"),
    "nfse": N_("Service invoice (NFS-e) to 2024"),
    "snc": N_("Culture system (SNC)"),
}
METHODS: Final = {
    ENSEMBLE: N_("This forecast"),
    "last rate": N_("Last rate continued"),
    "drift": N_("Pace of 12 months continued"),
    "best curve": N_("Best single curve"),
}
NOMINAL: Final = (50, 80, 90, 95)


def backtest(
    milestones: pd.DataFrame,
    nfse: pd.DataFrame,
    snc: pd.DataFrame,
    *,
    steps: Mapping[str, int] = STEPS,
    draws: int = DRAWS,
    seed: int = 0,
) -> pd.DataFrame:
    """Return forecasts made as if it were earlier, with their scores, beside three simple methods.

    Parameters
    ----------
    milestones
        The processed table `milestones`; forecasts start from each total from the fifth on.
    nfse, snc
        The dated lists of the sister networks, cut here at the end of their voluntary phases. Forecasts look six months
        ahead, from the month in which a tenth of the municipalities had joined.
    steps
        Months between the forecasts of each sister network.
    draws, seed
        As in `forecast.backtest.rolling_origin`.

    Returns
    -------
    DataFrame
        As `rolling_origin`, with a column `set`: `published` (absent where too few totals are known), `nfse` or `snc`.
    """
    parts = []
    if len(read_totals(milestones).table) > FEWEST_TOTALS:
        totals = published_origins(
            milestones, universe=universe_size, first_total=FEWEST_TOTALS, draws=draws, seed=seed
        )
        parts.append(totals[totals["horizon_months"] <= FURTHEST_MONTHS].assign(set="published"))
    for name, table, until in (("nfse", nfse, NFSE_VOLUNTARY_UNTIL), ("snc", snc, SNC_VOLUNTARY_UNTIL)):
        joined = table["joined_on"]
        series = monthly_totals(joined[joined <= until], until)
        parts.append(_every(series, steps[name], draws=draws, seed=seed).assign(set=name))
    return pd.concat(parts, ignore_index=True)


def _every(series: pd.DataFrame, step: int, *, draws: int, seed: int, months: int = 6) -> pd.DataFrame:
    """Return `rolling_origin` of one month in `step`: each is asked of a series that ends with its target."""
    share = series["municipalities"] / PUBLISHED_UNIVERSE
    origins = [i for i in range(3, len(series) - months) if share.iloc[i] >= FIRST_SHARE][::step]
    parts: list[pd.DataFrame] = []
    for origin in origins:
        scores = rolling_origin(
            series.iloc[: origin + months + 1],
            universe=PUBLISHED_UNIVERSE,
            horizons_months=(months,),
            first_share=float(share.iloc[origin]),
            draws=draws,
            seed=seed,
        )
        parts.append(scores[scores["origin"] == series["date"].iloc[origin]])
    return pd.concat(parts, ignore_index=True)


def backtest_means(scores: pd.DataFrame) -> pd.DataFrame:
    """Return one row per set and method, the best first within a set.

    Returns
    -------
    DataFrame
        `set`, `method`, `forecasts`, `wis` (mean, municipalities), `error` (mean absolute error of the median,
        municipalities), `covered_80`, `covered_95` (shares).
    """
    table = (
        scores.assign(error=scores["error"].abs())
        .groupby(["set", "method"])
        .agg(
            forecasts=("wis", "size"),
            wis=("wis", "mean"),
            error=("error", "mean"),
            covered_80=("covered_80", "mean"),
            covered_95=("covered_95", "mean"),
        )
        .reset_index()
    )
    order = table["set"].map({name: place for place, name in enumerate(SETS)})
    return table.assign(order=order).sort_values(["order", "wis"], ignore_index=True).drop(columns="order")


def backtest_statement(scores: pd.DataFrame, t: Text) -> Statement:
    """Say in how many of the three sets the method was the best, and where it failed."""
    means = backtest_means(scores)
    best = means.drop_duplicates("set").set_index("set")["method"]
    won = best[best == ENSEMBLE]
    ours = scores[scores["method"] == ENSEMBLE]
    totals = ours[ours["set"] == "published"]
    before = totals[totals["origin"] < "2023-12-01"]
    after = totals[totals["origin"] >= "2023-12-01"]
    sentence = t(
        "Looking back, this forecast had the best score of four methods in {won} of {sets} sets of data, and {inside} "
        "of its {count} intervals of 95% held what came.",
        won=t.integer(len(won)),
        sets=t.integer(len(best)),
        inside=t.integer(int(ours["covered_95"].sum())),
        count=t.integer(len(ours)),
    )
    missed = t(
        "It did not see the network's take-off in late 2023: of the forecasts made before it, {before_inside} of "
        "{before} intervals held; of those made since, {after_inside} of {after}.",
        before_inside=t.integer(int(before["covered_95"].sum())),
        before=t.integer(len(before)),
        after_inside=t.integer(int(after["covered_95"].sum())),
        after=t.integer(len(after)),
    )
    return Statement(
        id="backtest_verdict",
        t=t,
        evidence=Evidence.ESTIMATED,
        source=t(BACKTEST_SOURCE),
        as_of=scores["target_date"].max(),
        sentence=f"{sentence} {missed}" if len(before) and len(after) and not before["covered_95"].all() else sentence,
        value=float(ours["covered_95"].mean()),
        unit="share of 95% intervals that held",
    )


def backtest_table(scores: pd.DataFrame, t: Text) -> Table:
    """Show the mean score and the coverage of this method and of three simple ones."""
    means = backtest_means(scores)
    return Table(
        id="backtest",
        t=t,
        evidence=Evidence.ESTIMATED,
        source=t(BACKTEST_SOURCE),
        as_of=scores["target_date"].max(),
        title=t("This forecast beside three simple ones"),
        caption=t(
            "The score (weighted interval score, in municipalities) is smaller for narrow intervals that hold what "
            "came. Published totals up to a year ahead, from each total since the fifth; sister networks six months "
            "ahead, from every second month of the service invoice and one month a year of the culture system, with "
            "{draws} paths each, to keep this page quick. The project's benchmarks take every month.",
            draws=t.integer(DRAWS),
        ),
        frame=means.assign(
            set_name=[t(SETS[name]) for name in means["set"]],
            method_name=[t(METHODS[name]) for name in means["method"]],
        ),
        columns={
            "set_name": Column(t("Data")),
            "method_name": Column(t("Method")),
            "wis": Column(t("Score"), "integer"),
            "error": Column(t("Median off by"), "integer"),
            "covered_80": Column(t("Held by 80%"), "percent", 0),
            "covered_95": Column(t("Held by 95%"), "percent", 0),
            "forecasts": Column(t("Forecasts"), "integer"),
        },
    )


def calibration_figure(scores: pd.DataFrame, t: Text) -> Figure:
    """Draw how often intervals held what came against how often they should have."""
    ours = scores[scores["method"] == ENSEMBLE]
    rows = [
        {"set": name, "forecasts": len(part), "nominal": level / 100, "held": float(part[f"covered_{level}"].mean())}
        for name in SETS
        for part in (ours[ours["set"] == name],)
        if len(part)
        for level in NOMINAL
    ]
    frame = pd.DataFrame(rows)
    look = {
        "published": (theme.BLUE_DARK, "o", "solid"),
        "nfse": (theme.OCHRE, "s", (0, (6, 2))),
        "snc": (theme.GREEN, "D", (0, (2, 1.5))),
    }

    def draw(sheet: Sheet, narrow: bool) -> None:
        axes = theme.tidy(sheet.add_subplot(), grid="both")
        axes.plot([0, 100], [0, 100], color=theme.GRAY, linewidth=1, linestyle=(0, (4, 3)), label=t("as promised"))
        for name, (color, marker, style) in look.items():
            part = frame[frame["set"] == name]
            if part.empty:
                continue
            label = f"{t(SETS[name])} ({t.integer(part['forecasts'].iloc[0])})"
            axes.plot(
                100 * part["nominal"], 100 * part["held"], color=color, marker=marker, linestyle=style, label=label
            )
        axes.set_xlim(44, 100)
        axes.set_ylim(0, 103)
        axes.set_xticks(NOMINAL, [t.percent(level / 100, 0) for level in NOMINAL])
        axes.yaxis.set_major_formatter(lambda value, _: t.percent(value / 100, 0))
        axes.set_xlabel(t("probability that the interval promised"))
        axes.set_ylabel(t("share of intervals that held"))
        axes.legend(loc="lower right", fontsize=8.5 if narrow else 9.5)

    worst = frame.iloc[int((frame["held"] - frame["nominal"]).argmin())]
    return Figure(
        id="calibration",
        t=t,
        evidence=Evidence.ESTIMATED,
        source=t(BACKTEST_SOURCE),
        as_of=scores["target_date"].max(),
        title=t("Did the intervals keep their promise?"),
        caption=t(
            "On the dashed line, intervals hold as often as they promise; below it they are too narrow, above it too "
            "wide. Forecasts of one network overlap, so the few behind each line are fewer still than they look."
        ),
        alt=t(
            "Lines for the three sets near the diagonal; furthest below it lies {set}, where intervals of {nominal} "
            "held in {held} of cases.",
            set=t(SETS[str(worst["set"])]),
            nominal=t.percent(worst["nominal"], 0),
            held=t.percent(worst["held"], 0),
        ),
        draw=draw,
        frame=frame.assign(set_name=[t(SETS[name]) for name in frame["set"]]),
        columns={
            "set_name": Column(t("Data")),
            "nominal": Column(t("Promised"), "percent", 0),
            "held": Column(t("Held"), "percent", 0),
            "forecasts": Column(t("Forecasts"), "integer"),
        },
        heights=(4.0, 3.9),
    )

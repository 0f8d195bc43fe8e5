"""What forecasts really said, beside what came: those that were kept, and one made with the totals of a past day."""

from __future__ import annotations

import pandas as pd

from redegov_analysis.cleaning.milestones import universe_size
from redegov_analysis.evidence import Evidence
from redegov_analysis.forecast.archive import scored
from redegov_analysis.forecast.growth import forecast_growth
from redegov_analysis.forecast.monitoring import watched_forecasts
from redegov_analysis.reports.content.growth import SOURCE
from redegov_analysis.reports.content.network import as_stated
from redegov_analysis.reports.items import Column, Statement, Table
from redegov_analysis.reports.text import Text


def kept_forecasts(kept: pd.DataFrame, milestones: pd.DataFrame, t: Text) -> Table | Statement:
    """Show the forecasts that were really published beside the totals published since, or say that there is none yet.

    Parameters
    ----------
    kept
        From `forecast.archive.read_archive`.
    milestones
        The processed table `milestones`.
    """
    rows = scored(kept, milestones)
    if rows.empty:
        return Statement(
            id="kept_forecasts",
            t=t,
            evidence=Evidence.ESTIMATED,
            source=t(SOURCE),
            as_of=milestones["date"].max(),
            sentence=t(
                "Every published run keeps its forecast. None can be scored yet: no total has been published for a day "
                "after one was made. Until then, the look back below stands in."
            ),
        )
    told = rows.rename(columns={"published": "municipalities"})
    frame = rows.assign(verdict=_verdicts(rows, t), stated=[as_stated(total, t) for _, total in told.iterrows()])
    newest = watched_forecasts(rows).iloc[-1]
    holds = (
        t("The totals since then are not what was forecast: until it is known why, do not quote the forecast.")
        if newest["broken"]
        else t("Taken together, the totals since then are what was forecast.")
    )
    return Table(
        id="kept_forecasts",
        t=t,
        evidence=Evidence.ESTIMATED,
        source=t("{model}; totals as published", model=t(SOURCE)),
        as_of=milestones["date"].max(),
        title=t("What we said, and what happened"),
        caption=t(
            "Forecasts as they were published, beside the totals published since; the first one for each total known."
        )
        + f" {holds}",
        frame=frame,
        columns={
            "date": Column(t("Date"), "date"),
            "made_on": Column(t("Said on"), "date"),
            "stated": Column(t("Published"), only_shown=True),
            "q500": Column(t("Median"), "integer"),
            "q100": Column(t("80%: from"), "integer"),
            "q900": Column(t("80%: to"), "integer"),
            "wis": Column(t("Score"), "integer"),
            "verdict": Column(t("The published total is")),
        },
    )


def look_back_table(milestones: pd.DataFrame, cut: str, t: Text, *, draws: int, seed: int) -> Table:
    """Show what the same method would have said with the totals up to `cut`, beside what was published since.

    Parameters
    ----------
    cut
        Only totals dated up to this day are used (`YYYY-MM-DD`).
    """
    day = pd.Timestamp(cut)
    known = milestones[milestones["date"] <= day]
    since = milestones[(milestones["date"] > day) & milestones["preferred"]].sort_values("date")
    since = since[since["date_earliest"] > day]
    days = pd.DatetimeIndex(pd.concat([since[name] for name in ("date", "date_earliest", "date_latest")]).unique())
    ahead = forecast_growth(known, universe=universe_size, dates=days.sort_values(), draws=draws, seed=seed)
    every = ahead.quantiles((0.025, 0.1, 0.5, 0.9, 0.975))
    quantiles, first, last = (every.loc[since[name]] for name in ("date", "date_earliest", "date_latest"))
    frame = pd.DataFrame(
        {
            "date": since["date"].to_numpy(),
            "date_earliest": since["date_earliest"].to_numpy(),
            "date_latest": since["date_latest"].to_numpy(),
            "published": since["municipalities"].to_numpy(),
            "published_low": since["count_low"].to_numpy(),
            "published_high": since["count_high"].to_numpy(),
            "stated": [as_stated(total, t) for _, total in since.iterrows()],
            "q025": quantiles[0.025].to_numpy(),
            "q10": quantiles[0.1].to_numpy(),
            "q50": quantiles[0.5].to_numpy(),
            "q90": quantiles[0.9].to_numpy(),
            "q975": quantiles[0.975].to_numpy(),
        }
    )
    # A total that may be of any day of a window is held against the band's foot on its first and its top on its last.
    for name, low, high in (("inside_80", 0.1, 0.9), ("inside_95", 0.025, 0.975)):
        frame[name] = (frame["published_high"] >= first[low].to_numpy()) & (
            frame["published_low"] <= last[high].to_numpy()
        )
    frame["verdict"] = _verdicts(frame, t)
    return Table(
        id="look_back",
        t=t,
        evidence=Evidence.ESTIMATED,
        source=t("{model}; totals as published", model=t(SOURCE)),
        as_of=milestones["date"].max(),
        title=t("What this method would have said with the totals up to {day}", day=t.date(day)),
        caption=t("The forecast used nothing published later."),
        frame=frame,
        columns={
            "date": Column(t("Date"), "date"),
            "stated": Column(t("Published"), only_shown=True),
            "q50": Column(t("Median"), "integer"),
            "q10": Column(t("80%: from"), "integer"),
            "q90": Column(t("80%: to"), "integer"),
            "q025": Column(t("95%: from"), "integer"),
            "q975": Column(t("95%: to"), "integer"),
            "verdict": Column(t("The published total is")),
        },
    )


def _verdicts(rows: pd.DataFrame, t: Text) -> list[str]:
    return [
        t("within 80%") if inside_80 else t("within 95%") if inside_95 else t("outside 95%")
        for inside_80, inside_95 in zip(rows["inside_80"], rows["inside_95"], strict=True)
    ]

"""The stress test: what the method said of the service invoice before a legal deadline made everyone join."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd
from matplotlib.figure import Figure as Sheet

from redegov_analysis.cleaning.milestones import universe_size
from redegov_analysis.cleaning.sisters import NFSE_VOLUNTARY_UNTIL
from redegov_analysis.evidence import Evidence
from redegov_analysis.forecast.backtest import monthly_totals
from redegov_analysis.forecast.growth import forecast_growth
from redegov_analysis.forecast.monitoring import watched_monthly
from redegov_analysis.reports import theme
from redegov_analysis.reports.content.fan import LEVELS, draw_fan
from redegov_analysis.reports.items import Column, Figure, Statement
from redegov_analysis.reports.text import N_, Text

SOURCE: Final = N_("Receita Federal / Comitê Gestor da NFS-e; model of the monthly totals up to December 2024")
DRAWS: Final = 1000
UNTIL: Final = pd.Timestamp("2026-06-30")
DEADLINE: Final = pd.Timestamp("2026-01-01")
"""Complementary Law 214/2025: the national invoice is a duty from this day."""


@dataclass(frozen=True)
class BrokenTrend:
    """A forecast made in time, and what happened.

    Attributes
    ----------
    seen
        Monthly totals that the forecast knew: `date`, `municipalities`.
    after
        Monthly totals since: `date`, `observed` and the quantiles `q025` … `q975` that had been forecast.
    """

    seen: pd.DataFrame
    after: pd.DataFrame

    def first_outside(self, upper: str) -> pd.Timestamp | None:
        """Return the first month whose total lies above a quantile, if any."""
        above = self.after[self.after["observed"] > self.after[upper]]
        return None if above.empty else above["date"].iloc[0]


def broken_trend(nfse: pd.DataFrame, *, draws: int = DRAWS, seed: int = 0) -> BrokenTrend:
    """Return what the method would have said of the service invoice at the end of 2024, beside what happened.

    Parameters
    ----------
    nfse
        The dated list of the service invoice.
    draws, seed
        As in `forecast.growth.forecast_growth`.
    """
    totals = monthly_totals(nfse["joined_on"][nfse["joined_on"] <= UNTIL], UNTIL)
    seen = totals[totals["date"] <= NFSE_VOLUNTARY_UNTIL]
    since = totals[totals["date"] > NFSE_VOLUNTARY_UNTIL].reset_index(drop=True)
    forecast = forecast_growth(seen, universe=universe_size, dates=since["date"], draws=draws, seed=seed)
    quantiles = forecast.quantiles(LEVELS).reset_index(drop=True)
    quantiles.columns = pd.Index([f"q{1000 * level:03.0f}" for level in LEVELS])
    after = pd.concat([since.rename(columns={"municipalities": "observed"}), quantiles], axis=1)
    return BrokenTrend(seen, after)


def watched_break(nfse: pd.DataFrame, *, draws: int = DRAWS // 2, seed: int = 0) -> pd.DataFrame:
    """Return the scores of forecasts made anew each month of 2025, up to the month in which they tell of the break.

    Parameters
    ----------
    nfse, draws, seed
        As in `broken_trend`.

    Returns
    -------
    DataFrame
        As `forecast.monitoring.watched_monthly`.
    """
    totals = monthly_totals(nfse["joined_on"][nfse["joined_on"] <= UNTIL], UNTIL)
    since = NFSE_VOLUNTARY_UNTIL + pd.offsets.MonthEnd(1)
    return watched_monthly(totals, since, universe=universe_size, draws=draws, seed=seed, until_broken=True)


def stress_statement(trend: BrokenTrend, watch: pd.DataFrame, t: Text) -> Statement:
    """Say how the forecast failed, when that could be seen, and what it means for the Rede GOV.BR.

    Parameters
    ----------
    trend, watch
        From `broken_trend` and `watched_break`.
    """
    year = trend.after[trend.after["date"] == "2025-12-31"].iloc[0]
    noticed, broken = trend.first_outside("q900"), trend.first_outside("q975")
    failed = t(
        "At the end of 2024 this method would have given the service invoice {low} to {high} municipalities for "
        "December 2025 (95%); a legal deadline brought {observed}.",
        low=t.integer(year["q025"]),
        high=t.integer(year["q975"]),
        observed=t.integer(year["observed"]),
    )
    told = (
        t(
            "Monthly totals left the 80% band in {noticed} and the 95% band in {broken}.",
            noticed=t.date(noticed, "month"),
            broken=t.date(broken, "month"),
        )
        if noticed is not None and broken is not None
        else ""
    )
    last = watch.iloc[-1]
    noticed_by = (
        t(
            "Made anew each month, its scores told of the break with the total of {month}, {early} months before the "
            "deadline: {observed} had joined where {expected} were expected.",
            month=t.date(last["date"], "month"),
            early=t.integer((DEADLINE.year - last["date"].year) * 12 + DEADLINE.month - last["date"].month),
            observed=t.integer(last["observed"]),
            expected=t.integer(last["expected"]),
        )
        if last["broken"] and last["date"] < DEADLINE
        else ""
    )
    meaning = t(
        "Joining the Rede GOV.BR has been a choice so far; were a duty announced, the forecast on this page should "
        "be set aside, not adjusted."
    )
    return Statement(
        id="stress_test",
        t=t,
        evidence=Evidence.PROXY,
        source=t(SOURCE),
        as_of=year["date"],
        sentence=" ".join(part for part in (failed, told, noticed_by, meaning) if part),
        value=float(year["observed"]),
        unit="municipalities",
        low=float(year["q025"]),
        high=float(year["q975"]),
        level=0.95,
    )


def stress_figure(trend: BrokenTrend, t: Text) -> Figure:
    """Draw the fan from the end of 2024 against what happened."""
    seen, after = trend.seen, trend.after
    start = {"date": seen["date"].iloc[-1], "observed": seen["municipalities"].iloc[-1]}
    start |= {name: start["observed"] for name in after.columns if name.startswith("q")}
    fan = pd.concat([pd.DataFrame([start]), after], ignore_index=True)
    last = after.iloc[-1]

    def draw(sheet: Sheet, narrow: bool) -> None:
        axes = theme.tidy(sheet.add_subplot())
        draw_fan(axes, fan, t, probabilities=(0.95, 0.8), label=t("forecast, {level}", level="{level}"))
        axes.plot(seen["date"], seen["municipalities"], color=theme.BLUE_DARKEST, linewidth=2.4, label=t("known then"))
        axes.plot(
            fan["date"],
            fan["observed"],
            color=theme.RED,
            linewidth=2,
            linestyle=(0, (4, 1.5)),
            label=t("what happened"),
        )
        axes.axvline(theme.day_number(DEADLINE), color=theme.OCHRE, linewidth=1, linestyle=(0, (1, 2)))
        axes.annotate(
            t("legal deadline"),
            (DEADLINE, 2600),
            xytext=(5, 0),
            textcoords="offset points",
            color=theme.OCHRE,
            rotation=90,
            va="bottom",
            **theme.BOLD,
        )
        axes.set_ylim(0, 5900)
        axes.yaxis.set_major_formatter(lambda value, _: t.integer(value))
        axes.set_ylabel(t("municipalities"))
        theme.date_axis(axes, t, narrow=narrow)
        axes.legend(loc="upper left")

    return Figure(
        id="stress_fan",
        t=t,
        evidence=Evidence.PROXY,
        source=t(SOURCE),
        as_of=last["date"],
        title=t("The service invoice (NFS-e): forecast at the end of 2024, and what happened"),
        caption=t(
            "Up to 2024 joining was a choice and growth had slowed. Complementary Law 214/2025 made the national "
            "invoice a duty from January 2026, and nearly all joined within months: no trend could tell."
        ),
        alt=t(
            "A narrow fan that stays near {middle} municipalities, and a dashed line of what happened that shoots up "
            "from mid-2025 to {observed}.",
            middle=t.integer(last["q500"]),
            observed=t.integer(last["observed"]),
        ),
        draw=draw,
        frame=after,
        columns={
            "date": Column(t("Month"), "month"),
            "observed": Column(t("What happened"), "integer"),
            "q500": Column(t("Median"), "integer"),
            "q100": Column(t("80%: from"), "integer"),
            "q900": Column(t("80%: to"), "integer"),
            "q025": Column(t("95%: from"), "integer"),
            "q975": Column(t("95%: to"), "integer"),
        },
        heights=(4.2, 4.0),
    )

"""Who joined a network when, without a model: the share that had not joined yet, by size and by region."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Sheet

from redegov_analysis.cleaning.sisters import NFSE_FIRST_DAY, NFSE_VOLUNTARY_UNTIL
from redegov_analysis.drivers.survival import kaplan_meier, log_rank, months_to_joining
from redegov_analysis.evidence import Evidence
from redegov_analysis.reports import theme
from redegov_analysis.reports.content.event_history import SOURCE, UNTIL
from redegov_analysis.reports.content.login import REGION_NAMES
from redegov_analysis.reports.items import Column, Figure
from redegov_analysis.reports.text import N_, Text

SIZE_GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    N_("up to 10 thousand"): ("up to 5k", "5–10k"),
    N_("10 to 50 thousand"): ("10–20k", "20–50k"),
    N_("50 to 100 thousand"): ("50–100k",),
    N_("100 to 500 thousand"): ("100–500k",),
    N_("over 500 thousand"): ("over 500k",),
}
"""Size classes joined, so that each curve rests on enough municipalities to be told from the others."""

LONG_DAYS: Final = 4 * 365
"""From this length of observation on, curves are given at the ends of quarters."""

_STYLES: Final = (
    (theme.BLUE_DARKEST, "solid"),
    (theme.BLUE, (0, (6, 2))),
    (theme.OCHRE, "solid"),
    (theme.GREEN, (0, (2, 1.5))),
    (theme.RED, (0, (6, 2, 1.5, 2))),
)


@dataclass(frozen=True)
class Span:
    """A dated list as curves need it.

    Attributes
    ----------
    joined
        `ibge_code`, `joined_on`.
    undated
        Codes that are in without a date: they are left out.
    start, end
        First and last day of observation.
    """

    joined: pd.DataFrame
    undated: Collection[str]
    start: pd.Timestamp
    end: pd.Timestamp


def nfse_span(nfse: pd.DataFrame) -> Span:
    """Return NFS-e while joining was a choice."""
    undated = nfse.loc[(nfse["status"] == "active") & nfse["joined_on"].isna(), "ibge_code"]
    return Span(nfse, set(undated), NFSE_FIRST_DAY, NFSE_VOLUNTARY_UNTIL)


def outside_at_month_ends(span: Span, municipalities: pd.DataFrame, by: str) -> tuple[pd.DataFrame, float]:
    """Return the Kaplan–Meier curve of not having joined for each group, and the log-rank test between them.

    Parameters
    ----------
    span
        The list.
    municipalities
        The processed table. Municipalities that are in without a date, and those younger than the network, are left
        out.
    by
        `size` (the joined classes) or `region`.

    Returns
    -------
    tuple
        `group` (an English message), `municipalities`, `month` (its last day, quarters' last days for a long time, and
        the last day observed; the first row is the day before the start), `survival`, `low`, `high` (shares, 95 %
        bands); and the p-value that all curves are one.
    """
    known = municipalities[~(municipalities["valid_from"] > span.start)]
    joined = span.joined.set_index("ibge_code")
    known = known[~known["ibge_code"].isin(list(span.undated))].set_index("ibge_code").sort_index()
    group = _size_group(known["size_class"]) if by == "size" else known["region"].astype("str").map(REGION_NAMES)
    days = joined["joined_on"].reindex(known.index)
    times = months_to_joining(days, span.start, span.end)
    group = group.reindex(times.index)
    curves = kaplan_meier(times["duration"], times["event"], group=group, interval="log-log")
    # Of a long time, the ends of quarters draw the same curve.
    freq = "ME" if (span.end - span.start).days < LONG_DAYS else "QE"
    ends = pd.date_range(span.start, span.end, freq=freq).union(pd.DatetimeIndex([span.end]))
    months = ((ends - span.start).days.to_numpy() + 1) / 30.4375
    parts = []
    for name in _order(group, by):
        curve = curves[curves["group"] == name]
        before = np.searchsorted(curve["time"].to_numpy(), months, side="right") - 1
        last = {
            column: np.where(before >= 0, curve[column].to_numpy(dtype=float)[before], 1.0)
            for column in ("survival", "low", "high")
        }
        size = int((group == name).sum())
        start = pd.DataFrame({"month": [span.start - pd.Timedelta(days=1)], "survival": 1.0, "low": 1.0, "high": 1.0})
        part = pd.concat([start, pd.DataFrame({"month": ends, **last})], ignore_index=True)
        parts.append(part.assign(group=name, municipalities=size))
    test = log_rank(times["duration"], times["event"], group)
    columns = ["group", "municipalities", "month", "survival", "low", "high"]
    return pd.concat(parts, ignore_index=True)[columns].round({"survival": 4, "low": 4, "high": 4}), test.p


Panels = Mapping[str, tuple[pd.DataFrame, float]]


def curves_by_group(span: Span, municipalities: pd.DataFrame) -> Panels:
    """Return the curves by size and by region, each with its log-rank test."""
    return {by: outside_at_month_ends(span, municipalities, by) for by in ("size", "region")}


def draw_curves(panels: Panels, t: Text) -> theme.Draw:
    """Return what draws the curves by size and by region, with their bands."""
    titles = {"size": t("By inhabitants"), "region": t("By region")}

    def draw(sheet: Sheet, narrow: bool) -> None:
        axes_of = sheet.subplots(2, 1) if narrow else sheet.subplots(1, 2, sharey=True)
        for axes, (by, (curves, _)) in zip(axes_of, panels.items(), strict=True):
            theme.tidy(axes)
            for (name, curve), (color, style) in zip(curves.groupby("group", sort=False), _STYLES, strict=False):
                axes.fill_between(curve["month"], 100 * curve["low"], 100 * curve["high"], color=color,
                                  alpha=0.12, linewidth=0)  # fmt: skip
                axes.plot(curve["month"], 100 * curve["survival"], color=color, linestyle=style, label=t(str(name)))
            axes.set_title(titles[by], fontsize=10.5)
            axes.set_ylim(0, 101)
            axes.yaxis.set_major_formatter(lambda value, _: t.percent(value / 100, 0))
            axes.legend(loc="lower left", fontsize=8.5, borderaxespad=0.1, labelspacing=0.3)
            axes.margins(x=0.01)
            theme.date_axis(axes, t, narrow=True)

    return draw


def curves_frame(panels: Panels, t: Text) -> pd.DataFrame:
    """Return the curves of both panels, with each group's name in the reader's language as `label`."""
    frame = pd.concat([curves for curves, _ in panels.values()], ignore_index=True)
    return frame.assign(label=[t(name) for name in frame["group"]]).drop(columns="group")


def curve_columns(t: Text) -> dict[str, Column]:
    """Return how the curves' table is shown."""
    return {
        "label": Column(t("Municipalities by size or region")),
        "municipalities": Column(t("Municipalities"), "integer"),
        "month": Column(t("Date"), "date"),
        "survival": Column(t("Not yet in"), "percent"),
        "low": Column(t("95%: from"), "percent"),
        "high": Column(t("95%: to"), "percent"),
    }


def curves_figure(nfse: pd.DataFrame, municipalities: pd.DataFrame, t: Text) -> Figure:
    """Draw the share that had not joined NFS-e yet, by size and by region.

    Parameters
    ----------
    nfse, municipalities
        As in `outside_at_month_ends`.
    t
        The reader's language.
    """
    panels = curves_by_group(nfse_span(nfse), municipalities)
    ends = {by: curves.groupby("group", sort=False)["survival"].last() for by, (curves, _) in panels.items()}
    return Figure(
        id="nfse_outside",
        t=t,
        evidence=Evidence.PROXY,
        source=t(SOURCE),
        as_of=UNTIL,
        title=t("Not yet in NFS-e, while joining was a choice"),
        caption=t(
            "Share of the municipalities that had not joined (Kaplan–Meier at month ends, 95% bands). At the end of "
            "2024: {largest} of those with more than 500 thousand inhabitants, {smallest} of those with up to 10 "
            "thousand; {south} in the South, {north} in the North. Log-rank tests: p {p_size} for size, {p_region} for "
            "region. Nothing else is held equal here.",
            largest=t.percent(ends["size"].iloc[-1], 0),
            smallest=t.percent(ends["size"].iloc[0], 0),
            south=t.percent(ends["region"].loc[REGION_NAMES["Sul"]], 0),
            north=t.percent(ends["region"].loc[REGION_NAMES["Norte"]], 0),
            p_size=t.p_value(panels["size"][1]),
            p_region=t.p_value(panels["region"][1]),
        ),
        alt=t(
            "Falling curves of the share outside, five by size and five by region, with a step in September 2023; the "
            "largest municipalities and the South lie lowest."
        ),
        draw=draw_curves(panels, t),
        frame=curves_frame(panels, t),
        columns=curve_columns(t),
        heights=(4.3, 7.2),
    )


def _size_group(classes: pd.Series) -> pd.Series:
    names = {label: name for name, labels in SIZE_GROUPS.items() for label in labels}
    return classes.astype("str").map(names)


def _order(group: pd.Series, by: str) -> Sequence[str]:
    return list(SIZE_GROUPS) if by == "size" else [name for name in REGION_NAMES.values() if (group == name).any()]

"""The forecast that is published: one function behind the report, the command line and the archive.

Paths depend on the days at which they are drawn. So everyone draws on the same days, every month's end for 15 years,
and reads other days off the paths: the numbers of the report and of `redegov forecast` are then the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from redegov_analysis.cleaning.milestones import universe_size
from redegov_analysis.errors import ParameterError
from redegov_analysis.forecast.growth import Day, GrowthForecast, forecast_growth
from redegov_analysis.forecast.process import Counts

if TYPE_CHECKING:
    from redegov_analysis.cleaning.membership.standing import Membership

TARGET_DAY: Final = pd.Timestamp("2026-12-31")
"""Day of the target (EFGD 2024–2027, initiative 5.1)."""

MONTHS: Final = 180
"""How far paths go, so that the day on which a total is reached is rarely beyond them."""

DRAWS: Final = 2000
SEED: Final = 20261231


def outlook(milestones: pd.DataFrame, *, draws: int = DRAWS, seed: int = SEED) -> GrowthForecast:
    """Forecast the network on the last total's day, at every month's end for 15 years, and on the target's day.

    Parameters
    ----------
    milestones
        The processed table `milestones`, cut at the day of the report (`forecast.pace.known_by`).
    draws, seed
        Paths to draw, and the seed of their generator.

    Returns
    -------
    GrowthForecast
        Its first date is the last day that the totals speak of.

    Raises
    ------
    DataError, IdentificationError
        As `forecast_growth`.
    """
    last = pd.Timestamp(milestones["date_latest"].max())
    dates = pd.date_range(last, periods=MONTHS, freq="ME").union(pd.DatetimeIndex([last]))
    if last <= TARGET_DAY <= dates[-1]:
        dates = dates.union(pd.DatetimeIndex([TARGET_DAY]))
    return forecast_growth(milestones, universe=universe_size, dates=dates, draws=draws, seed=seed)


def with_count_of(listed: Membership | None, milestones: pd.DataFrame, *, made_up: bool = False) -> pd.DataFrame:
    """Return the totals with that of a list of members that is newer than all of them.

    A list that holds fewer than the totals before it is not the whole network, and adds nothing.

    Parameters
    ----------
    listed
        The list of members in force, cut at the day of the report.
    milestones
        The processed table `milestones`, cut at the same day; it is not changed.
    made_up
        Whether a simulated list counts as well: only where all that follows from it is marked as simulated.

    Returns
    -------
    DataFrame
        The table itself, or with one row more: the members of the list on its day, and up to as many more as nothing
        tells of whether they had joined.
    """
    if listed is None or (listed.simulated and not made_up):
        return milestones
    used = milestones[milestones["preferred"]]
    day, count = pd.Timestamp(listed.snapshot_date), len(listed.members)
    if day <= used["date_latest"].max() or count < used["count_low"].max():
        return milestones
    row: dict[str, object] = {
        **dict.fromkeys(("date", "date_earliest", "date_latest"), day),
        **dict.fromkeys(("municipalities", "count_low"), count),
        "count_high": count + listed.undecided,
        "relation": "eq",
        "preferred": True,
        "universe": universe_size(listed.snapshot_date),
        "publisher": listed.source,
    }
    added = pd.DataFrame(
        {name: pd.Series([row.get(str(name))], dtype=kind) for name, kind in milestones.dtypes.items()}
    )
    return pd.concat([milestones, added], ignore_index=True)


def draws_on(forecast: GrowthForecast, days: Iterable[Day]) -> Counts:
    """Return the draws on any days: between two dates of the forecast each path is taken as straight.

    Parameters
    ----------
    forecast
        From `outlook`, or any other.
    days
        Days within the forecast's dates.

    Returns
    -------
    Counts
        Shape (draws, days), in the order of `days`; a municipality counts once it has wholly joined.

    Raises
    ------
    ParameterError
        If a day lies outside of the forecast's dates.

    Examples
    --------
    >>> seen = pd.DataFrame({"date": ["2022-12-31", "2023-12-31", "2024-12-15"], "municipalities": [163, 727, 1511]})
    >>> ahead = forecast_growth(seen, universe=5570, dates=["2025-06-30", "2025-12-31"], draws=100)
    >>> bool((draws_on(ahead, ["2025-12-31"])[:, 0] == ahead.draws[:, 1]).all())
    True
    """
    wanted = pd.DatetimeIndex([pd.Timestamp(day) for day in days]).tz_localize(None).normalize()
    dates = forecast.dates
    outside = wanted[(wanted < dates[0]) | (wanted > dates[-1])]
    if len(outside):
        raise ParameterError(
            "The forecast runs from {dates:%Y-%m-%d} to {dates_2:%Y-%m-%d}; {outside:%Y-%m-%d} is outside. Ask "
            "for a day between them, or leave later totals out (--exclude-after).",
            dates=dates[0],
            dates_2=dates[-1],
            outside=outside[0],
        )
    after = dates.searchsorted(wanted)
    before = np.maximum(after - 1, 0)
    gap = np.maximum((dates[after] - dates[before]) / pd.Timedelta(days=1), 1)
    part = np.where(after > before, (wanted - dates[before]) / pd.Timedelta(days=1) / gap, 1.0)
    low, high = forecast.draws[:, before], forecast.draws[:, after]
    return np.asarray(low + np.floor(part * (high - low) + 1e-9).astype(np.int64))

"""When newcomers join in a made-up list: in batches on working days, given how many join between two totals."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from redegov_analysis.errors import IdentificationError

Days = npt.NDArray[np.datetime64]

BATCH = 1 / 860
"""Size of a batch as a share of those outside: the middle of the forecast's prior on the log scale, between one
municipality and an intermediate region (1/133)."""

TOGETHER = 0.5
"""Share of newcomers whose turn is that of their immediate region: a batch is often one of neighbours."""


def working_days(after: pd.Timestamp, until: pd.Timestamp) -> Days:
    """Return Mondays to Fridays after one day up to another; all days where there is none.

    Parameters
    ----------
    after, until
        The day before the first, and the last; holidays are not known.

    Returns
    -------
    Days
        Days in order, shape (days,).

    Examples
    --------
    >>> working_days(pd.Timestamp("2024-12-13"), pd.Timestamp("2024-12-17")).astype(str).tolist()
    ['2024-12-16', '2024-12-17']
    """
    days = pd.date_range(after + pd.Timedelta(days=1), until)
    working = days[days.day_of_week < 5]
    found: Days = (working if len(working) else days).to_numpy(dtype="datetime64[D]")
    return found


def batched_days(days: Days, wanted: int, outside: int, rng: np.random.Generator) -> Days:
    """Return the days on which so many join, in order.

    Given their sum, the steps of a gamma process over equal days are Dirichlet, and the newcomers fall on the days in
    proportion to them: the law that `forecast.process` has between two totals when the hazard does not change.

    Parameters
    ----------
    days
        The days in question.
    wanted
        How many join on them together.
    outside
        How many had not joined before.
    rng
        Source of chance.

    Returns
    -------
    Days
        Shape (wanted,).
    """
    if not wanted:
        return days[:0]
    hazard = -np.log1p(-min(wanted / outside, 1 - 1e-9)) / len(days)
    steps = rng.gamma(hazard / np.log1p(BATCH), size=len(days))
    shares = steps / steps.sum() if steps.sum() > 0 else np.full(len(days), 1 / len(days))
    drawn: Days = np.repeat(days, rng.multinomial(wanted, shares))
    return drawn


def assigned(
    days: Days,
    possible: Days,
    regions: npt.NDArray[np.str_],
    windows: Mapping[int, tuple[pd.Timestamp, pd.Timestamp]],
    rng: np.random.Generator,
) -> Days:
    """Return the day of each newcomer.

    Somebody in whose window nobody was to join takes another's turn and moves it there.

    Parameters
    ----------
    days
        The days on which they join, in order, one each.
    possible
        All days on which anybody might.
    regions
        Region of each newcomer.
    windows
        By newcomer's place: the first and last day on which it may join.
    rng
        Source of chance.

    Returns
    -------
    Days
        Shape (newcomers,), in the order of `regions`.

    Raises
    ------
    IdentificationError
        If none of the possible days lies in somebody's window.
    """
    joined = np.full(len(days), np.datetime64("NaT", "D"))
    left = days.copy()
    # The narrowest window chooses first.
    for who, (first, last) in sorted(windows.items(), key=lambda item: (item[1][1] - item[1][0], item[0])):
        fitting = np.flatnonzero((left >= first.to_datetime64()) & (left <= last.to_datetime64()))
        at = int(rng.choice(fitting if len(fitting) else len(left)))
        joined[who] = left[at]
        if not len(fitting):
            there = possible[(possible >= first.to_datetime64()) & (possible <= last.to_datetime64())]
            if not len(there):
                raise IdentificationError(
                    "Nobody joins from {first:%Y-%m-%d} to {last:%Y-%m-%d}, but one is named. "
                    "Check the published facts of those days.",
                    first=first,
                    last=last,
                )
            joined[who] = rng.choice(there)
        left = np.delete(left, at)
    others = np.flatnonzero(np.isnat(joined))
    _, region = np.unique(regions, return_inverse=True)
    turn = rng.random(len(days))
    together = rng.random(len(days)) < TOGETHER
    # Those who join together stand within a thousandth of their region's turn.
    turn = np.where(together, rng.random(int(region.max(initial=0)) + 1)[region] + turn / 1000, turn)
    joined[others[np.argsort(turn[others], kind="stable")]] = left
    return joined

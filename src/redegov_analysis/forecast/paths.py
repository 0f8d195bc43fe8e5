"""Made-up paths whose truth is known, to measure forecasts against: growth like the network's, month by month."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from redegov_analysis.forecast.curves import Array
from redegov_analysis.forecast.process import Counts

UNIVERSE = 5570
TRAINING_MONTHS = 36
_CURVES = ("logistic", "gompertz", "bass")
_JUMP = 0.003


@dataclass(frozen=True)
class Path:
    """A simulated path.

    Attributes
    ----------
    curve, ceiling_share
        The truth behind it.
    totals
        Totals at months 0, 1, …, shape (months + 1,).
    """

    curve: str
    ceiling_share: float
    totals: Counts

    def table(self, months: int) -> pd.DataFrame:
        """Return the totals of months 0 to `months` as milestones: month ends from 2020-01-31.

        Parameters
        ----------
        months
            The last month wanted, at most the path's length.

        Returns
        -------
        DataFrame
            `date` and `municipalities`, one row per month.
        """
        dates = pd.date_range("2020-01-31", periods=months + 1, freq="ME")
        return pd.DataFrame({"date": dates, "municipalities": self.totals[: months + 1]})


def simulated_path(rng: np.random.Generator, months: int = 48) -> Path:
    """Draw a path that has reached between 20 % and 60 % of 5,570 by month 36.

    Parameters
    ----------
    rng
        Source of randomness.
    months
        Length of the path.

    Returns
    -------
    Path
        Totals of months 0 to `months`, shape (months + 1,).

    Notes
    -----
    Logistic, Gompertz or Bass with equal chance and a ceiling between 60 % and 100 %; each month's newcomers are
    beta-binomial among those outside, with the curve's hazard and an intra-class correlation of 0.003.
    """
    t = np.arange(months + 1.0)
    while True:
        curve = _CURVES[rng.integers(3)]
        ceiling = rng.uniform(0.6, 1.0)
        level = ceiling * _level(curve, t, rng)
        hazard = np.diff(level) / (1 - level[:-1])
        totals = np.empty(months + 1, dtype=np.int64)
        totals[0] = round(UNIVERSE * level[0])
        for month, chance in enumerate(hazard):
            odds = (1 - _JUMP) / _JUMP
            outside = UNIVERSE - totals[month]
            totals[month + 1] = totals[month] + rng.binomial(outside, rng.beta(chance * odds, (1 - chance) * odds))
        if 0.2 <= totals[TRAINING_MONTHS] / UNIVERSE <= 0.6:
            return Path(curve, float(ceiling), totals)


def _level(curve: str, t: Array, rng: np.random.Generator) -> Array:
    if curve == "logistic":
        speed, turn = rng.uniform(0.05, 0.2), rng.uniform(20, 50)
        return np.asarray(1 / (1 + np.exp(-speed * (t - turn))))
    if curve == "gompertz":
        speed, turn = rng.uniform(0.03, 0.12), rng.uniform(15, 45)
        return np.exp(-np.exp(-speed * (t - turn)))
    p, q = np.exp(rng.uniform(np.log(0.001), np.log(0.01))), rng.uniform(0.03, 0.15)
    decay = np.exp(-(p + q) * t)
    return np.asarray((1 - decay) / (1 + q / p * decay))

"""What the size gradient can be held against: the size of newcomers, the capitals, and its own change over time."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
from scipy import stats

from redegov_analysis.drivers.selectivity import expected_by, population_in_force, usable_totals
from redegov_analysis.errors import IdentificationError

BRASILIA = "5300108"


def newcomer_size(milestones: pd.DataFrame, population: pd.DataFrame, *, vintage: str | None = None) -> pd.DataFrame:
    """Return the mean size of the municipalities that joined between totals beside those still outside.

    Parameters
    ----------
    milestones, population, vintage
        As in `fit_size_selectivity`.

    Returns
    -------
    DataFrame
        One row per pair of consecutive totals with a population: `start`, `end`, `newcomers` (net), `newcomer_mean`
        (people per newcomer) with `newcomer_mean_low` and `newcomer_mean_high` from the rounding of all four numbers
        (infinite where rounding allows no newcomer at all), `outside_mean` (people per municipality not in at `start`)
        with `outside_mean_low` and `outside_mean_high`, `ratio` of the two means. Members are taken to stay, and
        populations to be of one vintage: what a revision of the statistics adds is read as newcomers' people.
    """
    totals = usable_totals(milestones)
    rows = []
    for (_, before), (_, after) in itertools.pairwise(totals.iterrows()):
        people = population_in_force(population, before["date"], vintage)
        newcomers = after["municipalities"] - before["municipalities"]
        gain = (after["population_millions"] - before["population_millions"]) * 1e6
        least = (after["population_low_millions"] - before["population_high_millions"]) * 1e6
        most = (after["population_high_millions"] - before["population_low_millions"]) * 1e6
        fewest, many = after["count_low"] - before["count_high"], after["count_high"] - before["count_low"]
        everyone, universe = float(people.sum()), len(people)
        outside = (everyone - before["population_millions"] * 1e6) / (universe - before["municipalities"])
        rows.append(
            {
                "start": before["date"],
                "end": after["date"],
                "newcomers": int(newcomers),
                "newcomer_mean": gain / newcomers if newcomers > 0 else np.nan,
                "newcomer_mean_low": max(least, 0.0) / many if many > 0 else np.nan,
                "newcomer_mean_high": most / fewest if fewest > 0 else np.inf,
                "outside_mean": outside,
                "outside_mean_low": (everyone - before["population_high_millions"] * 1e6)
                / (universe - before["count_low"]),
                "outside_mean_high": (everyone - before["population_low_millions"] * 1e6)
                / (universe - before["count_high"]),
                "ratio": gain / newcomers / outside if newcomers > 0 else np.nan,
            }
        )
    return pd.DataFrame(rows)


def check_capitals(
    fits: pd.DataFrame, milestones: pd.DataFrame, population: pd.DataFrame, municipalities: pd.DataFrame
) -> pd.DataFrame:
    """Return the capitals that size alone implies beside those published.

    Parameters
    ----------
    fits
        From `fit_size_selectivity`.
    milestones
        With `date` and `capitals`.
    population
        As in `fit_size_selectivity`.
    municipalities
        `ibge_code` and `is_capital`. Brasília is not among the 26: the Federal District has no municipality.

    Returns
    -------
    DataFrame
        One row per total with both: `date`, `capitals` (published), `of`, `expected`, `low`, `high` (by rounding),
        `stderr` (of independent memberships), `z`.
    """
    capital = municipalities["is_capital"].astype("bool") & (municipalities["ibge_code"] != BRASILIA)
    groups = pd.DataFrame({"ibge_code": municipalities["ibge_code"], "capital": capital})
    rows = []
    for _, fit_row in fits.iterrows():
        same = milestones[(milestones["date"] == fit_row["date"]) & milestones["capitals"].notna()]
        if same.empty:
            continue
        grouped = expected_by(fit_row, population, groups, "capital")
        row = grouped[grouped["capital"]].to_dict("records")[0]
        published = int(same["capitals"].to_numpy(dtype=np.int64)[0])
        rows.append(
            {
                "date": fit_row["date"],
                "capitals": published,
                "of": int(row["municipalities"]),
                "expected": row["expected"],
                "low": row["low"],
                "high": row["high"],
                "stderr": row["stderr"],
                "z": (published - row["expected"]) / row["stderr"],
            }
        )
    columns = ["date", "capitals", "of", "expected", "low", "high", "stderr", "z"]
    return pd.DataFrame(rows, columns=columns)


def slope_fade(fits: pd.DataFrame) -> pd.Series:
    """Return the test that the size gradient has become flatter.

    The slope's change from the first to the last total, and its trend. Memberships at two dates share municipalities,
    so that their errors are positively correlated; taking them as independent overstates the error of a difference.

    Parameters
    ----------
    fits
        From `fit_size_selectivity`; at least two totals, all with one vintage of populations.

    Returns
    -------
    Series
        `first`, `last` (slopes), `change`, `stderr`, `z`, `p` (two-sided), `change_low` and `change_high` (what the
        rounding of the published numbers allows), `outlasts_rounding` (whether that range excludes zero), `per_year`,
        `per_year_stderr`, `per_year_p` (trend by weighted least squares).

    Raises
    ------
    IdentificationError
        If there are fewer than two totals.
    """
    if len(fits) < 2:
        raise IdentificationError(
            "A change needs two totals with a population; there {n_fits:is|are} {n_fits}.", n_fits=len(fits)
        )
    ordered = fits.sort_values("date")
    first, last = ordered.iloc[0], ordered.iloc[-1]
    change = float(last["slope"] - first["slope"])
    stderr = float(np.hypot(first["slope_stderr"], last["slope_stderr"]))
    low = float(last["slope_low"] - first["slope_high"])
    high = float(last["slope_high"] - first["slope_low"])
    years = ((ordered["date"] - first["date"]).dt.total_seconds() / (365.25 * 86400)).to_numpy(dtype=np.float64)
    weight = 1 / ordered["slope_stderr"].to_numpy(dtype=np.float64) ** 2
    centred = years - np.average(years, weights=weight)
    information = float((weight * centred**2).sum())
    trend = float((weight * centred * ordered["slope"].to_numpy(dtype=np.float64)).sum()) / information
    return pd.Series(
        {
            "first": float(first["slope"]),
            "last": float(last["slope"]),
            "change": change,
            "stderr": stderr,
            "z": change / stderr,
            "p": 2 * stats.norm.sf(abs(change / stderr)),
            "change_low": low,
            "change_high": high,
            "outlasts_rounding": low > 0 or high < 0,
            "per_year": trend,
            "per_year_stderr": information**-0.5,
            "per_year_p": 2 * stats.norm.sf(abs(trend) * information**0.5),
        }
    )

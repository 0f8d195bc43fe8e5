"""The size gradient behind published totals: which slope on size gives both the members and the people they hold.

A published total says how many municipalities are in and how many people live in them. Two numbers identify two
parameters: in logit P(member) = a + b·log10(population / 10,000) the pair (a, b) for which the expected number of
members and the expected population of members are those published. It is the method of moments, with size as the only
covariate; nothing is said about other differences between municipalities of one size.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import optimize, special

from redegov_analysis.cleaning.milestones import count_bounds, population_bounds
from redegov_analysis.drivers.size_gradient import log_size, sampling_error, solve_gradient
from redegov_analysis.errors import DataError, IdentificationError

IN_FORCE = (
    ("population_2022", pd.Timestamp("2023-06-28")),
    ("population_2024", pd.Timestamp("2024-08-29")),
    ("population_2025", pd.Timestamp("2025-08-28")),
)
"""Columns of population and the day on which IBGE published each. The census stands for all days before it too."""

COMMON_VINTAGE = "population_2024"
"""Used for every total unless another is named: estimates of the middle of the period that totals cover. A change of
vintage between two totals would look like a change of slope: the estimates of 2024 count 9.5 million people more than
the census of 2022, most of them in large cities."""

BOUNDS = (
    "municipalities",
    "count_low",
    "count_high",
    "population_millions",
    "population_low_millions",
    "population_high_millions",
)


Z_95 = 1.96
"""Standard errors to each side of a 95 % interval."""


def population_in_force(population: pd.DataFrame, on: pd.Timestamp, vintage: str | None = None) -> pd.Series:
    """Return the population of each municipality, of the vintage asked for.

    Parameters
    ----------
    population
        `ibge_code` and `population`, or the dated columns of `IN_FORCE`.
    on
        The day, which matters for `in_force` only.
    vintage
        A column; or `in_force` for that of `IN_FORCE` published last before the day. By default `population` where the
        table has it, else `COMMON_VINTAGE`.

    Returns
    -------
    Series
        People by code, sorted, named for the column; municipalities without a value are left out.

    Raises
    ------
    DataError
        If the column is missing, a code appears twice or a population is not positive.
    """
    if vintage is None:
        vintage = "population" if "population" in population.columns else COMMON_VINTAGE
    elif vintage == "in_force":
        known = [(name, day) for name, day in IN_FORCE if name in population.columns]
        vintage = [name for i, (name, day) in enumerate(known) if i == 0 or day <= on][-1] if known else IN_FORCE[0][0]
    if vintage not in population.columns:
        raise DataError(
            "population has no column {vintage}; it has {columns}.",
            vintage=vintage,
            columns=", ".join(population.columns),
        )
    people = pd.Series(
        population[vintage].to_numpy(dtype=np.float64, na_value=np.nan),
        index=pd.Index(population["ibge_code"].astype("str"), name="ibge_code"),
        name=vintage,
    ).dropna()
    if not people.index.is_unique:
        raise DataError(
            "{which} has two rows in population; keep one.", which=people.index[people.index.duplicated()][0]
        )
    if not (people > 0).all():
        raise DataError(
            "{which} has a population of {value:g}. Each needs one above zero; correct it or leave it out.",
            which=people.index[people <= 0][0],
            value=people[people <= 0].iloc[0],
        )
    return people.sort_index()


def fit_size_selectivity(
    milestones: pd.DataFrame, population: pd.DataFrame, *, vintage: str | None = None, across_vintages: bool = False
) -> pd.DataFrame:
    """Return the size gradient that reproduces each published total that comes with a population.

    Parameters
    ----------
    milestones
        `date`, `municipalities` and `population_millions`; bounds `count_low`, `count_high`, `population_low_millions`,
        `population_high_millions` where known, else they follow from `relation` and `note` by the rules of
        `cleaning.milestones`. Where there is a column `preferred`, only preferred totals are used.
    population
        `ibge_code` and `population` (people), or the dated columns of `IN_FORCE`. Municipalities without a population
        of the vintage used are left out.
    vintage
        As in `population_in_force`; which one the publisher added up is not stated.
    across_vintages
        Widen the bounds by those under every dated vintage in the table.

    Returns
    -------
    DataFrame
        One row per total: `date`, `intercept`, `slope` (logit of membership on log10 population, centred at 10,000),
        `slope_low`, `slope_high` (from the rounding of both numbers), `slope_stderr` (how far the slope would vary if
        membership were drawn anew with these probabilities), `intercept_stderr`, `municipalities` (the count that the
        slope stands on), `count_low`, `count_high`, `population_millions`, `population_low_millions`,
        `population_high_millions`, `universe` (municipalities with a population), `vintage`.

    Raises
    ------
    IdentificationError
        If no total has a population, or no gradient can give both numbers.

    Examples
    --------
    >>> people = pd.DataFrame({"ibge_code": list("abcd"), "population": [1e4, 1e4, 1e5, 1e5]})
    >>> total = pd.DataFrame(
    ...     {"date": [pd.Timestamp("2024-01-01")], "municipalities": [2], "population_millions": [0.11]}
    ... )
    >>> fit_size_selectivity(total, people)["slope"].round(6).tolist()
    [0.0]
    """
    totals = usable_totals(milestones)
    rows = []
    for total in totals.to_dict("records"):
        people = population_in_force(population, total["date"], vintage)
        point = solve_gradient(total["municipalities"], total["population_millions"] * 1e6, people.to_numpy())
        vintages = [people]
        if across_vintages:
            columns = [name for name, _ in IN_FORCE if name in population.columns]
            vintages += [population_in_force(population, total["date"], name) for name in columns]
        slopes = [corner[1] for each in vintages for corner in _corners(total, each)]
        stderr = sampling_error(*point, people.to_numpy())
        rows.append(
            {
                "date": total["date"],
                "intercept": point[0],
                "slope": point[1],
                "slope_low": min(slopes),
                "slope_high": max(slopes),
                "slope_stderr": stderr[1],
                "intercept_stderr": stderr[0],
                **{name: total[name] for name in BOUNDS},
                "universe": len(people),
                "vintage": str(people.name),
            }
        )
    return pd.DataFrame(rows)


def expected_members(fit_row: pd.Series, population: pd.DataFrame) -> pd.DataFrame:
    """Return the probability that each municipality is a member, if size alone decides.

    Parameters
    ----------
    fit_row
        One row of `fit_size_selectivity`.
    population
        The table that it was fitted to.

    Returns
    -------
    DataFrame
        Sorted by code: `ibge_code`, `population` (people), `probability`, and `low` and `high`, the least and the most
        that the rounding of the published numbers allows. Probabilities are 0–1; they add up to the total.
    """
    people = population_in_force(population, fit_row["date"], str(fit_row["vintage"]))
    size = log_size(people.to_numpy())
    point = np.asarray(special.expit(fit_row["intercept"] + fit_row["slope"] * size), dtype=np.float64)
    corners = [special.expit(a + b * size) for a, b in _corners(fit_row.to_dict(), people) if np.isfinite(b)]
    return pd.DataFrame(
        {
            "ibge_code": people.index.astype("str"),
            "population": people.to_numpy(),
            "probability": point,
            "low": np.min([point, *corners], axis=0),
            "high": np.max([point, *corners], axis=0),
        }
    )


def slope_interval(fit: Any) -> tuple[Any, Any]:
    """Return the least and the greatest slope that rounding and chance together allow (95 %).

    Parameters
    ----------
    fit
        One row of `fit_size_selectivity`, or all of them.

    Returns
    -------
    tuple
        1.96 standard errors below `slope_low` and above `slope_high` (logit per tenfold population): two numbers for a
        row, two columns for a table.
    """
    by_chance = Z_95 * fit["slope_stderr"]
    return fit["slope_low"] - by_chance, fit["slope_high"] + by_chance


def shares_at(fit_row: pd.Series, population: pd.DataFrame, sizes: Sequence[float] | npt.NDArray[Any]) -> pd.DataFrame:
    """Return the share of members among municipalities of given sizes, if size alone decides, with its interval.

    The interval lets the slope and the number of members each take both ends of what rounding and chance allow them
    (95 %: 1.96 standard errors beyond the bounds of rounding), with the intercept that gives that number each time.

    Parameters
    ----------
    fit_row
        One row of `fit_size_selectivity`.
    population
        The table that it was fitted to.
    sizes
        Inhabitants, above zero.

    Returns
    -------
    DataFrame
        In the order of `sizes`: `population` (people), `share`, `low` and `high` (0–1).
    """
    own = log_size(population_in_force(population, fit_row["date"], str(fit_row["vintage"])).to_numpy())
    at = log_size(np.asarray(sizes, dtype=np.float64))
    share = np.asarray(special.expit(fit_row["intercept"] + fit_row["slope"] * at), dtype=np.float64)
    chance = special.expit(fit_row["intercept"] + fit_row["slope"] * own)
    by_chance = Z_95 * float(np.sqrt((chance * (1 - chance)).sum()))
    counts = np.clip([fit_row["count_low"] - by_chance, fit_row["count_high"] + by_chance], 0.5, len(own) - 0.5)
    ends = [
        special.expit(optimize.brentq(_excess, -40.0, 40.0, args=(slope, own, count)) + slope * at)
        for slope, count in itertools.product(slope_interval(fit_row), counts)
    ]
    return pd.DataFrame(
        {
            "population": np.asarray(sizes, dtype=np.float64),
            "share": share,
            "low": np.min([share, *ends], axis=0),
            "high": np.max([share, *ends], axis=0),
        }
    )


def _excess(intercept: float, slope: float, size: npt.NDArray[np.float64], count: float) -> float:
    return float(special.expit(intercept + slope * size).sum() - count)


def expected_by(
    fit_row: pd.Series, population: pd.DataFrame, groups: pd.DataFrame, by: str | Sequence[str]
) -> pd.DataFrame:
    """Return the expected members of each group of municipalities, if size alone decides.

    Parameters
    ----------
    fit_row, population
        As in `expected_members`.
    groups
        `ibge_code` and the columns of `by`.
    by
        Column or columns that make the groups, for example `uf` or `size_class`.

    Returns
    -------
    DataFrame
        One row per group: the columns of `by`, `municipalities`, `expected` (members), `low` and `high` (by rounding),
        `stderr` (spread of a sum of independent memberships with these probabilities; groups that differ in more than
        size lie further off), `share` (expected by municipalities, 0–1).
    """
    keys = [by] if isinstance(by, str) else list(by)
    chances = expected_members(fit_row, population).drop(columns="population")
    table = chances.merge(groups[["ibge_code", *keys]], on="ibge_code", how="inner", validate="one_to_one")
    table = table.assign(variance=table["probability"] * (1 - table["probability"]))
    grouped = table.groupby(keys, observed=True, sort=True)
    result = grouped.agg(
        municipalities=("ibge_code", "size"),
        expected=("probability", "sum"),
        low=("low", "sum"),
        high=("high", "sum"),
        stderr=("variance", lambda variance: float(np.sqrt(variance.sum()))),
    ).reset_index()
    return result.assign(share=result["expected"] / result["municipalities"])


def usable_totals(milestones: pd.DataFrame) -> pd.DataFrame:
    """Return the preferred totals with a population, in order of date, with bounds on both numbers.

    The count is moved to the nearest that its bounds allow: "more than 700" stands for 701.

    Parameters
    ----------
    milestones
        The processed table, or just `date`, `municipalities` and `population_millions`.

    Returns
    -------
    DataFrame
        `date`, then the count (municipalities) and the population (millions), each with its least and its most.

    Raises
    ------
    DataError
        If `date` or `municipalities` is missing.
    IdentificationError
        If no total has a population.
    """
    lacking = [name for name in ("date", "municipalities", "population_millions") if name not in milestones.columns]
    if lacking:
        raise DataError(
            "milestones lacks {lacking}; it has {columns}.",
            lacking=", ".join(lacking),
            columns=", ".join(map(str, milestones.columns)),
        )
    table = milestones[milestones["population_millions"].notna()]
    if "preferred" in table.columns:
        table = table[table["preferred"].astype("bool")]
    if table.empty:
        raise IdentificationError(
            "No total of {n_milestones} has a population, so size says nothing. "
            "Give at least one total with its population.",
            n_milestones=len(milestones),
        )
    rows = []
    for total in table.to_dict("records"):
        count, people = int(total["municipalities"]), float(total["population_millions"])
        counts = count_bounds(count, str(total.get("relation", "eq")))
        note = total.get("note")
        peoples = population_bounds(people, note if isinstance(note, str) else "")
        low, high = int(total.get("count_low", counts[0])), int(total.get("count_high", counts[1]))
        people_low = float(total.get("population_low_millions", peoples[0]))
        people_high = float(total.get("population_high_millions", peoples[1]))
        rows.append(
            (pd.Timestamp(total["date"]), min(max(count, low), high), low, high, people, people_low, people_high)
        )
    # Totals of one day come in order of what they say, so that the order of the rows given decides nothing.
    return pd.DataFrame(rows, columns=["date", *BOUNDS]).sort_values(["date", *BOUNDS], ignore_index=True)


def _corners(total: dict[Hashable, Any], people: pd.Series) -> list[tuple[float, float]]:
    """Return intercept and slope at the corners of the bounds; an infinite slope where a corner cannot be reached."""
    corners = []
    for count, millions in itertools.product(
        (total["count_low"], total["count_high"]), (total["population_low_millions"], total["population_high_millions"])
    ):
        try:
            corners.append(solve_gradient(count, millions * 1e6, people.to_numpy()))
        except IdentificationError:
            steep = np.inf if millions * 1e6 > count * float(people.mean()) else -np.inf
            corners.append((np.nan, steep))
    return corners

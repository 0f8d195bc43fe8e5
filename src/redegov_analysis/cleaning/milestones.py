"""Published totals as dated bounds: what each says at least and at most, and which of two that differ is preferred."""

from __future__ import annotations

import math
import re
from datetime import date

import pandas as pd

from redegov_analysis.cleaning.municipalities import INSTALLED
from redegov_analysis.errors import DataError

WEEK_OF_GROWTH = 24
"""How far a mark may have been overshot when it was announced, in municipalities.

A mark ("2,000 municipalities") is announced within the week in which it is reached. The fastest growth ever published
is 500 municipalities in the 151 days from 2025-07-10 to 2025-12-08: 23.2 a week."""

FIRST_ENTRIES = 5570
"""Entries of the list of municipalities before those of `municipalities.INSTALLED`, as publishers count them."""


COLUMNS = (
    "date",
    "date_earliest",
    "date_latest",
    "municipalities",
    "relation",
    "count_low",
    "count_high",
    "count_rule",
    "population_millions",
    "population_low_millions",
    "population_high_millions",
    "population_rule",
    "state_governments",
    "capitals",
    "preferred",
    "conflict",
    "universe",
    "publisher",
    "source_url",
    "note",
)


def dated_bounds(raw: pd.DataFrame) -> pd.DataFrame:
    """Return each published total with the bounds that it implies, in order of date.

    Rules for `count_low` and `count_high`, by `relation`; `count_rule` repeats on each row the one that was applied:

    - `eq`: a count; both bounds are the number itself.
    - `about`: a rounded number; it may stand for anything that rounds to it, so half a unit of its last non-zero digit
      (at least ten) to either side (about 350: 345 to 355; about 1,500: 1,450 to 1,550).
    - `ge`: a mark announced as it was reached; from the number itself to `WEEK_OF_GROWTH` more.
    - `gt`: "more than"; from one more than the number to one less than the next number of the same roundness, which the
      publisher would have used had it been passed (more than 700: 701 to 799).

    Rules for the population that the members represent, in millions; `population_rule` repeats the one applied:

    - a number stands for all that round to it (135: 134.5 to 135.5; 120.8: 120.75 to 120.85);
    - where the note says "more than", from the number to one unit of its last digit above (more than 98: 98 to 99);
    - where the note says that the number was passed on that day, from the number to half a unit above: the day's
      newcomers were few.

    A total is not `preferred` when it is rounded and an exact count exists for an overlapping window of days, or when
    its bounds cannot hold together with such a count on any days of the two windows; `conflict` says which and why. A
    bound that an exact count satisfies ("more than 700" beside 727) is no conflict, nor is a mark beside a larger count
    that may be of a later day.

    Parameters
    ----------
    raw
        The raw table `milestones`.

    Returns
    -------
    DataFrame
        The columns of the contract, with `count_rule`, `population_rule` and `universe` (entries in force on `date`).
        Dates are `datetime64`, counts integers, populations in millions of people.

    Raises
    ------
    DataError
        If a relation is unknown or a date lies outside its own window.
    """
    table = pd.DataFrame({"date": _days(raw["date"])})
    table["date_earliest"], table["date_latest"] = _days(raw["date_earliest"]), _days(raw["date_latest"])
    table["municipalities"] = pd.to_numeric(raw["municipalities"]).astype("int64")
    table["relation"] = raw["relation"].astype("str").str.strip()
    _check(table)
    counts = [
        count_bounds(number, relation)
        for number, relation in zip(table["municipalities"], table["relation"], strict=True)
    ]
    table["count_low"] = pd.Series([low for low, _, _ in counts], dtype="int64", index=table.index)
    table["count_high"] = pd.Series([high for _, high, _ in counts], dtype="int64", index=table.index)
    table["count_rule"] = pd.Series([rule for _, _, rule in counts], dtype="str", index=table.index)
    table["state_governments"] = pd.to_numeric(raw["state_governments"]).astype("Int64")
    table["capitals"] = pd.to_numeric(raw["capitals"]).astype("Int64")
    table["population_millions"] = pd.to_numeric(raw["population_millions"]).astype("float64")
    notes = raw["note"].astype("str").fillna("")
    people = [population_bounds(number, note) for number, note in zip(table["population_millions"], notes, strict=True)]
    table["population_low_millions"] = pd.Series([low for low, _, _ in people], dtype="float64", index=table.index)
    table["population_high_millions"] = pd.Series([high for _, high, _ in people], dtype="float64", index=table.index)
    table["population_rule"] = pd.Series([rule for _, _, rule in people], dtype="str", index=table.index)
    for column in ("publisher", "source_url", "note"):
        table[column] = raw[column].astype("str")
    table = table.sort_values(["date", "municipalities"], ignore_index=True)
    table["conflict"] = pd.Series(_conflicts(table), dtype="str", index=table.index)
    table["preferred"] = table["conflict"].isna()
    table["universe"] = pd.Series([universe_size(day) for day in table["date"]], dtype="int64", index=table.index)
    return table[list(COLUMNS)]


def universe_size(on: date) -> int:
    """Return how many municipalities there are on a day: 5,570 to the end of 2024, 5,571 since.

    Published shares use 5,570 even in 2025.

    Parameters
    ----------
    on
        The day.

    Returns
    -------
    int
        Entries of the list of municipalities, Brasília and Fernando de Noronha among them.
    """
    return FIRST_ENTRIES + sum(pd.Timestamp(day) <= pd.Timestamp(on) for day in INSTALLED.values())


def count_bounds(municipalities: int, relation: str) -> tuple[int, int, str]:
    """Return the least and the most municipalities that a published total allows, and the rule.

    Parameters
    ----------
    municipalities
        The total as published.
    relation
        How it was said: `eq`, `about`, `ge` or `gt`.

    Returns
    -------
    tuple
        `count_low` and `count_high`, bounds included, and the rule in English.

    Raises
    ------
    DataError
        If the relation is none of these.

    Examples
    --------
    >>> count_bounds(350, "about")[:2], count_bounds(700, "gt")[:2], count_bounds(2000, "ge")[:2]
    ((345, 355), (701, 799), (2000, 2024))
    """
    zeros = len(str(municipalities)) - len(str(municipalities).rstrip("0"))
    # Nobody rounds to a single municipality: "more than 163" is rough by ten.
    unit = 10 ** max(zeros, 1)
    if relation == "eq":
        return municipalities, municipalities, "a count: the number itself"
    if relation == "about":
        half = unit // 2
        return max(municipalities - half, 0), municipalities + half, f"rounded: half of {unit} to either side"
    if relation == "ge":
        return (
            municipalities,
            municipalities + WEEK_OF_GROWTH,
            "a mark announced as it was reached: a week of growth above",
        )
    if relation == "gt":
        return municipalities + 1, municipalities + unit - 1, f"more than: below the next multiple of {unit}"
    raise DataError("Relation {relation!r} in milestones; expected eq, about, ge or gt.", relation=relation)


def population_bounds(millions: float, note: str) -> tuple[float, float, str | None]:
    """Return the least and the most people, in millions, that a published population allows, and the rule.

    Parameters
    ----------
    millions
        The population as published, in millions of people; NaN where none was.
    note
        The note of its row, which says where it is "more than" or "passed".

    Returns
    -------
    tuple
        Least and most, in millions, and the rule in English; NaN, NaN and None where no population was published.

    Examples
    --------
    >>> population_bounds(120.8, "")[:2], population_bounds(98.0, "Population stated as more than 98 million")[:2]
    ((120.75, 120.85), (98.0, 99.0))
    """
    if math.isnan(millions):
        return math.nan, math.nan, None
    written = f"{millions:g}"
    digits = len(written.partition(".")[2])
    unit = 10.0**-digits
    if re.search(rf"more than {re.escape(written)} million", note):
        return millions, round(millions + unit, digits + 1), "more than: up to one unit of the last digit above"
    if re.search(rf"passed {re.escape(written)} million", note):
        return millions, round(millions + unit / 2, digits + 1), "passed on the day: up to half a unit above"
    low, high = round(millions - unit / 2, digits + 1), round(millions + unit / 2, digits + 1)
    return low, high, "rounded: half a unit of the last digit to either side"


def _check(table: pd.DataFrame) -> None:
    outside = table[(table["date"] < table["date_earliest"]) | (table["date"] > table["date_latest"])]
    if len(outside):
        row = outside.iloc[0]
        raise DataError(
            "milestones: the total dated {date:%Y-%m-%d} has the window {date_earliest:%Y-%m-%d} to "
            "{date_latest:%Y-%m-%d}; the date must lie in it. Correct data/raw/milestones.csv.",
            date=row["date"],
            date_earliest=row["date_earliest"],
            date_latest=row["date_latest"],
        )


def _conflicts(table: pd.DataFrame) -> list[str | None]:
    """Return for each total why it is not preferred, or None."""
    exact = table[table["relation"] == "eq"]
    reasons: list[str | None] = []
    for _, row in table.iterrows():
        same_days = exact[
            (exact["date_earliest"] <= row["date_latest"]) & (exact["date_latest"] >= row["date_earliest"])
        ]
        contradicting = [other for _, other in same_days.iterrows() if _contradicts(row, other)]
        reasons.append(_reason(row, contradicting[-1]) if contradicting else None)
    return reasons


def _contradicts(row: pd.Series, exact: pd.Series) -> bool:
    """Return whether an exact count of the same days makes a rougher total superfluous or impossible."""
    if row["relation"] == "eq":
        return False
    if row["relation"] == "about":
        return True
    # Totals never fall: where windows let the larger of two be the later one, both hold.
    if exact["municipalities"] > row["count_high"]:
        return bool(exact["date_latest"] <= row["date_earliest"])
    return bool(exact["municipalities"] < row["count_low"] and exact["date_earliest"] >= row["date_latest"])


def _reason(row: pd.Series, exact: pd.Series) -> str:
    says = f"{exact['publisher']} counted {exact['municipalities']:,} for {exact['date']:%Y-%m-%d}"
    if row["relation"] == "about":
        return f"Rounded to {row['municipalities']:,}; {says}, an exact count of the same days."
    return f"Says {row['count_low']:,} to {row['count_high']:,}; {says}."


def _days(values: pd.Series) -> pd.Series:
    return pd.to_datetime(values).astype("datetime64[us]")

"""Covariates of each municipality: what people, money, network and mayor it has, per head or as a share."""

from __future__ import annotations

import numpy as np
import pandas as pd

from redegov_analysis.cleaning.municipalities import valid_from

SIZE_LIMITS = (0.0, 5_000.0, 10_000.0, 20_000.0, 50_000.0, 100_000.0, 500_000.0, np.inf)
SIZE_CLASSES = ("up to 5k", "5–10k", "10–20k", "20–50k", "50–100k", "100–500k", "over 500k")

# The Treasury writes "n.d." where the accounts did not allow a rating and "n.e." where none was asked for. Both say
# that nothing is known about the municipality's finances; neither says that they are bad.
CAPAG_RATINGS = ("A+", "A", "B+", "B", "C", "D")

_TEXT = (
    "name",
    "uf",
    "uf_name",
    "region",
    "immediate_region_code",
    "immediate_region",
    "intermediate_region_code",
    "intermediate_region",
    "metropolitan_region",
)


def size_class(population: pd.Series) -> pd.Series:
    """Return the size class of each population, as IBGE bounds them: "5–10k" is 5,001 to 10,000 people.

    Parameters
    ----------
    population
        People; missing stays missing.

    Returns
    -------
    Series
        Ordered categorical of `SIZE_CLASSES`, on the index of `population`.

    Examples
    --------
    >>> size_class(pd.Series([781, 5000, 5001, 11451999])).tolist()
    ['up to 5k', 'up to 5k', '5–10k', 'over 500k']
    """
    return pd.Series(pd.cut(population, list(SIZE_LIMITS), labels=list(SIZE_CLASSES)), name="size_class")


def covariates(municipalities: pd.DataFrame, demographics: pd.DataFrame) -> pd.DataFrame:
    """Return the covariates of each municipality, one row per `ibge_code`, sorted by it.

    Rates are made from published counts of the same census where there is one. GDP per head divides the GDP of 2021 by
    the census population of 2022: it is the nearest count, because IBGE's own estimates for 2021 still stood on the
    census of 2010 and were found to be 5 % too high for the country.

    Parameters
    ----------
    municipalities
        The raw table `municipalities`: codes, names, regions, seats, areas.
    demographics
        The raw table `demographics`: census counts, GDP, HDI, networks, finances, mayors.

    Returns
    -------
    DataFrame
        Population in people, `density_2022_km2` in people per km², `gdp_per_head_2021_brl` and
        `revenue_per_head_2022_brl` in reais per head, `_share` from 0 to 1, `_pct` from 0 to 100,
        `broadband_density_2023` as the index of Anatel's IBC. Missing is missing. `legal_amazon` and `fibre_2023` are
        nullable booleans; `size_class` is an ordered categorical on the census of 2022, or on the estimate of 2025
        where there was no census yet.

    Raises
    ------
    ValueError
        If a code stands twice in either table.
    """
    facts = municipalities.merge(demographics, on="ibge_code", how="left", validate="one_to_one")
    facts = facts.sort_values("ibge_code", ignore_index=True)

    def number(column: str) -> pd.Series:
        return pd.to_numeric(facts[column]).astype("float64")

    population_2010, population_2022 = number("population_2010"), number("population_2022")
    population_2025, area = number("population_2025"), number("area_km2")
    revenue = number("current_revenue_2022_brl")
    table = pd.DataFrame({"ibge_code": facts["ibge_code"].astype("str")})
    for column in _TEXT:
        table[column] = facts[column].astype("str")
    table["is_capital"] = flag(facts["is_capital"]).astype("bool")
    table["latitude"], table["longitude"], table["area_km2"] = number("latitude"), number("longitude"), area
    table["legal_amazon"] = flag(facts["legal_amazon"])
    table["valid_from"] = valid_from(table["ibge_code"])
    table["population_2010"], table["population_2022"] = population_2010, population_2022
    table["population_2024"], table["population_2025"] = number("population_2024"), population_2025
    table["size_class"] = size_class(population_2022.fillna(population_2025))
    table["density_2022_km2"] = population_2022 / area
    table["population_growth_2010_2022_pct"] = 100 * (population_2022 / population_2010 - 1)
    table["gdp_2021_kbrl"] = number("gdp_2021_kbrl")
    table["gdp_per_head_2021_brl"] = 1000 * table["gdp_2021_kbrl"] / population_2022
    for column in ("hdi_2010", "hdi_education_2010", "hdi_longevity_2010", "hdi_income_2010", "gini_2010"):
        table[column] = number(column)
    table["households_2022"] = number("households_2022")
    table["internet_share_2022"] = number("households_internet_2022") / table["households_2022"]
    table["urban_share_2010_pct"] = number("urban_share_2010_pct")
    table["mobile_coverage_2023_share"] = number("mobile_coverage_2023")
    table["broadband_density_2023"] = number("fixed_broadband_density_weighted_2023")
    table["fibre_2023"] = flag(facts["has_fibre_backhaul_2023"])
    for column in ("capag_2022", "capag_2023"):
        rating = facts[column].astype("str")
        table[column] = rating.where(rating.isin(CAPAG_RATINGS))
    # A current revenue of zero is not a poor city: its accounts were not delivered.
    table["revenue_per_head_2022_brl"] = revenue.where(revenue > 0) / population_2022
    table["mayor_party_2020"] = facts["mayor_party_2020"].astype("str")
    return table


def flag(values: pd.Series) -> pd.Series:
    """Return 0/1, "true"/"false" or booleans as nullable booleans; missing stays missing.

    Parameters
    ----------
    values
        Text, numbers or booleans; text that says neither counts as missing.

    Returns
    -------
    Series
        Of type `boolean`, with the index of `values`.

    Examples
    --------
    >>> flag(pd.Series(["1", "0", None])).tolist()
    [True, False, <NA>]
    """
    if pd.api.types.is_bool_dtype(values):
        return values.astype("boolean")
    if pd.api.types.is_numeric_dtype(values):
        return values.astype("Int64").astype("boolean")
    marks = {"1": True, "0": False, "true": True, "false": False}
    return values.astype("str").str.strip().str.lower().map(marks).astype("boolean")

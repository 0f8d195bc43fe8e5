"""Covariates as models want them: on the right scale, standardised, against a stated reference, gaps counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd

from redegov_analysis.drivers.design import FloatArray
from redegov_analysis.errors import DataError, IdentificationError, ParameterError
from redegov_analysis.language import Phrase

Scale = Literal["log10", "log", "as is"]


@dataclass(frozen=True)
class Source:
    """Where a term comes from: a column of the processed table `municipalities`, and the scale it enters on.

    Attributes
    ----------
    column
        Its name there.
    scale
        Logarithm to base ten, natural logarithm, or the values as they are.
    """

    column: str
    scale: Scale = "as is"


TERMS: Final = {
    "log10_population": Source("population_2022", "log10"),
    "log10_population_2010": Source("population_2010", "log10"),
    "log_gdp_per_head": Source("gdp_per_head_2021_brl", "log"),
    "hdi": Source("hdi_2010"),
    "internet_share": Source("internet_share_2022"),
    "log_density": Source("density_2022_km2", "log"),
    "log_revenue_per_head": Source("revenue_per_head_2022_brl", "log"),
    "urban_share": Source("urban_share_2010_pct"),
    "population_growth": Source("population_growth_2010_2022_pct"),
    "mobile_coverage": Source("mobile_coverage_2023_share"),
    "broadband_density": Source("broadband_density_2023"),
    "gini": Source("gini_2010"),
}
"""Continuous terms that a model may be given, by name."""

DUMMIES: Final = {"capital": "is_capital", "fibre": "fibre_2023", "legal_amazon": "legal_amazon"}
"""Yes-or-no terms: 0 or 1, not standardised."""

MAIN: Final = ("log10_population", "log_gdp_per_head", "hdi", "internet_share", "capital")
"""Size, income, human development, internet and capital: the terms of the main models."""

KNOWN_BY_2012: Final = ("log10_population_2010", "hdi", "urban_share", "capital")
"""Terms known before the culture system's first accords of 2012."""

REFERENCE: Final = "Centro-Oeste"
"""Region that the others are compared with."""


@dataclass(frozen=True)
class ModelTable:
    """A design of municipalities by terms.

    Attributes
    ----------
    X
        Index `ibge_code`, sorted; one column per term, continuous ones standardised, regions as `region[…]`. Missing
        values stay missing.
    sd
        Standard deviation of each continuous term over the municipalities with a value, on the term's scale; missing
        for dummies. An effect per standard deviation is one per this much.
    missing
        Number of municipalities without a value, by term.
    uf
        State of each municipality, with the index of `X`.
    """

    X: pd.DataFrame
    sd: pd.Series
    missing: pd.Series
    uf: pd.Series


def model_table(
    municipalities: pd.DataFrame,
    covariates: Sequence[str] = MAIN,
    *,
    regions: bool = True,
    reference: str = REFERENCE,
    on: pd.Timestamp | None = None,
    extra: pd.DataFrame | None = None,
) -> ModelTable:
    """Return the design of the municipalities that existed on a day.

    Parameters
    ----------
    municipalities
        The processed table.
    covariates
        Names from `TERMS` and `DUMMIES`.
    regions
        Whether to add a dummy for each region but the reference.
    reference
        The region left out.
    on
        Day of the universe; all rows when None.
    extra
        Further terms by code (for example whether another network was joined before). Columns of 0 and 1 stay as they
        are; others are standardised.

    Returns
    -------
    ModelTable
        Terms by code, standardised over these municipalities, dummies as 0 and 1; missing stays missing.

    Raises
    ------
    ParameterError
        If a covariate or the reference is unknown.
    DataError
        If a column is missing, or a value on a log scale is not positive.
    IdentificationError
        If a term has no value, or one value only.
    """
    unknown = [name for name in covariates if name not in TERMS and name not in DUMMIES]
    if unknown:
        raise ParameterError(
            "Unknown covariate {unknown!r}; there are {listed}.",
            unknown=unknown[0],
            listed=", ".join([*TERMS, *DUMMIES]),
        )
    table = municipalities.sort_values("ibge_code")
    if on is not None and "valid_from" in table.columns:
        table = table[~(table["valid_from"] > on)]
    index = pd.Index(table["ibge_code"].astype("str"), name="ibge_code")
    columns: dict[str, FloatArray] = {}
    spread: dict[str, float] = {}
    for name in covariates:
        column = TERMS[name].column if name in TERMS else DUMMIES[name]
        if column not in table.columns:
            raise DataError(
                "municipalities lacks the column {column}, which the covariate {name} needs.", column=column, name=name
            )
        values = table[column].to_numpy(dtype=np.float64, na_value=np.nan)
        spread[name] = np.nan
        if name in TERMS:
            values, spread[name] = _standardised(_scaled(values, TERMS[name], index), name)
        else:
            _refuse_one_value(values, name)
        columns[name] = values
    if regions:
        region = table["region"].astype("str").to_numpy()
        if reference not in region:
            raise ParameterError(
                "Region {reference!r} is not in the table; it has {region}.",
                reference=reference,
                region=", ".join(sorted(set(region))),
            )
        for name in sorted(set(region) - {reference}):
            columns[f"region[{name}]"] = (region == name).astype(np.float64)
            spread[f"region[{name}]"] = np.nan
    further = pd.DataFrame(index=index) if extra is None else extra.reindex(index)
    for name in further.columns:
        values = further[name].to_numpy(dtype=np.float64, na_value=np.nan)
        columns[str(name)], spread[str(name)] = further_term(values, str(name))
    X = pd.DataFrame(columns, index=index)
    uf = pd.Series(table["uf"].astype("str").to_numpy(), index=index, name="uf")
    return ModelTable(X, pd.Series(spread, name="sd", dtype=np.float64), X.isna().sum().rename("missing"), uf)


def further_term(values: FloatArray, name: str) -> tuple[FloatArray, float]:
    """Return a term of one's own as models take it, and its standard deviation; one of 0 and 1 stays as it is.

    Parameters
    ----------
    values
        One per municipality, missing as NaN, shape (n,).
    name
        What messages call it.

    Returns
    -------
    tuple
        `values`, shape (n,), and `sd` in their units, NaN for a term of 0 and 1.

    Raises
    ------
    IdentificationError
        If it has no value, or one value only.

    Examples
    --------
    >>> further_term(np.array([1.0, 3.0, np.nan]), "share")
    (array([-1.,  1., nan]), 1.0)
    """
    if bool(np.isin(values[~np.isnan(values)], (0.0, 1.0)).all()):
        _refuse_one_value(values, name)
        return values, np.nan
    return _standardised(values, name)


def rows_of(municipalities: pd.DataFrame, codes: Iterable[str]) -> pd.DataFrame:
    """Return the rows of some municipalities.

    As `isin`, which takes longer on Arrow's strings than the fits that need it.

    Parameters
    ----------
    municipalities
        A table with `ibge_code`.
    codes
        The codes wanted; those that the table lacks are passed over.

    Returns
    -------
    DataFrame
        In the order of the table, or the table itself where all are wanted.

    Examples
    --------
    >>> rows_of(pd.DataFrame({"ibge_code": ["1", "2"]}), ["2", "3"])["ibge_code"].tolist()
    ['2']
    """
    wanted = set(codes.to_numpy(dtype=object) if isinstance(codes, pd.Index) else codes)
    held = municipalities["ibge_code"].to_numpy(dtype=object)
    inside = np.fromiter((code in wanted for code in held), dtype=bool, count=len(held))
    return municipalities if inside.all() else municipalities[inside]


def _refuse_one_value(values: FloatArray, name: str) -> None:
    known = values[~np.isnan(values)]
    if len(known) == 0 or np.ptp(known) == 0:
        found = (
            Phrase("is missing in every municipality")
            if len(known) == 0
            else Phrase("is {value:g} in every municipality", {"value": known[0]})
        )
        raise IdentificationError(
            "The covariate {name} {found}, so it has no effect to estimate. Leave it out.", name=name, found=found
        )


def _standardised(values: FloatArray, name: str) -> tuple[FloatArray, float]:
    _refuse_one_value(values, name)
    known = values[~np.isnan(values)]
    spread = float(known.std())
    return (values - known.mean()) / spread, spread


def _scaled(values: FloatArray, source: Source, index: pd.Index) -> FloatArray:
    if source.scale == "as is":
        return values
    bad = values <= 0
    if bad.any():
        raise DataError(
            "{column} is {values:g} in {which}; its logarithm needs a positive value.",
            column=source.column,
            values=values[bad][0],
            which=index[bad][0],
        )
    logarithm: FloatArray = np.log10(values) if source.scale == "log10" else np.log(values)
    return logarithm

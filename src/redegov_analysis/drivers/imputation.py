"""What is missing, filled several times: multiple imputation of covariates, and a cross-section pooled over it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from redegov_analysis.drivers.covariates import MAIN, REFERENCE, ModelTable, model_table, rows_of
from redegov_analysis.drivers.hazard import fit_hazard
from redegov_analysis.drivers.inference import pool_imputations
from redegov_analysis.errors import IdentificationError

DRAWS = 10


def impute(table: ModelTable, seed: int | np.random.Generator) -> ModelTable:
    """Return the table with each missing value drawn from its regression on the complete terms.

    Proper imputation under normality, one term at a time (Rubin 1987, example 5.1): variance and coefficients are drawn
    from their posterior, then the value with noise. Pool several with `inference.pool_imputations`.

    Parameters
    ----------
    table
        From `covariates.model_table`.
    seed
        Seed or generator.

    Returns
    -------
    ModelTable
        The same municipalities and terms; none missing.

    Raises
    ------
    IdentificationError
        If every term has gaps.
    """
    rng = np.random.default_rng(seed)
    gaps = table.X.isna().sum()
    full = [name for name in table.X.columns if gaps[name] == 0]
    if not full:
        raise IdentificationError("Every term has missing values; imputation needs at least one complete term.")
    base = np.column_stack([np.ones(len(table.X)), table.X[full].to_numpy(dtype=np.float64)])
    filled = table.X.copy()
    for name in [name for name in table.X.columns if gaps[name]]:
        values = table.X[name].to_numpy(dtype=np.float64).copy()
        gap = np.isnan(values)
        A, b = base[~gap], values[~gap]
        coef, _, rank, _ = np.linalg.lstsq(A, b)
        free = len(b) - int(rank)
        variance = float(((b - A @ coef) ** 2).sum()) / rng.chisquare(free)
        spread = np.linalg.cholesky(np.linalg.pinv(A.T @ A) + 1e-12 * np.eye(A.shape[1]))
        drawn = coef + np.sqrt(variance) * spread @ rng.standard_normal(A.shape[1])
        values[gap] = base[gap] @ drawn + np.sqrt(variance) * rng.standard_normal(int(gap.sum()))
        filled[name] = values
    return ModelTable(filled, table.sd, filled.isna().sum().rename("missing"), table.uf)


def fit_imputed(
    adopted: pd.Series,
    municipalities: pd.DataFrame,
    covariates: Sequence[str] = MAIN,
    *,
    regions: bool = True,
    reference: str = REFERENCE,
    firth: bool = False,
    draws: int = DRAWS,
    seed: int | np.random.Generator = 0,
) -> pd.DataFrame:
    """Return the table of a cross-section on all municipalities, pooled over imputed covariates.

    The outcome takes part in the imputation, as it must if effects are not to be drawn towards zero (Moons and others
    2006).

    Parameters
    ----------
    adopted, municipalities, covariates, regions, reference, firth
        As in `adoption.fit_adoption`.
    draws
        Imputed data sets, at least 2.
    seed
        Seed or generator.

    Returns
    -------
    DataFrame
        As `inference.pool_imputations`, without the constant, with `sd`. Errors clustered by state.

    Raises
    ------
    IdentificationError, ParameterError
        As `covariates.model_table`, `impute` and `hazard.fit_hazard`.
    """
    rng = np.random.default_rng(seed)
    outcome = adopted.dropna().astype(np.float64)
    outcome.index = pd.Index(outcome.index.astype("str"), name="ibge_code")
    inside = rows_of(municipalities, outcome.index)
    table = model_table(inside, covariates, regions=regions, reference=reference)
    y = outcome.reindex(table.X.index)
    with_outcome = ModelTable(table.X.assign(_adopted=y), table.sd, table.missing, table.uf)
    fits = []
    for _ in range(draws):
        filled = impute(with_outcome, rng).X[list(table.X.columns)]
        fits.append(fit_hazard(y, filled.assign(const=1.0), cluster=table.uf, firth=firth))
    pooled = pool_imputations([fit.coef for fit in fits], [fit.cov for fit in fits], df=fits[0].df)
    return pooled.drop(index="const").join(table.sd)

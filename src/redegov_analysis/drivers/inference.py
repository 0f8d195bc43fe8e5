"""From coefficients and their covariance to what a reader needs: intervals, joint tests, pooled imputations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from redegov_analysis.errors import IdentificationError, ParameterError


def coefficient_table(
    coef: pd.Series, cov: pd.DataFrame, *, level: float = 0.95, df: float | pd.Series | None = None
) -> pd.DataFrame:
    """Return one row per coefficient with error, test, interval and exponentiated effect.

    Parameters
    ----------
    coef
        Coefficients by term.
    cov
        Their covariance, by term on both sides.
    level
        Level of the interval, between 0 and 1.
    df
        Degrees of freedom of Student's t; the normal distribution when None.

    Returns
    -------
    DataFrame
        Index `term`; columns `coef`, `stderr`, `z` (coefficient by error), `p` (two-sided), `low`, `high`, `ratio`
        (exp of the coefficient: odds or hazard ratio), `ratio_low`, `ratio_high`.

    Raises
    ------
    ParameterError
        If `level` is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise ParameterError("level is {level}; it must lie between 0 and 1, for example 0.95.", level=level)
    values = coef.to_numpy(dtype=np.float64)
    stderr = np.sqrt(np.diag(cov.to_numpy(dtype=np.float64)))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = values / stderr
    # Student's t with infinite degrees of freedom is the normal distribution.
    freedom = np.broadcast_to(np.asarray(np.inf if df is None else df, dtype=np.float64), values.shape)
    p, width = 2 * stats.t.sf(np.abs(z), freedom), stats.t.ppf(0.5 + level / 2, freedom) * stderr
    low, high = values - width, values + width
    with np.errstate(over="ignore"):
        ratio, ratio_low, ratio_high = np.exp(values), np.exp(low), np.exp(high)
    return pd.DataFrame(
        {
            "coef": values,
            "stderr": stderr,
            "z": z,
            "p": p,
            "low": low,
            "high": high,
            "ratio": ratio,
            "ratio_low": ratio_low,
            "ratio_high": ratio_high,
        },
        index=pd.Index(coef.index, name="term"),
    )


def wald_test(coef: pd.Series, cov: pd.DataFrame, terms: Sequence[str], *, df: float | None = None) -> dict[str, float]:
    """Return the joint Wald test that some coefficients are all zero.

    Parameters
    ----------
    coef, cov
        Coefficients and covariance by term.
    terms
        The terms to test together.
    df
        Denominator degrees of freedom for an F test (clusters − 1); chi-squared when None.

    Returns
    -------
    dict
        `statistic` (chi-squared, or F), `df` and `p`.

    Raises
    ------
    IdentificationError
        If the covariance of the terms is singular (for example with fewer clusters than terms).
    """
    part = coef.loc[list(terms)].to_numpy(dtype=np.float64)
    block = cov.loc[list(terms), list(terms)].to_numpy(dtype=np.float64)
    if np.linalg.matrix_rank(block) < len(part):
        raise IdentificationError(
            "The covariance of {terms} is singular, so they cannot be tested together. Test fewer terms; "
            "clustered errors allow at most one term less than there are clusters.",
            terms=", ".join(terms),
        )
    statistic = float(part @ np.linalg.solve(block, part))
    if df is None:
        return {"statistic": statistic, "df": float(len(part)), "p": float(stats.chi2.sf(statistic, len(part)))}
    scaled = statistic / len(part)
    return {"statistic": scaled, "df": float(len(part)), "p": float(stats.f.sf(scaled, len(part), df))}


def pool_imputations(
    coefs: Sequence[pd.Series], covs: Sequence[pd.DataFrame], *, level: float = 0.95, df: float | None = None
) -> pd.DataFrame:
    """Return the table of coefficients pooled over fits to imputed data sets.

    Rubin (1987): the pooled covariance is the mean within the fits plus (1 + 1/m) times that between them.

    Parameters
    ----------
    coefs, covs
        One entry per imputed data set, all with the same terms; at least two.
    level
        Level of the interval.
    df
        Degrees of freedom that the fits would have without gaps (clusters − 1 with clustered errors), by which few
        clusters keep the pooled intervals wide (Barnard and Rubin 1999); unlimited when None.

    Returns
    -------
    DataFrame
        As `coefficient_table`, with Student's t on Rubin's degrees of freedom, and `missing_information` (0–1), the
        share of each variance that comes from what is missing.

    Raises
    ------
    ParameterError
        If there are fewer than two fits.
    """
    m = len(coefs)
    if m < 2:
        raise ParameterError("{m} imputed fit given; pooling needs at least two, and five or more are usual.", m=m)
    estimates = pd.DataFrame(list(coefs)).loc[:, list(coefs[0].index)]
    mean = estimates.mean()
    total = pooled_covariance(coefs, covs)
    between = estimates.var(ddof=1).to_numpy(dtype=np.float64)
    share = np.clip((1 + 1 / m) * between / np.diag(total.to_numpy(dtype=np.float64)), 1e-12, None)
    freedom = (m - 1) / share**2
    if df is not None:
        observed = df * (df + 1) / (df + 3) * (1 - share)
        freedom = 1 / (1 / freedom + 1 / observed)
    table = coefficient_table(mean, total, level=level, df=pd.Series(freedom, index=mean.index))
    return table.assign(missing_information=np.where(share > 1e-12, share, 0.0))


def pooled_covariance(coefs: Sequence[pd.Series], covs: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the covariance of pooled coefficients: the mean within the fits plus (1 + 1/m) times that between them.

    Parameters
    ----------
    coefs, covs
        As in `pool_imputations`.

    Returns
    -------
    DataFrame
        Terms × terms, in the order of the first fit (Rubin 1987).
    """
    m, terms = len(coefs), coefs[0].index
    estimates = np.stack([coef[terms].to_numpy(dtype=np.float64) for coef in coefs])
    within = np.mean([cov.loc[terms, terms].to_numpy(dtype=np.float64) for cov in covs], axis=0)
    between = np.atleast_2d(np.cov(estimates, rowvar=False))
    return pd.DataFrame(within + (1 + 1 / m) * between, index=terms, columns=terms)

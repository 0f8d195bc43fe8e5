"""Who adopts: a logit on a cross-section of municipalities, with what a referee asks of it.

Maximum likelihood beside Firth's method, because adopters are few; errors clustered by state with a small-cluster
correction; effects per standard deviation as odds ratios and as average marginal effects. Association, not cause.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import special

from redegov_analysis.drivers.covariates import MAIN, REFERENCE, ModelTable, model_table, rows_of
from redegov_analysis.drivers.hazard import HazardFit, fit_hazard
from redegov_analysis.drivers.imputation import impute
from redegov_analysis.drivers.inference import coefficient_table
from redegov_analysis.errors import DataError, IdentificationError, ParameterError

__all__ = ["AdoptionFit", "Body", "fit_adoption", "impute", "login_adoption"]

Body = Literal["city_hall", "any"]


def login_adoption(
    login_adopters: pd.DataFrame,
    municipalities: pd.DataFrame,
    list_date: str | pd.Timestamp,
    *,
    body: Body = "city_hall",
) -> pd.Series:
    """Return whether each municipality that existed on the day was on a list of login users.

    Parameters
    ----------
    login_adopters
        The processed table: rows without a resolved `ibge_code` count for nobody.
    municipalities
        The processed table.
    list_date
        Day of the list.
    body
        `city_hall`, or `any` for the council and other municipal bodies too.

    Returns
    -------
    Series
        Booleans by code, sorted, for the whole universe of that day.

    Raises
    ------
    ParameterError
        If there is no list of that day, or `body` is unknown.
    """
    day = pd.Timestamp(list_date)
    rows = login_adopters[pd.to_datetime(login_adopters["list_date"]) == day]
    if rows.empty:
        known = sorted({f"{d:%Y-%m-%d}" for d in pd.to_datetime(login_adopters["list_date"])})
        raise ParameterError("No list of {day:%Y-%m-%d}; there are those of {known}.", day=day, known=", ".join(known))
    if body not in {"city_hall", "any"}:
        raise ParameterError("body is {body!r}; it must be 'city_hall' or 'any'.", body=body)
    if body == "city_hall":
        rows = rows[rows["body_type"] == "city_hall"]
    table = municipalities
    if "valid_from" in table.columns:
        table = table[~(table["valid_from"] > day)]
    codes = pd.Index(sorted(table["ibge_code"].astype("str")), name="ibge_code")
    return pd.Series(codes.isin(rows["ibge_code"].dropna().astype("str")), index=codes, name="adopted")


@dataclass(frozen=True)
class AdoptionFit:
    """A fitted cross-section.

    Attributes
    ----------
    fit
        The binary regression underneath.
    X, y, uf
        Design (with `const`), outcome and state of the complete cases, by code.
    sd
        Standard deviation behind each standardised term; missing for dummies.
    counts
        `municipalities`, `adopters`, `complete`, `complete_adopters`, and `missing[term]` for each term with gaps.
    """

    fit: HazardFit
    X: pd.DataFrame
    y: pd.Series
    uf: pd.Series
    sd: pd.Series
    counts: pd.Series

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """Return the coefficients without the constant, as `inference.coefficient_table`, with `sd`.

        `ratio` is the odds ratio per standard deviation, or of a dummy against its reference.

        Parameters
        ----------
        level
            Probability that the intervals hold, 0–1.

        Returns
        -------
        DataFrame
            One row per term, as `inference.coefficient_table`, with `sd` (missing for dummies).
        """
        return self.fit.summary(level).drop(index="const").join(self.sd)

    def marginal_effects(self, level: float = 0.95) -> pd.DataFrame:
        """Return average marginal effects on the probability of adoption, with delta-method errors.

        For a standardised term, the mean derivative per standard deviation; for a dummy, the mean change from its
        reference (all other dummies of its set at 0), over the complete cases (Greene 2018, section 17.3).

        Parameters
        ----------
        level
            Probability that the intervals hold, 0–1.

        Returns
        -------
        DataFrame
            Index `term`; `effect`, `stderr`, `z`, `p`, `low`, `high`: probabilities (0.01 is one percentage point).
        """
        X, beta = self.X.to_numpy(dtype=np.float64), self.fit.coef.to_numpy(dtype=np.float64)
        mean = special.expit(X @ beta)
        slope = mean * (1 - mean)
        curve = slope * (1 - 2 * mean)
        effects, gradients = {}, []
        for j, term in enumerate(self.X.columns):
            if term == "const":
                continue
            if np.isnan(self.sd[term]):
                members = [i for i, name in enumerate(self.X.columns) if i == j or _same_set(str(name), str(term))]
                low, high = X.copy(), X.copy()
                low[:, members] = 0.0
                high[:, members] = 0.0
                high[:, j] = 1.0
                p_low, p_high = special.expit(low @ beta), special.expit(high @ beta)
                effects[term] = float((p_high - p_low).mean())
                gradients.append(((p_high * (1 - p_high)) @ high - (p_low * (1 - p_low)) @ low) / len(X))
            else:
                effects[term] = float(slope.mean() * beta[j])
                gradient = (curve @ X) / len(X) * beta[j]
                gradient[j] += slope.mean()
                gradients.append(gradient)
        G = np.stack(gradients)
        coef = pd.Series(effects, name="coef")
        cov = pd.DataFrame(G @ self.fit.cov.to_numpy() @ G.T, index=coef.index, columns=coef.index)
        table = coefficient_table(coef, cov, level=level, df=self.fit.df)
        return table[["coef", "stderr", "z", "p", "low", "high"]].rename(columns={"coef": "effect"})

    def vif(self) -> pd.Series:
        """Return the variance inflation factor of each term: 1/(1 − R²) of its regression on the others.

        Returns
        -------
        Series
            By `term`, at least 1.
        """
        from statsmodels.stats.outliers_influence import variance_inflation_factor

        design = self.X.to_numpy(dtype=np.float64)
        factors = {
            term: variance_inflation_factor(design, place)
            for place, term in enumerate(self.X.columns)
            if term != "const"
        }
        return pd.Series(factors, name="vif").rename_axis("term")


def fit_adoption(
    adopted: pd.Series,
    municipalities: pd.DataFrame,
    covariates: Sequence[str] = MAIN,
    *,
    regions: bool = True,
    reference: str = REFERENCE,
    firth: bool = False,
    extra: pd.DataFrame | None = None,
) -> AdoptionFit:
    """Fit who adopts on size, means and place, with errors clustered by state.

    Parameters
    ----------
    adopted
        Whether each municipality adopted, by code; it states the universe. Missing leaves a municipality out.
    municipalities
        The processed table.
    covariates, regions, reference
        As in `covariates.model_table`; continuous terms are standardised over the universe.
    firth
        Firth's penalty instead of plain maximum likelihood.
    extra
        Further terms by code, as in `covariates.model_table` (for example the neighbours' share).

    Returns
    -------
    AdoptionFit
        On the complete cases; `counts` says how many were left out and for which term. Covariance by state, times
        G/(G − 1), with Student's t on G − 1 degrees of freedom.

    Raises
    ------
    DataError
        If an adopter is not among the municipalities.
    IdentificationError
        As `hazard.fit_hazard`.
    """
    outcome, table = outcome_and_terms(
        adopted, municipalities, covariates, regions=regions, reference=reference, extra=extra
    )
    return fit_terms(outcome, table, firth=firth)


def fit_terms(outcome: pd.Series, table: ModelTable, *, firth: bool = False) -> AdoptionFit:
    """Fit an outcome on terms that were prepared, as `fit_adoption` does.

    Parameters
    ----------
    outcome, table
        From `outcome_and_terms`.
    firth
        Firth's penalty instead of plain maximum likelihood.

    Returns
    -------
    AdoptionFit
        As `fit_adoption`.

    Raises
    ------
    IdentificationError
        As `hazard.fit_hazard`.
    """
    design = table.X
    complete = design.notna().all(axis=1)
    if not complete.any():
        raise IdentificationError("No municipality has a value in every covariate; leave out the emptiest.")
    counts = {
        "municipalities": len(outcome),
        "adopters": int(outcome.sum()),
        "complete": int(complete.sum()),
        "complete_adopters": int(outcome[complete].sum()),
        **{f"missing[{term}]": int(gaps) for term, gaps in design.isna().sum().items() if gaps},
    }
    X = design[complete].assign(const=1.0)
    X = X[["const", *design.columns]]
    uf = table.uf[complete]
    fit = fit_hazard(outcome[complete], X, cluster=uf, firth=firth)
    return AdoptionFit(fit, X, outcome[complete].rename("adopted"), uf, table.sd, pd.Series(counts, name="count"))


def outcome_and_terms(
    adopted: pd.Series,
    municipalities: pd.DataFrame,
    covariates: Sequence[str],
    *,
    regions: bool = True,
    reference: str = REFERENCE,
    extra: pd.DataFrame | None = None,
) -> tuple[pd.Series, ModelTable]:
    """Return outcome and terms of the same municipalities in the same order, with the arguments of `fit_adoption`.

    Parameters
    ----------
    adopted, municipalities, covariates, regions, reference, extra
        As in `fit_adoption`.

    Returns
    -------
    tuple
        `outcome` (0 or 1) and the terms, both by code; municipalities whose outcome is missing are left out.

    Raises
    ------
    DataError
        If an adopter is not among the municipalities.
    """
    outcome = adopted.dropna().astype(np.float64)
    outcome.index = pd.Index(outcome.index.astype("str"), name="ibge_code")
    inside = rows_of(municipalities, outcome.index)
    table = model_table(inside, covariates, regions=regions, reference=reference, extra=extra)
    lost = outcome.index.difference(table.X.index)
    if len(lost):
        raise DataError(
            "{n_lost} {n_lost:code of adopted is|codes of adopted are} not in municipalities, first {lost}. "
            "Give the municipalities of the same day, or leave these out.",
            n_lost=len(lost),
            lost=lost[0],
        )
    return outcome.reindex(table.X.index), table


def _same_set(one: str, other: str) -> bool:
    """Tell whether two dummies belong to one set, as `region[Sul]` and `region[Norte]` do."""
    return "[" in one and one.partition("[")[0] == other.partition("[")[0]

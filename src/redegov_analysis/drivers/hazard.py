"""Discrete-time hazard models: a binary regression on person-period data.

The probability that a municipality that is not yet in joins in a period is linked to covariates by a logit or a
complementary log-log; the latter is the proportional-hazards model of which only the period of the event is seen
(Prentice and Gloeckler 1978; Singer and Willett 2003, ch. 11–12). The same function fits any binary cross-section.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from redegov_analysis.drivers.design import Design, FloatArray, IntArray, build_design, numeric_columns
from redegov_analysis.drivers.inference import coefficient_table, wald_test
from redegov_analysis.drivers.links import BoolArray, Link, LinkName, link_of
from redegov_analysis.drivers.maximum import (
    firth_adjustment,
    inverse,
    maximum_likelihood,
    penalised_likelihood,
    refuse_separating_dummies,
)
from redegov_analysis.drivers.rows import (
    baseline_codes,
    complete_rows,
    covariate_table,
    label_text,
    outcome_of,
    refuse_one_outcome,
    row_labels,
)
from redegov_analysis.errors import IdentificationError, ParameterError


@dataclass(frozen=True)
class HazardFit:
    """A fitted discrete-time hazard model.

    Attributes
    ----------
    link
        `logit`, `cloglog` or `probit`.
    coef
        Coefficients by term, on the scale of the columns given; baseline terms first.
    cov
        Their covariance: inverse expected information, or the clustered sandwich.
    loglik
        Log-likelihood at the estimates (without Firth's penalty).
    deviance, aic
        −2 log-likelihood, and that plus twice the number of coefficients.
    n, events
        Rows used and events among them.
    clusters
        Number of clusters, or None.
    df
        Degrees of freedom of the tests: clusters − 1, or None for the normal distribution.
    firth
        Whether Firth's penalty was used.
    dropped_missing
        Rows left out because a value was missing (`missing="drop"`).
    dropped_baseline
        Baseline categories left out, with all their rows, because nobody or everybody had the event in them.
    iterations
        Steps that the fit took.
    """

    link: str
    coef: pd.Series
    cov: pd.DataFrame
    loglik: float
    deviance: float
    aic: float
    n: int
    events: int
    clusters: int | None
    df: int | None
    firth: bool
    dropped_missing: int
    dropped_baseline: tuple[str, ...]
    iterations: int
    _baseline: dict[Any, str] = field(repr=False)

    @property
    def stderr(self) -> pd.Series:
        """Standard errors by term."""
        return pd.Series(np.sqrt(np.diag(self.cov.to_numpy())), index=self.coef.index, name="stderr")

    def summary(self, level: float = 0.95) -> pd.DataFrame:
        """Return the table of coefficients, as `inference.coefficient_table`.

        `ratio` is the odds ratio (logit) or the hazard ratio (cloglog). With clusters, tests and intervals use
        Student's t with clusters − 1 degrees of freedom.

        Parameters
        ----------
        level
            Probability that the intervals hold, 0–1.

        Returns
        -------
        DataFrame
            One row per `term`, those of the baseline too.
        """
        return coefficient_table(self.coef, self.cov, level=level, df=self.df)

    def wald(self, terms: list[str]) -> dict[str, float]:
        """Return the joint test that some coefficients are all zero, as `inference.wald_test`.

        Parameters
        ----------
        terms
            Their names, one or more.

        Returns
        -------
        dict
            `statistic` (chi-squared; with clusters, F), `df` (how many terms) and `p` (0–1).

        Raises
        ------
        IdentificationError
            If their covariance is singular, for example with fewer clusters than terms.
        """
        return wald_test(self.coef, self.cov, terms, df=self.df)

    def predictor(self, X: pd.DataFrame, baseline: pd.Series | None = None) -> pd.Series:
        """Return the linear predictor of each row.

        Parameters
        ----------
        X, baseline
            As in `predict`.

        Returns
        -------
        Series
            On the link's scale, with the index of `X`; missing where a value is, or where the fit did not see the
            baseline category.

        Raises
        ------
        ParameterError
            If `X` lacks a column of the fit, or the baseline is needed and not given.
        """
        terms = [term for term in self.coef.index if term not in set(self._baseline.values())]
        absent = [term for term in terms if term not in X.columns]
        if absent:
            raise ParameterError("X lacks the columns {absent} of the fit.", absent=", ".join(absent))
        columns = numeric_columns(X[terms])
        eta = np.zeros(len(X))
        for term, column in zip(terms, columns, strict=True):
            eta += float(self.coef[term]) * column
        if self._baseline:
            if baseline is None:
                raise ParameterError("The model has a baseline: give the baseline category of each row.")
            level = {category: float(self.coef[term]) for category, term in self._baseline.items()}
            eta += pd.Series(np.asarray(baseline), index=X.index).map(level).to_numpy(dtype=np.float64, na_value=np.nan)
        return pd.Series(eta, index=X.index, name="predictor")

    def predict(self, X: pd.DataFrame, baseline: pd.Series | None = None) -> pd.Series:
        """Return the probability of an event in each row of `X`.

        Parameters
        ----------
        X
            A table with the columns of the fit, in any order.
        baseline
            The baseline category of each row, when the model has one; a category that the fit did not see gives a
            missing value.

        Returns
        -------
        Series
            Probabilities (0–1) with the index of `X`.

        Raises
        ------
        ParameterError
            If a column or the baseline is missing.
        """
        eta = self.predictor(X, baseline)
        return pd.Series(link_of(self.link).mean(eta.to_numpy(dtype=np.float64)), index=X.index, name="probability")


@dataclass(frozen=True)
class Estimate:
    """Coefficients of p terms without their tables.

    Attributes
    ----------
    names
        The terms, those of the baseline first.
    coef, cov
        Coefficients (p,) on the scale of the columns given, and their covariance (p × p).
    loglik, clusters, iterations
        As in `HazardFit`.
    """

    names: tuple[str, ...]
    coef: FloatArray
    cov: FloatArray
    loglik: float
    clusters: int | None
    iterations: int


def fit_hazard(
    y: pd.Series | npt.ArrayLike,
    X: pd.DataFrame | pd.Series | npt.ArrayLike,
    *,
    link: LinkName = "logit",
    cluster: pd.Series | npt.ArrayLike | None = None,
    firth: bool = False,
    baseline: pd.Series | npt.ArrayLike | None = None,
    missing: str = "raise",
) -> HazardFit:
    """Fit a discrete-time hazard model by maximum likelihood, or with Firth's penalty.

    Parameters
    ----------
    y
        1 (or True) in the row in which the event happens, 0 otherwise; n rows.
    X
        The whole design, n rows by p numeric columns: no constant is added. Include a column of ones, one dummy per
        period, or use `baseline`. Rows are matched with `y` by position.
    link
        `logit` (log odds of the hazard), `cloglog` (log of the integrated hazard) or `probit`.
    cluster
        A label per row (for example the state). The covariance is then the sandwich with scores summed by cluster,
        times G/(G−1), around the inverse expected information (Liang and Zeger 1986).
    firth
        Penalise by Jeffreys' prior, which for the logit is Firth's (1993) removal of first-order bias, and which keeps
        estimates finite under separation for every link (Kosmidis and Firth 2021).
    baseline
        A category per row (for example the month), each of which gets its own constant. Categories in which nobody or
        everybody has the event carry no information on the covariates: their rows are left out, and they are named in
        `dropped_baseline`.
    missing
        `raise`, or `drop` to use the complete rows only; how many were left out is in `dropped_missing`.

    Returns
    -------
    HazardFit
        With `.coef`, `.cov`, `.loglik`, `.summary()` and `.predict()`.

    Raises
    ------
    IdentificationError
        If there are no events or nothing else, a column is wholly missing, zero or a second constant, columns are
        linearly dependent, or a combination of columns separates events from the rest.
    ParameterError
        If lengths differ, `y` is not 0/1, values are missing while `missing="raise"`, or an option is unknown.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"const": 1.0, "large": [0, 0, 0, 0, 1, 1, 1, 1]})
    >>> fit = fit_hazard([0, 0, 0, 1, 0, 1, 1, 1], X)
    >>> float(round(fit.summary().loc["large", "ratio"], 6))  # odds 3 against 1/3
    9.0
    """
    law = link_of(link)
    if missing not in {"raise", "drop"}:
        raise ParameterError("missing is {missing!r}; it must be 'raise' or 'drop'.", missing=missing)
    frame = covariate_table(X)
    names = [str(name) for name in frame.columns]
    columns = numeric_columns(frame)
    outcome = outcome_of(y, len(frame))
    keep = complete_rows(outcome, columns, names, missing)
    labels = row_labels(cluster, len(frame), "cluster", keep)
    periods = row_labels(baseline, len(frame), "baseline", keep)
    dropped_missing = int(len(frame) - keep.sum())
    refuse_one_outcome(outcome[keep] == 1)
    codes, categories, empty = baseline_codes(periods, outcome[keep] == 1)
    if empty:
        inside = codes >= 0
        keep[np.flatnonzero(keep)[~inside]] = False
        labels = labels[inside] if labels is not None else None
        codes = codes[inside]
    if not keep.all():
        columns = [column[keep] for column in columns]
    happened: BoolArray = outcome[keep] == 1
    terms = [f"baseline[{label_text(category)}]" for category in categories]
    found = estimate(
        columns,
        names,
        happened,
        law,
        cluster=labels,
        firth=firth,
        baseline=(codes, terms) if categories else None,
    )
    index = pd.Index(found.names, name="term")
    return HazardFit(
        link=link,
        coef=pd.Series(found.coef, index=index, name="coef"),
        cov=pd.DataFrame(found.cov, index=index, columns=index),
        loglik=found.loglik,
        deviance=-2 * found.loglik,
        aic=-2 * found.loglik + 2 * len(index),
        n=len(happened),
        events=int(happened.sum()),
        clusters=found.clusters,
        df=None if found.clusters is None else found.clusters - 1,
        firth=firth,
        dropped_missing=dropped_missing,
        dropped_baseline=tuple(label_text(category) for category in empty),
        iterations=found.iterations,
        _baseline=dict(zip(categories, terms, strict=True)),
    )


def estimate(
    columns: Sequence[FloatArray],
    names: Sequence[str],
    happened: BoolArray,
    law: Link,
    *,
    cluster: npt.NDArray[Any] | None = None,
    firth: bool = False,
    baseline: tuple[IntArray, Sequence[str]] | None = None,
) -> Estimate:
    """Fit complete columns of numbers: what `fit_hazard` does once its tables are checked.

    Parameters
    ----------
    columns, names
        p arrays of n finite numbers, and their names.
    happened
        Which of the n rows hold an event; some do and some do not.
    law
        The link.
    cluster, firth
        As in `fit_hazard`.
    baseline
        For each row the number of its category, and their names, which come before the columns.

    Returns
    -------
    Estimate
        Unlabelled; `fit_hazard` names its numbers.

    Raises
    ------
    IdentificationError
        As `fit_hazard`.
    """
    design = build_design(columns, names, baseline)
    if not firth:
        refuse_separating_dummies(design, columns, len(baseline[1]) if baseline else 0, happened)
    fitted, loglik, steps = (penalised_likelihood if firth else maximum_likelihood)(design, law, happened)
    eta = design.predictor(fitted)
    bread = inverse(design.gram(law.information(eta)))
    groups = None
    if cluster is None:
        scaled_cov = bread
    else:
        residual = law.likelihood(eta, happened)[1]
        if firth:
            residual = residual + firth_adjustment(design, law, eta, bread)
        scaled_cov, groups = _clustered(design, residual, bread, cluster)
    cov = design.back @ scaled_cov @ design.back.T
    return Estimate(design.names, design.back @ fitted, (cov + cov.T) / 2, loglik, groups, steps)


def _clustered(
    design: Design, residual: FloatArray, bread: FloatArray, labels: npt.NDArray[Any]
) -> tuple[FloatArray, int]:
    codes, found = pd.factorize(pd.Series(labels))
    groups = len(found)
    if groups < 2:
        raise IdentificationError("cluster has a single label; clustered errors need at least two clusters.")
    sums = design.cluster_scores(residual, codes.astype(np.int64), groups)
    meat = sums.T @ sums * (groups / (groups - 1))
    return bread @ meat @ bread, groups

"""Cox's proportional-hazards model: partial likelihood with tied times, and the test of proportionality.

Ties by Efron's or Breslow's approximation, or exactly as in discrete time (Cox 1972; Efron 1977; Gail, Lubin and
Rubinstein 1981 for the recursion). Sister networks' dates come in batches, so ties are the rule here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from redegov_analysis.drivers.design import DEPENDENCE, FloatArray, numeric_columns
from redegov_analysis.drivers.inference import coefficient_table
from redegov_analysis.drivers.partial_likelihood import RiskSet, approximate_terms, partial_likelihood, risk_sets
from redegov_analysis.drivers.rows import named_columns
from redegov_analysis.drivers.times import checked_times
from redegov_analysis.errors import IdentificationError, ParameterError

Ties = Literal["efron", "breslow", "exact"]
MOST_STEPS = 50


@dataclass(frozen=True)
class CoxFit:
    """A fitted Cox model.

    Attributes
    ----------
    ties
        How ties were treated.
    coef, cov
        Log hazard ratios by term, and the inverse observed information.
    loglik, loglik_null
        Partial log-likelihood at the estimates and without covariates.
    n, events
        Rows and events.
    iterations
        Newton steps.
    """

    ties: str
    coef: pd.Series
    cov: pd.DataFrame
    loglik: float
    loglik_null: float
    n: int
    events: int
    iterations: int
    _z: FloatArray = field(repr=False)
    _centre: FloatArray = field(repr=False)
    _scale: FloatArray = field(repr=False)
    _sets: tuple[RiskSet, ...] = field(repr=False)

    @property
    def stderr(self) -> pd.Series:
        """Standard errors by term."""
        return pd.Series(np.sqrt(np.diag(self.cov.to_numpy())), index=self.coef.index, name="stderr")

    def summary(self, level: float = 0.95) -> pd.DataFrame:
        """Return the table of coefficients, as `inference.coefficient_table`; `ratio` is the hazard ratio."""
        return coefficient_table(self.coef, self.cov, level=level)

    def likelihood_ratio(self) -> dict[str, float]:
        """Return the test that no covariate matters: `statistic`, `df`, `p`."""
        statistic, df = 2 * (self.loglik - self.loglik_null), len(self.coef)
        return {"statistic": statistic, "df": float(df), "p": float(stats.chi2.sf(statistic, df))}

    def proportionality(self, transform: Literal["km", "identity", "log"] = "km") -> pd.DataFrame:
        """Return the test that each effect does not change with time.

        The score test of an added term x·g(t), exact in the model's own information (Grambsch and Therneau 1994, as R's
        survival computes it from version 3 on). Not for exact ties.

        Parameters
        ----------
        transform
            g(t): 1 − Kaplan–Meier survival just before t, the time itself, or its logarithm.

        Returns
        -------
        DataFrame
            One row per term and one `global`: `statistic` (chi-squared), `df`, `p`.

        Raises
        ------
        ParameterError
            If the fit has exact ties, or `transform` is unknown.
        """
        if self.ties == "exact":
            raise ParameterError("Proportionality is tested for ties='efron' or 'breslow'; fit the model with one.")
        scales = {"km": lambda s: 1 - s.before, "identity": lambda s: s.time, "log": lambda s: np.log(s.time)}
        if transform not in scales:
            raise ParameterError(f"transform is {transform!r}; it must be one of {', '.join(scales)}.")
        g = np.array([scales[transform](each) for each in self._sets])
        g = g - g.mean()
        beta = self.coef.to_numpy() * self._scale
        weight = np.exp(self._z @ beta)
        parts = [approximate_terms(each, self._z, weight, self.ties) for each in self._sets]
        score = sum((gi * u for gi, (_, u, _) in zip(g, parts, strict=True)), np.zeros(len(beta)))
        shape = (len(beta), len(beta))
        plain = sum((v for _, _, v in parts), np.zeros(shape))
        once = sum((gi * v for gi, (_, _, v) in zip(g, parts, strict=True)), np.zeros(shape))
        twice = sum((gi**2 * v for gi, (_, _, v) in zip(g, parts, strict=True)), np.zeros(shape))
        # Each term alone: its own variance, given all coefficients of the model.
        single = np.diag(twice) - np.einsum("ij,ij->i", once, np.linalg.solve(plain, once).T)
        joint = twice - once @ np.linalg.solve(plain, once)
        statistics = [*(score**2 / single), float(score @ np.linalg.solve(joint, score))]
        df = [*(1 for _ in score), len(score)]
        return pd.DataFrame(
            {"statistic": statistics, "df": df, "p": stats.chi2.sf(statistics, df)},
            index=pd.Index([*self.coef.index, "global"], name="term"),
        )

    def cumulative_hazard(self) -> pd.DataFrame:
        """Return the cumulative baseline hazard of a row with average covariates, summed over strata.

        Returns
        -------
        DataFrame
            `time`, `cumulative_hazard`, `survival` (its negative exponential); ties as in the fit, exact ones after
            Breslow.
        """
        beta = self.coef.to_numpy() * self._scale
        weight = np.exp(self._z @ beta)
        rows = []
        for each in self._sets:
            total, tied = weight[each.at_risk].sum(), weight[each.events].sum()
            d = len(each.events)
            share = np.arange(d) / d if self.ties == "efron" else np.zeros(d)
            rows.append((each.time, float((1 / (total - share * tied)).sum())))
        table = pd.DataFrame(rows, columns=["time", "step"]).groupby("time", sort=True)["step"].sum().cumsum()
        result = table.rename("cumulative_hazard").reset_index()
        return result.assign(survival=np.exp(-result["cumulative_hazard"]))


def fit_cox(
    duration: pd.Series | npt.ArrayLike,
    event: pd.Series | npt.ArrayLike,
    X: pd.DataFrame | npt.ArrayLike,
    *,
    ties: Ties = "efron",
    entry: pd.Series | npt.ArrayLike | None = None,
    strata: pd.Series | npt.ArrayLike | None = None,
) -> CoxFit:
    """Fit Cox's proportional-hazards model by maximum partial likelihood.

    Parameters
    ----------
    duration
        Time to the event or to censoring, n numbers of 0 or more.
    event
        1 if the event happened then, 0 if censored.
    X
        n rows by p numeric columns, without a constant, matched by position.
    ties
        `efron`, `breslow`, or `exact` (the conditional likelihood of discrete time).
    entry
        Time from which each row is observed (left truncation).
    strata
        A label per row; each has its own baseline hazard.

    Returns
    -------
    CoxFit
        With `.coef`, `.cov`, `.loglik`, `.loglik_null`, `.summary()` and `.proportionality()`.

    Raises
    ------
    IdentificationError
        If there are no events, a column is constant or wholly missing, columns are linearly dependent, or the
        likelihood rises without end (separation).
    ParameterError
        If lengths differ, values are missing or an option is unknown.

    Examples
    --------
    >>> large = pd.DataFrame({"large": [1, 1, 0, 1, 0, 0]})
    >>> float(round(fit_cox([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 1, 0], large).coef["large"], 4))
    1.6878
    """
    if ties not in {"efron", "breslow", "exact"}:
        raise ParameterError(f"ties is {ties!r}; it must be 'efron', 'breslow' or 'exact'.")
    times, happened, begins = checked_times(duration, event, entry)
    frame = X if isinstance(X, pd.DataFrame) else named_columns(X)
    names = [str(name) for name in frame.columns]
    x = _covariates(frame, names, len(times))
    if not happened.any():
        raise IdentificationError(f"No event in the {len(times):,} rows, so no effect can be estimated.")
    centre, scale = x.mean(axis=0), x.std(axis=0)
    constant = [name for name, spread in zip(names, scale, strict=True) if spread == 0]
    if constant:
        raise IdentificationError(
            f"Constant in all rows: {', '.join(constant)}. Leave it out: Cox's model has no constant, and one value "
            "cannot tell rows apart."
        )
    z = (x - centre) / scale
    _refuse_dependence(z, names)
    sets = risk_sets(times, happened, begins, _strata(strata, len(times)))
    beta, loglik, null, information, steps = _maximum(z, sets, ties, names)
    index = pd.Index(names, name="term")
    cov = np.linalg.inv(information) / np.outer(scale, scale)
    return CoxFit(
        ties=ties,
        coef=pd.Series(beta / scale, index=index, name="coef"),
        cov=pd.DataFrame((cov + cov.T) / 2, index=index, columns=index),
        loglik=loglik,
        loglik_null=null,
        n=len(times),
        events=int(happened.sum()),
        iterations=steps,
        _z=z,
        _centre=centre,
        _scale=scale,
        _sets=sets,
    )


def _maximum(
    z: FloatArray, sets: tuple[RiskSet, ...], ties: str, names: list[str]
) -> tuple[FloatArray, float, float, FloatArray, int]:
    beta = np.zeros(z.shape[1])
    value, score, information = partial_likelihood(beta, z, sets, ties)
    null, previous = value, np.inf
    for steps in range(1, MOST_STEPS + 1):
        try:
            step: FloatArray = np.linalg.solve(information, score).astype(np.float64)
        except np.linalg.LinAlgError:
            break
        largest, before, halved = float(np.abs(step).max()), value, False
        for _ in range(30):
            value, score, information = partial_likelihood(beta + step, z, sets, ties)
            if value >= before - 1e-12 * abs(before):
                break
            step, halved = step / 2, True
        beta = beta + step
        if largest < 1e-8:
            return beta, value, null, information, steps
        # The likelihood hardly moves and the steps do not shrink: estimates are on their way to infinity.
        if not halved and abs(value - before) < 1e-9 * (abs(before) + 1e-9) and largest > 0.5 * previous:
            break
        previous = largest
    size = np.abs(step)
    involved = [name for name, part in zip(names, size, strict=True) if part > 0.2 * size.max()]
    raise IdentificationError(
        f"Separation: the order of events follows these columns without exception, so their estimates run to infinity: "
        f"{', '.join(involved)}. Merge or drop what separates."
    )


def _covariates(X: pd.DataFrame, names: list[str], rows: int) -> FloatArray:
    if len(X) != rows:
        raise ParameterError(f"X has {len(X):,} rows and duration {rows:,}; they must match row by row.")
    if not names:
        raise ParameterError("X has no column; Cox's model needs at least one.")
    columns = numeric_columns(X)
    for name, column in zip(names, columns, strict=True):
        gaps = int((~np.isfinite(column)).sum())
        if gaps == rows:
            raise IdentificationError(f"Column {name} is missing in all {rows:,} rows. Leave it out.")
        if gaps:
            raise ParameterError(f"Values are missing or infinite in {name} ({gaps:,}). Drop these rows or fill them.")
    return np.column_stack(columns)


def _refuse_dependence(z: FloatArray, names: list[str]) -> None:
    values, vectors = np.linalg.eigh(z.T @ z / len(z))
    if values[0] <= DEPENDENCE:
        share = np.abs(vectors[:, 0])
        involved = [name for name, part in zip(names, share, strict=True) if part > 0.05 * share.max()]
        raise IdentificationError(
            f"These columns are linearly dependent, so their effects cannot be told apart: {', '.join(involved)}. "
            "Leave one of them out."
        )


def _strata(strata: pd.Series | npt.ArrayLike | None, rows: int) -> npt.NDArray[np.int64]:
    if strata is None:
        return np.zeros(rows, dtype=np.int64)
    labels: Any = pd.Series(np.asarray(strata))
    if len(labels) != rows:
        raise ParameterError(f"strata has {len(labels):,} rows and duration {rows:,}; they must match row by row.")
    if labels.isna().any():
        raise ParameterError("strata is missing in some rows; every row needs one.")
    return np.asarray(pd.factorize(labels, sort=True)[0], dtype=np.int64)

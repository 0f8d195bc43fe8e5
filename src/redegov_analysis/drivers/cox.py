"""Cox's proportional-hazards model: partial likelihood with tied times, and errors that survive a wrong model.

Ties by Efron's or Breslow's approximation, or exactly as in discrete time (Cox 1972; Efron 1977; Gail, Lubin and
Rubinstein 1981 for the recursion). Sister networks' dates come in batches, so ties are the rule here. Errors are the
model's own, or the sandwich of Lin and Wei (1989) by row or by cluster.
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
from redegov_analysis.drivers.partial_likelihood import RiskSet, partial_likelihood, risk_sets, score_residuals
from redegov_analysis.drivers.proportionality import Transform, proportionality_test
from redegov_analysis.drivers.rows import complete_rows, covariate_table, row_labels
from redegov_analysis.drivers.times import case_weights, checked_times
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
        Log hazard ratios by term, and their covariance: the inverse observed information, or the sandwich.
    naive_cov
        The inverse observed information, also where `cov` is the sandwich.
    loglik, loglik_null
        Partial log-likelihood at the estimates and without covariates.
    n, events
        Rows used and events among them.
    clusters
        Number of clusters, rows where each is its own; None without the sandwich.
    dropped_missing
        Rows left out because a value was missing (`missing="drop"`).
    iterations
        Newton steps.
    """

    ties: str
    coef: pd.Series
    cov: pd.DataFrame
    naive_cov: pd.DataFrame
    loglik: float
    loglik_null: float
    n: int
    events: int
    clusters: int | None
    dropped_missing: int
    iterations: int
    _z: FloatArray = field(repr=False)
    _case: FloatArray = field(repr=False)
    _scale: FloatArray = field(repr=False)
    _sets: tuple[RiskSet, ...] = field(repr=False)

    @property
    def stderr(self) -> pd.Series:
        """Standard errors by term."""
        return pd.Series(np.sqrt(np.diag(self.cov.to_numpy())), index=self.coef.index, name="stderr")

    def summary(self, level: float = 0.95) -> pd.DataFrame:
        """Return the table of coefficients, as `inference.coefficient_table`; `ratio` is the hazard ratio.

        Parameters
        ----------
        level
            Probability that the intervals hold, 0–1.

        Returns
        -------
        DataFrame
            One row per term.
        """
        return coefficient_table(self.coef, self.cov, level=level)

    def likelihood_ratio(self) -> dict[str, float]:
        """Return the test that no covariate matters: `statistic`, `df`, `p`.

        Returns
        -------
        dict
            Chi-squared with as many degrees of freedom as there are covariates.
        """
        statistic, df = 2 * (self.loglik - self.loglik_null), len(self.coef)
        return {"statistic": statistic, "df": float(df), "p": float(stats.chi2.sf(statistic, df))}

    def proportionality(self, transform: Transform = "km") -> pd.DataFrame:
        """Return the test that each effect does not change with time (Grambsch and Therneau 1994).

        Parameters
        ----------
        transform
            g(t): `km` (one minus the Kaplan–Meier curve just before t, as R's `cox.zph` by default), `rank`,
            `identity` or `log`. It rests on the model's information, whatever the errors.

        Returns
        -------
        DataFrame
            One row per term and one `global`: `statistic` (chi-squared), `df`, `p`.

        Raises
        ------
        ParameterError
            If the fit has exact ties, or `transform` is unknown.
        """
        beta = self.coef.to_numpy() * self._scale
        return proportionality_test(beta, self._z, self._case, self._sets, self.ties, transform, self.coef.index)

    def cumulative_hazard(self) -> pd.DataFrame:
        """Return the cumulative baseline hazard of a row with average covariates, summed over strata.

        Returns
        -------
        DataFrame
            `time`, `cumulative_hazard`, `survival` (its negative exponential); ties as in the fit, exact ones after
            Breslow.
        """
        beta = self.coef.to_numpy() * self._scale
        weight = self._case * np.exp(self._z @ beta)
        rows = []
        for each in self._sets:
            total, tied = weight[each.at_risk].sum(), weight[each.events].sum()
            d = len(each.events)
            share = np.arange(d) / d if self.ties == "efron" else np.zeros(d)
            rows.append((each.time, float(self._case[each.events].mean() * (1 / (total - share * tied)).sum())))
        table = pd.DataFrame(rows, columns=["time", "step"]).groupby("time", sort=True)["step"].sum().cumsum()
        result = table.rename("cumulative_hazard").reset_index()
        return result.assign(survival=np.exp(-result["cumulative_hazard"]))


def fit_cox(
    duration: pd.Series | npt.ArrayLike,
    event: pd.Series | npt.ArrayLike,
    X: pd.DataFrame | pd.Series | npt.ArrayLike,
    *,
    ties: Ties = "efron",
    entry: pd.Series | npt.ArrayLike | None = None,
    strata: pd.Series | npt.ArrayLike | None = None,
    cluster: pd.Series | npt.ArrayLike | None = None,
    robust: bool = False,
    weights: pd.Series | npt.ArrayLike | None = None,
    missing: str = "raise",
) -> CoxFit:
    """Fit Cox's proportional-hazards model by maximum partial likelihood.

    Parameters
    ----------
    duration
        Time to the event or to censoring, n numbers of 0 or more (days, months …, not dates).
    event
        1 (or True) if the event happened then, 0 if censored.
    X
        n rows by p numeric or boolean columns, without a constant, matched by position; a single column may be a Series
        or a list.
    ties
        `efron`, `breslow`, or `exact` (the conditional likelihood of discrete time).
    entry
        Time from which each row is observed (left truncation).
    strata
        A label per row; each has its own baseline hazard.
    cluster
        A label per row (for example the state): `cov` is then the sandwich of score residuals summed by cluster (Lin
        and Wei 1989), without a small-sample factor, as R's `coxph`.
    robust
        The same with every row its own cluster.
    weights
        A positive number per row, as R's case weights. Twice the weight moves the estimates as two rows would (exactly
        so with Breslow's ties); errors are right for frequencies, for sampling weights ask for `robust`.
    missing
        What to do with missing values in `X`: `raise`, or `drop` to use the complete rows only.

    Returns
    -------
    CoxFit
        With `.coef`, `.cov`, `.loglik`, `.loglik_null`, `.summary()` and `.proportionality()`.

    Raises
    ------
    IdentificationError
        If there are no events, a column is constant (in all rows, or among those at risk together) or wholly missing,
        columns are linearly dependent, or the likelihood rises without end (separation).
    ParameterError
        If lengths differ, values are missing while `missing="raise"`, a weight is not positive, exact ties are combined
        with weights or the sandwich, or an option is unknown.

    Examples
    --------
    >>> large = pd.DataFrame({"large": [1, 1, 0, 1, 0, 0]})
    >>> float(round(fit_cox([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 1, 0], large).coef["large"], 4))
    1.6878
    """
    if ties not in {"efron", "breslow", "exact"}:
        raise ParameterError("ties is {ties!r}; it must be 'efron', 'breslow' or 'exact'.", ties=ties)
    if missing not in {"raise", "drop"}:
        raise ParameterError("missing is {missing!r}; it must be 'raise' or 'drop'.", missing=missing)
    if ties == "exact" and (weights is not None or cluster is not None or robust):
        raise ParameterError("ties='exact' knows neither weights nor robust errors; use 'efron'.")
    times, happened, begins = checked_times(duration, event, entry)
    frame = covariate_table(X)
    names = [str(name) for name in frame.columns]
    if len(frame) != len(times):
        raise ParameterError(
            "X has {n_frame:,} {n_frame:row|rows} and duration {n_times:,}; they must match row by row.",
            n_frame=len(frame),
            n_times=len(times),
        )
    if not names:
        raise ParameterError("X has no column; Cox's model needs at least one.")
    columns = numeric_columns(frame)
    keep = complete_rows(np.zeros(len(times)), columns, names, missing)
    case = case_weights(weights, len(times))[keep]
    group = row_labels(strata, len(times), "strata", keep)
    labels = row_labels(cluster, len(times), "cluster", keep)
    if labels is None and robust:
        labels = np.arange(int(keep.sum()))
    x = np.column_stack(columns)[keep]
    times, happened, begins = times[keep], happened[keep], begins[keep]
    if not happened.any():
        raise IdentificationError(
            "No event in the {n_times:,} {n_times:row|rows}, so no effect can be estimated. "
            "Give a longer time, or more rows.",
            n_times=len(times),
        )
    constant = [name for name, spread in zip(names, np.ptp(x, axis=0), strict=True) if spread == 0]
    if constant:
        raise IdentificationError(
            "Constant in all rows: {constant}. Leave it out: Cox's model has no constant, and one value cannot "
            "tell rows apart.",
            constant=", ".join(constant),
        )
    scale = x.std(axis=0)
    z = (x - np.average(x, axis=0, weights=case)) / scale
    _refuse_dependence(z, names)
    codes = np.zeros(len(times), dtype=np.int64) if group is None else pd.factorize(pd.Series(group), sort=True)[0]
    sets = risk_sets(times, happened, begins, np.asarray(codes, dtype=np.int64))
    beta, loglik, null, information, steps = _maximum(z, case, sets, ties, names)
    bread: FloatArray = np.linalg.inv(information).astype(np.float64)
    middle, groups = bread, None
    if labels is not None:
        middle, groups = _sandwich(score_residuals(beta, z, case, sets, ties) @ bread, labels)
    index = pd.Index(names, name="term")

    def rescaled(cov: FloatArray) -> pd.DataFrame:
        return pd.DataFrame((cov + cov.T) / 2 / np.outer(scale, scale), index=index, columns=index)

    return CoxFit(
        ties=ties,
        coef=pd.Series(beta / scale, index=index, name="coef"),
        cov=rescaled(middle),
        naive_cov=rescaled(bread),
        loglik=loglik,
        loglik_null=null,
        n=len(times),
        events=int(happened.sum()),
        clusters=groups,
        dropped_missing=int((~keep).sum()),
        iterations=steps,
        _z=z,
        _case=case,
        _scale=scale,
        _sets=sets,
    )


def _sandwich(influence: FloatArray, labels: npt.NDArray[Any]) -> tuple[FloatArray, int]:
    """Sum over clusters of the square of what each moves the estimates by."""
    codes, found = pd.factorize(pd.Series(labels))
    if len(found) < 2:
        raise IdentificationError("cluster has a single label; clustered errors need at least two clusters.")
    sums = np.zeros((len(found), influence.shape[1]))
    np.add.at(sums, codes, influence)
    return sums.T @ sums, len(found)


def _maximum(
    z: FloatArray, case: FloatArray, sets: tuple[RiskSet, ...], ties: str, names: list[str]
) -> tuple[FloatArray, float, float, FloatArray, int]:
    beta = np.zeros(z.shape[1])
    value, score, information = partial_likelihood(beta, z, case, sets, ties)
    _refuse_uninformative(information, float(sum(case[each.events].sum() for each in sets)), names)
    null, previous = value, np.inf
    for steps in range(1, MOST_STEPS + 1):
        try:
            step: FloatArray = np.linalg.solve(information, score).astype(np.float64)
        except np.linalg.LinAlgError:
            break
        largest, before, halved = float(np.abs(step).max()), value, False
        for _ in range(30):
            value, score, information = partial_likelihood(beta + step, z, case, sets, ties)
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
        "Separation: the order of events follows these columns without exception, so their estimates run to "
        "infinity: {involved}. Merge or drop what separates.",
        involved=", ".join(involved),
    )


def _refuse_uninformative(information: FloatArray, events: float, names: list[str]) -> None:
    """Refuse columns that do not tell apart those at risk together, such as one that is constant in each stratum."""
    own = np.diag(information) / events
    alike = [name for name, part in zip(names, own, strict=True) if part <= DEPENDENCE]
    if alike:
        raise IdentificationError(
            "At every event, all those at risk in the stratum have the same value of {alike}. Leave it out, or use "
            "other strata: only rows at risk together can be compared.",
            alike=", ".join(alike),
        )
    scale = np.sqrt(np.diag(information))
    _refuse_small(information / np.outer(scale, scale), names)


def _refuse_dependence(z: FloatArray, names: list[str]) -> None:
    _refuse_small(z.T @ z / len(z), names)


def _refuse_small(cross: FloatArray, names: list[str]) -> None:
    values, vectors = np.linalg.eigh(cross)
    if values[0] <= DEPENDENCE:
        share = np.abs(vectors[:, 0])
        involved = [name for name, part in zip(names, share, strict=True) if part > 0.05 * share.max()]
        raise IdentificationError(
            "These columns are linearly dependent, so their effects cannot be told apart: {involved}. Leave "
            "one of them out.",
            involved=", ".join(involved),
        )

"""Discrete-time hazard models: a binary regression on person-period data.

The probability that a municipality that is not yet in joins in a period is linked to covariates by a logit or a
complementary log-log; the latter is the proportional-hazards model of which only the period of the event is seen
(Prentice and Gloeckler 1978; Singer and Willett 2003, ch. 11–12). The same function fits any binary cross-section.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from redegov_analysis.drivers.design import Design, FloatArray, IntArray, build_design, numeric_columns
from redegov_analysis.drivers.inference import coefficient_table, wald_test
from redegov_analysis.drivers.links import BoolArray, Link, LinkName, link_of
from redegov_analysis.errors import IdentificationError, ParameterError

#: Newton's method stops when no coefficient of a scaled column moves by more than this. It converges quadratically, so
#: what is left after that step is below rounding.
STEP = 1e-7
MOST_STEPS = 60
MOST_FIRTH_STEPS = 200
#: Farthest that one step of Firth's method may move the predictor of any row.
FURTHEST = 4.0
#: A log-likelihood that no longer moves while coefficients still do: they are on their way to infinity.
FLAT = 1e-9
RUNNING = 1e-3

FIRTH_HELPS = "Merge or drop what separates, or use firth=True, which keeps the estimates finite."


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
        Whether the score was adjusted against bias.
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
        """
        return coefficient_table(self.coef, self.cov, level=level, df=self.df)

    def wald(self, terms: list[str]) -> dict[str, float]:
        """Return the joint test that `terms` are all zero, as `inference.wald_test`."""
        return wald_test(self.coef, self.cov, terms, df=self.df)

    def predictor(self, X: pd.DataFrame, baseline: pd.Series | None = None) -> pd.Series:
        """Return the linear predictor of each row of `X`, missing where a value is missing."""
        terms = [term for term in self.coef.index if term not in set(self._baseline.values())]
        absent = [term for term in terms if term not in X.columns]
        if absent:
            raise ParameterError(f"X lacks the columns {', '.join(absent)} of the fit.")
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


def fit_hazard(
    y: pd.Series | npt.ArrayLike,
    X: pd.DataFrame | npt.ArrayLike,
    *,
    link: LinkName = "logit",
    cluster: pd.Series | npt.ArrayLike | None = None,
    firth: bool = False,
    baseline: pd.Series | npt.ArrayLike | None = None,
    missing: str = "raise",
) -> HazardFit:
    """Fit a discrete-time hazard model by maximum likelihood, or with Firth's bias reduction.

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
        Adjust the score against first-order bias: Firth (1993), which for the logit is the penalty by Jeffreys'
        prior; for the other links after Kosmidis and Firth (2009). Estimates stay finite under separation.
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
        raise ParameterError(f"missing is {missing!r}; it must be 'raise' or 'drop'.")
    frame = X if isinstance(X, pd.DataFrame) else _named(X)
    names = [str(name) for name in frame.columns]
    columns = numeric_columns(frame)
    outcome = _outcome(y, len(frame))
    keep = _complete(outcome, columns, names, missing)
    labels = _labels(cluster, len(frame), "cluster", keep)
    periods = _labels(baseline, len(frame), "baseline", keep)
    dropped_missing = int(len(frame) - keep.sum())
    _refuse_one_outcome(outcome[keep] == 1)
    codes, categories, empty = _baseline_codes(periods, outcome[keep] == 1)
    if empty:
        inside = codes >= 0
        keep[np.flatnonzero(keep)[~inside]] = False
        labels = labels[inside] if labels is not None else None
        codes = codes[inside]
    if not keep.all():
        columns = [column[keep] for column in columns]
    happened: BoolArray = outcome[keep] == 1
    terms = [f"baseline[{_text(category)}]" for category in categories]
    design = build_design(columns, names, (codes, terms) if categories else None)
    if not firth:
        _refuse_separating_dummies(design, columns, len(terms), happened)
    fitted, loglik, steps = (_bias_reduced if firth else _maximum)(design, law, happened)
    eta = design.predictor(fitted)
    bread = _inverse(design.gram(law.information(eta)))
    groups = None
    if labels is None:
        scaled_cov = bread
    else:
        residual = law.likelihood(eta, happened)[1]
        if firth:
            residual = residual + _adjustment(design, law, eta, bread)
        scaled_cov, groups = _clustered(design, residual, bread, labels)
    cov = design.back @ scaled_cov @ design.back.T
    index = pd.Index(design.names, name="term")
    return HazardFit(
        link=link,
        coef=pd.Series(design.back @ fitted, index=index, name="coef"),
        cov=pd.DataFrame((cov + cov.T) / 2, index=index, columns=index),
        loglik=loglik,
        deviance=-2 * loglik,
        aic=-2 * loglik + 2 * len(index),
        n=design.rows,
        events=int(happened.sum()),
        clusters=groups,
        df=None if groups is None else groups - 1,
        firth=firth,
        dropped_missing=dropped_missing,
        dropped_baseline=tuple(_text(category) for category in empty),
        iterations=steps,
        _baseline=dict(zip(categories, terms, strict=True)),
    )


def _start(design: Design, law: Link, y: BoolArray) -> FloatArray:
    """Zero effects around the hazard of each baseline category, drawn towards the overall one."""
    beta = np.zeros(len(design.names))
    overall = float(y.mean())
    beta[design.intercept] = law.inverse(overall)
    for factor in design.factors:
        if len(design.intercept) > 1 and factor.positions[0] == design.intercept[0]:
            events, rows = factor.sums(y.astype(np.float64)), factor.sums(np.ones(design.rows))
            beta[factor.positions] = [law.inverse(float(rate)) for rate in (events + overall) / (rows + 1)]
    return beta


def _maximum(design: Design, law: Link, y: BoolArray) -> tuple[FloatArray, float, int]:
    """Newton's method with step halving; the log-likelihoods of all three links are concave."""
    beta = _start(design, law, y)
    value, score, curvature = law.likelihood(design.predictor(beta), y)
    for steps in range(1, MOST_STEPS + 1):
        try:
            step: FloatArray = np.linalg.solve(design.gram(curvature), design.score(score)).astype(np.float64)
        except np.linalg.LinAlgError:
            break
        largest = float(np.abs(step).max())
        before, halved = value, False
        for _ in range(40):
            value, score, curvature = law.likelihood(design.predictor(beta + step), y)
            if value >= before - 1e-12 * abs(before):
                break
            step, halved = step / 2, True
        beta = beta + step
        if largest < STEP:
            return beta, value, steps
        flat = not halved and abs(value - before) <= FLAT * (abs(before) + FLAT)
        if (flat and largest > RUNNING) or value > -1e-6:
            raise _separation(design, step)
    raise _separation(design, step)


def _inverse(matrix: FloatArray) -> FloatArray:
    return np.linalg.inv(matrix).astype(np.float64)


def _adjustment(design: Design, law: Link, eta: FloatArray, bread: FloatArray) -> FloatArray:
    """Return what Firth's method adds to the residual of each row."""
    leverage = law.information(eta) * design.quadratic(bread)
    return leverage * law.bias(eta)


def _bias_reduced(design: Design, law: Link, y: BoolArray) -> tuple[FloatArray, float, int]:
    """Fisher scoring on the adjusted score, halving steps that would not bring it nearer to zero."""
    beta = _start(design, law, y)
    step, distance = _adjusted_step(design, law, y, beta)
    for steps in range(1, MOST_FIRTH_STEPS + 1):
        if np.abs(step).max() < 1e-9:
            beta = beta + step
            return beta, law.likelihood(design.predictor(beta), y)[0], steps
        # A rare dummy can send the predictor of its rows far out, where the information vanishes.
        step = step * min(1.0, FURTHEST / float(np.abs(design.predictor(step)).max()))
        for _ in range(20):
            trial, reached = _adjusted_step(design, law, y, beta + step)
            if reached < distance:
                break
            step = step / 2
        beta = beta + step
        step, distance = trial, reached
    raise IdentificationError(
        f"Firth's method did not settle within {MOST_FIRTH_STEPS} steps on {design.rows:,} rows and "
        f"{int(y.sum()):,} events. Use fewer columns for so few events."
    )


def _adjusted_step(design: Design, law: Link, y: BoolArray, beta: FloatArray) -> tuple[FloatArray, float]:
    """Return the scoring step from `beta`, and the adjusted score's distance from zero in the metric of its error."""
    eta = design.predictor(beta)
    try:
        bread = _inverse(design.gram(law.information(eta)))
    except np.linalg.LinAlgError:
        return np.zeros_like(beta), np.inf
    score = design.score(law.likelihood(eta, y)[1] + _adjustment(design, law, eta, bread))
    step: FloatArray = bread @ score
    return step, float(score @ step)


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


def _separation(design: Design, step: FloatArray) -> IdentificationError:
    size = np.abs(step)
    names = [name for name, part in zip(design.names, size, strict=True) if part > 0.2 * size.max()]
    shown = ", ".join(names[:8]) + (" …" if len(names) > 8 else "")
    return IdentificationError(
        f"Separation: a combination of these columns tells the rows with an event from rows without one perfectly, so "
        f"their estimates run to infinity: {shown}. {FIRTH_HELPS}"
    )


def _refuse_separating_dummies(design: Design, columns: list[FloatArray], offset: int, y: BoolArray) -> None:
    """Name a dummy whose rows hold no event, or nothing else: the commonest separation, and the easiest to explain."""
    for name, column in zip(design.names[offset:], columns, strict=True):
        ones = column == 1
        if ones.all() or not (ones | (column == 0)).all():
            continue
        rows, events = int(ones.sum()), int((y & ones).sum())
        if events in {0, rows}:
            share = "none has" if events == 0 else "every one has"
            raise IdentificationError(
                f"Separation: of the {rows:,} rows where {name} is 1, {share} an event, so its estimate runs to "
                f"infinity. {FIRTH_HELPS}"
            )


def _named(X: npt.ArrayLike) -> pd.DataFrame:
    values = np.asarray(X, dtype=np.float64)
    if values.ndim != 2:
        raise ParameterError(f"X has {values.ndim} dimension(s); it must be a table of rows and columns.")
    return pd.DataFrame(values, columns=[f"x{i}" for i in range(values.shape[1])])


def _outcome(y: pd.Series | npt.ArrayLike, rows: int) -> FloatArray:
    outcome = pd.Series(np.asarray(y)).to_numpy(dtype=np.float64, na_value=np.nan)
    if len(outcome) != rows:
        raise ParameterError(f"y has {len(outcome):,} rows and X has {rows:,}; they must match row by row.")
    odd = outcome[~np.isnan(outcome) & (outcome != 0) & (outcome != 1)]
    if len(odd):
        raise ParameterError(f"y holds {odd[0]:g}; it must be 1 where the event happens and 0 elsewhere.")
    return outcome


def _complete(outcome: FloatArray, columns: list[FloatArray], names: list[str], missing: str) -> BoolArray:
    if not columns and len(outcome) == 0:
        raise IdentificationError("There are no rows to fit.")
    keep: BoolArray = ~np.isnan(outcome)
    holes = {}
    for name, column in zip(names, columns, strict=True):
        finite = np.isfinite(column)
        if not finite.any():
            raise IdentificationError(f"Column {name} is missing in all {len(column):,} rows. Leave it out.")
        if not finite.all():
            holes[name] = int((~finite).sum())
            keep &= finite
    if missing == "raise" and not keep.all():
        where = ", ".join(f"{name} ({count:,})" for name, count in holes.items()) or "y"
        raise ParameterError(
            f"Values are missing or infinite in {where}. Use missing='drop' for the {int(keep.sum()):,} complete rows "
            f"of {len(keep):,}, or fill them first."
        )
    if not keep.any():
        raise IdentificationError("No row is complete: every row misses at least one value.")
    return keep


def _labels(given: pd.Series | npt.ArrayLike | None, rows: int, what: str, keep: BoolArray) -> npt.NDArray[Any] | None:
    if given is None:
        return None
    labels = given.array if isinstance(given, pd.Series) else np.asarray(given)
    if len(labels) != rows:
        raise ParameterError(f"{what} has {len(labels):,} rows and X has {rows:,}; they must match row by row.")
    gaps = int(pd.isna(pd.Series(labels)).sum())
    if gaps:
        raise ParameterError(f"{what} is missing in {gaps:,} rows; every row needs one.")
    return np.asarray(labels)[keep]


def _refuse_one_outcome(y: BoolArray) -> None:
    if not y.any():
        raise IdentificationError(f"No event in the {len(y):,} rows, so no effect can be estimated.")
    if y.all():
        raise IdentificationError(f"All {len(y):,} rows are events, so no effect can be estimated.")


def _baseline_codes(labels: npt.NDArray[Any] | None, y: BoolArray) -> tuple[IntArray, list[Any], list[Any]]:
    """Codes of the categories that hold both outcomes (−1 for others), these categories, and the others."""
    if labels is None:
        return np.zeros(0, dtype=np.int64), [], []
    codes, found = pd.factorize(pd.Series(labels), sort=True)
    rows = np.bincount(codes, minlength=len(found))
    events = np.bincount(codes, weights=y, minlength=len(found))
    both = (events > 0) & (events < rows)
    number = np.where(both, np.cumsum(both) - 1, -1)
    categories = list(found)
    return (
        number[codes].astype(np.int64),
        [category for category, ok in zip(categories, both, strict=True) if ok],
        [category for category, ok in zip(categories, both, strict=True) if not ok],
    )


def _text(category: object) -> str:
    return f"{category:%Y-%m-%d}" if isinstance(category, pd.Timestamp) else str(category)

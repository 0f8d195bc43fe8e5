"""How well a model tells adopters from the rest where it has not looked: discrimination and calibration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from redegov_analysis.drivers.adoption import AdoptionFit
from redegov_analysis.drivers.design import FloatArray
from redegov_analysis.drivers.hazard import fit_hazard
from redegov_analysis.errors import IdentificationError, ParameterError


def auc(outcome: pd.Series, score: pd.Series) -> float:
    """Return the chance that an adopter scores above a municipality that is none; ties count one half.

    The Mann–Whitney statistic by pairs (Hanley and McNeil 1982). Both are matched by position.

    Parameters
    ----------
    outcome
        1 for an adopter, else 0.
    score
        Any number that rises with the chance of adoption.

    Returns
    -------
    float
        0–1; one half is chance.

    Raises
    ------
    IdentificationError
        If the outcome is the same everywhere.

    Examples
    --------
    >>> auc(pd.Series([0, 0, 1, 1]), pd.Series([0.1, 0.4, 0.35, 0.8]))
    0.75
    """
    y = outcome.to_numpy(dtype=np.float64) == 1
    inside, outside = int(y.sum()), int((~y).sum())
    if not inside or not outside:
        raise IdentificationError(
            "{inside} of {n_values} {n_values:row|rows} {inside:is|are} positive; discrimination needs both kinds.",
            inside=inside,
            n_values=len(y),
        )
    ranks = stats.rankdata(score.to_numpy(dtype=np.float64))
    return float((ranks[y].sum() - inside * (inside + 1) / 2) / (inside * outside))


@dataclass(frozen=True)
class CrossValidation:
    """Probabilities that each municipality was given by a fit that had not seen it.

    Attributes
    ----------
    predicted
        `ibge_code`, `uf`, `fold`, `adopted` (0/1), `probability`.
    """

    predicted: pd.DataFrame

    @property
    def scores(self) -> pd.Series:
        """Discrimination and calibration over all municipalities.

        `auc`; `brier` and, for comparison, `brier_of_share` (that of giving everyone the overall share); `log_loss`;
        `calibration_intercept` (0 if the total is right) and `calibration_slope` (1 if the spread is right; below 1
        the model is too sure of itself), from a logit of the outcome on the logit of the probability (Cox 1958).
        """
        y = self.predicted["adopted"].to_numpy(dtype=np.float64)
        p = np.clip(self.predicted["probability"].to_numpy(dtype=np.float64), 1e-12, 1 - 1e-12)
        logit = np.log(p / (1 - p))
        slope = fit_hazard(y, pd.DataFrame({"const": 1.0, "logit": logit}))
        return pd.Series(
            {
                "auc": auc(self.predicted["adopted"], self.predicted["probability"]),
                "brier": float(((y - p) ** 2).mean()),
                "brier_of_share": float(((y - y.mean()) ** 2).mean()),
                "log_loss": float(-(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()),
                "calibration_intercept": _calibration_in_the_large(y, logit),
                "calibration_slope": float(slope.coef["logit"]),
            },
            name="score",
        )

    def by_probability(self, groups: int = 10) -> pd.DataFrame:
        """Return expected and observed adopters in groups of rising probability.

        Parameters
        ----------
        groups
            How many, of equal size as far as that is possible.

        Returns
        -------
        DataFrame
            Index `group` from 1; `municipalities`, `probability` (mean), `expected`, `adopted`, `share`.
        """
        order = self.predicted.sort_values(["probability", "ibge_code"], ignore_index=True)
        return _expected(order, pd.Series(np.arange(len(order)) * groups // len(order) + 1, name="group"))

    def by_state(self) -> pd.DataFrame:
        """Return expected and observed adopters in each state.

        Returns
        -------
        DataFrame
            Index `uf`; as `by_probability`, with `z`, the excess by the error of independent adoptions: a state far
            from 0 does what its covariates do not explain.
        """
        table = self.predicted
        result = _expected(table, table["uf"])
        p = table["probability"]
        variance = (p * (1 - p)).groupby(table["uf"]).sum()
        return result.assign(z=(result["adopted"] - result["expected"]) / np.sqrt(variance))


def cross_validate(
    model: AdoptionFit,
    *,
    folds: int | Literal["uf"] = 10,
    seed: int | np.random.Generator = 0,
    firth: bool = True,
) -> CrossValidation:
    """Return predictions for each municipality from a fit to the others.

    Parameters
    ----------
    model
        From `adoption.fit_adoption`.
    folds
        Number of random folds with equal shares of adopters, or `uf` to leave out one state at a time.
    seed
        Seed or generator of the folds.
    firth
        Estimator within folds. Plain maximum likelihood separates where a fold holds all adopters of a region.

    Returns
    -------
    CrossValidation
        One prediction for each complete case, by a fit that did not see it.

    Raises
    ------
    ParameterError
        If `folds` is below 2.
    """
    y = model.y.to_numpy(dtype=np.float64)
    if folds == "uf":
        fold = pd.factorize(model.uf, sort=True)[0].astype(np.int64)
    else:
        if folds < 2:
            raise ParameterError("folds is {folds}; it must be at least 2.", folds=folds)
        rng = np.random.default_rng(seed)
        fold = np.empty(len(y), dtype=np.int64)
        for kind in (0.0, 1.0):
            rows = np.flatnonzero(y == kind)
            fold[rng.permutation(rows)] = np.arange(len(rows)) % folds
    probability = np.empty(len(y))
    for number in np.unique(fold):
        out = fold == number
        fit = fit_hazard(y[~out], model.X[~out], firth=firth)
        probability[out] = fit.predict(model.X[out]).to_numpy()
    return CrossValidation(
        pd.DataFrame(
            {
                "ibge_code": model.X.index.astype("str"),
                "uf": model.uf.to_numpy(),
                "fold": fold,
                "adopted": y.astype(np.int64),
                "probability": probability,
            }
        )
    )


def _expected(table: pd.DataFrame, by: pd.Series) -> pd.DataFrame:
    result = table.groupby(by).agg(
        municipalities=("adopted", "size"),
        probability=("probability", "mean"),
        expected=("probability", "sum"),
        adopted=("adopted", "sum"),
    )
    return result.assign(share=result["adopted"] / result["municipalities"])


def _calibration_in_the_large(y: FloatArray, logit: FloatArray) -> float:
    """Return the shift of all logits that gives the observed total."""
    shift = 0.0
    for _ in range(100):
        p = 1 / (1 + np.exp(-(logit + shift)))
        step = float((y - p).sum() / (p * (1 - p)).sum())
        shift += max(-1.0, min(1.0, step))
        if abs(step) < 1e-12:
            break
    return shift

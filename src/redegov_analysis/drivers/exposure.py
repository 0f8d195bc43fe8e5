"""Do neighbours matter? Exposure measured before adoption, and a placebo that moves every neighbourhood elsewhere.

What neighbours did by the first list is set against who appears on the second, so that cause, if it is one, precedes
effect. Likeness of neighbours, or a shared state programme, gives the same picture: states are in the errors, not gone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from redegov_analysis.drivers.adoption import AdoptionFit, Body, fit_adoption, login_adoption
from redegov_analysis.drivers.covariates import MAIN
from redegov_analysis.drivers.neighbours import Neighbours
from redegov_analysis.drivers.refit import Refit

FIRST_LIST, SECOND_LIST = pd.Timestamp("2021-04-15"), pd.Timestamp("2022-03-21")
TERM = "neighbours_share"


def newly_adopted(
    login_adopters: pd.DataFrame, municipalities: pd.DataFrame, *, body: Body = "city_hall"
) -> tuple[pd.Series, pd.Series]:
    """Return who was on the first list, and who of the others is on the second.

    Parameters
    ----------
    login_adopters, municipalities, body
        As in `adoption.login_adoption`.

    Returns
    -------
    tuple
        Booleans by code for the whole universe; and for those not on the first list.
    """
    before = login_adoption(login_adopters, municipalities, FIRST_LIST, body=body)
    after = login_adoption(login_adopters, municipalities, SECOND_LIST, body=body)
    return before, after[~before.reindex(after.index, fill_value=False)]


def fit_with_neighbours(
    before: pd.Series,
    after: pd.Series,
    municipalities: pd.DataFrame,
    neighbours: Neighbours,
    covariates: Sequence[str] = MAIN,
    *,
    firth: bool = True,
    regions: bool = True,
) -> AdoptionFit:
    """Fit adoption between two lists on the share of neighbours already on the first.

    Parameters
    ----------
    before
        Who was on the first list, by code.
    after
        Who of the others is on the second, by code.
    municipalities, covariates, regions, firth
        As in `adoption.fit_adoption`.
    neighbours
        Contiguity, border-weighted, or nearest; municipalities without neighbours are left out and counted.

    Returns
    -------
    AdoptionFit
        With the term `neighbours_share`, per standard deviation.
    """
    on_first = before.reindex(neighbours.codes).fillna(False).to_numpy(dtype=np.float64)
    share = pd.DataFrame({TERM: neighbours.share(on_first)}, index=neighbours.codes)
    return fit_adoption(after, municipalities, covariates, firth=firth, regions=regions, extra=share)


def placebo(
    before: pd.Series,
    after: pd.Series,
    municipalities: pd.DataFrame,
    neighbours: Neighbours,
    covariates: Sequence[str] = MAIN,
    *,
    draws: int = 200,
    seed: int | np.random.Generator = 0,
    within_state: bool = False,
    firth: bool = True,
) -> pd.DataFrame:
    """Return the neighbours' effect when each municipality is given another's neighbourhood at random.

    Parameters
    ----------
    before, after, municipalities, neighbours, covariates, firth
        As in `fit_with_neighbours`.
    draws, seed
        How many shuffles, and their seed.
    within_state
        Shuffle among municipalities of one state only: what remains is then what the state explains.

    Returns
    -------
    DataFrame
        One row per draw: `coef`, `stderr`, `z` of `neighbours_share`. Compare the true coefficient with their spread.
    """
    rng = np.random.default_rng(seed)
    place = municipalities.set_index(municipalities["ibge_code"].astype("str"))["uf"].reindex(neighbours.codes)
    groups = (
        [np.flatnonzero((place == uf).to_numpy()) for uf in sorted(place.dropna().unique())]
        if within_state
        else [np.arange(len(neighbours.codes))]
    )
    on_first = before.reindex(neighbours.codes).fillna(False).to_numpy(dtype=np.float64)
    share = neighbours.share(on_first)
    fit = Refit(after, municipalities, covariates, term=TERM, codes=neighbours.codes, firth=firth)
    rows = np.empty((draws, 3))
    for row in rows:
        order = np.arange(len(share))
        for group in groups:
            order[group] = rng.permutation(group)
        coef, stderr = fit.of(share[order])  # whoever gets a neighbourhood gets its share
        row[:] = coef, stderr, coef / stderr
    return pd.DataFrame(rows, columns=["coef", "stderr", "z"])


def residuals(model: AdoptionFit) -> pd.Series:
    """Return Pearson residuals by code, (y − p)/√(p(1 − p)), for Moran's I and join counts of what a model leaves.

    Parameters
    ----------
    model
        From `adoption.fit_adoption`.

    Returns
    -------
    Series
        Without unit, by `ibge_code`; complete cases only.
    """
    p = model.fit.predict(model.X)
    return ((model.y - p) / np.sqrt(p * (1 - p))).rename("residual")

"""A specification curve: one effect under every reasonable choice, so that no single choice speaks alone.

After Simonsohn, Simmons and Nelson (2020). The estimates are of one data set and far from independent: their share of
one sign is a description, not a test.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from functools import cache, partial

import pandas as pd

from redegov_analysis.drivers.adoption import fit_terms, outcome_and_terms
from redegov_analysis.drivers.covariates import MAIN
from redegov_analysis.errors import IdentificationError

COVARIATE_SETS: Mapping[str, Sequence[str]] = {
    "size": ("log10_population",),
    "size, income": ("log10_population", "log_gdp_per_head"),
    "main": MAIN,
    "main, density": (*MAIN, "log_density"),
    "main, urban share": (*MAIN, "urban_share"),
    "main, revenue": (*MAIN, "log_revenue_per_head"),
    "main, networks": (*MAIN, "mobile_coverage", "broadband_density"),
}
"""The covariates that another researcher might have chosen."""


def specification_curve(
    outcomes: Mapping[str, pd.Series],
    municipalities: pd.DataFrame,
    terms: Sequence[str] = ("log10_population",),
    *,
    covariate_sets: Mapping[str, Sequence[str]] = COVARIATE_SETS,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return the effects of some terms under every combination of outcome, covariates, regions and estimator.

    Parameters
    ----------
    outcomes
        Named outcomes, as in `adoption.fit_adoption` (for example city hall alone, and any body).
    municipalities
        The processed table.
    terms
        The terms whose effects are wanted.
    covariate_sets
        Named sets of covariates; a set without a term gives no row for it.
    level
        Level of the intervals.

    Returns
    -------
    DataFrame
        One row per specification and term, in order of term and coefficient: `term`, `outcome`, `covariates`,
        `regions` (bool), `firth` (bool), `n`, `events`, `coef`, `stderr`, `p`, `low`, `high`. A specification that
        separates has no estimate: missing, and `failed` says why.
    """
    rows = []
    for (outcome, adopted), (label, covariates), regions in itertools.product(
        outcomes.items(), covariate_sets.items(), (True, False)
    ):
        wanted = [term for term in terms if term in covariates]
        # Both estimators fit the same table, and making it takes as long as fitting it.
        prepared = cache(partial(outcome_and_terms, adopted, municipalities, covariates, regions=regions))
        for firth in (False, True):
            choice = {"outcome": outcome, "covariates": label, "regions": regions, "firth": firth}
            try:
                model = fit_terms(*prepared(), firth=firth)
            except IdentificationError as error:
                rows += [{"term": term, **choice, "failed": str(error)} for term in wanted]
                continue
            table = model.table(level)
            for term in wanted:
                effect = {name: float(table[name][term]) for name in ("coef", "stderr", "p", "low", "high")}
                rows.append(
                    {"term": term, **choice, "n": model.fit.n, "events": model.fit.events, **effect, "failed": None}
                )
    columns = ["term", "outcome", "covariates", "regions", "firth", "n", "events", "coef", "stderr", "p", "low", "high"]
    result = pd.DataFrame(rows, columns=[*columns, "failed"])
    return result.sort_values(["term", "coef"], kind="stable", ignore_index=True)

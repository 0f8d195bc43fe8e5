"""A cross-section fitted many times, of which one term changes: tables are read once, and each fit is arithmetic."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from redegov_analysis.drivers.adoption import outcome_and_terms
from redegov_analysis.drivers.covariates import MAIN, further_term
from redegov_analysis.drivers.design import FloatArray
from redegov_analysis.drivers.hazard import estimate
from redegov_analysis.drivers.links import link_of
from redegov_analysis.drivers.rows import refuse_one_outcome
from redegov_analysis.errors import IdentificationError


class Refit:
    """The logit of `adoption.fit_adoption` with regions and a further term, fitted to one set of values after another.

    Parameters
    ----------
    adopted, municipalities, covariates, firth
        As in `adoption.fit_adoption`.
    term
        Name of the further term.
    codes
        The municipalities that values of the term will come for, in their order.
    """

    def __init__(
        self,
        adopted: pd.Series,
        municipalities: pd.DataFrame,
        covariates: Sequence[str] = MAIN,
        *,
        term: str,
        codes: pd.Index,
        firth: bool = True,
    ) -> None:
        outcome, table = outcome_and_terms(adopted, municipalities, covariates)
        self._names = ["const", *table.X.columns, term]
        self._columns = [table.X[name].to_numpy(dtype=np.float64) for name in table.X.columns]
        self._complete = table.X.notna().all(axis=1).to_numpy()
        self._happened = outcome.to_numpy() == 1
        self._clusters = pd.factorize(table.uf)[0]
        self._place = codes.get_indexer(table.X.index)
        self._firth = firth

    def of(self, values: FloatArray) -> tuple[float, float]:
        """Return coefficient and standard error of the term per standard deviation, clustered by state.

        Parameters
        ----------
        values
            One per code; where it is missing, the municipality is left out.

        Returns
        -------
        tuple
            `coef` and `stderr`, in log odds per standard deviation; for a term of 0 and 1, per unit.

        Raises
        ------
        IdentificationError
            As `adoption.fit_adoption`.
        """
        own = np.where(self._place >= 0, values[self._place], np.nan)
        scaled, _ = further_term(own, self._names[-1])
        keep = self._complete & ~np.isnan(scaled)
        if not keep.any():
            raise IdentificationError("No municipality has a value in every covariate; leave out the emptiest.")
        happened = self._happened[keep]
        refuse_one_outcome(happened)
        columns = [np.ones(len(happened)), *(column[keep] for column in (*self._columns, scaled))]
        found = estimate(
            columns, self._names, happened, link_of("logit"), cluster=self._clusters[keep], firth=self._firth
        )
        return float(found.coef[-1]), float(np.sqrt(found.cov[-1, -1]))

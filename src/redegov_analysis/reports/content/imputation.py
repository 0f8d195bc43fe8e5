"""What missing values change: complete cases beside multiple imputation."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from redegov_analysis.drivers.adoption import fit_adoption, login_adoption
from redegov_analysis.drivers.covariates import MAIN
from redegov_analysis.drivers.imputation import DRAWS, fit_imputed
from redegov_analysis.evidence import Evidence
from redegov_analysis.reports.content.coefficients import labelled, written_ratio
from redegov_analysis.reports.content.login import LIST_DAY, SOURCE
from redegov_analysis.reports.items import Column, Table
from redegov_analysis.reports.text import Text

GAPPY = ("log_revenue_per_head", "broadband_density")
"""Terms with more gaps than the main ones: held equal here too, so that gaps have something to change."""


def imputation_table(
    login: pd.DataFrame, municipalities: pd.DataFrame, t: Text, covariates: Sequence[str] = MAIN, *, seed: int = 0
) -> Table:
    """Show the odds ratios of the login on complete cases and on all municipalities with gaps imputed.

    Parameters
    ----------
    login, municipalities
        The processed tables.
    t
        The reader's language.
    covariates
        Terms held equal; those with most gaps are added.
    seed
        Seed of the values filled in.
    """
    terms = tuple(dict.fromkeys((*covariates, *GAPPY)))
    adopted = login_adoption(login, municipalities, LIST_DAY)
    complete = fit_adoption(adopted, municipalities, terms, firth=True)
    pooled = fit_imputed(adopted, municipalities, terms, firth=True, seed=seed)
    shown = labelled(complete.table(), t)
    other = pooled.loc[shown["term"]].reset_index()
    frame = shown[["term", "label", "ratio", "ratio_low", "ratio_high", "coef", "stderr"]].assign(
        **{f"{name}_imputed": other[name] for name in ("ratio", "ratio_low", "ratio_high", "coef", "stderr")},
        missing_information=other["missing_information"].round(6),
        complete=[written_ratio(row, t) for _, row in shown.iterrows()],
        imputed=[written_ratio(row, t) for _, row in other.iterrows()],
    )
    counts = complete.counts
    largest = float(((frame["coef_imputed"] - frame["coef"]).abs() / frame["stderr"]).max())
    return Table(
        id="login_imputation",
        t=t,
        evidence=Evidence.PROXY,
        source=t(SOURCE),
        as_of=LIST_DAY,
        title=t("Complete cases beside multiple imputation"),
        caption=t(
            "{gaps} of {all} municipalities lack a value, mostly accounts that were not delivered. Left out, or filled "
            "{draws} times by what is known and pooled by Rubin's rules: no odds ratio moves by more than {moved} of "
            "its standard error. What is missing does not decide anything here.",
            gaps=t.integer(counts["municipalities"] - counts["complete"]),
            all=t.integer(counts["municipalities"]),
            draws=t.integer(DRAWS),
            moved=t.percent(largest, 0),
        ),
        frame=frame,
        columns={
            "label": Column(t("Term")),
            "complete": Column(t("Complete cases")),
            "imputed": Column(t("Imputed")),
        },
    )

"""The login story: which city halls used the GOV.BR login in March 2022."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd

from redegov_analysis.drivers.adoption import AdoptionFit, Body, fit_adoption, login_adoption
from redegov_analysis.drivers.covariates import MAIN
from redegov_analysis.drivers.validation import CrossValidation
from redegov_analysis.evidence import Evidence
from redegov_analysis.reports.content.coefficients import (
    beside,
    draw_side_by_side,
    labelled,
    of_other,
    ratio_columns,
    ratio_of,
)
from redegov_analysis.reports.items import Column, Figure, Statement, Table
from redegov_analysis.reports.text import N_, Text

LIST_DAY: Final = pd.Timestamp("2022-03-21")
SOURCE: Final = N_("Login list of 2022-03-21 (Secretaria de Governo Digital); covariates of IBGE and PNUD/Ipea/FJP")
REGIONS: Final = ("Sul", "Sudeste", "Nordeste", "Norte", "Centro-Oeste")
REGION_NAMES: Final = {
    "Sul": N_("South"),
    "Sudeste": N_("Southeast"),
    "Nordeste": N_("Northeast"),
    "Norte": N_("North"),
    "Centro-Oeste": N_("Centre-West"),
}


def login_fit(
    login: pd.DataFrame,
    municipalities: pd.DataFrame,
    covariates: Sequence[str] = MAIN,
    *,
    body: Body = "city_hall",
    firth: bool = False,
) -> AdoptionFit:
    """Return the logit of having the city hall, or any body of the municipality, on the list of March 2022."""
    adopted = login_adoption(login, municipalities, LIST_DAY, body=body)
    return fit_adoption(adopted, municipalities, covariates, firth=firth)


def reading_statement(fit: AdoptionFit, t: Text) -> Statement:
    """Say in plain words what goes with having the city hall on the list.

    Parameters
    ----------
    fit
        The penalised fit: with a single city hall of the Centre-West on the list, plain maximum likelihood overstates
        how far the South is ahead.
    """
    table = fit.table()
    size, south = ratio_of(table, "log10_population"), ratio_of(table, "region[Sul]")
    return Statement(
        id="login_reading",
        t=t,
        evidence=Evidence.PROXY,
        source=t(SOURCE),
        as_of=LIST_DAY,
        sentence=t(
            "Size and place stand out. One standard deviation more of population (about {times} times as many people) "
            "goes with odds {size} times as high ({size_interval}); a municipality of the South has odds {south} times "
            "those of one alike in the Centre-West ({south_interval}), which had a single city hall on the list. This "
            "is association among {adopters} city halls, not cause.",
            times=t.number(10 ** float(fit.sd["log10_population"]), 1),
            size=t.number(size.value, 1),
            size_interval=t.interval(size.low, size.high, 1),
            south=t.number(south.value, 0),
            south_interval=t.interval(south.low, south.high, 0),
            adopters=t.integer(fit.counts["complete_adopters"]),
        ),
        value=size.value,
        unit="odds ratio per standard deviation",
        low=size.low,
        high=size.high,
        level=0.95,
        headline=False,
    )


def odds_figure(fit: AdoptionFit, anybody: AdoptionFit, t: Text) -> Figure:
    """Draw the odds ratios of city halls, and of any body of the municipality beside them.

    Parameters
    ----------
    fit, anybody
        The fits of both, by plain maximum likelihood, of the same terms.
    t
        The reader's language.
    """
    shown = beside(labelled(fit.table(), t), anybody.table(), "any")
    other = of_other(shown, "any")
    return Figure(
        id="login_odds",
        t=t,
        evidence=Evidence.PROXY,
        source=t(SOURCE),
        as_of=LIST_DAY,
        title=t("What goes with using the GOV.BR login, March 2022"),
        caption=t(
            "Right of 1: more likely on the list, all else equal. Filled marks: the 95% interval leaves out 1. "
            "{halls} city halls; {anybody} municipalities with a city hall, a council or another body. Errors "
            "clustered by state; {complete} municipalities with every covariate, {left_out} left out.",
            halls=t.integer(fit.counts["complete_adopters"]),
            anybody=t.integer(anybody.counts["complete_adopters"]),
            complete=t.integer(fit.counts["complete"]),
            left_out=t.integer(fit.counts["municipalities"] - fit.counts["complete"]),
        ),
        alt=t(
            "Pairs of odds ratios with intervals; those whose interval leaves out 1, for city halls: {halls}; for any "
            "body: {anybody}.",
            halls=t.listing(_firm_terms(shown)) or t("none"),
            anybody=t.listing(_firm_terms(other)) or t("none"),
        ),
        draw=draw_side_by_side(
            [(t("City hall"), shown), (t("Any body of the municipality"), other)], t("odds ratio (log scale)"), t
        ),
        frame=shown,
        columns={
            **ratio_columns(t, t("Odds ratio")),
            "ratio_any": Column(t("Odds ratio, any body"), "number", 2),
            "ratio_low_any": Column(t("95%: from"), "number", 2),
            "ratio_high_any": Column(t("95%: to"), "number", 2),
        },
        heights=(4.7, 4.9),
    )


def effects_table(fit: AdoptionFit, firth: AdoptionFit, t: Text) -> Table:
    """Show average marginal effects, and the odds ratio beside that of Firth's penalised fit."""
    effects = fit.marginal_effects()
    frame = labelled(fit.table(), t).merge(
        effects.rename_axis("term")
        .reset_index()[["term", "effect", "low", "high"]]
        .rename(columns={"low": "effect_low", "high": "effect_high"}),
        on="term",
    )
    frame = frame.merge(
        firth.table().rename_axis("term").reset_index()[["term", "ratio"]].rename(columns={"ratio": "ratio_firth"}),
        on="term",
    ).merge(fit.vif().rename_axis("term").reset_index(), on="term")
    return Table(
        id="login_effects",
        t=t,
        evidence=Evidence.PROXY,
        source=t(SOURCE),
        as_of=LIST_DAY,
        title=t("Using the login in percentage points, and how far the method matters"),
        caption=t(
            "Average change in the chance of being on the list, which only {share} of the municipalities were. Firth's "
            "penalty guards against the bias of rare events; a variance inflation (VIF) above 5 would be a warning.",
            share=t.percent(float(fit.y.mean())),
        ),
        frame=frame,
        columns={
            "label": Column(t("Term")),
            "effect": Column(t("Average effect (percentage points)"), "points", 2, sign=True),
            "effect_low": Column(t("95%: from"), "points", 2),
            "effect_high": Column(t("95%: to"), "points", 2),
            "ratio": Column(t("Odds ratio"), "number", 2),
            "ratio_firth": Column(t("Odds ratio (Firth)"), "number", 2),
            "vif": Column(t("VIF"), "number", 1),
        },
    )


def regions_table(login: pd.DataFrame, municipalities: pd.DataFrame, t: Text) -> Table:
    """Show plain shares by region: city halls and any body on the list."""
    halls = login_adoption(login, municipalities, LIST_DAY, body="city_hall")
    anybody = login_adoption(login, municipalities, LIST_DAY, body="any")
    region = municipalities.set_index("ibge_code")["region"].astype("str").reindex(halls.index)
    frame = (
        pd.DataFrame({"region": region, "halls": halls, "anybody": anybody})
        .groupby("region")
        .agg(municipalities=("halls", "size"), city_halls=("halls", "sum"), any_body=("anybody", "sum"))
    )
    frame = frame.loc[list(REGIONS)].reset_index()
    frame = frame.assign(
        label=[t(REGION_NAMES[str(name)]) for name in frame["region"]],
        city_hall_share=frame["city_halls"] / frame["municipalities"],
        any_body_share=frame["any_body"] / frame["municipalities"],
    )
    return Table(
        id="login_regions",
        t=t,
        evidence=Evidence.PROXY,
        source=t(SOURCE),
        as_of=LIST_DAY,
        title=t("On the list, by region"),
        caption=t("Plain counts, before anything is held equal."),
        frame=frame,
        columns={
            "label": Column(t("Region")),
            "municipalities": Column(t("Municipalities"), "integer"),
            "city_halls": Column(t("City halls on the list"), "integer"),
            "city_hall_share": Column(t("Share"), "percent"),
            "any_body": Column(t("Any body on the list"), "integer"),
            "any_body_share": Column(t("Share"), "percent"),
        },
    )


def discrimination_statement(validated: CrossValidation, t: Text) -> Statement:
    """Say how well the model tells city halls on the list from the others in states that it has not seen."""
    scores = validated.scores
    return Statement(
        id="login_discrimination",
        t=t,
        evidence=Evidence.PROXY,
        source=t(SOURCE),
        as_of=LIST_DAY,
        sentence=t(
            "Fitted without a state and asked about it, the model puts a city hall on the list above one that is not "
            "in {pairs} of 100 pairs (50 would be a coin), and its probabilities are about as spread as they should be "
            "(calibration slope {slope}). It ranks; it does not foretell: the squared error falls only from {plain} to "
            "{brier}, because hardly anyone was on the list.",
            pairs=t.number(100 * scores["auc"], 0),
            slope=t.number(scores["calibration_slope"], 2),
            plain=t.number(scores["brier_of_share"], 4),
            brier=t.number(scores["brier"], 4),
        ),
        value=float(scores["auc"]),
        unit="area under the ROC curve",
    )


def _firm_terms(shown: pd.DataFrame) -> list[str]:
    firm = (shown["ratio_low"] > 1) | (shown["ratio_high"] < 1)
    return [str(label) for label in shown.loc[firm, "label"]]

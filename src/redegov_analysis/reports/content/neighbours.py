"""The neighbours' story: whether those whose neighbours used the login in 2021 were more likely on the list of 2022."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Sheet

from redegov_analysis.drivers.adoption import AdoptionFit
from redegov_analysis.drivers.covariates import MAIN
from redegov_analysis.drivers.exposure import TERM, fit_with_neighbours, newly_adopted, placebo, residuals
from redegov_analysis.drivers.neighbours import Neighbours, link_islands, nearest_neighbours, neighbours_from_pairs
from redegov_analysis.drivers.spatial import moran
from redegov_analysis.evidence import Evidence
from redegov_analysis.reports import theme
from redegov_analysis.reports.content.login import LIST_DAY
from redegov_analysis.reports.items import Column, Figure, Statement, Table
from redegov_analysis.reports.text import N_, Text

SOURCE: Final = N_("Login lists of 2021-04-15 and 2022-03-21 (Secretaria de Governo Digital); borders of IBGE")
DRAWS: Final = 99
"""Maps shuffled for the placebo: enough to tell one in twenty, and few enough for every run of the notebook."""

NEAREST: Final = 5
_BODIES: Final = {"city_hall": N_("City hall"), "any": N_("Any body of the municipality")}
_KINDS: Final = {"borders": N_("borders"), "border_km": N_("km of border"), "nearest": N_("five nearest seats")}


def bordering(pairs: pd.DataFrame, municipalities: pd.DataFrame, weight: str | None = None) -> Neighbours:
    """Return who borders whom, the two islands tied to the nearest seat."""
    codes = pd.Index(sorted(municipalities["ibge_code"].astype("str")))
    return neighbours_from_pairs(link_islands(pairs, municipalities), codes, weight=weight)


def exposure_table(
    login: pd.DataFrame, municipalities: pd.DataFrame, pairs: pd.DataFrame, covariates: Sequence[str] = MAIN
) -> pd.DataFrame:
    """Return the neighbours' effect for both kinds of body and three notions of neighbour.

    Parameters
    ----------
    login, municipalities, pairs
        The processed tables `login_adopters`, `municipalities` and `neighbours`.
    covariates
        As in `drivers.adoption.fit_adoption`.

    Returns
    -------
    DataFrame
        One row per `body` and `kind` of neighbour: `before` (bodies on the first list), `after` (newly on the second),
        and `coef`, `stderr`, `p`, `ratio`, `ratio_low`, `ratio_high`, `sd` of the share of neighbours on the first
        list (per standard deviation).
    """
    kinds = {
        "borders": bordering(pairs, municipalities),
        "border_km": bordering(pairs, municipalities, "border_km"),
        "nearest": nearest_neighbours(municipalities, NEAREST),
    }
    rows = []
    for body in _BODIES:
        before, after = newly_adopted(login, municipalities, body=body)  # type: ignore[arg-type]
        for kind, neighbours in kinds.items():
            fit = fit_with_neighbours(before, after, municipalities, neighbours, covariates)
            effect = fit.table().loc[TERM]
            rows.append(
                {"body": body, "kind": kind, "before": int(before.sum()), "after": int(after.sum()), **effect.to_dict()}
            )
    return pd.DataFrame(rows)


def exposures_table(table: pd.DataFrame, t: Text) -> Table:
    """Show the neighbours' effect for both kinds of body and three notions of neighbour.

    Parameters
    ----------
    table
        From `exposure_table`.
    t
        The reader's language.
    """
    halls, anybody = (table[table["body"] == body].iloc[0] for body in _BODIES)
    return Table(
        id="neighbours_exposure",
        t=t,
        evidence=Evidence.PROXY,
        source=t(SOURCE),
        as_of=LIST_DAY,
        title=t("Neighbours on the list of 2021, and appearing on that of 2022"),
        caption=t(
            "Odds ratio per standard deviation of the share of neighbours on the first list, all else equal. {halls} "
            "city halls were new on the second; {anybody} municipalities with any body. Intervals clustered by state "
            "are too short with so few on the first list: read the placebo, not the p-values.",
            halls=t.integer(halls["after"]),
            anybody=t.integer(anybody["after"]),
        ),
        frame=table.assign(
            label=[t(_BODIES[body]) for body in table["body"]],
            neighbours=[t(_KINDS[kind]) for kind in table["kind"]],
        ),
        columns={
            "label": Column(t("On the list")),
            "neighbours": Column(t("Neighbours by")),
            "ratio": Column(t("Odds ratio"), "number", 2),
            "ratio_low": Column(t("95%: from"), "number", 2),
            "ratio_high": Column(t("95%: to"), "number", 2),
            "p": Column(t("p-value"), "p_value"),
        },
    )


def placebo_draws(
    login: pd.DataFrame,
    municipalities: pd.DataFrame,
    pairs: pd.DataFrame,
    covariates: Sequence[str] = MAIN,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the neighbours' effect on any body when neighbourhoods are dealt anew among the municipalities of a state.

    Returns
    -------
    DataFrame
        One row per draw, as `drivers.exposure.placebo`.
    """
    before, after = newly_adopted(login, municipalities, body="any")
    # Codes as plain objects: looking up Arrow strings takes longer than the fit itself.
    plain = municipalities.assign(ibge_code=municipalities["ibge_code"].astype("object"))
    neighbours = bordering(pairs, municipalities)
    return placebo(before, after, plain, neighbours, covariates, draws=draws, seed=seed, within_state=True)


def placebo_figure(table: pd.DataFrame, draws: pd.DataFrame, t: Text) -> Figure:
    """Draw the effect of true neighbours among those of neighbours dealt at random within the state.

    Parameters
    ----------
    table
        From `exposure_table`.
    draws
        From `placebo_draws`.
    t
        The reader's language.
    """
    true = float(table[(table["body"] == "any") & (table["kind"] == "borders")]["coef"].iloc[0])
    coef = draws["coef"].to_numpy(dtype=float)
    edges = np.histogram_bin_edges(coef, bins=18)

    def draw(sheet: Sheet, narrow: bool) -> None:
        axes = theme.tidy(sheet.add_subplot())
        axes.hist(coef, bins=edges.tolist(), color=theme.BLUE_LIGHT, edgecolor=theme.PAPER)
        axes.axvline(0, color=theme.GRAY, linewidth=1)
        axes.axvline(true, color=theme.OCHRE, linewidth=2.4, linestyle=(0, (5, 2)))
        top = axes.get_ylim()[1]
        axes.set_ylim(0, 1.18 * top)
        axes.annotate(t("true neighbours"), (true, 1.1 * top), xytext=(5, 0), textcoords="offset points",
                      color=theme.OCHRE, va="center", fontsize=9 if narrow else 10)  # fmt: skip
        axes.set_xlabel(t("effect per standard deviation (log odds)"))
        axes.set_ylabel(t("shuffled maps"))
        axes.xaxis.set_major_formatter(lambda value, _: t.number(value, 2))
        axes.yaxis.set_major_formatter(lambda value, _: t.integer(value))
        axes.locator_params(axis="x", nbins=5 if narrow else 8)

    counts, _ = np.histogram(coef, edges)
    return Figure(
        id="neighbours_placebo",
        t=t,
        evidence=Evidence.PROXY,
        source=t(SOURCE),
        as_of=LIST_DAY,
        title=t("Placebo: neighbours dealt at random within the state"),
        caption=t(
            "Any body; {draws} maps on which every municipality is given the neighbours of another of its own state. "
            "{above} of them show an effect at least as large as the true map.",
            draws=t.integer(len(coef)),
            above=t.integer(int((coef >= true).sum())),
        ),
        alt=t(
            "Histogram of the effects on shuffled maps, from {low} to {high} around {middle}; the true effect, {true}, "
            "is marked.",
            low=t.number(coef.min(), 2),
            high=t.number(coef.max(), 2),
            middle=t.number(float(np.median(coef)), 2),
            true=t.number(true, 2),
        ),
        draw=draw,
        frame=pd.DataFrame({"effect_from": edges[:-1], "effect_to": edges[1:], "maps": counts}),
        columns={
            "effect_from": Column(t("Effect: from"), "number", 3),
            "effect_to": Column(t("Effect: to"), "number", 3),
            "maps": Column(t("Shuffled maps"), "integer"),
        },
        heights=(3.1, 3.0),
    )


def reading_statement(table: pd.DataFrame, draws: pd.DataFrame, t: Text) -> Statement:
    """Say what the lists and the placebo allow to say about neighbours.

    Parameters
    ----------
    table
        From `exposure_table`.
    draws
        From `placebo_draws`.
    t
        The reader's language.
    """
    halls, anybody = (table[(table["body"] == body) & (table["kind"] == "borders")].iloc[0] for body in _BODIES)
    share = float(((draws["coef"] >= anybody["coef"]).sum() + 1) / (len(draws) + 1))
    facts = t(
        "Exposure came before adoption here: {before} city halls were on the list of April 2021, {after} others "
        "appeared by March 2022. One standard deviation more of neighbours on the first list goes with {hall} times "
        "the odds for city halls ({hall_interval}) and {anybody} times for any body ({any_interval}).",
        before=t.integer(halls["before"]),
        after=t.integer(halls["after"]),
        hall=t.number(halls["ratio"], 2),
        hall_interval=t.interval(halls["ratio_low"], halls["ratio_high"], 2),
        anybody=t.number(anybody["ratio"], 2),
        any_interval=t.interval(anybody["ratio_low"], anybody["ratio_high"], 2),
    )
    verdict = (
        t(
            "But neighbours dealt at random within the state do as well or better in {share} of cases: what looks like "
            "neighbours may be the state, its programmes and associations.",
            share=t.percent(share, 0),
        )
        if share > 0.05
        else t(
            "Neighbours dealt at random within the state do as well in only {share} of cases: more than the state is "
            "at work, though not necessarily imitation.",
            share=t.percent(share, 0),
        )
    )
    return Statement(
        id="neighbours_reading",
        t=t,
        evidence=Evidence.PROXY,
        source=t(SOURCE),
        as_of=LIST_DAY,
        sentence=f"{facts} {verdict}",
        value=float(anybody["ratio"]),
        unit="odds ratio per standard deviation",
        low=float(anybody["ratio_low"]),
        high=float(anybody["ratio_high"]),
        level=0.95,
    )


def residuals_statement(
    fit: AdoptionFit, pairs: pd.DataFrame, municipalities: pd.DataFrame, t: Text, *, seed: int = 0
) -> Statement:
    """Say how much likeness of neighbours a model without neighbours leaves (Moran's I of its residuals).

    Parameters
    ----------
    fit
        The penalised fit of the login list.
    pairs, municipalities
        The processed tables.
    t
        The reader's language.
    seed
        Seed of the shuffles.
    """
    codes = pd.Index(sorted(municipalities["ibge_code"].astype("str")))
    borders = neighbours_from_pairs(pairs, codes)
    left = moran(residuals(fit), borders, permutations=199, seed=seed)
    raw = moran(fit.y, borders)
    p = left.p_permutation
    return Statement(
        id="neighbours_residuals",
        t=t,
        evidence=Evidence.PROXY,
        source=t(SOURCE),
        as_of=LIST_DAY,
        sentence=t(
            "Neighbours are alike in being on the list (Moran's I {raw}); once size, means and region are held equal, "
            "little of that is left ({left}, p = {p} from 199 shuffles), though not nothing.",
            raw=t.number(raw.I, 3),
            left=t.number(left.I, 3),
            p=t.p_value(p),
        )
        if p is not None and p < 0.05
        else t(
            "Neighbours are alike in being on the list (Moran's I {raw}); once size, means and region are held equal, "
            "what is left ({left}, p = {p} from 199 shuffles) may be chance.",
            raw=t.number(raw.I, 3),
            left=t.number(left.I, 3),
            p=t.p_value(p),
        ),
        value=float(left.I),
        unit="Moran's I",
    )

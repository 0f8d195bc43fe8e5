"""What recurs: the same drivers in every network, and whether joining one goes with joining the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd

from redegov_analysis.drivers.adoption import AdoptionFit, login_adoption
from redegov_analysis.drivers.covariates import MAIN, model_table
from redegov_analysis.drivers.event_history import EventHistory, nfse_event_history
from redegov_analysis.drivers.networks import recurring_drivers, slope_per_sd
from redegov_analysis.evidence import Evidence
from redegov_analysis.reports.content.coefficients import NO_BREAK, TERM_NAMES, as_ratio, ratio_of, written_ratio
from redegov_analysis.reports.content.event_history import UNTIL
from redegov_analysis.reports.content.login import LIST_DAY
from redegov_analysis.reports.content.rede import RedeStory
from redegov_analysis.reports.items import Column, Statement, Table
from redegov_analysis.reports.text import N_, Text

SOURCE: Final = N_("Login list of 2022; lists of NFS-e and SNC; published totals of the Rede GOV.BR")
NETWORK_NAMES: Final = {
    "login": N_("Login, March 2022 ◇"),
    "nfse": N_("NFS-e, 2022–2024 ◇"),
    "snc": N_("SNC, 2012–2018 ◇"),
    "list_observed": N_("Rede GOV.BR, list of members ■"),
    "list_simulated": N_("Rede GOV.BR, simulated list ✕"),
    "rede": N_("Rede GOV.BR, newest total △"),
}


def network_tables(
    login: AdoptionFit,
    nfse: EventHistory,
    snc: EventHistory,
    fits: pd.DataFrame,
    municipalities: pd.DataFrame,
    exposure: pd.DataFrame,
    story: RedeStory | None = None,
) -> dict[str, pd.DataFrame]:
    """Return the models' tables by network, the Rede's own last: by the list where there is one, and its size gradient.

    Parameters
    ----------
    login, nfse, snc
        The fits of the three networks.
    fits
        From `drivers.selectivity.fit_size_selectivity`; the newest row stands for the Rede.
    municipalities
        The processed table, whose spread of population the Rede's slope is scaled by.
    exposure
        From `neighbours.exposure_table`; its city halls by borders stand for the neighbours' effect on the login, which
        the fit of the whole list cannot know.
    story
        The Rede's own, where a list of members is in force.
    """
    sd = float(model_table(municipalities, ("log10_population",), regions=False).sd["log10_population"])
    newest = fits.sort_values("date").iloc[-1]
    chosen = exposure[(exposure["body"] == "city_hall") & (exposure["kind"] == "borders")]
    between = chosen.set_index(pd.Index(["neighbours_share"], name="term"))[list(login.table().columns)]
    return {
        "login": pd.concat([login.table(), between]),
        "nfse": nfse.table(),
        "snc": snc.table(),
        **({} if story is None or not story.modelled else {f"list_{story.listed.evidence}": story.table()}),
        "rede": slope_per_sd(newest, sd),
    }


def tables_evidence(tables: Mapping[str, pd.DataFrame]) -> Evidence:
    """Return what tables of several networks stand on together: simulated as soon as one of them does."""
    return Evidence.SIMULATED if "list_simulated" in tables else Evidence.PROXY


def tables_source(tables: Mapping[str, pd.DataFrame], source: str, t: Text) -> str:
    """Return a source in the reader's language, with the list of members where a table stands on it."""
    if any(name.startswith("list_") for name in tables):
        return t("{source}; list of members of the Rede GOV.BR", source=t(source))
    return t(source)


def recurring_table(tables: Mapping[str, pd.DataFrame], t: Text) -> Table:
    """Show each driver's odds ratio in each network, with an arrow where its interval leaves out 1.

    Parameters
    ----------
    tables
        From `network_tables`.
    t
        The reader's language.
    """
    long = recurring_drivers(tables)
    long = long.assign(written=[_written(row, t) for _, row in long.iterrows()])
    terms = list(dict.fromkeys(long["term"]))
    wide = long.pivot(index="term", columns="network", values="written").reindex(terms)
    numbers = long.pivot(index="term", columns="network", values=["coef", "low", "high", "p"]).reindex(terms)
    numbers.columns = pd.Index(["_".join(column) for column in numbers.columns.to_flat_index()])
    frame = wide.join(numbers).reset_index()
    frame.insert(1, "label", [t(TERM_NAMES.get(str(term), str(term))) for term in frame["term"]])
    signs = long.groupby("term", sort=False)["sign"].agg(list)
    measured = [term for term in terms if len(signs[term]) >= 2]
    same = [term for term in measured if set(signs[term]) in ({"+"}, {"-"})]
    return Table(
        id="recurring_drivers",
        t=t,
        evidence=tables_evidence(tables),
        source=tables_source(tables, SOURCE, t),
        as_of=UNTIL,
        title=t("Which drivers recur"),
        caption=t(
            "Odds ratios per standard deviation, or yes against no. ▲ and ▼: the 95% interval leaves out 1; ·: it does "
            "not; a dash: not measured there. With one sign in each network that measures it: {same}. The last column "
            "comes from totals and knows size alone.",
            same=t.listing([t(TERM_NAMES.get(term, term)) for term in same]) or t("none"),
        ),
        frame=frame,
        columns={
            "label": Column(t("Term")),
            **{network: Column(t(NETWORK_NAMES[network])) for network in tables},
        },
    )


def next_network(
    login: pd.DataFrame,
    nfse: pd.DataFrame,
    snc: pd.DataFrame,
    municipalities: pd.DataFrame,
    pairs: pd.DataFrame,
    covariates: Sequence[str] = MAIN,
) -> EventHistory:
    """Return NFS-e's event history with two further terms: on the login list of 2022, and in the culture system.

    Parameters
    ----------
    login, nfse, snc, municipalities, pairs
        The processed tables. The culture system's list does not know municipalities founded since: they are taken as
        outside, as are those without a date.
    covariates
        As in `drivers.event_history.fit_event_history`.
    """
    codes = pd.Index(sorted(municipalities["ibge_code"].astype("str")), name="ibge_code")
    on_list = login_adoption(login, municipalities, LIST_DAY, body="any").reindex(codes)
    members = snc.loc[snc["joined_on"].notna(), "ibge_code"].astype("str")
    extra = pd.DataFrame(
        {"on_login_list": on_list.astype("float64"), "in_culture_system": codes.isin(members).astype("float64")},
        index=codes,
    )
    return nfse_event_history(nfse, municipalities, pairs, covariates, extra=extra)


def next_network_statement(history: EventHistory, t: Text) -> Statement:
    """Say whether those that joined one network joined the next sooner.

    Parameters
    ----------
    history
        From `next_network`.
    t
        The reader's language.
    """
    table = history.table()
    listed, culture = ratio_of(table, "on_login_list"), ratio_of(table, "in_culture_system")
    return Statement(
        id="next_network",
        t=t,
        evidence=Evidence.PROXY,
        source=t(SOURCE),
        as_of=UNTIL,
        sentence=t(
            "Does joining one network go with joining the next? All else equal, municipalities with any body on the "
            "login list of 2022 had {listed} times the monthly odds of joining NFS-e ({listed_interval}), members of "
            "the culture system {culture} times ({culture_interval}). {verdict}",
            listed=t.number(listed.value, 2),
            listed_interval=t.interval(listed.low, listed.high, 2),
            culture=t.number(culture.value, 2),
            culture_interval=t.interval(culture.low, culture.high, 2),
            verdict=t("Both intervals hold 1: these lists do not show it.")
            if listed.low < 1 < listed.high and culture.low < 1 < culture.high
            else t("Where an interval leaves out 1, something that was not measured carries over."),
        ),
        value=listed.value,
        unit="odds ratio",
        low=listed.low,
        high=listed.high,
        level=0.95,
    )


def _written(row: pd.Series, t: Text) -> str:
    mark = {"+": "▲", "-": "▼"}.get(str(row["sign"]), "·")
    return f"{mark}{NO_BREAK}{written_ratio(as_ratio(row), t)}"

"""One state: its municipalities against the country's, who used the login there, and its estimated share of members."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Sheet

from redegov_analysis.cleaning.sisters import NFSE_VOLUNTARY_UNTIL
from redegov_analysis.cleaning.spelling import folded
from redegov_analysis.drivers.selectivity import expected_by, fit_size_selectivity
from redegov_analysis.drivers.states import between_state_spread, state_member_draws, state_shares
from redegov_analysis.evidence import Evidence
from redegov_analysis.reports import theme
from redegov_analysis.reports.content.covariates import COMPARED
from redegov_analysis.reports.content.quality import LOGIN_SOURCE
from redegov_analysis.reports.items import Column, Figure, Statement, Table
from redegov_analysis.reports.sharing import shared
from redegov_analysis.reports.text import N_, Text

CENSUS = N_("IBGE, 2022 census")
COVARIATE_SOURCES = N_("IBGE, PNUD/Ipea/FJP, Anatel, Tesouro Nacional")


@dataclass(frozen=True)
class StateEstimates:
    """What the published totals imply for each state.

    Attributes
    ----------
    gradient
        The size gradient of the newest total with a population (a row of `fit_size_selectivity`).
    shares
        From `drivers.states.state_shares`.
    spread
        How far states of equal sizes differ (logit scale).
    """

    gradient: pd.Series
    shares: pd.DataFrame
    spread: float


def estimated_shares(
    milestones: pd.DataFrame, municipalities: pd.DataFrame, nfse: pd.DataFrame, snc: pd.DataFrame, *, seed: int = 0
) -> StateEstimates:
    """Return the share of members that the size gradient gives to each state, with the spread of the sister networks.

    The larger of the two networks' spreads is used: NFS-e at the end of 2024, while joining was a choice, and SNC in
    2018.

    Parameters
    ----------
    milestones, municipalities, nfse, snc
        The processed tables, the first cut at the day of the report; they are not changed.
    seed
        Seed of the draws.

    Returns
    -------
    StateEstimates
        The same object for the same tables and seed: it must not be changed.
    """
    return _estimated_shares(milestones, municipalities, nfse, snc, seed)


@shared
def _estimated_shares(
    milestones: pd.DataFrame, municipalities: pd.DataFrame, nfse: pd.DataFrame, snc: pd.DataFrame, seed: int
) -> StateEstimates:
    gradient = fit_size_selectivity(milestones, municipalities).iloc[-1]
    known = municipalities[municipalities["population_2022"].notna()]
    joined = (
        nfse.loc[nfse["joined_on"] <= NFSE_VOLUNTARY_UNTIL, "ibge_code"],
        snc.loc[snc["joined_on"].notna(), "ibge_code"],
    )
    spread = max(
        between_state_spread(known["ibge_code"].isin(codes), known["population_2022"], known["uf"]) for codes in joined
    )
    uf = municipalities.set_index("ibge_code")["uf"]
    draws = state_member_draws(gradient, municipalities, uf, spread=spread, seed=seed)
    return StateEstimates(gradient, state_shares(draws, known["uf"]), spread)


def size_statement(municipalities: pd.DataFrame, uf: str, t: Text) -> Statement:
    """Say how many municipalities and people the state has."""
    inside = municipalities[municipalities["uf"] == uf]
    people = int(inside["population_2022"].sum())
    small = float((inside["population_2022"] <= 20_000).mean())
    return Statement(
        id="state_size",
        t=t,
        evidence=Evidence.PUBLISHED,
        source=t(CENSUS),
        as_of="2022-08-01",
        sentence=t(
            "{state} has {count} of the country's {universe} municipalities and {people} of its people; "
            "{small} of its municipalities have up to 20 thousand inhabitants, against {country} in Brazil.",
            state=str(inside["uf_name"].iloc[0]),
            count=t.integer(len(inside)),
            universe=t.integer(len(municipalities)),
            people=t.percent(people / float(municipalities["population_2022"].sum())),
            small=t.percent(small, 0),
            country=t.percent(float((municipalities["population_2022"] <= 20_000).mean()), 0),
        ),
        value=len(inside),
        unit="municipalities",
    )


def share_statement(estimates: StateEstimates, municipalities: pd.DataFrame, uf: str, t: Text) -> Statement:
    """Say how many of the state's municipalities are likely members, with a 90 % interval."""
    records = estimates.shares.set_index("uf").loc[[uf]].to_dict("records")
    row: dict[str, Any] = records[0]  # type: ignore[assignment]
    as_of = estimates.gradient["date"]
    name = str(municipalities.loc[municipalities["uf"] == uf, "uf_name"].iloc[0])
    source = t("Size gradient of the published totals; spread between states as in the sister networks")
    if uf == "DF":  # one municipality is in or out: a share of it means nothing
        return Statement(
            id="state_share",
            t=t,
            evidence=Evidence.ESTIMATED,
            source=source,
            as_of=as_of,
            sentence=t(
                "The Federal District counts as one municipality; whether it was among the members on {date} is not "
                "published.",
                date=t.date(as_of),
            ),
        )
    low, high = t.percent(row["member_share_low"], 0), t.percent(row["member_share_high"], 0)
    return Statement(
        id="state_share",
        t=t,
        evidence=Evidence.ESTIMATED,
        source=source,
        as_of=as_of,
        sentence=t(
            "If size alone decided, about {share} of the municipalities of {state} would be members on {date}. States "
            "of equal sizes differ: between {low} and {high} is plausible (90% interval). No list by state is public.",
            share=t.percent(row["member_share"], 0),
            state=name,
            date=t.date(as_of),
            low=low,
            high=high,
        ),
        value=float(row["member_share"]),
        unit="share of municipalities",
        numeral=t("{low} to {high}", low=low, high=high),
        low=float(row["member_share_low"]),
        high=float(row["member_share_high"]),
        level=0.9,
    )


def comparison(municipalities: pd.DataFrame, uf: str) -> pd.DataFrame:
    """Return each compared covariate's median in the state and the country, and where the state's half lies.

    Returns
    -------
    DataFrame
        `column`, `label`, `state_median`, `country_median` (in the covariate's unit), `rank_median`, `rank_low`,
        `rank_high`: the state's quartiles as ranks among all municipalities of the country (0–1), and `missing`.
    """
    inside = municipalities["uf"] == uf
    rows = []
    for covariate in COMPARED:
        values = municipalities[covariate.column].astype("float64")
        ranks = values.rank(pct=True)[inside]
        rows.append(
            {
                "column": covariate.column,
                "label": covariate.label,
                "state_median": values[inside].median(),
                "country_median": values.median(),
                "rank_median": ranks.median(),
                "rank_low": ranks.quantile(0.25),
                "rank_high": ranks.quantile(0.75),
                "missing": int(values[inside].isna().sum()),
            }
        )
    return pd.DataFrame(rows)


def comparison_figure(municipalities: pd.DataFrame, uf: str, t: Text) -> Figure:
    """Draw where the state's municipalities stand among all of the country's."""
    compared = comparison(municipalities, uf)
    name = str(municipalities.loc[municipalities["uf"] == uf, "uf_name"].iloc[0])

    def draw(sheet: Sheet, narrow: bool) -> None:
        axes = theme.tidy(sheet.add_subplot(), grid="x")
        rows = np.arange(len(compared))
        axes.axvline(50, color=theme.GRAY, linewidth=1, linestyle=(0, (4, 3)))
        axes.hlines(
            rows,
            100 * compared["rank_low"],
            100 * compared["rank_high"],
            color=theme.BLUE_LIGHT,
            linewidth=7,
            alpha=0.5,
        )
        axes.plot(100 * compared["rank_median"], rows, "o", color=theme.BLUE, markersize=7)
        labels = [t(label) for label in compared["label"]]
        axes.set_yticks(rows, [fill(label, 22) for label in labels] if narrow else labels)
        axes.set_ylim(len(compared) - 0.5, -0.5)
        axes.set_xlim(0, 100)
        axes.xaxis.set_major_formatter(lambda value, _: t.percent(value / 100, 0))
        axes.set_xlabel(t("share of Brazilian municipalities with a lower value"))

    frame = compared.assign(
        covariate=[t(covariate.label) for covariate in COMPARED],
        state=_written(compared["state_median"], t),
        country=_written(compared["country_median"], t),
    )
    ordered = compared.sort_values("rank_median", kind="stable")["label"].tolist()
    return Figure(
        id="state_compared",
        t=t,
        evidence=Evidence.PUBLISHED,
        source=t(COVARIATE_SOURCES),
        as_of="2023-12-31",
        title=t("{state} among Brazilian municipalities", state=name),
        caption=t(
            "The dot is the state's median municipality, the bar its middle half. Right of the dashed line is above "
            "half of the country's municipalities."
        ),
        alt=t(
            "Dots and bars for {count} characteristics. The state's median municipality ranks highest in {higher} and "
            "lowest in {lower}.",
            count=len(compared),
            higher=t(ordered[-1]),
            lower=t(ordered[0]),
        ),
        draw=draw,
        frame=frame,
        columns={
            "covariate": Column(t("Characteristic")),
            "state": Column(t("State's median"), only_shown=True),
            "country": Column(t("Brazil's median"), only_shown=True),
            "rank_median": Column(t("Rank of the state's median"), "percent", 0),
            "missing": Column(t("Municipalities without data"), "integer"),
        },
        heights=(3.9, 4.4),
    )


def proxies_table(
    municipalities: pd.DataFrame,
    login: pd.DataFrame,
    nfse: pd.DataFrame,
    snc: pd.DataFrame,
    uf: str,
    t: Text,
) -> Table:
    """Show how many of the state's municipalities took up the login and the sister networks, beside the country.

    Parameters
    ----------
    login
        The processed table `login_adopters`.
    nfse, snc
        The sister networks' dated lists.
    """
    code_of = municipalities.set_index("ibge_code")["uf"]
    march_2022 = login[(login["list_date"] == pd.Timestamp("2022-03-21")) & login["ibge_code"].notna()]
    voluntary = nfse[nfse["joined_on"] <= NFSE_VOLUNTARY_UNTIL]
    halls = march_2022[march_2022["body_type"] == "city_hall"]
    takers = {
        "login_hall": (t("City hall on the login list, March 2022"), halls["ibge_code"]),
        "login_any": (t("Any municipal body on the login list, March 2022"), march_2022["ibge_code"]),
        "nfse_2024": (
            t("Joined the service invoice (NFS-e) by the end of 2024, while it was a choice"),
            voluntary["ibge_code"],
        ),
        "snc_2018": (t("Joined the culture system (SNC) by 2018"), snc[snc["joined_on"].notna()]["ibge_code"]),
    }
    entries = int((code_of == uf).sum())
    rows = []
    for key, (label, codes) in takers.items():
        unique = codes.drop_duplicates()
        count = int((unique.map(code_of) == uf).sum())
        rows.append(
            {
                "key": key,
                "network": label,
                "municipalities": count,
                "state_share": count / entries,
                "country_share": len(unique) / len(code_of),
            }
        )
    return Table(
        id="state_proxies",
        t=t,
        evidence=Evidence.PROXY,
        source=t("Secretaria de Governo Digital; Comitê Gestor da NFS-e; Ministério da Cultura"),
        as_of="2024-12-31",
        title=t("What is observed nearby"),
        caption=t("None of these is the Rede GOV.BR: they are its nearest relatives with a public list."),
        frame=pd.DataFrame(rows),
        columns={
            "network": Column(t("Network")),
            "municipalities": Column(t("Municipalities"), "integer"),
            "state_share": Column(t("Share of the state"), "percent"),
            "country_share": Column(t("Share of Brazil"), "percent"),
        },
    )


def login_table(municipalities: pd.DataFrame, login: pd.DataFrame, uf: str, t: Text) -> Table:
    """List the state's municipal bodies on the two login lists."""
    names = municipalities.set_index("ibge_code")["name"]
    inside = login[login["ibge_code"].map(municipalities.set_index("ibge_code")["uf"]) == uf]
    bodies = {
        "city hall": t("City hall"),
        "council": t("Council"),
        "company": t("Company"),
        "foundation or college": t("Foundation or college"),
        "pension fund": t("Pension fund"),
        "association": t("Association"),
        "other": t("Other body"),
    }
    shown = (
        inside.assign(
            municipality_name=inside["ibge_code"].map(names),
            body=inside["body_kind"].astype(str).map(bodies),
            plain=inside["ibge_code"].map(names).map(folded),
        )
        .sort_values(["plain", "list_date", "body_type"])
        .reset_index(drop=True)
    )
    return Table(
        id="state_login",
        t=t,
        evidence=Evidence.PROXY,
        source=t(LOGIN_SOURCE),
        as_of="2022-03-21",
        title=t("Municipal bodies that used the GOV.BR login"),
        caption=t("Use of the login is not membership of the network."),
        frame=shown[["municipality_name", "ibge_code", "list_date", "body", "entity"]],
        columns={
            "municipality_name": Column(t("Municipality")),
            "list_date": Column(t("List of"), "date"),
            "body": Column(t("Body")),
            "entity": Column(t("As written on the list")),
        },
    )


def sizes_table(estimates: StateEstimates, municipalities: pd.DataFrame, uf: str, t: Text) -> Table:
    """Show the share of members that the size gradient implies in each size class of the state."""
    inside = municipalities[municipalities["uf"] == uf]
    implied = expected_by(estimates.gradient, municipalities, inside, "size_class")
    people = inside.groupby("size_class", observed=True)["population_2022"].sum()
    frame = implied.assign(
        size=[t(SIZE_LABELS[str(name)]) for name in implied["size_class"]],
        people=implied["size_class"].map(people).astype("int64"),
        size_class=implied["size_class"].astype("str"),
    )
    return Table(
        id="state_sizes",
        t=t,
        evidence=Evidence.ESTIMATED,
        source=t("Size gradient of the newest published total and population"),
        as_of=estimates.gradient["date"],
        title=t("What size alone implies"),
        caption=t("The share that the country's size gradient gives to each class; the state itself may differ."),
        frame=frame,
        columns={
            "size": Column(t("Inhabitants")),
            "municipalities": Column(t("Municipalities"), "integer"),
            "people": Column(t("People"), "integer"),
            "share": Column(t("Estimated share of members"), "percent", 0),
        },
    )


SIZE_LABELS = {
    "up to 5k": N_("up to 5 thousand"),
    "5–10k": N_("5 to 10 thousand"),
    "10–20k": N_("10 to 20 thousand"),
    "20–50k": N_("20 to 50 thousand"),
    "50–100k": N_("50 to 100 thousand"),
    "100–500k": N_("100 to 500 thousand"),
    "over 500k": N_("over 500 thousand"),
}


def _written(medians: pd.Series, t: Text) -> list[str]:
    return [
        covariate.shown(t).written(median * covariate.scale, t)
        for covariate, median in zip(COMPARED, medians, strict=True)
    ]

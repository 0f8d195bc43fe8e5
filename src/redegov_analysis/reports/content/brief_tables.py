"""The tables behind the municipality briefs: ranks among peers, networks, fitted chances and nearest places."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd

from redegov_analysis.cleaning.build import processed
from redegov_analysis.cleaning.membership.balance import balance
from redegov_analysis.cleaning.membership.standing import Membership, membership_in_force
from redegov_analysis.cleaning.sisters import NFSE_VOLUNTARY_UNTIL
from redegov_analysis.data.catalogue import read_table
from redegov_analysis.drivers.chances import joining_chances, membership_chances
from redegov_analysis.drivers.event_history import fit_event_history
from redegov_analysis.drivers.neighbours import nearest_among
from redegov_analysis.errors import DataError, IdentificationError
from redegov_analysis.forecast.pace import known_by
from redegov_analysis.project import Project
from redegov_analysis.reports.content.state import estimated_shares

FEWEST_PEERS: Final = 5
NEAREST: Final = 6
NETWORK_SINCE: Final = pd.Timestamp("2019-04-01")
"""Month in which adhesion opened (Portaria SGD/ME 23/2019)."""

MONTHS_AHEAD: Final = 12
LEVEL: Final = 0.9

RANKED: Final = (
    "population_2022",
    "gdp_per_head_2021_brl",
    "hdi_2010",
    "urban_share_2010_pct",
    "internet_share_2022",
    "mobile_coverage_2023_share",
    "broadband_density_2023",
    "revenue_per_head_2022_brl",
)
"""What a municipality is compared with its peers on."""


@dataclass(frozen=True)
class Background:
    """What the briefs of one run stand on, as they say it.

    Attributes
    ----------
    estimated_on
        Day of the published total behind the estimated chances (ISO date).
    total, universe
        That total, and the municipalities that it is a part of.
    spread
        How far states of equal sizes differ (logit scale).
    list_day, list_source, list_evidence
        Day, source and evidence of the list of members; nothing without one.
    list_lacks
        How many members at least there were on the list's day by the published totals, where the list has fewer.
    joining
        Why there is no chance of joining, or `fitted`.
    """

    estimated_on: str
    total: int
    universe: int
    spread: float
    list_day: str | None = None
    list_source: str = ""
    list_evidence: str = ""
    list_lacks: int | None = None
    joining: str = "no list"


def ranks_among_peers(municipalities: pd.DataFrame, group: str) -> pd.DataFrame:
    """Return where each municipality stands among those of its group, for each compared characteristic.

    Parameters
    ----------
    municipalities
        The processed table.
    group
        Column that makes the peers, such as `size_class` or `uf`.

    Returns
    -------
    DataFrame
        `ibge_code`, `column`, `rank` (share of peers below, those with the same value counting half; 0–1; missing for
        fewer than five peers), `median` (in the characteristic's unit), `peers` (those with a value, itself included).
    """
    parts = []
    for column in RANKED:
        values = municipalities[column].astype("float64")
        grouped = values.groupby(municipalities[group], observed=True)
        peers = grouped.transform("count")
        rank = (grouped.rank(method="average") - 0.5) / peers
        parts.append(
            pd.DataFrame(
                {
                    "ibge_code": municipalities["ibge_code"],
                    "column": column,
                    "rank": rank.where(peers >= FEWEST_PEERS),
                    "median": grouped.transform("median"),
                    "peers": peers.fillna(0).astype("int64"),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def brief_tables(as_of: str, membership: str, project: Project) -> tuple[dict[str, pd.DataFrame], Background]:
    """Return the tables behind all briefs, and what they stand on.

    Parameters
    ----------
    as_of
        Only totals up to this day are used; empty for all.
    membership
        The choice of `membership_in_force`.
    project
        The project.

    Returns
    -------
    tuple
        Tables by name: `places` (one row per municipality), `peers` (one per municipality and characteristic) and
        `nearest` (up to six per municipality); and the background.
    """
    municipalities = processed("municipalities", project).sort_values("ibge_code", ignore_index=True)
    milestones = known_by(processed("milestones", project), as_of)
    nfse, snc = processed("nfse_adhesions", project), processed("snc_adhesions", project)
    login = processed("login_adopters", project)
    pairs = processed("neighbours", project)
    estimates = estimated_shares(milestones, municipalities, nfse, snc)
    uf = municipalities.set_index("ibge_code")["uf"]
    chances = membership_chances(estimates.gradient, municipalities, uf, spread=estimates.spread, level=LEVEL)
    places = municipalities.assign(
        entries=len(municipalities),
        size_peers=municipalities.groupby("size_class", observed=True)["ibge_code"].transform("size"),
        state_peers=municipalities.groupby("uf")["ibge_code"].transform("size"),
        state_rank=municipalities.groupby("uf")["population_2022"].rank(ascending=False, method="min"),
        size_class=municipalities["size_class"].astype("str"),
    ).merge(chances.drop(columns="population"), on="ibge_code", how="left", validate="one_to_one")
    for networks in (_login_columns(login), _sister_columns(nfse, snc), _named_in_public(project, as_of)):
        places = places.merge(networks, on="ibge_code", how="left", validate="one_to_one")
    whole = membership_in_force(membership, project)
    background = Background(
        estimated_on=str(estimates.gradient["date"].date()),
        total=int(estimates.gradient["municipalities"]),
        universe=int(estimates.gradient["universe"]),
        spread=estimates.spread,
    )
    if whole is not None:
        now = whole.known_by(as_of)
        places["member"] = _standing(places["ibge_code"], whole, now)
        dated = now.members[["ibge_code", "joined_on", "joined_on_precision", "joined_after", "joined_by"]]
        places = places.merge(dated, on="ibge_code", how="left", validate="one_to_one")
        joining, why = _joining(now, municipalities, pairs)
        places = places.merge(joining, on="ibge_code", how="left", validate="one_to_one")
        inside = places["member"] == "in"
        places = _members_around(places, inside, pairs)
        sums = balance(len(now.members), now.snapshot_date, milestones)
        background = replace(
            background,
            list_lacks=sums.low if sums.members < sums.low else None,
            list_day=str(now.snapshot_date),
            list_source=now.source,
            list_evidence=str(now.evidence),
            joining=why,
        )
    else:
        inside = places["login_2022"].notna() | places["nfse_voluntary"].fillna(False).astype("bool")
    by_size, by_state = (ranks_among_peers(municipalities, group) for group in ("size_class", "uf"))
    peers = by_size.merge(by_state, on=["ibge_code", "column"], suffixes=("_size", "_state"), validate="one_to_one")
    values = municipalities.melt("ibge_code", list(RANKED), "column").astype({"value": "float64"})
    peers = peers.merge(values, on=["ibge_code", "column"], validate="one_to_one")
    nearest = _nearest(places, inside, pairs)
    order = {column: number for number, column in enumerate(RANKED)}
    peers = peers.assign(order=peers["column"].map(order)).sort_values(["ibge_code", "order"], ignore_index=True)
    return {"places": places, "peers": peers.drop(columns="order"), "nearest": nearest}, background


def _login_columns(login: pd.DataFrame) -> pd.DataFrame:
    """Return, per municipality, which of its bodies each login list names: `city_hall` before any other."""
    known = login[login["ibge_code"].notna()]
    columns = []
    for year, day in (("login_2021", "2021-04-15"), ("login_2022", "2022-03-21")):
        own = known[known["list_date"] == pd.Timestamp(day)]
        order = own["body_type"].astype("str").map({"city_hall": 0, "council": 1, "other": 2})
        first = own.assign(order=order).sort_values(["ibge_code", "order", "line"]).drop_duplicates("ibge_code")
        columns.append(first.set_index("ibge_code")["body_type"].astype("str").rename(year))
    return pd.concat(columns, axis=1).rename_axis("ibge_code").reset_index()


def _sister_columns(nfse: pd.DataFrame, snc: pd.DataFrame) -> pd.DataFrame:
    """Return, per municipality, when it joined each sister network, and whether that was a choice."""
    invoice = nfse[["ibge_code"]].assign(
        nfse_joined_on=nfse["joined_on"],
        nfse_status=nfse["status"].astype("str"),
        nfse_voluntary=nfse["joined_on"] <= NFSE_VOLUNTARY_UNTIL,
    )
    culture = snc[["ibge_code"]].assign(snc_joined_on=snc["joined_on"], on_snc_list=True)
    return invoice.merge(culture, on="ibge_code", how="outer", validate="one_to_one")


def _named_in_public(project: Project, as_of: str) -> pd.DataFrame:
    """Return the municipalities that a public text names as having joined, with the day by which and the text."""
    events = read_table("adhesion_events", project)
    named = events[events["kind"].astype("str").eq("municipality") & events["ibge_code"].notna()]
    named = named.assign(
        named_by=pd.to_datetime(named["date_latest"]),
        named_presumed=named["date_precision"].astype("str").str.contains("presumed"),
    )
    if as_of:
        named = named[~(named["named_by"] > pd.Timestamp(as_of))]
    named = named.assign(named_source=named["source_url"].astype("str")).drop_duplicates("ibge_code")
    return named[["ibge_code", "named_by", "named_presumed", "named_source"]]


def _standing(codes: pd.Series, whole: Membership, now: Membership) -> pd.Series:
    """Return `in`, `out`, or `unknown` for those of whom nothing tells whether they had joined by the day."""
    later = whole.members[~whole.members["ibge_code"].isin(now.members["ibge_code"])]
    day = pd.Timestamp(now.snapshot_date)
    unsure = later[later["joined_after"].isna() | (later["joined_after"] < day)]["ibge_code"]
    labels = np.select([codes.isin(now.members["ibge_code"]), codes.isin(unsure)], ["in", "unknown"], "out")
    return pd.Series(labels, index=codes.index, dtype="str")


def _members_around(places: pd.DataFrame, inside: pd.Series, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the places with the members among those of their state, of their size, and across their borders."""
    member = inside.astype("int64")
    into = member.set_axis(places["ibge_code"])
    sides = [("ibge_code_a", "ibge_code_b"), ("ibge_code_b", "ibge_code_a")]
    both = pd.concat([pd.DataFrame({"ibge_code": pairs[a], "other": pairs[b]}) for a, b in sides])
    across = both.assign(member=both["other"].map(into)).groupby("ibge_code")["member"].agg(["size", "sum"])
    return places.assign(
        state_members=member.groupby(places["uf"]).transform("sum"),
        size_members=member.groupby(places["size_class"]).transform("sum"),
        members=int(member.sum()),
        borders=places["ibge_code"].map(across["size"]).fillna(0).astype("int64"),
        border_members=places["ibge_code"].map(across["sum"]).fillna(0).astype("int64"),
    )


def _joining(now: Membership, municipalities: pd.DataFrame, pairs: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Return the chance of joining of those outside, where the list is dated well enough, and else why not."""
    nothing = pd.DataFrame({"ibge_code": pd.Series([], dtype="str")}).assign(
        **{name: pd.Series([], dtype="float64") for name in ("join_chance", "join_low", "join_high", "join_neighbours")}
    )
    if not now.dated:
        return nothing, "undated"
    precise = now.members["joined_on_precision"].isin(["day", "month"])
    known = municipalities[~municipalities["ibge_code"].isin(now.members.loc[~precise, "ibge_code"])]
    events = now.members.loc[precise, ["ibge_code", "joined_on"]]
    outside = known.loc[~known["ibge_code"].isin(events["ibge_code"]), ["ibge_code"]]
    events = pd.concat([events, outside.reindex(columns=events.columns).astype(events.dtypes)], ignore_index=True)
    try:
        history = fit_event_history(events, known, pairs, NETWORK_SINCE, pd.Timestamp(now.snapshot_date))
        table = joining_chances(
            history, events, known, pairs, pd.Timestamp(now.snapshot_date), months=MONTHS_AHEAD, level=LEVEL
        )
    except (IdentificationError, DataError):
        return nothing, "not identified"
    names = {
        "chance": "join_chance",
        "chance_low": "join_low",
        "chance_high": "join_high",
        "neighbours_share": "join_neighbours",
    }
    return table.rename(columns=names), "fitted"


def _nearest(places: pd.DataFrame, inside: pd.Series, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the nearest municipalities among those inside, for each municipality, nearest first."""
    table = nearest_among(places, inside, NEAREST)
    shown = places.set_index("ibge_code")
    columns = ["name", "uf", "login_2022", "nfse_joined_on", "nfse_voluntary", "snc_joined_on"]
    columns += [name for name in ("joined_on", "joined_on_precision") if name in shown.columns]
    table = table.join(shown[columns], on="other")
    borders = pd.concat(
        [
            pairs.rename(columns={"ibge_code_a": "ibge_code", "ibge_code_b": "other"}),
            pairs.rename(columns={"ibge_code_b": "ibge_code", "ibge_code_a": "other"}),
        ]
    )[["ibge_code", "other"]].assign(borders=True)
    table = table.merge(borders, on=["ibge_code", "other"], how="left", validate="one_to_one")
    return table.assign(borders=table["borders"].notna())

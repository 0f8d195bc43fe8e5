"""Checks of what was recorded of adoption: published totals, login lists, the sister networks' dates, dated events."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import pandas as pd

from redegov_analysis.data.findings import (
    Finding,
    counts_by_value,
    finding_on_counts,
    finding_on_rows,
    finding_on_total,
)
from redegov_analysis.data.reading import date_from_text
from redegov_analysis.data.registry import RawData, check
from redegov_analysis.errors import DataError

LOGIN_BODIES = {"2021-04-15": 83, "2022-03-21": 324}
LOGIN_MUNICIPALITIES_2022 = 295
NFSE_BY_YEAR_END = {"2022": 170, "2023": 1_047, "2024": 1_181, "2025": 5_465, "2026": 5_569}
NFSE_UNDATED, NFSE_INACTIVE = 2, 50
SNC_BY_YEAR_END = {
    "2012": 36, "2013": 1_275, "2014": 1_921, "2015": 2_172, "2016": 2_237, "2017": 2_547, "2018": 2_641,
}  # fmt: skip
CONFLICTING_MILESTONES = 2  # 160 against 163 at the end of 2022, 1,500 against 1,511 at the end of 2024
JOINED = ("Joined by the end of the year", "Aderiram até o fim do ano")


@check("milestones")
def milestone_windows(data: RawData) -> Finding:
    """Demand that each published total's day lies within the window of days it may refer to."""
    milestones = data.table("milestones")
    day, first, last = milestones["date"], milestones["date_earliest"], milestones["date_latest"]
    return finding_on_rows(
        milestones[(day < first) | (day > last)],
        ("Every total's day lies within its window.", "O dia de cada total está dentro de sua janela."),
        ("have a day outside their own window", "têm dia fora da própria janela"),
    )


@check("milestones")
def milestone_order(data: RawData) -> Finding:
    """Demand totals that rise with their dates, once those that conflict with a preferred one are left out."""
    milestones = data.table("milestones").sort_values(["date", "municipalities"])
    preferred = milestones[~_conflicting(milestones)]
    return finding_on_rows(
        preferred[preferred["municipalities"].diff() <= 0],
        ("The preferred totals rise with their dates.", "Os totais preferidos crescem com as datas."),
        ("are not above the total before", "não superam o total anterior"),
    )


@check("milestones")
def milestone_conflicts(data: RawData) -> Finding:
    """Demand that the two totals that conflict with a preferred one say so in their note."""
    found = int(_conflicting(data.table("milestones")).sum())
    label = ("Totals that conflict with a preferred one and say so", "Totais que conflitam com um preferido e o dizem")
    return finding_on_total(label, found, CONFLICTING_MILESTONES)


@check("login_adopters")
def login_bodies(data: RawData) -> Finding:
    """Compare the bodies on each list of the GOV.BR login with what was counted on the originals."""
    found = counts_by_value(data.table("login_adopters")["list_date"].dt.strftime("%Y-%m-%d"))
    return finding_on_counts(("Bodies on the lists", "Órgãos nas listas"), found, LOGIN_BODIES)


@check("login_adopters")
def login_municipalities(data: RawData) -> Finding:
    """Compare the municipalities with any body on the list of 2022; the list of 2021 names none."""
    named = data.table("login_adopters").dropna(subset="municipality")
    label = ("Municipalities with a body on the list of 2022", "Municípios com órgão na lista de 2022")
    return finding_on_total(label, len(named[["uf", "municipality"]].drop_duplicates()), LOGIN_MUNICIPALITIES_2022)


@check("nfse_adhesions")
def nfse_by_year_end(data: RawData) -> Finding:
    """Compare the municipalities that had joined the NFS-e at the end of each year."""
    return finding_on_counts(JOINED, _by_year_end(data.table("nfse_adhesions")["joined_on"]), NFSE_BY_YEAR_END)


@check("nfse_adhesions")
def nfse_order_of_dates(data: RawData) -> Finding:
    """Demand that no agreement took effect before it was published, and that one date never stands alone."""
    nfse = data.table("nfse_adhesions")
    joined, effective = nfse["joined_on"], nfse["effective_on"]
    return finding_on_rows(
        nfse[(effective < joined) | (joined.isna() != effective.isna())],
        ("No agreement takes effect before it was published.", "Nenhum convênio passa a valer antes de publicado."),
        (
            "take effect before publication or lack one of two dates",
            "valem antes da publicação ou só têm uma das datas",
        ),
    )


@check("nfse_adhesions")
def nfse_undated(data: RawData) -> Finding:
    """Compare the rows without dates with the two of the original list."""
    found = int(data.table("nfse_adhesions")["joined_on"].isna().sum())
    return finding_on_total(("Active rows without dates", "Linhas ativas sem datas"), found, NFSE_UNDATED)


@check("nfse_adhesions")
def nfse_inactive(data: RawData) -> Finding:
    """Compare the agreements that are not active with the fifty of the original list."""
    found = int((data.table("nfse_adhesions")["status"] != "Conveniado Ativo").sum())
    return finding_on_total(("Agreements that are not active", "Convênios não ativos"), found, NFSE_INACTIVE)


@check("snc_adhesions")
def snc_by_year_end(data: RawData) -> Finding:
    """Compare the municipalities that had joined the SNC at the end of each year."""
    return finding_on_counts(JOINED, _by_year_end(data.table("snc_adhesions")["joined_on"]), SNC_BY_YEAR_END)


@check("adhesion_events", "warning")
def adhesion_windows(data: RawData) -> Finding:
    """Demand that no adhesion's first possible day is after its last."""
    events = data.table("adhesion_events")
    return finding_on_rows(
        events[events["date_earliest"] > events["date_latest"]],
        ("No window of days ends before it begins.", "Nenhuma janela de dias termina antes de começar."),
        ("have a window that ends before it begins", "têm janela que termina antes de começar"),
    )


@check("adhesion_events", "warning")
def adhesion_codes(data: RawData) -> Finding:
    """Demand the code of each named municipality, with its official name and state, and none of a state."""
    events = data.table("adhesion_events")
    known = data.table("municipalities").drop_duplicates("ibge_code").set_index("ibge_code")
    official = known.reindex(events["ibge_code"]).reset_index()
    right = (official["name"] == events["entity"]) & (official["uf"] == events["uf"])
    state = events["kind"] == "state"
    return finding_on_rows(
        events[(state & events["ibge_code"].notna()) | (~state & ~right)],
        ("Every municipality has its own code, no state has one.", "Todo município tem seu código, nenhum estado tem."),
        ("have another municipality's code or none", "têm código de outro município ou nenhum"),
    )


@check("programme_events", "warning")
def programme_dates(data: RawData) -> Finding:
    """Demand that every event's day, month or year is one of the calendar."""
    return _dates_of_calendar(data.table("programme_events"))


@check("solutions_usage", "warning")
def usage_dates(data: RawData) -> Finding:
    """Demand that every count's day, month or year is one of the calendar."""
    return _dates_of_calendar(data.table("solutions_usage"))


def _dates_of_calendar(frame: pd.DataFrame) -> Finding:
    return finding_on_rows(
        frame[[not _is_date(text) for text in frame["date"]]],
        ("Every date is a day, month or year of the calendar.", "Toda data é um dia, mês ou ano do calendário."),
        ("have a date that is not of the calendar", "têm data que não é do calendário"),
    )


def _is_date(text: str) -> bool:
    try:
        return date_from_text(text) is not None
    except DataError:
        return False


def _conflicting(milestones: pd.DataFrame) -> pd.Series[bool]:
    return milestones["note"].str.contains("conflicts with", regex=False, na=False)


def _by_year_end(joined_on: pd.Series[Any]) -> dict[str, int]:
    by_year = counts_by_value(joined_on.dt.strftime("%Y"))
    return dict(zip(by_year, accumulate(by_year.values()), strict=True))

"""What a municipality's brief says, on the real tables and on lists of members made here."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.errors import ParameterError
from redegov_analysis.evidence import Evidence
from redegov_analysis.project import find_project
from redegov_analysis.reports.content import brief, brief_membership, brief_peers
from redegov_analysis.reports.content.brief_basis import Brief, BriefBasis, brief_basis
from redegov_analysis.reports.content.brief_tables import ranks_among_peers
from redegov_analysis.reports.municipalities import places
from redegov_analysis.reports.text import Text

DAY = "2025-12-08"
GUARUJA, BRASILIA, NEWEST, NORONHA = "3518701", "5300108", "5101837", "2605459"
PORTUGUESE, ENGLISH = Text("pt-BR"), Text("en")


@pytest.fixture(scope="module")
def basis() -> BriefBasis:
    return brief_basis(DAY, "none", find_project())


@pytest.fixture(scope="module")
def everyone(basis: BriefBasis) -> pd.DataFrame:
    return pd.read_parquet(basis.folder / "places.parquet")


def listed(own: Brief, member: str, **values: object) -> Brief:
    """Return a brief as it would be with a list of members of 2026-06-30."""
    place = own.place.copy()
    columns = {"joined_on": pd.NaT, "joined_on_precision": None, "member": member, "members": 2700}
    columns |= {"state_members": 300, "size_members": 200, "borders": 2, "border_members": 1, "join_chance": np.nan}
    for name, value in {**columns, **values}.items():
        place[name] = value
    background = replace(
        own.background, list_day="2026-06-30", list_source="lista.csv", list_evidence="observed", joining="fitted"
    )
    return replace(own, place=place, background=background)


@pytest.mark.parametrize("code", [GUARUJA, BRASILIA, NEWEST, NORONHA])
@pytest.mark.parametrize("t", [PORTUGUESE, ENGLISH], ids=["pt-BR", "en"])
def test_without_a_list_nobody_is_called_a_member(basis: BriefBasis, code: str, t: Text) -> None:
    own = basis.brief(code)
    said = brief_membership.membership_statement(own, t)
    assert said.evidence is Evidence.ESTIMATED
    assert ("não se publica se" if t is PORTUGUESE else "is not published") in said.sentence.lower()
    assert brief_membership.joining_statement(own, t) is None
    for item in (brief.identity_statement(own, t), brief.known_table(own, t), brief.nearest_table(own, t)):
        assert item.evidence in {Evidence.PUBLISHED, Evidence.PROXY}


def test_chances_add_up_to_the_published_total_and_keep_within_their_intervals(everyone: pd.DataFrame) -> None:
    known = everyone[everyone["chance"].notna()]
    assert len(known) == 5570
    assert 2495 < known["chance"].sum() < 2530
    assert (known["chance_low"] <= known["chance"]).all()
    assert (known["chance"] <= known["chance_high"]).all()
    assert ((known["chance_high"] - known["chance_low"]).median()) > 0.3, "states differ: no narrow interval"


def test_larger_municipalities_have_larger_chances_when_size_alone_decides(everyone: pd.DataFrame) -> None:
    ordered = everyone[everyone["size_alone"].notna()].sort_values("population_2024")
    assert ordered["size_alone"].is_monotonic_increasing


def test_a_municipality_younger_than_the_estimates_has_none(basis: BriefBasis) -> None:
    said = brief_membership.membership_statement(basis.brief(NEWEST), ENGLISH)
    assert said.value is None
    assert "nothing can be estimated" in said.sentence
    assert "1 January 2025" in brief.identity_statement(basis.brief(NEWEST), ENGLISH).sentence


def test_a_public_mention_is_quoted_as_such(basis: BriefBasis) -> None:
    said = brief.named_statement(basis.brief(GUARUJA), ENGLISH)
    assert said is not None
    assert said.evidence is Evidence.PUBLISHED
    assert "A mention is not the list of members" in said.sentence
    presumed = brief.named_statement(basis.brief("4209102"), ENGLISH)
    assert presumed is not None
    assert "without saying so" in presumed.sentence
    assert brief.named_statement(basis.brief(NORONHA), ENGLISH) is None


def test_a_list_says_in_or_out_and_since_when(basis: BriefBasis) -> None:
    own = basis.brief(GUARUJA)
    month = listed(own, "in", joined_on=pd.Timestamp("2025-12-01"), joined_on_precision="month")
    said = brief_membership.membership_statement(month, ENGLISH)
    assert said.evidence is Evidence.OBSERVED
    assert said.sentence.endswith("it joined: December 2025.")
    assert "does not say since when" in brief_membership.membership_statement(listed(own, "in"), ENGLISH).sentence
    assert "is not on the list" in brief_membership.membership_statement(listed(own, "out"), ENGLISH).sentence
    assert "does not tell" in brief_membership.membership_statement(listed(own, "unknown"), ENGLISH).sentence
    assert brief_membership.joining_statement(listed(own, "in"), ENGLISH) is None


def test_a_list_that_is_not_whole_says_so_in_each_brief(basis: BriefBasis) -> None:
    own = listed(basis.brief(GUARUJA), "out")
    short = replace(own, background=replace(own.background, list_lacks=2601))
    sentence = brief_membership.membership_statement(short, ENGLISH).sentence
    assert "not whole: the totals published allow 2,601 members at least" in sentence
    assert "not whole" not in brief_membership.membership_statement(own, ENGLISH).sentence


def test_a_chance_of_joining_carries_its_interval_or_the_reason_why_there_is_none(basis: BriefBasis) -> None:
    own = basis.brief(GUARUJA)
    said = brief_membership.joining_statement(listed(own, "out", join_chance=0.4, join_low=0.2, join_high=0.6), ENGLISH)
    assert said is not None
    assert (said.value, said.low, said.high, said.level) == (0.4, 0.2, 0.6, 0.9)
    assert said.numeral == "20% to 60%"
    missing = brief_membership.joining_statement(listed(own, "out"), ENGLISH)
    assert missing is not None
    assert missing.value is None
    assert "cannot be told" in missing.sentence


def test_a_made_up_list_makes_everything_that_stands_on_it_simulated(basis: BriefBasis) -> None:
    own = listed(basis.brief(GUARUJA), "out", join_chance=0.4, join_low=0.2, join_high=0.6)
    made_up = replace(own, background=replace(own.background, list_evidence="simulated"))
    nearest = made_up.nearest.assign(joined_on=pd.NaT, joined_on_precision=None)
    made_up = replace(made_up, nearest=nearest)
    joining = brief_membership.joining_statement(made_up, ENGLISH)
    assert joining is not None
    items = [
        brief_membership.membership_statement(made_up, ENGLISH),
        joining,
        brief_membership.reasons_table(made_up, ENGLISH),
        brief.nearest_table(made_up, ENGLISH),
    ]
    assert {item.evidence for item in items} == {Evidence.SIMULATED}


def test_ranks_count_ties_as_half_and_are_missing_among_few() -> None:
    table = pd.DataFrame({"ibge_code": list("abcdef"), "uf": ["X"] * 5 + ["Y"]})
    columns = ranks_among_peers.__globals__["RANKED"]
    for column in columns:
        table[column] = [1.0, 2.0, 2.0, 3.0, np.nan, 9.0]
    assert ranks_among_peers(table, "uf")["rank"].isna().all()
    for column in columns:
        table[column] = [1.0, 2.0, 2.0, 3.0, 4.0, 9.0]
    ranks = ranks_among_peers(table, "uf")
    own = ranks[ranks["column"] == columns[0]].set_index("ibge_code")
    assert own["rank"].round(6).tolist()[:5] == [0.1, 0.4, 0.4, 0.7, 0.9]
    assert np.isnan(own.loc["f", "rank"])
    assert own.loc["a", "median"] == 2.0


def test_the_peers_of_the_federal_district_are_those_of_its_size_alone(basis: BriefBasis) -> None:
    own = basis.brief(BRASILIA)
    assert own.peers["rank_state"].isna().all()
    assert own.peers["rank_size"].notna().sum() == 7, "its revenue was not published"
    figure = brief_peers.peers_figure(own, PORTUGUESE)
    assert b"<svg" in figure.picture()


def test_nearest_are_near_in_order_and_on_a_list(basis: BriefBasis) -> None:
    table = basis.brief(GUARUJA).nearest
    assert table["km"].is_monotonic_increasing
    assert table["km"].max() < 100
    assert (table["login_2022"].notna() | table["nfse_voluntary"]).all()


def test_the_same_inputs_are_fitted_once(basis: BriefBasis) -> None:
    before = (basis.folder / "places.parquet").stat().st_mtime_ns
    assert brief_basis(DAY, "none", find_project()) == basis
    assert (basis.folder / "places.parquet").stat().st_mtime_ns == before


def test_an_unknown_code_is_refused_before_and_within_the_notebook(basis: BriefBasis) -> None:
    with pytest.raises(ParameterError, match="9999999"):
        basis.brief("9999999")
    with pytest.raises(ParameterError, match=r"No municipality has the code '3518700' on 2025-12-08"):
        places("3518701,3518700", dt.date(2025, 12, 8), find_project())
    with pytest.raises(ParameterError, match="5101837"):
        places("5101837", dt.date(2024, 12, 31), find_project())
    assert len(places("all", dt.date(2025, 12, 8), find_project())) == 5571
    assert places("none", dt.date(2025, 12, 8), find_project()) == []

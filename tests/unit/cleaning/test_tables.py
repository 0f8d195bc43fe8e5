"""The processed tables: what they hold, what they refuse and why."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.cleaning.build import TABLES, processed, rejected
from redegov_analysis.cleaning.demographics import SIZE_CLASSES, covariates, size_class
from redegov_analysis.cleaning.login import body_kind, body_type, resolved_adopters
from redegov_analysis.cleaning.milestones import count_bounds, dated_bounds, population_bounds
from redegov_analysis.cleaning.municipalities import universe
from redegov_analysis.cleaning.neighbours import neighbour_pairs
from redegov_analysis.cleaning.sisters import NFSE_VOLUNTARY_UNTIL, first_dates
from redegov_analysis.data.catalogue import read_table
from redegov_analysis.errors import DataError, ParameterError

LIST_2021, LIST_2022 = pd.Timestamp("2021-04-15"), pd.Timestamp("2022-03-21")


def test_universe_grows_by_one_entry_on_new_years_day_of_2025() -> None:
    assert len(universe(dt.date(2024, 12, 31))) == 5570
    assert len(universe(dt.date(2025, 1, 1))) == 5571
    new = set(universe(dt.date(2025, 1, 1))["ibge_code"]) - set(universe(dt.date(2024, 12, 31))["ibge_code"])
    assert new == {"5101837"}


def test_universe_before_the_list_is_complete_is_refused() -> None:
    with pytest.raises(ParameterError, match="2013-01-01"):
        universe(dt.date(2012, 12, 31))


def test_covariates_keep_missing_missing() -> None:
    table = processed("municipalities").set_index("ibge_code")
    youngest = table.loc["5101837"]
    assert youngest[["population_2022", "gdp_per_head_2021_brl", "internet_share_2022", "fibre_2023"]].isna().all()
    assert youngest["size_class"] == "5–10k"
    assert table["hdi_2010"].isna().sum() == 6
    assert not table["capag_2023"].isin(["n.d.", "n.e."]).any()
    raw = read_table("demographics").set_index("ibge_code")
    not_delivered = raw.index[raw["current_revenue_2022_brl"].fillna(0) == 0]
    assert len(not_delivered) > 33
    assert table.loc[not_delivered, "revenue_per_head_2022_brl"].isna().all()


def test_national_totals_survive_the_cleaning() -> None:
    table = processed("municipalities")
    assert table["population_2022"].sum() == 203_080_756
    assert table["population_2025"].sum() == 213_421_037
    assert table["gdp_2021_kbrl"].sum() / 1000 == pytest.approx(9_012_142, abs=1)
    connected = (table["internet_share_2022"] * table["households_2022"]).sum() / table["households_2022"].sum()
    assert 100 * connected == pytest.approx(86.35, abs=0.005)
    assert table["is_capital"].sum() == 27


def test_covariates_do_not_depend_on_the_order_of_rows_nor_change_their_input() -> None:
    places, people = read_table("municipalities"), read_table("demographics")
    kept = places.copy(), people.copy()
    backwards = covariates(places.iloc[::-1], people.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(backwards, covariates(places, people))
    pd.testing.assert_frame_equal(places, kept[0])
    pd.testing.assert_frame_equal(people, kept[1])


def test_size_classes_are_ordered_and_bounded_as_ibge_bounds_them() -> None:
    classes = size_class(pd.Series([5000.0, 5001.0, 500_000.0, 500_001.0, np.nan]))
    assert classes.tolist()[:4] == ["up to 5k", "5–10k", "100–500k", "over 500k"]
    assert classes.isna().tolist() == [False] * 4 + [True]
    assert processed("municipalities")["size_class"].cat.ordered
    assert tuple(processed("municipalities")["size_class"].cat.categories) == SIZE_CLASSES


def test_city_halls_and_bodies_of_2022_reach_the_published_counts() -> None:
    adopters = processed("login_adopters")
    then = adopters[adopters["list_date"] == LIST_2022]
    assert then["ibge_code"].nunique() == 295
    assert then.loc[then["body_type"] == "city_hall", "ibge_code"].nunique() == 144
    # The published 144 counts by name; two of them are a foundation and a pension fund "do Município".
    assert then.loc[then["body_kind"] == "city hall", "ibge_code"].nunique() == 142


def test_two_rows_of_2021_are_refused_for_their_state() -> None:
    refused = rejected("login_adopters")
    wrong = refused[refused["list_date"].eq("2021-04-15")]
    assert wrong["line"].tolist() == [34, 46]
    assert wrong["suggestion"].tolist() == ["4316758", "4115853"]
    assert wrong["reason"].str.startswith("Wrong state").all()


def test_every_row_of_the_login_lists_is_kept_or_refused_with_a_reason() -> None:
    raw, kept, refused = read_table("login_adopters"), processed("login_adopters"), rejected("login_adopters")
    assert sorted([*kept["line"], *refused["line"]]) == list(range(2, len(raw) + 2))
    assert refused["reason"].notna().all()


def test_a_company_is_resolved_by_the_list_that_names_its_municipality() -> None:
    adopters = processed("login_adopters").set_index(["list_date", "entity"])
    prodabel = adopters.loc[(LIST_2021, "Estado de Minas Gerais - PRODABEL")]
    assert (prodabel["ibge_code"], prodabel["match_status"], prodabel["body_type"]) == ("3106200", "alias", "other")
    assert "list of 2022-03-21" in prodabel["note"]


def test_oddities_of_the_login_lists_are_noted() -> None:
    adopters = processed("login_adopters").set_index("line")
    assert "which is no state" in adopters.loc[6, "note"]
    assert "misspelt" in adopters.loc[189, "note"]
    assert adopters.loc[358, "same_as_line"] == 309


def test_a_body_whose_name_and_municipality_disagree_is_refused() -> None:
    row = {"list_date": LIST_2022, "uf": "PR", "entity": "Prefeitura de Pinhais", "municipality": "Piraquara"}
    kept, refused = resolved_adopters(pd.DataFrame([row, row | {"municipality": "Pinhais"}]))
    assert kept["ibge_code"].tolist() == ["4119152"]
    assert "4119152" in refused["reason"].iloc[0]


def test_a_company_without_a_municipality_is_refused() -> None:
    row = {"list_date": LIST_2021, "uf": "MG", "entity": "Empresa de Águas S.A.", "municipality": None}
    kept, refused = resolved_adopters(pd.DataFrame([row, row | {"entity": "Prefeitura de Betim"}]))
    assert (len(kept), len(refused)) == (1, 1)


@pytest.mark.parametrize(
    ("entity", "kind", "kind_of_list"),
    [
        ("Portal da Câmara Municipal de lbiporã", "council", "council"),
        ("Corupá – SC", "city hall", "city_hall"),
        ("Guarujá Previdência", "pension fund", "other"),
        ("Estado de Santa Catarina - Município Blumenau", "city hall", "city_hall"),
        ("Fundação Educacional do Município de Assis", "foundation or college", "city_hall"),
    ],
)
def test_bodies_are_told_apart_by_their_names(entity: str, kind: str, kind_of_list: str) -> None:
    assert (body_kind(entity), body_type(entity)) == (kind, kind_of_list)


def test_exact_totals_are_preferred_to_rounded_ones_of_the_same_days() -> None:
    totals = processed("milestones").set_index("municipalities")
    assert totals.index[~totals["preferred"]].tolist() == [160, 1500]
    assert "163" in totals.loc[160, "conflict"]
    assert "1,511" in totals.loc[1500, "conflict"]
    assert totals.loc[[700, 727], "preferred"].all()


@pytest.mark.parametrize(
    ("first", "last", "count", "preferred"),
    [
        ("2025-12-01", "2026-02-26", 2556, True),  # may be of a later day than the mark
        ("2025-12-01", "2025-12-08", 2556, False),  # cannot be later: the mark was passed long before
        ("2025-12-08", "2026-02-26", 2450, False),  # a mark of 2,500 cannot stand before fewer
        ("2025-11-20", "2026-02-26", 2450, True),
    ],
)
def test_a_count_known_within_a_window_contradicts_a_mark_only_if_no_days_fit_both(
    first: str, last: str, count: int, preferred: bool
) -> None:
    raw = read_table("milestones")
    vague = raw[raw["municipalities"] == 2556].assign(
        date=pd.Timestamp("2025-12-08"), date_earliest=pd.Timestamp(first), date_latest=pd.Timestamp(last),
        municipalities=count,
    )  # fmt: skip
    totals = dated_bounds(pd.concat([raw[raw["municipalities"] != 2556], vague]))
    assert totals.set_index("municipalities").loc[2500, "preferred"] == preferred


def test_bounds_hold_every_published_total_but_those_that_say_more_than() -> None:
    totals = processed("milestones")
    inside = (totals["count_low"] <= totals["municipalities"]) & (totals["municipalities"] <= totals["count_high"])
    assert (inside | (totals["relation"] == "gt")).all()
    assert totals.loc[totals["relation"] == "gt", "count_low"].tolist() == [101, 701, 2601]


def test_published_populations_become_bounds() -> None:
    assert population_bounds(135, "")[:2] == (134.5, 135.5)
    assert population_bounds(98, "Population stated as more than 98 million")[:2] == (98, 99)
    assert population_bounds(100, "Day the population represented passed 100 million")[:2] == (100, 100.5)
    assert np.isnan(population_bounds(float("nan"), "")[0])


def test_a_total_outside_its_own_window_is_refused() -> None:
    raw = read_table("milestones")
    raw.loc[3, "date_latest"] = raw.loc[3, "date_earliest"] - pd.Timedelta(days=1)
    with pytest.raises(DataError, match="must lie in it"):
        dated_bounds(raw)
    with pytest.raises(DataError, match="expected eq, about, ge or gt"):
        count_bounds(5, "roughly")


def test_each_border_stands_once_and_islands_in_none() -> None:
    pairs = processed("neighbours")
    assert (pairs["ibge_code_a"] < pairs["ibge_code_b"]).all()
    assert not pairs[["ibge_code_a", "ibge_code_b"]].isin(["2605459", "3520400"]).any().any()
    swapped = pairs.rename(columns={"ibge_code_a": "ibge_code_b", "ibge_code_b": "ibge_code_a"})
    pd.testing.assert_frame_equal(neighbour_pairs(swapped.sample(frac=1, random_state=2)), pairs)


def test_sister_networks_join_as_published() -> None:
    nfse, snc = first_dates("nfse"), first_dates("snc")
    joined = [(nfse["joined_on"] <= day).sum() for day in ("2022-12-31", "2023-12-31", NFSE_VOLUNTARY_UNTIL)]
    assert joined == [170, 1047, 1181]
    assert snc["joined_on"].notna().sum() == 2641
    effective = first_dates("nfse", date="effective")
    assert (effective["joined_on"] >= nfse["joined_on"])[nfse["joined_on"].notna()].mean() > 0.99
    with pytest.raises(ParameterError, match="snc by published"):
        first_dates("snc", date="effective")


def test_events_know_how_exact_their_dates_are() -> None:
    events = processed("programme_events")
    assert events["date"].is_monotonic_increasing
    month = events[events["date_precision"] == "month"].iloc[0]
    assert (month["date"].day, month["date_latest"].is_month_end) == (1, True)


@pytest.mark.parametrize("name", TABLES)
def test_processed_tables_hand_out_copies(name: str) -> None:
    table = processed(name)
    table.iloc[:, 0] = table.iloc[0, 0]
    assert processed(name).iloc[:, 0].nunique() > 1

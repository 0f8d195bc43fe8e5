"""The list of a day, and names as they stand: what is safe, what is ambiguous, what is only suggested."""

import datetime as dt

import pandas as pd
import pytest

from redegov_analysis.cleaning.gazetteer import COUNTRY, UNSTATED, gazetteer
from redegov_analysis.cleaning.lookup import Match, agreed, look_up
from redegov_analysis.cleaning.municipalities import FIRST_DAY, INSTALLED, universe, valid_from
from redegov_analysis.cleaning.readings import Reading
from redegov_analysis.errors import ParameterError

BOA_ESPERANCA = "5101837"
EMBU, ACU, ACAILANDIA = "3515004", "2400208", "2100055"


def reading(*names: str, former: tuple[str, ...] = ()) -> Reading:
    return Reading(names=names, former=former)


def test_the_list_grows_by_one_on_the_first_day_of_2025() -> None:
    before, after = universe(dt.date(2024, 12, 31)), universe(dt.date(2025, 1, 1))
    assert (len(before), len(after)) == (5570, 5571)
    assert set(after["ibge_code"]) - set(before["ibge_code"]) == {BOA_ESPERANCA}
    assert after.loc[after["ibge_code"] == BOA_ESPERANCA, "valid_from"].item() == pd.Timestamp("2025-01-01")
    assert (before["valid_from"] == pd.Timestamp(FIRST_DAY)).all()


def test_the_list_is_in_the_order_of_codes_with_rows_numbered_from_zero() -> None:
    table = universe(dt.date(2020, 5, 1))
    assert table["ibge_code"].is_monotonic_increasing
    assert table.index.equals(pd.RangeIndex(5570))


def test_the_list_is_known_from_its_first_day_and_not_before() -> None:
    assert len(universe(FIRST_DAY)) == 5570
    with pytest.raises(ParameterError, match="known from 2013-01-01 on; asked for 2012-12-31"):
        universe(FIRST_DAY - dt.timedelta(days=1))


def test_the_first_day_of_a_code_is_its_installation_or_that_of_the_list() -> None:
    days = valid_from(pd.Series([BOA_ESPERANCA, ACU], index=["a", "b"]))
    assert days.tolist() == [pd.Timestamp(INSTALLED[BOA_ESPERANCA]), pd.Timestamp(FIRST_DAY)]
    assert (days.name, str(days.dtype), days.index.tolist()) == ("valid_from", "datetime64[us]", ["a", "b"])


def test_one_code_is_safe_and_several_are_ambiguous() -> None:
    assert agreed(frozenset({ACU}), "exact") == Match(ACU, "exact", None, 100.0)
    assert agreed(frozenset({ACU, EMBU}), "alias") == Match(None, "ambiguous", None, 100.0)


def test_an_official_name_is_exact_and_a_former_one_an_alias() -> None:
    known = gazetteer()
    assert look_up([reading("acu")], "RN", known) == Match(ACU, "exact", None, 100.0)
    assert look_up([reading("embu")], "SP", known) == Match(EMBU, "alias", None, 100.0)
    assert look_up([reading(former=("acu",))], "RN", known) == Match(ACU, "alias", None, 100.0)
    assert look_up([reading("no such place")], "RN", known) is None
    assert look_up([], "RN", known) is None


def test_names_in_one_cell_must_agree_or_the_first_is_only_suggested() -> None:
    known = gazetteer()
    agreeing = look_up([reading("embu", "embu das artes")], "SP", known)
    assert agreeing == Match(EMBU, "alias", None, 100.0)
    assert look_up([reading("embu das artes", "embu")], "SP", known) == Match(EMBU, "exact", None, 100.0)
    assert look_up([reading("embu das artes", "campinas")], "SP", known) == Match(None, "ambiguous", EMBU, 100.0)
    unsure = look_up([reading("bom jesus", "campinas")], COUNTRY, known)
    assert unsure == Match(None, "ambiguous", None, 100.0)


def test_the_first_way_of_reading_a_cell_that_is_known_counts() -> None:
    known = gazetteer()
    ways = [reading("no such place"), reading("acailandia"), reading("acu")]
    assert look_up(ways, "MA", known) == Match(ACAILANDIA, "exact", None, 100.0)
    assert look_up([reading("no such place", former=("acailandia",))], "MA", known) == Match(
        ACAILANDIA, "alias", None, 100.0
    )


def test_without_a_state_a_listed_spelling_that_begins_other_names_is_ambiguous() -> None:
    known = gazetteer()
    sao_caetano = look_up([reading("sao caetano")], UNSTATED, known)
    assert sao_caetano is not None
    assert (sao_caetano.ibge_code, sao_caetano.status) == (None, "ambiguous")
    in_its_state = look_up([reading("sao caetano")], "PE", known)
    assert in_its_state is not None
    assert (in_its_state.ibge_code, in_its_state.status) == ("2613107", "alias")


def test_without_a_state_a_name_that_another_state_spells_otherwise_is_ambiguous() -> None:
    from redegov_analysis.cleaning.municipalities import match_names

    matched = match_names(["Santa Teresinha", "Santa Teresinha", "Campinas"], [None, "PB", None])
    assert matched["status"].tolist() == ["ambiguous", "exact", "exact"]
    assert matched["ibge_code"].isna().tolist() == [True, False, False]

"""What holds for any cell, any order and any published number."""

from __future__ import annotations

import datetime as dt
from functools import cache

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from redegov_analysis.cleaning.codes import check_digit, is_valid_code
from redegov_analysis.cleaning.milestones import count_bounds, population_bounds
from redegov_analysis.cleaning.municipalities import INSTALLED, universe
from redegov_analysis.cleaning.names import FILLED, match_names
from redegov_analysis.cleaning.spelling import compact, folded, mended
from redegov_analysis.cleaning.states import STATES
from redegov_analysis.data.catalogue import read_table


@cache
def _places() -> pd.DataFrame:
    return read_table("municipalities")


def _official() -> st.SearchStrategy[tuple[str, str]]:
    places = _places()
    return st.integers(0, len(places) - 1).map(lambda at: (places["name"].iloc[at], places["uf"].iloc[at]))


_cells = st.one_of(st.text(max_size=40), st.none(), st.integers(0, 9_999_999), st.floats(allow_nan=True))
_states = st.one_of(st.sampled_from(list(STATES)), st.none(), st.text(max_size=5))


@given(st.lists(st.tuples(_cells, _states), max_size=8))
@settings(deadline=None, max_examples=60)
def test_any_cell_gets_a_row_and_only_safe_statuses_fill_a_code(rows: list[tuple[object, str | None]]) -> None:
    found = match_names([cell for cell, _ in rows], [state for _, state in rows])
    assert len(found) == len(rows)
    assert (found["ibge_code"].notna() == found["status"].isin(FILLED)).all()
    assert found["suggestion"][found["ibge_code"].notna()].isna().all()
    assert found["score"].between(0, 100).all()


@given(
    st.lists(_official(), min_size=2, max_size=6).flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows)))
)
@settings(deadline=None, max_examples=25)
def test_a_row_matches_alike_wherever_it_stands(
    orders: tuple[list[tuple[str, str]], list[tuple[str, str]]],
) -> None:
    matched = []
    for rows in orders:
        found = match_names([name for name, _ in rows], [uf for _, uf in rows])
        matched.append(dict(zip(rows, found["ibge_code"], strict=True)))
    assert matched[0] == matched[1]


@given(_official(), st.integers(0, 30), st.sampled_from("abcdefghijlmnopqrstuvxz"))
@settings(deadline=None, max_examples=100)
def test_a_slip_never_fills_the_code_of_a_farther_name(place: tuple[str, str], at: int, letter: str) -> None:
    name, uf = place
    slipped = name[:at] + letter + name[at + 1 :]
    code = match_names([slipped], [uf])["ibge_code"].iloc[0]
    if isinstance(code, str):
        given_code = match_names([name], [uf])["ibge_code"].iloc[0]
        places = _places()
        names = places.loc[places["uf"] == uf].set_index("ibge_code")["name"].map(compact)
        # Where the slip gives another place's own name, nobody could tell; else the code must be the name's.
        assert code == given_code or names[code] == compact(slipped)


@given(st.dates(dt.date(2013, 1, 1), dt.date(2060, 1, 1)), st.integers(0, 4000))
@settings(deadline=None, max_examples=8)
def test_entries_are_never_lost_and_one_came_in_2025(day: dt.date, later: int) -> None:
    before, after = universe(day), universe(min(day + dt.timedelta(days=later), dt.date(2060, 1, 1)))
    assert len(before) == (5570 if day < dt.date(2025, 1, 1) else 5571)
    assert before["ibge_code"].is_unique
    assert before["ibge_code"].is_monotonic_increasing
    assert before["ibge_code"].isin(after["ibge_code"]).all()
    assert set(after["ibge_code"]) - set(before["ibge_code"]) <= set(INSTALLED)


@given(st.text(max_size=60))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert compact(compact(text)) == compact(text)


@given(st.text(alphabet=st.characters(max_codepoint=0xFF, categories=["L", "Zs"]), max_size=40))
def test_text_read_in_the_wrong_encoding_is_mended(text: str) -> None:
    misread = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in text.encode())
    if mended(text) == text:
        assert mended(misread) == text


@given(st.integers(0, 999_999))
def test_one_digit_completes_a_code(six: int) -> None:
    code = f"{six:06d}"
    assert is_valid_code(code + str(check_digit(code)))


@given(st.integers(1, 5570), st.sampled_from(["eq", "about", "ge", "gt"]))
def test_bounds_of_a_published_total_are_in_order_and_hold_it(number: int, relation: str) -> None:
    low, high, rule = count_bounds(number, relation)
    assert 0 <= low <= high
    assert rule
    assert low <= number <= high or (relation == "gt" and low == number + 1)


@given(st.decimals("0.1", "215", places=1))
def test_a_published_population_rounds_from_its_bounds(millions: object) -> None:
    number = float(str(millions))
    low, high, _ = population_bounds(number, "")
    assert low < number < high
    assert high - low <= 1.0000001

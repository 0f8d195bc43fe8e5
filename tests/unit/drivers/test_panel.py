import tracemalloc

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.drivers.neighbours import neighbours_from_pairs
from redegov_analysis.drivers.panel import draw_dates, person_period
from redegov_analysis.errors import DataError, ParameterError


@pytest.fixture
def events() -> pd.DataFrame:
    days = ["2023-12-31", "2024-01-01", "2024-02-29", "2024-03-16", None, "2024-06-01"]
    return pd.DataFrame({"ibge_code": list("abcdef"), "joined_on": pd.to_datetime(days)})


@pytest.fixture
def covariates() -> pd.DataFrame:
    return pd.DataFrame({"ibge_code": list("abcdef"), "size": [1.0, 2.0, np.nan, 4.0, 5.0, 6.0], "uf": list("XXYYZZ")})


@pytest.fixture
def line() -> pd.DataFrame:
    return pd.DataFrame({"ibge_code_a": list("abcd"), "ibge_code_b": list("bcde"), "border_km": [1.0, 3.0, 1.0, 1.0]})


def test_rows_run_from_start_to_the_month_of_joining(events: pd.DataFrame, covariates: pd.DataFrame) -> None:
    rows = person_period(events, covariates, "2024-01-01", "2024-04-30")
    assert rows.groupby("ibge_code").size().to_dict() == {"b": 1, "c": 2, "d": 3, "e": 4, "f": 4}
    assert rows.groupby("ibge_code")["event"].sum().to_dict() == {"b": 1, "c": 1, "d": 1, "e": 0, "f": 0}
    assert rows[rows["event"] == 1].set_index("ibge_code")["period_index"].to_dict() == {"b": 0, "c": 1, "d": 2}
    assert rows["period"].dt.strftime("%Y-%m-%d").unique().tolist() == [
        "2024-01-01",
        "2024-02-01",
        "2024-03-01",
        "2024-04-01",
    ]
    assert list(rows.columns) == ["ibge_code", "period", "period_index", "event", "size", "uf"]


def test_who_joined_before_start_has_no_rows_but_counts_as_neighbour(
    events: pd.DataFrame, covariates: pd.DataFrame, line: pd.DataFrame
) -> None:
    rows = person_period(events, covariates, "2024-01-01", "2024-04-30", neighbours=line)
    assert "a" not in set(rows["ibge_code"])
    share = rows.set_index(["ibge_code", "period_index"])["neighbours_share"]
    assert share["b", 0] == 0.5  # a is in, c is not
    assert share.loc["d"].tolist() == [0.0, 0.0, 0.5]  # c joined in February: seen from March on
    assert share.loc["e"].tolist() == [0.0, 0.0, 0.0, 1.0]
    assert share.loc["f"].isna().all()  # an island


def test_neighbours_weigh_by_their_border_when_asked(
    events: pd.DataFrame, covariates: pd.DataFrame, line: pd.DataFrame
) -> None:
    rows = person_period(events, covariates, "2024-01-01", "2024-04-30", neighbours=line, weight="border_km")
    share = rows.set_index(["ibge_code", "period_index"])["neighbours_share"]
    assert share["b", 0] == 0.25
    assert share["d", 2] == 0.5  # c and e share one km each with d


def test_neighbours_outside_the_covariates_count_with_their_own_dates(
    events: pd.DataFrame, covariates: pd.DataFrame, line: pd.DataFrame
) -> None:
    part = covariates[covariates["ibge_code"].isin(["b", "d"])]
    whole = person_period(events, covariates, "2024-01-01", "2024-04-30", neighbours=line)
    rows = person_period(events, part, "2024-01-01", "2024-04-30", neighbours=line)
    expected = whole[whole["ibge_code"].isin(["b", "d"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(rows, expected)


def test_joining_after_the_last_day_is_censored_even_within_its_month(
    events: pd.DataFrame, covariates: pd.DataFrame
) -> None:
    rows = person_period(events, covariates, "2024-01-01", "2024-03-15")
    d = rows[rows["ibge_code"] == "d"]
    assert len(d) == 3
    assert d["event"].sum() == 0
    assert person_period(events, covariates, "2024-01-01", "2024-03-16")["event"].sum() == 3


def test_late_entry_shortens_the_rows_and_leaves_no_column(events: pd.DataFrame, covariates: pd.DataFrame) -> None:
    late = covariates.assign(valid_from=pd.to_datetime(["2013-01-01"] * 4 + ["2024-03-10", None]))
    rows = person_period(events, late, "2024-01-01", "2024-04-30", entry="valid_from")
    assert rows[rows["ibge_code"] == "e"]["period_index"].tolist() == [2, 3]
    assert rows[rows["ibge_code"] == "f"]["period_index"].tolist() == [0, 1, 2, 3]
    assert "valid_from" not in rows.columns


@pytest.mark.parametrize(("freq", "periods"), [("M", 12), ("Q", 4), ("Y", 1), ("W", 53), ("D", 366)])
def test_any_length_of_period_counts_the_same_events(
    events: pd.DataFrame, covariates: pd.DataFrame, freq: str, periods: int
) -> None:
    rows = person_period(events, covariates, "2024-01-01", "2024-12-31", freq)
    assert rows["event"].sum() == 4
    assert rows[rows["ibge_code"] == "e"].shape[0] == periods


def test_order_of_rows_does_not_matter_and_inputs_stay(
    events: pd.DataFrame, covariates: pd.DataFrame, line: pd.DataFrame
) -> None:
    copies = [frame.copy() for frame in (events, covariates, line)]
    one = person_period(events, covariates, "2024-01-01", "2024-04-30", neighbours=line)
    other = person_period(
        events.iloc[::-1], covariates.sample(frac=1, random_state=1), "2024-01-01", "2024-04-30",
        neighbours=line.rename(columns={"ibge_code_a": "ibge_code_b", "ibge_code_b": "ibge_code_a"}).iloc[::-1],
    )  # fmt: skip
    pd.testing.assert_frame_equal(one, other)
    for frame, copy in zip((events, covariates, line), copies, strict=True):
        pd.testing.assert_frame_equal(frame, copy)


def test_unusable_tables_are_refused(events: pd.DataFrame, covariates: pd.DataFrame, line: pd.DataFrame) -> None:
    window = ("2024-01-01", "2024-04-30")
    with pytest.raises(DataError, match="a has two rows in events"):
        person_period(pd.concat([events, events.head(1)]), covariates, *window)
    with pytest.raises(DataError, match="f has two rows in covariates"):
        person_period(events, pd.concat([covariates, covariates.tail(1)]), *window)
    with pytest.raises(DataError, match="events lacks the column joined_on"):
        person_period(events.rename(columns={"joined_on": "date"}), covariates, *window)
    with pytest.raises(DataError, match="column event, which the panel makes itself"):
        person_period(events, covariates.assign(event=1), *window)
    with pytest.raises(ParameterError, match=r"end .2024-01-01. is before start"):
        person_period(events, covariates, "2024-02-01", "2024-01-01")
    with pytest.raises(ParameterError, match="freq is 'fortnight'"):
        person_period(events, covariates, *window, freq="fortnight")
    known = neighbours_from_pairs(line)
    with pytest.raises(DataError, match="neighbours does not know 1 municipality, first f"):
        person_period(events, covariates, *window, neighbours=known)
    with pytest.raises(ParameterError, match="weight names a column"):
        person_period(events, covariates, *window, neighbours=known, weight="border_km")
    with pytest.raises(DataError, match="appears twice"):
        person_period(events, covariates, *window, neighbours=pd.concat([line, line]))


def test_drawn_dates_stay_within_their_windows_and_know_their_seed() -> None:
    windows = pd.DataFrame(
        {
            "ibge_code": [f"{i:03d}" for i in range(400)],
            "joined_earliest": pd.to_datetime(["2024-01-01", None] * 200),
            "joined_latest": pd.to_datetime(["2024-01-10", None] * 200),
        }
    )
    drawn = draw_dates(windows, 3)
    days = drawn["joined_on"].dropna()
    assert len(days) == 200
    assert set(days.dt.day) == set(range(1, 11))
    shuffled = draw_dates(windows.sample(frac=1, random_state=1), 3)
    pd.testing.assert_series_equal(drawn["joined_on"], shuffled["joined_on"].sort_index())
    assert not draw_dates(windows, 4)["joined_on"].equals(drawn["joined_on"])
    with pytest.raises(DataError, match="half open"):
        draw_dates(windows.assign(joined_latest=pd.NaT), 3)


def test_panel_of_the_country_counts_every_voluntary_invoice_adhesion(
    nfse: pd.DataFrame, municipalities: pd.DataFrame, pairs: pd.DataFrame
) -> None:
    at_risk = municipalities.loc[municipalities["ibge_code"] != "5101837", ["ibge_code", "uf", "population_2022"]]
    tracemalloc.start()
    rows = person_period(nfse, at_risk, "2022-07-01", "2024-12-31", neighbours=pairs)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows["event"].sum() == 1181
    assert len(rows) == 146_692
    assert peak < 0.5e9
    islands = rows[rows["neighbours_share"].isna()]["ibge_code"].unique()
    assert sorted(islands) == ["2605459", "3520400"]

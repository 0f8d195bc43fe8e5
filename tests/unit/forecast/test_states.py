"""Forecasts of states from a dated list."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.errors import DataError, IdentificationError, ParameterError
from redegov_analysis.forecast.relative_pace import relative_paces
from redegov_analysis.forecast.state_totals import state_totals
from redegov_analysis.forecast.states import StateForecast, forecast_states, forecast_totals

DAY = "2024-06-30"
TARGET = "2025-06-30"


@pytest.fixture(scope="module")
def places() -> pd.DataFrame:
    uf = np.repeat(["AC", "BA", "SP"], [20, 150, 300])
    return pd.DataFrame({"ibge_code": [f"{i:07}" for i in range(470)], "uf": uf, "valid_from": "2013-01-01"})


@pytest.fixture(scope="module")
def members(places: pd.DataFrame) -> pd.DataFrame:
    """A list in which municipalities of Bahia join four times as fast as those of São Paulo."""
    rng = np.random.default_rng(5)
    years = rng.exponential(places["uf"].map({"AC": 6.0, "BA": 3.0, "SP": 12.0}))
    days = pd.Timestamp("2022-01-01") + pd.to_timedelta((365.25 * years).astype(int), unit="D")
    listed = pd.DataFrame({"ibge_code": places["ibge_code"], "joined_on": days})
    return listed[listed["joined_on"] <= DAY]


@pytest.fixture(scope="module")
def ahead(members: pd.DataFrame, places: pd.DataFrame) -> StateForecast:
    return forecast_states(members, places, day=DAY, dates=["2024-12-31", TARGET], draws=400, seed=3)


def test_a_state_that_grew_faster_is_forecast_to_grow_faster(ahead: StateForecast) -> None:
    table = ahead.on(TARGET).set_index("uf")
    joining = (table["q500"] - table["members_now"]) / (table["municipalities"] - table["members_now"])
    assert joining["BA"] > 2 * joining["SP"]


def test_what_is_told_of_a_day_fits_its_draws(ahead: StateForecast) -> None:
    table = ahead.on(TARGET, (0.1, 0.5, 0.9), share=0.4).set_index("uf")
    assert table.columns.tolist() == ["municipalities", "members_now", "q100", "q500", "q900", "probability"]
    assert table["municipalities"].to_dict() == {"AC": 20, "BA": 150, "SP": 300}
    assert table.loc["BA", "probability"] == (ahead.draws[:, 1, 1] >= 60).mean()
    assert ahead.quantiles("BA", (0.1, 0.5, 0.9)).loc[TARGET].tolist() == table.loc["BA", "q100":"q900"].tolist()


def test_seed_and_rows_decide_and_their_order_does_not(
    ahead: StateForecast, members: pd.DataFrame, places: pd.DataFrame
) -> None:
    again = forecast_states(
        members[::-1], places.sample(frac=1, random_state=2), day=DAY, dates=[TARGET, "2024-12-31"], draws=400, seed=3
    )
    assert (again.draws == ahead.draws).all()
    other = forecast_states(members, places, day=DAY, dates=["2024-12-31", TARGET], draws=400, seed=4)
    assert (other.draws != ahead.draws).any()


def test_members_dated_after_the_day_of_the_list_are_not_known(members: pd.DataFrame, places: pd.DataFrame) -> None:
    early = state_totals(members, places, "2023-06-30")
    assert early.national["municipalities"].iloc[-1] == (members["joined_on"] <= "2023-06-30").sum()


def test_a_member_without_a_date_joins_within_its_window(places: pd.DataFrame) -> None:
    listed = pd.DataFrame(
        {
            "ibge_code": ["0000000", "0000001", "0000002", "0000003"],
            "joined_on": pd.to_datetime(["2022-01-10", "2022-03-10", "2022-05-10", None]),
            "joined_after": pd.to_datetime([None, None, None, "2022-02-28"]),
            "joined_by": pd.to_datetime([None, None, None, "2022-04-30"]),
        }
    )
    counts = state_totals(listed, places, "2022-05-31").state("AC").set_index("date")["municipalities"]
    assert counts["2022-02-28"] == 1
    assert counts["2022-04-30"] == 3
    assert counts["2022-05-31"] == 4


def test_a_state_without_members_is_taken_to_be_like_the_nation(members: pd.DataFrame, places: pd.DataFrame) -> None:
    more = pd.concat(
        [places, pd.DataFrame({"ibge_code": ["9000000", "9000001"], "uf": "RR", "valid_from": "2013-01-01"})]
    )
    table = forecast_states(members, more, day=DAY, dates=["2034-06-30"], draws=300).on("2034-06-30").set_index("uf")
    assert table.loc["RR", "members_now"] == 0
    assert 0 < table.loc["RR", "probability"] <= 1


def test_pooling_holds_a_small_state_nearer_to_the_nation_than_a_large_one() -> None:
    outside = np.array([[12] * 24, [1200] * 24, [1200] * 24])
    newcomers = np.array([[1, 0] * 12, [100, 0] * 12, [25, 0] * 12])
    paces = relative_paces(
        newcomers, outside, np.full(24, 1 / 12), draws=300, rng=np.random.default_rng(1)
    ).log_level.mean(axis=0)
    alone = np.log(newcomers.sum(axis=1) / outside[:, 0] / (newcomers.sum() / outside[:, 0].sum()))
    assert abs(paces[0]) < abs(alone[0])
    assert paces[1] > 0.7 * alone[1] > 0
    assert paces[2] < 0.7 * alone[2] < 0


def test_chances_of_larger_shares_are_smaller(ahead: StateForecast) -> None:
    chances = [ahead.on(TARGET, share=share)["probability"].to_numpy() for share in (0.1, 0.3, 0.5, 0.9)]
    assert all((low >= high).all() for low, high in pairwise(chances))


def test_lists_that_cannot_be_used_are_refused(members: pd.DataFrame, places: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="stands twice"):
        forecast_states(pd.concat([members, members]), places, day=DAY, dates=[TARGET])
    with pytest.raises(DataError, match="no municipality"):
        forecast_states(members.assign(ibge_code="abc").iloc[:1], places, day=DAY, dates=[TARGET])
    with pytest.raises(DataError, match="joined_on"):
        forecast_states(members[["ibge_code"]], places, day=DAY, dates=[TARGET])
    with pytest.raises(IdentificationError, match="known day"):
        forecast_states(members.assign(joined_on=pd.NaT), places, day=DAY, dates=[TARGET])
    with pytest.raises(ParameterError, match="last total"):
        forecast_states(members, places, day=DAY, dates=["2024-01-31"])


def test_days_and_states_that_were_not_asked_for_are_refused(ahead: StateForecast) -> None:
    with pytest.raises(ParameterError, match="not among"):
        ahead.on("2025-01-31")
    with pytest.raises(ParameterError, match="no state"):
        ahead.quantiles("XX")


def test_levels_and_days_that_mean_nothing_are_refused(
    ahead: StateForecast, members: pd.DataFrame, places: pd.DataFrame
) -> None:
    for levels in ([], [95.0]):
        with pytest.raises(ParameterError, match="they must lie between 0 and 1"):
            ahead.quantiles("SP", levels)
    totals = state_totals(members, places, DAY)
    with pytest.raises(ParameterError, match="No date was asked for"):
        forecast_totals(totals, dates=[], nation=ahead.nation)
    with pytest.raises(ParameterError, match="cannot speak of 2020-01-31"):
        forecast_totals(totals, dates=["2020-01-31"], nation=ahead.nation)

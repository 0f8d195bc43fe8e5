import numpy as np
import pandas as pd
import pytest

from redegov_analysis.drivers.selectivity import (
    expected_by,
    expected_members,
    fit_size_selectivity,
    population_in_force,
    shares_at,
)
from redegov_analysis.drivers.selectivity_checks import check_capitals, newcomer_size, slope_fade
from redegov_analysis.drivers.size_gradient import sampling_error, solve_gradient
from redegov_analysis.errors import DataError, IdentificationError


@pytest.fixture(scope="module")
def fits(milestones: pd.DataFrame, municipalities: pd.DataFrame) -> pd.DataFrame:
    return fit_size_selectivity(milestones, municipalities)


def test_the_gradient_fell_from_near_one_and_a_half_to_near_one(fits: pd.DataFrame) -> None:
    slope = fits.set_index("date")["slope"]
    assert len(fits) == 6
    assert slope["2023-12-15"] == pytest.approx(1.5, abs=0.1)
    assert slope["2025-12-08"] == pytest.approx(1.0, abs=0.05)
    assert (fits["slope_low"] <= fits["slope"]).all()
    assert (fits["slope"] <= fits["slope_high"]).all()


def test_both_published_numbers_are_reproduced(fits: pd.DataFrame, municipalities: pd.DataFrame) -> None:
    for _, fit in fits.iterrows():
        members = expected_members(fit, municipalities)
        assert members["probability"].sum() == pytest.approx(fit["municipalities"], rel=1e-9)
        reached = (members["probability"] * members["population"]).sum()
        assert reached == pytest.approx(fit["population_millions"] * 1e6, rel=1e-9)
        assert members["probability"].between(members["low"], members["high"]).all()
        assert members["probability"].between(0, 1).all()


def test_shares_by_size_carry_intervals_that_keep_the_total(fits: pd.DataFrame, municipalities: pd.DataFrame) -> None:
    fit = fits.iloc[-1]
    people = population_in_force(municipalities, fit["date"], str(fit["vintage"])).to_numpy()
    everyone = shares_at(fit, municipalities, people)
    assert everyone["share"].sum() == pytest.approx(fit["municipalities"], rel=1e-9)
    assert (everyone["low"] <= everyone["share"]).all()
    assert (everyone["share"] <= everyone["high"]).all()
    assert (everyone["high"] - everyone["low"]).min() > 0.01
    # Where the ends cross, the share hardly depends on the slope; far from there it does.
    small, large = (shares_at(fit, municipalities, [size]).iloc[0] for size in (1_000, 1_000_000))
    assert small["high"] - small["low"] > 0.05
    assert large["high"] - large["low"] > 0.05
    far = shares_at(fit, municipalities, [1e6, 1e7])
    for end, slope in (
        ("high", fit["slope_high"] + 1.96 * fit["slope_stderr"]),
        ("low", fit["slope_low"] - 1.96 * fit["slope_stderr"]),
    ):
        assert np.diff(np.log(far[end] / (1 - far[end])))[0] == pytest.approx(slope)


def test_only_preferred_totals_count(milestones: pd.DataFrame, municipalities: pd.DataFrame) -> None:
    refused = milestones.assign(preferred=milestones["date"] != "2025-12-08")
    assert len(fit_size_selectivity(refused, municipalities)) == 5


def test_bounds_follow_from_the_rules_where_the_table_has_none(
    milestones: pd.DataFrame, municipalities: pd.DataFrame, fits: pd.DataFrame
) -> None:
    bare = milestones[["date", "municipalities", "relation", "population_millions", "note", "preferred"]]
    pd.testing.assert_frame_equal(fit_size_selectivity(bare, municipalities), fits)


def test_other_vintages_of_population_widen_the_bounds(
    milestones: pd.DataFrame, municipalities: pd.DataFrame, fits: pd.DataFrame
) -> None:
    wide = fit_size_selectivity(milestones, municipalities, across_vintages=True)
    assert (wide["slope_low"] <= fits["slope_low"]).all()
    assert (wide["slope_high"] > fits["slope_high"]).all()
    assert (wide["slope"] == fits["slope"]).all()


@pytest.mark.parametrize("vintage", ["population_2022", "population_2024", "population_2025"])
def test_the_fall_of_the_gradient_outlasts_rounding_under_every_vintage(
    milestones: pd.DataFrame, municipalities: pd.DataFrame, vintage: str
) -> None:
    fade = slope_fade(fit_size_selectivity(milestones, municipalities, vintage=vintage))
    assert fade["change"] < -0.4
    assert fade["outlasts_rounding"]
    assert fade["p"] < 0.05
    assert fade["per_year"] < 0


def test_population_in_force_is_that_published_last_before_the_day(municipalities: pd.DataFrame) -> None:
    names = {
        day: population_in_force(municipalities, pd.Timestamp(day), "in_force").name
        for day in ("2022-01-01", "2024-06-01", "2024-12-15", "2025-12-08")
    }
    assert list(names.values()) == ["population_2022", "population_2022", "population_2024", "population_2025"]
    own = municipalities.rename(columns={"population_2010": "population"})
    assert population_in_force(own, pd.Timestamp("2025-01-01")).name == "population"


def test_expected_members_of_groups_add_up_to_the_total(fits: pd.DataFrame, municipalities: pd.DataFrame) -> None:
    last = fits.iloc[-1]
    states = expected_by(last, municipalities, municipalities, "uf")
    assert len(states) == 27
    assert states["expected"].sum() == pytest.approx(2500, rel=1e-9)
    assert states["municipalities"].sum() == 5570
    sizes = expected_by(last, municipalities, municipalities, ["region", "size_class"])
    assert sizes["expected"].sum() == pytest.approx(2500, rel=1e-9)
    classes = expected_by(last, municipalities, municipalities, "size_class")
    assert classes["share"].is_monotonic_increasing


def test_newcomers_were_larger_than_those_outside_at_first_and_are_no_longer(
    milestones: pd.DataFrame, municipalities: pd.DataFrame
) -> None:
    table = newcomer_size(milestones, municipalities)
    assert len(table) == 5
    assert table["newcomers"].tolist() == [195, 37, 578, 489, 500]
    assert table["newcomer_mean"].iloc[-1] == pytest.approx(22_000)
    assert (table["newcomer_mean_low"] <= table["newcomer_mean"]).all()
    assert (table["newcomer_mean"] <= table["newcomer_mean_high"]).all()
    assert table["newcomer_mean_low"].iloc[0] > table["outside_mean_high"].iloc[0]
    assert table["newcomer_mean_low"].iloc[-1] < table["outside_mean_low"].iloc[-1]


def test_size_alone_puts_too_few_capitals_in_by_december_2023(
    fits: pd.DataFrame, milestones: pd.DataFrame, municipalities: pd.DataFrame
) -> None:
    check = check_capitals(fits, milestones, municipalities, municipalities)
    assert check["capitals"].tolist() == [24]
    assert check["of"].tolist() == [26]
    assert 16 < check["expected"].iloc[0] < 20
    assert check["z"].iloc[0] > 2


def test_the_order_of_rows_does_not_matter(
    milestones: pd.DataFrame, municipalities: pd.DataFrame, fits: pd.DataFrame
) -> None:
    shuffled = fit_size_selectivity(milestones.iloc[::-1], municipalities.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(shuffled, fits)


def test_slope_of_a_simulated_network_is_found_and_its_error_is_honest() -> None:
    rng = np.random.default_rng(4)
    people = np.round(10 ** rng.normal(4.1, 0.5, 5570))
    chance = 1 / (1 + np.exp(-(-0.5 + 1.2 * np.log10(people / 1e4))))
    drawn = rng.random((200, len(people))) < chance
    slopes, errors = [], []
    for members in drawn:
        intercept, slope = solve_gradient(members.sum(), people @ members, people)
        slopes.append(slope)
        errors.append(sampling_error(intercept, slope, people)[1])
    assert np.mean(slopes) == pytest.approx(1.2, abs=3 * np.std(slopes) / np.sqrt(200) + 0.01)
    assert np.mean(errors) == pytest.approx(np.std(slopes), rel=0.2)


def test_impossible_totals_are_refused_with_what_is_possible(municipalities: pd.DataFrame) -> None:
    def total(count: int, millions: float) -> pd.DataFrame:
        return pd.DataFrame(
            {"date": [pd.Timestamp("2024-01-01")], "municipalities": [count], "population_millions": [millions]}
        )

    with pytest.raises(IdentificationError, match=r"No 100 municipalities hold 150 million people: they hold .* to"):
        fit_size_selectivity(total(100, 150.0), municipalities)
    with pytest.raises(IdentificationError, match="0 members of 5,570"):
        fit_size_selectivity(total(0, 1.0), municipalities)
    with pytest.raises(IdentificationError, match="No total of 1 has a population"):
        fit_size_selectivity(total(100, np.nan), municipalities)
    with pytest.raises(DataError, match="milestones lacks population_millions"):
        fit_size_selectivity(total(100, 1.0).drop(columns="population_millions"), municipalities)
    with pytest.raises(DataError, match="population has no column population_2024"):
        fit_size_selectivity(total(100, 10.0), municipalities[["ibge_code", "name"]])
    with pytest.raises(DataError, match="has two rows in population"):
        fit_size_selectivity(total(100, 10.0), pd.concat([municipalities, municipalities.head(1)]))

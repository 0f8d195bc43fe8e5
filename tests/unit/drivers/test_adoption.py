import numpy as np
import pandas as pd
import pytest

from redegov_analysis.drivers.adoption import AdoptionFit, fit_adoption, impute, login_adoption
from redegov_analysis.drivers.covariates import MAIN, model_table
from redegov_analysis.drivers.exposure import TERM, fit_with_neighbours, newly_adopted, placebo, residuals
from redegov_analysis.drivers.inference import pool_imputations
from redegov_analysis.drivers.neighbours import link_islands, neighbours_from_pairs
from redegov_analysis.drivers.refit import Refit
from redegov_analysis.drivers.specifications import specification_curve
from redegov_analysis.drivers.validation import auc, cross_validate
from redegov_analysis.errors import DataError, IdentificationError, ParameterError


@pytest.fixture(scope="module")
def adopted(login_adopters: pd.DataFrame, municipalities: pd.DataFrame) -> pd.Series:
    return login_adoption(login_adopters, municipalities, "2022-03-21")


@pytest.fixture(scope="module")
def model(adopted: pd.Series, municipalities: pd.DataFrame) -> AdoptionFit:
    return fit_adoption(adopted, municipalities)


def test_144_city_halls_and_295_municipalities_with_any_body_used_the_login(
    adopted: pd.Series, login_adopters: pd.DataFrame, municipalities: pd.DataFrame
) -> None:
    assert (int(adopted.sum()), len(adopted)) == (144, 5570)
    assert login_adoption(login_adopters, municipalities, "2022-03-21", body="any").sum() == 295
    with pytest.raises(ParameterError, match="No list of 2023-01-01; there are those of 2021-04-15, 2022-03-21"):
        login_adoption(login_adopters, municipalities, "2023-01-01")


def test_size_matters_and_the_south_is_far_above_the_centre_west(model: AdoptionFit) -> None:
    table = model.table()
    assert table.loc["log10_population", "low"] > 0
    assert table.loc["internet_share", "low"] > 0
    assert table.loc["region[Sul]", "low"] > 1
    assert table.loc["region[Sul]", "ratio"] > 20
    assert "region[Centro-Oeste]" not in table.index
    assert model.fit.df == 26


def test_firth_pulls_the_south_towards_the_rest_and_tells_the_same_story(
    model: AdoptionFit, adopted: pd.Series, municipalities: pd.DataFrame
) -> None:
    firth = fit_adoption(adopted, municipalities, firth=True)
    assert 2 < firth.fit.coef["region[Sul]"] < model.fit.coef["region[Sul]"]
    assert firth.fit.coef["log10_population"] == pytest.approx(model.fit.coef["log10_population"], abs=0.02)


def test_incomplete_cases_are_counted_by_covariate(model: AdoptionFit) -> None:
    assert model.counts["municipalities"] - model.counts["complete"] == 5
    assert model.counts["missing[hdi]"] == 5  # installed in 2013, after the last HDI
    assert model.fit.n == model.counts["complete"]
    assert model.counts["complete_adopters"] == model.fit.events


def test_effects_are_per_standard_deviation_of_the_stated_scale(
    adopted: pd.Series, municipalities: pd.DataFrame, model: AdoptionFit
) -> None:
    sizes = np.log10(municipalities.loc[municipalities["ibge_code"].isin(adopted.index), "population_2022"])
    assert model.sd["log10_population"] == pytest.approx(sizes.std(ddof=0))
    alone = fit_adoption(adopted, municipalities, ("log10_population",), regions=False)
    from redegov_analysis.drivers.hazard import fit_hazard

    raw = fit_hazard(adopted.to_numpy(), pd.DataFrame({"const": 1.0, "size": sizes.to_numpy()}))
    assert alone.fit.coef["log10_population"] == pytest.approx(raw.coef["size"] * sizes.std(ddof=0), rel=1e-8)


def test_marginal_effects_match_finite_differences_and_their_errors_the_delta_method(model: AdoptionFit) -> None:
    effects = model.marginal_effects()
    X, beta = model.X, model.fit.coef

    def mean_probability(table: pd.DataFrame, b: pd.Series = beta) -> float:
        return float((1 / (1 + np.exp(-(table @ b)))).mean())

    step = X.assign(internet_share=X["internet_share"] + 1e-5)
    assert effects.loc["internet_share", "effect"] == pytest.approx(
        (mean_probability(step) - mean_probability(X)) / 1e-5, rel=1e-4
    )
    none = X.assign(**{name: 0.0 for name in X.columns if name.startswith("region[")})
    south = none.assign(**{"region[Sul]": 1.0})
    assert effects.loc["region[Sul]", "effect"] == pytest.approx(mean_probability(south) - mean_probability(none))
    gradient = np.array(
        [
            (
                mean_probability(south, beta + 1e-5 * e) - mean_probability(none, beta + 1e-5 * e)
                - mean_probability(south, beta - 1e-5 * e) + mean_probability(none, beta - 1e-5 * e)
            ) / 2e-5
            for e in np.eye(len(beta))
        ]
    )  # fmt: skip
    assert effects.loc["region[Sul]", "stderr"] == pytest.approx(
        float(np.sqrt(gradient @ model.fit.cov.to_numpy() @ gradient)), rel=1e-5
    )


def test_vif_is_one_over_one_minus_r_squared(model: AdoptionFit) -> None:
    terms = model.X.drop(columns="const")
    target = terms["hdi"]
    A = np.column_stack([np.ones(len(terms)), terms.drop(columns="hdi")])
    residual = target - A @ np.linalg.lstsq(A, target)[0]
    assert model.vif()["hdi"] == pytest.approx(target.var(ddof=0) / residual.var(ddof=0), rel=1e-8)
    assert model.vif().min() >= 1


def test_imputation_fills_only_the_gaps_and_pools_near_the_complete_cases(
    adopted: pd.Series, municipalities: pd.DataFrame, model: AdoptionFit
) -> None:
    from redegov_analysis.drivers.hazard import fit_hazard

    table = model_table(municipalities[municipalities["ibge_code"].isin(adopted.index)])
    filled = impute(table, 1)
    assert filled.X.notna().all(axis=None)
    pd.testing.assert_frame_equal(filled.X.where(table.X.notna()), table.X)
    assert not filled.X.equals(impute(table, 2).X)
    fits = [
        fit_hazard(adopted.to_numpy(), impute(table, seed).X.assign(const=1.0), cluster=table.uf) for seed in range(5)
    ]
    pooled = pool_imputations([fit.coef for fit in fits], [fit.cov for fit in fits])
    assert pooled.loc["hdi", "coef"] == pytest.approx(model.fit.coef["hdi"], abs=0.02)
    assert (pooled["missing_information"] < 0.05).all()
    with pytest.raises(ParameterError, match="1 imputed fit given"):
        pool_imputations([fits[0].coef], [fits[0].cov])


def test_pooling_follows_rubins_rules() -> None:
    coefs = [pd.Series({"x": value}) for value in (1.0, 2.0, 3.0)]
    covs = [pd.DataFrame({"x": [0.5]}, index=["x"])] * 3
    row = pool_imputations(coefs, covs).loc["x"]
    total = 0.5 + (1 + 1 / 3) * 1.0
    assert row["coef"] == 2
    assert row["stderr"] == pytest.approx(np.sqrt(total))
    assert row["missing_information"] == pytest.approx((4 / 3) / total)


def test_cross_validation_discriminates_and_is_calibrated(model: AdoptionFit) -> None:
    result = cross_validate(model, seed=1)
    scores = result.scores
    assert scores["auc"] > 0.85
    assert scores["brier"] < scores["brier_of_share"]
    assert scores["calibration_slope"] == pytest.approx(1.0, abs=0.15)
    assert abs(scores["calibration_intercept"]) < 0.15
    groups = result.by_probability()
    assert groups["municipalities"].sum() == model.fit.n
    assert groups["adopted"].sum() == model.fit.events
    assert groups["probability"].is_monotonic_increasing
    states = result.by_state()
    assert len(states) == 27
    assert states["expected"].sum() == pytest.approx(result.predicted["probability"].sum())
    # Nobody is predicted by a fit that has seen them, so unlike the fit itself the total is not exact.
    assert states["expected"].sum() != pytest.approx(model.fit.events, abs=1e-6)
    assert cross_validate(model, folds="uf").predicted["fold"].nunique() == 27
    with pytest.raises(ParameterError, match="folds is 1"):
        cross_validate(model, folds=1)


def test_auc_counts_pairs() -> None:
    rng = np.random.default_rng(3)
    y, score = pd.Series(rng.integers(0, 2, 60)), pd.Series(rng.integers(0, 9, 60))
    won = [(a > b) + 0.5 * (a == b) for a in score[y == 1] for b in score[y == 0]]
    assert auc(y, score) == pytest.approx(np.mean(won))
    with pytest.raises(IdentificationError, match="needs both kinds"):
        auc(y * 0, score)


def test_neighbours_on_the_first_list_come_before_adoption_on_the_second(
    login_adopters: pd.DataFrame, municipalities: pd.DataFrame, pairs: pd.DataFrame
) -> None:
    before, after = newly_adopted(login_adopters, municipalities)
    assert len(before) == 5570
    assert set(before[before].index).isdisjoint(after.index)
    inside = municipalities[municipalities["ibge_code"].isin(before.index)]
    places = neighbours_from_pairs(link_islands(pairs, inside), inside["ibge_code"])
    fit = fit_with_neighbours(before, after, municipalities, places)
    assert TERM in fit.table().index
    assert fit.fit.events == after.sum()
    share = places.share(before.reindex(places.codes).fillna(False).to_numpy(dtype=float))
    again = Refit(after, municipalities, term=TERM, codes=places.codes)
    row = fit.table().loc[TERM]
    assert again.of(share) == (row["coef"], row["stderr"])
    assert again.of(share[::-1])[0] != row["coef"]
    with pytest.raises(IdentificationError, match=f"{TERM} is 7 in every municipality"):
        again.of(np.full(len(share), 7.0))
    half = places.codes[: len(share) // 2]
    gaps = municipalities.assign(hdi_2010=municipalities["hdi_2010"].mask(municipalities["ibge_code"].isin(half)))
    with pytest.raises(IdentificationError, match=r"^No municipality has a value in every covariate; leave out"):
        Refit(after, gaps, ("hdi",), term=TERM, codes=places.codes).of(np.where(places.codes.isin(half), share, np.nan))
    # With 74 adopters on the first list, contiguity shows no effect that a reshuffled map could not show.
    fake = placebo(before, after, municipalities, places, draws=6, seed=2)
    assert len(fake) == 6
    assert abs(fit.table().loc[TERM, "coef"] - fake["coef"].mean()) < 3 * fake["coef"].std()
    within = placebo(before, after, municipalities, places, draws=2, seed=2, within_state=True)
    assert within["coef"].std() > 0


def test_residuals_are_centred_and_scaled(model: AdoptionFit) -> None:
    left = residuals(model)
    assert abs(left.mean()) < 0.05
    assert 0.5 < left.std() < 1.5


def test_specification_curve_holds_every_combination_once(adopted: pd.Series, municipalities: pd.DataFrame) -> None:
    sets = {"size": ("log10_population",), "main": MAIN}
    curve = specification_curve(
        {"city hall": adopted}, municipalities, ("log10_population", "hdi"), covariate_sets=sets
    )
    assert curve.groupby("term").size().to_dict() == {"hdi": 4, "log10_population": 8}
    assert (curve.query("term == 'log10_population'")["low"] > 0).all()
    assert not curve.duplicated(["term", "outcome", "covariates", "regions", "firth"]).any()
    assert curve["failed"].isna().all()
    rare = adopted & adopted.index.str.startswith("43")
    failing = specification_curve({"one state": rare}, municipalities, covariate_sets={"size": ("log10_population",)})
    assert failing.query("regions and not firth")["coef"].isna().all()
    assert failing.query("regions and not firth")["failed"].str.contains("Separation").all()


def test_unknown_terms_regions_and_codes_are_refused(adopted: pd.Series, municipalities: pd.DataFrame) -> None:
    with pytest.raises(ParameterError, match="Unknown covariate 'size'; there are log10_population"):
        fit_adoption(adopted, municipalities, ("size",))
    with pytest.raises(ParameterError, match="Region 'Centre' is not in the table; it has Centro-Oeste"):
        fit_adoption(adopted, municipalities, reference="Centre")
    with pytest.raises(DataError, match="1 code of adopted is not in municipalities, first 9999999"):
        fit_adoption(pd.concat([adopted, pd.Series({"9999999": True})]), municipalities)
    with pytest.raises(DataError, match="lacks the column hdi_2010"):
        fit_adoption(adopted, municipalities.drop(columns="hdi_2010"))
    with pytest.raises(IdentificationError, match="gini is missing in every municipality"):
        fit_adoption(
            adopted, municipalities.assign(hdi_2010=1.0).assign(gini_2010=np.nan), ("log10_population", "gini")
        )


def test_the_order_of_rows_does_not_matter(
    adopted: pd.Series, municipalities: pd.DataFrame, model: AdoptionFit
) -> None:
    other = fit_adoption(adopted.sample(frac=1, random_state=1), municipalities.sample(frac=1, random_state=2))
    pd.testing.assert_frame_equal(other.table(), model.table(), rtol=1e-8)

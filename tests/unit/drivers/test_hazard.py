import numpy as np
import pandas as pd
import pytest

from redegov_analysis.drivers.hazard import fit_hazard
from redegov_analysis.errors import IdentificationError, ParameterError

LINKS = ["logit", "cloglog", "probit"]


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    n = 1500
    table = pd.DataFrame(
        {"const": 1.0, "x": rng.normal(size=n), "month": rng.integers(0, 6, n), "uf": rng.integers(0, 9, n)}
    )
    table["large"] = (rng.random(n) < 0.2).astype(float)
    eta = -2.2 + 0.5 * table["x"] + 0.6 * table["large"] + 0.1 * table["month"]
    return table.assign(event=(rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int))


X = ["const", "x", "large"]


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("firth", [False, True])
def test_score_is_zero_on_average_so_fitted_events_equal_observed(rows: pd.DataFrame, link: str, firth: bool) -> None:
    fit = fit_hazard(rows["event"], rows[X], link=link, firth=firth)
    fitted = fit.predict(rows[X])
    # Exactly equal for the canonical link; near it for the others; Firth adds about half an event per coefficient.
    assert fitted.sum() == pytest.approx(rows["event"].sum(), abs=2.0 if firth else 0.5)


@pytest.mark.parametrize("link", LINKS)
def test_rows_in_another_order_give_the_same_fit(rows: pd.DataFrame, link: str) -> None:
    shuffled = rows.sample(frac=1, random_state=3)
    one = fit_hazard(rows["event"], rows[X], link=link, cluster=rows["uf"])
    other = fit_hazard(shuffled["event"], shuffled[X], link=link, cluster=shuffled["uf"])
    np.testing.assert_allclose(one.coef, other.coef, rtol=1e-10)
    np.testing.assert_allclose(one.cov, other.cov, rtol=1e-8)


def test_a_change_of_units_changes_the_coefficient_alone(rows: pd.DataFrame) -> None:
    plain = fit_hazard(rows["event"], rows[X])
    scaled = fit_hazard(rows["event"], rows[X].assign(x=rows["x"] * 1e6 + 3e8))
    assert scaled.coef["x"] * 1e6 == pytest.approx(plain.coef["x"], rel=1e-6)
    assert scaled.stderr["x"] * 1e6 == pytest.approx(plain.stderr["x"], rel=1e-6)
    assert scaled.loglik == pytest.approx(plain.loglik, abs=1e-7)


def test_each_row_its_own_cluster_gives_whites_errors(rows: pd.DataFrame) -> None:
    fit = fit_hazard(rows["event"], rows[X], cluster=np.arange(len(rows)))
    A = rows[X].to_numpy()
    p = fit.predict(rows[X]).to_numpy()
    bread = np.linalg.inv((A.T * (p * (1 - p))) @ A)
    meat = (A.T * (rows["event"].to_numpy() - p) ** 2) @ A * len(rows) / (len(rows) - 1)
    np.testing.assert_allclose(fit.cov, bread @ meat @ bread, rtol=1e-8)


def test_dummies_of_two_sets_and_a_constant_fit_as_dense_columns_would(rows: pd.DataFrame) -> None:
    months = pd.get_dummies(rows["month"], prefix="month", drop_first=True, dtype=float)
    states = pd.get_dummies(rows["uf"], prefix="uf", drop_first=True, dtype=float)
    dummies = pd.concat([rows[X], months, states], axis=1)
    # A constant times two is no dummy, so these columns take the dense path.
    dense = pd.concat([rows[X], 2 * months, 2 * states], axis=1)
    for firth in (False, True):
        one = fit_hazard(rows["event"], dummies, cluster=rows["uf"].mod(4), firth=firth)
        other = fit_hazard(rows["event"], dense, cluster=rows["uf"].mod(4), firth=firth)
        factor = np.where(one.coef.index.isin(X), 1.0, 2.0)
        np.testing.assert_allclose(other.coef * factor, one.coef, rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(other.cov * np.outer(factor, factor), one.cov, rtol=1e-6, atol=1e-12)


def test_summary_uses_students_t_on_clusters_less_one(rows: pd.DataFrame) -> None:
    fit = fit_hazard(rows["event"], rows[X], cluster=rows["uf"])
    table = fit.summary(0.9)
    assert fit.df == 8
    assert list(table.columns) == ["coef", "stderr", "z", "p", "low", "high", "ratio", "ratio_low", "ratio_high"]
    np.testing.assert_allclose((table["high"] - table["coef"]) / table["stderr"], 1.8595, atol=1e-4)
    np.testing.assert_allclose(table["ratio"], np.exp(table["coef"]))


def test_predict_gives_missing_for_missing_and_for_unseen_baselines(rows: pd.DataFrame) -> None:
    fit = fit_hazard(rows["event"], rows[["x"]], baseline=rows["month"])
    new = pd.DataFrame({"x": [0.0, np.nan, 0.0]}, index=["a", "b", "c"])
    chance = fit.predict(new, baseline=pd.Series([2, 2, 99]))
    assert chance.isna().tolist() == [False, True, True]
    assert 0 < chance["a"] < 1
    with pytest.raises(ParameterError, match="baseline"):
        fit.predict(new)
    with pytest.raises(ParameterError, match="lacks the columns x"):
        fit.predict(new.rename(columns={"x": "y"}), baseline=pd.Series([2, 2, 2]))


def test_months_without_events_are_left_out_and_named(rows: pd.DataFrame) -> None:
    quiet = rows.assign(event=rows["event"].where(rows["month"] != 3, 0))
    fit = fit_hazard(quiet["event"], quiet[["x", "large"]], baseline=quiet["month"])
    without = quiet[quiet["month"] != 3]
    same = fit_hazard(without["event"], without[["x", "large"]], baseline=without["month"])
    assert fit.dropped_baseline == ("3",)
    assert fit.n == len(without)
    pd.testing.assert_series_equal(fit.coef, same.coef)


def test_incomplete_rows_are_dropped_only_on_request_and_counted(rows: pd.DataFrame) -> None:
    holes = rows[X].assign(x=rows["x"].where(rows["x"] < 1.5))
    missing = int(holes["x"].isna().sum())
    with pytest.raises(ParameterError, match=rf"x \({missing}\)"):
        fit_hazard(rows["event"], holes)
    fit = fit_hazard(rows["event"], holes, cluster=rows["uf"], missing="drop")
    assert fit.dropped_missing == missing
    complete = holes["x"].notna()
    same = fit_hazard(rows["event"][complete], holes[complete], cluster=rows["uf"][complete])
    pd.testing.assert_series_equal(fit.coef, same.coef)
    pd.testing.assert_frame_equal(fit.cov, same.cov)


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("firth", [False, True])
def test_no_events_or_nothing_else_is_refused(rows: pd.DataFrame, link: str, firth: bool) -> None:
    with pytest.raises(IdentificationError, match="No event in the 1,500 rows"):
        fit_hazard(np.zeros(len(rows)), rows[X], link=link, firth=firth)
    with pytest.raises(IdentificationError, match="All rows \\(1,500\\) are events"):
        fit_hazard(np.ones(len(rows)), rows[X], link=link, firth=firth)


@pytest.mark.parametrize("link", LINKS)
def test_a_dummy_without_events_is_named_as_separating(rows: pd.DataFrame, link: str) -> None:
    capital = (np.arange(len(rows)) % 100 == 0) & (rows["event"] == 0)
    table = rows[X].assign(capital=capital.astype(float))
    with pytest.raises(IdentificationError, match=rf"Separation: of the {capital.sum()} rows where capital is 1, none"):
        fit_hazard(rows["event"], table, link=link)
    fit = fit_hazard(rows["event"], table, link=link, firth=True)
    assert np.isfinite(fit.coef).all()
    assert fit.coef["capital"] < 0


@pytest.mark.parametrize("link", LINKS)
def test_separation_by_a_continuous_column_is_found(rows: pd.DataFrame, link: str) -> None:
    sure = rows[X].assign(index=rows["x"] + 100 * rows["event"])
    with pytest.raises(IdentificationError, match=r"Separation.*index"):
        fit_hazard(rows["event"], sure, link=link)
    assert np.isfinite(fit_hazard(rows["event"], sure, link="logit", firth=True).coef).all()


@pytest.mark.parametrize("link", LINKS)
def test_separation_by_the_reference_category_is_found(rows: pd.DataFrame, link: str) -> None:
    months = pd.get_dummies(rows["month"], prefix="month", drop_first=True, dtype=float)
    quiet = rows["event"].where(rows["month"] != 0, 0)
    with pytest.raises(IdentificationError, match="Separation"):
        fit_hazard(quiet, pd.concat([rows[X], months], axis=1), link=link)


def test_collinear_columns_are_named(rows: pd.DataFrame) -> None:
    with pytest.raises(IdentificationError, match=r"linearly dependent.*x, double"):
        fit_hazard(rows["event"], rows[X].assign(double=2 * rows["x"] - 1))
    months = pd.get_dummies(rows["month"], prefix="month", dtype=float)
    with pytest.raises(IdentificationError, match=r"More than one constant.*const; the dummies month_0 … month_5"):
        fit_hazard(rows["event"], pd.concat([rows[X], months], axis=1))
    with pytest.raises(IdentificationError, match="linearly dependent"):
        fit_hazard(rows["event"], rows[["x", "large"]].assign(month=rows["month"]), baseline=rows["month"])


def test_constants_beyond_the_one_a_model_has_room_for_are_refused(rows: pd.DataFrame) -> None:
    with pytest.raises(IdentificationError, match=r"More than one constant.*const; seven"):
        fit_hazard(rows["event"], rows[X].assign(seven=7.0))
    with pytest.raises(IdentificationError, match="Column nobody is zero in every row"):
        fit_hazard(rows["event"], rows[X].assign(nobody=0.0))
    with pytest.raises(IdentificationError, match="More than one constant"):
        fit_hazard(rows["event"], rows[X], baseline=rows["month"])


def test_one_constant_of_any_value_is_the_intercept(rows: pd.DataFrame) -> None:
    seven = fit_hazard(rows["event"], rows[["x", "large"]].assign(seven=7.0))
    const = fit_hazard(rows["event"], rows[X])
    assert seven.coef["seven"] * 7 == pytest.approx(const.coef["const"], rel=1e-10)
    assert seven.coef["x"] == pytest.approx(const.coef["x"], rel=1e-10)


def test_a_column_without_any_value_is_refused_whatever_the_policy(rows: pd.DataFrame) -> None:
    for policy in ("raise", "drop"):
        with pytest.raises(IdentificationError, match="Column hdi is missing in all rows \\(1,500\\)"):
            fit_hazard(rows["event"], rows[X].assign(hdi=np.nan), missing=policy)


def test_unusable_input_is_refused_with_what_was_found(rows: pd.DataFrame) -> None:
    with pytest.raises(ParameterError, match="link is 'log'"):
        fit_hazard(rows["event"], rows[X], link="log")
    with pytest.raises(ParameterError, match="y holds 2"):
        fit_hazard(rows["event"] * 2, rows[X])
    with pytest.raises(ParameterError, match="y has 10 rows and X has 1,500"):
        fit_hazard(rows["event"].head(10), rows[X])
    with pytest.raises(ParameterError, match="'uf' of X has the type str"):
        fit_hazard(rows["event"], rows[X].assign(uf="SP"))
    with pytest.raises(ParameterError, match="cluster is missing in 1 row;"):
        fit_hazard(rows["event"], rows[X], cluster=rows["uf"].astype(float).where(rows.index != 4))
    with pytest.raises(IdentificationError, match="single label"):
        fit_hazard(rows["event"], rows[X], cluster=np.zeros(len(rows)))
    with pytest.raises(ParameterError, match="twice in X: x"):
        fit_hazard(rows["event"], pd.concat([rows[X], rows[["x"]]], axis=1))
    with pytest.raises(ParameterError, match="level is 95"):
        fit_hazard(rows["event"], rows[X]).summary(95)


def test_inputs_are_left_as_they_were(rows: pd.DataFrame) -> None:
    before = rows.copy()
    fit_hazard(rows["event"], rows[X], cluster=rows["uf"], firth=True)
    pd.testing.assert_frame_equal(rows, before)


def test_very_rare_events_under_uneven_months_still_converge() -> None:
    # A month with one joining beside months with hundreds sent an unguarded Newton step astray.
    rng = np.random.default_rng(2)
    month = np.repeat(np.arange(12), 5000)
    rate = np.where(month == 0, 0.0002, np.where(month == 7, 0.2, 0.004))
    event = (rng.random(len(month)) < rate).astype(int)
    event[0] = 1
    dummies = pd.get_dummies(pd.Series(month), prefix="m", drop_first=True, dtype=float).assign(const=1.0)
    for link in LINKS:
        absorbed = fit_hazard(event, pd.DataFrame({"x": rng.normal(size=len(month))}), baseline=month, link=link)
        fit = fit_hazard(event, dummies, link=link)
        assert fit.iterations < 30
        assert absorbed.iterations < 30
        chance = fit.predict(dummies).groupby(month).mean()
        np.testing.assert_allclose(chance, pd.Series(event).groupby(month).mean(), rtol=1e-6)


def test_wald_test_of_one_term_is_its_own_test(rows: pd.DataFrame) -> None:
    fit = fit_hazard(rows["event"], rows[X], cluster=rows["uf"])
    assert fit.wald(["x"])["p"] == pytest.approx(fit.summary().loc["x", "p"], rel=1e-9)
    joint = fit.wald(["x", "large"])
    assert joint["df"] == 2
    assert 0 <= joint["p"] < 1

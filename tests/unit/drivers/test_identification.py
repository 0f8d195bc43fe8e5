"""What cannot be estimated: each model says so, names the column and what to do, or falls back on Firth's penalty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.drivers.adoption import fit_adoption
from redegov_analysis.drivers.event_history import fit_event_history
from redegov_analysis.drivers.survival import fit_cox
from redegov_analysis.drivers.windows import fit_windowed_history
from redegov_analysis.errors import IdentificationError

START, END = "2024-01-01", "2024-06-30"
Fit = Callable[..., Any]


@pytest.fixture(scope="module")
def places(municipalities: pd.DataFrame) -> pd.DataFrame:
    """A few states with complete covariates, in two regions."""
    inside = municipalities[municipalities["uf"].isin(["SC", "PR", "MS", "GO", "MT"])]
    return inside[inside["hdi_2010"].notna()].sort_values("ibge_code", ignore_index=True)


@pytest.fixture(scope="module")
def joined(places: pd.DataFrame) -> pd.Series:
    rng = np.random.default_rng(3)
    return pd.Series(rng.random(len(places)) < 0.3, index=places["ibge_code"].astype("str"))


@pytest.fixture(params=["adoption", "event history"])
def fit(request: pytest.FixtureRequest, places: pd.DataFrame, joined: pd.Series, pairs: pd.DataFrame) -> Fit:
    """Fit the same list, as a cross-section or month by month, with any further options."""
    events = pd.DataFrame({"ibge_code": joined.index, "joined_on": pd.Timestamp("2024-03-15")})
    spread = pd.to_timedelta(np.arange(len(joined)) % 90, unit="D")
    events["joined_on"] = (events["joined_on"] + spread).where(joined.to_numpy())

    def adoption(**options: Any) -> Any:
        return fit_adoption(options.pop("joined", joined), places, ("log10_population",), **options)

    def history(**options: Any) -> Any:
        given = options.pop("joined", joined)
        days = events.assign(joined_on=events["joined_on"].where(given.to_numpy()))
        return fit_event_history(days, places, pairs, START, END, ("log10_population",), **options)

    return adoption if request.param == "adoption" else history


def _column(joined: pd.Series, values: object) -> pd.DataFrame:
    return pd.DataFrame({"z": values}, index=joined.index)


def test_a_dummy_without_events_is_named_and_firth_keeps_it_finite(fit: Fit, joined: pd.Series) -> None:
    quiet = _column(joined, (~joined.to_numpy() & (np.arange(len(joined)) % 5 == 0)).astype(float))
    with pytest.raises(IdentificationError, match=r"rows where z is 1, none has an event.*firth=True"):
        fit(extra=quiet)
    table = fit(extra=quiet, firth=True).table()
    assert np.isfinite(table.loc["z", ["coef", "stderr"]].to_numpy(dtype=float)).all()
    assert table.loc["z", "coef"] < 0


@pytest.mark.parametrize("firth", [False, True])
def test_a_column_made_of_another_is_named_with_it(
    fit: Fit, joined: pd.Series, places: pd.DataFrame, firth: bool
) -> None:
    size = np.log10(places["population_2022"].to_numpy(dtype=float))
    with pytest.raises(IdentificationError, match=r"linearly dependent.*log10_population, z\. Leave one of them out"):
        fit(extra=_column(joined, 3 - 2 * size), firth=firth)


@pytest.mark.parametrize("firth", [False, True])
@pytest.mark.parametrize(
    ("value", "found"), [(1.0, "is 1 in"), (0.0, "is 0 in"), (3.5, r"is 3\.5 in"), (np.nan, "is missing in")]
)
def test_a_column_of_one_value_or_none_is_named(
    fit: Fit, joined: pd.Series, firth: bool, value: float, found: str
) -> None:
    with pytest.raises(IdentificationError, match=f"The covariate z {found} every municipality.*Leave it out"):
        fit(extra=_column(joined, np.full(len(joined), value)), firth=firth)


@pytest.mark.parametrize("firth", [False, True])
def test_without_events_there_is_nothing_to_estimate(fit: Fit, joined: pd.Series, firth: bool) -> None:
    with pytest.raises(IdentificationError, match=r"No event in|Nobody with complete covariates joined"):
        fit(joined=joined & False, firth=firth)


def test_windows_without_joinings_are_refused_too(joined: pd.Series, places: pd.DataFrame, pairs: pd.DataFrame) -> None:
    nobody = pd.DataFrame({"ibge_code": joined.index, "joined_after": pd.NaT, "joined_by": pd.NaT})
    with pytest.raises(IdentificationError, match="Nobody with complete covariates joined"):
        fit_windowed_history(nobody, places, pairs, START, END, ("log10_population",))


@pytest.mark.parametrize("ties", ["efron", "breslow", "exact"])
def test_cox_names_what_it_cannot_estimate(joined: pd.Series, ties: str) -> None:
    rng = np.random.default_rng(4)
    n = 60
    event = joined.to_numpy()[:n]
    x = rng.normal(size=n)
    time = np.where(event, rng.integers(1, 4, n), 4)

    def refused(**columns: object) -> str:
        with pytest.raises(IdentificationError) as error:
            fit_cox(time, event, pd.DataFrame({"x": x, **columns}), ties=ties)
        return str(error.value)

    assert "Separation" in refused(z=(~event & (np.arange(n) % 3 == 0)).astype(float))
    assert "linearly dependent, so their effects cannot be told apart: x, z" in refused(z=1 - 2 * x)
    assert "Constant in all rows: z" in refused(z=1.0)
    assert "Column z is missing in all rows (60)" in refused(z=np.nan)
    with pytest.raises(IdentificationError, match="No event in the 60 rows"):
        fit_cox(time, np.zeros(n), x, ties=ties)

"""Moran's I against esda, on homicide rates around Saint Louis."""

import json
from pathlib import Path

import pandas as pd
import pytest

from redegov_analysis.drivers.spatial import moran

DATA = Path(__file__).parent / "data"


def test_moran_matches_esda_on_homicide_rates() -> None:
    expected = json.loads((DATA / "moran_homicide.json").read_text(encoding="utf-8"))
    values = pd.Series(expected["values"])
    result = moran(values, expected["neighbours"])
    assert result == moran(expected["values"], expected["neighbours"])
    assert result == moran(list(expected["values"].values()), expected["neighbours"])
    assert result.n == 78
    assert pytest.approx(expected["I"], abs=1e-10) == result.I
    assert pytest.approx(expected["EI"], abs=1e-10) == result.EI
    assert result.z_norm == pytest.approx(expected["z_norm"], abs=1e-10)
    assert result.p_norm == pytest.approx(expected["p_norm"], abs=1e-10)
    assert pytest.approx(result.I, abs=1e-12) == moran(values.sample(frac=1, random_state=1), expected["neighbours"]).I


@pytest.mark.parametrize("name", ["CRIME", "HOVAL"])
def test_moran_matches_esda_on_columbus_under_both_moments(name: str) -> None:
    # Anselin's (1988) 49 neighbourhoods of Columbus, Ohio; esda 2.x, row-standardised contiguity.
    columbus = json.loads((DATA / "moran_columbus.json").read_text(encoding="utf-8"))
    result = moran(columbus["values"][name], columbus["neighbours"])
    expected = columbus["expected"][name]
    assert result.n == 49
    for key, value in expected.items():
        assert getattr(result, key) == pytest.approx(value, abs=1e-10), key

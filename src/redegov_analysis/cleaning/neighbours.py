"""Which municipalities share a border."""

from __future__ import annotations

import pandas as pd


def neighbour_pairs(raw: pd.DataFrame) -> pd.DataFrame:
    """Return each pair of municipalities that share a border once, the smaller code first.

    Parameters
    ----------
    raw
        The raw table `neighbours`: `ibge_code_a`, `ibge_code_b` in any order, `border_km`.

    Returns
    -------
    DataFrame
        `ibge_code_a` < `ibge_code_b`, `border_km` (kilometres), sorted by the codes. Islands stand in no pair.

    Examples
    --------
    >>> raw = pd.DataFrame({"ibge_code_a": ["2", "2"], "ibge_code_b": ["1", "3"], "border_km": [5.0, 7.5]})
    >>> neighbour_pairs(raw).to_numpy().tolist()
    [['1', '2', 5.0], ['2', '3', 7.5]]
    """
    left, right = raw["ibge_code_a"].astype("str"), raw["ibge_code_b"].astype("str")
    pairs = pd.DataFrame(
        {
            "ibge_code_a": left.where(left < right, right),
            "ibge_code_b": right.where(left < right, left),
            "border_km": pd.to_numeric(raw["border_km"]).astype("float64"),
        }
    )
    return pairs.sort_values(["ibge_code_a", "ibge_code_b"], ignore_index=True)

"""Several curves as one forecast, each weighted by how well it foresaw the totals."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from redegov_analysis.forecast.curves import Array
from redegov_analysis.forecast.shapes import SHAPES


def curve_weights(log_evidence: Mapping[str, float]) -> dict[str, float]:
    """Return the weight of each curve: its evidence times an equal prior vote of its family, shared within it.

    Parameters
    ----------
    log_evidence
        Log evidence by name of the curve.

    Returns
    -------
    dict
        Weight by name of the curve, in the order given; they add up to 1.

    Notes
    -----
    On newcomers, Bass with a free ceiling and logistic are the same model; as one family they are not counted twice.

    Examples
    --------
    >>> curve_weights({"bass": 0.0, "logistic": 0.0, "gompertz": 0.0})
    {'bass': 0.25, 'logistic': 0.25, 'gompertz': 0.5}
    """
    family = {name: SHAPES[name].family for name in log_evidence}
    members = {one: sum(other == one for other in family.values()) for one in family.values()}
    logs = np.array([value - np.log(members[family[name]]) for name, value in log_evidence.items()])
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    return {name: float(weight) for name, weight in zip(log_evidence, weights, strict=True)}


def shares_of(total: int, weights: Array) -> list[int]:
    """Split `total` draws in proportion to the weights, by largest remainder.

    Parameters
    ----------
    total
        How many draws there are.
    weights
        Shape (curves,), adding up to 1.

    Returns
    -------
    list
        Whole numbers that add up to `total`, one per weight; of equal remainders the first goes up.

    Examples
    --------
    >>> shares_of(10, np.array([0.25, 0.25, 0.5]))
    [3, 2, 5]
    """
    exact = total * np.asarray(weights)
    parts = np.floor(exact).astype(int)
    order = np.argsort(-(exact - parts), kind="stable")
    parts[order[: total - int(parts.sum())]] += 1
    return [int(part) for part in parts]

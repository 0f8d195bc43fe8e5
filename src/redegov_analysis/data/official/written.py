"""Values as the raw tables write them, and whether two written cells say the same."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from redegov_analysis.data.official.download import SourceError
from redegov_analysis.data.resources import Column


@dataclass(frozen=True)
class Digits:
    """How a column writes its numbers: the most decimals in it, and whether whole ones end in `.0`."""

    decimals: int
    points: bool

    @staticmethod
    def of(cells: Iterable[str]) -> Digits:
        """Return how these cells, all of one column, are written."""
        decimals, points = 0, False
        for cell in cells:
            _, point, behind = cell.partition(".")
            points = points or behind == "0"
            decimals = max(decimals, len(behind.rstrip("0"))) if point else decimals
        return Digits(decimals, points)


def cell_text(value: Any, column: Column, digits: Digits | None = None) -> str:
    """Return a value as the raw tables write it, a number as the other cells of its column where `digits` tells how."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return ""
    match column.type:
        case "boolean":
            return "1" if value else "0"
        case "integer":
            if value != int(value):
                raise SourceError("found {value!r} for {name}, expected a whole number.", value=value, name=column.name)
            return str(int(value))
        case "number":
            text = repr(float(value) if digits is None else round(float(value), digits.decimals))
            return text.removesuffix(".0") if digits is not None and not digits.points else text
        case "date":
            return pd.Timestamp(value).date().isoformat()
        case _:
            return str(value)


def same_cell(before: str, after: str, column: Column, decimals: int) -> bool:
    """Return whether two cells say the same: both missing, the same text, or figures equal to so many decimals."""
    if before == after or (before in column.missing and after in column.missing):
        return True
    if before in column.missing or after in column.missing or column.type != "number":
        return False
    # Half a unit of the coarser side's last digit, and the hair by which binary fractions miss it.
    return abs(float(before) - float(after)) <= 0.5 * 10.0**-decimals * (1 + 1e-6)

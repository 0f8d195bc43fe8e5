"""Every published number, held against a frozen truth: `truth.json` beside this file.

Each sentence of each report stands there with its value and interval, and each table behind a report with a few figures
that change when any cell does. What moved is listed, before and now. To move it on purpose:

    REDEGOV_RENEW_SNAPSHOTS=1 .venv/bin/python -m pytest tests/end_to_end/test_truth.py

then read the difference of `truth.json` and tell readers of it in CHANGELOG.md, with both values.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from snapshots import RENEW

if TYPE_CHECKING:
    from conftest import Site

TRUTH = Path(__file__).with_name("truth.json")
DIGITS = 6
NAMING = ("code", "suggestion", "line")
"""Ends of the names of columns whose numbers are names: each digit of them counts."""

CLOSE = 2e-5
"""Other versions of the libraries and other processors may round otherwise; nobody reads a number that closely."""


def _rounded(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else float(f"{value:.{DIGITS}g}")


def _column(column: pd.Series[Any]) -> list[Any]:
    """Return how many cells there are, their mean, and the mean in which later rows count more; or a digest of text."""
    if not pd.api.types.is_numeric_dtype(column) or str(column.name).endswith(NAMING):
        return [int(column.notna().sum()), hashlib.sha256("\n".join(map(str, column)).encode()).hexdigest()[:12]]
    numbers = column.to_numpy(float)
    there = ~np.isnan(numbers)
    weights = np.arange(1.0, len(numbers) + 1)[there]
    if not there.any():
        return [0]
    return [
        int(there.sum()),
        _rounded(float(numbers[there].mean())),
        _rounded(float(np.average(numbers[there], weights=weights))),
    ]


def told(site: Site) -> dict[str, dict[str, Any]]:
    """Return all that a site states, by report and statement, and its tables, by report and item."""
    found: dict[str, dict[str, Any]] = {}
    for job in site.manifest["jobs"]:
        for said in job["page"]["statements"]:
            numbers = [_rounded(said[name]) for name in ("value", "low", "high")]
            found[f"{job['name']}: {said['id']}"] = {
                "evidence": said["evidence"],
                "numbers": numbers,
                "sentence": said["sentence"],
            }
        for path in sorted((site.folder / "data" / job["name"]).glob("*.csv")):
            frame = pd.read_csv(path)
            columns = {str(name): _column(frame[name]) for name in frame.columns}
            found[f"{job['name']}: {path.name}"] = {"rows": len(frame), **columns}
    return found


def _same(known: Any, now: Any) -> bool:
    if isinstance(known, float) and isinstance(now, float):
        return math.isclose(known, now, rel_tol=CLOSE, abs_tol=1e-9)
    if isinstance(known, list) and isinstance(now, list):
        return len(known) == len(now) and all(map(_same, known, now))
    return bool(known == now)


def moved(known: dict[str, dict[str, Any]], now: dict[str, dict[str, Any]]) -> list[str]:
    """Return what differs between two states of the truth, a line for each part: place, before, now."""
    lines = []
    for place in sorted(known.keys() | now.keys()):
        before, after = known.get(place, {}), now.get(place, {})
        lines += [
            f"{place}, {part}: {before.get(part)} → {after.get(part)}"
            for part in dict.fromkeys([*before, *after])
            if not _same(before.get(part), after.get(part))
        ]
    return lines


def _written(truth: dict[str, dict[str, Any]]) -> str:
    """Return the truth as JSON with a line for each statement and table, so that a difference can be read."""
    lines = (f"  {json.dumps(place)}: {json.dumps(truth[place], ensure_ascii=False)}" for place in sorted(truth))
    return "{\n" + ",\n".join(lines) + "\n}\n"


def test_no_published_number_moves_in_silence(site: Site) -> None:
    now = told(site)
    if os.environ.get(RENEW) == "1":
        TRUTH.write_text(_written(now), encoding="utf-8")
    known = json.loads(TRUTH.read_text(encoding="utf-8"))
    assert TRUTH.read_text(encoding="utf-8") == _written(known), "renewed by this test alone"
    lines = moved(known, now)
    assert not lines, "published numbers moved; if on purpose, see the head of this file:\n" + "\n".join(lines)


def test_truth_is_of_all_reports_and_states(site: Site) -> None:
    known = json.loads(TRUTH.read_text(encoding="utf-8"))
    assert {place.split(": ")[0] for place in known} == {job["name"] for job in site.manifest["jobs"]}
    assert sum("sentence" in one for one in known.values()) > 70
    assert sum("rows" in one for one in known.values()) > 150


@pytest.mark.parametrize("position", [0, 3])
def test_one_cell_that_changes_moves_the_truth(position: int) -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0, np.nan], "b": ["x", "y", "z", "ç"]})
    changed = frame.copy()
    changed.loc[position, "a"] = 1.01
    changed.loc[position, "b"] = "w"
    swapped = frame.iloc[::-1]
    for other in (changed, swapped):
        for name in frame.columns:
            assert not _same(_column(frame[name]), _column(other[name])), name

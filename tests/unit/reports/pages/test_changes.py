"""What is new is told in the reader's words: numbers with their unit and interval, as on their own pages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from redegov_analysis.reports.jobs import Imprint
from redegov_analysis.reports.pages.changes import changes_page, summary
from redegov_analysis.reports.text import Text

T = Text("en")
IMPRINT = Imprint("2025-12-08", "0.1.0", "0123456789abcdef")


def stated(value: Any, unit: str | None = None, low: Any = None, high: Any = None, level: Any = None) -> dict[str, Any]:
    return {
        "value": value,
        "unit": unit,
        "low": low,
        "high": high,
        "level": level,
        "numeral": None,
        "sentence": "It is so.",
    }


CASES = {
    "share": (stated(0.25, "share (0 to 1)"), "25"),
    "probability": (stated(0.8, "probability"), "80"),
    "people": (stated(151_200_000.0, "people"), "151.2 million"),
    "few people": (stated(2500.0, "people"), "2,500"),
    "odds": (stated(12.34, "odds ratio"), "12.3"),
    "slope": (stated(1.234, "municipalities per month"), "1.23"),
    "count": (stated(2500, "municipalities", 2400, 2600), "2,500 (2,400 to 2,600)"),
    "interval": (stated(2500, "municipalities", 2400, 2600, 0.9), "2,500 (2,400 to 2,600, 90"),
    "words": (stated("logistic"), "logistic"),
    "numeral": ({**stated(None), "numeral": "40% to 60%"}, "40% to 60%"),
    "nothing": (stated(None), "–"),
}


def _record(**parts: Any) -> dict[str, Any]:
    nothing: dict[str, Any] = {part: [] for part in ("totals", "statements", "items", "tables", "pages", "edition")}
    return {"run_id": "b", "made_on": "2026-11-24", "first": False, "since": "2026-11-23", **nothing, **parts}


def test_each_number_is_told_with_its_unit_and_its_interval(tmp_path: Path) -> None:
    statements = [
        {"page": "a.html", "title": "A", "id": name, "evidence": "published", "before": None, "now": one}
        for name, (one, _) in CASES.items()
    ]
    page = changes_page([_record(statements=statements)], [], tmp_path, T, IMPRINT)
    told = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    for name, (_, words) in CASES.items():
        assert words in told, name


def test_a_run_that_changed_no_number_says_what_it_changed() -> None:
    assert summary(_record(), T) == "The text or the methods changed."
    assert summary(_record(first=True), T) == "First run: there is nothing to compare it with."
    assert summary(_record(pages=[{}, {}]), T) == "New or changed: pages: 2."

"""Figures that pages quote of the benchmarks are those of the benchmarks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
BENCHMARKS = (DOCS / "benchmarks.md").read_text(encoding="utf-8")
QUOTING = ("model-card.md", "methodology.md")
NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")


def _quoted(page: str) -> list[tuple[str, str]]:
    """The address that each row of a page's table of results links to, and what the row says was found."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(r"^\| \[[^]]+\]\(benchmarks\.md#([\w-]+)\)[^|]*\|(.+)$", text, flags=re.MULTILINE)


def _sections() -> dict[str, set[str]]:
    """The numbers in each section of the benchmarks, by the section's address."""
    _, *found = re.split(r"^#{2,} (.+)$", BENCHMARKS, flags=re.MULTILINE)
    addresses = (re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-") for heading in found[::2])
    return {address: set(NUMBER.findall(text)) for address, text in zip(addresses, found[1::2], strict=True)}


@pytest.mark.parametrize("page", QUOTING)
def test_a_quoted_figure_stands_in_the_section_of_the_benchmarks_that_its_row_links_to(page: str) -> None:
    sections, rows = _sections(), _quoted(page)
    assert len(rows) == 5
    for address, found in rows:
        assert set(NUMBER.findall(found)) <= sections[address], (page, found)


@pytest.mark.parametrize("page", QUOTING)
def test_the_forecasts_coverage_is_quoted_from_the_paths_that_measure_it_best(page: str) -> None:
    measured = BENCHMARKS.split("On 2,000 fresh\n", 1)[1]
    half_year, year = (row.split(" | ") for row in re.findall(r"^\| \d+ \|.*$", measured, re.MULTILINE)[:2])
    for column in (3, 4):  # 50 % covers, 90 % covers
        assert f"{half_year[column].removesuffix(' %')} and {year[column]}" in _quoted(page)[0][1]

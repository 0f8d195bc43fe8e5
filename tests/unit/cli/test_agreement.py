"""What a list says against what is published is told line by line, each fact in its own words."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from redegov_analysis import find_project
from redegov_analysis.cleaning.membership import read_membership
from redegov_analysis.cli import agreement

DAY = dt.date(2026, 2, 27)


def _lines(folder: Path, rows: str, most: int) -> list[str]:
    path = folder / "lista.csv"
    path.write_text(f"Município;UF;Data de adesão\n{rows}", encoding="utf-8")
    table = read_membership(path, DAY)
    return agreement.agreement_lines(replace(table, members=table.members.head(most)), DAY, find_project())


def test_each_fact_that_a_short_list_contradicts_is_told_in_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGUAGE", "en")
    rows = "Campinas;SP;05/03/2021\nSantos;SP;01/12/2023\n"
    few = _lines(tmp_path, rows, 2)
    assert len(few) == agreement.MOST_SHOWN + 2
    monkeypatch.setattr(agreement, "MOST_SHOWN", 1000)
    told = "\n".join(_lines(tmp_path, rows, 2))
    assert "people, in millions: published 100.0 to 100.5, on the list" in told
    assert "municipalities of Alagoas: published at least 52, on the list 0" in told
    assert "capitals: published" in told
    assert few[-1] == f"  … and {told.count(chr(10)) - 8:,} more"


def test_a_list_without_members_is_held_against_nothing(tmp_path: Path) -> None:
    assert _lines(tmp_path, "Campinas;SP;05/03/2021\n", 0) == []

"""The raw tables are remembered by digests of their rows: enough to count what came, went and changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redegov_analysis.project import Project
from redegov_analysis.reports.pages.ledger import changed_tables, changed_totals, compared, ledger_text, read_ledger

ROOT = Path(__file__).resolve().parents[4]


def _project(root: Path, members: str, milestones: str = "date,municipalities\n2025-12-08,2500\n") -> Project:
    raw = root / "data" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    (raw / "members.csv").write_text(members)
    (raw / "milestones.csv").write_text(milestones)
    resources = [
        {"name": "members", "title": "Members", "title_pt": "Integrantes", "path": "data/raw/members.csv",
         "schema": {"primaryKey": ["code"]}},
        {"name": "milestones", "path": "data/raw/milestones.csv", "schema": {"primaryKey": "date"}},
    ]  # fmt: skip
    (root / "datapackage.json").write_text(json.dumps({"name": "redegov-analysis", "resources": resources}))
    return Project(root)


def test_rows_that_came_went_and_changed_are_counted(tmp_path: Path) -> None:
    before = read_ledger(_project(tmp_path, "code,people\n1,10\n2,20\n3,30\n"))
    now = read_ledger(_project(tmp_path, "code,people\n1,10\n2,21\n4,40\n5,50\n"))
    (changed,) = changed_tables(before, now)
    assert (changed["name"], changed["rows"]) == ("members", 4)
    assert (changed["added"], changed["removed"], changed["changed"]) == (2, 1, 1)
    assert changed["title"] == {"en": "Members", "pt-BR": "Integrantes"}
    assert changed_tables(now, now) == []


def test_rows_in_another_order_have_not_changed(tmp_path: Path) -> None:
    before = read_ledger(_project(tmp_path, "code,people\n1,10\n2,20\n"))
    now = read_ledger(_project(tmp_path, "people,code\n20,2\n10,1\n"))
    assert changed_tables(before, now) == []


def test_a_new_total_is_named_and_one_that_is_gone_too(tmp_path: Path) -> None:
    before = read_ledger(_project(tmp_path, "code\n1\n"))
    now = read_ledger(_project(tmp_path, "code\n1\n", "date,municipalities\n2026-03-01,2700\n"))
    assert [(one["change"], one["date"], one["municipalities"]) for one in changed_totals(before, now)] == [
        ("added", "2026-03-01", "2700"),
        ("removed", "2025-12-08", "2500"),
    ]


def test_what_is_remembered_of_the_real_tables_is_small_and_the_same_each_time() -> None:
    first = ledger_text(read_ledger(Project(ROOT)))
    assert first == ledger_text(read_ledger(Project(ROOT)))
    assert len(first) < 600_000
    assert json.loads(first)["tables"]["municipalities"]["rows"] == 5571


def test_a_table_that_is_missing_is_left_to_the_checks(tmp_path: Path) -> None:
    project = _project(tmp_path, "code\n1\n")
    (project.raw / "members.csv").unlink()
    assert list(read_ledger(project)["tables"]) == ["milestones"]


ROWS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=12)


@given(ROWS, ROWS)
def test_counts_always_add_up(before: list[tuple[int, int]], now: list[tuple[int, int]]) -> None:
    counts = compared(before, now)
    assert min(counts.values()) >= 0
    assert len(now) - len(before) == counts["added"] - counts["removed"]


@pytest.mark.parametrize("rows", [[], [("SP", 1), ("SP", 1)]])
def test_nothing_differs_from_itself(rows: list[tuple[str, int]]) -> None:
    assert set(compared(rows, rows).values()) == {0}

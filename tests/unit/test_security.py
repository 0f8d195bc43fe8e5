"""What SECURITY.md and docs/assumptions.md say is tested is tested."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tests() -> set[str]:
    return {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }


@pytest.mark.parametrize("name", ["SECURITY.md", "docs/assumptions.md"])
def test_every_defence_names_tests_that_exist(name: str, tests: set[str]) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)`", text))
    assert len(named) >= 8
    assert named <= tests
    for row in re.findall(r"^\|.*\|$", text.partition("Tested by")[2], re.MULTILINE)[1:]:
        assert "`test_" in row.rsplit("|", 2)[1], f"{name} claims a defence that no test holds: {row[:60]}"

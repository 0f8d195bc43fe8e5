"""The arrows of docs/architecture.md, held against the code's own imports."""

from __future__ import annotations

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "redegov_analysis"
MAY_IMPORT = {
    "data": {"data"},
    "cleaning": {"data", "cleaning"},
    "drivers": {"data", "cleaning", "drivers"},
    "forecast": {"data", "cleaning", "drivers", "forecast"},
    "reports": {"data", "cleaning", "drivers", "forecast", "reports"},
}
ORDER = ("content", "pages", "running", "cluster", "site")
"""The rooms within `reports`: none imports one that stands after it."""

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def _imported_modules(path: Path) -> set[str]:
    """Return the package's modules that a module imports anywhere, for types only or not, as dotted names."""
    known = {_dotted(other) for other in PACKAGE.rglob("*.py")}
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names & known


def _dotted(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)


def _imported_rooms(path: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "redegov_analysis" and len(parts) > 1:
                rooms.add(parts[1])
    return rooms


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_data_only_moves_to_the_right(room: str) -> None:
    shared = {"errors", "evidence", "language", "project", "__version__"}
    for path in (PACKAGE / room).rglob("*.py"):
        assert _imported_rooms(path) <= MAY_IMPORT[room] | shared, path


def test_reports_are_shown_put_on_pages_run_and_published_in_that_order() -> None:
    reports = PACKAGE / "reports"
    for place, name in enumerate(ORDER):
        later = {f"redegov_analysis.reports.{other}" for other in ORDER[place + 1 :]}
        for path in (reports / name).rglob("*.py"):
            assert not [module for module in _imported_modules(path) if module.startswith(tuple(later))], path


def test_nothing_imports_the_command_line() -> None:
    for path in PACKAGE.rglob("*.py"):
        if "cli" not in path.relative_to(PACKAGE).parts[0]:
            assert "cli" not in _imported_rooms(path), path


def test_no_modules_import_each_other_in_a_circle() -> None:
    modules = [path for path in PACKAGE.rglob("*.py") if path.stem != "__init__"]
    TopologicalSorter({_dotted(path): _imported_modules(path) for path in modules}).prepare()  # raises CycleError


def test_there_is_no_drawer_for_odds_and_ends() -> None:
    assert not [path for path in PACKAGE.rglob("*.py") if path.stem in {"utils", "helpers", "misc", "common"}]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_tells_the_story_and_defines_nothing(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert not cell.outputs, "outputs are stripped before a commit: make format"
            assert cell.source.count("\n") < 40, "no cell is longer than a screen"
            kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
            assert not [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, kinds)]
    assert [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]


def test_every_dotted_name_of_the_architecture_exists() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    modules = {path.stem: path for path in PACKAGE.rglob("*.py")}
    told = [name.split(".") for name in re.findall(r"`([a-z_]+(?:\.[a-z_]+)+)\b", text)]
    files = {"json", "xml", "html"}
    named = [(one[-2], one[-1]) for one in told if one[-2] in modules and one[-1] not in modules.keys() | files]
    assert len(named) > 10
    for module, name in named:
        sources = [path.read_text(encoding="utf-8") for path in PACKAGE.rglob(f"{module}.py")]
        begins = rf"^(?:def |class |from \S+ import .*\b| {{4}})?{name}\b"
        assert any(re.search(begins, one, re.MULTILINE) for one in sources), (module, name)

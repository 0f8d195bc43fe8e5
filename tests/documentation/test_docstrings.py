"""What may be called says what it takes, what it gives back, and what it refuses."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "redegov_analysis"
SECTION = re.compile(r"^(Parameters|Attributes|Returns|Yields|Raises|References|Notes|Examples)\n-+\n", re.MULTILINE)
DOORS = re.compile(r"^::: redegov_analysis\.(\S+)$", re.MULTILINE)


def documented_modules() -> list[str]:
    """Every module that the reference shows, and all that stand in cleaning, drivers and forecast."""
    pages = "\n".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "reference").glob("*.md"))
    shown = {f"{name.replace('.', '/')}.py" for name in DOORS.findall(pages)}
    rooms = {
        path.relative_to(PACKAGE).as_posix()
        for room in ("cleaning", "drivers", "forecast")
        for path in (PACKAGE / room).glob("*.py")
    }
    return sorted(shown | rooms)


def sections(docstring: str) -> dict[str, str]:
    """The parts of a docstring by their headings; what stands before the first is under the empty one."""
    opening, *parts = SECTION.split(docstring)
    return {"": opening, **dict(zip(parts[::2], parts[1::2], strict=True))}


def names_in(section: str) -> set[str]:
    """The names that a section explains: those at the margin, with something indented below."""
    told = re.findall(r"^(\*{0,2}\w+(?:, \*{0,2}\w+)*)(?: : .*)?\n(?=    \S)", section, re.MULTILINE)
    return {name.strip("* ") for line in told for name in line.split(",")}


def is_public(node: ast.AST) -> TypeGuard[ast.ClassDef | ast.FunctionDef]:
    return isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_")


def shortcomings(node: ast.ClassDef | ast.FunctionDef, path: str = "") -> Iterator[str]:
    """What the docstrings of a function, or of a class and all that it holds, do not say."""
    path = f"{path}{node.name}"
    told = sections(ast.get_docstring(node) or "")
    if not told[""].strip():
        yield f"{path}: says nothing"
    if isinstance(node, ast.ClassDef):
        yield from (f"{path}: field {name}" for name in undescribed_fields(node, told))
        for inner in filter(is_public, node.body):
            yield from shortcomings(inner, f"{path}.")
        return
    if is_property(node):
        return
    given = node.args
    taken = [*given.posonlyargs, *given.args, *given.kwonlyargs, *filter(None, (given.vararg, given.kwarg))]
    parameters = {one.arg for one in taken} - {"self", "cls"}
    yield from (f"{path}: parameter {name}" for name in sorted(parameters - names_in(told.get("Parameters", ""))))
    yield from (f"{path}: no parameter {name}" for name in sorted(names_in(told.get("Parameters", "")) - parameters))
    result = ast.unparse(node.returns) if node.returns else "None"
    if result not in {"None", "NoReturn", "Never"} and not {"Returns", "Yields"} & set(told):
        yield f"{path}: what it returns ({result})"
    explained = names_in(told.get("Raises", ""))
    yield from (f"{path}: raises {name}" for name in sorted(raised_by(node)) if not tells_of(name, explained))


def is_property(node: ast.FunctionDef) -> bool:
    """Whether it is read like a field, so that its sentence is all there is to say."""
    return any("property" in ast.unparse(one) for one in node.decorator_list)


def undescribed_fields(node: ast.ClassDef, told: dict[str, str]) -> Iterator[str]:
    """The fields of a class that neither its attributes nor a string below them explain."""
    described = names_in(told.get("Attributes", "") + told.get("Parameters", ""))
    for field, after in zip(node.body, [*node.body[1:], None], strict=True):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and not field.target.id.startswith("_")
        ):
            explained = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            if field.target.id not in described and not explained:
                yield field.target.id


def raised_by(node: ast.FunctionDef) -> set[str]:
    """The errors that a function raises, by name, or by that of the function which words them.

    One that is caught and raised again stands under a variable, and is not of the function itself.
    """
    thrown = [one.exc for one in ast.walk(node) if isinstance(one, ast.Raise) and one.exc is not None]
    calls = {ast.unparse(one.func).split(".")[-1] for one in thrown if isinstance(one, ast.Call)}
    classes = {ast.unparse(one).split(".")[-1] for one in thrown if not isinstance(one, ast.Call)}
    return calls | {name for name in classes if name[0].isupper()}


def tells_of(name: str, explained: set[str]) -> bool:
    """Whether a class of errors is among those explained; of one that a function words, whether any is."""
    return name in explained if name[0].isupper() else bool(explained)


def shown_by(module: str) -> Iterator[ast.ClassDef | ast.FunctionDef]:
    """What a module defines for others, and what it hands on from other modules under `__all__`."""
    tree = parsed(module)
    yield from filter(is_public, tree.body)
    listed = {
        name
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        for name in ast.literal_eval(node.value)
    }
    for node in tree.body:
        taken = {one.name for one in node.names} & listed if isinstance(node, ast.ImportFrom) else set()
        if taken:
            source = parsed(f"{node.module.removeprefix('redegov_analysis.').replace('.', '/')}.py")
            yield from (one for one in filter(is_public, source.body) if one.name in taken)


def parsed(module: str) -> ast.Module:
    return ast.parse((PACKAGE / module).read_text(encoding="utf-8"))


@pytest.mark.parametrize("module", documented_modules())
def test_what_may_be_called_says_what_it_takes_and_gives(module: str) -> None:
    assert [short for node in shown_by(module) for short in shortcomings(node)] == []

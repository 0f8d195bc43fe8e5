"""What the documents tell a newcomer to type works, typed in the order of the page, in a copy of the project."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata, util
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from documented import PAGES, ROOT, blocks, in_sentences
from redegov_analysis.cli import program
from redegov_analysis.errors import ParameterError
from redegov_analysis.reports.jobs import plan
from redegov_analysis.reports.parameters import read_schema
from redegov_analysis.reports.settings import read_settings

if TYPE_CHECKING:
    from conftest import Site

TYPED_HERE = {"bash", "python"}
HELD = {"sh", "toml"}
"""Commands that need another machine, which their own parsers read, and a schema, which the package reads."""
SHOWN = {"text", "bibtex", "json", "yaml"}
"""Blocks to read, not to type: a drawing, a file."""

ELSEWHERE = {
    "make test": "tests/end_to_end/test_documented_commands.py::test_a_page_can_be_typed_as_it_stands",
    "make lab": "tests/notebooks/test_explore.py::lab",
    ".venv/bin/papermill notebooks/04_growth_forecast.ipynb out.ipynb -p horizon_months 24": (
        "tests/notebooks/test_by_hand.py::_by_hand"
    ),
    ".venv/bin/redegov run --membership list.csv --snapshot-date 2026-02-27 --states AC --output trial": (
        "tests/end_to_end/conftest.py::simulated_site"
    ),
}
"""What is not typed here, and what types it: the suite cannot run inside itself, a server does not end, and what takes
a minute is not done twice. Each takes the words from the page (`documented.told`), so that none can drift from it."""

IN_PART = {".venv/bin/redegov run --membership made-up-list.csv": "02_network_overview"}
"""Runs that are typed where one notebook stands: the others have tests of their own with lists as small."""

TYPED_ONCE = (
    "make ", ".venv/bin/redegov run", ".venv/bin/redegov data", ".venv/bin/redegov doctor", ".venv/bin/python -m",
)  # fmt: skip
"""Beginnings of commands that are typed once, though several pages tell them: no later line needs what they write."""

PLACEHOLDERS = {"FILE": "pyproject.toml", "ARQUIVO": "pyproject.toml", "DATE": "2026-02-27", "DATA": "2026-02-27"}


TYPED = [
    page for page in PAGES if page != "README.pt-BR.md" and any(one.language in TYPED_HERE for one in blocks(page))
]


@pytest.fixture(scope="session")
def published(site: Site) -> Path:
    """The runs beside which the newcomer's are written, so that what has not changed is reused."""
    return site.folder.parent


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, published: Path) -> Path:
    """A copy of what a clone holds, with the environment of this suite and a report made before."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    home = tmp_path_factory.mktemp("newcomer") / "redegov-analysis"
    for name in names:
        if name and (ROOT / name).is_file():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, home / name)
    (home / ".venv").symlink_to(sys.prefix)
    shutil.copytree(published, home / "reports", symlinks=True)
    return home


@pytest.fixture
def clone(home: Path) -> Iterator[Path]:
    """The copy, without the files and lists that an earlier page made; pages that two of them make are made once."""
    before = set(home.iterdir())
    yield home
    for path in home.iterdir():
        if path.is_file() and path not in before:
            path.unlink()
    shutil.rmtree(home / "data" / "raw" / "membership", ignore_errors=True)


def typed(command: list[str], home: Path, text: str | None = None) -> str:
    """Type a command, which has to succeed, and return what it says."""
    # The environment's package is that of the checkout; what a command writes into the package goes to the copy.
    kept = {key: value for key, value in os.environ.items() if key not in {"REDEGOV_HOME", "MAKEFLAGS", "MAKELEVEL"}}
    kept |= {"PYTHONPATH": str(home / "src"), "LANGUAGE": "en"}
    done = subprocess.run(
        command, cwd=home, env=kept, input=text, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, f"{text or command}\n{done.stdout}\n{done.stderr}"
    return _without_numbers(done.stdout)


def _without_numbers(text: str) -> str:
    return re.sub(r"\d[\d,.]*", "#", text)


def test_every_block_says_what_it_is() -> None:
    for page in PAGES:
        for block in blocks(page):
            assert block.language in TYPED_HERE | HELD | SHOWN, (page, block)
            if block.language == "text":
                assert not re.search(r"^(\.venv/bin/|redegov |python |pip |dask |make )", block.text, re.MULTILINE), (
                    page
                )


def test_what_is_typed_elsewhere_is_taken_from_the_page_there() -> None:
    lines = {line for page in PAGES for block in blocks(page) if block.language == "bash" for line in block.commands}
    assert set(ELSEWHERE) <= lines
    for command, test in ELSEWHERE.items():
        file, _, name = test.partition("::")
        body = (ROOT / file).read_text(encoding="utf-8").split(f"def {name}(")[1].split("\ndef ")[0]
        assert command == "make test" or "told(" in body, command


def test_both_languages_of_the_readme_tell_the_same_commands() -> None:
    english, portuguese = (
        [line for block in blocks(page) if block.language == "bash" for line in block.commands]
        for page in ("README.md", "README.pt-BR.md")
    )
    assert portuguese == english


@pytest.mark.parametrize("page", TYPED)
def test_a_page_can_be_typed_as_it_stands(page: str, clone: Path) -> None:
    said = ""
    for block in blocks(page):
        if block.language == "python":
            typed([".venv/bin/python", "-"], clone, block.text)
        elif block.language == "bash":
            lines = [line for line in block.text.splitlines() if not _elsewhere(line) and line not in _TYPED_BEFORE]
            part = [kept for beginning, kept in IN_PART.items() if any(line.startswith(beginning) for line in lines)]
            aside = [one for one in (clone / "notebooks").glob("0*") if part and not one.name.startswith(part[0])]
            for one in aside:
                one.rename(clone / one.name)
            said = typed(["bash", "-euo", "pipefail", "-s"], clone, "\n".join(lines) + "\n")
            for one in aside:
                (clone / one.name).rename(one)
            _TYPED_BEFORE.update(line for line in lines if line.startswith(TYPED_ONCE))
        elif block.language == "text" and said:
            assert all(line in said for line in _without_numbers(block.text).splitlines()), (block.text, said)


_TYPED_BEFORE: set[str] = set()


def _elsewhere(line: str) -> bool:
    return re.sub(r"\s{2,}#.*$", "", line).rstrip() in ELSEWHERE


HELD_COMMANDS = sorted(
    {(page, command) for page in PAGES for command in in_sentences(page)}
    | {(page, line) for page in PAGES for block in blocks(page) if block.language == "sh" for line in block.commands}
    | {("make", command) for command in ELSEWHERE if command.startswith("make ")}
)


@pytest.mark.parametrize("page", sorted({page for page, _ in HELD_COMMANDS}))
def test_a_command_in_a_sentence_is_one_that_its_program_takes(page: str) -> None:
    for where, command in HELD_COMMANDS:
        if where == page:
            words = [PLACEHOLDERS.get(word, word) for word in shlex.split(command)]
            while "=" in words[0]:
                del words[0]
            try:
                _HOLDERS[Path(words[0]).name](words[1:])
            except (click.ClickException, AssertionError, StopIteration) as error:
                pytest.fail(f"{page}: `{command}`: {error!r}")


def _redegov(arguments: list[str]) -> None:
    """Parse a command as the program does, and stop where it would begin to work."""
    words = ["doctor" if word == "…" else word for word in arguments]  # any command will do
    group: click.Command = program
    context = group.make_context("redegov", words)
    while isinstance(group, click.Group):
        name, command, rest = group.resolve_command(context, [*context._protected_args, *context.args])
        assert command is not None, name
        try:
            group, context = command, command.make_context(name, rest, parent=context)
        except click.MissingParameter:
            assert not rest, "some of what it needs, and not all"
            return  # only its name was mentioned
    if settings := context.params.get("settings"):
        plan(ROOT / "notebooks", language="en", as_of="", states=[], settings=read_settings(settings))


def _make(arguments: list[str]) -> None:
    kept = {key: value for key, value in os.environ.items() if key not in {"MAKEFLAGS", "MAKELEVEL"}}
    done = subprocess.run(
        ["make", "--dry-run", *arguments], cwd=ROOT, env=kept, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert all(word.partition("=")[2] in done.stdout for word in arguments), "a variable that no command uses"


def _python(arguments: list[str]) -> None:
    words = iter(arguments)
    first = next(words)
    if first == "-m":
        assert util.find_spec(next(words)), arguments
    else:
        source = (ROOT / first).read_text(encoding="utf-8")
        compile(source, first, "exec")
        assert all(f'"{word}"' in source for word in arguments[1:] if word.islower() and word[0] != "-")
    assert all((ROOT / word).exists() for word in words if word.startswith("tests/"))


def _bash(arguments: list[str]) -> None:
    assert subprocess.run(["bash", "-n", arguments[0]], cwd=ROOT, check=False).returncode == 0
    assert all(word in (ROOT / arguments[0]).read_text(encoding="utf-8") for word in arguments[1:])


def _dask(arguments: list[str]) -> None:
    from distributed.cli import dask_scheduler, dask_worker

    command = {"scheduler": dask_scheduler.main, "worker": dask_worker.main}[arguments[0]]
    command.make_context(arguments[0], arguments[1:])


def _pip(arguments: list[str]) -> None:
    found = re.fullmatch(r"redegov-analysis\[(\w+)\]", arguments[1])
    assert arguments[0] == "install"
    assert found
    assert found[1] in metadata.metadata("redegov-analysis").get_all("Provides-Extra", [])


def _conda(arguments: list[str]) -> None:
    assert arguments[:3] == ["env", "create", "-f"]
    assert (ROOT / arguments[3]).is_file()


def _source(arguments: list[str]) -> None:
    assert Path(sys.prefix, Path(arguments[0]).relative_to(".venv")).is_file()


_HOLDERS = {
    "redegov": _redegov, "make": _make, "python": _python, "bash": _bash, "dask": _dask, "pip": _pip, "conda": _conda,
    "source": _source,
}  # fmt: skip


def test_an_example_of_a_schema_is_one_that_its_cell_agrees_with(tmp_path: Path) -> None:
    found = [(page, block) for page in PAGES for block in blocks(page) if block.language == "toml"]
    assert found
    for page, block in found:
        cell = next(one for one in blocks(page) if one.language == "python")
        notebook = tmp_path / "07_my_story.ipynb"
        tagged = {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": cell.text}
        notebook.write_text(json.dumps({"cells": [tagged]}), encoding="utf-8")
        notebook.with_suffix(".parameters.toml").write_text(block.text, encoding="utf-8")
        assert read_schema(notebook).parameters


@pytest.mark.parametrize("wrong", ["redegov rum", "redegov run --state AC", "redegov run --set 04.horizon_month=36"])
def test_a_command_with_a_slip_is_not_taken(wrong: str) -> None:
    with pytest.raises((click.ClickException, ParameterError)):
        _redegov(shlex.split(wrong)[1:])

"""What the documents tell a newcomer to type works, typed in the order of the page, in a copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Site

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    "README.md", "README.pt-BR.md", "CONTRIBUTING.md",
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")),
)  # fmt: skip
RUN = {"bash", "python"}
SHOWN = {"text", "toml", "bibtex", "json", "yaml"}
"""Blocks to read, not to type: a drawing, a file, an example that needs another machine."""

ELSEWHERE = {
    "make test": "tests/end_to_end/test_documented_commands.py::test_a_page_can_be_typed_as_it_stands",
    "make lab": "tests/notebooks/test_explore.py::test_explore_answers_in_jupyterlab",
    ".venv/bin/papermill notebooks/04_growth_forecast.ipynb out.ipynb -p horizon_months 24": (
        "tests/notebooks/test_by_hand.py::test_notebook_runs_by_hand_and_speaks_english"
    ),
    ".venv/bin/redegov run --membership list.csv --snapshot-date 2026-02-27 --states AC --output trial": (
        "tests/end_to_end/test_membership.py::test_the_manifest_says_which_list_was_used_and_that_it_is_simulated"
    ),
    ".venv/bin/redegov run --membership made-up-list.csv --snapshot-date 2026-02-27 --states none --output trial": (
        "tests/reports/content/test_rede_story.py::test_a_list_too_small_for_a_model_says_so"
    ),
    ".venv/bin/python -m redegov_analysis.reports.messages": "tests/unit/reports/test_messages.py",
}
"""What is not typed here, and the test that does the same: the suite cannot run inside itself, a server does not end,
the catalogue of the real package is not a test's to write, and what takes a minute is not done twice."""


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    language: str
    text: str

    @property
    def commands(self) -> list[str]:
        """The lines that are typed, without comments."""
        lines = (re.sub(r"\s{2,}#.*$", "", line).rstrip() for line in self.text.splitlines())
        return [line for line in lines if line and not line.startswith("#")]


def blocks(page: str) -> list[Block]:
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.findall(r"^( *)```([a-z]*)\n(.*?)^\1```$", text, flags=re.MULTILINE | re.DOTALL)
    return [Block(language, textwrap.dedent(body)) for _, language, body in found]


TYPED = [page for page in PAGES if page != "README.pt-BR.md" and any(one.language in RUN for one in blocks(page))]


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


def typed(command: list[str], home: Path, text: str | None = None) -> None:
    kept = {key: value for key, value in os.environ.items() if key not in {"REDEGOV_HOME", "MAKEFLAGS", "MAKELEVEL"}}
    done = subprocess.run(
        command, cwd=home, env=kept, input=text, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, f"{text or command}\n{done.stdout}\n{done.stderr}"


def test_every_block_says_what_it_is() -> None:
    for page in PAGES:
        for block in blocks(page):
            assert block.language in RUN | SHOWN, (page, block)


def test_what_is_typed_elsewhere_is_tested_there() -> None:
    for command, test in ELSEWHERE.items():
        file, _, name = test.partition("::")
        assert (ROOT / file).is_file(), command
        assert f"def {name}" in (ROOT / file).read_text(encoding="utf-8"), command


def test_both_languages_of_the_readme_tell_the_same_commands() -> None:
    english, portuguese = (
        [line for block in blocks(page) if block.language == "bash" for line in block.commands]
        for page in ("README.md", "README.pt-BR.md")
    )
    assert portuguese == english


@pytest.mark.parametrize("page", TYPED)
def test_a_page_can_be_typed_as_it_stands(page: str, clone: Path) -> None:
    for block in blocks(page):
        if block.language == "python":
            typed([".venv/bin/python", "-"], clone, block.text)
        elif block.language == "bash":
            lines = [line for line in block.text.splitlines() if not _elsewhere(line) and line not in _TYPED_BEFORE]
            typed(["bash", "-euo", "pipefail", "-s"], clone, "\n".join(lines) + "\n")
            _TYPED_BEFORE.update(line for line in lines if line.startswith(("make ", ".venv/bin/redegov run")))


_TYPED_BEFORE: set[str] = set()
"""Runs that an earlier page told word for word: they work already, and no later line needs what they wrote."""


def _elsewhere(line: str) -> bool:
    return re.sub(r"\s{2,}#.*$", "", line).rstrip() in ELSEWHERE

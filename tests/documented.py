"""What the documents tell people to type: blocks, and commands in the middle of a sentence."""

from __future__ import annotations

import re
import shlex
import textwrap
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = (
    "README.md", "README.pt-BR.md", "CONTRIBUTING.md", "SECURITY.md", "schedules/README.md",
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")),
)  # fmt: skip
_FENCED = re.compile(r"^( *)```([a-z]*)\n(.*?)^\1```$", flags=re.MULTILINE | re.DOTALL)
_SPAN = re.compile(
    r"`((?:\w+=\S+ )*(?:\.venv/bin/)?(?:redegov|make|python|papermill|bash|pip|conda|dask|source) [^`|]+)`"
)


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
    """Return the fenced blocks of a page."""
    found = _FENCED.findall((ROOT / page).read_text(encoding="utf-8"))
    return [Block(language, textwrap.dedent(body)) for _, language, body in found]


def in_sentences(page: str) -> list[str]:
    """Return the commands that stand in the sentences of a page, a line break within one as a space."""
    prose = _FENCED.sub("", (ROOT / page).read_text(encoding="utf-8"))
    return [" ".join(command.split()) for command in _SPAN.findall(prose)]


def told(page: str, beginning: str) -> list[str]:
    """Return the arguments of the one command in a page's blocks that begins so, for a test that does the same."""
    found = {line for block in blocks(page) for line in block.commands if line.startswith(beginning)}
    assert len(found) == 1, (page, beginning, found)
    return shlex.split(found.pop())[1:]

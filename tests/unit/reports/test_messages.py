"""No reader meets an untranslated sentence."""

from __future__ import annotations

import ast
import builtins
import gettext
import re
import shutil
import string
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import redegov_analysis
import redegov_analysis.reports.messages
from redegov_analysis.language import LANGUAGES
from redegov_analysis.reports.messages import (
    ERROR_PARTS,
    catalogue_bytes,
    catalogue_path,
    error_messages,
    help_messages,
    messages,
    updated_catalogue,
)

FOUND = {"messages": cache(messages), "errors": cache(error_messages), "help": cache(help_messages)}
TRANSLATED = [language for language in LANGUAGES if language != "en"]


def _catalogue(language: str, domain: str) -> dict[str, str]:
    with catalogue_path(language, domain).open("rb") as stream:
        return {str(entry.id): str(entry.string) for entry in read_po(stream) if entry.id}


@pytest.mark.parametrize("domain", FOUND)
@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated(language: str, domain: str) -> None:
    known = _catalogue(language, domain)
    untranslated = [f"{place}: {message}" for message, place in FOUND[domain]().items() if not known.get(message)]
    assert not untranslated, "run python -m redegov_analysis.reports.messages and fill in what it lists"


@pytest.mark.parametrize("domain", FOUND)
@pytest.mark.parametrize("language", TRANSLATED)
def test_the_catalogue_holds_nothing_that_is_no_longer_said(language: str, domain: str) -> None:
    assert set(_catalogue(language, domain)) == set(FOUND[domain]())


@pytest.mark.parametrize("domain", FOUND)
@pytest.mark.parametrize("language", TRANSLATED)
def test_the_catalogue_is_as_the_tool_writes_it(language: str, domain: str) -> None:
    assert catalogue_path(language, domain).read_bytes() == catalogue_bytes(
        updated_catalogue(language, FOUND[domain](), domain)
    )


@pytest.mark.parametrize("domain", FOUND)
@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_use_no_placeholder_that_the_message_lacks(language: str, domain: str) -> None:
    for message, translation in _catalogue(language, domain).items():
        assert _placeholders(translation) <= _placeholders(message), message


@pytest.mark.parametrize("domain", FOUND)
@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_keep_every_number_of_the_message(language: str, domain: str) -> None:
    for message, translation in _catalogue(language, domain).items():
        for number in re.findall(r"(?<![\d.,])\d{2}%", message):
            assert number in translation, message


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_click_looks_up_is_compiled_from_the_catalogue(language: str) -> None:
    with catalogue_path(language, "help").with_suffix(".mo").open("rb") as stream:
        compiled = gettext.GNUTranslations(stream)
    for message, translation in _catalogue(language, "help").items():
        assert compiled.gettext(message) == translation, "run python -m redegov_analysis.reports.messages"


COUNTED = re.compile(
    r"\{(\w+)(?::(?:,|,?\.0f|g))?\}[  ](?:(?!(?:has|of|and|that|two|does)\b)[\w-]+[  ]){0,2}?(\w[\w-]+s)\b"
)
"""A placeholder for a whole number or a name, and the first word after it that ends as plurals do in both languages."""

BY_COUNT = re.compile(r"\{(\w+):[^{}|]*\|[^{}|]*\}")
"""Words for one and for more: `{count:row|rows}`."""

NO_PLURALS = {
    "announces", "appears", "describes", "does", "exists", "fits", "has", "holds", "is", "its", "names",
    "needs", "options", "refuses", "requires", "runs", "says", "stands", "this", "totals", "travels", "unpacks", "was",
}  # fmt: skip
"""What follows the name of a thing, not its number."""


def test_what_is_counted_has_words_for_one() -> None:
    for message, place in FOUND["errors"]().items():
        by_count = set(BY_COUNT.findall(message))
        plural = [(name, word) for name, word in COUNTED.findall(message) if word not in NO_PLURALS]
        assert {name for name, _ in plural} <= by_count, f"{place}: {message}: write {{count:row|rows}} for {plural}"
        assert "(s)" not in message, place
    assert "{count} {count:time|times}" in FOUND["errors"](), "words for one and for more are words to be translated"


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_is_counted_has_words_for_one_in_translation(language: str) -> None:
    for message, translation in _catalogue(language, "errors").items():
        counted = set(BY_COUNT.findall(message)) & {name for name, _ in COUNTED.findall(translation)}
        assert counted <= set(BY_COUNT.findall(translation)), translation
        assert not re.search(r"\((?:s|es|is|ões)\)", translation), translation


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


OTHERWISE = {
    "cleaning/membership/answers.py": {"found", "where", "expected", "_fault(error)", "_EXPECTED", "_CORRECT"},
    "cleaning/membership/delimited.py": {"found"},
    "cleaning/membership/files.py": {"what", "remedy"},
    "cleaning/membership/pdfs.py": {"problem"},
    "cli/membership.py": {"_KEY_AND_VALUE"},
    "cli/spoken.py": {"message"},
    "cli/usage.py": {"phrase.message"},
    "data/cells.py": {"None if expected is None else '{known}'"},
    "data/json_text.py": {"fault", "remedy"},
    "data/official/spreadsheets.py": {"_REMEDY"},
    "data/seals.py": {"found"},
    "data/workbooks.py": {"remedy", "remedy if as_held else Phrase('Copy the list alone into a new sheet.')"},
    "errors.py": {"words"},
    "reports/jobs.py": {"text"},
    "reports/parameters.py": {"self.allowed"},
}
"""Where words come from a table of phrases or from a program apart, or were put together of phrases before."""

PROGRAMMING = {
    "cleaning/membership/pdf_pages.py": "ValueError",
    "cleaning/membership/pdf_worker.py": "ImportError",
    "data/within_limits.py": "ImportError",
    "cleaning/membership/standing.py": "ValueError",
    "reports/running/fork_server.py": "SystemExit",
    "reports/running/forks.py": "ConnectionResetError",
    "reports/running/kernels.py": "RuntimeError",
    "reports/running/processes.py": "SystemExit",
}
"""Errors of another kind: caught by the same module, or the end of a process; no person meets them."""


def test_whatever_a_person_may_be_told_is_a_template_that_can_be_translated() -> None:
    nodes = [(place, node) for place, node in _nodes() if isinstance(node, ast.Call | ast.Raise | ast.ClassDef)]
    kinds = _own_errors(nodes) | {"Phrase", "Notice", "said", "follow"}
    built: dict[str, set[str]] = {}
    raised: dict[str, str] = {}
    for place, node in nodes:
        if isinstance(node, ast.Call) and _name(node) in kinds:
            parts = [*node.args[:1], *(word.value for word in node.keywords if word.arg in ERROR_PARTS)]
            made = {ast.unparse(part) for part in parts if not _constant(part) and not _phrase(part)}
            if made:
                built.setdefault(place, set()).update(made)
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and _name(node.exc) in vars(builtins):
            raised[place] = _name(node.exc)
    assert built == OTHERWISE
    assert raised == PROGRAMMING


def _nodes() -> Iterator[tuple[str, ast.AST]]:
    package = Path(redegov_analysis.__file__).parent
    for path in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            yield path.relative_to(package).as_posix(), node


def _own_errors(nodes: Sequence[tuple[str, ast.AST]]) -> set[str]:
    """Return the names of the package's errors, also of those that this process has not imported."""
    found = {"RedegovError"}
    classes = [node for _, node in nodes if isinstance(node, ast.ClassDef)]
    while more := {one.name for one in classes if any(ast.unparse(base) in found for base in one.bases)} - found:
        found |= more
    return found


def _name(call: ast.Call) -> str:
    return str(getattr(call.func, "id", getattr(call.func, "attr", "")))


def _constant(part: ast.expr) -> bool:
    return isinstance(part, ast.Constant)


def _phrase(part: ast.expr) -> bool:
    return isinstance(part, ast.Call) and _name(part) == "Phrase"


def test_collecting_again_what_is_collected_changes_no_catalogue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    there = {(language, domain): catalogue_path(language, domain) for language in TRANSLATED for domain in FOUND}
    for (language, domain), path in there.items():
        shutil.copy(path, tmp_path / f"{language}-{domain}.po")
    collecting = redegov_analysis.reports.messages
    monkeypatch.setattr(collecting, "catalogue_path", lambda language, domain: tmp_path / f"{language}-{domain}.po")
    for name in ("messages", "errors", "help"):
        monkeypatch.setattr(collecting, name if name == "messages" else f"{name.rstrip('s')}_messages", FOUND[name])
    assert collecting.main() == 0
    assert capsys.readouterr().out.count(" 0 without a translation") == len(there)
    for (language, domain), path in there.items():
        assert (tmp_path / f"{language}-{domain}.po").read_bytes() == path.read_bytes()


def test_a_message_without_a_translation_is_listed_and_the_collecting_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(catalogue_path("pt-BR", "messages"), tmp_path / "empty.po")
    collecting = redegov_analysis.reports.messages
    monkeypatch.setattr(collecting, "catalogue_path", lambda *_: tmp_path / "empty.po")
    for name in ("messages", "error_messages", "help_messages"):
        monkeypatch.setattr(collecting, name, lambda: {"A sentence that no one has translated": "here"})
    assert collecting.main() == 1
    assert "A sentence that no one has translated" in capsys.readouterr().out

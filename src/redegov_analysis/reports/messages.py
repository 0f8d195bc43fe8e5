"""Every message that a reader may see, gathered from code, notebooks and tables, and the catalogues kept in step.

`python -m redegov_analysis.reports.messages` adds new messages to each catalogue with an empty translation, drops
those that nothing uses any more, compiles what Click looks up by itself, and lists what is still to be translated.
"""

from __future__ import annotations

import ast
import csv
import io
import re
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import nbformat
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from redegov_analysis.data.writing import write_atomically
from redegov_analysis.language import LANGUAGES
from redegov_analysis.project import Project, find_project
from redegov_analysis.reports.text import markdown_blocks

CALLS: Final = frozenset({"t", "self", "N_"})
"""What a message is passed to: a `Text` (named `t`, or `self` inside it) or the marker `N_`."""

ERROR_PARTS: Final = frozenset({"where", "expected", "remedy"})
"""What an error may say besides what was found."""

NOT_OURS: Final = frozenset({"ValueError", "TypeError", "OSError", "RuntimeError", "ConnectionResetError"})
"""Errors that are not the package's own: programming errors, or caught and told in other words."""

PHRASES: Final = frozenset({"Phrase", "Notice", "follow", "said"})

CLICKS_OWN: Final = (
    "Usage:",
    "Options",
    "Commands",
    "Show this message and exit.",
    "Show the version and exit.",
    "default: {default}",
    "required",
    "[OPTIONS]",
    "COMMAND [ARGS]...",
    "DATE",
    "DIRECTORY",
    "FILE",
    "FLOAT RANGE",
    "INTEGER RANGE",
    "PATH",
    "TEXT",
)
"""What Click itself says in a command's help; what it says of faults is in `cli.usage`."""

_ROOMS: Final = {"messages": "reports", "errors": ".", "help": "cli"}
"""Where the catalogue of a domain lies; Click looks for that of its help as `messages`, which is gettext's own name."""

TRANSLATED_COLUMNS: Final = {"milestones.csv": ("publisher",), "programme_events.csv": ("event",)}
"""Columns of raw tables whose values are shown to readers."""

_PLACES: Final = re.compile(r"\{\w*(?:![rsa])?(?::[^{}|]*)?\}")
_WORDS: Final = re.compile(r"[^\W\d_]{2}")


def messages(project: Project | None = None) -> dict[str, str]:
    """Return every message with the place where it was first seen (a path in the project)."""
    project = project or find_project()
    found: dict[str, str] = {}
    for message, place in (
        *_in_code(project),
        *_in_notebooks(project),
        *_in_schemas(project),
        *_in_tables(project),
    ):
        found.setdefault(message, place)
    return found


def error_messages(project: Project | None = None) -> dict[str, str]:
    """Return every part of an error's message that is to be translated, with the place where it was first seen."""
    project = project or find_project()
    found: dict[str, str] = {}
    for path in sorted((project.root / "src" / "redegov_analysis").rglob("*.py")):
        place = path.relative_to(project.root).as_posix()
        for message in _in_errors(path.read_text(encoding="utf-8")):
            found.setdefault(message, place)
    return found


def help_messages(project: Project | None = None) -> dict[str, str]:
    """Return what commands say of themselves (`--help`) with the place where it was first seen, Click's words first."""
    project = project or find_project()
    cli = project.root / "src" / "redegov_analysis" / "cli"
    found = dict.fromkeys(CLICKS_OWN, "click")
    for path in sorted(cli.glob("*.py")):
        for message in _in_commands(path.read_text(encoding="utf-8")):
            found.setdefault(message, path.relative_to(project.root).as_posix())
    return found


def catalogue_path(language: str, domain: str = "messages") -> Path:
    """Return where a catalogue lies: of what reports say (`messages`), of errors (`errors`) or of `--help` (`help`)."""
    room = Path(__file__).parents[1] / _ROOMS[domain]
    name = "errors.po" if domain == "errors" else "messages.po"
    return room / "locale" / language.replace("-", "_") / "LC_MESSAGES" / name


def updated_catalogue(language: str, found: dict[str, str], domain: str = "messages") -> Catalog:
    """Return the catalogue of a language with exactly the messages found, its translations kept."""
    code = language.replace("-", "_")
    with catalogue_path(language, domain).open("rb") as stream:
        old = read_po(stream, locale=code)
    new = Catalog(
        locale=code, project="redegov-analysis", fuzzy=False, header_comment="# Messages of redegov-analysis."
    )
    for message, place in sorted(found.items(), key=lambda item: (item[1], item[0])):
        known = old.get(message)
        new.add(message, string=str(known.string) if known and known.string else "", locations=[(place, None)])  # type: ignore[list-item]
    return new


def catalogue_bytes(catalogue: Catalog) -> bytes:
    """Return a catalogue as a .po file, the same for the same messages."""
    stream = io.BytesIO()
    write_po(stream, catalogue, width=0, include_lineno=False, omit_header=True)
    header = (
        'msgid ""\nmsgstr ""\n'
        f'"Project-Id-Version: redegov-analysis\\n"\n"Language: {catalogue.locale_identifier}\\n"\n'
        '"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n\n'
    )
    return header.encode() + stream.getvalue()


def compiled_catalogue(catalogue: Catalog) -> bytes:
    """Return a catalogue as a .mo file, the same for the same messages and version of Babel."""
    language = str(catalogue.locale_identifier)
    dated = Catalog(locale=language, project="redegov-analysis", creation_date=_NO_DAY, revision_date=_NO_DAY)
    for message in catalogue:
        if message.id and message.string:
            dated.add(message.id, string=message.string)
    stream = io.BytesIO()
    write_mo(stream, dated)
    return stream.getvalue()


_NO_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""A compiled catalogue carries days in its head; they would make it another file each time."""


def _in_code(project: Project) -> Iterator[tuple[str, str]]:
    package = project.root / "src" / "redegov_analysis"
    for path in sorted(package.rglob("*.py")):
        yield from _in_source(path.read_text(encoding="utf-8"), path.relative_to(project.root).as_posix())
    for path in sorted((package / "reports" / "pages" / "templates").rglob("*.j2")):
        yield from _in_template(path.read_text(encoding="utf-8"), path.relative_to(project.root).as_posix())


def _in_source(source: str, place: str) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        first = node.args[0]
        named = (isinstance(node.func, ast.Name) and node.func.id in CALLS) or (
            isinstance(node.func, ast.Attribute) and node.func.attr == "t"
        )
        if named and isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value, place


def _in_errors(source: str) -> Iterator[str]:
    """Yield the constant parts of errors, and of the phrases that fill them; what has no words needs no translation."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name not in PHRASES and not (name.endswith("Error") and name not in NOT_OURS):
            continue
        for part in (*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg in ERROR_PARTS)):
            if (
                isinstance(part, ast.Constant)
                and isinstance(part.value, str)
                and _WORDS.search(_PLACES.sub("", part.value))
            ):
                yield part.value


def _in_commands(source: str) -> Iterator[str]:
    """Yield what commands and their options say of themselves, and how they call what is to be given."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and any(map(_makes_command, node.decorator_list)):
            yield ast.get_docstring(node) or ""
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {"option", "argument"}:
            yield from (
                keyword.value.value
                for keyword in node.keywords
                if keyword.arg in {"help", "metavar"}
                and isinstance(keyword.value, ast.Constant)
                and isinstance(keyword.value.value, str)
            )


def _makes_command(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(called, ast.Attribute) and called.attr in {"command", "group"}


def _in_template(source: str, place: str) -> Iterator[tuple[str, str]]:
    from jinja2 import Environment, nodes

    for call in Environment(autoescape=True).parse(source).find_all(nodes.Call):
        named = (isinstance(call.node, nodes.Name) and call.node.name in CALLS) or (
            isinstance(call.node, nodes.Getattr) and call.node.attr == "t"
        )
        if named and call.args and isinstance(call.args[0], nodes.Const) and isinstance(call.args[0].value, str):
            yield call.args[0].value, place


def _in_notebooks(project: Project) -> Iterator[tuple[str, str]]:
    for path in sorted(project.notebooks.glob("[0-9]*.ipynb")):
        place = path.relative_to(project.root).as_posix()
        for cell in nbformat.read(path, as_version=4).cells:  # type: ignore[no-untyped-call]
            if cell.cell_type == "markdown":
                yield from ((block, place) for block in markdown_blocks(cell.source))
            elif cell.cell_type == "code":
                yield from _in_source(cell.source, place)


def _in_schemas(project: Project) -> Iterator[tuple[str, str]]:
    for path in sorted(project.notebooks.glob("[0-9]*.parameters.toml")):
        for parameter in tomllib.loads(path.read_text(encoding="utf-8")).values():
            yield parameter["label"], path.relative_to(project.root).as_posix()


def _in_tables(project: Project) -> Iterator[tuple[str, str]]:
    for name, columns in TRANSLATED_COLUMNS.items():
        path = project.raw / name
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                yield from (
                    (row[column], path.relative_to(project.root).as_posix()) for column in columns if row[column]
                )


def main() -> int:
    """Update every catalogue and list what is still to be translated."""
    missing = 0
    for domain, found in (("messages", messages()), ("errors", error_messages()), ("help", help_messages())):
        for language in LANGUAGES:
            if language == "en":
                continue
            catalogue = updated_catalogue(language, found, domain)
            path = catalogue_path(language, domain)
            write_atomically(path, catalogue_bytes(catalogue))
            if domain == "help":
                write_atomically(path.with_suffix(".mo"), compiled_catalogue(catalogue))
            untranslated = [str(message.id) for message in catalogue if message.id and not message.string]
            missing += len(untranslated)
            told = f"{language}, {domain}: {len(found)} messages, {len(untranslated)} without a translation"
            print(told, *untranslated, sep="\n  ")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())

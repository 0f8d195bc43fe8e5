"""No reader meets an untranslated sentence."""

from __future__ import annotations

import re
import string

import pytest
from babel.messages.pofile import read_po

from redegov_analysis.language import LANGUAGES
from redegov_analysis.reports.messages import (
    catalogue_bytes,
    catalogue_path,
    error_messages,
    messages,
    updated_catalogue,
)

FOUND = {"messages": messages, "errors": error_messages}
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


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}

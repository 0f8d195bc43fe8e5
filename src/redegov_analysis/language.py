"""The languages that people are spoken to in: which one they want, and messages put into it.

Messages are written in English in the code. Their translations stand in gettext catalogues (`.po`), read by Babel:
those of errors in `locale/` beside this module, those of reports in `reports/locale/`.
"""

from __future__ import annotations

import os
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Final, Literal, Protocol, runtime_checkable

Language = Literal["pt-BR", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("pt-BR", "en")

_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
_SWAPPED = str.maketrans(",.", ".,")


def language_of_environment(environment: Mapping[str, str] | None = None) -> Language:
    """Return the language that the environment asks for, in gettext's order; English where it asks for no known one.

    Parameters
    ----------
    environment
        The variables; those of the process unless given.

    Examples
    --------
    >>> language_of_environment({"LANG": "pt_BR.UTF-8"}), language_of_environment({"LANG": "pt_BR", "LC_ALL": "C"})
    ('pt-BR', 'en')
    """
    variables = os.environ if environment is None else environment
    for name in _VARIABLES:
        for wanted in variables.get(name, "").split(":"):
            if wanted.lower().startswith("pt"):
                return "pt-BR"
            if wanted:
                return "en"
    return "en"


@lru_cache(maxsize=8)
def translations(package: str, domain: str, language: Language) -> Mapping[str, str]:
    """Return the translations of a package's catalogue by their English message; none for English.

    Parameters
    ----------
    package
        The package whose folder `locale` holds the catalogue.
    domain
        The catalogue's name, without its ending.
    language
        The language.
    """
    if language == "en":
        return {}
    from babel.messages.pofile import read_po

    path = files(package) / "locale" / language.replace("-", "_") / "LC_MESSAGES" / f"{domain}.po"
    with path.open("rb") as stream:
        catalogue = read_po(stream, locale=language.replace("-", "_"))
    return {
        str(message.id): str(message.string)
        for message in catalogue
        if message.id and message.string and not message.fuzzy
    }


@dataclass(frozen=True)
class Phrase:
    """Words for a person and what fills their placeholders, put together only once the language is known.

    Attributes
    ----------
    message
        English, with `{placeholders}` as `str.format` has them; `{count:,}` groups thousands as the language does, and
        `{count:row|rows}` is the first word where the count is one, and the other where it is more.
    values
        What fills them; a phrase or an error among them is put into the same language.

    Examples
    --------
    >>> phrase = Phrase("{file}, line {line}", {"file": "list.csv", "line": 12})
    >>> phrase.told("en"), phrase.told("pt-BR")
    ('list.csv, line 12', 'list.csv, linha 12')
    >>> [Phrase("{rows:,} {rows:row was|rows were} lost", {"rows": rows}).told() for rows in (1, 2000)]
    ['1 row was lost', '2,000 rows were lost']
    """

    message: str
    values: Mapping[str, object] = field(default_factory=dict)

    def told(self, language: Language = "en") -> str:
        """Return the words in a language; in English where there is no translation."""
        message = translations("redegov_analysis", "errors", language).get(self.message, self.message)
        return message if not self.values else _Words(language).vformat(message, (), self.values)

    def __str__(self) -> str:
        return self.told()


@runtime_checkable
class Told(Protocol):
    """What can say itself in each language: a phrase, or an error."""

    def told(self, language: Language = "en") -> str:
        """Return the words in a language."""


@dataclass(frozen=True)
class Several:
    """Words and phrases one after the other, and what parts them."""

    parts: Sequence[object]
    between: str = "; "

    def told(self, language: Language = "en") -> str:
        """Return the words in a language."""
        return self.between.join(part.told(language) if isinstance(part, Told) else str(part) for part in self.parts)


@dataclass(frozen=True)
class InBoth:
    """Words that stand in both languages already, such as what a check of the data found."""

    english: str
    portuguese: str

    def told(self, language: Language = "en") -> str:
        """Return the words in a language."""
        return self.english if language == "en" else self.portuguese


class _Words(string.Formatter):
    """Fills placeholders: phrases in the reader's language, numbers grouped and pointed as it writes them.

    A choice of words by a count stands within the sentence, because many a sentence counts two or three things, and
    gettext's own plural forms go by one count alone. The rule is CLDR's: in Portuguese, none is singular as one is.
    """

    def __init__(self, language: Language) -> None:
        self.language: Language = language

    def format_field(self, value: object, format_spec: str) -> str:
        if isinstance(value, Told):
            return value.told(self.language)
        if "|" in format_spec:
            one, _, more = format_spec.partition("|")
            return one if value == 1 or (self.language == "pt-BR" and value == 0) else more
        written = format(value, format_spec)
        numeric = isinstance(value, int | float) and not isinstance(value, bool)
        return written.translate(_SWAPPED) if numeric and self.language == "pt-BR" else written

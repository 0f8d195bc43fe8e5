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
from numbers import Real
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
        return message if not self.values else _filled(message, self.values, language)

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


def _filled(message: str, values: Mapping[str, object], language: Language) -> str:
    """Return a message with its placeholders filled: phrases in the language, numbers grouped and pointed as it does.

    As `string.Formatter` would, but that what a message is made of is worked out once and not for each of the thousands
    of rows of a list that it is said of.
    """
    words = []
    for literal, name, spec, conversion in _pieces(message):
        words.append(literal)
        if name is not None:
            value = values[name]
            words.append(_said(repr(value) if conversion == "r" else value, spec, language))
    return "".join(words)


@lru_cache(maxsize=1000)
def _pieces(message: str) -> tuple[tuple[str, str | None, str, str | None], ...]:
    """Return the pieces of a message: text, the name of the placeholder after it, its format and its conversion."""
    return tuple(
        (literal, name, spec or "", conversion) for literal, name, spec, conversion in string.Formatter().parse(message)
    )


def _said(value: object, spec: str, language: Language) -> str:
    if "|" in spec:
        return _chosen(value, spec, language)
    if isinstance(value, str):
        return format(value, spec)
    # To ask the protocol `Told` of each value takes ten times as long.
    told = getattr(value, "told", None)
    if told is not None:
        return str(told(language))
    written = format(value, spec)
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return written.translate(_SWAPPED) if numeric and language == "pt-BR" else written


def _chosen(count: object, words: str, language: Language) -> str:
    """Return the words for one or for more, parted by a bar.

    The choice stands within the sentence, because many a sentence counts two or three things, and gettext's own plural
    forms go by one count alone. The rule is CLDR's: in Portuguese, what is less than two is singular.
    """
    one, _, more = words.partition("|")
    singular = count == 1 or (language == "pt-BR" and isinstance(count, Real) and abs(float(count)) < 2)
    return one if singular else more

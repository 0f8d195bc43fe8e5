"""The words that tables use for kinds of things, for a person to read."""

from __future__ import annotations

from typing import Final

from redegov_analysis.cli.spoken import spoken_language
from redegov_analysis.language import Phrase

WORDS: Final = {
    word.message: word
    for word in (
        # Why a row of a list is refused (`verdicts.Problem`).
        Phrase("no name"),
        Phrase("unknown name"),
        Phrase("ambiguous"),
        Phrase("wrong state"),
        Phrase("unknown state"),
        Phrase("unknown code"),
        Phrase("contradiction"),
        Phrase("not yet installed"),
        Phrase("bad date"),
        Phrase("too early"),
        Phrase("after snapshot"),
        Phrase("not a member"),
        Phrase("date without mark"),
        Phrase("unknown status"),
        # Lines that are no entries, bodies that are no municipality, and how precise a day is.
        Phrase("title"),
        Phrase("headings"),
        Phrase("state heading"),
        Phrase("total"),
        Phrase("note"),
        Phrase("page text"),
        Phrase("state"),
        Phrase("consortium"),
        Phrase("council"),
        Phrase("association"),
        Phrase("other"),
        Phrase("day"),
        Phrase("month"),
        Phrase("year"),
        # What a source changes, and where it stands.
        Phrase("new"),
        Phrase("removed"),
        Phrase("filled"),
        Phrase("emptied"),
        Phrase("renamed"),
        Phrase("revised"),
        Phrase("above"),
        Phrase("below"),
        Phrase("error"),
        Phrase("warning"),
    )
}


def word(name: str) -> str:
    """Return a word of a table in the language of the command at work; unchanged where it is none of `WORDS`.

    Examples
    --------
    >>> word("unknown_name")
    'unknown name'
    """
    plain = name.replace("_", " ")
    return WORDS[plain].told(spoken_language()) if plain in WORDS else name

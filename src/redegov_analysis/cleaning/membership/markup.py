"""The tags and texts of a page, in one pass whose time grows with the page and not with how broken it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

_TAG = re.compile(r"(/?)([a-zA-Z][a-zA-Z0-9:-]*)")
_RUN = re.compile("<+")
_HUGE_REFERENCE = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{7,});?")
"""No character has such a number; one of thousands of digits would stop the program."""
_SPAN = re.compile(r"\b(rowspan|colspan)\s*=\s*[\"']?\s*(\d{1,4})", re.IGNORECASE)
_HIDDEN = frozenset({"script", "style", "noscript", "template", "svg", "iframe", "textarea", "select", "title"})
"""Elements whose content no reader of the page sees as part of a list."""


class Token(NamedTuple):
    """A tag (`tag` is its name in lower case) or a text (`tag` is empty), and the line it begins on."""

    line: int
    tag: str
    text: str = ""
    closing: bool = False
    spans: tuple[tuple[str, int], ...] = ()


def tokens(page: str) -> Iterator[Token]:
    """Yield the tags and the texts of a page in order, comments and scripts left out.

    Examples
    --------
    >>> [(token.tag, token.text) for token in tokens("<td>S&atilde;o Paulo<!-- x --></td>")]
    [('td', ''), ('', 'São Paulo'), ('td', '')]
    """
    place, line, counted = 0, 1, 0
    missing: set[str] = set()

    def find(what: str, start: int) -> int:
        """Return where the text is found from there on, asking only once for what is not there any more."""
        if what in missing:
            return -1
        found = lowered.find(what, start)
        if found < 0:
            missing.add(what)
        return found

    # Same length as the page, letter by letter, so that places agree.
    lowered = page.lower() if len(page.lower()) == len(page) else page
    while place < len(page):
        opened = find("<", place)
        end = len(page) if opened < 0 else opened
        line += page.count("\n", counted, place)
        counted = place
        if end > place:
            yield Token(line, "", unescape(_HUGE_REFERENCE.sub("\ufffd", page[place:end])))
        if opened < 0:
            return
        line += page.count("\n", counted, opened)
        counted = opened
        if page.startswith("<!--", opened):
            closed = find("-->", opened + 4)
            place = len(page) if closed < 0 else closed + 3
            continue
        named = _TAG.match(page, opened + 1)
        if named is None and not page.startswith(("<!", "<?"), opened):
            # A bare “<” is text, and so are all but the last of a run of them.
            run = _RUN.match(page, opened)
            bare = max(1, len(run[0]) - 1) if run else 1
            yield Token(line, "", "<" * bare)
            place = opened + bare
            continue
        closed = find(">", opened + 1)
        if closed < 0:
            return
        place = closed + 1
        if named is None:
            continue
        name = named[2].lower()
        if not named[1] and name in _HIDDEN and page[closed - 1] != "/":
            finish = find(f"</{name}", place)
            if finish >= 0:
                place = finish
            continue
        spans: tuple[tuple[str, int], ...] = ()
        if name in ("td", "th"):
            spans = tuple((key.lower(), int(number)) for key, number in _SPAN.findall(page[opened:closed][:2000]))
        yield Token(line, name, closing=bool(named[1]), spans=spans)

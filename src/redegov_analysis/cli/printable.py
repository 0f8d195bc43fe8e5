"""Texts of files shown on a terminal without letting them move its cursor, colour it or turn its direction."""

from __future__ import annotations


def printable(text: str) -> str:
    r"""Return a text in which each sign that is not printed stands as its escape; line ends stay.

    Examples
    --------
    >>> printable("a\x1b[31mb\u202ec\nd")
    'a\\x1b[31mb\\u202ec\nd'
    """
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() or sign == "\n" else repr(sign)[1:-1] for sign in text)

"""What a command says, in the language that a person wants."""

from __future__ import annotations

import click

from redegov_analysis.language import Language, Phrase, language_of_environment


def spoken_language() -> Language:
    """Return the language of the command at work: the one it was asked for, or else the environment's."""
    context = click.get_current_context(silent=True)
    asked = None if context is None else context.find_root().obj
    return "pt-BR" if asked == "pt-BR" else "en" if asked == "en" else language_of_environment()


def number(value: float) -> str:
    """Return a number without decimals, its thousands grouped as the language of the command at work does.

    >>> number(5571)
    '5,571'
    """
    return said("{value:,.0f}", value=value)


def said(message: str, /, **values: object) -> str:
    """Return a sentence in the language of the command at work.

    Parameters
    ----------
    message
        English, with `{placeholders}`; its translation stands in the catalogue of errors.
    values
        What fills them.

    Examples
    --------
    >>> said("{count} times", count=3)
    '3 times'
    """
    return Phrase(message, values).told(spoken_language())

"""What is told of a command that was not typed as it must be, in the language that a person wants.

Click finds such faults and tells them in English alone. The few sentences that it has are known by their form here, and
said anew; one that is not known stays as Click has it.
"""

from __future__ import annotations

import io
import re
from typing import Final

import click

from redegov_analysis.language import Language, Phrase

_FORMS: Final = tuple(
    (re.compile(pattern, re.DOTALL), phrase)
    for pattern, phrase in (
        (r"Invalid value for (?P<where>'[^']*'): (?P<why>.*)", Phrase("Invalid value for {where}: {why}")),
        (r"Invalid value: (?P<why>.*)", Phrase("Invalid value: {why}")),
        (r"(?P<why>.*\.) Did you mean (?P<names>.*)\?", Phrase("{why} Did you mean {names}?")),
        (r"\(Possible options: (?P<names>.*)\)", Phrase("Possible options: {names}.")),
        (r"(?P<why>.*\.) \(Possible options: (?P<names>.*)\)", Phrase("{why} Possible options: {names}.")),
        (r"No such option:? (?P<name>\S+?)\.?", Phrase("No such option {name}.")),
        (r"No such command (?P<name>'.*')\.", Phrase("No such command {name}.")),
        (r"Missing option (?P<name>[^.]*)\.", Phrase("Missing option {name}.")),
        (r"Missing argument (?P<name>[^.]*)\.", Phrase("Missing argument {name}.")),
        (r"Missing command\.", Phrase("Missing command.")),
        (r"Option (?P<name>'.*') requires an argument\.", Phrase("Option {name} requires an argument.")),
        (r"Option (?P<name>'.*') does not take a value\.", Phrase("Option {name} does not take a value.")),
        (r"Got unexpected extra arguments? \((?P<words>.*)\)", Phrase("Got unexpected extra arguments ({words}).")),
        (r"(?P<value>'.*') is not a valid integer(?: range)?\.", Phrase("{value} is not a whole number.")),
        (r"(?P<value>'.*') is not a valid float(?: range)?\.", Phrase("{value} is not a number.")),
        (r"(?P<value>\S+) is not in the range (?P<range>.*)\.", Phrase("{value} is not in the range {range}.")),
        (r"(?P<value>'.*') is not one of (?P<choices>.*)\.", Phrase("{value} is not one of {choices}.")),
        (r"(?P<value>'.*') is not a date such as 2026-12-31\.", Phrase("{value} is not a date such as 2026-12-31.")),
        (r"\w+ (?P<name>'.*') does not exist\.", Phrase("{name} does not exist.")),
        (r"\w+ (?P<name>'.*') is a file\.", Phrase("{name} is a file.")),
        (r"\w+ (?P<name>'.*') is a directory\.", Phrase("{name} is a directory.")),
        (r"\w+ (?P<name>'.*') is not readable\.", Phrase("{name} is not readable.")),
        (r"\w+ (?P<name>'.*') is not writable\.", Phrase("{name} is not writable.")),
    )
)


def usage_told(error: click.ClickException, language: Language) -> str:
    """Return what Click shows of a fault in how a command was typed: usage, where help is, and the fault.

    Parameters
    ----------
    error
        The fault that Click found.
    language
        The language to tell it in.

    Examples
    --------
    >>> print(usage_told(click.BadParameter("'x' is not a valid integer."), "pt-BR"))
    Erro: Valor inválido: 'x' não é um número inteiro.
    """
    if language == "en":
        shown = io.StringIO()
        error.show(file=shown)
        return shown.getvalue().rstrip("\n")
    told = f"{Phrase('Error').told(language)}: {_told(error.format_message(), language)}"
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None:
        return told
    usage = Phrase("Usage: {usage}", {"usage": context.get_usage().removeprefix("Usage: ")})
    hint = Phrase("Try '{command} --help' for help.", {"command": context.command_path})
    return f"{usage.told(language)}\n{hint.told(language)}\n\n{told}"


def _told(message: str, language: Language) -> str:
    for form, phrase in _FORMS:
        found = form.fullmatch(message)
        if found:
            parts = found.groupdict()
            inside = {"why": _told(parts["why"], language)} if "why" in parts else {}
            return Phrase(phrase.message, {**parts, **inside}).told(language)
    return message

"""What `--help` shows, in the language that a person wants.

The texts of our own commands and Click's few words ("Usage:", "default: …") stand in one gettext catalogue,
`locale/pt_BR/LC_MESSAGES/messages.mo`: Click looks up its words by `gettext` in the domain `messages`, and the standard
library reads the catalogue without importing anything that help would have to wait for.
"""

from __future__ import annotations

import copy
import gettext
import inspect
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import click

from redegov_analysis.language import Language

DOMAIN: Final = "messages"
LOCALE: Final = Path(__file__).parent / "locale"


class Explained(click.Command):
    """A command that explains itself in the language that the command line was asked for."""

    def get_help_option_names(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - Click gives it
        """Return the options that ask for help: the same under any group, for Click keeps those it made first."""
        return ["-h", "--help"]

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help of the command."""
        language = _language(ctx)
        with _clicks_own_words(language):
            click.Command.format_help(_told_command(self, ctx, language), ctx, formatter)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return what stands after the command's name in its usage."""
        return [_told(piece, _language(ctx)) for piece in super().collect_usage_pieces(ctx)]


class ExplainedGroup(Explained, click.Group):
    """A group of commands that explain themselves."""

    command_class = Explained
    group_class = type


def _language(ctx: click.Context) -> Language:
    """Return the language that `main` found; English where a command is looked at from outside, as by the docs."""
    return "pt-BR" if ctx.find_root().obj == "pt-BR" else "en"


def _told_command(command: click.Command, ctx: click.Context, language: Language) -> click.Command:
    """Return a command with its texts, those of its options and those of the commands under it in a language."""
    told = copy.copy(command)
    told.help = _told(command.help, language)
    # The option --help is made by Click, and only when it is asked for; here it stands among the others.
    told.params = [_told_parameter(one, ctx, language) for one in command.get_params(ctx)]
    told.add_help_option = False
    if isinstance(command, click.Group) and isinstance(told, click.Group):
        told.commands = {name: _with_told_help(one, language) for name, one in command.commands.items()}
    return told


def _with_told_help(command: click.Command, language: Language) -> click.Command:
    told = copy.copy(command)
    told.help = _told(command.help, language)
    return told


def _told_parameter(parameter: click.Parameter, ctx: click.Context, language: Language) -> click.Parameter:
    if not isinstance(parameter, click.Option):
        return parameter
    told = copy.copy(parameter)
    told.help = _told(parameter.help, language)
    told.metavar = _told(parameter.make_metavar(ctx), language)
    return told


def _told(text: Any, language: Language) -> Any:
    """Return a text in a language; as it stands where it has no translation, such as a choice of codes."""
    return _catalogue(language).gettext(inspect.cleandoc(text)) if text else text


@lru_cache(maxsize=2)
def _catalogue(language: Language) -> gettext.NullTranslations:
    if language == "en":
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, LOCALE, languages=[language.replace("-", "_")])


@contextmanager
def _clicks_own_words(language: Language) -> Iterator[None]:
    """Let gettext find Click's own words in a language while help is written; it goes by the environment alone."""
    folder, wanted = gettext.bindtextdomain(DOMAIN), os.environ.get("LANGUAGE")
    gettext.bindtextdomain(DOMAIN, str(LOCALE))
    os.environ["LANGUAGE"] = language.replace("-", "_")
    try:
        yield
    finally:
        gettext.bindtextdomain(DOMAIN, folder)
        if wanted is None:
            del os.environ["LANGUAGE"]
        else:
            os.environ["LANGUAGE"] = wanted

"""The command `redegov`.

Each command lives in its own module and imports what it needs when it is called, so that help comes at once. An error
that a person can act on is printed in plain words, and the exit code says which kind it is (see `errors`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

import click

import redegov_analysis
from redegov_analysis.cli.data import data
from redegov_analysis.cli.doctor import doctor
from redegov_analysis.cli.explained import ExplainedGroup
from redegov_analysis.cli.forecast import forecast
from redegov_analysis.cli.membership import membership
from redegov_analysis.cli.printable import printable
from redegov_analysis.cli.run import run
from redegov_analysis.cli.score import score
from redegov_analysis.cli.simulate import simulate_membership
from redegov_analysis.cli.usage import usage_told
from redegov_analysis.errors import RedegovError
from redegov_analysis.language import LANGUAGES, Language, Phrase, language_of_environment

INTERRUPTED = 130
JSON_ERRORS = "--json-errors"


@click.group(cls=ExplainedGroup, context_settings={"max_content_width": 100})
@click.version_option(redegov_analysis.__version__, prog_name="redegov")
@click.option("--language", type=click.Choice(LANGUAGES), expose_value=False, help="Language of what is said here.")
@click.option(JSON_ERRORS, is_flag=True, expose_value=False, help="Tell an error as one line of JSON, for programs.")
def program() -> None:
    """How municipalities join Brazil's Rede GOV.BR: data, forecast and reports.

    Exit codes: 0 ok, 2 usage or parameters, 3 invalid data, 4 a notebook failed, 5 timeout or dead kernel,
    6 publishing failed, 7 some of many failed. What is said here is in Portuguese where --language or else LANGUAGE,
    LC_ALL, LC_MESSAGES or LANG asks for it, and in English elsewhere.
    """


for command in (run, data, membership, forecast, score, simulate_membership, doctor):
    program.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    language = _language(given)
    try:
        code = program.main(given, prog_name="redegov", standalone_mode=False, obj=language)
    except click.ClickException as error:
        click.echo(printable(usage_told(error, language)), err=True)
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo(Phrase("Interrupted. The published site stays as it was.").told(language), err=True)
        code = INTERRUPTED
    except RedegovError as error:
        if JSON_ERRORS in given:
            kind = {"error": type(error).__name__, "exit_code": error.exit_code}
            told = json.dumps({**kind, **error.fields(language), "message": error.told(language)}, ensure_ascii=False)
        else:
            told = f"{Phrase('Error').told(language)}: {error.told(language)}"
        click.echo(printable(told), err=True)
        code = error.exit_code
    sys.exit(code if isinstance(code, int) else 0)


def _language(arguments: Sequence[str]) -> Language:
    """Return the language of messages: the one that the command was asked for, or else the environment's."""
    for place, argument in enumerate(arguments):
        option, equals, value = argument.partition("=")
        if option == "--language":
            wanted = value if equals else "".join(arguments[place + 1 : place + 2])
            return next((known for known in LANGUAGES if known == wanted), language_of_environment())
    return language_of_environment()

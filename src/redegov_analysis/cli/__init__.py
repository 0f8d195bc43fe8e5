"""The command `redegov`.

Each command lives in its own module and imports what it needs when it is called, so that help comes at once. An error
that a person can act on is printed in plain words, and the exit code says which kind it is (see `errors`).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

import redegov_analysis
from redegov_analysis.cli.data import data
from redegov_analysis.cli.doctor import doctor
from redegov_analysis.cli.forecast import forecast
from redegov_analysis.cli.membership import membership
from redegov_analysis.cli.run import run
from redegov_analysis.cli.score import score
from redegov_analysis.cli.simulate import simulate_membership
from redegov_analysis.errors import RedegovError

INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(redegov_analysis.__version__, prog_name="redegov")
def program() -> None:
    """How municipalities join Brazil's Rede GOV.BR: data, forecast and reports.

    Exit codes: 0 ok, 2 usage or parameters, 3 invalid data, 4 a notebook failed, 5 timeout or dead kernel,
    6 publishing failed, 7 some of many failed.
    """


for command in (run, data, membership, forecast, score, simulate_membership, doctor):
    program.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    try:
        code = program.main(list(sys.argv[1:] if arguments is None else arguments), standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted. The published site stays as it was.", err=True)
        code = INTERRUPTED
    except RedegovError as error:
        click.echo(f"Error: {error}", err=True)
        code = error.exit_code
    sys.exit(code if isinstance(code, int) else 0)

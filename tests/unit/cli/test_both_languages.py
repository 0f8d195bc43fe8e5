"""What a person meets at the command line, in English and in Portuguese, each text read once."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from redegov_analysis.cli import main, program
from redegov_analysis.language import LANGUAGES
from redegov_analysis.reports.messages import help_messages
from snapshots import assert_snapshot

MISTYPED = (
    "forecst",
    "forecast",
    "forecast --until 31/12/2027",
    "forecast --until 2027-12-31 --draws 7",
    "forecast --until 2027-12-31 --exclude-after 2019-06-01",
    "run --langage en",
    "run --workers",
    "run --workers two",
    "run --workers 0",
    "run --language fr",
    "run --set 03.covariates",
    "run --snapshot-date 2025-12-31",
    "run --as-of 2019-01-01",
    "membership import",
    "membership inspect a b",
    "data fetch --only nothing",
    "data fetch --only snc_2018 --base-url nowhere",
    "simulate-membership --output a.txt --seed 1",
    "score --archive setup.cfg",
    "score --archive nowhere",
)
SOURCES = re.compile("localidades, .*snc_2018")
"""There will be more of them."""

LIST = """Rede GOV.BR: lista de exemplo
Código IBGE;Município;UF;Data de adesão;Situação
3509502;Campinas;SP;06/03/2021;Sim
;Qwxz Kjhg;SP;06/03/2021;Sim
;Bom Jesus;;06/03/2021;Sim
;Campinas;AC;06/03/2021;Sim
;Santos;XX;06/03/2021;Sim
9999999;;;06/03/2021;Sim
3509502;Santos;SP;06/03/2021;Sim
;Santos;SP;31/02/2023;Sim
;Bauru;SP;03/04/2019;Sim
;Lages;SC;01/02/2026;Sim
;Boa Esperança do Norte;MT;06/03/2021;Sim
;;;06/03/2021;Sim
;Xapuri;AC;;Não
;Feijó;AC;06/03/2021;Não
;Governo do Estado do Acre;AC;07/04/2022;Sim
;Campinas;SP;07/03/2021;Sim
Total: 16;;;;
"""


def _commands(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command with the words that are typed for it."""
    yield words, command
    if isinstance(command, click.Group):
        for name, one in command.commands.items():
            yield from _commands(one, (*words, name))


def test_no_command_explains_itself_in_words_that_are_not_translated() -> None:
    known = help_messages()
    for words, command in _commands(program):
        context = click.Context(command, **program.context_settings)
        said = [inspect.cleandoc(command.help or "")]
        for parameter in command.get_params(context):
            said += [parameter.help or ""] if isinstance(parameter, click.Option) else []
            if not isinstance(parameter.type, click.Choice | type(click.BOOL)):
                said.append(parameter.make_metavar(context))
        assert all(said), (words, "each command and option says what it is for")
        assert not [text for text in said if text not in known], words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_explains_itself_in_the_language_asked_for(
    language: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LANGUAGE", raising=False)
    told = [f"$ redegov {' '.join(words)} --help\n" + _said(["--language", language, *words, "--help"], capsys)
            for words, _ in _commands(program)]  # fmt: skip
    assert_snapshot(f"help/{language}", "\n".join(told))
    assert "LANGUAGE" not in os.environ


@pytest.mark.parametrize(("variable", "begins"), [("pt_BR.UTF-8", "Uso: "), ("de:pt_BR", "Usage: "), ("C", "Usage: ")])
def test_help_is_in_the_language_of_the_environment(
    variable: str, begins: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGUAGE", variable)
    assert _said(["data", "fetch", "--help"], capsys).startswith(begins)
    assert os.environ["LANGUAGE"] == variable


def _said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    said = capsys.readouterr()
    return f"{said.out}{said.err}(exit code {left.value.code or 0})\n"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_mistyped_is_answered_in_both_languages(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "setup.cfg").touch()
    told = []
    for line in MISTYPED:
        given = [str(tmp_path / word) if word in ("setup.cfg", "a.txt") else word for word in line.split()]
        said = _said(["--language", language, *given], capsys).replace(str(tmp_path), "FOLDER")
        told.append(f"$ redegov {line}\n{SOURCES.sub('localidades … snc_2018', said)}")
    assert_snapshot(f"commands/{language}", "\n".join(told))


@pytest.mark.parametrize("language", LANGUAGES)
def test_why_rows_are_refused_is_told_in_both_languages(
    language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "lista.csv").write_text(LIST, encoding="utf-8")
    given = ["membership", "inspect", "--all", str(tmp_path / "lista.csv"), "--snapshot-date", "2025-12-31"]
    said = _said(["--language", language, *given], capsys)
    # The last lines hold the list against published totals, which go on.
    told, _, _ = said.partition("Sum check" if language == "en" else "Conferência da soma")
    assert_snapshot(f"membership/inspect.{language}", told)

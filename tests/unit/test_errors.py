"""What a person reads when something is wrong: in English and in Portuguese, the same facts, each text read once."""

from __future__ import annotations

import datetime as dt
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from redegov_analysis.cleaning.membership import read_membership
from redegov_analysis.cli import main
from redegov_analysis.data.checks import CheckResult, require_sound
from redegov_analysis.data.findings import finding_on_rows
from redegov_analysis.data.official.download import download
from redegov_analysis.data.official.sidra import read_sidra_values
from redegov_analysis.drivers.hazard import fit_hazard
from redegov_analysis.errors import DataError, ParameterError, RedegovError
from redegov_analysis.forecast.curves import fit_curve
from redegov_analysis.forecast.growth import forecast_growth
from redegov_analysis.language import LANGUAGES, Phrase, language_of_environment
from redegov_analysis.project import find_project
from redegov_analysis.reports.jobs import Failure, Job
from redegov_analysis.reports.parameters import Parameter
from redegov_analysis.reports.text import Text
from snapshots import assert_snapshot

DAY = dt.date(2025, 12, 31)
LIST = "Município;UF\nCampinas;SP\n"


def _list(name: str, content: str | bytes, answers: dict[str, object] | None = None) -> Callable[[Path], object]:
    def read(folder: Path) -> object:
        path = folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_membership(path, DAY, answers)

    return read


def _macros(folder: Path) -> object:
    with zipfile.ZipFile(folder / "lista.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<a/>")
        archive.writestr("xl/vbaProject.bin", "x")
    return read_membership(folder / "lista.xlsx", DAY)


def _pipe(folder: Path) -> object:
    os.mkfifo(folder / "lista.csv")
    return read_membership(folder / "lista.csv", DAY)


def _totals(*totals: int) -> pd.DataFrame:
    days = pd.date_range("2020-01-01", periods=len(totals), freq="YS")
    return pd.DataFrame({"date": days, "municipalities": totals})


def _forecast(*totals: int) -> Callable[[Path], object]:
    return lambda _: forecast_growth(_totals(*totals), universe=5570, dates=["2027-12-31"], draws=10)


def _hazard(**columns: list[float]) -> Callable[[Path], object]:
    X = pd.DataFrame({"const": [1.0] * 6, **columns})
    return lambda _: fit_hazard(pd.Series([0, 0, 0, 1, 1, 1]), X)


def _unsound(_: Path) -> object:
    found = finding_on_rows(pd.DataFrame({"a": [1]}), ("Fine.", "Certo."), ("lie", "mentem"))
    return require_sound(
        [CheckResult("keys", "milestones", "error", found.passed, found.message, found.message_pt, found.rows)]
    )


def _late(_: Path) -> object:
    told = Phrase("The notebook took longer than {seconds:g} {seconds:second|seconds}", {"seconds": 1.5})
    raise Failure.of("timeout", "Timeout", told, cell=3, heading="Growth").exception(
        Job(Path("01_a.ipynb"), {}, "a.html")
    )


MET: dict[str, Callable[[Path], object]] = {
    "empty": _list("lista.csv", ""),
    "nul": _list("lista.csv", LIST + "\0"),
    "encoding": _list("lista.csv", LIST.encode() + b"\x81;SP\n"),
    "quote": _list("lista.csv", LIST + '"Santos;SP\n'),
    "wide": _list("lista.csv", LIST + "x;" * 1200 + "x\n"),
    "json": _list("lista.json", "[1,"),
    "macros": _macros,
    "pipe": _pipe,
    "gzip": _list("lista.csv", b"\x1f\x8b\x08"),
    "no_column": _list("lista.csv", "Produto;Preço\nArroz;10\n"),
    "month_first": _list("lista.csv", "Município;UF;Data\nCampinas;SP;03/16/2021\nSantos;SP;04/17/2022\n"),
    "undated": _list("lista.csv", "Município;UF;Data\nCampinas;SP;06/03/2021\nSantos;SP;\nBauru;SP;\n"),
    "marks": _list("lista.csv", "Município;UF;Aderiu\nCampinas;SP;talvez\nSantos;SP;quase\n"),
    "another_network": _list("lista.csv", "Município;UF;Data\nCampinas;SP;06/03/2012\nSantos;SP;07/03/2013\n"),
    "answer_key": _list("lista.csv", LIST, {"cidade": "Nome"}),
    "answer_value": _list("lista.csv", LIST, {"undated": "maybe"}),
    "answer_column": _list("lista.csv", LIST, {"state": 9}),
    "parameter": lambda _: Parameter("draws", "integer", 2000, "Draws", minimum=100, maximum=5000).checked("many"),
    "language": lambda _: Text("fr"),
    "points": lambda _: fit_curve([1, 2], [1, 2]),
    "one_total": _forecast(10),
    "shrinking": _forecast(10, 5),
    "separation": _hazard(x=[0, 0, 0, 1, 1, 1]),
    "constants": _hazard(x=[7] * 6, y=[0, 1, 0, 1, 0, 1]),
    "address": lambda folder: download("ftp://example.org/a.csv", folder / "part"),
    "maintenance": lambda _: read_sidra_values(b"<html>", variable="9324", name="sidra.json"),
    "unsound": _unsound,
    "late": _late,
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_errors_read_as_they_were_read(language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = []
    for name, meet in MET.items():
        (folder := tmp_path / name).mkdir()
        with pytest.raises(RedegovError) as met:
            meet(folder)
        text = met.value.told(language).replace(str(folder), "FOLDER")  # type: ignore[arg-type]
        told.append(f"{name} (exit code {met.value.exit_code})\n  {text}\n")
    monkeypatch.setenv("REDEGOV_HOME", "/no/project")
    with pytest.raises(RedegovError) as met:
        find_project()
    told.append(f"no project (exit code {met.value.exit_code})\n  {met.value.told(language)}\n")  # type: ignore[arg-type]
    assert_snapshot(f"errors/{language}", "\n".join(told))


def test_an_error_says_found_where_expected_and_remedy() -> None:
    error = DataError("found {n:,} rows", where="{file}", expected="one", remedy="Look.", n=1200, file="a.csv")
    assert str(error) == "a.csv: found 1,200 rows; expected one. Look."
    assert error.fields() == {"where": "a.csv", "found": "found 1,200 rows", "expected": "one", "remedy": "Look."}


def test_braces_and_percent_signs_of_a_file_are_only_text() -> None:
    error = ParameterError("found {value!r}", where="{file}", expected="text", file="{0}%s{x.__class__}", value="{y}")
    assert str(error) == "{0}%s{x.__class__}: found '{y}'; expected text."
    assert str(DataError("a {brace} as it stands")) == "a {brace} as it stands"


def test_an_error_names_the_place_around_it_and_stays_as_it_was() -> None:
    error = DataError("bad", where="line {line}", line=2)
    around = error.within("list.csv")
    assert (str(error), str(around)) == ("line 2: bad.", "list.csv, line 2: bad.")
    assert type(around) is DataError


def test_an_error_crosses_to_another_process_with_its_parts() -> None:
    error = ParameterError("bad {n}", where="here", remedy="Mend it.", n=3)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.fields(), type(again)) == (str(error), error.fields(), ParameterError)


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "pt_BR.UTF-8"}, "pt-BR"),
        ({"LANG": "pt_BR.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "C", "LANGUAGE": "pt:en"}, "pt-BR"),
        ({"LC_MESSAGES": "de_DE"}, "en"),
    ],
)
def test_the_environment_chooses_the_language_as_gettext_would(environment: dict[str, str], language: str) -> None:
    assert language_of_environment(environment) == language


def test_numbers_within_words_are_written_as_the_language_does() -> None:
    phrase = Phrase("{size:,.1f} of {rows:,}", {"size": 1234.5, "rows": 5571})
    assert (phrase.told("en"), phrase.told("pt-BR")) == ("1,234.5 of 5,571", "1.234,5 of 5.571")


@pytest.mark.parametrize(("language", "word"), [("C", "Error: "), ("pt_BR.UTF-8", "Erro: ")])
def test_the_command_line_speaks_the_language_of_the_terminal(
    language: str, word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", language)
    monkeypatch.delenv("LANGUAGE", raising=False)
    (tmp_path / "lista.csv").touch()
    with pytest.raises(SystemExit) as left:
        main(["membership", "inspect", str(tmp_path / "lista.csv")])
    assert left.value.code == 3
    assert capsys.readouterr().err.startswith(f"{word}lista.csv: ")


def test_programs_get_an_error_as_one_line_of_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "lista.csv").touch()
    with pytest.raises(SystemExit):
        main(["--json-errors", "membership", "inspect", str(tmp_path / "lista.csv")])
    said = json.loads(capsys.readouterr().err)
    assert {"error", "exit_code", "where", "found", "message"} <= set(said)
    assert (said["error"], said["exit_code"], said["where"]) == ("DataError", 3, "lista.csv")

"""What the readers say, held word by word against the texts in `tests/snapshots/membership`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner

from redegov_analysis.cleaning.membership import read_membership
from redegov_analysis.cli.membership import membership
from redegov_analysis.errors import RedegovError
from snapshots import assert_snapshot

DAY = dt.date(2025, 12, 31)
Write = Callable[..., Path]

QUESTIONS = {
    "two marks, neither of them known": "Município;UF;Aderiu\nCampinas;SP;K\nSantos;SP;Q\nFeijó;AC;K\n",
    "day and month that can be read both ways": (
        "Município;UF;Data de adesão\nCampinas;SP;03/04/2021\nSantos;SP;05/06/2021\nFeijó;AC;07/08/2021\n"
    ),
    "days before the network's first": (
        "Município;UF;Data de adesão\n"
        + "".join(f"{name};SP;15/07/2015\n" for name in ("Campinas", "Santos", "Ubatuba"))
    ),
    "no column of municipalities": "Grupo;Valor\nA;1\nB;2\n",
    "two columns of days": (
        "Município;UF;Data de adesão;Data de publicação\nCampinas;SP;13/04/2021;14/04/2021\n"
        "Santos;SP;15/06/2021;16/06/2021\n"
    ),
    "a missing heading": "Campinas;SP;13/04/2021\nSantos;SP;15/06/2021\n",
}
REFUSALS = {
    "nothing": b"",
    "a picture": b"\x89PNG\r\n\x1a\n",
    "an archive": b"Rar!\x1a\x07",
    "a Parquet file": b"PAR1....PAR1",
    "a damaged workbook": b"PK\x03\x04 cut off",
    "a NUL byte": "Município\nS\0o Paulo\n".encode(),
    "an unknown byte": b"Munic\x81pio\nCampinas\xff\n",
    "an unclosed quote": 'Município;UF\n"Campinas;SP\nSantos;SP\n'.encode(),
    "broken JSON": b'[{"municipio": "Campinas", ',
    "a damaged PDF": b"%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 9 0 R>>\nendobj\n",
    "too many columns": (";".join(f"c{n}" for n in range(400)) + "\n").encode(),
    "too long a cell": ("Município;UF\n" + "x" * 20_000 + ";SP\n").encode(),
}
REJECTED = """Código IBGE;Município;UF;Data de adesão;Situação
3509502;Campinas;SP;06/03/2021;Ativa
;Qwxz Kjhg;SP;06/03/2021;Ativa
;Campinass;SP;06/03/2021;Ativa
;Bom Jesus;;06/03/2021;Ativa
;Campinas;AC;06/03/2021;Ativa
;Santos;XX;06/03/2021;Ativa
9999999;Santos;SP;06/03/2021;Ativa
3509502;Santos;SP;06/03/2021;Ativa
;Santos;SP;31/02/2023;Ativa
;Ubatuba;SP;03/04/2019;Ativa
;Guarujá;SP;01/02/2026;Ativa
;Boa Esperança do Norte;MT;06/03/2021;Ativa
;;SP;06/03/2021;Ativa
;Campinas;SP;07/03/2021;Ativa
"""


def said(path: Path) -> str:
    """Return what reading a list ends in: a question, a refusal, or the log."""
    try:
        return "\n".join(read_membership(path, DAY).log)
    except RedegovError as error:
        return f"{type(error).__name__}, exit code {error.exit_code}: {error}"


def test_questions_are_asked_in_these_words(write: Write) -> None:
    assert_snapshot(
        "membership/questions",
        "".join(f"== {name}\n{said(write('list.csv', text))}\n\n" for name, text in QUESTIONS.items()),
    )


def test_files_are_refused_in_these_words(write: Write) -> None:
    assert_snapshot(
        "membership/refusals",
        "".join(f"== {name}\n{said(write('list.dat', data))}\n\n" for name, data in REFUSALS.items()),
    )


def test_rows_are_rejected_in_these_words(write: Write) -> None:
    table = read_membership(write("list.csv", REJECTED), DAY)
    rows = table.rejected[["line", "problem", "reason"]].itertuples(index=False)
    assert_snapshot(
        "membership/rejections", "".join(f"{line}  {problem}: {reason}\n" for line, problem, reason in rows)
    )


def test_inspect_shows_a_known_file_in_these_words(write: Write) -> None:
    path = write("list.csv", f"Rede GOV.BR;;;;\nLista de exemplo;;;;\n{REJECTED}Total;2;;;\nFonte: SGD;;;;\n")
    shown = CliRunner().invoke(membership, ["inspect", str(path), "--snapshot-date", "2025-12-31"])
    assert shown.exit_code == 0
    assert_snapshot("membership/inspect", shown.output)

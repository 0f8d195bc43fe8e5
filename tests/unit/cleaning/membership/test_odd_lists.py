"""Lists that people make by hand: answers that do not fit them, odd cells of workbooks, JSON and pages."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from redegov_analysis.cleaning.membership import MembershipTable, read_membership
from redegov_analysis.errors import RedegovError

DAY = dt.date(2025, 12, 31)
RIO_BRANCO, CAMPINAS = "1200401", "3509502"
TWO = "Município;UF\nRio Branco;AC\nCampinas;SP\n"
Write = Callable[..., Path]


def codes(table: MembershipTable) -> set[str]:
    return set(table.members["ibge_code"])


def with_part(workbook: bytes, name: str, old: str, new: str) -> bytes:
    """Return a workbook with one of its parts written otherwise."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as before, zipfile.ZipFile(buffer, "w") as after:
        for part in before.namelist():
            text = before.read(part).decode()
            assert part != name or old in text
            after.writestr(part, text.replace(old, new) if part == name else text)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("text", "answers", "told"),
    [
        (TWO, {"header_line": 2}, "no column of municipalities under the headings of line 2"),
        (TWO, {"header_line": 9}, "line 9 holds nothing"),
        (TWO, {"municipality": "Prefeitura"}, "no column is headed 'Prefeitura'"),
        (TWO.replace("UF", "Município"), {"municipality": "Município"}, "several columns are headed 'Município'"),
        ("Município;UF;Estado\nRio Branco;AC;SP\nCampinas;SP;AC\n", {}, "Which column is state"),
        ("IBGE;Código IBGE;Município\n1200401;3509502;Rio Branco\n3509502;1200401;Campinas\n", {}, "Which column is"),
        ("", {}, "empty"),
    ],
)
def test_answers_and_headings_that_do_not_fit_are_refused(
    write: Write, text: str, answers: dict[str, Any], told: str
) -> None:
    with pytest.raises(RedegovError) as caught:
        read_membership(write("list.csv", text), DAY, answers)
    assert told in str(caught.value)


def test_headings_stand_where_the_answer_says(write: Write) -> None:
    titled = write("list.csv", "Rede;2025\n" + TWO)
    assert codes(read_membership(titled, DAY, {"header_line": 2})) == {RIO_BRANCO, CAMPINAS}
    bare = write("bare.csv", "Rio Branco;AC\nCampinas;SP\n")
    found = read_membership(bare, DAY, {"header_line": 0, "municipality": 1, "state": 2})
    assert codes(found) == {RIO_BRANCO, CAMPINAS}


def test_hidden_sheets_are_passed_over_and_told(write: Write, make_xlsx: Callable[..., bytes]) -> None:
    rows = [["Município", "UF"], ["Rio Branco", "AC"]]
    book = make_xlsx({"A": rows, "B": [["Município", "UF"], ["Campinas", "SP"]]})
    hidden = with_part(book, "xl/workbook.xml", '<sheet name="B"', '<sheet name="B" state="hidden"')
    table = read_membership(write("list.xlsx", hidden), DAY)
    assert codes(table) == {RIO_BRANCO}
    assert any("Sheet 'B' is hidden" in line for line in table.log)


def test_a_sheet_as_wide_as_no_list_is_refused(write: Write, make_xlsx: Callable[..., bytes]) -> None:
    wide = make_xlsx({"A": [["Município"], ["Rio Branco", *["x"] * 2000]]})
    with pytest.raises(RedegovError, match="2,001 columns"):
        read_membership(write("list.xlsx", wide), DAY)


def test_yes_and_no_of_json_and_whole_numbers_are_read_as_written(write: Write) -> None:
    rows = [
        {"Código": 1200401.0, "Município": "Rio Branco", "UF": "AC", "Aderiu": True, "Nota": None},
        {"Código": 3509502.0, "Município": "Campinas", "UF": "SP", "Aderiu": False, "Nota": None},
    ]
    table = read_membership(write("list.json", json.dumps(rows)), DAY)
    assert codes(table) == {RIO_BRANCO}
    assert table.rows_read == 2


def test_json_as_deep_as_no_list_is_refused(write: Write) -> None:
    with pytest.raises(RedegovError, match=r"deep|nested|levels"):
        read_membership(write("list.json", '{"a":' * 90 + "1" + "}" * 90), DAY)


def test_cells_without_a_row_are_a_row(write: Write) -> None:
    page = "<table><tr><th>Município<th>UF</tr></table><table><td>Rio Branco<td>AC</table>"
    whole = page.replace("</table><table>", "")
    assert codes(read_membership(write("list.html", whole), DAY)) == {RIO_BRANCO}


def test_cells_that_span_rows_fill_each_of_them(write: Write) -> None:
    page = (
        "<table><tr><th>UF<th>Município</tr><tr><td rowspan=3>SP<td>Campinas</tr><tr><td>Santos</tr>"
        "<tr><td>Franca</tr></table>"
    )
    table = read_membership(write("list.html", page), DAY)
    assert len(codes(table)) == 3


@pytest.mark.parametrize(
    "row", ["3509502;Campinas;AC", "3509502;Rio Branco;SP", ";Rio Branco/AC;SP", ";Campinas;ZZ", "3509502;Acre;AC"]
)
def test_a_row_that_contradicts_itself_is_no_member(write: Write, row: str) -> None:
    text = f"Código IBGE;Município;UF\n3518701;Guarujá;SP\n1200302;Feijó;AC\n{row}\n"
    table = read_membership(write("list.csv", text), DAY)
    assert codes(table) == {"3518701", "1200302"}
    assert table.rows_read == 3


def test_own_headings_that_look_like_ours_keep_their_cells(write: Write) -> None:
    text = "Município;UF;problem\nRio Branco;AC;x\nNenhures;SP;y\n"
    table = read_membership(write("list.csv", text), DAY)
    assert "problem (as read)" in table.rejected.columns
    assert table.rejected["problem (as read)"].tolist() == ["y"]


def test_ticked_boxes_and_days_of_a_workbook_are_read_as_words_and_days(
    write: Write, make_xlsx: Callable[..., bytes]
) -> None:
    rows = [
        ["Município", "UF", "Aderiu", "Data"],
        ["Rio Branco", "AC", "1", "@44260"],
        ["Campinas", "SP", "0", "@44261"],
    ]
    book = make_xlsx({"A": rows})
    for cell in ("C2", "C3"):
        book = with_part(book, "xl/worksheets/sheet1.xml", f'<c r="{cell}"', f'<c t="b" r="{cell}"')
    table = read_membership(write("list.xlsx", book), DAY)
    assert codes(table) == {RIO_BRANCO}
    assert f"{table.members['joined_on'].iloc[0]:%Y-%m-%d}" == "2021-03-05"

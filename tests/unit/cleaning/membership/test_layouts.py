from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from redegov_analysis.cleaning.membership import MembershipTable, read_membership
from redegov_analysis.errors import DataError, ParameterError

DAY = dt.date(2025, 12, 31)
RIO_BRANCO, XAPURI, FEIJO, CAMPINAS = "1200401", "1200708", "1200302", "3509502"
Write = Callable[..., Path]


def codes(table: MembershipTable) -> list[str]:
    assert table.rows_read == sum(map(len, (table.members, table.governments, table.duplicates, table.rejected)))
    return table.members["ibge_code"].tolist()


def days(table: MembershipTable) -> dict[str, str | None]:
    written = [None if day != day else f"{day:%Y-%m-%d}" for day in table.members["joined_on"]]
    return dict(zip(table.members["ibge_code"], written, strict=True))


def test_titles_headings_totals_and_notes_are_set_aside_with_their_lines(write: Write) -> None:
    text = (
        "REDE GOV.BR;;\nMunicípios aderentes;;\n;;\nNº;Ente;UF;Adesão\n1;Rio Branco;AC;05/03/2021\n"
        "Nº;Ente;UF;Adesão\n2;Campinas;SP;06/03/2021\nTotal;2;;\nFonte: SGD;;\n* dados preliminares;;\n"
    )
    table = read_membership(write("list.csv", text), DAY)
    assert days(table) == {RIO_BRANCO: "2021-03-05", CAMPINAS: "2021-03-06"}
    found = list(zip(table.asides["line"], table.asides["kind"], strict=True))
    assert sorted(found) == [
        (1, "title"), (2, "title"), (4, "headings"), (6, "headings"), (8, "total"), (9, "note"), (10, "note"),
    ]  # fmt: skip


def test_a_column_of_codes_that_holds_few_is_told_and_not_used_in_silence(write: Write) -> None:
    text = "Código IBGE;Município;UF\n3509502;Campinas;SP\n17;Rio Branco;AC\n18;Xapuri;AC\n19;Feijó;AC\n"
    path = write("list.csv", text)
    table = read_membership(path, DAY)
    assert codes(table) == sorted([RIO_BRANCO, XAPURI, FEIJO, CAMPINAS])
    assert any("only 1 of 4 cells looked at holds one ('17' does not)" in sentence for sentence in table.log)
    assert codes(read_membership(path, DAY, {"code": 1})) == [CAMPINAS]
    assert not any("WARNING" in sentence for sentence in read_membership(path, DAY, {"code": None}).log)


def test_a_column_of_which_few_names_exist_is_asked_about_and_read_when_told(write: Write) -> None:
    rows = "Município;UF\nCampinas;SP\n" + "Qwxz;SP\n" * 9
    told = (
        "no column of municipalities was found.*Under 'Município' only 1 of 10 cells looked at "
        "names a municipality: `municipality: 1` has these read and the others refused."
    )
    with pytest.raises(DataError, match=told):
        read_membership(write("few.csv", rows), DAY)
    table = read_membership(write("few.csv", rows), DAY, {"municipality": 1})
    assert codes(table) == [CAMPINAS]
    assert table.rejected["problem"].tolist() == ["unknown_name"] * 9


def test_merged_states_of_a_workbook_are_filled_down(write: Write, make_xlsx: Callable[..., bytes]) -> None:
    rows = [["Lista", "", ""], ["UF", "Município", "Data"], ["AC", "Rio Branco", "@44260"], ["", "Xapuri", "@44261"],
            ["", "Feijó", "@44262"], ["SP", "Campinas", "@44263"]]  # fmt: skip
    table = read_membership(write("list.xlsx", make_xlsx({"A": rows}, merged=["A1:C1", "A3:A5"])), DAY)
    assert days(table) == {
        XAPURI: "2021-03-06", FEIJO: "2021-03-07", RIO_BRANCO: "2021-03-05", CAMPINAS: "2021-03-08",
    }  # fmt: skip


def test_states_written_once_per_block_are_filled_down_only_where_the_names_bear_it_out(write: Write) -> None:
    good = read_membership(write("a.csv", "UF,Município\nAC,Rio Branco\n,Xapuri\n,Feijó\nSP,Campinas\n,Santos\n"), DAY)
    assert len(codes(good)) == 5
    bad = read_membership(write("b.csv", "UF,Município\nAC,Rio Branco\n,Campinas\n,Bom Jesus\n,Santos\n"), DAY)
    assert bad.rejected["problem"].tolist() == ["ambiguous"]
    assert bad.log == tuple(line for line in bad.log if "filled" not in line)


@pytest.mark.parametrize(
    "rows",
    [
        "SP,Campinas\nSP,Santos\n,Bom Jesus\n,Cascavel\n",  # two rows running have their state
        "RS,Canela\n,Bom Jesus\nSP,Santos\n,Bauru\nRS,Gramado\n,Esteio\n",  # a state comes back
        "SP,Campinas\nRS,Canela\nAC,Xapuri\n,Feijó\n,Bom Jesus\n",  # most rows have their state
    ],
)
def test_a_state_that_was_left_out_is_not_taken_from_the_row_above(write: Write, rows: str) -> None:
    table = read_membership(write("list.csv", f"UF,Município\n{rows}"), DAY)
    assert not any("filled" in line for line in table.log)
    assert "ambiguous" in table.rejected["problem"].tolist()


def test_a_state_may_stand_again_at_the_head_of_a_page(write: Write) -> None:
    text = "UF,Município\nAC,Rio Branco\n,Xapuri\n,Feijó\nAC,Brasiléia\n,Sena Madureira\nSP,Campinas\n,Santos\n"
    assert len(codes(read_membership(write("list.csv", text), DAY))) == 7


def test_lines_that_cite_the_document_of_joining_give_name_and_day(write: Write) -> None:
    text = (
        "ESTADO: ACRE\n1. Município de Rio Branco - Termo de Adesão nº 12/2022, DOU de 03/05/2022\n"
        "2. Prefeitura de Xapuri (Acordo de Cooperação 13/2022), publicado em 04/05/2022\n"
    )
    assert days(read_membership(write("list.txt", text), DAY)) == {RIO_BRANCO: "2022-05-03", XAPURI: "2022-05-04"}


def test_headings_over_two_rows_are_read_together(write: Write) -> None:
    text = "Município;UF;Adesão;\n;;Nº;Data\nRio Branco;AC;7;05/03/2021\nCampinas;SP;8;06/03/2021\n"
    assert days(read_membership(write("list.csv", text), DAY)) == {RIO_BRANCO: "2021-03-05", CAMPINAS: "2021-03-06"}


def test_rows_of_states_open_blocks_and_their_namesakes_stay_municipalities(write: Write) -> None:
    text = (
        "Ente;Data\nGOIÁS;\nGoiás;01/02/2021\nAnápolis;02/02/2021\nMINAS GERAIS;03/02/2021\nTocantins;04/02/2021\n"
        "TOCANTINS;\nPalmas;\n"
    )
    table = read_membership(write("list.csv", text), DAY, {"undated": "member"})
    assert codes(table) == ["1721000", "3169000", "5201108", "5208905"]
    assert table.governments[["kind", "uf"]].to_numpy().tolist() == [["state", "MG"]]
    assert table.asides["text"].tolist() == ["Ente | Data", "GOIÁS", "TOCANTINS"]


def test_a_state_that_may_be_a_municipality_is_asked_about(write: Write) -> None:
    path = write("list.txt", "São Paulo\nCampinas\nSantos\n")
    with pytest.raises(DataError, match=r"the state whose municipalities follow.*state_rows: true"):
        read_membership(path, DAY)
    assert len(codes(read_membership(path, DAY, {"state_rows": False}))) == 3
    assert len(codes(read_membership(path, DAY, {"state_rows": True}))) == 2


def test_sheets_named_for_states_are_read_together(write: Write, make_xlsx: Callable[..., bytes]) -> None:
    head = ["Município", "Data"]
    sheets = {"AC": [head, ["Rio Branco", "05/03/2021"]], "SP": [head, ["Campinas", "06/03/2021"]],
              "Resumo": [["Situação", "Total"], ["ok", "2"]]}  # fmt: skip
    table = read_membership(write("list.xlsx", make_xlsx(sheets)), DAY)
    assert codes(table) == [RIO_BRANCO, CAMPINAS]
    assert set(table.members["source"]) == {"list.xlsx#AC", "list.xlsx#SP"}


def test_two_tables_of_different_columns_are_asked_about(write: Write, make_ods: Callable[..., bytes]) -> None:
    everyone = [["Município", "UF"], ["Santos", "SP"]]
    sheets = {"Todos": everyone, "Adesões": [["Município", "UF", "Data"], ["Campinas", "SP", "06/03/2021"]]}
    path = write("list.ods", make_ods(sheets))
    with pytest.raises(DataError, match="Which is the list"):
        read_membership(path, DAY)
    assert codes(read_membership(path, DAY, {"sheets": "Adesões"})) == [CAMPINAS]


@pytest.mark.parametrize(
    "document",
    [
        [{"municipio": {"nome": "Campinas"}, "UF": {"sigla": "SP"}, "dataAdesao": "2021-03-06"}],
        [{"municipio": {"nome": "Campinas", "uf": "SP"}, "adesao": {"data": "2021-03-06"}}],
        [{"ente": {"nome": "Campinas", "ibge": 350950.0, "uf": {"sigla": "SP"}}, "adesao": {"data": "2021-03-06"}}],
        {"data": {"total": 1, "itens": [{"codigo_ibge": 3509502, "data_adesao": "06/03/2021"}]}},
        [["Município", "UF", "Data"], ["Campinas", "SP", "06/03/2021"]],
        {"SP": ["Campinas – 06/03/2021"]},
        ["Campinas/SP – 06/03/2021"],
    ],
)
def test_json_of_many_shapes(document: object, write: Write) -> None:
    table = read_membership(write("list.json", json.dumps(document, ensure_ascii=False)), DAY)
    assert days(table) == {CAMPINAS: "2021-03-06"}


def test_lists_under_state_headings_of_a_page(write: Write) -> None:
    page = """<html><body><nav><a>Início</a> <a>Santos</a></nav><div><p>Ir para o conteúdo</p><h1>Adesões</h1>
    <h3>ACRE</h3><ul><li>Rio Branco</li><li>Xapuri</li></ul><h3>São Paulo (2)</h3>
    <ul><li>Campinas &ndash; 06/03/2021</li><li>S&atilde;o Paulo</li></ul></div><footer>Bauru</footer></body></html>"""
    table = read_membership(write("page.html", page), DAY, {"undated": "member"})
    assert codes(table) == [RIO_BRANCO, XAPURI, CAMPINAS, "3550308"]
    assert table.asides["text"].tolist() == ["Ir para o conteúdo", "Adesões", "ACRE", "São Paulo (2)"]


def test_cells_that_span_rows_of_a_page_are_filled_down(write: Write) -> None:
    page = """<table><tr><th>UF</th><th>Município</th></tr><tr><td rowspan="2">AC</td><td>Rio Branco</td></tr>
    <tr><td>Xapuri</td></tr><tr><td>SP<td>Campinas</table>"""
    assert codes(read_membership(write("page.html", page), DAY)) == [RIO_BRANCO, XAPURI, CAMPINAS]


def test_text_pasted_from_a_page_with_bullets_numbers_and_many_names_on_a_line(write: Write) -> None:
    text = "Acre: Rio Branco, Xapuri e Feijó.\n\nSÃO PAULO\n• Campinas\n2) Santos - SP\nTotal: 5\n"
    assert codes(read_membership(write("list.txt", text), DAY)) == [FEIJO, RIO_BRANCO, XAPURI, CAMPINAS, "3548500"]


def test_quoted_line_ends_keep_the_lines_of_the_file(write: Write) -> None:
    text = 'Município,UF,Obs\nCampinas,SP,"a\nb"\nNada,SP,\n'
    table = read_membership(write("list.csv", text), DAY)
    assert table.members["line"].tolist() == [2]
    assert table.rejected["line"].tolist() == [4]


def test_states_consortia_councils_and_other_bodies_go_to_their_own_table(write: Write) -> None:
    text = (
        "Ente;Esfera;UF\nGoverno do Estado do Acre;Estadual;AC\nBahia;Estadual;BA\nConsórcio Intermunicipal ABC;;SP\n"
        "Câmara Municipal de Campinas;;SP\nPrefeitura Municipal de Campinas;Municipal;SP\n"
        "Governo do Distrito Federal;Distrital;DF\n"
        "Rio de Janeiro;Estadual;RJ\nRio de Janeiro;Municipal;RJ\nAgência Nacional;Federal;DF\n"
    )
    table = read_membership(write("list.csv", text), DAY)
    assert codes(table) == ["3304557", CAMPINAS]
    kinds = table.governments["kind"].value_counts().to_dict()
    assert kinds == {"state": 4, "consortium": 1, "council": 1, "other": 1}
    assert sorted(table.governments.loc[table.governments["kind"] == "state", "uf"]) == ["AC", "BA", "DF", "RJ"]


def test_code_and_name_must_agree(write: Write) -> None:
    text = "Código IBGE;Município\n350950;Campinas\n3509502.0;Santos\n3509503;Campinas\n;Santos\n3548500;\n"
    table = read_membership(write("list.csv", text), DAY)
    assert codes(table) == [CAMPINAS, "3548500"]
    assert dict(zip(table.rejected["line"], table.rejected["problem"], strict=True)) == {
        3: "contradiction",
        4: "unknown_code",
    }
    assert table.duplicates["line"].tolist() in ([5], [6])


@pytest.mark.parametrize("answers", [{"joined_on": "Data de publicação"}, {"joined_on": 3}, "file"])
def test_two_dates_are_asked_about_and_answered(answers: object, write: Write) -> None:
    path = write("list.csv", "Município;Data de assinatura;Data de publicação\nCampinas;06/03/2021;09/03/2021\n")
    with pytest.raises(DataError, match=r"Which column is joined_on: 'Data de assinatura' \(2\) /"):
        read_membership(path, DAY)
    if answers == "file":
        answers = write("columns.yml", "joined_on: Data de publicação\n")
    assert days(read_membership(path, DAY, answers)) == {CAMPINAS: "2021-03-09"}  # type: ignore[arg-type]


def test_columns_that_carry_no_known_name_can_be_given(write: Write) -> None:
    path = write("list.csv", "Quem;Onde;Foi\nCampinas;SP;2021-03-06\nXyz;SP;\n")
    given = {"municipality": "Quem", "state": "Onde", "joined_on": "Foi", "undated": "not_member"}
    assert days(read_membership(path, DAY, given)) == {CAMPINAS: "2021-03-06"}
    with pytest.raises(ParameterError, match="header_line: line 9 holds nothing"):
        read_membership(path, DAY, {"header_line": 9})


def test_marks_that_say_neither_yes_nor_no_are_asked_about(write: Write) -> None:
    rows = "".join(
        f"{name};{mark}\n" for name, mark in (("Campinas", "fase 3"), ("Santos", "fase 1"), ("Bauru", "Sim"))
    )
    path = write("list.csv", "Município;Situação\n" + rows)
    with pytest.raises(DataError, match=r"fase 1.*fase 3.*status_member"):
        read_membership(path, DAY)
    table = read_membership(path, DAY, {"status_member": ["fase 3"], "status_not_member": ["fase 1"]})
    assert codes(table) == ["3506003", CAMPINAS]
    assert table.rejected["problem"].tolist() == ["not_a_member"]
    assert len(codes(read_membership(path, DAY, {"status": None}))) == 3


def test_rows_without_a_date_are_asked_about_when_they_are_many(write: Write) -> None:
    path = write("list.csv", "Município;UF;Data\nCampinas;SP;06/03/2021\nSantos;SP;\nBauru;SP;\n")
    with pytest.raises(DataError, match=r"Have the rows without a date joined\? 2 of 3"):
        read_membership(path, DAY)
    assert days(read_membership(path, DAY, {"undated": "member"})) == {
        "3506003": None,
        CAMPINAS: "2021-03-06",
        "3548500": None,
    }
    assert codes(read_membership(path, DAY, {"undated": "not_member"})) == [CAMPINAS]


def test_a_list_that_names_no_municipality_is_no_list(write: Write) -> None:
    with pytest.raises(DataError, match="municipalit"):
        read_membership(write("list.csv", "a;b\n1;2\n3;4\n"), DAY)


def test_not_yet_installed_on_the_day_of_the_list(write: Write) -> None:
    path = write("list.csv", "Município;UF\nBoa Esperança do Norte;MT\nCampinas;SP\n")
    assert read_membership(path, dt.date(2024, 12, 31)).rejected["problem"].tolist() == ["not_yet_installed"]
    assert len(codes(read_membership(path, DAY))) == 2

"""The publishers' layouts in small: titles, footnotes, marks and everything that must be refused."""

from __future__ import annotations

import contextlib
import json
import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from redegov_analysis.cleaning.municipalities import match_names
from redegov_analysis.data import deadline
from redegov_analysis.data.official import (
    read_aggregates,
    read_areas,
    read_capag,
    read_connectivity,
    read_country_borders,
    read_culture_list,
    read_division,
    read_gazette_estimates,
    read_localidades,
    read_login_list,
    read_neighbours,
    read_sidra_csv,
    read_sidra_values,
    read_sidra_xlsx,
    read_source,
    source,
    sources,
)
from redegov_analysis.data.resources import catalogue_from_text
from redegov_analysis.errors import DataError, ParameterError
from redegov_analysis.project import Project

AREAS = ["ID", "CD_UF", "NM_UF", "NM_UF_SIGLA", "CD_MUN", "NM_MUN", "AR_MUN_2022"]
LAGOON = ["2", "43", "Rio Grande do Sul", "RS", "4300001", "Lagoa Mirim", 2884.34]
PORTO_ALEGRE = ["1", "43", "Rio Grande do Sul", "RS", "4314902", "Porto Alegre", 495.39]
NOTE = ["", "OBS: estes valores…"]
DOU = ["UF", "COD. UF", "COD. MUNIC", "NOME DO MUNICÍPIO", "POPULAÇÃO ESTIMADA"]
DOU_TITLE = ["ESTIMATIVAS … COM DATA DE REFERÊNCIA EM 1º DE JULHO DE 2021"]
LIMITS = ["CD_MUN", "NM_MUN", "N_LIM", "CD_LIM", "NM_LIM", "COMP_KM"]


def test_lagoons_and_notes_are_no_municipalities(workbook: Any) -> None:
    content = workbook({"AR_BR_MUN_2022": [AREAS, PORTO_ALEGRE, LAGOON, [], NOTE]})
    frame = read_areas(content)
    assert frame.to_dict("records") == [
        {"ibge_code": "4314902", "name": "Porto Alegre", "uf": "RS", "area_km2": 495.39}
    ]


def test_a_publishers_workbook_of_a_cell_far_away_takes_no_memory_and_ends_nothing(workbook: Any) -> None:
    sheet, parts = "xl/worksheets/sheet1.xml", {}
    with zipfile.ZipFile(BytesIO(workbook({"AR_BR_MUN_2022": [AREAS, PORTO_ALEGRE]}))) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    far = b'<row r="%d"><c r="XFD%d"><v>1</v></c></row></sheetData>'
    for row, said in ((1_048_576, "too much memory|1,048,576 rows"), (4, "4 rows and 16,384 columns")):
        buffer = BytesIO()
        with zipfile.ZipFile(buffer, "w") as packed:
            for name, part in parts.items():
                spoilt = part.replace(b"</sheetData>", far % (row, row)) if name == sheet else part
                packed.writestr(name, spoilt)
        with pytest.raises(DataError, match=rf"ibge_areas.*({said}).*Get it again"):
            read_areas(buffer.getvalue())


def test_an_area_that_is_not_given_is_missing_and_not_zero(workbook: Any) -> None:
    frame = read_areas(workbook({"AR_BR_MUN_2022": [AREAS, [*PORTO_ALEGRE[:6], "..."]]}))
    assert frame["area_km2"].isna().all()


@pytest.mark.parametrize(
    ("written", "people", "mark"),
    [
        (12345, 12345, None),
        ("12.345", 12345, None),
        ("12.345(1)", 12345, "(1)"),
        ("1.012.345 (12)", 1012345, "(12)"),
        ("834*", 834, "*"),
        ("5 123(2)(3)", 5123, "(2)(3)"),
    ],
)
def test_footnote_marks_are_told_from_the_count(workbook: Any, written: object, people: int, mark: str | None) -> None:
    content = workbook({"MUNICÍPIOS": [DOU_TITLE, DOU, ["RO", 11, "00015", "Alta", written], [], ["Fonte: IBGE"]]})
    (row,) = read_gazette_estimates(content).to_dict("records")
    assert (row["ibge_code"], row["year"], row["population"]) == ("1100015", 2021, people)
    assert row["footnote"] == mark or (mark is None and pd.isna(row["footnote"]))


@pytest.mark.parametrize("written", ["12.3456", "1.5", 1.5, "cerca de 12", "", "-12"])
def test_what_is_no_count_is_refused_with_its_place(workbook: Any, written: object) -> None:
    content = workbook({"MUNICÍPIOS": [DOU_TITLE, DOU, ["RO", 11, "00015", "Alta", written]]})
    with pytest.raises(DataError, match="sheet MUNICÍPIOS, row 3, column POPULAÇÃO ESTIMADA: found"):
        read_gazette_estimates(content)


def limits(*rows: list[object]) -> list[list[object]]:
    return [LIMITS, *([code, "", 1, other, "", km] for code, other, km in rows)]


def test_a_border_counts_once_and_islands_have_none(workbook: Any) -> None:
    rows = limits([1100015, 1100023, 5], [2605459, "", ""], [4300001, 1100015, 3], [1100015, 4300001, 3])
    frame = read_neighbours(workbook({"Municípios Limítrofes": [*rows, [1100023, "", 1, 1100015, "", 5]]}))
    assert frame.values.tolist() == [["1100015", "1100023", 5.0]]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([[1100015, 1100023, 5]], "back from there no row"),
        ([[1100015, 1100023, 5], [1100023, 1100015, 6]], "back from there 6 km"),
        ([[1100015, 1100023, 5], [1100015, 1100023, 5]], "a second row"),
        ([[1100015, 1100023, "..."]], "no length"),
        ([[1100015, 110002, 5]], "a code of 7 digits"),
        ([[2605459, "", ""]], "no pair of neighbours"),
    ],
)
def test_borders_that_do_not_agree_are_refused(workbook: Any, rows: list[list[object]], told: str) -> None:
    with pytest.raises(DataError, match=told):
        read_neighbours(workbook({"Municípios Limítrofes": limits(*rows)}))


def test_a_municipality_may_border_on_two_countries(workbook: Any) -> None:
    rows = [
        ["CD_MUN", "NM_MUN", "PAIS_LIM", "COMP_INT"],
        [4108304, "Foz", "Paraguai", 1],
        [4108304, "Foz", "Argentina", 2],
    ]
    frame = read_country_borders(workbook({"Limítrofes com Limite Internacional": rows}))
    assert frame["country"].tolist() == ["Argentina", "Paraguai"]


def test_an_export_of_sidra_is_read_between_its_titles_and_notes() -> None:
    text = (
        '\ufeff"Tabela 6579 - População"\n"Variável"\n"Cód.";"Município";"Ano"\n"Cód.";"Município";"2024";"2025"\n'
        '"1100015";"Alta Floresta D\'Oeste (RO)";"1.234";"-"\n"5101837";"Boa Esperança do Norte (MT)";"...";"7,5"\n'
        '"Notas"\n"1 - em\nduas linhas"\n"X";"Valor inibido"\n'
    )
    frame = read_sidra_csv(text.encode(), table="6579")
    assert frame[["ibge_code", "uf", "year"]].values.tolist() == [
        ["1100015", "RO", 2024], ["1100015", "RO", 2025], ["5101837", "MT", 2024], ["5101837", "MT", 2025]
    ]  # fmt: skip
    assert frame["value"].fillna(-1).tolist() == [1234, 0, -1, 7.5]
    assert frame["name"].iloc[0] == "Alta Floresta D'Oeste"
    with pytest.raises(DataError, match="expected that of SIDRA's table 5938"):
        read_sidra_csv(text.encode(), table="5938")


def test_an_export_with_categories_is_refused_and_with_totals_read(workbook: Any) -> None:
    def export(category: str) -> bytes:
        rows = [
            ["Tabela 9514 - População", "", ""],
            ["Município", "Forma de declaração", "Ano x Sexo"],
            ["", "", "2022"],
            ["", "", category],
            ["1100015", "Total", 21494],
            ["Fonte: IBGE", "", ""],
        ]
        return workbook({"Tabela": rows})

    assert read_sidra_xlsx(export("Total"), table="9514")["value"].tolist() == [21494.0]
    with pytest.raises(DataError, match=r"row 4: found .*Homens.*expected the one category Total"):
        read_sidra_xlsx(export("Homens"), table="9514")


def test_marks_of_sidra_are_zero_or_missing(sidra: Any) -> None:
    marks = {"1100015": "-", "1100023": "..", "1100031": "...", "1100049": "X", "1100056": "12.5"}
    values = read_sidra_values(sidra(marks), variable="9324")["value"]
    assert values.fillna(-1).tolist() == [0, -1, -1, -1, 12.5]


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda text: text.replace('"D2C": "9324"', '"D2C": "93"'), "found the variable '93'"),
        (lambda text: text.replace("Ano (Código)", "Mês (Código)"), "has no Ano"),
        (lambda text: text.replace('"V": "7"', '"V": "7,0,0"'), "1100015 in 2025: found '7,0,0'"),
        (lambda text: text.replace('"D1C": "1100015"', '"D1C": "11"'), "found '11' in '2025'"),
        (lambda text: text.replace('"V": "7", ', ""), "has no 'V'"),
        (lambda text: json.dumps(json.loads(text)[:1]), "found no municipality"),
        (lambda text: json.dumps(json.loads(text) + json.loads(text)[1:]), "stands there twice"),
    ],
)
def test_an_answer_of_sidra_that_is_not_the_one_asked_for_is_refused(
    sidra: Any, spoil: Callable[[str], str], told: str
) -> None:
    content = spoil(sidra({"1100015": 7}).decode()).encode()
    with pytest.raises(DataError, match=told):
        read_sidra_values(content, variable="9324")


def nested(**changes: Any) -> list[dict[str, Any]]:
    series = [{"localidade": {"id": "1100015", "nome": "Alta Floresta D'Oeste (RO)"}, "serie": {"2021": "734469"}}]
    return [{"id": "37", "resultados": [{"classificacoes": [], "series": series}], **changes}]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ([], "found the variables none"),
        (nested(id="38"), "found the variables 38"),
        (nested(resultados=[]), "found 0 categories"),
        (nested(resultados=[{"series": [{"localidade": None}]}]), "expected series under `resultados`"),
        (nested(resultados=[{"series": []}]), "found no municipality"),
        ({"message": "Internal Server Error"}, "expected series"),
        (None, "expected series"),
    ],
)
def test_an_answer_of_the_aggregates_that_is_not_the_one_asked_for_is_refused(answer: object, told: str) -> None:
    assert read_aggregates(json.dumps(nested()).encode(), variable="37")["value"].tolist() == [734469.0]
    with pytest.raises(DataError, match=told):
        read_aggregates(json.dumps(answer).encode(), variable="37")


CAPAG = ["cod", "Nome_Município", "UF", "ano", "Indicador 1", "Nota 1", "Indicador 2", "Nota 2", "Indicador 3",
         "Nota 3", "CAPAG"]  # fmt: skip
IBC = ["Ano", "Código IBGE", "Município", "UF", "IBC", "Cobertura Pop. 4G5G", "Densidade SCM Ponderada",
       "Presença de fibra"]  # fmt: skip


def test_no_rating_is_missing_and_not_a_bad_one(workbook: Any) -> None:
    rows = [
        [5200050.0, "Abadia", "GO", 2023.0, 0.03, "A", "n.d.", "n.d.", 0.02, "B", "n.e."],
        [5200050.0, "Abadia", "GO", 2022.0, 0.03, "A", 0.8, "B", 0.02, "B", "D"],
    ]
    frame = read_capag(workbook({"Planilha1": [CAPAG, *rows]}))
    assert frame["year"].tolist() == [2022, 2023]
    assert frame["capag"].isna().tolist() == [False, True]
    assert frame["capag_written"].tolist() == ["D", "n.e."]
    assert frame["savings"].isna().tolist() == [False, True]
    with pytest.raises(DataError, match="row 2, column CAPAG: found 'E'"):
        read_capag(workbook({"Planilha1": [CAPAG, [*rows[0][:10], "E"]]}))


def test_connectivity_says_yes_no_or_nothing(workbook: Any) -> None:
    rows = [["2023", str(code), "Lugar - RO", "RO", 50, 0.5, 5, fibre] for code, fibre in
            ((1100015, "Sim"), (1100023, "Não"), (1100031, ""))]  # fmt: skip
    frame = read_connectivity(workbook({"Sheet1": [IBC, *rows]}))
    assert frame["has_fibre_backhaul"].tolist() == [True, False, pd.NA]
    assert set(frame["name"]) == {"Lugar"}
    with pytest.raises(DataError, match="expected Sim or Não"):
        read_connectivity(workbook({"Sheet1": [IBC, [*rows[0][:7], "Talvez"]]}))


def test_both_editions_of_the_login_list_are_read(workbook: Any) -> None:
    blank = ["", "", ""]
    hall = ["Prefeitura de X", "Municipal", "SP"]
    header = ["Orgão", "Esfera", "Estado"]
    older = [blank, header, ["ANM", "Federal", "DF"], [f"{hall[0]} ", *hall[1:]], hall, blank, ["Esfera", "", ""]]
    header = ["Orgão", "Estado", "Município"]
    newer = [blank, header, ["ANM", "DF", ""], ["Câmara de X", "SP", "X (SP)"], ["", "Total Entregas", ""]]
    first, second = read_login_list(workbook({"a": older})), read_login_list(workbook({"a": newer}))
    assert first.fillna("").values.tolist() == [["SP", "Prefeitura de X", ""]]
    assert second.values.tolist() == [["SP", "Câmara de X", "X"]]
    with pytest.raises(DataError, match="found no municipal body"):
        read_login_list(workbook({"a": [["Orgão", "Estado"], ["ANM", "DF"]]}))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ente;estado\n", "line 1: found 'ente;estado'"),
        (
            "ente,estado_do_processo,data_adesao\nRio Branco,1,3/5/2013\n",
            "line 2: found 'Rio Branco' above the first state",
        ),
        ("ente,estado_do_processo,data_adesao\nACRE,Sim,1/1/2013\nFeijó,2,\n", "line 3: found 'Feijó,2,'"),
        ("ente,estado_do_processo,data_adesao\nACRE,Sim,1/1/2013\nFeijó,1,31/2/2013\n", "line 3: found '31/2/2013'"),
        ("ente,estado_do_processo,data_adesao\nACRE,Sim,1/1/2013\n", "no municipality under 1 state\\b"),
    ],
)
def test_a_culture_list_with_an_odd_row_names_its_line(text: str, told: str) -> None:
    with pytest.raises(DataError, match=told):
        read_culture_list(text.encode())


def test_a_list_without_codes_needs_someone_who_knows_the_names() -> None:
    members = "ACRE,Sim,1/1/2013\nFeijó, - ,19/10/2012\nRio Branco,1,3/5/2013\nOz,1,1/1/2013\n"
    text = f"ente,estado_do_processo,data_adesao\n{members}"
    with pytest.raises(ParameterError, match="match_names"):
        read_source(source("snc_2018"), text.encode())
    reading = read_source(source("snc_2018"), text.encode(), match_names=match_names)
    found = reading.frame.set_index("ibge_code")["joined_on"]
    assert found["1200401"] == pd.Timestamp("2013-05-03")
    assert pd.isna(found["1200302"])
    assert "1 name leads to no municipality safely and is left as it is: Oz/AC (line 5)" in str(reading.notes[0])
    assert "1 row has a day and the mark of those that had not joined" in str(reading.notes[1])


READERS: list[Callable[[bytes], Any]] = [
    read_areas,
    read_capag,
    read_connectivity,
    read_country_borders,
    read_culture_list,
    read_division,
    read_gazette_estimates,
    read_localidades,
    read_login_list,
    read_neighbours,
    lambda content: read_aggregates(content, variable="37"),
    lambda content: read_sidra_csv(content, table="6579"),
    lambda content: read_sidra_values(content, variable="37"),
    lambda content: read_sidra_xlsx(content, table="9514"),
]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=400), cut=st.integers(0, 1500))
@example(content=b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504), cut=0)
@example(content=b"PK\x05\x06" + bytes(18), cut=0)
def test_no_bytes_bring_a_reader_down(content: bytes, cut: int, workbook: Any) -> None:
    whole = workbook({"AR_BR_MUN_2022": [AREAS, PORTO_ALEGRE]})
    cut %= len(whole)
    spoilt = whole[:cut] + content + whole[cut + len(content) :]
    # What opens as an archive starts a program apart, which is the same for each reader of workbooks.
    tried = [(read, spoiled) for spoiled in (content, whole[:cut]) for read in READERS] + [(read_areas, spoilt)]
    for read, spoiled in tried:
        # What is not a `DataError` fails the test; a table is fine where the spoilt byte does not matter.
        with contextlib.suppress(DataError):
            assert len(read(spoiled))


def test_a_workbook_that_unpacks_to_a_disk_full_is_not_unpacked() -> None:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed, packed.open("xl/sheet.xml", "w") as member:
        for _ in range(45):
            member.write(bytes(10_000_000))
    with pytest.raises(DataError, match="unpacks to 450 MB"):
        read_areas(made.getvalue())


def test_every_source_feeds_columns_that_the_catalogue_describes(checkout: Project) -> None:
    catalogue = catalogue_from_text(checkout.datapackage.read_text(encoding="utf-8"))
    for one in sources().values():
        table = catalogue.table(one.table)
        assert all(table.column(column) for column in one.columns)
        assert one.page.startswith("https://")
        assert one.url is None or one.url.startswith("https://")
    assert len({one.file for one in sources().values()}) == len(sources())


def test_a_publishers_file_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "SECONDS", 0.0)
    rows = "".join(f"Vila {number},Sim,1/1/2013\n" for number in range(200))
    content = f"ente,estado_do_processo,data_adesao\nACRE,Sim,1/1/2013\n{rows}".encode()
    with pytest.raises(DataError, match=r"takes more than 0 seconds to read"):
        read_source(source("snc_2018"), content, match_names=match_names)


ODD_FILES: dict[str, tuple[Callable[[Any], object], str]] = {
    "a row of the export is short": (
        lambda _: read_sidra_csv(
            b'"Tabela 6579 - P"\n"C\xf3d.";"M";"2024";"2025"\n"1100015";"A (RO)";"1"\n', table="6579"
        ),
        "row 3: found .*expected a code, a name and 2 years",
    ),
    "no years above the rows": (
        lambda book: read_sidra_xlsx(book({"Tabela": [["Tabela 9514 - P", ""], ["1100015", 1]]}), table="9514"),
        "found 1100015 before any row of years",
    ),
    "categories beside the code": (
        lambda book: read_sidra_xlsx(
            book({"Tabela": [["Tabela 9514 - P", "", ""], ["M", "F", "2022"], ["1100015", "Homens", 1]]}), table="9514"
        ),
        "row 3: found .*Homens.*expected totals only",
    ),
    "a title without a year": (
        lambda book: read_gazette_estimates(book({"MUNICÍPIOS": [["EM 1º DE JULHO"], DOU]})),
        "expected a day such as 1º DE JULHO DE 2024",
    ),
    "a code of six digits": (
        lambda book: read_gazette_estimates(book({"MUNICÍPIOS": [DOU_TITLE, DOU, ["RO", 11, "000155", "X", 5]]})),
        "expected five digits",
    ),
    "letters of no state": (
        lambda book: read_login_list(book({"a": [["Orgão", "Esfera", "Estado"], ["Prefeitura", "Municipal", "XX"]]})),
        "found 'XX', expected a state's two letters",
    ),
}


def _zipped(name: str) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr(name, "x")
    return buffer.getvalue()


@pytest.mark.parametrize("what", ODD_FILES)
def test_a_publishers_file_in_another_layout_is_refused(what: str, workbook: Any) -> None:
    read, told = ODD_FILES[what]
    with pytest.raises(DataError, match=told):
        read(workbook)


def test_every_archive_must_hold_the_file_that_is_read() -> None:
    packed = [one for one in map(source, sources()) if one.member is not None]
    assert packed
    for one in packed:
        with pytest.raises(DataError, match=r"found notes\.txt in the ZIP"):
            read_source(one, _zipped("notes.txt"))


def test_blank_lines_of_a_culture_list_are_passed_over() -> None:
    text = "ente,estado_do_processo,data_adesao\nACRE,Sim,1/1/2013\n\n,,\nFeijó,1,19/10/2012\n"
    assert len(read_culture_list(text.encode())[0]) == 1


def test_a_culture_list_tells_whom_it_leaves_out_and_which_marks_contradict_their_day() -> None:
    text = "ente,estado_do_processo,data_adesao\nACRE,Sim,1/1/2013\n{}Rio Branco,1,3/5/2013\n"
    one = source("snc_2018")
    plain = read_source(one, text.format("").encode(), match_names=match_names)
    assert plain.notes == ()
    noted = read_source(one, text.format("Feijó, - ,19/10/2012\nOz,1,1/1/2013\n").encode(), match_names=match_names)
    told = [str(note) for note in noted.notes]
    assert "Oz/AC (line 4)" in told[0]
    assert told[1].startswith("1 row has a day and the mark of those that had not joined")

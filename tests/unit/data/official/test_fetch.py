"""`redegov data fetch`, end to end against a real server: what is fetched, said, refused and written."""

from __future__ import annotations

import copy
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from redegov_analysis.data.catalogue import read_catalogue, read_table
from redegov_analysis.data.checks import run_checks
from redegov_analysis.data.dictionary import dictionary_markdown
from redegov_analysis.project import Project

HOLD = """
import sys
from pathlib import Path
from redegov_analysis.data.official.lock import alone
from redegov_analysis.project import Project
with alone(Project(Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.read()
"""
SAYS_THE_SAME = "The raw tables say what their sources say."


def as_bytes(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def raw_bytes(project: Project) -> dict[str, bytes]:
    paths = [*project.raw.glob("*.*"), project.datapackage]
    return {path.name: path.read_bytes() for path in paths}


def downloads(project: Project) -> set[str]:
    return {path.name for path in (project.raw / "official").iterdir()} - {".lock"}


def test_a_list_like_ours_is_fetched_recorded_and_changes_nothing(
    server: Any, answer_file: Any, redegov: Any, copied: Project, localidades: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    body, before = as_bytes(localidades), raw_bytes(copied)
    server.put("localidades", answer_file(body))
    assert redegov("--only", "localidades") == 0
    assert SAYS_THE_SAME in capsys.readouterr().out
    assert raw_bytes(copied) == before
    assert downloads(copied) == {"ibge_localidades.json", "ibge_localidades.json.source.json"}
    assert (copied.raw / "official" / "ibge_localidades.json").read_bytes() == body
    record = json.loads((copied.raw / "official" / "ibge_localidades.json.source.json").read_text())
    assert record["sha256"] == hashlib.sha256(body).hexdigest()
    assert record["bytes"] == len(body)
    assert record["url"].endswith("/servicodados.ibge.gov.br/api/v1/localidades/municipios")
    assert datetime.fromisoformat(record["fetched_at"]).utcoffset() is not None


def test_the_order_of_the_answer_does_not_matter(
    server: Any, answer_file: Any, redegov: Any, localidades: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    server.put("localidades", answer_file(as_bytes(localidades[::-1])))
    assert redegov("--only", "localidades") == 0
    assert SAYS_THE_SAME in capsys.readouterr().out


def test_new_and_renamed_municipalities_are_told_and_nothing_is_written_unasked(
    server: Any, answer_file: Any, redegov: Any, copied: Project, localidades: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    answer, before = copy.deepcopy(localidades), raw_bytes(copied)
    answer[0]["nome"] = "Alta Floresta Nova"
    answer.append({**copy.deepcopy(answer[1]), "id": 1199999, "nome": "Vila Recente"})
    server.put("localidades", answer_file(as_bytes(answer)))
    changes = copied.root / "changes.csv"
    assert redegov("--only", "localidades", "--changes", str(changes)) == 0
    said = capsys.readouterr().out
    assert "1 renamed" in said
    assert "Alta Floresta D'Oeste → Alta Floresta Nova" in said
    assert "1 new" in said
    assert "Vila Recente/RO (1199999) (not written: a person must add it" in said
    assert "neither its first day nor is_capital, latitude, longitude" in said
    assert "Nothing was written." in said
    assert raw_bytes(copied) == before
    assert changes.read_text(encoding="utf-8").count("\n") == 3


def test_a_revised_figure_is_written_sealed_and_described_when_asked(
    server: Any,
    answer_file: Any,
    redegov: Any,
    copied: Project,
    population: dict[str, int],
    sidra: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = (copied.raw / "demographics.csv").read_text(encoding="utf-8").splitlines()
    # One hundred people move, so that the national total still holds.
    revised = population | {"1100015": population["1100015"] + 100, "3550308": population["3550308"] - 100}
    server.put("population_2025", answer_file(sidra(revised)))
    assert redegov("--only", "population_2025", "--write") == 0
    said = capsys.readouterr().out
    assert "2 revised" in said
    assert "population_2025: 22787 → 22887 (+0.4%)" in said
    after = (copied.raw / "demographics.csv").read_text(encoding="utf-8").splitlines()
    assert sum(one != other for one, other in zip(before, after, strict=True)) == 2
    assert read_table("demographics", copied).set_index("ibge_code").loc["1100015", "population_2025"] == 22887
    assert all(result.passed for result in run_checks(copied) if result.severity == "error")
    described = (copied.root / "docs" / "data_dictionary.md").read_text(encoding="utf-8")
    assert described == dictionary_markdown(read_catalogue(copied))
    assert redegov("--only", "population_2025", "--offline", "--write") == 0
    assert SAYS_THE_SAME in capsys.readouterr().out


@pytest.mark.parametrize(("name", "category"), [("households_2022", "77584"), ("households_internet_2022", "77585")])
def test_households_of_the_census_are_those_of_their_own_category(
    name: str,
    category: str,
    server: Any,
    answer_file: Any,
    redegov: Any,
    copied: Project,
    sidra: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    counts = read_table("demographics", copied).set_index("ibge_code")[name].dropna().astype("int64").to_dict()
    asked = {"Existência de conexão domiciliar à Internet": category, "Condição de ocupação do domicílio": "95826",
             "Tipo de domicílio": "2932"}  # fmt: skip
    server.put(name, answer_file(sidra(counts, "381", "2022", asked)))
    assert redegov("--only", name) == 0
    assert SAYS_THE_SAME in capsys.readouterr().out
    # A server that answers with all households, whatever it was asked for, is refused.
    others = asked | {"Existência de conexão domiciliar à Internet": "77586"}
    server.put(name, answer_file(sidra(counts, "381", "2022", others)))
    assert redegov("--only", name) == 3
    assert f"found the categories 77586, 95826, 2932, expected {category} among them" in capsys.readouterr().err


def test_a_revision_that_breaks_a_national_total_is_said_and_is_exit_3(
    server: Any,
    answer_file: Any,
    redegov: Any,
    population: dict[str, int],
    sidra: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server.put("population_2025", answer_file(sidra(population | {"1100015": 99_999})))
    assert redegov("--only", "population_2025", "--write") == 3
    told = capsys.readouterr().err
    assert "national_population" in told
    assert "git checkout -- data/raw datapackage.json" in told


def test_a_raw_table_changed_by_hand_is_not_sealed_in_passing(
    server: Any,
    answer_file: Any,
    redegov: Any,
    copied: Project,
    population: dict[str, int],
    sidra: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with (copied.raw / "milestones.csv").open("a", encoding="utf-8") as file:
        file.write("2026-01-01,2026-01-01,2026-01-01,2600,eq,,,,x,y,z\n")
    before = raw_bytes(copied)
    server.put("population_2025", answer_file(sidra(population | {"1100015": 22_887})))
    assert redegov("--only", "population_2025", "--write") == 3
    assert "milestones.csv is not the sealed file" in capsys.readouterr().err
    assert raw_bytes(copied) == before


@pytest.mark.parametrize("first", [{"code": 500}, {"code": 429, "Retry_After": "0"}])
def test_a_source_that_fails_once_is_fetched_all_the_same(
    server: Any, answer_file: Any, answer_status: Any, redegov: Any, localidades: Any, first: dict[str, Any]
) -> None:
    server.put("localidades", answer_status(**first), answer_file(as_bytes(localidades)))
    assert redegov("--only", "localidades") == 0
    assert len(server.asked) == 2


def test_a_source_that_is_cut_off_is_continued(
    server: Any, answer_file: Any, redegov: Any, copied: Project, localidades: Any
) -> None:
    body = as_bytes(localidades)
    server.put("localidades", answer_file(body, tag='"1"', cut=70_000), answer_file(body, tag='"1"'))
    assert redegov("--only", "localidades") == 0
    assert server.ranges() == [None, "bytes=70000-"]
    assert (copied.raw / "official" / "ibge_localidades.json").read_bytes() == body


HTML = b"<!DOCTYPE html><html><body>Sistema em manuten\xc3\xa7\xc3\xa3o</body></html>"


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (lambda _: HTML, "found a page of HTML, expected JSON"),
        (lambda _: b"%PDF-1.7 \xe2\xe3", "line 1, column 1: no valid JSON"),
        (lambda _: b"", "found nothing, expected JSON"),
        (lambda _: b"[]", "found [], expected a list of municipalities"),
        (lambda _: b'{"erro": "manuten\xc3\xa7\xc3\xa3o"}', "expected a list of municipalities"),
        (lambda _: b"[1, 2]", "entry 1: found 1"),
        (lambda _: b"[" * 100_000, "line 1, column 21: it is nested more than 20 levels"),
        (lambda good: as_bytes(good)[:-1000], "no valid JSON"),
        (lambda good: as_bytes(good[:100] + good[101:]), "1 of 5,571 municipalities is missing: "),
        (lambda good: as_bytes(good[:100]), "5471 of 5,571 municipalities are missing: "),
        (lambda good: as_bytes([*good, good[7]]), "stands there twice"),
        (lambda good: as_bytes([*good[:-1], {**good[-1], "id": 99}]), "found the code '99'"),
        (lambda good: as_bytes([*good[:-1], {**good[-1], "nome": "=1+1"}]), "found '=1+1' as the name"),
        (lambda good: as_bytes([*good[:-1], {**good[-1], "regiao-imediata": None}]), "entry 5571"),
    ],
    ids=[
        "html", "wrong type", "nothing", "empty list", "object", "numbers", "deep", "cut", "one missing",
        "most missing", "twice", "code", "formula", "no region",
    ],
)  # fmt: skip
def test_a_wrong_answer_replaces_nothing_and_is_exit_3(
    server: Any,
    answer_file: Any,
    redegov: Any,
    copied: Project,
    localidades: Any,
    capsys: pytest.CaptureFixture[str],
    bad: Any,
    told: str,
) -> None:
    server.put("localidades", answer_file(bad(localidades)))
    earlier = copied.raw / "official" / "ibge_localidades.json"
    earlier.parent.mkdir()
    earlier.write_bytes(b"what was there before")
    raw = raw_bytes(copied)
    assert redegov("--only", "localidades", "--write") == 3
    said = capsys.readouterr().err
    assert told in said
    assert "The earlier file stays." in said
    assert "Traceback" not in said
    assert downloads(copied) == {earlier.name}
    assert earlier.read_bytes() == b"what was there before"
    assert raw_bytes(copied) == raw


def test_a_source_that_is_too_large_is_exit_3(
    server: Any, answer_file: Any, redegov: Any, localidades: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    server.put("localidades", answer_file(as_bytes(localidades)))
    assert redegov("--only", "localidades", "--max-bytes", "1000") == 3
    assert "more than 1,000 allowed" in capsys.readouterr().err


def test_a_source_that_is_slow_is_exit_3(
    server: Any, answer_never: Any, redegov: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    server.put("localidades", answer_never)
    assert redegov("--only", "localidades", "--timeout", "0.2", "--attempts", "1") == 3
    told = capsys.readouterr()
    assert "the server fell silent" in told.err
    assert SAYS_THE_SAME not in told.out


def test_one_source_that_fails_does_not_stop_another(
    server: Any,
    answer_file: Any,
    redegov: Any,
    copied: Project,
    localidades: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server.put("localidades", answer_file(as_bytes(localidades)))
    assert redegov("--only", "localidades", "--only", "areas_2022") == 3
    told = capsys.readouterr()
    assert "1 of 2 sources failed: areas_2022" in told.err
    assert "localidades: IBGE, list of municipalities of today: fetched, 5,571 rows" in told.out
    assert downloads(copied) == {"ibge_localidades.json", "ibge_localidades.json.source.json"}


def test_the_division_is_taken_out_of_its_zip(
    server: Any,
    answer_file: Any,
    redegov: Any,
    copied: Project,
    workbook: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    titles = [["TÍTULO : BET"], ["RELATÓRIO"], ["UF: 99"], ["DATA BASE: 31/12/2024"], [""], [""]]
    header = [
        "UF", "Nome_UF", "Região Geográfica Intermediária", "Nome Região Geográfica Intermediária",
        "Região Geográfica Imediata", "Nome Região Geográfica Imediata", "Município", "Código Município Completo",
        "Nome_Município", "",
    ]  # fmt: skip
    rows = [
        [
            row["ibge_code"][:2], row["uf_name"], row["intermediate_region_code"], row["intermediate_region"],
            row["immediate_region_code"], row["immediate_region"], row["ibge_code"][2:], row["ibge_code"], row["name"],
            "Novo!" if row["ibge_code"] == "5101837" else "",
        ]
        for row in read_table("municipalities", copied).to_dict("records")
    ]  # fmt: skip
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("LEIA.txt", "…")
        archive.writestr(
            "DTB/RELATORIO_DTB_BRASIL_2024_MUNICIPIOS.xls", workbook({"DTB_Municípios": [*titles, header, *rows]})
        )
    server.put("dtb_2024", answer_file(packed.getvalue(), "application/zip"))
    assert redegov("--only", "dtb_2024") == 0
    assert SAYS_THE_SAME in capsys.readouterr().out


def test_offline_asks_nobody_and_says_when_the_file_came(
    server: Any, answer_file: Any, redegov: Any, localidades: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    server.put("localidades", answer_file(as_bytes(localidades)))
    assert redegov("--only", "localidades") == 0
    asked = len(server.asked)
    assert redegov("--offline") == 0
    assert len(server.asked) == asked
    said = capsys.readouterr().out
    assert "fetched on 20" in said
    assert "The raw tables say what the 1 of 17 sources that was there says." in said
    assert "areas_2022: IBGE, Áreas Territoriais 2022: not there" in said


def test_offline_without_any_file_is_exit_3(redegov: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert redegov("--offline") == 3
    assert "None of the sources is in data/raw/official" in capsys.readouterr().err


def test_a_download_that_was_changed_since_is_not_taken_for_the_publishers(
    server: Any, answer_file: Any, redegov: Any, copied: Project, localidades: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    server.put("localidades", answer_file(as_bytes(localidades)))
    assert redegov("--only", "localidades") == 0
    path = copied.raw / "official" / "ibge_localidades.json"
    path.write_bytes(path.read_bytes().replace(b"Ariquemes", b"Areiquemes"))
    assert redegov("--only", "localidades", "--offline") == 3
    assert "is not the file that was fetched" in capsys.readouterr().err


def test_a_source_without_an_address_says_where_a_person_gets_it(
    redegov: Any, copied: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert redegov("--only", "capag") == 3
    told = capsys.readouterr().err
    assert "Get it from https://www.tesourotransparente.gov.br/ckan/dataset/capag-municipios" in told
    assert str(copied.raw / "official" / "capag_2020_2023.xlsx") in told


@pytest.mark.parametrize(
    "arguments",
    [
        ["--only", "nothing"],
        ["--base-url", "mirror"],
        ["--base-url", "ftp://mirror.example"],
        ["--attempts", "0"],
        ["--timeout", "-1"],
        ["--bogus"],
    ],
)
def test_what_cannot_be_asked_for_is_exit_2(
    redegov: Any, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert redegov(*arguments) == 2
    assert "Error: " in capsys.readouterr().err


def test_describe_seals_what_was_changed_on_purpose(
    copied: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from redegov_analysis.cli import main

    path = copied.raw / "milestones.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("SGD/ME", "SGD", 1), encoding="utf-8")
    monkeypatch.setenv("REDEGOV_HOME", str(copied.root))
    for said in ("Sealed anew: milestones", "Sealed anew: nothing had changed"):
        with pytest.raises(SystemExit) as left:
            main(["data", "describe", "--seal"])
        assert left.value.code == 0
        assert capsys.readouterr().out.splitlines() == [said, str(copied.root / "docs" / "data_dictionary.md")]
    sealed = read_catalogue(copied).table("milestones").sha256
    assert sealed == hashlib.sha256(path.read_bytes()).hexdigest()
    assert sealed in Path(copied.root / "docs" / "data_dictionary.md").read_text(encoding="utf-8")


def test_of_two_at_once_the_second_stops_and_says_who_is_at_work(
    server: Any, answer_file: Any, redegov: Any, copied: Project, localidades: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    server.put("localidades", answer_file(as_bytes(localidades)))
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(copied.root)], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == "held"
        before = raw_bytes(copied)
        assert redegov("--only", "localidades") == 6
        assert f"(process {holder.pid})" in capsys.readouterr().err
        assert server.asked == []
        assert raw_bytes(copied) == before
    finally:
        # Killed without a chance to clear up, as in a power cut.
        holder.kill()
        holder.communicate()
    assert redegov("--only", "localidades") == 0

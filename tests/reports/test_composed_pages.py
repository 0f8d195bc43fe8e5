"""What no notebook makes: downloads, what is new, methods, the feed and PROV of a small site."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from redegov_analysis.project import Project
from redegov_analysis.reports.jobs import Job
from redegov_analysis.reports.pages.changes import kept_records
from redegov_analysis.reports.pages.composition import COMPOSED
from redegov_analysis.reports.running.forks import ForkServer
from redegov_analysis.reports.site.making import Site, make_site
from redegov_analysis.reports.site.manifest import damage, read_manifest

Write = Callable[..., Job]
Make = Callable[..., Site]
TOTALS = """
import pandas as pd
from redegov_analysis.evidence import Evidence
from redegov_analysis.reports.items import Column, Statement, Table
from redegov_analysis.reports.text import Text
t = Text(language)
members, low, high = {members}, {low}, {high}
Statement(id="total", t=t, evidence=Evidence.ESTIMATED, source="Model", as_of=None, sentence="Members to come.",
          value=members, unit="municipalities", low=low, high=high, level=0.8, headline=True)
"""
ROWS = """
Table(id="rows", t=t, evidence=Evidence.PUBLISHED, source="MGI", as_of=None, title="Totals", caption="x",
      frame=pd.DataFrame({{"date": {dates}, "members": [1] * {count}}}), columns={{"date": Column("Date")}})
"""


@pytest.fixture
def make(project: Project, server: ForkServer | None) -> Make:
    def made(jobs: Sequence[Job], **options: Any) -> Site:
        settings = {"server": server, "workers": 2, "vintage": "2025-12-08", "language": "pt-BR"} | options
        return make_site(jobs, project=project, reports=project.reports, options={}, **settings)

    return made


def _numbers(write: Write, members: int, low: int, high: int, dates: list[str]) -> Job:
    return write(
        "01_totals",
        TOTALS.format(members=members, low=low, high=high),
        ROWS.format(dates=repr(dates), count=len(dates)),
    )


def test_every_table_is_there_in_three_formats_that_agree(site: Path) -> None:
    tables = sorted(site.glob("data/**/*.csv"))
    assert {path.relative_to(site).as_posix() for path in tables} >= {
        "data/01_good/months.csv",
        "data/01_good/growth.csv",
        "data/statements.csv",
        "data/dictionary.csv",
    }
    for path in tables:
        csv = pd.read_csv(path)
        parquet = pd.read_parquet(path.with_suffix(".parquet"))
        content = json.loads(path.with_suffix(".json").read_text())
        assert list(parquet.columns) == list(csv.columns) == [field["name"] for field in content["fields"]]
        assert len(parquet) == len(csv) == len(content["rows"])
        for field in content["fields"]:
            if field["type"] in {"number", "integer"}:
                assert parquet[field["name"]].astype("float64").equals(csv[field["name"]].astype("float64"))


def test_the_number_of_every_statement_is_in_one_table(site: Path) -> None:
    statements = pd.read_csv(site / "data/statements.csv").set_index(["page", "id"])
    assert statements.loc[("01_good.html", "share"), "value"] == pytest.approx(2500 / 5570)
    assert statements.loc[("states/SP.html", "state_size"), "value"] == 645
    assert set(statements["evidence"]) == {"published", "estimated"}


def test_the_dictionary_has_a_line_for_every_column_of_every_table(site: Path) -> None:
    dictionary = pd.read_csv(site / "data/dictionary.csv")
    told = set(zip(dictionary["table"], dictionary["column"], strict=True))
    for path in [*site.glob("data/01_*/*.json"), site / "data/statements.json"]:
        name = path.relative_to(site / "data").with_suffix("").as_posix()
        assert {(name, field["name"]) for field in json.loads(path.read_text())["fields"]} <= told
    assert dictionary[["title", "type", "evidence", "source"]].notna().all(axis=None)


def test_the_archive_holds_the_very_files(site: Path) -> None:
    with zipfile.ZipFile(io.BytesIO((site / "data/published.zip").read_bytes())) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert {"01_good/months.csv", "01_good/months.parquet", "statements.json", "dictionary.csv"} <= set(names)
        for name in names:
            assert archive.read(name) == (site / "data" / name).read_bytes()
            assert archive.getinfo(name).date_time == (1980, 1, 1, 0, 0, 0)


def test_every_file_that_the_downloads_page_names_is_there(site: Path) -> None:
    page = (site / "downloads.html").read_text()
    links = re.findall(r'<a download href="([^"]+)"', page)
    assert len(links) > 9
    assert all((site / link).is_file() for link in links)
    assert {Path(link).suffix for link in links} == {".csv", ".parquet", ".json", ".zip"}


def test_the_first_run_says_that_there_is_nothing_to_compare_with(site: Path) -> None:
    (record,) = kept_records(site)
    assert record["first"]
    assert "Primeira execução" in (site / "changes.html").read_text()


def test_what_is_new_names_totals_forecasts_rows_and_pages(write: Write, make: Make, project: Project) -> None:
    package = {"name": "redegov-analysis", "resources": [
        {"name": "milestones", "title": "Totals", "title_pt": "Totais", "path": "data/raw/milestones.csv",
         "schema": {"primaryKey": ["date"]}}]}  # fmt: skip
    project.datapackage.write_text(json.dumps(package))
    make([_numbers(write, 3555, 3248, 3814, ["2025-07-10", "2025-12-08"])])
    (project.raw / "milestones.csv").write_text("date,municipalities\n2025-12-08,2500\n2026-03-01,2700\n")
    make(
        [_numbers(write, 3600, 3300, 3850, ["2025-07-10", "2025-12-08", "2026-03-01"]), write("02_new", "None")],
        vintage="2026-03-01",
    )
    latest = project.reports / "latest"
    record, first = kept_records(latest)
    assert first["first"]
    assert [(one["change"], one["date"], one["municipalities"]) for one in record["totals"]] == [
        ("added", "2026-03-01", "2700")
    ]
    (forecast,) = record["statements"]
    assert (forecast["before"]["value"], forecast["now"]["value"]) == (3555, 3600)
    (rows,) = record["items"]
    assert (rows["id"], rows["added"], rows["removed"], rows["changed"]) == ("rows", 1, 0, 0)
    assert [(one["name"], one["added"]) for one in record["tables"]] == [("milestones", 1)]
    assert [(one["change"], one["page"]) for one in record["pages"]] == [("added", "02_new.html")]
    page = re.sub(r"<[^>]+>", "", (latest / "changes.html").read_text())
    assert "Novo: 2.700 municípios em 1º de março de 2026" in page
    assert "3.555 (3.248 a 3.814, intervalo de 80%)" in page
    assert "3.600 (3.300 a 3.850, intervalo de 80%)" in page
    assert "Dados até 1º de março de 2026; antes, até 8 de dezembro de 2025." in page
    entries = re.findall(r"<summary.*?</summary>", (latest / "feed.xml").read_text())
    assert len(entries) == 2
    assert "totais publicados: 1" in entries[0]


def test_a_run_that_brings_nothing_new_repeats_the_last_news_byte_for_byte(
    write: Write, make: Make, project: Project
) -> None:
    make([_numbers(write, 1, 1, 1, ["a"])])
    make([_numbers(write, 2, 1, 3, ["a"])])
    latest = project.reports / "latest"

    def lasting() -> dict[str, bytes]:
        paths = [*latest.rglob("*.html"), *(path for path in (latest / "data").rglob("*") if path.is_file())]
        return {path.relative_to(latest).as_posix(): path.read_bytes() for path in paths}

    before = lasting()
    assert {
        "changes.html",
        "data/published.zip",
        "data/statements.parquet",
        "data/01_totals/rows.json",
    } <= before.keys()
    make([_numbers(write, 2, 1, 3, ["a"])], force=True)
    assert lasting() == before
    manifest = read_manifest(latest)
    assert manifest is not None
    assert len(manifest["runs"]) == 3
    assert "nenhum número mudou" in (latest / "feed.xml").read_text()


def test_only_as_many_runs_are_remembered_as_are_kept(write: Write, make: Make, project: Project) -> None:
    for number in range(4):
        make([_numbers(write, number, 0, 9, ["a"])], keep=2)
    latest = project.reports / "latest"
    assert len(kept_records(latest)) == 2
    assert (latest / "feed.xml").read_text().count("<entry>") == 2


def test_an_address_for_the_site_makes_links_of_the_feed_whole(write: Write, make: Make, project: Project) -> None:
    job = write("01_any", "None")
    make([job])
    assert 'href="feed.xml"' in (project.reports / "latest" / "feed.xml").read_text()
    assert make([job], site_url="https://example.org/").published, "another address makes another site"
    assert 'href="https://example.org/feed.xml"' in (project.reports / "latest" / "feed.xml").read_text()
    assert "https://example.org/" in (project.reports / "latest" / "methods.html").read_text()


def test_every_output_is_an_entity_of_prov_and_doctor_sees_what_was_changed(site: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "site"
    shutil.copytree(site, copy)
    manifest = read_manifest(copy)
    assert manifest is not None
    entities = json.loads((copy / "provenance.json").read_text())["entity"]
    assert {f"out:{name}" for name in manifest["outputs"]} <= entities.keys()
    assert set(COMPOSED) <= manifest["outputs"].keys()
    (copy / "provenance.json").write_text("{}")
    assert [str(said) for said in damage(copy)] == ["provenance.json does not say what the manifest says."]
    (copy / "provenance.json").unlink()
    assert [str(said) for said in damage(copy)] == ["provenance.json is missing or cannot be read."]


def test_a_composed_page_that_was_changed_is_made_again(write: Write, make: Make, project: Project) -> None:
    job = write("01_any", "None")
    make([job])
    (project.reports / "latest" / "downloads.html").write_text("tampered")
    again = make([job])
    assert (again.published, again.reused) == (True, 1)
    assert damage(project.reports / "latest") == []


def test_states_stand_side_by_side_with_the_interval_of_what_is_estimated(site: Path) -> None:
    index = (site / "index.html").read_text()
    (table,) = re.findall(r'<table class="sortable">.*?</table>', index, re.S)
    rows = re.findall(r"<tr><th scope=\"row\".*?</tr>", table, re.S)
    assert [re.findall(r"<a [^>]*>(.*?)</a>", row) for row in rows] == [["Acre"], ["São Paulo"]]
    assert '<td class="number" data-sort="645">645</td>' in table
    assert "40% a 60%" in table

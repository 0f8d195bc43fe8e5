"""Notebooks with a list of members and without one, and the marks that made-up numbers carry."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from redegov_analysis.errors import NotebookError, ParameterError
from redegov_analysis.project import Project
from redegov_analysis.reports.jobs import Job
from redegov_analysis.reports.parameters import read_schema
from redegov_analysis.reports.running.forks import ForkServer
from redegov_analysis.reports.site.making import make_site

LIST = "0123456789abcdef"
WORDS = "SIMULADO — não são dados reais"
SCHEMA = """
[language]
type = "choice"
choices = ["pt-BR", "en"]
default = "en"
label = "Language"
[membership]
type = "name"
default = ""
label = "List of members"
"""
SETUP = """
import pandas as pd
from redegov_analysis.evidence import Evidence
from redegov_analysis.reports.items import Column, Figure, Statement, Table
from redegov_analysis.reports.text import Text
t = Text(language)
"""
PUBLISHED = """
Statement(id="total", t=t, evidence=Evidence.PUBLISHED, source="MGI", as_of="2025-12-08", headline=True,
          sentence="2.500 municípios.", value=2500, numeral="2.500")
"""
COUNTED = """
Statement(id="counted", t=t, evidence=Evidence.SIMULATED, source="made up", as_of="2025-12-08", headline=True,
          sentence="2.507 municípios.", value=2507, numeral="2.507")
"""
CURVE = """
frame = pd.DataFrame({"month": ["jan", "feb"], "count": [1200, 2507]})
columns = {"month": Column("Month"), "count": Column("Municipalities", "integer")}
Figure(id="curve", t=t, evidence=Evidence.SIMULATED, source="made up", as_of=None, title="Curve", caption="It rises.",
       alt="A rising line.", draw=lambda sheet, narrow: sheet.subplots().plot(frame["count"]), frame=frame,
       columns=columns)
"""


def job_of(project: Project, name: str, *cells: tuple[str, str | None], membership: str) -> Job:
    """Write a notebook of cells, each with its tag if any, and return the job that is given the list."""
    parameters = new_code_cell('language: str = "en"\nmembership: str = ""')
    parameters.metadata.tags = ["parameters"]
    made = [new_markdown_cell(f"# Report {name}\n\nWhat it says."), parameters]
    for source, tag in cells:
        cell = new_markdown_cell(source) if source.startswith("#") else new_code_cell(source.strip())
        cell.metadata.tags = [tag] if tag else []
        made.append(cell)
    for number, cell in enumerate(made):
        cell.id = f"cell-{number}"
    path = project.notebooks / f"{name}.ipynb"
    path.write_text(nbformat.writes(new_notebook(cells=made)))
    path.with_suffix(".parameters.toml").write_text(SCHEMA)
    return Job(path, {"language": "pt-BR", "membership": membership}, f"{name}.html")


def jobs(project: Project, membership: str) -> list[Job]:
    counted = (
        (SETUP, None),
        ("## Counted", "with-list"),
        (COUNTED, "with-list"),
        (CURVE, "with-list"),
        ("## Only estimated", "without-list"),
        (PUBLISHED, None),
    )
    plain = (SETUP, None), (PUBLISHED.replace('"total"', '"other"'), None)
    return [
        job_of(project, "01_counted", *counted, membership=membership),
        job_of(project, "02_plain", *plain, membership=membership),
    ]


def published(project: Project, membership: str, server: ForkServer | None) -> Path:
    return (
        make_site(
            jobs(project, membership),
            project=project,
            reports=project.reports,
            language="pt-BR",
            vintage="2025-12-08",
            options={},
            server=server,
        )
        .index.resolve()
        .parent
    )


def own_text(path: Path) -> str:
    """Return a page without its style sheet, which names what it could mark."""
    return re.sub(r"<style>.*?</style>", "", path.read_text(encoding="utf-8"), flags=re.S)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("modes") / "project"
    (root / "data" / "raw").mkdir(parents=True)
    (root / "notebooks").mkdir()
    (root / "datapackage.json").write_text(json.dumps({"name": "redegov-analysis"}))
    (root / "requirements.lock").write_text("numpy==2.4\n")
    return Project(root)


@pytest.fixture(scope="module")
def sites(project: Project, server: ForkServer | None) -> tuple[Path, Path, Path]:
    """Three runs, one after the other: without a list, with a made-up one, and without it again."""
    return published(project, "none", server), published(project, LIST, server), published(project, "", server)


def test_each_mode_has_its_own_cells_and_no_empty_heading(sites: tuple[Path, Path, Path]) -> None:
    without, with_list, again = (own_text(site / "01_counted.html") for site in sites)
    for page in (without, again):
        assert "Only estimated" in page
        assert ">Counted<" not in page
        assert "2.507" not in page
    assert ">Counted<" in with_list
    assert "2.507" in with_list
    assert "Only estimated" not in with_list


def test_every_page_with_made_up_numbers_is_marked_and_no_other(sites: tuple[Path, Path, Path]) -> None:
    marked = {"index.html", "01_counted.html", "downloads.html", "changes.html"}
    for path in sites[1].glob("*.html"):
        page = own_text(path)
        found = ('class="watermark"' in page, 'class="simulated-banner"' in page, WORDS in page)
        assert found == ((path.name in marked),) * 3, path.name
        title = re.search(r"<title>(.*?)</title>", page)
        assert title is not None
        assert title[1].startswith(WORDS) == (path.name in marked)


def test_made_up_numbers_say_so_wherever_they_go(sites: tuple[Path, Path, Path]) -> None:
    site = sites[1]
    rows = (site / "data/01_counted/curve.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0].startswith("evidence,")
    assert all(row.startswith("simulated,") for row in rows[1:])
    index = own_text(site / "index.html")
    assert f"{WORDS}: 2.507 municípios." in index
    assert f"✕</span> {WORDS}" in index
    page = own_text(site / "01_counted.html")
    assert page.count('class="simulated-strip"') == 2
    assert 'download="simulated_curve.csv"' in page
    assert (site / "feed.xml").read_text(encoding="utf-8").count(WORDS) == 1


def test_after_a_made_up_list_the_site_is_as_if_there_had_been_none(sites: tuple[Path, Path, Path]) -> None:
    first, made_up, again = sites
    content: dict[str, Any] = json.loads((again / "manifest.json").read_text(encoding="utf-8"))
    assert [run["run_id"] for run in content["runs"]] == [again.name, first.name]
    for path in again.rglob("*"):
        if path.is_file() and path.suffix in {".html", ".json", ".csv", ".xml", ".ipynb"}:
            trace = re.search(rf"\b(?:2\.507|2507)\b|{LIST}|{made_up.name}|{WORDS}", own_text(path))
            assert trace is None, (path, trace)
    assert (again / "02_plain.html").read_text() == (first / "02_plain.html").read_text().replace(
        *(json.loads((site / "manifest.json").read_text())["jobs"][1]["key"][:16] for site in (first, again))
    )


def test_a_failure_names_the_cell_as_the_whole_notebook_counts_it(project: Project, server: ForkServer | None) -> None:
    broken = (SETUP, None), ("## Counted", "with-list"), (COUNTED, "with-list"), ("1 / 0", None)
    job = job_of(project, "03_broken", *broken, membership="none")
    with pytest.raises(NotebookError, match="03_broken, cell 6"):
        make_site(
            [job, *jobs(project, "none")],
            project=project,
            reports=project.root / "other",
            language="pt-BR",
            vintage="2025-12-08",
            options={},
            server=server,
        )


def test_a_choice_that_is_no_name_is_refused(project: Project) -> None:
    with pytest.raises(ParameterError, match="a name of lower-case letters"):
        read_schema(jobs(project, "none")[0].notebook).resolve({"membership": "../../etc"})

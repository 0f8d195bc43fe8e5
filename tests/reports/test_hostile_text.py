"""Nothing that comes from data is ever run: names, parameters, notes, sources, errors full of markup, in Chromium."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from redegov_analysis.data.writing import FORMULA_STARTS
from redegov_analysis.errors import NotebookError
from redegov_analysis.project import Project
from redegov_analysis.reports.jobs import Job
from redegov_analysis.reports.parameters import read_schema
from redegov_analysis.reports.running.forks import ForkServer
from redegov_analysis.reports.site.making import make_site
from redegov_analysis.reports.site.manifest import damage

PAYLOADS: list[str] = json.loads(
    (Path(__file__).resolve().parents[1] / "reference" / "data" / "html_injection.json").read_text(encoding="utf-8")
)["payloads"]
ALL = " ".join(PAYLOADS)

ITEMS = """
import pandas as pd
from redegov_analysis.evidence import Evidence
from redegov_analysis.reports.items import Column, Figure, Statement, Table
from redegov_analysis.reports.text import Text
t = Text(language)
frame = pd.DataFrame({{"name": {payloads!r}, {column!r}: 1.5}})
columns = {{"name": Column({every!r}), {column!r}: Column({every!r}, "number")}}
about = dict(t=t, evidence=Evidence.OBSERVED, source="lista " + note, as_of="2025-12-08")
Table(id="rows", title={every!r}, caption=note, frame=frame, columns=columns, **about)
"""
STATEMENT = """
Statement(id="share", sentence=note + {every!r}, value=0.5, unit={every!r}, numeral={every!r}, headline=True, **about)
"""
FIGURE = """
Figure(id="drawn", title={every!r}, caption=note, alt={every!r}, frame=frame, columns=columns,
       draw=lambda sheet, narrow: sheet.subplots().set_title("<b>&"), **about)
"""
STATE = """
Statement(id="state_share", sentence=note, value=0.5, numeral={every!r}, **about)
"""


def _notebook(project: Project, name: str, cells: Sequence[str], prose: str) -> Path:
    code = new_code_cell(f'language: str = "en"\nnote: str = {PAYLOADS[0]!r}\nuf: str = "SP"')
    code.metadata.tags = ["parameters"]
    notebook = new_notebook(cells=[new_markdown_cell(prose), code, *map(new_code_cell, cells)])
    path = project.notebooks / f"{name}.ipynb"
    path.write_text(nbformat.writes(notebook), encoding="utf-8")
    quoted = json.dumps
    path.with_suffix(".parameters.toml").write_text(
        f'[language]\ntype = "choice"\nchoices = ["pt-BR", "en"]\ndefault = "en"\nlabel = "Language"\n'
        f'[note]\ntype = "choice"\nchoices = {quoted([*PAYLOADS, ALL])}\ndefault = {quoted(PAYLOADS[0])}\n'
        f"label = {quoted(ALL)}\n"
        '[uf]\ntype = "choice"\nchoices = ["SP"]\ndefault = "SP"\nlabel = "State"\n',
        encoding="utf-8",
    )
    return path


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, server: ForkServer | None) -> Path:
    """A published site whose every text is hostile, marked as out of date by a hostile error."""
    root = tmp_path_factory.mktemp("hostile") / "project"
    (root / "data" / "raw").mkdir(parents=True)
    (root / "notebooks").mkdir()
    project = Project(root)
    (root / "requirements.lock").write_text("numpy==2.4\n")
    (root / "CITATION.cff").write_text(f"title: {json.dumps(ALL)}\nauthors:\n  - name: {json.dumps(ALL)}\n")
    resource = {"name": "milestones", "title": ALL, "title_pt": ALL, "path": "data/raw/milestones.csv",
                "sources": [{"title": ALL}], "vintage": ALL, "vintage_pt": ALL,
                "schema": {"primaryKey": ["date"],
                           "fields": [{"name": "name", "description": ALL, "description_pt": ALL}]}}  # fmt: skip
    project.datapackage.write_text(json.dumps({"name": "redegov-analysis", "resources": [resource]}))
    totals = project.raw / "milestones.csv"
    quoted = ALL.replace('"', '""')
    values = {"every": ALL, "payloads": PAYLOADS, "column": PAYLOADS[3]}
    cells = [cell.format(**values) for cell in (ITEMS, STATEMENT, FIGURE, STATE)]
    prose = f"# Hostile {' '.join(PAYLOADS[:9])}\n\n{ALL}\n\n## {PAYLOADS[3]}\n\n{PAYLOADS[5]}\n\n| {PAYLOADS[1]} | b |\n|---|---|\n| {PAYLOADS[2]} | c |\n"  # noqa: E501
    path = _notebook(project, "01_hostile", cells, prose)
    schema = read_schema(path)

    def jobs() -> list[Job]:
        return [
            Job(path, schema.resolve({"language": "pt-BR", "note": ALL}), "01_hostile.html", title=ALL),
            Job(path, schema.resolve({"language": "pt-BR", "note": ALL, "uf": "SP"}), "states/SP.html", title=ALL),
        ]

    def make(extra: Sequence[Job] = ()) -> None:
        make_site([*jobs(), *extra], project=project, reports=project.reports, language="pt-BR",
                  vintage="2025-12-08", options={"note": ALL}, server=server, workers=2)  # fmt: skip

    totals.write_text("date,municipalities,publisher\n2025-07-10,2000,x\n", encoding="utf-8")
    make()
    totals.write_text(f'date,municipalities,publisher\n2025-12-08,2500,"{quoted}"\n', encoding="utf-8", newline="")
    make()
    bad = _notebook(project, "02_bad", [f"raise ValueError({ALL!r})"], "# Bad")
    with pytest.raises(NotebookError):
        make([Job(bad, read_schema(bad).resolve({"language": "pt-BR", "note": ALL}), "02_bad.html")])
    return project.reports


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"-?[0-9.]+(e[+-]?[0-9]+)?", cell) is not None


def _pages(reports: Path) -> list[Path]:
    return [*sorted((reports / "latest").rglob("*.html")), *sorted((reports / "failed").rglob("*.html"))]


def test_every_kind_of_page_was_made_of_it_and_the_site_is_whole(hostile: Path) -> None:
    names = {path.name for path in _pages(hostile)}
    assert names == {"index.html", "changes.html", "downloads.html", "methods.html", "01_hostile.html", "SP.html",
                     "02_bad.html"}  # fmt: skip
    assert damage(hostile / "latest") == []
    for path in _pages(hostile):
        assert "&lt;script&gt;" in path.read_text(encoding="utf-8"), f"{path} shows none of it"


def test_no_page_holds_markup_that_came_from_data(hostile: Path) -> None:
    for path in _pages(hostile):
        source = path.read_text(encoding="utf-8")
        assert not re.findall(r"<(?:img src=x|svg onload|iframe|math|details open)", source), path
        assert len(re.findall(r"<script\b", source)) == (path.name == "index.html"), path
        tags = re.findall(r"<[a-z][^<>]*>", re.sub(r"base64,[A-Za-z0-9+/=]+", "", source))
        assert not [tag for tag in tags if re.search(r"""\son[a-z]+\s*=(?=(?:[^"]*"[^"]*")*[^"]*$)""", tag)], path
        assert not re.findall(r'href="\s*javascript:', source), path


@pytest.mark.browser
@pytest.mark.parametrize("policy", [True, False], ids=["as published", "without its security policy"])
def test_nothing_is_run_in_a_browser(chromium: Any, hostile: Path, tmp_path: Path, policy: bool) -> None:
    """Without the policy, escaping alone must hold: both were tried."""
    page = chromium.new_page()
    dialogs: list[str] = []
    errors: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text))
    for number, path in enumerate(_pages(hostile)):
        target = path
        if not policy:
            source = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", path.read_text(encoding="utf-8"))
            target = tmp_path / f"{number}.html"
            target.write_text(source, encoding="utf-8")
        page.goto(target.as_uri())
        page.evaluate(PROD)
        assert page.evaluate("window.executed") is None, path
    assert dialogs == []
    assert errors == []
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_notice_and_the_page_of_a_failure_can_be_read_by_everyone(
    chromium: Any, hostile: Path, scheme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = chromium.new_page()
    page.emulate_media(color_scheme=scheme)
    (failed,) = (hostile / "failed").rglob("*.html")
    for path in (hostile / "latest" / "index.html", failed):
        page.set_viewport_size({"width": 320, "height": 900})
        page.goto(path.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            found = Axe().run(page).response["violations"]
            assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == [], path
    page.close()


def test_no_spreadsheet_runs_a_cell(hostile: Path) -> None:
    for path in (hostile / "latest" / "data").rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        assert not [cell for cell in cells if cell.startswith(FORMULA_STARTS) and not _is_number(cell)], path
    text = (hostile / "latest" / "data" / "01_hostile" / "rows.csv").read_text(encoding="utf-8")
    assert "'=HYPERLINK(" in text
    assert "'@SUM" in text


def test_the_data_for_programs_hold_the_text_as_it_is(hostile: Path) -> None:
    content = json.loads((hostile / "latest" / "data" / "01_hostile" / "rows.json").read_text(encoding="utf-8"))
    assert [row["name"] for row in content["rows"]] == PAYLOADS


def test_a_parameters_name_cannot_become_code(hostile: Path, tmp_path: Path) -> None:
    source = hostile.parent / "notebooks" / "01_hostile.ipynb"
    for ending in (".ipynb", ".parameters.toml"):
        shutil.copy(source.with_suffix(ending), tmp_path)
    schema = read_schema(tmp_path / "01_hostile.ipynb")
    name = "uf='SP'\nopen('PWNED','w').write('x')\nz"
    with pytest.raises(Exception, match="uf='SP'"):
        schema.resolve({name: 1})
    assert not list(tmp_path.rglob("PWNED"))


# Opens, focuses and points at everything: whatever waits for an event gets it.
PROD = """() => {
  document.querySelectorAll('details').forEach(one => { one.open = true; });
  for (const one of document.body.querySelectorAll('*')) {
    one.focus?.();
    for (const name of ['mouseover', 'mouseenter', 'focus', 'toggle', 'load', 'error']) {
      one.dispatchEvent(new Event(name, {bubbles: true}));
    }
  }
}"""

"""Small notebooks, run for real."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from redegov_analysis.project import Project
from redegov_analysis.reports.jobs import Job
from redegov_analysis.reports.running import forks
from redegov_analysis.reports.running.forks import ForkServer, kernel_environment
from redegov_analysis.reports.site.making import make_site

SCHEMA = """
[language]
type = "choice"
choices = ["pt-BR", "en"]
default = "en"
label = "Language"
"""
UF = """
[uf]
type = "choice"
choices = ["SP", "AC"]
default = "SP"
label = "State"
"""
ITEMS = """
import pandas as pd
from redegov_analysis.evidence import Evidence
from redegov_analysis.reports.items import Column, Figure, Statement, Table
from redegov_analysis.reports.text import Text
t = Text(language)
frame = pd.DataFrame({"month": ["<b>jan</b>", "feb"], "count": [1200, 2500]})
columns = {"month": Column("Month"), "count": Column("Municipalities", "integer")}
"""
STATEMENT = """
Statement(
    id="share", t=t, evidence=Evidence.PUBLISHED, source="MGI", as_of="2025-12-08", headline=True,
    sentence="2.500 de 5.570 municípios.", value=2500 / 5570, numeral=t.percent(2500 / 5570),
)
"""
TABLE = """
Table(
    id="months", t=t, evidence=Evidence.PROXY, source="MGI", as_of=None, title="Months", caption="Look.",
    frame=frame, columns=columns,
)
"""
FIGURE = """
Figure(
    id="growth", t=t, evidence=Evidence.ESTIMATED, source="Model", as_of=None, title="Growth", caption="It grows.",
    alt="A rising line.", draw=lambda sheet, narrow: sheet.subplots().plot(frame["count"]), frame=frame,
    columns=columns,
)
"""
SIZE = """
Statement(
    id="state_size", t=t, evidence=Evidence.PUBLISHED, source="IBGE", as_of=None,
    sentence="Municipalities of " + uf, value={"SP": 645, "AC": 22}[uf],
)
"""
SHARE = """
Statement(
    id="state_share", t=t, evidence=Evidence.ESTIMATED, source="Model", as_of=None,
    sentence="Share of " + uf, value={"SP": 0.5, "AC": 0.25}[uf], numeral={"SP": "40% a 60%", "AC": "15% a 35%"}[uf],
)
"""

Write = Callable[..., Job]


@pytest.fixture(scope="session")
def server() -> Iterator[ForkServer | None]:
    """One warm parent for all tests of a worker; none where forking is not safe."""
    if not forks.AVAILABLE:
        yield None
        return
    with ForkServer(kernel_environment(Path(__file__).resolve().parents[2])) as warm:
        yield warm


class Workshop:
    """An empty project, and notebooks written into it."""

    def __init__(self, root: Path) -> None:
        (root / "data" / "raw").mkdir(parents=True)
        (root / "notebooks").mkdir()
        (root / "datapackage.json").write_text(json.dumps({"name": "redegov-analysis"}))
        (root / "requirements.lock").write_text("numpy==2.4\n")
        (root / "data" / "raw" / "milestones.csv").write_text("date,municipalities\n2025-12-08,2500\n")
        self.project = Project(root)

    def write(self, name: str, *cells: str, uf: str | None = None) -> Job:
        """Write a notebook of code cells (or Markdown, beginning with #) and return its job."""
        code = new_code_cell('language: str = "en"' + ('\nuf: str = "SP"' if uf else ""))
        code.metadata.tags = ["parameters"]
        made = [new_markdown_cell("# Growth of the network\n\nHow it grew."), code]
        made += [new_markdown_cell(cell) if cell.startswith("#") else new_code_cell(cell.strip()) for cell in cells]
        notebook = new_notebook(cells=made)
        for number, cell in enumerate(notebook.cells):
            cell.id = f"cell-{number}"
        path = self.project.notebooks / f"{name}.ipynb"
        path.write_text(nbformat.writes(notebook))
        path.with_suffix(".parameters.toml").write_text(SCHEMA + (UF if uf else ""))
        if uf:
            return Job(path, {"language": "pt-BR", "uf": uf}, f"states/{uf}.html")
        return Job(path, {"language": "pt-BR"}, f"{name}.html")

    def good(self) -> Job:
        """Write a notebook with a statement, a table and a figure."""
        return self.write("01_good", ITEMS, "## Answer", STATEMENT, "## Numbers", TABLE, "## Picture", FIGURE)

    def states(self) -> list[Job]:
        """Write the profile of two states."""
        return [self.write("05_state", ITEMS, SIZE, SHARE, uf=uf) for uf in ("SP", "AC")]


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path / "project")


@pytest.fixture
def project(workshop: Workshop) -> Project:
    return workshop.project


@pytest.fixture
def write(workshop: Workshop) -> Write:
    return workshop.write


@pytest.fixture
def good(workshop: Workshop) -> Job:
    return workshop.good()


@pytest.fixture
def states(workshop: Workshop) -> list[Job]:
    return workshop.states()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, server: ForkServer | None) -> Path:
    """A published site of three pages, for tests that only look at it."""
    workshop = Workshop(tmp_path_factory.mktemp("site") / "project")
    return make_site(
        [workshop.good(), *workshop.states()],
        project=workshop.project,
        reports=workshop.project.reports,
        language="pt-BR",
        vintage="2025-12-08",
        options={},
        server=server,
    ).index.parent

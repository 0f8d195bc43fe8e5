from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from redegov_analysis.errors import NotebookError
from redegov_analysis.evidence import Evidence
from redegov_analysis.reports.items import Column, Item, Statement, Table
from redegov_analysis.reports.jobs import Failure, Imprint, Job
from redegov_analysis.reports.pages.frame import failure_page
from redegov_analysis.reports.pages.render import Prose, rendered
from redegov_analysis.reports.text import Text

T = Text("pt-BR")
IMPRINT = Imprint("2025-12-08", "0.1.0", "0123456789abcdef")
NASTY = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'{{ 7 * 7 }}"


class Tags(HTMLParser):
    """The tags of a page with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture
def job(tmp_path: Path) -> Job:
    cell = new_code_cell('language: str = "en"')
    cell.metadata.tags = ["parameters"]
    path = tmp_path / "01_any.ipynb"
    path.write_text(nbformat.writes(new_notebook(cells=[cell])))
    path.with_suffix(".parameters.toml").write_text(
        '[language]\ntype = "choice"\nchoices = ["pt-BR", "en"]\ndefault = "en"\nlabel = "Language"\n'
    )
    return Job(path, {"language": "pt-BR"}, "01_any.html")


def statement(name: str = "share", evidence: Evidence = Evidence.PUBLISHED, sentence: str = "So be it.") -> Statement:
    return Statement(id=name, t=T, evidence=evidence, source="MGI", as_of="2025-12-08", sentence=sentence)


def table() -> Table:
    frame = pd.DataFrame({"name": [NASTY, "Açu"], "number": [1, 2]})
    columns = {"name": Column(NASTY), "number": Column("N", "integer")}
    return Table(
        id="names",
        t=T,
        evidence=Evidence.PROXY,
        source=NASTY,
        as_of=None,
        title=NASTY,
        caption=NASTY,
        frame=frame,
        columns=columns,
    )


def notebook(*cells: str | Item | NotebookNode, title: str = "# Growth\n\nHow it grew.") -> NotebookNode:
    made = [new_markdown_cell(title)]
    for cell in cells:
        if isinstance(cell, str):
            made.append(new_markdown_cell(cell))
        elif isinstance(cell, Item):
            data = cell._repr_mimebundle_()
            made.append(new_code_cell("item", outputs=[new_output("execute_result", data=data)]))
        else:
            made.append(new_code_cell("other", outputs=[cell]))
    return new_notebook(cells=made)


def test_a_page_has_one_h1_its_language_and_needs_nothing_else(job: Job) -> None:
    html = rendered(notebook("## One", statement(), table(), "## Two"), job, T, IMPRINT).html
    tags = Tags(html)
    assert len(tags.of("h1")) == 1
    assert tags.of("html")[0]["lang"] == "pt-BR"
    assert not tags.of("script")
    assert not tags.of("link")[1:]
    assert not tags.of("iframe")
    policies = [meta["content"] for meta in tags.of("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    assert policies
    assert "default-src 'none'" in str(policies[0])
    assert "script" not in str(policies[0])
    for attributes in (attributes for _, attributes in tags.found):
        assert not str(attributes.get("src", "data:")).startswith(("http", "//"))
    assert "url(http" not in html
    assert "@import" not in html


def test_code_is_not_on_the_page(job: Job) -> None:
    page = notebook(statement())
    page.cells.append(new_code_cell("very_secret_code = 1"))
    assert "very_secret_code" not in rendered(page, job, T, IMPRINT).html


def test_what_comes_from_data_is_escaped_wherever_it_lands(job: Job) -> None:
    page = rendered(notebook(statement(sentence=NASTY), table(), f"Note {NASTY}"), job, T, IMPRINT).html
    tags = Tags(page)
    assert not tags.of("script")
    assert not [attributes for _, attributes in tags.found for name in attributes if name.startswith("on")]
    assert "{{ 7 * 7 }}" in page
    assert "49" not in page.split("<main")[1].split("</main>")[0]


@pytest.mark.parametrize(
    "source",
    [
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](https://example.org/a.png)",
        "<iframe src='https://example.org'></iframe>",
        "[x](JaVaScRiPt:alert(1))",
        '<https://example.org/"onmouseover=alert(1)>',
    ],
)
def test_markdown_cannot_load_or_run_anything(source: str) -> None:
    tags = Tags(Prose(T).html_of(source))
    assert {tag for tag, _ in tags.found} <= {"p", "a"}
    for link in tags.of("a"):
        assert str(link["href"]).startswith("https://")
        assert set(link) <= {"href", "rel", "title"}


def test_money_is_not_taken_for_mathematics() -> None:
    assert Prose(T).html_of("From R$ 5 to R$ 6 a month") == "<p>From R$ 5 to R$ 6 a month</p>\n"


def test_headings_below_the_title_are_listed_and_their_ids_differ(job: Job) -> None:
    page = rendered(notebook("## Ação", "## Ação", "# Late title", "### Detail"), job, T, IMPRINT).html
    tags = Tags(page)
    main = Tags(page.split("<main")[1].split("</main>")[0])
    assert [heading["id"] for heading in main.of("h2")] == ["acao", "acao-2", "late-title"]
    assert [link["href"] for link in tags.of("a") if str(link["href"]).startswith("#acao")] == ["#acao", "#acao-2"]


def test_the_summary_quotes_the_page(job: Job) -> None:
    page = rendered(notebook(statement(), statement("other", Evidence.ESTIMATED)), job, T, IMPRINT)
    assert (page.summary.title, page.summary.description) == ("Growth", "How it grew.")
    assert [record["id"] for record in page.summary.statements] == ["share", "other"]
    assert page.summary.evidence == ["published", "estimated"]
    assert page.summary.sources == ["MGI"]


def test_the_data_of_each_table_become_a_file_of_each_format(job: Job) -> None:
    tables = rendered(notebook(table()), job, T, IMPRINT).tables
    assert list(tables) == [f"data/01_any/names.{ending}" for ending in ("csv", "parquet", "json")]
    assert tables["data/01_any/names.csv"].splitlines()[0] == "name,number"


def test_output_that_is_no_item_is_left_out_and_reported(job: Job) -> None:
    outputs: list[NotebookNode] = [
        new_output("stream", name="stderr", text="careful!\nreally"),
        new_output("execute_result", data={"text/html": "<b>frame</b>", "text/plain": "frame"}),
    ]
    page = rendered(notebook(*outputs), job, T, IMPRINT)
    assert "careful" not in page.html
    assert "<b>frame" not in page.html
    assert [warning.split(": ")[-1] for warning in page.warnings] == ["careful!", "frame"]


def test_made_up_numbers_cannot_be_missed(job: Job) -> None:
    plain = Tags(rendered(notebook(statement()), job, T, IMPRINT).html)
    marked = Tags(rendered(notebook(statement(evidence=Evidence.SIMULATED)), job, T, IMPRINT).html)
    for classes in ("watermark", "simulated-banner"):
        assert not [1 for _, attributes in plain.found if attributes.get("class") == classes]
        assert [1 for _, attributes in marked.found if attributes.get("class") == classes]


def test_two_items_of_one_name_are_refused(job: Job) -> None:
    with pytest.raises(NotebookError, match="Two items are called 'share'"):
        rendered(notebook(statement(), statement()), job, T, IMPRINT)


def test_a_notebook_without_a_heading_is_refused(job: Job) -> None:
    with pytest.raises(NotebookError, match="has no first heading"):
        rendered(notebook(statement(), title="No heading"), job, T, IMPRINT)


def test_a_state_page_is_called_by_its_state(job: Job) -> None:
    of_state = Job(job.notebook, {"language": "pt-BR", "uf": "SP"}, "states/SP.html")
    page = rendered(notebook(statement()), job=of_state, t=T, imprint=IMPRINT)
    assert page.summary.title == "São Paulo"
    assert 'href="../index.html"' in page.html


def test_the_same_notebook_gives_the_same_bytes_and_is_not_changed(job: Job) -> None:
    executed = notebook("## One", statement(), table())
    before = nbformat.writes(executed)
    assert rendered(executed, job, T, IMPRINT) == rendered(executed, job, T, IMPRINT)
    assert nbformat.writes(executed) == before


@pytest.mark.parametrize(("language", "told"), [("pt-BR", "não pôde ser"), ("en", "could not be made")])
def test_a_failure_page_tells_cell_error_and_log_and_escapes_them(job: Job, language: str, told: str) -> None:
    failure = Failure("cell", "ValueError", NASTY, cell=7, heading="Growth", source=f"x = {NASTY!r}", log=NASTY)
    html = failure_page(job, failure, Text(language), IMPRINT)
    tags: Any = Tags(html)
    assert told in html
    assert tags.of("html")[0]["lang"] == language
    assert "ValueError" in html
    assert "<dd>7</dd>" in html
    assert "01_any.ipynb" in html
    assert not tags.of("script")
    assert len(tags.of("pre")) == 2

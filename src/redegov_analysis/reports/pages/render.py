"""An executed notebook as one HTML file that needs nothing else: no script, no other file, no other host.

Only two things become HTML: the notebook's Markdown, with raw HTML escaped, and the `text/html` of our own items, which
escape what comes from data. Anything else that a cell shows is left out and reported to the maintainer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import mistune
from markupsafe import Markup, escape
from nbconvert.exporters.templateexporter import TemplateExporter
from nbformat import NotebookNode

from redegov_analysis.errors import NotebookError
from redegov_analysis.evidence import Evidence
from redegov_analysis.reports.datasets import json_text, parquet_bytes
from redegov_analysis.reports.items import ITEM_MIME
from redegov_analysis.reports.jobs import Imprint, Job, Page
from redegov_analysis.reports.pages.frame import TEMPLATES, layout, strict
from redegov_analysis.reports.parameters import read_schema
from redegov_analysis.reports.states import STATES
from redegov_analysis.reports.text import N_, Text, markdown_blocks

DESCRIBING: Final = ("id", "kind", "title", "caption", "evidence", "source", "as_of")
"""What a file of data says of the item that it is the data of."""

_CHOICES: Final = {
    "main": N_("main variables"),
    "main+capacity": N_("main variables and capacity"),
    "size only": N_("size alone"),
}
"""What is said beside a value that stands for several things."""


@dataclass(frozen=True)
class Rendered:
    """A page and what goes with it.

    Attributes
    ----------
    html
        The page.
    tables
        The data of its items as CSV, Parquet and JSON, by their path inside the site.
    summary
        What the site's index says of the page.
    warnings
        Output that is not shown.
    """

    html: str
    tables: Mapping[str, str | bytes]
    summary: Page
    warnings: Sequence[str]


def rendered(notebook: NotebookNode, job: Job, t: Text, imprint: Imprint) -> Rendered:
    """Return the page of an executed notebook.

    Parameters
    ----------
    notebook
        The executed notebook; it is not changed.
    job
        The job that it was executed for.
    t
        The reader's language; Markdown cells are translated paragraph by paragraph.
    imprint
        For the foot of the page.

    Raises
    ------
    NotebookError
        If the notebook has no heading, or two of its items have the same id.
    """
    items, warnings = _items(notebook)
    prose = Prose(t)
    sections = _sections(notebook, prose, t)
    if not prose.title:
        raise NotebookError(
            "{name} has no first heading. Begin with a Markdown cell such as `# Growth`.", name=job.notebook.name
        )
    statements = [item for item in items.values() if item["kind"] == "statement"]
    evidence = [kind for kind in Evidence if any(item["evidence"] == kind for item in items.values())]
    summary = Page(
        title=job.title or (STATES[job.state].name if job.state else prose.title),
        description=prose.description,
        statements=statements,
        evidence=[str(kind) for kind in evidence],
        sources=list(dict.fromkeys(item["source"] for item in items.values())),
    )
    html, _ = _exporter().from_notebook_node(
        notebook,
        resources={
            "sections": sections,
            "contents": prose.contents if len(prose.contents) > 2 else [],
            "page": summary,
            "kicker": "" if job.national else prose.title,
            "brief": job.municipality is not None,
            "related": [(f"{'../' * job.page.count('/')}{page}", name) for page, name in job.related],
            "parameters": _own_parameters(job, t),
            **layout(t, job.page, imprint, evidence),
        },
    )
    tables: dict[str, str | bytes] = {}
    for item in items.values():
        tables |= _data_files(item, job, t)
    return Rendered(html, tables, summary, warnings)


class Prose(mistune.HTMLRenderer):
    """Markdown to HTML: raw HTML is escaped, headings get ids, pictures become their text.

    Parameters
    ----------
    t
        The language of the names that the page gives to its tables.

    Attributes
    ----------
    title
        The first heading of level 1; it is not written out, since the page's frame shows it.
    description
        The first paragraph, as plain text.
    contents
        Ids and texts of the headings of level 2.
    """

    def __init__(self, t: Text) -> None:
        super().__init__(escape=True)
        self.t = t
        self._heading = ""
        self._tables = 0
        self.title = ""
        self.description = ""
        self.contents: list[tuple[str, str]] = []
        self._ids: set[str] = set()
        self._markdown = mistune.Markdown(self, plugins=[mistune.plugins.import_plugin("table")])

    def html_of(self, source: str) -> str:
        """Return Markdown as HTML."""
        return str(self._markdown(source))

    def heading(self, text: str, level: int, **_: Any) -> str:
        """Return a heading below the page's only `h1`."""
        plain = Markup(text).striptags()
        if level == 1 and not self.title:
            self.title = plain
            return ""
        level = max(level, 2)
        self._heading = plain
        name = self._new_id(plain)
        if level == 2:
            self.contents.append((name, plain))
        return f'<h{level} id="{name}">{text}</h{level}>\n'

    def paragraph(self, text: str) -> str:
        """Return a paragraph; the first is the page's description, which the frame shows under the title."""
        if self.title and not self.description:
            self.description = Markup(text).striptags()
            return ""
        return f"<p>{text}</p>\n"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """Return a picture's text: pages load nothing."""
        del url, title
        return text

    def link(self, text: str, url: str, title: str | None = None) -> str:
        """Return a link to a web page or into this page; only the text of any other."""
        if not re.match(r"(https?://|mailto:|#)", url):
            return text
        named = f' title="{escape(title)}"' if title else ""
        return f'<a href="{escape(url)}"{named} rel="noreferrer">{text}</a>'

    def table(self, text: str) -> str:
        """Return a table that scrolls by itself where the screen is narrow, named for the heading above it."""
        self._tables += 1
        name = self.t("Table {number}: {title}", number=self._tables, title=self._heading or self.title)
        return (
            f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(name)}"><table>{text}</table></div>\n'
        )

    def _new_id(self, text: str) -> str:
        ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
        slug = "-".join(re.findall(r"[a-z0-9]+", ascii_text)) or "section"
        name, number = slug, 2
        while name in self._ids:
            name, number = f"{slug}-{number}", number + 1
        self._ids.add(name)
        return name


def _sections(notebook: NotebookNode, prose: Prose, t: Text) -> list[tuple[str, Markup]]:
    """Return the page's flow: prose, runs of statements as cards, and other items, in the notebook's order."""
    sections: list[tuple[str, Markup]] = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            source = "\n\n".join(t(block) for block in markdown_blocks(cell.source))
            if html := Markup(prose.html_of(source)).strip():
                sections.append(("prose", html))
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if ITEM_MIME not in data:
                continue
            kind = "cards" if data[ITEM_MIME]["kind"] == "statement" else "items"
            html = Markup(_joined(data["text/html"]))
            if sections and sections[-1][0] == kind:
                sections[-1] = (kind, sections[-1][1] + html)
            else:
                sections.append((kind, html))
    return sections


def _data_files(item: Mapping[str, Any], job: Job, t: Text) -> dict[str, str | bytes]:
    """Return the files with the data of an item; a statement has none of its own."""
    if "csv" not in item:
        return {}
    about = {"page": job.page, "language": t.language, **{name: item[name] for name in DESCRIBING}}
    place = f"data/{job.name}/{item['id']}"
    return {
        f"{place}.csv": item["csv"],
        f"{place}.parquet": parquet_bytes(item["fields"], item["rows"]),
        f"{place}.json": json_text(about, item["fields"], item["rows"]),
    }


def _own_parameters(job: Job, t: Text) -> list[tuple[str, str]]:
    """Return label and value of the parameters that are the notebook's own."""
    return [
        (t(parameter.label), _told(str(job.parameters[name]), t))
        for name, parameter in read_schema(job.notebook).parameters.items()
        if name not in {"language", "as_of", "membership"}
    ]


def _told(value: str, t: Text) -> str:
    """Return a value as it is typed; where it stands for several things, after words for them."""
    return f"{t(_CHOICES[value])} ({value})" if value in _CHOICES else value


def _items(notebook: NotebookNode) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Return the records of a notebook's items by id, and what else its cells show."""
    items: dict[str, dict[str, Any]] = {}
    warnings: list[str] = []
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", []):
            record = output.get("data", {}).get(ITEM_MIME)
            if record is None:
                shown = output.get("text") or output.get("data", {}).get("text/plain", "")
                first = (_joined(shown).strip().splitlines() or [""])[0][:160]
                warnings.append(f"cell {number} shows what is not an item, and no reader will see it: {first}")
            elif record["id"] in items:
                raise NotebookError("Two items are called {id!r}. Give each its own id.", id=record["id"])
            else:
                items[record["id"]] = record
    return items, warnings


def _joined(text: str | Sequence[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


class _ReportExporter(TemplateExporter):
    """nbconvert's exporter with our template, everything escaped that is not marked as safe."""

    file_extension = ".html"
    output_mimetype = "text/html"


@lru_cache(maxsize=1)
def _exporter() -> _ReportExporter:
    exporter = _ReportExporter(  # type: ignore[no-untyped-call]
        template_name="report",
        extra_template_basedirs=[str(TEMPLATES)],
        extra_template_paths=[str(TEMPLATES)],
        default_preprocessors=[],  # they change cells, which the template does not look at, and copy them each time
    )
    strict(exporter.environment)
    return exporter

"""The page that says how the numbers were made, how sure they are, how to cite them, and how the site can be used."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from redegov_analysis.evidence import Evidence
from redegov_analysis.project import Project
from redegov_analysis.reports.inputs import digest
from redegov_analysis.reports.jobs import Imprint
from redegov_analysis.reports.pages.citation import CITATION, read_citation
from redegov_analysis.reports.pages.frame import layout, template
from redegov_analysis.reports.text import N_, Text

METHODS: Final = "methods.html"

DOCUMENTS: Final = {
    "methodology.md": N_("Forecast: the model, its priors, how it is computed, its sources"),
    "methodology_drivers.md": N_("Drivers: the models of who joins, and what a referee would ask of them"),
    "assumptions.md": N_("Assumptions and limits, each with how much hangs on it"),
    "model-card.md": N_("Model card: what the forecast is for, and what not"),
    "benchmarks.md": N_("Benchmarks: how good and how fast"),
    "data_dictionary.md": N_("Dictionary of the input tables"),
}
"""Documents of the project that travel with the site, and what they are about."""


def methods_page(project: Project, t: Text, imprint: Imprint, *, site_url: str = "") -> str:
    """Return the page of methods.

    Parameters
    ----------
    project
        Its tables, documents and CITATION.cff are named.
    t
        The reader's language.
    imprint
        For the foot of the page and the citation.
    site_url
        Where the site will stand, for the citation.

    Raises
    ------
    DataError
        If CITATION.cff cannot be read.
    """
    citation = read_citation(project.root)
    return template("methods.html.j2").render(
        every=list(Evidence),
        tables=_tables(project, t),
        documents=[(name, t(about)) for name, about in DOCUMENTS.items() if (project.root / "docs" / name).is_file()],
        abnt=citation.abnt(imprint.vintage, site_url),
        bibtex=citation.bibtex(imprint.vintage, site_url),
        **layout(t, METHODS, imprint, []),
    )


def depended_on(project: Project) -> Iterator[str]:
    """Return the digests of the files, besides those of the notebooks, that this page is made of."""
    for path in (project.root / CITATION, *(project.root / "docs" / name for name in DOCUMENTS)):
        if path.is_file():
            yield digest(path)


def _tables(project: Project, t: Text) -> list[dict[str, Any]]:
    """Return title, publishers and vintage of each input table."""
    ending = "_pt" if t.language == "pt-BR" else ""
    package = json.loads(project.datapackage.read_text(encoding="utf-8"))
    return [
        {
            "title": one.get(f"title{ending}") or one["name"],
            "sources": [source.get(f"title{ending}") or source["title"] for source in one.get("sources", [])],
            "vintage": one.get(f"vintage{ending}") or one.get("vintage") or "–",
        }
        for one in package.get("resources", [])
    ]

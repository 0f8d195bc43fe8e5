from __future__ import annotations

from pathlib import Path

import pytest

from redegov_analysis.errors import DataError
from redegov_analysis.reports.pages.citation import read_citation

ROOT = Path(__file__).resolve().parents[4]
FILE = """
cff-version: 1.2.0
title: "Adesão: 50% & mais"
type: software
authors:
  - family-names: Silva
    given-names: Ana
  - name: redegov-analysis contributors
version: 1.2.3
date-released: 2026-05-04
repository-code: https://example.org/code
"""


def test_the_projects_own_citation_can_be_read() -> None:
    citation = read_citation(ROOT)
    assert citation.title.startswith("redegov-analysis")
    assert citation.authors == ("redegov-analysis contributors",)
    assert citation.released is not None


def test_abnt_names_authors_in_capitals_the_version_the_day_and_the_place(tmp_path: Path) -> None:
    (tmp_path / "CITATION.cff").write_text(FILE)
    assert read_citation(tmp_path).abnt("2025-12-08", "https://example.org/") == (
        "SILVA, ANA; REDEGOV-ANALYSIS CONTRIBUTORS. Adesão: 50% & mais. Versão 1.2.3. [S. l.: s. n.], 4 maio 2026. "
        "Programa de computador e relatórios; dados até 8 de dezembro de 2025. Disponível em: https://example.org/."
    )


def test_bibtex_escapes_what_latex_would_run(tmp_path: Path) -> None:
    (tmp_path / "CITATION.cff").write_text(FILE)
    entry = read_citation(tmp_path).bibtex("2025-12-08")
    assert entry.startswith("@software{redegov_analysis,\n")
    assert r"title = {{Adesão: 50\% \& mais}}" in entry
    assert "author = {Silva, Ana and {redegov-analysis contributors}}" in entry
    assert "year = {2026}" in entry
    assert "url = {https://example.org/code}" in entry
    assert entry.count("{") == entry.count("}")


def test_an_address_that_is_not_of_the_web_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "CITATION.cff").write_text(FILE.replace("https://example.org/code", "javascript:alert(1)"))
    assert read_citation(tmp_path).url == ""


def test_without_a_file_the_package_is_cited(tmp_path: Path) -> None:
    assert read_citation(tmp_path).title == "redegov-analysis"


@pytest.mark.parametrize("content", ["- a list", "title: [", "version: 1"])
def test_a_file_that_is_none_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "CITATION.cff").write_text(content)
    with pytest.raises(DataError, match=r"CITATION\.cff"):
        read_citation(tmp_path)

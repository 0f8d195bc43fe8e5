"""The dictionary page is what the catalogue says."""

from __future__ import annotations

from redegov_analysis.data.catalogue import read_catalogue
from redegov_analysis.data.dictionary import dictionary_markdown
from redegov_analysis.project import Project


def test_the_committed_dictionary_is_the_catalogues(checkout: Project) -> None:
    committed = (checkout.root / "docs" / "data_dictionary.md").read_text(encoding="utf-8")
    assert committed == dictionary_markdown(read_catalogue(checkout)), "run: redegov data describe"


def test_every_column_has_its_row(checkout: Project) -> None:
    catalogue = read_catalogue(checkout)
    sections = dictionary_markdown(catalogue).split("\n## ")[1:]
    assert len(sections) == len(catalogue.tables)
    for table, section in zip(catalogue.tables, sections, strict=True):
        rows = [line for line in section.splitlines() if line.startswith("| `")]
        assert [row.split("`")[1] for row in rows] == [column.name for column in table.columns]


def test_a_bar_in_a_pattern_does_not_end_a_cell(checkout: Project) -> None:
    for line in dictionary_markdown(read_catalogue(checkout)).splitlines():
        if line.startswith("| `"):
            assert line.replace("\\|", "").count("|") == 9, line

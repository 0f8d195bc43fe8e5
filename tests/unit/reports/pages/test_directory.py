"""The page that lists the briefs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from redegov_analysis.reports.jobs import Imprint, Job, Outcome, Page
from redegov_analysis.reports.municipalities import plain
from redegov_analysis.reports.pages.directory import OPEN_UP_TO, directory_page
from redegov_analysis.reports.text import Text

IMPRINT = Imprint("2025-12-08", "0.1.0", "0" * 16)


def briefs(titles: Sequence[str]) -> list[Outcome]:
    return [
        Outcome(
            Job(Path("06.ipynb"), {"ibge_code": str(number)}, f"municipalities/{number}.html", title=title),
            "made",
            page=Page(title, ""),
        )
        for number, title in enumerate(titles, start=3500000)
    ]


def test_a_site_without_briefs_has_no_directory() -> None:
    profile = Outcome(Job(Path("05.ipynb"), {"uf": "SP"}, "states/SP.html"), "made", page=Page("São Paulo", ""))
    assert directory_page([profile], Text("pt-BR"), IMPRINT) is None


def test_states_and_municipalities_are_sorted_without_regard_to_accents() -> None:
    page = directory_page(briefs(["Zacarias (SP)", "Águas (SP)", "Brás (SP)", "Xapuri (AC)"]), Text("pt-BR"), IMPRINT)
    assert page is not None
    found = [page.index(name) for name in ("Acre (1)", "Xapuri", "São Paulo (3)", "Águas", "Brás", "Zacarias")]
    assert found == sorted(found)


def test_names_are_text_whatever_they_hold() -> None:
    page = directory_page(briefs(['<img src=x onerror="alert(1)"> (SP)']), Text("pt-BR"), IMPRINT)
    assert page is not None
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=" in page


def test_lists_stand_open_only_while_they_are_short() -> None:
    few = directory_page(briefs(["A (SP)"]), Text("en"), IMPRINT)
    many = directory_page(briefs(["A (SP)"] * (OPEN_UP_TO + 1)), Text("en"), IMPRINT)
    assert few is not None
    assert many is not None
    assert '<details id="SP" open>' in few
    assert '<details id="SP">' in many


def test_a_name_with_brackets_keeps_them() -> None:
    page = directory_page(briefs(["Vila (nova) (RS)"]), Text("en"), IMPRINT)
    assert page is not None
    assert ">Vila (nova)</a>" in page
    assert plain("São Luíz do Anauá") == "sao luiz do anaua"

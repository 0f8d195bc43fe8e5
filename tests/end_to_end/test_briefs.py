"""The briefs of municipalities within the published site."""

from __future__ import annotations

import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Site

CODES = ("3518701", "5101837", "5300108")


def _text(path: Path) -> str:
    body = path.read_text(encoding="utf-8").split("<main", 1)[1].split("</main>", 1)[0]
    return unescape(re.sub(r"<[^>]+>", " ", body))


def test_each_brief_is_named_small_and_without_files_beside_it(site: Site) -> None:
    for code in CODES:
        page = site.folder / "municipalities" / f"{code}.html"
        assert page.stat().st_size < 300_000
    assert "<h1>Guarujá (SP)</h1>" in (site.folder / "municipalities/3518701.html").read_text(encoding="utf-8")
    assert not (site.folder / "data" / "municipalities").exists()
    assert not (site.folder / "notebooks" / "municipalities").exists()


def test_briefs_are_found_from_the_index_the_directory_and_their_state(site: Site) -> None:
    index = (site.folder / "index.html").read_text(encoding="utf-8")
    assert 'href="municipalities.html"' in index
    directory = (site.folder / "municipalities.html").read_text(encoding="utf-8")
    for code in CODES:
        assert f'href="municipalities/{code}.html"' in directory
    assert 'href="../municipalities/3518701.html"' in (site.folder / "states/SP.html").read_text(encoding="utf-8")
    assert "municipalities/" not in (site.folder / "states/AC.html").read_text(encoding="utf-8")


def test_without_a_list_a_brief_calls_nobody_a_member(site: Site) -> None:
    for code in CODES:
        text = _text(site.folder / "municipalities" / f"{code}.html")
        assert "Não se publica se" in text
        assert "é integrante da Rede GOV.BR, segundo a lista" not in text


def test_an_unknown_municipality_is_refused_before_anything_runs(tmp_path: Path) -> None:
    command = [Path(sys.executable).with_name("redegov"), "run", "--municipalities", "3518701,3518700"]
    run = subprocess.run(
        [*map(str, command), "--output", str(tmp_path / "reports")], capture_output=True, text=True, check=False
    )
    assert run.returncode == 2
    assert "3518700" in run.stderr
    assert not (tmp_path / "reports").exists()


def test_with_a_simulated_list_a_brief_says_so_on_every_item_made_from_it(simulated_site: Site) -> None:
    for code in ("3518701", "1200401"):
        page = simulated_site.folder / "municipalities" / f"{code}.html"
        source = page.read_text(encoding="utf-8").split("</style>")[1]
        assert source.count("evidence-simulated") >= 3
        assert "watermark" in source
        assert "Não se publica se" not in _text(page)


@pytest.mark.browser
def test_a_brief_prints_on_two_sheets(chromium: Any, site: Site, tmp_path: Path) -> None:
    page = chromium.new_page()
    page.goto((site.folder / "municipalities/3518701.html").as_uri())
    printed = page.pdf(prefer_css_page_size=True)
    page.close()
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) <= 2

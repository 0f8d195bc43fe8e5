"""Every page of the real site: self-contained, in one language, with its evidence, and readable in a browser."""

from __future__ import annotations

import base64
import hashlib
import re
from html import escape
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from redegov_analysis.evidence import Evidence
from redegov_analysis.reports.messages import messages
from redegov_analysis.reports.text import Text

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Site

REPORTS = ("01_data_quality", "02_network_overview", "03_adoption_drivers", "04_growth_forecast")
LOOKED_AT = ("index", "changes", "downloads", "methods", *REPORTS, "states/SP", "states/DF")


class _Page(HTMLParser):
    """What a page asks for, says and shows."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.language = ""
        self.headings: list[int] = []
        self.requests: list[str] = []
        self.links: list[str] = []
        self.alts: list[str | None] = []
        self.policy = ""
        self.scripts = 0
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang") or ""
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "img":
            self.alts.append(given.get("alt"))
        if tag == "meta" and given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given.get("content") or ""
        if tag == "script":
            self.scripts += 1
        if tag == "link" and given.get("rel") == "alternate":
            return  # for readers of feeds: no browser fetches it
        if tag == "a":
            self.links.append(given.get("href") or "")
        if tag not in {"a"}:
            self.requests += [
                value or "" for name, value in attrs if name in {"src", "srcset", "href", "poster", "data"}
            ]


def _read(path: Path) -> _Page:
    return _Page(path.read_text(encoding="utf-8"))


def test_the_site_has_an_index_four_national_reports_27_states_and_the_briefs(site: Site) -> None:
    names = {page.relative_to(site.folder).as_posix() for page in site.pages}
    assert {"index.html", "01_data_quality.html", "04_growth_forecast.html"} <= names
    assert {"changes.html", "downloads.html", "methods.html"} <= names
    assert len([name for name in names if name.startswith("states/")]) == 27
    assert len([name for name in names if name.startswith("municipalities/")]) == 3
    assert len(names) == 39


def test_every_page_is_in_portuguese_with_one_h1_and_headings_in_order(site: Site) -> None:
    for path in site.pages:
        page = _read(path)
        assert page.language == "pt-BR", path
        assert page.headings.count(1) == 1, path
        assert page.headings[0] == 1, path
        assert all(after - before <= 1 for before, after in zip(page.headings, page.headings[1:], strict=False)), path


def test_no_page_needs_a_script_or_asks_another_host(site: Site) -> None:
    for path in site.pages:
        page = _read(path)
        if path == site.folder / "index.html":  # one script, which orders the table of states, and no other may run
            (script,) = re.findall(r"<script>(.*?)</script>", path.read_text(encoding="utf-8"), re.S)
            digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
            assert page.policy.endswith(f"; script-src 'sha256-{digest}'")
        else:
            assert page.scripts == 0, path
            assert "script-src" not in page.policy, path
        assert all(asked.startswith("data:") for asked in page.requests), path
        brief = path.parent.name == "municipalities"  # how to join cites official pages, which a reader may open
        assert brief or all(not link.startswith(("http:", "https:", "//")) for link in page.links), path
        assert page.policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:"), path


def test_every_picture_has_alt_text(site: Site) -> None:
    pictures = [alt for path in site.pages for alt in _read(path).alts]
    assert len(pictures) > 30
    assert all(alt and len(alt) > 20 for alt in pictures)


def test_every_link_leads_somewhere(site: Site) -> None:
    for path in site.pages:
        source = path.read_text(encoding="utf-8")
        for link in _read(path).links:
            if link.startswith("data:") or (link.startswith("https://") and path.parent.name == "municipalities"):
                continue
            target, _, anchor = link.partition("#")
            page = (path.parent / target).resolve() if target else path
            assert page.exists(), (path, link)
            if anchor:
                there = page.read_text(encoding="utf-8") if target else source
                assert f'id="{anchor}"' in there, (path, link)


def test_every_page_stays_under_two_megabytes(site: Site) -> None:
    assert max(page.stat().st_size for page in site.pages) < 2_000_000


def test_no_code_cell_shows(site: Site) -> None:
    for path in site.pages:
        source = path.read_text(encoding="utf-8")
        assert "processed(" not in source, path
        assert "Traceback" not in source, path


def test_every_figure_and_table_says_its_evidence(site: Site) -> None:
    names = [f"{kind.mark}</span> {Text('pt-BR').evidence(kind)}" for kind in Evidence]
    for path in site.pages:
        source = path.read_text(encoding="utf-8")
        for item in re.findall(
            r'<(?:figure|div) class="item [a-z]+".*?(?=<(?:figure|div) class="item |</main>)', source, re.S
        ):
            assert any(name in item for name in names), (path, item[:80])


def test_nothing_is_simulated_without_a_simulated_list(site: Site) -> None:
    for path in site.pages:
        assert "evidence-simulated" not in path.read_text(encoding="utf-8").split("</style>")[1], path


def test_each_page_speaks_one_language(site: Site, english_site: Site) -> None:
    said = [message for message in messages() if "{" not in message and len(message.split()) >= 3]
    t = Text("pt-BR")
    differ = [message for message in said if t(message) != message]
    assert len(differ) > 200
    for path in site.pages:
        text = _prose(path)
        assert [message for message in differ if f">{escape(message)}<" in text] == [], path
        assert ">Source:" not in text, path
    for path in english_site.pages:
        assert 'lang="en"' in path.read_text(encoding="utf-8")[:200]
        text = _prose(path)
        assert [t(message) for message in differ if f">{escape(t(message))}<" in text] == [], path
        assert ">Fonte:" not in text, path


def _prose(path: Path) -> str:
    """Return a page without its pictures, files and style."""
    source = path.read_text(encoding="utf-8")
    return re.sub(r'href="data:[^"]*"|src(?:set)?="data:[^"]*"|<style>.*?</style>', "", source, flags=re.S)


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_the_site_reads_well_in_a_browser(chromium: Any, site: Site, width: int) -> None:
    page = chromium.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    told: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    for name in LOOKED_AT:
        page.goto((site.folder / f"{name}.html").as_uri())
        assert "Rede GOV.BR" in page.title()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        for picture in page.query_selector_all("figure img"):
            picture.scroll_into_view_if_needed()
            assert picture.is_visible()
            box = picture.bounding_box()
            assert box["width"] > 0.8 * min(width - 60, 760), name
            assert box["height"] > 150, name
            assert picture.evaluate("picture => picture.complete && picture.naturalWidth > 0")
    assert told == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    page.close()

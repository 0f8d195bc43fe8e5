"""Everyone can read the site: axe-core, the keyboard, narrow screens, valid HTML, no request to any other host."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import html5lib
import pytest

from redegov_analysis.reports.jobs import Failure, Imprint, Job
from redegov_analysis.reports.pages.frame import TEMPLATES, failure_page
from redegov_analysis.reports.site.outdated import Reason, mark_outdated
from redegov_analysis.reports.text import Text

if TYPE_CHECKING:
    from conftest import Site

KINDS = (
    "index",
    "changes",
    "downloads",
    "methods",
    "04_growth_forecast",
    "states/SP",
    "municipalities",
    "municipalities/3518701",
)
"""One page of each kind."""

LISTED = ("01_data_quality", "02_network_overview", "03_adoption_drivers", "states/SP", "municipalities/3518701")
"""Pages that say more where there is a list of members."""

OTHERS = ("01_data_quality", "02_network_overview", "03_adoption_drivers", "states/DF")


def _opened(chromium: Any, path: Path, width: int, scheme: str) -> Any:
    page = chromium.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # else the page is still scrolling when looked at
    page.goto(path.as_uri())
    return page


def _violations(page: Any) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{one['id']} at {one['nodes'][0]['target']}: {one['nodes'][0]['failureSummary']}" for one in found]


@pytest.mark.browser
@pytest.mark.parametrize(
    ("made", "name"),
    [
        *(("site", name) for name in (*KINDS, "01_data_quality", "02_network_overview", "03_adoption_drivers")),
        *(("simulated_site", name) for name in LISTED),
    ],
)
def test_axe_finds_nothing_on_any_kind_of_page(
    request: pytest.FixtureRequest, chromium: Any, made: str, name: str
) -> None:
    site = request.getfixturevalue(made)
    _narrow_and_wide(chromium, site.folder / f"{name}.html")


@pytest.mark.browser
def test_axe_finds_nothing_on_the_page_of_a_failure(chromium: Any, tmp_path: Path) -> None:
    log = "Traceback (most recent call last):\n" + "  a line that is longer than a telephone is wide\n" * 9
    failure = Failure("cell", "ValueError", "domain", cell=3, heading="Crescimento", source="log(-1)", log=log)
    job = Job(Path("04_growth_forecast.ipynb"), {"language": "pt-BR"}, "04_growth_forecast.html")
    page = tmp_path / "failure.html"
    page.write_text(failure_page(job, failure, Text("pt-BR"), Imprint("2025-12-08", "1", "0" * 16)), encoding="utf-8")
    _narrow_and_wide(chromium, page)


@pytest.mark.browser
def test_axe_finds_nothing_on_a_page_that_is_out_of_date(chromium: Any, site: Site, tmp_path: Path) -> None:
    run = tmp_path / site.folder.name
    run.mkdir()
    for name in ("index.html", "manifest.json"):
        shutil.copyfile(site.folder / name, run / name)
    (tmp_path / "latest").symlink_to(run.name)
    copy = mark_outdated(tmp_path, Reason("cell", "math domain error", "04_growth_forecast", 3, "ValueError", 1))
    assert copy is not None
    assert "Desatualizado desde" in (copy / "index.html").read_text(encoding="utf-8")
    _narrow_and_wide(chromium, copy / "index.html")


def _narrow_and_wide(chromium: Any, path: Path) -> None:
    """Look at a page at 320 px in light and at 1280 px in dark colours: colours do not depend on the width."""
    for width, scheme in ((320, "light"), (1280, "dark")):
        page = _opened(chromium, path, width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert _violations(page) == []
        page.close()


def test_no_colour_depends_on_the_width_of_the_screen() -> None:
    style = (Path(TEMPLATES) / "style.css").read_text(encoding="utf-8")
    rules = re.findall(r"@media \((?:min|max)-width[^{]*\{((?:[^{}]|\{[^{}]*\})*)\}", style)
    assert len(rules) >= 4
    assert [rule for rule in rules if re.search(r"color|background|--", rule)] == []


@pytest.mark.browser
@pytest.mark.parametrize("name", ["index", "states/SP", "downloads"])
def test_the_keyboard_alone_reaches_everything_and_the_focus_shows(chromium: Any, site: Site, name: str) -> None:
    page = _opened(chromium, site.folder / f"{name}.html", 1280, "light")
    wanted = page.evaluate(FOCUSABLE)
    assert len(wanted) > 10
    reached, hidden = [], []
    for _ in range(len(wanted)):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        reached.append(at["number"])
        if not at["shown"]:
            hidden.append(at["text"])
    assert reached == list(range(len(wanted))), "in the order of the page, each once"
    assert hidden == []
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("name", [*KINDS, *OTHERS])
def test_whatever_scrolls_sideways_can_be_focused(chromium: Any, site: Site, name: str) -> None:
    page = _opened(chromium, site.folder / f"{name}.html", 320, "light")
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.evaluate(SCROLLS_WITHOUT_FOCUS) == []
    page.close()


@pytest.mark.browser
def test_the_table_of_states_can_be_put_in_order_and_is_complete_without_a_script(chromium: Any, site: Site) -> None:
    page = _opened(chromium, site.folder / "index.html", 1280, "light")
    names = page.locator(".sortable tbody th").all_inner_texts()
    assert len(names) == 27
    assert (names[0], names[-1]) == ("Acre", "Tocantins")
    heads = page.locator(".sortable thead th")
    assert heads.nth(0).get_attribute("aria-sort") == "ascending"
    button = heads.nth(2).locator("button")
    button.focus()
    page.keyboard.press("Enter")
    assert heads.nth(2).get_attribute("aria-sort") == "ascending"
    assert heads.nth(0).get_attribute("aria-sort") is None
    assert page.locator(".sortable tbody th").first.inner_text() == "Distrito Federal"
    page.keyboard.press("Enter")
    assert heads.nth(2).get_attribute("aria-sort") == "descending"
    assert page.locator(".sortable tbody th").first.inner_text() == "Minas Gerais"
    assert "ordem decrescente" in page.locator(".sorted").inner_text()
    estimated = heads.nth(3).locator("button")
    for order in ("ascending", "descending"):
        estimated.click()
        assert heads.nth(3).get_attribute("aria-sort") == order
        assert page.locator(".sortable tbody th").last.inner_text() == "Distrito Federal", "what is missing comes last"
    page.close()


def test_the_table_of_states_never_shows_an_estimate_without_its_interval(site: Site) -> None:
    index = (site.folder / "index.html").read_text(encoding="utf-8")
    (table,) = re.findall(r'<table class="sortable">.*?</table>', index, re.S)
    rows = re.findall(r'<tr><th scope="row".*?</tr>', table)
    assert len(rows) == 27
    estimates = [re.findall(r"<td.*?>(.*?)</td>", row)[2] for row in rows]
    assert sum(bool(re.fullmatch(r"\d+% \(\d+% a \d+%\)", text)) for text in estimates) == 26
    assert [text for text in estimates if "(" not in text] == ["–"], "one municipality has no share"
    assert "△</span> Estimado" in table


def test_every_tile_of_the_map_leads_to_its_state(site: Site) -> None:
    index = (site.folder / "index.html").read_text(encoding="utf-8")
    (tiles,) = re.findall(r'<ul class="tiles".*?</ul>', index, re.S)
    links = re.findall(r'href="(states/[A-Z]{2}\.html)"', tiles)
    assert len(set(links)) == 27
    assert all((site.folder / link).is_file() for link in links)
    places = re.findall(r"grid-row:(\d+);grid-column:(\d+)", tiles)
    assert len(set(places)) == 27


def test_every_page_is_html_without_a_parse_error(site: Site, english_site: Site) -> None:
    for path in (*site.pages, *english_site.pages):
        source = re.sub(r"base64,[A-Za-z0-9+/=]+", "base64,", path.read_text(encoding="utf-8"))
        html5lib.HTMLParser(strict=True).parse(source)
        names = re.findall(r'\sid="([^"]+)"', source)
        assert len(set(names)) == len(names), path


def test_nearly_every_column_of_the_downloads_is_explained(site: Site) -> None:
    page = (site.folder / "downloads.html").read_text(encoding="utf-8")
    rows = re.findall(r'<tr><th scope="row"><code>(.*?)</code></th><td>(.*?)</td><td>(.*?)</td>', page)
    assert len(rows) > 400
    silent = sorted({name for name, heading, meaning in rows if heading == "–" and meaning == "–"})
    assert len(silent) < 0.1 * len({name for name, *_ in rows}), silent


FOCUSABLE = """() => {
  const all = [...document.querySelectorAll('a[href], button, summary, [tabindex="0"]')];
  const seen = all.filter(one => one.checkVisibility({visibilityProperty: true}));
  seen.forEach((one, number) => { one.dataset.number = number; });
  return seen.map(one => one.textContent.trim().slice(0, 30));
}"""

FOCUSED = """() => {
  const one = document.activeElement;
  const style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  return {
    number: Number(one.dataset.number ?? -1),
    text: one.outerHTML.slice(0, 80),
    shown: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 && box.width > 0
      && box.bottom > 0 && box.top < innerHeight,
  };
}"""

SCROLLS_WITHOUT_FOCUS = """() => [...document.body.querySelectorAll('*')].filter(one => {
  const style = getComputedStyle(one);
  const scrolls = ['auto', 'scroll'].includes(style.overflowX) && one.scrollWidth > one.clientWidth + 1;
  return scrolls && one.tabIndex < 0 && !one.querySelector('a[href], button');
}).map(one => one.outerHTML.slice(0, 80))"""

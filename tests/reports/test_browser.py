"""The site in a real Chromium: what a reader sees, and what the pages ask of the network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser
WIDTHS = (1280, 390, 320)


def test_pages_show_in_a_browser_and_ask_nothing_of_the_network(chromium: Any, site: Path) -> None:
    page = chromium.new_page()
    told: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for name, heading in (
            ("index.html", "Até onde a Rede GOV.BR chegou, e para onde vai"),
            ("01_good.html", "Growth of the network"),
            ("states/SP.html", "São Paulo"),
        ):
            page.goto((site / name).as_uri())
            assert page.title().startswith(heading)
            assert [h1.inner_text() for h1 in page.query_selector_all("h1")] == [heading]
            assert page.evaluate("document.documentElement.lang") == "pt-BR"
            overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert overflow == 0, f"{name} is too wide at {width} px"
            for picture in page.query_selector_all("figure img"):
                box = picture.bounding_box()
                assert box is not None
                assert box["width"] > 200
                assert box["height"] > 100
                assert picture.evaluate("picture => picture.complete && picture.naturalWidth > 0")
                assert picture.get_attribute("alt") == "A rising line."
    assert told == []
    assert [url for url in asked if not url.startswith((site.resolve().as_uri(), site.as_uri(), "data:"))] == []
    page.close()


def test_the_keyboard_alone_reaches_the_content_and_the_reports(chromium: Any, site: Path) -> None:
    page = chromium.new_page()
    page.goto((site / "index.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    reached = set()
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.getAttribute('href')"))
    assert {"01_good.html", "states/SP.html", "states/AC.html"} <= reached
    page.close()


def test_links_of_the_site_lead_somewhere(chromium: Any, site: Path) -> None:
    page = chromium.new_page()
    for start in ("index.html", "01_good.html", "states/AC.html"):
        page.goto((site / start).as_uri())
        for link in page.eval_on_selector_all("a[href]:not([download])", "links => links.map(link => link.href)"):
            path, _, anchor = link.removeprefix("file://").partition("#")
            assert Path(path).is_file(), link
            if anchor and path.endswith(".html"):
                assert f'id="{anchor}"' in Path(path).read_text(), link
    page.close()


def test_the_data_behind_a_figure_can_be_opened_and_saved(chromium: Any, site: Path) -> None:
    page = chromium.new_page()
    page.goto((site / "01_good.html").as_uri())
    page.click("#item-growth summary")
    assert page.locator("#item-growth td").all_inner_texts() == ["1.200", "2.500"]
    with page.expect_download() as download:
        page.click("#item-growth a[download]")
    assert Path(download.value.path()).read_bytes() == (site / "data/01_good/growth.csv").read_bytes()
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_background(chromium: Any, site: Path, scheme: str) -> None:
    page = chromium.new_page()
    page.emulate_media(color_scheme=scheme)
    for name in ("index.html", "01_good.html", "states/SP.html"):
        page.goto((site / name).as_uri())
        assert page.evaluate(FAINT_TEXT) == []
    page.close()


# Every text whose contrast with what lies behind it is below WCAG 2.2 AA.
FAINT_TEXT = """() => {
  const parse = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * x + .7152 * y + .0722 * z;
  };
  const behind = node => {
    for (let at = node; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const node of document.body.querySelectorAll('*')) {
    const text = [...node.childNodes].filter(n => n.nodeType === 3).map(n => n.textContent.trim()).join('');
    if (!text || node.closest('.watermark, .skip, .visually-hidden')) continue;
    const style = getComputedStyle(node);
    const [a, b] = [light(parse(style.color)), light(behind(node))].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) faint.push(`${node.className} ${text.slice(0, 30)} ${ratio.toFixed(2)}`);
  }
  return faint;
}"""

"""The whole site made from a simulated list of members, and the site after it, made from none."""

from __future__ import annotations

import csv
import json
import re
import statistics
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from redegov_analysis.cleaning.build import processed

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Site

WORDS = "SIMULADO — não são dados reais"


def own_text(path: Path) -> str:
    """Return a page without its style sheet, which names what it could mark."""
    return re.sub(r"<style>.*?</style>", "", path.read_text(encoding="utf-8"), flags=re.S)


def simulated_pages(site: Site) -> set[str]:
    return {f"{job['name']}.html" for job in site.manifest["jobs"] if "simulated" in job["page"]["evidence"]}


@pytest.fixture(scope="module")
def members(simulated_list: Path) -> pd.DataFrame:
    """The municipalities that the simulated list names, read without the package."""
    with simulated_list.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["ibge_code"]]
    return pd.DataFrame(rows).astype({"joined_on": "datetime64[us]"})


def test_the_manifest_says_which_list_was_used_and_that_it_is_simulated(
    simulated_site: Site, simulated_list: Path
) -> None:
    told = simulated_site.manifest["options"]["membership"]
    assert told["evidence"] == "simulated"
    assert [(one["file"], one["snapshot_date"]) for one in told["lists"]] == [(simulated_list.name, "2025-12-08")]
    assert len(told["lists"][0]["sha256"]) == 64
    assert {job["parameters"]["membership"] for job in simulated_site.manifest["jobs"]} != {""}


def test_the_watermark_is_on_every_page_with_simulated_items_and_on_no_other(simulated_site: Site) -> None:
    marked = simulated_pages(simulated_site)
    assert {"01_data_quality.html", "02_network_overview.html", "states/SP.html"} <= marked
    for path in simulated_site.pages:
        page = own_text(path)
        name = path.relative_to(simulated_site.folder).as_posix()
        items = 'evidence-simulated"' in re.sub(r"<footer.*", "", page, flags=re.S)
        assert ('class="watermark"' in page) == (
            name in marked or name == "municipalities.html" or (items and name != "methods.html")
        ), name
        assert page.count(f"<title>{WORDS}") == page.count('class="watermark"'), name
    assert 'class="watermark"' in own_text(simulated_site.folder / "index.html")
    assert 'class="watermark"' not in own_text(simulated_site.folder / "methods.html")


def test_every_file_of_a_simulated_item_says_so_in_every_row(simulated_site: Site) -> None:
    found = 0
    for path in simulated_site.folder.glob("data/**/*.json"):
        about: Any = json.loads(path.read_text(encoding="utf-8"))
        # Statements of all kinds stand in one table, whose rows name their own evidence.
        if not isinstance(about, dict) or about.get("evidence") != "simulated" or path.name == "statements.json":
            continue
        found += 1
        with path.with_suffix(".csv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        assert all(row["evidence"] == "simulated" for row in rows), path
    assert found > 12


def test_what_the_pages_count_is_what_the_list_says(simulated_site: Site, members: pd.DataFrame) -> None:
    counted = simulated_site.statement("02_network_overview", "members_counted")
    assert counted["value"] == members["ibge_code"].nunique()
    assert counted["sentence"].startswith(WORDS)
    state = simulated_site.statement("states/SP", "state_members")
    assert state["value"] == (members["uf"] == "SP").sum()
    curve = pd.read_csv(simulated_site.folder / "data/02_network_overview/counted_curve.csv", parse_dates=["date"])
    for day, low, high in zip(curve["date"], curve["low"], curve["high"], strict=True):
        assert low == high == (members["joined_on"] <= day).sum()
    by_state = pd.read_csv(simulated_site.folder / "data/02_network_overview/members_by_uf.csv").set_index("uf")
    assert by_state["members"].to_dict() == (
        members["uf"].value_counts().reindex(by_state.index, fill_value=0).to_dict()
    )
    inside = pd.read_csv(simulated_site.folder / "data/states/SP/state_members_in.csv", dtype=str)
    outside = pd.read_csv(simulated_site.folder / "data/states/SP/state_members_out.csv", dtype=str)
    towns = processed("municipalities")
    assert set(inside["ibge_code"]) == set(members.loc[members["uf"] == "SP", "ibge_code"])
    assert set(inside["ibge_code"]) | set(outside["ibge_code"]) == set(towns.loc[towns["uf"] == "SP", "ibge_code"])


def test_every_row_of_the_list_is_accounted_for_and_agrees_with_what_is_published(
    simulated_site: Site, simulated_list: Path
) -> None:
    folder = simulated_site.folder / "data/01_data_quality"
    rows = pd.read_csv(folder / "list_rows.csv").iloc[0]
    lines = len(simulated_list.read_text(encoding="utf-8").splitlines()) - 1
    assert rows["rows_read"] == lines
    assert rows["rows_read"] == rows[["members", "governments", "duplicates", "rejected"]].sum()
    agreement = pd.read_csv(folder / "list_agreement.csv")
    assert set(agreement["kind"]) == {"members", "people", "capitals", "states", "joined"}
    assert agreement["agrees"].all()


def test_with_a_list_no_page_says_that_its_counts_cannot_be_known(simulated_site: Site, english_site: Site) -> None:
    assert "No list by state is public." in own_text(english_site.folder / "states/SP.html")
    assert "nenhuma lista" not in own_text(simulated_site.folder / "states/SP.html").lower()
    assert "no list of members by state is public" in own_text(english_site.folder / "index.html")
    index = own_text(simulated_site.folder / "index.html")
    share = simulated_site.statement("states/SP", "state_members")["value"] / 645
    assert f"<small>{share:.0%}</small>" in index
    assert "nenhuma lista" not in index


def test_headings_stand_above_something_in_both_modes(simulated_site: Site, english_site: Site) -> None:
    for one in (simulated_site, english_site):
        for path in one.pages:
            if path.parent.name in {"states", one.folder.name} and re.match(r"0\d_|[A-Z]{2}\.", path.name):
                main = own_text(path).split("<main")[1].split("</main>")[0]
                bare = re.findall(r"<h2[^>]*>([^<]*)</h2>\s*(?:</div>\s*<div class=\"prose\">\s*)?(?=<h2|$)", main)
                assert not bare, (path, bare)


def test_after_a_simulated_list_the_latest_site_has_no_trace_of_it(
    simulated_site: Site, english_site: Site, simulated_list: Path
) -> None:
    assert english_site.folder.parent == simulated_site.folder.parent
    assert english_site.manifest["options"]["membership"] is None
    assert simulated_pages(english_site) == set()
    choice = simulated_site.manifest["jobs"][0]["parameters"]["membership"]
    needles = [simulated_list.name, choice, simulated_site.folder.name, "not real data", 'class="watermark"']
    for path in english_site.folder.rglob("*"):
        if path.suffix in {".html", ".json", ".csv", ".xml"} and path.parent.name != "docs":
            text = own_text(path)
            assert [needle for needle in needles if needle in text] == [], path


def test_simulated_items_cannot_be_missed_on_a_telephone_in_the_dark_or_in_print(
    chromium: Any, simulated_site: Site
) -> None:
    page = chromium.new_page()
    try:
        for width, scheme, media in ((320, "light", "screen"), (1280, "dark", "screen"), (1000, "light", "print")):
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme, media=media)
            page.goto((simulated_site.folder / "states/SP.html").as_uri())
            shown = page.evaluate(
                """() => {
                    const mark = document.querySelector('.watermark'), style = getComputedStyle(mark);
                    const words = [...mark.querySelectorAll('span')].map(span => span.getBoundingClientRect());
                    const inside = words.filter(box => box.bottom > 0 && box.top < innerHeight);
                    return {fixed: style.position, shown: inside.length, wide: document.documentElement.scrollWidth,
                            clicks: style.pointerEvents, size: parseFloat(getComputedStyle(mark.children[0]).fontSize)};
                }"""
            )
            assert shown["fixed"] == "fixed", "it must stand on every printed sheet"
            assert shown["shown"] >= 4
            assert shown["clicks"] == "none"
            assert shown["size"] >= 20
            assert media == "print" or shown["wide"] <= width
            banner = page.locator(".simulated-banner")
            assert banner.is_visible()
            assert banner.inner_text().startswith(WORDS)
    finally:
        page.close()


def test_the_counted_states_agree_with_the_country(simulated_site: Site) -> None:
    by_state = pd.read_csv(simulated_site.folder / "data/02_network_overview/members_by_uf.csv")
    counted = simulated_site.statement("02_network_overview", "members_counted")
    assert by_state["members"].sum() == counted["value"]
    for group in ("region", "size_class"):
        part = pd.read_csv(simulated_site.folder / f"data/02_network_overview/members_by_{group}.csv")
        assert part["members"].sum() == counted["value"]
        assert statistics.fmean(part["member_share"]) < 1

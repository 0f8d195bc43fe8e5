"""The documentation builds without a warning, and every link in it leads somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Page(HTMLParser):
    """What a page links to, loads, and can be linked at."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.anchors: set[str] = set()
        self.headings = 0
        self.math = 0
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.anchors.update(filter(None, (given.get("id"), given.get("name"))))
        self.headings += tag == "h1"
        self.math += tag == "math"
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        if tag in {"script", "img", "iframe"} and given.get("src"):
            self.loads.append(str(given["src"]))
        if tag == "link" and given.get("rel") in {"stylesheet", "icon", "shortcut icon", "preload"}:
            self.loads.append(str(given["href"]))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("documentation")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    """Every page but the one for addresses that do not exist."""
    return {path: Page(path) for path in site.rglob("*.html") if path.name != "404.html"}


def test_every_page_of_the_documentation_is_built(pages: dict[Path, Page], site: Path) -> None:
    written = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    written = {path.with_name("index.html") if path.name == "README.html" else path for path in written}
    built = {path.relative_to(site) for path in pages}
    assert written <= built, written - built
    assert all(page.headings == 1 for page in pages.values())


def test_every_link_of_the_documentation_leads_somewhere(pages: dict[Path, Page], site: Path) -> None:
    followed = 0
    for path, page in pages.items():
        for link in page.links:
            address = urlsplit(link)
            if address.scheme or address.netloc:
                continue
            target = (path.parent / unquote(address.path)).resolve() if address.path else path
            assert target.is_relative_to(site), (path.name, link)
            assert target.exists(), (path.name, link)
            if address.fragment and target in pages:
                assert unquote(address.fragment) in pages[target].anchors, (path.name, link)
            followed += 1
    assert followed > 200


def test_the_documentation_loads_nothing_from_other_hosts(pages: dict[Path, Page], site: Path) -> None:
    for path, page in pages.items():
        for address in page.loads:
            assert not urlsplit(address).netloc, (path.name, address)
            assert (path.parent / urlsplit(address).path).resolve().exists(), (path.name, address)


def test_formulas_are_mathml_and_none_is_left_as_source(pages: dict[Path, Page], site: Path) -> None:
    drivers = site / "methodology_drivers.html"
    assert pages[drivers].math > 20
    assert "$" not in drivers.read_text(encoding="utf-8").split("<main", 1)[-1].split("<footer", 1)[0].replace(
        "US$", ""
    )


def test_the_reference_documents_the_contract(site: Path) -> None:
    names = {
        "data-and-cleaning": [
            "municipalities.match_names", "municipalities.universe", "nearest.nearest", "login.body_type",
            "table.read_membership", "standing.membership_in_force",
        ],
        "drivers": [
            "fit_size_selectivity", "panel.person_period", "hazard.fit_hazard", "HazardFit.summary", "cox.fit_cox",
            "spatial.moran", "neighbours.link_islands", "imputation.fit_imputed", "validation.cross_validate",
            "exposure.residuals", "windows.fit_windowed_history", "foresight.likely_next", "chances.chance_draws",
        ],
        "forecast": [
            "growth.forecast_growth", "GrowthForecast.probability", "GrowthForecast.date_reached", "curves.fit_curve",
            "scores.weighted_interval_score", "scores.crps", "scores.coverage", "states.forecast_states",
            "StateForecast.on", "reconciliation.whole_parts", "monitoring.watched",
            "simulated_members.simulate_members",
        ],
        "reports": ["runner.run"],
    }  # fmt: skip
    for page, documented in names.items():
        anchors = Page(site / "reference" / f"{page}.html").anchors
        for name in documented:
            assert any(anchor.endswith(name) for anchor in anchors), (page, name)
    commands = (site / "reference" / "command-line.html").read_text(encoding="utf-8")
    assert all(f'id="{name}"' in commands for name in ("redegov", "redegov-run", "redegov-doctor"))
    assert "Sentinel" not in commands, "an option without a default shows Click's inner mark for it"


def test_each_dependency_has_its_reason() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*declared["dependencies"], *(one for more in declared["optional-dependencies"].values() for one in more)]
    names = {re.split(r"[\[<>=~! ]", one, maxsplit=1)[0] for one in wanted} - {declared["name"]}
    rows = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8").split("Not taken:")[0].splitlines()
    told = {name.strip() for row in rows if row.startswith("| ") for name in re.split(r", |\(", row.split("|")[1])}
    assert names <= told, names - told


def test_each_method_has_its_reason() -> None:
    decisions = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| \[[^]]+\]\(\.\./(\w+\.md#[\w-]+)\) \| [^|]+ \| [^|]+ \|$", decisions, re.MULTILINE))
    no_method = {"growth-forecast", "sources", "what-is-not-done"}
    for page in ("methodology.md", "methodology_drivers.md"):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        for heading in re.findall(r"^#{2,3} (.+)$", text, re.MULTILINE):
            address = re.sub(r"[^\w]+", "-", heading.lower().replace("'", "")).strip("-")
            assert address in no_method or f"{page}#{address}" in told, heading

"""Pictures of the tutorial: what its commands make, as a browser of 1,280 pixels shows it.

Typed after the tutorial's commands: `.venv/bin/python docs/_site/pictures.py /usr/bin/chromium`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
PICTURES = {
    "report.png": ("reports/latest/index.html", 1300),
    "state.png": ("reports/latest/states/AC.html", 1050),
    "watermark.png": ("trial/latest/states/AC.html", 1050),
}
"""The page behind each picture, and its height in pixels."""


def main(browser: str) -> None:
    """Write every picture whose page is there."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        for name, (page, height) in PICTURES.items():
            if (ROOT / page).is_file():
                shown = chromium.new_page(viewport={"width": 1280, "height": height})
                shown.goto((ROOT / page).resolve().as_uri())
                shown.evaluate("document.fonts.ready")
                shown.screenshot(path=ROOT / "docs" / "images" / name)
        chromium.close()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The notebook for exploring: its cells run headless, and its controls live in a real JupyterLab."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from documented import told

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "notebooks" / "explore.ipynb"
WAIT = 120_000


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """JupyterLab as the README starts it, on the loopback without a token: the address of a copy of the notebook."""
    folder = tmp_path / "lab"
    (folder / "notebooks").mkdir(parents=True)
    shutil.copy(NOTEBOOK, folder / "notebooks")
    for name in ("Makefile", "src"):
        (folder / name).symlink_to(ROOT / name)
    (folder / ".venv").symlink_to(sys.prefix)
    own = {name: str(tmp_path / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")}
    options = [
        "--no-browser",
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.port=0",
        "--IdentityProvider.token=",
        "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    kept = {key: value for key, value in os.environ.items() if key not in {"MAKEFLAGS", "MAKELEVEL"}}
    with (tmp_path / "lab.log").open("wb") as log:
        server = subprocess.Popen(
            # What this suite runs in is ready, whatever `make` would think of its age.
            ["make", "--assume-old=.venv/ready", *told("README.md", "make lab"), f"LAB_OPTIONS={' '.join(options)}"],
            cwd=folder,
            env={**kept, **own, "IPYTHONDIR": str(tmp_path / "ipython"), "REDEGOV_HOME": str(ROOT)},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield f"{_address(tmp_path, server)}lab/tree/notebooks/explore.ipynb"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _address(folder: Path, server: subprocess.Popen[bytes]) -> str:
    ends = time.monotonic() + WAIT / 1000
    while time.monotonic() < ends:
        assert server.poll() is None, (folder / "lab.log").read_text()
        for path in (folder / "JUPYTER_RUNTIME_DIR").glob("jpserver-*.json"):
            return str(json.loads(path.read_text())["url"])
        time.sleep(0.1)
    raise AssertionError((folder / "lab.log").read_text())


def test_every_cell_runs_without_a_browser() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(ROOT / "notebooks")}}).execute()
    shown = [output.data for cell in notebook.cells for output in cell.get("outputs", []) if "data" in output]
    assert any("application/vnd.jupyter.widget-view+json" in data for data in shown)
    assert any("q500" in data.get("text/plain", "") for data in shown)


@pytest.mark.browser
def test_explore_answers_in_jupyterlab(chromium: Any, lab: str) -> None:
    page = chromium.new_page()
    page.set_default_timeout(WAIT)
    # JupyterLab takes cells out of the page that are scrolled out of sight.
    page.set_viewport_size({"width": 1280, "height": 2400})
    page.goto(lab)
    page.locator(".jp-RenderedMarkdown h1", has_text="Explore").first.wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    group = page.locator(".widget-html-content", has_text="Municipalities of the state and size chosen")
    group.get_by_text("5,571").first.wait_for()
    assert group.locator(".evidence").count() >= 1
    assert {"Published", "Proxy", "Estimated"} <= set(" ".join(group.all_inner_texts()).replace("\t", " ").split())

    page.locator(".widget-dropdown", has_text="State").locator("select").select_option(label="Acre")
    group.get_by_text("22", exact=True).first.wait_for()
    assert "5,571" not in group.inner_text()

    chance = page.locator(".widget-html-content", has_text="The chance that at least")
    before = chance.inner_text()
    page.locator(".widget-hslider", has_text="Months ahead").locator(".noUi-handle").press("ArrowRight")
    page.wait_for_function(
        "before => [...document.querySelectorAll('.widget-html-content')]"
        ".some(each => each.innerText.includes('The chance that at least') && each.innerText !== before)",
        arg=before,
    )
    page.close()

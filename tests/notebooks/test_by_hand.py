"""The notebooks run by hand too, as the README says: papermill and an ordinary kernel, in English."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest

from documented import told
from redegov_analysis.reports.items import ITEM_MIME

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("0*.ipynb"))
# Papermill is run from the checkout; the notebook's kernel starts there.
OPTIONS = {
    "04_growth_forecast": ["-p", "draws", "500"],
    "05_state_profile": ["-p", "uf", "AM"],
}


def _by_hand(notebook: Path, output: Path, options: list[str]) -> list[dict[str, Any]]:
    papermill = Path(sys.executable).with_name("papermill")
    example, _, *more = told("README.md", ".venv/bin/papermill")
    own = more if example == str(notebook.relative_to(ROOT)) else []
    command = [papermill, notebook.relative_to(ROOT), output, *own, *options, "--no-progress-bar"]
    subprocess.run(list(map(str, command)), cwd=ROOT, check=True, capture_output=True, timeout=300)
    cells = nbformat.read(output, as_version=4).cells
    return [
        result.data[ITEM_MIME]
        for cell in cells
        for result in cell.get("outputs", [])
        if ITEM_MIME in result.get("data", {})
    ]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_by_hand_and_speaks_english(notebook: Path, tmp_path: Path) -> None:
    items = _by_hand(notebook, tmp_path / "out.ipynb", OPTIONS.get(notebook.stem, []))
    assert len(items) >= 4
    assert all(item["evidence"] in {"published", "proxy", "estimated"} for item in items)
    assert len({item["id"] for item in items}) == len(items)
    sentences = [item["sentence"] for item in items if item["kind"] == "statement"]
    assert any(" the " in sentence for sentence in sentences)
    if notebook.stem == "04_growth_forecast":
        fan = next(item for item in items if item["id"] == "fan_chart")
        last = pd.Timestamp(fan["csv"].splitlines()[-1].split(",")[0])
        assert last == pd.Timestamp("2028-01-31")
    if notebook.stem == "05_state_profile":
        assert any("Amazonas" in sentence for sentence in sentences)

"""The same figures on any machine: threads, locale, time zone, seed of hashes, day of the run and order of rows."""

from __future__ import annotations

import ast
import inspect
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from redegov_analysis.cleaning.build import build, processed
from redegov_analysis.data.catalogue import seal
from redegov_analysis.project import Project
from redegov_analysis.reports.jobs import plan

ROOT = Path(__file__).resolve().parents[2]
FIGURES = Path(__file__).with_name("figures.py")
PACKAGE = ROOT / "src" / "redegov_analysis"
HERE = {"threads": "1", "locale": "C", "zone": "UTC", "hashes": "0"}
ELSEWHERE = {"threads": "2", "locale": "tr_TR.UTF-8", "zone": "Pacific/Kiritimati", "hashes": "1"}
READS_THE_CLOCK = {
    "cleaning/membership/prepared.py": "which lists that were prepared for a run are old enough to be cleared away",
    "cli/machine.py": "how old the latest run is",
    "data/official/store.py": "when a file was fetched",
    "reports/site/outdated.py": "since when a page has failed",
    "reports/site/publishing.py": "the run's id",
    "reports/site/making.py": "when a run began and ended",
}
"""What alone may know the day of the run, and what for; no figure comes from these."""

SHUFFLED = ("municipalities", "demographics", "neighbours", "nfse_adhesions", "snc_adhesions", "milestones")


def _copy(folder: Path) -> Path:
    """Return a project of its own with the same raw tables."""
    shutil.copy(ROOT / "datapackage.json", folder)
    (folder / "data" / "raw").mkdir(parents=True)
    for path in (ROOT / "data" / "raw").glob("*.*"):
        shutil.copy(path, folder / "data" / "raw")
    return folder


def _locales(folder: Path) -> Path:
    """Return a folder with the locales of Brazil and of Turkey, whose capital of i is another."""
    if shutil.which("localedef") is None or not Path("/usr/share/i18n/locales/tr_TR").exists():
        pytest.skip("This machine cannot make locales (localedef and its sources).")
    for name in ("tr_TR", "pt_BR"):
        subprocess.run(["localedef", "-i", name, "-f", "UTF-8", str(folder / f"{name}.UTF-8")], check=True)
    return folder


def _figures(project: Path, locales: Path, place: dict[str, str]) -> dict[str, dict[str, str]]:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))},
        "REDEGOV_HOME": str(project),
        "LOCPATH": str(locales),
        "LC_ALL": place["locale"],
        "TZ": place["zone"],
        "PYTHONHASHSEED": place["hashes"],
        **{f"{name}_NUM_THREADS": place["threads"] for name in ("OMP", "OPENBLAS", "MKL")},
    }
    done = subprocess.run(
        [sys.executable, str(FIGURES), str(project)], env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, dict[str, str]] = json.loads(done.stdout)
    assert said["here"]["locale"] == place["locale"], "the locale was not taken"
    assert said["here"]["threads"] == place["threads"]
    return said


def test_figures_do_not_depend_on_threads_locale_time_zone_or_hashes(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "locales").mkdir()
    project, locales = _copy(tmp_path / "project"), _locales(tmp_path / "locales")
    here, elsewhere = (_figures(project, locales, place) for place in (HERE, ELSEWHERE))
    assert here["here"] != elsewhere["here"]
    assert here["figures"] == elsewhere["figures"]


def test_processed_tables_do_not_depend_on_the_order_of_raw_rows(tmp_path: Path) -> None:
    project = Project(_copy(tmp_path))
    for seed, name in enumerate(SHUFFLED):
        path = project.raw / f"{name}.csv"
        table = pd.read_csv(path, dtype="str", keep_default_na=False)
        shuffled = table.sample(frac=1, random_state=seed)
        assert not shuffled.index.is_monotonic_increasing
        shuffled.to_csv(path, index=False, lineterminator="\n")
    seal(project)
    build(project)
    original = Project(ROOT)
    for name in ("municipalities", "neighbours", "milestones", "nfse_adhesions", "snc_adhesions"):
        pd.testing.assert_frame_equal(processed(name, project), processed(name, original))


CLOCKS = {"now", "today", "utcnow"}
SECONDS = {"time", "time_ns", "localtime", "gmtime", "strftime", "ctime", "asctime"}


def _reads_the_clock(node: ast.AST) -> bool:
    """Return whether it is one of the ways of Python, NumPy and pandas to ask what day it is."""
    if isinstance(node, ast.Attribute):
        return node.attr in CLOCKS or (node.attr in SECONDS and ast.unparse(node.value) == "time")
    if isinstance(node, ast.ImportFrom):
        return node.module == "time" and any(name.name in SECONDS | {"*"} for name in node.names)
    if isinstance(node, ast.Import):
        return any(name.name == "time" and name.asname for name in node.names)
    # NumPy and pandas take the word for it, as in `Timestamp` of "now".
    return isinstance(node, ast.Call) and any(
        isinstance(given, ast.Constant) and given.value in CLOCKS
        for given in [*node.args, *(keyword.value for keyword in node.keywords)]
    )


@pytest.mark.parametrize(
    "code",
    [
        "date.today()", "pd.Timestamp.now()", "time.time()", "import time as t", "from time import time",
        "np.datetime64('today')", "pd.Timestamp('now')", "pd.to_datetime(arg='today')",
    ],
)  # fmt: skip
def test_each_way_to_ask_for_the_day_is_found(code: str) -> None:
    assert any(_reads_the_clock(node) for node in ast.walk(ast.parse(code)))


def test_nothing_but_the_records_of_a_run_knows_what_day_it_is() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if any(_reads_the_clock(node) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert found <= set(READS_THE_CLOCK), "say here what it is for, or take the day from --as-of"


def test_randomness_comes_from_a_seed() -> None:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) in {"np.random", "numpy.random"}:
                assert node.attr in {"Generator", "default_rng", "SeedSequence"}, (path, ast.unparse(node))
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("default_rng"):
                assert node.args or node.keywords, (path, node.lineno, "a generator without a seed")


def test_whatever_a_notebook_draws_takes_its_seed_from_a_parameter_that_the_manifest_records() -> None:
    drawing = set()
    for job in plan(ROOT / "notebooks", language="en", as_of="", states=["AC"]):
        names: dict[str, object] = {}
        cells = [cell.source for cell in nbformat.read(job.notebook, as_version=4).cells if cell.cell_type == "code"]
        tree = ast.parse("\n".join(cells))
        for node in tree.body:
            if isinstance(node, ast.ImportFrom):
                exec(ast.unparse(node), names)
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            module, _, name = ast.unparse(call.func).rpartition(".")
            function = getattr(names.get(module), name, None) if module else names.get(name)
            if callable(function) and "seed" in inspect.signature(function).parameters:
                given = {word.arg: ast.unparse(word.value) for word in call.keywords}
                assert given.get("seed") in job.parameters, (job.notebook.name, ast.unparse(call))
                drawing.add(job.notebook.name[:2])
    assert drawing == {"03", "04", "05"}

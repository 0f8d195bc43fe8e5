"""The whole site, made once from the real data by the command that people use."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def redegov(*arguments: str | Path, timeout: float = 900) -> subprocess.CompletedProcess[str]:
    """Run the command line as a scheduler would."""
    return subprocess.run(
        [Path(sys.executable).with_name("redegov"), *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "REDEGOV_HOME": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


class Site:
    """A published site, and what its notebooks state."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))

    @property
    def pages(self) -> list[Path]:
        """Every page of the site."""
        return sorted(self.folder.rglob("*.html"))

    def statement(self, job: str, name: str) -> dict[str, Any]:
        """Return one statement of one report."""
        found = [one for one in self._page(job)["statements"] if one["id"] == name]
        assert found, f"{job} states no {name}"
        return dict(found[0])

    def _page(self, job: str) -> dict[str, Any]:
        return next(entry["page"] for entry in self.manifest["jobs"] if entry["name"] == job)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The full site in Portuguese, all 27 states."""
    return _made_once(tmp_path_factory, "site")


@pytest.fixture(scope="session")
def english_site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The national reports and one state in English."""
    return _made_once(tmp_path_factory, "site-en", "--language", "en", "--states", "SP")


def _made_once(tmp_path_factory: pytest.TempPathFactory, name: str, *options: str) -> Site:
    """Make a site, or wait for the test process that is already making it."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        latest = shared / name / "latest"
        if not latest.exists():
            run = redegov("run", "--output", shared / name, *options)
            assert run.returncode == 0, run.stdout + run.stderr
            assert run.stdout.rstrip().endswith(str(latest / "index.html"))
    return Site(latest.resolve())

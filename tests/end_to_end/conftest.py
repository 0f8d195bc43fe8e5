"""The whole site, made once from the real data by the command that people use."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from documented import told

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
    """The full site in Portuguese: all 27 states, and the briefs of three municipalities."""
    return _made_once(tmp_path_factory, "site", "--municipalities", "3518701,5101837,5300108")


@pytest.fixture(scope="session")
def simulated_list(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up list of members that agrees with all that is published."""
    path = _shared_folder(tmp_path_factory) / "simulated.csv"
    with _locked(path):
        if not path.exists():
            drawn = redegov("simulate-membership", "--output", path, "--seed", "11", "--until", "2025-12-08")
            assert drawn.returncode == 0, drawn.stderr
    return path


@pytest.fixture(scope="session")
def simulated_site(tmp_path_factory: pytest.TempPathFactory, simulated_list: Path) -> Site:
    """The national reports and one state in Portuguese, made from a simulated list by the README's command."""
    words = told("README.md", ".venv/bin/redegov run --membership")
    given = dict(zip(words[1::2], words[2::2], strict=True)) | {"--membership": str(simulated_list)}
    given |= {"--snapshot-date": "2025-12-08", "--states": "SP", "--municipalities": "3518701,1200401"}
    del given["--output"]
    options = [word for pair in given.items() for word in pair]
    return _made_once(tmp_path_factory, "site-en", *options, run="simulated")


@pytest.fixture(scope="session")
def english_site(tmp_path_factory: pytest.TempPathFactory, simulated_site: Site) -> Site:
    """The national reports and one state in English, published where a simulated site stood before."""
    assert simulated_site.folder.is_dir()
    options = ("--language", "en", "--states", "SP", "--municipalities", "3518701")
    return _made_once(tmp_path_factory, "site-en", *options, run="english")


def _made_once(tmp_path_factory: pytest.TempPathFactory, name: str, *options: str, run: str = "site") -> Site:
    """Make a site, or wait for the test process that is already making it."""
    shared = _shared_folder(tmp_path_factory)
    made = shared / f"{name}.{run}"  # says where the run is, once it is done: a later one may stand at `latest`
    with _locked(shared / name):
        if not made.exists():
            done = redegov("run", "--output", shared / name, *options)
            assert done.returncode == 0, done.stdout + done.stderr
            latest = shared / name / "latest"
            assert done.stdout.rstrip().endswith(str(latest / "index.html"))
            made.write_text(str(latest.resolve()), encoding="utf-8")
    return Site(Path(made.read_text(encoding="utf-8")))


def _shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

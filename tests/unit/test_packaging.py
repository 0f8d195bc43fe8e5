"""What a newcomer installs is the same whichever way they install it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
CONDA_NAMES = {
    "jupyter-client": "jupyter_client",
    "matplotlib": "matplotlib-base",
    "nbconvert": "nbconvert-core",
    "playwright": "playwright-python",
}
HEAVY = ("matplotlib", "statsmodels", "papermill", "pandas", "scipy", "nbconvert", "pandera")


def _requirements() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    listed = [*project["dependencies"], *(entry for group in extras.values() for entry in group if "[" not in entry)]
    matches = [re.fullmatch(r"([a-z0-9-]+)(>=[0-9.]+)", requirement) for requirement in listed]
    assert all(matches), listed
    return {match[1]: match[2] for match in matches if match}


def _locked() -> dict[str, set[str]]:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    versions: dict[str, set[str]] = {}
    for line in lines:
        if match := re.match(r"([a-z0-9._-]+)(?:\[[a-z0-9,_-]+\])?==([^ ;\\]+)", line):
            versions.setdefault(match[1], set()).add(match[2])
    return versions


def _locked_extras() -> dict[str, set[str]]:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    extras: dict[str, set[str]] = {}
    for name, named in re.findall(r"^([a-z0-9._-]+)(?:\[([a-z0-9,_-]+)\])?==", text, flags=re.MULTILINE):
        extras.setdefault(name, set()).update(filter(None, named.split(",")))
    return extras


def _as_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def test_environment_yml_asks_for_what_pyproject_asks_for() -> None:
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    conda = dict(re.findall(r"^ +- ([a-z0-9_-]+)(>=[0-9.]+)$", text, flags=re.MULTILINE))
    expected = {CONDA_NAMES.get(name, name): bound for name, bound in _requirements().items()}
    assert conda == {"python": ">=3.11", **expected}


def test_dev_holds_every_extra() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    named = ",".join(sorted(extras.keys() - {"dev"}))
    assert f"redegov-analysis[{named}]" in extras["dev"]


def test_lock_holds_every_requirement_within_its_bound() -> None:
    locked = _locked()
    for name, bound in _requirements().items():
        assert name in locked, f"{name} is not in requirements.lock; run make lock"
        for version in locked[name]:
            assert _as_numbers(version) >= _as_numbers(bound), (name, version, bound)


def test_lock_pins_every_package_with_the_extras_that_others_ask_of_it() -> None:
    """With hashes, pip takes ``name[extra]`` for unpinned once a newer release than the lock's ``name==…`` is out."""
    locked = _locked_extras()
    asked: dict[str, set[str]] = {}
    for distribution in distributions():
        name = canonicalize_name(distribution.metadata["Name"])
        environments = [{"extra": extra} for extra in ("", *locked.get(name, ()))]
        for requirement in map(Requirement, distribution.requires or [] if name in locked else []):
            marker = requirement.marker
            if requirement.extras and (marker is None or any(map(marker.evaluate, environments))):
                asked.setdefault(canonicalize_name(requirement.name), set()).update(requirement.extras)
    assert "coverage" in asked, "pytest-cov asks for coverage[toml]"
    assert {name: extras - locked[name] for name, extras in asked.items() if extras - locked[name]} == {}


def test_lock_gives_a_hash_for_every_package_and_names_no_index() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-z0-9])", text)
    assert all("--hash=sha256:" in entry for entry in entries if "==" in entry)
    assert not re.search(r"^--|https?://", text, flags=re.MULTILINE)


@pytest.mark.parametrize("module", HEAVY)
def test_importing_the_package_does_not_import(module: str) -> None:
    code = f"import sys, redegov_analysis; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_version_is_the_same_everywhere() -> None:
    import redegov_analysis

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert redegov_analysis.__version__ == project["version"]
    assert f"\nversion: {project['version']}\n" in citation
    assert f"## [{project['version']}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_workflows_run_scripts_that_exist_and_parse() -> None:
    import yaml

    workflows = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    assert {path.stem for path in workflows} >= {"ci", "canary"}
    for path in workflows:
        jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
        commands = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
        assert commands, path
        for command in commands:
            checked = subprocess.run(["bash", "-n"], input=command, text=True, capture_output=True, check=False)
            assert checked.returncode == 0, (path.name, command, checked.stderr)
            for script in re.findall(r"bash (\S+)", command):
                assert subprocess.run(["bash", "-n", ROOT / script], check=False).returncode == 0, script


def test_dependabot_watches_packages_and_actions() -> None:
    import yaml

    updates = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text(encoding="utf-8"))["updates"]
    assert {update["package-ecosystem"] for update in updates} == {"pip", "github-actions"}


def test_hooks_before_a_commit_are_the_versions_of_the_lock() -> None:
    text = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    hooks = dict(re.findall(r"/(ruff|nbstripout)(?:-pre-commit)?\n +rev: v?([\d.]+)$", text, flags=re.MULTILINE))
    assert hooks == {name: next(iter(_locked()[name])) for name in ("ruff", "nbstripout")}

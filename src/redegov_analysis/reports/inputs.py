"""What pages are made of, apart from their notebooks and parameters: as digests, so that a change is seen."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import redegov_analysis
from redegov_analysis.project import Project
from redegov_analysis.reports.jobs import Job

LIBRARIES: Final = ("numpy", "pandas", "scipy", "statsmodels", "matplotlib", "papermill", "nbconvert", "ipykernel")
"""The libraries that make numbers, figures or pages: names of distributions and of their modules alike."""


@dataclass(frozen=True)
class Inputs:
    """Everything that pages are made of, apart from their notebooks and parameters.

    Attributes
    ----------
    files
        sha256 of each file under `data/raw`, of `datapackage.json` and of the lock, by path inside the project.
    package
        sha256 over the source of the package: code, templates, style, catalogues and fonts.
    versions
        Versions of Python and of the libraries that make numbers, figures or pages.
    kept_forecasts
        sha256 over the kept forecasts that published totals can score, with their scores: what a report shows of the
        archive. Forecasts that nothing scores yet do not count, so that keeping one makes no page anew.
    """

    files: Mapping[str, str]
    package: str
    versions: Mapping[str, str]
    kept_forecasts: str = ""

    def stood_in(self, content: Mapping[str, Any] | None) -> bool:
        """Tell whether a manifest was made of the same raw tables by the same code."""
        if content is None:
            return False
        return bool(content["inputs"] == self.files and content["package"]["source_sha256"] == self.package)

    def key(self, job: Job) -> str:
        """Return the key of a job: equal only when its notebook, its parameters and all inputs are equal."""
        return _digest_of_json(
            {
                "notebook": digest(job.notebook),
                "parameters": dict(job.parameters),
                "page": job.page,
                "title": job.title,
                "related": list(job.related),
                **asdict(self),
            }
        )


def read_inputs(project: Project) -> Inputs:
    """Return the digests of what stands in a project now."""
    paths = [
        project.datapackage,
        project.root / "requirements.lock",
        *(path for path in project.raw.rglob("*") if not path.name.startswith(".")),
    ]
    package, versions = toolchain()
    files = digests(paths, project.root)
    return Inputs(files=files, package=package, versions=versions, kept_forecasts=_scored_forecasts(project))


def toolchain() -> tuple[str, dict[str, str]]:
    """Return what makes pages here: digest of this package's source, and versions of Python and the libraries."""
    return _package_digest(), {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def digest(path: Path) -> str:
    """Return the sha256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digests(paths: Iterable[Path], root: Path) -> dict[str, str]:
    """Return the sha256 of each file of a folder, by its path inside it; what is no file is passed over."""
    return {path.relative_to(root).as_posix(): digest(path) for path in sorted(paths) if path.is_file()}


def _scored_forecasts(project: Project) -> str:
    """Return a digest of what the archive of forecasts shows by now, nothing where it is empty or scores nothing."""
    from redegov_analysis.cleaning.milestones import dated_bounds
    from redegov_analysis.data.catalogue import read_table
    from redegov_analysis.errors import DataError
    from redegov_analysis.forecast.archive import FOLDER, read_archive, scored

    archive = project.reports / FOLDER
    if not any(archive.glob("*.parquet")):
        return ""
    try:
        rows = scored(read_archive(archive), dated_bounds(read_table("milestones", project)))
    except DataError as error:  # the checks of the data, or the notebook that reads the archive, tell what is wrong
        return hashlib.sha256(str(error).encode()).hexdigest()
    return hashlib.sha256(rows.to_csv(index=False).encode()).hexdigest() if len(rows) else ""


@lru_cache(maxsize=1)
def _package_digest() -> str:
    """Digest of the package's own files; read once, since what was imported does not change any more."""
    package = Path(redegov_analysis.__file__).parent
    sources = [path for path in package.rglob("*") if "__pycache__" not in path.parts and not path.name.startswith(".")]
    return _digest_of_json(digests(sources, package))


def _digest_of_json(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

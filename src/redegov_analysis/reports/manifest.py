"""What was made of what: keys that change when anything does, and the manifest that stands beside each site."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import redegov_analysis
from redegov_analysis.language import Phrase
from redegov_analysis.project import Project
from redegov_analysis.reports.jobs import Job, Outcome, Page
from redegov_analysis.reports.provenance import PROVENANCE, entry_lines, provenance_text
from redegov_analysis.reports.publishing import put

MANIFEST: Final = "manifest.json"
FORMAT: Final = 2

_LIBRARIES: Final = ("numpy", "pandas", "scipy", "statsmodels", "matplotlib", "papermill", "nbconvert", "ipykernel")


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
    files = _digests(paths, project.root)
    return Inputs(files=files, package=package, versions=versions, kept_forecasts=_scored_forecasts(project))


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


def toolchain() -> tuple[str, dict[str, str]]:
    """Return what makes pages here: digest of this package's source, and versions of Python and the libraries."""
    return _package_digest(), {"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}}


def manifest(
    outcomes: Sequence[Outcome],
    site: Path,
    inputs: Inputs,
    *,
    run_id: str,
    begun: str,
    ended: str,
    options: Mapping[str, Any],
    language: str,
    vintage: str,
    fingerprint: str,
    earlier: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return the manifest of a site.

    Parameters
    ----------
    outcomes
        What became of each job.
    site
        The folder with all that was made; every file in it is listed.
    inputs
        What it was made of.
    run_id, begun, ended
        Name of the run; times as ISO 8601 in UTC.
    options
        What the run was asked for.
    language, vintage
        The language of its pages; the day up to which the data speak.
    fingerprint
        Digest of all that the site depends on.
    earlier
        The `runs` of the site before it, newest first, as many as are to be remembered.
    """
    return {
        "format": FORMAT,
        "run_id": run_id,
        "begun": begun,
        "ended": ended,
        "language": language,
        "vintage": vintage,
        "fingerprint": fingerprint,
        "runs": [{"run_id": run_id, "ended": ended, "vintage": vintage, "pages": len(outcomes)}, *map(dict, earlier)],
        "options": dict(options),
        "package": {
            "name": "redegov-analysis",
            "version": redegov_analysis.__version__,
            "source_sha256": inputs.package,
        },
        "versions": dict(inputs.versions),
        "inputs": dict(inputs.files),
        "jobs": [
            {
                "name": outcome.job.name,
                "notebook": outcome.job.notebook.name,
                "notebook_sha256": digest(outcome.job.notebook),
                "parameters": dict(outcome.job.parameters),
                "key": inputs.key(outcome.job),
                **outcome.record(),
            }
            for outcome in outcomes
        ],
        "outputs": listed(site, site.rglob("*")),
    }


def listed(site: Path, paths: Iterable[Path]) -> dict[str, dict[str, Any]]:
    """Return sha256 and size of files of a site, as a manifest lists them under `outputs`."""
    return {
        name: {"sha256": sha256, "bytes": (site / name).stat().st_size}
        for name, sha256 in _digests(paths, site).items()
    }


def read_manifest(site: Path) -> dict[str, Any] | None:
    """Return the manifest of a published site, or nothing where there is none that this version can read."""
    try:
        content = json.loads((site / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) and content.get("format") == FORMAT else None


def write_manifest(content: Mapping[str, Any], site: Path) -> None:
    """Write the manifest into its site, and beside it the same as W3C PROV."""
    put(site / MANIFEST, entry_lines(content))
    put(site / PROVENANCE, provenance_text(content))


def reusable(
    jobs: Sequence[Job], keys: Mapping[str, str], site: Path, content: Mapping[str, Any] | None
) -> dict[str, Outcome]:
    """Return, by page, the outcomes of the jobs that the site already holds, unchanged and whole.

    Parameters
    ----------
    jobs, keys
        What is wanted, and the key of each page.
    site, content
        A published site and its manifest.
    """
    made = {record["name"]: record for record in content["jobs"]} if content else {}
    kept = {}
    for job in jobs:
        record = made.get(job.name)
        if content is None or record is None or record["key"] != keys[job.page]:
            continue
        if all(is_whole(name, site, content) for name in record["files"]):
            kept[job.page] = Outcome(
                job,
                "reused",
                seconds=0.0,
                files=tuple(record["files"]),
                page=Page(**record["page"]),
                warnings=tuple(record["warnings"]),
            )
    return kept


def is_whole(name: str, site: Path, content: Mapping[str, Any]) -> bool:
    """Tell whether a site holds a file just as its manifest lists it."""
    entry = content["outputs"].get(name)
    return entry is not None and (site / name).is_file() and digest(site / name) == entry["sha256"]


def damage(site: Path) -> list[Phrase]:
    """Return what differs between a site and its manifest: one sentence per file that is missing, changed or extra."""
    content = read_manifest(site)
    if content is None:
        return [Phrase("{file} is missing or cannot be read.", {"file": site / MANIFEST})]
    found = _digests((path for path in site.rglob("*") if path not in {site / MANIFEST, site / PROVENANCE}), site)
    wanted = {name: entry["sha256"] for name, entry in content["outputs"].items()}
    return [
        *(Phrase("{name} is missing.", {"name": name}) for name in sorted(wanted.keys() - found.keys())),
        *(Phrase("{name} is not in the manifest.", {"name": name}) for name in sorted(found.keys() - wanted.keys())),
        *(
            Phrase("{name} was changed.", {"name": name})
            for name in sorted(wanted.keys() & found.keys())
            if wanted[name] != found[name]
        ),
        *_other_provenance(content, site),
    ]


def _other_provenance(content: Mapping[str, Any], site: Path) -> list[Phrase]:
    try:
        told = (site / PROVENANCE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return [Phrase("{file} is missing or cannot be read.", {"file": PROVENANCE})]
    if told == provenance_text(content):
        return []
    return [Phrase("{file} does not say what the manifest says.", {"file": PROVENANCE})]


def digest(path: Path) -> str:
    """Return the sha256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@lru_cache(maxsize=1)
def _package_digest() -> str:
    """Digest of the package's own files; read once, since what was imported does not change any more."""
    package = Path(redegov_analysis.__file__).parent
    sources = [path for path in package.rglob("*") if "__pycache__" not in path.parts and not path.name.startswith(".")]
    return _digest_of_json(_digests(sources, package))


def _digests(paths: Iterable[Path], root: Path) -> dict[str, str]:
    return {path.relative_to(root).as_posix(): digest(path) for path in sorted(paths) if path.is_file()}


def _digest_of_json(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

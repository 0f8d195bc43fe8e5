"""What was made of what: the manifest that stands beside each site, and what of a site can stay."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import redegov_analysis
from redegov_analysis.data.writing import write_anew
from redegov_analysis.language import Phrase
from redegov_analysis.reports.inputs import Inputs, digest, digests
from redegov_analysis.reports.jobs import Job, Outcome, Page
from redegov_analysis.reports.site.provenance import PROVENANCE, entry_lines, provenance_text

MANIFEST: Final = "manifest.json"
FORMAT: Final = 2


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

    Returns
    -------
    dict
        Ready for JSON: what `docs/architecture.md` says of `manifest.json`, with sha256 and bytes of each output.
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
    """Return sha256 and size of files of a site, as a manifest lists them under `outputs`.

    Parameters
    ----------
    site
        Folder of the site.
    paths
        The files.

    Returns
    -------
    dict
        By path inside the site: `sha256` and `bytes`.
    """
    return {
        name: {"sha256": sha256, "bytes": (site / name).stat().st_size} for name, sha256 in digests(paths, site).items()
    }


def read_manifest(site: Path) -> dict[str, Any] | None:
    """Return the manifest of a published site, or nothing where there is none that this version can read.

    Parameters
    ----------
    site
        Folder of the site.

    Returns
    -------
    dict or None
        As `manifest` made it.
    """
    try:
        content = json.loads((site / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) and content.get("format") == FORMAT else None


def write_manifest(content: Mapping[str, Any], site: Path) -> None:
    """Write the manifest into its site, and beside it the same as W3C PROV.

    Parameters
    ----------
    content
        From `manifest`.
    site
        Folder of the site.
    """
    write_anew(site / MANIFEST, entry_lines(content))
    write_anew(site / PROVENANCE, provenance_text(content))


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

    Returns
    -------
    dict
        By page; their status is `reused`.
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
    """Tell whether a site holds a file just as its manifest lists it.

    Parameters
    ----------
    name
        Path of the file inside the site.
    site
        Folder of the site.
    content
        Its manifest.

    Returns
    -------
    bool
        False also for a file that the manifest does not list.
    """
    entry = content["outputs"].get(name)
    return entry is not None and (site / name).is_file() and digest(site / name) == entry["sha256"]


def damage(site: Path) -> list[Phrase]:
    """Return what differs between a site and its manifest: one sentence per file that is missing, changed or extra.

    Parameters
    ----------
    site
        Folder of the site.

    Returns
    -------
    list
        Nothing where all is as it was published; manifest and provenance are not held against themselves.
    """
    content = read_manifest(site)
    if content is None:
        return [Phrase("{file} is missing or cannot be read.", {"file": site / MANIFEST})]
    found = digests((path for path in site.rglob("*") if path not in {site / MANIFEST, site / PROVENANCE}), site)
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

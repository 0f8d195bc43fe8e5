"""The folder of downloads, `data/raw/official`: each file as it came, and beside it when, from where and its sha256.

Nothing here is committed, and nothing is replaced before the new file has proved to be what it should be.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from redegov_analysis.data.official.download import Patience, SourceError, download, forget
from redegov_analysis.data.official.sources import Source
from redegov_analysis.data.seals import bytes_sha256
from redegov_analysis.data.writing import write_atomically
from redegov_analysis.errors import DataError, ParameterError
from redegov_analysis.language import Phrase
from redegov_analysis.project import Project

Checked = TypeVar("Checked")


@dataclass(frozen=True)
class Record:
    """What is known of a file in the folder.

    Attributes
    ----------
    url, fetched_at
        From where and when it came, in UTC; None for a file that a person put there.
    bytes, sha256
        Its size and checksum.
    changed
        Whether its bytes differ from those of the file that it replaced (true for the first).
    """

    url: str | None
    fetched_at: datetime | None
    bytes: int
    sha256: str
    changed: bool


def folder(project: Project) -> Path:
    """Return the folder of downloads."""
    return project.raw / "official"


def address(one: Source, base_url: str | None = None) -> str | None:
    """Return where a source is fetched from; at a mirror, below the host's name.

    Parameters
    ----------
    one
        The source.
    base_url
        A mirror that keeps each file as `BASE/host/path?query`; the publisher itself unless given.

    Raises
    ------
    ParameterError
        If the mirror is no address of http or https.

    Examples
    --------
    >>> from redegov_analysis.data.official.sources import source
    >>> address(source("population_2025"), "http://localhost:8000/")
    'http://localhost:8000/apisidra.ibge.gov.br/values/t/6579/n6/all/v/9324/p/2025'
    """
    if base_url is not None and (urlsplit(base_url).scheme not in ("http", "https") or not urlsplit(base_url).netloc):
        raise ParameterError(
            "The base address is {base_url!r}; expected one such as https://mirror.example/files.", base_url=base_url
        )
    if one.url is None or base_url is None:
        return one.url
    return f"{base_url.rstrip('/')}/{one.url.split('://', 1)[1]}"


def fetch(
    one: Source,
    project: Project,
    check: Callable[[bytes], Checked],
    *,
    base_url: str | None = None,
    patience: Patience | None = None,
) -> tuple[Checked, Record]:
    """Download a source, check it, and only then put it into its place.

    Parameters
    ----------
    one
        A source with an address.
    project
        The project to download for.
    check
        Reads the bytes and raises a `DataError` if they are not the source's file; what it returns is handed on.
    base_url, patience
        As `address` and `download.download` take them.

    Returns
    -------
    tuple
        What `check` returned, and the record of the file.

    Raises
    ------
    SourceError
        If the source does not answer, or what it answers does not pass the check: the earlier file stays.
    ParameterError
        If the source has no address.
    """
    url = address(one, base_url)
    if url is None:
        raise ParameterError("{name} has no fixed address. {by_hand}", name=one.name, by_hand=by_hand(one, project))
    target = folder(project) / one.file
    part = target.with_name(f".{one.file}.part")
    download(url, part, patience=patience)
    content = part.read_bytes()
    try:
        checked = check(content)
    except DataError as error:
        forget(part)
        stays = Phrase(" The earlier file stays.") if target.exists() else ""
        raise SourceError(
            "{url} did not answer with the file expected. {error}{stays}", url=url, error=error, stays=stays
        ) from error
    now = datetime.now(UTC).replace(microsecond=0)
    sha256 = bytes_sha256(content)
    changed = not target.exists() or bytes_sha256(target.read_bytes()) != sha256
    part.replace(target)
    described = {
        "name": one.name,
        "title": one.title,
        "url": url,
        "fetched_at": now.isoformat(),
        "bytes": len(content),
        "sha256": sha256,
    }
    write_atomically(_record_path(target), json.dumps(described, ensure_ascii=False, indent=2) + "\n")
    forget(part)
    return checked, Record(url, now, len(content), sha256, changed)


def stored(one: Source, project: Project) -> tuple[bytes, Record] | None:
    """Return the bytes of a source in the folder of downloads and its record, or None if it is not there.

    Raises
    ------
    DataError
        If the file is another than the one that was recorded.
    """
    target = folder(project) / one.file
    try:
        content = target.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DataError(
            "{target} cannot be read ({why}). Look whether it is a file that you may read, or fetch it again.",
            target=target,
            why=error.strerror,
        ) from error
    sha256 = bytes_sha256(content)
    beside = _record_path(target)
    if not beside.exists():
        return content, Record(None, None, len(content), sha256, changed=False)
    try:
        described = json.loads(beside.read_text(encoding="utf-8"))
        url, fetched_at, recorded = (
            described["url"],
            datetime.fromisoformat(described["fetched_at"]),
            described["sha256"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            "{beside} is not the record of a download ({error}). Remove it or fetch again.", beside=beside, error=error
        ) from error
    if recorded != sha256:
        raise DataError(
            "{target} is not the file that was fetched (sha256 {sha256}…, recorded {recorded}…). Fetch it "
            "again, or remove {name} if you replaced it on purpose.",
            target=target,
            sha256=sha256[:12],
            recorded=recorded[:12],
            name=beside.name,
        )
    return content, Record(url, fetched_at, len(content), sha256, changed=False)


def by_hand(one: Source, project: Project) -> Phrase:
    """Return how a person gets a source that has no fixed address."""
    return Phrase("Get it from {page} and save it as {file}.", {"page": one.page, "file": folder(project) / one.file})


def _record_path(target: Path) -> Path:
    return target.with_name(f"{target.name}.source.json")

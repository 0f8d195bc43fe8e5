"""One file from one address, whole: patient with servers that fail, and never trusting what they say of length."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    HTTPError,
    InvalidHeader,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.util import Retry, Timeout

from redegov_analysis import __version__
from redegov_analysis.data.writing import write_atomically
from redegov_analysis.errors import DataError, ParameterError
from redegov_analysis.language import Phrase

# What passes if one waits: a timeout, too many requests, and the failures of a server or its gateway.
PASSING = frozenset({408, 429, 500, 502, 503, 504})
_FAILURES: tuple[tuple[type[Exception], Phrase], ...] = (
    (NameResolutionError, Phrase("no server of that name was found")),
    (ConnectTimeoutError, Phrase("the server did not answer")),
    (NewConnectionError, Phrase("no connection was made")),
    (ReadTimeoutError, Phrase("the server fell silent")),
    (SSLError, Phrase("the server's certificate was not accepted")),
    (ProtocolError, Phrase("the connection was cut off")),
    (DecodeError, Phrase("what came could not be unpacked")),
)
_CHUNK = 1 << 16
_AGENT = f"redegov-analysis/{__version__} (research; reads public files one at a time)"


class SourceError(DataError):
    """A source did not answer, or answered with something else than its file."""


@dataclass(frozen=True)
class Patience:
    """How long a download may take and how large a file may be.

    Attributes
    ----------
    connect_seconds, read_seconds
        Longest silence before a connection and within one.
    total_seconds
        Longest time for one file, all attempts together.
    attempts
        How often it is tried.
    pause_seconds, longest_pause_seconds
        Pause after the first failure, doubled after each, and its limit. A longer `Retry-After` ends the attempts.
    most_bytes
        Largest file taken; the largest of the publishers' has 20 MB.
    """

    connect_seconds: float = 10
    read_seconds: float = 30
    total_seconds: float = 600
    attempts: int = 5
    pause_seconds: float = 0.5
    longest_pause_seconds: float = 60
    most_bytes: int = 100_000_000


@dataclass(frozen=True)
class Received:
    """How a file came: the attempts made, and the byte from which the last one continued (0: from the start)."""

    attempts: int
    continued_from: int


class _PassingError(Exception):
    """A failure that may pass; `after` is the pause in seconds that the server asks for."""

    def __init__(self, reason: Phrase, after: float | None = None) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.after = after


def download(
    url: str, part: Path, *, patience: Patience | None = None, sleep: Callable[[float], None] = time.sleep
) -> Received:
    """Bring the file at `url` to `part`, continuing what an earlier attempt or call left there.

    A part is continued only where the server gave the file a strong mark (`ETag` or `Last-Modified`), so that two
    versions are never joined. Proxies of the environment are used.

    Parameters
    ----------
    url
        An address of http or https.
    part
        Where the file is gathered; its state stands beside it, in the same name with `.json`. Complete on return.
    patience
        Limits of time, attempts and size.
    sleep
        What waits between attempts.

    Raises
    ------
    SourceError
        If the server fails to the end, refuses, asks to come back much later, or the file is too large. What came
        of a file that may still be continued is kept.
    ParameterError
        If the address is not of http or https.
    """
    limits = patience or Patience()
    ends = time.monotonic() + limits.total_seconds
    manager = _manager(url)
    part.parent.mkdir(parents=True, exist_ok=True)
    try:
        for attempt in range(1, limits.attempts + 1):
            try:
                return Received(attempt, _attempt(manager, url, part, limits, ends))
            except _PassingError as failure:
                pause = limits.pause_seconds * 2 ** (attempt - 1)
                pause = min(pause, limits.longest_pause_seconds) if failure.after is None else failure.after
                if pause > limits.longest_pause_seconds:
                    raise SourceError(
                        "{url}: {failure}; it asks to wait {pause:.0f} s. Try again then.",
                        url=url,
                        failure=failure.reason,
                        pause=pause,
                    ) from failure
                if attempt == limits.attempts or time.monotonic() + pause > ends:
                    tried = Phrase("once") if attempt == 1 else Phrase("{count} {count:time|times}", {"count": attempt})
                    raise SourceError(
                        "{url}: {failure}; tried {tried}. Try again later.",
                        url=url,
                        failure=failure.reason,
                        tried=tried,
                    ) from failure
                sleep(pause)
    finally:
        manager.clear()
    raise ParameterError(
        "Patience allows {attempts} {attempts:attempt|attempts}; expected at least 1.", attempts=limits.attempts
    )


def forget(part: Path) -> None:
    """Remove what was gathered of a file, so that the next download begins anew."""
    part.unlink(missing_ok=True)
    _state(part).unlink(missing_ok=True)


def _attempt(manager: urllib3.PoolManager, url: str, part: Path, limits: Patience, ends: float) -> int:
    """Make one request and write its body to `part`; return the byte from which it continued."""
    have, mark = _kept(part, url)
    headers = {"User-Agent": _AGENT, "Accept": "*/*", "Accept-Encoding": "identity"}
    if have:
        headers |= {"Range": f"bytes={have}-", "If-Range": mark}
    timeout = Timeout(connect=limits.connect_seconds, read=limits.read_seconds)
    follow = Retry(total=5, connect=0, read=0, status=0, other=0, redirect=5, respect_retry_after_header=False)
    try:
        answer = manager.request(
            "GET", url, headers=headers, preload_content=False, retries=follow, timeout=timeout, redirect=True
        )
    except HTTPError as error:
        raise _PassingError(_said(error)) from error
    try:
        _demand_file(answer, url, part)
        start = have if answer.status == 206 else 0
        if start and not (answer.headers.get("Content-Range") or "").startswith(f"bytes {start}-"):
            forget(part)
            raise _PassingError(
                Phrase("it answered with the bytes {bytes} of a file", {"bytes": answer.headers.get("Content-Range")})
            )
        if not start:
            _note(answer, url, part)
        _write_body(answer, url, part, start, limits, ends)
    except HTTPError as error:
        raise _PassingError(_said(error)) from error
    finally:
        answer.close()
    return start


def _demand_file(answer: urllib3.BaseHTTPResponse, url: str, part: Path) -> None:
    if answer.status in (200, 206):
        return
    if answer.status == 416:  # what we have is longer than the file: it is another one
        forget(part)
        raise _PassingError(Phrase("it no longer has the part that was asked for"))
    if answer.status in PASSING:
        asked = answer.headers.get("Retry-After")
        try:
            after = Retry().parse_retry_after(asked) if asked else None
        except InvalidHeader:
            after = None
        raise _PassingError(
            Phrase("it answered {status}", {"status": f"{answer.status} {answer.reason or ''}".rstrip()}), after
        )
    raise SourceError(
        "{url} answered {status} {reason}; expected the file. The publisher may have moved it: see the source's page.",
        url=url,
        status=answer.status,
        reason=answer.reason or "",
    )


def _write_body(
    answer: urllib3.BaseHTTPResponse, url: str, part: Path, start: int, limits: Patience, ends: float
) -> None:
    size = start
    announced = answer.headers.get("Content-Length", "")
    if announced.isdecimal() and start + int(announced) > limits.most_bytes:
        forget(part)
        raise SourceError(
            "{url} announces {start:,} {start:byte|bytes}, more than {most_bytes:,} allowed. "
            "Look whether the address is that of the file.",
            url=url,
            start=start + int(announced),
            most_bytes=limits.most_bytes,
        )
    with part.open("ab" if start else "wb") as file:
        while chunk := answer.read1(_CHUNK, decode_content=True):
            size += len(chunk)
            if size > limits.most_bytes:
                file.close()
                forget(part)
                raise SourceError(
                    "{url} sent more than the {most_bytes:,} {most_bytes:byte|bytes} allowed. "
                    "Look whether the address is that of the file.",
                    url=url,
                    most_bytes=limits.most_bytes,
                )
            file.write(chunk)
            if time.monotonic() > ends:
                raise SourceError(
                    "{url} was too slow: {size:,} {size:byte|bytes} within {total_seconds:.0f} s. Try again: what "
                    "came is continued where the server allows it.",
                    url=url,
                    size=size,
                    total_seconds=limits.total_seconds,
                )


def _note(answer: urllib3.BaseHTTPResponse, url: str, part: Path) -> None:
    """Note beside the part which version of the file it is of, or that it cannot be continued."""
    tag = answer.headers.get("ETag", "")
    mark = answer.headers.get("Last-Modified", "") if not tag or tag.startswith("W/") else tag
    if mark and answer.headers.get("Content-Encoding", "identity") == "identity":
        write_atomically(_state(part), json.dumps({"url": url, "mark": mark}))
    else:
        _state(part).unlink(missing_ok=True)


def _kept(part: Path, url: str) -> tuple[int, str]:
    """Return how many bytes of the file are there to be continued, and the mark of its version."""
    try:
        state = json.loads(_state(part).read_text(encoding="utf-8"))
        size = part.stat().st_size
    except (OSError, ValueError):
        return 0, ""
    if isinstance(state, dict) and state.get("url") == url and isinstance(state.get("mark"), str):
        return size, state["mark"]
    return 0, ""


def _state(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _manager(url: str) -> urllib3.PoolManager:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ParameterError(
            "{url!r} is no address of http or https. Give one such as https://mirror.example/files.", url=url
        )
    proxy = getproxies().get(parts.scheme)
    if proxy and not proxy_bypass(parts.hostname):
        return urllib3.ProxyManager(proxy)
    return urllib3.PoolManager()


def _said(error: HTTPError) -> Phrase:
    """Return what went wrong in words, and the name by which it can be looked up."""
    reason = getattr(error, "reason", None)
    cause = reason if isinstance(reason, Exception) else error
    words = next((said for kind, said in _FAILURES if isinstance(cause, kind)), Phrase("the connection failed"))
    return Phrase("{words} ({name})", {"words": words, "name": type(cause).__name__})

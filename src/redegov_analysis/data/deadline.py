"""A limit on the time that reading one file may take, looked at between its rows.

Untrusted files are bounded in size, rows and cells, and no pattern goes back over what it has read; the limit holds
should all that fail. It counts processor time of the reading thread alone, so that a busy machine refuses nothing, and
needs no signal, so that it holds in any thread. What a program apart takes of it (see `apart`) is counted too.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, TypeVar

from redegov_analysis.errors import DataError

SECONDS = 60.0
"""Processor time for one file of a publisher."""

LIST_SECONDS = 10.0
LIST_BYTES: Final = 5_000_000
"""A command may take so many seconds for a list, and as many for each so many bytes; one of all members takes two."""

START_AND_END = 2.5
"""Seconds of those in which the command starts, and says what it found or why it stopped."""

AT_A_TIME: Final = 64
"""Rows, or parts of a page, between two looks at the clock."""

T = TypeVar("T")


def list_seconds(size: int) -> float:
    """Return how long reading a list of so many bytes may take, whatever its format.

    Examples
    --------
    >>> list_seconds(200_000), list_seconds(5_000_000), list_seconds(20_000_000)
    (7.5, 7.5, 37.5)
    """
    return LIST_SECONDS * max(1.0, size / LIST_BYTES) - START_AND_END


@dataclass
class _Limit:
    file: str
    seconds: float
    ends: float
    outer: _Limit | None

    def first(self) -> _Limit:
        """Return the limit that ends first, of this one and those around it."""
        around = self.outer.first() if self.outer is not None else self
        return around if around.ends < self.ends else self


_LIMIT: ContextVar[_Limit | None] = ContextVar("limit", default=None)


@contextmanager
def time_limit(file: str, seconds: float | None = None) -> Iterator[None]:
    """Let what is inside read one file for no longer than so much processor time.

    Parameters
    ----------
    file
        The file's name, for the message.
    seconds
        The limit; `SECONDS` unless given. Inside another limit, the one that ends first holds.
    """
    allowed = SECONDS if seconds is None else seconds
    token = _LIMIT.set(_Limit(file, allowed, time.thread_time() + allowed, _LIMIT.get()))
    try:
        yield
    finally:
        _LIMIT.reset(token)


def seconds_left() -> float:
    """Return the processor time that is left for the file being read; `SECONDS` outside of a `time_limit`."""
    limit = _LIMIT.get()
    return SECONDS if limit is None else limit.first().ends - time.thread_time()


def spend(seconds: float) -> None:
    """Count processor time that another process took for the file being read.

    Raises
    ------
    DataError
        If no time is left.
    """
    limit = _LIMIT.get()
    while limit is not None:
        limit.ends -= seconds
        limit = limit.outer
    demand_time()


def demand_time() -> None:
    """Refuse the file being read if its time is over.

    Raises
    ------
    DataError
        If it is. Outside of a `time_limit` it never is.
    """
    limit = _LIMIT.get()
    if limit is not None and (limit := limit.first()).ends < time.thread_time():
        raise DataError(
            "it takes more than {seconds:g} {seconds:second|seconds} to read",
            where="{file}",
            expected="a list, which takes a few",
            remedy="Remove what is not the list, or save it in another format.",
            file=limit.file,
            seconds=round(limit.seconds, 2),
        )


def timed(rows: Iterable[T]) -> Iterator[T]:
    """Yield rows, with a look at the clock now and then.

    Raises
    ------
    DataError
        As `demand_time`.

    Examples
    --------
    >>> with time_limit("list.csv"):
    ...     sum(timed(range(100)))
    4950
    """
    for place, row in enumerate(rows):
        if place % AT_A_TIME == 0:
            demand_time()
        yield row

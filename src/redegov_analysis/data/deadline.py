"""A limit on the time that reading one file may take, looked at between its rows.

Untrusted files are bounded in size, rows and cells, and no pattern goes back over what it has read; the limit holds
should all that fail. It counts processor time of the reading thread alone, so that a busy machine refuses nothing, and
needs no signal, so that it holds in any thread. What is read by a program apart has limits of its own.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, NamedTuple, TypeVar

from redegov_analysis.errors import DataError

SECONDS = 60.0
"""Processor time for one file of a publisher."""

LIST_SECONDS = 10.0
LIST_BYTES: Final = 5_000_000
"""A list of members may take so many seconds, and as many for each so many bytes; one of all members takes one."""

AT_A_TIME: Final = 64
"""Rows, or parts of a page, between two looks at the clock."""

T = TypeVar("T")


def list_seconds(size: int) -> float:
    """Return how long a list of so many bytes may take.

    Examples
    --------
    >>> list_seconds(200_000), list_seconds(20_000_000)
    (10.0, 40.0)
    """
    return max(LIST_SECONDS, LIST_SECONDS * size / LIST_BYTES)


class _Limit(NamedTuple):
    file: str
    seconds: float
    ends: float


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
    limit = _Limit(file, allowed, time.thread_time() + allowed)
    outer = _LIMIT.get()
    token = _LIMIT.set(outer if outer is not None and outer.ends < limit.ends else limit)
    try:
        yield
    finally:
        _LIMIT.reset(token)


def demand_time() -> None:
    """Refuse the file being read if its time is over.

    Raises
    ------
    DataError
        If it is. Outside of a `time_limit` it never is.
    """
    limit = _LIMIT.get()
    if limit is not None and time.thread_time() > limit.ends:
        raise DataError(
            "it takes more than {seconds:g} seconds to read",
            where="{file}",
            expected="a list, which takes a few",
            remedy="Remove what is not the list, or save it in another format.",
            file=limit.file,
            seconds=limit.seconds,
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

"""Readers of untrusted files run as programs apart, so that none can take all memory or never end.

A reader is a file of Python that imports nothing of the package and has a function `contents`: it is given the bytes
and whole numbers, and returns what JSON can hold. `within_limits` runs it.
"""

from __future__ import annotations

import json
import math
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redegov_analysis.data.deadline import demand_time, seconds_left, spend
from redegov_analysis.language import Phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

PATIENCE = 4
"""How many times its processor time a program may take by the clock, on a machine that is busy with others."""

_PROGRAM = Path(__file__).with_name("within_limits.py")

TOO_MUCH_MEMORY = Phrase("it takes too much memory")
"""What to say where a program ended without an answer."""

_OUT_OF_TIME = {-getattr(signal, name) for name in ("SIGXCPU", "SIGKILL") if hasattr(signal, name)}
"""How a program ends that has used up its processor time."""


class OutOfMemoryError(Exception):
    """A program apart ended without an answer, as one does that asks for more memory than it may take."""


def read_apart(reader: Path, content: bytes, memory: int, limits: Sequence[int]) -> dict[str, Any]:
    """Return what a reader says of a file, within the time that is left for it (see `deadline.time_limit`).

    Parameters
    ----------
    reader
        The file of Python whose function `contents` is run.
    content
        The file's bytes.
    memory
        Bytes of memory that the program may take.
    limits
        Whole numbers that the reader is given after the bytes.

    Raises
    ------
    OutOfMemoryError
        If the program ends without an answer.
    DataError
        If the time is over.
    """
    demand_time()
    # The system counts whole seconds; the rest is left to what comes after.
    seconds = max(1, math.floor(seconds_left()))
    arguments = [str(reader), str(memory), str(seconds), *map(str, limits)]
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_PROGRAM), *arguments],
            input=content,
            capture_output=True,
            timeout=PATIENCE * seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        done = subprocess.CompletedProcess(arguments, min(_OUT_OF_TIME))
    if done.returncode in _OUT_OF_TIME:
        spend(math.inf)
    if done.returncode != 0:
        raise OutOfMemoryError
    spent, _, found = done.stdout.partition(b"\n")
    spend(float(spent))
    answer: dict[str, Any] = json.loads(found)
    return answer

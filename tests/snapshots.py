"""Texts that people read, held against files that people have read: `tests/snapshots/<name>.txt`.

A text that changes on purpose is renewed with `REDEGOV_RENEW_SNAPSHOTS=1 python -m pytest <the test>`; the difference
then stands in the commit, to be read like any other.
"""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path

FOLDER = Path(__file__).with_name("snapshots")
RENEW = "REDEGOV_RENEW_SNAPSHOTS"
_NAME = re.compile(r"[a-z0-9_]+(?:[./-][A-Za-z0-9_]+)*")


def assert_snapshot(name: str, text: str) -> None:
    """Hold `text` against the file `name`, a path below `tests/snapshots` without its ending, in plain letters.

    Whatever differs from one machine to another (a folder, a time, a checksum) is for the test to replace before. A
    file that is not there fails the test: nothing counts as read that nobody has looked at.
    """
    assert _NAME.fullmatch(name), f"{name!r} is no name for a snapshot"
    path = FOLDER / f"{name}.txt"
    told = text if text.endswith("\n") else text + "\n"
    if os.environ.get(RENEW) == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(told, encoding="utf-8", newline="")
        return
    renew = f"If this is meant, renew it with {RENEW}=1 and read the difference before you commit it."
    assert path.exists(), f"{path} does not exist; the text is:\n{told}\n{renew}"
    with path.open(encoding="utf-8", newline="") as file:
        known = file.read()
    difference = "\n".join(difflib.unified_diff(known.splitlines(), told.splitlines(), "as read", "now", lineterm=""))
    assert told == known, f"{path} no longer says the same.\n{difference}\n{renew}"

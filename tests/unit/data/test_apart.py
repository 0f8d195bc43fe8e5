"""A reader run apart is ended at its limits, what it takes counts, and what ends it is told in plain words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from redegov_analysis.data.apart import OutOfMemoryError, read_apart
from redegov_analysis.data.deadline import seconds_left, time_limit
from redegov_analysis.errors import DataError

MEMORY = 500_000_000


@pytest.fixture
def reader(tmp_path: Path) -> Path:
    """Return a reader that does what the bytes say."""
    path = tmp_path / "reader.py"
    path.write_text(
        "import time\n"
        "def contents(content, *limits):\n"
        "    if content == b'loop':\n"
        "        while True: pass\n"
        "    if content == b'work':\n"
        "        while time.process_time() < 0.3: pass\n"
        "    return {'said': content.decode(), 'limits': limits, 'memory': len(bytes(limits[0]))}\n",
        encoding="utf-8",
    )
    return path


def test_a_reader_says_what_it_found_and_its_time_is_counted(reader: Path) -> None:
    with time_limit("list.xlsx", 100):
        before = seconds_left()
        found = read_apart(reader, b"work", MEMORY, (7, 8))
        assert json.dumps(found) == '{"said": "work", "limits": [7, 8], "memory": 7}'
        assert before - seconds_left() >= 0.3


def test_a_reader_that_never_ends_is_ended(reader: Path) -> None:
    expected = r"^list\.xlsx: it takes more than 1.5 seconds to read; expected"
    with pytest.raises(DataError, match=expected), time_limit("list.xlsx", 1.5):
        read_apart(reader, b"loop", MEMORY, (1,))


def test_a_reader_that_asks_for_all_memory_ends_without_an_answer(reader: Path) -> None:
    with pytest.raises(OutOfMemoryError), time_limit("list.xlsx", 100):
        read_apart(reader, b"much", MEMORY, (2 * MEMORY,))


def test_a_reader_is_not_started_when_the_time_is_over(reader: Path) -> None:
    with pytest.raises(DataError, match=r"^list\.xlsx: it takes more than 0 seconds"), time_limit("list.xlsx", 0):
        read_apart(reader, b"work", MEMORY, (1,))

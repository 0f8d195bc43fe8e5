from __future__ import annotations

import contextlib
import datetime as dt
import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from redegov_analysis.cleaning.membership import read_membership
from redegov_analysis.errors import RedegovError

DAY = dt.date(2025, 12, 31)
ROWS = [["Município", "UF", "Data de adesão"], *(["Campinas", "SP", "06/03/2021"], ["Rio Branco", "AC", "45000"]) * 6]
# A program is started for each of these.
FEWER = {"list.xls": 10, "list.pdf": 6}
SPICE = (
    b"\0", b"\xff", b'"', b"<", b"<!--", b"</td>", b"<table>", b";", b",", b"\t", b"\r", b"\n" * 30, b"{", b"]",
    b"1e999",
    "São Paulo".encode(), b"ACRE\n", b"Total", b"\xed\xa0\x80", b"=cmd|x",
)  # fmt: skip


def mutated(content: bytes, random: np.random.Generator) -> bytes:
    """Return the bytes with a few of them flipped, cut, doubled, swapped or spiced."""
    data = bytearray(content)
    for _ in range(int(random.integers(1, 6))):
        at, to = sorted(int(place) for place in random.integers(0, len(data) + 1, 2))
        match int(random.integers(5)):
            case 0 if at < len(data):
                data[at] = int(random.integers(256))
            case 1:
                del data[at : min(to, at + 40)]
            case 2:
                data[at:at] = data[at : min(to, at + 200)]
            case 3:
                data[at:at] = SPICE[int(random.integers(len(SPICE)))]
            case _:
                data = data[: max(to, 1)]
    return bytes(data)


def mutated_parts(content: bytes, random: np.random.Generator) -> bytes:
    """Return a zipped workbook with one of its parts mutated, so that it opens and is odd inside."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    odd = sorted(parts)[int(random.integers(len(parts)))]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, mutated(part, random) if name == odd else part)
    return buffer.getvalue()


def test_no_mutated_file_crashes_or_loses_a_row(
    writer: tuple[str, Callable[..., bytes]], write: Callable[..., Path]
) -> None:
    name, writes = writer
    content, random = writes(ROWS), np.random.default_rng(len(name))
    read = 0
    for turn in range(FEWER.get(name, 30)):
        mutate = mutated_parts if content.startswith(b"PK") and turn > 5 else mutated
        try:
            table = read_membership(write(name, mutate(content, random)), DAY)
        except RedegovError:
            continue
        read += 1
        parts = (table.members, table.governments, table.duplicates, table.rejected)
        assert table.rows_read == sum(map(len, parts))
    assert read or name in FEWER, "some mutations leave a list that can be read"


@pytest.mark.parametrize(
    "piece",
    ["<!--", "<", "<td", "<table><tr>", "<script>", "<a href='", "</", "&", "<![CDATA[", "<b>",
     "<td rowspan=9999>x",
     "[",
     '{"a":',
     '"', ";", "Campinas ", "São Paulo\n", "(((", "Acre: ", "1. ", "- "],
)  # fmt: skip
def test_time_grows_with_the_file_and_not_with_how_odd_it_is(piece: str, write: Callable[..., Path]) -> None:
    # Ten seconds for five megabytes is the house's limit; a fiftieth of them may not take more than that either.
    path = write("odd.html", "<html>" + piece * (100_000 // len(piece)))
    begun = time.process_time()
    for odd in (path, write("odd.txt", piece * (100_000 // len(piece)))):
        with contextlib.suppress(RedegovError):
            read_membership(odd, DAY)
    assert time.process_time() - begun < 10

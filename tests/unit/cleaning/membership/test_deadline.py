"""A list that takes too long is refused in plain words: each format, in any thread, without a signal."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from redegov_analysis.cleaning.membership import read_membership
from redegov_analysis.data import deadline
from redegov_analysis.data.deadline import demand_time, time_limit, timed
from redegov_analysis.errors import DataError

DAY = dt.date(2025, 12, 31)
NAMES = [f"Vila {number:05} do Norte" for number in range(20_000)]
SLOW = {
    "list.csv": "Município;UF\n" + "".join(f"{name};SP\n" for name in NAMES),
    "list.json": json.dumps([{"municipio": name, "uf": "SP"} for name in NAMES]),
    "list.html": "<table><tr><th>Município<th>UF" + "".join(f"<tr><td>{name}<td>SP" for name in NAMES) + "</table>",
    "list.txt": "".join(f"{name} - SP\n" for name in NAMES),
}


@pytest.mark.parametrize("name", SLOW)
def test_a_list_that_takes_too_long_is_refused_in_any_thread(
    name: str, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadline, "LIST_SECONDS", deadline.START_AND_END + 0.02)
    path = write(name, SLOW[name])
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(threading.current_thread).result() is not threading.main_thread()
        error = pool.submit(read_membership, path, DAY).exception()
    assert isinstance(error, DataError)
    assert str(error).startswith(f"{name}: it takes more than 0.02 seconds to read; expected")


def test_a_limit_holds_inside_its_block_alone() -> None:
    with pytest.raises(DataError, match=r"^outer\.csv: it takes more than 0 seconds"), time_limit("outer.csv", 0):
        list(timed(range(10)))
    demand_time()


def test_of_two_limits_the_one_that_ends_first_holds() -> None:
    with pytest.raises(DataError, match=r"^outer\.csv"), time_limit("outer.csv", 0), time_limit("inner.csv", 100):
        demand_time()
    with time_limit("outer.csv", 100):
        with pytest.raises(DataError, match=r"^inner\.csv"), time_limit("inner.csv", 0):
            demand_time()
        demand_time()

"""How long half a million names take, beside the usual way: each row compared with all names of its state."""

from __future__ import annotations

import time
import tracemalloc
import unicodedata

import numpy as np
import pandas as pd
import pytest
from rapidfuzz import process

from redegov_analysis.cleaning.municipalities import match_names
from redegov_analysis.data.catalogue import read_table

pytestmark = pytest.mark.benchmark

ROWS, SAMPLE = 500_000, 2_000


def _rows() -> pd.DataFrame:
    """Return names in spellings that lists really use, in any order, one in fifty with a slip."""
    places = read_table("municipalities")
    generator = np.random.default_rng(20260101)
    drawn = places.iloc[generator.integers(len(places), size=ROWS)].reset_index(drop=True)
    name, uf = drawn["name"], drawn["uf"]
    bare = pd.Series([unicodedata.normalize("NFKD", n).encode("ascii", "ignore").decode() for n in name])
    spellings = [name, bare.str.upper(), name.str.lower(), "Prefeitura Municipal de " + name, name + "/" + uf]
    kind = generator.integers(len(spellings), size=ROWS)
    written = pd.Series(np.choose(kind, [spelling.to_numpy(dtype=object) for spelling in spellings]))
    slipped = generator.random(ROWS) < 0.02
    written[slipped] = written[slipped].str.slice_replace(4, 5, "")
    return pd.DataFrame({"name": written, "uf": uf, "ibge_code": drawn["ibge_code"], "slipped": slipped})


def test_half_a_million_names_take_a_twentieth_of_row_by_row_comparison() -> None:
    rows = _rows()
    match_names(["São Paulo"], ["SP"])
    started = time.perf_counter()
    found = match_names(rows["name"], rows["uf"])
    ours = time.perf_counter() - started

    places = read_table("municipalities")
    by_state = places.groupby("uf")["name"].apply(list).to_dict()
    sample = rows.iloc[:SAMPLE]
    started = time.perf_counter()
    for name, uf in zip(sample["name"], sample["uf"], strict=True):
        process.extractOne(name, by_state[uf])
    theirs = (time.perf_counter() - started) * ROWS / SAMPLE

    wrong = found["ibge_code"].notna() & (found["ibge_code"] != rows["ibge_code"])
    print(f"\nours {ours:.2f} s; row by row {theirs:.0f} s; ratio 1/{theirs / ours:.0f}; wrong {wrong.sum()}")
    assert ours <= theirs / 20
    assert not wrong[~rows["slipped"]].any()


def test_half_a_million_names_need_less_than_a_gigabyte() -> None:
    rows = _rows()
    tracemalloc.start()
    match_names(rows["name"], rows["uf"])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"\npeak {peak / 1e6:.0f} MB")
    assert peak < 1e9

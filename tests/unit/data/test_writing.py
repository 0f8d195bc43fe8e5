"""Files are written whole or not at all, byte for byte the same, and open in a spreadsheet without running."""

from __future__ import annotations

import csv
import io
import locale
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from redegov_analysis.data.writing import FORMULA_STARTS, csv_text, write_atomically, write_csv, write_parquet


def test_folders_are_made_and_nothing_is_left_beside(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "table.csv"
    write_atomically(path, "São Paulo\n")
    assert path.read_bytes() == "São Paulo\n".encode()
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_file_and_no_part(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_atomically(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "\ud800")
    blocked = tmp_path / "folder"
    (blocked / "inside").mkdir(parents=True)
    with pytest.raises(OSError):
        write_atomically(blocked, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert sorted(found.name for found in tmp_path.iterdir()) == ["folder", "table.csv"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_the_new_file_may_be_read_by_whom_the_umask_lets(tmp_path: Path) -> None:
    old = os.umask(0o022)
    try:
        write_atomically(tmp_path / "table.csv", b"x")
    finally:
        os.umask(old)
    assert (tmp_path / "table.csv").stat().st_mode & 0o777 == 0o644


def test_negative_numbers_stay_numbers_and_text_is_defused() -> None:
    frame = pd.DataFrame({"name": ["-1", "=cmd()", " =cmd()", "Açu", None], "change": [-1.5, 2, np.nan, 0, -3]})
    assert csv_text(frame) == "name,change\n'-1,-1.5\n'=cmd(),2.0\n' =cmd(),\nAçu,0.0\n,-3.0\n"


@pytest.mark.parametrize("dtype", ["str", "object", "category", "string"])
def test_text_of_every_dtype_is_defused(dtype: str) -> None:
    frame = pd.DataFrame({"name": pd.Series(["@SUM(A1)", "b"], dtype=dtype)})
    assert csv_text(frame) == "name\n'@SUM(A1)\nb\n"


def test_column_names_are_defused_too() -> None:
    assert csv_text(pd.DataFrame({"=1": [1]})) == "'=1\n1\n"


def test_integers_dates_and_marks_are_written_plainly() -> None:
    frame = pd.DataFrame(
        {
            "people": pd.Series([1, None], dtype="Int64"),
            "member": pd.Series([True, None], dtype="boolean"),
            "joined_on": pd.to_datetime(["2024-12-31", None]),
            "seen_at": pd.to_datetime(["2024-12-31 10:30", None]),
        }
    )
    assert csv_text(frame) == "people,member,joined_on,seen_at\n1,True,2024-12-31,2024-12-31T10:30:00\n,,,\n"


@given(
    st.lists(
        st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1)
        | st.text(alphabet=';,\t\n\r"\0 =+-@＝x', min_size=1),
        min_size=1,
    )
)
@example(["x;=cmd|' /C calc'!A0;y", 'x; ""=cmd', 'a, "b\n=1'])
def test_no_text_cell_runs_as_a_formula_and_each_comes_back(texts: list[str]) -> None:
    numbers = [str(position) for position in range(len(texts))]
    written = csv_text(pd.DataFrame({"before": numbers, "text": texts, "after": texts}))
    rows = list(csv.reader(io.StringIO(written, newline="")))[1:]
    assert [row[0] for row in rows] == numbers
    for row, text in zip(rows, texts, strict=True):
        plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("'", "")
        for cell in row[1:]:
            assert not cell.lstrip(" ").startswith(FORMULA_STARTS)
            assert cell.replace("'", "") == plain
    for delimiter in ",;\t":
        for row in csv.reader(io.StringIO(written, newline=""), delimiter=delimiter):
            for cell in row:
                assert not cell.lstrip(" \0\t").startswith(tuple("=+-@＝＋－＠"))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_every_number_comes_back_from_the_csv(numbers: list[float]) -> None:
    frame = pd.DataFrame({"number": numbers})
    back = [float(cell) for cell in csv_text(frame).splitlines()[1:]]
    assert back == numbers


def test_the_same_table_gives_the_same_bytes_and_is_not_changed(tmp_path: Path) -> None:
    frame = pd.DataFrame({"name": ["=1", "b"], "share": [0.1, None], "on": pd.to_datetime(["2024-01-01", None])})
    before = frame.copy()
    for write, suffix in ((write_csv, "csv"), (write_parquet, "parquet")):
        write(frame, tmp_path / f"one.{suffix}")
        write(frame, tmp_path / f"two.{suffix}")
        assert (tmp_path / f"one.{suffix}").read_bytes() == (tmp_path / f"two.{suffix}").read_bytes()
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "one.parquet"), frame)


def test_csv_does_not_depend_on_the_locale() -> None:
    frame = pd.DataFrame({"share": [1234.5]})
    before = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, "")
        assert csv_text(frame) == "share\n1234.5\n"
    finally:
        locale.setlocale(locale.LC_ALL, before)

"""The three files behind an item say the same, in types that programs can rely on."""

from __future__ import annotations

import datetime as dt
import io
import json

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.data.writing import csv_text
from redegov_analysis.reports.datasets import frame_of, json_text, parquet_bytes, typed
from redegov_analysis.reports.items import Column

FRAME = pd.DataFrame(
    {
        "name": ["Açu", "=1+1", None],
        "members": pd.array([2500, None, 0], dtype="Int64"),
        "member_share": [0.4488, np.nan, 0.0],
        "joined_on": pd.to_datetime(["2025-12-08", None, "2019-04-04"]),
        "preferred": pd.array([True, None, False], dtype="boolean"),
        "size_class": pd.Categorical(["up to 5k", None, "5–10k"], ordered=True),
        "mixed": [1, 2.5, None],
        "narrow": np.array([0.1, 2.0, np.nan], dtype="float32"),
    }
)


def _written() -> tuple[list[dict[str, object]], list[list[object]]]:
    table = typed(FRAME, {"members": Column("Municípios", "integer"), "mixed": Column("Razão", "percent")})
    return table["fields"], table["rows"]


def test_each_column_has_its_type_and_unit() -> None:
    fields, _ = _written()
    assert {field["name"]: (field["type"], field["unit"]) for field in fields} == {
        "name": ("string", None),
        "members": ("integer", "count"),
        "member_share": ("number", "share (0 to 1)"),
        "joined_on": ("date", "day (ISO 8601)"),
        "preferred": ("boolean", None),
        "size_class": ("string", None),
        "mixed": ("number", "share (0 to 1)"),
        "narrow": ("number", None),
    }


def test_csv_json_and_parquet_hold_the_same_rows() -> None:
    fields, rows = _written()
    parquet = pd.read_parquet(io.BytesIO(parquet_bytes(fields, rows)))
    loaded = json.loads(json_text({"id": "x"}, fields, rows))
    from_json = frame_of(loaded["fields"], [list(row.values()) for row in loaded["rows"]])
    pd.testing.assert_frame_equal(parquet, from_json, check_dtype=False)
    csv = pd.read_csv(io.StringIO(csv_text(FRAME)))
    for column in ("members", "member_share", "mixed", "narrow"):
        known = csv[column].notna()
        assert parquet[column].notna().tolist() == known.tolist()
        assert parquet.loc[known, column].tolist() == csv.loc[known, column].tolist()


def test_missing_is_missing_and_never_zero() -> None:
    _, rows = _written()
    assert rows[1][1:6] == [None] * 5
    assert rows[2][1:3] == [0, 0.0]


def test_only_the_csv_takes_care_of_spreadsheets() -> None:
    fields, rows = _written()
    assert "'=1+1" in csv_text(FRAME)
    assert json.loads(json_text({}, fields, rows))["rows"][1]["name"] == "=1+1"
    assert pd.read_parquet(io.BytesIO(parquet_bytes(fields, rows)))["name"].tolist()[1] == "=1+1"


def test_the_same_table_gives_the_same_bytes() -> None:
    fields, rows = _written()
    again = typed(FRAME.copy(), {})
    assert parquet_bytes(fields, rows) == parquet_bytes(fields, again["rows"])
    assert json_text({}, fields, rows) == json_text({}, fields, again["rows"])


def test_infinity_is_a_word_since_json_has_none_for_it() -> None:
    table = typed(pd.DataFrame({"ratio": [np.inf, -np.inf]}), {})
    assert table["rows"] == [["INF"], ["-INF"]]
    assert frame_of(table["fields"], table["rows"])["ratio"].tolist() == [np.inf, -np.inf]


@pytest.mark.parametrize("column", FRAME.columns)
def test_a_table_without_rows_keeps_its_types(column: str) -> None:
    table = typed(FRAME[[column]].iloc[:0], {})
    assert table["rows"] == []
    assert parquet_bytes(table["fields"], table["rows"])[:4] == b"PAR1"


def test_columns_of_objects_have_the_type_of_what_they_hold() -> None:
    frame = pd.DataFrame(
        {
            "flags": [True, None],
            "counts": [1, None],
            "sizes": [1, 2.5],
            "days": [dt.date(2025, 12, 8), None],
            "times": [dt.datetime(2025, 12, 8, 3, 30), None],
            "both": ["a", 1],
        },
        dtype="object",
    )
    table = typed(frame, {})
    assert {field["name"]: field["type"] for field in table["fields"]} == {
        "flags": "boolean",
        "counts": "integer",
        "sizes": "number",
        "days": "date",
        "times": "datetime",
        "both": "string",
    }
    assert table["rows"][0] == [True, 1, 1.0, "2025-12-08", "2025-12-08T03:30:00", "a"]
    assert table["rows"][1] == [None, None, 2.5, None, None, "1"]

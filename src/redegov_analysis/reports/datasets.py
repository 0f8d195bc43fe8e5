"""The table behind an item as data for programs: typed columns with their units, as CSV, Parquet and JSON.

The three files say the same: the same rows in the same order, missing cells missing. Only the CSV takes care of
spreadsheets (a text that one would run as a formula gets a quote in front); JSON and Parquet hold the text as it is.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import numpy as np
import pandas as pd

from redegov_analysis.reports.text import N_

FORMATS: Final = ("csv", "parquet", "json")

_UNITS_BY_KIND: Final = {
    "integer": N_("count"),
    "percent": N_("share (0 to 1)"),
    "points": N_("share (0 to 1)"),
    "p_value": N_("probability (0 to 1)"),
    "probability": N_("probability (0 to 1)"),
    "date": N_("day (ISO 8601)"),
    "month": N_("day (ISO 8601)"),
}
_UNITS_BY_ENDING: Final = (
    ("_share", N_("share (0 to 1)")),
    ("_pct", N_("percent (0 to 100)")),
    ("_kbrl", N_("thousand R$")),
    ("_brl", "R$"),
    ("_km2", "km²"),
    ("_km", "km"),
    ("_millions", N_("million people")),
)
_DTYPES: Final = {"integer": "Int64", "number": "Float64", "boolean": "boolean", "string": "string"}


class Shown(Protocol):
    """How a table heads and writes a column (see `items.Column`)."""

    @property
    def label(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102


def typed(frame: pd.DataFrame, columns: Mapping[str, Shown]) -> dict[str, Any]:
    """Return a table as `fields` and `rows`, ready for JSON.

    Parameters
    ----------
    frame
        The table; it is not changed.
    columns
        How the columns that are shown are headed.

    Returns
    -------
    dict
        `fields`: for each column its `name`, `type` (string, integer, number, boolean, date or datetime, as the
        Frictionless Table Schema names them), `label` (the heading in the reader's language, or null) and `unit` (or
        null); `rows`: a list of values per row, null where missing.

    Examples
    --------
    >>> table = typed(pd.DataFrame({"day": pd.to_datetime(["2025-12-08"]), "member_share": [0.5]}), {})
    >>> [(field["name"], field["type"], field["unit"]) for field in table["fields"]]
    [('day', 'date', 'day (ISO 8601)'), ('member_share', 'number', 'share (0 to 1)')]
    >>> table["rows"]
    [['2025-12-08', 0.5]]
    """
    cells: list[Sequence[Any]] = []
    fields: list[dict[str, Any]] = []
    for position, name in enumerate(map(str, frame.columns)):
        kind, values = _cells(frame.iloc[:, position])
        shown = columns.get(name)
        label = shown.label if shown else None
        fields.append({"name": name, "type": kind, "label": label, "unit": _unit(name, kind, shown)})
        cells.append(values)
    return {"fields": fields, "rows": [list(row) for row in zip(*cells, strict=True)]}


def frame_of(fields: Sequence[Mapping[str, Any]], rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    """Return the table that `typed` wrote down, each column in the type of its field."""
    columns = {}
    for position, field in enumerate(fields):
        values = [row[position] for row in rows]
        if field["type"] in {"date", "datetime"}:
            columns[field["name"]] = pd.Series(pd.to_datetime(pd.Series(values, dtype="object"), format="ISO8601"))
        else:
            known = [float(v) if field["type"] == "number" and v is not None else v for v in values]
            columns[field["name"]] = pd.Series(known, dtype=_DTYPES[field["type"]])
    return pd.DataFrame(columns)


def parquet_bytes(fields: Sequence[Mapping[str, Any]], rows: Sequence[Sequence[Any]]) -> bytes:
    """Return a table as Parquet (zstd); the same table gives the same bytes with the same version of pyarrow."""
    buffer = io.BytesIO()
    frame_of(fields, rows).to_parquet(buffer, engine="pyarrow", compression="zstd", index=False)
    return buffer.getvalue()


def json_text(about: Mapping[str, Any], fields: Sequence[Mapping[str, Any]], rows: Sequence[Sequence[Any]]) -> str:
    """Return a table as JSON: what it is `about`, its `fields`, and its `rows` as objects.

    Examples
    --------
    >>> print(json_text({"id": "x"}, [{"name": "n", "type": "integer"}], [[1], [None]]), end="")
    {"id": "x",
     "fields": [{"name": "n", "type": "integer"}],
     "rows": [
      {"n": 1},
      {"n": null}
     ]}
    """
    names = [field["name"] for field in fields]
    head = "".join(f"{_json(name)}: {_json(value)},\n " for name, value in about.items())
    lines = ",".join(f"\n  {_json(dict(zip(names, row, strict=True)))}" for row in rows)
    return f'{{{head}"fields": {_json(list(fields))},\n "rows": [{lines}\n ]}}\n'


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _unit(name: str, kind: str, shown: Shown | None) -> str | None:
    for ending, unit in _UNITS_BY_ENDING:
        stem = name
        for bound in ("_low", "_high"):
            stem = stem.removesuffix(bound)
        if kind in {"number", "integer"} and f"_{stem}".endswith(ending):
            return unit
    if kind in {"date", "datetime"}:
        return N_("day (ISO 8601)") if kind == "date" else N_("time (ISO 8601)")
    if shown and kind in {"number", "integer"}:
        return _UNITS_BY_KIND.get(shown.kind)
    return None


def _cells(column: pd.Series[Any]) -> tuple[str, list[Any]]:
    """Return the type of a column and its values as JSON knows them."""
    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        column = column.astype("object")
        kind = column.dtype
    if pd.api.types.is_bool_dtype(kind):
        return "boolean", [None if pd.isna(v) else bool(v) for v in column]
    if pd.api.types.is_integer_dtype(kind):
        return "integer", [None if pd.isna(v) else int(v) for v in column]
    if pd.api.types.is_float_dtype(kind):
        return "number", [_number(v) for v in (column.to_numpy() if kind == np.float32 else column)]
    if isinstance(kind, pd.DatetimeTZDtype) or pd.api.types.is_datetime64_dtype(kind):
        return _moments(list(column))
    values = [None if _is_missing(v) else v for v in column]
    known = [v for v in values if v is not None]
    if known and all(isinstance(v, bool | np.bool_) for v in known):
        return "boolean", [None if v is None else bool(v) for v in values]
    if known and all(isinstance(v, int | np.integer) and not isinstance(v, bool) for v in known):
        return "integer", [None if v is None else int(v) for v in values]
    if known and all(isinstance(v, int | float | np.number) and not isinstance(v, bool) for v in known):
        return "number", [_number(v) for v in values]
    if known and all(isinstance(v, dt.date) for v in known):
        return _moments(values)
    return "string", [None if v is None else str(v) for v in values]


def _moments(values: Sequence[Any]) -> tuple[str, list[Any]]:
    """Return dates as days where no time of day is lost."""
    moments = [None if pd.isna(v) else pd.Timestamp(v) for v in values]
    if all(m is None or (m == m.normalize() and m.tzinfo is None) for m in moments):
        return "date", [None if m is None else m.date().isoformat() for m in moments]
    return "datetime", [None if m is None else m.isoformat() for m in moments]


def _number(value: Any) -> float | str | None:
    """Return a number as the CSV has it; infinity as Table Schema writes it, since JSON has none."""
    if _is_missing(value):
        return None
    number = float(str(value)) if isinstance(value, np.float32) else float(value)
    if math.isinf(number):
        return "INF" if number > 0 else "-INF"
    return number


def _is_missing(value: Any) -> bool:
    return value is None or bool(pd.api.types.is_scalar(value) and pd.isna(value))

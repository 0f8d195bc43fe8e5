"""JSON: lists of records, lists of lists, and names under states, at any depth that a person would write."""

from __future__ import annotations

import json
from typing import Any

from redegov_analysis.cleaning.membership.files import MAX_COLUMNS, ListFile
from redegov_analysis.cleaning.membership.grids import Grid, grid_from
from redegov_analysis.cleaning.states import parse_state
from redegov_analysis.data.deadline import timed
from redegov_analysis.data.json_text import json_from_text
from redegov_analysis.errors import DataError
from redegov_analysis.language import Phrase


def grids_from_json(file: ListFile, log: list[Phrase]) -> list[Grid]:
    """Return one grid per list in the document; the line of a row is its place in the list, from 1.

    The keys of records become headings, nested ones joined (`UF sigla`). A list under a key that names a state
    belongs to that state.

    Raises
    ------
    DataError
        If the document is not JSON, is nested too deeply, or holds no list.
    """
    document = json_from_text(file.text, file.name, Phrase("Export it again as a list of records."))
    grids: list[Grid] = []
    _collect(document, "", grids, file)
    if not grids:
        raise DataError("it holds no list", where="{file}", expected="a list of records or of names", file=file.name)
    log.append(Phrase("Lines are the places of the records in their list, from 1."))
    if all(parse_state(grid.heading) for grid in grids) and all(grid.lines for grid in grids):
        # {"AC": ["Rio Branco", …], …}: one list in blocks.
        rows = [(line, [text]) for grid in grids for line, text in [(0, grid.heading), *_texts(grid)]]
        return [grid_from(rows, file, lines=True)]
    return grids


def _texts(grid: Grid) -> list[tuple[int, str]]:
    return [(row.line, row.cells[0]) for row in grid.rows]


def _collect(value: object, path: str, grids: list[Grid], file: ListFile) -> None:
    if isinstance(value, dict):
        for key, inner in timed(value.items()):
            _collect(inner, f"{path} {key}".strip(), grids, file)
        return
    if not isinstance(value, list) or not value:
        return
    records = [item for item in value if isinstance(item, dict)]
    if records:
        grids.append(_table(value, path, file))
    elif any(isinstance(item, list) for item in value):
        rows = [
            (place, [_cell(c) for c in (item if isinstance(item, list) else [item])]) for place, item in _count(value)
        ]
        grids.append(grid_from(rows, file, path, heading=path))
    elif any(isinstance(item, str) for item in value):
        rows = [(place, [_cell(item)]) for place, item in _count(value)]
        grids.append(grid_from(rows, file, path, lines=True, heading=path.rpartition(" ")[2] or path))


def _count(items: list[Any]) -> list[tuple[int, Any]]:
    return list(enumerate(timed(items), 1))


def _table(items: list[Any], path: str, file: ListFile) -> Grid:
    flat = [_flat(item, "") if isinstance(item, dict) else {"": _cell(item)} for item in timed(items)]
    keys = list(dict.fromkeys(key for record in flat for key in record))
    if len(keys) > MAX_COLUMNS:
        raise DataError(
            "records of {fields:,} {fields:field|fields}",
            where="{file}",
            expected="at most {most:,}",
            remedy="Give the fields of the list alone.",
            file=file.name,
            fields=len(keys),
            most=MAX_COLUMNS,
        )
    rows = [(0, keys)] + [(place, [record.get(key, "") for key in keys]) for place, record in _count(flat)]
    return grid_from(rows, file, path, heading=path)


def _flat(record: dict[str, Any], above: str) -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in record.items():
        name = f"{above} {key}".strip()
        if isinstance(value, dict):
            flat.update(_flat(value, name))
        else:
            flat[name] = _cell(value)
    return flat


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "sim" if value else "não"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

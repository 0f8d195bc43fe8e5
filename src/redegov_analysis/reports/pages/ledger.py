"""The raw tables' rows as short digests: enough to say how many came, went or changed, without keeping the tables.

Each row is two numbers of 32 bits (CRC-32): one of its key columns, one of the whole row. The published totals, which
are few and public, are also kept as they are, so that a new one can be named.
"""

from __future__ import annotations

import base64
import csv
import io
import json
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from zlib import crc32

from redegov_analysis.project import Project

LEDGER: Final = "data/inputs.json"
TOTALS: Final = "milestones"

_TOTALS_COLUMNS: Final = ("date", "municipalities", "relation", "publisher")
_SEPARATOR: Final = "\x1f"


def read_ledger(project: Project) -> dict[str, Any]:
    """Return what is to be remembered of a project's raw tables.

    Returns
    -------
    dict
        `tables`: for each table of `datapackage.json` that is a CSV file, its `title` by language, `rows` and `digests`
        (base64 of pairs of numbers, in the table's order); `totals`: the published totals, by date.
    """
    package = json.loads(project.datapackage.read_text(encoding="utf-8"))
    tables: dict[str, Any] = {}
    totals: list[dict[str, str]] = []
    for resource in package.get("resources", []):
        path = project.root / resource.get("path", "")
        if path.suffix != ".csv" or not path.is_file():
            continue
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        keys = _key_columns(resource.get("schema", {}))
        tables[resource["name"]] = {
            "title": {
                "en": resource.get("title", resource["name"]),
                "pt-BR": resource.get("title_pt", resource["name"]),
            },
            "rows": len(rows),
            "digests": _digests(rows, keys),
        }
        if resource["name"] == TOTALS:
            totals = [{name: row.get(name) or "" for name in _TOTALS_COLUMNS} for row in rows]
    return {"tables": tables, "totals": sorted(totals, key=lambda total: (total["date"], total["municipalities"]))}


def ledger_text(ledger: Mapping[str, Any]) -> str:
    """Return a ledger as it stands in the site."""
    return json.dumps(ledger, indent=1, ensure_ascii=False) + "\n"


def kept_ledger(site: Path) -> dict[str, Any] | None:
    """Return the ledger that a site keeps, or nothing where there is none."""
    try:
        content = json.loads((site / LEDGER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def changed_tables(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return each raw table that is not as it was.

    Returns
    -------
    list of dict
        `name`, `title` (by language), `rows` and how many were `added`, `removed` and `changed` (their key stayed).
    """
    found = []
    for name in [*now["tables"], *(name for name in before["tables"] if name not in now["tables"])]:
        old, new = before["tables"].get(name), now["tables"].get(name)
        if old and new and old["digests"] == new["digests"]:
            continue
        counts = compared(_pairs(old["digests"]) if old else [], _pairs(new["digests"]) if new else [])
        if any(counts.values()):
            title, rows = (new or old)["title"], new["rows"] if new else 0
            found.append({"name": name, "title": title, "rows": rows, **counts})
    return found


def changed_totals(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the published totals that are new, and those that are no longer there, each with its `change`."""
    found = []
    for change, one, other in (("added", now, before), ("removed", before, now)):
        found += [{**total, "change": change} for total in one["totals"] if total not in other["totals"]]
    return found


def compared(before: Sequence[tuple[Any, Any]], now: Sequence[tuple[Any, Any]]) -> dict[str, int]:
    """Return how many rows, given as pairs of key and content, were `added`, `removed` and `changed`.

    >>> compared([("SP", 1), ("AC", 2)], [("SP", 1), ("AC", 3), ("DF", 4)])
    {'added': 1, 'removed': 0, 'changed': 1}
    """
    gone, come = Counter(before) - Counter(now), Counter(now) - Counter(before)
    lost, gained = _by_key(gone), _by_key(come)
    changed = sum((lost & gained).values())
    return {"added": come.total() - changed, "removed": gone.total() - changed, "changed": changed}


def _by_key(rows: Counter[tuple[Any, Any]]) -> Counter[Any]:
    keys: Counter[Any] = Counter()
    for (key, _), count in rows.items():
        keys[key] += count
    return keys


def _key_columns(schema: Mapping[str, Any]) -> list[str]:
    key = schema.get("primaryKey", [])
    return [key] if isinstance(key, str) else list(key)


def _digests(rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> str:
    numbers = array("I")
    for row in rows:
        whole = _SEPARATOR.join(f"{name}={row[name]}" for name in sorted(row, key=str))
        numbers.append(crc32(_SEPARATOR.join(str(row.get(key)) for key in keys).encode()))
        numbers.append(crc32(whole.encode()))
    return base64.b64encode(_little_endian(numbers).tobytes()).decode()


def _pairs(digests: str) -> list[tuple[int, int]]:
    numbers = array("I")
    numbers.frombytes(base64.b64decode(digests))
    numbers = _little_endian(numbers)
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _little_endian(numbers: array[int]) -> array[int]:
    """Return the numbers in an order of bytes that is the same on every machine."""
    import sys

    if sys.byteorder == "big":  # pragma: no cover - there is no such machine to try it on
        numbers = numbers[:]
        numbers.byteswap()
    return numbers


def rows_of_csv(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return the rows of a CSV text as pairs of key (the first cell) and content."""
    lines = list(csv.reader(io.StringIO(text)))
    return [(line[0] if line else "", tuple(line)) for line in lines[1:]]

"""Every published number as CSV, Parquet and JSON, with a dictionary of their columns, and the page that lists them.

The data of each figure and table lie beside its page; here come one table of all statements, one table over all states
for each of their tables, a dictionary generated from what the files say of themselves, and one archive of it all.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pandas as pd

from redegov_analysis.data.writing import csv_text, write_anew
from redegov_analysis.evidence import Evidence
from redegov_analysis.project import Project
from redegov_analysis.reports.datasets import FORMATS, frame_of, json_text, parquet_bytes, typed
from redegov_analysis.reports.glossary import described_columns, meaning
from redegov_analysis.reports.jobs import Imprint, Outcome
from redegov_analysis.reports.pages.frame import layout, template
from redegov_analysis.reports.text import Text

DOWNLOADS: Final = "downloads.html"
STATEMENTS: Final = "data/statements"
DICTIONARY: Final = "data/dictionary"
ARCHIVE: Final = "data/published.zip"

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_NUMBERS: Final = ("value", "low", "high")


@dataclass(frozen=True)
class Dataset:
    """A table that can be downloaded in each format.

    Attributes
    ----------
    path
        Its path inside the site, without the ending.
    about
        What it says of itself: `title`, `evidence`, `source`, `as_of` and more.
    fields
        Its columns (see `datasets.typed`).
    rows
        How many rows it has.
    """

    path: str
    about: Mapping[str, Any]
    fields: Sequence[Mapping[str, Any]] = field(repr=False)
    rows: int

    @property
    def kind(self) -> Evidence:
        """The evidence that it stands on."""
        return Evidence(self.about["evidence"])


def write_downloads(outcomes: Sequence[Outcome], site: Path, project: Project, t: Text, imprint: Imprint) -> None:
    """Write the tables, the dictionary, the archive and the page into a site that holds its reports.

    Parameters
    ----------
    outcomes
        What became of each job.
    site
        The folder that holds their pages and data.
    project
        Its `datapackage.json` describes the columns of the raw tables.
    t
        The reader's language.
    imprint
        For the foot of the page.
    """
    groups: list[tuple[str, list[Dataset]]] = []
    for outcome in outcomes:
        if outcome.page and "/" not in outcome.job.name:
            own = [_read(site, name) for name in _tables(outcome)]
            groups.append((outcome.page.title, own))
    for folder, title in (("states", t("All states")), ("municipalities", t("All municipalities with a page"))):
        combined = list(_combined([one for one in outcomes if one.job.name.startswith(f"{folder}/")], folder, site))
        groups.append((title, combined))
    groups = [(title, datasets) for title, datasets in groups if datasets]
    statements = _write_statements(outcomes, site, t)
    described = described_columns(project, t)
    shown = [statements, *(one for _, datasets in groups for one in datasets)]
    # Statements are nobody's raw table: their `value` and `source` are not those of a table that has columns so named.
    words = {
        one.path: [_described(column, {} if one is statements else described, t) for column in one.fields]
        for one in shown
    }
    dictionary = _write_dictionary(shown, words, site, t)
    _write_archive([*shown, dictionary], site)
    kinds = {one.kind for one in shown}
    page = template("downloads.html.j2").render(
        groups=[{"title": title, "datasets": datasets} for title, datasets in groups],
        statements=statements,
        dictionary=dictionary,
        words=words,
        formats=FORMATS,
        archive={"href": ARCHIVE, "megabytes": (site / ARCHIVE).stat().st_size / 1e6},
        **layout(t, DOWNLOADS, imprint, [kind for kind in Evidence if kind in kinds]),
    )
    write_anew(site / DOWNLOADS, page)


def _tables(outcome: Outcome) -> Iterator[str]:
    """Return the tables of a page by their path without an ending."""
    return (name.removesuffix(".csv") for name in outcome.files if name.endswith(".csv"))


def _read(site: Path, path: str) -> Dataset:
    content = json.loads((site / f"{path}.json").read_text(encoding="utf-8"))
    about = {name: value for name, value in content.items() if name not in {"fields", "rows"}}
    return Dataset(path, about, content["fields"], len(content["rows"]))


def _combined(outcomes: Sequence[Outcome], folder: str, site: Path) -> Iterator[Dataset]:
    """Write one table over all pages of a kind for each of their tables, its first column the page."""
    tables: dict[str, list[dict[str, Any]]] = {}
    for outcome in outcomes:
        for path in _tables(outcome):
            content = json.loads((site / f"{path}.json").read_text(encoding="utf-8"))
            tables.setdefault(content["id"], []).append({**content, "of": outcome.job.name.removeprefix(f"{folder}/")})
    for name, contents in tables.items():
        fields = [{"name": "page", "type": "string", "label": None, "unit": None}, *_united(contents)]
        rows = [
            [content["of"], *(row.get(column["name"]) for column in fields[1:])]
            for content in contents
            for row in content["rows"]
        ]
        about = {key: value for key, value in contents[0].items() if key not in {"fields", "rows", "of", "page"}}
        yield _write(Dataset(f"data/{folder}/{name}", about, fields, len(rows)), rows, site)


def _united(contents: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the columns of tables that are to be one: a type that holds the values of each."""
    fields: dict[str, dict[str, Any]] = {}
    for content in contents:
        for column in content["fields"]:
            empty = all(row[column["name"]] is None for row in content["rows"])
            known = fields.get(column["name"])
            if known is None:
                fields[column["name"]] = {**column, "empty": empty}
            elif known["empty"] and not empty:
                fields[column["name"]] = {**column, "empty": False}
            elif not empty and column["type"] != known["type"]:
                numbers = {column["type"], known["type"]} <= {"integer", "number"}
                known["type"] = "number" if numbers else "string"
    return [{key: value for key, value in column.items() if key != "empty"} for column in fields.values()]


def _write(dataset: Dataset, rows: Sequence[Sequence[Any]], site: Path) -> Dataset:
    path = site / dataset.path
    types = [column["type"] for column in dataset.fields]
    rows = [
        [str(cell) if kind == "string" and cell is not None else cell for kind, cell in zip(types, row, strict=True)]
        for row in rows
    ]
    write_anew(path.with_suffix(".csv"), csv_text(frame_of(dataset.fields, rows)))
    write_anew(path.with_suffix(".parquet"), parquet_bytes(dataset.fields, rows))
    write_anew(path.with_suffix(".json"), json_text(dataset.about, dataset.fields, rows))
    return dataset


def _write_statements(outcomes: Sequence[Outcome], site: Path, t: Text) -> Dataset:
    """Write the number of every statement of every page as one table."""
    rows = []
    for outcome in outcomes:
        for one in outcome.page.statements if outcome.page else ():
            written = one["value"] if isinstance(one["value"], str) else None
            rows.append(
                {
                    "page": outcome.job.page,
                    "id": one["id"],
                    "evidence": one["evidence"],
                    **{name: None if isinstance(one[name], str) else one[name] for name in _NUMBERS},
                    "value_text": written,
                    **{name: one[name] for name in ("level", "unit", "numeral", "sentence", "source", "as_of")},
                }
            )
    names = (
        "page",
        "id",
        "evidence",
        *_NUMBERS,
        "value_text",
        "level",
        "unit",
        "numeral",
        "sentence",
        "source",
        "as_of",
    )
    frame = pd.DataFrame(rows, columns=list(names))
    for name in (*_NUMBERS, "level"):
        frame[name] = frame[name].astype("float64")
    table = typed(frame, {})
    weakest = [kind for kind in Evidence if kind in set(frame["evidence"])]
    about = {
        "id": "statements",
        "title": t("The number of every statement"),
        "evidence": str(weakest[-1] if weakest else Evidence.PUBLISHED),
        "source": t("The statements of every page; each row names its own source and evidence"),
        "as_of": None,
    }
    return _write(Dataset(STATEMENTS, about, table["fields"], len(rows)), table["rows"], site)


def _described(column: Mapping[str, Any], described: Mapping[str, str], t: Text) -> dict[str, Any]:
    return {
        **column,
        "meaning": meaning(column["name"], column["label"], described, t),
        "unit_text": t(column["unit"]) if column["unit"] else "",
    }


def _write_dictionary(
    datasets: Sequence[Dataset], words: Mapping[str, Sequence[Mapping[str, Any]]], site: Path, t: Text
) -> Dataset:
    """Write what each column of each table is: its type, unit, meaning and evidence."""
    rows = [
        {
            "table": one.path.removeprefix("data/"),
            "title": one.about["title"],
            "column": column["name"],
            "heading": column["label"],
            "meaning": column["meaning"] or None,
            "type": column["type"],
            "unit": column["unit_text"] or None,
            "evidence": one.about["evidence"],
            "source": one.about["source"],
            "as_of": one.about["as_of"],
        }
        for one in datasets
        for column in words[one.path]
    ]
    frame = pd.DataFrame(rows).astype("object")
    table = typed(frame, {})
    about = {
        "id": "dictionary",
        "title": t("Dictionary of the columns"),
        "evidence": str(Evidence.PUBLISHED),
        "source": "redegov-analysis",
        "as_of": None,
    }
    return _write(Dataset(DICTIONARY, about, table["fields"], len(rows)), table["rows"], site)


def _write_archive(datasets: Sequence[Dataset], site: Path) -> None:
    """Write every table in every format into one archive, the same bytes for the same tables."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(f"{one.path}.{ending}" for one in datasets for ending in FORMATS):
            entry = zipfile.ZipInfo(path.removeprefix("data/"), _EPOCH)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3  # the same on every system
            kind = zipfile.ZIP_STORED if path.endswith(".parquet") else zipfile.ZIP_DEFLATED
            archive.writestr(entry, (site / path).read_bytes(), compress_type=kind)
    write_anew(site / ARCHIVE, buffer.getvalue())

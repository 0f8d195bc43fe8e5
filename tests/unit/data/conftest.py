"""Projects to read from: the checkout, a copy of it that may be spoilt, and a tiny one of three rows."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from redegov_analysis.data.catalogue import seal
from redegov_analysis.project import Project

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def checkout() -> Project:
    return Project(ROOT)


@pytest.fixture
def copied(tmp_path: Path) -> Project:
    """A copy of the raw data that a test may spoil."""
    project = Project(tmp_path / "copied")
    shutil.copytree(ROOT / "data" / "raw", project.raw)
    shutil.copyfile(ROOT / "datapackage.json", project.datapackage)
    return project


def field(name: str, type_: str, **extra: Any) -> dict[str, Any]:
    return {
        "name": name,
        "type": type_,
        "format": "default",
        "unit": None,
        "description": "What it is.",
        "description_pt": "O que é.",
        "source": "a test",
        "vintage": "2025",
        "licence": "CC-BY-4.0",
        "sha256": "",
        **extra,
    }


@pytest.fixture
def tiny(tmp_path: Path) -> Project:
    """A sealed project with one table of every type."""
    project = Project(tmp_path / "tiny")
    project.raw.mkdir(parents=True)
    fields = [
        field("code", "string", constraints={"required": True, "pattern": "[0-9]{7}"}),
        field("people", "integer", constraints={"minimum": 0}),
        field("rows", "integer", constraints={"required": True}),
        field("share", "number", constraints={"minimum": 0, "maximum": 1}),
        field("member", "boolean", trueValues=["1"], falseValues=["0"]),
        field("joined_on", "date"),
        field("rating", "string", missingValues=["", "n.d."], constraints={"enum": ["A", "B"]}),
    ]
    described = {"title": "t", "title_pt": "t", "description": "d", "description_pt": "d"}
    licence = [{"name": "CC-BY-4.0"}]
    resource = {
        **described, "name": "things", "path": "data/raw/things.csv", "notes": [], "notes_pt": [],
        "sources": [{"title": "a test"}], "vintage": "2025", "vintage_pt": "2025", "licenses": licence,
        "upstream_terms": "none", "upstream_terms_pt": "nenhum", "bytes": 0, "rows": 0, "hash": "",
        "schema": {"fields": fields, "missingValues": [""], "primaryKey": ["code"]},
    }  # fmt: skip
    package = {
        **described, "name": "redegov-analysis", "version": "0", "licenses": licence, "resources": [resource],
    }  # fmt: skip
    project.datapackage.write_text(json.dumps(package, indent=2) + "\n", encoding="utf-8")
    (project.raw / "things.csv").write_text(
        "code,people,rows,share,member,joined_on,rating\n"
        '0100015,12,1,0.5,1,2024-02-29,"A"\n'
        "1100023,,2,,,,n.d.\n"
        "1100031,0,3,1,0,2013-01-22,B\n",
        encoding="utf-8",
    )
    seal(project)
    return project

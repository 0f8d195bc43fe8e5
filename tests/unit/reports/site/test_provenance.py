"""The manifest as W3C PROV: nothing more, nothing less, and no name without its entity."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from redegov_analysis.reports.site.manifest import FORMAT, PROVENANCE, damage, write_manifest
from redegov_analysis.reports.site.provenance import provenance, provenance_text

MANIFEST: dict[str, Any] = {
    "run_id": "20261124T100000.000000Z-abcdef01",
    "begun": "2026-11-24T10:00:00+00:00",
    "ended": "2026-11-24T10:01:00+00:00",
    "options": {"language": "pt-BR", "states": "all", "membership": None},
    "package": {"name": "redegov-analysis", "version": "0.1.0", "source_sha256": "s" * 64},
    "versions": {"python": "3.11.7", "numpy": "2.4.0"},
    "inputs": {"data/raw/milestones.csv": "a" * 64, "datapackage.json": "b" * 64},
    "jobs": [
        {"name": "01_good", "notebook": "01_good.ipynb", "notebook_sha256": "c" * 64, "status": "made", "seconds": 1.5,
         "parameters": {"language": "pt-BR", "horizon": 18}, "files": ["01_good.html", "data/01_good/x.csv"]},
        {"name": "states/SP", "notebook": "05.ipynb", "notebook_sha256": "d" * 64, "status": "reused", "seconds": 0.0,
         "parameters": {"uf": "SP"}, "files": ["states/SP.html"]},
    ],
    "outputs": {name: {"sha256": "e" * 64, "bytes": 3} for name in
                ("01_good.html", "data/01_good/x.csv", "states/SP.html", "index.html", "feed.xml")},
}  # fmt: skip
RELATIONS = {
    "used": ("prov:activity", "prov:entity"),
    "wasGeneratedBy": ("prov:entity", "prov:activity"),
    "wasDerivedFrom": ("prov:generatedEntity", "prov:usedEntity"),
    "wasInformedBy": ("prov:informed", "prov:informant"),
    "wasAssociatedWith": ("prov:activity", "prov:agent"),
    "hadMember": ("prov:collection", "prov:entity"),
}


def test_every_input_and_output_of_the_manifest_is_an_entity_with_its_checksum() -> None:
    entities = provenance(MANIFEST)["entity"]
    for name, entry in MANIFEST["outputs"].items():
        assert entities[f"out:{name}"] == {"redegov:sha256": entry["sha256"], "redegov:bytes": entry["bytes"]}
    for name, sha256 in MANIFEST["inputs"].items():
        assert entities[f"in:{name}"] == {"redegov:sha256": sha256}
    assert entities["in:notebooks/01_good.ipynb"] == {"redegov:sha256": "c" * 64}


def test_every_output_is_generated_once_by_what_made_it() -> None:
    made = {one["prov:entity"]: one["prov:activity"] for one in provenance(MANIFEST)["wasGeneratedBy"].values()}
    assert made == {
        "out:01_good.html": "run:notebook/01_good",
        "out:data/01_good/x.csv": "run:notebook/01_good",
        "out:states/SP.html": "run:notebook/states/SP",
        "out:index.html": "run:run",
        "out:feed.xml": "run:run",
    }


def test_no_relation_names_what_is_not_there() -> None:
    content = provenance(MANIFEST)
    known = {*content["entity"], *content["activity"], *content["agent"]}
    for relation, (subject, object_) in RELATIONS.items():
        assert content[relation]
        for one in content[relation].values():
            assert {one[subject], one[object_]} <= known, relation


def test_every_prefix_in_use_is_declared() -> None:
    content = provenance(MANIFEST)
    names = [*content["entity"], *content["activity"], *content["agent"]]
    names += [key for entry in (*content["entity"].values(), *content["activity"].values()) for key in entry]
    assert {name.split(":")[0] for name in names} <= {*content["prefix"], "prov"}


def test_it_is_json_and_the_same_each_time() -> None:
    assert json.loads(provenance_text(MANIFEST)) == provenance(MANIFEST)
    assert provenance_text(MANIFEST) == provenance_text(json.loads(json.dumps(MANIFEST)))


def test_a_site_without_its_manifest_or_with_another_provenance_is_damaged(tmp_path: Path) -> None:
    assert [str(one) for one in damage(tmp_path)] == [f"{tmp_path / 'manifest.json'} is missing or cannot be read."]
    write_manifest(MANIFEST | {"format": FORMAT, "jobs": [], "outputs": {}}, tmp_path)
    assert damage(tmp_path) == []
    (tmp_path / PROVENANCE).write_text("{}")
    assert [str(one) for one in damage(tmp_path)] == [f"{PROVENANCE} does not say what the manifest says."]

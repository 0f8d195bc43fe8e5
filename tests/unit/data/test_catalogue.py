"""Raw tables are typed by their schema, cannot be spoilt, and say where they are malformed."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from redegov_analysis.data.catalogue import read_catalogue, read_table, seal, table_path
from redegov_analysis.data.seals import features
from redegov_analysis.errors import DataError
from redegov_analysis.project import Project

HEADER = "code,people,rows,share,member,joined_on,rating\n"
ROW = "1100015,12,1,0.5,1,2024-02-29,A\n"


def test_each_type_of_the_schema_has_its_dtype(tiny: Project) -> None:
    assert read_table("things", tiny).dtypes.astype(str).to_dict() == {
        "code": "str",
        "people": "Int64",
        "rows": "int64",
        "share": "float64",
        "member": "boolean",
        "joined_on": "datetime64[us]",
        "rating": "str",
    }


def test_codes_keep_leading_zeros_and_missing_stays_missing(tiny: Project) -> None:
    things = read_table("things", tiny)
    assert things.loc[0, "code"] == "0100015"
    assert things.loc[1, ["people", "share", "member", "joined_on", "rating"]].isna().all()
    assert things.loc[2, "people"] == 0


def test_a_mark_that_means_missing_is_not_a_value(checkout: Project) -> None:
    demographics = read_table("demographics", checkout)
    assert set(demographics["capag_2022"].dropna()) == {"A", "B", "C", "D"}
    assert (demographics["current_revenue_2022_brl"].dropna() > 0).all()
    assert demographics["current_revenue_2022_brl"].isna().sum() == 34


def test_what_a_caller_does_to_a_table_the_next_caller_never_sees(tiny: Project) -> None:
    spoilt = read_table("things", tiny)
    spoilt.loc[:, "rows"] = -1
    spoilt.loc[0, "share"] = 99.0
    spoilt.loc[:, "member"] = False
    del spoilt["code"]
    fresh = read_table("things", tiny)
    assert fresh["rows"].tolist() == [1, 2, 3]
    assert fresh.loc[0, "share"] == 0.5
    assert bool(fresh.loc[0, "member"])
    assert "code" in fresh


def test_a_changed_file_is_read_again(tiny: Project) -> None:
    assert len(read_table("things", tiny)) == 3
    table_path("things", tiny).write_text(HEADER + ROW, encoding="utf-8")
    assert len(read_table("things", tiny)) == 1


@pytest.mark.parametrize("table", read_catalogue(Project(Path(__file__).resolve().parents[3])).tables)
def test_every_table_is_described_in_both_languages(table) -> None:
    assert len(table.notes) == len(table.notes_pt)
    for text in (table.title, table.description, table.vintage, table.upstream_terms, table.licence):
        assert text.strip()
    assert table.description != table.description_pt
    for column in table.columns:
        assert column.description.endswith("."), column.name
        assert column.description_pt.endswith("."), column.name
        assert column.description != column.description_pt
        assert column.source
        assert column.vintage
        assert column.licence
        assert len(column.sha256) == 64
        if column.type in {"integer", "number"}:
            assert column.unit, column.name


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            "1100015,12.5,1,0.5,1,2024-02-29,A\n",
            r"things\.csv, line 3, column people: found '12\.5'; expected an integer",
        ),
        ("1100015,-1,1,0.5,1,2024-02-29,A\n", r"line 3, column people: found '-1'; expected at least 0"),
        ("1100015,1,,0.5,1,2024-02-29,A\n", r"line 3, column rows: found an empty cell; expected a value in every row"),
        ("1100015,1,1,nan,1,2024-02-29,A\n", r"line 3, column share: found 'nan'; expected a number"),
        ("1100015,1,1,1.1,1,2024-02-29,A\n", r"line 3, column share: found '1\.1'; expected at most 1"),
        ("1100015,1,1,1,yes,2024-02-29,A\n", r"line 3, column member: found 'yes'; expected 1 \(yes\) or 0 \(no\)"),
        ("1100015,1,1,1,1,2023-02-29,A\n", r"line 3, column joined_on: found '2023-02-29'; expected a day such as"),
        ("1100015,1,1,1,1,20240229,A\n", r"line 3, column joined_on: found '20240229'"),
        ("1100015,1,1,1,1,2024-02-29,E\n", r"line 3, column rating: found 'E'; expected one of A, B"),
        ("110001,1,1,1,1,2024-02-29,A\n", r"line 3, column code: found '110001'; expected text of the form"),
        ("1100015,1,1\n", r"line 3: found 3 cells; expected 7"),
        ('1100015,1,1,1,1,2024-02-29,"A"x\n', r"line 3: not a well-formed CSV row"),
    ],
)
def test_a_malformed_cell_is_named_by_file_line_column_and_value(tiny: Project, row: str, message: str) -> None:
    table_path("things", tiny).write_text(HEADER + ROW + row, encoding="utf-8")
    with pytest.raises(DataError, match=message) as found:
        read_table("things", tiny)
    assert "git checkout -- data/raw/things.csv" in str(found.value)


def test_a_line_number_counts_lines_not_rows(tiny: Project) -> None:
    path = table_path("things", tiny)
    description = json.loads(tiny.datapackage.read_text(encoding="utf-8"))
    del description["resources"][0]["schema"]["fields"][0]["constraints"]["pattern"]
    tiny.datapackage.write_text(json.dumps(description), encoding="utf-8")
    path.write_text(HEADER + '"two\nlines",1,1,1,1,2024-02-29,A\nx,1,x,1,1,2024-02-29,A\n', encoding="utf-8")
    with pytest.raises(DataError, match="line 4, column rows"):
        read_table("things", tiny)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "things.csv, line 1: it is empty"),
        (b"code,people\n", "line 1: found the columns code, people; expected code, people, rows"),
        ((HEADER + ROW).encode("utf-8-sig"), "line 1: found the columns"),
        (HEADER.encode() + "São".encode("cp1252"), "line 2: found the byte 0xe3; expected UTF-8"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(tiny: Project, content: bytes, message: str) -> None:
    table_path("things", tiny).write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_table("things", tiny)


def test_a_missing_file_says_how_to_get_it_back(tiny: Project) -> None:
    table_path("things", tiny).unlink()
    with pytest.raises(DataError, match=r"data/raw/things\.csv is missing\. Restore it with: git checkout"):
        read_table("things", tiny)


def test_an_unknown_table_is_answered_with_the_known_ones(checkout: Project) -> None:
    with pytest.raises(DataError, match=r"no table 'milestone'\. It describes: municipalities, demographics"):
        read_table("milestone", checkout)


def test_the_map_is_a_file_and_no_table(checkout: Project) -> None:
    assert table_path("municipality_mesh_2015", checkout).suffix == ".geojson"
    with pytest.raises(DataError, match="not a table but a map"):
        read_table("municipality_mesh_2015", checkout)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda _: "{", "not valid JSON"),
        (lambda package: json.dumps({**package, "resources": 3}), "not of the kind"),
        (lambda package: json.dumps({key: package[key] for key in package if key != "title"}), "'title' is missing"),
    ],
)
def test_a_malformed_catalogue_is_refused(tiny: Project, spoil, message: str) -> None:
    package = json.loads(tiny.datapackage.read_text(encoding="utf-8"))
    tiny.datapackage.write_text(spoil(package), encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_catalogue(tiny)


def test_a_property_missing_from_a_table_names_the_table(tiny: Project) -> None:
    package = json.loads(tiny.datapackage.read_text(encoding="utf-8"))
    del package["resources"][0]["vintage"]
    tiny.datapackage.write_text(json.dumps(package), encoding="utf-8")
    with pytest.raises(DataError, match="resource things: the property 'vintage' is missing"):
        read_catalogue(tiny)


def test_sealing_an_unchanged_project_changes_nothing(copied: Project) -> None:
    before = copied.datapackage.read_bytes()
    assert seal(copied) == []
    assert copied.datapackage.read_bytes() == before


def test_sealing_touches_only_the_table_that_changed(copied: Project) -> None:
    before = read_catalogue(copied)
    path = table_path("snc_adhesions", copied)
    path.write_text(path.read_text(encoding="utf-8").removesuffix("5222302,\n"), encoding="utf-8")
    assert seal(copied) == ["snc_adhesions"]
    after = read_catalogue(copied)
    assert after.table("snc_adhesions").rows == before.table("snc_adhesions").rows - 1
    assert after.table("milestones") == before.table("milestones")


def test_sealing_needs_every_file(copied: Project) -> None:
    table_path("milestones", copied).unlink()
    with pytest.raises(DataError, match=r"data/raw/milestones\.csv is missing"):
        seal(copied)


def test_an_imprecise_adhesion_has_bounds_in_place_of_a_day(checkout: Project) -> None:
    events = read_table("adhesion_events", checkout).set_index("entity")
    assert events.loc["Monção", "date_earliest"] == pd.Timestamp("2025-07-07")
    assert pd.isna(events.loc["Porto Velho", "date_earliest"])
    assert events.loc["Porto Velho", "date_latest"] == pd.Timestamp("2023-07-31")


def test_an_unknown_column_is_answered_with_the_known_ones(checkout: Project) -> None:
    table = read_catalogue(checkout).table("milestones")
    with pytest.raises(DataError, match=r"no column 'membros' of the table milestones\b.* municipalities"):
        table.column("membros")


def test_a_map_without_features_is_refused(checkout: Project) -> None:
    table = read_catalogue(checkout).table("municipality_mesh_2015")
    with pytest.raises(DataError, match="no list of objects under `features`"):
        features(b'{"features": [1]}', table)

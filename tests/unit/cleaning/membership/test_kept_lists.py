from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from redegov_analysis import find_project
from redegov_analysis.cleaning.membership import read_membership
from redegov_analysis.cleaning.membership.balance import balance
from redegov_analysis.cleaning.membership.imports import folder, import_membership, imported, imports
from redegov_analysis.cleaning.membership.snapshots import joining_intervals
from redegov_analysis.cli import main
from redegov_analysis.errors import DataError, ParameterError
from redegov_analysis.project import Project

Write = Callable[..., Path]
JUNE, DECEMBER = dt.date(2023, 6, 30), dt.date(2023, 12, 31)
FIRST = "Município;UF\nCampinas;SP\nSantos;SP\nAraraquarra;RR\n"
SECOND = "Município;UF\nCampinas;SP\nBauru;SP\nRio Branco;AC\n"
CAMPINAS, SANTOS, BAURU, RIO_BRANCO = "3509502", "3548500", "3506003", "1200401"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    real = find_project()
    root = tmp_path / "project"
    shutil.copytree(real.raw, root / "data" / "raw", ignore=shutil.ignore_patterns("membership", "official"))
    shutil.copy(real.datapackage, root)
    if real.processed.exists():  # tables of the same raw files need not be built again
        others = shutil.ignore_patterns("*membership*", "briefs")
        shutil.copytree(real.processed, root / "data" / "processed", ignore=others)
    monkeypatch.setenv("REDEGOV_HOME", str(root))
    return Project(root)


def call(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    assert isinstance(left.value.code, int)
    return left.value.code


def test_lists_of_two_days_tell_when_each_municipality_joined(write: Write) -> None:
    tables = [read_membership(write("b.csv", SECOND), DECEMBER), read_membership(write("a.csv", FIRST), JUNE)]
    found = joining_intervals(tables).set_index("ibge_code")
    june, december = pd.Timestamp(JUNE), pd.Timestamp(DECEMBER)
    assert found.loc[CAMPINAS, ["joined_after", "joined_by", "missing_since"]].tolist() == [pd.NaT, june, pd.NaT]
    assert found.loc[BAURU, ["joined_after", "joined_by", "missing_since"]].tolist() == [june, december, pd.NaT]
    assert found.loc[SANTOS, ["joined_after", "joined_by", "missing_since"]].tolist() == [pd.NaT, june, december]
    assert found["joined_on"].isna().all()


def test_a_refused_row_never_makes_an_interval_wrong(write: Write) -> None:
    early = write("a.csv", "Município;UF\nCampinas;SP\nXapuri;RR\n")
    late = write("b.csv", "Município;UF\nCampinas;SP\nXapuri;AC\nBauru;SP\n")
    tables = [read_membership(early, JUNE), read_membership(late, DECEMBER)]
    assert tables[0].rejected["suggestion"].tolist() == ["1200708"]
    found = joining_intervals(tables).set_index("ibge_code")["joined_after"]
    assert pd.isna(found["1200708"])
    assert found[BAURU] == pd.Timestamp(JUNE)


def test_lists_of_one_day_or_of_none_have_no_intervals(write: Write) -> None:
    table = read_membership(write("a.csv", FIRST), JUNE)
    for tables in ([], [table, table], [read_membership(write("a.csv", FIRST), None)]):
        with pytest.raises(ParameterError):
            joining_intervals(tables)


def test_import_keeps_the_original_and_writes_every_table(project: Project, write: Write) -> None:
    path = write("lista de junho.csv", FIRST)
    table = import_membership(path, JUNE, project=project)
    import_membership(write("b.csv", SECOND), DECEMBER, project=project)
    kept = imports(project)
    assert [entry.snapshot_date for entry in kept] == ["2023-06-30", "2023-12-31"]
    original = (folder(project) / kept[0].file).read_bytes()
    assert original == path.read_bytes()
    assert hashlib.sha256(original).hexdigest() == kept[0].sha256 == table.sha256
    members = imported("members", project)
    assert members is not None
    assert members.groupby("snapshot_date").size().tolist() == [2, 3]
    intervals = imported("intervals", project)
    assert intervals is not None
    assert intervals["ibge_code"].tolist() == [RIO_BRANCO, BAURU, CAMPINAS, SANTOS]
    refused = pd.read_csv(project.processed / "rejected_membership.csv", dtype="str")
    assert refused[["snapshot_date", "line", "problem", "Município"]].to_numpy().tolist() == [
        ["2023-06-30", "4", "unknown_name", "Araraquarra"]
    ]


def test_the_same_list_twice_changes_nothing(project: Project, write: Write) -> None:
    path = write("a.csv", FIRST)
    import_membership(path, JUNE, project=project)
    before = {file: file.read_bytes() for file in [*folder(project).iterdir(), *project.processed.glob("*membership*")]}
    import_membership(path, JUNE, project=project)
    assert {file: file.read_bytes() for file in before} == before


def test_another_list_of_the_same_day_needs_a_word(project: Project, write: Write) -> None:
    import_membership(write("a.csv", FIRST), JUNE, project=project)
    with pytest.raises(ParameterError, match="--replace"):
        import_membership(write("b.csv", SECOND), JUNE, project=project)
    import_membership(write("b.csv", SECOND), JUNE, project=project, replace=True)
    assert [entry.original_name for entry in imports(project)] == ["b.csv"]
    with pytest.raises(ParameterError, match="different networks"):
        import_membership(write("a.csv", FIRST), DECEMBER, first_day=dt.date(2012, 1, 1), project=project)


def test_tables_are_made_again_when_lost_and_never_from_a_changed_original(project: Project, write: Write) -> None:
    assert imported("members", project) is None
    import_membership(write("a.csv", FIRST), JUNE, project=project)
    shutil.rmtree(project.processed)
    members = imported("members", project)
    assert members is not None
    assert len(members) == 2
    original = folder(project) / imports(project)[0].file
    original.write_text(SECOND)
    shutil.rmtree(project.processed)
    with pytest.raises(DataError, match="was changed"):
        imported("members", project)
    (folder(project) / "index.json").write_text("{")
    with pytest.raises(DataError, match=r"index\.json: it cannot be read"):
        imports(project)


def test_a_hostile_name_stays_within_the_folder(project: Project, write: Write) -> None:
    import_membership(write("$(rm -rf) ;`x` ..csv", FIRST), JUNE, project=project)
    name = imports(project)[0].file
    assert (folder(project) / name).is_file()
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")


@pytest.mark.parametrize(
    ("members", "day", "agrees"),
    [(1300, dt.date(2025, 1, 15), False), (2510, dt.date(2025, 12, 8), True), (78, dt.date(2021, 12, 25), True)],
)
def test_sum_is_held_against_the_published_totals_around_the_day(members: int, day: dt.date, agrees: bool) -> None:
    from redegov_analysis.cleaning.build import processed

    found = balance(members, day, processed("milestones"))
    assert found.agrees == agrees, found.sentence()
    assert ("agrees" in found.sentence()) == agrees


def test_inspect_shows_all_and_writes_nothing(
    project: Project, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(project.root.rglob("*membership*"))
    assert call("membership", "inspect", write("a.csv", FIRST), "--snapshot-date", "2023-06-30") == 0
    told = capsys.readouterr().out
    for words in (
        "Delimiter: semicolon",
        "3 rows: 2 members",
        "Campinas",
        "4  unknown name",
        "Sum check on 2023-06-30",
        "2021-12-23  municipalities: published 78, on the list 0",
        "Published facts up to 2023-06-30: ",
    ):
        assert words in told
    assert sorted(project.root.rglob("*membership*")) == before


def test_import_tells_where_the_tables_are(project: Project, write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("membership", "import", write("a.csv", FIRST), "--snapshot-date", "2023-06-30") == 0
    told = capsys.readouterr().out
    assert str(project.processed / "rejected_membership.csv") in told
    assert imports(project)[0].sha256 in told


def test_a_list_taken_out_leaves_the_others_and_its_original(
    project: Project, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text, day in (("a.csv", FIRST, JUNE), ("b.csv", SECOND, DECEMBER)):
        import_membership(write(name, text), day, project=project)
    first, second = imports(project)
    assert call("membership", "list") == 0
    told = capsys.readouterr().out
    assert f"{second.snapshot_date}  {second.sha256[:12]}  b.csv: 3 members, 0 rejected" in told
    assert call("membership", "remove", "2020-01-01") == 2
    assert first.snapshot_date in capsys.readouterr().err
    assert call("membership", "remove", first.sha256[:8]) == 0
    assert imports(project) == [second]
    assert (folder(project) / first.file).read_text(encoding="utf-8") == FIRST
    members = imported("members", project)
    assert members is not None
    assert set(members["ibge_code"]) == {CAMPINAS, BAURU, RIO_BRANCO}
    assert call("membership", "remove", second.snapshot_date) == 0
    assert imported("members", project) is None
    assert not list(project.processed.glob("membership_*"))
    capsys.readouterr()
    assert call("membership", "list") == 0
    assert "No list was imported" in capsys.readouterr().out


def test_questions_are_answered_on_the_command_line(
    project: Project, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write("a.csv", "Município;UF;Publicação;Assinatura\nCampinas;SP;02/02/2022;01/02/2022\n")
    assert call("membership", "inspect", path) == 3
    assert "Which column is joined_on" in capsys.readouterr().err
    assert call("membership", "inspect", path, "--set", "joined_on=Assinatura") == 0
    assert "2022-02-01" in capsys.readouterr().out
    columns = write("columns.yml", "joined_on: 3\n")
    assert call("membership", "import", path, "--snapshot-date", "2023-01-01", "--columns", columns) == 0
    assert json.loads((folder(project) / "index.json").read_text())["lists"][0]["answers"] == {"joined_on": 3}
    assert call("membership", "inspect", path, "--set", "joined_on") == 2
    assert call("membership", "inspect", path, "--set", "when=x") == 2
    assert call("membership", "inspect", path.with_name("none.csv")) == 2
    assert call("membership", "import", path) == 2


def test_inspect_goes_on_when_the_list_may_be_another_networks(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write("a.csv", "Município;UF;Data\nCampinas;SP;02/02/2013\n")
    assert call("membership", "inspect", path) == 0
    told = capsys.readouterr().out
    assert told.startswith("Question: Is this the list of another network")
    assert "1 row: 1 member, 0 governments" in told
    assert call("membership", "inspect", path, "--from", "2012-01-01") == 0
    assert "Question" not in capsys.readouterr().out

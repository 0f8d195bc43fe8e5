"""What a source changes in the raw tables, kind by kind."""

from __future__ import annotations

import pandas as pd
import pytest

from redegov_analysis.data.catalogue import read_table
from redegov_analysis.data.official import Drafts, Source, SourceError, changes_table, source
from redegov_analysis.project import Project


def official(project: Project, one: Source) -> pd.DataFrame:
    """What the source would say if it said what the raw table says."""
    keys = {
        "neighbours": ["ibge_code_a", "ibge_code_b"],
        "login_adopters": ["list_date", "uf", "entity", "municipality"],
    }
    return read_table(one.table, project)[[*keys.get(one.table, ["ibge_code"]), *one.columns]]


def kinds(drafts: Drafts, one: Source, frame: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    return [(change.kind, change.column, change.before, change.after) for change in drafts.revise(one, frame)]


NAMES = ["localidades", "areas_2022", "neighbours_2024", "population_2024", "gdp_2021", "capag", "connectivity_2023",
         "login_2021", "snc_2018"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_source_that_says_the_same_changes_nothing_whatever_its_order(checkout: Project, name: str) -> None:
    one = source(name)
    frame = official(checkout, one).sample(frac=1, random_state=1)
    if name == "login_2021":
        frame = frame[frame["list_date"] == "2021-04-15"]
    told = frame.copy()
    drafts = Drafts(checkout)
    drafts.demand_complete(one, frame)
    assert drafts.revise(one, frame) == []
    assert drafts.changed == []
    pd.testing.assert_frame_equal(frame, told)


def test_figures_are_equal_to_the_digits_that_both_sides_give(checkout: Project) -> None:
    one = source("gdp_2021")
    frame = official(checkout, one)
    whole = frame.assign(gdp_2021_kbrl=frame["gdp_2021_kbrl"].round(0))
    assert kinds(Drafts(checkout), one, whole) == []
    off_by_a_little = frame.assign(gdp_2021_kbrl=(frame["gdp_2021_kbrl"] + 0.002).round(3))
    assert len(kinds(Drafts(checkout), one, off_by_a_little)) == 5570


def test_filled_emptied_and_revised_cells_are_told_apart(checkout: Project) -> None:
    one = source("capag")
    frame = official(checkout, one).set_index("ibge_code")
    frame.loc["1100015", "capag_2022"] = "B"
    frame.loc["1100023", "capag_2022"] = "n.d."
    frame.loc["1100031", "capag_2022"] = "C"
    frame = frame.drop(index="1100049").reset_index()
    found = kinds(Drafts(checkout), one, frame)
    assert found[:4] == [
        ("filled", "capag_2022", "n.d.", "B"),
        ("emptied", "capag_2022", "B", "n.d."),
        ("revised", "capag_2022", "B", "C"),
        ("emptied", "capag_2022", "B", ""),
    ]


def test_a_municipality_that_a_whole_list_lacks_is_named(checkout: Project) -> None:
    one = source("population_2024")
    frame = official(checkout, one)
    drafts = Drafts(checkout)
    # Boa Esperança do Norte had no population in 2024: that it is absent is as it should be.
    drafts.demand_complete(one, frame[frame["ibge_code"] != "5101837"])
    with pytest.raises(SourceError, match=r"1 of 5,570 municipalities is missing: São Paulo/SP \(3550308\)"):
        drafts.demand_complete(one, frame[frame["ibge_code"] != "3550308"])


@pytest.mark.parametrize("name", ["neighbours_2024", "login_2021", "capag"])
def test_a_list_that_lost_more_than_a_tenth_is_not_believed(checkout: Project, name: str) -> None:
    one = source(name)
    frame = official(checkout, one)
    if name == "login_2021":
        frame = frame[frame["list_date"] == "2021-04-15"]
    drafts = Drafts(checkout)
    drafts.demand_complete(one, frame.iloc[: int(0.95 * len(frame))])
    with pytest.raises(SourceError, match=r" are missing: .* more\. The whole list was expected"):
        drafts.demand_complete(one, frame.iloc[: int(0.8 * len(frame))])


def test_borders_appear_change_and_go(checkout: Project) -> None:
    one = source("neighbours_2024")
    frame = official(checkout, one)
    first = frame.iloc[0]
    frame = pd.concat(
        [
            frame.iloc[2:],
            frame.iloc[[1]].assign(border_km=71.0),
            pd.DataFrame({"ibge_code_a": ["1100015"], "ibge_code_b": ["5300108"], "border_km": [0.0]}),
        ]
    )
    drafts = Drafts(checkout)
    found = changes_table(drafts.revise(one, frame))
    assert found["kind"].tolist() == ["revised", "removed", "new"]
    assert found.loc[0, ["before", "after"]].tolist() == ["70.236", "71"]
    assert found.loc[0, "relative_change"] == pytest.approx(71 / 70.236 - 1)
    assert found.loc[1, "key"] == f"{first['ibge_code_a']} {first['ibge_code_b']}"
    rows = drafts.rows("neighbours")
    assert rows[0]["border_km"] == "71"
    assert len(rows) == 16_476
    codes = [row["ibge_code_a"] for row in rows]
    assert codes == sorted(codes)


def test_only_the_list_of_the_same_day_is_compared(checkout: Project) -> None:
    one = source("login_2021")
    frame = official(checkout, one)
    frame = frame[frame["list_date"] == "2021-04-15"].iloc[1:]
    changes = Drafts(checkout).revise(one, frame)
    assert [change.kind for change in changes] == ["removed"]
    assert "Amargosa" in changes[0].label


def test_a_name_that_was_not_resolved_takes_nothing_away(checkout: Project) -> None:
    one = source("snc_2018")
    frame = official(checkout, one).dropna()
    assert Drafts(checkout).revise(one, frame.iloc[1:]) == []


def test_of_two_sources_of_the_same_cells_the_first_wins(checkout: Project) -> None:
    live, yearly = source("localidades"), source("dtb_2024")
    said = official(checkout, yearly)
    renamed = said.assign(name=said["name"].where(said["ibge_code"] != "1100049", "Cacoal Novo"))
    drafts = Drafts(checkout)
    assert kinds(drafts, live, renamed) == [("renamed", "name", "Cacoal", "Cacoal Novo")]
    assert kinds(drafts, yearly, said) == []
    assert kinds(Drafts(checkout), yearly, said) == []


def test_a_new_municipality_is_left_to_a_person_and_its_figures_follow_it(checkout: Project) -> None:
    drafts = Drafts(checkout)
    live, people = source("localidades"), source("population_2025")
    row = official(checkout, live).iloc[[0]].assign(ibge_code="1199999", name="Vila Recente")
    (change,) = drafts.revise(live, pd.concat([official(checkout, live), row]))
    assert (change.kind, change.label) == ("new", "Vila Recente/RO (1199999)")
    assert "is_capital, latitude, longitude" in str(change.refused)
    newcomer = pd.DataFrame({"ibge_code": ["1199999"], "population_2025": [1234]})
    (change,) = drafts.revise(people, pd.concat([official(checkout, people), newcomer]))
    assert str(change.refused) == "1199999 is not in municipalities: it comes with that table"
    assert drafts.changed == []
    drafts.rows("municipalities").append(dict(drafts.rows("municipalities")[0], ibge_code="1199999"))
    (change,) = drafts.revise(people, pd.concat([official(checkout, people), newcomer]))
    assert change.refused is None
    assert drafts.changed == ["demographics"]
    assert drafts.rows("demographics")[52]["population_2025"] == "1234"
    assert drafts.rows("demographics")[52]["population_2010"] == ""


def test_writing_without_a_change_touches_nothing(copied: Project) -> None:
    before = copied.datapackage.stat().st_mtime_ns
    assert Drafts(copied).write() == []
    assert copied.datapackage.stat().st_mtime_ns == before


def test_a_revision_that_the_schema_forbids_is_not_written(copied: Project) -> None:
    one = source("population_2025")
    drafts = Drafts(copied)
    drafts.revise(one, official(copied, one).assign(population_2025=0))
    before = (copied.raw / "demographics.csv").read_bytes()
    with pytest.raises(
        Exception, match=r"demographics.csv, line 2, column population_2025: found '0'; expected at least 1"
    ):
        drafts.write()
    assert (copied.raw / "demographics.csv").read_bytes() == before

"""What is said from a list of members: dated, dated by month, or without any date."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pandas as pd
import pytest

from redegov_analysis.cleaning.build import processed
from redegov_analysis.cleaning.membership import read_membership
from redegov_analysis.cleaning.membership.counts import counted_by, held_against
from redegov_analysis.cleaning.membership.standing import Membership
from redegov_analysis.evidence import Evidence
from redegov_analysis.reports.content import list_quality, members, members_where, state_members
from redegov_analysis.reports.text import Text

EN, PT = Text("en"), Text("pt-BR")
DAY = dt.date(2025, 12, 8)
HOSTILE = "<script>alert(1)</script>.csv (2025-12-08)"


def membership(joined: dict[str, tuple[str | None, str]], evidence: Evidence = Evidence.OBSERVED) -> Membership:
    """Return a list of members: code → day of joining (or None) and its precision."""
    rows = []
    for code, (day, precision) in sorted(joined.items()):
        first = pd.Timestamp(day) if day else pd.NaT
        last = {"day": first, "month": first + pd.offsets.MonthEnd(0), "": pd.Timestamp(DAY)}[precision]
        after = first - pd.Timedelta(days=1) if day else pd.NaT
        rows.append((code, first, precision or None, after, last))
    columns = ["ibge_code", "joined_on", "joined_on_precision", "joined_after", "joined_by"]
    frame = pd.DataFrame(rows, columns=columns).astype(
        dict.fromkeys(("joined_on", "joined_after", "joined_by"), "datetime64[us]")
        | {"ibge_code": "str", "joined_on_precision": "str"}
    )
    return Membership(frame, DAY, evidence, HOSTILE)


BY_DAY = {"3550308": ("2021-03-05", "day"), "3509502": ("2023-05-10", "day"), "5300108": ("2022-01-01", "day")}
BY_MONTH = {"3550308": ("2021-03-01", "month"), "3509502": ("2023-05-01", "month")}
UNDATED: dict[str, tuple[str | None, str]] = {"3550308": (None, ""), "3509502": (None, "")}


@pytest.fixture(scope="module")
def towns() -> pd.DataFrame:
    return processed("municipalities")


def test_without_a_list_nothing_is_shown(towns: pd.DataFrame) -> None:
    milestones = processed("milestones")
    assert members.members_statement(None, towns, EN) is None
    assert members.counted_curve(None, milestones, EN) is None
    assert members_where.members_map(None, towns, EN) is None
    assert members_where.members_by(None, towns, "uf", EN) is None
    assert members_where.capitals_table(None, towns, EN) is None
    assert state_members.members_statement(None, towns, "SP", EN) is None
    assert state_members.others_table(None, towns, "SP", EN) is None
    assert list_quality.sum_statement(None, milestones, EN) is None
    assert list_quality.agreement_table([], None, towns, EN) is None


def test_an_undated_list_gives_counts_and_no_curve(towns: pd.DataFrame) -> None:
    listed = membership(dict(UNDATED))
    stated = members.members_statement(listed, towns, EN)
    assert stated is not None
    assert (stated.value, stated.evidence) == (2, Evidence.OBSERVED)
    assert members.counted_curve(listed, processed("milestones"), EN) is None
    assert state_members.members_curve(listed, towns, "SP", EN) is None
    table = state_members.members_table(listed, towns, "SP", EN)
    assert table is not None
    assert set(table.frame["since"]) == {"by 8 Dec 2025"}


def test_a_month_bounds_the_count_and_hides_no_member(towns: pd.DataFrame) -> None:
    listed = membership(dict(BY_MONTH))
    counts = counted_by(listed.members, ["2021-02-28", "2021-03-15", "2021-03-31", "2023-05-31"])
    assert counts[["low", "high"]].to_numpy().tolist() == [[0, 0], [0, 1], [1, 1], [2, 2]]
    figure = members.counted_curve(listed, processed("milestones"), EN)
    assert figure is not None
    assert figure.frame.iloc[-1][["low", "high"]].tolist() == [2, 2]


def test_names_of_files_are_escaped_where_they_are_shown(towns: pd.DataFrame) -> None:
    listed = membership(dict(BY_DAY))
    for item in (
        members.members_statement(listed, towns, EN),
        members_where.capitals_table(listed, towns, EN),
        state_members.members_statement(listed, towns, "SP", EN),
    ):
        assert item is not None
        assert "<script>" not in item.html()
        assert "&lt;script&gt;" in item.html()


def test_brasilia_is_no_capital_of_a_state_and_no_share_of_one(towns: pd.DataFrame) -> None:
    listed = membership(dict(BY_DAY))
    table = members_where.capitals_table(listed, towns, EN)
    assert table is not None
    assert table.caption.startswith("1 of the 26 capitals of states are on the list.")
    assert len(table.frame) == 27
    stated = state_members.members_statement(listed, towns, "DF", EN)
    assert stated is not None
    assert "was on the list" in stated.sentence
    assert state_members.members_curve(listed, towns, "DF", EN) is None


def test_a_list_that_lacks_most_members_contradicts_what_is_published(towns: pd.DataFrame) -> None:
    held = held_against(membership(dict(BY_DAY)))
    totals = held[(held["kind"] == "members") & (held["low"] > 3)]
    assert len(totals) > 5
    assert not totals["agrees"].any()
    stated = list_quality.sum_statement(membership(dict(BY_DAY)), processed("milestones"), EN)
    assert stated is not None
    assert stated.sentence.endswith("The list has too few.")
    counted = members.members_statement(membership(dict(BY_DAY)), towns, EN, milestones=processed("milestones"))
    assert counted is not None
    assert re.search(r"The list is not whole: the totals published allow [\d,]+ at least", counted.sentence)


def test_a_list_that_agrees_with_what_is_published_is_not_doubted(towns: pd.DataFrame) -> None:
    totals = pd.DataFrame(
        {
            "date": [DAY],
            "date_earliest": [DAY],
            "date_latest": [DAY],
            "count_low": [2],
            "count_high": [2],
            "preferred": [True],
        }
    )
    totals[["date", "date_earliest", "date_latest"]] = totals[["date", "date_earliest", "date_latest"]].astype(
        "datetime64[us]"
    )
    for size, said in ((2, ""), (1, "holds more than there were: the totals published allow 1 at most")):
        counted = members.members_statement(
            membership(dict(UNDATED)), towns, EN, milestones=totals.assign(count_low=size, count_high=size)
        )
        assert counted is not None
        assert said in counted.sentence
        assert ("totals published" in counted.sentence) == bool(said)


def test_an_undated_list_leaves_open_what_only_days_could_tell() -> None:
    held = held_against(membership(dict(UNDATED)))
    early = held[(held["kind"] == "members") & (held["day"] < "2022-06-01") & (held["high"] == 0)]
    assert len(early) > 0
    assert early["agrees"].all()
    assert not early["decided"].any()


def test_made_up_members_say_so_in_the_sentence_the_picture_and_the_file(towns: pd.DataFrame) -> None:
    listed = membership(dict(BY_DAY), Evidence.SIMULATED)
    words = "SIMULADO — não são dados reais"
    stated = members.members_statement(listed, towns, PT)
    assert stated is not None
    assert stated.record()["sentence"].startswith(f"{words}: ")
    assert words in stated.html()
    figure = state_members.members_curve(listed, towns, "SP", PT)
    real = state_members.members_curve(membership(dict(BY_DAY)), towns, "SP", PT)
    assert figure is not None
    assert real is not None
    assert figure.picture() != real.picture()
    assert all(line.startswith("simulated,") for line in figure.record()["csv"].splitlines()[1:])
    assert "evidence" not in real.record()["csv"].splitlines()[0]
    assert words not in real.html()


@pytest.mark.parametrize(
    ("precision", "after", "by", "told"),
    [
        ("day", "2021-03-04", "2021-03-05", "5 Mar 2021"),
        ("month", "2021-02-28", "2021-03-31", "March 2021"),
        ("year", "2020-12-31", "2021-12-31", "2021"),
        (None, None, None, "–"),
        (None, None, "2021-03-31", "by 31 Mar 2021"),
        (None, "2020-12-31", "2021-03-31", "after 31 Dec 2020, by 31 Mar 2021"),
    ],
)
def test_a_joining_is_told_as_precisely_as_the_list_tells(
    precision: str | None, after: str | None, by: str | None, told: str
) -> None:
    row = {
        "joined_on": pd.Timestamp("2021-03-05"),
        "joined_on_precision": precision,
        "joined_after": pd.Timestamp(after) if after else pd.NaT,
        "joined_by": pd.Timestamp(by) if by else pd.NaT,
    }
    assert members.joined_written(row, EN) == told


def test_each_published_fact_stands_beside_what_a_short_list_says(tmp_path: Path, towns: pd.DataFrame) -> None:
    path = tmp_path / "lista.csv"
    path.write_text("Município;UF;Data de adesão\nCampinas;SP;10/05/2023\n", encoding="utf-8")
    day = dt.date(2026, 2, 27)
    late = Membership(membership(dict(BY_DAY)).members, day, Evidence.OBSERVED, "lista.csv")
    table = list_quality.agreement_table([("lista.csv", read_membership(path, day))], late, towns, EN)
    assert table is not None
    shown = table.frame.set_index("what")
    assert shown.loc["Municipalities of Alagoas in the network", ["published", "found", "result"]].tolist() == [
        "at least 52", "0", "✗ differs",
    ]  # fmt: skip
    assert "not on the list" in set(shown["found"])

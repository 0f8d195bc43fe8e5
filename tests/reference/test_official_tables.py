"""Our tables against the files of the publishers, where those are at hand, and against IBGE's rule for codes."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from redegov_analysis.data.catalogue import read_table
from redegov_analysis.data.reading import date_from_text, number_from_text, text_from_bytes
from redegov_analysis.data.territory import CHECK_DIGIT_EXCEPTIONS, check_digit
from redegov_analysis.project import Project

ROOT = Path(__file__).resolve().parents[2]
OFFICIAL = ROOT.parent / "shared" / "data" / "official"
HERE = Path(__file__).parent / "data"


def official(name: str) -> str:
    path = OFFICIAL / name
    if not path.exists():
        pytest.skip(f"{name} is not at hand: the publishers' files are not part of the repository")
    return text_from_bytes(path.read_bytes())[0]


def sidra(name: str) -> pd.Series:
    """Values by municipality of a CSV export of SIDRA: titles above, notes below, a decimal comma."""
    rows = csv.reader(official(name).splitlines(), delimiter=";")
    return pd.Series({row[0]: number_from_text(row[2]) for row in rows if len(row) == 3 and len(row[0]) == 7})


def demographics() -> pd.DataFrame:
    return read_table("demographics", Project(ROOT)).set_index("ibge_code")


def test_population_2025_matches_ibge_sidra_6579() -> None:
    published = sidra("ibge_sidra_6579_2025.csv")
    assert len(published) == 5571
    ours = demographics()["population_2025"].reindex(published.index)
    assert ours.tolist() == published.astype(int).tolist()


def test_gdp_2021_keeps_the_national_total_of_ibge_sidra_5938_and_is_revised_for_few() -> None:
    published = sidra("ibge_sidra_5938_pib2021_com_codigo.csv")
    assert len(published) == 5570
    ours = demographics()["gdp_2021_kbrl"].reindex(published.index)
    assert ours.sum() == pytest.approx(published.sum(), rel=1e-9)
    change = (ours / published - 1).abs()
    # The numbers that the catalogue's note gives: the table is the revised series, the export is from before.
    assert int((change > 0.005).sum()) == 148
    assert int((change > 0.05).sum()) == 51
    assert change.idxmax() == "3118007"


def test_every_snc_day_is_one_of_the_list_of_the_ministry_of_culture() -> None:
    rows = csv.reader(official("snc_list_2018.csv").splitlines())
    next(rows)
    found = [date_from_text(row[2]) for row in rows]
    published = {day.date for day in found if day is not None}
    ours = read_table("snc_adhesions", Project(ROOT))["joined_on"].dropna()
    assert len(ours) == 2641
    assert set(ours.dt.date) <= published


def test_check_digit_matches_ibge_and_its_nine_exceptions() -> None:
    with (HERE / "ibge_check_digit_exceptions.csv").open(encoding="utf-8", newline="") as file:
        exceptions = {row["ibge_code"]: int(row["digit_by_rule"]) for row in csv.DictReader(file)}
    assert set(exceptions) == CHECK_DIGIT_EXCEPTIONS
    codes = read_table("municipalities", Project(ROOT))["ibge_code"]
    for code in codes:
        assert check_digit(code) == exceptions.get(code, int(code[6]))

"""Our tables against the files of the publishers, where those are at hand, and against IBGE's rule for codes."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pandas as pd
import pytest

from redegov_analysis.cleaning.municipalities import match_names
from redegov_analysis.data.catalogue import read_table
from redegov_analysis.data.official import (
    Drafts,
    read_areas,
    read_capag,
    read_coastline,
    read_connectivity,
    read_country_borders,
    read_culture_list,
    read_division,
    read_gazette_estimates,
    read_login_list,
    read_neighbours,
    read_sidra_csv,
    read_sidra_xlsx,
    read_source,
    source,
)
from redegov_analysis.data.territory import CHECK_DIGIT_EXCEPTIONS, check_digit
from redegov_analysis.project import Project

ROOT = Path(__file__).resolve().parents[2]
OFFICIAL = Path(os.environ.get("REDEGOV_OFFICIAL_FILES", ROOT.parent / "shared" / "data" / "official"))
HERE = Path(__file__).parent / "data"
NEW_IN_2025 = "5101837"
FORMER_SPELLING = ["2802601", "3105509"]  # Gracho Cardoso, Barão de Monte Alto


def official(name: str) -> bytes:
    path = OFFICIAL / name
    if not path.exists():
        pytest.skip(f"{name} is not at hand: the publishers' files are not part of the repository")
    return path.read_bytes()


def ours(table: str) -> pd.DataFrame:
    return read_table(table, Project(ROOT)).set_index("ibge_code")


def test_municipalities_match_the_territorial_division_of_ibge() -> None:
    found = read_division(official("ibge_dtb_2024_municipios.xls")).set_index("ibge_code")
    assert found.index[found["is_new"]].tolist() == [NEW_IN_2025]
    columns = found.columns.drop("is_new")
    pd.testing.assert_frame_equal(found[columns], ours("municipalities")[list(columns)])


def test_areas_match_ibge_and_two_names_are_older() -> None:
    found = read_areas(official("ibge_areas_2022.xlsx")).set_index("ibge_code")
    table = ours("municipalities")
    assert table.index.difference(found.index).tolist() == [NEW_IN_2025]
    table = table.loc[found.index]
    assert found["area_km2"].tolist() == table["area_km2"].tolist()
    assert found["uf"].tolist() == table["uf"].tolist()
    assert found.index[found["name"] != table["name"]].tolist() == FORMER_SPELLING


def test_neighbours_match_ibge_pair_by_pair() -> None:
    found = read_neighbours(official("ibge_limitrofes_2024.xls"))
    pd.testing.assert_frame_equal(found, read_table("neighbours", Project(ROOT)))


def test_borders_of_brazil_are_read_from_the_other_sheets_of_ibge() -> None:
    content = official("ibge_limitrofes_2024.xls")
    abroad, coast = read_country_borders(content), read_coastline(content)
    assert (len(abroad), abroad["ibge_code"].nunique(), abroad["country"].nunique()) == (130, 120, 10)
    assert len(coast) == 279
    assert set(abroad["ibge_code"]) | set(coast["ibge_code"]) <= set(ours("municipalities").index)


def test_population_2022_matches_ibge_sidra_9514() -> None:
    found = read_sidra_xlsx(official("ibge_sidra_9514_censo2022.xlsx"), table="9514").set_index("ibge_code")["value"]
    assert len(found) == 5570
    assert ours("demographics")["population_2022"].loc[found.index].tolist() == found.tolist()


def test_population_2024_matches_the_gazette() -> None:
    found = read_gazette_estimates(official("ibge_estimativa_dou_2024.xls")).set_index("ibge_code")
    assert set(found["year"]) == {2024}
    assert found["population"].sum() == 212_583_750
    assert found["footnote"].isna().all()
    assert ours("demographics")["population_2024"].loc[found.index].tolist() == found["population"].tolist()
    # Gracho Cardoso, Barão de Monte Alto and Santo Antônio do Leverger keep their former spelling there.
    assert int((found["name"] != ours("municipalities")["name"].loc[found.index]).sum()) == 3


def test_population_2025_matches_ibge_sidra_6579() -> None:
    found = read_sidra_csv(official("ibge_sidra_6579_2025.csv"), table="6579").set_index("ibge_code")
    assert len(found) == 5571
    assert set(found["year"]) == {2025}
    assert ours("demographics")["population_2025"].loc[found.index].tolist() == found["value"].tolist()


def test_gdp_2021_keeps_the_national_total_of_ibge_sidra_5938_and_is_revised_for_few() -> None:
    found = read_sidra_csv(official("ibge_sidra_5938_pib2021_com_codigo.csv"), table="5938").set_index("ibge_code")
    published = found["value"]
    assert len(published) == 5570
    revised = ours("demographics")["gdp_2021_kbrl"].loc[published.index]
    assert revised.sum() == pytest.approx(published.sum(), rel=1e-9)
    change = (revised / published - 1).abs()
    # The numbers that the catalogue's note gives: the table is the revised series, the export is from before.
    assert int((change > 0.005).sum()) == 148
    assert int((change > 0.05).sum()) == 51
    assert change.idxmax() == "3118007"


@pytest.mark.parametrize(("year", "rated"), [(2022, 5323), (2023, 5567)])
def test_ratings_match_the_treasury(year: int, rated: int) -> None:
    found = read_capag(official("capag_2020_2023.xlsx")).query("year == @year").set_index("ibge_code")
    assert len(found) == rated
    table = ours("demographics")[f"capag_{year}"]
    pd.testing.assert_series_equal(table.loc[found.index], found["capag"], check_names=False)
    assert table.drop(found.index).isna().all()


def test_connectivity_matches_anatel_to_four_digits() -> None:
    found = read_connectivity(official("anatel_ibc_2023_bruto.xlsx")).set_index("ibge_code")
    assert set(found["year"]) == {2023}
    table = ours("demographics").loc[found.index]
    assert found["mobile_coverage_share"].round(4).tolist() == table["mobile_coverage_2023"].tolist()
    assert found["fixed_broadband_density"].round(4).tolist() == table["fixed_broadband_density_weighted_2023"].tolist()
    assert found["has_fibre_backhaul"].tolist() == table["has_fibre_backhaul_2023"].tolist()


@pytest.mark.parametrize(("day", "bodies"), [("2021-04-15", 83), ("2022-03-21", 324)])
def test_login_lists_match_sgd(day: str, bodies: int) -> None:
    found = read_login_list(official(f"login_unico_{day}.xlsx"))
    table = read_table("login_adopters", Project(ROOT))
    assert len(found) == bodies
    table = table[table["list_date"] == pd.Timestamp(day)].drop(columns="list_date")
    pd.testing.assert_frame_equal(found, table.reset_index(drop=True))


def test_culture_list_matches_the_ministry_of_culture_once_its_names_are_resolved() -> None:
    listed, states = read_culture_list(official("snc_list_2018.csv"))
    assert (len(listed), len(states)) == (5569, 27)
    # Pará alone had not joined.
    assert states.loc[~states["joined"], "uf"].tolist() == ["PA"]
    assert int(listed["joined"].sum()) == 2641
    assert int((~listed["joined"] & listed["date"].notna()).sum()) == 6
    listed["ibge_code"] = match_names(listed["name"], listed["uf"])["ibge_code"].to_numpy()
    members = listed[listed["joined"]].set_index("ibge_code")["date"].sort_index()
    table = ours("snc_adhesions")["joined_on"].dropna().sort_index()
    pd.testing.assert_series_equal(members, table, check_names=False)


FILES = {
    "dtb_2024": "ibge_dtb_2024_municipios.xls",
    "areas_2022": "ibge_areas_2022.xlsx",
    "neighbours_2024": "ibge_limitrofes_2024.xls",
    "population_2024": "ibge_estimativa_dou_2024.xls",
    "capag": "capag_2020_2023.xlsx",
    "connectivity_2023": "anatel_ibc_2023_bruto.xlsx",
    "login_2021": "login_unico_2021-04-15.xlsx",
    "login_2022": "login_unico_2022-03-21.xlsx",
    "snc_2018": "snc_list_2018.csv",
}


@pytest.mark.parametrize("name", FILES)
def test_fetching_the_publishers_files_would_change_nothing(name: str) -> None:
    reading = read_source(source(name), official(FILES[name]), match_names=match_names)
    drafts = Drafts(Project(ROOT))
    drafts.demand_complete(source(name), reading.frame)
    assert drafts.revise(source(name), reading.frame) == []


def test_check_digit_matches_ibge_and_its_nine_exceptions() -> None:
    with (HERE / "ibge_check_digit_exceptions.csv").open(encoding="utf-8", newline="") as file:
        exceptions = {row["ibge_code"]: int(row["digit_by_rule"]) for row in csv.DictReader(file)}
    assert set(exceptions) == CHECK_DIGIT_EXCEPTIONS
    codes = read_table("municipalities", Project(ROOT))["ibge_code"]
    for code in codes:
        assert check_digit(code) == exceptions.get(code, int(code[6]))

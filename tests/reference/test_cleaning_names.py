"""Names to codes: IBGE's own list in twenty spellings, the aliases, and a list that a ministry really published."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from redegov_analysis.cleaning.gazetteer import gazetteer_from
from redegov_analysis.cleaning.municipalities import match_names
from redegov_analysis.cleaning.states import STATES, parse_state
from redegov_analysis.data.catalogue import read_table
from redegov_analysis.project import find_project

OFFICIAL = Path(__file__).parents[3] / "shared" / "data" / "official"
DATA = Path(__file__).parent / "data"


def _bare(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", name) if unicodedata.category(c) != "Mn")


def _shortened(name: str) -> str:
    for word, short in (
        ("Santo", "Sto."), ("Santa", "Sta."), ("São", "S."), ("Governador", "Gov."), ("Coronel", "Cel."),
        ("Presidente", "Pres."), ("Doutor", "Dr."), ("Nossa Senhora", "N. Sra."), ("Senador", "Sen."),
        ("Deputado", "Dep."), ("Engenheiro", "Eng."), ("Marechal", "Mal."), ("Professor", "Prof."),
    ):  # fmt: skip
        name = re.sub(rf"^{word}\b", short, name)
    return name


def _misread(byte: int) -> str:
    # windows-1252 leaves five bytes undefined; readers pass them through as control characters.
    return bytes([byte]).decode("cp1252", "ignore") or chr(byte)


# The sort of spelling → what becomes of an official name and its state's letters.
SPELLINGS: dict[str, Callable[[str, str], str]] = {
    "as IBGE writes it": lambda name, _: name,
    "upper case without accents": lambda name, _: _bare(name).upper(),
    "lower case": lambda name, _: name.lower(),
    "decomposed accents": lambda name, _: unicodedata.normalize("NFD", name),
    "hyphens as spaces": lambda name, _: name.replace("-", " "),
    "spaces as hyphens": lambda name, _: name.replace(" ", "-"),
    "curly apostrophes": lambda name, _: name.replace("'", "’"),
    "apostrophes lost": lambda name, _: name.replace("'", ""),
    "apostrophes as spaces": lambda name, _: name.replace("'", " "),
    "do Oeste for D'Oeste": lambda name, _: re.sub(r"\bd'(?=oeste)", "do ", name, flags=re.IGNORECASE),
    "small words lost": lambda name, _: re.sub(r"(?<=\s)(?:d[aeo]s?|e)\s", "", name),
    "spaces lost": lambda name, _: name.replace(" ", ""),
    "abbreviations": lambda name, _: _shortened(name),
    "the city hall": lambda name, _: f"PREFEITURA MUNICIPAL DE {name.upper()}",
    "the municipality": lambda name, _: f"Município de {name}",
    "the council": lambda name, _: f"Câmara de Vereadores de {name}",
    "a slash and the state": lambda name, uf: f"{name}/{uf}",
    "a dash and the state": lambda name, uf: f"{_bare(name).upper()} - {uf}",
    "the state's name in brackets": lambda name, uf: f"{name} ({STATES[uf][1]})",
    "UTF-8 read as windows-1252": lambda name, _: "".join(map(_misread, name.encode())),
}


def test_all_official_names_in_upper_case_without_accents_match_ibge() -> None:
    places = read_table("municipalities")
    found = match_names([_bare(name).upper() for name in places["name"]], places["uf"])
    assert len(found) == 5571
    assert found["ibge_code"].tolist() == places["ibge_code"].tolist()
    assert set(found["status"]) == {"exact"}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_twenty_spellings_match_ibge_and_none_matches_wrongly(spelling: str) -> None:
    places = read_table("municipalities")
    written = [SPELLINGS[spelling](name, uf) for name, uf in zip(places["name"], places["uf"], strict=True)]
    found = match_names(written, places["uf"])
    filled = found["ibge_code"].notna()
    wrong = places.loc[filled & (found["ibge_code"] != places["ibge_code"]), "name"]
    assert wrong.tolist() == []
    assert filled.mean() >= 0.999


def test_spellings_that_public_files_use_match_the_lists_of_tse_and_stn() -> None:
    variants = read_table("name_variants")
    found = match_names(variants["variant"], variants["uf"])
    assert found["ibge_code"].tolist() == variants["ibge_code"].tolist()


def test_renamed_and_misspelt_names_match_hand_kept_corrections() -> None:
    cases = pd.read_csv(DATA / "written_names.csv", dtype="str")
    aliases = pd.concat(
        [read_table("name_variants"), pd.read_csv(find_project().raw / "name_aliases.csv", dtype="str")]
    )
    known = gazetteer_from(read_table("municipalities"), aliases)
    found = match_names(cases["written"], cases["uf"], known=known)
    wrong = found["ibge_code"].notna() & (found["ibge_code"] != cases["ibge_code"])
    assert cases.loc[wrong, "written"].tolist() == []
    answered = (found["ibge_code"] == cases["ibge_code"]) | (found["suggestion"] == cases["ibge_code"])
    assert answered.mean() >= 0.95


@pytest.mark.skipif(not OFFICIAL.is_dir(), reason="the publishers' files are not here (../shared/data/official)")
def test_culture_ministrys_list_of_2018_matches_without_a_wrong_code() -> None:
    rows = pd.read_csv(OFFICIAL / "snc_list_2018.csv", dtype="str")
    # States are rows in capitals that open their block.
    state = pd.Series([parse_state(name) if name.isupper() else None for name in rows["ente"]], dtype="str")
    cities = rows.loc[state.isna()].assign(uf=state.ffill())
    found = match_names(cities["ente"], cities["uf"])
    assert not found["ibge_code"].dropna().duplicated().any()
    joined = pd.to_datetime(cities["data_adesao"].str.strip(), format="%d/%m/%Y", errors="coerce")
    written = pd.Series(joined.to_numpy(), index=found["ibge_code"]).dropna()
    expected = read_table("snc_adhesions").set_index("ibge_code")["joined_on"].dropna()
    assert (written.reindex(expected.index) == expected).all()
    assert (found["ibge_code"].notna() | found["suggestion"].notna()).all()
    # Six misspellings are only suggested: an invented name could lie as near ("Limoeira do Ajuru", "Cacimbinha").
    assert found["ibge_code"].notna().mean() >= 0.998

"""Which names are used, which are only suggested, and which are refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.cleaning.gazetteer import gazetteer_from
from redegov_analysis.cleaning.lookup import look_up
from redegov_analysis.cleaning.municipalities import match_names
from redegov_analysis.cleaning.names import match_name
from redegov_analysis.cleaning.readings import readings
from redegov_analysis.errors import ParameterError


@pytest.mark.parametrize(
    ("written", "state", "code"),
    [
        ("Prefeitura Municipal de Açailândia - MA", None, "2100055"),
        ("Prefeitura da Cidade do Rio de Janeiro", None, "3304557"),
        ("CÂMARA DE VEREADORES DO MUNICÍPIO DE LAGES", "Santa Catarina", "4209300"),
        ("Prefeitura Municipal da Estância Balneária de Praia Grande", "SP", "3541000"),
        ("Campo Grande (ex-Augusto Severo)", "RN", "2401305"),
        ("Augusto Severo (atual Campo Grande)", "RN", "2401305"),
        ("ex-Augusto Severo", "RN", "2401305"),
        ("Embu (Embu das Artes)", "SP", "3515004"),
        ("Fortaleza do Tabocão", "TO", "1708254"),
        ("Ererê", "CE", "2304277"),
        ("São Thomé das Letras", "MG", "3165206"),
        ("Dona Eusébia", "MG", "3122900"),
        ("Barão de Monte Alto", "MG", "3105509"),
        ("SÃ£o Paulo", "SP", "3550308"),
        ("Santa\u00a0Bárbara d\u00b4Oeste", "SP", "3545803"),
        ("N. Sra. do Socorro", "SE", "2804805"),
        ("S. José dos Campos", "SP", "3549904"),
        ("D. Pedrito", "RS", "4306601"),
        ("Mojuí dos Campos¹", "PA", "1504752"),
        ("lrani", "SC", "4207809"),
        ("S?o Jo\ufffdo da Boa Vista", "SP", "3549102"),
        ("Aragua?na", "TO", "1702109"),
        ("CarirÃ©", None, "2303105"),
        ("SP - São Paulo", None, "3550308"),
        ("Quinjingue", "BA", "2925907"),
        ("São Francisco de Assis do Pia", "PI", "2209658"),
    ],
)
def test_a_name_is_used_when_only_one_place_can_be_meant(written: str, state: str | None, code: str) -> None:
    found = match_name(written, state)
    assert (found.ibge_code, found.suggestion) == (code, None)
    assert found.status in {"exact", "alias", "fuzzy"}


@pytest.mark.parametrize(
    ("written", "state"),
    [
        ("Chapada do Norte do Sul", "MG"),
        ("Nova Mercedes", "PR"),
        ("São Jonas", "SC"),
        ("Santa Luzia do Norte", "MG"),
        ("Rio Pardo II", "RS"),
        ("Bela Vista do Sul", "MS"),
        ("Vera Cruz do Leste", "PR"),
        ("Ittinga", "MG"),
    ],
)
def test_a_name_that_differs_by_more_than_spelling_is_never_used(written: str, state: str) -> None:
    assert match_name(written, state).ibge_code is None


def test_a_name_of_several_states_is_ambiguous_without_a_state() -> None:
    assert match_name("Bom Jesus").status == "ambiguous"
    assert match_name("Bom Jesus", "PI").ibge_code == "2201903"


def test_an_alias_that_opens_longer_names_is_ambiguous_without_a_state() -> None:
    assert match_name("São Caetano", "PE").ibge_code == "2613107"
    assert match_name("São Caetano").status == "ambiguous"


def test_a_name_of_another_state_only_is_suggested_not_moved() -> None:
    found = match_name("Mercedes", "SP")
    assert (found.ibge_code, found.status, found.suggestion) == (None, "wrong_state", "4115853")
    assert match_name("Três Lagoas/MS", "SP").status == "wrong_state"
    assert match_name("3550308", "RJ").status == "wrong_state"


def test_a_longer_name_of_the_same_state_is_suggested_before_another_state() -> None:
    found = match_name("Santa Rosa", "AC")
    assert (found.ibge_code, found.status, found.suggestion) == (None, "wrong_state", "1200435")


def test_letters_of_a_state_after_a_name_are_not_read_into_it() -> None:
    assert match_name("Itagi/BA", "BA").ibge_code == "2915106"
    assert match_name("Itagi - BA").ibge_code == "2915106"
    assert match_name("Itagibá", "BA").ibge_code == "2915205"


def test_districts_of_brasilia_are_only_suggested() -> None:
    found = match_name("Taguatinga", "DF")
    assert (found.ibge_code, found.suggestion) == (None, "5300108")


def test_a_state_that_does_not_exist_only_suggests() -> None:
    found = match_name("Manaus", "Estado de Manaus")
    assert (found.ibge_code, found.status, found.suggestion) == (None, "unknown", "1302603")


def test_missing_and_empty_cells_are_unknown() -> None:
    found = match_names([None, np.nan, "", "  - "], ["SP", "SP", None, "SP"])
    assert found["status"].tolist() == ["unknown"] * 4
    assert found["ibge_code"].isna().all()


def test_codes_are_read_as_text_integer_and_float() -> None:
    found = match_names(["3550308", 355030, 3550308.0, " 35 50308 ", "03550308", "3550309", "2201919"])
    assert found["ibge_code"].fillna("").tolist() == ["3550308"] * 5 + ["", "2201919"]


def test_a_code_and_a_name_that_disagree_are_ambiguous() -> None:
    assert match_name("3550308 - São Paulo").status == "code"
    found = match_name("3550308 - Campinas")
    assert (found.ibge_code, found.status, found.suggestion) == (None, "ambiguous", "3550308")


def test_states_of_another_length_are_refused() -> None:
    with pytest.raises(ParameterError, match="2 names but 1 state;"):
        match_names(["a", "b"], ["SP"])


def test_sources_that_give_one_name_to_two_places_make_it_ambiguous() -> None:
    places = pd.DataFrame({"ibge_code": ["1600154", "1600055"], "name": ["Pedra Branca", "Serra do Navio"], "uf": "AP"})
    aliases = pd.DataFrame({"ibge_code": ["1600154", "1600055"], "variant": ["Água Branca", "Agua Branca"]})
    known = gazetteer_from(places, aliases)
    found = look_up(readings("AGUA BRANCA"), "AP", known)
    assert found is not None
    assert (found.ibge_code, found.status) == (None, "ambiguous")


def test_matches_keep_the_index_and_the_input() -> None:
    names = pd.Series(["Natal", "Natal"], index=["x", "y"])
    found = match_names(names, pd.Series(["RN", "RN"]))
    assert found.index.tolist() == ["x", "y"]
    assert names.tolist() == ["Natal", "Natal"]
    assert match_names([]).columns.tolist() == ["ibge_code", "status", "suggestion", "score"]


@pytest.mark.parametrize("state", ["DF", None])
def test_a_district_of_brasilia_is_at_most_suggested_to_be_brasilia(state: str | None) -> None:
    found = match_names(["Ceilândia"], [state]).iloc[0]
    assert pd.isna(found["ibge_code"])
    assert (found["status"], found["suggestion"]) == ("unknown", "5300108")

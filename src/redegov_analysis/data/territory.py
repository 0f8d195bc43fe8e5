"""Checks of the territory: who is in the universe, their codes, areas, neighbours, names and shapes."""

from __future__ import annotations

import pandas as pd

from redegov_analysis.data.findings import (
    Finding,
    among,
    counts_by_value,
    finding_on_counts,
    finding_on_rows,
    finding_on_total,
)
from redegov_analysis.data.registry import RawData, check
from redegov_analysis.data.seals import features

# IBGE, Divisão Territorial Brasileira 2024.
MUNICIPALITIES_BY_STATE = {
    "AC": 22, "AL": 102, "AM": 62, "AP": 16, "BA": 417, "CE": 184, "DF": 1, "ES": 78, "GO": 246, "MA": 217, "MG": 853,
    "MS": 79, "MT": 142, "PA": 144, "PB": 223, "PE": 185, "PI": 224, "PR": 399, "RJ": 92, "RN": 167, "RO": 52, "RR": 15,
    "RS": 497, "SC": 295, "SE": 75, "SP": 645, "TO": 139,
}  # fmt: skip
# Official codes whose seventh digit is not the one that the rule gives.
CHECK_DIGIT_EXCEPTIONS = frozenset(
    {"2201919", "2201988", "2202251", "2611533", "3117836", "3152131", "4305871", "5203939", "5203962"}
)
ISLANDS = frozenset({"2605459", "3520400"})  # Fernando de Noronha and Ilhabela border on nobody
NEW_IN_2025 = "5101837"  # Boa Esperança do Norte, installed on 2025-01-01
AREA_KM2 = 8_497_331.9  # IBGE 2022, without the two lagoons that belong to no municipality


def check_digit(code: str) -> int:
    """Return the seventh digit that IBGE's rule gives to the first six of a municipality's code.

    Weights 1, 2, 1, 2, 1, 2; the digits of each product are added; the check digit completes the sum to a multiple
    of ten. Nine official codes break the rule: `CHECK_DIGIT_EXCEPTIONS`.

    >>> check_digit("3550308")
    8
    """
    products = [int(digit) * weight for digit, weight in zip(code[:6], (1, 2, 1, 2, 1, 2), strict=True)]
    return -sum(product // 10 + product % 10 for product in products) % 10


@check("municipalities")
def universe_by_state(data: RawData) -> Finding:
    """Compare the number of entries of each state with the official division."""
    found = counts_by_value(data.table("municipalities")["uf"])
    label = ("Entries of the universe by state", "Entradas do universo por estado")
    return finding_on_counts(label, found, MUNICIPALITIES_BY_STATE)


@check("municipalities")
def code_prefixes(data: RawData) -> Finding:
    """Demand that codes of one state share their first two digits, and those of one region their first."""
    municipalities = data.table("municipalities")
    code = municipalities["ibge_code"]
    states = municipalities["uf"].groupby(code.str[:2]).transform("nunique")
    regions = municipalities["region"].groupby(code.str[:1]).transform("nunique")
    return finding_on_rows(
        municipalities[(states != 1) | (regions != 1)],
        (
            "Every code begins with its state's and region's digits.",
            "Todo código começa com os dígitos de seu estado e região.",
        ),
        ("share their first digits with another state or region", "têm os primeiros dígitos de outro estado ou região"),
    )


@check("municipalities")
def code_check_digit(data: RawData) -> Finding:
    """Demand the right check digit of every code but the nine official exceptions, and the wrong one of those."""
    municipalities = data.table("municipalities")
    code = municipalities["ibge_code"]
    wrong = pd.Series([int(one[6]) != check_digit(one) for one in code], index=municipalities.index)
    return finding_on_rows(
        municipalities[wrong != code.isin(CHECK_DIGIT_EXCEPTIONS)],
        (
            "Every check digit is right but those of the nine official exceptions.",
            "Todo dígito verificador está certo, salvo os das nove exceções oficiais.",
        ),
        (
            "have a wrong check digit and are no official exception, or the reverse",
            "têm dígito verificador errado sem ser exceção oficial, ou o contrário",
        ),
    )


@check("municipalities")
def capitals(data: RawData) -> Finding:
    """Demand one capital in each of the 26 states and in the Federal District."""
    municipalities = data.table("municipalities")
    found = counts_by_value(municipalities[municipalities["is_capital"]]["uf"])
    return finding_on_counts(
        ("Capitals by state", "Capitais por estado"), found, dict.fromkeys(MUNICIPALITIES_BY_STATE, 1)
    )


@check("municipalities")
def national_area(data: RawData) -> Finding:
    """Compare the sum of the areas with the country's, without the two lagoons."""
    area = float(data.table("municipalities")["area_km2"].sum())
    return finding_on_total(("Area", "Área"), area, AREA_KM2, unit="km²", places=1)


@check("neighbours")
def neighbours_once(data: RawData) -> Finding:
    """Demand every pair once, the smaller code first, and nobody beside itself: the relation is then symmetric."""
    neighbours = data.table("neighbours")
    first, second = neighbours["ibge_code_a"], neighbours["ibge_code_b"]
    pair = first.where(first < second, second) + second.where(first < second, first)
    return finding_on_rows(
        neighbours[(first >= second) | pair.duplicated(keep=False)],
        (
            "Every pair of neighbours stands once, the smaller code first.",
            "Cada par de vizinhos consta uma vez, o menor código primeiro.",
        ),
        (
            "stand twice, turned round or beside themselves",
            "repetem um par, estão invertidas ou ligam um município a si mesmo",
        ),
    )


@check("neighbours")
def only_islands_alone(data: RawData) -> Finding:
    """Demand that Fernando de Noronha and Ilhabela, and nobody else, have no neighbour."""
    municipalities, neighbours = data.table("municipalities"), data.table("neighbours")
    paired = pd.concat([neighbours["ibge_code_a"], neighbours["ibge_code_b"]])
    alone = ~among(municipalities["ibge_code"], paired)
    return finding_on_rows(
        municipalities[alone != municipalities["ibge_code"].isin(ISLANDS)],
        (
            "Only the islands Fernando de Noronha (2605459) and Ilhabela (3520400) have no neighbour.",
            "Só as ilhas Fernando de Noronha (2605459) e Ilhabela (3520400) não têm vizinho.",
        ),
        ("have no neighbour though no island, or the reverse", "não têm vizinho sem ser ilha, ou o contrário"),
    )


@check("name_variants", "warning")
def variants_of_official_names(data: RawData) -> Finding:
    """Demand that each variant stands beside the state and the official name of its code."""
    variants = data.table("name_variants")
    known = data.table("municipalities").drop_duplicates("ibge_code").set_index("ibge_code")
    official = known.reindex(variants["ibge_code"]).reset_index()
    same = (official["name"] == variants["official_name"]) & (official["uf"] == variants["uf"])
    return finding_on_rows(
        variants[~same],
        (
            "Every spelling stands beside its code's name and state.",
            "Toda grafia consta com o nome e o estado de seu código.",
        ),
        (
            "stand beside another name or state than their code's",
            "constam com nome ou estado diferente do de seu código",
        ),
    )


@check("municipality_mesh_2015")
def mesh_covers_universe(data: RawData) -> Finding:
    """Demand one polygon for every entry of the universe of before 2025, and none of anybody else."""
    table = data.catalogue.table("municipality_mesh_2015")
    drawn = pd.DataFrame({"ibge_code": [feature.get("id") for feature in features(data.content(table.name), table)]})
    codes = data.table("municipalities")["ibge_code"]
    expected = codes[codes != NEW_IN_2025].to_frame()
    undrawn = expected[~among(expected["ibge_code"], drawn["ibge_code"])]
    strange = drawn[drawn["ibge_code"].duplicated() | ~among(drawn["ibge_code"], expected["ibge_code"])]
    return finding_on_rows(
        pd.concat([undrawn, strange], ignore_index=True),
        (
            "Every entry of the universe of before 2025 is drawn once.",
            "Toda entrada do universo anterior a 2025 está desenhada uma vez.",
        ),
        ("are not drawn, or drawn though unknown or twice", "não estão desenhadas, ou são desconhecidas ou repetidas"),
    )

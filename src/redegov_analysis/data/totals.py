"""Checks of the covariates against national totals and extremes that were published elsewhere."""

from __future__ import annotations

from redegov_analysis.data.findings import (
    Finding,
    among,
    finding_on_counts,
    finding_on_rows,
    finding_on_total,
    number_in_portuguese,
)
from redegov_analysis.data.registry import RawData, check

POPULATION = {"2022": 203_080_756, "2024": 212_583_750, "2025": 213_421_037}  # IBGE: census, estimates, estimates
GDP_MILLION_BRL = {"2021": 9_012_142, "2022": 10_079_676, "2023": 10_943_345}  # IBGE, revised series
INTERNET_PCT = 86.35  # IBGE, census 2022: occupied permanent private households with internet
HDI_LOWEST = ("1504505", 0.418)  # Melgaço; Atlas do Desenvolvimento Humano no Brasil, 2010
HDI_HIGHEST = ("3548807", 0.862)  # São Caetano do Sul


@check("demographics")
def everyone_described(data: RawData) -> Finding:
    """Demand a row of covariates for every entry of the universe."""
    municipalities = data.table("municipalities")
    return finding_on_rows(
        municipalities[~among(municipalities["ibge_code"], data.table("demographics")["ibge_code"])],
        ("Every entry of the universe has its row.", "Toda entrada do universo tem sua linha."),
        ("are in the universe without covariates", "estão no universo sem covariáveis"),
    )


@check("demographics")
def national_population(data: RawData) -> Finding:
    """Compare the sums of the populations with the national totals of IBGE."""
    demographics = data.table("demographics")
    found = {year: int(demographics[f"population_{year}"].sum()) for year in POPULATION}
    return finding_on_counts(("People", "Pessoas"), found, POPULATION)


@check("demographics")
def national_gdp(data: RawData) -> Finding:
    """Compare the sums of the GDP, rounded to million R$, with the national totals of IBGE."""
    demographics = data.table("demographics")
    found = {year: round(float(demographics[f"gdp_{year}_kbrl"].sum()) / 1000) for year in GDP_MILLION_BRL}
    return finding_on_counts(("GDP in million R$", "PIB em milhões de R$"), found, GDP_MILLION_BRL)


@check("demographics")
def national_internet_share(data: RawData) -> Finding:
    """Compare the share of households with internet with the census."""
    demographics = data.table("demographics")
    share = 100 * float(demographics["households_internet_2022"].sum() / demographics["households_2022"].sum())
    label = ("Households with internet in 2022", "Domicílios com internet em 2022")
    return finding_on_total(label, share, INTERNET_PCT, unit="%", places=2)


@check("demographics")
def households_contain_online_ones(data: RawData) -> Finding:
    """Demand that no municipality has more households with internet than households."""
    demographics = data.table("demographics")
    online = demographics["households_internet_2022"]
    return finding_on_rows(
        demographics[(online > demographics["households_2022"]).fillna(False)],
        (
            "Nowhere are there more households online than households.",
            "Em nenhum lugar há mais domicílios conectados que domicílios.",
        ),
        ("have more households online than households", "têm mais domicílios conectados que domicílios"),
    )


@check("demographics")
def hdi_extremes(data: RawData) -> Finding:
    """Demand the known extremes of the human development index of 2010."""
    ranked = data.table("demographics").dropna(subset="hdi_2010").sort_values(["hdi_2010", "ibge_code"])
    ends = ranked.iloc[[0, -1]]
    (low_code, high_code), (low, high) = ends["ibge_code"], ends["hdi_2010"]
    passed = ((low_code, low), (high_code, high)) == (HDI_LOWEST, HDI_HIGHEST)
    return Finding(
        passed,
        f"HDI 2010 runs from {low:.3f} ({low_code}) to {high:.3f} ({high_code}); "
        "expected 0.418 (1504505, Melgaço) to 0.862 (3548807, São Caetano do Sul).",
        f"O IDHM 2010 vai de {number_in_portuguese(low, 3)} ({low_code}) a {number_in_portuguese(high, 3)} "
        f"({high_code}); "
        "esperado de 0,418 (1504505, Melgaço) a 0,862 (3548807, São Caetano do Sul).",
        ranked.iloc[:0] if passed else ends,
    )

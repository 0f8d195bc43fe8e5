"""What each processed table holds: columns in order, types, ranges and keys.

Importing this module loads pandera, which takes a second: only a build does.
"""

from __future__ import annotations

import pandera.pandas as pa

from redegov_analysis.cleaning.demographics import CAPAG_RATINGS, SIZE_CLASSES
from redegov_analysis.cleaning.login import BODY_KINDS, BODY_TYPES
from redegov_analysis.cleaning.names import STATUSES
from redegov_analysis.cleaning.states import STATES

_TEXT, _DAY = "str", "datetime64[us]"
_SIZE = pa.Category(list(SIZE_CLASSES), ordered=True)


def _code(*, unique: bool = False, nullable: bool = False) -> pa.Column:
    return pa.Column(_TEXT, pa.Check.str_matches(r"^[1-5]\d{6}$"), unique=unique, nullable=nullable)


def _text(*values: str, nullable: bool = False) -> pa.Column:
    return pa.Column(_TEXT, pa.Check.isin(values) if values else None, nullable=nullable)


def _number(
    low: float | None = 0, high: float | None = None, *, nullable: bool = True, dtype: str = "float64"
) -> pa.Column:
    checks = [*([] if low is None else [pa.Check.ge(low)]), *([] if high is None else [pa.Check.le(high)])]
    return pa.Column(dtype, checks, nullable=nullable)


def _state() -> pa.Column:
    return _text(*STATES)


def _table(
    columns: dict[str, pa.Column], *, unique: list[str] | None = None, checks: list[pa.Check] | None = None
) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(columns, strict=True, ordered=True, unique=unique, checks=checks)


_MUNICIPALITIES = _table(
    {
        "ibge_code": _code(unique=True),
        "name": _text(),
        "uf": _state(),
        "uf_name": _text(),
        "region": _text("Norte", "Nordeste", "Sudeste", "Sul", "Centro-Oeste"),
        "immediate_region_code": _text(),
        "immediate_region": _text(),
        "intermediate_region_code": _text(),
        "intermediate_region": _text(),
        "metropolitan_region": _text(nullable=True),
        "is_capital": pa.Column("bool"),
        "latitude": _number(-34, 6, nullable=False),
        "longitude": _number(-74, -28, nullable=False),
        "area_km2": _number(1),
        "legal_amazon": pa.Column("boolean", nullable=True),
        "valid_from": pa.Column(_DAY),
        "population_2010": _number(500),
        "population_2022": _number(500),
        "population_2024": _number(500),
        "population_2025": _number(500, nullable=False),
        "size_class": pa.Column(_SIZE),
        "density_2022_km2": _number(),
        "population_growth_2010_2022_pct": _number(-100),
        "gdp_2021_kbrl": _number(),
        "gdp_per_head_2021_brl": _number(),
        "hdi_2010": _number(0, 1),
        "hdi_education_2010": _number(0, 1),
        "hdi_longevity_2010": _number(0, 1),
        "hdi_income_2010": _number(0, 1),
        "gini_2010": _number(0, 1),
        "households_2022": _number(),
        "internet_share_2022": _number(0, 1),
        "urban_share_2010_pct": _number(0, 100),
        "mobile_coverage_2023_share": _number(0, 1),
        "broadband_density_2023": _number(),
        "fibre_2023": pa.Column("boolean", nullable=True),
        "capag_2022": _text(*CAPAG_RATINGS, nullable=True),
        "capag_2023": _text(*CAPAG_RATINGS, nullable=True),
        "revenue_per_head_2022_brl": _number(1),
        "mayor_party_2020": _text(nullable=True),
    }
)

_NEIGHBOURS = _table(
    {"ibge_code_a": _code(), "ibge_code_b": _code(), "border_km": _number(nullable=False)},
    unique=["ibge_code_a", "ibge_code_b"],
    checks=[pa.Check(lambda t: t["ibge_code_a"] < t["ibge_code_b"], error="the smaller code stands first")],
)

_MILESTONES = _table(
    {
        "date": pa.Column(_DAY),
        "date_earliest": pa.Column(_DAY),
        "date_latest": pa.Column(_DAY),
        "municipalities": _number(0, 5571, nullable=False, dtype="int64"),
        "relation": _text("eq", "about", "ge", "gt"),
        "count_low": _number(0, nullable=False, dtype="int64"),
        "count_high": _number(0, nullable=False, dtype="int64"),
        "count_rule": _text(),
        "population_millions": _number(),
        "population_low_millions": _number(),
        "population_high_millions": _number(),
        "population_rule": _text(nullable=True),
        "state_governments": _number(0, 27, dtype="Int64"),
        "capitals": _number(0, 27, dtype="Int64"),
        "preferred": pa.Column("bool"),
        "conflict": _text(nullable=True),
        "universe": _number(5570, 5571, nullable=False, dtype="int64"),
        "publisher": _text(),
        "source_url": _text(),
        "note": _text(nullable=True),
    },
    checks=[
        pa.Check(lambda t: t["count_low"] <= t["count_high"], error="count_low is at most count_high"),
        pa.Check(
            lambda t: (t["date_earliest"] <= t["date"]) & (t["date"] <= t["date_latest"]),
            error="the date lies in its window",
        ),
    ],
)

_LOGIN_ADOPTERS = _table(
    {
        "list_date": pa.Column(_DAY),
        "line": _number(2, nullable=False, dtype="int64"),
        "uf": _state(),
        "entity": _text(),
        "municipality": _text(),
        "body_type": _text(*BODY_TYPES),
        "body_kind": _text(*BODY_KINDS),
        "ibge_code": _code(),
        "match_status": _text(*STATUSES[:4]),
        "same_as_line": _number(2, dtype="Int64"),
        "note": _text(nullable=True),
    },
    unique=["line"],
)

_NFSE = _table(
    {
        "ibge_code": _code(unique=True),
        "joined_on": pa.Column(_DAY, nullable=True),
        "effective_on": pa.Column(_DAY, nullable=True),
        "status": _text("active", "inactive"),
        "active_in_base": pa.Column("bool"),
    }
)

_SNC = _table({"ibge_code": _code(unique=True), "joined_on": pa.Column(_DAY, nullable=True)})

_EVENTS = _table(
    {
        "date": pa.Column(_DAY),
        "date_latest": pa.Column(_DAY),
        "date_precision": _text("day", "month", "year"),
        "date_note": _text(),
        "type": _text(),
        "event": _text(),
        "detail": _text(nullable=True),
        "source_url": _text(nullable=True),
        "note": _text(nullable=True),
    }
)

SCHEMAS: dict[str, pa.DataFrameSchema] = {
    "municipalities": _MUNICIPALITIES,
    "neighbours": _NEIGHBOURS,
    "milestones": _MILESTONES,
    "login_adopters": _LOGIN_ADOPTERS,
    "nfse_adhesions": _NFSE,
    "snc_adhesions": _SNC,
    "programme_events": _EVENTS,
}
"""Processed table → its schema."""

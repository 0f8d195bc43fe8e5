"""Numbers, dates and sentences as the reader's language writes them."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from redegov_analysis.errors import ParameterError
from redegov_analysis.evidence import Evidence
from redegov_analysis.reports.text import LANGUAGES, Text, markdown_blocks

PT, EN = Text("pt-BR"), Text("en")


def test_counts_are_grouped_by_the_locale() -> None:
    assert (PT.integer(2500), EN.integer(2500)) == ("2.500", "2,500")


def test_the_published_share_reads_as_the_ministry_wrote_it() -> None:
    assert PT.percent(2500 / 5570) == "44,9%"


@pytest.mark.parametrize("value", [None, float("nan"), pd.NA])
def test_missing_is_a_dash_and_never_zero(value: object) -> None:
    for written in (PT.integer(value), PT.number(value), PT.percent(value), PT.p_value(value), PT.probability(value)):  # type: ignore[arg-type]
        assert written == "–"


def test_a_negative_number_has_a_minus_sign_and_zero_has_none() -> None:
    assert PT.number(-1234.56, 1) == "−1.234,6"
    assert PT.number(-0.04, 1) == "0,0"
    assert PT.number(0.5, 1, sign=True) == "+0,5"


@pytest.mark.parametrize(("share", "written"), [(1.0, "mais de 99%"), (0.0, "menos de 1%"), (0.5, "50%")])
def test_a_probability_never_claims_certainty(share: float, written: str) -> None:
    assert PT.probability(share) == written


def test_a_date_is_written_out() -> None:
    assert PT.date(date(2025, 12, 8)) == "8 de dezembro de 2025"
    assert PT.date(pd.Timestamp("2025-01-01")) == "1º de janeiro de 2025"
    assert PT.date("2025-12-08", "short") == "08/12/2025"
    assert EN.date(date(2025, 12, 8)) == "8 December 2025"
    assert PT.date(pd.NaT) == "–"


def test_a_small_p_value_is_bounded_rather_than_rounded_to_zero() -> None:
    assert (PT.p_value(1e-9), PT.p_value(0.0123)) == ("< 0,001", "0,012")


def test_an_unknown_language_is_refused_with_the_choices() -> None:
    with pytest.raises(ParameterError, match="pt-BR, en"):
        Text("fr")


def test_markdown_is_translated_block_by_block() -> None:
    assert PT.markdown("## The answer\n\nUnknown words stay.") == "## A resposta\n\nUnknown words stay."
    assert markdown_blocks("a\nb\n\n\nc\n") == ["a\nb", "c"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("evidence", Evidence)
def test_every_kind_of_evidence_has_a_name_and_a_meaning(language: str, evidence: Evidence) -> None:
    t = Text(language)
    assert t.evidence(evidence)
    assert t.evidence_meaning(evidence).endswith(".")


def test_evidence_marks_differ_without_colour() -> None:
    assert len({evidence.mark for evidence in Evidence}) == len(Evidence)

"""Claims about how the published size of the network is told: a bound as a bound, a vague day as one."""

from __future__ import annotations

import pandas as pd
import pytest

from redegov_analysis.cleaning.build import processed
from redegov_analysis.forecast.pace import known_by
from redegov_analysis.reports.content import network, pace, people_reached, state_published
from redegov_analysis.reports.text import Text

T = Text("pt-BR")


@pytest.fixture(scope="module")
def milestones() -> pd.DataFrame:
    return processed("milestones")


@pytest.mark.parametrize(
    ("as_of", "words", "value"),
    [
        ("", "Em 27 de fevereiro de 2026, mais de 2.600 municípios integravam", 2601),
        ("2026-01-31", "Em algum dia entre 9 de dezembro de 2025 e 26 de fevereiro de 2026, 2.556 dos 5.570", 2556),
        ("2025-12-08", "Em 8 de dezembro de 2025, 2.500 dos 5.570 municípios integravam a Rede GOV.BR: 44,9%.", 2500),
        ("2023-08-31", "Em 2 de agosto de 2023, cerca de 350 municípios integravam a Rede GOV.BR: ao menos 345", 345),
    ],
)
def test_the_newest_total_is_told_as_it_was_stated(
    as_of: str, words: str, value: int, milestones: pd.DataFrame
) -> None:
    stated = network.size_statement(known_by(milestones, as_of), T)
    assert stated.sentence.startswith(words)
    assert stated.value == value


def test_the_last_mark_is_told_only_beside_a_newer_bound(milestones: pd.DataFrame) -> None:
    mark = network.mark_statement(milestones, T)
    assert mark is not None
    assert (mark.value, mark.headline) == (2500, False)
    assert network.mark_statement(known_by(milestones, "2025-12-08"), T) is None


def test_what_is_missing_is_at_most_what_the_bound_leaves(milestones: pd.DataFrame) -> None:
    assert network.target_statement(milestones, T).numeral == "no máximo 184"
    assert network.target_statement(known_by(milestones, "2025-12-08"), T).numeral == "285"


def test_a_target_that_is_reached_is_told_as_reached(milestones: pd.DataFrame) -> None:
    grown = milestones.assign(municipalities=milestones["municipalities"] + 1000, relation="eq")
    assert network.target_statement(grown, Text("en")).sentence.startswith(
        "The target of half of all municipalities, 2,785, had been reached by"
    )


def test_the_pace_since_is_a_range_in_the_sentence_and_a_gap_in_the_table(milestones: pd.DataFrame) -> None:
    assert "entre 29 e 75 por mês" in pace.pace_statement(milestones, T).sentence
    assert "entre" not in pace.pace_statement(known_by(milestones, "2025-12-08"), T).sentence
    assert pace.pace_table(milestones, T).frame["per_month"].isna().sum() == 1


def test_before_a_population_is_published_nothing_is_said_of_people(milestones: pd.DataFrame) -> None:
    early, municipalities = known_by(milestones, "2023-08-31"), processed("municipalities")
    assert people_reached.reach_statement(early, municipalities, T) is None
    assert people_reached.population_figure(early, municipalities, T) is None
    assert network.mark_statement(early, T) is None


def test_a_state_s_published_number_is_told_from_its_day_on() -> None:
    municipalities = processed("municipalities")
    told = state_published.published_statement(municipalities, "AL", "", T)
    assert told is not None
    assert told.value == 52
    assert state_published.published_statement(municipalities, "AL", "2026-02-26", T) is None
    assert state_published.published_statement(municipalities, "SE", "", T) is None

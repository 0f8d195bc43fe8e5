from __future__ import annotations

from pathlib import Path

import pytest

from redegov_analysis.errors import ParameterError
from redegov_analysis.reports.jobs import Failure, Job, Outcome, Page, plan
from redegov_analysis.reports.states import STATES

NOTEBOOKS = Path(__file__).resolve().parents[3] / "notebooks"


def test_there_are_27_states_each_on_a_tile_of_its_own() -> None:
    assert len(STATES) == 27
    assert len({(state.row, state.column) for state in STATES.values()}) == 27


def test_the_plan_has_each_national_report_once_and_each_state_once() -> None:
    jobs = plan(NOTEBOOKS, language="pt-BR", as_of="2025-12-08")
    assert [job.state for job in jobs if job.state] == list(STATES)
    assert [job.page for job in jobs if not job.state] == [
        "01_data_quality.html",
        "02_network_overview.html",
        "03_adoption_drivers.html",
        "04_growth_forecast.html",
    ]
    assert {job.parameters["language"] for job in jobs} == {"pt-BR"}


def test_states_asked_for_twice_are_planned_once() -> None:
    jobs = plan(NOTEBOOKS, language="en", as_of="", states=["SP", "MG", "SP"])
    assert [job.page for job in jobs if job.state] == ["states/SP.html", "states/MG.html"]


def test_an_unknown_state_is_refused_before_anything_runs() -> None:
    with pytest.raises(ParameterError, match="no state 'XX'"):
        plan(NOTEBOOKS, language="en", as_of="", states=["XX"])


def test_a_folder_without_notebooks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="no notebooks"):
        plan(tmp_path, language="en", as_of="")


@pytest.mark.parametrize(("kind", "code"), [("cell", 4), ("kernel", 5), ("timeout", 5)])
def test_a_failure_knows_its_exit_code_and_says_where(kind: str, code: int) -> None:
    failure = Failure(kind, "ValueError", "no", cell=3, heading="Growth")  # type: ignore[arg-type]
    error = failure.exception(Job(Path("x.ipynb"), {}, "states/SP.html"))
    assert error.exit_code == code
    assert str(error) == "states/SP, cell 3 (under “Growth”): ValueError: no"


def test_an_outcome_survives_being_written_down() -> None:
    job = Job(Path("x.ipynb"), {"uf": "SP"}, "states/SP.html")
    page = Page("São Paulo", "About", statements=[{"id": "a"}], evidence=["proxy"], sources=["IBGE"])
    outcome = Outcome(job, "made", 1.5, ("states/SP.html",), page, None, ("cell 3",))
    assert Outcome.of_record(job, outcome.record()) == outcome

from __future__ import annotations

from pathlib import Path

import pytest

from redegov_analysis.errors import ParameterError
from redegov_analysis.reports.inputs import Inputs
from redegov_analysis.reports.jobs import Failure, Job, Outcome, Page, plan
from redegov_analysis.reports.municipalities import Place
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


def test_each_municipality_asked_for_is_planned_and_listed_on_its_states_page() -> None:
    wanted = [Place("3518701", "Guarujá", "SP"), Place("1200401", "Rio Branco", "AC")]
    jobs = plan(NOTEBOOKS, language="pt-BR", as_of="2025-12-08", states=["SP"], municipalities=wanted)
    briefs = [job for job in jobs if job.municipality]
    assert [(job.page, job.title) for job in briefs] == [
        ("municipalities/3518701.html", "Guarujá (SP)"),
        ("municipalities/1200401.html", "Rio Branco (AC)"),
    ]
    assert [job.parameters["ibge_code"] for job in briefs] == ["3518701", "1200401"]
    assert not any(job.national for job in briefs)
    profile = next(job for job in jobs if job.state)
    assert list(profile.related) == [("municipalities/3518701.html", "Guarujá")]


def test_a_page_that_lists_other_pages_has_another_key() -> None:
    inputs = Inputs({}, "package", {})
    notebook = NOTEBOOKS / "05_state_profile.ipynb"
    alone = Job(notebook, {"uf": "SP"}, "states/SP.html")
    listing = Job(notebook, {"uf": "SP"}, "states/SP.html", related=[("municipalities/3518701.html", "Guarujá")])
    titled = Job(notebook, {"uf": "SP"}, "states/SP.html", title="São Paulo")
    assert len({inputs.key(job) for job in (alone, listing, titled)}) == 3


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

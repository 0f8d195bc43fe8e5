from pathlib import Path

import pytest

from redegov_analysis.drivers.covariates import DUMMIES, TERMS
from redegov_analysis.errors import ParameterError
from redegov_analysis.project import find_project
from redegov_analysis.reports.content.coefficients import (
    COVARIATE_SETS,
    SNC_COVARIATE_SETS,
    covariate_terms,
    snc_covariate_terms,
)
from redegov_analysis.reports.jobs import Job, plan
from redegov_analysis.reports.parameters import Parameter, read_schema
from redegov_analysis.reports.settings import read_settings


@pytest.fixture(scope="module")
def notebooks() -> Path:
    return find_project().notebooks


def _planned(notebooks: Path, *texts: str) -> dict[str, Job]:
    jobs = plan(notebooks, language="en", as_of="2025-12-08", states=["SP"], settings=read_settings(texts))
    return {job.name: job for job in jobs}


def test_a_setting_reaches_its_notebook_and_no_other(notebooks: Path) -> None:
    plain, changed = _planned(notebooks), _planned(notebooks, "03.covariates=hdi,capital", "04.horizon_months=24")
    assert changed["03_adoption_drivers"].parameters["covariates"] == "hdi,capital"
    assert changed["04_growth_forecast"].parameters["horizon_months"] == 24
    for name in plain.keys() - {"03_adoption_drivers", "04_growth_forecast"}:
        assert changed[name] == plain[name]


def test_a_notebook_is_named_by_its_number_or_in_full(notebooks: Path) -> None:
    one, other = _planned(notebooks, "03.covariates=hdi"), _planned(notebooks, "03_adoption_drivers.covariates=hdi")
    assert one == other


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("covariates=hdi", "not NOTEBOOK.PARAMETER=VALUE"),
        ("03.covariates", "not NOTEBOOK.PARAMETER=VALUE"),
        ("99.covariates=hdi", "no such notebook. There are: 01_data_quality"),
        ("03.covariate=hdi", "03_adoption_drivers.ipynb has covariates"),
        ("03.covariates=size", "Parameter covariates is 'size'; expected one or more of these.*log10_population, "),
        ("03.covariates=hdi,hdi", "none twice"),
        ("03.covariates=", "Parameter covariates is ''"),
        ("03.language=pt-BR", "use --language"),
        ("04.horizon_months=soon", "horizon_months is 'soon'; expected a whole number"),
        ("04.horizon_months=1e9", "expected a whole number"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_before_anything_runs(notebooks: Path, text: str, found: str) -> None:
    with pytest.raises(ParameterError, match=found):
        _planned(notebooks, text)


def test_one_parameter_is_set_once() -> None:
    with pytest.raises(ParameterError, match=r"gives 03\.covariates twice"):
        read_settings(["03.covariates=hdi", "03.covariates=capital"])


def test_values_take_the_type_of_their_parameter(tmp_path: Path) -> None:
    from redegov_analysis.reports.parameters import Schema
    from redegov_analysis.reports.settings import settings_of

    schema = Schema(
        tmp_path / "09_any.ipynb",
        {
            "share": Parameter("share", "number", 0.5, "Share", minimum=0, maximum=1),
            "flag": Parameter("flag", "boolean", False, "Flag"),
        },
    )
    assert settings_of(schema, read_settings(["09.share=0.25", "09.flag=true"])) == {"share": 0.25, "flag": True}
    for text in ("09.share=2", "09.share=nan", "09.flag=yes"):
        with pytest.raises(ParameterError, match="expected"):
            settings_of(schema, read_settings([text]))


def test_the_notebooks_covariates_are_all_that_models_know(notebooks: Path) -> None:
    choices = read_schema(notebooks / "03_adoption_drivers.ipynb").parameters["covariates"].choices
    assert choices == (*COVARIATE_SETS, *TERMS, *DUMMIES)


@pytest.mark.parametrize("name", list(COVARIATE_SETS))
def test_a_set_of_covariates_stands_for_its_terms(name: str) -> None:
    assert covariate_terms(name) == COVARIATE_SETS[name]
    assert snc_covariate_terms(name) == SNC_COVARIATE_SETS[name]


def test_size_is_held_equal_whatever_else_is() -> None:
    assert covariate_terms("hdi,internet_share") == ("log10_population", "hdi", "internet_share")
    assert covariate_terms("size only,hdi") == ("log10_population", "hdi")
    # What was not known before 2012 cannot explain the culture system.
    assert snc_covariate_terms("hdi,internet_share") == ("log10_population_2010", "hdi")
    with pytest.raises(ParameterError, match=r"covariates holds 'size'; it must be made of: main, .*legal_amazon"):
        covariate_terms("size")

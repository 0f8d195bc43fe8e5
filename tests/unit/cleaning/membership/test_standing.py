from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from redegov_analysis import find_project
from redegov_analysis.cleaning.membership import read_membership
from redegov_analysis.cleaning.membership.imports import import_membership, imports
from redegov_analysis.cleaning.membership.prepared import prepare_list
from redegov_analysis.cleaning.membership.standing import Membership, membership_in_force
from redegov_analysis.cli import main
from redegov_analysis.errors import DataError, ParameterError
from redegov_analysis.evidence import Evidence
from redegov_analysis.project import Project

Write = Callable[..., Path]
JUNE, DECEMBER = dt.date(2023, 6, 30), dt.date(2023, 12, 31)
CAMPINAS, SANTOS, BAURU, RIO_BRANCO = "3509502", "3548500", "3506003", "1200401"
DATED = (
    "Município;UF;Data de adesão\nCampinas;SP;05/03/2021\nSantos;SP;março de 2022\nBauru;SP;2020\n"
    "Rio Branco;AC;01/12/2023\n"
)
MADE_UP = "Município;UF;Data de adesão;evidence\nCampinas;SP;05/03/2021;simulated\nSantos;SP;01/04/2022;simulated\n"


@pytest.fixture(scope="module")
def module_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    real = find_project()
    root = tmp_path_factory.mktemp("standing") / "project"
    shutil.copytree(real.raw, root / "data" / "raw", ignore=shutil.ignore_patterns("membership", "official"))
    shutil.copy(real.datapackage, root)
    return Project(root)


@pytest.fixture
def project(module_project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    shutil.rmtree(module_project.raw / "membership", ignore_errors=True)
    shutil.rmtree(module_project.processed / "membership", ignore_errors=True)
    monkeypatch.setenv("REDEGOV_HOME", str(module_project.root))
    return module_project


def call(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    assert isinstance(left.value.code, int)
    return left.value.code


def in_force(project: Project, choice: str = "") -> Membership:
    found = membership_in_force(choice, project)
    assert found is not None
    return found


def day(text: str) -> pd.Timestamp:
    return pd.Timestamp(text)


def test_without_a_list_there_is_no_membership(project: Project) -> None:
    assert membership_in_force("", project) is None
    assert membership_in_force("none", project) is None


def test_an_imported_list_is_in_force_unless_none_is_chosen(write: Write, project: Project) -> None:
    import_membership(write("adesões.csv", DATED), DECEMBER, project=project)
    found = in_force(project)
    assert found.members["ibge_code"].tolist() == [RIO_BRANCO, BAURU, CAMPINAS, SANTOS]
    assert (found.evidence, found.snapshot_date, found.dated) == (Evidence.OBSERVED, DECEMBER, False)
    assert found.source == "adesões.csv (2023-12-31)"
    assert membership_in_force("none", project) is None


def test_the_window_of_a_date_is_as_wide_as_it_is_precise(write: Write, project: Project) -> None:
    import_membership(write("a.csv", DATED), DECEMBER, project=project)
    windows = in_force(project).members.set_index("ibge_code")[["joined_after", "joined_by"]]
    assert windows.loc[CAMPINAS].tolist() == [day("2021-03-04"), day("2021-03-05")]
    assert windows.loc[SANTOS].tolist() == [day("2022-02-28"), day("2022-03-31")]
    assert windows.loc[BAURU].tolist() == [day("2019-12-31"), day("2020-12-31")]


def test_undated_lists_of_two_days_give_the_window_between_them(write: Write, project: Project) -> None:
    import_membership(write("a.csv", "Município;UF\nCampinas;SP\nSantos;SP\n"), JUNE, project=project)
    import_membership(write("b.csv", "Município;UF\nCampinas;SP\nBauru;SP\n"), DECEMBER, project=project)
    found = in_force(project)
    windows = found.members.set_index("ibge_code")[["joined_after", "joined_by"]]
    assert windows.loc[CAMPINAS].tolist() == [pd.NaT, day("2023-06-30")]
    assert windows.loc[BAURU].tolist() == [day("2023-06-30"), day("2023-12-31")]
    assert SANTOS not in windows.index
    assert found.members["joined_on"].isna().all()
    assert not found.dated


def test_known_by_an_earlier_day_keeps_only_who_had_joined_for_certain(write: Write, project: Project) -> None:
    import_membership(write("a.csv", DATED), DECEMBER, project=project)
    found = in_force(project)
    earlier = found.known_by("2022-03-15")
    assert earlier.members["ibge_code"].tolist() == [BAURU, CAMPINAS]
    assert (earlier.snapshot_date, earlier.undecided) == (dt.date(2022, 3, 15), 1)
    assert found.known_by("2022-03-31").members["ibge_code"].tolist() == [BAURU, CAMPINAS, SANTOS]
    assert found.known_by("2030-01-01") is found
    assert found.known_by("") is found


def test_an_undated_list_says_nothing_of_earlier_days(write: Write, project: Project) -> None:
    import_membership(write("a.csv", "Município;UF\nCampinas;SP\nSantos;SP\n"), DECEMBER, project=project)
    earlier = in_force(project).known_by(JUNE)
    assert (len(earlier.members), earlier.undecided) == (0, 2)


def test_a_prepared_list_is_named_by_its_content_and_not_by_its_place(write: Write, project: Project) -> None:
    first, _ = prepare_list(write("one.csv", DATED), DECEMBER, project=project)
    elsewhere = write("one.csv", DATED).parent / "deeper"
    elsewhere.mkdir()
    copy = shutil.copy(write("one.csv", DATED), elsewhere / "one.csv")
    again, _ = prepare_list(copy, DECEMBER, project=project)
    other_day, _ = prepare_list(copy, dt.date(2024, 1, 31), project=project)
    other_answer, _ = prepare_list(copy, DECEMBER, {"date_order": "day"}, project=project)
    assert first == again
    assert len({first, other_day, other_answer}) == 3
    found = in_force(project, first)
    assert found.members["ibge_code"].tolist() == [RIO_BRANCO, BAURU, CAMPINAS, SANTOS]
    assert (found.evidence, found.source) == (Evidence.OBSERVED, "one.csv (2023-12-31)")
    assert membership_in_force("", project) is None


@pytest.mark.parametrize("choice", ["0123456789abcdef", "../../raw", "x", "/etc"])
def test_an_unknown_list_is_refused(choice: str, project: Project) -> None:
    with pytest.raises(ParameterError, match="No list of members was prepared"):
        membership_in_force(choice, project)


def test_a_prepared_list_that_was_changed_is_refused(write: Write, project: Project) -> None:
    choice, _ = prepare_list(write("one.csv", DATED), DECEMBER, project=project)
    (project.processed / "membership" / choice / "original" / "one.csv").write_text(MADE_UP, encoding="utf-8")
    with pytest.raises(DataError, match="was changed"):
        membership_in_force(choice, project)


ROWS = [line.split(";") for line in MADE_UP.splitlines()]
FORMS = {
    "said_in_portuguese.csv": MADE_UP.replace("evidence", "Evidência").replace("simulated", "Simulado"),
    "no_headings.csv": MADE_UP.split("\n", 1)[1],
    "lines.txt": "Campinas/SP – 05/03/2021 – simulado\nSantos/SP – 01/04/2022 – simulado\n",
    "titled.txt": "SIMULADO — não são dados reais\nCampinas/SP\nSantos/SP\n",
    "footed.csv": "Município;UF\nCampinas;SP\nSantos;SP\nSimulated: not real data\n",
}


def test_every_format_carries_the_word_simulated(writer: tuple[str, Callable[..., bytes]], write: Write) -> None:
    name, written = writer
    table = read_membership(write(name, written(ROWS)), DECEMBER)
    assert table.members["ibge_code"].tolist() == [CAMPINAS, SANTOS]
    assert table.evidence is Evidence.SIMULATED


@pytest.mark.parametrize("name", FORMS)
def test_a_list_may_say_in_other_places_that_it_is_simulated(name: str, write: Write) -> None:
    table = read_membership(write(name, FORMS[name]), DECEMBER)
    assert table.members["ibge_code"].tolist() == [CAMPINAS, SANTOS]
    assert table.evidence is Evidence.SIMULATED


def test_a_simulated_list_is_not_imported_and_never_passes_as_observed(
    write: Write, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write("list.csv", MADE_UP)
    with pytest.raises(DataError, match=r"simulated.*redegov run --membership FILE"):
        import_membership(file, DECEMBER, project=project)
    assert call("membership", "import", file, "--snapshot-date", DECEMBER) == 3
    assert imports(project) == []
    choice, _ = prepare_list(file, DECEMBER, project=project)
    assert in_force(project, choice).evidence is Evidence.SIMULATED
    assert in_force(project, choice).known_by(JUNE).evidence is Evidence.SIMULATED
    capsys.readouterr()
    assert call("membership", "inspect", file, "--snapshot-date", DECEMBER) == 0
    assert "SIMULATED" in "\n".join(capsys.readouterr().out.splitlines()[:2])


def test_a_list_of_which_only_some_rows_are_simulated_is_refused(write: Write, project: Project) -> None:
    with pytest.raises(DataError, match=r"2 rows say that they are simulated.*1 does not \(the first on line 4\)"):
        read_membership(write("mixed.csv", f"{MADE_UP}Bauru;SP;01/05/2022;observed\n"), DECEMBER, project=project)


def test_a_real_list_that_speaks_of_simulations_elsewhere_stays_observed(write: Write, project: Project) -> None:
    page = "<h1>Simulado do ENEM</h1><table><tr><th>Município<th>UF</tr><tr><td>Campinas<td>SP</tr></table>"
    assert read_membership(write("p.html", page), DECEMBER, project=project).evidence is Evidence.OBSERVED

"""What the warm parent does once, so that its forks find it done: a first figure, the tables, and what pages share.

Only time is saved by it. A fork that finds nothing here does the work itself and comes to the same result, as ordinary
kernels do.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from redegov_analysis.project import Project
from redegov_analysis.reports.text import Text

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Sheet

KINDS: Final[tuple[Literal["svg"], Literal["png"]]] = ("svg", "png")


def warm_libraries() -> None:
    """Draw a figure of each kind, which takes far longer the first time, and find what can start kernels."""
    from jupyter_client.provisioning.factory import KernelProvisionerFactory

    from redegov_analysis.reports.theme import render

    KernelProvisionerFactory.instance()  # looks through all that is installed
    for kind in KINDS:
        render(_line, narrow=True, heights=(2.0, 2.0), salt="warm", kind=kind)


def warm_page(home: str, as_of: str, language: str) -> None:
    """Read the processed tables and render a page, as every notebook's process does.

    Parameters
    ----------
    home
        Root of the project.
    as_of
        Day up to which published totals are used, as an ISO date.
    language
        The reader's language.
    """
    import nbformat

    from redegov_analysis.cleaning.build import TABLES, processed
    from redegov_analysis.reports.jobs import NOTEBOOKS, Imprint, Job
    from redegov_analysis.reports.pages.render import rendered
    from redegov_analysis.reports.parameters import read_schema

    project = Project(Path(home))
    for name in TABLES:
        processed(name, project)
    path = min(project.notebooks.glob(NOTEBOOKS))
    job = Job(path, read_schema(path).resolve({"language": language}), f"{path.stem}.html")
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    rendered(notebook, job, Text(language), Imprint(as_of, "", ""))


def warm_states(home: str, as_of: str, membership: str = "") -> None:
    """Work out what every state's page begins with.

    Parameters
    ----------
    home
        Root of the project.
    as_of
        Day up to which published totals are used, as an ISO date.
    membership
        The list of members, as the notebooks are given it.
    """
    from redegov_analysis.cleaning.build import processed
    from redegov_analysis.cleaning.membership.standing import membership_in_force
    from redegov_analysis.forecast.pace import known_by
    from redegov_analysis.reports.content.state import estimated_shares
    from redegov_analysis.reports.content.state_growth import states_ahead

    project = Project(Path(home))
    municipalities = processed("municipalities", project)
    milestones = known_by(processed("milestones", project), as_of)
    estimated_shares(
        milestones, municipalities, processed("nfse_adhesions", project), processed("snc_adhesions", project)
    )
    listed = membership_in_force(membership, project)
    states_ahead(listed and listed.known_by(as_of), municipalities, milestones)


def _line(sheet: Sheet, _: bool) -> None:
    axes = sheet.subplots()
    axes.plot([0, 1], [0, 1], label="1")
    axes.legend()

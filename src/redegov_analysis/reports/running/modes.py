"""Cells of a notebook that belong to one mode only: with a list of members, or without one.

A cell tagged `with-list` is for reports that are made with a list of members, one tagged `without-list` for those that
are made without; all other cells are for both. A run leaves the cells of the other mode out before it executes the
notebook, so that no heading stands above nothing. Whoever runs a notebook by hand runs all of its cells: what
`with-list` cells call returns None where there is no list, and so shows nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import nbformat
from nbformat import NotebookNode

from redegov_analysis.cleaning.membership.standing import has_list
from redegov_analysis.project import Project
from redegov_analysis.reports.jobs import Job

WITH_LIST: Final = "with-list"
WITHOUT_LIST: Final = "without-list"


def notebook_for(job: Job, project: Project) -> tuple[NotebookNode, Sequence[int]]:
    """Return a job's notebook without the cells of the other mode, and the numbers of those, counted from 1.

    Raises
    ------
    DataError
        If the lists that were imported cannot be read.
    """
    notebook = nbformat.read(job.notebook, as_version=4)  # type: ignore[no-untyped-call]
    choice = job.parameters.get("membership")
    other = WITHOUT_LIST if choice is not None and has_list(str(choice), project) else WITH_LIST
    dropped = [number for number, cell in enumerate(notebook.cells, 1) if other in cell.metadata.get("tags", [])]
    notebook.cells = [cell for number, cell in enumerate(notebook.cells, 1) if number not in dropped]
    return notebook, dropped


def number_in_whole(number: int, dropped: Sequence[int]) -> int:
    """Return a cell's number in the whole notebook, from its number among the cells that were kept.

    Examples
    --------
    >>> [number_in_whole(number, [2, 3, 6]) for number in (1, 2, 3, 4)]
    [1, 4, 5, 7]
    """
    for place in sorted(dropped):
        if place <= number:
            number += 1
    return number

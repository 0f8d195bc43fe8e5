"""An executed notebook as a site offers it: what it ran and showed, the same bytes whenever and wherever it ran."""

from __future__ import annotations

from copy import deepcopy
from typing import Final

import nbformat
from nbformat import NotebookNode

INJECTED: Final = "injected-parameters"
"""Papermill's tag of the cell with the parameters of this run, to which it gives an id by chance."""

KEPT: Final = ("parameters", "version")
"""What papermill notes that belongs to the result; the rest are times and folders of the machine that ran it."""


def published_notebook(notebook: NotebookNode) -> str:
    """Return an executed notebook as JSON, without times, folders and ids that differ from run to run.

    Parameters
    ----------
    notebook
        As papermill returned it; it stays as it is.

    Examples
    --------
    >>> cell = nbformat.v4.new_code_cell("1", metadata={"papermill": {"duration": 0.1}, "tags": ["x"]})
    >>> "duration" in published_notebook(nbformat.v4.new_notebook(cells=[cell]))
    False
    """
    published = deepcopy(notebook)
    noted = published.metadata.get("papermill", {})
    published.metadata["papermill"] = {name: noted[name] for name in KEPT if name in noted}
    for cell in published.cells:
        for name in ("papermill", "execution"):
            cell.metadata.pop(name, None)
        if INJECTED in cell.metadata.get("tags", []):
            cell["id"] = INJECTED
    return str(nbformat.writes(published)) + "\n"  # type: ignore[no-untyped-call]

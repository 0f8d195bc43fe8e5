"""Where the project's folders are."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from redegov_analysis.errors import ParameterError

MARKER = "datapackage.json"
NAME = "redegov-analysis"


@dataclass(frozen=True)
class Project:
    """The folders of one checkout.

    Attributes
    ----------
    root
        The folder that holds `datapackage.json`.
    """

    root: Path

    @property
    def datapackage(self) -> Path:
        """The description of every raw table."""
        return self.root / MARKER

    @property
    def raw(self) -> Path:
        """Immutable tables and what the user adds."""
        return self.root / "data" / "raw"

    @property
    def processed(self) -> Path:
        """Generated tables, never committed."""
        return self.root / "data" / "processed"

    @property
    def notebooks(self) -> Path:
        """The parameterised notebooks."""
        return self.root / "notebooks"

    @property
    def reports(self) -> Path:
        """Published runs and the link `latest`."""
        return self.root / "reports"


def find_project(start: Path | None = None) -> Project:
    """Return the project that `start` stands in.

    Looks at the environment variable `REDEGOV_HOME`, then at `start` (the working directory unless given) and the
    folders above it, then at the checkout that this module was installed from.

    Raises
    ------
    ParameterError
        If none of them holds the project's `datapackage.json`.
    """
    home = os.environ.get("REDEGOV_HOME")
    if home:
        if not _is_project(Path(home)):
            raise ParameterError(
                "REDEGOV_HOME is {home}, but there is no {marker} of {name} in that folder",
                expected="a checkout of the project",
                remedy="Set REDEGOV_HOME to one, or change into one and unset it.",
                home=home,
                marker=MARKER,
                name=NAME,
            )
        return Project(Path(home).resolve())
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents, Path(__file__).resolve().parents[2]):
        if _is_project(folder):
            return Project(folder)
    raise ParameterError(
        "No {marker} of {name} in {folder} or above it",
        remedy="Change into a checkout of the project or set REDEGOV_HOME to it.",
        marker=MARKER,
        name=NAME,
        folder=here,
    )


def _is_project(folder: Path) -> bool:
    try:
        description = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(description, dict) and description.get("name") == NAME

"""Which municipalities get a page, and what the page is called."""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import dataclass
from typing import Final

from redegov_analysis.errors import ParameterError
from redegov_analysis.project import Project

FOLDER: Final = "municipalities"


@dataclass(frozen=True)
class Place:
    """A municipality that gets a page.

    Attributes
    ----------
    code, name, uf
        IBGE's seven digits, the official name, and the state's letters.
    """

    code: str
    name: str
    uf: str

    @property
    def page(self) -> str:
        """Path of its page inside the site."""
        return f"{FOLDER}/{self.code}.html"

    @property
    def title(self) -> str:
        """Name and state, since names repeat between states."""
        return f"{self.name} ({self.uf})"


def places(wanted: str, on: dt.date, project: Project) -> list[Place]:
    """Return the municipalities that are asked for, by state and name.

    Parameters
    ----------
    wanted
        `none`, `all`, or codes parted by commas.
    on
        The day on which they must exist.
    project
        Whose list of municipalities to look in.

    Raises
    ------
    ParameterError
        If a code is not that of a municipality of the day.

    Examples
    --------
    >>> from redegov_analysis.project import find_project
    >>> [place.title for place in places("3518701", dt.date(2025, 12, 8), find_project())]
    ['Guarujá (SP)']
    """
    if wanted.strip() == "none":
        return []
    from redegov_analysis.cleaning.municipalities import universe  # which imports pandas, and most runs ask for none

    table = universe(on, project=project)
    rows = zip(table["ibge_code"], table["name"], table["uf"], strict=True)
    known = {str(code): Place(str(code), str(name), str(uf)) for code, name, uf in rows}
    if wanted.strip() == "all":
        chosen = list(known.values())
    else:
        codes = list(dict.fromkeys(code.strip() for code in wanted.split(",")))
        for code in codes:
            if code not in known:
                raise ParameterError(
                    "No municipality has the code {code!r} on {on}. Give IBGE codes of seven digits such as "
                    "3518701, parted by commas, or all, or none.",
                    code=code,
                    on=on,
                )
        chosen = [known[code] for code in codes]
    return sorted(chosen, key=lambda place: (place.uf, plain(place.name), place.code))


def plain(name: str) -> str:
    """Return a name as it is sorted: without accents, in small letters, whatever the machine's locale."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()

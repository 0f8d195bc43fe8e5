"""How to cite the analysis, from CITATION.cff: BibTeX, and the Brazilian standard ABNT NBR 6023."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import redegov_analysis
from redegov_analysis.errors import DataError
from redegov_analysis.reports.text import Text

CITATION: Final = "CITATION.cff"

_NOBODY: Final = "redegov-analysis contributors"
_MONTHS: Final = ("jan.", "fev.", "mar.", "abr.", "maio", "jun.", "jul.", "ago.", "set.", "out.", "nov.", "dez.")
_LATEX: Final = {"&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}", "$": r"\$"}


@dataclass(frozen=True)
class Citation:
    """What CITATION.cff says of the package.

    Attributes
    ----------
    title, version
        As the file has them.
    authors
        People as `Silva, Ana`, bodies by their name.
    released
        Day of the release, where the file has one.
    url
        Where the package is found, where the file says so.
    """

    title: str
    authors: tuple[str, ...]
    version: str
    released: date | None
    url: str

    def bibtex(self, vintage: str, site_url: str = "") -> str:
        """Return an entry for BibTeX and biblatex.

        Parameters
        ----------
        vintage
            The day up to which the data speak, as an ISO date.
        site_url
            Where the site stands, if that is known; else the package's address.
        """
        url = site_url or self.url
        fields = {
            "author": " and ".join(_latex(name) if ", " in name else f"{{{_latex(name)}}}" for name in self.authors),
            "title": f"{{{_latex(self.title)}}}",
            "version": _latex(self.version),
            "year": str(self.released.year) if self.released else vintage[:4],
            "note": f"Data up to {vintage}",
            **({"url": url} if url else {}),
        }
        lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
        return f"@software{{redegov_analysis,\n{lines}\n}}"

    def abnt(self, vintage: str, site_url: str = "") -> str:
        """Return a reference as the Brazilian standard NBR 6023 writes one, in Portuguese in either language."""
        url = site_url or self.url
        when = f"{self.released.day} {_MONTHS[self.released.month - 1]} {self.released.year}" if self.released else ""
        place = f" Disponível em: {url}." if url else ""
        upto = Text("pt-BR").date(vintage)
        authors = "; ".join(self.authors).upper()
        return (
            f"{authors}. {self.title}. Versão {self.version}. [S. l.: s. n.], {when or vintage[:4]}. "
            f"Programa de computador e relatórios; dados até {upto}.{place}"
        )


def read_citation(root: Path) -> Citation:
    """Return what a project's CITATION.cff says; the package's own name and version where there is none.

    Raises
    ------
    DataError
        If the file cannot be read or lacks a title.
    """
    import yaml

    path = root / CITATION
    if not path.is_file():
        return Citation("redegov-analysis", (_NOBODY,), redegov_analysis.__version__, None, "")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        released = content.get("date-released")
        return Citation(
            title=str(content["title"]),
            authors=tuple(map(_author, content.get("authors", []))) or (_NOBODY,),
            version=str(content.get("version", redegov_analysis.__version__)),
            released=released if isinstance(released, date) or released is None else date.fromisoformat(str(released)),
            url=_web(content.get("url") or content.get("repository-code") or ""),
        )
    except (OSError, ValueError, KeyError, AttributeError, TypeError, yaml.YAMLError) as error:
        raise DataError(
            "{path} is not a citation file that can be read ({error}). See citation-file-format 1.2.",
            path=path,
            error=error,
        ) from error


def _author(author: Mapping[str, Any]) -> str:
    if "name" in author:
        return str(author["name"])
    return f"{author['family-names']}, {author.get('given-names', '')}".rstrip(", ")


def _latex(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in text)


def _web(url: str) -> str:
    """Return an address only if it is one of the web."""
    return str(url) if str(url).startswith(("https://", "http://")) else ""

"""The frame that all pages share: templates, style, security policy and foot.

Everything put into a template is escaped unless it is marked as safe. A page holds all that it needs.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from redegov_analysis.errors import PublishError
from redegov_analysis.evidence import Evidence
from redegov_analysis.reports.jobs import Failure, Imprint, Job
from redegov_analysis.reports.text import Text
from redegov_analysis.reports.watermark import WORDS

TEMPLATES: Final = Path(str(files("redegov_analysis.reports.pages") / "templates"))
FONTS: Final = Path(str(files("redegov_analysis.reports") / "fonts"))
SECURITY_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'"
)
_TYPEFACE: Final = "Source Sans 3"


def failure_page(job: Job, failure: Failure, t: Text, imprint: Imprint) -> str:
    """Return the page that says which cell of a notebook failed, and why."""
    return template("failure.html.j2").render(job=job, failure=failure, **layout(t, job.page, imprint, []))


def layout(t: Text, page: str, imprint: Imprint, evidence: Sequence[Evidence]) -> dict[str, Any]:
    """Return what every page's frame needs: language, style, way home, and the foot."""
    simulated = Evidence.SIMULATED in evidence
    return {
        "t": t,
        "home": "../" * page.count("/"),
        "style": Markup(_style()),
        "security_policy": SECURITY_POLICY,
        "imprint": imprint,
        "evidence": evidence,
        "simulated": simulated,
        "simulated_words": WORDS,
        "simulated_title": f"{t(WORDS)} · " if simulated else "",
    }


def template(name: str) -> Template:
    """Return one of the package's templates, with everything that is put into it escaped."""
    return _environment().get_template(name)


def typeface() -> str:
    """Return the name of the typeface that each page carries, after making sure that its files are there.

    Raises
    ------
    PublishError
        If a file is missing, or is not a whole font.
    """
    _style()
    return _TYPEFACE


def woff2(path: Path) -> bytes:
    """Return the content of a web font, after making sure that it is one and whole.

    Parameters
    ----------
    path
        Path of a WOFF2 file.

    Returns
    -------
    bytes
        Its content.

    Raises
    ------
    PublishError
        If the file is missing, is no WOFF2, or has another length than its header says (W3C, WOFF 2.0, section 4.1).
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise PublishError("{filename} is missing. Install the package again.", filename=path) from error
    if content[:4] != b"wOF2" or int.from_bytes(content[8:12], "big") != len(content):
        raise PublishError(
            "{filename} is not a whole font in WOFF2", remedy="Install the package again.", filename=path
        )
    return content


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return strict(Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True))


def strict(environment: Environment) -> Environment:
    """Make an environment escape everything, and refuse names that nobody gave."""
    environment.autoescape = True
    environment.undefined = StrictUndefined
    environment.trim_blocks = True
    environment.lstrip_blocks = True
    return environment


@lru_cache(maxsize=1)
def _style() -> str:
    """Return the style sheet with the two weights of the typeface inside it."""
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    faces = ""
    for weight, name in ((400, "Regular"), (600, "SemiBold")):
        content = woff2(FONTS / f"SourceSans3-{name}.woff2")
        faces += (
            f'@font-face{{font-family:"{_TYPEFACE}";font-weight:{weight};font-display:block;'
            f'src:url(data:font/woff2;base64,{base64.b64encode(content).decode()}) format("woff2")}}\n'
        )
    return faces + style

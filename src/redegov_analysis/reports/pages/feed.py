"""A feed of the runs, so that readers learn of a new one: Atom (RFC 4287)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID, uuid5
from xml.etree import ElementTree

from redegov_analysis.errors import ParameterError
from redegov_analysis.reports.pages.changes import CHANGES, summary
from redegov_analysis.reports.text import Text
from redegov_analysis.reports.watermark import marked_sentence

FEED: Final = "feed.xml"

_ATOM: Final = "http://www.w3.org/2005/Atom"
_NAMESPACE: Final = UUID("6f7f3f0e-6c1e-5c55-9d0e-2f6c1c3f7a10")


def feed(
    runs: Sequence[Mapping[str, Any]],
    records: Sequence[Mapping[str, Any]],
    t: Text,
    *,
    site_url: str = "",
    simulated: bool = False,
) -> bytes:
    """Return the feed of the runs that the site remembers, the newest first.

    Parameters
    ----------
    runs
        The manifest's `runs`.
    records
        From `changes.change_records`: what each of them changed.
    t
        The reader's language.
    site_url
        Where the site will stand, ending in a slash. Without it, links are relative to the feed's own place.
    simulated
        Whether the site holds made-up numbers; its title says so.

    Returns
    -------
    bytes
        An Atom document in UTF-8. Ids are URNs that depend on the run alone: an entry keeps its id for good.
    """
    told = {record["run_id"]: record for record in records}
    root = ElementTree.Element("feed", {"xmlns": _ATOM, "xml:lang": t.language})
    title = t("Rede GOV.BR: adoption by municipalities")
    _add(root, "title", marked_sentence(title, t) if simulated else title)
    _add(root, "subtitle", t("Each run of the analysis, and what it changed"))
    _add(root, "id", _urn(f"feed {site_url}"))
    _add(root, "updated", _moment(runs[0]["ended"]))
    _add(root, "link", rel="self", type="application/atom+xml", href=f"{site_url}{FEED}")
    _add(root, "link", rel="alternate", type="text/html", href=f"{site_url}index.html")
    _add(_add(root, "author"), "name", "redegov-analysis contributors")
    _add(root, "rights", "CC BY 4.0")
    for run in runs:
        record = told.get(run["run_id"])
        entry = _add(root, "entry")
        when = t("Run of {date}, {time} UTC", date=t.date(run["ended"]), time=run["ended"][11:16])
        _add(entry, "title", when)
        _add(entry, "id", _urn(f"run {run['run_id']}"))
        _add(entry, "updated", _moment(run["ended"]))
        anchor = f"#run-{run['run_id']}" if record else ""
        _add(entry, "link", rel="alternate", type="text/html", href=f"{site_url}{CHANGES}{anchor}")
        said = summary(record, t) if record else t("Made again; no number changed.")
        upto = t("Data up to {date}", date=t.date(run["vintage"]))
        _add(entry, "summary", f"{said} {upto}.", type="text")
    ElementTree.indent(root, " ")
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def checked_url(url: str) -> str:
    """Return the address of a site with a slash at its end; nothing stays nothing.

    Raises
    ------
    ParameterError
        If it is not an address that begins with http:// or https://.

    Examples
    --------
    >>> checked_url("https://example.org/redegov"), checked_url("")
    ('https://example.org/redegov/', '')
    """
    if not url:
        return ""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
        raise ParameterError("{url!r} is not the address of a site, such as https://example.org/redegov/.", url=url)
    return url if url.endswith("/") else f"{url}/"


def _add(parent: ElementTree.Element, name: str, text: str | None = None, **attributes: str) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, name, attributes)
    element.text = text
    return element


def _urn(name: str) -> str:
    return f"urn:uuid:{uuid5(_NAMESPACE, name)}"


def _moment(iso: str) -> str:
    return iso.replace("+00:00", "Z")

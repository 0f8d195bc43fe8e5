"""The feed holds to RFC 4287, and an entry keeps its id for good."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

import pytest

from redegov_analysis.errors import ParameterError
from redegov_analysis.reports.pages.feed import checked_url, feed
from redegov_analysis.reports.text import Text

ATOM = "{http://www.w3.org/2005/Atom}"
T = Text("pt-BR")
RUNS = [
    {"run_id": "20261124T1-b", "ended": "2026-11-24T10:00:00+00:00", "vintage": "2025-12-08", "pages": 31},
    {"run_id": "20261117T1-a", "ended": "2026-11-17T10:00:00+00:00", "vintage": "2025-12-08", "pages": 31},
]
NOTHING: dict[str, Any] = {"totals": [], "statements": [], "items": [], "tables": [], "pages": [], "edition": []}
RECORDS = [{"run_id": "20261117T1-a", "made_on": "2026-11-17T09:00:00+00:00", "first": True, "since": None, **NOTHING}]


def _parsed(content: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(content)


def _one(element: ElementTree.Element, name: str) -> str:
    (found,) = element.findall(ATOM + name)
    assert found.text
    return found.text


@pytest.mark.parametrize("site_url", ["", "https://example.org/redegov/"])
def test_feed_and_entries_have_what_the_standard_demands(site_url: str) -> None:
    root = _parsed(feed(RUNS, RECORDS, T, site_url=site_url))
    assert root.tag == f"{ATOM}feed"
    assert _one(root.find(f"{ATOM}author") or root, "name")
    entries = root.findall(f"{ATOM}entry")
    assert len(entries) == 2
    for element in (root, *entries):
        assert _one(element, "title")
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", _one(element, "id"))
        moment = datetime.fromisoformat(_one(element, "updated"))
        assert moment.tzinfo is not None
    (own,) = [link for link in root.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert own.get("href") == f"{site_url}feed.xml"
    for entry in entries:
        (link,) = entry.findall(f"{ATOM}link")
        assert (link.get("href") or "").startswith(f"{site_url}changes.html")
        assert _one(entry, "summary")
    assert _one(root, "updated") == "2026-11-24T10:00:00Z"


def test_an_entry_keeps_its_id_when_runs_are_added() -> None:
    def ids(runs: list[dict[str, Any]]) -> list[str]:
        return [_one(entry, "id") for entry in _parsed(feed(runs, RECORDS, T)).findall(f"{ATOM}entry")]

    assert ids(RUNS)[1:] == ids(RUNS[1:])
    assert len(set(ids(RUNS))) == 2


def test_a_run_that_changed_something_links_to_what_it_changed() -> None:
    first, second = _parsed(feed(RUNS, RECORDS, T)).findall(f"{ATOM}entry")
    assert [link.get("href") for link in first.findall(f"{ATOM}link")] == ["changes.html"]
    assert [link.get("href") for link in second.findall(f"{ATOM}link")] == ["changes.html#run-20261117T1-a"]
    assert "nenhum número mudou" in _one(first, "summary")


def test_text_is_escaped() -> None:
    hostile = [{**RUNS[0], "run_id": '"><script>alert(1)</script>'}]
    content = feed(hostile, [{**RECORDS[0], "run_id": hostile[0]["run_id"]}], T)
    assert b"<script" not in content
    assert len(_parsed(content)) > 0


@pytest.mark.parametrize("url", ["example.org", "javascript:alert(1)", "file:///etc", "https://", "https://x.org/?q"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ParameterError, match="not the address of a site"):
        checked_url(url)

"""What is new since the run before: published totals, forecasts, other numbers, data.

A run is held against the site that it replaces. A run that brings nothing new repeats what the last one that did has
told, so that the page stays the same, byte for byte.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from redegov_analysis.evidence import Evidence
from redegov_analysis.reports.jobs import Imprint, Outcome, Page
from redegov_analysis.reports.pages.frame import layout, template
from redegov_analysis.reports.pages.ledger import changed_tables, changed_totals, compared, kept_ledger, rows_of_csv
from redegov_analysis.reports.text import Text

CHANGES: Final = "changes.html"
RECORD: Final = "data/changes.json"

MUNICIPALITIES: Final = "municipalities"
"""Folder of the pages of single municipalities: of what changed in them only the number of rows is told."""

_PARTS: Final = ("totals", "statements", "items", "tables", "pages", "edition")
_VALUES: Final = ("value", "low", "high")
_KEPT_OF_STATEMENT: Final = ("value", "low", "high", "level", "unit", "sentence", "numeral")


def change_records(
    outcomes: Sequence[Outcome],
    site: Path,
    ledger: Mapping[str, Any],
    *,
    run_id: str,
    made_on: str,
    edition: Mapping[str, str],
    before: Mapping[str, Any] | None,
    latest: Path,
    keep: int,
) -> list[dict[str, Any]]:
    """Return what each run that brought something new has changed, newest first.

    Parameters
    ----------
    outcomes, site
        What the run made, and the folder that holds its data.
    ledger
        From `ledger.read_ledger`.
    run_id, made_on
        Name of the run and the time at which it ended, as ISO 8601.
    edition
        `language`, `vintage` and `version` of the site.
    before, latest
        Manifest and folder of the site that it replaces, where there is one.
    keep
        Records to keep.

    Returns
    -------
    list of dict
        Each with `run_id`, `made_on`, `first` (nothing to compare with), `since` (when the run before was made),
        `totals`, `statements` (with `before` and `now`), `items`, `tables`, `pages` and `edition`.
    """
    base = {"run_id": run_id, "made_on": made_on}
    nothing: dict[str, Any] = {part: [] for part in _PARTS}
    if before is None:
        return [{**base, "first": True, "since": None, **nothing}]
    earlier = kept_records(latest)
    old_ledger = kept_ledger(latest)
    found = {
        "totals": changed_totals(old_ledger, ledger) if old_ledger else [],
        "statements": _changed_statements(outcomes, before),
        "items": _changed_items(outcomes, site, latest, before) if before["language"] == edition["language"] else [],
        "tables": changed_tables(old_ledger, ledger) if old_ledger else [],
        "pages": _changed_pages(outcomes, before),
        "edition": [
            {"name": name, "before": old, "now": edition[name]}
            for name, old in (
                ("vintage", before["vintage"]),
                ("version", before["package"]["version"]),
                ("language", before["language"]),
            )
            if old != edition[name]
        ],
    }
    if earlier and not any(found.values()):
        return earlier[:keep]
    return [{**base, "first": False, "since": before["ended"], **found}, *earlier][:keep]


def kept_records(site: Path) -> list[dict[str, Any]]:
    """Return the records that a site keeps."""
    try:
        content = json.loads((site / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return content if isinstance(content, list) else []


def records_text(records: Sequence[Mapping[str, Any]]) -> str:
    """Return records as they stand in the site."""
    return json.dumps(records, indent=1, ensure_ascii=False) + "\n"


def changes_page(
    records: Sequence[Mapping[str, Any]], outcomes: Sequence[Outcome], site: Path, t: Text, imprint: Imprint
) -> str:
    """Return the page that tells what is new.

    Parameters
    ----------
    records
        From `change_records`.
    outcomes, site
        What there is to link to.
    t
        The reader's language.
    imprint
        For the foot of the page.
    """
    kinds = {Evidence(one["evidence"]) for record in records for one in record["statements"]}
    return template("changes.html.j2").render(
        runs=[_shown(record, t) for record in records],
        there=_places(outcomes, site),
        **layout(t, CHANGES, imprint, [kind for kind in Evidence if kind in kinds]),
    )


def summary(record: Mapping[str, Any], t: Text) -> str:
    """Return what a run has changed in one sentence."""
    if record["first"]:
        return t("First run: there is nothing to compare it with.")
    forecasts = sum(one["evidence"] == Evidence.ESTIMATED for one in record["statements"])
    counts = {
        t("published totals: {count}", count=t.integer(len(record["totals"]))): len(record["totals"]),
        t("forecasts and estimates: {count}", count=t.integer(forecasts)): forecasts,
        t("other numbers: {count}", count=t.integer(len(record["statements"]) - forecasts)): len(record["statements"])
        - forecasts,
        t("tables of data: {count}", count=t.integer(len(record["tables"]))): len(record["tables"]),
        t("pages: {count}", count=t.integer(len(record["pages"]))): len(record["pages"]),
    }
    said = [text for text, count in counts.items() if count]
    return t("New or changed: {list}.", list=t.listing(said)) if said else t("The text or the methods changed.")


def _shown(record: Mapping[str, Any], t: Text) -> dict[str, Any]:
    statements = [{**one, "kind": Evidence(one["evidence"]), **_written(one, t)} for one in record["statements"]]
    return {
        **record,
        "summary": summary(record, t),
        "forecasts": [one for one in statements if one["kind"] is Evidence.ESTIMATED],
        "numbers": [one for one in statements if one["kind"] is not Evidence.ESTIMATED],
    }


def _places(outcomes: Sequence[Outcome], site: Path) -> set[str]:
    """Return the items that a link can lead to."""
    return {
        f"{outcome.job.page}#item-{name}"
        for outcome in outcomes
        if outcome.page
        for name in (
            *(one["id"] for one in outcome.page.statements),
            *(path.stem for path in (site / "data" / outcome.job.name).glob("*.csv")),
        )
    }


def _written(one: Mapping[str, Any], t: Text) -> dict[str, str]:
    """Return the numbers of a statement before and now, with their intervals."""
    return {f"{when}_text": _value(one[when], t) if one[when] else "–" for when in ("before", "now")}


def _value(stated: Mapping[str, Any], t: Text) -> str:
    unit = stated["unit"] or ""
    if stated["value"] is None:
        return stated["numeral"] or "–"
    text = _number(stated["value"], unit, t)
    if stated["low"] is None or stated["high"] is None:
        return text
    low, high = _number(stated["low"], unit, t), _number(stated["high"], unit, t)
    interval = t("{low} to {high}", low=low, high=high)
    if stated["level"] is None:
        return f"{text} ({interval})"
    return t(
        "{value} ({interval}, {level} interval)", value=text, interval=interval, level=t.percent(stated["level"], 0)
    )


def _number(value: float | str, unit: str, t: Text) -> str:
    if isinstance(value, str):
        return value
    if unit == "probability":
        return t.probability(value)
    if unit.startswith("share"):
        return t.percent(value)
    if unit == "people" and abs(value) >= 1e6:
        return t("{people} million", people=t.number(value / 1e6, 1))
    if unit.startswith(("municipalities per", "odds", "logit", "area", "Moran")) or abs(value) < 10:
        return t.number(value, 2 if abs(value) < 10 else 1)
    return t.integer(value)


def _changed_pages(outcomes: Sequence[Outcome], before: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the pages that are new or gone; of those of municipalities, which may be thousands, how many."""
    old = {f"{job['name']}.html": job["page"]["title"] for job in before["jobs"]}
    new = {outcome.job.page: outcome.page.title for outcome in outcomes if outcome.page}
    found: list[dict[str, Any]] = []
    for change, one, other in (("added", new, old), ("removed", old, new)):
        pages = [page for page in one if page not in other]
        found += [{"change": change, "page": page, "title": one[page]} for page in pages if not _of_many(page)]
        if many := sum(map(_of_many, pages)):
            found.append({"change": change, "page": None, "title": None, "count": many})
    return found


def _of_many(page: str) -> bool:
    return page.startswith(f"{MUNICIPALITIES}/")


def _changed_statements(outcomes: Sequence[Outcome], before: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the statements of pages in both runs whose numbers are not as they were, and those new or gone."""
    old = {job["name"]: Page(**job["page"]) for job in before["jobs"]}
    found = []
    for outcome in outcomes:
        if outcome.page is None or outcome.job.name not in old or outcome.status == "reused":
            continue
        if _of_many(outcome.job.page):
            continue
        was = {one["id"]: one for one in old[outcome.job.name].statements}
        now = {one["id"]: one for one in outcome.page.statements}
        for name in [*now, *(name for name in was if name not in now)]:
            if not _differ(was.get(name), now.get(name)):
                continue
            found.append(
                {
                    "page": outcome.job.page,
                    "title": outcome.page.title,
                    "id": name,
                    "evidence": (now.get(name) or was[name])["evidence"],
                    "before": _kept(was.get(name)),
                    "now": _kept(now.get(name)),
                }
            )
    return found


def _differ(was: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> bool:
    if was is None or now is None:
        return True
    return any(was[name] != now[name] for name in (*_VALUES, "evidence"))


def _kept(statement: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return {name: statement[name] for name in _KEPT_OF_STATEMENT} if statement else None


def _changed_items(
    outcomes: Sequence[Outcome], site: Path, latest: Path, before: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the data of figures and tables that changed; one line per item where many pages have it."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for outcome, name in _remade(outcomes, before):
        now, was = (site / name).read_text(encoding="utf-8"), _read(latest / name)
        if was is None or now == was:
            continue
        counts = compared(rows_of_csv(was), rows_of_csv(now))
        key = (outcome.job.notebook.stem, Path(name).stem)
        about = json.loads((site / name).with_suffix(".json").read_text(encoding="utf-8"))
        line = found.setdefault(
            key, {"notebook": key[0], "id": key[1], "title": about["title"], "page": outcome.job.page, "pages": 0}
            | dict.fromkeys(counts, 0)
        )  # fmt: skip
        line["pages"] += 1
        for change, count in counts.items():
            line[change] += count
    return list(found.values())


def _remade(outcomes: Sequence[Outcome], before: Mapping[str, Any]) -> Iterator[tuple[Outcome, str]]:
    names = {job["name"] for job in before["jobs"]}
    for outcome in outcomes:
        if outcome.status == "made" and outcome.job.name in names:
            yield from ((outcome, name) for name in outcome.files if name.endswith(".csv"))


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return None

"""A site that already says why it is out of date is not marked again; where there is none, nothing is."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from redegov_analysis.errors import DataError
from redegov_analysis.reports.site.manifest import FORMAT, MANIFEST
from redegov_analysis.reports.site.outdated import Reason, mark_outdated, telling_of_data

REASON = Reason("data", "milestones.csv is wrong.")


def made(reports: Path, **more: object) -> dict[str, object]:
    (reports / "run").mkdir()
    content = {"format": FORMAT, "options": {"language": "en"}, "outputs": {}, **more}
    (reports / "run" / MANIFEST).write_text(json.dumps(content))
    (reports / "latest").symlink_to("run")
    return content


def test_the_same_reason_is_told_once(tmp_path: Path) -> None:
    made(tmp_path, outdated={"since": "2026-11-24T10:00:00+00:00", "reason": asdict(REASON)})
    assert mark_outdated(tmp_path, REASON) is None
    with pytest.raises(DataError), telling_of_data(tmp_path, tmp_path):
        raise DataError("milestones.csv is wrong.")
    assert (tmp_path / "latest").resolve().name == "run"


def test_where_there_is_no_site_wrong_data_are_told_all_the_same(tmp_path: Path) -> None:
    assert mark_outdated(tmp_path, REASON) is None
    with pytest.raises(DataError, match="wrong"), telling_of_data(tmp_path, tmp_path):
        raise DataError("milestones.csv is wrong.")
    assert list(tmp_path.iterdir()) == []

"""Claims about `redegov forecast --states`: from an imported list, adding up, and refused without one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from redegov_analysis.cleaning.build import processed
from redegov_analysis.cli import main
from redegov_analysis.project import find_project


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert isinstance(left.value.code, int)
    return left.value.code


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    here = find_project()
    shutil.copytree(here.raw, tmp_path / "data" / "raw")
    shutil.copytree(here.processed, tmp_path / "data" / "processed", ignore=shutil.ignore_patterns("membership*"))
    for name in ("datapackage.json", "requirements.lock"):
        shutil.copy(here.root / name, tmp_path / name)
    monkeypatch.setenv("REDEGOV_HOME", str(tmp_path))
    return tmp_path


def test_states_need_a_list_and_then_add_up(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(home / "data" / "raw" / "membership", ignore_errors=True)
    assert call("forecast", "--until", "2025-12-31", "--exclude-after", "2024-12-31", "--states") == 3
    assert "no list was imported" in capsys.readouterr().err
    listed = processed("nfse_adhesions")
    listed = listed.loc[listed["joined_on"] <= "2024-12-31", ["ibge_code", "joined_on"]]
    listed.to_csv(home / "list.csv", index=False)
    assert call("membership", "import", str(home / "list.csv"), "--snapshot-date", "2024-12-31") == 0
    capsys.readouterr()
    options = ("forecast", "--until", "2025-12-31", "--exclude-after", "2024-12-31", "--states")
    assert call(*options, "--json") == 0
    content = json.loads(capsys.readouterr().out)["states"]
    assert len(content["states"]) == 27
    assert content["evidence"] == "observed"
    assert sum(row["members"] for row in content["states"]) == content["nation"]["members"] == len(listed)
    for row in content["states"]:
        assert row["members"] <= row["quantiles"][0] <= row["quantiles"][-1] <= row["municipalities"]
        assert 0 <= row["half_is_in"] <= 1
    assert call(*options) == 0
    told = capsys.readouterr().out
    assert f"The states add up to {content['nation']['quantiles'][3]:,.0f}" in told
    assert "list.csv" in told

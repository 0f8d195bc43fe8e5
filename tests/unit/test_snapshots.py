"""The mechanism behind every snapshot can fail, and is renewed only when it is told to."""

from __future__ import annotations

from pathlib import Path

import pytest

import snapshots
from snapshots import RENEW, assert_snapshot


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(snapshots, "FOLDER", tmp_path)
    monkeypatch.delenv(RENEW, raising=False)
    return tmp_path


def test_a_text_nobody_has_looked_at_fails(folder: Path) -> None:
    with pytest.raises(AssertionError, match="does not exist"):
        assert_snapshot("messages/new", "text")
    assert not list(folder.iterdir())


def test_a_changed_text_fails_and_shows_both(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RENEW, "1")
    assert_snapshot("messages/known", "one\ntwo\n")
    monkeypatch.delenv(RENEW)
    assert_snapshot("messages/known", "one\ntwo\n")
    with pytest.raises(AssertionError, match=r"(?s)-two.*\+three"):
        assert_snapshot("messages/known", "one\nthree\n")
    with pytest.raises(AssertionError, match="no longer says"):
        assert_snapshot("messages/known", "one\r\ntwo\n")


@pytest.mark.parametrize("name", ["../outside", "/absolute", "", "with space"])
def test_a_snapshot_stays_in_its_folder(folder: Path, name: str) -> None:
    with pytest.raises(AssertionError, match="no name"):
        assert_snapshot(name, "text")

from __future__ import annotations

import subprocess
import sys
import tempfile
from datetime import datetime, tzinfo
from pathlib import Path

import pytest

import redegov_analysis.reports.site.publishing
from redegov_analysis.data.writing import write_anew
from redegov_analysis.errors import PublishError
from redegov_analysis.reports.site.publishing import (
    keep_failed,
    new_incoming,
    new_run_id,
    prune,
    publish,
    publishing,
    share,
)

HOLD = """
import sys
from pathlib import Path
from redegov_analysis.reports.site.publishing import publishing
with publishing(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def put_site(reports: Path, run_id: str, text: str = "x") -> Path:
    incoming = new_incoming(reports, run_id)
    site = incoming / "site"
    (site / "data").mkdir(parents=True)
    (site / "index.html").write_text(text)
    (site / "manifest.json").write_text("{}")
    place = publish(site, reports, run_id)
    incoming.rmdir()
    return place


def test_latest_is_the_new_site_and_the_old_one_stays(tmp_path: Path) -> None:
    put_site(tmp_path, "a", "old")
    place = put_site(tmp_path, "b", "new")
    assert (tmp_path / "latest" / "index.html").read_text() == "new"
    assert (tmp_path / "latest").resolve() == place
    assert (tmp_path / "a" / "index.html").read_text() == "old"


def test_an_overlapping_run_is_refused_and_a_killed_one_holds_nothing(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(PublishError, match=f"Another run \\(process {holder.pid}\\)"), publishing(tmp_path):
            pass
        holder.kill()
        holder.wait()
        with publishing(tmp_path):
            pass


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path) -> None:
    (new_incoming(tmp_path, "a") / "half.html").write_text("<p>")
    new_incoming(tmp_path, "b")
    assert [path.name for path in tmp_path.iterdir()] == [".incoming-b"]


def test_a_place_that_cannot_be_written_is_a_publishing_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PublishError, match="stays as it was"), publishing(tmp_path / "file" / "reports"):
        pass


def test_a_disk_that_refuses_midway_is_a_publishing_error(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="No space left on device"), publishing(tmp_path):
        Path("/dev/full").write_text("x")


def test_pruning_keeps_the_newest_runs_and_always_what_latest_shows(tmp_path: Path) -> None:
    for run_id in ("c", "a", "b", "d"):
        put_site(tmp_path, run_id)
    link = tmp_path / "latest"
    link.unlink()
    link.symlink_to("a")
    for run_id in ("e", "f", "g"):
        kept = new_incoming(tmp_path, run_id)
        (kept / "01.html").write_text("failed")
        keep_failed(kept, tmp_path, run_id)
    prune(tmp_path, keep=2)
    assert {path.name for path in tmp_path.iterdir()} == {"a", "c", "d", "latest", "failed"}
    assert {path.name for path in (tmp_path / "failed").iterdir()} == {"f", "g"}


def test_a_file_that_runs_share_is_never_written_into(tmp_path: Path) -> None:
    old, new = tmp_path / "old" / "page.html", tmp_path / "new" / "states" / "page.html"
    write_anew(old, "old")
    share(old, new)
    assert new.stat().st_ino == old.stat().st_ino
    write_anew(new, "new")
    assert (old.read_text(), new.read_text()) == ("old", "new")
    share(old, new)
    assert new.read_text() == "old"


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no second file system to share a file with")
def test_where_no_link_is_possible_a_file_is_copied(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as elsewhere:
        write_anew(Path(elsewhere) / "page.html", "old")
        share(Path(elsewhere) / "page.html", tmp_path / "page.html")
        if Path(elsewhere).stat().st_dev != tmp_path.stat().st_dev:
            assert (tmp_path / "page.html").stat().st_nlink == 1
    assert (tmp_path / "page.html").read_text() == "old"


def test_two_runs_of_the_same_second_get_different_names(tmp_path: Path) -> None:
    first = new_run_id(tmp_path, "0123456789")
    (tmp_path / first).mkdir()
    assert new_run_id(tmp_path, "0123456789") != first


def test_runs_of_one_moment_have_names_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Noon(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime(2026, 11, 24, 12, tzinfo=tz)

    monkeypatch.setattr(redegov_analysis.reports.site.publishing, "datetime", Noon)
    first = new_run_id(tmp_path, "0123456789")
    (tmp_path / first).mkdir()
    (tmp_path / "failed" / f"{first}-2").mkdir(parents=True)
    assert new_run_id(tmp_path, "0123456789") == f"{first}-3"

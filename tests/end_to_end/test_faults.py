"""What a machine can do to a run: the right exit code, a message that helps, and nothing lost."""

from __future__ import annotations

import fcntl
import os
import re
import select
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from interruptions import SmallProject
from redegov_analysis.reports.site.manifest import damage

AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    """A project, on a path with spaces and accents, with a published site of one notebook."""
    made = SmallProject(tmp_path_factory.mktemp("faults") / "São João d'Aliança")
    made.write("01_one", "None")
    run = made.call("run", "--no-fork")
    assert run.returncode == 0, run.stderr
    return made


@pytest.fixture
def unchanged(project: SmallProject) -> Iterator[None]:
    """Hold the site that stands against what it was before the test."""
    before = (project.latest.resolve(), project.pages())
    yield
    assert (project.latest.resolve(), project.pages()) == before
    assert damage(project.latest) == []


@contextmanager
def mounted(place: Path, *options: str) -> Iterator[Path]:
    """Mount a file system in memory at a place, where this user may."""
    place.mkdir(exist_ok=True)
    if not AS_ROOT or subprocess.run(["mount", "-t", "tmpfs", *options, "tmpfs", place], check=False).returncode:
        pytest.skip("this user may not mount a file system")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


@contextmanager
def changed(path: Path, change: Callable[[Path], object]) -> Iterator[None]:
    """Change a file for a while."""
    kept = path.with_name(f".kept-{path.name}")
    shutil.copy2(path, kept)
    try:
        change(path)
        yield
    finally:
        kept.replace(path)


def _fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)


def test_a_full_disk_is_exit_6_keeps_the_site_and_the_next_run_succeeds(project: SmallProject, tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "-o", "size=6m") as disk:
        first = project.call("run", "--no-fork", "--output", disk)
        assert first.returncode == 0, first.stderr
        latest = (disk / "latest").resolve()
        ballast = disk / "ballast"
        with pytest.raises(OSError, match="No space left"):
            _fill(ballast)
        run = project.call("run", "--no-fork", "--force", "--output", disk)
        assert run.returncode == 6, run.stderr
        assert "No space left on device" in run.stderr
        assert "stays as it was" in run.stderr
        assert "--output" in run.stderr
        assert ((disk / "latest").resolve(), damage(latest)) == (latest, [])
        ballast.unlink()
        assert project.call("run", "--no-fork", "--force", "--output", disk).returncode == 0
        assert damage((disk / "latest").resolve()) == []
        assert not list(disk.glob(".incoming*"))


def test_a_disk_that_fills_while_a_notebook_is_written_is_exit_6_too(project: SmallProject, tmp_path: Path) -> None:
    big = "from IPython.display import HTML\nHTML('x' * 4_000_000)"
    project.write("02_big", big)
    try:
        with mounted(tmp_path / "disk", "-o", "size=3m") as disk:
            run = project.call("run", "--no-fork", "--workers", "1", "--output", disk)
            assert not (disk / "latest").exists()
    finally:
        for path in (project.root / "notebooks").glob("02_big*"):
            path.unlink()
    assert run.returncode == 6, run.stderr
    assert "No space left on device" in run.stderr


def test_a_folder_that_is_read_only_is_exit_6(project: SmallProject, tmp_path: Path) -> None:
    if AS_ROOT:
        with mounted(tmp_path / "disk", "-o", "ro") as disk:
            run = project.call("run", "--output", disk)
    else:
        (tmp_path / "disk").mkdir(mode=0o555)
        run = project.call("run", "--output", tmp_path / "disk")
    assert run.returncode == 6
    assert re.search("Read-only file system|Permission denied", run.stderr)
    assert "--output" in run.stderr


@pytest.mark.usefixtures("unchanged")
def test_an_output_that_is_a_file_is_refused_and_the_file_stays(project: SmallProject, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("precious")
    run = project.call("run", "--output", tmp_path / "file")
    assert run.returncode in {2, 6}
    assert "file" in run.stderr
    assert (tmp_path / "file").read_text() == "precious"


@pytest.mark.usefixtures("unchanged")
def test_a_run_beside_another_is_refused_and_says_who_holds_the_folder(project: SmallProject) -> None:
    with (project.reports / ".lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        run = project.call("run", "--force")
    assert run.returncode == 6
    assert f"(process {os.getpid()})" in run.stderr
    assert "Wait for it to end" in run.stderr


@pytest.mark.usefixtures("unchanged")
def test_a_lock_that_a_crashed_run_left_holds_nobody_up(project: SmallProject) -> None:
    (project.reports / ".lock").write_text("999999999\n")
    run = project.call("run")
    assert (run.returncode, run.stdout.splitlines()[0][:22]) == (0, "Reused 1 of 1 page, ma")


def test_a_missing_table_is_exit_3_and_names_the_file(project: SmallProject) -> None:
    before = project.pages()
    table = project.root / "data" / "raw" / "demographics.csv"
    with changed(table, Path.unlink):
        run = project.call("run")
    assert run.returncode == 3
    assert "demographics.csv" in run.stderr
    assert "Traceback" not in run.stderr
    assert project.pages() == before
    assert damage(project.latest) == []


def test_an_output_through_a_link_on_another_file_system_is_published_there(
    project: SmallProject, tmp_path: Path
) -> None:
    with mounted(tmp_path / "other", "-o", "size=20m") as other:
        link = tmp_path / "ligação"
        link.symlink_to(other, target_is_directory=True)
        # A bare environment in a plain locale, as cron has it, and nobody who reads what is printed.
        environment = {
            name: text
            for name, text in project.environment(LC_ALL="C", LANG=None, HOME=None).items()
            if name in {"REDEGOV_HOME", "LC_ALL", "PATH", "PYTHONPATH", "OMP_NUM_THREADS"}
        }
        read_end, write_end = os.pipe()
        os.close(read_end)
        run = subprocess.run(
            project.command("run", "--no-fork", "--output", link),
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=write_end,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            check=False,
        )
        os.close(write_end)
        assert "Traceback" not in run.stderr
        assert damage((other / "latest").resolve()) == []
        assert project.pages()["01_one.html"] == (other / "latest" / "01_one.html").read_bytes()
        assert link.is_symlink()


def test_a_temporary_folder_that_is_read_only_is_told_of_or_done_without(project: SmallProject, tmp_path: Path) -> None:
    if not AS_ROOT:
        pytest.skip("this user may not mount a file system")
    with mounted(tmp_path / "tmp", "-o", "ro") as temporary:
        run = project.call("run", "--force", "--no-fork", environment=project.environment(TMPDIR=str(temporary)))
    assert "Traceback" not in run.stderr
    assert run.returncode == 0, run.stderr


def test_a_clock_that_went_back_neither_hides_the_new_site_nor_prunes_it(project: SmallProject) -> None:
    future = project.reports / "20991231T000000.000000Z-ffffffff"
    shutil.copytree(project.latest.resolve(), future)
    before = project.latest.resolve()
    run = project.call("run", "--force", "--no-fork", "--keep", "1")
    assert run.returncode == 0, run.stderr
    assert project.latest.resolve() not in {future, before}
    assert damage(project.latest) == []
    shutil.rmtree(future, ignore_errors=True)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at a pseudo-terminal as Linux has it")
def test_a_terminal_sees_a_bar_with_the_time_left_and_a_log_sees_a_line_per_page(project: SmallProject) -> None:
    import pty

    plain = project.call("run", "--force", "--no-fork")
    assert re.search(r"^\[1/1\] 01_one in \d+\.\d s$", plain.stderr, re.M)
    assert "\x1b" not in plain.stderr
    owner, terminal = pty.openpty()
    seen = bytearray()
    with subprocess.Popen(
        project.command("run", "--force", "--no-fork"),
        env=project.environment(TERM="xterm-256color", COLUMNS="120", NO_COLOR=None),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=terminal,
    ) as run:
        os.close(terminal)
        while select.select([owner], [], [], 200.0)[0]:
            try:
                seen += os.read(owner, 4096)
            except OSError:  # the other end is closed
                break
        assert run.wait(timeout=60) == 0
    os.close(owner)
    assert b"\x1b[" in seen
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode(errors="replace"))
    assert "Running notebooks" in shown
    assert re.search(r"0/1 \d:\d\d:\d\d left (\d|-)", shown)
    assert not re.search(r"\[1/1\] 01_one in", shown)

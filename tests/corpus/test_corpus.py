"""Every bad file of the corpus through the command line: told in plain words, in time, with the right exit code."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from corpus.make_corpus import Case, cases, put
from redegov_analysis.cleaning.build import build
from redegov_analysis.cli import main
from redegov_analysis.project import Project

ROOT = Path(__file__).resolve().parents[2]
CASES = cases()
IN_A_PROCESS = {
    "empty.csv", "formulas.csv", "deep_lists.json", "huge_integer.json", "deep_tables.html", "billion_laughs.xlsx",
    "bomb.xlsx", "password.xls", "pipe.csv", "$(touch x);.csv",
}  # fmt: skip
TOLD = [case for case in CASES if case.said]
KEPT = [case for case in CASES if case.members and case.name != "another_network.csv"]
"""What import takes; it wants the question answered that inspect shows beside the other network's list."""
LONGEST_SECONDS = 10
_COUNTED = re.compile(r"([\d,]+) rows?: ([\d,]+) members?, .*? ([\d,]+) rejected")


def _printable(text: str) -> bool:
    """Return whether nothing in it moves a terminal's cursor, colours it or turns its direction."""
    return all(sign.isprintable() or sign == "\n" for sign in text)


def _told(case: Case, code: int, out: str, err: str) -> None:
    told = f"{case.name}: exit code {code}\n{out[-2000:]}\n{err[-2000:]}"
    assert "Traceback" not in out + err, told
    assert code == case.code, told
    if case.members is None:
        assert err.startswith("Error: "), told
        assert case.said in err, told
        assert _printable(err), told
        assert len(err) < 3000, told
        return
    assert case.said in out, told
    assert _printable(out), told
    found = _COUNTED.search(out)
    assert found is not None, told
    assert (int(found[2]), int(found[3])) == (case.members, case.rejected), told


def _arguments(path: Path) -> list[str]:
    return ["membership", "inspect", "--snapshot-date", "2025-12-31", "--", str(path)]


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.setenv(name, "C")


def test_the_corpus_is_large_and_the_same_each_time() -> None:
    assert len(CASES) >= 120
    again = {case.name: case.content for case in cases()}
    assert all(again[case.name] == case.content for case in CASES if isinstance(case.content, bytes))


def test_every_file_of_the_corpus_is_run_and_every_refusal_has_its_words() -> None:
    assert {case.name for case in [*TOLD, *KEPT]} == {case.name for case in CASES}
    assert all(case.said for case in CASES if case.members is None)


@pytest.mark.parametrize("case", TOLD, ids=lambda case: ascii(case.name))
def test_a_bad_file_is_told_in_plain_words(case: Case, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = put(case, tmp_path)
    begun = time.process_time()
    with pytest.raises(SystemExit) as left:
        main(_arguments(path))
    assert time.process_time() - begun < LONGEST_SECONDS
    said = capfd.readouterr()
    _told(case, int(left.value.code or 0), said.out, said.err)


def test_what_is_accepted_is_kept_with_every_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert len(KEPT) >= 60
    home, given = tmp_path / "home", tmp_path / "given"
    given.mkdir()
    (home / "data" / "raw").mkdir(parents=True)
    shutil.copy(ROOT / "datapackage.json", home)
    for path in (ROOT / "data" / "raw").glob("*.*"):
        shutil.copy(path, home / "data" / "raw")
    build(Project(ROOT))
    (home / "data" / "processed").mkdir()
    for path in (ROOT / "data" / "processed").glob("*.*"):
        shutil.copy(path, home / "data" / "processed")
    monkeypatch.setenv("REDEGOV_HOME", str(home))
    for case in KEPT:
        # With the first day given, the list is not held against the published totals as well.
        options = ["--snapshot-date", "2025-12-31", "--from", "2019-04-04", "--replace"]
        with pytest.raises(SystemExit) as left:
            main(["membership", "import", *options, "--", str(put(case, given))])
        said = capfd.readouterr()
        told = f"{case.name}: {said.out}{said.err}"
        assert left.value.code in (0, None), told
        found = _COUNTED.search(said.out)
        assert found is not None, told
        assert (int(found[2]), int(found[3])) == (case.members, case.rejected), told
        assert len(pd.read_parquet(home / "data" / "processed" / "membership_members.parquet")) == case.members, told
        kept = [path.read_bytes() for path in (home / "data" / "raw" / "membership").iterdir()]
        assert (given / case.name).read_bytes() in kept, told


@pytest.mark.parametrize("case", [case for case in CASES if case.name in IN_A_PROCESS], ids=lambda case: case.name)
def test_a_bad_file_ends_the_real_command_as_documented(case: Case, tmp_path: Path) -> None:
    path = put(case, tmp_path)
    command = [str(Path(sys.executable).with_name("redegov")), *_arguments(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    _told(case, done.returncode, done.stdout, done.stderr)
    assert {found.name for found in tmp_path.iterdir()} <= {case.name}, "inspect writes nothing"

"""Two whole sites made under other threads, workers, locales, time zones and hashes, compared file by file; by hand.

    nice python tests/numerical/two_sites.py FOLDER [options of redegov run, such as --states SP,AC]

It makes each in a clone of the last commit, from nothing (some minutes), prints every file that differs, and ends with
1 if one differs beyond what tells runs apart. Locales are those of LOCPATH, or else made with `localedef` where that is
there. The result stands in docs/benchmarks.md.
"""

from __future__ import annotations

import filecmp
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACES = (
    {"LC_ALL": "C", "TZ": "America/Sao_Paulo", "PYTHONHASHSEED": "0", "threads": "1", "workers": "1"},
    {"LC_ALL": "pt_BR.UTF-8", "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1", "threads": "2", "workers": "2"},
)
TELL_RUNS_APART = {
    "manifest.json": "the run's id, times and seconds, and the checksums of the files below",
    "provenance.json": "the same, as W3C PROV",
    "feed.xml": "when the run ended",
    "changes.html": "which run brought the news, when there was no site before",
    "data/changes.json": "the same",
}


def made(folder: Path, place: dict[str, str], options: list[str]) -> Path:
    """Return a site made in a project of its own, which shares nothing with the other but the package."""
    home = folder / "project"
    subprocess.run(["git", "clone", "--quiet", str(folder.parent / "source"), str(home)], check=True)
    locales = folder / "locales"
    locales.mkdir()
    if shutil.which("localedef"):
        subprocess.run(["localedef", "-i", "pt_BR", "-f", "UTF-8", str(locales / "pt_BR.UTF-8")], check=False)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}
    environment |= {name: place[name] for name in ("LC_ALL", "TZ", "PYTHONHASHSEED")}
    environment |= {f"{name}_NUM_THREADS": place["threads"] for name in ("OMP", "OPENBLAS", "MKL")}
    environment |= {
        "LOCPATH": os.environ.get("LOCPATH", str(locales)),
        "REDEGOV_HOME": str(home),
        "PYTHONPATH": str(home / "src"),
    }
    redegov = str(Path(sys.executable).with_name("redegov"))
    subprocess.run([redegov, "run", "--workers", place["workers"], *options], env=environment, check=True)
    return (home / "reports" / "latest").resolve()


def different(one: Path, other: Path) -> list[str]:
    """Return the files of two sites that are not the same bytes, or are in one of them alone."""
    names = [{path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()} for site in (one, other)]
    _, unequal, unread = filecmp.cmpfiles(one, other, sorted(names[0] & names[1]), shallow=False)
    return sorted({*unequal, *unread, *(names[0] ^ names[1])})


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("Give an empty folder, and options of redegov run if you wish.")
    here = Path(sys.argv[1]).resolve()
    sites = []
    # Both are made of the same commit, even if another comes meanwhile.
    subprocess.run(["git", "clone", "--quiet", "--bare", str(ROOT), str(here / "source")], check=True)
    for number, where in enumerate(PLACES):
        (here / str(number)).mkdir(parents=True)
        sites.append(made(here / str(number), where, sys.argv[2:]))
    found = different(*sites)
    files = sum(path.is_file() for path in sites[0].rglob("*"))
    print(f"{files} files; {len(found)} differ: {', '.join(found)}")
    sys.exit(1 if set(found) - set(TELL_RUNS_APART) else 0)

"""Say how many of the package's branches and lines the suite covered, by module; `make coverage` ends with it.

coverage.py's own total mixes lines with branches; the bar is for branches alone.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

LEAST = 95.0


def main(report: str) -> int:
    """Print the figures of a report written by `coverage json`; return whether they miss the bar."""
    found = json.loads(Path(report).read_text(encoding="utf-8"))
    for name, one in sorted(found["files"].items()):
        missed = [f"{line} to {_place(target)}" for line, target in one["missing_branches"]]
        if missed:
            print(f"{name}: {', '.join(missed)}")
    totals = found["totals"]
    covered, branches = totals["covered_branches"], totals["num_branches"]
    share = 100 * covered / branches
    print(f"Branches: {covered:,} of {branches:,}, {share:.1f} % (at least {LEAST:g} % are due)")
    print(f"Lines: {totals['covered_lines']:,} of {totals['num_statements']:,}")
    return int(share < LEAST)


def _place(target: int) -> str:
    return "the end" if target < 0 else str(target)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

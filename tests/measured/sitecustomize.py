"""On the path of every process, but only while `make coverage` measures: kernels write down what they ran.

A notebook's kernel ends by SIGKILL as soon as its last cell is done, too abruptly for coverage.py to save. Here it
saves after each cell instead, before the cell counts as done.
"""

from __future__ import annotations

import os
import sys


def _save_after_each_cell() -> None:
    shells = sys.modules.get("IPython.core.interactiveshell")
    if shells is None:
        return
    shells.InteractiveShell.init_events = _with_saving(shells.InteractiveShell.init_events)


def _with_saving(init_events):  # type: ignore[no-untyped-def]
    def initialised(shell):  # type: ignore[no-untyped-def]
        init_events(shell)
        shell.events.register("post_run_cell", _save)

    return initialised


def _save(result: object) -> None:
    from coverage import Coverage

    measuring = Coverage.current()
    if measuring is not None:
        measuring.save()


if "COVERAGE_PROCESS_CONFIG" in os.environ:
    os.register_at_fork(after_in_child=_save_after_each_cell)

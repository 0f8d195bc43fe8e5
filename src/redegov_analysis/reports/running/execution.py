"""One notebook, run by papermill in a process of its own and turned into its page.

papermill alone is not enough: it takes a dead kernel's cell for completed and `sys.exit(0)` for success, and it lets a
cell that never ran pass. Here each of these is a failure, told with the cell, the heading above it and the log.
"""

from __future__ import annotations

import json
import logging
import math
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill import execute_notebook
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import remove_error_markers

from redegov_analysis.errors import NotebookError
from redegov_analysis.language import Phrase
from redegov_analysis.project import Project
from redegov_analysis.reports.jobs import EXECUTED, RESULT, SITE, TASK, Failure, Imprint, Job, Outcome
from redegov_analysis.reports.pages.published_notebook import published_notebook
from redegov_analysis.reports.pages.render import rendered
from redegov_analysis.reports.running.kernels import kernel_manager
from redegov_analysis.reports.running.modes import notebook_for, number_in_whole
from redegov_analysis.reports.text import Text

ENGINE: Final = "redegov"
OUT_OF_MEMORY: Final = ("MemoryError", "_ArrayMemoryError", "ArrowMemoryError")

_ANSI: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_LOG_LINES: Final = 60


class _Engine(NBClientEngine):  # type: ignore[misc]
    """papermill's engine with a kernel of ours, and which keeps the notebook when the kernel dies."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, manager: Any, keep: list[NotebookNode], **kwargs: Any
    ) -> None:
        del kernel_name
        keep.append(nb_man.nb)
        client = PapermillNotebookClient(
            nb_man,
            km=manager,
            timeout=kwargs["execution_timeout"],
            startup_timeout=kwargs["start_timeout"],
            shutdown_kernel="immediate",
            log=logging.getLogger(__name__),
        )
        client.owns_km = True  # the client ends the kernel that it was given
        client.execute()


papermill_engines.register(ENGINE, _Engine)


def execute(
    job: Job, folder: Path, *, home: Path, cell_timeout: float, forks: str | None = None
) -> tuple[NotebookNode, Failure | None]:
    """Return the executed notebook, and why it failed if it did.

    Parameters
    ----------
    job
        What to run.
    folder
        The notebook's own working directory.
    home
        Root of the project.
    cell_timeout
        Seconds that one cell may take.
    forks
        Address of a fork server; without it the kernel is started as a new process.
    """
    sockets = Path(tempfile.mkdtemp(prefix="redegov-", dir=Path(forks).parent if forks else None))
    manager = kernel_manager(folder, home, sockets=sockets, forks=forks)
    keep: list[NotebookNode] = []
    failure: Failure | None = None
    source, dropped = notebook_for(job, Project(home))
    try:
        notebook = execute_notebook(
            source,
            str(folder / EXECUTED),
            parameters=dict(job.parameters),
            engine_name=ENGINE,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            request_save_on_cell_execute=False,
            start_timeout=120,
            execution_timeout=math.ceil(cell_timeout),  # nbclient counts whole seconds
            cwd=str(folder),
            manager=manager,
            keep=keep,
        )
        failure = _silent_failure(notebook)
    except PapermillExecutionError as error:
        notebook = remove_error_markers(keep[0])
        failure = _cell_failure(notebook, error.ename, error.evalue, "\n".join(error.traceback))
    except CellTimeoutError:
        notebook = keep[0]
        message = Phrase(
            "The cell took longer than {seconds:g} {seconds:second|seconds}. Raise --timeout, or look for an "
            "endless loop.",
            {"seconds": cell_timeout},
        )
        failure = _failure_at("timeout", notebook, _last_begun(notebook), "Timeout", message, _log(folder))
    except (DeadKernelError, RuntimeError) as error:
        if not keep:
            raise
        notebook = keep[0]
        message = Phrase(
            "The kernel died while it ran this cell: killed from outside, out of memory, or a crash in native code."
        )
        failure = _failure_at(
            "kernel", notebook, _last_begun(notebook), type(error).__name__, message, _log(folder) or str(error)
        )
    finally:
        shutil.rmtree(sockets, ignore_errors=True)
    (folder / EXECUTED).write_text(_written(notebook), encoding="utf-8")
    if failure and failure.cell:
        failure = replace(failure, cell=number_in_whole(failure.cell, dropped))
    return notebook, failure


def _silent_failure(notebook: NotebookNode) -> Failure | None:
    """Return the failure that papermill lets pass: a cell that left, or that never ran to its end."""
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        for output in cell.outputs:
            if output.output_type == "error":
                message = Phrase("The cell left the notebook. A report must run to its end.")
                return _failure_at("cell", notebook, index, output.ename, message, _plain("\n".join(output.traceback)))
        if cell.execution_count is None:
            return _failure_at("kernel", notebook, index, "NotRun", Phrase("The cell was never run."), "")
    return None


def _cell_failure(notebook: NotebookNode, error: str, message: str, traceback: str) -> Failure:
    index = next(
        (
            number
            for number, cell in enumerate(notebook.cells)
            if any(output.output_type == "error" for output in cell.get("outputs", []))
        ),
        _last_begun(notebook),
    )
    if error in OUT_OF_MEMORY:
        died = Phrase(
            "The kernel ran out of memory while it ran this cell. {message}", {"message": _plain(message).strip()}
        )
        return _failure_at("kernel", notebook, index, error, died, _plain(traceback))
    return _failure_at("cell", notebook, index, error, _plain(message), _plain(traceback))


def _failure_at(
    kind: Any, notebook: NotebookNode, index: int | None, error: str, message: str | Phrase, log: str
) -> Failure:
    if index is None:
        return Failure.of(kind, error, message, log=log)
    heading = ""
    for cell in notebook.cells[:index]:
        if cell.cell_type == "markdown":
            found = re.findall(r"^#{1,6} +(.+?)\s*$", cell.source, flags=re.MULTILINE)
            heading = found[-1] if found else heading
    printed = "".join(
        output.text for output in notebook.cells[index].get("outputs", []) if output.output_type == "stream"
    )
    log = "\n".join(part for part in (_plain(printed).strip(), log.strip()) if part)
    return Failure.of(
        kind,
        error,
        message,
        cell=sum("injected-parameters" not in cell.metadata.get("tags", []) for cell in notebook.cells[: index + 1]),
        heading=heading,
        source=notebook.cells[index].source,
        log="\n".join(log.splitlines()[-_LOG_LINES:]),
    )


def _last_begun(notebook: NotebookNode) -> int | None:
    begun = [
        index
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and cell.metadata.get("papermill", {}).get("start_time")
    ]
    return begun[-1] if begun else None


def _log(folder: Path) -> str:
    path = folder / "kernel.log"
    if not path.exists():
        return ""
    return _plain("\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES:]))


def _plain(text: str) -> str:
    return _ANSI.sub("", text)


def drive(folder: Path) -> None:
    """Do the task written in a folder: run its notebook, render its page, and write the result beside it."""
    task: Mapping[str, Any] = json.loads((folder / TASK).read_text(encoding="utf-8"))
    job = Job(
        Path(task["notebook"]),
        task["parameters"],
        task["page"],
        title=task["title"],
        related=[(page, name) for page, name in task["related"]],
    )
    notebook, failure = execute(
        job, folder, home=Path(task["home"]), cell_timeout=task["cell_timeout"], forks=task["forks"]
    )
    if failure:
        outcome = Outcome(job, "failed", failure=failure)
    else:
        try:
            outcome = _made(job, notebook, folder / SITE, Imprint(**task["imprint"]))
        except NotebookError as error:
            outcome = Outcome(
                job, "failed", failure=Failure("cell", "NotebookError", str(error), message_pt=error.told("pt-BR"))
            )
    temporary = folder / f"{RESULT}.new"
    temporary.write_text(json.dumps(outcome.record()), encoding="utf-8")
    temporary.replace(folder / RESULT)


def _made(job: Job, notebook: NotebookNode, site: Path, imprint: Imprint) -> Outcome:
    t = Text(str(job.parameters["language"]))
    page = rendered(notebook, job, t, imprint)
    files: dict[str, str | bytes] = {job.page: page.html}
    if not job.municipality:  # there are thousands of briefs, and each carries its tables within itself
        files |= {**page.tables, f"notebooks/{job.name}.ipynb": published_notebook(notebook)}
    for name, content in files.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return Outcome(job, "made", files=tuple(files), page=page.summary, warnings=page.warnings)


def _written(notebook: NotebookNode) -> str:
    return str(nbformat.writes(notebook)) + "\n"  # type: ignore[no-untyped-call]


def drive_forked(folder: str) -> None:
    """Do a task in a forked process."""
    drive(Path(folder))


def main() -> None:
    """Do a task in a new process that ends, with its kernel, when its owner does."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    threading.Thread(target=_end_with_owner, daemon=True).start()
    drive(Path(sys.argv[1]))


def _end_with_owner() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()

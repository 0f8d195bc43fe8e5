"""What a run shows while it works: a bar with the time left on a terminal, one line per page elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bar

from redegov_analysis.cli.spoken import said
from redegov_analysis.reports.jobs import Outcome


class Progress:
    """Shows how far a run has come; a context manager.

    Parameters
    ----------
    total
        How many pages there are.
    console
        Where to write; standard error unless given, so that standard output is only the result.
    """

    def __init__(self, total: int, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True, highlight=False)
        self._total = total
        self._done = 0
        self._bar = Bar(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn(said("left")),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
        self._task = self._bar.add_task(said("Running notebooks"), total=total)

    def __enter__(self) -> Progress:
        self._bar.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.__exit__(kind, error, trace)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Show a step that comes before the notebooks."""
        self._bar.update(self._task, description=name)
        if not self.console.is_terminal:
            self.console.print(name, markup=False)
        yield
        self._bar.update(self._task, description=said("Running notebooks"))

    def done(self, outcome: Outcome) -> None:
        """Show that a page is there, or why it is not."""
        self._done += 1
        self._bar.update(self._task, completed=self._done)
        if outcome.status == "failed":
            assert outcome.failure is not None
            line = said("failed: {error}", error=outcome.failure.exception(outcome.job))
        elif outcome.status == "reused" or self.console.is_terminal:
            line = ""
        else:
            line = said("{name} in {seconds:.1f} s", name=outcome.job.name, seconds=outcome.seconds)
        if line:
            self.console.print(f"[{self._done}/{self._total}] {line}", markup=False, soft_wrap=True)
        for warning in outcome.warnings:
            self.console.print(f"  {outcome.job.name}: {warning}", markup=False, soft_wrap=True)

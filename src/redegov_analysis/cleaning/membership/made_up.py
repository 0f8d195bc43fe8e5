"""Whether a list is real or was made up, by what its rows, its titles and its notes say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from redegov_analysis.cleaning.membership.claims import is_claim
from redegov_analysis.cleaning.membership.entries import Aside, Entry
from redegov_analysis.data.deadline import timed
from redegov_analysis.errors import DataError
from redegov_analysis.evidence import Evidence

_SPEAKING: Final = ("title", "headings", "note", "total")


def evidence_of(entries: Sequence[Entry], asides: Sequence[Aside], name: str) -> Evidence:
    """Return what a list is evidence of: simulated when its rows, its titles or its notes say so, else observed.

    A row says so in a cell of its own, `simulated` or `simulado`, whatever heads the column.

    Parameters
    ----------
    entries, asides
        The rows of the list, and the lines that are no rows.
    name
        The file's name, for the message.

    Raises
    ------
    DataError
        If only some of the rows say that they are simulated: a list is real or made up, never both.
    """
    made_up = [entry for entry in timed(entries) if says_simulated(entry)]
    others = len(entries) - len(made_up)
    if made_up and others:
        first = next(entry for entry in entries if not says_simulated(entry))
        raise DataError(
            "{name}: {n_made_up:,} {n_made_up:row says that it is|rows say that they are} simulated (the first "
            "on line {line}) and {others:,} {others:does|do} not (the first on line {line_2}). A list is either "
            "real or made up: give each apart.",
            name=name,
            n_made_up=len(made_up),
            line=made_up[0].line,
            others=others,
            line_2=first.line,
        )
    titled = any(aside.kind in _SPEAKING and is_claim(aside.text) for aside in asides)
    return Evidence.SIMULATED if made_up or (entries and titled) else Evidence.OBSERVED


def says_simulated(entry: Entry) -> bool:
    """Return whether a row says of itself that it was made up."""
    return entry.simulated or any(map(is_claim, entry.read.values()))

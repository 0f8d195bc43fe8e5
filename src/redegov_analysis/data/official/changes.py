"""One difference between a publisher's file and a raw table, and many of them as a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from redegov_analysis.language import Phrase

Kind = Literal["new", "renamed", "revised", "filled", "emptied", "removed"]


@dataclass(frozen=True)
class Change:
    """One difference between a source and a raw table.

    Attributes
    ----------
    source, table
        Which says so, and of which table.
    kind
        `new` and `removed` are rows; `renamed` is another name, `revised` another value, `filled` a value where there
        was none, `emptied` the reverse.
    key
        The row's key.
    label
        The row in words: the municipality's name and state, where it is one.
    column, before, after
        The column and its cells as text; for whole rows the column is empty and the cells tell the row.
    refused
        Why the change cannot be written; empty where it can.
    """

    source: str
    table: str
    kind: Kind
    key: tuple[str, ...]
    label: str
    column: str
    before: str
    after: str
    refused: Phrase | None = None

    @property
    def relative(self) -> float | None:
        """Size of a revision of a figure relative to the figure before; None where there is none."""
        try:
            before, after = float(self.before), float(self.after)
        except ValueError:
            return None
        return None if before == 0 else after / before - 1


def changes_table(changes: Iterable[Change]) -> pd.DataFrame:
    """Return changes as a table, one row each.

    Returns
    -------
    DataFrame
        `source`, `table`, `kind`, `key` (parts joined by a space), `label`, `column`, `before`, `after`, `refused`
        (str) and `relative_change` (float, missing where there is none).
    """
    text = ["source", "table", "kind", "key", "label", "column", "before", "after", "refused"]
    rows = [
        {
            **{name: getattr(change, name) for name in text},
            "key": " ".join(change.key),
            "refused": str(change.refused or ""),
            "relative": change.relative,
        }
        for change in changes
    ]
    frame = pd.DataFrame(rows, columns=[*text, "relative"]).rename(columns={"relative": "relative_change"})
    return frame.astype(dict.fromkeys(text, "str") | {"relative_change": "float64"})

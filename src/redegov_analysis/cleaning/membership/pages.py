"""A page or a fragment of one: its tables, or else its lists and paragraphs as lines of text."""

from __future__ import annotations

from dataclasses import dataclass, field

from redegov_analysis.cleaning.membership.files import MAX_COLUMNS, MAX_ROWS, ListFile
from redegov_analysis.cleaning.membership.grids import Grid, grid_from, too_many_rows
from redegov_analysis.cleaning.membership.markup import Token, tokens
from redegov_analysis.data.deadline import timed
from redegov_analysis.language import Phrase

_BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "body", "br", "button", "caption", "dd", "details", "div", "dl",
        "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
        "html", "label", "legend", "li", "main", "nav", "ol", "option", "p", "pre", "section", "summary", "table",
        "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
    }
)  # fmt: skip
_HEADINGS = frozenset(
    {
        "h1", "h2", "h3", "h4", "h5", "h6", "caption", "summary", "button", "dt", "legend", "strong", "b",
    }
)  # fmt: skip
_FURNITURE = frozenset({"nav", "footer", "aside"})
MAX_SPAN = 1000


@dataclass
class _Table:
    name: str
    heading: str
    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    cell: list[str] | None = None
    spans: dict[str, int] = field(default_factory=dict)
    below: dict[int, tuple[int, str]] = field(default_factory=dict)

    def open_row(self, line: int) -> None:
        self.close_cell()
        self.rows.append((line, []))
        self._fill()

    def open_cell(self, token: Token) -> None:
        self.close_cell()
        if not self.rows:
            self.open_row(token.line)
        self.cell, self.spans = [], dict(token.spans)

    def close_cell(self) -> None:
        if self.cell is None:
            return
        text, row = "".join(self.cell), self.rows[-1][1]
        self.cell = None
        for column in range(max(1, min(self.spans.get("colspan", 1), MAX_COLUMNS))):
            # Across, a merged title must stay one cell: it is told from data by having a single one.
            said = text if column == 0 else ""
            if self.spans.get("rowspan", 1) > 1 and len(row) <= MAX_COLUMNS:
                self.below[len(row)] = (min(self.spans["rowspan"], MAX_SPAN) - 1, said)
            row.append(said)
            self._fill()

    def _fill(self) -> None:
        """Write the cells that reach down from rows above."""
        row = self.rows[-1][1]
        while len(row) in self.below and len(row) <= MAX_COLUMNS:
            left, text = self.below[len(row)]
            if left <= 1:
                del self.below[len(row)]
            else:
                self.below[len(row)] = (left - 1, text)
            row.append(text)


def grids_from_page(file: ListFile, log: list[Phrase]) -> list[Grid]:
    """Return one grid per table of at least two columns, and one of the lines of text outside of them.

    What lies in the page's navigation and footer is left out.

    Raises
    ------
    DataError
        If a table is beyond the limits.
    """
    tables: list[_Table] = []
    lines: list[tuple[int, list[str]]] = []
    open_tables: list[_Table] = []
    buffer: list[str] = []
    begun = 0
    heading, in_heading, furniture = "", 0, 0
    skipped = 0

    def flush() -> None:
        nonlocal buffer, heading, skipped
        text = " ".join("".join(buffer).split())
        buffer = []
        if text and furniture:
            skipped += 1
        elif text:
            lines.append((begun, [text]))
            if len(lines) > MAX_ROWS:
                raise too_many_rows(file.name)
            if in_heading or len(text) < 60:
                heading = text

    for token in timed(tokens(file.text)):
        if token.tag in _FURNITURE:
            flush()
            furniture = max(0, furniture + (-1 if token.closing else 1))
        if token.tag in _HEADINGS:
            if not token.closing:
                in_heading += 1
            else:
                if token.tag in _BLOCKS:
                    flush()
                in_heading = max(0, in_heading - 1)
        if token.tag == "table":
            flush()
            if not token.closing:
                open_tables.append(_Table(f"table {len(tables) + 1}", heading))
                tables.append(open_tables[-1])
            elif open_tables:
                open_tables.pop().close_cell()
            continue
        inside = open_tables[-1] if open_tables else None
        if inside is not None and not furniture:
            _into_table(inside, token)
        elif token.tag in _BLOCKS:
            flush()
        elif not token.tag:
            if not buffer:
                begun = token.line + len(token.text[: len(token.text) - len(token.text.lstrip())].split("\n")) - 1
            buffer.append(token.text)
    flush()
    for table in open_tables:
        table.close_cell()
    if skipped:
        log.append(
            Phrase(
                "{skipped:,} {skipped:text of the page's navigation and footer was|texts of the page's "
                "navigation and footer were} left out.",
                {"skipped": skipped},
            )
        )
    kept = [table for table in tables if any(len(row) > 1 for _, row in table.rows)]
    for table in timed(tables):
        if all(len(row) <= 1 for _, row in table.rows):
            # A table of one column is layout.
            lines.extend((line, [cell]) for line, row in table.rows for cell in row)
    grids = [
        grid_from(table.rows, file, table.name if len(tables) > 1 else "", heading=table.heading)
        for table in timed(kept)
    ]
    lines.sort(key=lambda item: item[0])
    grids.append(grid_from(lines, file, "text of the page" if grids else "", lines=True))
    log.append(
        Phrase(
            "A page with {n_kept} {n_kept:table|tables} and {n_rows:,} {n_rows:line|lines} of text.",
            {"n_kept": len(kept), "n_rows": len(grids[-1].rows)},
        )
    )
    return grids


def _into_table(table: _Table, token: Token) -> None:
    if token.tag == "tr" and not token.closing:
        table.open_row(token.line)
    elif token.tag in ("td", "th"):
        if token.closing:
            table.close_cell()
        else:
            table.open_cell(token)
    elif token.tag == "tr":
        table.close_cell()
    elif not token.tag and table.cell is not None:
        table.cell.append(token.text)
    elif token.tag in _BLOCKS and table.cell is not None:
        table.cell.append(" ")

"""CSV, TSV and plain text: the delimiter found by how well the rows agree, quoted line ends kept together."""

from __future__ import annotations

import csv
import io
from collections import Counter

from redegov_analysis.cleaning.membership.files import ListFile
from redegov_analysis.cleaning.membership.grids import Grid, grid_from
from redegov_analysis.cleaning.membership.headings import fields_named
from redegov_analysis.data.deadline import timed
from redegov_analysis.errors import DataError
from redegov_analysis.language import Phrase, Several

DELIMITERS = {";": Phrase("semicolon"), ",": Phrase("comma"), "\t": Phrase("tab"), "|": Phrase("bar")}
MAX_LINES_IN_CELL = 20
"""A cell with more line ends than this was opened by a stray quote."""


def grids_from_text(file: ListFile, log: list[Phrase]) -> list[Grid]:
    """Return the only grid of a delimited file, or of plain lines when no delimiter holds the rows together.

    Raises
    ------
    DataError
        If two delimiters fit alike, or a quote is opened and not closed.
    """
    delimiter = _delimiter(file)
    if delimiter is None:
        log.append(Phrase("No columns: read as lines of text."))
        lines = [(number, [line]) for number, line in enumerate(file.text.splitlines(), 1)]
        return [grid_from(lines, file, lines=True)]
    log.append(Phrase("Delimiter: {name}.", {"name": DELIMITERS[delimiter]}))
    return [grid_from(_rows(file, delimiter), file)]


def _delimiter(file: ListFile) -> str | None:
    """Return the delimiter, or None for lines of text."""
    sample = file.text[:200_000]
    if len(sample) < len(file.text):
        sample = sample[: sample.rfind("\n") + 1] or sample
    first, _, rest = sample.lstrip("\ufeff").partition("\n")
    if first.lower().startswith("sep=") and first.strip()[4:] in DELIMITERS:
        return first.strip()[4:]
    del rest
    found = {delimiter: _agreement(sample, delimiter) for delimiter in DELIMITERS if delimiter in sample}
    best = max(found.values(), default=(0, 0.0))
    if best[0] == 0 and best[1] < 0.8:
        return None
    fitting = [delimiter for delimiter, score in found.items() if score == best]
    if len(fitting) > 1:
        names = Several([DELIMITERS[delimiter] for delimiter in fitting], " / ")
        raise DataError(
            "is the delimiter {names}? Both fit",
            where="{file}",
            remedy="Save the list with one of them only.",
            file=file.name,
            names=names,
        )
    return fitting[0]


def _agreement(sample: str, delimiter: str) -> tuple[int, float]:
    """Return how many fields a row of headings names, and the share of rows with the commonest number of cells."""
    try:
        rows = [row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if any(row)][:2000]
    except csv.Error:
        return 0, 0.0
    if not rows:
        return 0, 0.0
    widths = Counter(len(row) for row in rows)
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    if width == 1:
        # Lines of text among which some hold a comma, unless headings say otherwise.
        count = 0
    named = max((len(fields_named(row)) for row in rows[:60] if len(row) > 1), default=0)
    return (named if named > 1 else 0), count / max(len(rows), 1)


def _rows(file: ListFile, delimiter: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(file.text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    begins = 1
    try:
        for row in timed(reader):
            if any(cell.count("\n") > MAX_LINES_IN_CELL for cell in row):
                raise _stray_quote(
                    file,
                    begins,
                    Phrase("a cell runs over {lines:,} {lines:line|lines}", {"lines": reader.line_num - begins + 1}),
                )
            if not (begins == 1 and row and row[0].lower().startswith("sep=")):
                rows.append((begins, row))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise _stray_quote(file, begins, _fault(error)) from error
    return rows


def _fault(error: csv.Error) -> Phrase:
    """Return what is wrong with a row; Python's reader says it in English alone."""
    said = str(error)
    if "end of data" in said:
        return Phrase("a quote is opened and not closed")
    if "expected after" in said:
        return Phrase("something stands between a closing quote and the next cell")
    return Phrase("a cell is longer than any can be")


def _stray_quote(file: ListFile, line: int, found: Phrase) -> DataError:
    return DataError(
        found,
        where=Phrase("{file}, line {line}", {"file": file.name, "line": line}),
        expected="each quote to be closed on its row",
        remedy="Correct the quote there.",
    )

"""Files written in one step: whole or not at all, the same bytes for the same content, safe in a spreadsheet."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pandas as pd

# A spreadsheet runs a cell that begins with one of these as a formula (OWASP, CSV Injection); the last four are the
# full-width forms, which some of them read alike.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
# A spreadsheet may part cells where this file does not: Excel in Brazil does at semicolons. Then a quote within a cell
# is no quote, and a line end within it begins a row.
_INNER_START = re.compile(r'([;\t\r\n][ "\0]*)(?=[=+\-@＝＋－＠])')


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file so that a reader finds the old content or the new one, never a part.

    The content goes to a new file beside it, is flushed to the disk and takes the file's name in one step. On an error
    the old file stays and the new one is removed.

    Parameters
    ----------
    path
        The file; folders above it are made as needed.
    content
        Text, written as UTF-8 with its line ends as they are, or bytes.

    Raises
    ------
    OSError
        If the folder cannot be written to or the disk is full.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{uuid4().hex}.part")
    try:
        with beside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    _flush_folder(path.parent)


def write_anew(path: Path, content: str | bytes) -> None:
    """Write a file of a folder that nobody reads yet, always as a new file.

    Folders may share files by hard links. What stands is never written into, so no folder changes with another; and
    nothing is flushed to the disk, which whoever publishes the folder does once for all of it.

    Parameters
    ----------
    path
        The file; folders above it are made as needed.
    content
        Text, written as UTF-8 with its line ends as they are, or bytes.

    Raises
    ------
    OSError
        If the folder cannot be written to or the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with path.open("xb") as file:
        file.write(content.encode("utf-8") if isinstance(content, str) else content)


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV in one step, in UTF-8 with line feeds, without its index.

    Text that a spreadsheet would run as a formula gets a single quote in front, in cells and column names alike, and
    within them where a spreadsheet that parts cells at semicolons or tabs would begin one. Line ends within text become
    line feeds. Numbers stay numbers, negative ones too; dates are written as 2024-12-31;
    missing cells are empty. The same table gives the same bytes.

    Parameters
    ----------
    frame
        The table; it is not changed.
    path
        The file to write.

    Raises
    ------
    OSError
        As `write_atomically`.
    """
    write_atomically(path, csv_text(frame))


def csv_text(frame: pd.DataFrame) -> str:
    r"""Return the CSV text of a table, as `write_csv` writes it.

    >>> csv_text(pd.DataFrame({"name": ["=1+1", "Açu"], "change": [-2, 3]}))
    "name,change\n'=1+1,-2\nAçu,3\n"
    """
    safe = pd.DataFrame({position: _defused_column(frame.iloc[:, position]) for position in range(frame.shape[1])})
    safe.columns = pd.Index([_plain_line_ends(defused(str(name))) for name in frame.columns], dtype="object")
    return safe.to_csv(index=False, lineterminator="\n")


def defused(text: str) -> str:
    """Return the text with a single quote before what a spreadsheet would run as a formula, wherever it parts cells.

    >>> defused("@SUM(A1)"), defused("São Paulo"), defused("Santos; =A1")
    ("'@SUM(A1)", 'São Paulo', "Santos; '=A1")
    """
    safe = _INNER_START.sub(r"\1'", text)
    return f"'{safe}" if safe.lstrip(" ").startswith(FORMULA_STARTS) else safe


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as Parquet in one step, compressed with zstd, without its index.

    The same table gives the same bytes with the same version of pyarrow.

    Parameters
    ----------
    frame
        The table; it is not changed.
    path
        The file to write.

    Raises
    ------
    OSError
        As `write_atomically`.
    """
    buffer = io.BytesIO()
    frame.to_parquet(buffer, engine="pyarrow", compression="zstd", index=False)
    write_atomically(path, buffer.getvalue())


def _defused_column(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return the column with its text made safe and its dates as days where no time of day is lost."""
    if isinstance(column.dtype, pd.DatetimeTZDtype) or pd.api.types.is_datetime64_dtype(column.dtype):
        whole_days = bool((column.dropna() == column.dropna().dt.normalize()).all())
        return column.astype("object").map(
            lambda moment: None if pd.isna(moment) else (moment.date() if whole_days else moment).isoformat()
        )
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column
    return column.astype("object").map(lambda cell: _plain_line_ends(defused(cell)) if isinstance(cell, str) else cell)


def _plain_line_ends(text: str) -> str:
    """Return the text with line feeds for line ends: a bare carriage return would end a row for some readers."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _flush_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut, where the system lets a folder be opened (not on Windows)."""
    if os.name == "nt":  # pragma: no cover - only Windows
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

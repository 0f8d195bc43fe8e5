"""A list as a file: opened without following links, of a kind told by its content, and refused when unsafe."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from redegov_analysis.data import workbooks
from redegov_analysis.data.archives import COMPOUND, demand_compound_workbook, workbook_kind
from redegov_analysis.data.deadline import list_seconds, time_limit
from redegov_analysis.data.reading import text_from_bytes
from redegov_analysis.errors import DataError, ParameterError
from redegov_analysis.language import Phrase

MAX_BYTES = 50_000_000
"""Largest file: the longest list there can be has 5,571 rows and is a hundredth of that."""

MAX_ROWS = workbooks.MAX_ROWS
MAX_COLUMNS = workbooks.MAX_COLUMNS
MAX_CELL = 10_000
"""Longest cell, in characters."""

CELLS_KEPT = 50_000
"""How many cells are remembered with what they say: the same names, states and days come again and again."""

Kind = Literal["xlsx", "xls", "ods", "pdf", "json", "html", "text"]

_UNPACK = Phrase("Unpack it and give the list in it.")
_AS_TABLE = Phrase("Give the list as text or as a table.")
_AS_CSV = Phrase("Save the table in it as CSV.")
_OTHERS = (
    (b"Rar!", Phrase("a RAR archive"), _UNPACK),
    (b"7z\xbc\xaf", Phrase("a 7z archive"), _UNPACK),
    (b"\x1f\x8b", Phrase("a gzip archive"), _UNPACK),
    (b"BZh", Phrase("a bzip2 archive"), _UNPACK),
    (b"\xfd7zXZ", Phrase("an XZ archive"), _UNPACK),
    (b"\x28\xb5\x2f\xfd", Phrase("a Zstandard archive"), _UNPACK),
    (b"\x89PNG", Phrase("a picture"), _AS_TABLE),
    (b"\xff\xd8\xff", Phrase("a picture"), _AS_TABLE),
    (b"GIF8", Phrase("a picture"), _AS_TABLE),
    (b"{\\rtf", Phrase("an RTF document"), _AS_CSV),
    (b"PAR1", Phrase("a Parquet file"), _AS_CSV),
    (b"SQLite format 3\0", Phrase("a database"), _AS_CSV),
    (b"\x7fELF", Phrase("a program, no list"), _AS_TABLE),
    (b"MZ\x90", Phrase("a program, no list"), _AS_TABLE),
)
_MARKUP = re.compile(
    r"<(?:!doctype\s+html|html|head|body|main|article|section|div|table|thead|tbody|tr|td|ul|ol|li|dl|h[1-6]|p|br|span)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class ListFile:
    """A list as it was given.

    Attributes
    ----------
    name
        The file's name, without its folder.
    content, sha256
        Its bytes and their checksum, in hexadecimal.
    kind
        What it is by its content; the name's ending does not count, because pages are often saved as `.xls`.
    text, encoding
        What the bytes say and how, for kinds that are text.
    """

    name: str
    content: bytes
    sha256: str
    kind: Kind
    text: str = ""
    encoding: str = ""


def list_limit(path: str | Path) -> AbstractContextManager[None]:
    """Let what is inside read a list for no longer than one of its size may take, looking at it and telling it too."""
    try:
        size = Path(path).stat().st_size
    except (OSError, ValueError):
        size = 0
    return time_limit(Path(path).name, list_seconds(min(size, MAX_BYTES)))


def open_list(path: str | Path) -> ListFile:
    """Return the file, read once, of a kind that can be read.

    Raises
    ------
    ParameterError
        If there is no such file, or it is a folder, a device or a symbolic link.
    DataError
        If it is empty, too large, encrypted, carries macros, is of a kind that is not read, or is broken.
    """
    return list_from_bytes(_bytes(Path(path)), Path(path).name)


def list_from_bytes(content: bytes, name: str) -> ListFile:
    """Return the list that these bytes are, of a kind that can be read.

    Parameters
    ----------
    content
        The bytes of a file.
    name
        What the file is called, in messages and in the column `source`.

    Raises
    ------
    DataError
        If they are nothing, encrypted, carry macros, are of a kind that is not read, or are broken.
    """
    if not content.strip(b"\xef\xbb\xbf \t\r\n\0"):
        raise DataError("it is empty", where="{file}", expected="a list of municipalities", file=name)
    kind: Kind
    text = encoding = ""
    if content.startswith(COMPOUND):
        demand_compound_workbook(content, name)
        kind = "xls"
    elif content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        kind = workbook_kind(content, name)
    elif content[:1024].lstrip().startswith(b"%PDF-"):
        kind = "pdf"
    else:
        for mark, what, remedy in _OTHERS:
            if content.startswith(mark):
                raise DataError(what, where="{file}", remedy=remedy, file=name)
        text, encoding = _text(content, name)
        kind = _text_kind(text)
    return ListFile(name, content, hashlib.sha256(content).hexdigest(), kind, text, encoding)


def open_ordinary(path: Path) -> BinaryIO:
    """Return a file that is open for reading and nothing else than a file: no link is followed, nothing is waited for.

    A pipe without a writer would be waited for without end, and a link can lead to a device.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    ParameterError
        If there is no such file, it may not be read, or it is a folder, a device, a pipe or a symbolic link.
    """
    try:
        if path.is_symlink():
            raise ParameterError(
                "it is a symbolic link",
                where="{file}",
                remedy="Give the file itself: {target}.",
                file=path,
                target=path.resolve(),
            )
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError as error:
        raise ParameterError(
            "there is no such file",
            where="{file}",
            remedy="Check its name, its ending and the folder that it is in.",
            file=path,
        ) from error
    except (OSError, ValueError) as error:
        raise ParameterError(
            "it cannot be read ({error})",
            where="{file}",
            remedy="Check its name and that you may read it.",
            file=path,
            error=getattr(error, "strerror", None) or error,
        ) from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise ParameterError(
            "it is no ordinary file",
            where="{file}",
            remedy="Give the file itself, no folder, pipe or device.",
            file=path,
        )
    return os.fdopen(handle, "rb")


def _bytes(path: Path) -> bytes:
    with open_ordinary(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size <= MAX_BYTES:
            content = file.read(MAX_BYTES + 1)
            if len(content) <= MAX_BYTES:
                return content
    raise DataError(
        "it has {size:,.0f} MB",
        where="{file}",
        expected="at most {most:,.0f} MB",
        remedy="Remove what is not the list.",
        file=path.name,
        size=size / 1e6,
        most=MAX_BYTES / 1e6,
    )


def _text(content: bytes, name: str) -> tuple[str, str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            # What spreadsheets save as “Unicode text”.
            text, encoding = content.decode("utf-16"), "utf-16"
        except UnicodeDecodeError as error:
            raise DataError(
                "it begins as UTF-16, but is cut off or damaged",
                where="{file}, line {line}",
                remedy="Save it as CSV in UTF-8.",
                file=name,
                line=content[: error.start].decode("utf-16", "ignore").count("\n") + 1,
            ) from error
    else:
        try:
            text, encoding = text_from_bytes(content, twice="keep")
        except DataError as error:
            raise error.within(name) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(
            "found a NUL byte",
            where="{file}, line {line}",
            expected="text",
            remedy="It is damaged or no list: save it again.",
            file=name,
            line=line,
        )
    return text, encoding


def _text_kind(text: str) -> Kind:
    start = text.lstrip()[:20_000]
    if start.startswith(("{", "[")):
        return "json"
    tags = _MARKUP.findall(start)
    return "html" if start.startswith("<") or len(tags) > 2 else "text"

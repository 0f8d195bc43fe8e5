"""A list as a file: opened without following links, of a kind told by its content, and refused when unsafe."""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from redegov_analysis.data.reading import text_from_bytes
from redegov_analysis.errors import DataError, ParameterError

MAX_BYTES = 50_000_000
"""Largest file: the longest list there can be has 5,571 rows and is a hundredth of that."""

MAX_UNPACKED_BYTES = 300_000_000
"""Most bytes that a workbook may unpack to."""

MAX_ROWS = 100_000
MAX_COLUMNS = 300
MAX_CELL = 10_000
"""Longest cell, in characters."""

CELLS_KEPT = 50_000
"""How many cells are remembered with what they say: the same names, states and days come again and again."""

Kind = Literal["xlsx", "xls", "ods", "json", "html", "text"]

_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHERS = (
    (b"%PDF", "a PDF. Open it, copy the table into a spreadsheet or a text file, and give that"),
    (b"Rar!", "a RAR archive. Unpack it and give the list in it"),
    (b"7z\xbc\xaf", "a 7z archive. Unpack it and give the list in it"),
    (b"\x1f\x8b", "a gzip archive. Unpack it and give the list in it"),
    (b"\x89PNG", "a picture. Give the list as text or as a table"),
    (b"\xff\xd8\xff", "a picture. Give the list as text or as a table"),
    (b"{\\rtf", "an RTF document. Save the table in it as CSV"),
    (b"PAR1", "a Parquet file. Save the table in it as CSV"),
)
_MARKUP = re.compile(
    r"<(?:!doctype\s+html|html|head|body|main|article|section|div|table|thead|tbody|tr|td|ul|ol|li|dl|h[1-6]|p|br|span)\b",
    re.IGNORECASE,
)


BROKEN_ARCHIVE = (
    zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, ValueError, RuntimeError, EOFError, KeyError,
)  # fmt: skip
"""What reading a damaged archive can raise."""


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
        raise DataError(f"{name} is empty; expected a list of municipalities.")
    kind: Kind
    text = encoding = ""
    if content.startswith(_COMPOUND):
        kind = _compound_kind(content, name)
    elif content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        kind = _archive_kind(content, name)
    else:
        for mark, what in _OTHERS:
            if content.startswith(mark):
                raise DataError(f"{name} is {what}.")
        text, encoding = _text(content, name)
        kind = _text_kind(text)
    return ListFile(name, content, hashlib.sha256(content).hexdigest(), kind, text, encoding)


def _bytes(path: Path) -> bytes:
    try:
        if path.is_symlink():
            raise ParameterError(f"{path} is a symbolic link. Give the file itself: {path.resolve()}")
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError) as error:
        raise ParameterError(f"{path} cannot be read ({getattr(error, 'strerror', None) or error}).") from error
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        os.close(handle)
        raise ParameterError(f"{path} is no ordinary file. Give one file with the list.")
    with os.fdopen(handle, "rb") as file:
        if found.st_size <= MAX_BYTES:
            content = file.read(MAX_BYTES + 1)
            if len(content) <= MAX_BYTES:
                return content
    raise DataError(
        f"{path.name} has {found.st_size / 1e6:,.0f} MB; a list of municipalities has at most {MAX_BYTES / 1e6:.0f} "
        "MB. Remove what is not the list."
    )


def _compound_kind(content: bytes, name: str) -> Kind:
    """Return the kind of a compound file of Office: a workbook, or else it is refused."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise DataError(f"{name} is protected by a password. Save a copy without it.")
    if "_VBA_PROJECT".encode("utf-16-le") in content:
        raise DataError(f"{name} carries macros, which are never opened. Save a copy as XLSX or CSV.")
    if "WordDocument".encode("utf-16-le") in content:
        raise DataError(f"{name} is a Word document. Save the table in it as CSV or XLSX.")
    return "xls"


def _archive_kind(content: bytes, name: str) -> Kind:
    """Return the kind of a zipped workbook, checked for what must not be opened and for what it unpacks to."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            names = {member.filename for member in members}
            mimetype = archive.read("mimetype")[:100] if "mimetype" in names else b""
            manifest = "META-INF/manifest.xml"
            encrypted = manifest in names and b"encryption-data" in archive.read(manifest)
    except BROKEN_ARCHIVE as error:
        raise DataError(f"{name} is a damaged workbook or archive ({error}). Save it again, or as CSV.") from error
    if encrypted or any(member.flag_bits & 1 for member in members):
        raise DataError(f"{name} is protected by a password. Save a copy without it.")
    size = sum(member.file_size for member in members)
    if size > MAX_UNPACKED_BYTES or len(members) > 2000:
        raise DataError(
            f"{name} unpacks to {size / 1e6:,.0f} MB in {len(members):,} parts, more than the "
            f"{MAX_UNPACKED_BYTES / 1e6:.0f} MB in 2,000 parts that any list needs. Save the list alone as CSV."
        )
    if any(part.endswith(("vbaProject.bin", "vbaData.xml")) or part.startswith("Basic/") for part in names):
        raise DataError(f"{name} carries macros, which are never opened. Save a copy as XLSX or CSV.")
    if "xl/workbook.xml" in names:
        return "xlsx"
    if b"opendocument.spreadsheet" in mimetype:
        return "ods"
    what = "a binary workbook (XLSB)" if "xl/workbook.bin" in names else "an archive that is no workbook"
    raise DataError(f"{name} is {what}. Give the list as CSV, XLSX or ODS.")


def _text(content: bytes, name: str) -> tuple[str, str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            # What spreadsheets save as “Unicode text”.
            text, encoding = content.decode("utf-16"), "utf-16"
        except UnicodeDecodeError as error:
            raise DataError(f"{name} begins as UTF-16 and is none ({error.reason}). Save it as UTF-8.") from error
    else:
        try:
            text, encoding = text_from_bytes(content, twice="keep")
        except DataError as error:
            raise DataError(f"{name}, {error}") from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(
            f"{name}, line {line}: found a NUL byte, expected text. It is damaged or no list; save it again."
        )
    return text, encoding


def _text_kind(text: str) -> Kind:
    start = text.lstrip()[:20_000]
    if start.startswith(("{", "[")):
        return "json"
    tags = _MARKUP.findall(start)
    return "html" if start.startswith("<") or len(tags) > 2 else "text"

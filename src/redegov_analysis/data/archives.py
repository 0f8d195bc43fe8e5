"""What a workbook's file may hold before anything opens it: no macros, no password, no bomb, nothing from elsewhere.

A workbook of today (XLSX, ODS) is a ZIP of XML parts, one of Excel 97 a compound file of streams. Both are looked at
here as bytes, in this process, within bounds; only what passes goes on to the program that reads cells.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from typing import Literal

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from redegov_analysis.errors import DataError

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How a compound file of Office begins."""

MAX_UNPACKED_BYTES = 300_000_000
"""Most bytes that a workbook may unpack to."""

MAX_PARTS = 2000
MAX_RATIO = 500
"""Most bytes that a large part may unpack to for each packed one; long columns of one word reach 100."""

_RATIO_FROM_BYTES = 20_000_000
_MOST_BYTES_LOOKED_AT = 4_000_000

BROKEN_ARCHIVE = (
    zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, ValueError, RuntimeError, EOFError, KeyError,
    struct.error, IndexError,
)  # fmt: skip
"""What reading a damaged archive can raise."""

_MACROS = re.compile(
    r"(?:^|/)(?:vbaProject\w*\.bin|vbaData\.xml|xl/macrosheets/.*)$|^(?:Basic|Scripts)/", re.IGNORECASE
)
_NESTED = re.compile(r"\.(?:zip|xlsx|xlsm|xlsb|ods|docx|7z|rar|gz|exe|dll|jar)$|(?:^|/)embeddings/", re.IGNORECASE)
_ENTITIES = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_EMPTY_FORMULA = re.compile(rb"<c\b[^>]*>\s*(?:<f\b[^>]*/>|<f\b[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")

_FILEPASS = 0x2F
_BIFF_RECORD = struct.Struct("<HH")


def workbook_kind(content: bytes, name: str) -> Literal["xlsx", "ods"]:
    """Return the kind of a zipped workbook that is safe to open.

    Parameters
    ----------
    content
        The bytes of the archive.
    name
        What the file is called in messages.

    Raises
    ------
    DataError
        If it is damaged, protected by a password, too large once unpacked, no workbook, or holds macros, other files,
        entities of XML or links to what lies outside of it.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            _demand_bounds(members, name)
            names = {member.filename for member in members}
            _demand_passive(names, name)
            if any(member.flag_bits & 1 for member in members):
                raise _protected(name)
            parts = {
                member.filename: _beginning(archive, member)
                for member in members
                if member.filename.endswith((".xml", ".rels")) or member.filename == "mimetype"
            }
    except BROKEN_ARCHIVE as error:
        raise DataError(
            "a damaged workbook or archive",
            where="{file}",
            remedy="Save it again, or as CSV.",
            file=name,
        ) from error
    if b"encryption-data" in parts.get("META-INF/manifest.xml", b""):
        raise _protected(name)
    for part, beginning in parts.items():
        _demand_plain_xml(part, beginning, name)
    if "xl/workbook.xml" in names:
        return "xlsx"
    if b"opendocument.spreadsheet" in parts.get("mimetype", b""):
        return "ods"
    if "xl/workbook.bin" in names:
        raise DataError(
            "a binary workbook (XLSB)", where="{file}", remedy="Give the list as CSV, XLSX or ODS.", file=name
        )
    raise DataError(
        "an archive that is no workbook", where="{file}", remedy="Give the list as CSV, XLSX or ODS.", file=name
    )


def demand_compound_workbook(content: bytes, name: str) -> None:
    """Refuse a compound file of Office that is no plain workbook of Excel 97.

    Raises
    ------
    DataError
        If it is protected by a password, carries macros, or is another document.
    """
    if "EncryptedPackage".encode("utf-16-le") in content or _is_encrypted(content):
        raise _protected(name)
    if any(stream.encode("utf-16-le") in content for stream in ("_VBA_PROJECT", "_VBA_PROJECT_CUR")):
        raise _macros(name)
    if "WordDocument".encode("utf-16-le") in content:
        raise DataError("a Word document", where="{file}", remedy="Save the table in it as CSV or XLSX.", file=name)
    if "PowerPoint Document".encode("utf-16-le") in content:
        raise DataError("a presentation", where="{file}", remedy="Save the table in it as CSV or XLSX.", file=name)


def formulas_without_values(content: bytes) -> int:
    """Return how many formulas of an XLSX file have no value kept beside them, so that their cells read as empty.

    Programs other than spreadsheets write formulas so; opening and saving the file once in a spreadsheet fills them in.
    """
    found = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                if _SHEET.fullmatch(member.filename) and b"<f" in (part := archive.read(member)):
                    found += len(_EMPTY_FORMULA.findall(part))
    except BROKEN_ARCHIVE:
        return found
    return found


def _demand_bounds(members: list[zipfile.ZipInfo], name: str) -> None:
    size = sum(member.file_size for member in members)
    if size > MAX_UNPACKED_BYTES or len(members) > MAX_PARTS:
        raise DataError(
            "unpacks to {size:,.0f} MB in {parts:,} {parts:part|parts}",
            where="{file}",
            expected="at most {most:,.0f} MB in {most_parts:,} {most_parts:part|parts}, more than any list needs",
            remedy="Save the list alone as CSV.",
            file=name,
            size=size / 1e6,
            parts=len(members),
            most=MAX_UNPACKED_BYTES / 1e6,
            most_parts=MAX_PARTS,
        )
    for member in members:
        if member.file_size > _RATIO_FROM_BYTES and member.file_size > MAX_RATIO * max(1, member.compress_size):
            raise DataError(
                "the part {part!r} unpacks to {ratio:,.0f} {ratio:time|times} its size",
                where="{file}",
                expected="at most {most:,} {most:time|times}",
                remedy="Save the list alone as CSV.",
                file=name,
                part=member.filename,
                ratio=member.file_size / max(1, member.compress_size),
                most=MAX_RATIO,
            )


def _demand_passive(names: set[str], name: str) -> None:
    if any(_MACROS.search(part) for part in names):
        raise _macros(name)
    nested = sorted(part for part in names if _NESTED.search(part))
    if nested:
        raise DataError(
            "it holds another file, {part!r}, which is not opened",
            where="{file}",
            expected="a workbook of cells",
            remedy="Copy the list alone into a new workbook, or save it as CSV.",
            file=name,
            part=nested[0],
        )
    outside = sorted(part for part in names if part.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", part))
    if outside:
        raise DataError(
            "it names a part outside of itself, {part!r}",
            where="{file}",
            remedy="It was made to do harm or is damaged: get it again from its source.",
            file=name,
            part=outside[0],
        )


def _beginning(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    with archive.open(member) as part:
        return part.read(_MOST_BYTES_LOOKED_AT)


def _demand_plain_xml(part: str, beginning: bytes, name: str) -> None:
    """Refuse XML that declares entities or asks for what lies outside of the file.

    A declaration stands before the root element, and the parts that link are small: the beginning tells.
    """
    if beginning.startswith((b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")):
        beginning = beginning.decode("utf-16", "replace").encode()
    if _ENTITIES.search(beginning):
        raise DataError(
            "the part {part!r} declares entities of XML, which are never followed",
            where="{file}",
            remedy="Save the list as CSV, or get it again from its source.",
            file=name,
            part=part,
        )
    if part.endswith(".rels") and _links_outside(beginning):
        raise DataError(
            "the part {part!r} asks for something outside of the file, which is never fetched",
            where="{file}",
            remedy="Break its links in a spreadsheet and save it again, or save the list as CSV.",
            file=name,
            part=part,
        )


def _links_outside(content: bytes) -> bool:
    """Return whether relations name a target outside that is more than the address of a link to click on."""
    if b"External" not in content:
        return False
    try:
        relations = fromstring(content)
    except (DefusedXmlException, SyntaxError, ValueError):
        return True
    return any(
        relation.get("TargetMode") == "External" and not relation.get("Type", "").endswith("/hyperlink")
        for relation in relations
    )


def _is_encrypted(content: bytes) -> bool:
    """Return whether the stream of an Excel 97 workbook says near its beginning that what follows is encrypted."""
    start = content.find(b"\x09\x08\x10\x00\x00\x06\x05\x00")
    place = start
    while start >= 0 and place + _BIFF_RECORD.size <= min(len(content), start + 4096):
        number, length = _BIFF_RECORD.unpack_from(content, place)
        if number == _FILEPASS:
            return True
        place += _BIFF_RECORD.size + length
    return False


def _protected(name: str) -> DataError:
    return DataError("it is protected by a password", where="{file}", remedy="Save a copy without it.", file=name)


def _macros(name: str) -> DataError:
    return DataError(
        "it carries macros, which are never opened",
        where="{file}",
        remedy="Save a copy as XLSX or CSV.",
        file=name,
    )

"""Lists of members written in every format, and a list of 2,500 with rows spoiled in known ways."""

from __future__ import annotations

import datetime as dt
import html
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import pytest

from redegov_analysis.data.catalogue import read_table

Cells = Sequence[Sequence[str]]


def _column(place: int) -> str:
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def xlsx(sheets: dict[str, Cells], *, merged: Sequence[str] = (), epoch_1904: bool = False) -> bytes:
    """Return a workbook; cells that are numbers are written as numbers, days after `@` as dates."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        listed = "".join(
            f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(sheets, 1)
        )
        archive.writestr(
            "[Content_Types].xml",
            '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="xml" ContentType="application/xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
            'officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
            'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
            f'<workbookPr date1904="{int(epoch_1904)}"/><sheets>{listed}</sheets></workbook>',
        )
        relations = "".join(
            f'<Relationship Id="rId{n}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
            f'worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n in range(1, len(sheets) + 1)
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f"{relations}</Relationships>",
        )
        archive.writestr(
            "xl/styles.xml",
            '<?xml version="1.0"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            '<cellXfs><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
        )
        for n, rows in enumerate(sheets.values(), 1):
            body = "".join(
                f'<row r="{r}">{"".join(_xlsx_cell(f"{_column(c)}{r}", text) for c, text in enumerate(row))}</row>'
                for r, row in enumerate(rows, 1)
            )
            merges = "".join(f'<mergeCell ref="{ref}"/>' for ref in merged)
            archive.writestr(
                f"xl/worksheets/sheet{n}.xml",
                '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
                f"<sheetData>{body}</sheetData>{f'<mergeCells>{merges}</mergeCells>' if merges else ''}</worksheet>",
            )
    return buffer.getvalue()


def _xlsx_cell(place: str, text: str) -> str:
    if not text:
        return ""
    if text.startswith("@"):
        return f'<c r="{place}" s="1"><v>{text[1:]}</v></c>'
    if text.isdigit():
        return f'<c r="{place}"><v>{text}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'


def ods(sheets: dict[str, Cells]) -> bytes:
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}>"
        + "".join(
            "<table:table-row>"
            + "".join(
                f'<table:table-cell office:value-type="string"><text:p>{escape(text)}</text:p></table:table-cell>'
                if text
                else "<table:table-cell/>"
                for text in row
            )
            + "</table:table-row>"
            for row in rows
        )
        + "</table:table>"
        for name, rows in sheets.items()
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr(
            "META-INF/manifest.xml",
            '<?xml version="1.0"?>'
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
            "</manifest:manifest>",
        )
        archive.writestr(
            "content.xml",
            '<?xml version="1.0"?><office:document-content '
            'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
            'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
            'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:body>'
            f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>",
        )
    return buffer.getvalue()


def xls(rows: Cells) -> bytes:
    """Return a workbook of Excel 97: one stream of records in a compound file."""

    def record(number: int, data: bytes) -> bytes:
        return struct.pack("<HH", number, len(data)) + data

    sheet = record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0x1CE8, 0x7CD, 0, 6))
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            if text.isdigit():
                sheet += record(0x203, struct.pack("<HHHd", r, c, 0, float(text)))
            elif text:
                sheet += record(0x204, struct.pack("<HHHHB", r, c, 0, len(text), 1) + text.encode("utf-16-le"))
    sheet += record(0x0A, b"")
    name = "Plan1"
    head = record(0x809, struct.pack("<HHHHII", 0x600, 0x05, 0x1CE8, 0x7CD, 0, 6))
    head += record(0x22, b"\0\0") + record(0xE0, b"\0" * 20)
    bound = 4 + 8 + len(name)
    end = record(0x0A, b"")
    start = len(head) + bound + len(end)
    head += record(0x85, struct.pack("<IBBBB", start, 0, 0, len(name), 0) + name.encode("latin-1")) + end
    return _compound(head + sheet)


def _compound(stream: bytes) -> bytes:
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    data = len(stream) // 512
    fats = 1
    while fats * 128 < data + fats + 1:
        fats += 1
    end, free = 0xFFFFFFFE, 0xFFFFFFFF
    table = [n + 1 for n in range(data - 1)] + [end] + [end] + [0xFFFFFFFD] * fats
    table += [free] * (fats * 128 - len(table))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    header += struct.pack("<IIIIIIIII", 0, fats, data, 0, 4096, end, 0, end, 0)
    header += struct.pack("<109I", *[data + 1 + n for n in range(fats)], *[free] * (109 - fats))

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        raw = (name + "\0").encode("utf-16-le") if name else b""
        return (
            raw.ljust(64, b"\0") + struct.pack("<HBBIII", len(raw), kind, 1, free, free, child) + b"\0" * 36
            + struct.pack("<IQ", start, size)
        )  # fmt: skip

    folder = (
        entry("Root Entry", 5, 1, end, 0) + entry("Workbook", 2, free, 0, len(stream)) + entry("", 0, free, 0, 0) * 2
    )
    return header + stream + folder + struct.pack(f"<{len(table)}I", *table)


def delimited(rows: Cells, delimiter: str) -> str:
    def quoted(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in (delimiter, '"', "\n")) else text

    return "".join(delimiter.join(map(quoted, row)) + "\r\n" for row in rows)


def page(rows: Cells, *, fragment: bool = False) -> str:
    def row(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(text)}</{tag}>" for text in cells) + "</tr>\n"

    table = f"<table>{row(rows[0], 'th')}{''.join(row(cells, 'td') for cells in rows[1:])}</table>"
    if fragment:
        return table
    return (
        "<!DOCTYPE html><html><head><title>Adesões</title><script>var a = '<td>';</script></head><body>"
        "<nav><ul><li>Acre</li><li>Campinas</li></ul></nav><main><h1>Adesões à Rede</h1><!-- <td>x</td> -->"
        f"{table}<p>Fonte: lista de teste.</p></main><footer>Brasília</footer></body></html>"
    )


def records(rows: Cells) -> str:
    return json.dumps([dict(zip(rows[0], row, strict=True)) for row in rows[1:]], ensure_ascii=False, indent=1)


def pdf(rows: Cells, *, ruled: bool = True, per_page: int = 80, encrypted: bool = False) -> bytes:
    """Return a PDF with the rows as a table over several pages, its headings repeated on each."""
    stops = (40, 330, 380, 500)
    objects: list[bytes] = [b"", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"]
    kids = []
    for begin in range(1, len(rows), per_page):
        here, drawn = [rows[0], *rows[begin : begin + per_page]], []
        top, step = 820, 9.5
        for place, row in enumerate(here):
            y = top - step * place
            for x, text in zip(stops, row, strict=False):
                written = text.encode("cp1252", "replace")
                for sign in (b"\\", b"(", b")"):
                    written = written.replace(sign, b"\\" + sign)
                drawn.append(b"BT /F1 7 Tf %d %.1f Td (%s) Tj ET" % (x + 3, y - 7, written))
        if ruled:
            bottom = top - step * len(here)
            drawn += [b"%d %.1f m %d %.1f l S" % (stops[0], y, stops[-1], y)
                      for y in (top - step * n for n in range(len(here) + 1))]  # fmt: skip
            drawn += [b"%d %.1f m %d %.1f l S" % (x, top, x, bottom) for x in stops]
        stream = zlib.compress(b"0.5 w " + b"\n".join(drawn))
        objects.append(b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(stream), stream))
        kids.append(len(objects) + 1)
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<</Font<</F1 3 0 R>>>>>>"
            % len(objects)
        )
    objects[0] = b"<</Type/Catalog/Pages 2 0 R>>"
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(b"%d 0 R" % kid for kid in kids))
    locked = b""
    if encrypted:
        secret = b"<" + b"5a" * 32 + b">"
        objects.append(b"<</Filter/Standard/V 1/R 2/P -4/O %s/U %s>>" % (secret, secret))
        locked = b"/Encrypt %d 0 R/ID[<00><00>]" % len(objects)
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size + table
    return out + b"trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (
        size, locked, out.rindex(b"xref"),
    )  # fmt: skip


WRITERS: dict[str, Callable[[Cells], bytes]] = {
    "comma.csv": lambda rows: delimited(rows, ",").encode(),
    "semicolon_bom.csv": lambda rows: delimited(rows, ";").encode("utf-8-sig"),
    "cp1252.csv": lambda rows: delimited(rows, ";").encode("cp1252"),
    "tabs.tsv": lambda rows: delimited(rows, "\t").encode(),
    "utf16.txt": lambda rows: delimited(rows, "\t").encode("utf-16"),
    "list.xlsx": lambda rows: xlsx({"Plan1": rows}),
    "list.xls": xls,
    "list.ods": lambda rows: ods({"Plan1": rows}),
    "list.json": lambda rows: records(rows).encode(),
    "page.html": lambda rows: page(rows).encode(),
    "fragment.html": lambda rows: page(rows, fragment=True).encode(),
    "list.pdf": pdf,
    "page_saved_as.xls": lambda rows: page(rows).encode("cp1252"),
}

Spoiled = dict[tuple[str, ...], str]


def spoiled_list(size: int = 2500, seed: int = 20261124) -> tuple[list[list[str]], dict[str, str], dict[str, int]]:
    """Return rows with headings, the members that they hold (code → day) and the problems by their number of rows."""
    random = np.random.default_rng(seed)
    towns = read_table("municipalities").sample(size, random_state=random, ignore_index=True)
    names = read_table("municipalities").groupby("name")["ibge_code"].count()
    first, last = dt.date(2019, 4, 4), dt.date(2025, 12, 8)
    rows, members, problems = [], {}, dict.fromkeys(("unknown_name", "wrong_state", "unknown_state", "bad_date",
        "too_early", "after_snapshot", "no_name"), 0)  # fmt: skip
    spoilt = set(random.choice(size, size // 20, replace=False).tolist())
    for place, town in towns.iterrows():
        day = first + dt.timedelta(days=int(random.integers((last - first).days + 1)))
        cells = [town["name"], town["uf"], f"{day:%d/%m/%Y}"]
        if town["ibge_code"] == "5101837" or place not in spoilt:
            members[town["ibge_code"]] = day.isoformat()
            rows.append(cells)
            continue
        how = list(problems)[len(problems) and sum(problems.values()) % len(problems)]
        if how == "wrong_state" and names[town["name"]] > 1:
            how = "bad_date"
        if how == "wrong_state":
            cells[1] = "RR" if town["uf"] != "RR" else "AP"
        problems[how] += 1
        cells = {
            "unknown_name": ["Qwxz Kjhg", *cells[1:]],
            "unknown_state": [cells[0], "XX", cells[2]],
            "bad_date": [*cells[:2], "31/02/2023"],
            "too_early": [*cells[:2], "03/04/2019"],
            "after_snapshot": [*cells[:2], "01/01/2026"],
            "no_name": ["", *cells[1:]],
        }.get(how, cells)
        rows.append(cells)
    return [["Município", "UF", "Data de adesão"], *rows], members, problems


@pytest.fixture(scope="session")
def spoiled() -> tuple[list[list[str]], dict[str, str], dict[str, int]]:
    return spoiled_list()


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def written(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


@pytest.fixture(scope="session", params=list(WRITERS))
def writer(request: pytest.FixtureRequest) -> tuple[str, Callable[[Cells], bytes]]:
    return request.param, WRITERS[request.param]


@pytest.fixture(scope="session")
def make_xlsx() -> Callable[..., bytes]:
    return xlsx


@pytest.fixture(scope="session")
def make_xls() -> Callable[[Cells], bytes]:
    return xls


@pytest.fixture(scope="session")
def make_ods() -> Callable[..., bytes]:
    return ods


@pytest.fixture(scope="session")
def make_pdf() -> Callable[..., bytes]:
    return pdf


@pytest.fixture(scope="session")
def writers() -> dict[str, Callable[[Cells], bytes]]:
    return WRITERS

"""Bad files of every format that a list of members comes in, and what must become of each.

    python tests/corpus/make_corpus.py FOLDER

writes them all, the same bytes each time; `test_corpus.py` gives them to the command line. None of them is kept in the
repository. A case is accepted with so many members and rejected rows, or refused with an exit code and some words of
its message.
"""

# ruff: noqa: E501

from __future__ import annotations

import importlib.util
import io
import json
import struct
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

HEADINGS = ["Município", "UF", "Data de adesão"]
ROWS = [["Campinas", "SP", "06/03/2021"], ["Rio Branco", "AC", "07/04/2022"], ["Lages", "SC", "08/05/2023"]]
TABLE = [HEADINGS, *ROWS]
CSV = "".join(";".join(row) + "\n" for row in TABLE)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
DATA, USAGE = 3, 2


class Case(NamedTuple):
    """A bad file: its name, its bytes (or what puts it into a folder), and what becomes of it."""

    name: str
    content: bytes | Callable[[Path], None]
    members: int | None = None
    rejected: int = 0
    code: int = 0
    said: str = ""


def _module(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"corpus_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


WRITERS = _module(Path(__file__).parents[1] / "unit" / "cleaning" / "membership" / "conftest.py")
BAD_PDFS = _module(Path(__file__).with_name("bad_pdfs.py"))


def accepted(name: str, content: str | bytes, members: int, rejected: int = 0, said: str = "") -> Case:
    return Case(name, content.encode() if isinstance(content, str) else content, members, rejected, said=said)


def refused(name: str, content: str | bytes | Callable[[Path], None], said: str, code: int = DATA) -> Case:
    return Case(name, content.encode() if isinstance(content, str) else content, None, 0, code, said)


def zipped(parts: dict[str, bytes], *, compress: bool = True) -> bytes:
    """Return an archive whose dates do not depend on the day."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            how = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
            archive.writestr(zipfile.ZipInfo(name), content, how)
    return buffer.getvalue()


def parts_of(workbook: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def xlsx(sheets: dict[str, Any]) -> bytes:
    return zipped(parts_of(WRITERS.xlsx(sheets)))


def ods(sheets: dict[str, Any]) -> bytes:
    return zipped(parts_of(WRITERS.ods(sheets)))


def xlsx_with(changes: dict[str, bytes | None] | None = None, sheet: Callable[[bytes], bytes] | None = None) -> bytes:
    """Return the workbook of the three rows with parts added, replaced or (None) taken out, and its sheet changed."""
    parts = parts_of(WRITERS.xlsx({"Plan1": TABLE}))
    if sheet is not None:
        parts["xl/worksheets/sheet1.xml"] = sheet(parts["xl/worksheets/sheet1.xml"])
    for name, content in (changes or {}).items():
        if content is None:
            del parts[name]
        else:
            parts[name] = content
    return zipped(parts)


def ods_with(changes: dict[str, bytes]) -> bytes:
    return zipped(parts_of(WRITERS.ods({"Plan1": TABLE})) | changes)


def record(number: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", number, len(data)) + data


def text_cases() -> Iterator[Case]:
    yield refused("empty.csv", b"", "it is empty")
    yield refused("only_spaces.csv", " \r\n\t\n", "it is empty")
    yield refused("only_bom.csv", b"\xef\xbb\xbf", "it is empty")
    yield refused("only_nuls.csv", b"\0" * 4096, "it is empty")
    yield refused("nul_inside.csv", CSV.replace("Rio", "R\0o").encode(), "found a NUL byte")
    yield refused("nul_at_end.csv", CSV.encode() + b"\0", "found a NUL byte")
    yield refused("no_encoding.csv", CSV.encode() + b"\x81\x8d;SP;\n", "line 5: found the byte 0x81")
    yield refused("utf16_cut_off.csv", CSV.encode("utf-16")[:-1], "line 4: it begins as UTF-16, but is cut off")
    yield refused("utf16_no_mark.csv", CSV.encode("utf-16-le"), "found a NUL byte")
    yield accepted("utf16.csv", CSV.replace(";", "\t").encode("utf-16"), 3)
    yield accepted("windows_1252.csv", CSV.encode("cp1252"), 3)
    yield accepted("twice_encoded.csv", (CSV + "São Paulo;SP;01/01/2022\n").encode().decode("cp1252").encode(), 4)
    yield accepted("mac_line_ends.csv", CSV.replace("\n", "\r"), 3)
    yield accepted("mixed_line_ends.csv", CSV.replace("\n", "\r\n", 2), 3)
    yield accepted("no_last_line_end.csv", CSV.rstrip("\n"), 3)
    yield accepted("blank_lines.csv", CSV.replace("\n", "\n\n\n"), 3)
    yield accepted("separator_named.csv", "sep=;\n" + CSV, 3)
    yield accepted("no_break_spaces.csv", CSV.replace(" ", "\u00a0"), 3)
    yield accepted("zero_width.csv", CSV.replace("Campinas", "\u200bCam\u200bpinas"), 3)
    yield accepted("right_to_left.csv", CSV.replace("Campinas", "\u202eCampinas\u202c"), 3)
    yield accepted("terminal_codes.csv", CSV.replace("Campinas", "\x1b[31mCampinas\x1b[0m"), 2, 1, "\\x1b[31mCampinas")
    yield accepted("decomposed_accents.csv", "Município;UF\nSa\u0303o Paulo;SP\nMace\u0301io;AL\n", 2)
    yield accepted("formulas.csv", CSV + '=cmd|" /C calc"!A0;SP;01/01/2022\n@SUM(A1);SP;01/01/2022\n', 3, 2)
    yield refused("open_quote.csv", CSV.replace("Rio", '"Rio'), "line 3: a quote is opened and not closed")
    yield refused("stray_quote.csv", CSV.replace("Rio Branco", '"Rio" Branco'), "line 3: something stands between")
    yield refused("quote_over_all.csv", 'Município;UF\n"' + "Campinas;SP\n" * 40 + '";SP\n', "a cell runs over")
    yield refused("long_cell.csv", CSV.replace("Campinas", "x" * 10_001), "a cell of 10,001 characters")
    yield refused("wide.csv", CSV.replace("06/03/2021", "06/03/2021" + ";x" * 400), "403 columns")
    yield refused("many_rows.csv", CSV + "Campinas;SP;06/03/2021\n" * 100_000, "more than 100,000 rows")
    yield accepted("ragged.csv", CSV + "Santos;SP\nSantos;SP;01/01/2022;x;y;z\n", 4)
    yield refused("two_delimiters.csv", "a,b;c\nCampinas,SP;1\nSantos,SP;2\n", "delimiter")
    yield refused("headings_only.csv", "Município;UF\n", "municipalit")
    yield refused("no_municipality.csv", "Produto;Preço\nArroz\x1b[2J;10\nFeijão;12\n", "Arroz\\x1b[2J | 10")
    yield refused("numbers.csv", "1;2;3\n4;5;6\n", "municipalit")
    yield refused("all_unknown_but_one.csv", "Município;UF\nCampinas;SP\n" + "Qwxz;SP\n" * 5, "only 1 of 6 cells")
    yield refused("all_unknown.csv", "Município;UF\n" + "Qwxz Kjh;SP\n" * 5, "municipalit")
    yield accepted("wrong_states.csv", CSV + "Campinas;AC;01/01/2022\nManaus;SP;01/01/2022\n", 3, 2)
    yield accepted("no_such_state.csv", CSV + "Campinas;ZZ;01/01/2022\n", 3, 1)
    yield accepted("no_names.csv", CSV + ";SP;01/01/2022\n", 3, 1)
    yield accepted("impossible_days.csv", CSV + "Santos;SP;31/02/2022\nBauru;SP;00/00/0000\n", 3, 2)
    yield accepted("too_early.csv", CSV + "Santos;SP;03/04/2019\n", 3, 1)
    yield accepted("after_the_list.csv", CSV + "Santos;SP;01/01/2026\n", 3, 1)
    yield accepted("year_9999.csv", CSV + "Santos;SP;31/12/9999\nBauru;SP;01/01/0001\n", 3, 2)
    yield accepted("huge_numbers.csv", CSV + f"Santos;SP;{'9' * 5000}\n", 3, 1)
    yield accepted("day_numbers_far_off.csv", CSV + "Santos;SP;99999\nBauru;SP;00001\n", 3, 2)
    yield refused(
        "month_first.csv", "Município;UF;Data\nCampinas;SP;03/16/2021\nSantos;SP;04/17/2022\n", "begin with the month"
    )
    yield accepted("another_network.csv", CSV.replace("/20", "/19"), 3, said="Is this the list of another network")
    yield accepted("same_row_often.csv", CSV + "Campinas;SP;06/03/2021\n" * 50, 3)
    yield accepted("codes_wrong.csv", "Código;Município\n3509502;Campinas\n9999999;Santos\n350950;x\n", 1, 2)
    yield accepted("codes_contradict.csv", "Código;Município\n3509502;Campinas\n3509502;Santos\n", 1, 1)
    yield accepted("code_as_float.csv", "Código;Município\n3509502.0;Campinas\n1,2e6;Santos\n", 2)
    yield refused("status_unclear.csv", "Município;UF;Aderiu\nCampinas;SP;talvez\nSantos;SP;quase\n", "joined")
    yield refused(
        "undated.csv", "Município;UF;Data de adesão\nCampinas;SP;06/03/2021\nSantos;SP;\nBauru;SP;\n", "without a date"
    )
    yield refused("two_dates.csv", "Município;UF;Data de publicação;Data de assinatura\nCampinas;SP;01/02/2021;06/03/2021\n"
                  "Santos;SP;01/02/2021;07/03/2021\n", "Which column is joined_on")  # fmt: skip
    yield accepted("plain_lines.txt", "ACRE\n1. Rio Branco\n2. Xapuri\n* nota\nTotal: 2\n", 2)
    yield accepted("stars.txt", "Rio Branco/AC\nx" + "*" * 9000 + "!\nXapuri/AC\n", 2, 1)
    yield accepted("separators.txt", "Rio Branco/AC\na" + " -" * 2500 + "\nXapuri/AC\n", 2, 1)
    yield accepted("brackets.txt", "Rio Branco/AC\n" + "(a" * 4500 + "\nXapuri/AC\n", 2)
    yield accepted("superscripts.txt", "Rio Branco/AC\nx" + "¹" * 9000 + "\nXapuri/AC\n", 2, 1)
    yield refused("one_long_line.txt", "Campinas " * 2000, "a cell of")
    yield refused("prose.txt", "Lorem ipsum dolor sit amet.\n" * 30, "municipalit")
    yield refused(
        "binary_noise.txt", bytes((n * 73 + 41) % 251 + 1 for n in range(4000)), "line 2: found the byte 0x8d"
    )
    yield refused("program.csv", b"\x7fELF\x02\x01\x01" + b"\x01" * 100, "a program")
    yield refused("windows_program.csv", b"MZ\x90\x00\x03" + b"\x01" * 100, "a program")
    yield refused("shell_script.csv", "#!/bin/sh\nrm -rf /\n", "municipalit")


def json_cases() -> Iterator[Case]:
    good = [dict(zip(HEADINGS, row, strict=True)) for row in ROWS]
    text = json.dumps(good, ensure_ascii=False)
    yield refused(
        "cut_off.json", text[:-20], "line 1, column 181: no valid JSON: the closing quote of a text is missing"
    )
    yield refused("trailing_comma.json", text[:-1] + ",]", "no valid JSON: ")
    yield refused(
        "single_quotes.json", "[{'municipio': 'Campinas'}]", 'line 1, column 3: no valid JSON: "\'" cannot stand there'
    )
    yield refused("two_documents.json", text + text, "no valid JSON: more stands behind its end")
    yield refused("comments.json", "[\n// note\n" + text[1:], "line 2, column 1: no valid JSON")
    yield refused("deep_lists.json", "[" * 100_000 + "]" * 100_000, "line 1, column 21: it is nested more than 20")
    yield refused(
        "deep_objects.json", '{"a":' * 50_000 + "1" + "}" * 50_000, "line 1, column 101: it is nested more than 20"
    )
    yield refused("deep_records.json", '[{"a":' + '{"b":' * 30 + "1" + "}" * 30 + "}]", "nested more than 20")
    yield refused(
        "huge_integer.json", '[{"Município": ' + "9" * 10_000 + "}]", "line 1, column 16: a number has too many digits"
    )
    yield accepted("infinite.json", text[:-1] + ', {"Município": "Santos", "UF": "SP", "Data de adesão": 1e999}]', 3, 1)
    yield accepted(
        "not_a_number.json", text[:-1] + ', {"Município": NaN, "UF": "SP", "Data de adesão": "01/01/2022"}]', 3, 1
    )
    yield refused("empty_list.json", "[]", "holds no list")
    yield refused("empty_object.json", "{}", "holds no list")
    yield refused("empty_records.json", "[{}, {}, {}]", "it holds no rows")
    yield refused("only_a_record.json", json.dumps(good[0], ensure_ascii=False), "holds no list")
    yield refused("list_of_nulls.json", "[null, null]", "holds no list")
    yield refused("list_of_numbers.json", "[1, 2, 3]", "holds no list")
    yield refused("many_keys.json", "[{" + ",".join(f'"k{n}":{n}' for n in range(400)) + "}]", "records of 400 fields")
    yield accepted("same_key_twice.json", '[{"UF": "SP", "Município": "x", "Município": "Campinas"}]', 1)
    yield accepted("mixed_types.json", text[:-1] + ', 1, null, "x", [2]]', 3, 3)
    yield accepted("lone_surrogate.json", text[:-1] + ', {"Município": "\\ud800", "UF": "SP"}]', 3, 1)
    yield refused("nul_escape.json", '["\\u0000"]', "none of its 1 row names a municipality")
    yield accepted("escapes.json", json.dumps(good), 3)
    yield refused("latin_json.json", b'[{"Munic\x81pio": "x"}]', "found the byte 0x81")
    yield refused(
        "lines_of_json.json", "\n".join(json.dumps(row) for row in good), "line 2, column 1: no valid JSON: more stands"
    )


def page_cases() -> Iterator[Case]:
    page = WRITERS.page(TABLE)
    cell = "<td>Campinas</td>"
    yield accepted("unclosed.html", page.replace("</td>", "").replace("</tr>", ""), 3)
    yield accepted("cut_off.html", page[: page.index("Lages")], 2)
    yield accepted("script.html", page.replace(cell, "<td><script>alert(1)</script>Campinas</td>"), 3)
    yield accepted("event_handler.html", page.replace(cell, '<td onclick="alert(1)">Campinas</td>'), 3)
    yield accepted("entities.html", page.replace("Campinas", "&#67;ampinas"), 3)
    yield accepted("wrong_entities.html", page.replace("Campinas", "Campinas&#x110000;&bogus;"), 2, 1)
    yield accepted("huge_entity.html", page.replace("Campinas", f"Campinas&#{'9' * 5000};"), 2, 1)
    yield accepted("open_comment.html", page.replace("<p>Fonte", "<!-- <p>Fonte"), 3)
    yield accepted("comment_of_dashes.html", page.replace("<p>Fonte", "<!--" + "-" * 100_000 + "><p>Fonte"), 3)
    yield accepted("doctype_entities.html", '<!DOCTYPE html [<!ENTITY a "b">]>' + page[15:], 3)
    yield accepted("huge_spans.html", page.replace("<td>Lages", '<td rowspan="9999" colspan="1">Lages'), 3)
    yield refused("wide_span.html", page.replace("<th>UF", '<th colspan="9999">UF'), "302 columns")
    yield refused("deep_tables.html", "<table><tr><td>" * 20_000, "it holds no rows")
    yield refused("deep_lists.html", "<html>" + "<ul><li>" * 50_000 + "x", "it holds no rows")
    yield refused("only_tags.html", "<html>" + "<" * 100_000, "a cell of 100,000 characters")
    yield refused("no_table.html", "<html><body><p>Em breve.</p></body></html>", "municipalit")
    form = "<html><body><form><input name=user><input name=password></form></body></html>"
    yield refused("login_page.html", form, "it holds no rows")
    yield refused("error_page.html", "<html><h1>503 Service Unavailable</h1></html>", "municipalit")
    yield refused("page_as.xlsx", "<html><h1>404</h1></html>", "municipalit")
    yield accepted("table_as.xlsx", page, 3)
    yield refused("long_cell.html", page.replace("Campinas", "x" * 10_001), "a cell of 10,001 characters")
    yield refused("many_rows.html", "<table>" + "<tr><td>Campinas<td>SP" * 100_001, "more than 100,000 rows")
    laughs = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aa"><!ENTITY b "&a;&a;&a;">]><l>&b;</l>'
    yield refused("entity_bomb.xml", laughs, "it holds no rows")
    yield refused("nul.html", page.replace("Campinas", "Cam\0pinas"), "found a NUL byte")


def workbook_cases() -> Iterator[Case]:
    good = xlsx({"Plan1": TABLE})
    macros, password = "it carries macros", "protected by a password"
    yield refused("cut_off.xlsx", good[: len(good) // 2], "a damaged workbook")
    yield refused("only_mark.xlsx", b"PK\x03\x04", "a damaged workbook")
    yield refused("empty_archive.xlsx", b"PK\x05\x06" + b"\0" * 18, "no workbook")
    yield accepted("flipped_byte_at_end.xlsx", good + b"\xff", 3)
    yield refused("macros.xlsm", xlsx_with({"xl/vbaProject.bin": b"x"}), macros)
    yield refused("macros_named_xlsx.xlsx", xlsx_with({"xl/vbaProject.bin": b"x"}), macros)
    yield refused("old_macros.xlsx", xlsx_with({"xl/macrosheets/sheet1.xml": b"<x/>"}), macros)
    yield refused("macros.ods", ods_with({"Basic/Standard/Module1.xml": b"<x/>"}), macros)
    yield refused("scripts.ods", ods_with({"Scripts/python/a.py": b"x"}), macros)
    yield refused(
        "encrypted.xlsx", WRITERS._compound(b"EncryptedPackage" + "EncryptedPackage".encode("utf-16-le")), password
    )
    yield refused("encrypted.ods", ods_with({"META-INF/manifest.xml": b"<m><encryption-data/></m>"}), password)
    flagged = bytearray(good)
    place = flagged.index(b"PK\x01\x02")
    flagged[place + 8] |= 1
    yield refused("flagged_encrypted.xlsx", bytes(flagged), password)
    yield refused("bomb.xlsx", xlsx_with({"xl/media/a.xml": b"\0" * 301_000_000}), "unpacks to 30")
    yield refused("ratio.xlsx", xlsx_with({"xl/worksheets/sheet9.xml": b" " * 25_000_000}), "times its size")
    yield refused("many_parts.xlsx", xlsx_with({f"xl/p{n}.xml": b"" for n in range(2001)}), "parts")
    yield refused("nested.xlsx", xlsx_with({"xl/embeddings/a.zip": zipped({"a": b"b"})}), "holds another file")
    yield refused("nested_object.xlsx", xlsx_with({"xl/embeddings/oleObject1.bin": OLE}), "holds another file")
    yield refused("climbing_name.xlsx", xlsx_with({"../../etc/passwd": b"x"}), "names a part outside")
    yield refused("absolute_name.xlsx", xlsx_with({"/etc/passwd": b"x"}), "names a part outside")
    yield refused("climbing_backwards.xlsx", xlsx_with({"xl\\..\\..\\x": b"x"}), "names a part outside")
    doctype = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "b">]>'
    yield refused(
        "entities_in_book.xlsx", xlsx_with({"xl/workbook.xml": doctype + b"<workbook/>"}), "declares entities"
    )
    yield refused("entities_in_sheet.xlsx", xlsx_with(sheet=lambda part: part.replace(b'<?xml version="1.0"?>', doctype)), "declares entities")  # fmt: skip
    laughs = b'<!DOCTYPE l [<!ENTITY l0 "lol">' + b"".join(
        b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10)
    )
    yield refused(
        "billion_laughs.xlsx", xlsx_with({"xl/sharedStrings.xml": laughs + b"]><l>&l9;</l>"}), "declares entities"
    )
    outside = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><l>&x;</l>'
    yield refused("outside_entity.xlsx", xlsx_with({"xl/sharedStrings.xml": outside}), "declares entities")
    yield refused("outside_entity.ods", ods_with({"content.xml": outside}), "declares entities")
    sixteen = outside.decode().encode("utf-16")
    yield refused("entity_in_utf16.xlsx", xlsx_with({"xl/sharedStrings.xml": sixteen}), "declares entities")
    rels = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r9" Type="http://x/%s" Target="http://127.0.0.1/x" TargetMode="External"/></Relationships>'
    yield refused("outside_link.xlsx", xlsx_with({"xl/externalLinks/_rels/externalLink1.xml.rels": rels % b"externalLinkPath"}), "asks for something outside")  # fmt: skip
    yield refused(
        "outside_template.xlsx",
        xlsx_with({"xl/_rels/x.rels": rels % b"attachedTemplate"}),
        "asks for something outside",
    )
    yield accepted("hyperlink.xlsx", xlsx_with({"xl/worksheets/_rels/sheet1.xml.rels": rels % b"hyperlink"}), 3)
    yield refused("no_book.xlsx", xlsx_with({"xl/workbook.xml": None}), "no workbook")
    yield refused("no_sheet.xlsx", xlsx_with({"xl/worksheets/sheet1.xml": None}), "cannot be opened")
    yield refused("broken_sheet.xlsx", xlsx_with(sheet=lambda part: part[: len(part) // 2]), "it cannot be opened")
    yield refused("no_sheets.xlsx", xlsx_with({"xl/workbook.xml": b"<workbook><sheets/></workbook>"}), "no rows")
    yield refused("empty_sheet.xlsx", xlsx({"Plan1": []}), "no rows")
    yield refused("far_cell.xlsx", xlsx_with(sheet=lambda part: part.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')), "it takes too much memory")  # fmt: skip
    yield accepted("formulas_without_values.xlsx", xlsx_with(sheet=lambda part: part.replace(b"</sheetData>", b'<row r="9"><c r="A9"><f>A2</f></c><c r="B9" t="str"><v>SP</v></c></row></sheetData>')), 3, said="1 formula has no value kept")  # fmt: skip
    yield accepted("errors_in_cells.xlsx", xlsx_with(sheet=lambda part: part.replace(b"</sheetData>", b'<row r="9"><c r="A9" t="e"><v>#REF!</v></c><c r="B9" t="str"><v>SP</v></c></row></sheetData>')), 3)  # fmt: skip
    yield refused("wrong_shared_string.xlsx", xlsx_with(sheet=lambda part: part.replace(b"</sheetData>", b'<row r="9"><c r="A9" t="s"><v>99999</v></c></row></sheetData>')), "cannot be opened")  # fmt: skip
    yield accepted("huge_date.xlsx", xlsx({"P": [*TABLE, ["Santos", "SP", "@99999999"]]}), 3, 1)
    yield refused("binary.xlsb", zipped({"xl/workbook.bin": b"x"}), "XLSB")
    yield refused("document.docx", zipped({"word/document.xml": b"<x/>"}), "no workbook")
    yield refused("list_in.zip", zipped({"lista.csv": CSV.encode()}), "no workbook")
    yield refused("two_tables.xlsx", xlsx({"A": TABLE, "B": [["Município"], ["Santos"], ["Bauru"]]}), "several tables")
    yield refused("cut_off.ods", ods({"P": TABLE})[:300], "a damaged workbook")
    yield refused(
        "no_content.ods", zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}), "cannot be opened"
    )
    many = ods({"P": TABLE})
    repeated = parts_of(many)["content.xml"].replace(b"<table:table-row>", b'<table:table-row table:number-rows-repeated="1048000">', 1)  # fmt: skip
    yield refused("repeated_rows.ods", zipped(parts_of(many) | {"content.xml": repeated}), "1,048,003 rows")
    old = WRITERS.xls(TABLE)
    yield refused("only_mark.xls", OLE, "cannot be opened")
    yield refused("cut_off.xls", old[:1500], "cannot be opened")
    yield refused("word.doc", WRITERS._compound("WordDocument".encode("utf-16-le")), "a Word document")
    yield refused("slides.ppt", WRITERS._compound("PowerPoint Document".encode("utf-16-le")), "a presentation")
    yield refused("macros.xls", old + "_VBA_PROJECT".encode("utf-16-le"), macros)
    locked = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 6)) + record(0x2F, b"\x01\0" + b"\0" * 52)
    yield refused("password.xls", WRITERS._compound(locked + record(0x0A)), password)
    yield refused("zeros.xls", OLE + b"\0" * 2000, "cannot be opened")
    yield refused("chain_in_a_circle.xls", OLE + old[8:44] + b"\1" * 600 + old[644:], "cannot be opened")


def other_cases() -> Iterator[Case]:
    for name, content, said in (
        ("list.7z", b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
        ("list.rar", b"Rar!\x1a\x07", "a RAR archive"),
        ("list.csv.gz", b"\x1f\x8b\x08\0", "a gzip archive"),
        ("list.csv.bz2", b"BZh91AY", "a bzip2 archive"),
        ("list.csv.xz", b"\xfd7zXZ\0", "an XZ archive"),
        ("list.csv.zst", b"\x28\xb5\x2f\xfd\0", "a Zstandard archive"),
        ("scan.png", b"\x89PNG\r\n\x1a\n", "a picture"),
        ("scan.jpg", b"\xff\xd8\xff\xe0", "a picture"),
        ("scan.gif", b"GIF89a", "a picture"),
        ("list.rtf", b"{\\rtf1 x}", "an RTF document"),
        ("list.parquet", b"PAR1x", "a Parquet file"),
        ("list.sqlite", b"SQLite format 3\0", "a database"),
    ):
        yield refused(name, content, said)
    yield refused("folder.csv", lambda path: path.mkdir(), "no ordinary file", USAGE)
    yield refused("link.csv", lambda path: path.symlink_to("/etc/hostname"), "symbolic link", USAGE)
    yield refused("link_to_nothing.csv", lambda path: path.symlink_to("nothing"), "symbolic link", USAGE)
    yield refused("pipe.csv", _pipe, "no ordinary file", USAGE)
    yield refused("missing.csv", lambda _: None, "there is no such file", USAGE)
    yield refused("huge.csv", _huge, "51 MB")
    yield accepted("-rf.csv", CSV, 3)
    yield accepted("$(touch x);.csv", CSV, 3)
    yield accepted("name\nof two lines.csv", CSV, 3)
    yield accepted("=cmd|calc.csv", CSV, 3)
    yield accepted("[red]marked[red].csv", CSV, 3)
    yield accepted("ação çedilha.csv", CSV, 3)


def pdf_cases() -> Iterator[Case]:
    if importlib.util.find_spec("pypdfium2") is None:
        return
    for name, content, members, rejected, said in BAD_PDFS.bad_pdfs(WRITERS.pdf):
        if members is None:
            yield refused(name, content, said)
        else:
            yield accepted(name, content, members, rejected, said)


def _pipe(path: Path) -> None:
    import os

    os.mkfifo(path)


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(51_000_000)


def cases() -> Sequence[Case]:
    """Return all cases, each under a name of its own."""
    made = [*text_cases(), *json_cases(), *page_cases(), *workbook_cases(), *pdf_cases(), *other_cases()]
    assert len({case.name for case in made}) == len(made)
    return made


def put(case: Case, folder: Path) -> Path:
    """Write the file of a case into a folder and return its path."""
    path = folder / case.name
    if isinstance(case.content, bytes):
        path.write_bytes(case.content)
    else:
        case.content(path)
    return path


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Give the folder to write the files to.")
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for one in cases():
        put(one, target)
    print(f"{len(cases())} files in {target}")

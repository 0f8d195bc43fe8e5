from __future__ import annotations

import datetime as dt
import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from redegov_analysis.cleaning.membership import read_membership
from redegov_analysis.cleaning.membership.answers import read_answers
from redegov_analysis.errors import DataError, ParameterError

DAY = dt.date(2025, 12, 31)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LIST = "Município;UF\nCampinas;SP\n"
Write = Callable[..., Path]


def archive(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \r\n", "is empty"),
        (b"%PDF-1.7 ...", "Copy the table into a spreadsheet|extra"),
        (b"\x89PNG\r\n", "a picture"),
        (b"nome\nS\0o", "line 2: found a NUL byte"),
        (b"nome\n\x81\xff", "line 2: found the byte 0x81"),
        (b"\xff\xfe\x00", "begins as UTF-16"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        (OLE + "_VBA_PROJECT".encode("utf-16-le"), "macros, which are never opened"),
        (OLE + "WordDocument".encode("utf-16-le"), "Word document"),
        (OLE + b"\0" * 600, "cannot be opened"),
        (b"PK\x03\x04 cut off", "damaged workbook"),
        (archive({"xl/workbook.xml": b"<a/>", "xl/vbaProject.bin": b"x"}), "macros, which are never opened"),
        (archive({"xl/workbook.bin": b"x"}), "XLSB"),
        (archive({"word/document.xml": b"x"}), "no workbook"),
        (archive({"xl/workbook.xml": b"<a/>"}), "cannot be opened"),
        (archive({"xl/workbook.xml": b"\0" * 301_000_000}), "unpacks to 301 MB"),
        (b"[" * 100_000, "line 1, column 21: it is nested more than 20 levels deep"),
        (b'[{"municipio": ', "line 1, column 16: no valid JSON: it ends"),
        (b"{}", "holds no list"),
        (json.dumps({"municipio": "Campinas"}).encode(), "holds no list"),
        (("Município;UF\n" + "x" * 10_001 + ";SP\n").encode(), "line 2: a cell of 10,001 characters"),
        ((";" * 400 + "x\n").encode(), "line 1: 401 columns"),
        (
            b'Municipio;UF\n"Campinas;SP\nSantos;SP\n',
            "line 2: a quote is opened and not closed; expected each quote to be closed",
        ),
        (b'Municipio;UF\n"Campinas"x;SP\n', "line 2: something stands between a closing quote"),
        (b"Campinas;Santos\n1;2\n", "municipalit"),
    ],
)
def test_what_cannot_be_read_is_refused_in_plain_words(content: bytes, said: str, write: Write) -> None:
    with pytest.raises(DataError, match=said) as raised:
        read_membership(write("list.dat", content), DAY)
    assert "list.dat" in str(raised.value)


def test_more_rows_than_there_can_be_are_refused(write: Write) -> None:
    with pytest.raises(DataError, match="more than 100,000 rows"):
        read_membership(write("list.csv", "Município;UF\n" + "Campinas;SP\n" * 100_001), DAY)


def test_a_workbook_of_a_cell_far_away_takes_no_memory(write: Write, make_xlsx: Callable[..., bytes]) -> None:
    parts = {}
    with zipfile.ZipFile(io.BytesIO(make_xlsx({"A": [["Município"], ["Campinas"]]}))) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(
        b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )
    with pytest.raises(DataError, match=r"too much memory|1,048,576 rows"):
        read_membership(write("list.xlsx", archive(parts)), DAY)


def test_large_files_links_folders_and_devices_are_refused(tmp_path: Path, write: Write) -> None:
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate(50_000_001)
    with pytest.raises(DataError, match="50 MB"):
        read_membership(large, DAY)
    (tmp_path / "link.csv").symlink_to(write("list.csv", LIST))
    with pytest.raises(ParameterError, match="symbolic link"):
        read_membership(tmp_path / "link.csv", DAY)
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path, tmp_path / "pipe.csv", tmp_path / "none.csv", tmp_path / "a\0b"):
        with pytest.raises(ParameterError):
            read_membership(path, DAY)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"cidade": "Nome"}, "the key 'cidade' is unknown"),
        ({"state": 0}, "state: found 0"),
        ({"state": "Sigla"}, "no column is headed 'Sigla'"),
        ({"state": 9}, "column 9, but the list has 2"),
        ({"undated": "maybe"}, "expected one of member, not_member"),
        ({"header_line": "two"}, "expected a line number"),
        ({"sheets": "Plan9"}, "has no Plan9"),
        ({"status_member": [{}]}, "a text or a list of texts"),
    ],
)
def test_answers_that_do_not_fit_are_refused(answers: dict[str, object], said: str, write: Write) -> None:
    with pytest.raises((ParameterError, DataError), match=said):
        read_membership(write("list.csv", LIST), DAY, answers)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("- a\n- b\n", "no lines of keys and values"),
        ("state: UF\ncode: a: b\n", "line 2, column 8: no YAML"),
        ("!!python/object:os.system {}", "line 1, column 1: a tag or a key of YAML that only programs use"),
        ("joined_on: 2024-13-45", "no YAML"),
        (b"state: \xff\xff", "no text in UTF-8"),
        ("&a [*a]", "no lines of keys and values"),
        ("[" * 5000, "nested too deeply"),
        ("x" * 100_001, "more than 100,000 bytes"),
    ],
)
def test_description_of_columns_must_be_a_mapping(content: str | bytes, said: str, write: Write) -> None:
    with pytest.raises(ParameterError, match=f"columns.yml.*{said}.*expected a few lines"):
        read_answers(write("columns.yml", content))


def test_a_description_of_columns_is_an_ordinary_file_that_nothing_is_waited_for(tmp_path: Path, write: Write) -> None:
    os.mkfifo(tmp_path / "pipe.yml")
    (tmp_path / "link.yml").symlink_to(write("columns.yml", "state: UF\n"))
    for name, said in (("pipe.yml", "no ordinary file"), ("link.yml", "symbolic link"), ("none.yml", "no such file")):
        with pytest.raises(ParameterError, match=said):
            read_answers(tmp_path / name)


def test_double_encoded_names_are_mended_in_their_own_row(write: Write) -> None:
    path = write("list.csv", "Município;UF\nSÃ£o Paulo;SP\nSão Carlos;SP\n")
    assert read_membership(path, DAY).members["ibge_code"].tolist() == ["3548906", "3550308"]

"""Numbers, dates and encodings are read as Brazilian sources write them, and what is ambiguous is refused."""

import datetime as dt
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redegov_analysis.data.reading import date_from_text, number_from_text, text_from_bytes
from redegov_analysis.errors import DataError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234,56", 1234.56),
        ("1234,56", 1234.56),
        ("1.234.567", 1234567),
        ("11.451.999", 11451999),
        ("0", 0),
        ("R$ 1.234,56", 1234.56),
        ("R$\u00a01.234,56", 1234.56),
        ("-R$ 3,00", -3),
        ("R$ -3,00", -3),
        ("−2", -2),
        ("12,3%", 12.3),
        ("12,3 %", 12.3),
        (" 45 ", 45),
        ("-", 0),
        ("", None),
        ("..", None),
        ("...", None),
        ("X", None),
    ],
)
def test_number_as_brazilian_sources_write_it(text: str, value: float | None) -> None:
    assert number_from_text(text) == value


@pytest.mark.parametrize("text", ["1234.56", "1.23", "12.34.567", "1,2,3", "abc", "nan", "1e5", "--1", ",5", "5,", "٣"])
def test_a_number_that_could_be_read_in_two_ways_is_refused(text: str) -> None:
    with pytest.raises(DataError, match=r"expected a number such as 1\.234,56"):
        number_from_text(text)


def test_sources_that_write_as_computers_do_are_read_when_said_so() -> None:
    assert number_from_text("734467.017", decimal=".") == 734467.017
    with pytest.raises(DataError, match=r"1,234\.56"):
        number_from_text("734467,01", decimal=".")


def test_a_dash_means_what_the_source_says_it_means() -> None:
    assert number_from_text("-", marks={"-": None}) is None


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_any_number_written_the_brazilian_way_comes_back(value) -> None:
    written = f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
    assert number_from_text(written) == float(value)
    assert number_from_text(f"R$ {written}") == float(value)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("31/12/2023", "2023-12-31"),
        ("31/12/2023 00:00", "2023-12-31"),
        ("2023-12-31", "2023-12-31"),
        ("2023-12-31T00:00:00", "2023-12-31"),
        ("2023-12-31T23:30:00-03:00", "2023-12-31"),
        ("45291", "2023-12-31"),
        ("45291.0", "2023-12-31"),
        ("31.12.2023", "2023-12-31"),
        ("31-12-2023", "2023-12-31"),
        ("3/5/2013", "2013-05-03"),
        ("8 de dezembro de 2025", "2025-12-08"),
        ("1º de março de 2024", "2024-03-01"),
        ("12/jan/2022", "2022-01-12"),
    ],
)
def test_day_as_brazilian_sources_write_it(text: str, day: str) -> None:
    found = date_from_text(text)
    assert found is not None
    assert (found.date.isoformat(), found.precision, found.last) == (day, "day", found.date)


@pytest.mark.parametrize(
    ("text", "first", "last", "precision"),
    [
        ("dez/2023", "2023-12-01", "2023-12-31", "month"),
        ("fev/2024", "2024-02-01", "2024-02-29", "month"),
        ("dezembro de 2023", "2023-12-01", "2023-12-31", "month"),
        ("MARÇO/2023", "2023-03-01", "2023-03-31", "month"),
        ("12/2023", "2023-12-01", "2023-12-31", "month"),
        ("2023-12", "2023-12-01", "2023-12-31", "month"),
        ("2024", "2024-01-01", "2024-12-31", "year"),
    ],
)
def test_a_month_or_a_year_is_no_day(text: str, first: str, last: str, precision: str) -> None:
    found = date_from_text(text)
    assert found is not None
    assert (found.date.isoformat(), found.last.isoformat(), found.precision) == (first, last, precision)


@pytest.mark.parametrize("text", ["", " ", "-", "–", "..."])
def test_an_empty_date_is_missing(text: str) -> None:
    assert date_from_text(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "12/31/2023",
        "30/02/2024",
        "2023-13-01",
        "31/12/23",
        "31/12-2023",
        "<=2023-07",
        "ontem",
        "12345",
        "99999",
        "abc/2023",
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="found"):
        date_from_text(text)


@given(st.dates(min_value=dt.date(1990, 1, 1), max_value=dt.date(2099, 12, 31)))
def test_any_day_comes_back_from_each_way_of_writing_it(day: dt.date) -> None:
    serial = (day - dt.date(1899, 12, 30)).days
    for text in (
        day.isoformat(),
        f"{day:%d/%m/%Y}",
        f"{day.day}/{day.month}/{day.year}",
        f"{day:%d.%m.%Y} 12:00",
        f"{serial}",
    ):
        found = date_from_text(text)
        assert found is not None
        assert (found.date, found.precision) == (day, "day")


@given(st.text(max_size=12))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    for read, kind in ((number_from_text, float), (date_from_text, tuple)):
        try:
            found = read(text)
        except DataError:
            continue
        assert found is None or isinstance(found, kind)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_text_is_the_same_from_every_encoding_of_the_sources(encoding: str) -> None:
    text, _ = text_from_bytes("codigo_uf;Município\n35;São Paulo\n".encode(encoding))
    assert text == "codigo_uf;Município\n35;São Paulo\n"


def test_windows_1252_is_read_and_said_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    content = bytes.fromhex("4d756e6963ed70696f3b506f70756c61e7e36f0a53e36f205061756c6f3b31312e3435312e3939390a")
    with caplog.at_level(logging.INFO):
        assert text_from_bytes(content) == ("Município;População\nSão Paulo;11.451.999\n", "windows-1252")
    assert "windows-1252" in caplog.text


def test_decomposed_names_are_composed() -> None:
    assert text_from_bytes("Sa\u0303o Paulo".encode())[0] == "São Paulo"


def test_text_that_was_encoded_twice_is_refused_with_its_line() -> None:
    with pytest.raises(DataError, match=r"line 2: found .*SÃ£o.* encoded twice"):
        text_from_bytes("nome\nSão Paulo".encode().decode("cp1252").encode())


def test_bytes_that_are_no_text_are_refused_with_their_line() -> None:
    with pytest.raises(DataError, match="line 2: found the byte 0x81"):
        text_from_bytes(b"nome\n\x81\xff")


@given(
    st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126) | st.sampled_from("ÁÉÍÓÚÃÕÂÊÔÇáéíóúãõâêôçü'-"))
)
def test_portuguese_text_is_never_taken_for_encoded_twice(text: str) -> None:
    assert text_from_bytes(text.encode())[0] == text


def test_text_that_was_encoded_twice_is_kept_for_readers_that_mend_names() -> None:
    twice = "nome\nSão Paulo".encode().decode("cp1252")
    assert text_from_bytes(twice.encode(), twice="keep") == (twice, "utf-8")

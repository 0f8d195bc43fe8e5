"""Lists in PDF: printed by a browser, drawn by a program, scanned, protected."""

from __future__ import annotations

import datetime as dt
import html
import importlib.util
import shutil
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from redegov_analysis.cleaning.membership import MembershipTable, pdf_worker, read_membership
from redegov_analysis.data import deadline
from redegov_analysis.data.catalogue import read_table
from redegov_analysis.errors import DataError

DAY = dt.date(2025, 12, 31)
BROWSER = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
needs_browser = pytest.mark.skipif(not Path(BROWSER).exists(), reason="there is no Chromium here to print a page")
ROWS = 150


@pytest.fixture(scope="module")
def towns() -> pd.DataFrame:
    """Towns of all lengths of name, with days."""
    table = read_table("municipalities")
    longest = table.assign(letters=table["name"].str.len()).nlargest(ROWS // 3, "letters")
    rest = table.drop(longest.index).sample(ROWS - len(longest), random_state=7)
    chosen = pd.concat([longest, rest]).sort_values(["uf", "name"], ignore_index=True)
    return chosen.assign(day=pd.date_range("2021-01-04", periods=ROWS, freq="5D"))


def printed(towns: pd.DataFrame, folder: Path, *, ruled: bool) -> Path:
    """Return a page with the towns as a table, its names over two lines, printed by a browser."""
    rows = "".join(
        f"<tr><td style='width:95px'>{html.escape(name)}</td><td>{uf}</td><td>{day:%d/%m/%Y}</td></tr>"
        for name, uf, day in towns[["name", "uf", "day"]].itertuples(index=False)
    )
    style = "tr{break-inside:avoid}table{border-collapse:collapse;font:10pt sans-serif}"
    style += "td,th{padding:4pt 8pt;text-align:left;"
    style += "border:1px solid}" if ruled else "}"
    page = folder / "page.html"
    page.write_text(
        f"<!DOCTYPE html><html lang=pt-BR><meta charset=utf-8><style>{style}</style><h1>Rede GOV.BR: adesões</h1>"
        f"<p>Posição em 31 de dezembro de 2025.</p><table><thead><tr><th>Município<th>UF<th>Data de adesão</tr></thead>"
        f"{rows}</table><p>Fonte: lista de teste.</p></html>",
        encoding="utf-8",
    )
    path = folder / "printed.pdf"
    command = [BROWSER, *FLAGS, f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={path}", page.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return path


def assert_read(table: MembershipTable, towns: pd.DataFrame) -> None:
    found = table.members.set_index("ibge_code")["joined_on"]
    expected = towns.set_index("ibge_code")["day"]
    assert found.reindex(expected.index).tolist() == expected.tolist()
    assert len(found) == len(expected)
    assert table.rows_read == sum(map(len, (table.members, table.governments, table.duplicates, table.rejected)))


@needs_browser
@pytest.mark.parametrize("ruled", [True, False], ids=["ruled", "aligned"])
def test_a_printed_table_over_pages_with_names_over_two_lines_is_read_whole(
    ruled: bool, towns: pd.DataFrame, tmp_path: Path
) -> None:
    table = read_membership(printed(towns, tmp_path, ruled=ruled), DAY)
    assert_read(table, towns)
    assert table.rejected.empty
    warned = any("WARNING" in sentence and "no ruled lines" in sentence for sentence in table.log)
    assert warned is not ruled


def test_aligned_text_drawn_by_a_program_is_read_whole(
    towns: pd.DataFrame, make_pdf: Callable[..., bytes], write: Callable[..., Path]
) -> None:
    cells = [[name, uf, f"{day:%d/%m/%Y}"] for name, uf, day in towns[["name", "uf", "day"]].itertuples(index=False)]
    path = write("aligned.pdf", make_pdf([["Município", "UF", "Data de adesão"], *cells], ruled=False, per_page=60))
    table = read_membership(path, DAY)
    assert_read(table, towns)
    # A line is told by its page and its place on it.
    assert table.members["line"].between(1002, 3999).all()


def test_a_figure_s_table_is_read_too(tmp_path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3))
    axes = figure.add_subplot()
    axes.set_axis_off()
    cells = [["Campinas", "SP", "06/03/2021"], ["Rio Branco", "AC", "05/03/2021"], ["Xapuri", "AC", "07/03/2021"]]
    axes.table(cells, colLabels=["Município", "UF", "Data de adesão"], loc="center")
    figure.savefig(tmp_path / "figure.pdf")
    table = read_membership(tmp_path / "figure.pdf", DAY)
    assert table.members["ibge_code"].tolist() == ["1200401", "1200708", "3509502"]


def test_a_name_broken_at_a_small_word_is_never_taken_for_the_shorter_name(
    make_pdf: Callable[..., bytes], write: Callable[..., Path]
) -> None:
    rows = [
        ["Município", "UF", "Data de adesão"], ["Santa Maria", "RS", "06/03/2021"], ["do Herval", "", ""],
        ["Caxias do Sul", "RS", "07/03/2021"], ["São Lourenço", "RS", "08/03/2021"], ["do Sul", "", ""],
    ]  # fmt: skip
    table = read_membership(write("broken.pdf", make_pdf(rows, ruled=False)), DAY)
    assert table.members["ibge_code"].tolist() == ["4305108", "4316956", "4318804"]


def test_states_that_open_blocks_stay_apart_from_the_names_above_them(
    make_pdf: Callable[..., bytes], write: Callable[..., Path]
) -> None:
    towns = read_table("municipalities")
    rows = [["Município", "Data de adesão", ""]]
    for uf, state in (("BA", "BAHIA"), ("SE", "SERGIPE")):
        rows += [[state, "", ""], *([name, "06/03/2021", ""] for name in towns.loc[towns["uf"] == uf, "name"].head(40))]
    table = read_membership(write("blocks.pdf", make_pdf(rows, ruled=False)), DAY)
    assert table.members["ibge_code"].str[:2].value_counts().to_dict() == {"29": 40, "28": 40}


def test_pictures_of_pages_are_refused(tmp_path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4, 3))
    figure.add_axes((0, 0, 1, 1)).imshow([[0, 1], [1, 0]])
    figure.axes[0].set_axis_off()
    figure.savefig(tmp_path / "scan.pdf")
    with pytest.raises(DataError, match=r"scan\.pdf: no text: its pages are empty or pictures"):
        read_membership(tmp_path / "scan.pdf", DAY)


def test_a_protected_pdf_is_refused(make_pdf: Callable[..., bytes], write: Callable[..., Path]) -> None:
    rows = [["Município", "UF"], ["Campinas", "SP"]]
    with pytest.raises(DataError, match="protected by a password"):
        read_membership(write("locked.pdf", make_pdf(rows, encrypted=True)), DAY)


def test_a_damaged_pdf_is_refused(write: Callable[..., Path]) -> None:
    with pytest.raises(DataError, match=r"cut\.pdf: (it cannot be read|no text)"):
        read_membership(write("cut.pdf", b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 9 0 R>>\nendobj\n"), DAY)


def test_a_pdf_too_heavy_for_a_list_is_refused_in_its_time(
    make_pdf: Callable[..., bytes], write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadline, "LIST_SECONDS", deadline.START_AND_END + 1)
    with pytest.raises(DataError, match=r"^heavy\.pdf: it takes more than 1 second"):
        read_membership(write("heavy.pdf", make_pdf([["Município", "UF"], *[["Campinas", "SP"]] * 12_000])), DAY)


@pytest.mark.parametrize(("turn", "matrix"), [(90, b"0 1 -1 0 842 0 cm "), (270, b"0 -1 1 0 0 595 cm ")])
def test_a_page_stored_on_its_side_is_read_as_it_is_shown(
    turn: int, matrix: bytes, make_pdf: Callable[..., bytes]
) -> None:
    plain = make_pdf([["Município", "UF"], ["Campinas", "SP"], ["Monção", "MA"]])
    start, end = plain.index(b"stream\n") + len(b"stream\n"), plain.index(b"\nendstream")
    drawn = zlib.compress(matrix + zlib.decompress(plain[start:end]))
    aside = plain.replace(b"/Length %d" % (end - start), b"/Length %d" % len(drawn)).replace(plain[start:end], drawn)
    aside = aside.replace(b"/MediaBox[0 0 595 842]", b"/Rotate %d/MediaBox[0 0 842 595]" % turn)
    assert pdf_worker.contents(aside, 100, 10) == pdf_worker.contents(plain, 100, 10)


def test_without_the_extra_the_message_says_how_to_get_it(
    make_pdf: Callable[..., bytes], write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *at: None if name == "pypdfium2" else real(name, *at))
    with pytest.raises(DataError, match=r"pip install 'redegov-analysis\[pdf\]'"):
        read_membership(write("list.pdf", make_pdf([["Município", "UF"], ["Campinas", "SP"]])), DAY)

"""What a notebook shows carries its evidence, its source and its data, and never runs what data say."""

from __future__ import annotations

import io
import re
from urllib.parse import unquote

import pandas as pd
import pytest
from matplotlib.figure import Figure as Sheet

from redegov_analysis.errors import ParameterError
from redegov_analysis.evidence import Evidence
from redegov_analysis.reports.items import ITEM_MIME, Column, Figure, Statement, Table
from redegov_analysis.reports.text import Text

T = Text("pt-BR")
NASTY = "<img src=x onerror=alert(1)>\"'&"


def _draw(sheet: Sheet, narrow: bool) -> None:
    axes = sheet.add_subplot()
    axes.plot([0, 1], [0, 2 if narrow else 1])
    axes.set_title("ação")


def _figure(**changes: object) -> Figure:
    frame = pd.DataFrame({"name": [NASTY], "value": [1234.5]})
    columns = {"name": Column("Nome"), "value": Column("Valor", "number", 1)}
    given = {
        "id": "fig", "t": T, "evidence": Evidence.PROXY, "source": NASTY, "as_of": "2025-12-08", "title": "Título",
        "caption": "O que ver", "alt": "Em palavras", "draw": _draw, "frame": frame, "columns": columns,
    }  # fmt: skip
    return Figure(**{**given, **changes})  # type: ignore[arg-type]


def _table(frame: pd.DataFrame, columns: dict[str, Column], limit: int = 60) -> Table:
    return Table(
        id="tab", t=T, evidence=Evidence.PUBLISHED, source="IBGE", as_of=None, title="T", caption="C", frame=frame,
        columns=columns, limit=limit,
    )  # fmt: skip


def _statement(sentence: str) -> Statement:
    return Statement(id="s", t=T, evidence=Evidence.ESTIMATED, source="x", as_of=None, sentence=sentence, value=0.5)


@pytest.mark.parametrize(
    "item", [_figure(), _statement("Uma frase."), _table(pd.DataFrame({"a": [1]}), {"a": Column("A")})]
)
def test_every_item_says_its_evidence_in_words_and_with_a_mark(item: Figure) -> None:
    bundle = item._repr_mimebundle_()
    assert item.evidence.mark in bundle["text/html"]
    assert T.evidence(item.evidence) in bundle["text/html"]
    assert T.evidence(item.evidence) in bundle["text/plain"]
    assert bundle[ITEM_MIME]["evidence"] == item.evidence


def test_text_that_comes_from_data_is_never_markup() -> None:
    pages = [_figure(title=NASTY, caption=NASTY, alt=NASTY).html(), _statement(NASTY).html()]
    pages.append(_table(pd.DataFrame({"a": [NASTY]}), {"a": Column(NASTY)}).html())
    for page in pages:
        assert "<img src=x" not in page
        assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_a_figure_has_alt_text_source_date_and_a_narrow_picture() -> None:
    page = _figure().html()
    assert 'alt="Em palavras"' in page
    assert "8 de dezembro de 2025" in page
    assert page.count("data:image/svg+xml,") == 2
    assert 'media="(max-width: 40rem)"' in page


def test_a_figure_is_drawn_the_same_each_time() -> None:
    assert _figure().picture() == _figure().picture()
    assert _figure().picture(narrow=True) != _figure().picture()
    assert b"<dc:date>" not in _figure().picture()


def test_a_large_figure_can_be_a_png() -> None:
    assert _figure(kind="png").picture().startswith(b"\x89PNG")


def test_the_linked_csv_is_the_data_with_their_machine_names() -> None:
    frame = pd.DataFrame({"uf": ["SP", "AC"], "share": [0.25, None], "extra": [1, 2]})
    page = _table(frame, {"uf": Column("Estado"), "share": Column("Parcela", "percent")}).html()
    encoded = re.search(r'data:text/csv;charset=utf-8,([^"]+)"', page)
    assert encoded is not None
    back = pd.read_csv(io.StringIO(unquote(encoded[1])))
    pd.testing.assert_frame_equal(back, frame, check_dtype=False)


def test_what_is_only_shown_is_no_part_of_the_data() -> None:
    frame = pd.DataFrame({"count": [2500], "stated": ["2.500"]})
    table = _table(frame, {"stated": Column("Publicado", only_shown=True)})
    assert ">2.500<" in table.html()
    assert table.record()["csv"] == "count\n2500\n"
    assert [field["name"] for field in table.record()["fields"]] == ["count"]


def test_a_spreadsheet_finds_no_formula_in_the_csv() -> None:
    record = _table(pd.DataFrame({"a": ["=1+1", "@x", "fine"], "n": [-1, 2, 3]}), {"a": Column("A")}).record()
    lines = record["csv"].splitlines()
    assert lines[1:] == ["'=1+1,-1", "'@x,2", "fine,3"]


def test_a_table_heads_its_rows_and_columns_and_aligns_numbers() -> None:
    page = _table(pd.DataFrame({"a": ["x"], "n": [2500]}), {"a": Column("A"), "n": Column("N", "integer")}).html()
    assert '<th scope="row">x</th>' in page
    assert '<th scope="col" class="number">N</th>' in page
    assert '<td class="number">2.500</td>' in page
    assert "<caption" in page


def test_a_long_table_says_how_many_rows_are_only_in_the_csv() -> None:
    page = _table(pd.DataFrame({"n": range(100)}), {"n": Column("N", "integer")}, limit=10).html()
    assert "90" in page
    assert page.count("<tr>") == 11


def test_missing_values_are_dashes_in_every_kind_of_column() -> None:
    for kind in ("text", "integer", "number", "percent", "date", "month", "p_value", "probability"):
        assert Column("x", kind).written(float("nan"), T) == "–"  # type: ignore[arg-type]


def test_an_id_that_is_no_identifier_is_refused() -> None:
    with pytest.raises(ParameterError, match="letters, digits and underscores"):
        _figure(id="../etc")


def test_a_figure_may_be_empty() -> None:
    assert _figure(draw=lambda *_: None).html().count("<figure") == 1

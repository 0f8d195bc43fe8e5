"""What a notebook shows: figures, tables and statements, each with the evidence it stands on.

An item shows itself as HTML in JupyterLab and in the report. In its output it also carries `ITEM_MIME`, from which the
CSV files and the headline numbers of the site are taken, so that a number on the index is the number in the report.
All text that comes from data is escaped here, and nowhere else.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import Any, Final, Literal
from urllib.parse import quote

import pandas as pd

from redegov_analysis.data.writing import csv_text
from redegov_analysis.errors import ParameterError
from redegov_analysis.evidence import Evidence
from redegov_analysis.reports import theme, watermark
from redegov_analysis.reports.datasets import typed
from redegov_analysis.reports.text import SupportsDate, Text
from redegov_analysis.reports.vector import svg_uri

ITEM_MIME: Final = "application/vnd.redegov.item+json"

Kind = Literal["text", "integer", "number", "percent", "points", "date", "month", "p_value", "probability", "evidence"]


@dataclass(frozen=True)
class Column:
    """How a table shows one column.

    Attributes
    ----------
    label
        The heading, in the reader's language.
    kind
        How values are written; `percent` and `points` (percentage points) take shares (0–1).
    digits
        Decimals of `number`, `percent` and `points`.
    sign
        Show a plus before positive numbers.
    only_shown
        Leave the column out of the data: another one holds the same, as a number.
    """

    label: str
    kind: Kind = "text"
    digits: int = 1
    sign: bool = False
    only_shown: bool = False

    @property
    def numeric(self) -> bool:
        """Whether values are aligned to the right."""
        return self.kind not in {"text", "evidence"}

    def written(self, value: Any, t: Text) -> str:
        """Return a value as the reader sees it.

        Parameters
        ----------
        value
            A value of the column, in the unit of its kind: shares are 0–1.
        t
            Language of the reader.

        Returns
        -------
        str
            Text, not yet escaped; a dash where the value is missing.
        """
        if self.kind != "text" and pd.isna(value):
            return "–"
        match self.kind:
            case "integer":
                return t.integer(value)
            case "number":
                return t.number(value, self.digits, sign=self.sign)
            case "percent":
                return t.percent(value, self.digits, sign=self.sign)
            case "points":
                return t.number(100 * value, self.digits, sign=self.sign)
            case "date":
                return t.date(value, "short")
            case "month":
                return t.date(value, "month")
            case "p_value":
                return t.p_value(value)
            case "probability":
                return t.probability(value)
            case "evidence":
                kind = Evidence(value)
                return f"{kind.mark} {t.evidence(kind)}"
            case "text":  # pragma: no branch - there is no other kind; the type checker sees to it
                return "–" if pd.isna(value) else str(value)


@dataclass(frozen=True)
class Item:
    """What figures, tables and statements have in common.

    Attributes
    ----------
    id
        Name of the item, unique within a notebook: letters, digits and underscores.
    t
        The reader's language.
    evidence
        What the numbers stand on.
    source
        Who published the data, in the reader's language.
    as_of
        The date that the data speak of.
    """

    id: str
    t: Text = field(repr=False)
    evidence: Evidence
    source: str
    as_of: SupportsDate | str | None

    def __post_init__(self) -> None:
        if not self.id.isidentifier():
            raise ParameterError("An item's id must be made of letters, digits and underscores: {id!r}.", id=self.id)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        del include, exclude
        return {"text/html": self.html(), "text/plain": self.plain(), ITEM_MIME: self.record()}

    def html(self) -> str:
        """Return the item as a fragment of HTML.

        Returns
        -------
        str
            With its evidence in words, and whatever was text escaped.
        """
        return self._html()

    def plain(self) -> str:
        """Return the item in one line of text.

        Returns
        -------
        str
            The heading and, in brackets, the evidence.
        """
        return f"{self._heading()} [{self.t.evidence(self.evidence)}]"

    def record(self) -> dict[str, Any]:
        """Return what the site needs to know of the item, ready for JSON.

        Returns
        -------
        dict
            `kind`, `id`, `evidence`, `source`, `as_of` (ISO date) and what its kind has besides.
        """
        return {
            "kind": type(self).__name__.lower(),
            "id": self.id,
            "evidence": str(self.evidence),
            "source": self.source,
            "as_of": self._iso_date(),
            **self._details(),
        }

    def _html(self) -> str:
        raise NotImplementedError

    def _heading(self) -> str:
        raise NotImplementedError

    def _details(self) -> dict[str, Any]:
        raise NotImplementedError

    def _iso_date(self) -> str | None:
        if self.as_of is None:
            return None
        return (
            self.as_of
            if isinstance(self.as_of, str)
            else f"{self.as_of.year:04}-{self.as_of.month:02}-{self.as_of.day:02}"
        )

    def _badge(self) -> str:
        return (
            f'<span class="evidence evidence-{self.evidence}" title="{escape(self.t.evidence_meaning(self.evidence))}">'
            f'<span aria-hidden="true">{self.evidence.mark}</span> {escape(self.t.evidence(self.evidence))}</span>'
        )

    @property
    def simulated(self) -> bool:
        """Whether the item is made up; then it says so wherever it is shown."""
        return self.evidence is Evidence.SIMULATED

    def _strip(self) -> str:
        return watermark.strip(self.t) if self.simulated else ""

    def _source_line(self) -> str:
        when = f" · {self.t.date(self.as_of)}" if self.as_of else ""
        return f'<p class="source">{escape(self.t("Source: {source}", source=self.source))}{escape(when)}</p>'


@dataclass(frozen=True)
class Statement(Item):
    """One finding as a full sentence.

    Attributes
    ----------
    sentence
        The finding, in the reader's language.
    value, unit
        The number that the sentence is about, for programs; its unit in English, such as `municipalities` or `share`.
    numeral
        The number as it is shown large on a card, such as `44,9%`; nothing for a plain sentence.
    low, high, level
        Bounds of the number's interval and its level (0–1), where it has one.
    headline
        Whether the site's index shows it.
    """

    sentence: str
    value: float | str | None = None
    unit: str | None = None
    numeral: str | None = None
    low: float | str | None = None
    high: float | str | None = None
    level: float | None = None
    headline: bool = False

    def _html(self) -> str:
        numeral = f'<p class="numeral">{escape(self.numeral)}</p>' if self.numeral else ""
        return (
            f'<div class="item statement" id="item-{self.id}">{self._strip()}{numeral}'
            f'<p class="sentence">{escape(self.sentence)} {self._badge()}</p>{self._source_line()}</div>'
        )

    def _heading(self) -> str:
        return watermark.marked_sentence(self.sentence, self.t) if self.simulated else self.sentence

    def _details(self) -> dict[str, Any]:
        return {
            "sentence": self._heading(),
            "value": self.value,
            "unit": self.unit,
            "numeral": self.numeral,
            "low": self.low,
            "high": self.high,
            "level": self.level,
            "headline": self.headline,
        }


class _WithData:
    """What tables and figures have in common: their data, which go with the page and into the site's files alike."""

    title: str
    caption: str
    frame: pd.DataFrame
    columns: Mapping[str, Column]
    simulated: bool

    def _heading(self) -> str:
        return self.title

    def _details(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "caption": self.caption,
            "csv": self._csv,
            **typed(self._marked, self.columns),
        }

    @cached_property
    def _csv(self) -> str:
        return csv_text(self._marked)

    @cached_property
    def _marked(self) -> pd.DataFrame:
        data = self.frame.drop(columns=[name for name, column in self.columns.items() if column.only_shown])
        return watermark.marked_frame(data) if self.simulated else data


@dataclass(frozen=True)
class Table(_WithData, Item):
    """A table, its first column naming the rows.

    Attributes
    ----------
    title, caption
        What the table is, and what to see in it.
    frame
        The data with their machine names, written to CSV as they are, but for columns that are only shown.
    columns
        How each shown column is headed and written; columns that are not named here are only in the CSV.
    limit
        Rows shown; all of them are in the CSV.
    """

    title: str
    caption: str
    frame: pd.DataFrame = field(repr=False)
    columns: Mapping[str, Column] = field(repr=False)
    limit: int = 60

    def _html(self) -> str:
        body = table_html(self.frame.head(self.limit), self.columns, self.t)
        hidden = len(self.frame) - self.limit
        rows_left = self.t("{count} more rows are in the CSV file.", count=self.t.integer(hidden))
        more = f'<p class="more">{escape(rows_left)}</p>' if hidden > 0 else ""
        caption = (
            f'<caption id="caption-{self.id}"><div class="lines"><strong class="title">{escape(self.title)}</strong> '
            f'{self._badge()} <span class="what">{escape(self.caption)}</span></div></caption>'
        )
        return (
            f'<div class="item table" id="item-{self.id}">{self._strip()}'
            f'<div class="scroll" role="region" tabindex="0" aria-labelledby="caption-{self.id}">'
            f"<table>{caption}{body}</table></div>{more}{self._source_line()}"
            f"{csv_link(self.id, self._csv, self.t, simulated=self.simulated)}</div>"
        )


@dataclass(frozen=True)
class Figure(_WithData, Item):
    """A figure with the data behind it.

    Attributes
    ----------
    title, caption
        What the figure shows, and what to see in it.
    alt
        The figure told in words to someone who cannot see it.
    draw
        Draws it (see `theme.Draw`).
    frame, columns
        The data behind the figure, and how the table under it shows them.
    heights
        Height in inches on the wide and on the narrow sheet.
    kind
        `"svg"`, or `"png"` where there are too many shapes.
    """

    title: str
    caption: str
    alt: str
    draw: theme.Draw = field(repr=False)
    frame: pd.DataFrame = field(repr=False)
    columns: Mapping[str, Column] = field(repr=False)
    heights: tuple[float, float] = (4.2, 3.6)
    kind: Literal["svg", "png"] = "svg"

    def picture(self, *, narrow: bool = False) -> bytes:
        """Return the picture as SVG or PNG.

        Parameters
        ----------
        narrow
            Draw it for a telephone.

        Returns
        -------
        bytes
            Of the format that `kind` says; made-up numbers carry the watermark.
        """
        draw = watermark.marked_draw(self.draw, self.t) if self.simulated else self.draw
        return theme.render(draw, narrow=narrow, heights=self.heights, salt=self.id, kind=self.kind)

    def _html(self) -> str:
        wide = _data_uri(self.picture(), self.kind)
        if self.kind == "svg":
            uri = _data_uri(self.picture(narrow=True), self.kind).replace(" ", "%20")  # a space would end it in srcset
            narrow = f'<source media="(max-width: 40rem)" srcset="{uri}">'
        else:
            narrow = ""
        shown = self.frame.head(60)
        link = csv_link(self.id, self._csv, self.t, simulated=self.simulated)
        return (
            f'<figure class="item figure" id="item-{self.id}">'
            f'<figcaption>{self._strip()}<strong class="title">{escape(self.title)}</strong> {self._badge()} '
            f'<span class="what">{escape(self.caption)}</span></figcaption>'
            f'<picture>{narrow}<img src="{wide}" alt="{escape(self.alt)}"></picture>{self._source_line()}'
            f"<details><summary>{escape(self.t('Data of this figure'))}</summary>"
            f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(self.title)}">'
            f'<table><caption class="visually-hidden">{escape(self.title)}</caption>'
            f"{table_html(shown, self.columns, self.t)}</table></div>{link}</details>"
            "</figure>"
        )


def table_html(frame: pd.DataFrame, columns: Mapping[str, Column], t: Text) -> str:
    """Return the head and body of a table, the first column as row headings; every value escaped, no rows said so.

    Parameters
    ----------
    frame
        The rows.
    columns
        The columns to show, in order, by their name in `frame`.
    t
        Language of the reader.

    Returns
    -------
    str
        `thead` and `tbody`.
    """
    heads = "".join(
        f'<th scope="col"{_numeric_class(column)}>{escape(column.label)}</th>' for column in columns.values()
    )
    rows = "".join(
        _row_html(values, list(columns.values()), t) for values in frame[list(columns)].itertuples(index=False)
    )
    # Headings above nothing would look as if something had failed to load.
    rows = rows or f'<tr><td colspan="{len(columns)}">{escape(t("No entries."))}</td></tr>'
    return f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody>"


def csv_link(name: str, data: str, t: Text, *, simulated: bool = False) -> str:
    """Return a link that saves data, given as CSV, without asking any server; the file of made-up data is called so.

    Parameters
    ----------
    name
        Name of the file, without its suffix.
    data
        The table, from `data.writing.csv_text`.
    t
        Language of the reader.
    simulated
        Whether it holds made-up numbers.

    Returns
    -------
    str
        HTML; the data is in the address of the link itself.
    """
    if simulated:
        name = f"{watermark.FILE_PREFIX}{name}"
    # Text needs no base64, which would add a third; what could be markup or a handler is escaped.
    encoded = quote(data, safe=",-./:;_")
    return (
        f'<p class="download"><a download="{escape(name)}.csv" href="data:text/csv;charset=utf-8,{encoded}">'
        f"{escape(t('Download the data (CSV)'))}</a></p>"
    )


def _row_html(values: Sequence[Any], columns: Sequence[Column], t: Text) -> str:
    first, *rest = ((column, escape(column.written(value, t))) for column, value in zip(columns, values, strict=True))
    cells = "".join(f"<td{_numeric_class(column)}>{text}</td>" for column, text in rest)
    return f'<tr><th scope="row"{_numeric_class(first[0])}>{first[1]}</th>{cells}</tr>'


def _numeric_class(column: Column) -> str:
    return ' class="number"' if column.numeric else ""


def _data_uri(content: bytes, kind: Literal["svg", "png"]) -> str:
    return svg_uri(content) if kind == "svg" else f"data:image/png;base64,{base64.b64encode(content).decode()}"

"""Colours, type and paper of the figures: the GOV.BR Design System's tokens, legible in print and without colour.

Hex values are those of @govbr-ds/core 3.7.0. Text is drawn in Source Sans 3 (SIL Open Font License), which the package
carries, so that a figure looks the same on every machine.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from importlib.resources import as_file, files
from textwrap import fill
from typing import Any, Final, Literal

import matplotlib as mpl
import matplotlib.dates as mdates
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Sheet
from PIL import Image

from redegov_analysis.reports.lettering import LetteringCanvas
from redegov_analysis.reports.text import Text
from redegov_analysis.reports.vector import lean_svg

BLUE: Final = "#1351b4"
BLUE_DARK: Final = "#0c326f"
BLUE_DARKEST: Final = "#071d41"
BLUE_LIGHT: Final = "#5992ed"
GREEN: Final = "#168821"
RED: Final = "#e52207"
YELLOW: Final = "#ffcd07"
OCHRE: Final = "#947100"
TEXT: Final = "#333333"
GRAY: Final = "#757575"
GRAY_LIGHT: Final = "#dddddd"
PAPER: Final = "#ffffff"

BOLD: Final[dict[str, Any]] = {"fontfamily": "Source Sans 3 SemiBold", "fontweight": 600}
"""For labels that stand out; the weight is named so that the font is found without a warning."""

_PNG_DPI: Final = 200
_MARGIN: Final = 4
"""Between a label and the sheet's edge, in pixels."""

WIDE_INCHES: Final = 7.6
NARROW_INCHES: Final = 3.7

Draw = Callable[[Sheet, bool], None]
"""Draws on an empty sheet; the flag says that the sheet is as narrow as a telephone."""


def render(
    draw: Draw,
    *,
    narrow: bool,
    heights: tuple[float, float],
    salt: str,
    kind: Literal["svg", "png"] = "svg",
) -> bytes:
    """Return the picture that `draw` makes, byte for byte the same each time.

    Parameters
    ----------
    draw
        Called with an empty sheet and `narrow`.
    narrow
        Draw for a screen of 390 px instead of a page.
    heights
        Height in inches on the wide and on the narrow sheet.
    salt
        Seeds the ids inside an SVG, so that they are fixed.
    kind
        `"svg"`, or `"png"` at twice the screen's resolution.
    """
    with _style(salt):
        sheet = Sheet(figsize=(NARROW_INCHES if narrow else WIDE_INCHES, heights[narrow]), layout="constrained")
        canvas = LetteringCanvas if kind == "svg" else FigureCanvasAgg
        canvas(sheet)  # the one that will draw measures its letters too
        draw(sheet, narrow)
        if kind == "png":
            sheet.set_dpi(_PNG_DPI)
        _lay_out(sheet)
        stream = io.BytesIO()
        if kind == "svg":
            sheet.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
        else:
            sheet.savefig(stream, format="png", dpi=_PNG_DPI, metadata={"Software": None})
        picture = stream.getvalue()
    return lean_svg(picture) if kind == "svg" else _with_palette(picture)


def _lay_out(sheet: Sheet) -> None:
    """Give each axes its place, once: `savefig` would draw the whole sheet a second time to find it."""
    engine = sheet.get_layout_engine()
    if engine is not None and sheet.axes:
        engine.execute(sheet)
        broken = [_broken_to_fit(axes) for axes in sheet.axes]
        if any(broken):
            engine.execute(sheet)
        for axes in sheet.axes:
            _keep_on_sheet(axes)
    sheet.set_layout_engine(None)


def _broken_to_fit(axes: Axes) -> bool:
    """Break a label along the bottom that is longer than the sheet is wide; say whether it was."""
    label, sheet = axes.xaxis.label, axes.get_figure(root=True)
    words = label.get_text()
    if not words or sheet is None or label.get_window_extent().width <= sheet.bbox.width - 2 * _MARGIN:
        return False
    label.set_text(fill(words, len(words) // 2 + 4))
    return True


def _keep_on_sheet(axes: Axes) -> None:
    """Move a label along the bottom that would run off the sheet back onto it, for axes that are narrow and aside."""
    label, sheet = axes.xaxis.label, axes.get_figure(root=True)
    if not label.get_text() or sheet is None:
        return
    box, paper, room = label.get_window_extent(), sheet.bbox, axes.get_window_extent().width
    if not room:
        return
    over = max(box.x1 - paper.x1 + _MARGIN, 0) or min(box.x0 - paper.x0 - _MARGIN, 0)
    label.set_x(label.get_position()[0] - over / room)


def _with_palette(png: bytes) -> bytes:
    """Return a picture of few colours, as our maps are, with a palette: a fraction of the bytes, alike to the eye."""
    stream = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        flat = image.convert("RGB").quantize(64, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        flat.save(stream, format="PNG", optimize=True)
    return stream.getvalue()


def tidy(axes: Axes, *, grid: Literal["x", "y", "both"] = "y") -> Axes:
    """Leave only what helps to read the data: light grid lines and no box."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(GRAY_LIGHT)
    axes.grid(axis=grid, color=GRAY_LIGHT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, colors=TEXT)
    return axes


def date_axis(axes: Axes, t: Text, *, narrow: bool) -> None:
    """Write years, or months where there are few, along the bottom in the reader's language."""
    low, high = axes.get_xlim()
    years = (high - low) / 365.25
    locator: mdates.DateLocator
    if years > 2.5:
        locator = mdates.YearLocator(2 if narrow and years > 5 else 1)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_formatter(lambda value, _: str(_day(value).year))
    else:
        locator = mdates.MonthLocator(bymonth=(1, 7) if narrow else (1, 4, 7, 10))  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_formatter(lambda value, _: t.axis_month(_day(value)))
    axes.xaxis.set_major_locator(locator)


def count_axes(axes: Axes, t: Text, *, narrow: bool) -> None:
    """Finish a picture of municipalities over time: counts at the side, dates below, a legend that covers no line."""
    axes.yaxis.set_major_formatter(lambda value, _: t.integer(value))
    axes.set_ylabel(t("municipalities"))
    date_axis(axes, t, narrow=narrow)
    if narrow:
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1))
    else:
        axes.legend(loc="upper left")


def day_number(day: date) -> float:
    """Return where a day stands on a date axis."""
    number: float = mdates.date2num(day)  # type: ignore[no-untyped-call]
    return number


def _day(value: float) -> date:
    moment: datetime = mdates.num2date(value)  # type: ignore[no-untyped-call]
    return moment.date()


@contextmanager
def _style(salt: str) -> Iterator[None]:
    _register_fonts()
    with mpl.rc_context(
        {
            "axes.edgecolor": GRAY_LIGHT,
            "axes.labelcolor": TEXT,
            "axes.labelsize": 10,
            "axes.titlelocation": "left",
            "axes.titlesize": 11,
            "axes.titleweight": "normal",
            "axes.unicode_minus": True,
            "figure.facecolor": PAPER,
            "font.family": "Source Sans 3",
            "font.size": 10,
            "legend.fontsize": 9.5,
            "legend.frameon": False,
            "lines.linewidth": 1.8,
            "savefig.facecolor": PAPER,
            "svg.fonttype": "path",
            "svg.hashsalt": salt,
            "text.color": TEXT,
            "xtick.labelsize": 9.5,
            "ytick.labelsize": 9.5,
        }
    ):
        yield


@lru_cache(maxsize=1)
def _register_fonts() -> None:
    for weight in ("Regular", "SemiBold"):
        with as_file(files("redegov_analysis.reports") / "fonts" / f"SourceSans3-{weight}.ttf") as path:
            font_manager.fontManager.addfont(path)

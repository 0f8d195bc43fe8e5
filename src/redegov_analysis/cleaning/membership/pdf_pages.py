"""Words and ruling lines of a PDF's pages, from the program that draws them in a browser (PDFium).

Loaded by `pdf_worker`, which runs apart: it imports nothing of the package. PDFium reads a page about twenty times as
fast as a reader written in Python, so that a file within the limits of size is read within those of time.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

SAME_LINE = 3.0
"""Points within which the tops of signs make one line of text."""

APART = 1.5
"""Points between two signs that part two words."""

STRAIGHT = 0.5
"""Points by which a level or upright line may lean."""

_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
_LINE_END_HYPHEN = "\x02"


@dataclass(frozen=True)
class Drawn:
    """What stands on a page, in points from its upper left corner as it is shown.

    Attributes
    ----------
    width, height
        Of the page.
    words
        From the top: `text`, `x0`, `x1`, `top`, `bottom`.
    level, upright
        Level edges as (top, left, right), upright ones as (left, top, bottom).
    pictured
        Whether anything is drawn or pictured on it.
    """

    width: float
    height: float
    words: list[dict[str, Any]]
    level: list[tuple[float, float, float]]
    upright: list[tuple[float, float, float]]
    pictured: bool


class _Frame:
    """From a page's own coordinates, upwards from its lower left corner, to those of the page as it is shown."""

    def __init__(self, page: Any) -> None:
        self.left, self.bottom, self.right, self.top = page.get_cropbox()
        self.turned = page.get_rotation()
        across, along = self.right - self.left, self.top - self.bottom
        self.size = (along, across) if self.turned in (90, 270) else (across, along)

    def point(self, x: float, y: float) -> tuple[float, float]:
        if self.turned == 90:
            return y - self.bottom, x - self.left
        if self.turned == 180:
            return self.right - x, y - self.bottom
        if self.turned == 270:
            return self.top - y, self.right - x
        return x - self.left, self.top - y


def pages_of(content: bytes, most: int) -> Iterator[Drawn]:
    """Yield the pages of a PDF.

    Raises
    ------
    ValueError
        If it has more than `most` pages: what to say, and what fills it.
    """
    import pypdfium2

    pdf = pypdfium2.PdfDocument(content)
    try:
        if len(pdf) > most:
            raise ValueError(
                "it has {pages:,} {pages:page|pages}; a list has at most {most}", {"pages": len(pdf), "most": most}
            )
        for place in range(len(pdf)):
            page = pdf[place]
            frame = _Frame(page)
            text = page.get_textpage()
            words = _words(list(_signs(text, frame)))
            text.close()
            level, upright, pictured = _edges(page, frame)
            page.close()
            yield Drawn(*frame.size, words, level, upright, pictured)
    finally:
        pdf.close()


def _signs(text: Any, frame: _Frame) -> Iterator[tuple[float, float, float, float, str]]:
    """Yield each sign as (top, left, bottom, right, text); a blank has empty text."""
    import pypdfium2.raw as pdfium

    rect, matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    for place in range(text.count_chars()):
        if pdfium.FPDFText_IsGenerated(text, place) == 1:
            continue
        sign = chr(pdfium.FPDFText_GetUnicode(text, place))
        # The box of the font, as tall for an "a" as for an "Á"; without one, the box of the ink.
        if pdfium.FPDFText_GetLooseCharBox(text, place, rect):
            corners = (rect.left, rect.bottom, rect.right, rect.top)
            if pdfium.FPDFText_GetMatrix(text, place, matrix) and not matrix.b:
                # Some fonts reach far above their letters: a line is as tall as its letters are set.
                tall = pdfium.FPDFText_GetFontSize(text, place) * abs(matrix.d)
                corners = (rect.left, rect.bottom, rect.right, rect.bottom + tall)
        elif pdfium.FPDFText_GetCharBox(text, place, left, right, bottom, top):
            corners = (left.value, bottom.value, right.value, top.value)
        else:
            continue
        (x0, y0), (x1, y1) = frame.point(*corners[:2]), frame.point(*corners[2:])
        written = "-" if sign == _LINE_END_HYPHEN else _LIGATURES.get(sign, sign)
        yield min(y0, y1), min(x0, x1), max(y0, y1), max(x0, x1), "" if written.isspace() else written


def _words(signs: list[tuple[float, float, float, float, str]]) -> list[dict[str, Any]]:
    """Return the words, line by line: a blank or a gap parts two."""
    lines: list[list[tuple[float, float, float, float, str]]] = []
    for sign in sorted(signs, key=lambda sign: sign[0]):
        if lines and sign[0] - lines[-1][-1][0] <= SAME_LINE:
            lines[-1].append(sign)
        else:
            lines.append([sign])
    words: list[dict[str, Any]] = []
    for line in lines:
        ended = True
        for top, x0, bottom, x1, text in sorted(line, key=lambda sign: sign[1]):
            if not text:
                ended = True
                continue
            word = words[-1] if words else None
            if ended or word is None or x0 > word["x1"] + APART:
                words.append({"text": text, "x0": x0, "x1": x1, "top": top, "bottom": bottom})
                ended = False
                continue
            word["text"] += text
            word["x1"] = max(word["x1"], x1)
            word["top"], word["bottom"] = min(word["top"], top), max(word["bottom"], bottom)
    return words


def _edges(page: Any, frame: _Frame) -> tuple[list[tuple[float, float, float]], list[tuple[float, float, float]], bool]:
    """Return the level and the upright edges of what is drawn, sides of boxes among them, and whether anything is."""
    import pypdfium2.raw as pdfium

    level: list[tuple[float, float, float]] = []
    upright: list[tuple[float, float, float]] = []
    pictured = False
    for shape in page.get_objects([pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_IMAGE]):
        pictured = True
        if shape.type == pdfium.FPDF_PAGEOBJ_IMAGE or not _is_painted(shape):
            continue
        for (x0, y0), (x1, y1) in _straights(shape, frame):
            if abs(y1 - y0) < STRAIGHT:
                level.append(((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
            elif abs(x1 - x0) < STRAIGHT:
                upright.append(((x0 + x1) / 2, min(y0, y1), max(y0, y1)))
    return level, upright, pictured


def _is_painted(shape: Any) -> bool:
    import pypdfium2.raw as pdfium

    fill, stroke = ctypes.c_int(), ctypes.c_int()
    return not pdfium.FPDFPath_GetDrawMode(shape, fill, stroke) or bool(fill.value or stroke.value)


def _straights(shape: Any, frame: _Frame) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """Yield the straight pieces of a path as it is shown."""
    import pypdfium2.raw as pdfium

    matrix, holder = shape.get_matrix(), shape.container
    while holder is not None:
        matrix, holder = matrix.multiply(holder.get_matrix()), holder.container
    x, y = ctypes.c_float(), ctypes.c_float()
    begin = before = None
    for place in range(pdfium.FPDFPath_CountSegments(shape)):
        piece = pdfium.FPDFPath_GetPathSegment(shape, place)
        pdfium.FPDFPathSegment_GetPoint(piece, x, y)
        here = frame.point(*matrix.on_point(x.value, y.value))
        kind = pdfium.FPDFPathSegment_GetType(piece)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            begin = here
        elif kind == pdfium.FPDF_SEGMENT_LINETO and before is not None:
            yield before, here
        before = here
        if pdfium.FPDFPathSegment_GetClose(piece) and begin is not None:
            yield here, begin
            before = begin

"""A canvas for SVG that measures a word once: a figure is laid out, drawn wide and drawn narrow with the same words.

What matplotlib keeps of a word's extent goes with each renderer, of which a figure takes two for each of its widths;
measuring is a tenth of the time that it takes to draw.
"""

from __future__ import annotations

import codecs
from functools import lru_cache
from typing import Any, Final

from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

_OUTLINES: Final = TextToPath()


class LetteringCanvas(FigureCanvasSVG):
    """matplotlib's canvas for SVG, which writes the same bytes into a binary stream."""

    def print_svg(self, filename: Any, *, bbox_inches_restore: Any = None, metadata: Any = None, **_: Any) -> None:
        """Draw the figure into a binary stream.

        Parameters
        ----------
        filename
            The stream.
        bbox_inches_restore, metadata
            As matplotlib has them. What else it says to canvases that are not its own (`dpi`, colours) is done already.
        """
        stream = codecs.getwriter("utf-8")(filename)
        dpi, self.figure.dpi = self.figure.dpi, self.fixed_dpi
        width, height = self.figure.get_size_inches()
        points = (width * self.fixed_dpi, height * self.fixed_dpi)
        renderer = MixedModeRenderer(  # type: ignore[no-untyped-call]
            self.figure,
            width,
            height,
            dpi,
            _Renderer(*points, stream, image_dpi=dpi, metadata=metadata),  # type: ignore[no-untyped-call]
            bbox_inches_restore=bbox_inches_restore,
        )
        self.figure.draw(renderer)  # type: ignore[arg-type]  # it stands for one without being one
        renderer.finalize()


class _Renderer(RendererSVG):
    def get_text_width_height_descent(self, s: str, prop: FontProperties, ismath: Any) -> tuple[float, float, float]:
        """Return the extent of a text in points, and how far it reaches below its line."""
        return _extent(s, prop.copy(), ismath)


@lru_cache(maxsize=8192)
def _extent(text: str, font: FontProperties, is_math: Any) -> tuple[float, float, float]:
    width, height, descent = _OUTLINES.get_text_width_height_descent(text, font, is_math)
    return width, height, descent

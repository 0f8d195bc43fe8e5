"""What marks made-up numbers wherever they go: on the page, in the picture, in the sentence and in the file."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

from redegov_analysis.evidence import Evidence
from redegov_analysis.reports.text import N_, Text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Sheet

    from redegov_analysis.reports.theme import Draw

WORDS: Final = N_("SIMULATED — not real data")
RED: Final = "#b81b05"
COLUMN: Final = "evidence"
FILE_PREFIX: Final = "simulated_"

_STRIP: Final = (
    f"margin:0 0 .5rem;padding:.15rem .6rem;border:2px solid {RED};color:{RED};background:#fff;font-weight:600;"
    "letter-spacing:.02em;text-align:left"
)


def strip(t: Text) -> str:
    """Return the line of HTML that stands on top of a made-up item; it needs no style sheet, so JupyterLab shows it."""
    return f'<p class="simulated-strip" style="{_STRIP}">{Evidence.SIMULATED.mark} {escape(t(WORDS))}</p>'


def marked_sentence(sentence: str, t: Text) -> str:
    """Return a sentence that says first that it is made up."""
    return f"{t(WORDS)}: {sentence}"


def marked_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose first column says in every row that it is made up.

    Examples
    --------
    >>> import pandas as pd
    >>> marked_frame(pd.DataFrame({"members": [2507]})).to_dict("list")
    {'evidence': ['simulated'], 'members': [2507]}
    """
    others = frame.drop(columns=COLUMN, errors="ignore")
    others.insert(0, COLUMN, str(Evidence.SIMULATED))
    return others


def marked_draw(draw: Draw, t: Text) -> Draw:
    """Return a drawing with the words across it, so that a copied picture carries them too."""
    words = t(WORDS)

    def drawn(sheet: Sheet, narrow: bool) -> None:
        draw(sheet, narrow)
        style: dict[str, Any] = {
            "color": "#e52207", "alpha": 0.2, "fontsize": 15 if narrow else 26, "rotation": 24,
            "ha": "center", "va": "center", "zorder": 1000,
        }  # fmt: skip
        for height in (0.4, 0.72):
            sheet.text(0.5, height, words, in_layout=False, **style)

    return drawn

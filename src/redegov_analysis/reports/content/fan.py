"""The fan of a forecast: bands that hold what is to come with a probability, darker where it is likelier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd
from matplotlib.axes import Axes

from redegov_analysis.reports import theme
from redegov_analysis.reports.text import Text

QUANTILES: Final = {0.95: ("q025", "q975"), 0.8: ("q100", "q900"), 0.5: ("q250", "q750")}
LEVELS: Final = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
"""Levels of the quantiles of a whole fan."""

_SHADES: Final = {0.95: 0.16, 0.8: 0.26, 0.5: 0.42}


def named_quantiles(quantiles: pd.DataFrame) -> pd.DataFrame:
    """Return quantiles by date, columns named by level in thousandths (`q025`), with the dates as first column.

    >>> named_quantiles(pd.DataFrame([[1.0, 2.0]], index=pd.DatetimeIndex(["2025-01-31"]), columns=[0.025, 0.5]))
            date  q025  q500
    0 2025-01-31   1.0   2.0
    """
    return quantiles.rename(columns=lambda level: f"q{1000 * level:03.0f}").rename_axis("date").reset_index()


def draw_fan(
    axes: Axes,
    frame: pd.DataFrame,
    t: Text,
    *,
    probabilities: Sequence[float] = (0.95, 0.8, 0.5),
    label: str = "{level}",
) -> None:
    """Draw the bands and the median.

    Parameters
    ----------
    axes
        Where to draw.
    frame
        `date`, `q500` and the quantiles of the bands, as `named_quantiles` names them.
    t
        The reader's language.
    probabilities
        Which bands to draw, the widest first.
    label
        How the legend names a band, in the reader's language, with a place for `{level}`.
    """
    for probability in probabilities:
        low, high = QUANTILES[probability]
        axes.fill_between(
            frame["date"],
            frame[low],
            frame[high],
            color=theme.BLUE,
            alpha=_SHADES[probability],
            linewidth=0,
            label=label.format(level=t.percent(probability, 0)),
        )
    axes.plot(frame["date"], frame["q500"], color=theme.BLUE_DARK, linewidth=2, label=t("median"))

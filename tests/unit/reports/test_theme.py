import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Sheet

from redegov_analysis.reports import theme

RATHER_LONG = "parcela dos municípios brasileiros com valor menor"
LONGER_THAN_A_TELEPHONE = "razão de chances por mês de adesão, na escala logarítmica, com intervalos de 95%"


@pytest.mark.parametrize("words", ["habitantes", RATHER_LONG, LONGER_THAN_A_TELEPHONE])
@pytest.mark.parametrize("narrow", [True, False])
def test_no_label_along_the_bottom_leaves_the_sheet(words: str, narrow: bool) -> None:
    drawn: list[Axes] = []

    def draw(sheet: Sheet, _: bool) -> None:
        axes = sheet.add_subplot()
        axes.barh(["Densidade de banda larga", "PIB"], [1.0, 2.0])
        axes.set_xlabel(words)
        drawn.append(axes)

    theme.render(draw, narrow=narrow, heights=(2.0, 2.0), salt="a")
    label = drawn[0].xaxis.label
    box, paper = label.get_window_extent(), drawn[0].figure.bbox
    assert paper.x0 < box.x0 < box.x1 < paper.x1
    assert paper.y0 - 1 <= box.y0
    assert label.get_text().split() == words.split()
    if words == "habitantes":
        assert label.get_position()[0] == 0.5

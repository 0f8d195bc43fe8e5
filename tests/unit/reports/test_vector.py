import io
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Sheet
from PIL import Image

from redegov_analysis.reports import theme
from redegov_analysis.reports.vector import SVG, lean_svg, svg_uri


@pytest.fixture(scope="module")
def drawn() -> bytes:
    sheet = Sheet(figsize=(4, 3))
    FigureCanvasSVG(sheet)
    axes = sheet.add_subplot()
    axes.plot([1, 2, 3], [3, 1, 2], "o-", label="one & 'two' \"three\" # 100%")
    axes.fill_between([1, 2, 3], [0, 1, 0], alpha=0.3)
    axes.legend()
    stream = io.BytesIO()
    sheet.savefig(stream, format="svg")
    return stream.getvalue()


def test_a_lean_picture_keeps_every_line_and_letter_and_loses_a_third(drawn: bytes) -> None:
    lean = lean_svg(drawn)
    assert len(lean) < 0.67 * len(drawn)
    before, after = ElementTree.fromstring(drawn), ElementTree.fromstring(lean)
    for kind in ("path", "use", "clipPath", "rect"):
        assert len(after.findall(f".//{{{SVG}}}{kind}")) == len(before.findall(f".//{{{SVG}}}{kind}")) > 0
    assert b"metadata" not in lean
    assert b"xlink" not in lean


def test_every_name_that_is_referred_to_is_still_there_once(drawn: bytes) -> None:
    root = ElementTree.fromstring(lean_svg(drawn))
    ids = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(ids) == len(set(ids))
    text = lean_svg(drawn).decode()
    for node in root.iter(f"{{{SVG}}}use"):
        assert node.get("href", "").removeprefix("#") in ids
    assert all(f"#{name}" in text for name in ids)


def test_equal_pictures_stay_equal_and_lean_ones_stay_as_they_are(drawn: bytes) -> None:
    assert lean_svg(drawn) == lean_svg(drawn)
    assert lean_svg(lean_svg(drawn)) == lean_svg(drawn)


def test_an_address_holds_the_whole_picture_and_nothing_that_ends_it(drawn: bytes) -> None:
    lean = lean_svg(drawn)
    uri = svg_uri(lean)
    assert not set('"<>#\n ') & set(uri.removeprefix("data:image/svg+xml,"))
    held = unquote(uri.removeprefix("data:image/svg+xml,"))
    assert ElementTree.canonicalize(held) == ElementTree.canonicalize(lean.decode())
    assert len(uri) < 1.16 * len(lean)  # base64 would be 1.33; an address holds no space, so each costs three bytes


def test_numbers_that_are_words_stay_as_they_are() -> None:
    lean = lean_svg(f'<svg xmlns="{SVG}"><title>10 20</title><path d="M 1 2 L 3 -4"/></svg>'.encode())
    assert b"<title>10 20</title>" in lean
    assert b'd="M1,2L3,-4"' in lean


def test_a_picture_in_points_has_twice_the_resolution_of_a_screen() -> None:
    def draw(sheet: Sheet, _: bool) -> None:
        sheet.add_subplot()

    png = theme.render(draw, narrow=False, heights=(2.0, 2.0), salt="a", kind="png")
    with Image.open(io.BytesIO(png)) as image:
        assert image.size == (1520, 400)

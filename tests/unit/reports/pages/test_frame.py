from __future__ import annotations

from pathlib import Path

import pytest

from redegov_analysis.errors import PublishError
from redegov_analysis.reports.pages.frame import FONTS, typeface, woff2


def test_the_typeface_travels_with_the_package() -> None:
    assert typeface() == "Source Sans 3"


def test_a_font_that_is_missing_empty_cut_or_another_file_is_refused(tmp_path: Path) -> None:
    whole = (FONTS / "SourceSans3-Regular.woff2").read_bytes()
    path = tmp_path / "font.woff2"
    with pytest.raises(PublishError, match=r"font\.woff2 is missing\. Install the package again\."):
        woff2(path)
    path.write_bytes(whole)
    assert woff2(path) == whole
    for broken in (b"", whole[:-1], whole + b"x", b"wOFF" + whole[4:]):
        path.write_bytes(broken)
        with pytest.raises(
            PublishError, match=r"font\.woff2 is not a whole font in WOFF2\. Install the package again\."
        ):
            woff2(path)

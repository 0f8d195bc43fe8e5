"""Bad PDFs, and what must become of each: written by hand, object by object, the same bytes each time."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence

NAMES = ("Campinas", "Rio Branco", "Lages", "Santos", "Bauru", "Xapuri", "Lins", "Olinda")
STATES = ("SP", "AC", "SC", "SP", "SP", "AC", "SP", "PE")
TABLE = [["Município", "UF", "Data de adesão"], *([n, s, "06/03/2021"] for n, s in zip(NAMES, STATES, strict=True))]

Bad = tuple[str, bytes, int | None, int, str]
"""Name, bytes, members (None: refused), rejected rows, and some words of what is said."""


def bad_pdfs(make_pdf: Callable[..., bytes]) -> Iterator[Bad]:
    """Yield every bad PDF, from the writer of good ones."""
    good = make_pdf(TABLE)
    yield "two_pages.pdf", make_pdf(TABLE, per_page=5), 8, 0, "pages 1 to 2: 9 rows"
    yield "password.pdf", make_pdf(TABLE, encrypted=True), None, 0, "protected by a password"
    yield "scan.pdf", _scan(), None, 0, "pictures, as of a scanned paper"
    yield "cut_off.pdf", good[: good.index(b"endstream") - 40], None, 0, "cannot be read"
    yield "only_a_head.pdf", b"%PDF-1.7\n", None, 0, "cannot be read"
    yield (
        "no_page.pdf",
        _document([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 0/Kids[]>>"]),
        None,
        0,
        "read",
    )
    yield "tree_in_a_circle.pdf", _circle(), None, 0, "cannot be read"
    yield "page_of_itself.pdf", _page(b"<</Type/Page/Parent 3 0 R/MediaBox[0 0 9 9]>>"), None, 0, "no text"
    yield "a_million_pages.pdf", _many(1_000_000, 1), None, 0, "it has 1,000,000 pages; a list has at most 600"
    yield "a_thousand_pages.pdf", _many(1000, 1000), None, 0, "it has 1,000 pages; a list has at most 600"
    yield "bomb_in_a_bomb.pdf", _drawn(zlib.compress(_bomb(), 9), b"[/FlateDecode/FlateDecode]"), None, 0, "it takes"
    yield "spoilt_stream.pdf", _drawn(b"x\x9c" + b"\xff" * 99, b"/FlateDecode"), None, 0, "no text"
    yield "script_and_file.pdf", _with_script_and_file(good), 8, 0, "8 members"
    yield "nul_in_text.pdf", make_pdf([TABLE[0], *([f"{n}\0", s, d] for n, s, d in TABLE[1:])]), 8, 0, "8 members"
    yield "escapes.pdf", make_pdf([TABLE[0], ["\x1b[31mLins", "SP", "06/03/2021"], *TABLE[2:]]), 7, 1, "7 members"
    yield "no_place_for_objects.pdf", good.replace(b"0000000", b"9999999"), 8, 0, "8 members"
    yield "rubbish_around.pdf", b"\n" * 900 + good + b"\0" * 5000 + b"<html>", 8, 0, "8 members"
    yield "vast_page.pdf", good.replace(b"[0 0 595 842]", b"[0 0 9e9 9e9]"), 8, 0, "8 members"
    yield "deep.pdf", _page(b"<</Type/Page/Parent 2 0 R/X" + b"[" * 50_000 + b"]" * 50_000 + b">>"), None, 0, "no text"


def _document(objects: Sequence[bytes], more: bytes = b"") -> bytes:
    """Return a PDF of these objects, numbered from 1; the first is its catalogue."""
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (size, more, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + end


def _page(page: bytes, *others: bytes) -> bytes:
    tree = b"<</Type/Pages/Count 1/Kids[3 0 R]>>"
    return _document([b"<</Type/Catalog/Pages 2 0 R>>", tree, page, *others])


def _stream(content: bytes, about: bytes = b"") -> bytes:
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), about, content)


def _drawn(content: bytes, how: bytes) -> bytes:
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>"
    return _page(page, _stream(content, b"/Filter" + how))


def _scan() -> bytes:
    picture = b"/Type/XObject/Subtype/Image/Width 2/Height 2/BitsPerComponent 8/ColorSpace/DeviceGray"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>"
    return _page(page, _stream(b"595 0 0 842 0 0 cm /I Do"), _stream(b"\0\x80\xff\x80", picture))


def _circle() -> bytes:
    tree = b"<</Type/Pages/Count 2/Kids[3 0 R 2 0 R]>>"
    return _document([b"<</Type/Catalog/Pages 2 0 R>>", tree, b"<</Type/Pages/Parent 2 0 R/Count 1/Kids[2 0 R]>>"])


def _many(said: int, there: int) -> bytes:
    kids = b" ".join(b"%d 0 R" % (3 + number) for number in range(there))
    tree = b"<</Type/Pages/Count %d/Kids[%s]>>" % (said, kids)
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"
    return _document([b"<</Type/Catalog/Pages 2 0 R>>", tree, *[page] * there])


def _bomb(megabytes: int = 2000) -> bytes:
    """Return two thousand megabytes of drawing, packed: one packed megabyte over and over, so that it is quick."""
    packer = zlib.compressobj(9)
    megabyte = b"0 0 m 9 9 l S\n" * 74_899
    first = packer.compress(megabyte) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(megabyte) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + again * (megabytes - 1)


def _with_script_and_file(good: bytes) -> bytes:
    action = b"/OpenAction<</S/JavaScript/JS(app.alert\\('x'\\); app.launchURL\\('http://127.0.0.1'\\);)>>"
    inside = b"/Names<</EmbeddedFiles<</Names[(x.exe)<</Type/Filespec/F(../../x.exe)/EF<</F 3 0 R>>>>]>>>>"
    return _repaired(good.replace(b"/Type/Catalog", b"/Type/Catalog" + action + inside))


def _repaired(content: bytes) -> bytes:
    """Return a document without its table of places, which readers then make anew."""
    return content[: content.index(b"xref\n")] + b"trailer<</Root 1 0 R>>\n%%EOF\n"

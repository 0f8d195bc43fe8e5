"""SVG as light as it can be without losing a line: what matplotlib writes for editors is left out.

A page carries each figure twice, for paper and for telephones, with its type as outlines. Names that nothing refers to,
spaces, groups that say nothing and outlines finer than any printer make up half of such a file; another quarter is lost
to base64, which text does not need.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import quote
from xml.etree import ElementTree

SVG: Final = "http://www.w3.org/2000/svg"
XLINK_HREF: Final = "{http://www.w3.org/1999/xlink}href"
_REFERENCE: Final = re.compile(r"url\(#([^)]+)\)")
_AROUND_LETTERS: Final = re.compile(r"\s*([A-Za-z])\s*")
_TRANSLATE: Final = re.compile(r"translate\([^)]*\)")
_LONG_NUMBER: Final = re.compile(r"-?\d+\.\d{4,}")
_GLYPH_SCALE: Final = "scale(0.015625)"
_COARSER: Final = 8
"""Outlines of letters come on a grid of 1/64 point at 100 points; at ours, an eighth of that is 1/80 of a pixel."""

_TOKEN: Final = re.compile(r"[A-Za-z]|-?[\d.]+")
_NUMBERS: Final = {"M": 2, "L": 2, "Q": 4, "C": 6, "Z": 0}
_ALONG: Final = re.compile(r"translate\((-?[\d.]+)(?: 0)?\)")
_BETWEEN_NUMBERS: Final = re.compile(r"(?<=\d) (?=[-.\d])")
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


def lean_svg(svg: bytes) -> bytes:
    """Return the same picture in fewer bytes; equal input gives equal output.

    Parameters
    ----------
    svg
        As matplotlib writes it.

    Examples
    --------
    >>> lean_svg(b'<svg xmlns="http://www.w3.org/2000/svg"><g id="a"> <path id="p" d="M 0 0  L 1 1"/> </g></svg>')
    b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0,0L1,1"/></svg>'
    """
    root = ElementTree.fromstring(svg)
    used = _references(root)
    names = {name: f"i{_short(number)}" for number, name in enumerate(dict.fromkeys(used))}
    _clean(root, names)
    for node in root.iter():
        # Elements of SVG stand in its namespace by default, so that no name needs a prefix.
        node.tag = node.tag.removeprefix(f"{{{SVG}}}")
    root.set("xmlns", SVG)
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=True).replace(" />", "/>").encode()


def svg_uri(svg: bytes) -> str:
    """Return a data URI of an SVG, escaped where a URI in double quotes needs it.

    Examples
    --------
    >>> svg_uri(b'<svg a="b"/>')
    "data:image/svg+xml,%3Csvg%20a='b'/%3E"
    """
    text = svg.decode().replace("'", "&apos;").replace('"', "'")
    return "data:image/svg+xml," + quote(text, safe="!$'()*+,-./:;=?@_~")


def _references(root: ElementTree.Element) -> list[str]:
    """Ids that something refers to, in order."""
    found = []
    for node in root.iter():
        for key, value in node.attrib.items():
            if key in ("href", XLINK_HREF):
                found.append(value.removeprefix("#"))
            else:
                found += _REFERENCE.findall(value)
    return found


def _clean(node: ElementTree.Element, names: dict[str, str]) -> None:
    if node.get("transform") == _GLYPH_SCALE and (outline := _relative(node.get("d", ""))):
        node.set("d", outline)
        node.set("transform", f"scale({_COARSER / 64:g})")
    if node.tag == f"{{{SVG}}}use" and (along := _ALONG.fullmatch(node.get("transform", ""))):
        # Letters of a line stand side by side: an x says as much.
        del node.attrib["transform"]
        node.set("x", f"{float(along[1]):.1f}".removesuffix(".0"))
    for key, value in list(node.attrib.items()):
        if key == "id":
            del node.attrib[key]
            if value in names:
                node.set("id", names[value])
        elif key == XLINK_HREF:
            del node.attrib[key]
            node.set("href", f"#{names[value.removeprefix('#')]}")
        elif key == "d":
            node.set(key, _with_commas(_rounded(_AROUND_LETTERS.sub(r"\1", value).strip())))
        elif key == "transform":
            node.set(key, _with_commas(_TRANSLATE.sub(lambda match: _rounded(match[0]), value)))
        elif key == "viewBox":
            node.set(key, _with_commas(value))
        elif key == "style":
            node.set(key, _with_names(value, names).replace(": ", ":").replace("; ", ";"))
        else:
            node.set(key, _with_names(value, names))
    kept = []
    for child in node:
        if child.tag == f"{{{SVG}}}metadata":
            continue
        _clean(child, names)
        child.tail = None
        if child.tag == f"{{{SVG}}}g" and not child.attrib:
            kept += list(child)
        elif child.tag != f"{{{SVG}}}defs" or len(child):
            kept.append(child)
    node.text = node.text if node.text and node.text.strip() else None
    node[:] = kept


@lru_cache(maxsize=2048)  # a page's letters are the same in each of its figures
def _relative(outline: str) -> str:
    """Return a letter's outline on the coarser grid, each point from the one before; nothing where it is not plain."""
    tokens = _TOKEN.findall(outline)
    written, here, begin, place = [], (0, 0), (0, 0), 0
    while place < len(tokens):
        command = tokens[place].upper()
        count = _NUMBERS.get(command)
        if count is None or (tokens[place].islower() and command != "Z"):
            return ""
        points = [round(float(token) / _COARSER) for token in tokens[place + 1 : place + 1 + count]]
        place += 1 + count
        steps = [point - here[axis % 2] for axis, point in enumerate(points)]
        if command == "Z":
            here = begin
        else:
            here = (points[-2], points[-1])
            begin = here if command == "M" else begin
        written.append(command.lower() + " ".join(map(str, steps)).replace(" -", "-"))
    return "".join(written)


def _rounded(text: str) -> str:
    """Return numbers to a thousandth of a point."""
    return _LONG_NUMBER.sub(lambda match: f"{float(match[0]):.3f}".rstrip("0").rstrip("."), text)


def _with_commas(numbers: str) -> str:
    """Return numbers with commas between them, which say the same as spaces and need no escape in a data URI."""
    return _BETWEEN_NUMBERS.sub(",", numbers)


def _with_names(value: str, names: dict[str, str]) -> str:
    return _REFERENCE.sub(lambda match: f"url(#{names[match[1]]})", value)


def _short(number: int) -> str:
    """Return a number in base 36."""
    text = _DIGITS[number % 36]
    while number := number // 36:
        text = _DIGITS[number % 36] + text
    return text

"""The tables and lines of a PDF; run apart (`data.apart`), for a PDF may be made so that opening it takes all memory.

It imports nothing of the package but the two files beside it, `pdf_pages` and `pdf_rules`.
"""

from __future__ import annotations

import bisect
import importlib.util
import itertools
import re
import statistics
import sys
import unicodedata
from pathlib import Path
from types import ModuleType
from typing import Any

MAX_PAGES = 600
ROWS_OF_A_PAGE = 1000
"""A line's number is its page times this, and its place on the page."""

NARROWEST_GAP = 6.0
"""Points without text, in nearly all lines of a page, that part two columns."""

CROSSED_BY = 0.12
"""Share of lines that may run across a gap between columns: titles, notes and headings."""

CLOSE = 0.75
"""Lines nearer than this share of the usual distance of rows belong to one row."""

SPLIT = 0.3
"""Share of lines that must fill two columns for a page to be a table."""

FOOT = 0.9
"""Share of a page's height below which a line may be its footer."""

TOO_LARGE = "it holds more than {rows:,} {rows:row|rows} or {columns} {columns:column|columns}; a list never does"

_CONNECTIVE = re.compile(r"(?:d[aeo]s?|e|d['’´`].*)", re.IGNORECASE)


# A state's name alone opens a block and never goes on with a municipality's.
_STATE = re.compile(
    r"(?:(?:estado d[aeo] )?(?:acre|alagoas|amapa|amazonas|bahia|ceara|distrito federal|espirito santo|goias|maranhao|"
    r"mato grosso(?: do sul)?|minas gerais|para|paraiba|parana|pernambuco|piaui|rio de janeiro|"
    r"rio grande do (?:norte|sul)|rondonia|roraima|santa catarina|sao paulo|sergipe|tocantins)(?:\s*[-(/].*)?|"
    r"(?:a[clmp]|ba|ce|df|es|go|m[agst]|p[abeir]|r[jnors]|s[cep]|to))"
)


def opens_a_block(text: str) -> bool:
    """Return whether a line alone is a state, a total or a note rather than the end of a name.

    Examples
    --------
    >>> [opens_a_block(text) for text in ("BAHIA", "Acre (22)", "Total: 12", "Paulista", "do Herval")]
    [True, True, True, False, False]
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower().strip()
    return _STATE.fullmatch(plain) is not None or any(mark in text for mark in ":*0123456789")


def contents(content: bytes, max_rows: int, max_columns: int) -> dict[str, Any]:
    """Return the tables and lines, or what is wrong with the file under `problem` and `values`."""
    import pypdfium2

    try:
        return _pages(content, max_rows, max_columns)
    except pypdfium2.PdfiumError as error:
        if re.search("password|security", str(error), re.IGNORECASE):
            return {"problem": "it is protected by a password; save a copy without it"}
        if "Success" in str(error):  # PDFium's last error, where it could not say which
            return {"problem": "it is damaged, or has no page"}
        return {"problem": str(error)[:200]}
    except ValueError as error:
        said, *values = error.args
        return {"problem": str(said)[:200], "values": dict(*values)}


def _beside(name: str) -> ModuleType:
    """Return the module of that name beside this file, which runs where the package is not at hand."""
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    if spec is None or spec.loader is None:
        raise ImportError(name)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # a dataclass looks itself up there
    spec.loader.exec_module(module)
    return module


def _pages(content: bytes, max_rows: int, max_columns: int) -> dict[str, Any]:
    pdf_pages, pdf_rules = _beside("pdf_pages"), _beside("pdf_rules")
    tables: list[dict[str, Any]] = []
    lines: list[list[Any]] = []
    textless: list[int] = []
    pages = []
    rows = 0
    for number, page in enumerate(pdf_pages.pages_of(content, MAX_PAGES), start=1):
        words = page.words
        if not words and page.pictured:
            textless.append(number)
        found = pdf_rules.tables_of(page.level, page.upright) if words else []
        ruled = [table for table in found if _is_table(table)]
        loose = _outside(words, ruled)
        here = _ruled(ruled, words, loose, number)
        rows += sum(len(table["rows"]) for table in here) + len(loose)
        if rows > max_rows or any(len(row) > max_columns for table in here for row in table["rows"]):
            return {"problem": TOO_LARGE, "values": {"rows": max_rows, "columns": max_columns}}
        pages.append((number, page.width, page.height, loose, here))
    footers = _footers([(height, loose) for _, _, height, loose, _ in pages])
    columns: list[float] | None = None
    for number, width, height, loose, here in pages:
        foot = [line for line in loose if _footer(line, height) in footers]
        body = [line for line in loose if line not in foot]
        if not here:
            # A page of few rows or long names shows no columns of its own: then those of the page before hold.
            columns = _columns(body, width) or columns
            if columns is not None and _split(body, columns) >= SPLIT:
                here, body = [_aligned(body, columns, number)], []
        tables += here
        lines += [[number * ROWS_OF_A_PAGE + line["place"] + 1, line["text"]] for line in (*body, *foot)]
    return {"textless": textless, "tables": tables, "lines": sorted(lines)}


def _footer(line: dict[str, Any], height: float) -> str:
    """Return a line at the foot of a page with its numbers masked, or the empty text for any other line."""
    return re.sub(r"\d+", "#", line["text"]) if line["top"] > FOOT * height else ""


def _footers(pages: list[tuple[float, list[dict[str, Any]]]]) -> set[str]:
    """Return the texts that most pages end in: page numbers, addresses, dates of printing."""
    last = [_footer(loose[-1], height) for height, loose in pages if loose]
    return {text for text in last if text and last.count(text) >= max(2, 0.6 * len(last))}


def _is_table(table: Any) -> bool:
    """Return whether what lines enclose is a table rather than a frame around text."""
    widths = [sum(cell is not None for cell in row) for row in table.rows]
    return len(widths) >= 2 and statistics.median(widths) >= 2


def _outside(words: list[dict[str, Any]], tables: list[Any]) -> list[dict[str, Any]]:
    """Return the lines of text that stand in no table, from the top: their words, text, height and place."""
    boxes = [table.bbox for table in tables]

    def inside(word: dict[str, Any]) -> bool:
        x, y = (word["x0"] + word["x1"]) / 2, (word["top"] + word["bottom"]) / 2
        return any(x0 <= x <= x1 and top <= y <= bottom for x0, top, x1, bottom in boxes)

    lines: list[list[dict[str, Any]]] = []
    for word in sorted((word for word in words if not inside(word)), key=lambda word: (word["top"], word["x0"])):
        height = word["bottom"] - word["top"]
        if lines and abs(word["top"] - lines[-1][0]["top"]) < 0.4 * height:
            lines[-1].append(word)
        else:
            lines.append([word])
    result = []
    for place, line in enumerate(lines):
        line.sort(key=lambda word: word["x0"])
        text = " ".join(word["text"] for word in line)
        result.append({"words": line, "text": text, "top": min(word["top"] for word in line), "place": place})
    return result


def _ruled(
    tables: list[Any], words: list[dict[str, Any]], loose: list[dict[str, Any]], page: int
) -> list[dict[str, Any]]:
    """Return the tables that lines enclose, each with the line of text next above it."""
    result, row_number = [], page * ROWS_OF_A_PAGE + len(loose)
    below = 0.0
    for table in sorted(tables, key=lambda table: (table.bbox[1], table.bbox[0])):
        top = table.bbox[1]
        above = [line["text"] for line in loose if below <= line["top"] < top]
        rows = []
        for cells in _filled(table, words):
            row_number += 1
            rows.append([row_number, *cells])
        result.append({"page": page, "ruled": True, "heading": above[-1] if above else "", "rows": rows})
        below = table.bbox[3]
    return result


def _filled(table: Any, words: list[dict[str, Any]]) -> list[list[str]]:
    """Return the text of each cell: a name over two lines is one, a merged cell is empty where it only reaches."""
    texts: list[list[list[dict[str, Any]]]] = [[[] for _ in row] for row in table.rows]
    places = [(cell, texts[r][c]) for r, row in enumerate(table.rows) for c, cell in enumerate(row) if cell]
    places.sort(key=lambda place: place[0][1])
    tops = [cell[1] for cell, _ in places]
    tallest = max(cell[3] - cell[1] for cell, _ in places)
    for word in words:
        x, y = (word["x0"] + word["x1"]) / 2, (word["top"] + word["bottom"]) / 2
        for (x0, _, x1, bottom), its_words in places[
            bisect.bisect_left(tops, y - tallest) : bisect.bisect_right(tops, y)
        ]:
            if x0 <= x <= x1 and y <= bottom:
                its_words.append(word)
                break
    return [[_in_order(cell) for cell in row] for row in texts]


def _in_order(words: list[dict[str, Any]]) -> str:
    lines: list[list[dict[str, Any]]] = []
    for word in sorted(words, key=lambda word: word["top"]):
        if lines and word["top"] - lines[-1][0]["top"] < 0.4 * (word["bottom"] - word["top"]):
            lines[-1].append(word)
        else:
            lines.append([word])
    return " ".join(word["text"] for line in lines for word in sorted(line, key=lambda word: word["x0"]))


def _columns(lines: list[dict[str, Any]], width: float) -> list[float] | None:
    """Return where columns of aligned text begin, or None where a page holds no such columns.

    A column ends where a strip of the page, at least `NARROWEST_GAP` wide, is crossed by hardly any line.
    """
    if len(lines) < 3:
        return None
    steps = int(width) + 2
    crossed = [0] * steps
    for line in lines:
        covered: set[int] = set()
        for word, after in zip(line["words"], [*line["words"][1:], None], strict=True):
            end = word["x1"]
            if after is not None and after["x0"] - end < NARROWEST_GAP:
                end = after["x0"]
            covered.update(range(max(int(word["x0"]), 0), min(int(end) + 1, steps)))
        for step in covered:
            crossed[step] += 1
    limit = CROSSED_BY * len(lines)
    used = [step for step in range(steps) if crossed[step] > limit]
    if not used:
        return None
    starts = [float(used[0])]
    for before, after in itertools.pairwise(used):
        if after - before > NARROWEST_GAP:
            starts.append(float(after))
    return starts if len(starts) >= 2 and _split(lines, starts) >= SPLIT else None


def _split(lines: list[dict[str, Any]], starts: list[float]) -> float:
    """Return the share of lines that fill two columns or more."""
    return sum(len({_column(word, starts) for word in line["words"]}) >= 2 for line in lines) / max(len(lines), 1)


def _column(word: dict[str, Any], starts: list[float]) -> int:
    return max((place for place, start in enumerate(starts) if word["x0"] >= start - 2), default=0)


def _aligned(lines: list[dict[str, Any]], starts: list[float], page: int) -> dict[str, Any]:
    """Return the rows of a table without rules, a name over two lines as one.

    A line that fills several columns is a row's own. One that fills a single column belongs to the row that it lies
    near, above or below; or else to the row above where it goes on with it (`_goes_on`); or else it is a row.
    """
    filled = []
    for line in lines:
        cells: list[str] = [""] * len(starts)
        for word in line["words"]:
            column = _column(word, starts)
            cells[column] = f"{cells[column]} {word['text']}".strip()
        filled.append(cells)
    tops = [line["top"] for line in lines]
    own = [place for place, cells in enumerate(filled) if sum(map(bool, cells)) >= 2]
    steps = sorted(tops[after] - tops[before] for before, after in itertools.pairwise(own))
    usual = steps[len(steps) // 5] if steps else 0.0
    height = statistics.median(word["bottom"] - word["top"] for line in lines for word in line["words"])
    near = min(CLOSE * usual, 1.5 * height)
    # Where nearly every line fills two columns or more, one that fills a single one is hardly a row.
    full = len(own) >= 0.9 * len(filled)
    row_of: dict[int, int] = {place: place for place in own}
    for place, cells in enumerate(filled):
        if place in row_of:
            continue
        nearest = min(own, key=lambda other, place=place: abs(tops[other] - tops[place]), default=place)  # type: ignore[misc]
        above = row_of[place - 1] if place else place
        if nearest != place and abs(tops[nearest] - tops[place]) < near:
            row_of[place] = nearest
        elif place and _goes_on(filled[above], cells, tops[place] - tops[place - 1], usual, full):
            row_of[place] = above
        else:
            row_of[place] = place
    rows: dict[int, list[Any]] = {}
    for place, cells in enumerate(filled):
        row = rows.setdefault(row_of[place], [page * ROWS_OF_A_PAGE + lines[place]["place"] + 1, *[""] * len(starts)])
        for column, text in enumerate(cells, start=1):
            row[column] = f"{row[column]} {text}".strip()
    return {"page": page, "ruled": False, "heading": "", "rows": list(rows.values())}


def _goes_on(above: list[str], cells: list[str], gap: float, usual: float, full: bool) -> bool:
    """Return whether a line that fills one column goes on with the row above it.

    It does where the name breaks at a small word ("Santa Maria / do Herval"), or where rows of this table always fill
    more. Taking two rows for one ends in a name that nobody bears and is refused; taking one for two would give the
    first half to another municipality.
    """
    (column,) = [column for column, text in enumerate(cells) if text]
    if sum(map(bool, above)) < 2 or not above[column] or gap > 1.3 * usual:
        return False
    first, last = cells[column].split()[0], above[column].split()[-1]
    if _CONNECTIVE.fullmatch(first) or _CONNECTIVE.fullmatch(last):
        return True
    return full and not opens_a_block(cells[column])

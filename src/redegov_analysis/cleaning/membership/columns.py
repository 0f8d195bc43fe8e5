"""Which column is which: by its heading or by an answer, and always held against what its cells hold."""

from __future__ import annotations

from collections.abc import Sequence

from redegov_analysis.cleaning.codes import parse_code
from redegov_analysis.cleaning.gazetteer import Gazetteer
from redegov_analysis.cleaning.membership.answers import Answers
from redegov_analysis.cleaning.membership.dates import is_date
from redegov_analysis.cleaning.membership.entities import sphere_kind
from redegov_analysis.cleaning.membership.grids import Grid, Row
from redegov_analysis.cleaning.membership.headings import field_named
from redegov_analysis.cleaning.membership.marks import standing
from redegov_analysis.cleaning.names import match_names
from redegov_analysis.cleaning.spelling import folded
from redegov_analysis.cleaning.states import parse_state
from redegov_analysis.errors import DataError, ParameterError
from redegov_analysis.language import Phrase

SAMPLE = 80
"""Cells of a column that are looked at, spread over its whole length."""

_LEAST = {"code": 0.6, "municipality": 0.3, "body": 0.1, "state": 0.5, "joined_on": 0.5, "sphere": 0.6, "status": 0.6}
NAMING = ("municipality", "body", "code")
"""Fields that name a municipality; a list has at least one."""

_FIRST_AMONG_DATES = ("adesao", "aderiu", "ingresso", "filiacao", "entrada", "joined")


def cell(row: Row, place: int | None) -> str:
    """Return the cell of a row, empty where there is none."""
    return row.cells[place] if place is not None and place < len(row.cells) else ""


def columns_named(
    header: list[str], body: Sequence[Row], answers: Answers, known: Gazetteer, grid: Grid
) -> dict[str, int]:
    """Return field → place of its column, by the headings and the answers, where the cells agree.

    Raises
    ------
    DataError
        If two columns could be the same field: a question, with the way to answer it.
    ParameterError
        If the answers name a column that the grid does not have.
    """
    columns: dict[str, int] = {}
    for name, wanted in answers.columns.items():
        if wanted is not None:
            columns[name] = _given(name, wanted, header, grid)
    candidates: dict[str, list[int]] = {}
    for place, heading in enumerate(header):
        field = field_named(heading)
        if field is not None and field not in answers.columns and place not in columns.values():
            candidates.setdefault(field, []).append(place)
    # "Adesão" heads dates in one list and yes or no in another: the cells tell.
    for place in list(candidates.get("joined_on", [])):
        if _fit("joined_on", _sample(body, place), known, answers) < _LEAST["joined_on"]:
            candidates["joined_on"].remove(place)
            if "status" not in answers.columns and _fit("status", _sample(body, place), known, answers) > 0.9:
                candidates.setdefault("status", []).append(place)
    if "state" not in {*candidates, *answers.columns}:
        _states_beside_names(candidates, header, body, known, answers)
    for name, places in candidates.items():
        fitting = [p for p in places if _fit(name, _sample(body, p), known, answers) >= _LEAST[name]]
        if name == "status" and not fitting and len(places) == 1 and _few(body, places[0]):
            fitting = places
        if fitting:
            columns[name] = fitting[0] if len(fitting) == 1 else _chosen(name, fitting, header, body, known, grid)
    return columns


def _states_beside_names(
    candidates: dict[str, list[int]], header: Sequence[str], body: Sequence[Row], known: Gazetteer, answers: Answers
) -> None:
    """Take a column for that of the states whose heading ends in UF and which holds nothing else.

    "Município/UF" heads names in one list, and in nested JSON (`municipio.uf`) the states beside them.
    """
    for name in NAMING[:2]:
        for place in candidates.get(name, []):
            if folded(header[place]).endswith(" uf") and _fit("state", _sample(body, place), known, answers) >= 0.95:
                candidates[name] = [other for other in candidates[name] if other != place]
                candidates["state"] = [place]
                return


def names_left_out(header: Sequence[str], body: Sequence[Row], known: Gazetteer) -> Phrase | None:
    """Say of the first column headed as municipalities how few of its cells name one, where some do."""
    for place, heading in enumerate(header):
        texts = _sample(body, place) if field_named(heading) == "municipality" else []
        right = round(_fit("municipality", texts, known, Answers({})) * len(texts))
        if right:
            return Phrase(
                " Under {heading!r} only {right:,} of {seen:,} {seen:cell|cells} looked at {right:names|name} a "
                "municipality: `municipality: {number}` has these read and the others refused.",
                {"heading": heading, "right": right, "seen": len(texts), "number": place + 1},
            )
    return None


def codes_left_out(header: list[str], body: Sequence[Row], known: Gazetteer) -> tuple[Phrase, ...]:
    """Say of each column headed as codes how few of its cells hold one: rows are then told by their names."""
    doubts = []
    for place, heading in enumerate(header):
        texts = _sample(body, place) if field_named(heading) == "code" else []
        if texts:
            right = sum(parse_code(text, known.names) is not None for text in texts)
            wrong = next(text for text in texts if parse_code(text, known.names) is None)
            doubts.append(
                Phrase(
                    "WARNING: {heading!r} is headed as codes, but only {right:,} of {seen:,} {seen:cell|cells} "
                    "looked at {right:holds|hold} one ({wrong!r} does not): they are not used, and "
                    "municipalities are told by their names. To have them read, and wrong ones refused, answer "
                    "`code: {number}`; if they are codes of something else, `code: null`.",
                    {"heading": heading, "right": right, "seen": len(texts), "wrong": wrong[:40], "number": place + 1},
                )
            )
    return tuple(doubts)


def _given(name: str, wanted: str | int, header: list[str], grid: Grid) -> int:
    if isinstance(wanted, int):
        if wanted > len(header):
            raise ParameterError(
                "column {wanted:,}, but the list has {columns:,} {columns:column|columns}",
                where="{field}",
                expected="a number from 1 to {columns:,}",
                field=name,
                wanted=wanted,
                columns=len(header),
            )
        return wanted - 1
    places = [place for place, heading in enumerate(header) if folded(heading) == folded(wanted)]
    if len(places) == 1:
        return places[0]
    found = ", ".join(repr(heading) for heading in header if heading)
    if places:
        raise ParameterError(
            "several columns are headed {wanted!r}{grid}",
            where="{field}",
            remedy="There are: {headings}. Give its number instead.",
            field=name,
            wanted=wanted,
            grid=_in(grid),
            headings=found,
        )
    raise ParameterError(
        "no column is headed {wanted!r}{grid}",
        where="{field}",
        remedy="There are: {headings}. Give its number instead.",
        field=name,
        wanted=wanted,
        grid=_in(grid),
        headings=found,
    )


def _chosen(name: str, places: list[int], header: list[str], body: Sequence[Row], known: Gazetteer, grid: Grid) -> int:
    """Return the one of several columns that is the field, when they say the same or one says it plainly."""
    if len({tuple(_meaning(name, cell(row, place), known) for row in body) for place in places}) == 1:
        return places[0]
    if name == "joined_on":
        plain = [p for p in places if any(word in folded(header[p]) for word in _FIRST_AMONG_DATES)]
        if len(plain) == 1:
            return plain[0]
    headings = " / ".join(f"{header[place]!r} ({place + 1})" for place in places)
    raise DataError(
        "Which column is {field}{grid}: {headings}?",
        remedy="Answer in the description of columns, for example `{field}: {first}`.",
        field=name,
        grid=_in(grid),
        headings=headings,
        first=places[0] + 1,
    )


def _meaning(name: str, text: str, known: Gazetteer) -> str | None:
    if name == "code":
        return parse_code(text, known.names)
    return parse_state(text) if name == "state" else folded(text)


def columns_by_content(rows: Sequence[Row], width: int, answers: Answers, known: Gazetteer) -> dict[str, int]:
    """Return the columns of a list without headings; only what the cells themselves tell beyond doubt."""
    columns = {name: wanted - 1 for name, wanted in answers.columns.items() if isinstance(wanted, int)}
    samples = [_sample(rows, place) for place in range(width)]
    states = {place for place in range(width) if _fit("state", samples[place], known, answers) >= 0.95}
    for name, least in (("code", 0.9), ("municipality", 0.6), ("state", 0.95), ("joined_on", 0.9)):
        if name == "state" and not any(field in columns for field in NAMING):
            return {}
        if name in answers.columns:
            continue
        free = [place for place in range(width) if place not in columns.values()]
        fitting = [place for place in free if _fit(name, samples[place], known, answers) >= least]
        if name == "municipality":
            fitting = [place for place in fitting if place not in states]
        if name == "joined_on":
            # A number of five digits or a bare year may be anything where no heading calls it a date.
            fitting = [place for place in fitting if any(not text.isdigit() for text in samples[place])]
        if len({tuple(_meaning(name, cell(row, place), known) for row in rows) for place in fitting}) > 1:
            numbers = " / ".join(str(place + 1) for place in fitting)
            raise DataError(
                "The list has no headings, and {field} may be column {numbers}",
                remedy="Answer in the description of columns, for example `{field}: {first}`.",
                field=name,
                numbers=numbers,
                first=fitting[0] + 1,
            )
        if fitting:
            columns[name] = fitting[0]
    return columns


def _sample(rows: Sequence[Row], place: int) -> list[str]:
    texts = [text for row in rows if (text := cell(row, place))]
    step = max(1, len(texts) // SAMPLE)
    return texts[::step][: SAMPLE + 20]


def _fit(name: str, texts: list[str], known: Gazetteer, answers: Answers) -> float:
    """Return the share of cells that hold what the field holds."""
    if not texts:
        return 0.0
    if name in ("municipality", "body"):
        found = match_names(texts, known=known)
        return float((found["ibge_code"].notna() | (found["status"] == "ambiguous")).mean())
    holds = {
        "code": lambda text: parse_code(text, known.names) is not None,
        "state": lambda text: parse_state(text) is not None,
        "joined_on": is_date,
        "sphere": lambda text: sphere_kind(text) is not None,
        "status": lambda text: standing(text, answers) != "unknown",
    }[name]
    return sum(map(holds, texts)) / len(texts)


def _few(body: Sequence[Row], place: int) -> bool:
    """Return whether a column holds few marks, so that a person can be asked what they mean."""
    return 0 < len({folded(cell(row, place)) for row in body}) <= 12


def _in(grid: Grid) -> str:
    return f" ({grid.name})" if grid.name else ""

"""The two lists of bodies that use the GOV.BR login, each resolved to its municipality or refused with the reason."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from redegov_analysis.cleaning.gazetteer import gazetteer
from redegov_analysis.cleaning.lookup import Match
from redegov_analysis.cleaning.names import match_name
from redegov_analysis.cleaning.spelling import folded
from redegov_analysis.cleaning.states import parse_state, state_of_code
from redegov_analysis.language import Phrase

if TYPE_CHECKING:
    from redegov_analysis.project import Project

BODY_TYPES = ("city_hall", "council", "other")
COLUMNS = (
    "list_date",
    "line",
    "uf",
    "entity",
    "municipality",
    "body_type",
    "body_kind",
    "ibge_code",
    "match_status",
    "same_as_line",
    "note",
)
PROBLEMS = ("wrong_state", "association", "untold", "unresolved", "contradiction")
BODY_KINDS = ("city hall", "council", "pension fund", "foundation or college", "company", "association", "other")

_STATE_BEFORE = re.compile(r"^\s*Estado (?:da|de|do)\s+(?P<state>.+?)\s+-\s+(?P<body>.+)$", re.IGNORECASE)
_COUNCIL = re.compile(r"\bcamara\b")
_CITY_HALL = re.compile(r"\bprefeitura\b|^municipio\b")
_NAMED_FOR_THE_MUNICIPALITY = re.compile(r"\bdo municipio d[aeo]s?\b")
_KINDS = (
    ("association", re.compile(r"\b(?:federacao|associacao|associacoes|consorcio)\b")),
    ("pension fund", re.compile(r"\bprevidencia\b")),
    ("foundation or college", re.compile(r"\b(?:fundacao|faculdade|universidade)\b")),
    ("company", re.compile(r"\b(?:empresa|prodabel|emprel|emasa)\b")),
)


class _Resolved(NamedTuple):
    match: Match
    notes: list[str]
    problem: str | None = None
    reason: Phrase | None = None


def resolved_adopters(raw: pd.DataFrame, *, project: Project | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the bodies that resolve to a municipality, and the rows that do not, each with the reason.

    A body resolves through the municipality column where the list has one, else through its own name, else through the
    municipality that another list gives for a body of the very same name and state. What the row says twice must agree:
    a name that exists only in another state than the row's is refused, never moved.

    `body_type` follows the count published for 2022-03-21 (144 city halls): it is `city_hall` for the city hall, its
    secretariats and every body that is named "… do Município de …", `council` for the chamber, `other` for the rest.
    `body_kind` tells them apart by what they are: by it, 142 municipalities have the city hall itself on that list,
    because a foundation (Assis) and a pension fund (São João da Boa Vista) are among the 144.

    Parameters
    ----------
    raw
        The raw table `login_adopters`, in the order of its file: `list_date`, `uf`, `entity`, `municipality`.
    project
        The project whose names are used; the one of the working directory unless given.

    Returns
    -------
    tuple of DataFrame
        The bodies: `list_date`, `line` (in the raw file, whose first line is the header), `uf`, `entity`,
        `municipality` (official name), `body_type`, `body_kind`, `ibge_code`, `match_status`, `same_as_line` (an
        earlier line of the same list with the same municipality and body type) and `note` (what is odd about the row).
        The refused rows: `line`, the columns as read, `problem` (one of `PROBLEMS`), `reason` and `reason_pt` (in
        words), `suggestion`.
    """
    rows = raw.reset_index(drop=True)
    rows.insert(1, "line", rows.index + 2)
    elsewhere = {
        (str(row["uf"]), str(row["entity"])): row
        for _, row in rows[rows["municipality"].notna()].drop_duplicates(["uf", "entity"]).iterrows()
    }
    kept, refused = [], []
    names = gazetteer(project).names
    for _, row in rows.iterrows():
        uf, entity = str(row["uf"]), str(row["entity"])
        municipality = None if pd.isna(row["municipality"]) else str(row["municipality"])
        kind = body_kind(entity)
        found = _resolve(entity, uf, municipality, kind, elsewhere.get((uf, entity)), project)
        if found.reason is not None:
            refused.append(
                {
                    "line": row["line"],
                    "problem": found.problem,
                    "reason": found.reason.told("en"),
                    "reason_pt": found.reason.told("pt-BR"),
                    "suggestion": found.match.suggestion,
                }
            )
            continue
        kept.append(
            {
                "line": row["line"],
                "ibge_code": found.match.ibge_code,
                "municipality": names[found.match.ibge_code or ""],
                "body_type": body_type(entity),
                "body_kind": kind,
                "match_status": found.match.status,
                "note": " ".join(found.notes) or None,
            }
        )
    return _adopters(rows, pd.DataFrame(kept)), _refused(
        rows, pd.DataFrame(refused, columns=["line", "problem", "reason", "reason_pt", "suggestion"])
    )


def body_kind(entity: str) -> str:
    """Return what a body is, by its name.

    Parameters
    ----------
    entity
        The name as it is on the list.

    Returns
    -------
    str
        `city hall`, `council`, or the kind of another body; a name that says nothing is the municipality's own.

    Examples
    --------
    >>> body_kind("Prefeitura Municipal de Campinas – Secretaria Municipal de Saúde"), body_kind("Guarujá Previdência")
    ('city hall', 'pension fund')
    """
    plain = folded(_without_state(entity)[0])
    if _COUNCIL.search(plain):
        return "council"
    if _CITY_HALL.search(plain):
        return "city hall"
    # A body that bears the municipality's bare name ("Timbé do Sul") is the municipality.
    return next((kind for kind, words in _KINDS if words.search(plain)), "city hall")


def body_type(entity: str) -> str:
    """Return the body's type as the published count of city halls has it.

    Parameters
    ----------
    entity
        The name as it is on the list.

    Returns
    -------
    str
        `city_hall`, `council` or `other`.

    Examples
    --------
    >>> body_type("Câmara Municipal de Lages"), body_type("Fundação Educacional do Município de Assis")
    ('council', 'city_hall')
    """
    kind = body_kind(entity)
    if kind == "council":
        return "council"
    return "city_hall" if kind == "city hall" or _NAMED_FOR_THE_MUNICIPALITY.search(folded(entity)) else "other"


def _resolve(
    entity: str, uf: str, municipality: str | None, kind: str, other_list: pd.Series | None, project: Project | None
) -> _Resolved:
    """Return what one row stands for, with what is odd about it, or the reason to refuse it."""
    body, written_state = _without_state(entity)
    notes = []
    if written_state is not None and parse_state(written_state) != uf:
        is_state = parse_state(written_state) is not None
        notes.append(
            f"The body's name says “Estado de {written_state}”, "
            + (f"the row {uf}." if is_state else "which is no state.")
        )
    if kind == "association":
        return _Resolved(
            Match(None, "unknown"), notes, "association", Phrase("An association of municipalities, not a body of one.")
        )
    by_name = match_name(_place(body), uf, project=project)
    if municipality is None:
        if by_name.ibge_code is not None:
            return _Resolved(by_name, notes)
        if by_name.status == "wrong_state":
            where = (
                Phrase("; it is in {state}", {"state": state_of_code(by_name.suggestion)}) if by_name.suggestion else ""
            )
            return _Resolved(
                by_name,
                notes,
                "wrong_state",
                Phrase(
                    "Wrong state: listed under {uf}, where no municipality has this name{place}.",
                    {"uf": uf, "place": where},
                ),
            )
        if other_list is not None:
            found = match_name(other_list["municipality"], uf, project=project)
            if found.ibge_code is not None:
                notes.append(
                    "The name does not tell the municipality; taken from the list of "
                    f"{other_list['list_date']:%Y-%m-%d}, line {other_list['line']}."
                )
                return _Resolved(found._replace(status="alias"), notes)
        return _Resolved(
            by_name,
            notes,
            "untold",
            Phrase("The name does not tell the municipality, and no other list gives one for this body."),
        )
    by_column = match_name(municipality, uf, project=project)
    if by_column.ibge_code is None:
        return _Resolved(
            by_column,
            notes,
            "unresolved",
            Phrase(
                "The municipality {municipality!r} does not resolve within {uf}: {status}.",
                {"municipality": municipality, "uf": uf, "status": by_column.status},
            ),
        )
    if kind in ("city hall", "council") and by_name.ibge_code != by_column.ibge_code:
        if by_name.ibge_code is not None:
            reason = Phrase(
                "The body's name points to {ibge_code}, the municipality column to {municipality!r}.",
                {"ibge_code": by_name.ibge_code, "municipality": municipality},
            )
            return _Resolved(
                by_column._replace(ibge_code=None, suggestion=by_column.ibge_code), notes, "contradiction", reason
            )
        notes.append(f"The name alone does not resolve; taken from the municipality column, {municipality!r}.")
    elif by_name.status == "fuzzy" and by_name.ibge_code == by_column.ibge_code:
        notes.append(f"The name is misspelt beside the municipality column, {municipality!r}.")
    return _Resolved(by_column, notes)


def _without_state(entity: str) -> tuple[str, str | None]:
    """Return a body's name without “Estado de … -” before it, and the state as written there."""
    found = _STATE_BEFORE.match(entity)
    return (found["body"], found["state"]) if found else (entity, None)


def _place(body: str) -> str:
    """Return the part of a body's name that names its place."""
    place = re.split(r"\s[–-]\s(?=Secretar)", body)[0]
    return re.sub(r"^.*\bdo Município (?=d[aeo]s? )", "Município ", place)


def _adopters(rows: pd.DataFrame, kept: pd.DataFrame) -> pd.DataFrame:
    table = rows.drop(columns="municipality").merge(kept, on="line", how="inner", validate="one_to_one")
    table["list_date"] = pd.to_datetime(table["list_date"]).astype("datetime64[us]")
    group = table.groupby(["list_date", "ibge_code", "body_type"])["line"]
    first = group.transform("min")
    table["same_as_line"] = first.where(first < table["line"]).astype("Int64")
    for column in ("uf", "entity", "municipality", "body_type", "body_kind", "ibge_code", "match_status", "note"):
        table[column] = table[column].astype("str")
    return table[list(COLUMNS)].sort_values("line", ignore_index=True)


def _refused(rows: pd.DataFrame, refused: pd.DataFrame) -> pd.DataFrame:
    table = rows.merge(refused, on="line", how="inner", validate="one_to_one").sort_values("line", ignore_index=True)
    words = ["reason", "reason_pt", "suggestion"]
    table[words] = table[words].astype("str")
    return table[["line", "list_date", "uf", "entity", "municipality", "problem", *words]]

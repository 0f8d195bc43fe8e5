"""What becomes of each entry: a member, a government, or refused with the reason."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from redegov_analysis.cleaning.codes import parse_code
from redegov_analysis.cleaning.gazetteer import Gazetteer
from redegov_analysis.cleaning.membership.answers import Answers
from redegov_analysis.cleaning.membership.dates import DateForm, read_date
from redegov_analysis.cleaning.membership.entities import (
    Kind,
    entity_kind,
    government_state,
    is_government,
    is_shared,
    state_named,
)
from redegov_analysis.cleaning.membership.entries import Entry
from redegov_analysis.cleaning.membership.marks import standing
from redegov_analysis.cleaning.municipalities import INSTALLED
from redegov_analysis.cleaning.names import match_names
from redegov_analysis.cleaning.spelling import folded
from redegov_analysis.cleaning.states import parse_state, state_of_code
from redegov_analysis.data.deadline import timed
from redegov_analysis.data.reading import WrittenDate
from redegov_analysis.language import Phrase

Problem = Literal[
    "no_name",
    "unknown_name",
    "ambiguous",
    "wrong_state",
    "unknown_state",
    "unknown_code",
    "contradiction",
    "not_yet_installed",
    "bad_date",
    "too_early",
    "after_snapshot",
    "not_a_member",
    "date_without_mark",
    "unknown_status",
]
"""Why a row can be refused."""

_NO_CODE = re.compile(r"[\s\-–—.0]*|n/?[ad]", re.IGNORECASE)


@dataclass(frozen=True)
class Verdict:
    """What became of one entry; `problem` and `reason` are None for members and governments."""

    kind: Kind
    ibge_code: str | None = None
    uf: str | None = None
    date: WrittenDate | None = None
    problem: Problem | None = None
    reason: Phrase | None = None
    suggestion: str | None = None


@dataclass(frozen=True)
class _Match:
    code: str | None
    status: str
    suggestion: str | None


def verdicts(
    entries: Sequence[Entry],
    forms: Sequence[DateForm],
    answers: Answers,
    known: Gazetteer,
    first_day: dt.date,
    snapshot: dt.date | None,
    *,
    dated_list: bool,
) -> list[Verdict]:
    """Return what becomes of each entry, in order.

    A row that says that the body has not joined is refused as `not_a_member` whatever else it says. What a row says
    twice (code and name, body and municipality) must agree.

    Parameters
    ----------
    entries
        The rows.
    forms
        How the dates of each row's column are written.
    answers
        What a person has said.
    known
        The municipalities' names.
    first_day, snapshot
        The network's first day and the day of the list, between which dates must lie.
    dated_list
        Whether the list has a column of dates.
    """
    codes = [parse_code(entry.code, known.names) if entry.code else None for entry in timed(entries)]
    states = [_state(entry, code) for entry, code in zip(entries, codes, strict=True)]
    by_name = _matched([entry.name for entry in entries], states, known)
    both = [place for place, entry in enumerate(entries) if entry.municipality and entry.body]
    by_body = dict(zip(both, _matched([entries[p].body for p in both], [states[p] for p in both], known), strict=True))
    bare_states = {folded(e.body) for e in entries if _is_bare_state(e) and not is_shared(e.body)}
    states_too = len(bare_states) > 2
    found = []
    for place, entry in enumerate(timed(entries)):
        verdict = _not_joined(entry, answers, forms[place], dated_list=dated_list) or _placed(
            entry, codes[place], by_name[place], by_body.get(place), known, snapshot
        )
        if states_too and verdict.kind == "municipality" and verdict.ibge_code and _is_bare_state(entry):
            verdict = Verdict(
                "municipality",
                problem="ambiguous",
                reason=Phrase(
                    "The list holds states too: is {body!r} the state or the municipality?", {"body": entry.body}
                ),
                suggestion=verdict.ibge_code,
            )
        if verdict.problem is None:
            verdict = _dated(verdict, entry, forms[place], first_day, snapshot)
        found.append(verdict)
    return found


def _matched(names: list[str], states: list[str], known: Gazetteer) -> list[_Match]:
    table = match_names(names, states, known=known)
    columns = (table[name].astype(object).tolist() for name in ("ibge_code", "status", "suggestion"))
    return [_Match(_or_none(c), s, _or_none(g)) for c, s, g in timed(zip(*columns, strict=True))]


def _state(entry: Entry, code: str | None) -> str:
    if entry.state:
        return entry.state
    return state_of_code(code) if code else ""


def _not_joined(entry: Entry, answers: Answers, form: DateForm, *, dated_list: bool) -> Verdict | None:
    """Return the verdict on a row that says, or does not say, that it has joined; None if it has."""
    if entry.status is None:
        if dated_list and answers.undated == "not_member" and not _says_a_date(entry.joined_on, form):
            return Verdict(
                "municipality", problem="not_a_member", reason=Phrase("No date: not a member, as was answered.")
            )
        return None
    said = standing(entry.status, answers)
    if said == "member":
        return None
    mark = repr(entry.status) if entry.status else Phrase("an empty cell")
    if said == "unknown":
        return Verdict(
            "municipality",
            problem="unknown_status",
            reason=Phrase("Status: found {mark}, which says neither yes nor no.", {"mark": mark}),
        )
    if _says_a_date(entry.joined_on, form):
        return Verdict(
            "municipality",
            problem="date_without_mark",
            reason=Phrase(
                "Status: found {mark} beside the date {joined_on!r}; the mark says that it has not joined.",
                {"mark": mark, "joined_on": entry.joined_on},
            ),
        )
    return Verdict(
        "municipality",
        problem="not_a_member",
        reason=Phrase("Status: found {mark}; it has not joined.", {"mark": mark}),
    )


def _says_a_date(text: str, form: DateForm) -> bool:
    read = read_date(text, form, dt.date.min, None)
    return read.date is not None or read.problem is not None


def _placed(
    entry: Entry, code: str | None, by_name: _Match, by_body: _Match | None, known: Gazetteer, snapshot: dt.date | None
) -> Verdict:
    has_code = not _NO_CODE.fullmatch(entry.code)
    if not entry.name and not has_code:
        return Verdict("municipality", problem="no_name", reason=Phrase("Neither a name nor a code."))
    if entry.opens_block:
        return Verdict("state", uf=parse_state(entry.state))
    kind = entity_kind(entry.body or entry.municipality, entry.sphere)
    if kind != "municipality" and code is not None and kind == "state":
        # The code of a municipality beside the bare name of a state: the municipality of that name, or an error.
        kind = "municipality" if by_name.code == code and not entry.sphere else kind
    if kind != "municipality":
        return _government(kind, entry)
    if by_body is not None and None not in (by_body.code, by_name.code) and by_body.code != by_name.code:
        return _contradiction(
            Phrase(
                "The body {body!r} is {named}, the municipality {municipality!r} is {named_2}.",
                {
                    "body": entry.body,
                    "named": _named(by_body.code, known),
                    "municipality": entry.municipality,
                    "named_2": _named(by_name.code, known),
                },
            ),
            by_name.code,
        )
    found = by_body if by_body is not None and by_name.code is None and by_body.code is not None else by_name
    verdict = _by_code(entry, code, found, known) if has_code else _by_name(entry, found, known)
    installed = INSTALLED.get(verdict.ibge_code or "")
    if installed is not None and snapshot is not None and snapshot < installed:
        return Verdict(
            "municipality",
            problem="not_yet_installed",
            reason=Phrase(
                "{named} was installed on {installed}, after the day of the list.",
                {"named": _named(verdict.ibge_code, known), "installed": installed},
            ),
        )
    return verdict


def _government(kind: Kind, entry: Entry) -> Verdict:
    own = parse_state(entry.state) or next(
        (state for cell in (entry.body, entry.municipality) if cell and (state := state_named(cell))), None
    )
    if kind != "state":
        return Verdict(kind, uf=own)
    named = government_state(entry.body or entry.municipality)
    if named is not None and entry.state and parse_state(entry.state) not in (None, named):
        return _contradiction(
            Phrase(
                "{body!r} listed under the state {state!r}.",
                {"body": entry.body or entry.municipality, "state": entry.state},
            ),
            None,
        )
    uf = named or own
    if uf is None:
        return Verdict(
            "state",
            problem="unknown_state",
            reason=Phrase("{name!r} is the government of no known state.", {"name": entry.name}),
        )
    return Verdict("state", uf=uf)


def _by_code(entry: Entry, code: str | None, match: _Match, known: Gazetteer) -> Verdict:
    suggested = match.code or match.suggestion
    if code is None:
        return Verdict(
            "municipality",
            problem="unknown_code",
            reason=Phrase("Code: found {code!r}, which no municipality has.", {"code": entry.code}),
            suggestion=suggested,
        )
    stated = parse_state(entry.state) if entry.state else None
    if entry.state and stated != state_of_code(code):
        return _contradiction(
            Phrase(
                "The code {code} is {named}, the state is {state!r}.",
                {"code": code, "named": _named(code, known), "state": entry.state},
            ),
            suggested,
        )
    if entry.name and suggested != code:
        return _contradiction(
            Phrase(
                "The code {code} is {named}, the name is {name!r}.",
                {"code": code, "named": _named(code, known), "name": entry.name},
            ),
            suggested,
        )
    return Verdict("municipality", code, state_of_code(code))


def _by_name(entry: Entry, match: _Match, known: Gazetteer) -> Verdict:
    if match.code is not None:
        return Verdict("municipality", match.code, state_of_code(match.code))
    where = Phrase(" in {state}", {"state": entry.state}) if entry.state else ""
    perhaps = Phrase(" Perhaps {named}.", {"named": _named(match.suggestion, known)}) if match.suggestion else ""
    problem: Problem = "unknown_name"
    reason = Phrase("No municipality is called {name!r}{place}.", {"name": entry.name, "place": where})
    if entry.state and parse_state(entry.state) is None:
        problem, reason = "unknown_state", Phrase("There is no state {state!r}.", {"state": entry.state})
    elif match.status == "ambiguous":
        problem, reason = (
            "ambiguous",
            Phrase(
                "Several municipalities are called {name!r}{place}; expected a state.",
                {"name": entry.name, "place": where},
            ),
        )
    elif match.status == "wrong_state":
        problem, reason = "wrong_state", Phrase("{name!r} is not{place}.", {"name": entry.name, "place": where})
    return Verdict(
        "municipality",
        problem=problem,
        reason=Phrase("{reason}{perhaps}", {"reason": reason, "perhaps": perhaps}),
        suggestion=match.suggestion,
    )


def _dated(verdict: Verdict, entry: Entry, form: DateForm, first_day: dt.date, snapshot: dt.date | None) -> Verdict:
    read = read_date(entry.joined_on, form, first_day, snapshot)
    if read.problem is not None:
        return Verdict(verdict.kind, problem=read.problem, reason=read.reason, suggestion=verdict.ibge_code)
    installed = INSTALLED.get(verdict.ibge_code or "")
    if installed is not None and read.date is not None and read.date.last < installed:
        reason = Phrase(
            "Date {joined_on!r} is before {installed}, when the municipality was installed.",
            {"joined_on": entry.joined_on, "installed": installed},
        )
        return Verdict(verdict.kind, problem="not_yet_installed", reason=reason, suggestion=verdict.ibge_code)
    return Verdict(verdict.kind, verdict.ibge_code, verdict.uf, read.date)


def _contradiction(reason: Phrase, suggestion: str | None) -> Verdict:
    return Verdict("municipality", problem="contradiction", reason=reason, suggestion=suggestion)


def _is_bare_state(entry: Entry) -> bool:
    """Return whether a body without a sphere, a code or a municipality beside it bears the bare name of its state."""
    if not entry.body or entry.municipality or entry.sphere or entry.code or entry.opens_block:
        return False
    named = state_named(entry.body)
    return (
        named is not None and (not entry.state or parse_state(entry.state) == named) and not is_government(entry.body)
    )


def _named(code: str | None, known: Gazetteer) -> str:
    return f"{known.names[code]} ({known.states[code]})" if code in known.names else str(code)


def _or_none(value: str | float) -> str | None:
    return value if isinstance(value, str) else None

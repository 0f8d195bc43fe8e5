"""What is published of the network's members, as facts that any list of them must agree with.

The full list is not public, but totals, populations, capitals, state governments and a few named adhesions are. Each
is a `Fact` with the days and the numbers that it allows; `agreement` holds a list against all of them.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from redegov_analysis.cleaning.membership.dates import FIRST_DAY
from redegov_analysis.cleaning.states import STATES

if TYPE_CHECKING:
    from redegov_analysis.project import Project

Kind = Literal["members", "in_state", "people", "capitals", "states", "joined"]

VINTAGE = "population_2024"
"""The populations that published sums are held against unless others are named: the publisher does not say which it
added up, and one vintage for all totals keeps them comparable (as `drivers.selectivity` does)."""

BRASILIA = "5300108"
"""Counted among the state governments as the Federal District, and not among the 26 capitals of states."""

_ALSO = re.compile(r"by then also (?P<letters>[A-Z]{2}(?:, [A-Z]{2})*) were members")
_IN_STATE = re.compile(r"by then at least (?P<count>\d+) of the \d+ municipalities of (?P<state>[A-Z]{2}) were members")
_MARK = re.compile(r"\b(?P<mark>\d{1,3}(?:,\d{3})+)-mark\b")


@dataclass(frozen=True)
class Fact:
    """One thing that is published of the members.

    Attributes
    ----------
    kind
        `members`, `capitals`, `states`: how many there were; `in_state`: how many of one state's municipalities;
        `people`: how many millions lived in the members; `joined`: that one of them joined.
    day, earliest, latest
        The day of a number, and the days that it may refer to; or the days within which somebody joined, `day` being
        the likeliest.
    low, high
        What the number is at least and at most; `high` is infinite where it is open.
    who
        Of `joined`: the code of a municipality, or the letters of a state for its government. Of `in_state`: the
        letters of the state.
    mark
        Of `joined`: the total that this adhesion is said to have completed.
    recent
        Of `joined`: whether the source calls it recent on its `latest` day, so that it was hardly before `day`.
    says, source
        The fact in words, and where it was published.
    """

    kind: Kind
    day: pd.Timestamp
    earliest: pd.Timestamp
    latest: pd.Timestamp
    low: float = 1.0
    high: float = float("inf")
    who: str = ""
    mark: int | None = None
    recent: bool = False
    says: str = ""
    source: str = ""


def published_facts(project: Project | None = None) -> list[Fact]:
    """Return every fact of the tables `milestones` and `adhesion_events`, in order of their days.

    Parameters
    ----------
    project
        The project to read from; the one of the working directory unless given.

    Examples
    --------
    >>> facts = published_facts()
    >>> sorted({fact.kind for fact in facts})
    ['capitals', 'in_state', 'joined', 'members', 'people', 'states']
    """
    from redegov_analysis.cleaning.build import processed
    from redegov_analysis.data.catalogue import read_table

    milestones = processed("milestones", project)
    facts = [*_totals(milestones), *_adhesions(read_table("adhesion_events", project), milestones)]
    return sorted(facts, key=lambda fact: (fact.latest, fact.kind, fact.who, fact.low))


def agreement(
    members: pd.DataFrame,
    governments: pd.DataFrame | None = None,
    *,
    until: dt.date | None = None,
    vintage: str = VINTAGE,
    facts: list[Fact] | None = None,
    project: Project | None = None,
) -> pd.DataFrame:
    """Return each published fact beside what a dated list says of it.

    A number that refers to a window of days agrees when it held on one of them; so does the number of people, in
    millions. Where the window ends after the list, the number may be of a later day, and the list may have fewer.
    Somebody who joined agrees when the day lies within those published.

    Parameters
    ----------
    members
        `ibge_code` and `joined_on` (datetime64; rows without a day are left out).
    governments
        `uf` and `joined_on` of the state governments; None leaves out what is published of them.
    until
        The day of the list: numbers of a later day are left out, and so is whoever may have joined later. By default
        the last day of joining.
    vintage
        Column of `municipalities` with the people of each.
    facts
        From `published_facts`, unless given.
    project
        The project to read from; the one of the working directory unless given.

    Returns
    -------
    DataFrame
        One row per fact: `kind`, `day`, `earliest`, `latest`, `who`, `low`, `high` (published), `found` (count, or
        millions of people; missing for `joined`), `found_on` (the day of the nearest number, or of joining),
        `agrees` (bool), `says`, `source`.

    Examples
    --------
    >>> luzerna = pd.DataFrame({"ibge_code": ["4210035"], "joined_on": pd.to_datetime(["2025-01-31"])})
    >>> held = agreement(luzerna)
    >>> held.loc[held["who"] == "4210035", "agrees"].tolist()
    [False]
    """
    from redegov_analysis.cleaning.build import processed

    dated = members.dropna(subset=["joined_on"]).sort_values(["joined_on", "ibge_code"])
    place = processed("municipalities", project).set_index("ibge_code")
    days = dated["joined_on"].to_numpy(dtype="datetime64[D]")
    codes = dated["ibge_code"].astype("str")
    people = place[vintage].reindex(codes).to_numpy(dtype=np.float64, na_value=0.0) / 1e6
    capital = place["is_capital"].reindex(codes).fillna(value=False).astype("bool") & (codes != BRASILIA).to_numpy()
    states = governments.dropna(subset=["joined_on"]).sort_values("joined_on") if governments is not None else None
    state_days = states["joined_on"].to_numpy(dtype="datetime64[D]") if states is not None else days[:0]
    series = {
        "members": (days, np.ones(len(days))),
        "people": (days, people),
        "capitals": (days, capital.to_numpy(dtype=np.float64)),
        "states": (state_days, np.ones(len(state_days))),
    }
    of_state = place["uf"].reindex(codes).to_numpy(dtype=object)
    joined = dict(zip(codes, dated["joined_on"], strict=True))
    if states is not None:
        joined |= dict(zip(states["uf"].astype("str"), states["joined_on"], strict=True))
    end = (
        pd.Timestamp(until) if until is not None else pd.Timestamp(days.max()) if len(days) else pd.Timestamp(FIRST_DAY)
    )
    rows = []
    for fact in facts if facts is not None else published_facts(project):
        of_states = fact.kind == "states" or (fact.kind == "joined" and fact.who in STATES)
        if (fact.latest if fact.kind == "joined" else fact.day) > end or (of_states and states is None):
            continue
        if fact.kind == "joined":
            found, on, agrees = _joined(fact, joined)
        elif fact.kind == "in_state":
            inside = days[of_state == fact.who]
            found, on, agrees = _number(fact, inside, np.ones(len(inside)), end)
        else:
            found, on, agrees = _number(fact, *series[fact.kind], end)
        told = (fact.kind, fact.day, fact.earliest, fact.latest, fact.who, fact.low, fact.high)
        rows.append((*told, found, on, agrees, fact.says, fact.source))
    names = ("kind", "day", "earliest", "latest", "who", "low", "high", "found", "found_on", "agrees", "says", "source")
    return pd.DataFrame(rows, columns=list(names)).astype({"agrees": "bool", "found": "float64"})


def _number(fact: Fact, days: np.ndarray, amounts: np.ndarray, end: pd.Timestamp) -> tuple[float, pd.Timestamp, bool]:
    """Return the number on the day of its window on which it lies nearest to what is published, and whether it fits."""
    window = pd.date_range(fact.earliest, max(fact.earliest, min(fact.latest, end)))
    totals = np.concatenate([[0.0], np.cumsum(amounts)])
    found = totals[np.searchsorted(days, window.to_numpy(dtype="datetime64[D]"), side="right")]
    tolerance = 1e-9
    low = fact.low if fact.latest <= end else 0.0
    off = np.maximum(np.maximum(low - tolerance - found, found - fact.high - tolerance), 0.0)
    # Of several days that fit, the one nearest to the day stated.
    nearest = np.abs((window - fact.day).days.to_numpy())
    at = int(np.lexsort([nearest, off])[0])
    return float(found[at]), window[at], bool(off[at] == 0)


def _joined(fact: Fact, joined: dict[str, pd.Timestamp]) -> tuple[float, pd.Timestamp, bool]:
    on = joined.get(fact.who)
    if on is None or pd.isna(on):
        return np.nan, pd.NaT, False  # type: ignore[return-value]
    return np.nan, on, bool(fact.earliest <= on.normalize() <= fact.latest)


def _totals(milestones: pd.DataFrame) -> list[Fact]:
    facts = []
    most_capitals = 0
    for row in milestones.sort_values(["date", "municipalities"]).to_dict("records"):
        days = {"day": row["date"], "earliest": row["date_earliest"], "latest": row["date_latest"]}
        told = {**days, "source": str(row["source_url"])}
        low, high = float(row["count_low"]), float(row["count_high"])
        facts.append(Fact("members", low=low, high=high, says=f"{_span(low, high)} municipalities", **told))
        if not pd.isna(row["population_millions"]):
            low, high = float(row["population_low_millions"]), float(row["population_high_millions"])
            facts.append(Fact("people", low=low, high=high, says=f"{_span(low, high)} million people", **told))
        if not pd.isna(row["state_governments"]):
            states = float(row["state_governments"])
            facts.append(Fact("states", low=states, high=states, says=f"{states:g} state governments", **told))
        if not pd.isna(row["capitals"]):
            capitals = int(row["capitals"])
            # Nobody leaves: a smaller number after a larger one counts those that the source names, not all.
            exact = capitals >= most_capitals
            most_capitals = max(most_capitals, capitals)
            says = f"{'' if exact else 'at least '}{capitals} capitals"
            facts.append(Fact("capitals", low=capitals, high=capitals if exact else np.inf, says=says, **told))
    return facts


def _adhesions(events: pd.DataFrame, milestones: pd.DataFrame) -> list[Fact]:
    first_day = pd.Timestamp(FIRST_DAY)
    counted = milestones[milestones["preferred"] & (milestones["count_low"] > 0)]
    first_total = counted.sort_values("date").iloc[0]
    opened = [
        pd.Timestamp(row["date_latest"]) for row in events.to_dict("records") if "first state" in str(row["note"])
    ]
    first_state = min([*opened, *([first_day] if not opened else [])])
    facts = []
    for row in events.to_dict("records"):
        written = str(row["date"] or "") if not pd.isna(row["date"]) else ""
        latest = pd.to_datetime(row["date_latest"])
        earliest = pd.to_datetime(row["date_earliest"])
        recent = False
        note, precision = str(row["note"]), str(row["date_precision"])
        named = str(row["entity"])
        if pd.isna(latest):
            # "One of the first", without a day: among those that the first total counts.
            latest, day = first_total["date_latest"], first_total["date"]
        else:
            bound = written.startswith("<=") or not written
            day = latest if bound else pd.Timestamp(written if len(written) > 4 else f"{written}-01-01")
            recent = pd.isna(earliest) and not bound
        if pd.isna(earliest):
            earliest = first_state if row["kind"] == "state" else first_day
        mark = _MARK.search(note)
        state = str(row["uf"]) if row["kind"] == "state" else ""
        says = f"{named} joined {_between(earliest, latest, first_state if row['kind'] == 'state' else first_day)}"
        source = str(row["source_url"])
        facts.append(
            Fact(
                "joined",
                max(earliest, min(day, latest)),
                earliest,
                latest,
                who=state or str(row["ibge_code"]),
                mark=int(mark["mark"].replace(",", "")) if mark else None,
                recent=recent,
                says=says + (f" ({precision})" if "presumed" in precision or "inferred" in precision else ""),
                source=source,
            )
        )
        if inside := _IN_STATE.search(note):
            state, count = inside["state"], float(inside["count"])
            words = f"at least {count:g} municipalities of {STATES[state][1]}"
            facts.append(Fact("in_state", day, latest, latest, low=count, who=state, says=words, source=source))
        if also := _ALSO.search(note):
            for letters in also["letters"].split(", "):
                words = f"{STATES[letters][1]} (state) joined {_between(first_state, latest, first_state)}"
                facts.append(Fact("joined", day, first_state, latest, who=letters, says=words, source=source))
    return facts


def _between(earliest: pd.Timestamp, latest: pd.Timestamp, first_day: pd.Timestamp) -> str:
    if earliest == latest:
        return f"on {latest:%Y-%m-%d}"
    return f"by {latest:%Y-%m-%d}" if earliest <= first_day else f"from {earliest:%Y-%m-%d} to {latest:%Y-%m-%d}"


def _span(low: float, high: float) -> str:
    return f"{low:,g}" if low == high else f"{low:,g} to {high:,g}"

"""A full dated list of members, drawn so that it agrees with everything that is published of them.

Between two published totals the newcomers are drawn by size, state and chance (`newcomers`) and their days come in
batches (`joining_days`). What is published is kept exactly: totals, people, capitals, state governments, named
adhesions. Who joined otherwise, and when, is made up, and every row says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from redegov_analysis.cleaning.membership.dates import FIRST_DAY
from redegov_analysis.cleaning.membership.published import Fact, published_facts
from redegov_analysis.cleaning.milestones import universe_size
from redegov_analysis.cleaning.states import STATES
from redegov_analysis.errors import IdentificationError, ParameterError
from redegov_analysis.evidence import Evidence
from redegov_analysis.forecast.growth import forecast_growth
from redegov_analysis.forecast.joining_days import Days, assigned, batched_days, working_days
from redegov_analysis.forecast.newcomers import FIRST_SLOPE, Towns, newcomers, towns_from

if TYPE_CHECKING:
    from redegov_analysis.project import Project

COLUMNS = ("name", "uf", "ibge_code", "sphere", "joined_on", "evidence", "note")

QUIET_DAYS = 31
"""An exact total that refers to a window of at most so many days after its day is taken to hold on all of them."""

YEARS_AHEAD = 10
_DRAWS = 200
_ON_THE_DAY = 3

_DA = frozenset({"BA", "PB"})
_DE = frozenset({"AL", "GO", "MG", "MS", "MT", "PE", "RO", "RR", "SC", "SE", "SP"})

Window = tuple[pd.Timestamp, pd.Timestamp]


@dataclass(frozen=True)
class Stage:
    """From one published total to the next: the days after `begin` to `end`, and what holds at the end.

    Attributes
    ----------
    begin, end
        The day before the first, and the last.
    total
        Municipalities in at the end.
    people
        What those in then number (people), at least and at most; None where chance decides.
    capitals
        How many capitals join in the stage; None where chance decides.
    states
        By state, how many are in at the end at the least, where that is published.
    """

    begin: pd.Timestamp
    end: pd.Timestamp
    total: int
    people: tuple[float, float] | None = None
    capitals: int | None = None
    states: Mapping[str, int] = field(default_factory=dict)


def simulate_members(seed: int, *, until: dt.date | None = None, project: Project | None = None) -> pd.DataFrame:
    """Return a made-up list of members that agrees with all that is published, state governments included.

    Parameters
    ----------
    seed
        Seed of the draw: the same seed gives the same list, whatever the order of the raw tables' rows.
    until
        Last day of the list. By default the last published total's; after it, totals are one path of the growth
        forecast.
    project
        The project whose published facts are kept; the one of the working directory unless given.

    Returns
    -------
    DataFrame
        One row per member, by day, then state and name: `name`, `uf`, `ibge_code` (missing for state governments),
        `sphere` (`municipal`, `estadual`), `joined_on` (datetime64, days), `evidence` (`simulated` in each row) and
        `note`, which says so in words.

    Raises
    ------
    ParameterError
        If the seed is negative, or `until` is before the network's first day or more than ten years after the last
        published total.
    IdentificationError
        If no list can agree with what is published.

    Examples
    --------
    >>> drawn = simulate_members(7, until=dt.date(2021, 12, 23))
    >>> drawn.groupby("sphere").size().to_dict()
    {'estadual': 18, 'municipal': 78}
    """
    from redegov_analysis.cleaning.build import processed

    if seed < 0:
        raise ParameterError("The seed is {seed}; give a whole number from 0 on.", seed=seed)
    facts = published_facts(project)
    last = pd.Timestamp(published_until(project))
    end = pd.Timestamp(until) if until is not None else last
    if not pd.Timestamp(FIRST_DAY) <= end <= last + pd.DateOffset(years=YEARS_AHEAD):
        raise ParameterError(
            "The list may end between {first_day}, the network's first day, and {years} {years:year|years} after "
            "the last published total ({last:%Y-%m-%d}); asked for {end:%Y-%m-%d}.",
            first_day=FIRST_DAY,
            years=YEARS_AHEAD,
            last=last,
            end=end,
        )
    rng = np.random.default_rng(seed)
    towns = _leaning_as_published(towns_from(processed("municipalities", project), rng), facts)
    stages = _stages(facts, rng)
    if end > last:
        stages += _stages_ahead(processed("milestones", project), stages[-1], end, seed)
    named = _named(facts, towns)
    windows = {who: _window(fact, stages) for who, fact in named.items()}
    stage_of = {who: _stage_within(window, stages, rng) for who, window in windows.items()}
    stages = _with_capitals(stages, facts, stage_of, towns, rng)
    marks = {who: fact.mark for who, fact in named.items() if fact.mark is not None}
    table = pd.concat([_members(stages, towns, stage_of, windows, marks, rng), _governments(facts, rng)])
    table = table[table["joined_on"] <= end].sort_values(["joined_on", "uf", "name"], ignore_index=True)
    note = f"SIMULADO: não são dados reais / SIMULATED: not real data (seed {seed})"
    return table.assign(evidence=str(Evidence.SIMULATED), note=note)[list(COLUMNS)]


def published_until(project: Project | None = None) -> dt.date:
    """Return the day of the last published total.

    Parameters
    ----------
    project
        The project; the one of the working directory unless given.

    Returns
    -------
    date
        The latest day of a fact about members.
    """
    last: pd.Timestamp = max(fact.day for fact in published_facts(project) if fact.kind == "members")
    return last.date()


def _leaning_as_published(towns: Towns, facts: Sequence[Fact]) -> Towns:
    """Return the towns with states that are published to be ahead of the country leaning towards joining.

    Otherwise most of such a state would have to join within the last weeks before the day of the fact.
    """
    totals = [(fact.day, fact.low) for fact in facts if fact.kind == "members"]
    leaning = towns.leaning.copy()
    for fact in facts:
        if fact.kind != "in_state":
            continue
        inside = towns.uf == fact.who
        country = max(count for day, count in totals if day <= fact.day) / universe_size(fact.day.date())
        if fact.low / inside.sum() > country:
            leaning[inside] = np.abs(leaning[inside])
    return replace(towns, leaning=leaning)


def _stages(facts: Sequence[Fact], rng: np.random.Generator) -> list[Stage]:
    """Return the stages between published totals, each total drawn within what is published."""
    totals = sorted((fact for fact in facts if fact.kind == "members"), key=lambda fact: (fact.day, fact.low))
    people = {fact.day: (fact.low * 1e6, fact.high * 1e6) for fact in facts if fact.kind == "people"}
    in_states = [fact for fact in facts if fact.kind == "in_state"]
    ceilings = np.minimum.accumulate([fact.high for fact in totals][::-1])[::-1]
    begin, count, stages = pd.Timestamp(FIRST_DAY) - pd.Timedelta(days=1), 0, []
    for fact, ceiling in zip(totals, ceilings, strict=True):
        low, high = max(int(fact.low), count), int(ceiling)
        if low > high:
            raise IdentificationError(
                "{count:,} {count:member|members} before {day:%Y-%m-%d}, but at most {high:,} on it: the published "
                "totals cannot all hold in a network that nobody leaves.",
                count=count,
                day=fact.day,
                high=high,
            )
        # Another total of the same weeks that the count fits already says nothing new.
        same = low == count and (fact.day - begin).days <= QUIET_DAYS
        if not same:
            # Announced soon after it was reached: nearer to the least than to the most.
            count = round(rng.triangular(low, low, high)) if low < high else low
        held = {one.who: int(one.low) for one in in_states if begin < one.day <= fact.day}
        stages.append(Stage(begin, fact.day, count, people.get(fact.day), states=held))
        holds = fact.low == fact.high and (fact.latest - fact.day).days <= QUIET_DAYS
        begin = fact.latest if holds else fact.day
    return stages


def _stages_ahead(milestones: pd.DataFrame, last: Stage, end: pd.Timestamp, seed: int) -> list[Stage]:
    """Return a stage for each month after the last published total, along one path of the forecast."""
    days = pd.date_range(last.end, end, freq="ME").union(pd.DatetimeIndex([end]))
    days = days[days > last.end]
    ahead = forecast_growth(milestones, universe=universe_size, dates=days, draws=_DRAWS, seed=seed)
    # Brasília is in as the Federal District's government, so one entry less can join as a municipality.
    path = np.clip(ahead.draws[0], last.total, universe_size(end.date()) - 1)
    begins = [last.end, *days[:-1]]
    return [Stage(begin, day, int(total)) for begin, day, total in zip(begins, days, path, strict=True)]


def _named(facts: Sequence[Fact], towns: Towns) -> dict[int, Fact]:
    """Return the named municipalities by their place, in order."""
    place_of = {code: place for place, code in enumerate(towns.codes.tolist())}
    found = {place_of[fact.who]: fact for fact in facts if fact.kind == "joined" and fact.who in place_of}
    return dict(sorted(found.items()))


def _window(fact: Fact, stages: Sequence[Stage]) -> Window:
    """Return the days on which somebody named may join: at the latest by the total of the same days."""
    first = fact.day if fact.recent else fact.earliest
    ends = [stage.end for stage in stages if stage.end >= fact.day]
    return first, min([fact.latest, *ends[:1]])


def _stage_within(window: Window, stages: Sequence[Stage], rng: np.random.Generator) -> int:
    """Return the stage in which somebody joins, in proportion to its newcomers on days of the window."""
    totals = np.array([0, *(stage.total for stage in stages)])
    first, last = window
    overlap = [
        max((min(last, stage.end) - max(first, stage.begin + pd.Timedelta(days=1))).days + 1, 0)
        / max((stage.end - stage.begin).days, 1)
        for stage in stages
    ]
    weights = np.diff(totals) * np.array(overlap)
    if not weights.sum():
        raise IdentificationError(
            "Nobody joins from {first:%Y-%m-%d} to {last:%Y-%m-%d}, but one is named. "
            "Check the published facts of those days.",
            first=first,
            last=last,
        )
    return int(rng.choice(len(stages), p=weights / weights.sum()))


def _with_capitals(
    stages: Sequence[Stage],
    facts: Sequence[Fact],
    stage_of: Mapping[int, int],
    towns: Towns,
    rng: np.random.Generator,
) -> list[Stage]:
    """Return the stages with how many capitals join in each, up to the last number of them that is published."""
    published = {fact.day: int(fact.low) for fact in facts if fact.kind == "capitals" and fact.low == fact.high}
    forced = np.zeros(len(stages), dtype=np.int64)
    for who, at in stage_of.items():
        forced[at] += towns.capital[who]
    new = np.diff([0, *(stage.total for stage in stages)])
    result, begin, have = list(stages), 0, 0
    for at, stage in enumerate(stages):
        if stage.end not in published:
            continue
        here = slice(begin, at + 1)
        more = published[stage.end] - have - int(forced[here].sum())
        if more < 0:
            raise IdentificationError(
                "More capitals are named by {end:%Y-%m-%d} than the published number. "
                "Check the published facts of those days.",
                end=stage.end,
            )
        drawn = forced[here] + rng.multivariate_hypergeometric(new[here] - forced[here], more)
        for place, capitals in zip(range(begin, at + 1), drawn.tolist(), strict=True):
            result[place] = replace(stages[place], capitals=capitals)
        begin, have = at + 1, published[stage.end]
    return result


def _members(
    stages: Sequence[Stage],
    towns: Towns,
    stage_of: Mapping[int, int],
    windows: Mapping[int, Window],
    marks: Mapping[int, int],
    rng: np.random.Generator,
) -> pd.DataFrame:
    joined = np.full(len(towns.codes), np.datetime64("NaT", "D"))
    slope, count = FIRST_SLOPE, 0
    for at, stage in enumerate(stages):
        forced = [who for who, its_stage in stage_of.items() if its_stage == at]
        free = np.isnat(joined) & (towns.valid_from <= stage.begin.to_datetime64())
        free[list(stage_of)] = False
        reached = float(towns.people[~np.isnat(joined)].sum())
        people = (stage.people[0] - reached, stage.people[1] - reached) if stage.people else None
        inside = {
            state: fewest - int((towns.uf[~np.isnat(joined)] == state).sum()) for state, fewest in stage.states.items()
        }
        chosen, slope = newcomers(
            towns, free, stage.total - count, rng, forced=forced, capitals=stage.capitals, people=people, slope=slope,
            states=inside,
        )  # fmt: skip
        if len(chosen):
            of_place = {who: int(np.searchsorted(chosen, who)) for who in forced}
            its_windows = {of_place[who]: windows[who] for who in forced}
            mark = next(((marks[who], windows[who]) for who in forced if who in marks), None)
            days, day = _days(stage, count, mark, rng)
            if mark is not None and day is not None:
                its_windows |= {of_place[who]: (day, day) for who in forced if who in marks}
            joined[chosen] = assigned(
                days, working_days(stage.begin, stage.end), towns.region[chosen], its_windows, rng
            )
        count = stage.total
    there = np.flatnonzero(~np.isnat(joined))
    return pd.DataFrame(
        {
            "name": towns.names[there],
            "uf": towns.uf[there],
            "ibge_code": towns.codes[there],
            "sphere": "municipal",
            "joined_on": joined[there].astype("datetime64[us]"),
        }
    )


def _days(
    stage: Stage, count: int, mark: tuple[int, Window] | None, rng: np.random.Generator
) -> tuple[Days, pd.Timestamp | None]:
    """Return the days of a stage's newcomers, in order, and the day on which a named one completes the mark."""
    days = working_days(stage.begin, stage.end)
    outside = universe_size(stage.end.date()) - count
    if mark is None:
        return batched_days(days, stage.total - count, outside, rng), None
    number, (first, last) = mark
    possible = days[
        (days >= max(first, stage.end - pd.Timedelta(days=6)).to_datetime64()) & (days <= last.to_datetime64())
    ]
    if not count < number <= stage.total or not len(possible):
        raise IdentificationError(
            "The mark of {number:,} is not passed by {end:%Y-%m-%d}, though it is named. "
            "Check the published facts of those days.",
            number=number,
            end=stage.end,
        )
    day = rng.choice(possible)
    # The mark is completed within the day: a few join with the one that is named.
    on_the_day = min(1 + int(rng.integers(_ON_THE_DAY)), number - count)
    before, after = days[days < day], days[days > day]
    later = stage.total - number
    if not len(after):
        on_the_day, later = on_the_day + later, 0
    parts = [
        batched_days(before, stage.total - count - on_the_day - later, outside, rng),
        np.repeat(day, on_the_day),
        batched_days(after, later, outside, rng),
    ]
    return np.concatenate(parts), pd.Timestamp(day)


def _governments(facts: Sequence[Fact], rng: np.random.Generator) -> pd.DataFrame:
    """Return the state governments: as many on each day as published, those that are named within their days."""
    totals = sorted((fact for fact in facts if fact.kind == "states"), key=lambda fact: fact.day)
    named: dict[str, Window] = {}
    for fact in facts:
        if fact.kind == "joined" and fact.who in STATES:
            ends = [total.day for total in totals if total.day >= fact.day]
            first, last = named.get(fact.who, (fact.earliest, fact.latest))
            named[fact.who] = max(first, fact.earliest), min([last, fact.latest, *ends[:1]])
    joined: dict[str, Window] = {}
    begin = pd.Timestamp(FIRST_DAY) - pd.Timedelta(days=1)
    for total in totals:
        due = [state for state, (_, last) in sorted(named.items()) if last <= total.day and state not in joined]
        rest = [state for state in sorted(STATES) if state not in joined and state not in due]
        open_now = [state for state in rest if state not in named or named[state][0] <= total.day]
        more = int(total.low) - len(joined) - len(due)
        if not 0 <= more <= len(open_now):
            raise IdentificationError(
                "{low:g} {low:state government|state governments} by {day:%Y-%m-%d} cannot hold beside those that "
                "are named. "
                "Check the published facts of those days.",
                low=total.low,
                day=total.day,
            )
        drawn = rng.choice(open_now, size=more, replace=False).tolist() if more else []
        for state in sorted([*due, *drawn]):
            first, last = named.get(state, (begin, total.day))
            joined[state] = max(first, begin + pd.Timedelta(days=1)), min(last, total.day)
        begin = total.day
    rows = []
    for state, (first, last) in sorted(joined.items()):
        days = working_days(first - pd.Timedelta(days=1), last)
        rows.append((_government(state), state, None, "estadual", pd.Timestamp(rng.choice(days))))
    table = pd.DataFrame(rows, columns=["name", "uf", "ibge_code", "sphere", "joined_on"])
    return table.astype({"joined_on": "datetime64[us]"})


def _government(state: str) -> str:
    """Return the name of a state's government as official lists write it."""
    if state == "DF":
        return "Governo do Distrito Federal"
    return f"Governo do Estado {'da' if state in _DA else 'de' if state in _DE else 'do'} {STATES[state][1]}"

"""The Rede's own story, when a list of members is in force: what goes with membership, and who is likely to join next.

Every number here stands on the list, and says so: observed, or simulated where the list says so of itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

import numpy as np
import pandas as pd

from redegov_analysis.cleaning.membership.dates import FIRST_DAY
from redegov_analysis.cleaning.membership.standing import Membership
from redegov_analysis.drivers.adoption import AdoptionFit, fit_adoption
from redegov_analysis.drivers.calendar import CARAVAN, caravans, event_terms
from redegov_analysis.drivers.covariates import MAIN
from redegov_analysis.drivers.event_history import EventHistory, fit_event_history
from redegov_analysis.drivers.foresight import Judgement, judge_in_time, likely_next
from redegov_analysis.drivers.windows import WindowedHistory, fit_windowed_history
from redegov_analysis.errors import IdentificationError

Kind = Literal["dated", "windows", "cross-section", "too few"]
Caravans = Literal["held equal", "none came", "not told", "not asked"]

START: Final = pd.Timestamp(FIRST_DAY)
"""The network was created on this day; nobody joined before."""

BOUNDED_SHARE: Final = 0.5
"""From this share of members whose joining is bounded from both sides on, a list without days has a history."""

FEWEST_EVENTS: Final = 50
"""Fewer joinings before or after the cut judge nothing."""


_Fit = TypeVar("_Fit")


@dataclass(frozen=True)
class RedeStory:
    """What the list in force tells of drivers.

    Attributes
    ----------
    listed
        The list.
    kind
        `dated` (days or months are known), `windows` (only windows are), `cross-section` (only who is in), or `too few`
        (members too few, or too much alike, for a model).
    history
        Who joined when; None for a cross-section.
    adoption
        Who is in, for a cross-section.
    events
        `ibge_code`, `joined_on` as `history` saw them.
    known
        The municipalities at risk: all but members without a date.
    ranking
        Those outside, most likely first (`foresight.likely_next`).
    judgement
        A ranking made a year before the list's day, judged on that year; None where there are too few joinings. It
        holds caravans equal where `CARAVAN` is among the terms of its history.
    caravans
        Whether federal caravans are `held equal` in `history`; else why not: `none came` while the list runs, their
        effect is `not told` because too few joined in their wake, or they were `not asked` for.
    """

    listed: Membership
    kind: Kind
    history: EventHistory | None
    adoption: AdoptionFit | None
    events: pd.DataFrame
    known: pd.DataFrame
    ranking: pd.DataFrame | None
    judgement: Judgement | None
    caravans: Caravans = "not asked"

    def table(self) -> pd.DataFrame:
        """Return the model's table of coefficients."""
        if self.history is not None:
            return self.history.table()
        if self.adoption is None:
            raise IdentificationError("The list supports no model. Ask `modelled` first, or give a longer list.")
        return self.adoption.table()

    @property
    def modelled(self) -> bool:
        """Whether the list supports a model."""
        return self.history is not None or self.adoption is not None


def rede_story(
    listed: Membership | None,
    municipalities: pd.DataFrame,
    pairs: pd.DataFrame,
    covariates: Sequence[str] = MAIN,
    *,
    programme_events: pd.DataFrame | None = None,
    seed: int = 0,
) -> RedeStory | None:
    """Return what the list in force tells of drivers, or None where there is no list.

    Parameters
    ----------
    listed
        The list of members.
    municipalities, pairs
        The processed tables.
    covariates
        As in `drivers.covariates.model_table`.
    programme_events
        The processed table; with it, a federal caravan in the state is held equal where the list can tell its effect,
        in the model and in the ranking that is judged; `RedeStory.caravans` says whether.
    seed
        Of the days drawn within windows.
    """
    if listed is None:
        return None
    try:
        return _story(listed, municipalities, pairs, covariates, programme_events, seed)
    except IdentificationError:
        events = listed.members[["ibge_code", "joined_on"]]
        return RedeStory(listed, "too few", None, None, events, municipalities, None, None)


def _story(
    listed: Membership,
    municipalities: pd.DataFrame,
    pairs: pd.DataFrame,
    covariates: Sequence[str],
    programme_events: pd.DataFrame | None,
    seed: int,
) -> RedeStory:
    members = listed.members
    end = pd.Timestamp(listed.snapshot_date)
    bounded = members["joined_after"].notna() & members["joined_by"].notna()
    if listed.dated:
        kind: Kind = "dated"
    elif len(members) and float(bounded.mean()) >= BOUNDED_SHARE:
        kind = "windows"
    else:
        kind = "cross-section"
    if kind == "cross-section":
        there = municipalities[~(municipalities["valid_from"] > end)]
        codes = pd.Index(sorted(there["ibge_code"].astype("str")))
        member = pd.Series(codes.isin(members["ibge_code"]), index=codes)
        adoption = fit_adoption(member, municipalities, covariates, firth=True)
        return RedeStory(listed, kind, None, adoption, members[["ibge_code", "joined_on"]], there, None, None)
    events = members[["ibge_code", "joined_on"]]
    # Who is in without a date: nobody knows when it stopped being at risk.
    undated = members["joined_on"].isna() & (kind == "dated")
    known = municipalities[~municipalities["ibge_code"].isin(members.loc[undated, "ibge_code"])]

    def fitted(varying: pd.DataFrame | None) -> EventHistory:
        if kind == "dated":
            return fit_event_history(events, known, pairs, START, end, covariates, varying=varying)
        return fit_windowed_history(members, known, pairs, START, end, covariates, seed=seed, varying=varying)

    history, held = _with_caravans(fitted, programme_events, end)
    if isinstance(history, WindowedHistory):
        events = history.events
    ranking = likely_next(history, events, known, pairs, end)
    came = programme_events if held == "held equal" else None
    judgement = _judged(events, known, pairs, end, covariates, came)
    return RedeStory(listed, kind, history, None, events, known, ranking, judgement, held)


def _with_caravans(
    fitted: Callable[[pd.DataFrame | None], _Fit], programme_events: pd.DataFrame | None, end: pd.Timestamp
) -> tuple[_Fit, Caravans]:
    """Return a fit with the caravans up to a day, or without them, and which of the two and why."""
    if programme_events is None:
        return fitted(None), "not asked"
    came = caravans(programme_events)
    if not (came["date"] <= end).any():
        return fitted(None), "none came"
    try:
        return fitted(event_terms(came, START, end, CARAVAN)), "held equal"
    except IdentificationError:
        return fitted(None), "not told"


def _judged(
    events: pd.DataFrame,
    known: pd.DataFrame,
    pairs: pd.DataFrame,
    end: pd.Timestamp,
    covariates: Sequence[str],
    programme_events: pd.DataFrame | None,
) -> Judgement | None:
    cut = end - pd.DateOffset(years=1)
    before, after = int((events["joined_on"] <= cut).sum()), int((events["joined_on"] > cut).sum())
    if min(before, after) < FEWEST_EVENTS:
        return None

    def judged(varying: pd.DataFrame | None) -> Judgement:
        return judge_in_time(events, known, pairs, START, cut, end, covariates, varying=varying)

    try:
        return _with_caravans(judged, programme_events, cut)[0]
    except IdentificationError:
        # The year before may hold too few of some group to fit; then nothing is judged.
        return None


def thirds(story: RedeStory) -> pd.DataFrame:
    """Return where each municipality stands: in, or outside by thirds of how likely it is to join next.

    Returns
    -------
    DataFrame
        `ibge_code`, `standing`: `in`, `likely`, `middle`, `unlikely`, or missing where a covariate is.
    """
    codes = story.known["ibge_code"].astype("str").sort_values(ignore_index=True)
    standing = pd.Series(np.where(codes.isin(story.listed.members["ibge_code"]), "in", ""), index=codes)
    if story.ranking is not None:
        third = story.ranking["rank"].sub(1).mul(3).floordiv(max(len(story.ranking), 1))
        names = third.map({0: "likely", 1: "middle", 2: "unlikely"})
        standing.loc[story.ranking["ibge_code"]] = names.to_numpy()
    result = standing.rename("standing").rename_axis("ibge_code").reset_index()
    return result.assign(standing=result["standing"].where(result["standing"] != ""))

"""The Rede's own story, when a list of members is in force: what goes with membership, and who is likely to join next.

Every number here stands on the list, and says so: observed, or simulated where the list says so of itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

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

START: Final = pd.Timestamp(FIRST_DAY)
"""The network was created on this day; nobody joined before."""

BOUNDED_SHARE: Final = 0.5
"""From this share of members whose joining is bounded from both sides on, a list without days has a history."""

FEWEST_EVENTS: Final = 50
"""Fewer joinings before or after the cut judge nothing."""


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
        A ranking made a year before the list's day, judged on that year; None where there are too few joinings.
    """

    listed: Membership
    kind: Kind
    history: EventHistory | None
    adoption: AdoptionFit | None
    events: pd.DataFrame
    known: pd.DataFrame
    ranking: pd.DataFrame | None
    judgement: Judgement | None

    def table(self) -> pd.DataFrame:
        """Return the model's table of coefficients."""
        if self.history is not None:
            return self.history.table()
        if self.adoption is None:
            raise IdentificationError("The list supports no model.")
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
        The processed table; with it, a federal caravan in the state is held equal where the list can tell its effect.
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

    history = _with_caravans(fitted, programme_events, end)
    if isinstance(history, WindowedHistory):
        events = history.events
    ranking = likely_next(history, events, known, pairs, end)
    return RedeStory(
        listed, kind, history, None, events, known, ranking, _judged(events, known, pairs, end, covariates)
    )


def _with_caravans(
    fitted: Callable[[pd.DataFrame | None], EventHistory], programme_events: pd.DataFrame | None, end: pd.Timestamp
) -> EventHistory:
    """Return the fit with the caravans, or without them where there were none or nobody joined in their wake."""
    came = None if programme_events is None else caravans(programme_events)
    if came is not None and (came["date"] <= end).any():
        try:
            return fitted(event_terms(came, START, end, CARAVAN))
        except IdentificationError:
            pass
    return fitted(None)


def _judged(
    events: pd.DataFrame, known: pd.DataFrame, pairs: pd.DataFrame, end: pd.Timestamp, covariates: Sequence[str]
) -> Judgement | None:
    cut = end - pd.DateOffset(years=1)
    before, after = int((events["joined_on"] <= cut).sum()), int((events["joined_on"] > cut).sum())
    if min(before, after) < FEWEST_EVENTS:
        return None
    try:
        return judge_in_time(events, known, pairs, START, cut, end, covariates)
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

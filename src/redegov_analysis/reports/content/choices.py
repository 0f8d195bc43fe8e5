"""The effect of size on the login list under every reasonable choice, so that no single choice speaks alone."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Sheet

from redegov_analysis.drivers.adoption import login_adoption
from redegov_analysis.drivers.specifications import COVARIATE_SETS, specification_curve
from redegov_analysis.evidence import Evidence
from redegov_analysis.reports import theme
from redegov_analysis.reports.content.login import LIST_DAY, SOURCE
from redegov_analysis.reports.items import Column, Figure
from redegov_analysis.reports.text import N_, Text

_SET_NAMES: Final = {
    "size": N_("Size alone"),
    "size, income": N_("Size and income"),
    "main": N_("Main"),
    "main, density": N_("Main and density"),
    "main, urban share": N_("Main and urban share"),
    "main, revenue": N_("Main and revenue"),
    "main, networks": N_("Main and telecoms"),
}


def choices_curve(login: pd.DataFrame, municipalities: pd.DataFrame) -> pd.DataFrame:
    """Return the effect of size under each reasonable choice of outcome, covariates, regions and estimator."""
    outcomes = {body: login_adoption(login, municipalities, LIST_DAY, body=body) for body in ("city_hall", "any")}
    return specification_curve(outcomes, municipalities, ("log10_population",))


def choices_figure(curve: pd.DataFrame, t: Text) -> Figure:
    """Draw the specification curve of size over a board of the choices behind each estimate.

    Parameters
    ----------
    curve
        From `choices_curve`.
    t
        The reader's language.
    """
    known = curve[curve["coef"].notna() & curve["firth"].astype(bool)]
    known = known.sort_values("coef", kind="stable", ignore_index=True)
    plain = curve[curve["coef"].notna() & ~curve["firth"].astype(bool)]
    keys = ["outcome", "covariates", "regions"]
    both = known.merge(plain, on=keys, suffixes=("", "_plain"))
    moved = float((both["coef"] - both["coef_plain"]).abs().max())
    hall = (known["outcome"] == "city_hall").to_numpy()
    choices = [
        (t("City hall alone"), hall),
        (t("Regions held equal"), known["regions"].to_numpy(dtype=bool)),
        *((t(_SET_NAMES[name]), (known["covariates"] == name).to_numpy()) for name in COVARIATE_SETS),
    ]
    place = np.arange(len(known))

    def draw(sheet: Sheet, narrow: bool) -> None:
        upper, lower = sheet.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": (1.25, 1)})
        theme.tidy(upper)
        upper.axhline(1, color=theme.GRAY, linewidth=1)
        for mask, color, marker, label in (
            (hall, theme.BLUE, "o", t("City hall")),
            (~hall, theme.OCHRE, "s", t("Any body of the municipality")),
        ):
            part = known[mask]
            upper.vlines(place[mask], np.exp(part["low"]), np.exp(part["high"]), color=color, linewidth=1.6, alpha=0.6)
            upper.plot(place[mask], np.exp(part["coef"]), marker, color=color, markersize=4.5, label=label)
        upper.set_ylabel(t("odds ratio of size"))
        upper.yaxis.set_major_formatter(lambda value, _: t.number(value, 1))
        upper.legend(loc="upper left", fontsize=8.5)
        theme.tidy(lower, grid="x")
        lower.grid(visible=False)
        for row, (_, mask) in enumerate(choices):
            lower.axhline(row, color=theme.GRAY_LIGHT, linewidth=0.6)
            lower.plot(place[mask], np.full(int(mask.sum()), row), "s", color=theme.BLUE_DARK,
                       markersize=3.6 if narrow else 5.5)  # fmt: skip
        lower.set_yticks(np.arange(len(choices)), [name for name, _ in choices], fontsize=7.5 if narrow else 9)
        lower.set_ylim(len(choices) - 0.4, -0.6)
        lower.set_xticks([])
        lower.spines[["left", "bottom"]].set_visible(False)

    known = known.assign(regions=known["regions"].astype(bool))
    firm = known["low"] > 0
    frame = known.assign(
        label=[t("City hall") if is_hall else t("Any body of the municipality") for is_hall in hall],
        set=[t(_SET_NAMES[name]) for name in known["covariates"]],
        with_regions=[t("yes") if held else t("no") for held in known["regions"]],
        ratio=np.exp(known["coef"]),
        ratio_low=np.exp(known["low"]),
        ratio_high=np.exp(known["high"]),
    )
    return Figure(
        id="login_choices",
        t=t,
        evidence=Evidence.PROXY,
        source=t(SOURCE),
        as_of=LIST_DAY,
        title=t("Size under {count} reasonable choices", count=t.integer(len(known))),
        caption=t(
            "Odds ratio per standard deviation of population, lowest first, with 95% intervals; the board says which "
            "choices made it. Where regions are held equal, {firm_with} of {count_with} intervals lie wholly above 1; "
            "where they are not, {firm_without} of {count_without}. Penalised fits; plain ones differ by {moved} at "
            "most (log odds). One data set seen many ways, not many studies.",
            moved=t.number(moved, 2),
            firm_with=t.integer(int(firm[known["regions"]].sum())),
            count_with=t.integer(int(known["regions"].sum())),
            firm_without=t.integer(int(firm[~known["regions"]].sum())),
            count_without=t.integer(int((~known["regions"]).sum())),
        ),
        alt=t(
            "Odds ratios of size sorted from {low} to {high}, with a board of filled squares for the choices below.",
            low=t.number(frame["ratio"].min(), 2),
            high=t.number(frame["ratio"].max(), 2),
        ),
        draw=draw,
        frame=frame,
        columns={
            "label": Column(t("On the list")),
            "set": Column(t("Held equal")),
            "with_regions": Column(t("Regions held equal")),
            "ratio": Column(t("Odds ratio"), "number", 2),
            "ratio_low": Column(t("95%: from"), "number", 2),
            "ratio_high": Column(t("95%: to"), "number", 2),
        },
        heights=(5.4, 5.2),
    )

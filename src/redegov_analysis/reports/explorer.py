"""Controls for JupyterLab over the very functions of the reports: pick a state, a size, a curve, a horizon, a target.

Whatever moves shows items as the reports do, each with its evidence. Fits are made once and kept, so that a control
feels live. `redegov run` makes no page of it.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Sheet

from redegov_analysis.cleaning.build import processed
from redegov_analysis.cleaning.membership.standing import membership_in_force
from redegov_analysis.cleaning.milestones import universe_size
from redegov_analysis.cleaning.sisters import NFSE_VOLUNTARY_UNTIL
from redegov_analysis.drivers.chances import chance_draws, members_of_group
from redegov_analysis.evidence import Evidence
from redegov_analysis.forecast.growth import GrowthForecast, forecast_growth
from redegov_analysis.forecast.outlook import SEED, draws_on, outlook, with_count_of
from redegov_analysis.forecast.pace import TARGET, known_by
from redegov_analysis.reports import theme
from redegov_analysis.reports.content.brief_membership import ESTIMATE_SOURCE
from redegov_analysis.reports.content.event_history import BOTH_SOURCES
from redegov_analysis.reports.content.fan import LEVELS, draw_fan, named_quantiles
from redegov_analysis.reports.content.growth import CURVE_NAMES, SOURCE
from redegov_analysis.reports.content.quality import LOGIN_SOURCE
from redegov_analysis.reports.content.state import SIZE_LABELS, estimated_shares
from redegov_analysis.reports.items import Column, Figure, Statement, Table
from redegov_analysis.reports.states import STATES
from redegov_analysis.reports.text import N_, Text

ALL: Final = "all"
ENSEMBLE: Final = "ensemble"
LONGEST: Final = 60
CURVE_DRAWS: Final = 1000
CHANCE_DRAWS: Final = 400


class Explorer:
    """Five controls and what they show.

    Parameters
    ----------
    t
        The reader's language.
    as_of
        Only totals up to this day (ISO date); empty for all.
    membership
        The choice of `membership_in_force`.

    Attributes
    ----------
    state, size_class, curve, horizon, target
        The controls (ipywidgets); setting `.value` is moving them.
    chance, fan, group
        What they show (widgets of HTML).
    panel
        All of it, to be the last line of a cell.
    """

    def __init__(self, t: Text, as_of: str = "", membership: str = "") -> None:
        import ipywidgets as widgets

        self.t = t
        self._municipalities = processed("municipalities").sort_values("ibge_code", ignore_index=True)
        members = membership_in_force(membership)
        self._members = members.known_by(as_of) if members else None
        self._milestones = with_count_of(self._members, known_by(processed("milestones"), as_of))
        self._forecasts: dict[str, GrowthForecast] = {}
        wide = {"style": {"description_width": "9rem"}, "layout": {"width": "28rem"}}
        self.state = widgets.Dropdown(
            options=[(t("Brazil"), ALL), *((state.name, uf) for uf, state in STATES.items())],
            description=t("State"),
            **wide,
        )
        self.size_class = widgets.Dropdown(
            options=[(t("all sizes"), ALL), *((t(label), name) for name, label in SIZE_LABELS.items())],
            description=t("Inhabitants"),
            **wide,
        )
        self.curve = widgets.Dropdown(
            options=[(t("all, weighed"), ENSEMBLE), *((t(name), curve) for curve, name in CURVE_NAMES.items())],
            description=t("Curve"),
            **wide,
        )
        self.horizon = widgets.IntSlider(
            value=18, min=3, max=LONGEST, description=t("Months ahead"), continuous_update=False, **wide
        )
        last = int(self._milestones["municipalities"].max())
        self.target = widgets.IntSlider(
            value=max(TARGET, last), min=last, max=5570, description=t("Target"), continuous_update=False, **wide
        )
        self.chance, self.fan, self.group = widgets.HTML(), widgets.HTML(), widgets.HTML()
        for control in (self.curve, self.horizon, self.target):
            control.observe(self._show_forecast, names="value")
        for control in (self.state, self.size_class):
            control.observe(self._show_group, names="value")
        self._show_forecast()
        self._show_group()
        network = widgets.VBox([self.curve, self.horizon, self.target, self.chance, self.fan])
        places = widgets.VBox([self.state, self.size_class, self.group])
        self.panel = widgets.VBox([network, places])

    def forecast(self) -> GrowthForecast:
        """Return the forecast of the curve chosen; that of all curves is the one that the reports publish."""
        curve = self.curve.value
        if curve not in self._forecasts:
            if curve == ENSEMBLE:
                made = outlook(self._milestones)
            else:
                last = pd.Timestamp(self._milestones["date_latest"].max())
                dates = pd.date_range(last, periods=LONGEST + 1, freq="ME").union(pd.DatetimeIndex([last]))
                made = forecast_growth(
                    self._milestones,
                    universe=universe_size,
                    dates=dates,
                    draws=CURVE_DRAWS,
                    seed=SEED,
                    curves=(curve,),
                )
            self._forecasts[curve] = made
        return self._forecasts[curve]

    def chance_item(self) -> Statement:
        """Say how likely the target is to be reached within the months chosen."""
        t, ahead = self.t, self.forecast()
        day = self._end(ahead)
        chance = float((draws_on(ahead, [day])[:, 0] >= self.target.value).mean())
        return Statement(
            id="explored_chance",
            t=t,
            evidence=Evidence.ESTIMATED,
            source=t(SOURCE),
            as_of=ahead.last_day,
            sentence=t(
                "The chance that at least {target} municipalities belong to the network by {day} is {chance}, if "
                "joining goes on under the same rules.",
                target=t.integer(self.target.value),
                day=t.date(day),
                chance=t.probability(chance),
            ),
            value=chance,
            unit="probability",
            numeral=t.probability(chance),
        )

    def fan_item(self) -> Figure:
        """Draw the forecast up to the months chosen, with the target."""
        t, ahead, target = self.t, self.forecast(), self.target.value
        day = self._end(ahead)
        frame = named_quantiles(ahead.quantiles(LEVELS).loc[:day])

        def draw(sheet: Sheet, narrow: bool) -> None:
            axes = theme.tidy(sheet.add_subplot())
            draw_fan(axes, frame, t)
            axes.axhline(target, color=theme.OCHRE, linewidth=1.4, linestyle=(0, (5, 3)), label=t("target"))
            axes.yaxis.set_major_formatter(lambda value, _: t.integer(value))
            theme.date_axis(axes, t, narrow=narrow)
            axes.legend(loc="upper left")

        final = frame.iloc[-1]
        return Figure(
            id="explored_fan",
            t=t,
            evidence=Evidence.ESTIMATED,
            source=t(SOURCE),
            as_of=ahead.last_day,
            title=t("Municipalities in the network"),
            caption=t("Bands hold what is to come with the probability named, as the curve chosen sees it."),
            alt=t(
                "A band that rises to between {low} and {high} municipalities on {day}.",
                low=t.integer(final["q100"]),
                high=t.integer(final["q900"]),
                day=t.date(day),
            ),
            draw=draw,
            frame=frame,
            columns={
                "date": Column(t("Date"), "date"),
                "q100": Column(t("80%: from"), "integer"),
                "q500": Column(t("Median"), "integer"),
                "q900": Column(t("80%: to"), "integer"),
            },
            heights=(3.2, 3.2),
        )

    def group_item(self) -> Table:
        """Show what is known and estimated of the municipalities of the state and size chosen."""
        t, inside = self.t, self._inside()
        codes = self._municipalities.loc[inside, "ibge_code"]
        rows: list[tuple[str, str, float, float | None, float | None, int]] = [
            (t("Municipalities"), Evidence.PUBLISHED, len(codes), None, None, len(codes))
        ]
        people, chances = self._chances
        known = people.index.isin(codes)
        if self._members is not None:
            count = int(codes.isin(self._members.members["ibge_code"]).sum())
            rows.append((t("Members on the list"), self._members.evidence, count, None, None, len(codes)))
        elif known.any():
            middle, low, high = members_of_group(chances, known)
            rows.append((t("Members, estimated"), Evidence.ESTIMATED, middle, low, high, int(known.sum())))
        for label, adopters in self._proxies.items():
            rows.append((t(label), Evidence.PROXY, int(codes.isin(adopters).sum()), None, None, len(codes)))
        frame = pd.DataFrame(rows, columns=["what", "evidence", "count", "low", "high", "municipalities"])
        frame = frame.assign(evidence=frame["evidence"].astype("str"), share=frame["count"] / frame["municipalities"])
        simulated = self._members is not None and self._members.simulated
        return Table(
            id="explored_group",
            t=t,
            evidence=Evidence.SIMULATED if simulated else Evidence.ESTIMATED,
            source="; ".join([t(ESTIMATE_SOURCE), t(LOGIN_SOURCE), t(BOTH_SOURCES)]),
            as_of=self._milestones["date"].max(),
            title=t("Municipalities of the state and size chosen"),
            caption=t("Each row says what it stands on. An estimate comes with the interval that holds it with 90%."),
            frame=frame,
            columns={
                "what": Column(t("What")),
                "evidence": Column(t("Evidence"), "evidence"),
                "count": Column(t("Municipalities"), "integer"),
                "low": Column(t("90%: from"), "integer"),
                "high": Column(t("90%: to"), "integer"),
                "share": Column(t("Share"), "percent", 0),
            },
        )

    @cached_property
    def _chances(self) -> tuple[pd.Series, Any]:
        nfse, snc = processed("nfse_adhesions"), processed("snc_adhesions")
        estimates = estimated_shares(self._milestones, self._municipalities, nfse, snc)
        uf = self._municipalities.set_index("ibge_code")["uf"]
        return chance_draws(
            estimates.gradient, self._municipalities, uf, spread=estimates.spread, draws=CHANCE_DRAWS, seed=SEED
        )

    @cached_property
    def _proxies(self) -> dict[str, pd.Series]:
        login, nfse = processed("login_adopters"), processed("nfse_adhesions")
        halls = (login["list_date"] == pd.Timestamp("2022-03-21")) & (login["body_type"] == "city_hall")
        return {
            N_("City hall on the login list, March 2022"): login.loc[halls, "ibge_code"].dropna(),
            N_("Joined the service invoice (NFS-e) by the end of 2024"): nfse.loc[
                nfse["joined_on"] <= NFSE_VOLUNTARY_UNTIL, "ibge_code"
            ],
        }

    def _inside(self) -> Any:
        table = self._municipalities
        inside = np.ones(len(table), dtype=bool)
        if self.state.value != ALL:
            inside &= (table["uf"] == self.state.value).to_numpy()
        if self.size_class.value != ALL:
            inside &= (table["size_class"].astype("str") == self.size_class.value).to_numpy()
        return inside

    def _end(self, ahead: GrowthForecast) -> pd.Timestamp:
        return pd.Timestamp(ahead.last_day) + pd.offsets.MonthEnd(self.horizon.value)

    def _show_forecast(self, change: object = None) -> None:
        del change
        self.chance.value, self.fan.value = self.chance_item().html(), self.fan_item().html()

    def _show_group(self, change: object = None) -> None:
        del change
        self.group.value = self.group_item().html()

"""How good forecasts of states are where dated lists exist: the two sister networks, as if it were earlier."""

from __future__ import annotations

from typing import Final

import pandas as pd

from redegov_analysis.evidence import Evidence
from redegov_analysis.forecast.state_backtest import INDEPENDENT, RECONCILED, TOP_DOWN
from redegov_analysis.reports.content.backtesting import SETS
from redegov_analysis.reports.items import Column, Table
from redegov_analysis.reports.text import N_, Text

SOURCE: Final = N_("Forecasts made as if it were earlier; Receita Federal, Ministério da Cultura")
MEASURED_ON: Final = pd.Timestamp("2026-11-24")
METHODS: Final = {
    RECONCILED: N_("This forecast"),
    INDEPENDENT: N_("Each state alone"),
    TOP_DOWN: N_("The nation's newcomers by the states' shares so far"),
}

RECORD: Final = pd.DataFrame(
    [
        ("nfse", RECONCILED, 12, 3.19, 4.92, 0.667, 0.948),
        ("nfse", TOP_DOWN, 12, 3.44, 5.32, 0.404, 0.673),
        ("nfse", INDEPENDENT, 12, 3.63, 5.81, 0.525, 0.867),
        ("snc", INDEPENDENT, 16, 2.50, 3.86, 0.648, 0.942),
        ("snc", RECONCILED, 16, 2.56, 3.78, 0.748, 0.958),
        ("snc", TOP_DOWN, 16, 2.66, 4.04, 0.431, 0.736),
    ],
    columns=["set", "method", "origins", "wis", "error", "covered_50", "covered_90"],
)
"""What `tests/benchmarks/test_states.py` measured, and holds against these numbers: forecasts six months ahead, of
NFS-e from every month and of SNC from every fourth since a tenth of all had joined. Each state alone takes minutes."""


def state_record_table(t: Text) -> Table:
    """Show the mean scores of state forecasts beside those of two simpler ways."""
    return Table(
        id="states_record",
        t=t,
        evidence=Evidence.PROXY,
        source=t(SOURCE),
        as_of=MEASURED_ON,
        title=t("How good forecasts of states have been where dated lists exist"),
        caption=t(
            "Six months ahead, mean over the states, measured once by the project's benchmark. The score (weighted "
            "interval score, in municipalities) is smaller for narrow intervals that hold what came. Each state alone "
            "does as well in the culture system, but its forecasts do not add up to the nation's."
        ),
        frame=RECORD.assign(
            set_name=[t(SETS[name]) for name in RECORD["set"]],
            method_name=[t(METHODS[name]) for name in RECORD["method"]],
        ),
        columns={
            "set_name": Column(t("Data")),
            "method_name": Column(t("Method")),
            "wis": Column(t("Score"), "number", 2),
            "error": Column(t("Median off by"), "number", 1),
            "covered_50": Column(t("Held by 50%"), "percent", 0),
            "covered_90": Column(t("Held by 90%"), "percent", 0),
            "origins": Column(t("Forecasts"), "integer"),
        },
    )

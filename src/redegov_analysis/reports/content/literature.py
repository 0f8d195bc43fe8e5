"""What others found: our signs beside the published ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd

from redegov_analysis.drivers.literature import compare_with_literature
from redegov_analysis.reports.content.coefficients import TERM_NAMES, as_ratio, written_ratio
from redegov_analysis.reports.content.event_history import UNTIL
from redegov_analysis.reports.content.recurrence import NETWORK_NAMES, tables_evidence, tables_source
from redegov_analysis.reports.items import Column, Table
from redegov_analysis.reports.text import N_, Text

SOURCE: Final = N_("Published studies, each with its address in the package's table of drivers; our fits above")
_VERDICTS: Final = {
    "agree": N_("agree"),
    "disagree": N_("disagree"),
    "open": N_("open"),
    "not comparable": N_("not comparable"),
    "new": N_("new"),
}
_NAMES: Final = frozenset(
    (
        N_("Population"),
        N_("Size"),
        N_("GDP"),
        N_("GDP per capita"),
        N_("Income"),
        N_("Income per capita"),
        N_("Revenue/income per capita"),
        N_("Schooling"),
        N_("Internet access"),
        N_("853 Minas Gerais municipal websites (LARR)"),
    )
)
"""What the shown studies call what they measured, and a study that has no author's name, in the words of our table."""

_SIGN_COLUMNS: Final = {"+": "plus", "-": "minus", "ns": "ns"}
_SIGNS: Final = {"+": "+", "-": "−", "ns": N_("not significant")}


def findings_table(tables: Mapping[str, pd.DataFrame], t: Text) -> Table:
    """Show for each driver and network our odds ratio, the signs that studies report, and whether they agree.

    Parameters
    ----------
    tables
        By network, as `recurrence.network_tables`.
    t
        The reader's language.
    """
    long = compare_with_literature(tables)
    ours = long[long["term"].notna()]
    rows = []
    for (term, network), part in ours.groupby(["term", "network"], sort=False):
        ratio = as_ratio(part.iloc[0])
        signs = part["effect"].dropna().value_counts()
        verdicts = part["verdict"].value_counts()
        rows.append(
            {
                "term": term,
                "network": network,
                "ratio": ratio["ratio"],
                "ratio_low": ratio["ratio_low"],
                "ratio_high": ratio["ratio_high"],
                "studies": int(signs.sum()),
                **{f"studies_{name}": int(signs.get(sign, 0)) for sign, name in _SIGN_COLUMNS.items()},
                **{
                    verdict.replace(" ", "_"): int(verdicts.get(verdict, 0))
                    for verdict in ("agree", "disagree", "open")
                },
                "label": t(TERM_NAMES.get(str(term), str(term))),
                "where": t(NETWORK_NAMES[str(network)]),
                "ours": written_ratio(ratio, t),
                "theirs": ", ".join(f"{t(name)} ({signs[sign]})" for sign, name in _SIGNS.items() if sign in signs)
                or "–",
                "verdict": ", ".join(
                    t(name) if verdict == "new" else f"{t(name)} ({verdicts[verdict]})"
                    for verdict, name in _VERDICTS.items()
                    if verdict in verdicts
                ),
            }
        )
    frame = pd.DataFrame(rows)
    order = {term: number for number, term in enumerate(dict.fromkeys(frame["term"]))}
    frame = frame.sort_values("term", key=lambda terms: terms.map(order), kind="stable", ignore_index=True)
    return Table(
        id="literature",
        t=t,
        evidence=tables_evidence(tables),
        source=tables_source(tables, SOURCE, t),
        as_of=UNTIL,
        title=t("Our signs beside published ones"),
        caption=t(
            "Studies counted by the sign they report for the same driver. Agree: one sign, and our interval leaves out "
            "1. Open: our interval holds 1 where theirs has a sign, or the reverse. Disagree: the opposite sign. New: "
            "no study in the table reports on it. In all: agree {agree}, open {open}, disagree {disagree}.",
            agree=t.integer(int(frame["agree"].sum())),
            open=t.integer(int(frame["open"].sum())),
            disagree=t.integer(int(frame["disagree"].sum())),
        ),
        frame=frame,
        columns={
            "label": Column(t("Term")),
            "where": Column(t("Network")),
            "ours": Column(t("Our odds ratio")),
            "theirs": Column(t("Published signs")),
            "verdict": Column(t("Verdict")),
        },
    )


def studies_table(tables: Mapping[str, pd.DataFrame], t: Text) -> Table:
    """Show every published finding, with or without a counterpart of ours, Brazilian studies first; the CSV holds all.

    Parameters
    ----------
    tables
        By network, as `recurrence.network_tables`.
    t
        The reader's language.
    """
    long = compare_with_literature(tables)
    named = long[long["study"].notna()]
    abroad = ~(named["place"].str.contains("Brazil") | named["place"].str.endswith(", BR"))
    named = named.assign(abroad=abroad).sort_values("abroad", kind="stable", ignore_index=True).drop(columns="abroad")
    frame = named.round({"coef": 4, "low": 4, "high": 4}).assign(
        label=[t(TERM_NAMES.get(str(term), str(term))) if isinstance(term, str) else "–" for term in named["term"]],
        where=[t(NETWORK_NAMES[network]) if isinstance(network, str) else "–" for network in named["network"]],
        sign=[t(_SIGNS[str(effect)]) for effect in named["effect"]],
        judged=[t(_VERDICTS[str(verdict)]) for verdict in named["verdict"]],
        told_study=[_named(study, t) for study in named["study"]],
        told_variable=[_named(variable, t) for variable in named["variable"]],
    )
    return Table(
        id="literature_studies",
        t=t,
        evidence=tables_evidence(tables),
        source=tables_source(tables, SOURCE, t),
        as_of=UNTIL,
        title=t("Study by study"),
        caption=t(
            "{compared} comparisons, Brazilian studies first, and {other} published variables that nothing of ours "
            "measures (parties, competition, fiscal health and others). Some studies were read as abstracts only.",
            compared=t.integer(int((frame["verdict"] != "not comparable").sum())),
            other=t.integer(int((frame["verdict"] == "not comparable").sum())),
        ),
        frame=frame,
        columns={
            "told_study": Column(t("Study")),
            "told_variable": Column(t("Variable")),
            "sign": Column(t("Published sign")),
            "label": Column(t("Our term")),
            "where": Column(t("Network")),
            "judged": Column(t("Verdict")),
        },
        limit=12,
    )


def _named(name: object, t: Text) -> str:
    return t(str(name)) if name in _NAMES else str(name)

"""What came in, what was checked, what was refused and why, and how complete each covariate is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Sheet

from redegov_analysis.cleaning.build import BuildReport
from redegov_analysis.cleaning.states import state_of_code
from redegov_analysis.evidence import Evidence
from redegov_analysis.reports import theme
from redegov_analysis.reports.content.covariates import coverage
from redegov_analysis.reports.items import Column, Figure, Statement, Table
from redegov_analysis.reports.text import N_, Text

OWN = N_("Checks of this project on its own tables")
LOGIN_SOURCE = N_("Secretaria de Governo Digital, lists of bodies that use the GOV.BR login")
LOGIN_DAY = pd.Timestamp("2022-03-21")

TABLE_NAMES = {
    "municipalities": N_("Municipalities with covariates"),
    "demographics": N_("Population, income and services"),
    "neighbours": N_("Shared borders"),
    "name_variants": N_("Spellings of names"),
    "municipality_mesh_2015": N_("Map of municipalities"),
    "milestones": N_("Published totals of the network"),
    "login_adopters": N_("Bodies that use the GOV.BR login"),
    "nfse_adhesions": N_("Sister network: service invoice (NFS-e)"),
    "snc_adhesions": N_("Sister network: culture system (SNC)"),
    "adhesion_events": N_("Adhesions with a name and a date"),
    "solutions_usage": N_("Use of each GOV.BR solution"),
    "programme_events": N_("Programme events"),
    "name_aliases": N_("Other names of municipalities"),
}

PROBLEMS = {
    "wrong_state": N_("Listed under {uf}, where no municipality has this name; one in {other} has."),
    "association": N_("An association of municipalities, not a body of one."),
    "untold": N_("The name does not tell the municipality, and no other list gives one for this body."),
    "unresolved": N_("The municipality given does not resolve within {uf}."),
    "contradiction": N_("The body's name points to another municipality than the column beside it."),
}


def checks_statement(checks: pd.DataFrame, t: Text) -> Statement:
    """Say how many checks the raw tables passed.

    Parameters
    ----------
    checks
        From `data.checks.checks_table`.
    """
    failed = int((~checks["passed"]).sum())
    sentence = (
        t(
            "All {count} checks of the {tables} raw tables passed: checksums, national totals, keys and dates.",
            count=t.integer(len(checks)),
            tables=t.integer(checks["table"].nunique()),
        )
        if failed == 0
        else t(
            "{failed} of {count} checks of the raw tables failed; the table below names them.",
            failed=t.integer(failed),
            count=t.integer(len(checks)),
        )
    )
    return Statement(
        id="checks_passed",
        t=t,
        evidence=Evidence.PUBLISHED,
        source=t(OWN),
        as_of=None,
        sentence=sentence,
        value=len(checks) - failed,
        unit="checks",
        numeral=t("{passed} of {count}", passed=t.integer(len(checks) - failed), count=t.integer(len(checks))),
    )


def checks_table(checks: pd.DataFrame, t: Text) -> Table:
    """Show every check, failures first."""
    marks = {True: t("✓ passed"), False: t("✗ failed")}
    shown = checks.sort_values("passed", kind="stable").assign(
        what=lambda frame: frame["message_pt"] if t.language == "pt-BR" else frame["message"],
        result=lambda frame: frame["passed"].map(marks),
        table_name=lambda frame: frame["table"].map(lambda name: t(TABLE_NAMES.get(str(name), str(name)))),
    )
    return Table(
        id="checks",
        t=t,
        evidence=Evidence.PUBLISHED,
        source=t(OWN),
        as_of=None,
        title=t("Checks of the raw tables"),
        caption=t("Each line is one check of one table; a failed check stops the run before any report."),
        frame=shown,
        columns={
            "table_name": Column(t("Table")),
            "what": Column(t("What was found")),
            "result": Column(t("Result")),
        },
        limit=120,
    )


def rows_table(report: BuildReport, t: Text) -> Table:
    """Show how many rows of each table came in, were kept and were refused."""
    frame = pd.DataFrame(
        [
            {
                "table": table.name,
                "label": t(TABLE_NAMES[table.name]),
                "rows_in": table.rows_in,
                "rows_kept": table.rows_kept,
                "rows_rejected": table.rows_rejected,
            }
            for table in report.tables
        ]
    )
    return Table(
        id="rows",
        t=t,
        evidence=Evidence.PUBLISHED,
        source=t(OWN),
        as_of=None,
        title=t("Rows in, kept and refused"),
        caption=t("Nothing is lost: rows in are rows kept and rows refused, always."),
        frame=frame,
        columns={
            "label": Column(t("Table")),
            "rows_in": Column(t("Rows in"), "integer"),
            "rows_kept": Column(t("Kept"), "integer"),
            "rows_rejected": Column(t("Refused"), "integer"),
        },
    )


def rejected_table(rejected: pd.DataFrame, t: Text) -> Table:
    """Show each refused row of the login lists with its reason and what a person might confirm."""
    shown = rejected.assign(
        why=[
            t(
                PROBLEMS[str(row["problem"])],
                uf=str(row["uf"]),
                other=state_of_code(str(row["suggestion"])) if pd.notna(row["suggestion"]) else "–",
            )
            for row in rejected.to_dict("records")
        ],
    )
    return Table(
        id="rejected",
        **_from_login_lists(t),
        title=t("Refused rows of the login lists"),
        caption=t("A wrong municipality is worse than none: these rows count for no municipality."),
        frame=shown,
        columns={
            "entity": Column(t("As written on the list")),
            "list_date": Column(t("List of"), "date"),
            "uf": Column(t("State on the list")),
            "why": Column(t("Why it was refused")),
            "suggestion": Column(t("Code to confirm")),
        },
    )


def _from_login_lists(t: Text) -> dict[str, Any]:
    """Return what everything made from the login lists says of itself."""
    return {"t": t, "evidence": Evidence.PROXY, "source": t(LOGIN_SOURCE), "as_of": LOGIN_DAY}


def login_statement(login: pd.DataFrame, t: Text) -> Statement:
    """Say how many municipalities had their city hall, and any body, on the list of March 2022."""
    listed = login[login["list_date"] == LOGIN_DAY]
    halls = listed.loc[listed["body_type"] == "city_hall", "ibge_code"].nunique()
    anybody = listed["ibge_code"].nunique()
    return Statement(
        id="login_2022",
        **_from_login_lists(t),
        sentence=t(
            "On {date}, {halls} municipalities had their own city hall on the list of users of the GOV.BR login, and "
            "{anybody} had any municipal body on it.",
            date=t.date(LOGIN_DAY),
            halls=t.integer(halls),
            anybody=t.integer(anybody),
        ),
        value=halls,
        unit="municipalities",
        numeral=t.integer(halls),
    )


def login_table(login: pd.DataFrame, t: Text) -> Table:
    """Show the bodies on each login list by what they are."""
    names = {"city_hall": t("City hall"), "council": t("Council"), "other": t("Other body")}
    counts = (
        login.groupby(["list_date", "body_type"], observed=True)
        .agg(bodies=("line", "size"), municipalities=("ibge_code", "nunique"))
        .reset_index()
    )
    return Table(
        id="login_bodies",
        **_from_login_lists(t),
        title=t("Municipal bodies on the two login lists"),
        caption=t(
            "Counted as the published count has them: a council that uses the login is not a city hall; a pension fund "
            "or foundation “of the municipality” counts as its city hall."
        ),
        frame=counts.assign(body=counts["body_type"].astype(str).map(names)),
        columns={
            "list_date": Column(t("List of"), "date"),
            "body": Column(t("Body")),
            "bodies": Column(t("Bodies"), "integer"),
            "municipalities": Column(t("Municipalities"), "integer"),
        },
    )


def oddities_table(login: pd.DataFrame, t: Text) -> Table:
    """List the rows of the login lists that were kept although something about them is odd."""
    odd = login[login["note"].notna() | login["same_as_line"].notna()].copy()
    odd["what"] = [
        t("The municipality stands on line {line} too, with a body of the same kind.", line=str(row["same_as_line"]))
        if pd.notna(row["same_as_line"])
        else t("What the row says of its state or its name does not fit; it was resolved by the rest of the row.")
        for row in odd.to_dict("records")
    ]
    return Table(
        id="oddities",
        **_from_login_lists(t),
        title=t("Rows kept although something is odd"),
        caption=t("Reported so that a person can check; the CSV has the full remark on each."),
        frame=odd,
        columns={
            "entity": Column(t("As written on the list")),
            "list_date": Column(t("List of"), "date"),
            "municipality": Column(t("Resolved to")),
            "what": Column(t("What is odd")),
        },
    )


def coverage_figure(municipalities: pd.DataFrame, t: Text) -> Figure:
    """Draw how many municipalities lack each covariate."""
    covered = coverage(municipalities).sort_values("missing", kind="stable").reset_index(drop=True)

    def draw(sheet: Sheet, narrow: bool) -> None:
        axes = theme.tidy(sheet.add_subplot(), grid="x")
        rows = np.arange(len(covered))
        axes.barh(rows, covered["missing"], color=theme.BLUE, height=0.6)
        for row, missing in zip(rows, covered["missing"], strict=True):
            axes.annotate(t.integer(missing), (missing, row), xytext=(4, 0), textcoords="offset points", va="center",
                          fontsize=9)  # fmt: skip
        axes.set_yticks(rows, [t(label) for label in covered["label"]], fontsize=7.5 if narrow else 9.5)
        axes.set_xlim(0, 1.15 * float(covered["missing"].max()))
        axes.xaxis.set_major_formatter(lambda value, _: t.integer(value))
        axes.set_xlabel(t("municipalities without the value"))

    worst = covered.iloc[-1]
    return Figure(
        id="coverage",
        t=t,
        evidence=Evidence.PUBLISHED,
        source=t("IBGE, PNUD/Ipea/FJP, Anatel, Tesouro Nacional, TSE"),
        as_of=None,
        title=t("Municipalities without each covariate"),
        caption=t(
            "Most gaps are small. Boa Esperança do Norte, installed in 2025, has little more than a population; five "
            "municipalities installed in 2013 have no values for 2010."
        ),
        alt=t(
            "Horizontal bars of missing values; the longest is {label} with {count} of {universe} municipalities.",
            label=t(str(worst["label"])),
            count=t.integer(worst["missing"]),
            universe=t.integer(len(municipalities)),
        ),
        draw=draw,
        frame=covered.assign(covariate=covered["label"].map(lambda label: t(str(label)))),
        columns={
            "covariate": Column(t("Covariate")),
            "source": Column(t("Source")),
            "present": Column(t("With a value"), "integer"),
            "missing": Column(t("Without"), "integer"),
            "present_share": Column(t("Share with a value"), "percent"),
        },
        heights=(4.2, 4.6),
    )

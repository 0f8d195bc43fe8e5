"""What each column of the published data means, in the reader's language.

A column that comes from a raw table means what `datapackage.json` says; one that an analysis made is told here, by its
name or by how the name ends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from redegov_analysis.project import Project
from redegov_analysis.reports.text import N_, Text

MEANINGS: Final = {
    "after": N_("Municipalities that are new on the later list."),
    "agree": N_("Studies whose effect has the sign found here."),
    "as_of": N_("The day that the number speaks of."),
    "before": N_("Municipalities on the earlier list."),
    "body": N_("What the body is, in words."),
    "check": N_("Name of the check."),
    "coef": N_("Coefficient on the scale of the model's linear predictor."),
    "column": N_("Machine name of the column."),
    "conflict": N_("Why the total is not the preferred one of its day."),
    "count": N_("Number of municipalities to be reached."),
    "country_median": N_("Median of the country's municipalities."),
    "country_share": N_("Share of the country's municipalities."),
    "covariates": N_("Which covariates the model has."),
    "covered_50": N_("Share of the 50% intervals that held what came."),
    "covered_80": N_("Share of the 80% intervals that held what came."),
    "covered_90": N_("Share of the 90% intervals that held what came."),
    "covered_95": N_("Share of the 95% intervals that held what came."),
    "cumulative": N_("Municipalities that had joined by then."),
    "curve": N_("Name of the growth curve."),
    "date_note": N_("How the date is known."),
    "disagree": N_("Studies whose effect has the other sign."),
    "effect": N_("The effect as the study states it."),
    "end": N_("Last day of the period."),
    "error": N_("Forecast median minus what was published, in municipalities; mean of absolute values where averaged."),
    "events": N_("Observations in which the outcome occurred."),
    "evidence": N_("What the number stands on: published, observed, proxy, estimated or simulated."),
    "expected": N_("Expected number, from the size gradient."),
    "failed": N_("Whether the model could not be fitted."),
    "firth": N_("Whether Firth's penalised likelihood was used."),
    "forecasts": N_("Number of forecasts."),
    "group": N_("The group that the row belongs to."),
    "held": N_("Share of the intervals that held what came."),
    "high": N_("Upper bound of the interval."),
    "id": N_("Name of the statement, figure or table within its page."),
    "inside_80": N_("Whether the 80% interval held what came."),
    "inside_95": N_("Whether the 95% interval held what came."),
    "intercept": N_("Logit of membership of a municipality with 10,000 inhabitants."),
    "key": N_("A name for programs, the same in every language."),
    "label": N_("What the row is about, in words."),
    "level": N_("Level of the interval (0 to 1)."),
    "line": N_("Line of the row in the raw file."),
    "low": N_("Lower bound of the interval."),
    "match_status": N_("How the name was resolved to a municipality."),
    "member_share": N_("Estimated share of the municipalities that are members; the median."),
    "members": N_("Number of members; the median where it is estimated."),
    "members_now": N_("Members on the day of the list."),
    "message": N_("What the check found, in English."),
    "message_pt": N_("What the check found, in Portuguese."),
    "method": N_("The method that made the forecast."),
    "missing": N_("Municipalities without a value."),
    "months": N_("Length of the period in months."),
    "municipalities": N_("Number of municipalities."),
    "n": N_("Number of observations."),
    "network": N_("The network that the row speaks of."),
    "never_share": N_("Share of the simulated paths that do not get there within fifteen years."),
    "newcomers": N_("Municipalities that joined in the period."),
    "nominal": N_("Level that the intervals claim."),
    "numeral": N_("The number as the page shows it."),
    "open": N_("Studies that do not decide the sign."),
    "origins": N_("Days from which forecasts were made."),
    "outcome": N_("What the model explains."),
    "p": N_("Two-sided p-value."),
    "page": N_("The page that shows it."),
    "passed": N_("Whether the check passed."),
    "per": N_("The change of the covariate that the ratio refers to."),
    "per_month": N_("Municipalities that joined per month."),
    "place": N_("Where the study was made."),
    "population_high_millions": N_("The most people that the published number may stand for, in millions."),
    "population_low_millions": N_("The fewest people that the published number may stand for, in millions."),
    "population_rule": N_("How the range of people was read from the wording."),
    "preferred": N_("Whether the total is used where sources disagree."),
    "present": N_("Municipalities with a value."),
    "probability": N_("Probability, from the simulated paths."),
    "problem": N_("The problem, as a word for programs."),
    "published": N_("The total as it was published."),
    "rank_median": N_("Median rank among all municipalities of the country (0 to 1)."),
    "ratio": N_("Odds ratio, or hazard ratio where time is modelled."),
    "reason": N_("Why, in words."),
    "regions": N_("Whether the model has the regions."),
    "rows_at_fault": N_("Rows that do not pass the check."),
    "same_as_line": N_("Line of another row of the same body."),
    "scenario": N_("Name of the scenario."),
    "sd": N_("Standard deviation of the covariate."),
    "seen": N_("Whether it was seen in the past."),
    "sentence": N_("The finding as a sentence."),
    "set": N_("The set of totals that was forecast."),
    "severity": N_("What happens when the check fails."),
    "share_now": N_("Share of the state's municipalities on the list."),
    "share_q100": N_("Quantile 10% of the state's share of members."),
    "share_q250": N_("Quantile 25% of the state's share of members."),
    "share_q500": N_("Quantile 50% of the state's share of members."),
    "share_q750": N_("Quantile 75% of the state's share of members."),
    "share_q900": N_("Quantile 90% of the state's share of members."),
    "size_class": N_("Class of population."),
    "source": N_("Where the number comes from, as the page says it."),
    "slope": N_("Rise of the logit of membership per tenfold population."),
    "start": N_("First day of the period."),
    "state_median": N_("Median of the state's municipalities."),
    "state_share": N_("Share of the state's municipalities."),
    "stated_as": N_("Whether the total is exact, about, at least or more than."),
    "stderr": N_("Standard error."),
    "studies": N_("Number of studies."),
    "studies_minus": N_("Studies with a negative effect."),
    "studies_ns": N_("Studies whose effect is not significant."),
    "studies_plus": N_("Studies with a positive effect."),
    "survival": N_("Share that had not joined yet."),
    "table": N_("Name of the table."),
    "term": N_("Machine name of the covariate."),
    "total": N_("Number of members."),
    "unit": N_("Unit of the number."),
    "universe": N_("Municipalities that there were on that day."),
    "value": N_("The number that the sentence is about."),
    "value_text": N_("The same where it is not a number, such as a date."),
    "verdict": N_("Whether it agrees with what is found here."),
    "vif": N_("Variance inflation factor."),
    "voluntary": N_("Whether joining was still a choice."),
    "wis": N_("Weighted interval score, in municipalities; lower is better."),
    "z": N_("Coefficient divided by its standard error."),
}

_QUANTILE: Final = re.compile(r"q(\d{2,3})")
_BOUNDS: Final = {
    "low": N_("Lower bound of “{column}”."),
    "high": N_("Upper bound of “{column}”."),
    "stderr": N_("Standard error of “{column}”."),
    "name": N_("“{column}” in words."),
    "share": N_("Share of municipalities: “{column}”."),
}
_VARIANTS: Final = N_("“{column}” of the variant or network “{variant}”.")


def described_columns(project: Project, t: Text) -> dict[str, str]:
    """Return what `datapackage.json` says of the columns of the raw tables, in the reader's language."""
    package = json.loads(project.datapackage.read_text(encoding="utf-8"))
    wanted = "description_pt" if t.language == "pt-BR" else "description"
    found: dict[str, str] = {}
    for resource in package.get("resources", []):
        for field in resource.get("schema", {}).get("fields", []):
            found.setdefault(field["name"], field.get(wanted) or "")
    return found


def meaning(name: str, label: str | None, described: Mapping[str, str], t: Text) -> str:
    """Return what a column means, or nothing where only its heading tells.

    Parameters
    ----------
    name, label
        Machine name and heading of the column; the heading is missing where the page does not show it.
    described
        From `described_columns`.
    t
        The reader's language.

    Examples
    --------
    >>> t = Text("en")
    >>> meaning("q025", None, {}, t), meaning("members_low", None, {}, t)
    ('Quantile 2.5% of the simulated paths.', 'Lower bound of “members”.')
    >>> meaning("ratio_low_snc", None, {}, t)
    '“ratio_low” of the variant or network “snc”.'
    """
    if found := _QUANTILE.fullmatch(name):
        level = int(found[1]) / 10 ** len(found[1])
        return t(
            "Quantile {level} of the simulated paths.", level=t.percent(level, 1 if round(1000 * level) % 10 else 0)
        )
    if described.get(name):
        return described[name]
    if name in MEANINGS:
        return t(MEANINGS[name])
    stem, _, ending = name.rpartition("_")
    if stem and ending in _BOUNDS:
        return t(_BOUNDS[ending], column=stem)
    for known in sorted((*MEANINGS, "ratio_low", "ratio_high"), key=len, reverse=True):
        if name.startswith(f"{known}_"):
            return t(_VARIANTS, column=known, variant=name.removeprefix(f"{known}_"))
    return t("As its heading says.") if label else ""

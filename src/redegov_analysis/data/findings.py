"""What a check found, in both languages: rows at fault, a total, or counts beside those expected."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Finding:
    """What one check found: whether the data pass, one sentence in each language, and the rows at fault."""

    passed: bool
    message: str
    message_pt: str
    rows: pd.DataFrame = field(default_factory=pd.DataFrame)


def among(values: pd.Series, known: pd.Series) -> pd.Series:
    """Return whether each value is one of those known: as `isin`, which takes far longer on Arrow's strings.

    >>> among(pd.Series(["3550308", "3500000", None]), pd.Series(["3550308", None])).tolist()
    [True, False, False]
    """
    return pd.Series(values.astype("object").isin(set(known.dropna().to_numpy(dtype=object))), index=values.index)


def finding_on_rows(faulty: pd.DataFrame, sound: tuple[str, str], fault: tuple[str, str]) -> Finding:
    """Return a finding that passes if no row is at fault.

    Parameters
    ----------
    faulty
        The rows at fault.
    sound
        What to say, in English and in Portuguese, where there is none.
    fault
        What is wrong with the rows, said after their number; for example `repeat their key`.

    Examples
    --------
    >>> finding_on_rows(pd.DataFrame({"a": [1]}), ("Fine.", "Certo."), ("lie", "mentem")).message
    'Rows that lie: 1.'
    """
    if faulty.empty:
        return Finding(True, *sound, faulty)
    count = len(faulty)
    return Finding(
        False, f"Rows that {fault[0]}: {count:,}.", f"Linhas que {fault[1]}: {number_in_portuguese(count)}.", faulty
    )


def finding_on_total(
    label: tuple[str, str], found: float, expected: float, *, unit: str = "", places: int = 0
) -> Finding:
    """Return a finding that passes if a total, rounded to `places`, is the one expected.

    >>> finding_on_total(("Area", "Área"), 8497331.92, 8497331.9, unit="km²", places=1).message_pt
    'Área: 8.497.331,9 km²; esperado 8.497.331,9 km².'
    """
    rounded = round(found, places)
    gap = unit if unit in {"", "%"} else f" {unit}"
    return Finding(
        rounded == expected,
        f"{label[0]}: {rounded:,.{places}f}{gap}; expected {expected:,.{places}f}{gap}.",
        f"{label[1]}: {number_in_portuguese(rounded, places)}{gap}; "
        f"esperado {number_in_portuguese(expected, places)}{gap}.",
    )


def finding_on_counts(label: tuple[str, str], found: Mapping[str, int], expected: Mapping[str, int]) -> Finding:
    """Return a finding that passes if every group has the count expected; its rows are the groups that differ.

    >>> finding_on_counts(("Capitals", "Capitais"), {"AC": 1}, {"AC": 1, "AL": 1}).message
    'Capitals: AL has 0, expected 1.'
    """
    groups = sorted({*found, *expected})
    table = pd.DataFrame(
        {
            "group": groups,
            "found": [found.get(group, 0) for group in groups],
            "expected": [expected.get(group, 0) for group in groups],
        }
    )
    faulty = table[table["found"] != table["expected"]]
    shown = [(group, found.get(group, 0), expected.get(group, 0)) for group in faulty["group"]]
    if shown:
        wrong = "; ".join(f"{group} has {have:,}, expected {want:,}" for group, have, want in shown)
        wrong_pt = "; ".join(
            f"{group} tem {number_in_portuguese(have)}, esperado {number_in_portuguese(want)}"
            for group, have, want in shown
        )
        return Finding(False, f"{label[0]}: {wrong}.", f"{label[1]}: {wrong_pt}.", faulty)
    total, number = sum(expected.values()), len(groups)
    if number > 7:
        return Finding(
            True,
            f"{label[0]}: {total:,} in {number} groups, each as expected.",
            f"{label[1]}: {number_in_portuguese(total)} em {number} grupos, cada um como esperado.",
            faulty,
        )
    listed = "; ".join(f"{count:,} ({group})" for group, count in expected.items())
    listed_pt = "; ".join(f"{number_in_portuguese(count)} ({_day_first(group)})" for group, count in expected.items())
    return Finding(True, f"{label[0]}: {listed}, as expected.", f"{label[1]}: {listed_pt}, como esperado.", faulty)


def _day_first(group: str) -> str:
    """Return a day as Brazilians write it; other groups as they are."""
    return re.sub(r"^(\d{4})-(\d\d)-(\d\d)$", r"\3/\2/\1", group)


def counts_by_value(values: pd.Series[Any]) -> dict[str, int]:
    """Return how often each value stands in a column, by the value as text; missing ones are left out.

    >>> counts_by_value(pd.Series(["AC", "AL", "AC"]))
    {'AC': 2, 'AL': 1}
    """
    return {str(value): int(count) for value, count in values.value_counts().sort_index().items()}


def number_in_portuguese(number: float, places: int = 0) -> str:
    """Return a number with dots between thousands and a decimal comma.

    >>> number_in_portuguese(8497331.9, 1)
    '8.497.331,9'
    """
    return f"{number:,.{places}f}".replace(",", "_").replace(".", ",").replace("_", ".")

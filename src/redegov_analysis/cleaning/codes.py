"""IBGE's codes of municipalities: seven digits, of which the last checks the others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

CHECK_DIGIT_EXCEPTIONS = frozenset(
    {"2201919", "2201988", "2202251", "2611533", "3117836", "3152131", "4305871", "5203939", "5203962"}
)
"""Codes in force whose last digit does not follow IBGE's own rule."""

# Spreadsheets turn codes into floats, pad them, or group their digits.
_CODE = re.compile(r"0*(\d{6,7})(?:[.,]0+)?")


def check_digit(code: str) -> int:
    """Return the digit that should follow the first six of a code.

    The six digits are weighted 1, 2, 1, 2, 1, 2; the digits of the products are summed; the sum is completed to the
    next multiple of ten (IBGE, "Códigos dos municípios"; nine codes in force break the rule: `CHECK_DIGIT_EXCEPTIONS`).

    Parameters
    ----------
    code
        At least six digits; a seventh is not looked at.

    Returns
    -------
    int
        0–9.

    Examples
    --------
    >>> check_digit("355030")
    8
    """
    total = 0
    for position, digit in enumerate(code[:6]):
        product = int(digit) * (1 + position % 2)
        total += product // 10 + product % 10
    return -total % 10


def is_valid_code(code: str) -> bool:
    """Return whether a seven-digit code checks, the nine exceptions included.

    It says nothing about whether such a municipality exists.

    Parameters
    ----------
    code
        Seven digits.

    Returns
    -------
    bool
        Whether the seventh follows from the six before.

    Examples
    --------
    >>> is_valid_code("3550308"), is_valid_code("3550309"), is_valid_code("2201919")
    (True, False, True)
    """
    return code in CHECK_DIGIT_EXCEPTIONS or int(code[6]) == check_digit(code)


def parse_code(value: object, known: Collection[str]) -> str | None:
    """Return the seven-digit code that a cell holds, or None if it holds none of the known ones.

    Parameters
    ----------
    value
        Text or a number as spreadsheets give it; six digits are completed by the seventh.
    known
        The codes in force.

    Returns
    -------
    str or None
        Seven digits.

    Examples
    --------
    >>> known = {"3550308", "2201919"}
    >>> [parse_code(cell, known) for cell in ("3550308", 3550308.0, " 35 50308 ", "355030", "03550308", "3550309")]
    ['3550308', '3550308', '3550308', '3550308', '3550308', None]
    """
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    found = _CODE.fullmatch(re.sub(r"\s", "", str(value)))
    if found is None:
        return None
    code = found[1]
    if len(code) == 6:
        code = _completed(code)
    return code if code in known else None


def parse_codes(values: Iterable[object], known: Collection[str]) -> pd.Series:
    """Return the seven-digit codes that cells hold, missing where they hold none of the known ones.

    Parameters
    ----------
    values
        Codes of 6 or 7 digits as text, integers or floats, with spaces, leading zeros or a decimal `.0`.
    known
        The codes that exist.

    Returns
    -------
    Series
        Strings of seven digits, in the order of `values` and on its index if it has one.
    """
    series = values if isinstance(values, pd.Series) else pd.Series(list(values), dtype="object")
    return pd.Series([parse_code(value, known) for value in series], index=series.index, dtype="str")


def _completed(six: str) -> str:
    """Return six digits with their check digit, or with the irregular one where the code is an exception."""
    for code in CHECK_DIGIT_EXCEPTIONS:
        if code.startswith(six):
            return code
    return f"{six}{check_digit(six)}"

"""Types of options that click does not have."""

from __future__ import annotations

from datetime import date

import click


class Day(click.ParamType[date]):
    """An ISO date such as 2026-12-31."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the date that the user wrote."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a date such as 2026-12-31.", param, ctx)

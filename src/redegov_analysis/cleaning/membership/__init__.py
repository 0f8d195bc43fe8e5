"""Lists of a network's members, of any layout: read, looked at, and kept."""

from __future__ import annotations

from redegov_analysis.cleaning.membership.dates import FIRST_DAY
from redegov_analysis.cleaning.membership.table import MembershipTable, read_membership

__all__ = ["FIRST_DAY", "MembershipTable", "read_membership"]

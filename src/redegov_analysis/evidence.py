"""What a number stands on. Every table and figure carries one of these, in words and with a mark."""

from __future__ import annotations

from enum import StrEnum


class Evidence(StrEnum):
    """The five kinds of evidence, from what was published to what was made up.

    `mark` is a shape that differs without colour.
    """

    PUBLISHED = "published"
    OBSERVED = "observed"
    PROXY = "proxy"
    ESTIMATED = "estimated"
    SIMULATED = "simulated"

    @property
    def mark(self) -> str:
        """A character whose shape alone tells the kind."""
        return {
            Evidence.PUBLISHED: "●",
            Evidence.OBSERVED: "■",
            Evidence.PROXY: "◇",
            Evidence.ESTIMATED: "△",
            Evidence.SIMULATED: "✕",
        }[self]

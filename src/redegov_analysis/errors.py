"""The package's own errors: each tells what was found, what was expected and what to do, and knows its exit code."""

from __future__ import annotations

from typing import ClassVar


class RedegovError(Exception):
    """Base of every error that a person can act on; `exit_code` is what the command line returns."""

    exit_code: ClassVar[int] = 1


class ParameterError(RedegovError):
    """A parameter or an option is unknown, of the wrong type or out of range."""

    exit_code = 2


class DataError(RedegovError):
    """A table is missing, was changed, or holds what it may not hold."""

    exit_code = 3


class IdentificationError(DataError):
    """The data cannot identify a model's parameters (too few points, separation, collinear columns …)."""


class NotebookError(RedegovError):
    """A notebook's cell raised an error."""

    exit_code = 4


class KernelError(RedegovError):
    """A notebook's kernel died or ran out of time."""

    exit_code = 5


class PublishError(RedegovError):
    """The site could not be written or moved into place."""

    exit_code = 6


class PartialFailureError(RedegovError):
    """Some of many notebooks failed; the others succeeded."""

    exit_code = 7

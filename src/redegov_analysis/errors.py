"""The package's own errors: each tells what was found, where, what was expected and what to do, and its exit code."""

from __future__ import annotations

from typing import ClassVar, Self

from redegov_analysis.language import Language, Phrase


class RedegovError(Exception):
    """Base of every error that a person can act on.

    `str(error)` is English; `told("pt-BR")` says the same in Portuguese.

    Parameters
    ----------
    found
        What was found, in a sentence without its full stop.
    where
        The file, line, column or parameter in which it was found.
    expected
        What was expected instead.
    remedy
        What to do, in whole sentences.
    values
        What fills the `{placeholders}` of the four. An error or a phrase among them is told in the same language.

    Attributes
    ----------
    exit_code
        What the command line returns.
    found, where, expected, remedy
        The four, to be put into words; where, expected and remedy may be None.

    Examples
    --------
    >>> error = DataError(
    ...     "a NUL byte", where="{file}, line {line}", expected="text", remedy="Save it again.", file="list.csv", line=2
    ... )
    >>> print(error)
    list.csv, line 2: a NUL byte; expected text. Save it again.
    """

    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        found: str | Phrase,
        /,
        *,
        where: str | Phrase | None = None,
        expected: str | Phrase | None = None,
        remedy: str | Phrase | None = None,
        **values: object,
    ) -> None:
        self.found = _phrase(found, values)
        self.where = None if where is None else _phrase(where, values)
        self.expected = None if expected is None else _phrase(expected, values)
        self.remedy = None if remedy is None else _phrase(remedy, values)
        self.further: Phrase | None = None
        super().__init__(self.told())

    def told(self, language: Language = "en") -> str:
        """Return the whole message in a language.

        Parameters
        ----------
        language
            `en` or `pt-BR`.

        Returns
        -------
        str
            Where, found, expected and remedy, those that there are; what followed comes on a line of its own.
        """
        found = self.found.told(language)
        if self.where is not None:
            found = f"{self.where.told(language)}: {found}"
        if self.expected is not None:
            expected = Phrase("expected {what}", {"what": self.expected}).told(language)
            found = f"{found}; {expected}"
        if not found.endswith((".", "?", "!", ":")) and len(self.fields()) > 1:
            found += "."
        told = found if self.remedy is None else f"{found} {self.remedy.told(language)}"
        return told if self.further is None else f"{told}\n{self.further.told(language)}"

    def follow(self, words: str | Phrase, /, **values: object) -> None:
        """Add a line of what followed from the error, such as that a notice could not be put up.

        Parameters
        ----------
        words
            What followed, with `{placeholders}`.
        values
            What fills them.
        """
        self.further = _phrase(words, values)
        self.args = (self.told(),)

    def fields(self, language: Language = "en") -> dict[str, str]:
        """Return the parts of the message by name, those that there are, for programs.

        Parameters
        ----------
        language
            `en` or `pt-BR`.

        Returns
        -------
        dict
            Text by `where`, `found`, `expected` and `remedy`.
        """
        parts = {"where": self.where, "found": self.found, "expected": self.expected, "remedy": self.remedy}
        return {name: part.told(language) for name, part in parts.items() if part is not None}

    def within(self, place: str | Phrase) -> Self:
        """Return the error with the place around it named first: the file of a line, the notebook of a parameter.

        Parameters
        ----------
        place
            The place around it.

        Returns
        -------
        RedegovError
            A new one of the same class; this one stays as it is.
        """
        around = _phrase(place, {})
        inside = Phrase("{around}, {inside}", {"around": around, "inside": self.where}) if self.where else around
        other = self.__class__.__new__(self.__class__)
        other.__dict__.update(self.__dict__)
        other.where = inside
        other.args = (other.told(),)
        return other

    def __reduce__(self) -> tuple[object, ...]:
        return _restored, (self.__class__, self.args, self.__dict__)


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


def _phrase(words: str | Phrase, values: dict[str, object]) -> Phrase:
    """Return words as a phrase; without values, braces in them are meant as they stand."""
    if isinstance(words, Phrase):
        return words
    # An error of another library may not survive the way to another process; what it says does.
    return Phrase(words, {name: str(one) if _foreign(one) else one for name, one in values.items()})


def _foreign(value: object) -> bool:
    return isinstance(value, BaseException) and not isinstance(value, RedegovError)


def _restored(kind: type[RedegovError], args: tuple[object, ...], state: dict[str, object]) -> RedegovError:
    """Return an error that crossed from one process to another."""
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error

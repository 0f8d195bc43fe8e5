"""Sentences, numbers and dates in the reader's language.

Messages are written in English in the code and in the notebooks and translated by the gettext catalogues in `locale/`;
numbers and dates follow the locale's own rules (Babel, Unicode CLDR).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, Literal, Protocol

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal

from redegov_analysis.errors import ParameterError
from redegov_analysis.evidence import Evidence
from redegov_analysis.language import LANGUAGES, Language, translations

DateStyle = Literal["long", "short", "month", "year"]

_DATE_PATTERNS: Final[dict[tuple[Language, DateStyle], str]] = {
    ("pt-BR", "long"): "d 'de' MMMM 'de' y",
    ("pt-BR", "short"): "dd/MM/y",
    ("pt-BR", "month"): "MMMM 'de' y",
    ("pt-BR", "year"): "y",
    ("en", "long"): "d MMMM y",
    ("en", "short"): "d MMM y",
    ("en", "month"): "MMMM y",
    ("en", "year"): "y",
}


class SupportsDate(Protocol):
    """A date, a datetime or a pandas Timestamp."""

    @property
    def year(self) -> int:
        """Year of four digits."""

    @property
    def month(self) -> int:
        """Month, from 1."""

    @property
    def day(self) -> int:
        """Day of the month, from 1."""


class Text:
    """Translates messages and writes numbers and dates for one language.

    Parameters
    ----------
    language
        `"pt-BR"` or `"en"`.

    Raises
    ------
    ParameterError
        If there is no catalogue for the language.

    Examples
    --------
    >>> t = Text("pt-BR")
    >>> t.integer(2500), t.percent(2500 / 5570), t.date(date(2025, 12, 8))
    ('2.500', '44,9%', '8 de dezembro de 2025')
    >>> Text("en").integer(2500)
    '2,500'
    """

    def __init__(self, language: str = "pt-BR") -> None:
        self.language: Language = _known_language(language)
        self._locale = Locale.parse("pt_BR" if self.language == "pt-BR" else "en_GB")
        self._catalogue = translations("redegov_analysis.reports", "messages", self.language)

    def __call__(self, message: str, /, **values: object) -> str:
        """Return `message` in the reader's language, its `{placeholders}` filled with `values`."""
        translated = self._catalogue.get(message, message)
        return translated.format(**values) if values else translated

    def has(self, message: str) -> bool:
        """Tell whether the catalogue holds a translation; always, in the language that messages are written in.

        Parameters
        ----------
        message
            The message in English.

        Returns
        -------
        bool
            False also for an empty translation.
        """
        return self.language == "en" or bool(self._catalogue.get(message))

    def markdown(self, source: str) -> str:
        """Return a Markdown cell translated block by block (blocks are parted by blank lines).

        Parameters
        ----------
        source
            The cell in English.

        Returns
        -------
        str
            Blocks without a translation stay in English.
        """
        return "\n\n".join(self(block) if block else "" for block in markdown_blocks(source))

    def integer(self, value: float | None) -> str:
        """Return a count with grouped thousands; a dash where it is missing.

        Parameters
        ----------
        value
            A count; what is not whole is rounded.

        Returns
        -------
        str
            `5.571` in Portuguese, `5,571` in English.
        """
        return self.number(value, 0)

    def number(self, value: float | None, digits: int = 1, *, sign: bool = False) -> str:
        """Return a number with grouped thousands and a fixed number of decimals; a dash where it is missing.

        Parameters
        ----------
        value
            Any finite number.
        digits
            Decimals.
        sign
            Show a plus before what is above zero.

        Returns
        -------
        str
            With a true minus sign (−); what rounds to zero has no sign.
        """
        if _missing(value):
            return "–"
        assert value is not None
        rounded = round(float(value), digits) + 0.0  # no negative zero
        written = format_decimal(
            abs(rounded), format="#,##0" + ("." + "0" * digits if digits else ""), locale=self._locale
        )
        prefix = "−" if rounded < 0 else "+" if sign and rounded > 0 else ""
        return prefix + written

    def percent(self, share: float | None, digits: int = 1, *, sign: bool = False) -> str:
        """Return a share as a percentage; a dash where it is missing.

        Parameters
        ----------
        share
            0–1.
        digits
            Decimals of the percentage.
        sign
            Show a plus before what is above zero.

        Returns
        -------
        str
            `44,9%` in Portuguese, `44.9%` in English.
        """
        return "–" if _missing(share) else self.number(100 * float(share or 0.0), digits, sign=sign) + "%"

    def probability(self, share: float | None) -> str:
        """Return a probability as a whole percentage that never claims certainty.

        Parameters
        ----------
        share
            0–1.

        Returns
        -------
        str
            A whole percentage, "less than 1%" or "more than 99%"; a dash where it is missing.
        """
        if _missing(share):
            return "–"
        assert share is not None
        if share < 0.01:
            return self("less than 1%")
        return self("more than 99%") if share > 0.99 else self.percent(share, 0)

    def p_value(self, p: float | None) -> str:
        """Return a p-value to three decimals, or that it is below 0.001.

        Parameters
        ----------
        p
            0–1.

        Returns
        -------
        str
            A dash where it is missing.
        """
        if _missing(p):
            return "–"
        assert p is not None
        return "< " + self.number(0.001, 3) if p < 0.001 else self.number(p, 3)

    def date(self, value: SupportsDate | str | None, style: DateStyle = "long") -> str:
        """Return a date written out (`long`), in figures (`short`), or only its month or year.

        Parameters
        ----------
        value
            A day, also as ISO text.
        style
            `long`, `short`, `month` (and year) or `year`.

        Returns
        -------
        str
            A dash where it is missing.
        """
        day = _as_date(value)
        if day is None:
            return "–"
        written = format_date(day, format=_DATE_PATTERNS[self.language, style], locale=self._locale)
        return f"1º{written[1:]}" if (self.language, style, day.day) == ("pt-BR", "long", 1) else written

    def axis_month(self, value: SupportsDate) -> str:
        """Return a short month and year for an axis, such as `jan/25`.

        Parameters
        ----------
        value
            A day of the month.

        Returns
        -------
        str
            Nothing where it is missing.
        """
        day = _as_date(value)
        return "" if day is None else format_date(day, format="MMM/yy", locale=self._locale).replace(".", "")

    def interval(self, low: float, high: float, digits: int = 0) -> str:
        """Return an interval in words: `1,234 to 2,345`.

        Parameters
        ----------
        low, high
            Its bounds, in one unit.
        digits
            Decimals of both.

        Returns
        -------
        str
            Without the unit.
        """
        return self("{low} to {high}", low=self.number(low, digits), high=self.number(high, digits))

    def listing(self, words: Sequence[str]) -> str:
        """Return words joined as the language does: `a, b and c`.

        Parameters
        ----------
        words
            In the order wanted, already in the reader's language.

        Returns
        -------
        str
            Nothing for no words.
        """
        return format_list(list(words), style="standard", locale=self._locale)

    def evidence(self, evidence: Evidence) -> str:
        """Return the name of a kind of evidence.

        Parameters
        ----------
        evidence
            The kind.

        Returns
        -------
        str
            In the reader's language, without its mark.
        """
        return self(_EVIDENCE_NAMES[evidence])

    def evidence_meaning(self, evidence: Evidence) -> str:
        """Return what a kind of evidence means, in one sentence.

        Parameters
        ----------
        evidence
            The kind.

        Returns
        -------
        str
            In the reader's language.
        """
        return self(_EVIDENCE_MEANINGS[evidence])


def N_(message: str) -> str:  # noqa: N802 (gettext's own name for "translate later")
    """Mark a message for the catalogue without translating it yet.

    Parameters
    ----------
    message
        The message in English, a literal.

    Returns
    -------
    str
        The message itself.
    """
    return message


_EVIDENCE_NAMES: Final = {
    Evidence.PUBLISHED: N_("Published"),
    Evidence.OBSERVED: N_("Observed"),
    Evidence.PROXY: N_("Proxy"),
    Evidence.ESTIMATED: N_("Estimated"),
    Evidence.SIMULATED: N_("Simulated"),
}
_EVIDENCE_MEANINGS: Final = {
    Evidence.PUBLISHED: N_("A total that the ministry or the press published."),
    Evidence.OBSERVED: N_("A municipality's own record in an official list of members of the Rede GOV.BR."),
    Evidence.PROXY: N_(
        "Observed, but of something near: use of the GOV.BR login in 2021 and 2022, or joining a sister network."
    ),
    Evidence.ESTIMATED: N_("A model's output, with its uncertainty."),
    Evidence.SIMULATED: N_("Made up for demonstration or tests. Not to be quoted."),
}


def markdown_blocks(source: str) -> list[str]:
    """Return the blocks of a Markdown text, parted by blank lines, each stripped.

    Parameters
    ----------
    source
        The text.

    Returns
    -------
    list
        Without the blank lines; spaces at the end of lines are gone.
    """
    blocks: list[str] = []
    lines: list[str] = []
    for line in [*source.splitlines(), ""]:
        if line.strip():
            lines.append(line.rstrip())
        elif lines:
            blocks.append("\n".join(lines))
            lines = []
    return blocks


def _known_language(language: str) -> Language:
    for known in LANGUAGES:
        if language == known:
            return known
    raise ParameterError(
        "{language!r} is not available",
        where="language",
        expected="one of {known}",
        language=language,
        known=", ".join(LANGUAGES),
    )


def _missing(value: object) -> bool:
    if value is None:
        return True
    try:
        return math.isnan(float(value))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return True


def _as_date(value: SupportsDate | str | None) -> date | None:
    if value is None or value != value:  # NaT is not equal to itself
        return None
    if isinstance(value, str):
        return datetime.fromisoformat(value).date() if value else None
    return date(value.year, value.month, value.day)

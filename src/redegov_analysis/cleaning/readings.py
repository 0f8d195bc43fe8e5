"""What a cell with a municipality's name may say: the name, its state, its other names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from redegov_analysis.cleaning.spelling import folded, mended, without_office
from redegov_analysis.cleaning.states import STATES, parse_state


@dataclass(frozen=True)
class Reading:
    """One way to read a cell.

    Attributes
    ----------
    names
        Names that the cell gives to one place, the present one first.
    former
        Names that the cell says it had before.
    state
        The state that the cell names, if any.
    """

    names: tuple[str, ...]
    former: tuple[str, ...] = ()
    state: str | None = None


LONGEST_NAME = 400
"""A longer text, in characters, is prose and no name with its state and its other names; it is not taken apart."""

_NAMES_OF_STATES = "|".join(re.escape(name) for _, name in STATES.values())
_LETTERS = "|".join(STATES)
_STATE_AFTER = re.compile(
    rf"\s*(?:[/\\|,;(\[]|\s[-–—−]|[-–—−]\s)\s*"
    rf"(?:uf\s*[:=]?\s*)?(?P<state>(?:estado d[aeo]s?\s)?(?:{_LETTERS}|{_NAMES_OF_STATES}))\s*[)\]]?\s*\.?$",
    re.IGNORECASE,
)
_LETTERS_AFTER = re.compile(rf"(?<=\w)[-–—](?P<state>{_LETTERS})$", re.IGNORECASE)
_BARE_LETTERS_AFTER = re.compile(rf"(?<=\w)\s+(?P<state>{_LETTERS})$", re.IGNORECASE)
_STATE_BEFORE = re.compile(rf"^(?P<state>{_LETTERS})\s*[-–—/:|]\s*(?P<name>\w.*)$", re.IGNORECASE)
_LETTERS_APART = re.compile(rf"\w[^\w]+(?:{_LETTERS})\W*$", re.IGNORECASE)
_BRACKETS = re.compile(r"^(?P<name>[^(\[]*[^(\[\s])\s*[(\[]\s*(?P<other>[^)\]]+?)\s*[)\]]?\s*$")
_FORMER = re.compile(
    r"^(?:ex[\s.\-–]+|antig[oa](?:mente)?:?\s+|outrora\s+|anteriormente\s+)(?:d?e?nominad[oa]\s+)?", re.IGNORECASE
)
_PRESENT = re.compile(r"^(?:atual(?:mente)?:?\s+|hoje:?\s+|agora\s+)", re.IGNORECASE)
_FORMER_AFTER = re.compile(
    r"^(?P<name>.*\w)[\s,;\-–]+(?P<other>(?:ex[\s.\-–]|antig[oa](?:mente)?:?\s|atual(?:mente)?:?\s|hoje:?\s).+)$",
    re.IGNORECASE,
)
_OTHER_AFTER = re.compile(r"^(?P<name>.*\w)\s*(?:/|\sou\s)\s*(?P<other>\w.*)$", re.IGNORECASE)
# What a cell must hold for the slower patterns above to have anything to find.
_SIGNS = re.compile(r"[/\\|,;:(\[\-–—−]")
_MORE_NAMES = re.compile(r"[/(\[]|\b(?:ex|antig|outrora|anterior|atual|hoje|agora|ou)", re.IGNORECASE)
_FOOTNOTE = re.compile(r"(?<=\w)\s*(?:[*†‡§¹²³]|\(\d{1,2}\)|\[\d{1,2}\])+$")
# A small l read or typed for a capital I ("lrani"): no Portuguese word opens with l before a consonant.
_MISREAD_I = re.compile(r"\bl(?=[bcdfgjkmnpqrstvxz])")


def readings(text: str, state: str | None = None) -> list[Reading]:
    """Return the ways to read a cell, the likeliest first.

    Parameters
    ----------
    text
        The cell.
    state
        The state that another cell of the row gives; bare letters at the end of a name count only when they agree with
        it or when there is none.

    Returns
    -------
    list
        At least one; text longer than a name can be is read as it is.

    Examples
    --------
    >>> readings("Campo Grande (ex-Augusto Severo) - RN")[0]
    Reading(names=('campo grande',), former=('augusto severo',), state='RN')
    """
    if len(text) > LONGEST_NAME:
        return [Reading((folded(text),))]
    text = _FOOTNOTE.sub("", " ".join(mended(text).split()))
    whole = Reading((folded(text),))
    found = []
    for candidate in dict.fromkeys((text, _MISREAD_I.sub("I", text))):
        bare, its_state = _without_state(candidate, state)
        names, former = _other_names(bare)
        found.append(
            Reading(
                tuple(without_office(folded(name)) for name in names),
                tuple(without_office(folded(name)) for name in former),
                its_state,
            )
        )
    # "Grão - Pará" (SC) is a name, "Itagi - BA" is none, though a place in Bahia is called Itagibá.
    found = [*found, whole] if ends_in_letters(text) else [whole, *found]
    return list(dict.fromkeys(found))


def ends_in_letters(text: str) -> bool:
    """Return whether a cell ends in a state's letters, set apart from the name.

    Parameters
    ----------
    text
        The cell.

    Returns
    -------
    bool
        Of any two letters that a state has, in either case.

    Examples
    --------
    >>> ends_in_letters("Itagi/BA"), ends_in_letters("Itagi (ba)"), ends_in_letters("Itagibá")
    (True, True, False)
    """
    return _LETTERS_APART.search(text) is not None


def _without_state(text: str, given: str | None) -> tuple[str, str | None]:
    """Return a cell without the state that it names, and that state."""
    if not (_SIGNS.search(text) or text[-2:].upper() in STATES):
        return text, None
    before = _STATE_BEFORE.match(text)
    if before is not None:
        return before["name"], parse_state(before["state"])
    for pattern in (_STATE_AFTER, _LETTERS_AFTER, _BARE_LETTERS_AFTER):
        after = pattern.search(text)
        if after is None or after.start() == 0:
            continue
        state = parse_state(after["state"])
        # Two letters at the end may be the beginning of a word that was cut off.
        if state is not None and (pattern is not _BARE_LETTERS_AFTER or given in (None, state)):
            return text[: after.start()], state
    return text, None


def _other_names(text: str) -> tuple[list[str], list[str]]:
    """Return the names and the former names that a cell without its state gives."""
    if not _MORE_NAMES.search(text):
        return [text], []
    found = _BRACKETS.match(text) or _FORMER_AFTER.match(text) or _OTHER_AFTER.match(text)
    if found is None:
        bare = _FORMER.sub("", text)
        return ([], [bare]) if bare != text else ([text], [])
    name, other = found["name"], found["other"]
    if _FORMER.match(other):
        return [name], [_FORMER.sub("", other)]
    if _PRESENT.match(other):
        return [_PRESENT.sub("", other)], [name]
    return [name, other], []

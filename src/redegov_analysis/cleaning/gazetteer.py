"""The names by which each municipality is known, ready to be looked up within its state or in the whole country."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import takewhile
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from redegov_analysis.cleaning.likeness import DISTINGUISHING
from redegov_analysis.cleaning.spelling import compact, folded, sound, words
from redegov_analysis.cleaning.states import STATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from redegov_analysis.project import Project

COUNTRY = ""
"""The key under which a gazetteer holds the names of all states together."""

UNSTATED = "?"
"""The key of the same for a name whose row gives no state: what other states spell otherwise counts too."""

ALIAS_TABLES = ("name_variants", "name_aliases")

_CEDILLA = re.compile("ss(?=[aou])")

T = TypeVar("T")

Index = dict[str, dict[str, frozenset[str]]]


@dataclass(frozen=True)
class Gazetteer:
    """Names and keys of the municipalities.

    Attributes
    ----------
    names, states
        Code → official name, code → state letters.
    exact, listed, loose, sounds
        State letters, `COUNTRY` or (but for sounds) `UNSTATED` → key → codes: official names; aliases from the data
        file; both without connectives and abbreviations; both by sound.
    spelt, by_word
        State letters → code → the words of the official name; state letters → word → codes.
    made
        What is made of the names only once it is asked for, by region and kind.
    vocabulary
        Words that tell places apart.
    fused
        Connectives grown onto the next word: `doeste` → `oeste`.
    """

    names: dict[str, str]
    states: dict[str, str]
    exact: Index = field(default_factory=dict)
    listed: Index = field(default_factory=dict)
    loose: Index = field(default_factory=dict)
    sounds: Index = field(default_factory=dict)
    spelt: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    by_word: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict)
    made: dict[tuple[str, str], Any] = field(default_factory=dict)
    vocabulary: frozenset[str] = frozenset()
    fused: dict[str, str] = field(default_factory=dict)

    def loose_words(self, plain: str) -> list[str]:
        """Return the words of a folded name without connectives, grown-on ones included.

        Parameters
        ----------
        plain
            A folded name (`spelling.folded`).

        Returns
        -------
        list
            Words in order.
        """
        return [self.fused.get(word, word) for word in words(plain)]

    def keys(self, region: str) -> dict[str, str]:
        """Return code → the name's words as one, for a state or for `COUNTRY`.

        Parameters
        ----------
        region
            A state's letters, or `COUNTRY`.

        Returns
        -------
        dict
            Made once and shared: not to be changed.
        """
        return self._made("keys", region, lambda: {code: "".join(own) for code, own in self._spelt(region)})

    def sentences(self, region: str) -> dict[str, str]:
        """Return code → the name's words with spaces, for a state or for `COUNTRY`.

        Parameters
        ----------
        region
            As for `keys`.

        Returns
        -------
        dict
            As of `keys`.
        """
        return self._made("sentences", region, lambda: {code: " ".join(own) for code, own in self._spelt(region)})

    def sorted_words(self, region: str) -> dict[str, str]:
        """Return code → the name's words in the order of the alphabet, each once, with spaces.

        Parameters
        ----------
        region
            As for `keys`.

        Returns
        -------
        dict
            As of `keys`.
        """
        return self._made(
            "sorted", region, lambda: {code: " ".join(sorted(set(own))) for code, own in self._spelt(region)}
        )

    def words_of(self, region: str) -> dict[str, frozenset[str]]:
        """Return word → codes, for a state or for `COUNTRY`.

        Parameters
        ----------
        region
            As for `keys`.

        Returns
        -------
        dict
            As of `keys`.
        """
        pairs = ((word, code) for code, own in self._spelt(region) for word in own)
        return self._made("words", region, lambda: _grouped(pairs))

    def places(self, region: str) -> dict[str, int]:
        """Return code → its place among the names of a region.

        Parameters
        ----------
        region
            As for `keys`.

        Returns
        -------
        dict
            As of `keys`; places count from 0.
        """
        return self._made("places", region, lambda: {code: at for at, (code, _) in enumerate(self._spelt(region))})

    def beginning(self, region: str, opening: str) -> list[str]:
        """Return the codes of a region whose names, their words with spaces, begin so.

        Parameters
        ----------
        region
            As for `keys`.
        opening
            Words with spaces; the last may be cut.

        Returns
        -------
        list
            Codes, by the order of their names.
        """
        pairs: list[tuple[str, str]] = self._made(
            "beginnings", region, lambda: sorted((sentence, code) for code, sentence in self.sentences(region).items())
        )
        start = bisect_left(pairs, (opening, ""))
        fitting = takewhile(lambda pair: pair[0].startswith(opening), map(pairs.__getitem__, range(start, len(pairs))))
        return [code for _, code in fitting]

    def _spelt(self, region: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        for by_code in self.spelt.values() if region == COUNTRY else [self.spelt[region]]:
            yield from by_code.items()

    def _made(self, kind: str, region: str, make: Callable[[], T]) -> T:
        if (region, kind) not in self.made:
            self.made[region, kind] = make()
        found: T = self.made[region, kind]
        return found

    def sound_of(self, text: str) -> str:
        """Return the sound of a name as written, its cedillas heard.

        Parameters
        ----------
        text
            The name as written.

        Returns
        -------
        str
            A key for `sounds`.
        """
        cedillas = unicodedata.normalize("NFC", text).replace("ç", "ss").replace("Ç", "ss")
        return sound("".join(self.loose_words(folded(cedillas))))


def gazetteer(project: Project | None = None) -> Gazetteer:
    """Return the gazetteer of a project, made from its raw table `municipalities` and its tables of aliases.

    Parameters
    ----------
    project
        The project; the one of the working directory unless given.

    Returns
    -------
    Gazetteer
        Shared as long as its tables stay as they are: not to be changed.
    """
    from redegov_analysis.data.catalogue import table_path
    from redegov_analysis.project import find_project

    project = project or find_project()
    paths = [table_path(name, project) for name in ("municipalities", *alias_tables(project))]
    return _gazetteer(project, tuple(_version(path) for path in paths))


def alias_tables(project: Project | None = None) -> tuple[str, ...]:
    """Return the raw tables of aliases that the catalogue lists: spellings in use, and names before and beside.

    Parameters
    ----------
    project
        The project; the one of the working directory unless given.

    Returns
    -------
    tuple
        Those of `ALIAS_TABLES` that there are.
    """
    from redegov_analysis.data.catalogue import read_catalogue

    listed = {table.name for table in read_catalogue(project).tables}
    return tuple(name for name in ALIAS_TABLES if name in listed)


def gazetteer_from(municipalities: pd.DataFrame, aliases: pd.DataFrame) -> Gazetteer:
    """Return the gazetteer of a table of municipalities and a table of aliases (`ibge_code`, `variant`).

    Parameters
    ----------
    municipalities
        `ibge_code`, `name`, `uf`.
    aliases
        `ibge_code`, `variant`; those of codes that the other table lacks are left out.

    Returns
    -------
    Gazetteer
        With all its keys.
    """
    names = dict(zip(municipalities["ibge_code"], municipalities["name"], strict=True))
    states = dict(zip(municipalities["ibge_code"], municipalities["uf"], strict=True))
    official = [(code, name, folded(name)) for code, name in names.items()]
    listed = [
        (code, alias) for code, alias in zip(aliases["ibge_code"], aliases["variant"], strict=True) if code in names
    ]
    vocabulary = {word for _, _, plain in official for word in words(plain)}
    fused = {f"d{after}": after for _, _, plain in official for after in re.findall(r"\bd (\w+)", plain)}
    fused = {grown: word for grown, word in fused.items() if grown not in vocabulary}
    found = Gazetteer(names, states, vocabulary=frozenset(vocabulary | DISTINGUISHING), fused=fused)
    spelt = [(code, tuple(found.loose_words(plain))) for code, _, plain in official]
    # A ç for the ss of an official name is a plain c where accents are left out: BATAGUACU is Bataguassu.
    bare = [(code, other) for code, name in names.items() if (other := _CEDILLA.sub("c", name)) != name]
    known = [*names.items(), *listed, *bare]
    found.exact.update(_index(((code, compact(name)) for code, name, _ in official), states))
    found.listed.update(_index(((code, compact(alias)) for code, alias in listed), states))
    found.loose.update(_index(((code, "".join(found.loose_words(folded(name)))) for code, name in known), states))
    found.sounds.update(_index(((code, found.sound_of(name)) for code, name in known), states))
    found.exact[UNSTATED] = {key: codes | _elsewhere(codes, key, found) for key, codes in found.exact[COUNTRY].items()}
    found.listed[UNSTATED], found.loose[UNSTATED] = found.listed[COUNTRY], found.loose[COUNTRY]
    found.spelt.update({letters: {} for letters in STATES})
    for code, its_words in spelt:
        found.spelt[states[code]][code] = its_words
    for letters, by_code in found.spelt.items():
        found.by_word[letters] = _grouped((word, code) for code, its_words in by_code.items() for word in its_words)
    return found


@lru_cache(maxsize=4)
def _gazetteer(project: Project, versions: tuple[tuple[int, int], ...]) -> Gazetteer:  # noqa: ARG001 - part of the key
    from redegov_analysis.data.catalogue import read_table

    aliases = pd.concat([read_table(name, project) for name in alias_tables(project)], ignore_index=True)
    return gazetteer_from(read_table("municipalities", project), aliases)


def _elsewhere(codes: frozenset[str], key: str, known: Gazetteer) -> frozenset[str]:
    """Return the other places that a list without states may mean by an official name.

    "Santa Teresinha" is the official name of one place (PB), but four other states have a Santa Terezinha, and nobody
    can tell from the spelling: names of one sound (z for s, y for i, ç for ss, doubled letters) and listed other names
    stand for their places too.
    """
    others = set(known.listed[COUNTRY].get(key, ()))
    for code in codes:
        others |= known.sounds[COUNTRY].get(known.sound_of(known.names[code]), frozenset())
    return frozenset(others)


def _version(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size


def _index(keys: Iterable[tuple[str, str]], states: dict[str, str]) -> Index:
    """Return state letters → key → codes, and the same for the country as a whole."""
    pairs = [(code, key) for code, key in keys if key]
    index = {COUNTRY: _grouped((key, code) for code, key in pairs)}
    by_state: dict[str, list[tuple[str, str]]] = {letters: [] for letters in STATES}
    for code, key in pairs:
        by_state[states[code]].append((key, code))
    return index | {letters: _grouped(of_state) for letters, of_state in by_state.items()}


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    groups: dict[str, set[str]] = defaultdict(set)
    for key, code in pairs:
        groups[key].add(code)
    return {key: frozenset(codes) for key, codes in groups.items()}

"""The names of a region that lie closest to many written ones at once: by slips, by likeness, by the words they share.

Comparing whole batches lets rapidfuzz take many names in one step (SIMD), and only those that can still be the best are
compared word by word, which is the slow way. What is found is what `rapidfuzz.process.extract` finds name by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from redegov_analysis.data.deadline import demand_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from redegov_analysis.cleaning.gazetteer import Gazetteer

TOGETHER = 256
"""Names compared in one step, between two looks at the clock."""

_ROUNDING = 1e-6
"""What two ways to work out the same likeness may differ by."""


def fewest_slips(
    keys: Sequence[str], region: str, known: Gazetteer, most: int, limit: int
) -> list[list[tuple[int, str]]]:
    """Return for each key the names of a region within so many slips, as (slips, code), the nearest first.

    Parameters
    ----------
    keys
        Written names, their words as one.
    region
        A state's letters, or `gazetteer.COUNTRY`.
    known
        The municipalities' names.
    most, limit
        The most slips (optimal string alignment), and how many names are returned at the most.

    Returns
    -------
    list
        One list per key, in order, of at most `limit` pairs; empty where no name is so near.
    """
    codes, names = _columns(known.keys(region))
    found: list[list[tuple[int, str]]] = []
    for part in _parts(keys):
        slips = process.cdist(part, names, scorer=OSA.distance, score_cutoff=most, dtype=np.uint16)
        found += _ranked(slips, slips <= most, codes, limit, lambda values: values)
    return found


def likest(
    keys: Sequence[str], region: str, known: Gazetteer, least: float, limit: int
) -> list[list[tuple[float, str]]]:
    """Return for each key the names of a region of so much likeness (0–100), as (likeness, code), the likest first.

    Parameters
    ----------
    keys, region, known
        As for `fewest_slips`.
    least, limit
        The least likeness (`rapidfuzz.fuzz.ratio`), and how many names are returned at the most.

    Returns
    -------
    list
        As `fewest_slips`, of likenesses.
    """
    codes, names = _columns(known.keys(region))
    found: list[list[tuple[float, str]]] = []
    for part in _parts(keys):
        likeness = process.cdist(part, names, scorer=fuzz.ratio, score_cutoff=least, dtype=np.float64)
        found += _ranked(likeness, likeness >= least, codes, limit, np.negative)
    return found


def likest_words(
    written: Sequence[Sequence[str]], region: str, known: Gazetteer, least: Sequence[float], limit: int
) -> list[list[tuple[float, str]]]:
    """Return for each name the names of a region whose words are so like its words, as (likeness, code).

    All words of one name within the other are a likeness of 100 (`rapidfuzz.fuzz.token_set_ratio`). Two names without
    a word in common are as like as their sorted words, which is quickly told; few are left to be compared.

    Parameters
    ----------
    written
        Names as words.
    region, known, limit
        As for `likest`.
    least
        The least likeness of each.

    Returns
    -------
    list
        As `likest`, one list per name.
    """
    sentences, sorted_words, by_word = known.sentences(region), known.sorted_words(region), known.words_of(region)
    places = known.places(region)
    codes, names = _columns(sorted_words)
    found: list[list[tuple[float, str]]] = []
    for start, part in zip(range(0, len(written), TOGETHER), _parts(written), strict=False):
        demand_time()
        its_least = np.array(least[start : start + TOGETHER])
        own = [" ".join(sorted(set(its_words))) for its_words in part]
        cutoff = max(float(its_least.min()) - _ROUNDING, 0.0)
        alike = process.cdist(own, names, scorer=fuzz.ratio, score_cutoff=cutoff, dtype=np.float64)
        rows, columns = np.nonzero(alike >= its_least[:, None] - _ROUNDING)
        candidates: list[set[str]] = [set() for _ in part]
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            candidates[row].add(codes[column])
        for its_words, its_candidates, cut in zip(part, candidates, its_least.tolist(), strict=True):
            its_candidates.update(*(by_word.get(word, ()) for word in its_words))
            choices = {code: sentences[code] for code in sorted(its_candidates, key=places.__getitem__)}
            near = process.extract(
                " ".join(its_words), choices, scorer=fuzz.token_set_ratio, score_cutoff=cut, limit=limit
            )
            found.append([(score, code) for _, score, code in near])
    return found


def _columns(names: dict[str, str]) -> tuple[list[str], list[str]]:
    return list(names), list(names.values())


def _parts(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), TOGETHER):
        demand_time()
        yield items[start : start + TOGETHER]


def _ranked(
    values: np.ndarray, wanted: np.ndarray, codes: list[str], limit: int, worth: Callable[[np.ndarray], np.ndarray]
) -> list[list[tuple[Any, str]]]:
    """Return for each row its wanted values with their codes, the best first and the first of those that are equal."""
    rows, columns = np.nonzero(wanted)
    here = values[rows, columns]
    order = np.lexsort((columns, worth(here), rows))
    found: list[list[tuple[Any, str]]] = [[] for _ in range(len(values))]
    for row, column, value in zip(rows[order].tolist(), columns[order].tolist(), here[order].tolist(), strict=True):
        if len(found[row]) < limit:
            found[row].append((value, codes[column]))
    return found

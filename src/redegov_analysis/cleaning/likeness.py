"""Whether two names differ as spellings of one place do, or as names of two places do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA

from redegov_analysis.cleaning.spelling import sound

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

# Words that tell two places apart however near their spellings are. The words of all official names come on top.
DISTINGUISHING = frozenset(
    {
        "norte", "sul", "leste", "oeste", "nordeste", "sudeste", "noroeste", "sudoeste", "centro", "novo", "nova",
        "velho", "velha", "grande", "pequeno", "pequena", "alto", "alta", "baixo", "baixa", "bom", "boa", "belo",
        "bela", "primeiro", "primeira", "segundo", "segunda", "um", "dois", "duas", "tres", "quatro", "cinco", "i",
        "ii", "iii", "iv", "v", "vi", "vii", "ana", "andre", "antonio", "barbara", "bento", "bernardo", "braz", "bras",
        "carlos", "catarina", "cecilia", "clara", "cosme", "cristina", "cristovao", "cruz", "damiao", "domingos",
        "efigenia", "eugenia", "felipe", "felix", "fernando", "filomena", "francisca", "francisco", "gabriel",
        "geraldo", "gertrudes", "goncalo", "helena", "ines", "inacio", "isabel", "joana", "joao", "joaquim", "joaquina",
        "jorge", "jose", "josefa", "julia", "juliana", "julio", "lazaro", "leonardo", "leopoldina", "lucas", "lucia",
        "luis", "luiz", "luisa", "luiza", "luzia", "manoel", "manuel", "marcos", "margarida", "maria", "mariana",
        "marta", "mateus", "matheus", "miguel", "monica", "nicolau", "paula", "paulo", "pedro", "quiteria", "rafael",
        "raimundo", "rita", "romao", "roque", "rosa", "sebastiana", "sebastiao", "simao", "teresa", "tereza",
        "teresinha", "terezinha", "tiago", "tome", "ursula", "valentim", "vicente", "vitor", "vitoria",
    }
)  # fmt: skip

LONG_NAME = 9
"""Letters from which a name whose words were split or merged may hold a slip besides."""


def same_but_for_spelling(written: Sequence[str], name: Sequence[str], vocabulary: Collection[str]) -> bool:
    """Return whether the written words can only be a misspelling of a name's words.

    Word by word, a difference is a slip when the word has the same sound, or is no word of any municipality's name and
    lies one slip away. "Quinjingue" is such a spelling of "Quijingue"; "São José" is
    none of "São João", because both are words that name places. A slip is a letter added, lost, swapped for another or
    with its neighbour (optimal string alignment, Damerau 1964).

    Parameters
    ----------
    written, name
        Words without accents and connectives.
    vocabulary
        Words that tell places apart.

    Examples
    --------
    >>> same_but_for_spelling(["quinjingue"], ["quijingue"], {"quijingue"})
    True
    >>> same_but_for_spelling(["sao", "jose"], ["sao", "joao"], {"sao", "jose", "joao"})
    False
    """
    if len(written) != len(name):
        left, right = "".join(written), "".join(name)
        extra = set(written) ^ set(name)
        apart = any(len(word) < 3 or word in DISTINGUISHING or word.isdigit() for word in extra)
        return not apart and len(right) >= LONG_NAME and OSA.distance(left, right) <= 1
    slips = 0
    for one, other in zip(written, name, strict=True):
        if one == other or {one, other} == {"sao", "santo"}:
            continue
        if one.isdigit() or other.isdigit():
            return False
        distance = OSA.distance(one, other)
        slips += distance
        if sound(one) == sound(other):
            continue
        if one in vocabulary or len(one) < 4 or distance > 1:
            return False
    return slips <= 3

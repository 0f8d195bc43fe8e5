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

SHORTEST = 6
"""Letters from which a word may hold a slip: shorter ones have too many neighbours that are names too."""

LONG_WORD, ENDING = 9, 5
"""Letters of a long word, and those at its end that tell one word from another."""

# For each letter those beside it on a QWERTY keyboard, those that look like it in print, and those that sound like it.
TAKEN_FOR = {
    "a": "sqzeo", "b": "vnhg", "c": "xvekqs", "d": "sfetb", "e": "wrcia", "f": "dgtv", "g": "fhjqc", "h": "gjnb",
    "i": "uojlye", "j": "hkgi", "k": "jlcx", "l": "kirut", "m": "n", "n": "mbhr", "o": "ipuacq", "p": "oq",
    "q": "wagpo", "r": "etnl", "s": "adzcx", "t": "ryflid", "u": "yivol", "v": "cbuwf", "w": "qev", "x": "zcs",
    "y": "tuiv", "z": "xas",
}  # fmt: skip

LONG_NAME = 9
"""Letters from which a name whose words were split or merged may hold a slip besides."""


def same_but_for_spelling(written: Sequence[str], name: Sequence[str], vocabulary: Collection[str]) -> bool:
    """Return whether the written words can only be a misspelling of a name's words.

    Word by word, a difference is a slip when the word has the same sound, or is no word of any municipality's name and
    a slip of the pen lies between them (`is_slip`). "Quinjingue" is such a spelling of "Quijingue"; "São José" is none
    of "São João", because both are words that name places, and "Itapiransa" none of "Itapiranga".

    Parameters
    ----------
    written, name
        Words without accents and connectives.
    vocabulary
        Words that tell places apart.

    Returns
    -------
    bool
        Whether one stands for the other; more than three slips are never one name.

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
        if one in vocabulary or not is_slip(one, other):
            return False
    return slips <= 3


def is_slip(written: str, word: str) -> bool:
    """Return whether one letter is wrong as hands, eyes and ears get letters wrong.

    That is two neighbours swapped (optimal string alignment, Damerau 1964), a letter lost or doubled, or one taken for
    another that is beside it on the keyboard, looks like it or sounds like it. Any other letter in its place makes
    another word: invented names lie as near to real ones as misspelt names do, but not by such letters. Only far from
    the end of a long word may it be any letter. The first letter is never a slip, nor is another vowel at the end
    (Cajueira is not Cajueiro), nor anything in a short word.

    Parameters
    ----------
    written
        The word as written, without accents.
    word
        The word of an official name, likewise.

    Returns
    -------
    bool
        Whether one slip lies between them; False for the same word.

    Examples
    --------
    >>> is_slip("petorlina", "petrolina"), is_slip("itapirang", "itapiranga"), is_slip("itapiranqa", "itapiranga")
    (True, True, True)
    >>> is_slip("goyatacazes", "goytacazes")
    True
    >>> is_slip("itapiransa", "itapiranga"), is_slip("cajueira", "cajueiro"), is_slip("barba", "barra")
    (False, False, False)
    """
    if len(word) < SHORTEST or written[0] != word[0] or OSA.distance(written, word) != 1:
        return False
    at = next((at for at, pair in enumerate(zip(written, word, strict=False)) if pair[0] != pair[1]), len(written))
    if len(word) >= LONG_WORD and at < len(word) - ENDING:
        return True
    if len(written) < len(word):
        return at < len(written) or word[-1] in "aeo"
    around = {*word[max(at - 1, 0) : at + 1]}
    if len(written) > len(word):
        # Doubled, or the key beside it struck with it.
        return any(written[at] in {letter, *TAKEN_FOR.get(letter, "")} for letter in around)
    if written[at + 1 :] != word[at + 1 :]:
        return True
    return written[at] in TAKEN_FOR.get(word[at], "") and not (at == len(word) - 1 and word[at] in "aeiou")

"""How names are written: folding, broken encodings, offices before a name, abbreviations, sounds."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final


class _Fold(dict[int, str]):
    """A table for `str.translate` that learns each character once."""

    def __init__(self, other: str) -> None:
        super().__init__()
        self._other = other

    def __missing__(self, code: int) -> str:
        character = chr(code)
        plain = "".join(c for c in unicodedata.normalize("NFKD", character).lower() if c.isalnum())
        invisible = unicodedata.category(character) in {"Mn", "Cf", "Cc"} and not character.isspace()
        self[code] = plain or ("" if invisible else self._other)
        return self[code]


_SPACED, _JOINED = _Fold(" "), _Fold("")

_KEPT: Final = 5_000
"""How many texts are remembered with what is made of them: one cell is looked at in many ways, one after the other."""

CONNECTIVES = frozenset({"d", "da", "das", "de", "del", "di", "do", "dos", "du", "e"})
"""Small words that lists drop, add and swap ("do Oeste", "D'Oeste", "Doeste")."""

# Only abbreviations with one reading; "S." (São, Santo, Santa) and initials are matched against names instead.
_ABBREVIATIONS = {
    "15": "quinze", "16": "dezesseis", "2": "dois", "3": "tres", "4": "quatro", "5": "cinco", "7": "sete",
    "9": "nove", "alm": "almirante", "ant": "antonio", "anto": "antonio", "bal": "balneario", "baln": "balneario",
    "bco": "branco", "bel": "bela", "brig": "brigadeiro", "cach": "cachoeira", "cap": "capitao", "cel": "coronel",
    "conc": "conceicao", "cons": "conselheiro", "dep": "deputado", "dr": "doutor", "dra": "doutora",
    "eng": "engenheiro", "engo": "engenheiro", "faz": "fazenda", "fco": "francisco", "franc": "francisco",
    "gal": "general", "gde": "grande", "gen": "general", "gov": "governador", "jd": "jardim", "jto": "jacinto",
    "lag": "lagoa", "maj": "major", "mal": "marechal", "mar": "marechal", "min": "ministro", "mons": "monsenhor",
    "nsa": "nossa", "pe": "padre", "pres": "presidente", "presid": "presidente", "prof": "professor",
    "pto": "porto", "rib": "ribeirao", "seb": "sebastiao", "sen": "senador", "senh": "senhora", "sra": "senhora",
    "srta": "senhorita", "sta": "santa", "sto": "santo", "ten": "tenente", "vde": "verde", "visc": "visconde",
    "vl": "vila",
}  # fmt: skip

_OF = "(?: d[aeo]s?)?"
_OFFICE = re.compile(
    "^(?:"
    "(?:governo do )?estado d[aeo]s? .+? (?=prefeitura|municipio|camara)"
    "|governo d[eo] (?=distrito federal)"
    "|portal d[aeo] (?=prefeitura|municipio|camara)"
    f"|(?:prefeitura|pref)(?: (?:municipa ?l|mun|m|do municipio|da cidade|da estancia(?: \\w+)?))*{_OF} "
    f"|(?:municipio|munic){_OF} "
    f"|camara(?: (?:municipa ?l|mun|d[eo]s? vereadores|vereadores|legislativa))*{_OF} "
    f"|(?:governo|(?:poder )?(?:executivo|legislativo)) (?:municipal|d[ao] (?:cidade|municipio)){_OF} "
    "|(?:p ?m|c ?m|cidade|mun) d[aeo]s? "
    "|estancia (?:turistica|balnearia|hidromineral|climatica) d[aeo]s? "
    ")"
)
_OUR_LADY = re.compile(r"\b(?:n|nossa|na) ?(?:s|sra?|sr a|sa|senhora)(?= |$)(?= d| )")
LOST = "ʔ"
"""Stands for a letter that an encoding lost; it is a letter itself, so that it keeps the word together."""

_LOST_LETTERS = re.compile(r"(?<=\w)[?\ufffd]+|[?\ufffd]+(?=\w)")
_MOJIBAKE = re.compile("[ÃÂãâ][\u0080-\u00bf\u2010-\u2122\u0152-\u0192\u02c6\u02dc]|ï¿½")


def mended(text: str) -> str:
    """Return text whose UTF-8 bytes were once read as windows-1252, as it was meant; other text as it is.

    Parameters
    ----------
    text
        Any text, misread up to twice.

    Returns
    -------
    str
        Unchanged where its characters cannot be such bytes.

    Examples
    --------
    >>> mended("SÃ£o Paulo"), mended("SÃO PAULO")
    ('São Paulo', 'SÃO PAULO')
    """
    for _ in range(2):
        if not _MOJIBAKE.search(text):
            break
        for candidate in (text, text.replace("ã", "Ã").replace("â", "Â")):
            try:
                text = b"".join(map(_byte, candidate)).decode("utf-8")
                break
            except UnicodeError:
                continue
        else:
            break
    return text


def with_lost_letters(text: str) -> str:
    """Return text with `LOST` for each letter that an encoding lost ("S?o Paulo", "S\ufffdo Paulo").

    Parameters
    ----------
    text
        Any text.

    Returns
    -------
    str
        Of the same length.

    Examples
    --------
    >>> with_lost_letters("S?o Paulo") == f"S{LOST}o Paulo"
    True
    """
    return _LOST_LETTERS.sub(lambda marks: LOST * len(marks[0]), text)


@lru_cache(maxsize=_KEPT)
def folded(text: str) -> str:
    """Return text in lower case without accents, each run of other characters than letters and digits as one space.

    Parameters
    ----------
    text
        Any text; misread bytes are mended first.

    Returns
    -------
    str
        Letters, digits and single spaces.

    Examples
    --------
    >>> folded("Olho-d’Água  do BORGES")
    'olho d agua do borges'
    """
    return " ".join(mended(text).replace(".ª", "ª").replace(".º", "º").translate(_SPACED).split())


def compact(text: str) -> str:
    """Return text in lower case without accents, spaces and signs.

    Parameters
    ----------
    text
        Any text.

    Returns
    -------
    str
        Letters and digits only.

    Examples
    --------
    >>> compact("Olho-d’Água do Borges")
    'olhodaguadoborges'
    """
    return text.translate(_JOINED)


def words(plain: str) -> list[str]:
    """Return the words of a folded name, common abbreviations written out and connectives left out.

    Parameters
    ----------
    plain
        A folded name.

    Returns
    -------
    list
        In order; empty for nothing but connectives.

    Examples
    --------
    >>> words(folded("N. Sra. das Dores")), words(folded("Alta Floresta D'Oeste"))
    (['nossa', 'senhora', 'dores'], ['alta', 'floresta', 'oeste'])
    """
    return list(_words(plain))


@lru_cache(maxsize=_KEPT)
def _words(plain: str) -> tuple[str, ...]:
    spelt = _OUR_LADY.sub("nossa senhora", plain)
    parts = spelt.split()
    # A "d" that opens a name is Dom or Dona.
    kept = [word for place, word in enumerate(parts) if word not in CONNECTIVES or (word == "d" and place == 0)]
    return tuple(_ABBREVIATIONS.get(word, word) for word in kept) or tuple(parts)


def without_office(plain: str) -> str:
    """Return a folded name without the office before it.

    Parameters
    ----------
    plain
        A folded name.

    Returns
    -------
    str
        Unchanged where no office stands before it.

    Examples
    --------
    >>> without_office("prefeitura municipal do natal"), without_office("cidade gaucha")
    ('natal', 'cidade gaucha')
    """
    previous = ""
    while previous != plain:
        previous, plain = plain, _OFFICE.sub("", plain, count=1)
    return plain


@lru_cache(maxsize=_KEPT)
def sound(text: str) -> str:
    """Return a key that spellings of the same sound share: old and new orthography, Luiz and Luís, Assu and Açu.

    Parameters
    ----------
    text
        Any text.

    Returns
    -------
    str
        A key to compare by, not to be read.

    Examples
    --------
    >>> sound("Thomé") == sound("Tomé"), sound("Luiz") == sound("Luís"), sound("Açu") == sound("Assu")
    (True, True, True)
    >>> sound("Luzia") == sound("Lúcia")
    False
    """
    key = compact(unicodedata.normalize("NFC", text).lower().replace("ç", "ss"))
    for pattern, letters in _SOUNDS:
        key = pattern.sub(letters, key)
    return key


_SOUNDS = [
    (re.compile(pattern), letters)
    for pattern, letters in (
        ("ph", "f"), ("th", "t"), ("[cp]t", "t"), ("ch", "x"), ("lh", "L"), ("nh", "N"), ("h", ""), ("y", "i"),
        ("w", "v"), ("k", "c"), ("ae", "ai"), ("n(?=[bp])", "m"), ("g(?=[ei])", "j"),
        # A single s between vowels is a z, a z before a consonant or at the end an s; Lúcia is not Luzia.
        ("(?<=[aeiou])s(?=[aeiou])", "z"), ("z(?![aeiou])", "s"), ("sc(?=[ei])", "s"), ("c(?=[ei])", "s"),
        ("([^aeiou])\\1+", "\\1"),
    )
]  # fmt: skip


def _byte(character: str) -> bytes:
    try:
        return character.encode("cp1252")
    except UnicodeEncodeError:
        # windows-1252 leaves five bytes undefined; decoders pass them through as control characters.
        return character.encode("latin-1")

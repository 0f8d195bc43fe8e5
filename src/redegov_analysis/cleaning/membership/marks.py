"""Marks that say whether a body has joined: the many ways to write yes, no and nothing."""

from __future__ import annotations

import re
from typing import Literal

from redegov_analysis.cleaning.membership.answers import Answers
from redegov_analysis.cleaning.spelling import folded

Standing = Literal["member", "not_member", "unknown"]

_YES = re.compile(
    r"1|s|sim|x|ok|v|true|verdadeiro|yes|ativ[oa]|aderiu|aderente|aderid[oa]|adesao(?: (?:realizada|efetivada|concluida"
    r"|formalizada|publicada|vigente|ativa|assinada))?|membro|integrante|participante|vigente|assinad[oa]|publicad[oa]"
    r"|formalizad[oa]|efetivad[oa]|concluid[oa]|homologad[oa]|deferid[oa]|integrad[oa]|conveniad[oa](?: ativ[oa])?"
)
_NO = re.compile(
    r"|0|n|nao|false|falso|no|nao (?:aderiu|aderente|aderid[oa]|ativ[oa]|membro|participa(?:nte)?|integrad[oa]|possui"
    r"|assinad[oa]|publicad[oa]|formalizad[oa]|conveniad[oa])|inativ[oa]|pendente(?: .*)?"
    r"|em (?:andamento|analise|tramitacao|elaboracao|negociacao|processo|assinatura)(?: .*)?"
    r"|aguardando(?: .*)?|sem adesao|cancelad[oa]|indeferid[oa]"
    r"|negad[oa]|arquivad[oa]|desligad[oa]|excluid[oa]|desfiliad[oa]|rescindid[oa]|denunciad[oa]|revogad[oa]"
)
_TICKS = frozenset("✓✔☑✅●•")
_CROSSES = frozenset("✗✘☐❌–—-−.")


def standing(mark: str, answers: Answers) -> Standing:
    """Return what a mark says; the answers of a person come first.

    Examples
    --------
    >>> nothing_said = Answers({})
    >>> [standing(mark, nothing_said) for mark in (" Sim ", "✔", " - ", "", "não aderiu", "suspenso")]
    ['member', 'member', 'not_member', 'not_member', 'not_member', 'unknown']
    """
    bare = mark.strip()
    plain = folded(bare)
    if plain in answers.status_member and (plain or not bare):
        return "member"
    if plain in answers.status_not_member and (plain or not bare):
        return "not_member"
    if bare and not plain:
        if set(bare) <= _TICKS:
            return "member"
        return "not_member" if set(bare.replace(" ", "")) <= _CROSSES else "unknown"
    if _YES.fullmatch(plain):
        return "member"
    return "not_member" if _NO.fullmatch(plain) else "unknown"

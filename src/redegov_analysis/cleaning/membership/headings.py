"""What the headings of Brazilian lists call each field, and which row of a grid holds them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from redegov_analysis.cleaning.membership.files import CELLS_KEPT
from redegov_analysis.cleaning.spelling import folded

_ALIASES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        (
            "code",
            r"(?:cod|codigo|cd|id|geocod|geocodigo)(?: d[aeo])?(?: (?:municipio|mun|munic|ente|cidade))?"
            r"(?: completo| ibge| do ibge| ibge 7(?: digitos)?| ibge 6(?: digitos)?)*|(?:codigo|cod) (?:d[ao] )?ibge"
            r"(?: d[aeo] (?:municipio|ente))?|ibge|ibge code|codmun|codmunic|codigomunicipio|codigoibge|cd mun|"
            r"codigo municipio completo|geocode|ibge id|municipio id|id municipio"
            r"|municipio (?:codigo|cod|ibge)(?: ibge)?"
            # Nested keys of JSON: {"ente": {"nome": …, "ibge": …, "uf": {"sigla": …}}, "adesao": {"data": …}}.
            r"|(?:ente|orgao|entidade|cidade|localidade)(?: (?:id|codigo|cod|ibge)){1,2}",
        ),
        (
            "municipality",
            r"(?:nomes? d[aeo]s? |nm |nome )?(?:municipios?(?: aderentes?| integrantes?| membros?| participantes?)?"
            r"|cidades?|munic|mun|localidades?|municipality|city)(?: (?:uf|nome|estado))?|municipio e uf"
            r"|nomemunicipio|nomedomunicipio",
        ),
        (
            "body",
            r"(?:nomes? d[aeo]s? |nome )?(?:entes?(?: federad[oa]s?| federativ[oa]s?| publicos?)?|entidades?"
            r"|orgaos?(?: entidades?| publicos?)?|instituic(?:ao|oes)|prefeituras?|participantes?|aderentes?|membros?"
            r"|integrantes?|proponentes?|partes?|signatarios?|convenentes?|conveniad[oa]s?|body|member)(?: uf)?"
            r"|nomes?|name|razao social|orgao entidade"
            r"|(?:ente|orgao|entidade|instituicao|proponente|signatario)(?: federad[oa]| federativ[oa])? (?:nome|name)",
        ),
        (
            "state",
            r"ufs?|estados?|sigla|sigla (?:d[aeo] )?(?:uf|estado)|(?:nome (?:d[aeo] )?|nm )?(?:uf|estado)|sg uf|nome uf"
            r"|unidades? d[ae] federacao|unidade federativa|estado uf|uf sigla|uf nome|uf id|state"
            r"|estado sigla|estado nome|(?:.{1,60} )?uf sigla"
            r"|(?:ente|orgao|entidade|municipio|cidade|localidade) estado(?: sigla)?"
            r"|(?:cod|codigo|cd) (?:d[aeo] )?(?:uf|estado)",
        ),
        (
            "joined_on",
            r"(?:data|dt|dia|mes|ano)(?: (?:d[aeo]s?|em|de inicio|inicio))*"
            r" (?:adesao|adesoes|assinaturas?|publicac(?:ao|oes)|ingresso|entrada|inclusao|celebracao"
            r"|formalizacao|homologacao|dou|d o u|acordo|termo|convenio|filiacao)"
            r"(?: .{1,40})?|adesao|adesao em|aderiu em|desde|ingresso|assinatura|publicacao|data|date|joined on|joined"
            r"|dataadesao|dt adesao|adesao data|assinado em|publicado em|data da adesao|assinatura data|publicacao data"
            r"|(?:adesao|termo|acordo|assinatura|publicacao|ingresso|convenio) (?:data|dt|date)"
            r"|inicio d[ae] vigencia|vigencia|data d[aeo] (?:inicio d[ae] )?vigencia",
        ),
        (
            "sphere",
            r"esferas?(?: .{1,30})?|tipos?(?: d[aeo]s? .{1,30})?|ambitos?|natureza(?: juridica)?|nivel(?: .{1,20})?"
            r"|poder|categoria|sphere|type|kind",
        ),
        (
            "status",
            r"situac(?:ao|oes)(?: .{1,40})?|status(?: .{1,40})?|estado d[ao] (?:processo|adesao|acordo)|aderiu"
            r"|e membro|membro sim nao|participa|andamento|fase|etapa|adesao sim nao|ja aderiu|member",
        ),
    )
)
_FOOTNOTE = re.compile(r"[*¹²³†‡]+|\(\d{1,2}\)|\[\d{1,2}\]")


@lru_cache(maxsize=CELLS_KEPT)
def field_named(heading: str) -> str | None:
    """Return the field that a heading names, or None.

    Examples
    --------
    >>> [field_named(text) for text in ("Município", "UF", "Data de Adesão¹", "Cód. IBGE", "Situação", "População")]
    ['municipality', 'state', 'joined_on', 'code', 'status', None]
    """
    if len(heading) > 80:
        return None
    plain = folded(_FOOTNOTE.sub("", heading))
    return next((name for name, pattern in _ALIASES if pattern.fullmatch(plain)), None)


def fields_named(cells: Sequence[str]) -> set[str]:
    """Return the fields that a row of headings names.

    Examples
    --------
    >>> sorted(fields_named(["Nº", "Ente", "UF", "Adesão"]))
    ['body', 'joined_on', 'state']
    """
    return {name for cell in cells if (name := field_named(cell)) is not None}

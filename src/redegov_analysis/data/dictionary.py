"""The data dictionary, `docs/data_dictionary.md`, written from the catalogue in both languages."""

from __future__ import annotations

from collections.abc import Sequence

from redegov_analysis.data.resources import Catalogue, Column, Table

_OPENING = """\
# Data dictionary · Dicionário de dados

This page is written by `redegov data describe` from `datapackage.json`; a test keeps the two equal.
Esta página é escrita por `redegov data describe` a partir de `datapackage.json`; um teste mantém as duas iguais.
"""


def dictionary_markdown(catalogue: Catalogue) -> str:
    """Return the data dictionary as Markdown, English and Brazilian Portuguese side by side.

    Parameters
    ----------
    catalogue
        What `catalogue.read_catalogue` returns.

    Returns
    -------
    str
        One section per raw table: what it is, its traps, sources and terms, and a table of its columns with type,
        unit, meaning, what a cell may be, source and vintage. The whole content of `docs/data_dictionary.md`.

    Examples
    --------
    >>> from redegov_analysis.data.catalogue import read_catalogue
    >>> dictionary_markdown(read_catalogue()).splitlines()[0]
    '# Data dictionary · Dicionário de dados'
    """
    contents = "\n".join(
        f"- [`{table.name}`](#{table.name}): {table.title} · {table.title_pt}" for table in catalogue.tables
    )
    terms = (
        f"**Version · Versão** {catalogue.version} · **Licence of the compilation · Licença da compilação** "
        f"{catalogue.licence}"
    )
    opening = [_OPENING, catalogue.description, "", catalogue.description_pt, "", terms, "", contents, ""]
    return "\n".join([*opening, *("\n".join(_section(table)) for table in catalogue.tables)])


def _section(table: Table) -> list[str]:
    sources = "; ".join(f"[{_text(title)}]({path})" if path else _text(title) for title, path in table.sources)
    facts = [
        ("File · Arquivo", f"`{table.path}`"),
        ("Rows · Linhas", f"{table.rows:,}".replace(",", " ")),
        ("Vintage · Referência", _both(table.vintage, table.vintage_pt)),
        ("Sources · Fontes", sources),
        ("Licence · Licença", table.licence),
        ("Upstream terms · Termos da origem", _both(table.upstream_terms, table.upstream_terms_pt)),
        ("Primary key · Chave primária", _codes(table.primary_key)),
        (
            "Foreign keys · Chaves estrangeiras",
            ", ".join(f"`{key.column}` → `{key.table}.{key.reference}`" for key in table.foreign_keys),
        ),
        ("sha256", f"`{table.sha256}`"),
    ]
    lines = [f"## {table.name}", "", f"**{table.title} · {table.title_pt}**", "", table.description, ""]
    lines += [table.description_pt, "", "| | |", "| --- | --- |"]
    lines += [f"| {label} | {value} |" for label, value in facts if value]
    lines += ["", "Read before use · Leia antes de usar:", ""]
    for note, note_pt in zip(table.notes, table.notes_pt, strict=True):
        lines += [f"- {note}", f"  *{note_pt}*"]
    if table.columns:
        lines += [
            "",
            "| Column · Coluna | Type · Tipo | Unit · Unidade | Meaning | Significado | Cells · Células "
            "| Source, vintage · Fonte, referência | Licence · Licença |",
            "| --- | --- | --- | --- | --- | --- | --- | --- |",
            *(_row(column) for column in table.columns),
        ]
    return [*lines, ""]


def _row(column: Column) -> str:
    cells = [
        f"`{column.name}`",
        column.type if column.format == "default" else f"{column.type} ({column.format})",
        column.unit or "–",
        column.description,
        column.description_pt,
        _allowed(column),
        f"{column.source}; {column.vintage}",
        column.licence,
    ]
    return f"| {' | '.join(_text(cell) for cell in cells)} |"


def _allowed(column: Column) -> str:
    """Return what a cell may be: required, listed, in a range, of a form, or marked as missing."""
    parts = ["required"] if column.required else []
    if column.enum is not None:
        parts.append(f"one of {_codes(column.enum)}")
    if column.pattern is not None:
        parts.append(f"form `{column.pattern}`")
    if column.minimum is not None and column.maximum is not None:
        parts.append(f"{column.minimum:g} to {column.maximum:g}")
    elif column.minimum is not None:
        parts.append(f"at least {column.minimum:g}")
    if column.type == "boolean":
        parts.append("1 or 0")
    marks = sorted(column.missing - {""})
    if marks:
        parts.append(f"missing: empty, {_codes(marks)}")
    return "; ".join(parts) or "–"


def _codes(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _both(english: str, portuguese: str) -> str:
    return english if english == portuguese else f"{english} · {portuguese}"


def _text(cell: str) -> str:
    """Return the text with the bars escaped that would end a cell of a Markdown table."""
    return cell.replace("|", "\\|")

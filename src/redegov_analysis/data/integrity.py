"""Checks that hold for any raw table: checksum, row count, cells, keys and references."""

from __future__ import annotations

from redegov_analysis.data.cells import cells_from_bytes
from redegov_analysis.data.findings import Finding, among, finding_on_rows, number_in_portuguese
from redegov_analysis.data.registry import RawData, check_each
from redegov_analysis.data.resources import Table
from redegov_analysis.data.seals import bytes_sha256, column_sha256, features
from redegov_analysis.errors import DataError
from redegov_analysis.project import MARKER


@check_each(lambda table: bool(table.path))
def checksum(data: RawData, table: Table) -> Finding:
    """Say whether the file's bytes are those that were sealed, and which columns changed if they are not."""
    content = data.content(table.name)
    found = bytes_sha256(content)
    if found == table.sha256:
        return Finding(
            True,
            f"{table.path} is the sealed file (sha256 {found[:12]}…).",
            f"{table.path} é o arquivo selado (sha256 {found[:12]}…).",
        )
    changed, changed_pt = _what_changed(content, table)
    return Finding(
        False,
        f"{table.path} is not the sealed file (sha256 {found[:12]}…, expected {table.sha256[:12]}…): {changed}. "
        f"Restore it with: git checkout -- {table.path}",
        f"{table.path} não é o arquivo selado (sha256 {found[:12]}…, esperado {table.sha256[:12]}…): {changed_pt}. "
        f"Restaure com: git checkout -- {table.path}",
    )


@check_each(lambda table: bool(table.path))
def row_count(data: RawData, table: Table) -> Finding:
    """Say whether the file has as many rows (features, for the map) as the catalogue records."""
    content = data.content(table.name)
    found = len(cells_from_bytes(content, table).lines) if table.is_tabular else len(features(content, table))
    return Finding(
        found == table.rows,
        f"Rows of {table.path}: {found:,}; {MARKER} records {table.rows:,}.",
        f"Linhas de {table.path}: {number_in_portuguese(found)}; {MARKER} registra {number_in_portuguese(table.rows)}.",
    )


@check_each(lambda table: table.is_tabular)
def cells(data: RawData, table: Table) -> Finding:
    """Say whether every cell is of its column's type and within its constraints; the first that is not is named."""
    count = data.table(table.name).size
    return Finding(
        True,
        f"All {count:,} cells of {table.path} are of their type and within their constraints.",
        f"Todas as {number_in_portuguese(count)} células de {table.path} são do tipo previsto e cumprem as restrições.",
    )


@check_each(lambda table: bool(table.primary_key))
def primary_key(data: RawData, table: Table) -> Finding:
    """Say whether the primary key is complete and unlike in every row."""
    frame = data.table(table.name)
    key = list(table.primary_key)
    named = " + ".join(key)
    return finding_on_rows(
        frame[frame.duplicated(key, keep=False) | frame[key].isna().any(axis=1)],
        (f"Every row has a key of its own ({named}).", f"Cada linha tem chave própria ({named})."),
        (f"repeat or lack the key {named} in {table.path}", f"repetem ou não têm a chave {named} em {table.path}"),
    )


@check_each(lambda table: bool(table.foreign_keys))
def foreign_keys(data: RawData, table: Table) -> Finding:
    """Say whether every value of a foreign key is found where it points; a missing value points nowhere."""
    frame = data.table(table.name)
    unknown = frame[[]].any(axis=1)
    for key in table.foreign_keys:
        values = frame[key.column]
        unknown |= values.notna() & ~among(values, data.table(key.table)[key.reference])
    named = ", ".join(key.column for key in table.foreign_keys)
    target = ", ".join(sorted({key.table for key in table.foreign_keys}))
    return finding_on_rows(
        frame[unknown],
        (f"Every {named} is in {target}.", f"Todo {named} está em {target}."),
        (f"point nowhere from {named} in {table.path}", f"não apontam para lugar algum em {named} de {table.path}"),
    )


def _what_changed(content: bytes, table: Table) -> tuple[str, str]:
    if not table.is_tabular:
        return (
            f"{len(content):,} bytes, {table.bytes:,} were sealed",
            f"{number_in_portuguese(len(content))} bytes, {number_in_portuguese(table.bytes)} foram selados",
        )
    try:
        columns = cells_from_bytes(content, table).columns
    except DataError as error:
        # What to do is said once, at the end.
        told, told_pt = error.fields("en"), error.fields("pt-BR")
        place, place_pt = told.get("where", table.path), told_pt.get("where", table.path)
        return (
            f"its layout is broken ({place}: {told['found']})",
            f"a estrutura está quebrada ({place_pt}: {told_pt['found']})",
        )
    changed = [column.name for column in table.columns if column_sha256(columns[column.name]) != column.sha256]
    if not changed:
        return (
            "every cell is as sealed, quoting or line ends changed",
            "as células são as seladas, mudaram aspas ou quebras",
        )
    return f"changed columns: {', '.join(changed)}", f"colunas alteradas: {', '.join(changed)}"

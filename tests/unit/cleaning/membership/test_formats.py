from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from redegov_analysis.cleaning.membership import MembershipTable, read_membership

DAY = dt.date(2025, 12, 31)


def _accounted(table: MembershipTable) -> int:
    return len(table.members) + len(table.governments) + len(table.duplicates) + len(table.rejected)


def test_spoiled_list_gives_the_same_in_every_format(
    writer: tuple[str, Callable[..., bytes]],
    spoiled: tuple[list[list[str]], dict[str, str], dict[str, int]],
    write: Callable[..., Path],
) -> None:
    name, writes = writer
    rows, members, problems = spoiled
    table = read_membership(write(name, writes(rows)), DAY)
    days = table.members["joined_on"].dt.strftime("%Y-%m-%d")
    assert dict(zip(table.members["ibge_code"], days, strict=True)) == members
    assert table.rejected["problem"].value_counts().to_dict() == {k: n for k, n in problems.items() if n}
    assert table.rows_read == len(rows) - 1 == _accounted(table)
    as_read = table.rejected[["Município", "UF", "Data de adesão"]].fillna("").to_numpy().tolist()
    refused = [row for row in rows[1:] if row in as_read]
    assert sorted(as_read) == sorted(refused)


def test_lines_of_text_give_the_same_as_a_table(
    spoiled: tuple[list[list[str]], dict[str, str], dict[str, int]], write: Callable[..., Path]
) -> None:
    rows, members, problems = spoiled
    named = [row for row in rows[1:] if row[0]]
    lines = [f"{n}. {name}/{uf} – {day}" for n, (name, uf, day) in enumerate(named, 1)]
    text = "Municípios da Rede\n" + "\n".join(lines) + "\nTotal: 2.500\nFonte: SGD\n"
    table = read_membership(write("pasted.txt", text), DAY)
    assert set(table.members["ibge_code"]) == set(members)
    assert table.rows_read == len(named) == _accounted(table)
    found = table.rejected["problem"].value_counts().to_dict()
    assert found == {problem: number for problem, number in problems.items() if problem != "no_name"}
    assert table.asides["kind"].tolist() == ["note", "total", "note"]

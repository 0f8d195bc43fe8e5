"""Coverage-guided fuzzing of the readers of untrusted files, with atheris; run by hand, outside the suite.

    python tests/fuzz/fuzz_readers.py delimited -runs=200000 -max_total_time=600

The first argument is one of `TARGETS`; the others are libFuzzer's own. Whatever is no error of the package, loses a row
or takes more than ten seconds is a finding: libFuzzer then writes the input to `crash-…` and ends with an exit code
other than 0. A finding is fixed together with a test in the suite, and the result stands in docs/benchmarks.md.
"""

# ruff: noqa: E501

from __future__ import annotations

import datetime as dt
import io
import json
import logging
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import atheris

with atheris.instrument_imports(include=["redegov_analysis"]):
    from redegov_analysis.cleaning.gazetteer import gazetteer
    from redegov_analysis.cleaning.membership import pdf_pages, pdf_rules, pdf_worker, pdfs
    from redegov_analysis.cleaning.membership.answers import Answers, read_answers
    from redegov_analysis.cleaning.membership.dates import AS_USUAL, FIRST_DAY, DateForm, read_date
    from redegov_analysis.cleaning.membership.entities import entity_kind, state_named
    from redegov_analysis.cleaning.membership.files import list_from_bytes
    from redegov_analysis.cleaning.membership.lines import is_note, is_total, line_parts
    from redegov_analysis.cleaning.membership.openers import read_grids
    from redegov_analysis.cleaning.membership.table import membership_from
    from redegov_analysis.cleaning.names import match_names
    from redegov_analysis.cleaning.readings import readings
    from redegov_analysis.data import workbook_worker
    from redegov_analysis.data.official.answers import json_from_bytes
    from redegov_analysis.data.official.sidra import read_aggregates, read_sidra_csv, read_sidra_values
    from redegov_analysis.data.reading import date_from_text, number_from_text
    from redegov_analysis.errors import RedegovError

# The worker finds the two files beside it by their bare names; here they are those that are watched.
sys.modules.update(pdf_pages=pdf_pages, pdf_rules=pdf_rules)
DAY = dt.date(2025, 12, 31)
KNOWN = gazetteer()
NO_ANSWERS = Answers({})

LISTS = {
    "delimited": [
        "Município;UF;Data de adesão\nCampinas;SP;06/03/2021\nRio Branco;AC;dez/2023\n",
        'municipio,uf,aderiu\n"Santo Antônio, do Pará",PA,sim\nAçu,RN,não\n',
        "sep=;\nCódigo;Nome\n3509502;Campinas\n120040;Rio Branco\n",
        "ACRE\t\nRio Branco\t31/12/2023\nXapuri\t45291\n",
    ],
    "json": [
        '[{"municipio": "Campinas", "uf": "SP", "data": "2021-03-06"}, {"municipio": "Açu", "uf": {"sigla": "RN"}}]',
        '{"AC": ["Rio Branco", "Xapuri"], "SP": ["Campinas"]}',
        '{"a": [[1, "Campinas", null, true, 1e9], ["x", "Açu", 2.5]]}',
    ],
    "page": [
        "<html><body><nav>x</nav><table><tr><th>Município<th>UF</tr><tr><td rowspan=2>Campinas<td>SP</table></body>",
        "<h2>ACRE</h2><ul><li>Rio Branco &ndash; 31/12/2023</li><li>Xapuri</li></ul><!-- x --><script>a</script>",
    ],
    "text": [
        "ACRE\n1. Rio Branco - 31/12/2023\n2) Xapuri\nTotal: 2\nFonte: SGD\n",
        "Acre: Rio Branco, Xapuri e Feijó.\nCampinas/SP (06/03/2021)\n• São Paulo – SP\n",
    ],
}
DATES = [
    "31/12/2023",
    "2023-12-31T10:00Z",
    "8 de dezembro de 2025",
    "dez/23",
    "45291",
    "segunda-feira, 1º de maio de 2023",
]
NAMES = [
    "São Paulo",
    "Sta. Teresinha - PB",
    "MOJI MIRIM/SP",
    "Prefeitura Municipal de Campinas (SP)",
    "3509502",
    "AÇU\tRN",
]
ANSWERS = ["municipality: Nome do ente\nstate: 2\n", "status_member: [sim, S]\nundated: member\nheader_line: 0\n"]
PUBLISHED = [
    '[{"V": "Valor", "D1C": "Município (Código)", "D1N": "Município", "D2C": "Variável (Código)", "D3C": "Ano (Código)"}]',
    '[{"id": "37", "resultados": [{"series": [{"localidade": {"id": "1100023", "nome": "A (RO)"}, "serie": {"2021": "1"}}]}]}]',
    'Tabela 5938 - PIB\n"Cód.";"Município";"2021"\n1100023;"Ariquemes (RO)";"3211294"\n',
]


def _list(content: bytes) -> None:
    try:
        table = membership_from(list_from_bytes(content, "fuzz"), DAY, NO_ANSWERS, first_day=FIRST_DAY, known=KNOWN)
    except RedegovError:
        return
    parts = (table.members, table.governments, table.duplicates, table.rejected)
    assert table.rows_read == sum(map(len, parts)), "a row was lost"
    assert table.members["ibge_code"].isin(KNOWN.names).all(), "a code that no municipality has"
    assert table.members["ibge_code"].is_unique, "a member twice"


def _grids(content: bytes) -> None:
    """Read the grids and what single lines and cells say, without the tables that make a run slow."""
    try:
        file = list_from_bytes(content, "fuzz")
        grids = read_grids(file, [])
    except RedegovError:
        return
    for grid in grids:
        lines = [row.line for row in grid.rows]
        assert file.kind != "text" or lines == sorted(set(lines)), "rows out of order"
        for row in grid.rows[:50]:
            assert row.filled, "a row that holds nothing"
            for cell in row.cells[:20]:
                entity_kind(cell)
                state_named(cell)
                readings(cell)
                if is_note(cell) or is_total(cell):
                    continue
                assert line_parts(cell, KNOWN), "a line that became nothing"


def _dates(content: bytes) -> None:
    text = content.decode("utf-8", "surrogateescape")
    for form in (AS_USUAL, DateForm(month_first=True, from_1904=True)):
        found = read_date(text, form, FIRST_DAY, DAY)
        assert found.date is None or FIRST_DAY <= found.date.date <= DAY
    for read in (date_from_text, number_from_text):
        try:
            read(text)
        except RedegovError:
            continue


def _names(content: bytes) -> None:
    text = content.decode("utf-8", "surrogateescape")
    name, _, state = text.partition("\t")
    found = match_names([name], [state], known=KNOWN)
    assert len(found) == 1
    code, status = found["ibge_code"].iloc[0], found["status"].iloc[0]
    assert (isinstance(code, str) and code in KNOWN.names) == (status in ("code", "exact", "alias", "fuzzy"))


def _answers(content: bytes) -> None:
    path = Path(FOLDER) / "columns.yml"
    path.write_bytes(content)
    try:
        read_answers(path)
    except RedegovError:
        return


def _published(content: bytes) -> None:
    for read in (
        lambda: json_from_bytes(content, name="fuzz"),
        lambda: read_sidra_values(content, variable="9324", name="fuzz"),
        lambda: read_aggregates(content, variable="37", name="fuzz"),
        lambda: read_sidra_csv(content, table="5938", name="fuzz"),
    ):
        try:
            read()
        except RedegovError:
            continue


def _writers() -> Any:
    """Return the module of the suite that writes lists of every format."""
    import importlib.util

    path = Path(__file__).parents[1] / "unit" / "cleaning" / "membership" / "conftest.py"
    spec = importlib.util.spec_from_file_location("writers", path)
    assert spec is not None
    assert spec.loader is not None
    writers = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(writers)
    return writers


def _parts() -> tuple[list[dict[str, bytes]], list[bytes]]:
    """Return the parts of an XLSX and an ODS workbook, and an input for each part: its number, then its bytes."""
    writers = _writers()
    rows = [["Município", "UF", "Data"], ["Campinas", "SP", "@44261"], ["Rio Branco", "AC", "45000"]]
    books = [writers.xlsx({"Plan1": rows, "Plan2": rows}, merged=["A1:A2"]), writers.ods({"Plan1": rows})]
    parts = []
    for book in books:
        with zipfile.ZipFile(io.BytesIO(book)) as archive:
            parts.append({name: archive.read(name) for name in archive.namelist()})
    flat = [(place, name) for place, book in enumerate(parts) for name in book]
    return parts, [bytes([number]) + parts[place][name] for number, (place, name) in enumerate(flat)]


def _sheets(content: bytes) -> None:
    """Put the input in the place of one part of a workbook, so that it opens and is odd inside."""
    flat = [(book, name) for book in BOOKS for name in book]
    book, replaced = flat[(content[0] if content else 0) % len(flat)]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, part in book.items():
            archive.writestr(name, content[1:] if name == replaced else part)
    try:
        list_from_bytes(buffer.getvalue(), "fuzz")
    except RedegovError:
        return
    for as_held in (0, 1):
        found = workbook_worker.contents(buffer.getvalue(), as_held, 1000, 100, 50_000)
        assert ("problem" in found) != ("sheets" in found)


def _pdf_seeds() -> list[bytes]:
    """Return whole PDFs and, each behind an S, what is drawn on a page: with lines, without, turned, over pages."""
    writers = _writers()
    rows = [["Município", "UF", "Data"], ["Campinas", "SP", "06/03/2021"], ["Rio Branco", "AC", "dez/2023"]]
    whole = [
        writers.pdf(rows),
        writers.pdf(rows, ruled=False),
        writers.pdf(rows, per_page=1),
        writers.pdf(rows, encrypted=True),
    ]
    drawn = []
    for pdf in whole[:2]:
        start = pdf.index(b"stream\n") + len(b"stream\n")
        drawn.append(b"S" + zlib.decompress(pdf[start : pdf.index(b"\nendstream")]))
    return [*whole, *drawn, b"S0 1 -1 0 842 0 cm " + drawn[0][1:]]


def _pdf(content: bytes) -> None:
    """Read the input as a PDF, or, behind an S, as what is drawn on the page of a sound one."""
    if content.startswith(b"S"):
        drawn = content[1:]
        page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R/Resources<</Font<</F1 3 0 R>>>>>>"
        content = b"".join(
            b"%d 0 obj\n%s\nendobj\n" % (number, body)
            for number, body in enumerate(
                (
                    b"<</Type/Catalog/Pages 2 0 R>>",
                    b"<</Type/Pages/Count 2/Kids[4 0 R 4 0 R]>>",
                    b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
                    page,
                    b"<</Length %d>>stream\n%s\nendstream" % (len(drawn), drawn),
                ),
                start=1,
            )
        )
        content = b"%PDF-1.4\n" + content + b"trailer<</Root 1 0 R>>\n%%EOF\n"
    found = json.loads(json.dumps(pdf_worker.contents(content, 1000, 100)))
    assert ("problem" in found) != ("tables" in found)
    for table in pdfs._joined(found.get("tables", [])):
        assert str(pdfs._understood(table))
    lines = [number for number, _ in found.get("lines", [])]
    assert lines == sorted(lines), "lines out of order"


BOOKS, BOOK_SEEDS = _parts()
TARGETS: dict[str, tuple[Callable[[bytes], None], list[bytes]]] = {
    **{name: (_grids, [seed.encode() for seed in seeds]) for name, seeds in LISTS.items()},
    "whole": (_list, [seed.encode() for seeds in LISTS.values() for seed in seeds]),
    "dates": (_dates, [seed.encode() for seed in DATES]),
    "names": (_names, [seed.encode() for seed in NAMES]),
    "answers": (_answers, [seed.encode() for seed in ANSWERS]),
    "published": (_published, [seed.encode() for seed in PUBLISHED]),
    "sheets": (_sheets, BOOK_SEEDS),
    "pdf": (_pdf, _pdf_seeds()),
}


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"Which reader? {', '.join(TARGETS)}; then options of libFuzzer such as -runs=200000.")
    target, seeds = TARGETS[sys.argv[1]]
    logging.disable(logging.CRITICAL)
    with TemporaryDirectory() as FOLDER:
        corpus = Path(FOLDER) / "corpus"
        corpus.mkdir()
        for place, seed in enumerate(seeds):
            (corpus / str(place)).write_bytes(seed)
        atheris.Setup([sys.argv[0], str(corpus), "-timeout=10", "-rss_limit_mb=3000", *sys.argv[2:]], target)
        atheris.Fuzz()

"""A real server on loopback that answers well and badly, and the publishers' files in small."""

from __future__ import annotations

import contextlib
import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote
from xml.sax.saxutils import escape

import pytest

from redegov_analysis.cli import main
from redegov_analysis.data.catalogue import read_table
from redegov_analysis.data.official import source
from redegov_analysis.project import Project

Behaviour = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """What it answers at each path: one behaviour after another, the last for ever. It keeps what was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Behaviour]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.released = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                path = unquote(self.path)
                server.asked.append((path, dict(self.headers)))
                waiting = server.answers.get(path, [status(404)])
                behave = waiting.pop(0) if len(waiting) > 1 else waiting[0]
                self.close_connection = True
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    behave(self)

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def put(self, name: str, *behaviours: Behaviour) -> None:
        """Let the server answer for a source of that name, as a mirror."""
        url = source(name).url
        assert url is not None
        self.answers[f"/{url.split('://', 1)[1]}"] = list(behaviours)

    def ranges(self) -> list[str | None]:
        """Return the ranges that were asked for, one per request."""
        return [headers.get("Range") for _, headers in self.asked]

    def close(self) -> None:
        self.released.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def status(code: int, **headers: str) -> Behaviour:
    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return behave


def file(
    body: bytes,
    kind: str = "application/json",
    *,
    tag: str = "",
    cut: int | None = None,
    announce: int | None = None,
    silent: bool = False,
    **headers: str,
) -> Behaviour:
    """Answer with a file; `cut` closes after so many bytes, `announce` tells another length, `silent` tells none."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        asked, match = handler.headers.get("Range"), handler.headers.get("If-Range")
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and tag and match == tag else 0
        handler.send_response(206 if start else 200)
        handler.send_header("Content-Type", kind)
        if tag:
            handler.send_header("ETag", tag)
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        if not silent:
            handler.send_header("Content-Length", str(announce if announce is not None else len(body) - start))
        handler.send_header("Connection", "close")
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body[start : cut if cut is not None else None])

    return behave


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.fixture
def answer_file() -> Callable[..., Behaviour]:
    return file


@pytest.fixture
def answer_status() -> Callable[..., Behaviour]:
    return status


@pytest.fixture
def answer_never(server: Server) -> Behaviour:
    """Say nothing until the test is over."""
    return lambda _: server.released.wait(30) and None


Call = Callable[..., int]


@pytest.fixture
def redegov(copied: Project, server: Server, monkeypatch: pytest.MonkeyPatch) -> Call:
    """The command `redegov data fetch` in a copy of the project, against the server unless told otherwise."""
    monkeypatch.setenv("REDEGOV_HOME", str(copied.root))
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)

    def call(*arguments: str) -> int:
        mirror = [] if "--offline" in arguments or "--base-url" in arguments else ["--base-url", server.url]
        with pytest.raises(SystemExit) as left:
            main(["data", "fetch", *mirror, *arguments])
        assert isinstance(left.value.code, int)
        return left.value.code

    return call


@pytest.fixture(scope="session")
def localidades(checkout: Project) -> list[dict[str, object]]:
    """The live list of municipalities as our own table has it."""
    return [
        {
            "id": int(row["ibge_code"]),
            "nome": row["name"],
            "microrregiao": None,
            "regiao-imediata": {
                "id": int(row["immediate_region_code"]),
                "nome": row["immediate_region"],
                "regiao-intermediaria": {
                    "id": int(row["intermediate_region_code"]),
                    "nome": row["intermediate_region"],
                    "UF": {"id": int(row["ibge_code"][:2]), "sigla": row["uf"], "nome": row["uf_name"]},
                },
            },
        }
        for row in read_table("municipalities", checkout).to_dict("records")
    ]


@pytest.fixture(scope="session")
def population(checkout: Project) -> dict[str, int]:
    """The estimates of 2025 by code."""
    table = read_table("demographics", checkout)
    return dict(zip(table["ibge_code"], table["population_2025"].astype(int), strict=True))


@pytest.fixture(scope="session")
def sidra() -> Callable[..., bytes]:
    """Write values as the API of SIDRA answers them, with a pair of keys for each classification asked for."""

    def answer(
        values: dict[str, object], variable: str = "9324", year: str = "2025", categories: dict[str, str] | None = None
    ) -> bytes:
        header = {
            "NC": "Nível Territorial (Código)", "NN": "Nível Territorial", "MC": "Unidade de Medida (Código)",
            "MN": "Unidade de Medida", "V": "Valor", "D1C": "Município (Código)", "D1N": "Município",
            "D2C": "Variável (Código)", "D2N": "Variável", "D3C": "Ano (Código)", "D3N": "Ano",
        }  # fmt: skip
        records = [
            {
                "NC": "6", "NN": "Município", "MC": "45", "MN": "Pessoas", "V": str(value), "D1C": code,
                "D1N": "Nome - UF", "D2C": variable, "D2N": "Variável", "D3C": year, "D3N": year,
            }
            for code, value in values.items()
        ]  # fmt: skip
        for place, (classification, category) in enumerate((categories or {}).items(), start=4):
            header |= {f"D{place}C": f"{classification} (Código)", f"D{place}N": classification}
            records = [record | {f"D{place}C": category, f"D{place}N": "Categoria"} for record in records]
        return json.dumps([header, *records], ensure_ascii=False).encode()

    return answer


@pytest.fixture(scope="session")
def workbook() -> Callable[..., bytes]:
    """Write sheets of text and numbers as an XLSX file."""

    def write(sheets: dict[str, Sequence[Sequence[object]]]) -> bytes:
        made = io.BytesIO()
        main_names = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        package = "http://schemas.openxmlformats.org/package/2006"
        numbers = range(1, len(sheets) + 1)
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("[Content_Types].xml", f'<Types xmlns="{package}/content-types"/>')
            packed.writestr(
                "_rels/.rels",
                f'<Relationships xmlns="{package}/relationships"><Relationship Id="r" '
                f'Type="{links}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            )
            packed.writestr(
                "xl/_rels/workbook.xml.rels",
                f'<Relationships xmlns="{package}/relationships">'
                + "".join(
                    f'<Relationship Id="s{n}" Type="{links}/worksheet" Target="worksheets/sheet{n}.xml"/>'
                    for n in numbers
                )
                + "</Relationships>",
            )
            packed.writestr(
                "xl/workbook.xml",
                f'<workbook xmlns="{main_names}" xmlns:r="{links}"><sheets>'
                + "".join(
                    f'<sheet name="{escape(name)}" sheetId="{n}" r:id="s{n}"/>'
                    for n, name in zip(numbers, sheets, strict=True)
                )
                + "</sheets></workbook>",
            )
            for number, rows in zip(numbers, sheets.values(), strict=True):
                body = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
                packed.writestr(
                    f"xl/worksheets/sheet{number}.xml",
                    f'<worksheet xmlns="{main_names}"><sheetData>{body}</sheetData></worksheet>',
                )
        return made.getvalue()

    return write


def _cell(value: object) -> str:
    if isinstance(value, int | float):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'

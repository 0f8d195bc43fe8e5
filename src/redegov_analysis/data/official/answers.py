"""What a publisher's API answered: JSON, or a page that says it is under repair."""

from __future__ import annotations

import json
from typing import Any

from redegov_analysis.data.json_text import json_from_text
from redegov_analysis.data.reading import text_from_bytes
from redegov_analysis.errors import DataError
from redegov_analysis.language import Phrase


def json_from_bytes(content: bytes, *, name: str) -> Any:
    """Return what a JSON answer holds, or raise a `DataError` that says what came instead.

    >>> json_from_bytes(b'{"a": [1]}', name="an answer")
    {'a': [1]}
    """
    begins = content[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if begins.startswith(b"<"):
        raise DataError(
            "{name}: found a page of HTML, expected JSON. The server may be under repair: try again later.", name=name
        )
    if not begins:
        raise DataError("{name}: found nothing, expected JSON. Try again later.", name=name)
    return json_from_text(text_from_bytes(content)[0], name, Phrase("It may have been cut off: get it again."))


def shown(value: object) -> str:
    """Return what was found, short enough for a message.

    >>> shown({"erro": "manutenção"})
    '{"erro": "manutenção"}'
    """
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        text = f"a nested {type(value).__name__}"
    return text if len(text) <= 120 else f"{text[:117]}…"

"""What the documentation site adds to Markdown: formulas as MathML, so that a page asks no other host.

It also mends the reference of the commands: mkdocs-click writes Click's inner mark for an option without a default.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from latex2mathml.converter import convert

CODE = re.compile(r"(^```.*?^```|^    .*?$|`[^`\n]+`)", flags=re.MULTILINE | re.DOTALL)
FORMULA = re.compile(r"\$\$(?P<block>.+?)\$\$|\$(?P<inline>[^$\n]+?)\$", flags=re.DOTALL)
MARK = "xformulax{}x"
NO_DEFAULT = "<code>Sentinel.UNSET</code>"

_formulas: list[str] = []


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put a mark in the place of each formula, so that Markdown leaves its underscores alone."""
    _formulas.clear()
    parts = CODE.split(markdown)
    return "".join(part if index % 2 else FORMULA.sub(_kept, part) for index, part in enumerate(parts))


def on_page_content(html: str, **_: Any) -> str:
    """Put the formulas back, as MathML with their source as the words for who cannot see them; mend the commands."""
    for index, formula in enumerate(_formulas):
        html = html.replace(MARK.format(index), formula)
    return html.replace(NO_DEFAULT, "–")


def _kept(found: re.Match[str]) -> str:
    source = found["block"] or found["inline"]
    display = "block" if found["block"] else "inline"
    formula = convert(source.strip(), display=display)
    _formulas.append(formula.replace("<math ", f'<math alttext="{escape(source.strip())}" ', 1))
    return MARK.format(len(_formulas) - 1)

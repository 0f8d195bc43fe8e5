"""Parameters of notebooks as a person types them: `03.covariates=log10_population,hdi`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from redegov_analysis.errors import ParameterError
from redegov_analysis.language import Phrase
from redegov_analysis.reports.parameters import Parameter, Schema, Value

Settings = Mapping[str, Mapping[str, str]]

GIVEN_BY_OPTIONS: Final = {
    "language": "--language",
    "as_of": "--as-of",
    "membership": "--membership",
    "uf": "--states",
    "ibge_code": "--municipalities",
}
"""Parameters that have an option of their own, which gives every notebook the same."""


def read_settings(texts: Sequence[str]) -> Settings:
    """Return what was typed, by notebook and parameter.

    Parameters
    ----------
    texts
        Each `NOTEBOOK.PARAMETER=VALUE`; the notebook by its number or its name.

    Raises
    ------
    ParameterError
        If a text has another form, or a parameter is given twice.

    Examples
    --------
    >>> read_settings(["03.covariates=main+capacity"])
    {'03': {'covariates': 'main+capacity'}}
    """
    settings: dict[str, dict[str, str]] = {}
    for text in texts:
        target, equals, value = text.partition("=")
        notebook, dot, name = target.strip().rpartition(".")
        if not (equals and dot and notebook and name):
            raise ParameterError(
                "--set {text!r} is not NOTEBOOK.PARAMETER=VALUE, for example --set 03.covariates=log10_population,hdi.",
                text=text,
            )
        if name in settings.get(notebook, {}):
            raise ParameterError("--set gives {notebook}.{name} twice. Give it once.", notebook=notebook, name=name)
        settings.setdefault(notebook, {})[name] = value.strip()
    return settings


def settings_of(schema: Schema, settings: Settings) -> dict[str, Value]:
    """Return the values that were set for a notebook, each of its parameter's type and checked.

    Raises
    ------
    ParameterError
        If the notebook has no such parameter, a value is not allowed, or the parameter has an option of its own.
    """
    found: dict[str, Value] = {}
    for notebook, values in settings.items():
        if not names_notebook(notebook, schema.notebook):
            continue
        for name, text in values.items():
            if name in GIVEN_BY_OPTIONS:
                raise ParameterError(
                    "--set {notebook}.{name}: use {option}, for every notebook alike.",
                    notebook=notebook,
                    name=name,
                    option=GIVEN_BY_OPTIONS[name],
                )
            if name not in schema.parameters:
                known: str | Phrase = ", ".join(
                    each for each in schema.parameters if each not in GIVEN_BY_OPTIONS
                ) or Phrase("none to set")
                raise ParameterError(
                    "--set {notebook}.{name}: {name_2} has {known}.",
                    notebook=notebook,
                    name=name,
                    name_2=schema.notebook.name,
                    known=known,
                )
            found[name] = schema.parameters[name].checked(_typed(schema.parameters[name], text))
    return found


def require_notebooks(settings: Settings, notebooks: Sequence[Path]) -> None:
    """Refuse settings for a notebook that is not there."""
    for name in settings:
        if not any(names_notebook(name, path) for path in notebooks):
            known = ", ".join(path.stem for path in notebooks)
            raise ParameterError("--set {name}: there is no such notebook. There are: {known}.", name=name, known=known)


def names_notebook(name: str, path: Path) -> bool:
    """Return whether a name, such as `03` or `03_adoption_drivers`, means a notebook."""
    return name in (path.stem, path.stem.partition("_")[0])


def _typed(parameter: Parameter, text: str) -> object:
    """Return a text as a value of the parameter's type, or as it is where it is none: `checked` then says so."""
    try:
        match parameter.type:
            case "integer":
                return int(text)
            case "number":
                return float(text)
            case "boolean":
                return {"true": True, "false": False}[text.lower()]
    except (ValueError, KeyError):
        pass
    return text

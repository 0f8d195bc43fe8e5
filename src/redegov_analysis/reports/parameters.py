"""What each notebook may be given: a typed schema beside it, held against the notebook's own `parameters` cell.

`04_growth_forecast.ipynb` has its schema in `04_growth_forecast.parameters.toml`, one table per parameter::

    [horizon_months]
    type = "integer"
    minimum = 1
    maximum = 120
    default = 18
    label = "Months to forecast"

Types are `integer`, `number`, `boolean`, `date` (an ISO date, or nothing), `choice`, `choices` (one or more of them,
with commas between), `name` (lower-case letters, digits and hyphens, or nothing) and `municipality` (a code of IBGE).
None of them is free text, so that a value can only ever be data. Names of parameters come from the schema alone:
nothing that a user types becomes code.
"""

from __future__ import annotations

import ast
import json
import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, cast

from redegov_analysis.data.json_text import json_fault
from redegov_analysis.errors import ParameterError
from redegov_analysis.language import Phrase

Value = str | int | float | bool

_TYPES: Final[Mapping[str, type]] = {
    "integer": int,
    "number": float,
    "boolean": bool,
    "date": str,
    "choice": str,
    "choices": str,
    "name": str,
    "municipality": str,
}
_NAME: Final = re.compile(r"[a-z0-9-]{0,64}")
_CODE: Final = re.compile(r"[1-5][0-9]{6}")
_FIELDS: Final = {"type", "default", "label", "minimum", "maximum", "choices"}


@dataclass(frozen=True)
class Parameter:
    """One parameter of a notebook.

    Attributes
    ----------
    name
        As it stands in the notebook.
    type
        `integer`, `number`, `boolean`, `date`, `choice`, `choices`, `name` or `municipality`.
    default
        The value in the notebook's own cell.
    label
        What it is, in English; translated when shown.
    minimum, maximum
        Bounds of a number, both allowed values.
    choices
        The values of a `choice` or of `choices`.
    """

    name: str
    type: str
    default: Value
    label: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()

    def checked(self, value: object) -> Value:
        """Return `value` when it is of the right type and in range.

        Parameters
        ----------
        value
            What was given; text is not turned into numbers here.

        Returns
        -------
        Value
            The value itself.

        Raises
        ------
        ParameterError
            If it is not.

        Examples
        --------
        >>> Parameter("draws", "integer", 2000, "Draws", minimum=100).checked(500)
        500
        """
        if not self._has_type(value):
            raise self._refusal(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            low, high = self.minimum, self.maximum
            if (low is not None and value < low) or (high is not None and value > high):
                raise self._refusal(value)
        return cast("Value", value)

    def _refusal(self, value: object) -> ParameterError:
        return ParameterError(
            "Parameter {name} is {value!r}",
            expected=self.allowed,
            remedy="Give another value, or leave it out for {default!r}.",
            name=self.name,
            value=value,
            default=self.default,
        )

    @property
    def expected(self) -> str:
        """What a value must be, in English."""
        return self.allowed.told()

    @property
    def allowed(self) -> Phrase:
        """What a value must be, in words."""
        if self.type == "choice":
            return Phrase("one of {known}", {"known": ", ".join(self.choices)})
        if self.type == "choices":
            return Phrase(
                "one or more of these, with commas between and none twice: {known}", {"known": ", ".join(self.choices)}
            )
        if self.type == "date":
            return Phrase("a date such as 2025-12-08, or nothing")
        if self.type == "name":
            return Phrase("a name of lower-case letters, digits and hyphens, or nothing")
        if self.type == "municipality":
            return Phrase("an IBGE code of seven digits, such as 3518701")
        kind = {
            "integer": Phrase("a whole number"),
            "number": Phrase("a number"),
            "boolean": Phrase("true or false"),
        }[self.type]
        values = {"kind": kind, "low": self.minimum, "high": self.maximum}
        if self.minimum is not None and self.maximum is not None:
            return Phrase("{kind} of at least {low:g} and at most {high:g}", values)
        if self.minimum is not None:
            return Phrase("{kind} of at least {low:g}", values)
        return kind if self.maximum is None else Phrase("{kind} of at most {high:g}", values)

    def _has_type(self, value: object) -> bool:
        match self.type:
            case "boolean":
                return isinstance(value, bool)
            case "integer":
                return isinstance(value, int) and not isinstance(value, bool)
            case "number":
                return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
            case "choice":
                return isinstance(value, str) and value in self.choices
            case "choices":
                parts = [part.strip() for part in value.split(",")] if isinstance(value, str) else []
                return 0 < len(set(parts)) == len(parts) and set(parts) <= set(self.choices)
            case "name":
                return isinstance(value, str) and _NAME.fullmatch(value) is not None
            case "municipality":
                return isinstance(value, str) and _CODE.fullmatch(value) is not None
            case _:
                return isinstance(value, str) and _is_date(value)


@dataclass(frozen=True)
class Schema:
    """The parameters of one notebook.

    Attributes
    ----------
    notebook
        Path of the notebook.
    parameters
        Its parameters by name, in the order of the schema.
    """

    notebook: Path
    parameters: Mapping[str, Parameter]

    def resolve(self, given: Mapping[str, object]) -> dict[str, Value]:
        """Return a value for every parameter: the given one, checked, or the default.

        Parameters
        ----------
        given
            Values by name, of the right types.

        Returns
        -------
        dict
            One value per parameter, in the order of the schema.

        Raises
        ------
        ParameterError
            If a name is unknown or a value is not allowed.
        """
        for name in given:
            if name not in self.parameters:
                known = ", ".join(self.parameters) or "none"
                raise ParameterError(
                    "{notebook} has no parameter {name!r}",
                    remedy="It has: {known}.",
                    notebook=self.notebook.name,
                    name=name,
                    known=known,
                )
        return {
            name: parameter.checked(given[name]) if name in given else parameter.default
            for name, parameter in self.parameters.items()
        }


def read_schema(notebook: Path) -> Schema:
    """Return the schema of a notebook, after holding it against the notebook's `parameters` cell.

    Parameters
    ----------
    notebook
        Path of an `.ipynb`; the schema is the `.parameters.toml` of the same name beside it.

    Returns
    -------
    Schema
        The parameters in the order of the file.

    Raises
    ------
    ParameterError
        If the schema is missing or wrong, or if names, types or defaults differ from the notebook's cell.
    """
    path = notebook.with_suffix(".parameters.toml")
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ParameterError(
            "{name} has no schema. Write one table per parameter in {name_2}.", name=notebook.name, name_2=path.name
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise ParameterError("{name} is not valid TOML: {error}.", name=path.name, error=_toml_fault(error)) from None
    schema = Schema(notebook, {name: _parameter(name, table, path) for name, table in tables.items()})
    _hold_against_cell(schema, path)
    return schema


def _toml_fault(error: tomllib.TOMLDecodeError) -> Phrase:
    """Return where it is wrong; Python's parser tells the place within an English sentence."""
    place = re.search(r"at line (\d+), column (\d+)", str(error))
    if place is None:
        return Phrase("it ends too early")
    return Phrase("see line {line}, column {column}", {"line": int(place[1]), "column": int(place[2])})


def _parameter(name: str, table: Any, path: Path) -> Parameter:
    where = Phrase("{file}, parameter {name}", {"file": path.name, "name": name})
    if not isinstance(table, dict) or not name.isidentifier() or name.startswith("_"):
        raise ParameterError("{place}: expected a table whose name is a Python name.", place=where)
    unknown, missing = table.keys() - _FIELDS, {"type", "default", "label"} - table.keys()
    if (
        unknown
        or missing
        or table["type"] not in _TYPES
        or (table["type"] in {"choice", "choices"}) != ("choices" in table)
    ):
        raise ParameterError(
            "{place}: expected type ({types}), default and label, for numbers minimum and maximum, for a "
            "choice its choices; found {table}.",
            place=where,
            types=", ".join(_TYPES),
            table=", ".join(sorted(table)),
        )
    parameter = Parameter(name=name, **{**table, "choices": tuple(table.get("choices", ()))})
    try:
        parameter.checked(parameter.default)
    except ParameterError as error:
        raise ParameterError("{place}, default: {error}", place=where, error=error) from None
    return parameter


def _hold_against_cell(schema: Schema, path: Path) -> None:
    """Refuse a schema whose names, types or defaults differ from what the notebook itself says."""
    declared = _declarations(schema.notebook)
    for name in schema.parameters.keys() ^ declared.keys():
        has, lacks = (
            (path.name, schema.notebook.name) if name in schema.parameters else (schema.notebook.name, path.name)
        )
        raise ParameterError(
            "Parameter {name} is in {has} but not in {lacks}. Give both the same parameters.",
            name=name,
            has=has,
            lacks=lacks,
        )
    for name, parameter in schema.parameters.items():
        annotation, default = declared[name]
        expected = _TYPES[parameter.type].__name__
        if annotation != expected or default != parameter.default or type(default) is not type(parameter.default):
            raise ParameterError(
                "{name} says `{name_2}: {annotation} = {default!r}`, but {schema} says `{name_2}: "
                "{wanted} = {default_2!r}`. Make them equal.",
                name=schema.notebook.name,
                name_2=name,
                annotation=annotation,
                default=default,
                schema=path.name,
                wanted=expected,
                default_2=parameter.default,
            )


def _declarations(notebook: Path) -> dict[str, tuple[str, object]]:
    """Return annotation and default of each name in the cell tagged `parameters`."""
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    except ValueError as error:
        raise ParameterError(
            "{notebook} cannot be read as a notebook: {error}.", notebook=notebook, error=json_fault(error)
        ) from None
    except (OSError, KeyError, TypeError) as error:
        fault = error.strerror if isinstance(error, OSError) else Phrase("it holds no list of cells")
        raise ParameterError(
            "{notebook} cannot be read as a notebook: {error}.", notebook=notebook, error=fault
        ) from None
    tagged = [cell for cell in cells if "parameters" in cell.get("metadata", {}).get("tags", [])]
    if len(tagged) != 1:
        raise ParameterError(
            "{name} must have one cell tagged `parameters`; found {n_tagged}.", name=notebook.name, n_tagged=len(tagged)
        )
    declared: dict[str, tuple[str, object]] = {}
    try:
        for node in ast.parse("".join(tagged[0]["source"])).body:
            if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value):
                raise ParameterError("line {line}", line=node.lineno)
            declared[node.target.id] = (ast.unparse(node.annotation), ast.literal_eval(node.value))
    except (SyntaxError, ValueError, ParameterError) as error:
        raise ParameterError(
            'The parameters cell of {name} may only hold lines such as `uf: str = "SP"` ({error}).',
            name=notebook.name,
            error=error,
        ) from None
    return declared


def _is_date(text: str) -> bool:
    if not text:
        return True
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False

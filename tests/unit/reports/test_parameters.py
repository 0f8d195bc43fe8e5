from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from redegov_analysis.errors import ParameterError
from redegov_analysis.reports.parameters import Parameter, read_schema

ROOT = Path(__file__).resolve().parents[3]
CELL = 'horizon: int = 18\nscale: float = 1.5\nbold: bool = False\nas_of: str = ""\nuf: str = "SP"'
SCHEMA = """
[horizon]
type = "integer"
minimum = 1
maximum = 120
default = 18
label = "Months"

[scale]
type = "number"
minimum = 0
default = 1.5
label = "Scale"

[bold]
type = "boolean"
default = false
label = "Bold"

[as_of]
type = "date"
default = ""
label = "Day"

[uf]
type = "choice"
choices = ["SP", "MG"]
default = "SP"
label = "State"
"""


def write(folder: Path, cell: str = CELL, schema: str = SCHEMA) -> Path:
    code = new_code_cell(cell)
    code.metadata.tags = ["parameters"]
    path = folder / "01_any.ipynb"
    path.write_text(nbformat.writes(new_notebook(cells=[code])))
    path.with_suffix(".parameters.toml").write_text(schema)
    return path


@pytest.mark.parametrize("value", ["3518701\n", "351870", "9518701", 3518701, "", "35187011", "x518701"])
def test_a_municipality_is_seven_digits_of_a_region_and_nothing_else(value: object) -> None:
    parameter = Parameter("ibge_code", "municipality", "3518701", "Municipality")
    assert parameter.checked("1302603") == "1302603"
    with pytest.raises(ParameterError, match="IBGE code of seven digits"):
        parameter.checked(value)


def test_what_is_not_given_has_its_default(tmp_path: Path) -> None:
    resolved = read_schema(write(tmp_path)).resolve({"uf": "MG"})
    assert resolved == {"horizon": 18, "scale": 1.5, "bold": False, "as_of": "", "uf": "MG"}


@pytest.mark.parametrize("name", ["Uf", "uf ", "__import__", "uf = 'SP'; import os; os.abort()\nuf", ""])
def test_a_name_that_the_notebook_lacks_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ParameterError, match="has no parameter"):
        read_schema(write(tmp_path)).resolve({name: "SP"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("horizon", 0),
        ("horizon", 121),
        ("horizon", True),
        ("horizon", 18.0),
        ("horizon", "18"),
        ("scale", float("nan")),
        ("scale", float("inf")),
        ("scale", -0.1),
        ("bold", 1),
        ("as_of", "2025-13-01"),
        ("as_of", "20251208"),
        ("as_of", '"); import os'),
        ("uf", "sp"),
        ("uf", "SP\n"),
        ("uf", None),
        ("uf", ["SP"]),
    ],
)
def test_a_value_of_the_wrong_type_or_range_is_refused(tmp_path: Path, name: str, value: object) -> None:
    with pytest.raises(ParameterError, match=f"Parameter {name} is .*; expected"):
        read_schema(write(tmp_path)).resolve({name: value})


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        (CELL.replace("18", "24"), "horizon: int = 24"),
        (CELL.replace("horizon: int", "horizon: float"), "horizon: float"),
        (CELL + "\nseed: int = 0", "seed is in 01_any.ipynb but not in 01_any.parameters.toml"),
        (CELL.replace("bold: bool = False\n", ""), "bold is in 01_any.parameters.toml but not in 01_any.ipynb"),
        (CELL.replace("18", "int(18)"), "may only hold lines such as"),
        (CELL + "\nprint(uf)", "may only hold lines such as"),
    ],
)
def test_a_schema_must_say_what_the_notebook_says(tmp_path: Path, cell: str, told: str) -> None:
    with pytest.raises(ParameterError, match=told):
        read_schema(write(tmp_path, cell))


@pytest.mark.parametrize(
    "schema",
    [
        SCHEMA.replace("default = 18", "default = 0"),
        SCHEMA.replace('type = "integer"', 'type = "text"'),
        SCHEMA.replace("maximum", "max"),
        SCHEMA.replace('label = "Months"', ""),
        SCHEMA.replace('choices = ["SP", "MG"]', ""),
        SCHEMA.replace("[bold]", "[bold"),
        "horizon = 18",
    ],
)
def test_a_wrong_schema_is_refused(tmp_path: Path, schema: str) -> None:
    with pytest.raises(ParameterError, match=r"01_any\.parameters\.toml"):
        read_schema(write(tmp_path, schema=schema))


def test_a_notebook_without_a_schema_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.with_suffix(".parameters.toml").unlink()
    with pytest.raises(ParameterError, match="has no schema"):
        read_schema(path)


def test_a_notebook_without_a_parameters_cell_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.write_text(nbformat.writes(new_notebook(cells=[new_code_cell(CELL)])))
    with pytest.raises(ParameterError, match="one cell tagged `parameters`; found 0"):
        read_schema(path)


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")), ids=lambda path: path.stem)
def test_each_notebook_of_ours_agrees_with_its_schema(path: Path) -> None:
    assert read_schema(path).resolve({"language": "pt-BR"})["language"] == "pt-BR"

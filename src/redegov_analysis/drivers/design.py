"""A design matrix that knows which of its columns are exclusive dummies.

A discrete-time hazard model carries one dummy per month. A dense product treats each of them as a full column; but in
every row at most one is 1, so sums over the rows of each month say the same for a fraction of the work. The design
finds such sets of columns by itself, scales the others, and gives the few products that Newton's method needs. What
comes out is exact: only the order of the additions differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from redegov_analysis.errors import IdentificationError, ParameterError
from redegov_analysis.language import Phrase, Several

_NUMBERS = frozenset({"integer", "floating", "mixed-integer-float", "boolean"})
NOT_NUMERIC = Phrase(
    "Give numbers or booleans; make dummies of categories first (for example with pandas.get_dummies)."
)

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Fewer exclusive dummies than this are cheaper as ordinary columns.
SMALLEST_FACTOR = 3

#: Smallest eigenvalue of the scaled cross-product below which columns count as linearly dependent.
DEPENDENCE = 1e-11


@dataclass(frozen=True)
class Factor:
    """Columns of which at most one is 1 in each row.

    Attributes
    ----------
    codes
        For each row the number of its column within `positions`; `len(positions)` where all are 0.
    positions
        Where the columns stand in the design.
    full
        Whether every row has its column, so that the columns add up to the constant.
    """

    codes: IntArray
    positions: IntArray
    full: bool

    def sums(self, values: FloatArray) -> FloatArray:
        """Return the sum over the rows of each column.

        Parameters
        ----------
        values
            One per row, shape (n,).

        Returns
        -------
        FloatArray
            One per dummy, in the order of `positions`.
        """
        total = np.bincount(self.codes, weights=values, minlength=len(self.positions) + 1)
        return total[:-1].astype(np.float64)


@dataclass(frozen=True)
class Design:
    """A design matrix of n rows and p named columns, in the scale that its fit uses.

    Attributes
    ----------
    names
        The names of the p columns, in the order given.
    factors
        The sets of exclusive dummies.
    dense
        The other columns, one per row (k × n), centred where the design holds a constant and scaled to unit spread.
    dense_positions
        Where these stand in the design.
    back
        p × p matrix that turns coefficients of the scaled columns into those of the given ones.
    intercept
        Positions of the columns that together make the constant; empty where the design has none.
    rows
        n.
    """

    names: tuple[str, ...]
    rows: int
    factors: tuple[Factor, ...]
    dense: FloatArray
    dense_positions: IntArray
    back: FloatArray
    intercept: IntArray

    def predictor(self, beta: FloatArray) -> FloatArray:
        """Return the linear predictor of each row.

        Parameters
        ----------
        beta
            Coefficients of the scaled columns, length p.

        Returns
        -------
        FloatArray
            Xβ, length n.
        """
        eta = beta[self.dense_positions] @ self.dense
        for factor in self.factors:
            eta += np.append(beta[factor.positions], 0.0)[factor.codes]
        return eta

    def score(self, residual: FloatArray) -> FloatArray:
        """Return what residuals add up to over each column.

        Parameters
        ----------
        residual
            r, length n.

        Returns
        -------
        FloatArray
            X'r, length p.
        """
        total = np.zeros(len(self.names))
        total[self.dense_positions] = self.dense @ residual
        for factor in self.factors:
            total[factor.positions] = factor.sums(residual)
        return total

    def gram(self, weight: FloatArray) -> FloatArray:
        """Return the weighted cross products of the columns.

        Parameters
        ----------
        weight
            The diagonal of W, length n.

        Returns
        -------
        FloatArray
            X'WX, p × p.
        """
        total = np.zeros((len(self.names), len(self.names)))
        weighted = self.dense * weight
        total[np.ix_(self.dense_positions, self.dense_positions)] = weighted @ self.dense.T
        for i, factor in enumerate(self.factors):
            total[factor.positions, factor.positions] = factor.sums(weight)
            for position, column in zip(self.dense_positions, weighted, strict=True):
                total[factor.positions, position] = total[position, factor.positions] = factor.sums(column)
            for other in self.factors[:i]:
                width = len(other.positions) + 1
                pair = np.bincount(
                    factor.codes * width + other.codes,
                    weights=weight,
                    minlength=(len(factor.positions) + 1) * width,
                ).reshape(-1, width)[:-1, :-1]
                total[np.ix_(factor.positions, other.positions)] = pair
                total[np.ix_(other.positions, factor.positions)] = pair.T
        return total

    def quadratic(self, matrix: FloatArray) -> FloatArray:
        """Return the value of x'Ax for each row x.

        Parameters
        ----------
        matrix
            A, symmetric, p × p.

        Returns
        -------
        FloatArray
            Length n.
        """
        inner = matrix[np.ix_(self.dense_positions, self.dense_positions)]
        total: FloatArray = np.einsum("kn,kn->n", inner @ self.dense, self.dense)
        for i, factor in enumerate(self.factors):
            total += np.append(matrix[factor.positions, factor.positions], 0.0)[factor.codes]
            cross = np.zeros((len(self.dense_positions), len(factor.positions) + 1))
            cross[:, :-1] = 2 * matrix[np.ix_(self.dense_positions, factor.positions)]
            for column, row in zip(self.dense, cross, strict=True):
                total += column * row[factor.codes]
            for other in self.factors[:i]:
                block = np.zeros((len(factor.positions) + 1, len(other.positions) + 1))
                block[:-1, :-1] = 2 * matrix[np.ix_(factor.positions, other.positions)]
                total += block[factor.codes, other.codes]
        return total

    def cluster_scores(self, residual: FloatArray, cluster: IntArray, clusters: int) -> FloatArray:
        """Return what residuals add up to over each column within each cluster.

        Parameters
        ----------
        residual
            r, length n.
        cluster
            The cluster of each row, from 0, length n.
        clusters
            How many there are.

        Returns
        -------
        FloatArray
            Sums of x·r, clusters × p.
        """
        total = np.zeros((clusters, len(self.names)))
        for position, column in zip(self.dense_positions, self.dense, strict=True):
            total[:, position] = np.bincount(cluster, weights=column * residual, minlength=clusters)
        for factor in self.factors:
            width = len(factor.positions) + 1
            sums = np.bincount(cluster * width + factor.codes, weights=residual, minlength=clusters * width)
            total[:, factor.positions] = sums.reshape(clusters, width)[:, :-1]
        return total


def numeric_columns(X: pd.DataFrame) -> list[FloatArray]:
    """Return the columns of a table as arrays of floats.

    Parameters
    ----------
    X
        Numbers or booleans, also where objects hold them.

    Returns
    -------
    list
        One array of n floats per column, missing as NaN.

    Raises
    ------
    ParameterError
        If a column is not numeric or two columns have the same name.
    """
    if not X.columns.is_unique:
        twice = sorted({str(name) for name in X.columns[X.columns.duplicated()]})
        raise ParameterError("Columns appear twice in X: {twice}. Rename or drop one of each.", twice=", ".join(twice))
    columns = []
    for name in X.columns:
        column = X[name]
        # Numbers and booleans among which some were missing often come as objects.
        if column.dtype == object and pd.api.types.infer_dtype(column, skipna=True) in _NUMBERS:
            column = column.astype("Float64")
        if pd.api.types.is_complex_dtype(column.dtype) or not (
            pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype)
        ):
            raise ParameterError(
                "Column {name!r} of X has the type {dtype}. {advice}", name=name, dtype=column.dtype, advice=NOT_NUMERIC
            )
        columns.append(column.to_numpy(dtype=np.float64, na_value=np.nan))
    return columns


def build_design(
    columns: Sequence[FloatArray], names: Sequence[str], baseline: tuple[IntArray, Sequence[str]] | None = None
) -> Design:
    """Return the design of some columns and, optionally, one baseline dummy per category.

    Parameters
    ----------
    columns
        p arrays of n finite numbers.
    names
        Their names.
    baseline
        For each row the number of its category, and the names of the categories; they come before the columns.

    Returns
    -------
    Design
        Scaled, and checked for constant and linearly dependent columns.

    Raises
    ------
    IdentificationError
        If a column is zero throughout, if more than one column or set of dummies makes the constant, or if columns are
        linearly dependent.
    """
    rows = len(baseline[0]) if baseline is not None else len(columns[0])
    offset = 0 if baseline is None else len(baseline[1])
    all_names = (*(() if baseline is None else baseline[1]), *(str(name) for name in names))
    factors, loose = _exclusive_sets(columns, offset)
    if baseline is not None:
        factors.insert(0, Factor(baseline[0].astype(np.int64), np.arange(offset, dtype=np.int64), True))
    spread = {i: float(np.ptp(columns[i])) for i in loose}
    constant = [i for i in loose if spread[i] == 0]
    _refuse_constants(columns, all_names, offset, constant, factors)
    intercept: IntArray = np.array([], dtype=np.int64)
    if constant:
        intercept = np.array([offset + constant[0]], dtype=np.int64)
    elif any(factor.full for factor in factors):
        intercept = next(factor.positions for factor in factors if factor.full)
    back = np.eye(len(all_names))
    dense = np.empty((len(loose), rows))
    for row, i in enumerate(loose):
        column, position = columns[i], offset + i
        if i in constant:
            dense[row], back[position, position] = 1.0, 1.0 / column[0]
            continue
        centre = float(column.mean()) if len(intercept) else 0.0
        centred = column - centre
        scale = float(np.sqrt(np.mean(centred**2)))
        dense[row] = centred / scale
        back[position, position] = 1.0 / scale
        unit = columns[constant[0]][0] if constant else 1.0
        back[intercept, position] = -centre / scale / unit
    design = Design(
        names=all_names,
        rows=rows,
        factors=tuple(factors),
        dense=dense,
        dense_positions=np.array([offset + i for i in loose], dtype=np.int64),
        back=back,
        intercept=intercept,
    )
    _refuse_dependence(design)
    return design


def _exclusive_sets(columns: Sequence[FloatArray], offset: int) -> tuple[list[Factor], list[int]]:
    """Find sets of 0/1 columns of which at most one is 1 in a row, and the columns that are in none."""
    sets: list[tuple[npt.NDArray[np.bool_], list[int], list[IntArray]]] = []
    loose: list[int] = []
    for i, column in enumerate(columns):
        ones = column == 1
        if not np.all(ones | (column == 0)) or ones.all():
            loose.append(i)
            continue
        where = np.flatnonzero(ones)
        for taken, members, rows in sets:
            if not taken[where].any():
                taken[where] = True
                members.append(i)
                rows.append(where)
                break
        else:
            sets.append((ones.copy(), [i], [where]))
    factors = []
    for taken, members, rows in sets:
        if len(members) < SMALLEST_FACTOR:
            loose.extend(members)
            continue
        codes = np.full(len(taken), len(members), dtype=np.int64)
        for code, where in enumerate(rows):
            codes[where] = code
        factors.append(Factor(codes, np.array(members, dtype=np.int64) + offset, bool(taken.all())))
    return factors, sorted(loose)


def _refuse_constants(
    columns: Sequence[FloatArray], names: Sequence[str], offset: int, constant: list[int], factors: list[Factor]
) -> None:
    zero = [names[offset + i] for i in constant if columns[i][0] == 0]
    for factor in factors:
        used = np.bincount(factor.codes, minlength=len(factor.positions))
        zero += [names[position] for position, rows in zip(factor.positions, used, strict=False) if rows == 0]
    if zero:
        raise IdentificationError(
            "{count:Column|Columns} {columns} {count:is|are} zero in every row used. Leave {count:it|them} out: "
            "{count:it says|they say} nothing.",
            count=len(zero),
            columns=", ".join(zero),
        )
    full = [factor for factor in factors if factor.full]
    if len(constant) > 1 or (constant and full) or len(full) > 1:
        kinds: list[str | Phrase] = [names[offset + i] for i in constant]
        kinds += [
            Phrase("the dummies {first} … {last}", {"first": names[f.positions[0]], "last": names[f.positions[-1]]})
            for f in full
        ]
        raise IdentificationError(
            "More than one constant among the columns: {kinds}. A model has room for one: leave out the "
            "constant column, or one dummy of each set as its reference.",
            kinds=Several(kinds),
        )


def _refuse_dependence(design: Design) -> None:
    cross = design.gram(np.ones(design.rows))
    scale = np.sqrt(np.diag(cross))
    values, vectors = np.linalg.eigh(cross / np.outer(scale, scale))
    if values[0] > DEPENDENCE:
        return
    share = np.abs(vectors[:, 0])
    involved = [name for name, part in zip(design.names, share, strict=True) if part > 0.05 * share.max()]
    raise IdentificationError(
        "These columns are linearly dependent, so their effects cannot be told apart: {involved}. Leave one of "
        "them out.",
        involved=", ".join(involved),
    )

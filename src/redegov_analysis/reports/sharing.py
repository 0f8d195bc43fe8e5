"""Results that the notebooks of one run share: worked out once, and found by all that is forked afterwards."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import pandas as pd

_P = ParamSpec("_P")
_R = TypeVar("_R")


def shared(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Let the notebooks of one run share the result of a pure function of tables.

    The result is kept in memory for arguments of the same content, and so is there in every process that is forked
    afterwards. Callers must not change it.

    Parameters
    ----------
    function
        Its arguments are tables and plain values, and its result depends on nothing else.

    Examples
    --------
    >>> calls = []
    >>> @shared
    ... def total(table):
    ...     calls.append(1)
    ...     return int(table["count"].sum())
    >>> total(pd.DataFrame({"count": [1, 2]})), total(pd.DataFrame({"count": [1, 2]})), len(calls)
    (3, 3, 1)
    """
    kept: dict[str, _R] = {}

    @wraps(function)
    def remembered(*arguments: _P.args, **named: _P.kwargs) -> _R:
        key = content_digest(*arguments, *sorted(named.items()))
        if key not in kept:
            kept.clear()  # one run has one set of arguments; a long session must not gather results
            kept[key] = function(*arguments, **named)
        return kept[key]

    return remembered


def content_digest(*values: Any) -> str:
    """Return a digest of tables and plain values that is equal only for equal content.

    >>> one, other = pd.DataFrame({"a": [1, None]}), pd.DataFrame({"a": [1, 2]})
    >>> content_digest(one) == content_digest(one.copy()), content_digest(one) == content_digest(other)
    (True, False)
    """
    digest = hashlib.sha256()
    for value in values:
        if isinstance(value, pd.DataFrame):
            described = [(str(name), str(kind)) for name, kind in value.dtypes.items()]
            digest.update(f"{described};{value.index.names};{len(value)};".encode())
            digest.update(pd.util.hash_pandas_object(value).to_numpy().tobytes())
        else:
            digest.update(f"{value!r};".encode())
    return digest.hexdigest()

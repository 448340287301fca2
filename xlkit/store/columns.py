"""Columns as a data frame takes them: every different text once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

Frame = dict[str, Any]
"""Columns by name, as a data frame takes them."""


def columns_of(names: Sequence[str], lines: Iterable[Sequence[object]]) -> Frame:
    """Lines as columns."""
    columns = list(zip(*lines, strict=True)) or [()] * len(names)
    return {name: _array(content) for name, content in zip(names, columns, strict=True)}


def _array(content: Sequence[object]) -> pd.Categorical | Array:
    """A column of numbers, truths or texts; ``None`` becomes an empty number where it is among numbers."""
    import numpy as np

    known = [one for one in content if one is not None]
    if known and not isinstance(known[0], str):
        return np.array([float("nan") if one is None else one for one in content])
    return texts_of(content)


def same_text(text: str, count: int) -> pd.Categorical:
    """A column of one text."""
    import numpy as np
    import pandas as pd

    return pd.Categorical.from_codes(np.zeros(count, dtype=np.int8), categories=pd.Index([text], dtype=object))


def words_of(column: pd.Series[Any]) -> pd.Categorical:
    """A categorical column as texts."""
    import pandas as pd

    words = pd.Index([str(word) for word in column.cat.categories], dtype=object)
    return pd.Categorical.from_codes(column.cat.codes.to_numpy(), categories=words)


def texts_of(content: Iterable[object]) -> pd.Categorical | Array:
    """A column of texts, each different one once: DuckDB takes those many times as fast as single ones.

    Halves of characters, which file names of Unix may hold, are escaped.
    """
    import numpy as np
    import pandas as pd

    listed = content.to_numpy(dtype=object) if isinstance(content, pd.Series) else _objects(content)
    codes, different = pd.factorize(listed)
    if not len(different):
        return np.full(len(listed), None, dtype=object)
    words = pd.Index([str(t).encode("utf-8", "backslashreplace").decode() for t in different], dtype=object)
    return pd.Categorical.from_codes(codes, categories=words)


def _objects(content: Iterable[object]) -> Array:
    import numpy as np

    listed = list(content)
    objects = np.empty(len(listed), dtype=object)
    objects[:] = listed
    return objects

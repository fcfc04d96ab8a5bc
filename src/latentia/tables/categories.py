"""Text and categories as codes: the position of each cell's text in a list of categories.

Where the column brings its categories along, as a categorical of pandas does, their order stays.
Otherwise they are sorted, so that the order of the rows does not matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.tables.arrow_numbers import to_floats
from latentia.tables.labels import cell_as_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def codes_of_text(column: pa.ChunkedArray) -> tuple[Array, tuple[str, ...]]:
    """Return the codes of text, nan where it is missing or blank, and the categories, sorted.

    Examples
    --------
    >>> import pyarrow as pa
    >>> codes_of_text(pa.chunked_array([["white", "red", None, "white"]]))
    (array([ 1.,  0., nan,  1.]), ('red', 'white'))
    """
    import pyarrow as pa

    stored = column.cast(pa.large_string()).dictionary_encode()
    return _codes(stored, lambda texts: sorted(set(texts)))


def codes_of_dictionary(column: pa.ChunkedArray) -> tuple[Array, tuple[str, ...]]:
    """Return the codes of a dictionary column, and its categories in their order.

    Examples
    --------
    >>> import pyarrow as pa
    >>> grades = pa.DictionaryArray.from_arrays([1, 0, None], ["low", "high"])
    >>> codes_of_dictionary(pa.chunked_array([grades]))
    (array([ 1.,  0., nan]), ('low', 'high'))
    """
    return _codes(column, lambda texts: list(dict.fromkeys(texts)))


def codes_of_cells(cells: Sequence[object]) -> tuple[Array, tuple[str, ...]]:
    """Return the codes of values of any type by their text; numbers are sorted as numbers.

    Examples
    --------
    >>> codes_of_cells([10, 9.0, None, 9])
    (array([ 1.,  0., nan,  0.]), ('9', '10'))
    """
    texts = [cell_as_text(cell) for cell in cells]
    values = {text: cell for text, cell in zip(texts, cells, strict=True) if text is not None}
    numeric = all(isinstance(cell, int | float) for cell in values.values())
    categories = sorted(values, key=(lambda text: (values[text], text)) if numeric else None)
    return matched(texts, categories), tuple(categories)


def matched(texts: Sequence[str | None], categories: Sequence[str]) -> Array:
    """Return the position of each text among the categories, nan where it is none of them.

    Examples
    --------
    >>> matched(["b", None, "z"], ["a", "b"])
    array([ 1., nan, nan])
    """
    places = {text: float(place) for place, text in enumerate(categories)}
    return np.array([places.get(text, np.nan) if text is not None else np.nan for text in texts], np.float64)


def _codes(column: pa.ChunkedArray, ordered: Any) -> tuple[Array, tuple[str, ...]]:
    """Return codes for one list of categories, whatever the dictionaries of the chunks are."""
    import pyarrow as pa

    per_chunk = [[cell_as_text(cell) for cell in chunk.dictionary.to_pylist()] for chunk in column.chunks]
    categories = ordered([text for texts in per_chunk for text in texts if text is not None])
    codes = np.full(len(column), np.nan)
    start = 0
    for chunk, texts in zip(column.chunks, per_chunk, strict=True):
        indices = to_floats(pa.chunked_array([chunk.indices]))
        there = ~np.isnan(indices)
        places = matched(texts, categories)
        codes[start : start + len(chunk)][there] = places[indices[there].astype(np.int64)]
        start += len(chunk)
    return codes, tuple(categories)

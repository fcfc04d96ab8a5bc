"""From numbers back to columns as people had them: text, dates, whole numbers."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.tables.date_forms import form_of, has_time
from latentia.tables.dates import SECONDS_PER_DAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from latentia.tables.table import Column, Schema

    Array = NDArray[np.float64]

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_TIMED = re.compile(r"timestamp|datetime64\[(?![DWMY]\])")
_ZONE = re.compile(r"tz=([^\]]+)\]")
_MICROSECONDS = 1_000_000
_TIME = re.compile(r"time(?:32|64)\[(s|ms|us|ns)\]")
_COARSE = re.compile(r"\[(s|ms)[,\]]")
_INTEGER = re.compile(r"u?int(?:8|16|32|64)")


def restored(values: Array, schema: Schema) -> pa.Table:
    """Return what a model says as columns of the types that the model was fitted with.

    Whole numbers are rounded, dates are dates again, times of the day are times, and categories text.

    Parameters
    ----------
    values : ndarray of shape (n, p)
        One column each, as `Schema.collapse` returns it: of a category, the position of its level.
    schema : Schema
        The learned columns.

    Examples
    --------
    >>> from latentia.tables.table import Column, Schema
    >>> hue = Column("hue", "category", "string", None, "", ("red", "white"), levels=("red", "white"))
    >>> columns = Schema((hue, Column("legs", "numeric", "int64", None, "")))
    >>> restored(np.array([[1.0, 3.7]]), columns).to_pylist()
    [{'hue': 'white', 'legs': 4}]
    """
    import pyarrow as pa

    return pa.table({column.name: stored(values[:, at], column) for at, column in enumerate(schema.columns)})


def stored(values: Array, column: Column) -> pa.Array:
    """Return numbers of one column in the type that it had."""
    import pyarrow as pa

    missing, types = np.isnan(values), pa.types
    to = _type_of(column)
    if column.kind == "category":
        texts = pa.array(texts_of(values, column), pa.string())
        return _as_dictionary(texts, column) if column.dtype == "category" else texts
    there = np.where(missing, 0.0, values)
    if types.is_boolean(to):
        return pa.array(there >= 0.5, to, mask=missing)  # noqa: PLR2004 - nearer to true
    if types.is_temporal(to):
        return _dated(there, missing, to)
    return pa.array(_whole_within(there, to) if types.is_integer(to) else there, to, mask=missing)


def _dated(values: Array, missing: NDArray[np.bool_], to: pa.DataType) -> pa.Array:
    """Return days as dates, and seconds as times of the day or durations."""
    import pyarrow as pa

    if pa.types.is_date32(to):
        return pa.array(np.rint(values).astype(np.int32), pa.int32(), mask=missing).cast(to)
    if pa.types.is_time(to):
        return pa.array(_microseconds_of_the_day(values, to.unit), pa.time64("us"), mask=missing).cast(to)
    seconds = values * SECONDS_PER_DAY if pa.types.is_timestamp(to) else values
    steps = {"s": 1, "ms": 1000}.get(to.unit, _MICROSECONDS)
    return pa.array(_whole(seconds * steps), pa.int64(), mask=missing).cast(to)


def texts_of(values: Array, column: Column) -> list[str | None]:
    """Return the levels at positions, None where there is none.

    Examples
    --------
    >>> from latentia.tables.table import Column
    >>> texts_of(np.array([0.0, np.nan]), Column("hue", "category", "", None, "", levels=("red",)))
    ['red', None]
    """
    return [None if np.isnan(value) else column.levels[int(value)] for value in values]


def python_cells(values: Sequence[float], column: Column) -> list[Any]:
    """Return numbers of one column as plain Python values, times in UTC."""
    array = stored(np.asarray(values, np.float64), column)
    return (array.dictionary_decode() if hasattr(array, "dictionary") else array).to_pylist()


def _type_of(column: Column) -> pa.DataType:
    import pyarrow as pa

    dtype = column.dtype
    if column.kind == "boolean":
        return pa.bool_()
    if column.kind == "date":
        return _date_type(dtype)
    if dtype.startswith(("duration", "timedelta")):
        return pa.duration(_unit(dtype))
    if time := _TIME.fullmatch(dtype):
        return pa.time32(time[1]) if time[1] in ("s", "ms") else pa.time64(time[1])
    if whole := _INTEGER.fullmatch(dtype.casefold()):
        return pa.type_for_alias(whole[0])
    return pa.float32() if dtype in ("float", "float32") else pa.float64()


def _date_type(dtype: str) -> pa.DataType:
    import pyarrow as pa

    form, zone = form_of(dtype), _ZONE.search(dtype)
    if form:
        return pa.timestamp("us") if has_time(form) else pa.date32()
    return pa.timestamp(_unit(dtype), zone[1] if zone else None) if _TIMED.search(dtype) else pa.date32()


def _unit(dtype: str) -> str:
    """Return the unit of time of a type, microseconds instead of finer ones, which reach less far."""
    coarse = _COARSE.search(dtype)
    return coarse[1] if coarse else "us"


def _microseconds_of_the_day(seconds: Array, unit: str) -> NDArray[np.int64]:
    """Return seconds as microseconds, rounded to a coarser unit, and none before or after the day."""
    step = {"s": _MICROSECONDS, "ms": 1000}.get(unit, 1)  # no time of Python's is finer than that
    steps = _MICROSECONDS // step
    return step * np.clip(_whole(seconds * steps), 0, SECONDS_PER_DAY * steps - 1)


def _whole(values: Array) -> NDArray[np.int64]:
    return np.rint(np.clip(values, -(2.0**62), 2.0**62)).astype(np.int64)


def _whole_within(values: Array, to: pa.DataType) -> NDArray[Any]:
    """Return whole numbers, the nearest that an integer type has."""
    type_of_array = np.dtype(to.to_pandas_dtype())
    extremes = np.iinfo(type_of_array)
    return np.clip(_whole(values), extremes.min, extremes.max).astype(type_of_array)


def _as_dictionary(texts: pa.Array, column: Column) -> pa.Array:
    """Return text with its categories in their order; one that stands for rare ones comes last."""
    import pyarrow as pa

    categories = list(dict.fromkeys([*column.categories, *column.levels]))
    places = {text: at for at, text in enumerate(categories)}
    used = {text for text in texts.to_pylist() if text is not None}
    known = categories if used - set(column.categories) else list(column.categories)
    codes = pa.array([None if text is None else places[text] for text in texts.to_pylist()], pa.int32())
    return pa.DictionaryArray.from_arrays(codes, pa.array(known, pa.string()))

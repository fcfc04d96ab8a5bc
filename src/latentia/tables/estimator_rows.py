"""Rows handed to an estimator: scikit-learn's checks, and a sentence for what these let pass.

scikit-learn reads dates as nanoseconds, words that look like numbers as numbers, masked cells as
what lies under the mask, and large integers without their last digits; and of what it refuses it
does not name the column. Types are looked at first, which costs next to nothing for numbers, and
what is refused is told in the words that `read_table` has for it. Where scikit-learn's contract
fixes the words, they stay.

Rows with categories or dates never reach its checks as they are: they are read as every table is,
and scikit-learn sees their numbers under the same names.
"""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from latentia.errors import InputError, LatentiaWarning
from latentia.tables import refusals
from latentia.tables.annotated import from_annotated, is_annotated
from latentia.tables.arrays import from_array
from latentia.tables.cells import LARGEST_EXACT_INTEGER, Cells, Trouble, judge
from latentia.tables.conforming import conformed, told
from latentia.tables.frames import from_frame, positions_of_others
from latentia.tables.naming import as_text, numbered, refuse_repeated, shown
from latentia.tables.scaling import refuse_negative
from latentia.tables.scan import TableScan
from latentia.tables.sparse import filled_in, is_sparse
from latentia.tables.table import Column, Schema, Source, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from latentia.tables.assembly import Draft

    # Returns rows as floats; a ValueError or TypeError says what keeps it from that.
    Validate = Callable[[Any], Any]

# Types that rows may have; single precision goes in and comes out as such.
FLOATS: Any = (np.float64, np.float32)
TWO_DIMENSIONS = 2


def first_rows(estimator: Any, X: Any, *, counts: bool = False) -> tuple[NDArray[Any], Schema | None]:
    """Return rows for an estimator to learn from, which learns the number and the names of the columns.

    Parameters
    ----------
    estimator : BaseEstimator
    X : data frame, array-like of shape (n, p) or Table
        What the user passed.
    counts : bool, default False
        Whether the rows have to be counts, of which none is negative.

    Returns
    -------
    values : ndarray of shape (n, p), float64 or float32
        Numbers, codes and days, nan where a cell is missing.
    schema : Schema or None
        The columns, without levels yet; None where all hold numbers and no more is known.

    Raises
    ------
    InputError
        With one sentence about what is wrong with the rows.
    """
    values, names, schema = _read(X, _validation(estimator, fit=True))
    if counts and schema is not None:
        refusals.refuse_other_than_numbers(schema.columns)
    refusals.refuse_too_large(values, names)
    refusals.refuse_constant(values, "X")
    if counts:
        refuse_negative(values, names)
    return values, schema


def rows_to_learn(estimator: Any, X: Any) -> NDArray[np.float64] | Table:
    """Return rows for an estimator that passes them on to others, read and checked once.

    Numbers come as float64; rows with categories or dates as a table, whose columns are known.

    Raises
    ------
    InputError
        With one sentence about what is wrong with the rows.
    """
    values, schema = first_rows(estimator, X)
    if schema is None or schema.holds_numbers:
        return np.asarray(values, np.float64)
    return Table(np.asarray(values, np.float64), schema, None, None, Source("X", None, ""))


def checked_rows(
    estimator: Any,
    X: Any,
    *,
    schema: Schema | None = None,
    counts: bool = False,
    validate: Validate | None = None,
) -> NDArray[Any]:
    """Return rows for a fitted estimator as its networks see them.

    Parameters
    ----------
    estimator : BaseEstimator
        Number and names of the columns are compared with those it has learned.
    X : data frame, array-like of shape (n, p) or Table
        What the user passed.
    schema : Schema or None
        The columns that it has learned, with their levels; None where all hold numbers.
    counts : bool, default False
        Whether the rows have to be counts, of which none is negative.
    validate : callable, optional
        What checks rows in the place of scikit-learn, by the same rules; see `plain_rows`.

    Returns
    -------
    ndarray of shape (n, q), float64 or float32
        Numbers, with an indicator for each level of a category; nan where a cell is missing.

    Raises
    ------
    InputError
        With one sentence about what is wrong with the rows.
    """
    validate = validate or _validation(estimator, fit=False)
    if schema is not None and not schema.holds_numbers:
        return schema.expand(_conformed(X, schema, validate))
    values, names, found = _read(X, validate)
    if found is not None:
        _refuse_unlearned(found)
    if counts:
        refuse_negative(values, names)
    return values


def checked_codes(Z: Any, *, validate: Validate | None = None) -> NDArray[Any]:
    """Return hidden variables as floats, with the same checks but those of number and names.

    Raises
    ------
    InputError
        With one sentence about what is wrong with them.

    Examples
    --------
    >>> checked_codes([[1, 2], [3, 4]])
    array([[1., 2.],
           [3., 4.]])
    """
    # Of missing cells, our own sentence names the column.
    values, names, found = _read(Z, validate or _validation_of_codes())
    if found is not None:
        _refuse_unlearned(found)
    refusals.refuse_gaps(values, names, refusals.IN_AN_ESTIMATOR)
    return values


def _validation(estimator: Any, *, fit: bool) -> Validate:
    """Return scikit-learn's checks."""
    from sklearn.utils.validation import validate_data

    fewest = refusals.FEWEST_ROWS if fit else 1
    settings: Any = {"ensure_all_finite": "allow-nan", "ensure_min_samples": fewest}
    return lambda rows: validate_data(estimator, X=rows, dtype=FLOATS, reset=fit, **settings)


def _validation_of_codes() -> Validate:
    from sklearn.utils.validation import check_array

    settings: Any = {"dtype": FLOATS, "input_name": "Z", "ensure_all_finite": "allow-nan"}
    return lambda codes: check_array(codes, **settings)


def _read(data: Any, validate: Validate) -> tuple[NDArray[Any], list[str], Schema | None]:
    """Return values, names, and what the columns are, if that is more than numbers."""
    if isinstance(data, Table):
        # Its cells are checked already; a few rows show names and numbers, and the others are not copied.
        _, refusal = _tried(validate, _named(data.values[: refusals.FEWEST_ROWS], data.names))
        if refusal is not None:
            raise _in_our_words(refusal)
        return data.values, list(data.names), data.schema
    rows = _as_rows(data)
    draft = from_frame(rows) if is_frame(rows) else None
    if draft is not None:
        _refuse_names(draft.names)
        if draft.names and draft.n_rows and positions_of_others(rows):
            return _converted(draft, _judged(draft), validate)
    elif isinstance(rows, np.ndarray) and rows.ndim == TWO_DIMENSIONS and rows.dtype.kind not in "biuf":
        _refuse_complex(rows)
        judged = _judged(from_array(rows)) if rows.size else {}
        # Of cells such as mappings, scikit-learn's contract wants its own TypeError.
        if judged and all(cells.trouble is not Trouble.OBJECTS for cells in judged.values()):
            return _converted(from_array(rows), judged, validate)
    return _plain(rows, draft, validate)


def _plain(
    rows: Any, draft: Draft | None, validate: Validate
) -> tuple[NDArray[Any], list[str], Schema | None]:
    """Return rows that scikit-learn can read, or our words for what it refuses."""
    values, refusal = _tried(validate, rows)
    if refusal is not None:
        judged = _explained(refusal, rows, draft)
        return _converted(draft or from_array(rows), judged, validate, refusal)
    if max(
        np.fmax.reduce(values, axis=None, initial=0.0), -np.fmin.reduce(values, axis=None, initial=0.0)
    ) > (LARGEST_EXACT_INTEGER):
        _refuse_troubled(_judged(draft or from_array(rows)), (Trouble.DIGITS,))
    return values, numbered(values.shape[1]) if draft is None else as_text(draft.names)[0], None


def _converted(
    draft: Draft, judged: dict[str, Cells], validate: Validate, earlier: Exception | None = None
) -> tuple[NDArray[Any], list[str], Schema | None]:
    """Return columns that had to be converted, after scikit-learn has seen their numbers and names."""
    _refuse_troubled(judged)
    values = _side_by_side(judged.values())
    refusals.refuse_infinite(values, list(judged), refusals.IN_AN_ESTIMATOR)
    texts = all(isinstance(name, str) for name in draft.names) and draft.block is None
    values, refusal = _tried(validate, _named(values, list(judged)) if texts else values)
    if refusal is not None:
        raise _in_our_words(earlier or refusal)
    columns = tuple(
        Column(name, one.kind, one.dtype, one.unit, one.why, categories=one.categories)
        for name, one in judged.items()
    )
    schema = Schema(columns)
    _warn_of_notable(judged)
    return values, list(judged), None if schema.holds_numbers else schema


def _conformed(data: Any, schema: Schema, validate: Validate) -> NDArray[np.float64]:
    """Return compact values of rows with the columns of a model."""
    if isinstance(data, Table):
        names: Sequence[object] = data.names
        stored: list[Any] = [
            Cells(one.kind, one.dtype, one.why, data.values[:, at], categories=one.categories)
            for at, one in enumerate(data.schema.columns)
        ]
    else:
        rows = _as_rows(data)
        draft = (from_frame(rows) if is_frame(rows) else None) or from_array(rows)
        _refuse_names(draft.names)
        if draft.n_rows == 0:
            refusals.refuse_too_few(draft.n_rows, len(draft.names), "X")
        names = draft.names if draft.block is None else numbered(len(draft.names))
        stored = [draft.fetch(at) for at in range(len(draft.names))]
    blank = np.zeros((1, len(names)))
    # Names that are not text are none to scikit-learn, and an array has none.
    has_names = isinstance(data, Table) or is_frame(_as_rows(data))
    has_names = has_names and all(isinstance(name, str) for name in names)
    refusal = _tried(validate, _named(blank, as_text(names)[0]) if has_names else blank)[1]
    if refusal is not None:
        raise _in_our_words(refusal)
    cells, unseen = conformed(stored, schema.columns)
    _refuse_troubled(dict(zip(schema.names, cells, strict=True)))
    values = _side_by_side(cells)
    refusals.refuse_infinite(values, schema.names, refusals.IN_AN_ESTIMATOR)
    if sentence := told(unseen):
        warnings.warn(sentence, LatentiaWarning, stacklevel=5)
    return values


def _as_rows(data: Any) -> Any:
    """Return rows as scikit-learn shall see them; refuse what holds none."""
    if isinstance(data, str | os.PathLike):
        raise InputError(
            f"{os.fspath(data)!r} is text and not rows; read the file first, for example with pandas, or "
            "pass its name to latentia.analyze."
        )
    if isinstance(data, TableScan):
        raise InputError(
            f"{data.store.name} is on disk, where fit, transform, score and score_samples can read it; for "
            "anything else read it first, for example with pyarrow."
        )
    if isinstance(data, list | tuple | np.ma.MaskedArray):
        return from_array(data).block
    if is_sparse(data):
        return filled_in(data, single=True)
    if is_annotated(data):
        return _as_frame(from_annotated(data))
    if not (is_frame(data) or hasattr(data, "__array__") or hasattr(data, "__array_interface__")):
        raise InputError(
            f"An object of type {type(data).__name__} has no rows and columns; pass a data frame or a "
            "2-D array."
        )
    return data


def _as_frame(draft: Draft) -> Any:
    """Return a block of numbers with the names of its columns, which takes no further memory."""
    import pandas as pd  # which AnnData brings

    return pd.DataFrame(draft.block, columns=pd.Index(draft.names, dtype=object), copy=False)


def is_frame(data: Any) -> bool:
    """Whether rows come with columns of their own."""
    # Of the type, because a lazy frame would begin to work when asked itself.
    return hasattr(type(data), "columns") or hasattr(data, "__arrow_c_stream__")


def _refuse_names(names: Sequence[object]) -> None:
    """Raise InputError if names are repeated, or if only some are text."""
    refuse_repeated(as_text(names)[0])
    types = {type(name).__name__ for name in names}
    if len(types) > 1 and "str" in types:
        raise InputError(
            f"The column names are of the types {' and '.join(sorted(types))}, and only text tells columns "
            "apart for sure; make all of them text, for example with X.columns.astype(str)."
        )


def _judged(draft: Draft, positions: Sequence[int] | None = None) -> dict[str, Cells]:
    """Return what columns are, by name."""
    names = as_text(draft.names)[0]
    chosen = range(len(names)) if positions is None else positions
    return {names[position]: judge(draft.fetch(position)) for position in chosen}


def _refuse_troubled(columns: dict[str, Cells], troubles: tuple[Trouble, ...] = tuple(Trouble)) -> None:
    """Raise InputError if columns have one of these troubles."""
    found = {name: cells for name, cells in columns.items() if cells.trouble in troubles}
    refusals.refuse_troubled(found, refusals.IN_AN_ESTIMATOR)


def _refuse_complex(rows: NDArray[Any]) -> None:
    if rows.dtype.kind == "c":
        # The first words are scikit-learn's contract.
        raise InputError(
            "Complex data not supported, only real numbers; pass real and imaginary parts as columns."
        )


def _refuse_unlearned(found: Schema) -> None:
    """Raise InputError if columns hold something else than the numbers that a model has learned."""
    others = [column for column in found.columns if column.kind in ("category", "date")]
    if others:
        held = "text" if others[0].kind == "category" else "dates or times"
        names = shown([column.name for column in others])
        hold = f"Column {names} holds" if len(others) == 1 else f"Columns {names} hold"
        raise InputError(
            f"{hold} {held}, where the model has learned numbers; pass the columns as in the fit's table."
        )


def _warn_of_notable(judged: dict[str, Cells]) -> None:
    by_why: dict[str, list[str]] = {}
    for name, cells in judged.items():
        if cells.notable:
            by_why.setdefault(cells.why, []).append(name)
    for why, names in by_why.items():
        hold = f"Column {shown(names)} holds" if len(names) == 1 else f"Columns {shown(names)} hold"
        warnings.warn(f"{hold} {why}; they are taken for what they say.", LatentiaWarning, stacklevel=6)
    doubtful = {name: cells for name, cells in judged.items() if cells.doubt}
    if doubtful:
        doubt, _, _ = str(next(iter(doubtful.values())).doubt).partition(";")
        names = shown(list(doubtful))
        are = f"Column {names} is" if len(doubtful) == 1 else f"Columns {names} are"
        warnings.warn(
            f"{are} taken for categories, though the cells may be {doubt}; convert them before.",
            LatentiaWarning,
            stacklevel=6,
        )


def _side_by_side(columns: Any) -> NDArray[np.float64]:
    return np.column_stack([cast("Any", cells.values) for cells in columns])


def _named(values: NDArray[Any], names: Sequence[str]) -> Any:
    """Return columns with names, so that scikit-learn remembers or compares them."""
    import pyarrow as pa

    return pa.table({name: values[:, at] for at, name in enumerate(names)})


def _tried(validate: Validate, rows: Any) -> tuple[NDArray[Any], Exception | None]:
    """Return what scikit-learn's checks give, or the error they raise."""
    try:
        return validate(rows), None
    except (ValueError, TypeError) as error:
        return np.empty((0, 0)), error


def _in_our_words(refusal: Exception) -> Exception:
    return InputError(str(refusal)) if isinstance(refusal, ValueError) else refusal


def _explained(refusal: Exception, rows: Any, draft: Draft | None) -> dict[str, Cells]:
    """Raise what scikit-learn refuses in our words if we know better ones.

    Returns the columns if we find nothing wrong with them: missing cells of types that NumPy lacks.
    """
    shape = np.shape(rows) if draft is None else (draft.n_rows, len(draft.names))
    if len(shape) != TWO_DIMENSIONS:
        flat = "X.reshape(-1, 1) if it is one column, or X.reshape(1, -1) if it is one row"
        # "Reshape your data" is scikit-learn's contract.
        raise InputError(
            f"X has shape {shape}, but a table has two dimensions, rows and columns: Reshape your data with "
            f"{flat if len(shape) < TWO_DIMENSIONS else 'X.reshape(len(X), -1)'}."
        )
    if draft is not None and not all(shape):
        refusals.refuse_too_few(*shape, "X")
    if not all(shape):
        raise _in_our_words(refusal)
    judged = _judged(draft or from_array(rows))
    # As above: of mappings scikit-learn's contract wants its own TypeError.
    if not isinstance(refusal, ValueError) and any(c.trouble is Trouble.OBJECTS for c in judged.values()):
        raise refusal
    return judged

"""Rows handed to an estimator: scikit-learn's checks, and a sentence for what these let pass.

scikit-learn reads dates as nanoseconds, words that look like numbers as numbers, masked cells as
what lies under the mask, and large integers without their last digits; and of text or a gap it
does not name the column. Types are looked at first, which costs next to nothing for numbers, and
what is refused is told in the words that `read_table` has for it. Where scikit-learn's contract
fixes the words, they stay.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NoReturn, cast

import numpy as np

from latentia.errors import InputError
from latentia.tables import refusals
from latentia.tables.arrays import from_array
from latentia.tables.cells import LARGEST_EXACT_INTEGER, Cells, Trouble, judge
from latentia.tables.frames import from_frame, positions_of_others
from latentia.tables.naming import as_text, numbered, refuse_repeated
from latentia.tables.scaling import refuse_negative

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from latentia.tables.assembly import Draft

# Types that rows may have; single precision goes in and comes out as such.
FLOATS: Any = (np.float64, np.float32)


def checked_rows(estimator: Any, X: Any, *, fit: bool, counts: bool = False) -> NDArray[Any]:
    """Return rows for an estimator as floats.

    Parameters
    ----------
    estimator : BaseEstimator
        In a fit it learns the number and the names of the columns, otherwise they are compared.
    X : data frame or array-like of shape (n, p)
        What the user passed.
    fit : bool
        Whether a model is to be learned, for which there must be rows that differ.
    counts : bool, default False
        Whether the rows have to be counts, of which none is negative.

    Returns
    -------
    ndarray of shape (n, p), float64 or float32
        Finite numbers.

    Raises
    ------
    InputError
        With one sentence about what is wrong with the rows.
    """
    from sklearn.utils.validation import validate_data

    def validate(rows: Any) -> Any:
        fewest = refusals.FEWEST_ROWS if fit else 1
        return validate_data(estimator, X=rows, dtype=FLOATS, reset=fit, ensure_min_samples=fewest)

    values, names = _checked(X, validate)
    if fit:
        refusals.refuse_too_large(values, names)
        refusals.refuse_constant(values, "X")
    if counts:
        refuse_negative(values, names)
    return values


def checked_codes(Z: Any) -> NDArray[Any]:
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
    from sklearn.utils.validation import check_array

    return _checked(Z, lambda codes: check_array(codes, dtype=FLOATS, input_name="Z"))[0]


def _checked(data: Any, validate: Callable[[Any], Any]) -> tuple[NDArray[Any], list[str]]:
    """Return values and column names, or refuse them before, in or after scikit-learn's checks."""
    rows = _as_rows(data)
    draft = from_frame(rows) if _is_frame(rows) else None
    if draft is not None:
        _refuse_names(draft.names)
        _refuse_troubled(_judged(draft, positions_of_others(rows)))
    elif isinstance(rows, np.ndarray) and rows.ndim == 2:  # noqa: PLR2004 - rows and columns
        _refuse_types(rows)
    values, refusal = _tried(validate, rows)
    if refusal is not None:
        _explain(refusal, rows, draft)
    if max(values.max(initial=0.0), -values.min(initial=0.0)) > LARGEST_EXACT_INTEGER:
        _refuse_troubled(_judged(draft or from_array(rows)), (Trouble.DIGITS,))
    return values, numbered(values.shape[1]) if draft is None else as_text(draft.names)[0]


def _as_rows(data: Any) -> Any:
    """Return rows as scikit-learn shall see them; refuse what holds none."""
    if isinstance(data, str | os.PathLike):
        raise InputError(
            f"{os.fspath(data)!r} is text and not rows; read the file first, for example with pandas, or "
            "pass its name to latentia.analyze."
        )
    if isinstance(data, list | tuple | np.ma.MaskedArray):
        return from_array(data).block
    if hasattr(data, "toarray"):
        raise InputError("A sparse array cannot be trained on for now; pass X.toarray() if memory allows.")
    if not (_is_frame(data) or hasattr(data, "__array__") or hasattr(data, "__array_interface__")):
        raise InputError(
            f"An object of type {type(data).__name__} has no rows and columns; pass a data frame or a "
            "2-D array."
        )
    return data


def _is_frame(data: Any) -> bool:
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


def _refuse_types(rows: NDArray[Any]) -> None:
    """Raise InputError if an array holds what NumPy would turn into numbers that it is not."""
    if rows.dtype.kind == "c":
        # The first words are scikit-learn's contract.
        raise InputError(
            "Complex data not supported, only real numbers; pass real and imaginary parts as columns."
        )
    if rows.dtype.kind not in "biuf":
        # Objects that are no values are left to scikit-learn, whose contract has its own words for them.
        _refuse_troubled(_judged(from_array(rows)), (Trouble.TYPE, Trouble.TEXT, Trouble.STRAY))


def _tried(validate: Callable[[Any], Any], rows: Any) -> tuple[NDArray[Any], Exception | None]:
    """Return what scikit-learn's checks give, or the error they raise."""
    try:
        return validate(rows), None
    except (ValueError, TypeError) as error:
        return np.empty((0, 0)), error


def _explain(refusal: Exception, rows: Any, draft: Draft | None) -> NoReturn:
    """Raise what scikit-learn refuses in our words if we know better ones."""
    shape = np.shape(rows) if draft is None else (draft.n_rows, len(draft.names))
    if len(shape) != 2:  # noqa: PLR2004 - rows and columns
        flat = "X.reshape(-1, 1) if it is one column, or X.reshape(1, -1) if it is one row"
        # "Reshape your data" is scikit-learn's contract.
        raise InputError(
            f"X has shape {shape}, but a table has two dimensions, rows and columns: Reshape your data with "
            f"{flat if len(shape) < 2 else 'X.reshape(len(X), -1)'}."  # noqa: PLR2004 - as above
        )
    if draft is not None and not all(shape):
        refusals.refuse_too_few(*shape, "X")
    if all(shape):
        judged = _judged(draft or from_array(rows))
        # Of cells such as mappings scikit-learn's contract wants its own TypeError.
        if isinstance(refusal, ValueError) or all(c.trouble is not Trouble.OBJECTS for c in judged.values()):
            _refuse_troubled(judged)
            values = np.column_stack([cast("Any", cells.values) for cells in judged.values()])
            refusals.refuse_gaps(values, list(judged), refusals.IN_AN_ESTIMATOR)
    raise InputError(str(refusal)) if isinstance(refusal, ValueError) else refusal

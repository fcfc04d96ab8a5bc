"""The arrays that a scaling is kept as in a model file, checked when they come back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.errors import ModelFileError
from latentia.tables.scalable import KINDS, checked_kinds, columns_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from latentia.tables.scalable import Kinds

    Array = NDArray[np.float64]

TWO_ENDS = 2


def checked_arrays(kind: Any, arrays: Mapping[str, NDArray[Any]]) -> tuple[Kinds, dict[str, Array]]:
    """Return how each column is scaled, and the arrays that this needs.

    Parameters
    ----------
    kind : str or None
        How all columns are scaled, unless an array ``kinds`` says so of each.
    arrays : mapping
        Arrays by their names.

    Raises
    ------
    ModelFileError
        If an array is missing, has a wrong shape or holds impossible values.
    """
    kinds = _kinds(kind, arrays)
    present = {kinds} if isinstance(kinds, str) else set(kinds)
    names = ["center", "spread"]
    if "quantile" in present:
        names += ["knots", "scores"]
    if "log1p" in present and "typical_total" in arrays:
        names += ["typical_total"]
    for name in names:
        if name not in arrays:
            raise _lacking(name, kinds)
    kept = {name: np.array(arrays[name], dtype=np.float64) for name in names}
    if not (_is_sound(kinds, kept) and all(np.isfinite(array).all() for array in kept.values())):
        raise _contradicting(kinds)
    return kinds, kept


def _kinds(kind: Any, arrays: Mapping[str, NDArray[Any]]) -> Kinds:
    if "kinds" not in arrays:
        if not isinstance(kind, str | None):
            raise _lacking("kinds", ())
        return checked_kinds(kind, 0)
    codes = np.asarray(arrays["kinds"])
    known = codes.ndim == 1 and codes.dtype.kind in "iu" and bool(np.isin(codes, range(len(KINDS))).all())
    if not known:
        raise _contradicting(())
    return tuple(KINDS[code] for code in codes.tolist())


def _is_sound(kinds: Kinds, arrays: Mapping[str, Array]) -> bool:
    """Whether shapes and signs are those of a scaling."""
    center, spread = arrays["center"], arrays["spread"]
    sound = center.ndim == 1 and spread.shape == center.shape and bool((spread > 0).all())
    sound = sound and (isinstance(kinds, str) or len(kinds) == len(center))
    if "typical_total" in arrays:
        sound = sound and arrays["typical_total"].shape == (1,) and bool(arrays["typical_total"][0] > 0)
    if "knots" in arrays:
        sound = sound and _is_map(
            arrays["knots"], arrays["scores"], len(center[columns_of("quantile", kinds)])
        )
    return sound


def _is_map(knots: Array, scores: Array, n_columns: int) -> bool:
    """Whether these are knots of so many columns with scores that are common to them or their own."""
    return (
        knots.ndim == 2  # noqa: PLR2004 - rows and columns
        and len(knots) >= TWO_ENDS
        and knots.shape[1] == n_columns
        and scores.shape in (knots.shape, knots.shape[:1])
        and bool((np.diff(scores, axis=0) > 0).all())
        and bool((np.diff(knots, axis=0) >= 0).all())
    )


def _lacking(name: str, kinds: Kinds) -> ModelFileError:
    return ModelFileError(
        f"The {_described(kinds)} scaling lacks the array {name!r}; save the model again with this version."
    )


def _contradicting(kinds: Kinds) -> ModelFileError:
    return ModelFileError(
        f"The arrays of the {_described(kinds)} scaling contradict each other; the model file is damaged, so "
        "save it again."
    )


def _described(kinds: Kinds) -> str:
    return kinds if isinstance(kinds, str) else "column-wise"

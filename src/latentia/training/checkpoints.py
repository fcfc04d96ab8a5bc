"""Where a fit stands, as a value that can be kept and gone on from.

A checkpoint holds all that the rest of a fit depends on: the state of every group of members, the
losses written down so far, and how far the order of batches has come, which is two integers because
an order follows from the seed and the epoch. Arrays are named after their places in the state, so
that whatever a state has is kept, and nothing here has to know what that is.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import jax
import numpy as np

from latentia.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

Tree = TypeVar("Tree")


@dataclass(frozen=True, kw_only=True, eq=False)
class Checkpoint:
    """Where a fit stands.

    Parameters
    ----------
    epoch : int
        Whole epochs that are done.
    step : int
        Steps that are done of the epoch at work; 0 between two epochs.
    seconds : float
        Time that was spent until here.
    arrays : mapping of str to ndarray
        Everything else, by name.
    """

    epoch: int
    step: int
    seconds: float
    arrays: Mapping[str, np.ndarray]


class Checkpoints(Protocol):
    """Anything that keeps checkpoints of a fit and gives the latest back."""

    def opened(
        self, fingerprint: Callable[[], Mapping[str, Any]]
    ) -> AbstractContextManager[Checkpoint | None]:
        """Be ready for a fit; yield the checkpoint that it goes on from, None to begin.

        `fingerprint` returns what the fit depends on; a checkpoint of another fit is refused.
        """
        ...

    def offer(self, make: Callable[[], Checkpoint], *, last: bool = False) -> None:
        """Keep the checkpoint that `make` returns if it is time for one, or the last of the fit."""
        ...

    def clear(self) -> None:
        """Let go of all checkpoints: what they led to is safe elsewhere."""
        ...


class NotKept:
    """Keeps no checkpoints."""

    @contextmanager
    def opened(self, fingerprint: Callable[[], Mapping[str, Any]]) -> Iterator[None]:  # noqa: ARG002
        """Begin at the beginning."""
        yield None

    def offer(self, make: Callable[[], Checkpoint], *, last: bool = False) -> None:
        """Do nothing."""

    def clear(self) -> None:
        """Do nothing."""


def named_arrays(tree: Any) -> dict[str, np.ndarray]:
    """Return copies of a tree's arrays on the host, each named after its place.

    Examples
    --------
    >>> named_arrays({"weights": [np.ones(2), np.zeros(3)]})["weights/1"]
    array([0., 0., 0.])
    """
    places, _ = jax.tree_util.tree_flatten_with_path(tree)
    named = {_name(path): np.array(leaf) for path, leaf in places}
    assert len(named) == len(places)  # noqa: S101 - two places of one name would lose an array
    return named


def tree_of(
    arrays: Mapping[str, np.ndarray], like: Tree, *, within: str = "", any_length: bool = False
) -> Tree:
    """Return the tree that `named_arrays` took apart.

    Parameters
    ----------
    arrays : mapping of str to ndarray
    like : tree
        A tree of the same form, and with arrays of the same types and shapes.
    within : str
        Place of the tree in a larger one that was taken apart.
    any_length : bool
        Whether the first axes may be of other lengths.

    Raises
    ------
    CheckpointError
        When an array is missing or of another type or shape.
    """

    def found(path: tuple, leaf: Any) -> np.ndarray:
        name, first = f"{within}{_name(path)}", int(any_length)
        array = arrays.get(name)
        if array is None or array.dtype != leaf.dtype or array.shape[first:] != leaf.shape[first:]:
            raise CheckpointError(
                f"The checkpoint has no array {name!r} of the kind that this fit needs, so another "
                "version of Latentia wrote it; remove it to start afresh."
            )
        return array

    return jax.tree_util.tree_map_with_path(found, like)


def _name(path: tuple) -> str:
    return jax.tree_util.keystr(path, simple=True, separator="/")

"""What a user wants to be told after every epoch, and asked: whether that is enough.

A callback is a function of an `Epoch` that returns True to stop the fit. It runs on the host,
between two segments of the loop, and never inside the compiled program, which is the same with
and without callbacks. While there are any, a segment is one epoch, so that what they decide does
not depend on how fast the machine is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.errors import RecipeError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Epoch:
    """What there is to know after an epoch, for a callback to decide whether to go on.

    Every array is float64 of shape (n_seeds,), one entry per network that is trained side by side;
    nan where there is nothing to tell, or the network had ended before.

    Parameters
    ----------
    epoch : int
        Epochs that are done, from 1.
    max_epochs : int
        Epochs after which the fit ends by itself.
    loss : ndarray
        Reconstruction loss while learning, noise and dropout included.
    val_loss : ndarray
        Loss on the held-out rows.
    clean_loss : ndarray
        Loss on a sample of training rows, without noise.
    penalty : ndarray
        What penalties add to the loss, and a variational code's price.
    learning_rate : ndarray
        Of the last step.
    best_val_loss : ndarray
        Lowest `val_loss` so far, whose weights would be kept.
    best_epoch : ndarray of int
        The epoch of these weights; without held-out rows the latest. 0 for the initial weights.
    going : ndarray of bool
        Networks that have not ended by themselves.
    seconds : float
        Time since the fit began. What is decided by it differs from run to run.
    """

    epoch: int
    max_epochs: int
    loss: NDArray[np.float64]
    val_loss: NDArray[np.float64]
    clean_loss: NDArray[np.float64]
    penalty: NDArray[np.float64]
    learning_rate: NDArray[np.float64]
    best_val_loss: NDArray[np.float64]
    best_epoch: NDArray[np.int64]
    going: NDArray[np.bool_]
    seconds: float


class Callbacks:
    """The callbacks of a fit; by default there are none.

    Parameters
    ----------
    functions : sequence of callable
        Each takes an `Epoch` and returns True to stop, False or None to go on.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> callbacks = Callbacks([lambda epoch: epoch.epoch == 7])
    >>> [callbacks.want_to_stop(SimpleNamespace(epoch=epoch)) for epoch in (6, 7)]
    [False, True]
    """

    def __init__(self, functions: Sequence[Callable[[Epoch], Any]] = ()) -> None:
        self._functions = tuple(functions)

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._functions)

    def want_to_stop(self, epoch: Epoch) -> bool:
        """Tell all of them about an epoch; True if any of them has had enough.

        Raises
        ------
        RecipeError
            When one returns what is no answer. Whatever it raises itself goes through.
        """
        # All are told before any is listened to: one that only writes down shall miss nothing.
        answers = [_answer(function(epoch), function) for function in self._functions]
        return any(answers)


def checked_callbacks(callbacks: Any) -> Callbacks:
    """Return the callbacks of a fit: a function, several in a list, or None.

    Raises
    ------
    RecipeError
        When one of them cannot be called.

    Examples
    --------
    >>> bool(checked_callbacks(None)), bool(checked_callbacks(print))
    (False, True)
    """
    if callbacks is None:
        return Callbacks()
    functions = list(callbacks) if isinstance(callbacks, list | tuple) else [callbacks]
    for function in functions:
        if not callable(function) or isinstance(function, type):
            raise RecipeError(
                f"callbacks={function!r} cannot be called with an epoch; pass a function that takes a "
                "latentia.Epoch and returns True to stop, or a list of such functions."
            )
    return Callbacks(functions)


def _answer(answer: Any, function: Callable[[Epoch], Any]) -> bool:
    """Read what a callback has returned."""
    if answer is None or isinstance(answer, bool | np.bool_):
        return bool(answer)
    name = getattr(function, "__name__", type(function).__name__)
    raise RecipeError(
        f"The callback {name} returned {answer!r}, which is no answer; return True to stop and False or None "
        "to go on, and of an array of several networks .any() or .all()."
    )

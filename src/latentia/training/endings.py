"""How a fit can end, each with what it means and what to do about it."""

from __future__ import annotations

from enum import Enum


class Ending(Enum):
    """Why training stopped; the value is a code that travels through compiled programs.

    Examples
    --------
    >>> Ending(1).label
    'patience_exhausted'
    """

    EPOCH_LIMIT = 0
    PATIENCE_EXHAUSTED = 1
    DIVERGED = 2
    INTERRUPTED = 3
    CONVERGED = 4
    STOPPED = 5

    @property
    def label(self) -> str:
        """The name in lower case, as it is stored and printed."""
        return self.name.lower()

    @property
    def advice(self) -> str:
        """One sentence: what happened and what follows from it."""
        return _ADVICE[self]


_ADVICE = {
    Ending.EPOCH_LIMIT: "All epochs were run; raise max_epochs if the losses were still falling.",
    Ending.PATIENCE_EXHAUSTED: (
        "The validation loss had stopped improving; the weights of its best epoch were kept."
    ),
    Ending.DIVERGED: (
        "The loss stopped being a finite number; the best finite weights were kept. "
        "Lower the learning rate or check the table for extreme values."
    ),
    Ending.INTERRUPTED: "Training was interrupted; the best weights until then were kept.",
    Ending.CONVERGED: (
        "The schedule brought the learning rate to its end and the validation loss had levelled off."
    ),
    Ending.STOPPED: (
        "A callback stopped training; the best weights until then were kept. Raise its limits if the "
        "losses were still falling."
    ),
}

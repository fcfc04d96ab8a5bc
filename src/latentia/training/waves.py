"""Members of a fit that train one wave after the other, where all at once would not fit into memory.

While it trains, a network takes several times its own size: its weights, the optimiser's memory of
them, the best so far, and gradients. A few hundred megabytes of that keep all cores at work, so an
ensemble of wide networks trains some members at a time, and only the weights that are kept stay. No
member takes notice of the others: each ends with the weights it would have had among all of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from latentia.training.endings import Ending
from latentia.training.groups import MOST_WEIGHTS_SIDE_BY_SIDE
from latentia.training.loop import train
from latentia.training.outcome import Outcome
from latentia.training.progress import Silent
from latentia.training.returning import give_memory_back

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from latentia.networks.network import Network
    from latentia.training.plan import Dials, Plan
    from latentia.training.progress import Progress

WEIGHTS_OF_A_WAVE = 1 << 23
FEWEST_OF_A_WAVE = 2


def wave_size(members: int, n_parameters: int, *, accelerated: bool = False) -> int:
    """Return how many members train at a time.

    All of them, unless each trains in a program of its own and they are too many for a wave.

    Examples
    --------
    >>> [wave_size(8, n_parameters) for n_parameters in (100_000, 2_000_000, 20_000_000)]
    [8, 4, 2]
    """
    if accelerated or n_parameters <= MOST_WEIGHTS_SIDE_BY_SIDE:
        return members
    return min(members, max(FEWEST_OF_A_WAVE, WEIGHTS_OF_A_WAVE // n_parameters))


def train_in_waves(
    plan: Plan,
    dials: Dials,
    *,
    identities: Sequence[int],
    networks: Callable[[Sequence[int]], Network],
    progress: Progress | None,
    max_epochs: int,
    size: int,
    **settings: Any,
) -> Outcome:
    """Train members, so many at a time, and return the outcome of all of them.

    After Ctrl-C, members that had not begun have their initial weights.

    Parameters
    ----------
    plan, dials, max_epochs, **settings
        As `train` takes them.
    identities : sequence of int
        Whose weights and chance each member has.
    networks : callable
        Takes positions of members and returns the networks that these begin with.
    progress : Progress or None
    size : int
        See `wave_size`.
    """
    members, outcomes = len(identities), list[Outcome]()
    waves = [range(first, min(first + size, members)) for first in range(0, members, size)]
    for index, wave in enumerate(waves):
        interrupted = bool(outcomes) and Ending.INTERRUPTED in outcomes[-1].endings
        outcome = train(
            plan,
            jax.tree.map(lambda leaf, wave=wave: np.asarray(leaf)[wave.start : wave.stop], dials),
            members=len(wave),
            identities=identities[wave.start : wave.stop],
            networks=networks(wave),
            progress=progress if len(waves) == 1 else _OfAWave(progress or Silent(), index, len(waves)),
            max_epochs=0 if interrupted else max_epochs,
            **settings,
        )
        if interrupted:
            outcome = replace(outcome, endings=(Ending.INTERRUPTED,) * len(wave))
        outcomes.append(outcome)
        if len(waves) > 1:
            give_memory_back()
    return outcomes[0] if len(outcomes) == 1 else _joined(outcomes)


class _OfAWave:
    """Progress of one wave, told as a part of all."""

    def __init__(self, progress: Progress, index: int, count: int) -> None:
        self._progress, self._index, self._count = progress, index, count

    def stage(self, name: str, detail: str = "") -> None:
        self._progress.stage(name, detail)

    def epochs(self, done: int, total: int, loss: float, val_loss: float) -> None:
        self._progress.epochs(self._index * total + done, self._count * total, loss, val_loss)

    def rows(self, name: str, done: int) -> None:
        self._progress.rows(name, done)

    def resamples(self, what: str, done: int, total: int) -> None:
        self._progress.resamples(what, done, total)

    def close(self) -> None:
        self._progress.close()


def _joined(outcomes: list[Outcome]) -> Outcome:
    """Put the members of all waves side by side; a history ends with the longest of them."""
    longest = max((one.history["epoch"] for one in outcomes), key=len)
    names = [name for name in outcomes[0].history if name != "epoch"]
    return Outcome(
        networks=_together([one.networks for one in outcomes]),
        history={"epoch": longest}
        | {name: _side_by_side([one.history[name] for one in outcomes]) for name in names},
        step_loss=_side_by_side([one.step_loss for one in outcomes]),
        step_penalty=_side_by_side([one.step_penalty for one in outcomes]),
        best_epoch=np.concatenate([one.best_epoch for one in outcomes]),
        endings=tuple(ending for one in outcomes for ending in one.endings),
        epochs_run=np.concatenate([one.epochs_run for one in outcomes]),
        seconds=sum(one.seconds for one in outcomes),
    )


def _together(networks: list[Network]) -> Network:
    return jax.tree.map(lambda *leaves: np.concatenate(leaves), *networks)


def _side_by_side(columns: list[np.ndarray]) -> np.ndarray:
    """Return (rows, members) of all waves, nan where one had ended before the others."""
    length = max(map(len, columns))
    return np.concatenate(
        [np.pad(one, ((0, length - len(one)), (0, 0)), constant_values=np.nan) for one in columns], axis=1
    )

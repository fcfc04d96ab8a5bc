"""What one run of the training loop leaves behind: networks, their history, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax
import numpy as np

if TYPE_CHECKING:
    from latentia.networks.network import Network
    from latentia.training.endings import Ending


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcome:
    """The outcome of one training run of one or several members.

    Parameters
    ----------
    networks : Network
        The kept weights as NumPy arrays with a leading axis over members.
    history : dict of str to ndarray
        ``epoch`` (epochs,) and per member (epochs, members): ``loss`` (reconstruction loss while
        learning, noise and dropout included), ``penalty``, ``val_loss``, ``clean_loss`` (loss on a
        fixed sample of training rows without noise) and ``learning_rate``.
    step_loss, step_penalty : ndarray of shape (steps, members)
        The two parts of what each step minimised, before its update.
    best_epoch : ndarray of int, shape (members,)
        Epoch, from 1, whose weights were kept; 0 for the initial weights.
    endings : tuple of Ending
    epochs_run : ndarray of int, shape (members,)
        Epochs each member took part in before it ended.
    seconds : float
        Time in the training loop, compilation included; nan for a model from a file.
    """

    networks: Network
    history: dict[str, np.ndarray]
    step_loss: np.ndarray
    step_penalty: np.ndarray
    best_epoch: np.ndarray
    endings: tuple[Ending, ...]
    epochs_run: np.ndarray
    seconds: float

    @property
    def members(self) -> int:
        """Number of networks that were trained side by side."""
        return len(self.endings)

    def network(self, member: int) -> Network:
        """Return one member's network, without the member axis."""
        return jax.tree.map(lambda leaf: leaf[member], self.networks)

    def of(self, members: np.ndarray) -> Outcome:
        """Return the outcome of some members, in their order."""
        return Outcome(
            networks=jax.tree.map(lambda leaf: leaf[members], self.networks),
            history={
                name: values if values.ndim == 1 else values[:, members]
                for name, values in self.history.items()
            },
            step_loss=self.step_loss[:, members],
            step_penalty=self.step_penalty[:, members],
            best_epoch=self.best_epoch[members],
            endings=tuple(self.endings[member] for member in members),
            epochs_run=self.epochs_run[members],
            seconds=self.seconds,
        )

    def history_of(self, member: int) -> dict[str, np.ndarray]:
        """Return one member's history, up to the epoch in which it ended."""
        epochs = int(self.epochs_run[member])
        return {
            name: values[:epochs] if values.ndim == 1 else values[:epochs, member]
            for name, values in self.history.items()
        }

    def best_val_loss(self) -> np.ndarray:
        """Return each member's held-out loss at its best epoch; nan where there is none."""
        rows = np.clip(self.best_epoch - 1, 0, None)
        if not len(self.history["epoch"]):
            return np.full(self.members, np.nan)
        losses = self.history["val_loss"][rows, np.arange(self.members)]
        return np.where(self.best_epoch > 0, losses, np.nan)

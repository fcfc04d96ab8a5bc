"""A learning rate that is reduced whenever the loss has stopped falling.

How often that has happened is part of the state of a fit, one entry per member, so that it is
scanned, mapped over members and saved with everything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import jax.numpy as jnp
import numpy as np

if TYPE_CHECKING:
    import jax

    from latentia.networks.network import Array
    from latentia.training.plan import Dials


class Plateau(NamedTuple):
    """What is left of the learning rate, and for how long the loss has not fallen."""

    share: Array
    waited: Array  # epochs since the last clear improvement or reduction


def no_plateau(members: int) -> Plateau:
    """Return what every member begins with."""
    return Plateau(np.ones(members, np.float32), np.zeros(members, np.int32))


def after_epoch(plateau: Plateau, improved: jax.Array, dials: Dials) -> Plateau:
    """Reduce the rate of members that have waited long enough, down to the final share.

    Parameters
    ----------
    plateau : Plateau
    improved : bool array of shape (members,)
        Whether the epoch was clearly better than any before.
    dials : Dials
        ``plateau_epochs``, how long to wait; ``factor``, what a reduction leaves; ``final_share``.
    """
    waited = jnp.where(improved, 0, plateau.waited + 1)
    reduced = waited >= dials.plateau_epochs
    lower = jnp.maximum(plateau.share * dials.factor, jnp.minimum(dials.final_share, plateau.share))
    return Plateau(jnp.where(reduced, lower, plateau.share), jnp.where(reduced, 0, waited))


def eased(dials: Dials, plateau: Plateau | None) -> Dials:
    """Return dials with what plateaus have left of the learning rate; None leaves all of it."""
    if plateau is None:
        return dials
    return dials._replace(learning_rate=dials.learning_rate * plateau.share)

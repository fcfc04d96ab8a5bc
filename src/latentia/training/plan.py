"""What a compiled training program is made for, and the numbers it is run with.

A fit splits into a `Plan`, which is static and hashable and decides what is compiled, and
`Dials`, which are arrays with one entry per member and can change without compiling anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict, Unpack

import numpy as np

from latentia.networks.bottlenecks import bottleneck_of
from latentia.networks.penalties import PENALTIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentia.networks.architecture import Architecture
    from latentia.networks.network import Array


# A number of epochs that no fit reaches.
NEVER = np.iinfo(np.int32).max


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The static half of a fit.

    Parameters
    ----------
    architecture : Architecture
        Shape of the network.
    loss : str
        Name of the reconstruction loss.
    optimizer : tuple or optax.GradientTransformation
        ``(name, ((setting, value), ...))``, or a transformation of the user's own, which
        brings its own learning rate.
    schedule : str
        Name of the learning-rate schedule; see `program`.
    penalties : tuple of str
        Names of the penalties in use.
    corruption : str or None
        Name of the input corruption in use.
    dropout : bool
        Whether hidden units are dropped.
    masked_code : bool
        Whether members use different numbers of components.
    gaps : bool
        Whether cells may be missing (nan).
    averaged : bool
        Whether an average of the weights is judged and kept in their place.
    keep_best : bool
        Whether the weights of the best held-out epoch are kept, or those of the last epoch.
    """

    architecture: Architecture
    loss: str = "mse"
    optimizer: Any = ("adam", ())
    schedule: str = "constant"
    penalties: tuple[str, ...] = ()
    corruption: str | None = None
    dropout: bool = False
    masked_code: bool = False
    gaps: bool = False
    averaged: bool = False
    keep_best: bool = True

    @property
    def program(self) -> Plan:
        """What is compiled of it: the same for all schedules, which are numbers by then."""
        return replace(self, schedule="constant")

    @property
    def uses_chance(self) -> bool:
        """Whether a step draws random numbers."""
        return self.corruption is not None or self.draws_within or self.draws_for_penalties

    @property
    def draws_within(self) -> bool:
        """Whether the network itself draws them, beside the noise on its input."""
        return self.dropout or bottleneck_of(self.architecture).draws

    @property
    def draws_for_penalties(self) -> bool:
        """Whether a penalty draws them."""
        return any(PENALTIES[name].draws for name in self.penalties)


class Dials(NamedTuple):
    """The numeric half of a fit: every field is an array with one entry per member.

    ``penalties`` has one such array for each of the plan's penalties, ``drop_steps`` one for each
    drop of the learning rate, ``code_mask`` is of shape (members, n_components), or None when
    every member uses all components, and ``column_weights`` and ``cell_weights`` of shape (members,
    n_features).
    """

    learning_rate: Array
    final_share: Array  # learning rate at the end, as a share of the first
    initial_share: Array  # learning rate at the beginning of a cycle, as a share of its peak
    warmup_steps: Array
    total_steps: Array
    drop_steps: tuple[Array, ...]  # when the learning rate drops
    plateau_epochs: Array  # epochs without improvement before the learning rate is reduced
    factor: Array  # what a drop or a reduction leaves of the learning rate
    weight_decay: Array
    average_reach: Array  # steps that an average of the weights reaches back
    dropout: Array
    corruption: Array
    penalties: tuple[Array, ...]
    patience: Array  # epochs without improvement before a member stops
    cost_weight: Array  # of what the bottleneck asks for, per column
    cost_warmup: Array  # steps over which that weight grows from nothing
    clip: Array | None = None  # largest norm of a gradient; None leaves gradients as they are
    code_mask: Array | None = None
    column_weights: Array | None = None  # what the loss of a column counts; None if all count alike
    cell_weights: Array | None = None  # how many cells one of a column counts as; None if all count as one


class ColumnDials(TypedDict, total=False):
    """The numbers that each column has, (n_features,), for all members; see `Dials`."""

    column_weights: np.ndarray | None
    cell_weights: np.ndarray | None


def make_dials(
    members: int,
    *,
    learning_rate: float | Sequence[float] = 1e-3,
    final_share: float = 0.0,
    initial_share: float = 1.0,
    warmup_steps: int = 0,
    total_steps: int = 1,
    drop_steps: Sequence[int] = (),
    plateau_epochs: int = NEVER,
    factor: float = 1.0,
    weight_decay: float | Sequence[float] = 0.0,
    average_reach: float | Sequence[float] = 1.0,
    dropout: float | Sequence[float] = 0.0,
    corruption: float | Sequence[float] = 0.0,
    penalties: Sequence[float | Sequence[float]] = (),
    patience: int = NEVER,
    cost_weight: float | Sequence[float] = 1.0,
    cost_warmup: int = 0,
    clip: float | Sequence[float] | None = None,
    code_mask: np.ndarray | None = None,
    **columns: Unpack[ColumnDials],
) -> Dials:
    """Spread settings over members: a number holds for all, a sequence gives one each."""

    def per_member(value: float | Sequence[float], dtype: type = np.float32) -> np.ndarray:
        return np.array(np.broadcast_to(np.asarray(value), (members,)), dtype)

    def per_column(weights: np.ndarray | None) -> np.ndarray | None:
        return None if weights is None else np.tile(np.asarray(weights, np.float32), (members, 1))

    return Dials(
        learning_rate=per_member(learning_rate),
        final_share=per_member(final_share),
        initial_share=per_member(initial_share),
        warmup_steps=per_member(warmup_steps),
        total_steps=per_member(total_steps),
        drop_steps=tuple(per_member(step) for step in drop_steps),
        plateau_epochs=per_member(plateau_epochs, np.int32),
        factor=per_member(factor),
        weight_decay=per_member(weight_decay),
        average_reach=per_member(average_reach),
        dropout=per_member(dropout),
        corruption=per_member(corruption),
        penalties=tuple(per_member(weight) for weight in penalties),
        patience=per_member(patience, np.int32),
        cost_weight=per_member(cost_weight),
        cost_warmup=per_member(cost_warmup),
        clip=None if clip is None else per_member(clip),
        code_mask=None if code_mask is None else np.asarray(code_mask, np.float32),
        column_weights=per_column(columns.get("column_weights")),
        cell_weights=per_column(columns.get("cell_weights")),
    )

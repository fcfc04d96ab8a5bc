"""From a table's values and a recipe to a trained model: split, scale, train, put in order.

This is the one way into training; engines call it wherever they run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from latentia.errors import InputError
from latentia.networks.architecture import Architecture
from latentia.networks.canonical import canonical
from latentia.recipe import automatic_noise
from latentia.tables.scaling import Scaling
from latentia.tables.spectrum import unexplained_shares
from latentia.tables.splits import Split, hold_out
from latentia.training.endings import Ending
from latentia.training.loop import train
from latentia.training.order import ShuffledOrder
from latentia.training.plan import Dials, Plan, make_dials
from latentia.training.rows import Monitors, monitors, training_rows
from latentia.training.trained import Trained, checked_scale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentia.networks.network import Network
    from latentia.recipe import Recipe
    from latentia.training.outcome import Outcome
    from latentia.training.progress import Progress

NEVER = np.iinfo(np.int32).max
# Rows that settle the axes of the code; more would not move them.
ROWS_FOR_AXES = 1024
# A loss that moves less than this share over the last tenth of the epochs, ten at least, has levelled off.
LEVEL, FEWEST_LEVEL_EPOCHS = 0.005, 10


@dataclass(frozen=True, kw_only=True)
class Task:
    """What to fit beside the recipe.

    Parameters
    ----------
    seed : int
        The root of all chance.
    split : Split or None
        Rows to train on and to hold out; drawn by the recipe when None.
    counts : sequence of int or None
        Number of components per member; None for the recipe's number in all.
    previous : Trained or None
        A model to go on from.
    previous_values : ndarray or None
        The table that `previous` was fitted to, where it is still at hand: tells whether rows
        that judge this fit were learned from before.
    progress : Progress or None
        Told how training goes.
    """

    seed: int
    split: Split | None = None
    counts: Sequence[int] | None = None
    previous: Trained | None = None
    previous_values: np.ndarray | None = None
    progress: Progress | None = None


def fit(values: np.ndarray, recipe: Recipe, task: Task) -> Trained:
    """Fit an autoencoder to rows of numbers.

    Parameters
    ----------
    values : array of shape (n, p), float64
        Finite values in their original units.
    recipe : Recipe
        Settings; "auto" is resolved here.
    task : Task
        Seed, split and what else belongs to this fit.

    Returns
    -------
    Trained

    Raises
    ------
    InputError
        When there are too few rows for the components or the values cannot be scaled.
    """
    split = task.split or hold_out(len(values), recipe.validation_fraction, task.seed)
    learned_from = values[split.training]
    _check_size(recipe, values.shape)
    scaling = task.previous.scaling if task.previous else Scaling.fit(learned_from, recipe.scaling)
    scaled = checked_scale(scaling, learned_from)
    unexplained = unexplained_shares(scaled).tolist() if recipe.corruption == "auto" else None
    noise = _noise_per_member(scaled, task.counts, unexplained)
    recipe = recipe.resolve(n_rows=len(scaled), n_features=values.shape[1], unexplained=unexplained)
    held_out = checked_scale(scaling, values[split.held_out])
    plan = make_plan(recipe, values.shape[1], masked=task.counts is not None)
    members = recipe.n_seeds if task.counts is None else len(task.counts)
    variance = mean_variance(scaled)
    outcome = train(
        plan,
        dials_of(recipe, len(scaled), variance, members, counts=task.counts, noise=noise),
        training_rows(scaled),
        ShuffledOrder(len(scaled), task.seed),
        n_rows=len(scaled),
        batch_size=int(recipe.batch_size),
        max_epochs=int(recipe.max_epochs),
        seed=task.seed,
        members=members,
        monitors=_monitors(scaled, held_out),
        networks=_earlier_networks(task.previous, plan.architecture, members),
        progress=task.progress,
    )
    outcome = replace(outcome, endings=_settled_endings(outcome))
    if task.counts is None:
        outcome = replace(outcome, networks=_canonical_members(outcome, scaled, recipe))
    return Trained(
        recipe=recipe,
        scaling=scaling,
        outcome=outcome,
        split=split,
        center=scaled.mean(axis=0),
        mean_loss=variance if recipe.loss == "mse" else _mean_loss(recipe.loss, scaled),
        seed=task.seed,
        chosen=_best_member(outcome),
        **({} if task.previous is None else _rows_seen(values, split, task)),
    )


def make_plan(recipe: Recipe, n_features: int, *, masked: bool = False) -> Plan:
    """Return what has to be compiled for a resolved recipe."""
    schedule = "constant" if recipe.learning_rate is None else recipe.learning_rate[0]
    corruption = _noise(recipe)
    return Plan(
        architecture=Architecture(
            n_features=n_features,
            hidden=tuple(recipe.hidden_layer_sizes),  # pyright: ignore[reportArgumentType]
            n_components=recipe.n_components,
            activation=recipe.activation,
            bottleneck=recipe.bottleneck,
            output_activation=recipe.output_activation,
        ),
        loss=recipe.loss,
        optimizer=_direction_spec(recipe.optimizer),
        schedule=schedule,
        penalties=tuple(name for name, _ in recipe.penalty),
        corruption=None if corruption is None else corruption[0],
        dropout=recipe.dropout > 0,
        masked_code=masked,
    )


def _noise_per_member(
    scaled: np.ndarray, counts: Sequence[int] | None, unexplained: list[float] | None
) -> list[float] | None:
    """Return automatic noise for members of different sizes; None where all have the recipe's."""
    if counts is None or unexplained is None:
        return None
    n_rows, n_features = scaled.shape
    return [automatic_noise(n_rows, n_features, count, unexplained) for count in counts]


def _noise(recipe: Recipe) -> tuple[str, float] | None:
    """Return the corruption of a resolved recipe, None where it does nothing."""
    corruption = recipe.corruption
    return corruption if isinstance(corruption, tuple) and corruption[1] > 0 else None


def _direction_spec(optimizer: Any) -> Any:
    """Leave out weight decay and clipping, which the step applies itself."""
    if not (isinstance(optimizer, tuple) and isinstance(optimizer[0], str)):
        return optimizer
    name, settings = optimizer
    return name, tuple((key, value) for key, value in settings if key not in {"weight_decay", "clip"})


def dials_of(
    recipe: Recipe,
    n_rows: int,
    variance: float,
    members: int,
    *,
    counts: Sequence[int] | None = None,
    noise: Sequence[float] | None = None,
) -> Dials:
    """Return the numbers of a resolved recipe, spread over members.

    Parameters
    ----------
    recipe : Recipe
        Without an "auto".
    n_rows : int
        Rows to train on.
    variance : float
        Variance of their scaled columns, on average; noise is measured in its root.
    members : int
    counts : sequence of int or None
        Components per member; None for all.
    noise : sequence of float or None
        Noise per member; None for the recipe's.
    """
    corruption = _noise(recipe)
    levels = np.asarray(noise if noise is not None else 0.0 if corruption is None else corruption[1])
    steps = -(-n_rows // int(recipe.batch_size)) * int(recipe.max_epochs)
    # An optimiser of the user's own brings its learning rate; it is used as it is.
    rate = {"rate": 1.0} if recipe.learning_rate is None else dict(recipe.learning_rate[1])
    mask = None
    if counts is not None:
        mask = np.arange(recipe.n_components)[None, :] < np.asarray(counts)[:, None]
    return make_dials(
        members,
        **_schedule_dials(rate, steps),
        weight_decay=recipe.weight_decay,
        dropout=recipe.dropout,
        corruption=(levels * np.sqrt(variance)).tolist(),
        penalties=[weight for _, weight in recipe.penalty],
        patience=NEVER if recipe.patience is None else int(recipe.patience),
        clip=recipe.clip,
        code_mask=mask,
    )


def _schedule_dials(settings: dict[str, Any], steps: int) -> dict[str, Any]:
    """Return the numbers of a schedule, with shares of all steps turned into steps."""
    return {
        "learning_rate": settings["rate"],
        "initial_share": settings.get("initial", 1.0),
        "final_share": settings.get("final", 0.0),
        "warmup_steps": round(settings.get("warmup", 0.0) * steps),
        "total_steps": max(steps, 1),
        "drop_steps": [round(share * steps) for share in settings.get("at", ())],
        "plateau_epochs": settings.get("patience", NEVER),
        "factor": settings.get("factor", 1.0),
    }


def mean_variance(scaled: np.ndarray) -> float:
    """Return the variance of a column, averaged over columns."""
    if not len(scaled):
        return 0.0
    deviations = scaled - scaled.mean(axis=0)
    return float(np.einsum("ij,ij->", deviations, deviations) / deviations.size)


def row_fingerprints(values: np.ndarray) -> list[bytes]:
    """Return a hash of each row's values."""
    rows = np.ascontiguousarray(values, np.float64) + 0.0
    return [blake2b(row.tobytes(), digest_size=16).digest() for row in rows]


def _mean_loss(loss: str, scaled: np.ndarray) -> float:
    """Return the loss of predicting every column's mean, for a loss by absolute distance."""
    distance = np.abs(scaled - scaled.mean(axis=0))
    if loss == "mae":
        return float(distance.mean())
    return float(np.where(distance <= 1.0, 0.5 * np.square(distance), distance - 0.5).mean())


def _check_size(recipe: Recipe, shape: tuple[int, ...]) -> None:
    n_rows, n_features = shape
    k = recipe.n_components
    if k >= n_rows:
        raise InputError(
            f"n_components={k} needs more than {k} rows, but the table has {n_rows} (n_samples={n_rows}); "
            f"choose at most {n_rows - 1}."
        )
    if k > n_features and not recipe.sparse_code:
        raise InputError(
            f"n_components={k} is more than the table's columns (n_features={n_features}), so the network "
            f"could copy every row; choose at most {n_features}, or set penalty='l1_codes' for a wide, "
            "sparse code."
        )


def _monitors(scaled: np.ndarray, held_out: np.ndarray) -> Monitors | None:
    """Watch the held-out rows, and as many training rows for a loss without noise beside it."""
    if not len(held_out):
        return None
    sample = np.linspace(0, len(scaled) - 1, min(len(scaled), len(held_out))).astype(int)
    return monitors(held_out, scaled[sample])


def _earlier_networks(previous: Trained | None, architecture: Architecture, members: int) -> Network | None:
    if previous is None:
        return None
    networks = previous.outcome.networks
    if networks.architecture != architecture or previous.outcome.members != members:
        raise InputError(
            "A warm start needs the same network, but the fitted one is "
            f"{networks.architecture.describe()} with {previous.outcome.members} seed(s) and the new one "
            f"{architecture.describe()} with {members}; "
            "set warm_start=False to start afresh."
        )
    return networks


def _canonical_members(outcome: Outcome, scaled: np.ndarray, recipe: Recipe) -> Network:
    step = -(-len(scaled) // ROWS_FOR_AXES)
    free = recipe.bottleneck == "linear" and not recipe.sparse_code
    networks = [
        canonical(outcome.network(member), scaled[::step], free_axes=free)
        for member in range(outcome.members)
    ]
    return jax.tree.map(lambda *leaves: np.stack(leaves), *networks)


def _settled_endings(outcome: Outcome) -> tuple[Ending, ...]:
    """Call a member converged that ran all its epochs and whose loss had levelled off."""
    endings = []
    for member, ending in enumerate(outcome.endings):
        history = outcome.history_of(member)
        watched = history["val_loss"] if np.isfinite(history["val_loss"]).any() else history["loss"]
        tail = watched[-max(len(watched) // 10, FEWEST_LEVEL_EPOCHS) :]
        enough = len(watched) >= 2 * FEWEST_LEVEL_EPOCHS
        level = enough and np.ptp(tail) <= LEVEL * max(abs(tail[-1]), 1e-12)
        endings.append(Ending.CONVERGED if ending is Ending.EPOCH_LIMIT and level else ending)
    return tuple(endings)


def _best_member(outcome: Outcome) -> int:
    """Return the member with the lowest held-out loss; without held-out rows, training loss."""
    losses = outcome.best_val_loss()
    if not np.isfinite(losses).any() and len(outcome.history["epoch"]):
        losses = outcome.history["loss"][-1]
    return int(np.nanargmin(losses)) if np.isfinite(losses).any() else 0


def _rows_seen(values: np.ndarray, split: Split, task: Task) -> dict[str, Any]:
    """Remember what a warm start has learned from, and count the rows that judge it among them."""
    previous, seen = task.previous, frozenset[bytes]()
    if previous is not None:
        seen = previous.rows_seen
        if task.previous_values is not None:
            seen |= frozenset(row_fingerprints(task.previous_values[previous.split.training]))
    again = sum(row in seen for row in row_fingerprints(values[split.held_out]))
    return {"rows_seen": seen, "validation_rows_seen": again, "warm_started": True}

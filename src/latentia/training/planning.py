"""From a resolved recipe to what is compiled, and the numbers that it is run with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.networks.architecture import architecture_of
from latentia.recipe import automatic_noise
from latentia.training.plan import Dials, Plan, make_dials

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentia.recipe import Recipe

# Settings of an optimiser that do not belong to its direction: the step applies them itself.
APPLIED_BY_THE_STEP = ("averaging", "clip", "weight_decay")
NEVER = np.iinfo(np.int32).max


def make_plan(recipe: Recipe, n_features: int, *, masked: bool = False) -> Plan:
    """Return what has to be compiled for a resolved recipe."""
    schedule = "constant" if recipe.learning_rate is None else recipe.learning_rate[0]
    corruption = _noise(recipe)
    return Plan(
        architecture=architecture_of(recipe, n_features),
        loss=recipe.loss_name,
        optimizer=_direction_spec(recipe.optimizer),
        schedule=schedule,
        penalties=tuple(name for name, _ in recipe.penalty),
        corruption=None if corruption is None else corruption[0],
        dropout=recipe.dropout > 0,
        masked_code=masked,
        averaged=recipe.averaging is not None,
    )


def noise_per_member(
    recipe: Recipe, shape: tuple[int, ...], counts: Sequence[int] | None, unexplained: list[float] | None
) -> list[float] | None:
    """Return automatic noise for members of different sizes; None where all have the recipe's."""
    if counts is None or unexplained is None or recipe.corruption != "auto":
        return None
    n_rows, n_features = shape
    return [automatic_noise(n_rows, n_features, count, unexplained) for count in counts]


def _noise(recipe: Recipe) -> tuple[str, float] | None:
    """Return the corruption of a resolved recipe, None where it does nothing."""
    corruption = recipe.corruption
    return corruption if isinstance(corruption, tuple) and corruption[1] > 0 else None


def _direction_spec(optimizer: Any) -> Any:
    """Leave out what the step applies itself."""
    if not (isinstance(optimizer, tuple) and isinstance(optimizer[0], str)):
        return optimizer
    name, settings = optimizer
    return name, tuple((key, value) for key, value in settings if key not in APPLIED_BY_THE_STEP)


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
    # Normal noise is given in standard deviations of the scaled table; the others are probabilities.
    spread = np.sqrt(variance) if corruption is None or corruption[0] == "gaussian" else 1.0
    levels = np.asarray(noise if noise is not None else 0.0 if corruption is None else corruption[1])
    steps = -(-n_rows // int(recipe.batch_size)) * int(recipe.max_epochs)
    # An optimiser of the user's own brings its learning rate; it is used as it is.
    rate = {"rate": 1.0} if recipe.learning_rate is None else dict(recipe.learning_rate[1])
    bottleneck = dict(recipe.bottleneck[1]) if isinstance(recipe.bottleneck, tuple) else {}
    mask = None
    if counts is not None:
        mask = np.arange(recipe.n_components)[None, :] < np.asarray(counts)[:, None]
    return make_dials(
        members,
        **_schedule_dials(rate, steps),
        weight_decay=recipe.weight_decay,
        average_reach=max(1.0, (recipe.averaging or 0.0) * steps),
        dropout=recipe.dropout,
        corruption=(levels * spread).tolist(),
        penalties=[weight for _, weight in recipe.penalty],
        patience=NEVER if recipe.patience is None else int(recipe.patience),
        cost_weight=bottleneck.get("kl_weight", 1.0),
        cost_warmup=round(bottleneck.get("warmup", 0.0) * steps),
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

"""From a resolved recipe to what is compiled, and the numbers that it is run with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack

import jax
import numpy as np

from latentia.errors import RecipeError
from latentia.networks.architecture import PLAIN, Layout, architecture_of
from latentia.settings import LARGEST
from latentia.training.plan import NEVER, ColumnDials, Dials, Plan, make_dials

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentia.recipe import Recipe

# Settings of an optimiser that do not belong to its direction: the step applies them itself.
APPLIED_BY_THE_STEP = ("averaging", "clip", "weight_decay")
# Settings that may be, or hold, numbers in which members that train side by side can differ.
RIDING = (
    *("n_components", "bottleneck", "penalty", "corruption", "dropout", "optimizer", "learning_rate"),
    *("patience", "n_seeds"),
)


def make_plan(
    recipe: Recipe,
    n_features: int,
    layout: Layout = PLAIN,
    *,
    masked: bool = False,
    gaps: bool = False,
) -> Plan:
    """Return what has to be compiled for a resolved recipe, and for rows with or without missing cells."""
    schedule = "constant" if recipe.learning_rate is None else recipe.learning_rate[0]
    corruption = _noise(recipe)
    return Plan(
        architecture=architecture_of(recipe, n_features, layout),
        loss=recipe.loss_name,
        optimizer=_direction_spec(recipe.optimizer),
        schedule=schedule,
        penalties=tuple(name for name, _ in recipe.penalty),
        corruption=None if corruption is None else corruption[0],
        dropout=recipe.dropout > 0,
        masked_code=masked,
        gaps=gaps,
        averaged=recipe.averaging is not None,
    )


def shared_plan(
    recipes: Sequence[Recipe],
    n_features: int,
    layout: Layout = PLAIN,
    *,
    gaps: bool = False,
) -> Plan:
    """Return the one program in which members with several resolved recipes train side by side.

    They may differ in numbers: learning rate, weights of penalties, noise, dropout and so on. What
    one of them does without, it has at zero; a narrower code is a wide one that is masked.

    Raises
    ------
    RecipeError
        When two recipes differ in more than that.
    """
    widest = max(recipe.n_components for recipe in recipes)
    masked = any(recipe.n_components < widest for recipe in recipes)
    wide = [replace(recipe, n_components=widest) for recipe in recipes]
    plans = [make_plan(recipe, n_features, layout, masked=masked, gaps=gaps) for recipe in wide]
    optional = {
        "corruption": next((plan.corruption for plan in plans if plan.corruption), None),
        "dropout": any(plan.dropout for plan in plans),
        "penalties": tuple(sorted({name for plan in plans for name in plan.penalties})),
    }
    shared = replace(plans[0], **optional)
    for recipe, plan in zip(recipes, plans, strict=True):
        same_noise = plan.corruption in {None, shared.corruption}
        if not same_noise or replace(plan, **optional) != shared or _pace(recipe) != _pace(recipes[0]):
            raise RecipeError(
                f"{_difference(recipe, recipes[0])} cannot train in one program, because more than a number "
                "differs; use scikit-learn's GridSearchCV for such settings."
            )
    return shared


def dials_of_each(
    plan: Plan,
    recipes: Sequence[Recipe],
    n_rows: int,
    variance: float,
    **columns: Unpack[ColumnDials],
) -> Dials:
    """Return the numbers of members with a recipe each; see `dials_of`.

    Raises
    ------
    RecipeError
        When two schedules drop the learning rate a different number of times.
    """
    clipped = any(recipe.clip is not None for recipe in recipes)
    each = []
    for recipe in recipes:
        weights = dict(recipe.penalty)
        whole = replace(recipe, penalty=tuple((name, weights.get(name, 0.0)) for name in plan.penalties))
        dials = dials_of(whole, n_rows, variance, 1, **columns)
        if plan.masked_code:
            mask = np.arange(plan.architecture.n_components) < recipe.n_components
            dials = dials._replace(code_mask=mask[None].astype(np.float32))
        if clipped and dials.clip is None:
            dials = dials._replace(clip=np.full(1, LARGEST, np.float32))
        if len(dials.drop_steps) != len(each[0].drop_steps if each else dials.drop_steps):
            raise RecipeError(
                f"{_difference(recipe, recipes[0])} cannot train in one program, because the rate drops a "
                "different number of times; give 'at' as many shares everywhere."
            )
        each.append(dials)
    return jax.tree.map(lambda *parts: np.concatenate(parts), *each)


def _pace(recipe: Recipe) -> tuple[Any, ...]:
    """Return what all members share because they see the same batches."""
    return (
        *(recipe.batch_size, recipe.max_epochs, recipe.validation_fraction, recipe.scaling),
        recipe.column_weights,
    )


def _difference(recipe: Recipe, other: Recipe) -> str:
    """Name the first setting in which two recipes differ, and both values."""
    ours, theirs = recipe.to_dict(), other.to_dict()
    # Those that are never just a number come first: they are what is in the way.
    names = sorted(ours, key=lambda name: name in RIDING)
    name = next(name for name in names if ours[name] != theirs[name])
    return f"{name}={theirs[name]!r} and {name}={ours[name]!r}"


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
    **columns: Unpack[ColumnDials],
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
    **columns : ndarray of shape (n_features,) or None
        ``column_weights`` and ``cell_weights``: what columns count, as in `Dials`.
    """
    corruption = _noise(recipe)
    # Normal noise is given in standard deviations of the scaled table; the others are probabilities.
    spread = np.sqrt(variance) if corruption is None or corruption[0] == "gaussian" else 1.0
    level = 0.0 if corruption is None else corruption[1]
    steps = -(-n_rows // int(recipe.batch_size)) * int(recipe.max_epochs)
    # An optimiser of the user's own brings its learning rate; it is used as it is.
    rate = {"rate": 1.0} if recipe.learning_rate is None else dict(recipe.learning_rate[1])
    bottleneck = dict(recipe.bottleneck[1]) if isinstance(recipe.bottleneck, tuple) else {}
    return make_dials(
        members,
        **_schedule_dials(rate, steps),
        weight_decay=recipe.weight_decay,
        average_reach=max(1.0, (recipe.averaging or 0.0) * steps),
        dropout=recipe.dropout,
        corruption=float(level * spread),
        penalties=[weight for _, weight in recipe.penalty],
        patience=NEVER if recipe.patience is None else int(recipe.patience),
        cost_weight=bottleneck.get("kl_weight", 1.0),
        cost_warmup=round(bottleneck.get("warmup", 0.0) * steps),
        clip=recipe.clip,
        **columns,
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

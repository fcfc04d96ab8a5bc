"""Which settings there are, which values each may have, and the one form that each is kept in.

A rule is a function of a setting's name and the value that a user wrote; it returns the value in
its canonical form or raises a `RecipeError` with the next step.
"""

from __future__ import annotations

import difflib
import math
from itertools import pairwise
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from latentia.errors import RecipeError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ACTIVATION_NAMES = (
    *("linear", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "tanh", "sigmoid", "softplus"),
)
BOTTLENECK_SETTINGS: dict[str, dict[str, Any]] = {
    **{name: {} for name in ACTIVATION_NAMES},
    "linear": {"rotation": None},
    "gaussian": {"kl_weight": "auto", "warmup": 0.25},
    "topk": {"active": "auto"},
    "ordered": {},
}
# Of a linear code, whose axes are free, after the principal axes.
ROTATIONS = (None, "varimax")
OUTPUT_ACTIVATION_NAMES = (*ACTIVATION_NAMES, "softmax")
LOSS_SETTINGS: dict[str, dict[str, Any]] = {
    **{name: {} for name in ("mse", "mae", "huber", "bce", "categorical")},
    "poisson": {"size_factors": True},
    "nb": {"size_factors": True},
}
LOSS_NAMES = tuple(LOSS_SETTINGS)
# Losses of counts, whose tables are scaled by taking logarithms.
COUNT_LOSSES = ("poisson", "nb")
# Losses that are likelihoods, with the output activation that gives what they compare: probabilities,
# or log1p of the mean of a count, whose logarithm is the raw output.
LOSS_OUTPUTS = {"bce": "sigmoid", "categorical": "softmax", "poisson": "softplus", "nb": "softplus"}
PENALTY_WEIGHTS = {
    "l1_codes": 1e-4,
    "l2_codes": 1e-4,
    "l1_activations": 1e-4,
    "l1_weights": 1e-5,
    "l2_weights": 1e-4,
    "kl_sparsity": 1e-3,
    "contractive": 1e-2,
    "contractive_sampled": 1e-2,
}
CODE_PENALTIES = (
    *("l1_codes", "l2_codes", "l1_activations", "kl_sparsity", "contractive", "contractive_sampled"),
)
CORRUPTION_LEVELS = {"gaussian": 0.3, "masking": 0.1, "swap": 0.1}
# Corruptions whose level is a share of the cells; beyond the limit next to nothing of a row is left.
CORRUPTED_SHARES = ("masking", "swap")
MOST_SILENCED = 0.95
OPTIMIZER_SETTINGS: dict[str, dict[str, float | bool | None]] = {
    "adam": {"b1": 0.9, "b2": 0.999, "eps": 1e-8, "weight_decay": 0.0, "clip": None, "averaging": None},
    "adamw": {"b1": 0.9, "b2": 0.999, "eps": 1e-8, "weight_decay": 0.1, "clip": None, "averaging": None},
    "sgd": {"momentum": 0.0, "nesterov": False, "weight_decay": 0.0, "clip": None, "averaging": None},
    "rmsprop": {"decay": 0.9, "eps": 1e-7, "weight_decay": 0.0, "clip": None, "averaging": None},
    "adagrad": {"initial": 0.1, "eps": 1e-7, "weight_decay": 0.0, "clip": None, "averaging": None},
    "lion": {"b1": 0.9, "b2": 0.99, "weight_decay": 0.1, "clip": None, "averaging": None},
    "muon": {"beta": 0.95, "adam_share": 0.1, "weight_decay": 0.1, "clip": None, "averaging": None},
}
SCHEDULE_SETTINGS: dict[str, dict[str, Any]] = {
    "constant": {"warmup": 0.0},
    "cosine": {"warmup": 0.0, "final": 0.0},
    "exponential": {"warmup": 0.0, "final": 1e-2},
    "step": {"warmup": 0.0, "factor": 0.1, "at": (0.5, 0.75)},
    "one_cycle": {"warmup": 0.3, "initial": 0.04, "final": 4e-6},
    "reduce_on_plateau": {"warmup": 0.0, "factor": 0.1, "patience": 10, "final": 0.0},
}
# The largest number that single precision holds; infinity has no place in JSON.
LARGEST = 3.4e38
SCALING_NAMES = ("standard", "robust", "minmax", "quantile", "log1p", "log1p-standard", None)
# In a dict of columns and their scalings: all columns that it does not name.
OTHER_COLUMNS = "*"
ENGINE_NAMES = ("local",)
# Peak learning rates by optimiser, for "auto"; Adam's was found on the tables of benchmarks/defaults.py.
LEARNING_RATES = {
    "adam": 3e-3,
    "adamw": 3e-3,
    "sgd": 3e-2,
    "rmsprop": 1e-3,
    "adagrad": 3e-2,
    "lion": 3e-4,
    "muon": 2e-2,
}


def nearest(name: Any, known: Any) -> str:
    """Return the end of a message: the known name that was meant, or else all of them."""
    close = difflib.get_close_matches(str(name), [str(one) for one in known], n=1)
    listing = ", ".join(repr(one) for one in sorted(known, key=str))
    return f"; did you mean {close[0]!r}?" if close else f"; choose one of {listing}."


def _one_of(*known: Any) -> Any:
    def check(name: str, value: Any) -> Any:
        if isinstance(value, str | None) and value in known:
            return value
        raise RecipeError(f"{name}={value!r} is not known{nearest(value, known)}")

    return check


def is_whole_number(value: Any, *, least: int) -> bool:
    """Return whether a value is a whole number, no truth, of at least so much."""
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least


def is_number(value: Any) -> bool:
    """Return whether a value is a real number, no truth."""
    return isinstance(value, Real) and not isinstance(value, bool)


def _number(low: float, high: float, *, whole: bool = False, special: tuple = ()) -> Any:
    """Return a rule: a number within [low, high], or [low, high) when high is exclusive."""
    kind: Any = Integral if whole else Real
    phrase = "a whole number" if whole else "a number"

    def check(name: str, value: Any) -> Any:
        if any(
            value is one or (isinstance(one, str) and isinstance(value, str) and value == one)
            for one in special
        ):
            return value
        if isinstance(value, kind) and not isinstance(value, bool) and low <= float(value) <= high:
            return int(value) if whole else float(value)
        limits = f"of at least {low:g}" if high >= LARGEST else f"from {low:g} to {high:g}"
        others = "".join(f", or {one!r}" for one in special)
        raise RecipeError(f"{name}={value!r} must be {phrase} {limits}{others}.")

    return check


def _widths(name: str, value: Any) -> tuple[int, ...] | str:
    if isinstance(value, str) and value == "auto":
        return value
    try:
        widths: tuple[Any, ...] = (value,) if isinstance(value, Integral | str) else tuple(value)
    except TypeError:
        widths = (None,)
    if all(
        isinstance(width, Integral) and not isinstance(width, bool) and int(width) >= 1 for width in widths
    ):
        return tuple(int(width) for width in widths)
    raise RecipeError(f"{name}={value!r} must be 'auto' or the widths of the layers, such as (64, 32).")


def _pairs(name: str, value: Any, defaults: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """Read "name", ("name", weight), {"name": weight} or a list of these, in the order of names."""
    pairs = sorted(_listed(name, value, defaults), key=lambda pair: str(pair[0]))
    for kind, weight in pairs:
        if kind not in defaults:
            raise RecipeError(f"{name}={kind!r} is not known{nearest(kind, defaults)}")
        if weight is not None:
            _number(0.0, LARGEST)(f"{name} {kind!r}", weight)
    for (kind, _), (following, _) in pairwise(pairs):
        if kind == following:
            raise RecipeError(f"{name}={value!r} names {kind!r} twice; give it one weight.")
    return tuple((kind, float(defaults[kind] if weight is None else weight)) for kind, weight in pairs)


def _listed(name: str, value: Any, defaults: Mapping[str, float]) -> list[tuple[Any, Any]]:
    """Return names with their weights as they were given, None where there is no weight."""
    if value is None:
        return []
    if isinstance(value, str):
        return [(value, None)]
    if hasattr(value, "items"):
        return list(value.items())
    if not isinstance(value, list | tuple):
        example = dict([next(iter(defaults.items()))])
        raise RecipeError(f"{name}={value!r} must be a name, None, or names with weights, such as {example}.")
    if len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], Real):  # noqa: PLR2004 - a pair
        return [(value[0], value[1])]
    return [pair for part in value for pair in _listed(name, part, defaults)]


def _penalty(name: str, value: Any) -> tuple[tuple[str, float], ...]:
    return _pairs(name, value, PENALTY_WEIGHTS)


def _corruption(name: str, value: Any) -> tuple[str, float] | str | None:
    if value is None or (isinstance(value, str) and value == "auto"):
        return value
    pairs = _pairs(name, value, CORRUPTION_LEVELS)
    if len(pairs) > 1:
        raise RecipeError(f"{name}={value!r} names {len(pairs)} corruptions; choose one.")
    for kind, level in pairs:
        if kind in CORRUPTED_SHARES and level > MOST_SILENCED:
            meant = (
                f"; {level:g} % are {level / 100:g}."
                if 1 < level <= 100 * MOST_SILENCED
                else ", such as 0.1."
            )
            raise RecipeError(
                f"{name} {kind!r}={level:g} must be a share of the cells, from 0 to {MOST_SILENCED:g}{meant}"
            )
    return pairs[0] if pairs else None


def _is_share(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and 0.0 < float(value) < 1.0


def _shares(name: str, value: Any) -> tuple[float, ...]:
    """Read when something happens: one share of all steps, or several in their order."""
    shares = (value,) if isinstance(value, Real) else value
    if isinstance(shares, list | tuple) and shares and all(map(_is_share, shares)):
        return tuple(sorted(float(share) for share in shares))
    raise RecipeError(f"{name}={value!r} must be shares of all steps, between 0 and 1, such as (0.5, 0.75).")


# Settings of optimisers and schedules that are not just any number of at least 0.
_RULES_OF_SETTINGS = {
    "at": _shares,
    "averaging": _number(1e-6, 1.0, special=(None,)),
    "clip": _number(1e-6, LARGEST, special=(None,)),
    "factor": _number(1e-6, 1.0),
    "patience": _number(1, 1_000_000, whole=True),
}
# Settings that are shares of what was there before: at one, nothing new would ever count.
_SHARES_OF_MEMORY = ("b1", "b2", "beta", "decay", "momentum")


def _setting(label: str, setting: str, value: Any, default: Any) -> Any:
    """Check one setting of an optimiser or a schedule."""
    if isinstance(default, bool):
        return _truth(label, value)
    if setting in _RULES_OF_SETTINGS:
        return _RULES_OF_SETTINGS[setting](label, value)
    if setting in _SHARES_OF_MEMORY:
        return _number(0.0, 0.999999)(label, value)
    if setting == "rate" and isinstance(value, Real) and float(value) == 0.0:
        raise RecipeError(f"{label}={value!r} must be above 0; usual values lie between 1e-4 and 1e-1.")
    special = ("auto",) if default == "auto" or setting == "rate" else ()
    if setting == "rotation":
        return _one_of(*ROTATIONS)(label, value)
    if setting == "active":
        return _number(1, LARGEST, whole=True, special=special)(label, value)
    highest = 1.0 if setting == "warmup" else LARGEST
    return _number(0.0, highest, special=special)(label, value)


def _named(name: str, value: Any, known: Mapping[str, Mapping[str, Any]], extra: Sequence[str] = ()) -> Any:
    """Read "name", ("name", {setting: value}) or {"name": ..., setting: value}; "schedule" is "name", too."""
    if isinstance(value, str):
        kind, settings = value, {}
    elif hasattr(value, "items"):
        settings = dict(value)
        kind = settings.pop("name", settings.pop("schedule", None))
    else:
        kind, settings = value[0], dict(value[1])
    if kind is None:
        entry = "schedule" if known is SCHEDULE_SETTINGS else "name"
        listing = ", ".join(map(repr, sorted(known)))
        raise RecipeError(f"{name}={value!r} lacks the entry {entry!r}; add it, with one of {listing}.")
    if not isinstance(kind, str) or kind not in known:
        raise RecipeError(f"{name}={kind!r} is not known{nearest(kind, known)}")
    allowed = {**known[kind], **dict.fromkeys(extra)}
    for setting in settings:
        if setting not in allowed:
            others = nearest(setting, allowed) if allowed else "; it has none, so give its name alone."
            raise RecipeError(f"{name} {kind!r} has no setting {setting!r}{others}")
    checked = {
        setting: _setting(f"{name} {kind!r} {setting!r}", setting, given, allowed[setting])
        for setting, given in settings.items()
    }
    return (kind, tuple(sorted(checked.items())))


def _is_named(value: Any) -> bool:
    """Whether a value has one of the forms that `_named` reads."""
    if isinstance(value, list | tuple):
        return len(value) == 2 and isinstance(value[1], dict | list | tuple)  # noqa: PLR2004 - name and settings
    return isinstance(value, str) or hasattr(value, "items")


def _optimizer(name: str, value: Any) -> Any:
    if hasattr(value, "init") and hasattr(value, "update"):
        return value  # an optax.GradientTransformation of the user's own
    if not _is_named(value):
        raise RecipeError(
            f"{name}={value!r} must be a name such as 'adamw', a dict such as "
            "{'name': 'sgd', 'momentum': 0.9}, or an optax.GradientTransformation."
        )
    return _named(name, value, OPTIMIZER_SETTINGS)


def _learning_rate(name: str, value: Any) -> Any:
    if value is None or (isinstance(value, str) and value == "auto"):
        return value
    if isinstance(value, Real) and not isinstance(value, bool):
        if not 0.0 < float(value) <= LARGEST:
            raise RecipeError(f"{name}={value!r} must be above 0; usual values lie between 1e-4 and 1e-1.")
        return ("constant", (("rate", float(value)),))
    if not _is_named(value):
        raise RecipeError(
            f"{name}={value!r} must be a number above 0, 'auto', or a schedule such as "
            "{'schedule': 'cosine', 'rate': 0.003}."
        )
    schedule, settings = _named(name, value, SCHEDULE_SETTINGS, extra=("rate",))
    if schedule == "exponential" and dict(settings).get("final") == 0.0:
        raise RecipeError(
            f"{name} 'exponential' 'final'=0 must be above 0, because no factor per step leads to nothing; "
            "try 0.01, or 'cosine'."
        )
    return schedule, settings


def _bottleneck(name: str, value: Any) -> Any:
    if all(hasattr(value, part) for part in ("code", "learn", "outputs_per_component", "draws")):
        return value  # an object of the user's own
    if not _is_named(value):
        raise RecipeError(
            f"{name}={value!r} must be a name such as 'linear' or 'gaussian', a dict such as "
            "{'name': 'topk', 'active': 3}, or a bottleneck object."
        )
    return _named(name, value, BOTTLENECK_SETTINGS)


def _loss(name: str, value: Any) -> Any:
    if isinstance(value, str) and value == "auto":
        return value
    if not _is_named(value):
        raise RecipeError(
            f"{name}={value!r} must be a name such as 'mse', or a dict such as "
            "{'name': 'nb', 'size_factors': False}."
        )
    kind, settings = _named(name, value, LOSS_SETTINGS)
    return (kind, settings) if LOSS_SETTINGS[kind] else kind


def _scaling(name: str, value: Any) -> Any:
    """Read one scaling for all columns, or {column: scaling}, in the order of columns."""
    if isinstance(value, tuple):
        pairs = value
    elif hasattr(value, "items"):
        pairs = tuple(value.items())
    else:
        return _one_of("auto", *SCALING_NAMES)(name, value)
    if not pairs or not all(map(_is_column_with_its_own, pairs)):
        raise RecipeError(
            f"{name}={value!r} must be a name, None, or names of columns with theirs, such as "
            f"{{'income': 'log1p-standard', {OTHER_COLUMNS!r}: 'robust'}}, where {OTHER_COLUMNS!r} stands "
            "for all others."
        )
    known = _one_of(*SCALING_NAMES)
    checked = {column: known(f"{name}[{column!r}]", kind) for column, kind in pairs}
    return tuple(sorted(checked.items()))


def _column_weights(name: str, value: Any) -> tuple[tuple[str, float], ...] | None:
    """Read {column: weight}, in the order of columns."""
    if value is None:
        return None
    pairs = value if isinstance(value, tuple) else tuple(value.items()) if hasattr(value, "items") else ()
    if not pairs or not all(map(_is_column_with_its_own, pairs)):
        raise RecipeError(
            f"{name}={value!r} must be None, or names of columns with what they count, such as "
            f"{{'income': 2, {OTHER_COLUMNS!r}: 1}}, where {OTHER_COLUMNS!r} stands for all others."
        )
    weight = _number(0.0, LARGEST)
    return tuple(sorted((column, weight(f"{name}[{column!r}]", one)) for column, one in pairs))


def _is_column_with_its_own(pair: Any) -> bool:
    return isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], str)  # noqa: PLR2004 - a pair


def _truth(name: str, value: Any) -> bool:
    if type(value).__name__ in ("bool", "bool_"):  # NumPy's too, which is not loaded to ask for help
        return bool(value)
    raise RecipeError(f"{name}={value!r} must be True or False.")


RULES: dict[str, Any] = {
    "n_components": _number(1, math.inf, whole=True),
    "hidden_layer_sizes": _widths,
    "activation": _one_of(*ACTIVATION_NAMES),
    "output_activation": _one_of("auto", *OUTPUT_ACTIVATION_NAMES),
    "bottleneck": _bottleneck,
    "loss": _loss,
    "penalty": _penalty,
    "corruption": _corruption,
    "dropout": _number(0.0, MOST_SILENCED),
    "tied": _truth,
    "optimizer": _optimizer,
    "learning_rate": _learning_rate,
    "batch_size": _number(1, math.inf, whole=True, special=("auto",)),
    "max_epochs": _number(0, math.inf, whole=True, special=("auto",)),
    "validation_fraction": _number(0.0, 0.9),
    "patience": _number(1, math.inf, whole=True, special=("auto", None)),
    "scaling": _scaling,
    "column_weights": _column_weights,
    "n_seeds": _number(1, math.inf, whole=True),
    "engine": _one_of(*ENGINE_NAMES),
}

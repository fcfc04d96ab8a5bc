"""Every choice of a fit as plain data: defaults, JSON, a hash, and what "auto" stands for.

A recipe is what is printed, saved, hashed and sent to other machines. It knows the names of
things, not the things: which activations exist is written in ``settings``, what they compute is
in ``networks``, and a test holds the two together.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from latentia.errors import RecipeError
from latentia.settings import LEARNING_RATES, OPTIMIZER_SETTINGS, RULES, SCHEDULE_SETTINGS, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All settings of a fit in one canonical form.

    Parameters
    ----------
    n_components : int, default 2
        Number of hidden variables, the width of the code.
    hidden_layer_sizes : tuple of int or "auto"
        Widths of the encoder's hidden layers; the decoder mirrors them.
    activation, output_activation, bottleneck : str
        Activations of the hidden layers, the output and the code.
    loss : {"mse", "mae", "huber", "auto"}
    penalty : tuple of (str, float)
        Penalties with their weights.
    corruption : (str, float), None or "auto"
        Noise on the input while training, in standard deviations of the scaled table.
    dropout : float, default 0.0
        Probability of silencing a hidden unit while training.
    optimizer : (str, settings)
        Name and settings; ``weight_decay`` is decoupled and acts on weight matrices, ``clip`` is the
        largest norm of a gradient, over all weights.
    learning_rate : (str, settings)
        Schedule and its settings: ``rate``, ``warmup`` as a share of all steps, ``final`` as a share
        of the rate, and what is the schedule's own.
    batch_size, max_epochs, patience : int or "auto"
    validation_fraction : float, default 0.2
        Share of rows held out to judge epochs by; 0 for none.
    scaling : {"standard", "robust", "minmax", "quantile", None}
    n_seeds : int, default 1
        Members trained side by side from different starts.
    engine : {"local"}

    Examples
    --------
    >>> recipe = Recipe.from_settings(n_components=3, penalty="l1_codes")
    >>> recipe.penalty
    (('l1_codes', 0.0001),)
    >>> recipe.resolve(n_rows=142, n_features=13).hidden_layer_sizes
    (128, 64)
    >>> Recipe.from_json(recipe.to_json()) == recipe
    True
    """

    n_components: int = 2
    hidden_layer_sizes: tuple[int, ...] | str = "auto"
    activation: str = "gelu"
    output_activation: str = "auto"
    bottleneck: str = "linear"
    loss: str = "auto"
    penalty: tuple[tuple[str, float], ...] = ()
    corruption: tuple[str, float] | str | None = "auto"
    dropout: float = 0.0
    tied: bool = False
    optimizer: Any = ("adamw", ())
    learning_rate: Any = "auto"
    batch_size: int | str = "auto"
    max_epochs: int | str = "auto"
    validation_fraction: float = 0.2
    patience: int | str | None = "auto"
    scaling: str | None = "standard"
    n_seeds: int = 1
    engine: str = "local"

    @classmethod
    def from_settings(cls, **settings: Any) -> Recipe:
        """Build a recipe from settings in any of the forms a user may write them in.

        Raises
        ------
        RecipeError
            When a setting is unknown or has a value it cannot have.
        """
        known = {field.name for field in fields(cls)}
        for name in settings:
            if name not in known:
                raise RecipeError(f"{name!r} is not a setting{nearest(name, known)}")
        checked = {name: RULES[name](name, value) for name, value in settings.items()}
        return cls(**checked)

    def resolve(self, *, n_rows: int, n_features: int, unexplained: Sequence[float] | None = None) -> Recipe:
        """Put values in place of every "auto".

        Parameters
        ----------
        n_rows, n_features : int
            Size of the table that is trained on.
        unexplained : sequence of float, optional
            Share of its variance that PCA leaves with 0, 1, 2 ... components.
        """
        hidden = self.hidden_layer_sizes
        if hidden == "auto":
            hidden = _automatic_widths(n_features, self.n_components)
        batch = _automatic_batch(n_rows) if self.batch_size == "auto" else int(self.batch_size)
        batch = min(batch, n_rows)
        epochs = self.max_epochs
        if epochs == "auto":
            epochs = min(300, max(20, round(6000 * batch / n_rows)))
        patience = self.patience
        if patience == "auto":
            patience = max(10, math.ceil(int(epochs) / 3))
        return replace(
            self,
            hidden_layer_sizes=hidden,
            output_activation="linear" if self.output_activation == "auto" else self.output_activation,
            loss="mse" if self.loss == "auto" else self.loss,
            corruption=self._resolved_corruption(n_rows, n_features, unexplained),
            learning_rate=self._resolved_rate(max((*map(int, hidden), self.n_components))),
            batch_size=batch,
            max_epochs=int(epochs),
            patience=patience,
        )

    def _resolved_rate(self, width: int) -> Any:
        """Return the schedule with a number for its rate; wide networks take smaller steps."""
        own = not (isinstance(self.optimizer, tuple) and isinstance(self.optimizer[0], str))
        if self.learning_rate is None or (own and self.learning_rate == "auto"):
            return None  # an optimiser of the user's own brings its rate
        schedule, settings = ("cosine", ()) if self.learning_rate == "auto" else self.learning_rate
        settings = {**SCHEDULE_SETTINGS[schedule], **dict(settings)}
        if settings.get("rate", "auto") == "auto":
            peak = 1.0 if own else LEARNING_RATES[self.optimizer[0]] * min(1.0, math.sqrt(128 / width))
            settings["rate"] = peak
        return (schedule, tuple(sorted(settings.items())))

    def _resolved_corruption(self, n_rows: int, n_features: int, unexplained: Any) -> Any:
        if self.corruption != "auto":
            return self.corruption
        return ("gaussian", automatic_noise(n_rows, n_features, self.n_components, unexplained))

    @property
    def weight_decay(self) -> float:
        """Decoupled weight decay of the optimiser; 0 for a transformation of the user's own."""
        if not isinstance(self.optimizer, tuple) or isinstance(self.optimizer[0], str) is False:
            return 0.0
        name, settings = self.optimizer
        return float(dict(settings).get("weight_decay", OPTIMIZER_SETTINGS[name]["weight_decay"]))

    @property
    def clip(self) -> float | None:
        """Largest norm of a gradient; None where gradients are left as they are."""
        if not isinstance(self.optimizer, tuple) or isinstance(self.optimizer[0], str) is False:
            return None
        return dict(self.optimizer[1]).get("clip")

    @property
    def sparse_code(self) -> bool:
        """Whether a penalty acts on the code, which then has axes of its own."""
        return any(name in {"l1_codes", "l2_codes", "l1_activations"} for name, _ in self.penalty)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready values."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: _plain(name, value) for name, value in values.items()}

    def to_json(self) -> str:
        """Return the recipe as one line of JSON with sorted keys."""
        return json.dumps(self.to_dict(), sort_keys=True, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        """Read a recipe back; unknown settings and impossible values are refused."""
        return cls.from_settings(**json.loads(text))

    def digest(self) -> str:
        """Return a short hash that two equal recipes share."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:12]


def _automatic_widths(n_features: int, n_components: int) -> tuple[int, ...]:
    """Return two layers: four times the columns as a power of two, from 128 to 512, then half."""
    first = min(512, max(128, 1 << math.ceil(math.log2(4 * n_features))))
    return (max(first, 2 * n_components), max(first // 2, 2 * n_components))


def _automatic_batch(n_rows: int) -> int:
    """Return about a sixtieth of the rows as a power of two, from 32 to 256."""
    return 1 << min(8, max(5, round(math.log2(max(n_rows, 1) / 60))))


def automatic_noise(
    n_rows: int, n_features: int, n_components: int, unexplained: Sequence[float] | None = None
) -> float:
    """Return the noise to train with, in standard deviations: less of it for more rows and components.

    Half a standard deviation up to 150 rows, half as much for every 16 times as many. But a code of
    k components lets noise of level s through with a variance of s² k / p, which no training can
    remove; it is kept below a sixth of the variance that PCA leaves unexplained with k components.

    Examples
    --------
    >>> automatic_noise(142, 13, 3)
    0.5
    >>> automatic_noise(142, 13, 10, [1.0] * 10 + [0.05])
    0.1
    """
    level = min(0.5, max(0.05, 0.5 * (150 / max(n_rows, 1)) ** 0.25))
    if unexplained is not None:
        left = unexplained[n_components] if n_components < len(unexplained) else 0.0
        level = min(level, math.sqrt(max(left, 0.0) / 6 * n_features / n_components))
    return round(level, 2)


def _plain(name: str, value: Any) -> Any:  # noqa: PLR0911 - one form per kind of setting
    """Turn one setting into what JSON can hold and `from_settings` reads back."""
    if name == "hidden_layer_sizes" and not isinstance(value, str):
        return list(value)
    if name == "penalty":
        return {kind: weight for kind, weight in value} or None  # noqa: C416 - the types of a dict() are lost
    if name == "corruption" and isinstance(value, tuple):
        return {value[0]: value[1]}
    if name in {"optimizer", "learning_rate"}:
        if isinstance(value, str | None):
            return value
        if isinstance(value, tuple) and isinstance(value[0], str):
            settings: tuple[tuple[str, Any], ...] = value[1]
            return {"name": value[0], **{key: _listed(one) for key, one in settings}}
        return "custom"
    return value


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value

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
from latentia.settings import (
    BOTTLENECK_SETTINGS,
    CODE_PENALTIES,
    COUNT_LOSSES,
    LEARNING_RATES,
    LOSS_OUTPUTS,
    LOSS_SETTINGS,
    OPTIMIZER_SETTINGS,
    OTHER_COLUMNS,
    RULES,
    SCHEDULE_SETTINGS,
    nearest,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


# Share of cells that are hidden while a network of a table with gaps learns.
LEAST_MASKING, MOST_MASKING, MORE_MASKING = 0.1, 0.3, 1.5
# Of wider tables a row says more, so fewer steps and narrower layers learn as much.
WIDE = 2048


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All settings of a fit in one canonical form.

    Parameters
    ----------
    n_components : int, default 2
        Number of hidden variables, the width of the code.
    hidden_layer_sizes : tuple of int or "auto"
        Widths of the encoder's hidden layers; the decoder mirrors them.
    activation, output_activation : str
        Activations of the hidden layers and the output.
    bottleneck : (str, settings) or Bottleneck
        An activation, "gaussian", "topk" or "ordered" with its settings, or an object.
    loss : str, or (str, settings)
        "mse", "mae", "huber", "bce", "categorical" or "auto"; with settings "poisson" and "nb".
    penalty : tuple of (str, float)
        Penalties with their weights.
    corruption : (str, float), None or "auto"
        Noise on the input while training, in standard deviations of the scaled table.
    dropout : float, default 0.0
        Probability of silencing a hidden unit while training.
    optimizer : (str, settings)
        Name and settings; ``weight_decay`` is decoupled and acts on weight matrices, ``clip`` is the
        largest norm of a gradient, over all weights; ``averaging`` is how far an average of the
        weights, kept in their place, reaches back, as a share of all steps.
    learning_rate : (str, settings)
        Schedule and its settings: ``rate``, ``warmup`` as a share of all steps, ``final`` as a share
        of the rate, and what is the schedule's own.
    batch_size, max_epochs, patience : int or "auto"
    validation_fraction : float, default 0.2
        Share of rows held out to judge epochs by; 0 for none.
    scaling : str, None, or tuple of (str, str or None)
        "standard", "robust", "minmax", "quantile", "log1p", "log1p-standard", None or "auto"; or columns
        with theirs, where the column "*" stands for all others.
    column_weights : tuple of (str, float) or None
        Columns with what each counts in the loss, 1 unless said; "*" stands for all others.
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
    bottleneck: Any = ("linear", ())
    loss: Any = "auto"
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
    scaling: Any = "auto"
    column_weights: tuple[tuple[str, float], ...] | None = None
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

    def resolve(
        self,
        *,
        n_rows: int,
        n_features: int,
        unexplained: Sequence[float] | None = None,
        variance: float = 1.0,
        n_markers: int = 0,
        missing: float = 0.0,
    ) -> Recipe:
        """Put values in place of every "auto".

        Parameters
        ----------
        n_rows, n_features : int
            Size of the table that is trained on.
        unexplained : sequence of float, optional
            Share of its variance that PCA leaves with 0, 1, 2 ... components.
        variance : float, default 1.0
            Variance of its scaled columns, on average.
        n_markers : int, default 0
            Inputs beside the columns, which mark missing cells.
        missing : float, default 0.0
            Share of cells that are missing.

        Raises
        ------
        RecipeError
            When two settings contradict each other.
        """
        self._check_together()
        hidden = self.hidden_layer_sizes
        if hidden == "auto":
            hidden = _automatic_widths(n_features + n_markers, self.n_components)
        batch = _automatic_batch(n_rows) if self.batch_size == "auto" else int(self.batch_size)
        batch = min(batch, n_rows)
        epochs = self.max_epochs
        if epochs == "auto":
            steps = 6000 * min(1.0, WIDE / n_features)
            epochs = min(300, max(20, round(steps * batch / n_rows)))
        patience = self.patience
        if patience == "auto":
            patience = max(10, math.ceil(int(epochs) / 3))
        return replace(
            self,
            hidden_layer_sizes=hidden,
            output_activation=self._resolved_output(),
            loss=self._resolved_loss(),
            scaling=RULES["scaling"]("scaling", self.scaling_kind),
            bottleneck=self._resolved_bottleneck(n_features, unexplained, variance),
            corruption=self._resolved_corruption(n_rows, n_features, unexplained, missing),
            learning_rate=self._resolved_rate(max((*map(int, hidden), self.n_components))),
            batch_size=batch,
            max_epochs=int(epochs),
            patience=patience,
        )

    def with_layers(self, widths: tuple[int, ...] | str) -> Recipe:
        """Return the recipe with these hidden layers in place of automatic ones."""
        return replace(self, hidden_layer_sizes=widths) if self.hidden_layer_sizes == "auto" else self

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

    def _check_together(self) -> None:
        """Refuse settings that contradict each other."""
        output = LOSS_OUTPUTS.get(self.loss_name)
        if output is not None and self.output_activation not in {"auto", output}:
            what = "counts" if self.loss_name in COUNT_LOSSES else "probabilities"
            raise RecipeError(
                f"loss={self.loss_name!r} compares {what}, which output_activation="
                f"{self.output_activation!r} does not give; leave it at 'auto' or set it to {output!r}."
            )
        if self.loss_name in COUNT_LOSSES and self.scaling_kind != "log1p":
            raise RecipeError(
                f"loss={self.loss_name!r} compares counts, which scaling={self.scaling_kind!r} turns into "
                "other numbers; leave it at 'auto' or set it to 'log1p'."
            )
        if self.output_activation == "softmax" and self.loss_name != "categorical":
            raise RecipeError(
                "output_activation='softmax' gives shares of a row, which only loss='categorical' compares; "
                "choose that loss or another output."
            )
        if self.column_weights is not None and self.loss_name == "categorical":
            raise RecipeError(
                "column_weights says what each column counts, but loss='categorical' compares a row as a "
                "whole; leave one of them out."
            )
        sparse = any(name == "kl_sparsity" for name, _ in self.penalty)
        if sparse and self.code_name != "sigmoid":
            raise RecipeError(
                f"penalty='kl_sparsity' needs codes between 0 and 1, but bottleneck={self.code_name!r} "
                "does not keep to them; set bottleneck='sigmoid'."
            )
        if self.rotation is not None and not self.free_axes:
            raise RecipeError(
                f"rotation={self.rotation!r} needs free axes, which tied weights and penalties on codes do "
                "not leave; set tied=False and leave these penalties out, or rotation=None."
            )

    def _resolved_output(self) -> str:
        if self.output_activation == "auto":
            return LOSS_OUTPUTS.get(self.loss_name, "linear")
        return self.output_activation

    def _resolved_loss(self) -> Any:
        settings = LOSS_SETTINGS[self.loss_name]
        if not settings:
            return self.loss_name
        return (self.loss_name, tuple(sorted({**settings, **dict(self.loss[1])}.items())))

    def _resolved_bottleneck(self, n_features: int, unexplained: Any, variance: float) -> Any:
        if not isinstance(self.bottleneck, tuple):
            return self.bottleneck
        name, settings = self.bottleneck
        settings = {**BOTTLENECK_SETTINGS[name], **dict(settings)}
        if settings.get("kl_weight") == "auto":
            likelihood = self.loss_name in LOSS_OUTPUTS
            settings["kl_weight"] = (
                1.0 if likelihood else _price_of_nats(n_features, self.n_components, unexplained, variance)
            )
        if settings.get("active") == "auto":
            settings["active"] = max(1, round(self.n_components / 4))
        return (name, tuple(sorted((key, value) for key, value in settings.items() if value is not None)))

    def _resolved_corruption(self, n_rows: int, n_features: int, unexplained: Any, missing: float) -> Any:
        if self.corruption != "auto":
            return self.corruption
        if missing > 0:
            # A network learns to fill gaps from gaps whose cells are known: half as many again as there are.
            return ("masking", round(min(max(MORE_MASKING * missing, LEAST_MASKING), MOST_MASKING), 2))
        if self.code_name == "gaussian":
            return None  # its code is noisy already
        return ("gaussian", automatic_noise(n_rows, n_features, self.n_components, unexplained))

    @property
    def weight_decay(self) -> float:
        """Decoupled weight decay of the optimiser; 0 for a transformation of the user's own."""
        return float(self._optimizer_setting("weight_decay") or 0.0)

    @property
    def loss_name(self) -> str:
        """Name of the loss, without its settings; what "auto" stands for."""
        name = self.loss if isinstance(self.loss, str) else self.loss[0]
        return "mse" if name == "auto" else name

    @property
    def size_factors(self) -> bool:
        """Whether rows of counts are brought to a common size."""
        settings = {} if isinstance(self.loss, str) else dict(self.loss[1])
        return bool({**LOSS_SETTINGS[self.loss_name], **settings}.get("size_factors", False))

    @property
    def scaling_kind(self) -> Any:
        """Name of the scaling; what "auto" stands for; or columns with theirs, "*" among them."""
        automatic = "log1p" if self.loss_name in COUNT_LOSSES else "standard"
        if isinstance(self.scaling, tuple):
            return {OTHER_COLUMNS: automatic, **dict(self.scaling)}
        return automatic if self.scaling == "auto" else self.scaling

    @property
    def of_counts(self) -> bool:
        """Whether the table has to hold counts, none of them negative."""
        return self.scaling_kind == "log1p"

    @property
    def code_name(self) -> str:
        """Name of the bottleneck; "custom" for an object of the user's own."""
        return self.bottleneck[0] if isinstance(self.bottleneck, tuple) else "custom"

    @property
    def clip(self) -> float | None:
        """Largest norm of a gradient; None where gradients are left as they are."""
        return self._optimizer_setting("clip")

    @property
    def averaging(self) -> float | None:
        """How far an average of the weights reaches back, as a share of all steps; None for no average."""
        return self._optimizer_setting("averaging")

    def _optimizer_setting(self, setting: str) -> float | None:
        """Return a setting that the training step applies; None for an optimiser of the user's own."""
        if not isinstance(self.optimizer, tuple) or isinstance(self.optimizer[0], str) is False:
            return None
        name, settings = self.optimizer
        return {**OPTIMIZER_SETTINGS[name], **dict(settings)}[setting]

    @property
    def sparse_code(self) -> bool:
        """Whether codes are pressed or cut, so that they may be wider than the table."""
        return self.code_name == "topk" or any(name in CODE_PENALTIES for name, _ in self.penalty)

    @property
    def follows_spectrum(self) -> bool:
        """Whether an "auto" looks at how much of the table PCA leaves unexplained."""
        return self.corruption == "auto" or self.code_name == "gaussian"

    @property
    def rotation(self) -> str | None:
        """How a linear code is turned after the principal axes; None for not at all."""
        return dict(self.bottleneck[1]).get("rotation") if self.code_name == "linear" else None

    @property
    def free_axes(self) -> bool:
        """Whether the code may be turned: nothing but the reconstruction ties it to its axes."""
        return self.code_name == "linear" and not self.tied and not self.sparse_code

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


def _automatic_widths(n_inputs: int, n_components: int) -> tuple[int, ...]:
    """Return two layers: four times the inputs as a power of two, from 128 to 512, then half.

    Beyond 2,048 inputs it is as many fewer as there are more inputs, but 128 at least.

    Examples
    --------
    >>> [_automatic_widths(inputs, 2)[0] for inputs in (13, 64, 2048, 5000, 20_000)]
    [128, 256, 512, 128, 128]
    """
    most = max(128, 1 << int(math.log2(512 * min(1.0, WIDE / n_inputs))))
    first = min(most, max(128, 1 << math.ceil(math.log2(4 * n_inputs))))
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


def _price_of_nats(
    n_features: int, n_components: int, unexplained: Sequence[float] | None, variance: float
) -> float:
    """Return the weight of the divergence that makes a squared error per cell a likelihood.

    Minus the log-likelihood of normal noise of variance s² is the squared error over 2 s², so the
    divergence of a row weighs 2 s² over the number of columns. For s² stands what probabilistic PCA
    estimates: the mean variance of the directions that the components leave out.

    References
    ----------
    Tipping & Bishop (1999), "Probabilistic principal component analysis"; Lucas et al. (2019),
    "Don't blame the ELBO!", for what too large an s² does: components collapse.
    """
    left = 0.1 if unexplained is None else unexplained[min(n_components, len(unexplained) - 1)]
    noise = left * variance * n_features / max(n_features - n_components, 1)
    return round(max(2.0 * noise, 1e-3), 4)


def _plain(name: str, value: Any) -> Any:  # noqa: PLR0911 - one form per kind of setting
    """Turn one setting into what JSON can hold and `from_settings` reads back."""
    if name == "hidden_layer_sizes" and not isinstance(value, str):
        return list(value)
    if name == "penalty":
        return {kind: weight for kind, weight in value} or None  # noqa: C416 - the types of a dict() are lost
    if name in {"scaling", "column_weights"} and isinstance(value, tuple):
        return dict(value)
    if name == "corruption" and isinstance(value, tuple):
        return {value[0]: value[1]}
    if name == "bottleneck" and isinstance(value, tuple) and not value[1]:
        return value[0]
    if name in {"optimizer", "learning_rate", "bottleneck", "loss"}:
        if isinstance(value, str | None):
            return value
        if isinstance(value, tuple) and isinstance(value[0], str):
            settings: tuple[tuple[str, Any], ...] = value[1]
            return {"name": value[0], **{key: _listed(one) for key, one in settings}}
        return "custom"
    return value


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value

"""A trained model as a file and back: which values go where in the container.

The manifest holds everything that is not a large array, in a strict form; the arrays are the
weights of all members and the scaling. No rows of the table are kept.
"""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np

from latentia import __version__
from latentia.errors import InputError, LatentiaError, ModelFileError
from latentia.modelfiles.container import read_container, write_container
from latentia.networks.network import Dense, Network
from latentia.recipe import Recipe
from latentia.tables.scaling import Scaling
from latentia.tables.splits import Split
from latentia.training.endings import Ending
from latentia.training.fit import make_plan
from latentia.training.outcome import Outcome
from latentia.training.trained import Trained

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

LIBRARIES = ("jax", "equinox", "optax", "numpy", "scikit-learn")
_NEXT_STEP = "fit and save it again, or take a sound copy"


class Manifest(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What a model file says about itself beside its arrays."""

    kind: Literal["autoencoder"]
    recipe: dict[str, Any]
    columns: list[str] | None
    n_features: int
    n_rows: int
    n_held_out: int
    members: int
    chosen: int
    seed: int
    best_epoch: list[int]
    epochs_run: list[int]
    endings: list[str]
    seconds: float
    mean_loss: float
    warm_started: bool
    validation_rows_seen: int
    versions: dict[str, str]


def save_model(path: str | os.PathLike[str], trained: Trained, names: Sequence[str] | None) -> None:
    """Write a trained model, durably.

    Raises
    ------
    InputError
        When the model has a part that a file cannot hold: an optimiser of the user's own.
    OutputError
        When the file cannot be written.
    """
    if "custom" in trained.recipe.to_dict().values():
        raise InputError(
            "The model was trained with an optimiser object, which a model file cannot hold; set "
            "optimizer to a name, such as 'adamw', and fit again, or pickle the model for your own use."
        )
    write_container(path, msgspec.to_builtins(_manifest(trained, names)), _arrays(trained))


def load_model(path: str | os.PathLike[str]) -> tuple[Trained, list[str] | None]:
    """Read a trained model and the names of its columns.

    Raises
    ------
    ModelFileError
        When the file is damaged or its parts do not fit together.
    """
    raw, arrays = read_container(path)
    try:
        manifest = msgspec.convert(raw, Manifest)
        return _trained(manifest, arrays), manifest.columns
    except ModelFileError:
        raise
    except (LatentiaError, msgspec.ValidationError, KeyError, ValueError, TypeError, IndexError) as error:
        raise ModelFileError(
            f"{path} is not a model this version can read ({error}); {_NEXT_STEP}."
        ) from error


def describe_model(trained: Trained, names: Sequence[str] | None) -> dict[str, Any]:
    """Return what a model is and how its training ended, as plain values."""
    architecture = trained.network.architecture
    member = trained.chosen
    loss = trained.outcome.best_val_loss()[member]
    return {
        "network": architecture.describe(),
        "n_parameters": architecture.n_parameters,
        "ending": trained.outcome.endings[member].label,
        "advice": trained.outcome.endings[member].advice,
        "epochs": int(trained.outcome.epochs_run[member]),
        "best_epoch": int(trained.outcome.best_epoch[member]),
        "held_out_loss": float(loss) if np.isfinite(loss) else None,
        "n_seeds": trained.outcome.members,
        "rows_trained_on": len(trained.split.training),
        "rows_held_out": len(trained.split.held_out),
        "columns": None if names is None else [str(name) for name in names],
        "recipe": trained.recipe.to_dict(),
        "seed": trained.seed,
    }


def _manifest(trained: Trained, names: Sequence[str] | None) -> Manifest:
    outcome = trained.outcome
    return Manifest(
        kind="autoencoder",
        recipe=trained.recipe.to_dict(),
        columns=None if names is None else [str(name) for name in names],
        n_features=trained.scaling.n_columns,
        n_rows=len(trained.split.training) + len(trained.split.held_out),
        n_held_out=len(trained.split.held_out),
        members=outcome.members,
        chosen=trained.chosen,
        seed=trained.seed,
        best_epoch=[int(epoch) for epoch in outcome.best_epoch],
        epochs_run=[int(epochs) for epochs in outcome.epochs_run],
        endings=[ending.label for ending in outcome.endings],
        seconds=round(outcome.seconds, 3),
        mean_loss=trained.mean_loss,
        warm_started=trained.warm_started,
        validation_rows_seen=trained.validation_rows_seen,
        versions={"python": platform.python_version(), "latentia": __version__}
        | {name: version(name) for name in LIBRARIES},
    )


def _arrays(trained: Trained) -> dict[str, np.ndarray]:
    network = trained.outcome.networks
    arrays: dict[str, np.ndarray] = {
        f"scaling/{name}": array for name, array in trained.scaling.arrays().items()
    }
    for side in ("encoder", "decoder"):
        for index, layer in enumerate(getattr(network, side)):
            arrays[f"{side}/{index}/weight"] = np.asarray(layer.weight)
            arrays[f"{side}/{index}/bias"] = np.asarray(layer.bias)
    # Losses of epochs that a member did not take part in are nan, which the file does not hold.
    for name, values in trained.outcome.history.items():
        if name != "epoch":
            arrays[f"history/{name}"] = np.nan_to_num(values, nan=-1.0, posinf=-2.0, neginf=-2.0)
            arrays[f"history/{name}/finite"] = np.isfinite(values)
    arrays["rows/training"] = trained.split.training
    arrays["rows/held_out"] = trained.split.held_out
    arrays["center"] = trained.center
    return arrays


def _trained(manifest: Manifest, arrays: dict[str, np.ndarray]) -> Trained:
    recipe = Recipe.from_settings(**manifest.recipe)
    if recipe.resolve(n_rows=max(manifest.n_rows, 1), n_features=manifest.n_features) != recipe:
        raise ModelFileError(f"The model file leaves a setting open; {_NEXT_STEP}.")
    scaling = Scaling.from_arrays(
        recipe.scaling,
        {name.removeprefix("scaling/"): a for name, a in arrays.items() if name.startswith("scaling/")},
    )
    networks = _network(recipe, manifest, arrays)
    epochs = max(manifest.epochs_run, default=0)
    if scaling.n_columns != manifest.n_features or not 0 <= manifest.chosen < manifest.members:
        raise ModelFileError(f"The parts of the model file contradict each other; {_NEXT_STEP}.")
    return Trained(
        recipe=recipe,
        scaling=scaling,
        outcome=Outcome(
            networks=networks,
            history={"epoch": np.arange(1, epochs + 1)} | _history(arrays, (epochs, manifest.members)),
            step_loss=np.empty((0, manifest.members)),
            step_penalty=np.empty((0, manifest.members)),
            best_epoch=np.asarray(manifest.best_epoch),
            endings=tuple(Ending[label.upper()] for label in manifest.endings),
            epochs_run=np.asarray(manifest.epochs_run),
            seconds=manifest.seconds,
        ),
        split=Split(arrays["rows/training"].astype(np.int64), arrays["rows/held_out"].astype(np.int64)),
        center=_of_shape(arrays, "center", (manifest.n_features,)).astype(np.float64),
        mean_loss=manifest.mean_loss,
        seed=manifest.seed,
        chosen=manifest.chosen,
        validation_rows_seen=manifest.validation_rows_seen,
        warm_started=manifest.warm_started,
    )


def _network(recipe: Recipe, manifest: Manifest, arrays: dict[str, np.ndarray]) -> Network:
    """Rebuild the networks; every weight must be there in exactly the shape the recipe says."""
    architecture = make_plan(recipe, manifest.n_features).architecture
    widths, depth = architecture.widths, len(architecture.hidden) + 1
    layers = []
    for index in range(2 * depth):
        side, place = ("encoder", index) if index < depth else ("decoder", index - depth)
        shape = (manifest.members, widths[index], widths[index + 1])
        weight = _of_shape(arrays, f"{side}/{place}/weight", shape)
        layers.append(Dense(weight, _of_shape(arrays, f"{side}/{place}/bias", (shape[0], shape[2]))))
    return Network(tuple(layers[:depth]), tuple(layers[depth:]), architecture)


def _of_shape(arrays: dict[str, np.ndarray], name: str, shape: tuple[int, ...]) -> np.ndarray:
    array = arrays.get(name)
    if array is None or array.shape != shape:
        found = "is missing" if array is None else f"has the shape {array.shape}"
        raise ModelFileError(f"Array {name!r} {found}, but the recipe needs {shape}; {_NEXT_STEP}.")
    return array


def _history(arrays: dict[str, np.ndarray], shape: tuple[int, ...]) -> dict[str, np.ndarray]:
    names = ("loss", "penalty", "val_loss", "clean_loss", "learning_rate")
    return {
        name: np.where(
            _of_shape(arrays, f"history/{name}/finite", shape),
            _of_shape(arrays, f"history/{name}", shape),
            np.nan,
        ).astype(np.float64)
        for name in names
    }

"""A trained model as a file and back: which values go where in the container.

The manifest holds everything that is not a large array, in a strict form; the arrays are the
weights of all members and the scaling. No rows of the table are kept.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from latentia.errors import InputError
from latentia.modelfiles.container import checksum, read_container, write_container
from latentia.modelfiles.manifest import CURVES, Manifest, StoredBounds, describe, read, resolved_recipe
from latentia.modelfiles.stored_parts import bounds_of, scaling_of
from latentia.modelfiles.stored_schema import from_store, to_store
from latentia.networks.network import Dense, Network
from latentia.tables.splits import HashedSplit, Split
from latentia.training.endings import Ending
from latentia.training.fingerprint import Origin, versions
from latentia.training.outcome import Outcome
from latentia.training.trained import Trained

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from latentia.networks.architecture import Architecture


def save_model(path: str | os.PathLike[str], trained: Trained, names: Sequence[str] | None) -> None:
    """Write a trained model, durably.

    Raises
    ------
    InputError
        When the model has a part that a file cannot hold: an optimiser of the user's own.
    OutputError
        When the file cannot be written.
    """
    own = [name for name, value in trained.recipe.to_dict().items() if value == "custom"]
    if own:
        raise InputError(
            f"The model was trained with an object for {own[0]}, which a model file cannot hold; set "
            f"{own[0]} to a name and fit again."
        )
    write_container(path, msgspec.to_builtins(_manifest(trained, names)), _arrays(trained))


def checksum_of(trained: Trained, names: Sequence[str] | None) -> str:
    """Return the checksum that the file of a trained model has, or would have."""
    return checksum(msgspec.to_builtins(_manifest(trained, names)), _arrays(trained))


def load_model(path: str | os.PathLike[str]) -> tuple[Trained, list[str] | None]:
    """Read a trained model and the names of its columns.

    Raises
    ------
    ModelFileError
        When the file is damaged or its parts do not fit together.
    """
    raw, arrays = read_container(path)
    manifest = read(raw, arrays)
    return _trained(manifest, arrays), manifest.columns


def describe_model(trained: Trained, names: Sequence[str] | None) -> dict[str, Any]:
    """Return what a model is and how its training ended, as plain values."""
    loss = trained.outcome.best_val_loss()[trained.chosen]
    kept = float(loss) if np.isfinite(loss) else None
    return describe(_manifest(trained, names), trained.network.architecture, kept)


def _manifest(trained: Trained, names: Sequence[str] | None) -> Manifest:
    outcome, bounds, origin = trained.outcome, trained.bounds, trained.origin
    return Manifest(
        kind="autoencoder",
        recipe=trained.recipe.to_dict(),
        columns=None if names is None else [str(name) for name in names],
        n_features=trained.scaling.n_columns,
        n_rows=trained.split.n_training + trained.split.n_held_out,
        n_held_out=trained.split.n_held_out,
        hashed_share=trained.split.fraction if isinstance(trained.split, HashedSplit) else None,
        members=outcome.members,
        chosen=trained.chosen,
        seed=trained.seed,
        best_epoch=[int(epoch) for epoch in outcome.best_epoch],
        epochs_run=[int(epochs) for epochs in outcome.epochs_run],
        endings=[ending.label for ending in outcome.endings],
        mean_loss=trained.mean_loss,
        divergences=None if trained.divergences is None else trained.divergences.tolist(),
        warm_started=trained.warm_started,
        validation_rows_seen=trained.validation_rows_seen,
        versions=versions() if origin is None else dict(origin.versions),
        blocks=list(trained.network.architecture.blocks),
        markers=list(trained.network.architecture.markers),
        schema=to_store(trained.schema),
        hold=trained.hold,
        kept=None if trained.kept is None else trained.kept.tolist(),
        bounds=None if bounds is None else StoredBounds(bounds.distance, bounds.residual, bounds.n_rows),
        data_hash=origin and origin.data,
        devices=origin and origin.devices,
        threads=origin and origin.threads,
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
    if network.log_dispersion is not None:
        arrays["log_dispersion"] = np.asarray(network.log_dispersion)
    # Losses of epochs that a member did not take part in are nan, which the file does not hold.
    for name, values in trained.outcome.history.items():
        if name != "epoch":
            finite = np.isfinite(values)
            arrays[f"history/{name}"] = np.where(finite, values, -1.0)
            arrays[f"history/{name}/finite"] = finite
    if isinstance(trained.split, Split):
        arrays["rows/training"] = trained.split.training
        arrays["rows/held_out"] = trained.split.held_out
    arrays["center"] = trained.center
    if trained.bounds is not None:
        arrays["bounds/center"] = trained.bounds.center
        arrays["bounds/whitening"] = trained.bounds.whitening
    return arrays


def _trained(manifest: Manifest, arrays: dict[str, np.ndarray]) -> Trained:
    recipe = resolved_recipe(manifest)
    return Trained(
        recipe=recipe,
        scaling=scaling_of(recipe, arrays),
        outcome=_outcome(manifest, arrays),
        split=_split(manifest, arrays),
        center=arrays["center"],
        mean_loss=manifest.mean_loss,
        divergences=None if manifest.divergences is None else np.asarray(manifest.divergences),
        seed=manifest.seed,
        chosen=manifest.chosen,
        validation_rows_seen=manifest.validation_rows_seen,
        warm_started=manifest.warm_started,
        schema=from_store(manifest.schema),
        hold=manifest.hold,
        kept=None if manifest.kept is None else np.asarray(manifest.kept),
        bounds=bounds_of(manifest, arrays),
        origin=Origin(
            data=manifest.data_hash,
            versions=manifest.versions,
            devices=manifest.devices,
            threads=manifest.threads,
        ),
    )


def _split(manifest: Manifest, arrays: dict[str, np.ndarray]) -> Split | HashedSplit:
    """Return which rows trained: listed, or drawn by every row for itself."""
    if manifest.hashed_share is None:
        return Split(arrays["rows/training"], arrays["rows/held_out"])
    return HashedSplit(manifest.n_rows, manifest.hashed_share, manifest.seed)


def _outcome(manifest: Manifest, arrays: dict[str, np.ndarray]) -> Outcome:
    steps_are_not_kept = np.empty((0, manifest.members))
    return Outcome(
        networks=_network(manifest.architecture, arrays),
        history={"epoch": np.arange(1, max(manifest.epochs_run) + 1)}
        | {
            name: np.where(arrays[f"history/{name}/finite"], arrays[f"history/{name}"], np.nan)
            for name in CURVES
        },
        step_loss=steps_are_not_kept,
        step_penalty=steps_are_not_kept,
        best_epoch=np.asarray(manifest.best_epoch),
        endings=tuple(Ending[label.upper()] for label in manifest.endings),
        epochs_run=np.asarray(manifest.epochs_run),
        seconds=math.nan,  # two equal models took different times, and are one file
    )


def _network(architecture: Architecture, arrays: dict[str, np.ndarray]) -> Network:
    def layers(side: str) -> tuple[Dense, ...]:
        return tuple(
            Dense(arrays[f"{side}/{index}/weight"], arrays[f"{side}/{index}/bias"])
            for index in range(len(architecture.hidden) + 1)
        )

    return Network(layers("encoder"), layers("decoder"), architecture, arrays.get("log_dispersion"))

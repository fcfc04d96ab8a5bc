"""What a model file says about itself: a strict form, the arrays it promises, and words for people.

Nothing here needs JAX, so that looking at a file is quick.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from latentia.errors import LatentiaError, ModelFileError
from latentia.modelfiles.container import read_container
from latentia.modelfiles.stored_schema import StoredColumn, from_store
from latentia.networks.architecture import Layout, architecture_of
from latentia.recipe import Recipe
from latentia.tables.column_scalings import kinds_of
from latentia.tables.inputs import seen_as
from latentia.tables.naming import numbered
from latentia.tables.table import Column, Schema
from latentia.training.endings import Ending

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    import numpy as np

    from latentia.networks.architecture import Architecture

NEXT_STEP = "fit and save it again, or take a sound copy"
# Whether there are any, and how long they are, only the scaling itself knows.
SCALING_ARRAYS = ("scaling/kinds", "scaling/knots", "scaling/scores")
CURVES = ("loss", "penalty", "val_loss", "clean_loss", "learning_rate")


class StoredBounds(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How far out held-out rows lie; where codes lie is in the arrays."""

    distance: float
    residual: float
    n_rows: int


class Manifest(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Everything about a trained model that is no large array."""

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
    mean_loss: float
    divergences: list[float] | None
    warm_started: bool
    validation_rows_seen: int
    versions: dict[str, str]
    blocks: list[tuple[int, int]] = []
    markers: list[int] = []
    schema: list[StoredColumn] = []
    # Where every row has drawn for itself whether it judges: the share of those that do.
    hashed_share: float | None = None
    hold: float | None = None
    kept: list[float] | None = None
    bounds: StoredBounds | None = None
    # Not in files of version 1.
    data_hash: str | None = None
    devices: str | None = None
    threads: int | None = None

    @property
    def n_columns(self) -> int:
        """The number of columns of the table; a network sees one more for each further level."""
        return len(self.schema) or self.n_features

    @property
    def layout(self) -> Layout:
        """Categories among the columns, and the columns in which cells were missing."""
        return Layout(tuple(self.blocks), tuple(self.markers))

    @property
    def architecture(self) -> Architecture:
        """The shape of the networks."""
        return architecture_of(resolved_recipe(self), self.n_features, self.layout)


def read(raw: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Manifest:
    """Return the manifest of a file whose arrays are exactly those that it promises.

    Raises
    ------
    ModelFileError
        When a field is missing, unknown or of another type, or when parts contradict each other.
    """
    try:
        manifest = msgspec.convert(raw, Manifest)
        _check_numbers(manifest)
        _check_schema(manifest)
        _check_arrays(manifest, arrays)
    except ModelFileError:
        raise
    except (LatentiaError, msgspec.ValidationError, ValueError, TypeError, KeyError) as error:
        reason = str(error).rstrip(".")
        raise ModelFileError(
            f"The file holds no model that this version can read ({reason}); {NEXT_STEP}."
        ) from error
    return manifest


def resolved_recipe(manifest: Manifest) -> Recipe:
    """Return the recipe of a manifest, in which nothing may be left open."""
    recipe = Recipe.from_settings(**manifest.recipe)
    if recipe.resolve(n_rows=max(manifest.n_rows, 1), n_features=manifest.n_features) != recipe:
        raise ModelFileError(f"The model file leaves a setting open; {NEXT_STEP}.")
    return recipe


def describe(manifest: Manifest, architecture: Architecture, held_out_loss: float | None) -> dict[str, Any]:
    """Return what a model is and how its training ended, as plain values."""
    member = manifest.chosen
    ending = Ending[manifest.endings[member].upper()]
    return {
        "network": architecture.describe(),
        "n_parameters": architecture.n_parameters,
        "ending": ending.label,
        "advice": ending.advice,
        "epochs": manifest.epochs_run[member],
        "best_epoch": manifest.best_epoch[member],
        "held_out_loss": held_out_loss,
        "n_seeds": manifest.members,
        "codes_held_when_filling": manifest.hold,
        "kept_when_filling": None if manifest.kept is None else sum(manifest.kept) / len(manifest.kept),
        "rows_trained_on": manifest.n_rows - manifest.n_held_out,
        "rows_held_out": manifest.n_held_out,
        "n_columns": manifest.n_columns,
        "columns": manifest.columns,
        "table": _table(manifest),
        "kinds": dict(Counter(column.kind for column in manifest.schema)) or {"numeric": manifest.n_columns},
        "recipe": dict(manifest.recipe),
        "seed": manifest.seed,
    }


def _table(manifest: Manifest) -> list[dict[str, Any]]:
    """Return every column: what it was taken for and why, and what it is for the networks."""
    names = manifest.columns or numbered(manifest.n_columns)
    schema = from_store(manifest.schema) or Schema(
        tuple(Column(name, "numeric", "float64", None, "numbers") for name in names)
    )
    kinds = kinds_of(manifest.recipe["scaling"], schema)
    seen = seen_as(schema.columns, kinds, manifest.markers)
    return [
        {
            "name": column.name,
            "kind": column.kind,
            "stored_as": column.dtype,
            "why": column.why,
            "unit": column.unit,
            "levels": list(column.levels) if column.kind == "category" else None,
            "seen_as": words,
        }
        for column, words in zip(schema.columns, seen, strict=True)
    ]


def describe_file(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return what is in a model file, and what it was made with, without rebuilding the model.

    Raises
    ------
    ModelFileError
        When the file is damaged, too new or not a model file.
    """
    raw, arrays = read_container(path)
    manifest = read(raw, arrays)
    described = describe(manifest, manifest.architecture, _kept_loss(manifest, arrays))
    made_of = {name: getattr(manifest, name) for name in ("data_hash", "devices", "threads")}
    return {**described, **made_of, "versions": dict(manifest.versions)}


def _kept_loss(manifest: Manifest, arrays: Mapping[str, np.ndarray]) -> float | None:
    """Return the held-out loss of the weights that were kept, None where nothing was held out."""
    epoch, member = manifest.best_epoch[manifest.chosen] - 1, manifest.chosen
    if epoch < 0 or not arrays["history/val_loss/finite"][epoch, member]:
        return None
    return float(arrays["history/val_loss"][epoch, member])


def _check_numbers(manifest: Manifest) -> None:
    """Refuse counts that contradict each other."""
    lists = (manifest.best_epoch, manifest.epochs_run, manifest.endings)
    names = manifest.columns
    sound = (
        0 <= manifest.chosen < manifest.members
        and (manifest.hold is None or manifest.hold > 0)
        and len(manifest.kept or [0.0] * manifest.n_features) == manifest.n_features
        and all(0 <= share <= 1 for share in manifest.kept or [])
        and 0 <= manifest.n_held_out < manifest.n_rows
        and (manifest.bounds is None or _are_bounds(manifest.bounds, manifest.n_held_out))
        and (manifest.hashed_share is None or 0 <= manifest.hashed_share < 1)
        and all(len(values) == manifest.members for values in lists)
        and all(0 <= best <= run for best, run in zip(manifest.best_epoch, manifest.epochs_run, strict=True))
        and len(manifest.divergences or [0.0] * _components(manifest)) == _components(manifest)
        and _is_within(manifest.layout, manifest.n_features)
        and (names is None or len(set(names)) == len(names) == manifest.n_columns)
    )
    if not sound:
        raise ModelFileError(f"The numbers in the model file contradict each other; {NEXT_STEP}.")
    for label in manifest.endings:
        Ending[label.upper()]


def _are_bounds(bounds: StoredBounds, n_held_out: int) -> bool:
    return bounds.distance >= 0 and bounds.residual >= 0 and 0 < bounds.n_rows <= n_held_out


def _is_within(layout: Layout, n_features: int) -> bool:
    """Whether blocks and markers are columns that there are, in order and apart."""
    ends = [0, *(first + width for first, width in layout.blocks)]
    apart = all(first >= end for (first, _), end in zip(layout.blocks, ends[:-1], strict=True))
    filled = all(width > 0 for _, width in layout.blocks) and ends[-1] <= n_features
    inside = {column for first, width in layout.blocks for column in range(first, first + width)}
    ordered = list(layout.markers) == sorted(set(layout.markers) - inside)
    return apart and filled and ordered and all(0 <= column < n_features for column in layout.markers)


def _check_schema(manifest: Manifest) -> None:
    """Refuse columns that are not those of the networks."""
    schema = from_store(manifest.schema)
    if schema is None:
        return
    width, blocks = len(schema.expanded_names), [tuple(block) for block in manifest.blocks]
    named = manifest.columns is None or tuple(manifest.columns) == schema.names
    if width != manifest.n_features or list(schema.blocks) != blocks or not named:
        raise ModelFileError(f"The columns in the model file are not those of its networks; {NEXT_STEP}.")


def _components(manifest: Manifest) -> int:
    return int(manifest.recipe["n_components"])


def _check_arrays(manifest: Manifest, arrays: Mapping[str, np.ndarray]) -> None:
    """Refuse arrays that are missing, unknown, or of another shape or type than the recipe says."""
    promised = {name: (dtype, shape) for name, dtype, shape in _promised(manifest)}
    for name, (dtype, shape) in promised.items():
        array = arrays.get(name)
        if array is None or array.dtype != dtype or array.shape != shape:
            found = "is missing" if array is None else f"is {array.dtype} of shape {array.shape}"
            raise ModelFileError(
                f"Array {name!r} {found}, but the recipe needs {dtype} of shape {shape}; {NEXT_STEP}."
            )
    unknown = sorted(set(arrays) - set(promised) - set(SCALING_ARRAYS))
    if unknown:
        raise ModelFileError(f"The model file has an array {unknown[0]!r} that no model has; {NEXT_STEP}.")


def _promised(manifest: Manifest) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Yield name, type and shape of every array but those that some scalings have."""
    recipe, architecture, members = resolved_recipe(manifest), manifest.architecture, manifest.members
    sides = {"encoder": architecture.encoder_shapes, "decoder": architecture.decoder_shapes}
    for side, shapes in sides.items():
        for index, (inputs, outputs) in enumerate(shapes):
            yield f"{side}/{index}/weight", "float32", (members, inputs, outputs)
            yield f"{side}/{index}/bias", "float32", (members, outputs)
    if architecture.dispersed:
        yield "log_dispersion", "float32", (members, manifest.n_features)
    if recipe.size_factors:
        yield "scaling/typical_total", "float64", (1,)
    for name in CURVES:
        yield f"history/{name}", "float64", (max(manifest.epochs_run), members)
        yield f"history/{name}/finite", "bool", (max(manifest.epochs_run), members)
    if manifest.hashed_share is None:
        yield "rows/training", "int64", (manifest.n_rows - manifest.n_held_out,)
        yield "rows/held_out", "int64", (manifest.n_held_out,)
    if manifest.bounds is not None:
        k = recipe.n_components
        yield "bounds/center", "float64", (k,)
        yield "bounds/whitening", "float64", (k, k)
    for name in ("center", "scaling/center", "scaling/spread"):
        yield name, "float64", (manifest.n_features,)

"""A model as ONNX files, which run without Python, compared with it before they are written."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sklearn.utils.validation import check_is_fitted

from latentia.autoencoder import Autoencoder
from latentia.errors import InputError, OutputError
from latentia.modelfiles.container import read_checksum
from latentia.modelfiles.durable import check_output, write_durably
from latentia.modelfiles.model import checksum_of, load_model
from latentia.modelfiles.onnx_check import BATCHES, TOLERANCE, largest_difference
from latentia.modelfiles.onnx_graph import Told, codes_model, rows_model

if TYPE_CHECKING:
    from latentia.training.trained import Trained

ENDING = ".onnx"


@dataclass(frozen=True)
class Exported:
    """Two ONNX files.

    Parameters
    ----------
    rows : Path
        From rows to codes, reconstructions and scores.
    codes : Path
        From codes to rows.
    difference : float
        By how much they differ from the model, at most, in scaled units and relative to the size of a row.
    n_compared : int
        On how many rows that was found out.
    """

    rows: Path
    codes: Path
    difference: float
    n_compared: int


def decoder_name(out: str | os.PathLike[str]) -> Path:
    """Return the name of the file from codes to rows that belongs to a file from rows to codes.

    Examples
    --------
    >>> decoder_name("wine.onnx").name
    'wine.decoder.onnx'
    """
    name = Path(out)
    return name.with_name(f"{name.stem}.decoder{name.suffix}")


def export_onnx(model: Autoencoder | str | os.PathLike[str], out: str | os.PathLike[str]) -> Exported:
    """Write a model as two ONNX files: one from rows to codes, one from codes to rows.

    Categories, scaling, network and score are all in them, for the chosen network of several seeds; what
    goes in are the cells of the table. Both are run first, with onnxruntime, and compared with the model.

    Parameters
    ----------
    model : Autoencoder or path-like
        A fitted one, or a ``.latentia`` file.
    out : path-like
        A name that ends in ``.onnx``; the other file is called ``.decoder.onnx`` instead.

    Returns
    -------
    Exported
        Where the files are, and how far they are off.

    Raises
    ------
    InputError
        If the model has a part that ONNX cannot express.
    ModelFileError
        If the model file is damaged.
    MissingExtraError
        If the packages onnx and onnxruntime are not installed.
    OutputError
        If a file cannot be written, or would differ from the model.
    """
    places = (Path(out), decoder_name(out))
    for place in places:
        check_output(place, (ENDING,), [] if isinstance(model, Autoencoder) else [model])
    trained, told = _opened(model)
    rows, codes = (
        draw(trained, told).SerializeToString(deterministic=True) for draw in (rows_model, codes_model)
    )
    difference = largest_difference(rows, codes, trained)
    if not difference <= TOLERANCE:
        raise OutputError(
            f"What was exported differs from the model by {difference:.2g} of the size of a row, where "
            f"{TOLERANCE:g} is allowed, so that nothing was written; fit again, with larger penalties or "
            "fewer epochs if its weights have become very large."
        )
    # The one that is asked for comes last, so that it is not there without the other.
    write_durably(places[1], codes)
    write_durably(places[0], rows)
    return Exported(*places, difference, sum(BATCHES))


def _opened(model: Any) -> tuple[Trained, Told]:
    """Return a model and what its files say of it."""
    if isinstance(model, Autoencoder):
        check_is_fitted(model)
        names = getattr(model, "feature_names_in_", None)
        named = None if names is None else tuple(map(str, names))
        return model.trained_, Told(checksum_of(model.trained_, named), named)
    if not isinstance(model, str | os.PathLike):
        raise InputError(
            f"An object of type {type(model).__name__} cannot be exported; pass a fitted Autoencoder, or the "
            "path of a .latentia file."
        )
    checksum = read_checksum(model)
    trained, names = load_model(model)
    return trained, Told(checksum, None if names is None else tuple(names))

"""The ``.latentia`` file: one JSON manifest and named arrays, which never run code when read.

The file is a safetensors file with one entry in its metadata, ``latentia``::

    {"format": "latentia", "version": 2, "sha256": "...", "manifest": {...}}

The digest covers the manifest, the table of arrays and every byte of them, so damage anywhere is
noticed. It tells nothing about who wrote the file. The same content gives the same bytes.

Reading is strict: JSON without duplicate names, NaN or endless nesting; only plain number types; only
finite numbers; memory bounded by the size of the file. Everything else is a ``ModelFileError``.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from latentia.errors import ModelFileError
from latentia.modelfiles.durable import write_durably

if TYPE_CHECKING:
    from collections.abc import Mapping

    Arrays = dict[str, np.ndarray]

FORMAT = "latentia"
# 2 tells also which table, devices and threads a model comes from.
VERSION = 2
MAX_HEADER_BYTES = 64 * 2**20  # a million columns fit
MAX_DEPTH = 32  # of the manifest; ours has five levels
_LENGTH_BYTES = 8  # a safetensors file begins with the length of its header
_NEXT_STEP = "make it again with `latentia fit` or Autoencoder.save, or take a sound copy"


class _NotStrictError(ValueError):
    """The JSON text holds something that two readers could understand differently."""


def write_container(
    path: str | os.PathLike[str], manifest: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
) -> None:
    """Write a manifest and arrays as one ``.latentia`` file, durably.

    Parameters
    ----------
    path : str or path
        The file; an older one is replaced only when the new one is whole.
    manifest : mapping
        JSON-ready values with names as keys; no NaN or infinity.
    arrays : mapping of str to ndarray
        Boolean, integer or float arrays of any shape; all numbers finite.

    Raises
    ------
    ModelFileError
        If an array or the manifest cannot be kept faithfully.
    OutputError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "tiny.latentia")
    ...     write_container(path, {"kind": "demo"}, {"mean": np.array([1.5, 2.0])})
    ...     manifest, arrays = read_container(path)
    >>> manifest, arrays["mean"]
    ({'kind': 'demo'}, array([1.5, 2. ]))
    """
    write_durably(path, _pack(manifest, arrays))


def read_container(path: str | os.PathLike[str]) -> tuple[dict[str, Any], Arrays]:
    """Read a ``.latentia`` file and check every byte of it.

    Returns
    -------
    manifest : dict
        As it was written; tuples have become lists.
    arrays : dict of str to ndarray
        With the dtypes and shapes they had.

    Raises
    ------
    ModelFileError
        If the file is missing, is none of ours, is damaged, or comes from a newer version.
    """
    content = _read(path)
    header, envelope = _open(path, content)
    _check_digest(path, header, envelope, content)
    try:
        arrays = {name: array.copy() for name, array in load_tensors(content).items()}
    except (SafetensorError, ValueError, OverflowError, KeyError, TypeError, MemoryError) as error:
        _damaged(path, f"its arrays cannot be read: {error}")
    for name, array in arrays.items():
        if not _plain(array):
            _damaged(path, f"array '{name}' has the type {array.dtype}")
        if not np.isfinite(array).all():
            _damaged(path, f"array '{name}' holds values that are not finite numbers")
    return envelope["manifest"], arrays


def read_manifest(path: str | os.PathLike[str], *, verify: bool = False) -> dict[str, Any]:
    """Read only the manifest of a ``.latentia`` file.

    Parameters
    ----------
    path : str or path
        The file.
    verify : bool, default False
        Also read the arrays' bytes and compare the digest.
    """
    content = _read(path, header_only=not verify)
    header, envelope = _open(path, content)
    if verify:
        _check_digest(path, header, envelope, content)
    return envelope["manifest"]


def read_checksum(path: str | os.PathLike[str]) -> str:
    """Return the digest that stands in a ``.latentia`` file; reading its arrays compares it."""
    return _open(path, _read(path, header_only=True))[1]["sha256"]


def checksum(manifest: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> str:
    """Return the digest that a file with this manifest and these arrays would have."""
    return _open("", _pack(manifest, arrays))[1]["sha256"]


def _pack(manifest: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """Return the bytes of the file; a first packing gives the table of arrays that the digest covers."""
    plain = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    for name, array in plain.items():
        _check_array(name, array)
    bare = save_tensors(plain)
    length = _header_length(bare)
    header = json.loads(bare[_LENGTH_BYTES : _LENGTH_BYTES + length])
    data = memoryview(bare)[_LENGTH_BYTES + length :]
    try:
        kept = _strict_json(_canonical(dict(manifest)))
        digest = _digest(kept, header, data)
        text = _canonical({"format": FORMAT, "version": VERSION, "sha256": digest, "manifest": kept})
        _strict_json(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise ModelFileError(
            f"The description of the model cannot be written as JSON ({error}); use plain finite values."
        ) from error
    del bare, header, data  # as large as the model, which is about to be packed once more
    # safetensors writes several metadata entries in random order, so there is one.
    content = save_tensors(plain, metadata={FORMAT: text})
    if _header_length(content) > MAX_HEADER_BYTES:
        raise ModelFileError(
            f"The description of the model takes {_header_length(content)} bytes and a model file holds "
            f"{MAX_HEADER_BYTES}; use fewer or shorter column names."
        )
    return content


def _check_array(name: str, array: np.ndarray) -> None:
    """Refuse what could not be read back."""
    if not _plain(array):
        raise ModelFileError(
            f"Array '{name}' has the type {array.dtype}, which a model file cannot hold; "
            "use booleans, integers or floats of at most 64 bits."
        )
    if not np.isfinite(array).all():
        raise ModelFileError(
            f"Array '{name}' holds values that are not finite numbers, so the model is of no use; "
            "fit it again, with a lower learning rate if it diverged."
        )


def _plain(array: np.ndarray) -> bool:
    """Return whether an array holds booleans, integers or floats that every machine has."""
    return array.dtype.kind in "biuf" and array.dtype.itemsize <= np.dtype(np.float64).itemsize


def _read(path: str | os.PathLike[str], *, header_only: bool = False) -> bytes:
    """Return the file's bytes, at most as many as it has; nothing but a plain file is opened."""
    name = Path(path)
    try:
        if not stat.S_ISREG(name.stat().st_mode):
            raise ModelFileError(
                f"'{path}' is not a file, and a model is one; give the path of a .latentia file."
            )
        with name.open("rb") as file:
            start = file.read(_LENGTH_BYTES)
            size = os.fstat(file.fileno()).st_size
            length = _header_length(start)
            if length > min(MAX_HEADER_BYTES, size - _LENGTH_BYTES):
                _foreign(path)
            return start + file.read(length if header_only else size - _LENGTH_BYTES)
    except FileNotFoundError:
        raise ModelFileError(
            f"There is no model file '{path}'; check the path or make one with `latentia fit`."
        ) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ModelFileError(f"'{path}' cannot be read ({reason}); check its permissions.") from error


def _header_length(start: bytes) -> int:
    """Return the length that the first eight bytes tell; too few bytes tell an impossible one."""
    if len(start) < _LENGTH_BYTES:
        return MAX_HEADER_BYTES + 1
    return int.from_bytes(start[:_LENGTH_BYTES], "little")


def _open(path: str | os.PathLike[str], content: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the table of arrays and our envelope, both checked for form but not yet for damage."""
    length = _header_length(content)
    try:
        header = _strict_json(content[_LENGTH_BYTES : _LENGTH_BYTES + length].decode("utf-8"))
        envelope = _strict_json(header.pop("__metadata__")[FORMAT])
        if envelope["format"] != FORMAT:
            _foreign(path)
        version = envelope["version"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        _foreign(path)
    if type(version) is not int or version < 1:
        _damaged(path, f"its format version is {version!r}")
    if version > VERSION:
        raise ModelFileError(
            f"'{path}' has format version {version} and this Latentia reads up to version {VERSION}; "
            "update Latentia."
        )
    if set(envelope) != {"format", "version", "sha256", "manifest"} or not isinstance(
        envelope["manifest"], dict
    ):
        _damaged(path, "its manifest is incomplete")
    return header, envelope


def _check_digest(
    path: str | os.PathLike[str], header: dict[str, Any], envelope: dict[str, Any], content: bytes
) -> None:
    """Refuse a file whose bytes are not the ones that were written."""
    data = memoryview(content)[_LENGTH_BYTES + _header_length(content) :]
    if _digest(envelope["manifest"], header, data) != envelope["sha256"]:
        _damaged(path, "its checksum does not match its content")


def _digest(manifest: dict[str, Any], header: dict[str, Any], data: memoryview) -> str:
    """Return the SHA-256 of the manifest, the table of arrays and their bytes."""
    digest = hashlib.sha256()
    for part in (manifest, header):
        text = _canonical(part).encode()
        digest.update(len(text).to_bytes(_LENGTH_BYTES, "little"))
        digest.update(text)
    digest.update(data)
    return digest.hexdigest()


def _canonical(value: object) -> str:
    """Return the one JSON text that stands for a value: sorted names, ASCII, no blanks."""
    return json.dumps(value, sort_keys=True, allow_nan=False, separators=(",", ":"))


def _strict_json(text: str) -> dict[str, Any]:
    """Parse a JSON object; refuse duplicate names, numbers that are not finite, and deep nesting."""
    value = json.loads(
        text, object_pairs_hook=_unique_names, parse_constant=_no_constant, parse_float=_finite_number
    )
    if not isinstance(value, dict):
        raise _NotStrictError("the JSON text is not an object")
    _check_depth(value)
    return value


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) != len(pairs):
        raise _NotStrictError("a name stands twice in one JSON object")
    return named


def _no_constant(text: str) -> NoReturn:
    raise _NotStrictError(f"{text} is not a JSON number")


def _finite_number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _NotStrictError(f"{text} is too large a number")
    return number


def _check_depth(value: object, depth: int = 1) -> None:
    if depth > MAX_DEPTH:
        raise _NotStrictError(f"the JSON text is nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            _check_depth(item, depth + 1)


def _foreign(path: str | os.PathLike[str]) -> NoReturn:
    raise ModelFileError(
        f"'{path}' is not a Latentia model file, or its beginning is damaged; {_NEXT_STEP}."
    ) from None


def _damaged(path: str | os.PathLike[str], what: str) -> NoReturn:
    raise ModelFileError(f"'{path}' is damaged ({what}); {_NEXT_STEP}.") from None

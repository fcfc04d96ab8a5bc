"""Reading the four files that MNIST and its relatives come in, plain or gzipped.

An idx file is a magic number (two zero bytes, the type of its numbers, how many axes), the length of
each axis as a big-endian 32-bit number, and the numbers; http://yann.lecun.com/exdb/mnist/.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np

from latentia.errors import InputError

UNSIGNED_BYTES = 0x08
PARTS = {"training": "train", "test": "t10k"}


def read_images(folder: Path | str, part: str) -> np.ndarray:
    """Return a part's images as rows of bytes, (n, pixels), if it is whole: one label for each image.

    Parameters
    ----------
    folder : path
        Where the files are, named as MNIST names them, with or without ``.gz``.
    part : {"training", "test"}

    Raises
    ------
    InputError
        When a file is missing, or is not what its name says.
    """
    images = read_idx(_found(Path(folder), f"{PARTS[part]}-images-idx3-ubyte"), axes=3)
    labels = read_idx(_found(Path(folder), f"{PARTS[part]}-labels-idx1-ubyte"), axes=1)
    if len(images) != len(labels):
        raise InputError(
            f"The {part} files in {str(folder)!r} have {len(images)} images and {len(labels)} labels, but "
            "each image has one; take both files from the same source."
        )
    return images.reshape(len(images), -1)


def read_idx(path: Path, axes: int) -> np.ndarray:
    """Return the bytes in an idx file as an array of so many axes.

    Raises
    ------
    InputError
        When the file is damaged, cut off, or holds something else.
    """
    content = _content(path)
    header = 4 + 4 * axes
    magic = bytes((0, 0, UNSIGNED_BYTES, axes))
    if content[:4] != magic:
        raise InputError(
            f"{str(path)!r} begins with {content[:4].hex() or 'nothing'}, but an idx file of bytes with "
            f"{axes} axes begins with {magic.hex()}; download it again."
        )
    if len(content) < header:
        raise InputError(f"{str(path)!r} ends within its header of {header} bytes; download it again.")
    shape = struct.unpack(f">{axes}I", content[4:header])
    expected = int(np.prod(shape, dtype=object))
    if len(content) - header != expected:
        raise InputError(
            f"{str(path)!r} has {len(content) - header} bytes after its header, but {expected} are "
            f"announced by its shape {shape}; download it again."
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def _found(folder: Path, name: str) -> Path:
    """Return the path of a file or of its gzipped form."""
    paths = [folder / name, folder / f"{name}.gz"]
    for path in paths:
        if path.is_file():
            return path
    raise InputError(
        f"{str(folder)!r} has neither {name!r} nor {paths[1].name!r}; pass the folder of MNIST's files."
    )


def _content(path: Path) -> bytes:
    """Return the bytes of a file, unpacked if its name says that they are packed."""
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if path.suffix == ".gz" else content
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"{str(path)!r} is no whole gzip file ({error}); download it again.") from error
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be read ({error}); check its permissions.") from error

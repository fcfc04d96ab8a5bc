"""Idx files are read as they were written, and nothing that is not one is taken for it."""

from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest
from idx_files import PARTS, read_idx, read_images

from latentia.errors import InputError

IMAGES = np.random.default_rng(0).integers(0, 256, (3, 4, 5), np.uint8)


def idx(array, kind=0x08):
    """Return an array as the bytes of an idx file, written by the format's description."""
    header = struct.pack(">BBBB", 0, 0, kind, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.tobytes()


@pytest.fixture
def folder(tmp_path):
    """A folder with four tiny files: three training images and two for the test, which are gzipped."""
    for part, n, write in (("training", 3, bytes), ("test", 2, gzip.compress)):
        for name, array in (("images-idx3", IMAGES[:n]), ("labels-idx1", np.arange(n, dtype=np.uint8))):
            suffix = ".gz" if write is gzip.compress else ""
            path = tmp_path / f"{PARTS[part]}-{name}-ubyte{suffix}"
            path.write_bytes(write(idx(array)))
    return tmp_path


def test_plain_and_gzipped_files_come_back_as_rows(folder):
    np.testing.assert_array_equal(read_images(folder, "training"), IMAGES.reshape(3, 20))
    np.testing.assert_array_equal(read_images(str(folder), "test"), IMAGES[:2].reshape(2, 20))


def test_a_missing_file_is_named(folder):
    (folder / "train-labels-idx1-ubyte").unlink()
    with pytest.raises(InputError, match=r"neither 'train-labels-idx1-ubyte' nor 'train-labels.*gz'; pass"):
        read_images(folder, "training")


def test_each_image_needs_its_label(folder):
    (folder / "train-labels-idx1-ubyte").write_bytes(idx(np.zeros(7, np.uint8)))
    with pytest.raises(InputError, match="have 3 images and 7 labels"):
        read_images(folder, "training")


WHOLE = idx(IMAGES)
DAMAGED = {
    "empty": (b"", "begins with nothing, but"),
    "labels": (idx(np.zeros(5, np.uint8)), "begins with 00000801, but .* begins with 00000803"),
    "of other numbers": (idx(IMAGES.astype(">i4"), kind=0x0C), "begins with 00000c03"),
    "no idx file": (b"\x89PNG" + WHOLE, "begins with 89504e47"),
    "cut within the header": (WHOLE[:9], "ends within its header of 16 bytes"),
    "cut": (WHOLE[:-1], r"has 59 bytes after its header, but 60 are announced by its shape \(3, 4, 5\)"),
    "too long": (WHOLE + b"\0", "has 61 bytes"),
    "huge": (WHOLE[:4] + b"\xff" * 12 + WHOLE[16:], "but 79228162458924105385300197375 are announced"),
}


@pytest.mark.parametrize("gzipped", [False, True])
@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_file_is_refused_in_a_sentence(tmp_path, damage, gzipped):
    content, message = DAMAGED[damage]
    path = tmp_path / ("images.gz" if gzipped else "images")
    path.write_bytes(gzip.compress(content) if gzipped else content)
    with pytest.raises(InputError, match=message) as refused:
        read_idx(path, axes=3)
    assert str(path) in str(refused.value)
    assert str(refused.value).endswith("download it again.")


@pytest.mark.parametrize(
    "packed",
    [WHOLE, gzip.compress(WHOLE)[:-9], gzip.compress(WHOLE)[:20] + bytes(30)],
    ids=["not gzip", "cut short", "zeros at the end"],
)
def test_a_gzip_file_that_is_none_or_not_whole_is_refused(tmp_path, packed):
    path = tmp_path / "images.gz"
    path.write_bytes(packed)
    with pytest.raises(InputError, match="is no whole gzip file"):
        read_idx(path, axes=3)

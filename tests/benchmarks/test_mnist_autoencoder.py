"""The figure of the benchmark is the squared error per image, and its run is whole from files to results."""

from __future__ import annotations

import json
import struct
import sys

import measuring
import mnist_autoencoder
import numpy as np
import pytest
from mnist_autoencoder import main, squared_error


class Halved:
    """A model that gives every value back at half its size."""

    def transform(self, X):
        return X

    def inverse_transform(self, codes):
        return codes / 2


def test_the_error_is_a_sum_over_columns_and_a_mean_over_rows(monkeypatch):
    X = np.random.default_rng(0).random((7, 4)).astype(np.float32)
    expected = np.square(X / 2).sum(axis=1).mean()
    for rows_at_a_time in (3, 7, 100):
        monkeypatch.setattr(mnist_autoencoder, "ROWS_AT_A_TIME", rows_at_a_time)
        np.testing.assert_allclose(squared_error(Halved(), X), expected, rtol=1e-6)


@pytest.fixture
def called(monkeypatch, tmp_path):
    """Return a function that calls the script, and the folder of its results."""
    monkeypatch.setattr(measuring, "RESULTS", tmp_path / "results")
    # A network that is made in no time; the recipe's own is no different in kind.
    small = {**mnist_autoencoder.RECIPE, "hidden_layer_sizes": (8,)}
    monkeypatch.setattr(mnist_autoencoder, "RECIPE", small)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["mnist_autoencoder.py", *map(str, arguments)])
        return main()

    return call


def test_a_folder_of_small_pictures_becomes_a_table_and_a_file(called, tmp_path, capsys):
    rng = np.random.default_rng(0)
    for part, n in (("train", 50), ("t10k", 9)):
        pictures, labels = rng.integers(0, 256, (n, 6, 6), np.uint8), np.zeros(n, np.uint8)
        for name, array in (("images-idx3", pictures), ("labels-idx1", labels)):
            header = struct.pack(f">{1 + array.ndim}I", 0x0800 + array.ndim, *array.shape)
            (tmp_path / f"{part}-{name}-ubyte").write_bytes(header + array.tobytes())
    assert called(tmp_path, "--rows", 40, "--epochs", 2) == 0
    told = capsys.readouterr()
    assert "40 training and 9 test images" in told.out
    assert "13.87" in told.out
    assert "epoch" not in told.out
    kept = json.loads((tmp_path / "results" / "mnist_autoencoder.json").read_text())
    assert kept["images"] == {"training": 40, "test": 9}
    assert kept["recipe"]["max_epochs"] == 2
    assert all(kept["errors"][name]["test"] > 0 for name in ("PCA", "latentia"))


def test_a_folder_without_the_files_ends_with_a_sentence_and_2(called, tmp_path, capsys):
    assert called(tmp_path) == 2
    told = capsys.readouterr()
    assert told.err.count("\n") == 1
    assert "train-images-idx3-ubyte" in told.err
    assert not told.out

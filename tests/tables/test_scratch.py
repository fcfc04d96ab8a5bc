"""Rows in a file without a name."""

import numpy as np
import pytest

from latentia.errors import InputError
from latentia.tables import scratch as scratches
from latentia.tables.scratch import Scratch


def test_rows_come_back_as_single_precision():
    rows = np.random.default_rng(0).normal(size=(1000, 7))
    with Scratch(1000, 7) as scratch:
        for block in np.split(rows, [1, 400, 400, 990]):
            scratch.append(block)
        np.testing.assert_array_equal(scratch.read(0, 1000), rows.astype(np.float32))
        np.testing.assert_array_equal(scratch.read(395, 10), rows[395:405].astype(np.float32))
        assert scratch.read(995, 100).shape == (5, 7)
        assert scratch.read(2000, 3).shape == (0, 7)


def test_missing_cells_stay_missing():
    with Scratch(2, 2) as scratch:
        scratch.append(np.array([[np.nan, 1.0], [2.0, np.nan]]))
        np.testing.assert_array_equal(scratch.read(0, 2), [[np.nan, 1.0], [2.0, np.nan]])


def test_columns_behind_one_another_in_memory_are_written_row_by_row():
    rows = np.asfortranarray(np.arange(12.0).reshape(4, 3))
    with Scratch(4, 3) as scratch:
        scratch.append(rows)
        np.testing.assert_array_equal(scratch.read(1, 2), rows[1:3])


def test_rows_that_are_not_there_are_an_error():
    with Scratch(2, 2) as scratch:
        scratch.append(np.zeros((2, 2)))
        with pytest.raises(EOFError, match="no row 4 among 2"):
            scratch.read_into(np.empty((3, 2), np.float32), 1)


def test_too_little_room_is_told_beforehand(monkeypatch, tmp_path):
    monkeypatch.setattr(scratches.tempfile, "gettempdir", lambda: str(tmp_path))
    with pytest.raises(InputError, match=r"take 3725290\.3 GiB on disk .* and .* let .*TMPDIR name a folder"):
        Scratch(10**9, 10**6)
    assert not list(tmp_path.iterdir())


def test_a_disk_that_fills_up_is_told(monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(scratches.os, "pwrite", full)
    with (
        Scratch(2, 2) as scratch,
        pytest.raises(InputError, match=r"could not be written to .* \(No space left on device\); let"),
    ):
        scratch.append(np.zeros((2, 2)))

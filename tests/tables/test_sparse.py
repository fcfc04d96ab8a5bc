"""Sparse arrays are the table that they stand for, or one sentence."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator

from latentia import Autoencoder
from latentia.analysis import analyze
from latentia.errors import InputError
from latentia.tables import memory
from latentia.tables.estimator_rows import first_rows
from latentia.tables.sources import read_table
from latentia.tables.sparse import filled_in
from problems import BRIEF, N_COLUMNS, N_FEW_ROWS

CELLS = sparse.random_array((30, 5), density=0.3, rng=0)
DENSE = CELLS.toarray()
FORMATS = ("csr", "csc", "coo", "bsr", "dia", "lil", "dok")


class Plain(BaseEstimator):
    """An estimator that only remembers what scikit-learn's checks tell it."""


@pytest.mark.parametrize("stored", FORMATS)
@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csr_matrix])
def test_every_format_is_the_table_that_it_stands_for(stored, kind):
    table = read_table(kind(CELLS).asformat(stored))
    np.testing.assert_array_equal(table.values, DENSE)
    assert table.source.sha256 == read_table(DENSE).source.sha256
    np.testing.assert_array_equal(first_rows(Plain(), kind(CELLS).asformat(stored))[0], DENSE)


def test_cells_that_are_stored_twice_are_added_up():
    twice = sparse.coo_array(([1.0, 2.0, 4.0], ([0, 0, 1], [1, 1, 0])), shape=(2, 2))
    np.testing.assert_array_equal(filled_in(twice), [[0.0, 3.0], [4.0, 0.0]])


def test_many_rows_are_filled_in_piece_by_piece(monkeypatch):
    monkeypatch.setattr("latentia.tables.sparse.BYTES_AT_ONCE", 100)
    np.testing.assert_array_equal(filled_in(CELLS), DENSE)


@pytest.mark.parametrize(
    ("dtype", "as_table", "as_rows"),
    [
        (np.int64, np.float64, np.float64),
        (np.uint8, np.float64, np.float64),
        (np.float32, np.float64, np.float32),
        (np.bool_, np.bool_, np.bool_),
    ],
)
def test_types(dtype, as_table, as_rows):
    cells = sparse.csr_array(np.round(9 * DENSE).astype(dtype))
    for single, expected in ((False, as_table), (True, as_rows)):
        filled = filled_in(cells, single=single)
        assert filled.dtype == expected
        np.testing.assert_array_equal(filled, cells.toarray())


def test_booleans_stay_booleans_and_gaps_stay_gaps():
    table = read_table(CELLS > 0)
    assert {column.kind for column in table.schema.columns} == {"boolean"}
    cells = CELLS.tocsr()
    cells.data[0] = np.nan
    assert np.isnan(read_table(cells).values).sum() == 1


def test_the_table_is_filled_in_once():
    cells = sparse.random_array((400, 5000), density=0.02, rng=0, format="csr")
    tracemalloc.start()
    filled_in(cells)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.3 * 8 * 400 * 5000 + 2 * cells.data.nbytes + (1 << 25) // 2


def test_an_estimator_learns_from_them_as_from_the_filled_in():
    settings = {"hidden_layer_sizes": (4,), "max_epochs": 2, "random_state": 0}
    expected = Autoencoder(1, **settings).fit(DENSE)
    model = Autoencoder(1, **settings).fit(CELLS, validation=CELLS.tocsc()[:6])
    assert model.transform(CELLS).shape == (30, 1)
    model = Autoencoder(1, **settings).fit(CELLS)
    np.testing.assert_array_equal(model.transform(CELLS), expected.transform(DENSE))
    np.testing.assert_array_equal(model.score_samples(CELLS.tocsc()), expected.score_samples(DENSE))
    assert model.score(CELLS) == expected.score(DENSE)
    single = Autoencoder(1, **settings).fit(CELLS.astype(np.float32))
    assert single.transform(CELLS.astype(np.float32)).dtype == np.float32


def test_an_analysis_takes_them():
    cells = sparse.random_array((N_FEW_ROWS, N_COLUMNS), density=0.4, rng=0, format="coo")
    found = analyze(cells, **BRIEF)
    np.testing.assert_array_equal(found.study.values, cells.toarray())
    assert found.latents.shape == (N_FEW_ROWS, 2)
    assert found.manifest["data"]["name"] == "sparse array"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (
            sparse.csr_array(np.array([[2**60, 1], [0, 3]])),
            r"'column 1' has integers beyond ±2\^53 \(1152921504606846976\)",
        ),
        (sparse.csr_array(DENSE * 1j), "complex"),
        (sparse.csr_array(np.where(DENSE > 0.9, np.inf, DENSE)), "infinite cells"),
        (sparse.coo_array(DENSE[0]), r"sparse array has shape \(5,\), but a table has two dimensions"),
    ],
)
def test_what_cannot_be_trained_on(data, sentence):
    for door in (read_table, lambda rows: first_rows(Plain(), rows)):
        with pytest.raises(InputError, match=rf"(?i){sentence}"):
            door(data)


def test_places_outside_of_the_array_are_refused():
    damaged = CELLS.tocsr()
    damaged.indices[3] = 10**6
    with pytest.raises(InputError, match=r"The sparse array is damaged \(.*\); make it anew\.$"):
        read_table(damaged)


def test_what_does_not_fit_into_memory_is_refused_before_it_is_filled_in(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 10**9)
    huge = sparse.csr_array((10**6, 20_000))
    sentence = (
        r"The sparse array has 1000000 rows of 20000 columns, which need 320.0 GB of memory \(2 times "
        r"8 bytes a cell\), and 1.0 GB are free; pass fewer columns, such as those that vary most, or fewer "
        r"rows\.$"
    )
    for door in (read_table, lambda rows: first_rows(Plain(), rows)):
        with pytest.raises(InputError, match=sentence):
            door(huge)


def test_sparse_columns_of_pandas_are_columns():
    frame = pd.DataFrame.sparse.from_spmatrix(sparse.csr_matrix(CELLS), columns=list("abcde"))
    frame = frame.assign(kind=["u", "v"] * 15, truth=pd.arrays.SparseArray([True, False, False] * 10))
    table = read_table(frame)
    assert [column.dtype for column in table.schema.columns[:5]] == ["float64"] * 5
    assert [column.kind for column in table.schema.columns[5:]] == ["category", "boolean"]
    cells = table.values  # noqa: PD011 - ours, and no frame
    np.testing.assert_array_equal(cells[:, :5], DENSE)
    values, schema = first_rows(Plain(), frame[list("abcde")])
    np.testing.assert_array_equal(values, DENSE)
    assert schema is None


@pytest.mark.parametrize("stored", ["csr", "csc", "coo", "bsr", "dia"])
def test_files_of_scipy(tmp_path, stored):
    sparse.save_npz(tmp_path / "cells.npz", CELLS.asformat(stored))
    table = read_table(tmp_path / "cells.npz")
    np.testing.assert_array_equal(table.values, DENSE)
    assert table.source.name == "cells.npz"
    assert table.source.notes == ()


def test_a_file_of_scipy_that_is_damaged_is_one_sentence(tmp_path):
    path = tmp_path / "cells.npz"
    stored = CELLS.tocsr()
    parts = {"data": stored.data, "indices": stored.indices, "indptr": stored.indptr, "shape": stored.shape}
    for name, spoilt in {"format": b"cxr", "shape": [1], "indices": stored.indices + 9}.items():
        np.savez(path, **{"format": b"csr", **parts, name: np.array(spoilt)})
        with pytest.raises(
            InputError, match=r"cells\.npz (is not a complete NumPy file|is damaged) \(.*\); "
        ):
            read_table(path)
    np.savez(path, **{name: part for name, part in parts.items() if name != "indptr"}, format=b"csr")
    with pytest.raises(InputError, match=r"cells\.npz is not a complete NumPy file \(.*\); save it again"):
        read_table(path)

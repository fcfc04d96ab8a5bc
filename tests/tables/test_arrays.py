from __future__ import annotations

import pickle

import numpy as np
import pytest

from latentia.errors import InputError
from latentia.tables.sources import read_table

X = np.array([[1.0, 2.5], [3.0, 4.0], [5.0, 6.0]])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int8, np.uint64, np.longdouble])
@pytest.mark.parametrize("order", ["C", "F"])
def test_numbers_of_any_size(dtype, order):
    table = read_table(X.astype(dtype, order=order))
    np.testing.assert_array_equal(table.values, X.astype(dtype).astype(np.float64))
    assert table.values.dtype == np.float64
    assert table.names == ("column 1", "column 2")


def test_fields_and_python_objects_are_columns_too(tmp_path):
    fields = np.array([(1, 2.5), (3, 4.0)], dtype=[("mass [g]", int), ("b", float)])
    np.save(tmp_path / "fields.npy", fields)
    for data in (fields, tmp_path / "fields.npy"):
        table = read_table(data)
        assert table.names == ("mass [g]", "b")
        np.testing.assert_array_equal(table.values, [[1, 2.5], [3, 4]])
    np.testing.assert_array_equal(read_table(X.astype(object)).values, X)


def test_float64_is_not_copied_and_lists_are_fine():
    assert np.shares_memory(read_table(X).values, X)
    np.testing.assert_array_equal(read_table(X.tolist()).values, X)


def test_the_hash_tells_tables_apart_and_not_their_layout():
    hashes = {
        read_table(data, **choices).source.sha256
        for data, choices in [(X, {}), (X + 1, {}), (X.T, {}), (X, {"drop": ["column 1"]})]
    }
    assert len(hashes) == 4
    assert read_table(X).source.sha256 == read_table(np.asfortranarray(X)).source.sha256
    assert read_table(X - X[0]).source.sha256 == read_table(-(X[0] - X)).source.sha256  # 0.0 and -0.0
    many = np.arange(30_000.0).reshape(-1, 2)
    changed = many.copy()
    changed[-1, -1] += 1
    assert read_table(many).source.sha256 != read_table(changed).source.sha256


def test_labels_may_be_another_array(tmp_path):
    np.savez(tmp_path / "t.npz", X=X, y=[1, 0, 1], y_names=["no", "yes"], feature_names=["p", "q"], other=[1])
    table = read_table(tmp_path / "t.npz", label="y")
    assert list(table.labels) == ["yes", "no", "yes"]
    assert table.names == ("p", "q")
    assert read_table(tmp_path / "t.npz").labels is None
    assert list(read_table(tmp_path / "t.npz", label="p").labels) == ["1", "3", "5"]
    with pytest.raises(InputError, match="the columns are 'p', 'q', 'y'"):
        read_table(tmp_path / "t.npz", label="zzz")


def test_which_array_is_the_table(tmp_path):
    np.savez(tmp_path / "one.npz", anything=X)
    np.savez(tmp_path / "known.npz", other=X + 1, data=X)
    np.savez(tmp_path / "flat.npz", table=X, labels=[1, 2, 3])
    for name in ("one", "known", "flat"):
        np.testing.assert_array_equal(read_table(tmp_path / f"{name}.npz").values, X)
    np.savez(tmp_path / "two.npz", first=X, second=X)
    with pytest.raises(InputError, match="the arrays 'first', 'second' and none is called X"):
        read_table(tmp_path / "two.npz")
    np.savez(tmp_path / "none.npz")
    with pytest.raises(InputError, match="contains no arrays"):
        read_table(tmp_path / "none.npz")


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("the file was unpickled",))


def test_nothing_is_unpickled(tmp_path):
    bombs = np.array([[Bomb(), 1]], dtype=object)
    np.save(tmp_path / "t.npy", bombs)
    np.savez(tmp_path / "t.npz", X=bombs)
    (tmp_path / "plain.npy").write_bytes(pickle.dumps(Bomb()))
    for name in ("t.npy", "t.npz", "plain.npy"):
        with pytest.raises(InputError, match="pickled Python objects"):
            read_table(tmp_path / name)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (X[0], r"shape \(2,\).*reshape it to \(rows, 1\)"),
        (np.zeros((2, 2, 2)), r"shape \(2, 2, 2\)"),
        (X + 1j, "2 columns hold no plain values .*complex numbers"),
        (np.array([[1, {}], [2, "b"]], object), "Python objects of type dict and str"),
        ([{"a": 1}, {"a": 2}], "list of 2 objects and not of rows of numbers; pass a data frame"),
        ([[1, 2], [3]], "rows of different lengths"),
        (np.empty((0, 3)), "3 columns but no rows in the array"),
        (np.empty((3, 0)), "no column in the array"),
        (np.array([[2**60], [1]]), r"beyond ±2\^53 \(1152921504606846976\)"),
        (
            np.array([[np.nan, 1], [np.inf, 2]]),
            r"'column 1' has infinite cells \(1 infinite; in row 2\).*this row out, or leave the column out",
        ),
        (np.ones((4, 2)), "All 4 rows of the array are the same"),
        (5, "An object of type int is not a table"),
        (None, "An object of type NoneType is not a table"),
    ],
)
def test_refusals(data, sentence):
    with pytest.raises(InputError, match=sentence):
        read_table(data)


def test_masked_cells_are_missing_and_words_are_categories():
    masked = read_table(np.ma.masked_array(X, X > 5))
    assert np.isnan(masked.values).sum() == (X > 5).sum()
    objects = read_table(np.array([[1, "a"], [2.5, "b"], [None, "a"]], object))
    np.testing.assert_array_equal(objects.values, [[1, 0], [2.5, 1], [np.nan, 0]])
    words = read_table(np.array([["a", "2020-01-01"], ["c", "2020-01-02"]]))
    assert [column.kind for column in words.schema.columns] == ["category", "date"]
    assert read_table(X.astype("M8[D]")).schema.columns[0].kind == "date"

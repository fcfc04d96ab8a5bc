"""align: the columns of a model, by name, in its order, and a word about what was put right."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from latentia.errors import InputError
from latentia.tables.alignment import align, read_aligned
from latentia.tables.assembly import Draft

MODEL = ("ash", "hue", "proline")


def table(**columns):
    """Return a draft called new.csv; a name may be given twice as `name__2`."""
    cells = [np.asarray(column) for column in columns.values()]
    names = [name.partition("__")[0] for name in columns]
    return Draft(names=names, fetch=cells.__getitem__, n_rows=len(cells[0]), name="new.csv")


def test_the_same_columns_need_no_word():
    values, notes = align(table(ash=[1.0, 2.0], hue=[3, 4], proline=[True, False]), MODEL)
    np.testing.assert_array_equal(values, [[1, 3, 1], [2, 4, 0]])
    assert values.dtype == np.float64
    assert notes == ()


def test_reordered_columns_are_matched_by_name_and_told():
    values, notes = align(table(proline=[5.0], ash=[1.0], hue=[3.0]), MODEL)
    np.testing.assert_array_equal(values, [[1, 3, 5]])
    assert notes == (
        "The columns of new.csv stand in another order than the model's; they were matched by name.",
    )


def test_other_columns_are_left_out_unread_and_told():
    draft = table(
        ash=[1.0], note=["from the cellar"], hue=[3.0], proline=[5.0], when=[np.datetime64("2026-01-01")]
    )
    values, notes = align(draft, MODEL)
    np.testing.assert_array_equal(values, [[1, 3, 5]])
    assert notes == ("The model does not read 2 columns of new.csv ('note', 'when'); they were left out.",)


def test_missing_columns_are_all_named_with_the_nearest():
    with pytest.raises(InputError) as error:
        align(table(ash=[1.0], Proline=[5.0]), MODEL)
    assert str(error.value) == (
        "new.csv lacks 2 of the 3 columns that the model reads ('hue', 'proline'); add what is missing, "
        "or fit a model on the columns that are there."
    )
    with pytest.raises(InputError, match=r"\('proline'\); rename 'Prolin' if it is 'proline'"):
        align(table(ash=[1.0], hue=[3.0], Prolin=[5.0]), MODEL)


def test_a_column_that_stands_twice_is_refused_only_if_the_model_reads_it():
    with pytest.raises(InputError, match=r"more than one column \('hue'\)"):
        align(table(ash=[1.0], hue=[3.0], hue__2=[3.0], proline=[5.0]), MODEL)
    values, _ = align(table(ash=[1.0], hue=[3.0], proline=[5.0], note=["a"], note__2=["b"]), MODEL)
    np.testing.assert_array_equal(values, [[1, 3, 5]])


def test_cells_without_a_number_are_refused_together():
    draft = table(ash=["low", "high"], hue=[np.nan, np.inf], proline=[1.0, 2.0])
    with pytest.raises(
        InputError,
        match=r"2 columns of new.csv have others \('ash': 2 .* such as 'low'; 'hue': 2 missing or "
        r"infinite\); "
        r"fill, convert or remove these cells\.$",
    ):
        align(draft, MODEL)


def test_many_bad_columns_make_a_short_sentence():
    names = [f"c{number}" for number in range(9)]
    draft = table(**{name: [np.nan] for name in names})
    with pytest.raises(InputError, match=r"9 columns of new.csv .*'c5': 1 missing or infinite; and 3 more\)"):
        align(draft, names)


def test_no_rows_is_refused():
    with pytest.raises(InputError, match=r"new.csv has no rows"):
        align(table(ash=[], hue=[], proline=[]), MODEL)


def test_a_table_without_names_is_taken_as_it_stands(tmp_path):
    np.save(tmp_path / "new.npy", np.arange(6.0).reshape(2, 3))
    values, notes = read_aligned(tmp_path / "new.npy", MODEL)
    np.testing.assert_array_equal(values, [[0, 1, 2], [3, 4, 5]])
    assert notes[-1] == "new.npy has no column names; its 3 columns were taken in the model's order."
    np.save(tmp_path / "wide.npy", np.ones((2, 4)))
    with pytest.raises(InputError, match="4 columns without names and the model reads 3"):
        read_aligned(tmp_path / "wide.npy", MODEL)


def test_a_model_without_names_reads_numbered_columns():
    values, notes = read_aligned(np.arange(4.0).reshape(2, 2), ["column 1", "column 2"])
    np.testing.assert_array_equal(values, [[0, 1], [2, 3]])
    assert notes == ()


def test_one_row_of_a_file_is_enough_and_so_is_one_of_a_frame(tmp_path):
    (tmp_path / "one.csv").write_text("hue;class;proline;ash\n3,5;red;5;1\n")
    values, notes = read_aligned(str(tmp_path / "one.csv"), MODEL)
    np.testing.assert_array_equal(values, [[1, 3.5, 5]])
    assert "('class'); it was left out" in notes[-2]
    values, _ = read_aligned(pa.table({"proline": [5], "hue": [3.5], "ash": [1]}), MODEL)
    np.testing.assert_array_equal(values, [[1, 3.5, 5]])

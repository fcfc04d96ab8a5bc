"""align: the columns of a model, by name, in its order, and a word about what was put right."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from latentia.errors import InputError
from latentia.tables.alignment import align, read_aligned
from latentia.tables.assembly import Draft
from latentia.tables.table import Column, Schema

DAY = np.datetime64("2020-01-01")
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


def test_missing_cells_are_taken_and_infinite_ones_are_not():
    values, notes = align(table(ash=[np.nan, 1.0], hue=[3.0, 4.0], proline=[1.0, 2.0]), MODEL)
    np.testing.assert_array_equal(values, [[np.nan, 3, 1], [1, 4, 2]])
    assert notes == ()
    with pytest.raises(
        InputError, match=r"Column 'hue' has infinite cells .*leave the column out and fit a model without\.$"
    ):
        align(table(ash=[1.0, 2.0], hue=[np.nan, np.inf], proline=[1.0, 2.0]), MODEL)


def test_other_kinds_than_the_model_has_learned_are_refused_together():
    with pytest.raises(
        InputError,
        match=r"2 columns hold something else than the model has learned \('ash': text, where the model has "
        r"learned numbers; 'hue': dates, where .*\); pass these columns as in the table of the fit\.$",
    ):
        align(table(ash=["low", "high"], hue=[DAY, DAY], proline=[1.0, 2.0]), MODEL)
    many = {f"c{number}": [1j] for number in range(9)}
    with pytest.raises(
        InputError, match=r"9 columns hold no plain values .*'c5': complex numbers; and 3 more"
    ):
        align(table(**many), list(many))


def learned():
    """Return the columns of a model: a category with two common levels and two rare ones, a day, a mass."""
    kind = Column("kind", "category", "string", None, "", categories=("a", "b", "c", "d"))
    codes = np.repeat([0.0, 1, 2, 3], [6, 6, 1, 1])
    columns = (kind.learned(codes), Column("day", "date", "date32", "days", ""))
    return Schema((*columns, Column("mass", "numeric", "double", "g", "")))


def test_categories_and_dates_are_matched_to_the_models():
    rows = table(
        mass=[1.0, 2.0, 3.0, 4.0],
        kind=np.array(["b", "zebra", None, "c"], object),
        day=np.array(["1970-01-02", "NaT", "1970-01-03", "1970-01-04"], "M8[D]"),
    )
    schema = learned()
    values, notes = align(rows, schema.names, schema=schema)
    np.testing.assert_array_equal(values[:, 1:], [[1, 1], [np.nan, 2], [2, 3], [3, 4]])
    np.testing.assert_array_equal(
        schema.expand(values)[:, :3], [[0, 1, 0], [0, 0, 1], [np.nan] * 3, [0, 0, 1]]
    )
    assert notes[-1] == (
        "The model has not seen these categories: 'kind' has 'zebra' in 1 row, which counts as one of the "
        "rare categories."
    )


@pytest.mark.parametrize(
    ("column", "cells", "sentence"),
    [
        ("day", [1.0], "'?day'?.*numbers, where the model has learned dates"),
        ("mass", ["heavy"], "text, where the model has learned numbers"),
        ("mass", [DAY], "dates, where the model has learned numbers"),
    ],
)
def test_columns_of_another_kind_are_refused(column, cells, sentence):
    schema = learned()
    rows = {"kind": ["a"], "day": [DAY], "mass": [1.0]} | {column: cells}
    with pytest.raises(InputError, match=sentence):
        align(table(**rows), schema.names, schema=schema)


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

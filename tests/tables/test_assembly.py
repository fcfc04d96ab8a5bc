from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from latentia.errors import InputError
from latentia.tables.assembly import Draft, assemble
from latentia.tables.sources import read_table

X = np.array([[1.0, 2.5, 0.0], [3.0, 4.0, 1.0], [5.0, 6.0, 1.0]])
SQUARES = [float(row**2) for row in range(12)]


def test_label_is_left_out_of_the_columns():
    table = read_table(X, label="column 2")
    assert table.names == ("column 1", "column 3")
    assert list(table.labels) == ["2.5", "4", "6"]
    assert table.label_name == "column 2"


def test_drop_takes_one_name_or_many():
    assert read_table(X, drop="column 2").names == ("column 1", "column 3")
    assert read_table(X, drop=["column 2", "column 1"]).names == ("column 3",)
    np.testing.assert_array_equal(read_table(X, drop=["column 2", "column 1"]).values, X[:, 2:])


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        ({"label": "colunm 2"}, "no column 'colunm 2' to use as the label; the nearest name is 'column 2'"),
        ({"drop": ["column 7"]}, "no column 'column 7' to leave out"),
        ({"label": "column 1", "drop": ["column 1"]}, "both the label and left out"),
        ({"drop": ["column 1", "column 2", "column 3"]}, "no column in the array left"),
    ],
)
def test_refusals(choices, sentence):
    with pytest.raises(InputError, match=sentence):
        read_table(X, **choices)


def test_label_with_a_value_per_row_is_noted():
    many = np.column_stack([np.arange(60.0), np.arange(60.0) % 3])
    assert read_table(many, label="column 1").source.notes == (
        "'column 1' has 60 different values in 60 rows and hardly names classes.",
    )
    assert read_table(many, label="column 2").source.notes == ()


@pytest.mark.parametrize(
    ("columns", "kept", "note"),
    [
        ({"b": [7.0] * 12}, [], "1 column is left out: 'b' (the same in every row)."),
        ({"b": [7.0, None] * 6}, [], "1 column is left out: 'b' (the same in every row)."),
        ({"b": ["u"] * 12}, [], "1 column is left out: 'b' (the same in every row)."),
        (
            {"b": [None] * 12, "c": [""] * 12},
            [],
            "2 columns are left out: 'b', 'c' (no cell has a value).",
        ),
        ({"b": range(1, 13)}, [], "1 column is left out: 'b' (numbers the rows)."),
        ({"b": range(12)}, [], "1 column is left out: 'b' (numbers the rows)."),
        ({"b": range(2000, 2012)}, ["b"], None),
        ({"b": [1, 2, 4, *range(4, 13)]}, ["b"], None),
        ({"b": SQUARES}, [], "1 column is left out: 'b' (the same as 'a')."),
        ({"b": [2 * one for one in SQUARES]}, ["b"], None),
        ({"b": ["u", "v"] * 6, "c": ["x", "y"] * 6}, ["b"], "1 column is left out: 'c' (the same as 'b')."),
        ({"b": [0, 1] * 6, "c": [False, True] * 6}, ["b", "c"], None),
    ],
)
def test_columns_that_carry_nothing_are_left_out_and_named(columns, kept, note):
    table = read_table(pa.table({"a": SQUARES} | {name: list(cells) for name, cells in columns.items()}))
    assert table.names == ("a", *kept)
    assert [one for one in table.source.notes if "left out" in one] == ([] if note is None else [note])


def test_the_source_remembers_what_is_left_out_and_why():
    frame = {"": range(12), "a": SQUARES, "b": [7.0] * 12, "c": SQUARES, "d": [None] * 12, "e": SQUARES[::-1]}
    table = read_table(pa.table({name: list(cells) for name, cells in frame.items()}), drop="e")
    assert table.names == ("a",)
    assert dict(table.source.left_out) == {
        "column 1": "numbers the rows",
        "e": "left out as asked",
        "b": "the same in every row",
        "c": "the same as 'a'",
        "d": "no cell has a value",
    }


def test_text_that_is_different_in_nearly_every_row_names_rows():
    names = [f"bird {row}" for row in range(80)]
    square = [float(row**2) for row in range(80)]
    table = read_table(pa.table({"who": names, "square": square}))
    assert table.names == ("square",)
    assert table.source.notes == ("1 column is left out: 'who' (names rows rather than kinds).",)
    asked = read_table(pa.table({"who": names, "square": square}), types={"who": "category"})
    assert asked.names == ("who", "square")
    # Many kinds are no names while most of them come again.
    assert read_table(pa.table({"who": names * 2, "square": square * 2})).names == ("who", "square")


def test_types_can_be_asked_for():
    frame = pa.table(
        {
            "year": [2007, 2008, None, 2007],
            "code": ["1", "2", "7", "?"],
            "tagged": ["yes", "no", None, "yes"],
            "big": [2**60, 2**60 + 1, 2**60, 2**61],
            "on": ["2020-01-01", None, "2020-01-03", "2020-01-02"],
        }
    )
    asked = {"year": "category", "code": "numeric", "tagged": "boolean", "big": "category", "on": "date"}
    table = read_table(frame, types=asked)
    assert [column.kind for column in table.schema.columns] == list(asked.values())
    assert table.schema.columns[0].categories == ("2007", "2008")
    assert table.schema.columns[3].categories == (str(2**60), str(2**60 + 1), str(2**61))
    nan = np.nan
    np.testing.assert_array_equal(
        table.values,
        [[0, 1, 1, 0, 18262], [1, 2, 0, 1, nan], [nan, 7, nan, 0, 18264], [0, nan, 1, 2, 18263]],
    )
    assert "Column 'code': 1 cell that is no number counts as missing." in table.source.notes
    assert "numbers the rows" not in str(
        read_table(pa.table({"n": range(12), "a": SQUARES}), types={"n": "numeric"})
    )


def test_an_array_may_hold_categories_too():
    table = read_table(X, types={"column 3": "category"})
    assert table.schema.columns[2].categories == ("0", "1")
    np.testing.assert_array_equal(table.values, X)


@pytest.mark.parametrize(
    ("types", "sentence"),
    [
        ({"yaer": "category"}, "no column 'yaer' to give a type; the nearest name is 'year'"),
        (
            {"year": "text"},
            "'text' is no type of column, but was asked for 'year'; pass one of numeric, boolean",
        ),
        ({"year": "date"}, r"Column 'year' cannot be .*\(date, but holds numbers\); ask for another type"),
        ({"year": "boolean"}, r"\(boolean, but holds numbers\)"),
        ({"hue": "numeric"}, r"\(numeric, but holds 2 different values such as 'red'\)"),
        ({"hue": "date", "when": "boolean"}, r"2 columns cannot be .*'when': boolean, but holds dates"),
    ],
)
def test_types_that_cannot_be(types, sentence):
    frame = pa.table({"year": [2007, 2009], "hue": ["red", "white"], "when": [dt.date(2020, 1, 1), None]})
    with pytest.raises(InputError, match=sentence):
        read_table(frame, types=types)


def test_gaps_and_numbers_in_text_are_noted():
    frame = pa.table({"a": [1.0, None, 4.0], "b": ["5", None, "7"], "c": ["u", None, "v"]})
    table = read_table(frame)
    assert table.source.notes == (
        "Column 'b': numbers stored as text.",
        "3 cells are missing, in 3 columns.",
        "1 row has no value in any column.",
    )
    assert table.n_rows == 3


def test_the_fingerprint_knows_categories():
    def sha256(*words):
        return read_table(pa.table({"k": words, "n": [1.0, 2.0]})).source.sha256

    assert sha256("u", "v") == sha256("u", "v") != sha256("u", "w")


def test_long_lists_are_cut_short():
    with pytest.raises(InputError, match=r"10 columns hold no plain values .*and 4 more"):
        read_table(np.full((3, 10), 1j))


def test_copies_of_several_columns_are_told_together():
    doubled = {name: [one * factor for one in SQUARES] for name, factor in (("a", 1), ("b", 2))}
    table = read_table(pa.table(doubled | {"c": doubled["a"], "d": doubled["b"], "e": doubled["a"]}))
    assert table.names == ("a", "b")
    assert table.source.notes == ("3 columns are left out: 'c', 'e', 'd' (each the same as an earlier one).",)


def test_the_rows_of_annotated_data_have_nuisances_beside_the_columns():
    rng = np.random.default_rng(0)
    batch = np.repeat(["u", "v", "w"], 20)
    draft = Draft(
        names=["a", "b", "c"],
        fetch=lambda at: rng.normal(size=60) + at,
        n_rows=60,
        name="made",
        labels={"batch": batch, "donor": batch},
    )
    table = assemble(draft, nuisance=["batch"], label="donor")
    assert [(one.name, one.kind) for one in table.nuisances] == [("batch", "category")]
    assert table.take([0, 20, 40]).nuisances[0].values.tolist() == [0, 1, 2]
    assert table.names == ("a", "b", "c")

"""Every way in which a table is known to be bad or odd, one row each: refused in words, or taken and told.

A row says what such a table must come to at the door of `latentia.analyze` and at that of the estimator.
"""

from __future__ import annotations

import decimal
import os
import re
from contextlib import nullcontext

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse
from pyarrow import parquet

from latentia import Autoencoder
from latentia.analysis import analyze
from latentia.errors import InputError, LatentiaWarning
from latentia.tables import files
from latentia.tables.sources import read_table
from problems import BRIEF, N_ROWS

CELLS = np.random.default_rng(0).normal(size=(20, 3))
DAYS = pd.date_range("2020-01-01", periods=20)[np.random.default_rng(1).permutation(20)]


def estimator(**settings):
    return Autoencoder(1, hidden_layer_sizes=(4,), max_epochs=2, random_state=0, **settings)


def with_cell(cell):
    cells = CELLS.copy()
    cells[3, 0] = cell
    return cells


def frame(**more):
    return pd.DataFrame({"a": CELLS[:, 0], "b": CELLS[:, 1], **more})


def named(*names):
    return pd.DataFrame(CELLS, columns=pd.Index(names, dtype=object))


REFUSED = {
    "an infinite cell": (
        with_cell(np.inf),
        "Column 'column 1' has infinite cells (1 infinite; in row 4), and a cell must be a finite number",
    ),
    "a cell whose square overflows": (
        with_cell(1e300),
        "Column 'column 1' reaches 1e+300, and squares overflow beyond 1e+150; correct the cell",
    ),
    "a name above two columns": (
        named("a", "a", "b"),
        "1 name stands above more than one column ('a'), and a name must tell columns apart",
    ),
    "integers that lose digits": (
        frame(c=2**60 + np.arange(20)[::-1] ** 2),
        "Column 'c' has integers beyond ±2^53 (",
    ),
    "lists of different lengths": (
        [[1.0, 2.0], [3.0]],
        "The array has rows of different lengths or mixed types; pass a 2-D array of numbers.",
    ),
    "a frame that is not computed yet": (
        pl.DataFrame(CELLS).lazy(),
        "The polars LazyFrame is lazy, and its rows are not there yet; call .collect() or .compute() first.",
    ),
}
REFUSED_WITH_TWO_SENTENCES = {
    "complex numbers": (
        CELLS + 1j,
        "3 columns hold no plain values ('column 1': complex numbers;",
        "Complex data not supported, only real numbers; pass real and imaginary parts as columns.",
    ),
    "no rows": (
        CELLS[:0],
        "There are 3 columns but no rows in the array, and at least 2 are needed; add rows.",
        "Found array with 0 sample(s) (shape=(0, 3)) while a minimum of 2 is required",
    ),
    "one row": (
        CELLS[:1],
        "There is only 1 row in the array, and at least 2 are needed; add rows.",
        "Found array with 1 sample(s) (shape=(1, 3)) while a minimum of 2 is required",
    ),
    "no columns": (
        CELLS[:, :0],
        "There is no column in the array left to train on; pass more or drop fewer columns.",
        "Found array with 0 feature(s) (shape=(20, 0)) while a minimum of 1 is required",
    ),
    "a list of numbers": (
        CELLS[:, 0],
        "The array has shape (20,), but a table has two dimensions, rows and columns; reshape it to (",
        "X has shape (20,), but a table has two dimensions, rows and columns: Reshape your data with",
    ),
    "three dimensions": (
        CELLS[None],
        "The array has shape (1, 20, 3), but a table has two dimensions, rows and columns; reshape it",
        "X has shape (1, 20, 3), but a table has two dimensions, rows and columns: Reshape your data with",
    ),
}
MISSING = "1 cell is missing, in 1 column."
# What it is told by in the notes of the source, and the kinds of columns that are left.
TAKEN = {
    "a missing cell": (with_cell(np.nan), MISSING, "nnn"),
    "a number beyond single precision": (with_cell(1e39), None, "nnn"),
    "single precision at its end": (with_cell(3e38).astype(np.float32), None, "nnn"),
    "a spread that is subnormal": (np.c_[CELLS, CELLS[:, 0] * 1e-310], None, "nnnn"),
    "integers beyond single precision": (np.c_[CELLS, 2**25 + np.arange(20.0)[::-1] ** 2], None, "nnnn"),
    "a constant column": (
        np.c_[CELLS, np.ones(20)],
        "1 column is left out: 'column 4' (the same in every row).",
        "nnn",
    ),
    "a column without a value": (
        frame(c=np.full(20, np.nan)),
        "1 column is left out: 'c' (no cell has a value).",
        "nn",
    ),
    "a small spread on a large offset": (np.c_[CELLS, 1e12 + 1e-2 * CELLS[:, 0]], None, "nnnn"),
    "names that are integers": (
        pd.DataFrame(CELLS),
        "3 column names were not text, such as 0, and became text.",
        "nnn",
    ),
    "names of several levels": (
        pd.DataFrame(CELLS, columns=pd.MultiIndex.from_tuples([("a", "x"), ("a", "y"), ("b", "x")])),
        None,
        "nnn",
    ),
    "text": (frame(c=["u", "v"] * 10), None, "nnc"),
    "truth values": (frame(c=CELLS[:, 2] > 0), None, "nnb"),
    "nothing but dates": (pd.DataFrame({"t": DAYS, "u": DAYS[::-1]}), None, "dd"),
    "dates among numbers": (frame(t=DAYS), None, "nnd"),
    "durations": (frame(t=DAYS - DAYS[0]), None, "nnn"),
    "integers with a gap": (
        frame(c=pd.array([1, 2, None, 4] * 5, dtype="Int64")),
        "5 cells are missing",
        "nnn",
    ),
    "categories that are numbers": (frame(c=pd.Categorical([1, 2, 3, 4] * 5)), None, "nnc"),
    "one column": (CELLS[:, :1], None, "n"),
    "sparse cells": (scipy.sparse.csr_matrix(np.round(CELLS)), None, "nnn"),
    "sparse columns of a frame": (
        pd.DataFrame.sparse.from_spmatrix(scipy.sparse.csr_matrix(np.round(CELLS)), columns=list("abc")),
        None,
        "nnn",
    ),
}
TAKEN_WITH_A_WARNING = {
    "numbers in text": (
        frame(c=[f"{cell}" for cell in CELLS[:, 2]]),
        "Column 'c': numbers stored as text.",
        "Column 'c' holds numbers stored as text; they are taken for what they say.",
    ),
    "decimals": (
        frame(c=[decimal.Decimal(f"{cell:.3f}") for cell in CELLS[:, 2]]),
        "Column 'c': numbers stored as decimals, rounded to 16 digits.",
        "Column 'c' holds numbers stored as decimals, rounded to 16 digits; they are taken for",
    ),
}
KINDS = {"n": "numeric", "b": "boolean", "d": "date", "c": "category"}


@pytest.mark.parametrize("case", REFUSED)
def test_both_doors_refuse_in_the_same_words(case):
    table, sentence = REFUSED[case]
    for door in (read_table, estimator().fit):
        with pytest.raises(InputError, match=re.escape(sentence)):
            door(table)


@pytest.mark.parametrize("case", REFUSED_WITH_TWO_SENTENCES)
def test_the_estimator_refuses_in_the_words_that_scikit_learn_wants(case):
    table, sentence, learned = REFUSED_WITH_TWO_SENTENCES[case]
    with pytest.raises(InputError, match=re.escape(sentence)):
        read_table(table)
    with pytest.raises(InputError, match=re.escape(learned)):
        estimator().fit(table)


@pytest.mark.parametrize("case", TAKEN)
def test_what_is_odd_is_taken_and_told(case):
    table, note, kinds = TAKEN[case]
    read = read_table(table)
    assert [column.kind for column in read.schema.columns] == [KINDS[letter] for letter in kinds]
    told = " ".join(read.source.notes)
    assert note in told if note else not told
    empty = case == "a column without a value"
    with pytest.warns(LatentiaWarning, match="'c' has no cell") if empty else nullcontext():
        fitted = estimator().fit(table)
    codes = fitted.transform(table)
    assert np.isfinite(codes).all()
    assert np.ptp(codes) > 0


@pytest.mark.parametrize("number", [1, 2])
def test_columns_without_a_cell_are_named_in_a_warning(number):
    rows = np.c_[CELLS, np.full((len(CELLS), number), np.nan)]
    rows[0, 0] = np.nan  # a column with a gap is no empty one
    which = ["Column 'column 4' has", "Columns 'column 4', 'column 5' have"][number - 1]
    with pytest.warns(LatentiaWarning, match=f"^{which} no cell with a value: .* means nothing"):
        estimator().fit(rows)


@pytest.mark.parametrize("case", TAKEN_WITH_A_WARNING)
def test_what_is_stored_otherwise_is_taken_for_what_it_says(case):
    table, note, warned = TAKEN_WITH_A_WARNING[case]
    assert read_table(table).source.notes == (note,)
    plain = table.assign(c=table["c"].astype(float))
    with pytest.warns(LatentiaWarning, match=re.escape(warned)):
        codes = estimator().fit_transform(table)
    np.testing.assert_allclose(codes, estimator().fit_transform(plain), atol=1e-6)


def test_names_that_are_text_and_numbers_are_text_to_a_table_and_refused_by_the_estimator():
    mixed = named("a", 1, "b")
    assert read_table(mixed).names == ("a", "1", "b")
    with pytest.raises(InputError, match=r"names are of the types int and str, .* X\.columns\.astype"):
        estimator().fit(mixed)


@pytest.mark.parametrize("unit", [1e39, 1e100, 1e-300])
def test_numbers_beyond_single_precision_are_scaled_before_they_are_shortened(unit):
    expected = estimator().fit_transform(CELLS)
    np.testing.assert_allclose(estimator().fit_transform(CELLS * unit), expected, atol=1e-6)


def test_a_new_row_that_is_far_too_large_for_the_model_is_refused():
    model = estimator().fit(CELLS)
    with pytest.raises(InputError, match=r"Column 1 reaches .* in scaled units, where squares overflow"):
        model.transform(np.array([[1e39, 0.0, 0.0]]))


def test_a_table_of_one_column_is_analysed_to_the_end():
    column = np.random.default_rng(0).normal(size=(N_ROWS, 1))
    settings = {**BRIEF, "n_components": "auto", "max_epochs": 4, "hidden_layer_sizes": ()}
    assert analyze(column, **settings).latents.shape == (N_ROWS, 1)
    with pytest.raises(InputError, match=r"n_components=2 is more than the table's columns \(n_features=1\)"):
        analyze(CELLS[:, :1], n_components=2)


@pytest.mark.parametrize(
    ("n_components", "rows", "sentence"),
    [
        (4, 20, r"n_components=4 is more than the table's columns \(n_features=3\)"),
        (
            3,
            3,
            r"n_components=3 needs more than 3 rows, but the table has 3 \(n_samples=3\); choose at most 2",
        ),
    ],
)
def test_more_components_than_columns_or_rows_are_refused(n_components, rows, sentence):
    with pytest.raises(InputError, match=sentence):
        Autoencoder(n_components, max_epochs=1).fit(CELLS[:rows])


def test_the_categories_of_new_rows_may_stand_in_another_order():
    known = frame(c=pd.Categorical(["u", "v"] * 10))
    other = frame(c=pd.Categorical(["u", "v"] * 10, categories=["v", "u"]))
    model = estimator().fit(known)
    np.testing.assert_array_equal(model.transform(other), model.transform(known))


def test_a_category_that_was_never_seen_counts_as_missing_with_a_warning():
    model = estimator().fit(frame(c=["u", "v"] * 10))
    sentence = "The model has not seen these categories: 'c' has 'z' in 10 rows, which counts as missing."
    with pytest.warns(LatentiaWarning, match=sentence):
        codes = model.transform(frame(c=["u", "z"] * 10))
    np.testing.assert_array_equal(codes[::2], model.transform(frame(c=["u", "v"] * 10))[::2])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda table: table[["a", "b"]], r"yet now missing:\n- c"),
        (lambda table: table[["c", "b", "a"]], "must be in the same order as they were in fit"),
        (lambda table: table.assign(d=1.0), r"unseen at fit time:\n- d"),
    ],
)
def test_missing_reordered_and_further_columns_are_refused_by_the_estimator(change, words):
    table = named("a", "b", "c")
    with pytest.raises(InputError, match=words):
        estimator().fit(table).transform(change(table))


def test_an_array_after_a_frame_is_taken_in_the_order_of_the_fit_with_a_warning():
    table = named("a", "b", "c")
    model = estimator().fit(table)
    with pytest.warns(
        UserWarning, match="X does not have valid feature names, but Autoencoder was fitted with"
    ):
        codes = model.transform(CELLS)
    np.testing.assert_array_equal(codes, model.transform(table))
    with (
        pytest.warns(UserWarning, match="X does not have valid feature names"),
        pytest.raises(InputError, match="X has 2 features, but Autoencoder is expecting 3 features"),
    ):
        model.transform(CELLS[:, :2])


def test_a_batch_of_more_rows_than_there_are_is_all_of_them():
    all_at_once = estimator(batch_size=16, validation_fraction=0.2).fit(CELLS)
    more = estimator(batch_size=500, validation_fraction=0.2).fit(CELLS)
    assert more.recipe_.batch_size == 16
    np.testing.assert_array_equal(more.transform(CELLS), all_at_once.transform(CELLS))


def test_the_last_batch_may_be_a_part():
    # 16 rows in batches of 7, 7 and 2: every row counts once, so the loss of unmoved weights is known.
    losses = [
        estimator(batch_size=size, learning_rate=1e-12, corruption=None).fit(CELLS).history_["loss"][0]
        for size in (7, 16)
    ]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)


OF_TEXT = {
    "nothing at all": (b"", "t.csv is empty (0 bytes); save the table again or pass another file."),
    "a header and nothing else": (b"a,b\n", "There are 2 columns but no rows in t.csv, and at least 2"),
    "a row of another length": (
        b"a,b\n1,2\n3,5,6\n",
        "Line 3 of t.csv has 3 cells but the header has 2, and all rows must be of one length",
    ),
    "a NUL byte": (
        b"a,b\n1,2\n3,\x005\n",
        "t.csv has a NUL byte in line 3, so it is damaged or no text table",
    ),
    "an integer beyond 64 bits": (
        b"a,b\n1,2\n36893488147419103232,3\n5,5\n",
        "Column 'a' has integers beyond ±2^53 (36893488147419103232 in line 3), which lose digits",
    ),
    "a word after a megabyte of numbers": (
        b"a,b\n" + b"".join(b"%d,%d\n" % (row, row * row % 97) for row in range(150_000)) + b"oops,3\n",
        "Column 'a' has text among the numbers (1 cell is no number, the first 'oops' in row 150001)",
    ),
}
TEXT_TAKEN = {
    "a mark of byte order": ("a,b\n1,2\n3,5\n".encode("utf-8-sig"), ("a", "b"), ""),
    "two bytes a letter": ("a,b\n1,2\n3,5\n".encode("utf-16"), ("a", "b"), "The text is UTF-16."),
    "letters of western Europe": ("größe,b\n1,2\n3,5\n".encode("latin-1"), ("größe", "b"), "not UTF-8"),
    "semicolons and decimal commas": (b"a;b\n1,0;2,0\n3,5;4,25\n", ("a", "b"), "with a decimal comma."),
    "words for missing cells": (b"a,b\n1,2\nNA,?\n-,5\n4,#DIV/0!\n7,8\n", ("a", "b"), "4 cells are missing"),
}


@pytest.mark.parametrize("case", OF_TEXT)
def test_bad_text_is_refused_by_its_line_or_cell(case, tmp_path):
    content, sentence = OF_TEXT[case]
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=re.escape(sentence)):
        read_table(path)


@pytest.mark.parametrize("case", TEXT_TAKEN)
def test_odd_text_is_read_and_told(case, tmp_path):
    content, names, note = TEXT_TAKEN[case]
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    table = read_table(path)
    assert table.names == names
    assert note in " ".join(table.source.notes)
    first, *_ = table.values  # noqa: PD011 - ours, and no frame
    assert first.tolist() == [1.0, 2.0]


def _flipped(content):
    middle = len(content) // 3
    return content[:middle] + bytes([content[middle] ^ 0x10]) + content[middle + 1 :]


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda content: content[:-20], "t.parquet is not a complete Parquet file"),
        (lambda content: content[: len(content) // 2], "t.parquet is not a complete Parquet file"),
        (lambda _: b"", "t.parquet is empty (0 bytes)"),
        (_flipped, "t.parquet is not a complete Parquet file"),
    ],
    ids=["cut", "half", "empty", "flipped"],
)
def test_a_damaged_parquet_file_is_refused(spoil, sentence, tmp_path):
    path = tmp_path / "t.parquet"
    plain = {"write_page_checksum": True, "compression": "none", "use_dictionary": False}
    parquet.write_table(pa.table({"a": np.arange(1000.0)}), path, **plain)
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(InputError, match=re.escape(sentence)):
        read_table(path)


CHANGED = "t.csv changed while it was read, so what was read may be neither the old table nor the new one"


@pytest.mark.parametrize("change", ["longer", "same size", "replaced", "gone", "damaged"])
def test_a_file_that_changes_while_it_is_read_is_refused(change, tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n3,5\n")
    read = files._READERS[".csv"]

    def reading(path, *how):
        draft = None if change == "damaged" else read(path, *how)
        if change == "longer":
            path.write_text("a,b\n1,2\n3,5\n7,8\n")
        elif change == "same size":
            path.write_text("a,b\n1,2\n3,6\n")
            os.utime(path, ns=(0, 0))  # a clock may tick too slowly for a test
        elif change == "replaced":
            path.with_suffix(".new").write_text("a,b\n1,2\n3,5\n")
            path.with_suffix(".new").replace(path)
        elif change == "gone":
            path.unlink()
        else:
            path.write_text("a,b\n1,2\n3")
            draft = read(path, *how)
        return draft

    assert read_table(path).n_rows == 2
    monkeypatch.setitem(files._READERS, ".csv", reading)
    with pytest.raises(InputError, match=CHANGED):
        read_table(path)

"""What is said about how a table is read holds against what would be found out, or is one sentence."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from latentia.errors import InputError
from latentia.tables.reading import Reading
from latentia.tables.sources import read_table
from latentia.tables.stores import open_store


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({}, {}),
        ({"delimiter": None, "missing": None}, {}),
        ({"delimiter": "tab"}, {"delimiter": "\t"}),
        ({"delimiter": "\\t"}, {"delimiter": "\t"}),
        ({"delimiter": "Semicolon", "decimal": "comma"}, {"delimiter": ";", "decimal": ","}),
        ({"encoding": "UTF8"}, {"encoding": "utf-8"}),
        ({"missing": "-999"}, {"missing": ("-999",)}),
        ({"missing": [-999, " ? ", "?"]}, {"missing": ("-999", "?")}),
        ({"missing": -999}, {"missing": ("-999",)}),
        ({"header": False}, {"header": False}),
    ],
)
def test_one_form_for_what_may_be_said_in_several(how, expected):
    assert Reading.of(**how).said() == expected


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        (
            {"delimiter": "ab"},
            "The delimiter 'ab' cannot separate cells; pass one character that no number has",
        ),
        ({"delimiter": "5"}, "The delimiter '5' cannot separate cells"),
        ({"decimal": ";"}, "The decimal mark ';' is not known; pass '.' or ','."),
        ({"delimiter": ",", "decimal": ","}, "',' cannot both separate cells and be the decimal mark"),
        ({"encoding": "utf-9"}, "The encoding 'utf-9' is not known; pass one that Python knows, such as"),
        ({"encoding": "rot13"}, "The encoding 'rot13' is not known"),
    ],
)
def test_what_cannot_be(how, sentence):
    with pytest.raises(InputError, match=re.escape(sentence)):
        read_table("wine", **how)


def test_the_options_of_the_command_line_say_the_same():
    reading = Reading.of(delimiter=";", missing=["?", "-9"], header=True, layer="counts")
    assert reading.options() == [
        "--layer=counts",
        "--delimiter=;",
        "--missing=?",
        "--missing=-9",
        "--header",
    ]


@pytest.mark.parametrize(
    ("data", "how", "sentence"),
    [
        ("wine", {"delimiter": ";"}, "delimiter (';') is about text tables, and wine is none; leave it out."),
        (
            np.eye(3),
            {"layer": "raw"},
            "layer ('raw') is about AnnData, and an object of type ndarray is none",
        ),
    ],
)
def test_what_a_table_has_no_use_for_is_refused(data, how, sentence):
    with pytest.raises(InputError, match=re.escape(sentence)):
        read_table(data, **how)


def test_what_a_file_has_no_use_for_is_refused(tmp_path):
    frame = pd.DataFrame({"a": [1.0, 2.0, 4.0], "b": [1.0, 0.0, 5.0]})
    frame.to_parquet(tmp_path / "t.parquet")
    frame.to_csv(tmp_path / "t.csv", index=False)
    for door in (read_table, lambda path, **how: open_store(path, Reading.of(**how))):
        with pytest.raises(
            InputError, match=r"^decimal \(','\) is about text tables, and t\.parquet is none"
        ):
            door(tmp_path / "t.parquet", decimal=",")
        with pytest.raises(InputError, match=r"^layer \('raw'\) is about AnnData, and t\.csv is none"):
            door(tmp_path / "t.csv", layer="raw")


# What is written; what is said; the cells; the notes.
SAID = {
    "another delimiter": (b"a:b\n1:2\n3:5\n", {"delimiter": ":"}, [[1, 2], [3, 5]], ()),
    "a delimiter that would not be found": (
        b"a,x;b\n1;2\n3;5\n",
        {"delimiter": ";"},
        [[1, 2], [3, 5]],
        (),
    ),
    "a decimal comma": (b"a;b\n1,5;2\n3;4,25\n", {"decimal": ","}, [[1.5, 2], [3, 4.25]], ("semicolons",)),
    "a decimal comma and nothing else": (
        b"a;b\n1,000;2\n3,500;4\n",
        {"decimal": ",", "delimiter": "semicolon"},
        [[1, 2], [3.5, 4]],
        (),
    ),
    "a word for missing cells": (
        b"a,b\n1,2\n-999,5\nnone,-999\n4,7\n",
        {"missing": ["-999", "none"]},
        [[1, 2], [np.nan, 5], [np.nan, np.nan], [4, 7]],
        ("3 cells are missing", "1 row has no value"),
    ),
    "a number for missing cells": (
        b"a, b\n1, 2\n-9.0, 5\n3, -9\n4, 7\n",
        {"missing": "-9"},
        [[1, 2], [np.nan, 5], [3, np.nan], [4, 7]],
        ("2 cells are missing",),
    ),
    "a category that looks like a gap": (
        b"a,b\n1,NA\n2,DE\n4,\n5,NA\n",
        {"missing": []},
        [[1, 1], [2, 0], [4, np.nan], [5, 1]],
        ("1 cell is missing",),
    ),
    "no header": (b"1,2\n3,4\n5,7\n", {"header": False}, [[1, 2], [3, 4], [5, 7]], ()),
    "no header above words": (b"u,2\nv,4\nu,7\n", {"header": False}, [[0, 2], [1, 4], [0, 7]], ()),
    "a header of numbers": (b"2019,2020\n3,4\n5,7\n", {"header": True}, [[3, 4], [5, 7]], ()),
    "an encoding": ("a,b\nä,2\nö,5\n".encode("cp437"), {"encoding": "cp437"}, [[0, 2], [1, 5]], ()),
    "an encoding that is found, too": (
        "ä,b\n1,2\n4,5\n".encode(),
        {"encoding": "utf-8"},
        [[1, 2], [4, 5]],
        (),
    ),
    "a mark of byte order": (
        "ä,b\n1,2\n4,5\n".encode("utf-8-sig"),
        {"encoding": "utf-8"},
        [[1, 2], [4, 5]],
        (),
    ),
    "two bytes a letter": (
        "a,b\n1,2\n4,5\n".encode("utf-16-le"),
        {"encoding": "utf-16-le"},
        [[1, 2], [4, 5]],
        (),
    ),
}


@pytest.mark.parametrize("case", SAID)
def test_what_is_said_of_text_holds(case, tmp_path):
    content, how, cells, notes = SAID[case]
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    table = read_table(path, **how)
    np.testing.assert_array_equal(table.values, cells)
    assert len(table.source.notes) == len(notes)
    for note, told in zip(notes, table.source.notes, strict=True):
        assert note in told


@pytest.mark.parametrize("case", SAID)
def test_it_holds_for_blocks_too(case, tmp_path):
    content, how, cells, _ = SAID[case]
    for name in ("t.csv", "u.csv"):
        (tmp_path / name).write_bytes(content)
    whole = read_table(tmp_path, **how)
    np.testing.assert_array_equal(whole.values, [*cells, *cells])
    store = open_store(tmp_path / "t.csv", Reading.of(**how))
    assert store.names == whole.names
    assert sum(block.n_rows for block in store.blocks()) == len(cells)


def test_another_encoding_gives_other_names_and_a_wrong_one_is_refused(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("größe,b\n1,2\n3,5\n".encode("latin-1"))
    assert read_table(path).names[0] == "größe"
    assert read_table(path, encoding="cp437").names[0] != "größe"
    with pytest.raises(InputError, match=r"t\.csv is no text in utf-8; pass another encoding, or none to"):
        read_table(path, encoding="utf-8")


def test_a_delimiter_that_is_not_there_leaves_one_column(tmp_path):
    (tmp_path / "t.csv").write_text("a;b\n1;2\n3;5\n")
    assert read_table(tmp_path / "t.csv", delimiter="|", types={"a;b": "category"}).names == ("a;b",)


def test_a_row_of_another_length_is_named_with_a_delimiter_of_ones_own(tmp_path):
    (tmp_path / "t.csv").write_text("a:b\n1:2\n3:5:6\n")
    with pytest.raises(InputError, match=r"Line 3 of t\.csv has 3 cells but the header has 2"):
        read_table(tmp_path / "t.csv", delimiter=":")

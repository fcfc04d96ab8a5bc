"""Text in blocks: the types and the sentences are those of a table that is read whole."""

from __future__ import annotations

import numpy as np
import pytest

from latentia.errors import InputError
from latentia.tables.sources import read_table
from latentia.tables.stores import open_store, text


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(text, "CHARACTERS_AT_ONCE", 500)


def write(path, content, encoding="utf-8"):
    path.write_bytes(content.encode(encoding))
    return path


def same_as_whole(path):
    store, table = open_store(path), read_table(path)
    blocks = list(store.blocks())
    assert len(blocks) > 2
    columns = [
        np.concatenate([np.asarray(block.fetch(at)) for block in blocks]) for at in range(len(store.names))
    ]
    assert store.names == table.names
    for at, column in enumerate(table.schema.columns):
        assert column.dtype == store.types[at]
        if column.kind == "category":
            codes = table.values[:, at]
            assert [None if np.isnan(code) else column.categories[int(code)] for code in codes] == columns[
                at
            ].tolist()
        else:
            np.testing.assert_array_equal(columns[at].astype(float), table.values[:, at])
    return store


ROWS = [(0.5 * row, row % 7, "x" * (row % 3 + 1)) for row in range(400)]


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", " "])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_however_it_is_written(tmp_path, encoding, delimiter, end):
    # Spaces are taken for delimiters only between numbers.
    lines = [line if delimiter != " " else (*line[:2], len(line[2])) for line in ROWS]
    lines = [("größe", "b", "k"), *lines]
    content = end.join(delimiter.join(map(str, line)) for line in lines)
    if delimiter == ";":
        content = content.replace(".", ",")
    store = same_as_whole(write(tmp_path / "t.csv", content, encoding))
    assert store.types == ("double", "int64", "int64" if delimiter == " " else "string")
    assert bool(store.notes) is (encoding in ("utf-16", "cp1252") or delimiter != ",")


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize(
    ("late", "kind"),
    [("2.5", "double"), ("NA", "int64"), (" NA ", "double"), ("x", "string"), (" x", "string")],
)
def test_a_type_that_changes_late_is_that_of_the_whole(tmp_path, late, kind):
    cells = ["1" if late.strip() != "x" else "u"] * 200 + [late] + ["3" if late != "x" else "v"] * 99
    rows = [f"{cell},{place % 5}\n" for place, cell in enumerate(cells)]
    store = same_as_whole(write(tmp_path / "t.csv", "a,b\n" + "".join(rows)))
    assert store.types[0] == kind


@pytest.mark.usefixtures("small_blocks")
def test_cells_over_several_lines(tmp_path):
    words = ['"one\ntwo"', '"say ""hi"""', 'five" pipe', "plain", '"a,b"']
    rows = [f"{row}.5,{words[row % 5]}\n" for row in range(300)]
    same_as_whole(write(tmp_path / "t.csv", "a,k\n" + "".join(rows)))


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize(
    ("spoilt", "sentence"),
    [
        ("1,2,3\n", "Line 302 of t.csv has 3 cells but the header has 2"),
        (
            "1,12345678901234567890123\n",
            r"integers beyond .* \(12345678901234567890123 in line 302\), which lose digits",
        ),
    ],
)
def test_sentences_name_the_line_of_the_file(tmp_path, spoilt, sentence):
    path = write(tmp_path / "t.csv", "a,b\n" + "1.5,2\n" * 300 + spoilt + "1,2\n" * 300)
    with pytest.raises(InputError, match=sentence):
        list(open_store(path).blocks())


def test_a_quotation_mark_that_is_never_closed(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "LONGEST_SAMPLE", 2000)
    monkeypatch.setattr(text, "CHARACTERS_AT_ONCE", 500)
    path = write(tmp_path / "t.csv", 'a,k\n1,"x"\n2,"y\n' + "3,z\n" * 2000)
    with pytest.raises(InputError, match=r"t\.csv"):
        list(open_store(path).blocks())


def test_only_a_header(tmp_path):
    store = open_store(write(tmp_path / "t.csv", "a,b\n"))
    assert store.names == ("a", "b")
    assert list(store.blocks()) == []


def test_one_column_and_blank_lines(tmp_path):
    store = open_store(write(tmp_path / "t.csv", "a\n1\n\n2\n\n\n3"))
    assert [cell for block in store.blocks() for cell in block.fetch(0).to_pylist()] == [1, 2, 3]

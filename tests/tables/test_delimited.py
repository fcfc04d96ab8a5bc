"""What was written is read back, however it was written; what is no table is refused by name."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from latentia.errors import InputError
from latentia.tables.sources import read_table

letters = st.characters(whitelist_categories=["Ll", "Lu"], max_codepoint=0xFF)
words = st.text(letters, min_size=1, max_size=5).map(lambda word: f"x{word}")  # no missing token begins so


@pytest.fixture
def read(tmp_path):
    def read_text(text, *, name="t.csv", encoding="utf-8", **choices):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return read_table(path, **choices)

    return read_text


@st.composite
def written_tables(draw):
    n_columns = draw(st.integers(1, 4))
    values = draw(
        hnp.arrays(
            np.float64,
            (draw(st.integers(2, 6)), n_columns),
            elements=st.floats(-1e12, 1e12).map(lambda x: x + 0.0),
        )
    )
    names = draw(st.lists(words, min_size=n_columns, max_size=n_columns, unique=True))
    delimiter = draw(st.sampled_from([",", ";", "\t", "|"]))
    decimal = draw(st.sampled_from([".", ","])) if delimiter != "," else "."
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, quoting=quoting, lineterminator=end)
    writer.writerow(names)
    writer.writerows([[repr(float(cell)).replace(".", decimal) for cell in row] for row in values])
    return values, names, stream.getvalue().encode(encoding)


@given(written_tables())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_round_trip(read, written):
    values, names, content = written
    distinct = [tuple(column) for column in values.T if (column != column[0]).any()]
    assume(not distinct or len(set(distinct)) == values.shape[1])  # others are left out
    if (values == values[0]).all():
        with pytest.raises(InputError, match="are the same"):
            read(content)
        return
    table = read(content)
    np.testing.assert_array_equal(table.values, values)
    assert table.names == tuple(names)


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_another_encoding_is_noted(read, encoding):
    table = read("größe;b\n1,5;2\n3;4\n", encoding=encoding)
    assert table.names == ("größe", "b")
    assert any(encoding.upper() in note.upper() for note in table.source.notes)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a, b\n1, 2.5 \n2 , 3.5\n", [[1, 2.5], [2, 3.5]]),
        ("a;b\n 1,5 ; 2\n3 ;4,5\n", [[1.5, 2], [3, 4.5]]),
        ("a,b\n+1,1e3\n-.5,5.\n", [[1, 1000], [-0.5, 5]]),
        ('a,b\n"1,5"," 2,25 "\n3,"1.234,5"\n', [[1.5, 2.25], [3, 1234.5]]),
        ("a,b\ntrue,1\nFalse,2\n", [[1, 1], [0, 2]]),
        ("a,b\r1,2\r3,4\r", [[1, 2], [3, 4]]),
        ("\n\na,b\n\n1,2\n\n3,4\n", [[1, 2], [3, 4]]),
        ("1.0 2.0\n 3.0   4.0\n", [[1, 2], [3, 4]]),
        ("\ufeff1,2\n3,4\n", [[1, 2], [3, 4]]),
        ("a\n1\n2", [[1], [2]]),
        ('"a\nb",c\n1,2\n3,4\n', [[1, 2], [3, 4]]),
        ("# a,b\n1,2\n3,4\n", [[1, 2], [3, 4]]),
        ("#a b\n1 2\n3 4\n", [[1, 2], [3, 4]]),
        ("sep=;\na;b\n1;2\n3;4\n", [[1, 2], [3, 4]]),
        ('"sep=,"\r\n1,2\r\n3,4\r\n', [[1, 2], [3, 4]]),
    ],
)
def test_odd_ways_of_writing(read, text, values):
    np.testing.assert_array_equal(read(text).values, values)


def test_the_mark_that_numpy_puts_before_a_header_is_no_name(read, tmp_path):
    np.savetxt(tmp_path / "t.txt", [[1, 2], [3, 4]], header="mass height")
    table = read_table(tmp_path / "t.txt")
    assert table.names == ("mass", "height")
    assert table.source.notes[-1] == "The header begins with '#', which is no part of a name."


def test_index_columns_are_left_out_and_noted(read):
    for header, start in (("", 0), ("index", 1), ("Unnamed: 0", 0)):
        table = read(f"{header},a\n{start},5\n{start + 1},7\n{start + 2},6\n")
        assert table.names == ("a",)
        assert "only numbers the rows" in table.source.notes[0]
    assert read("index,a\n1,5\n3,7\n").names == ("index", "a")
    assert read("a,b\n0,5\n1,7\n").names == ("a", "b")
    assert read("index,a\n1,5\n2,7\n", label="index").label_name == "index"
    assert read("index,a\n1,5\n2,7\n", drop=["index"]).names == ("a",)


def test_columns_without_a_name(read):
    table = read("a,,\n1,2.5,\n3,4.5,\n")
    assert table.names == ("a", "column 2")
    assert table.source.notes == (
        "Column 2 has no name; it is called 'column 2'.",
        "Column 3, which has no name, has no values either; it is left out.",
    )


def test_labels_and_units(read):
    table = read("mass [g],kind,len (cm)\n1,u,3\n2,NA,5\n", label="kind")
    assert list(table.labels) == ["u", "missing"]
    assert table.units == ("g", "cm")
    assert table.source.notes == ("1 row has no 'kind'; the class there is called 'missing'.",)


def test_wide_tables(read):
    values = np.random.default_rng(0).normal(size=(3, 20_000))
    text = ",".join(f"g{column}" for column in range(20_000)) + "\n"
    text += "".join(",".join(map(repr, row)) + "\n" for row in values.tolist())
    np.testing.assert_array_equal(read(text).values, values)


def test_lines_longer_than_a_block(read):
    row = ",".join("1." + "0" * 120_000 + f"{at:02}" for at in range(26))
    text = f"{','.join('abcdefghijklmnopqrstuvwxyz')}\n{row}\n{row.replace('1.', '2.')}\n"
    # They are the same in float64, so that all but the first are copies.
    assert read(text).source.notes[0].startswith("25 columns are left out: 'b', 'c'")


@pytest.mark.parametrize("delimiter", [",", " "])
def test_thousands_of_rows_with_a_late_change_of_type(read, delimiter):
    lines = [f"{row}{delimiter}{row % 7}" for row in range(90_000)]
    lines[-1] = f"0.5{delimiter}1"
    table = read(f"a{delimiter}b\n" + "\n".join(lines))
    assert table.values.shape == (90_000, 2)
    np.testing.assert_array_equal(table.values[[70_000, -1]], [[70_000, 0], [0.5, 1]])
    lines[80_000] = f"oops{delimiter}1"
    with pytest.raises(
        InputError,
        match=r"'a' has text among the numbers .1 cell is no number, the first 'oops' in row 80001",
    ):
        read(f"a{delimiter}b\n" + "\n".join(lines))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "t.csv is empty (0 bytes)"),
        ("\n \n", "only blank lines"),
        ("a,b\n", "2 columns but no rows in t.csv"),
        ("a,b\n1,2\n", "only 1 row in t.csv"),
        ("a,a\n1,2\n3,4\n", "1 name stands above more than one column ('a')"),
        ("a,b\n1,2\n3,4,5\n6,7\n", "Line 3 of t.csv has 3 cells but the header has 2"),
        ("a,b\n1,2\n3\n6,7\n", "Line 3 of t.csv has 1 cell but the header has 2"),
        ("1,2\n\n3,4\n3,4,5\n", "Line 4 of t.csv has 3 cells but the first row has 2"),
        ("a,b\n1,2,3\n3,4,5\n", "Line 2 of t.csv has 3 cells but the header has 2"),
        ("My title\na,b\n1,2\n3,4\n", "remove what stands above the header"),
        ("a;b\n1.23,5;2\n3;4\n", "'a' has text among the numbers (1 cell is no number, the first '1.23,5'"),
        ("a,b\n1,-inf\n2,3\n", "Column 'b' has infinite cells (1 infinite; in row 1)"),
        ("a,b\nNA,1\n?,1\n", "No column of t.csv has anything to learn ('a': no cell has a value; 'b': the "),
        ("a,b\n1,9007199254740993\n2,4\n", "integers beyond ±2^53 (9007199254740993)"),
        ("a,b\n1,2\n2,12345678901234567890\n", "integers beyond ±2^53 (12345678901234567890 in line 3)"),
        ("a,b\n1,1e200\n2,3\n", "Column 'b' reaches 1e+200, and squares overflow beyond 1e+150"),
        ('a,b\n1,2\n3,4\n"5,6\n7,8\n', "The row in lines 4 to 5 of t.csv has 1 cell but the header has 2"),
        ("a,b\n1,2\n1,2\n", "All 2 rows of t.csv are the same"),
        ("<html><body>1,2</body></html>", "t.csv is a web page and not a table"),
        ('{"a": [1, 2]}', "t.csv is JSON and not a table"),
        (b"\xff\xfea\x00,", "t.csv cannot be read as a table"),
        ("Prose, with commas.\nNo comma here\nmore, of, them\n", "Line 2 of t.csv has 1 cell"),
    ],
)
def test_one_sentence_for_what_is_wrong(read, text, sentence):
    with pytest.raises(InputError) as refusal:
        read(text)
    message = str(refusal.value)
    assert sentence in message
    assert message.endswith(".")
    assert "\n" not in message


pieces = st.sampled_from(
    [
        *"ab12 .,;|\t\"'-+\n\r#?",
        "\n1,2\n",
        '""',
        "a,b\n",
        "1;2",
        "NA",
        "1e999",
        "9" * 20,
        "\ufeff",
        "é",
        "\x85",
        "\x1c",
    ]
)


@given(
    st.one_of(
        st.lists(pieces, max_size=40).map("".join).map(str.encode),
        st.lists(pieces, max_size=30).map(lambda parts: "".join(parts).encode("utf-16")),
        st.binary(max_size=60),
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
def test_anything_is_a_table_or_one_sentence(read, content):
    try:
        table = read(content)
    except InputError:
        return
    assert not np.isinf(table.values).any()
    assert table.values.shape == (table.n_rows, len(table.names))


def test_kinds_of_columns_and_gaps(read):
    table = read("a,b,c,d\n1, x,2020-01-01,true\n?,#DIV/0!,2020-01-03,false\n3,y,NA,true\n")
    nan = np.nan
    np.testing.assert_array_equal(table.values, [[1, 0, 18262, 1], [nan, nan, 18264, 0], [3, 1, nan, 1]])
    assert [column.kind for column in table.schema.columns] == ["numeric", "category", "date", "boolean"]
    assert table.schema.columns[1].categories == ("x", "y")

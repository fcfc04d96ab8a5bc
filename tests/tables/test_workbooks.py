"""Workbooks as people keep them: the table on a sheet, whatever stands around it."""

from __future__ import annotations

import datetime as dt
import sys

import numpy as np
import pytest

from latentia.errors import InputError, MissingExtraError
from latentia.tables.sources import read_table

openpyxl = pytest.importorskip("openpyxl")
pytest.importorskip("python_calamine")

PLAIN = [["a", "b"], [1.5, 2], [3, 4.25], [5, 7]]
CELLS = [[1.5, 2.0], [3.0, 4.25], [5.0, 7.0]]


@pytest.fixture
def write(tmp_path):
    def write(*sheets, merged=(), name="t.xlsx"):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in sheets:
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
            for cells in merged:
                sheet.merge_cells(cells)
        book.save(tmp_path / name)
        return tmp_path / name

    return write


@pytest.mark.parametrize(
    ("rows", "notes"),
    [
        (PLAIN, 0),
        ([[], [], *PLAIN], 0),
        ([[None, *row] for row in PLAIN], 0),
        ([[row[0], None, row[1]] for row in PLAIN], 0),
        ([PLAIN[0], [], *PLAIN[1:], [], []], 0),
        ([["Measured in 2020"], [], *PLAIN], 1),
        ([[None, None, "made by us"], *PLAIN], 1),
    ],
    ids=["plain", "rows before", "column before", "column between", "rows between", "title", "title beside"],
)
def test_the_table_is_found_among_what_is_empty(write, rows, notes):
    table = read_table(write(("data", rows)))
    assert table.names == ("a", "b")
    np.testing.assert_array_equal(table.values, CELLS)
    assert len(table.source.notes) == notes
    assert all("What stands above the header was left out" in note for note in table.source.notes)


def test_kinds_of_cells(write):
    days = [dt.datetime(2020, 1, day, tzinfo=None) for day in (1, 5, 3)]  # noqa: DTZ001 - workbooks know no zones
    rows = [
        ["mass [g]", "day", "kind", "truth", "time", "code", "gap"],
        [1.5, days[0], "u", True, dt.time(1, 2), 7, 1.5],
        [2, days[1], " v", False, dt.time(0, 0, 1), 9, "NA"],
        [4, days[2], "u", True, dt.time(1, 0), 8, None],
        [8, days[0], None, False, dt.time(2, 0), 5, 0.5],
    ]
    table = read_table(write(("data", rows)))
    kinds = [column.kind for column in table.schema.columns]
    assert kinds == ["numeric", "date", "category", "boolean", "numeric", "numeric", "numeric"]
    assert table.units[0] == "g"
    assert table.schema.columns[5].dtype == "int64"
    expected = [1.5, 18262, 0, 1, 3720, 7, 1.5]
    np.testing.assert_array_equal(table.values[0], expected)
    assert np.isnan(table.values).sum() == 3
    assert list(read_table(write(("data", rows)), label="code").labels) == ["7", "9", "8", "5"]


def test_a_word_among_numbers_is_named_as_in_text(write):
    path = write(("data", [["a", "b"], [1, 2], [3, "oops"], [4, 5]]))
    with pytest.raises(
        InputError, match=r"'b' has text among the numbers \(1 cell is no number, the first 'oops' in row 2\)"
    ):
        read_table(path)
    assert np.isnan(read_table(path, missing="oops").values).sum() == 1


def test_headings_over_several_columns_are_put_before_those_below(write):
    rows = [
        ["site", "March", None, "May", None],
        [None, "mass", "height", "mass", "height"],
        *[["u", 1, 2, 3, 4.5], ["v", 2, 7, 1, 8], ["u", 5, 3, 2, 1]],
    ]
    path = write(("data", [["A title"], *rows]), merged=("A1:E1", "A2:A3", "B2:C2", "D2:E2"))
    table = read_table(path)
    assert table.names == ("site", "March mass", "March height", "May mass", "May height")
    np.testing.assert_array_equal(table.values[:, 1], [1, 2, 5])


def test_whether_there_is_a_header(write):
    path = write(("data", PLAIN[1:]))
    table = read_table(path)
    assert table.names == ("column 1", "column 2")
    assert table.source.notes == (
        "The first row is a row of data and not a header; the columns are numbered.",
    )
    assert read_table(path, header=True).names == ("1.5", "2")
    years = write(("data", [[2019, 2020], *PLAIN[1:]]))
    assert read_table(years, header=True).names == ("2019", "2020")
    assert read_table(path, header=False).source.notes == ()


def test_which_sheet(write):
    path = write(("notes", []), ("one", PLAIN), ("two", [["c"], [1], [5], [2]]))
    table = read_table(path)
    assert table.names == ("a", "b")
    assert table.source.notes == ("The table is the sheet 'one' of 'notes', 'one', 'two'.",)
    for sheet in ("two", 3, "3"):
        assert read_table(path, sheet=sheet).names == ("c",)
    with pytest.raises(
        InputError, match=r"t\.xlsx has no sheet 'tow'; the nearest name is 'two' \(the sheets"
    ):
        read_table(path, sheet="tow")
    with pytest.raises(InputError, match=r"t\.xlsx has no cells in any sheet; save the table in it"):
        read_table(write(("notes", [])))


def test_what_is_said_of_a_sheet_is_refused_elsewhere(write, tmp_path):
    with pytest.raises(
        InputError, match=r"sheet \('two'\) is about workbooks, and wine is none; leave it out\."
    ):
        read_table("wine", sheet="two")
    with pytest.raises(InputError, match=r"delimiter \(';'\) is about text tables, and t\.xlsx is none"):
        read_table(write(("data", PLAIN)), delimiter=";")


@pytest.mark.parametrize("spoil", [lambda content: content[:-300], lambda _: b"a,b\n1,2\n"])
def test_what_is_damaged_is_one_sentence(write, spoil):
    path = write(("data", PLAIN))
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(InputError, match=r"^t\.xlsx is not a complete Excel file \(.*\); save it again or"):
        read_table(path)


def test_without_the_package_one_sentence_has_the_command(write, monkeypatch):
    path = write(("data", PLAIN))
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    sentence = (
        r"^Reading t\.xlsx needs the package python_calamine, .*; run pip install 'latentia\[xlsx\]'\.$"
    )
    with pytest.raises(MissingExtraError, match=sentence):
        read_table(path)

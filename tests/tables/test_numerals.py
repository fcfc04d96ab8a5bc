"""Numbers with marks between their thousands are read for what they are, told, and never guessed silently."""

from __future__ import annotations

import warnings

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from latentia import Autoencoder, InputError, LatentiaWarning
from latentia.passing import encode_table, impute_table
from latentia.tables.cells import Trouble, judge
from latentia.tables.numerals import tells
from latentia.tables.scan import scan_table
from latentia.tables.sources import read_table
from latentia.tables.stores import open_store, text
from latentia.tables.survey import survey

PEOPLE = np.random.default_rng(0).integers(100, 60_000, 100)
SHARES = np.round(PEOPLE / 1000 * 2.5 + np.random.default_rng(1).normal(size=100), 2)
WITH_COMMAS = [f"{number:,}" for number in PEOPLE]
WITH_POINTS = [number.replace(",", ".") for number in WITH_COMMAS]
SHARES_WITH_COMMAS = [f"{share:.2f}".replace(".", ",") for share in SHARES]
WITH_DECIMALS = [f"{number + 0.5:,.2f}" for number in PEOPLE]


@pytest.fixture
def written(tmp_path):
    def write(columns, delimiter=";", name="t.csv"):
        rows = [columns, *zip(*columns.values(), strict=True)]
        quoted = [[f'"{cell}"' if delimiter in str(cell) else str(cell) for cell in row] for row in rows]
        path = tmp_path / name
        path.write_text("\n".join(map(delimiter.join, quoted)), encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("said", [{}, {"decimal": ","}])
def test_points_stand_between_thousands_where_commas_are_decimal_marks(written, said):
    table = read_table(written({"Einwohner": WITH_POINTS, "Quote": SHARES_WITH_COMMAS}), **said)
    np.testing.assert_array_equal(table.values, np.column_stack([PEOPLE, SHARES]))
    (note,) = [note for note in table.source.notes if "'Einwohner'" in note]
    assert "points taken for thousands marks" in note
    assert "--decimal ." in note


def test_large_numbers_have_several_marks_and_a_decimal_mark(written):
    cells = ["12.345.678,9", "1.000", "-2.500,25", "7", "0,5", ""]
    table = read_table(written({"a": cells, "b": range(6)}))
    np.testing.assert_array_equal(table.values[:, 0], [12_345_678.9, 1000, -2500.25, 7, 0.5, np.nan])


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        (WITH_COMMAS, "commas"),
        (WITH_DECIMALS, "commas"),
        ([cell.replace(",", " ") for cell in WITH_DECIMALS], "spaces"),
        ([cell.replace(",", "\u202f") for cell in WITH_COMMAS], "spaces"),
        ([cell.replace(",", "\u00a0") for cell in WITH_COMMAS], "spaces"),
        ([cell.replace(",", "'") for cell in WITH_DECIMALS], "apostrophes"),
    ],
)
def test_other_marks_stand_between_thousands_where_points_are_decimal_marks(written, cells, mark):
    numbers = [float("".join(letter for letter in cell if letter in "0123456789.")) for cell in cells]
    columns = {"income": cells, "share": SHARES}
    for path in (written(columns, ","), written(columns, ";")):
        table = read_table(path)
        np.testing.assert_array_equal(table.values[:, 0], numbers)
        assert any(f"'income': {mark} taken for thousands marks" in note for note in table.source.notes)
    with pytest.warns(LatentiaWarning, match=f"{mark} taken for thousands marks"):
        model = Autoencoder(1, max_epochs=2, random_state=0).fit(pa.table(columns))
    assert model.n_features_in_ == 2


@pytest.mark.parametrize(
    "spoilt", ["1,23", "12,34,567", "0,123", "1,234 567", "1.234,5", "1,234,567,890,123,456"]
)
def test_one_cell_that_does_not_fit_leaves_a_column_text(written, spoilt):
    path = written({"income": [spoilt, *WITH_DECIMALS[1:]], "share": SHARES}, ",")
    with pytest.raises(
        InputError, match=r"Column 'income' has digits with marks .*--types NAME=category"
    ) as raised:
        read_table(path)
    assert "1 cell is no number, the first" in str(raised.value)
    assert "numeric" not in str(raised.value)
    assert read_table(path, types={"income": "category"}).schema.columns[0].kind == "category"


def test_asking_for_numbers_that_are_none_is_refused_in_plain_grammar(written):
    cells = [cell.replace(",", ",0") for cell in WITH_DECIMALS if "," in cell]
    path = written({"income": cells, "share": SHARES[: len(cells)]}, ",")
    asked = rf"\(numeric, but {len(cells)} cells are no numbers, the first '51,0052\.50' in row 1\)"
    with pytest.raises(InputError, match=asked):
        read_table(path, types={"income": "numeric"})


def test_the_other_decimal_mark_is_the_remedy_where_it_helps(written):
    columns = {"Einwohner": WITH_POINTS, "Quote": SHARES_WITH_COMMAS}
    with pytest.raises(InputError, match=r"'Quote'.*all are numbers with --decimal ,"):
        read_table(written(columns), decimal=".")
    with pytest.raises(InputError, match=r"'share'.*all are numbers with --decimal \."):
        read_table(written({"share": SHARES, "Quote": SHARES_WITH_COMMAS}), decimal=",")


def test_decimal_commas_may_stand_in_quotation_marks_where_commas_separate_cells(written):
    columns = {"Einwohner": WITH_POINTS, "Quote": SHARES_WITH_COMMAS}
    table = read_table(written(columns, ","))
    np.testing.assert_array_equal(table.values, read_table(written(columns, ";")).values)
    assert "Numbers are written with a decimal comma." in table.source.notes


@pytest.mark.parametrize(("mark", "otherwise"), [(".", ","), (",", ".")])
def test_what_can_be_read_in_both_ways_is_decided_by_a_rule_and_told(written, mark, otherwise):
    cells = [f"{1 + number / 100_000:.3f}".replace(".", mark) for number in PEOPLE]
    path = written({"a": cells, "b": PEOPLE // 100})
    table = read_table(path)
    assert table.values[:, 0].max() < 2
    (note,) = [note for note in table.source.notes if "'a'" in note]
    assert "taken for decimal marks" in note
    assert f"--decimal {otherwise}" in note
    assert read_table(path, decimal=otherwise).values[:, 0].min() > 1000


def test_plain_tables_are_told_nothing_of_marks(written):
    cells = [f"{1 + number / 100_000:.3f}" for number in PEOPLE]
    assert read_table(written({"a": cells, "b": PEOPLE // 100}, ",")).source.notes == ()
    told = read_table(written({"a": cells, "b": SHARES})).source.notes
    assert told == ("Cells are separated by semicolons.",)  # other columns show what the point is


@pytest.mark.parametrize("columns", [
    {"a": WITH_POINTS, "b": SHARES_WITH_COMMAS},
    {"a": [*map(str, PEOPLE[:50] % 1000), *WITH_POINTS[50:]], "b": SHARES_WITH_COMMAS},
])  # fmt: skip
def test_blocks_are_read_as_the_whole(written, columns, monkeypatch):
    monkeypatch.setattr(text, "CHARACTERS_AT_ONCE", 200)
    path = written(columns)
    table, store = read_table(path), open_store(path)
    blocks = list(store.blocks())
    assert len(blocks) > 2
    for at in range(2):
        read = np.concatenate([np.asarray(block.fetch(at)) for block in blocks])
        np.testing.assert_array_equal(read.astype(float), table.values[:, at])
    assert store.notes == table.source.notes


def test_new_rows_and_gaps_are_read_and_written_as_numbers(written, tmp_path):
    columns = {"a": WITH_POINTS, "b": SHARES_WITH_COMMAS}
    model = Autoencoder(1, max_epochs=2, random_state=0).fit(read_table(written(columns)))
    holed = {"a": [cell if row % 10 else "" for row, cell in enumerate(WITH_POINTS)], "b": SHARES_WITH_COMMAS}
    path = written(holed, name="new.csv")
    assert any("thousands" in note for note in encode_table(model, path, tmp_path / "codes.csv").notes)
    impute_table(model, path, tmp_path / "whole.csv")
    whole = read_table(tmp_path / "whole.csv")
    np.testing.assert_array_equal(whole.values[1:10], np.column_stack([PEOPLE, SHARES])[1:10])
    assert (whole.values[::10, 0] > 100).all()


def test_files_of_one_table_have_one_decimal_mark(written):
    one = written({"a": WITH_POINTS, "b": SHARES_WITH_COMMAS}, name="one.csv")
    other = written({"a": WITH_POINTS, "b": range(100)}, name="other.csv")
    with pytest.raises(
        InputError, match=r"one\.csv look written with a decimal comma .* other\.csv .*--decimal ,"
    ):
        read_table([one, other])
    table = read_table([one, other], decimal=",")
    np.testing.assert_array_equal(table.values[:, 0], [*PEOPLE, *PEOPLE])


def test_of_asked_numbers_marks_count_only_where_they_are_regular():
    from latentia.tables.asked import judge_as

    regular = judge_as(np.array(["1,234", "5", "none"]), "numeric")
    np.testing.assert_array_equal(regular.values, [1234, 5, np.nan])
    assert regular.why == "1 cell that is no number counts as missing, commas taken for thousands marks"
    odd = judge_as(np.array(["1,234", "5", "1,5"]), "numeric")
    np.testing.assert_array_equal(odd.values, [np.nan, 5, np.nan])


@pytest.mark.parametrize(
    ("form", "signs"),
    [
        ("{:.1f}%", "percent signs"),
        ("{:.1f} %", "percent signs"),
        ("€{:,.2f}", "currency signs"),
        ("-${:.2f}", "currency signs"),
        ("{:.2f} €", "currency signs"),
        ("({:.2f})", "brackets"),
        ("(£{:.2f})", "currency signs and brackets"),
    ],
)
def test_numbers_with_signs_are_left_out_for_a_true_reason(written, form, signs):
    columns = {"x": [form.format(share) for share in SHARES], "a": PEOPLE, "b": PEOPLE % 7}
    for delimiter in ";\t":
        source = read_table(written(columns, delimiter)).source
        assert source.left_out == (("x", f"numbers with {signs}; write them as plain numbers"),)
    few = read_table(written(columns | {"x": [form.format(share) for share in PEOPLE % 5]}))
    assert any(f"'x': taken for categories, though the cells may be numbers with {signs}" in note
               for note in few.source.notes)  # fmt: skip


@pytest.mark.parametrize("cells", [["a%", "1%"], ["%", "1%"], ["(555) 123", "(555) 124"], ["1€2", "1€3"]])
def test_other_signs_are_words(cells):
    assert judge(np.array(cells)).doubt is None


def test_marks_that_come_late_are_told_of_a_table_in_blocks(tmp_path):
    cells = [str(at % 900) for at in range(70_000)] + ["1,234"] * 10
    parquet.write_table(pa.table({"a": cells, "b": np.arange(70_010) % 13}), tmp_path / "t.parquet")
    found = survey(scan_table(tmp_path / "t.parquet"), fraction=0.2, seed=0)
    assert "Column 'a': numbers stored as text, commas taken for thousands marks." in found.notes


def test_a_warning_says_of_every_column_what_it_holds():
    columns = pa.table({"a": WITH_COMMAS, "when": [f"2020-01-{1 + at % 28:02d}" for at in range(100)]})
    with pytest.warns(LatentiaWarning) as told:
        Autoencoder(1, max_epochs=2, random_state=0).fit(columns)
    assert [str(one.message).partition(",")[0].partition(";")[0] for one in told] == [
        "Column 'a' holds numbers stored as text",
        "Column 'when' holds dates stored as text",
    ]


def test_words_stay_words():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert judge(np.array(["a", "1,234"] * 5 + ["b"])).kind == "category"
    assert judge(np.array(["1.5", "2,5"])).trouble is Trouble.STRAY
    assert not tells("words, and more.", ",")

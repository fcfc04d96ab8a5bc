"""Whatever is wrong with a table: one sentence, exit code 2, and nothing written."""

from __future__ import annotations

import os

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import feather, parquet
from typer.testing import CliRunner

import latentia
from latentia.cli import app

ROWS = np.random.default_rng(0).normal(size=(12, 3))
ARROW = pa.table({name: ROWS[:, at] for at, name in enumerate("abc")})
DAYS = np.arange(12).astype("M8[s]")


def csv(rows=ROWS, names="abc", encoding="utf-8", **cells):
    """Return rows as bytes of a text table, in which single cells are other text."""
    lines = [",".join(names)] + [",".join(map(str, row)) for row in rows]
    for place, text in cells.items():
        row, column = int(place[1]), int(place[2])
        parts = lines[row].split(",")
        parts[column] = text
        lines[row] = ",".join(parts)
    return ("\n".join(lines) + "\n").encode(encoding)


TEXTS = {
    "empty.csv": (b"", "is empty (0 bytes); save the table again"),
    "blank.csv": (b"\n \n\n", "only blank lines"),
    "header.csv": (b"a,b,c\n", "3 columns but no rows"),
    "one-row.csv": (b"a,b,c\n1,2,3\n", "only 1 row"),
    "picture.csv": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "is a picture and not a text table"),
    "workbook.csv": (b"PK\x03\x04" + bytes(100), "is a zip archive or an Excel workbook"),
    "bytes.csv": (bytes(range(1, 32)) * 90, "holds bytes that stand for no characters"),
    "nul.csv": (b"a,b\n1,2\n\0,3\n", "has a NUL byte in line 3"),
    "page.csv": (b"<!DOCTYPE html><html></html>", "is a web page and not a table"),
    "utf16.csv": (b"\xff\xfea\x00,", "cannot be read as a table"),
    "ragged.csv": (b"a,b\n1,2\n3\n4,5\n", "Line 3 of ragged.csv has 1 cell but the header has 2"),
    "quote.csv": (b'a,b\n1,2\n"3,4\n5,6\n', "The row in lines 3 to 4 of quote.csv"),
    "title.csv": (b"Birds of 1998\na,b\n1,2\n3,4\n", "remove what stands above the header"),
    "twice.csv": (csv(names="aba"), "1 name stands above more than one column ('a')"),
    "typing-error.csv": (csv(_52="n.d."), "(1 cell is no number, the first 'n.d.' in row 5)"),
    "both-marks.csv": (b'a,b\n"1,5",1.5\n3,2\n4,3\n', "the first '1,5' in row 1"),
    "infinite.csv": (csv(_31="", _42="NA", _40="inf"), "'a' has infinite cells (1 infinite; in row 4)"),
    "thousands.csv": (b"a;b\n1.23,5;1\n2.345,5;2\n", "1 cell is no number, the first '1.23,5' in row 1"),
    "names.csv": (
        b"a,b\n,7\n,7\n",
        "No column of names.csv has anything to learn ('a': no cell has a value;",
    ),
    "identifiers.csv": (b"id,a\n9007199254740993,1\n9007199254740995,2\n", "integers beyond ±2^53"),
    "overflow.csv": (csv(_20="1e200"), "Column 'a' reaches 1e+200, and squares overflow"),
    "constant.csv": (csv(np.ones((5, 3))), "All 5 rows of constant.csv are the same"),
    "table.docx": (b"PK\x03\x04", "the ending '.docx', which is no known format"),
    "table.xlsx": (b"PK\x03\x04", "table.xlsx is not a complete Excel file"),
    "table": (csv(), "has no ending, which is no known format"),
    "zero.parquet": (b"", "is empty (0 bytes)"),
    "text.parquet": (csv(), "is not a complete Parquet file"),
    "text.feather": (csv(), "is not a complete Feather or Arrow file"),
    "text.npy": (csv(), "does not begin like a NumPy file"),
}


def write_cut(write, ending):
    def written(path):
        write(path)
        path.write_bytes(path.read_bytes()[:200])

    return written, f"is not a complete {ending}"


FILES = {
    "cut.parquet": write_cut(lambda path: parquet.write_table(ARROW, path), "Parquet file"),
    "cut.feather": write_cut(lambda path: feather.write_feather(ARROW, path), "Feather or Arrow file"),
    "cut.npy": write_cut(lambda path: np.save(path, ROWS), "NumPy file"),
    "bytes.parquet": (
        lambda path: parquet.write_table(ARROW.append_column("raw", pa.array([b"x", b"y"] * 6)), path),
        "Column 'raw' holds no plain values (values of type binary)",
    ),
    "lists.parquet": (
        lambda path: parquet.write_table(ARROW.append_column("k", pa.array([[1]] * 12)), path),
        "Column 'k' holds no plain values (nested values)",
    ),
    "objects.npy": (lambda path: np.save(path, np.array([[1, "a"]], object)), "pickled Python objects"),
    "flat.npy": (lambda path: np.save(path, ROWS[:, 0]), "The array in flat.npy has shape (12,)"),
    "cube.npy": (lambda path: np.save(path, ROWS.reshape(3, 4, 3)), "has shape (3, 4, 3)"),
    "complex.npy": (lambda path: np.save(path, ROWS + 1j), "complex numbers"),
    "two.npz": (lambda path: np.savez(path, first=ROWS, second=ROWS), "none is called X, x or data"),
    "folder.csv": (lambda path: path.mkdir(), "There is no table in the folder"),
    "missing.csv": (lambda path: None, "There is no file"),
}
EVERYTHING = {
    name: (lambda path, content=content: path.write_bytes(content), sentence)
    for name, (content, sentence) in TEXTS.items()
} | FILES


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def refused(done):
    """Return the one sentence of a command that refused its input."""
    assert done.exit_code == 2, done.output
    assert done.stdout == ""
    told = [line for line in done.stderr.splitlines() if line.startswith("latentia: ")]
    assert len(told) == 1
    assert told[0] == done.stderr.splitlines()[-1]
    assert told[0].endswith((".", "?"))
    return told[0]


@pytest.mark.parametrize("command", ["fit", "analyze"])
@pytest.mark.parametrize("name", EVERYTHING)
def test_a_table_that_cannot_be_used_is_refused(tmp_path, command, name):
    write, sentence = EVERYTHING[name]
    write(tmp_path / name)
    out = tmp_path / ("m.latentia" if command == "fit" else "results")
    before = set(tmp_path.iterdir())
    assert sentence in refused(run(command, tmp_path / name, "-o", out))
    assert set(tmp_path.iterdir()) == before


# One row is enough to encode, and a column that the model does not read does no harm.
ENCODABLE = {"one-row.csv", "constant.csv", "overflow.csv", "twice.csv", "bytes.parquet", "lists.parquet"}


@pytest.mark.parametrize("name", sorted(set(EVERYTHING) - ENCODABLE))
def test_so_is_one_that_cannot_be_encoded(tmp_path, name):
    write, _ = EVERYTHING[name]
    write(tmp_path / name)
    latentia.Autoencoder(hidden_layer_sizes=(), max_epochs=1, random_state=0).fit(ARROW).save(
        tmp_path / "m.latentia"
    )
    before = set(tmp_path.iterdir())
    refused(run("encode", tmp_path / "m.latentia", tmp_path / name, "-o", tmp_path / "codes.csv"))
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "name", ["thousands.csv", "typing-error.csv", "infinite.csv", "constant.csv", "header.csv", "one-row.csv"]
)
def test_python_is_told_the_same(tmp_path, name):
    write, sentence = EVERYTHING[name]
    write(tmp_path / name)
    with pytest.raises(latentia.InputError) as refusal:
        latentia.analyze(tmp_path / name)
    assert sentence in str(refusal.value)


@pytest.mark.parametrize(
    ("encoding", "sentence"), [("utf-8-sig", None), ("utf-16", "UTF-16"), ("latin-1", "cp1252")]
)
def test_another_encoding_is_no_obstacle_and_is_told(tmp_path, encoding, sentence):
    (tmp_path / "t.csv").write_bytes(csv(names=["größe", "b", "c"], encoding=encoding))
    done = run("fit", tmp_path / "t.csv", "-o", tmp_path / "m.latentia", "--max-epochs", 1)
    assert done.exit_code == 0, done.stderr
    assert "größe" in done.stdout
    assert ("Note: " in done.stderr) == (sentence is not None)
    assert sentence is None or sentence in done.stderr


def test_large_numbers_whole_numbers_and_truth_values_are_fine(tmp_path):
    rows = [(1e39 * row, 2**24 + row, row % 3 == 0, 1e-300 * row) for row in range(1, 13)]
    (tmp_path / "t.csv").write_bytes(csv(rows, names="abcd"))
    done = run("fit", tmp_path / "t.csv", "-o", tmp_path / "m.latentia", "--max-epochs", 3)
    assert done.exit_code == 0, done.stderr
    codes = tmp_path / "codes.csv"
    assert run("encode", tmp_path / "m.latentia", tmp_path / "t.csv", "-o", codes).exit_code == 0
    values = np.loadtxt(codes, delimiter=",", skiprows=1)
    assert np.isfinite(values).all()
    assert len(np.unique(values, axis=0)) == 12


def test_more_components_than_columns_or_rows_are_refused(tmp_path):
    table, model = tmp_path / "t.csv", tmp_path / "m.latentia"
    table.write_bytes(csv())
    told = refused(run("fit", table, "-o", model, "--components", 4))
    assert "n_components=4 is more than the table's columns" in told
    table.write_bytes(csv(ROWS[:3]))
    told = refused(run("fit", table, "-o", model, "--components", 3))
    assert "n_components=3 needs more than 3 rows" in told
    assert list(tmp_path.iterdir()) == [table]


def test_a_label_that_is_not_there_is_told_with_the_nearest(tmp_path):
    (tmp_path / "t.csv").write_bytes(csv(names=["alpha", "beta", "gamma"]))
    told = refused(run("analyze", tmp_path / "t.csv", "--label", "gama", "-o", tmp_path / "out"))
    assert told.endswith("the nearest name is 'gamma' (the columns are 'alpha', 'beta', 'gamma').")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read and write everywhere")
def test_places_without_permission_are_refused(tmp_path):
    (tmp_path / "t.csv").write_bytes(csv())
    tmp_path.chmod(0o500)
    assert "is read-only" in refused(run("analyze", tmp_path / "t.csv", "-o", tmp_path / "out"))
    assert "Permission denied" in refused(
        run("fit", tmp_path / "t.csv", "-o", tmp_path / "m.latentia", "--max-epochs", 1)
    )
    (tmp_path / "t.csv").chmod(0o000)
    assert "may not be read by this user" in refused(run("fit", tmp_path / "t.csv", "-o", "m.latentia"))

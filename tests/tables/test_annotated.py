"""AnnData, in memory and in files: the matrix or layer that was asked for, with classes beside it."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import annotated_files
from annotated_files import CELLS, GENES, KINDS, NUMBERS
from latentia.errors import InputError, MissingExtraError
from latentia.tables.reading import Reading
from latentia.tables.sampling import read_sample
from latentia.tables.scan import scan_table
from latentia.tables.sources import read_table
from latentia.tables.stores import open_store
from latentia.tables.survey import survey

h5py = pytest.importorskip("h5py")
UNIQUE = ("CD3D", "MS4A1", "CD3D-1", "NKG7", "LYZ", "PPBP")
LAYERS = {None: np.log1p(CELLS), "counts": CELLS, "dense": CELLS, "raw": CELLS[:, :4]}
REPEATED = "1 name stands for more than one variable ('CD3D'); the later ones became 'CD3D-1' and so on."
OTHERS = "The cells are those of X; the other layers are 'counts', 'dense', 'raw'."


def in_memory():
    return SimpleNamespace(
        X=sparse.csr_matrix(np.log1p(CELLS)),
        obs=pd.DataFrame({"louvain": pd.Categorical([None, *KINDS[:29]]), "number": NUMBERS}),
        var_names=pd.Index(GENES),
        layers={"counts": sparse.csc_matrix(CELLS), "dense": CELLS.astype(int)},
        raw=SimpleNamespace(X=CELLS[:, :4], var_names=pd.Index(GENES[:4])),
    )


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("cells") / "cells.h5ad"
    with h5py.File(path, "w") as file:
        annotated_files.write(file)
    return path


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_from_file_and_memory(path, layer):
    for data in (path, in_memory()):
        table = read_table(data, layer=layer)
        np.testing.assert_array_equal(table.values, LAYERS[layer].astype(float))
        assert table.names == UNIQUE[: len(table.names)]
        assert table.source.notes == ((REPEATED,) if layer else (OTHERS, REPEATED))
        assert table.source.name == ("cells.h5ad" if data is path else "AnnData object")


@pytest.mark.parametrize("layer", LAYERS)
def test_blocks_and_parts_are_the_same_rows(path, layer, monkeypatch):
    monkeypatch.setattr("latentia.tables.stores.matrix_file.ROWS_OF_A_PART", 10)
    store = open_store(path, Reading.of(layer=layer))
    expected = LAYERS[layer]
    assert sum(store.parts) == len(expected)
    if layer == "dense":
        assert set(store.parts[:-1]) == {7}  # the file stores so many rows together
    for wanted in (None, [3, 1]):
        columns = range(expected.shape[1]) if wanted is None else wanted
        for blocks in (
            list(store.blocks(wanted, n_rows=8)),
            [store.read(part, wanted) for part in range(len(store.parts))],
        ):
            cells = [np.column_stack([one.fetch(at) for at in range(len(columns))]) for one in blocks]
            np.testing.assert_array_equal(np.concatenate(cells), expected[:, list(columns)])
            assert blocks[0].names == [store.names[at] for at in columns]
    assert set(store.types) == {"int64" if layer == "dense" else "float32"}


def test_what_is_known_of_the_rows_can_be_the_label(path):
    expected = ["missing", *KINDS[:29]]
    assert list(read_table(path, label="louvain").labels) == expected
    assert list(read_table(in_memory(), label="louvain").labels) == expected
    assert list(read_table(path, label="text").labels) == KINDS
    assert list(read_table(path, label="number").labels)[:3] == ["0", "1.5", "3"]
    assert list(read_table(path, label="nullable").labels)[:3] == ["0", "missing", "2"]
    table = read_table(path, label="LYZ", layer="counts")  # a gene may be, too, and is no column then
    assert "LYZ" not in table.names
    assert list(table.labels)[:2] == [str(int(cell)) for cell in CELLS[:2, 4]]


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"layer": "count"}, r"has no layer 'count'; the nearest name is 'counts' \(the layers are 'counts'"),
        (
            {"label": "luovain"},
            "There is no column 'luovain' to use as the label; the nearest name is 'louvain'",
        ),
        ({"delimiter": ";"}, r"delimiter \(';'\) is about text tables, and .* is none; leave it out\.$"),
    ],
)
def test_one_sentence_for_what_is_not_there(path, how, sentence):
    for data in (path, in_memory()):
        with pytest.raises(InputError, match=sentence):
            read_table(data, **how)


def test_a_file_without_a_matrix_names_its_layers(path, tmp_path):
    copy = tmp_path / "cells.h5ad"
    copy.write_bytes(path.read_bytes())
    with h5py.File(copy, "a") as file:
        del file["X"]
    with pytest.raises(InputError, match=r"cells\.h5ad has no matrix X; read a layer instead \('counts', "):
        read_table(copy)
    assert read_table(copy, layer="counts").n_rows == 30


def test_another_hdf5_file_is_told_from_it(tmp_path):
    with h5py.File(tmp_path / "cells.h5ad", "w") as file:
        file["spectra"] = np.eye(3)
    with pytest.raises(InputError, match=r"has no 'obs' and 'var', so it is no AnnData \(it has 'spectra'\)"):
        read_table(tmp_path / "cells.h5ad")


def _cut(path):
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _broken(name, change):
    def break_it(path):
        with h5py.File(path, "a") as file:
            part = file[name][:]
            attributes = dict(file[name].attrs)
            del file[name]
            file[name] = change(part)
            file[name].attrs.update(attributes)

    return break_it


DAMAGED = {
    "cut": (_cut, "is not a complete HDF5 file"),
    "no HDF5": (lambda path: path.write_bytes(b"a,b\n1,2\n"), "is not a complete HDF5 file"),
    "empty": (lambda path: path.write_bytes(b""), r"is empty \(0 bytes\)"),
    "places outside": (_broken("X/indices", lambda part: part + 9), r"cells\.h5ad is damaged \("),
    "bounds missing": (_broken("X/indptr", lambda part: part[:-1]), r"cells\.h5ad is damaged \("),
    "bounds that fall": (_broken("X/indptr", lambda part: part[::-1]), r"cells\.h5ad is damaged \("),
    "more than is stored": (_broken("X/indptr", lambda part: part * 2), r"cells\.h5ad is damaged \("),
    "cells missing": (_broken("X/data", lambda part: part[:-9]), r"cells\.h5ad is damaged \("),
    "names missing": (
        _broken("var/_index", lambda part: part[:-1]),
        "names for 5 variables and a matrix of 6",
    ),
}


@pytest.mark.parametrize("case", DAMAGED)
@pytest.mark.parametrize("door", [read_table, lambda path: list(open_store(path).blocks())])
def test_what_is_damaged_is_one_sentence(path, tmp_path, case, door):
    copy = tmp_path / "cells.h5ad"
    copy.write_bytes(path.read_bytes())
    spoil, sentence = DAMAGED[case]
    spoil(copy)
    with pytest.raises(InputError, match=sentence) as refusal:
        door(copy)
    assert str(refusal.value).endswith(".")
    assert "\n" not in str(refusal.value)


def test_without_h5py_one_sentence_has_the_command(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    sentence = (
        r"^Reading cells\.h5ad needs the package h5py, which is not installed; run pip install "
        r"'latentia\[h5\]'\.$"
    )
    for door in (read_table, open_store):
        with pytest.raises(MissingExtraError, match=sentence):
            door(path)


def test_several_files_are_one_table(path, tmp_path):
    for name in ("a.h5ad", "b.h5ad"):
        (tmp_path / name).write_bytes(path.read_bytes())
    table = read_table(tmp_path, layer="counts")
    np.testing.assert_array_equal(table.values, np.r_[CELLS, CELLS])


# What it warns of when it meets other versions of pandas and zarr is not ours to mend.
@pytest.mark.filterwarnings("ignore")
def test_what_anndata_itself_writes_and_holds(tmp_path):
    anndata = pytest.importorskip("anndata")
    names = pd.Index([f"cell {at}" for at in range(30)], dtype=object)
    frame = pd.DataFrame(
        {
            "kind": pd.Categorical([None, *KINDS[:29]], categories=pd.Index(["B", "NK", "T"], dtype=object)),
            "text": pd.Series(KINDS, dtype=object, index=names),
            "count": pd.array([1, None] * 15, "Int64"),
        },
        index=names,
    )
    genes = pd.DataFrame(index=pd.Index([f"gene {at}" for at in range(6)], dtype=object))
    data = anndata.AnnData(sparse.csr_matrix(np.log1p(CELLS)), obs=frame, var=genes)
    data.layers["counts"] = CELLS
    data.raw = data.copy()
    data.write_h5ad(tmp_path / "cells.h5ad", compression="gzip", convert_strings_to_categoricals=False)
    for layer, expected in {None: np.log1p(CELLS), "counts": CELLS, "raw": np.log1p(CELLS)}.items():
        for there in (data, tmp_path / "cells.h5ad"):
            table = read_table(there, layer=layer, label="kind")
            np.testing.assert_array_equal(table.values, expected.astype(float))
            assert list(table.labels) == ["missing", *KINDS[:29]]
            assert table.names == tuple(genes.index)
    assert list(read_table(tmp_path / "cells.h5ad", label="text").labels) == KINDS
    backed = anndata.read_h5ad(tmp_path / "cells.h5ad", backed="r")
    np.testing.assert_array_equal(read_table(backed).values, np.log1p(CELLS).astype(float))


def test_an_estimator_learns_from_x_and_the_names_of_the_genes():
    from sklearn.base import BaseEstimator

    from latentia.tables.estimator_rows import checked_rows, first_rows

    class Plain(BaseEstimator):
        """An estimator that only remembers what scikit-learn's checks tell it."""

    model, data = Plain(), in_memory()
    values, schema = first_rows(model, data)
    np.testing.assert_array_equal(values, np.log1p(CELLS).astype(float))
    assert schema is None
    assert tuple(model.feature_names_in_) == UNIQUE
    np.testing.assert_array_equal(checked_rows(model, data), values)
    data.var_names = data.var_names[::-1]
    with pytest.raises(InputError, match="feature names should match"):
        checked_rows(model, data)


def test_classes_stay_beside_samples_folders_and_tables_that_stay_on_disk(path, tmp_path):
    for name in ("a.h5ad", "b.h5ad"):
        (tmp_path / name).write_bytes(path.read_bytes())
    twice = read_table(tmp_path, label="text", layer="counts")
    assert list(twice.labels) == [*KINDS, *KINDS]
    for data, whole in (
        (path, read_table(path, label="louvain")),
        (tmp_path, read_table(tmp_path, label="louvain")),
    ):
        sample = read_sample(data, 12, seed=0, label="louvain")
        assert sample.n_rows == 12
        assert list(sample.labels) == list(whole.labels[sample.positions])
    scan = scan_table(path, label="louvain", layer="counts")
    assert survey(scan, fraction=0.2, seed=0).schema.names == UNIQUE

"""AnnData as it lies on disk, written without the package anndata."""

from __future__ import annotations

import numpy as np
from scipy import sparse

CELLS = np.random.default_rng(0).poisson(1.0, (30, 6)).astype(np.float32)
GENES = ["CD3D", "MS4A1", "CD3D", "NKG7", "LYZ", "PPBP"]
KINDS = ["B", "T", "NK"] * 10
NUMBERS = np.arange(30) * 1.5


def write(root):
    """Write cells and genes into an open group of h5py."""
    root.attrs.update({"encoding-type": "anndata", "encoding-version": "0.1.0"})
    write_matrix(root, "X", sparse.csr_matrix(np.log1p(CELLS)))
    layers = root.create_group("layers")
    write_matrix(layers, "counts", sparse.csc_matrix(CELLS))
    write_matrix(layers, "dense", CELLS.astype(np.int64))
    write_frame(root, "var", GENES, {})
    write_frame(
        root,
        "obs",
        [f"cell {at}" for at in range(30)],
        {
            "louvain": {"codes": np.array([-1, *([0, 1, 2] * 10)][:30], np.int8), "categories": KINDS[:3]},
            "text": KINDS,
            "number": NUMBERS,
            "nullable": {"values": np.arange(30), "mask": np.arange(30) % 2 == 1},
        },
    )
    raw = root.create_group("raw")
    write_matrix(raw, "X", CELLS[:, :4])
    write_frame(raw, "var", GENES[:4], {})


def write_matrix(parent, name, matrix):
    if not sparse.issparse(matrix):
        parent.create_dataset(name, data=matrix, chunks=(7, matrix.shape[1])).attrs["encoding-type"] = "array"
        return
    group = parent.create_group(name)
    group.attrs.update({"encoding-type": f"{matrix.format}_matrix", "shape": matrix.shape})
    for part in ("data", "indices", "indptr"):
        group.create_dataset(part, data=getattr(matrix, part))


def write_frame(parent, name, index, columns):
    group = parent.create_group(name)
    group.attrs.update({"encoding-type": "dataframe", "_index": "_index", "column-order": list(columns)})
    group.create_dataset("_index", data=index)
    for column, cells in columns.items():
        if isinstance(cells, dict):
            inner = group.create_group(column)
            for part, values in cells.items():
                inner.create_dataset(part, data=values)
        else:
            group.create_dataset(column, data=cells)

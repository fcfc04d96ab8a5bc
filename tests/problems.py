"""Tables with known answers: what each hides is written in its docstring.

Every function is deterministic in its seed, and returns float64 arrays.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

# Settings of a small analysis. What is compiled for one serves all others with tables of this shape, the
# wines' 178 rows of 13 columns, or of their first 40 rows: use these where a test asks for no other.
BRIEF = {
    "n_components": 2,
    "n_seeds": 2,
    "max_epochs": 20,
    "hidden_layer_sizes": (16,),
    "preset": "fast",
}
# The same on the command line.
BRIEFLY = (
    *("--components", "2", "--seeds", "2", "--max-epochs", "20"),
    *("--set", "hidden_layer_sizes=[16]", "--preset", "fast"),
)
N_ROWS, N_COLUMNS, N_FEW_ROWS = 178, 13, 40


class Counts(NamedTuple):
    """A table of counts, and what it was drawn from."""

    table: np.ndarray  # (rows, columns)
    factors: np.ndarray  # (rows, 2)
    rates: np.ndarray  # (rows, columns), the means at size 1
    size: np.ndarray  # (rows, 1), how much was counted of a row


def counts(n_rows=400, n_columns=20, base=1.0, dispersion=0.0, seed=0):
    """Counts whose log rates have two normal factors, of rows whose sizes differ by chance alone.

    They are Poisson's, or with a dispersion negative binomial.
    """
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(n_rows, 2))
    loadings = 0.6 * rng.normal(size=(2, n_columns))
    # Rates of a row add up to the same, so that its total tells its size and nothing of its factors.
    logs = factors @ loadings + base + 0.7 * rng.normal(size=n_columns)
    rates = np.exp(logs)
    rates *= n_columns * np.exp(base) / rates.sum(axis=1, keepdims=True)
    size = rng.gamma(3.0, 1.0 / 3.0, size=(n_rows, 1)) + 0.1
    means = size * rates
    if dispersion:
        means = means * rng.gamma(1.0 / dispersion, dispersion, size=means.shape)
    return Counts(rng.poisson(means).astype(float), factors, rates, size)


def linear(n_rows=200, n_columns=8, rank=3, noise=0.0, seed=0):
    """Rank-k table: `rank` normal factors times random loadings, plus noise. PCA(k) explains all but it."""
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(n_rows, rank))
    loadings = rng.normal(size=(rank, n_columns))
    return factors @ loadings + noise * rng.normal(size=(n_rows, n_columns)), factors


def holed(rows, share=0.1, seed=0):
    """The same rows with that share of the cells missing (nan) at random."""
    return np.where(np.random.default_rng(seed).random(rows.shape) < share, np.nan, rows)


def curved(n_rows=300, n_columns=6, noise=0.02, seed=0):
    """Points along one bent line (a half circle that also wobbles): one factor, but no straight one."""
    rng = np.random.default_rng(seed)
    angle = rng.uniform(0, np.pi, size=n_rows)
    waves = np.stack([np.cos(angle * (1 + column)) for column in range(n_columns)], axis=1)
    return waves + noise * rng.normal(size=waves.shape), angle


def blobs(n_rows=180, n_columns=3, centers=3, distance=8.0, seed=0):
    """Unit normal clouds of equal size along a diagonal, `distance` apart per column; and their labels."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n_rows) % centers
    return rng.normal(size=(n_rows, n_columns)) + distance * labels[:, None], labels


def unrelated(n_rows=200, n_columns=6, seed=0):
    """Independent normal columns: nothing to find; k components explain k of p columns' variance."""
    return np.random.default_rng(seed).normal(size=(n_rows, n_columns))


def heavy_tails(n_rows=100, n_columns=4, size=1000.0, seed=0):
    """Normal columns with one enormous cell, at row 7 of column 2."""
    rows = np.random.default_rng(seed).normal(size=(n_rows, n_columns))
    rows[7, 2] = size
    return rows


def repeated_rows(n_distinct=20, times=5, n_columns=4, seed=0):
    """Every distinct row `times` times over, in blocks."""
    return np.repeat(np.random.default_rng(seed).normal(size=(n_distinct, n_columns)), times, axis=0)


def nearly_constant(n_rows=200, seed=0):
    """Columns: normal, constant, one row differs, 1000 plus a ten-millionth."""
    rng = np.random.default_rng(seed)
    rare = np.zeros(n_rows)
    rare[n_rows // 2] = 1.0
    return np.c_[rng.normal(size=n_rows), np.full(n_rows, 3.0), rare, 1000 + 1e-7 * rng.normal(size=n_rows)]


def repeated_columns(n_rows=100, seed=0):
    """Columns a, b, 2a + 1, c, -b: two pairs say the same."""
    a, b, c = np.random.default_rng(seed).normal(size=(3, n_rows))
    return np.c_[a, b, 2 * a + 1, c, -b]


def split(rows, held_out=0.2, seed=0):
    """Return training rows and held-out rows, drawn at random."""
    order = np.random.default_rng(seed).permutation(len(rows))
    cut = round(len(rows) * (1 - held_out))
    return rows[order[:cut]], rows[order[cut:]]


def wine():
    """Wine, a fifth held out, z-scored on the training rows: both parts, all rows, names, classes."""
    from sklearn.datasets import load_wine
    from sklearn.model_selection import train_test_split

    table = load_wine()
    training, held_out = train_test_split(table.data, test_size=0.2, random_state=0)
    center, spread = training.mean(axis=0), training.std(axis=0)
    return (
        (training - center) / spread,
        (held_out - center) / spread,
        (table.data - center) / spread,
        list(table.feature_names),
        table.target,
    )


def mixed(n=40, seed=0):
    """Return an Arrow table of one number, one category with two common and two rare kinds, and one day."""
    import pyarrow as pa

    rng = np.random.default_rng(seed)
    kinds = np.array(["u"] * (n // 2) + ["v"] * (n - n // 2 - 2) + ["w", "x"])
    days = np.datetime64("2020-01-01") + rng.integers(90, size=n)
    return pa.table(
        {"size": rng.normal(size=n), "kind": kinds.tolist(), "day": pa.array(days.astype("M8[D]"))}
    )

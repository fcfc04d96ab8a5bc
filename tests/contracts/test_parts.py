"""Every part a network can be made of, in one table: it learns, rides on vmap, is kept, and repeats."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from latentia import Autoencoder, load
from latentia.recipe import Recipe
from latentia.settings import BOTTLENECK_SETTINGS, CORRUPTION_LEVELS, LOSS_NAMES, PENALTY_WEIGHTS
from latentia.training.fit import Task, fit
from problems import counts, curved

REAL = curved(n_rows=80, n_columns=5)[0]
UNIT = (REAL - REAL.min(axis=0)) / np.ptp(REAL, axis=0)
SHARES = UNIT / UNIT.sum(axis=1, keepdims=True)
COUNTS = counts(n_rows=80, n_columns=5, base=3.0, dispersion=0.05).table
NEEDS = {
    "kl_sparsity": {"bottleneck": "sigmoid"},
    "topk": {"n_components": 4},
    "bce": {"scaling": None},
    "categorical": {"scaling": None},
}
TABLES = {"bce": UNIT, "categorical": SHARES, "poisson": COUNTS, "nb": COUNTS}
PARTS = [
    *(("bottleneck", name) for name in BOTTLENECK_SETTINGS),
    *(("penalty", name) for name in PENALTY_WEIGHTS),
    *(("corruption", name) for name in CORRUPTION_LEVELS),
    *(("loss", name) for name in LOSS_NAMES),
    ("loss", {"name": "nb", "size_factors": False}),
    ("tied", True),
]


def settings(kind, name, **more):
    base = {"hidden_layer_sizes": (12,), "max_epochs": 60, "patience": None}
    base |= {"learning_rate": 0.01, "batch_size": 16}
    return {**base, **NEEDS.get(plain(name), {}), kind: name, **more}


def plain(name):
    """Return the name of a part, which may come with its settings."""
    return name["name"] if isinstance(name, dict) else name


def table(name):
    return TABLES.get(plain(name), REAL)


def fitted(kind, name, **more):
    return fit(table(name), Recipe.from_settings(**settings(kind, name, **more)), Task(seed=3))


def ids(part):
    return "-".join(map(str, part))


@pytest.fixture(scope="module", params=PARTS, ids=ids)
def part(request):
    return request.param


@pytest.fixture(scope="module")
def trained(part):
    return fitted(*part, n_seeds=2)


def test_it_learns(trained):
    for member in range(2):
        losses = trained.outcome.history["val_loss"][:, member]
        assert losses.min() < 0.9 * losses[0]


def test_everything_stays_finite(trained):
    leaves = jax.tree.leaves(trained.outcome.networks)
    assert all(np.isfinite(leaf).all() for leaf in leaves)
    assert np.isfinite(trained.outcome.step_loss).all()
    assert np.isfinite(trained.outcome.step_penalty).all()


def test_a_member_among_two_is_the_member_alone(part, trained):
    alone = fitted(*part, n_seeds=1, max_epochs=3)
    together = fitted(*part, n_seeds=2, max_epochs=3)
    np.testing.assert_allclose(together.outcome.step_loss[:, 0], alone.outcome.step_loss[:, 0], rtol=2e-4)
    assert trained.outcome.members == 2


def test_it_repeats(part):
    one, other = (fitted(*part, max_epochs=3) for _ in range(2))
    for a, b in zip(*map(jax.tree.leaves, (one.outcome.networks, other.outcome.networks)), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_row_has_one_code_whatever_chance_did_while_learning(part, trained):
    rows = table(part[1])
    codes = trained.encode(rows)
    np.testing.assert_array_equal(codes, trained.encode(rows))
    np.testing.assert_array_equal(codes[[7]], trained.encode(rows[[7]]))
    assert codes.shape == (80, trained.recipe.n_components)


def test_it_is_kept_in_a_file(part, tmp_path):
    rows = table(part[1])
    kind, name = part
    model = Autoencoder(**settings(kind, name, max_epochs=3), random_state=0).fit(rows)
    model.save(tmp_path / "part.latentia")
    again = load(tmp_path / "part.latentia")
    np.testing.assert_array_equal(again.transform(rows), model.transform(rows))
    np.testing.assert_array_equal(
        again.inverse_transform(again.transform(rows)), model.inverse_transform(model.transform(rows))
    )
    assert again.recipe_ == model.recipe_

"""Categories among the columns: probabilities within blocks, and what a network sees of gaps."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import log_softmax

from latentia.networks.architecture import Architecture
from latentia.networks.indicators import log_probabilities, owners, shares
from latentia.networks.losses import Said, cells_of
from latentia.networks.network import initialise, tied

BLOCKS = ((1, 3), (4, 1), (6, 2))
INSIDE = np.array([0, 1, 1, 1, 1, 0, 1, 1], bool)
RAW = np.random.default_rng(0).normal(size=(6, 8)).astype(np.float32)


def by_hand(raw):
    made = np.zeros(raw.shape)
    for first, width in BLOCKS:
        made[:, first : first + width] = log_softmax(raw[:, first : first + width].astype(float), axis=1)
    return made


@pytest.mark.parametrize("shift", [0.0, 300.0, -300.0])
def test_probabilities_are_a_softmax_within_each_block_at_any_height(shift):
    raw = RAW.copy()
    raw[:, 1:4] += shift
    np.testing.assert_allclose(log_probabilities(raw, BLOCKS), by_hand(raw), atol=3e-5)


def test_slopes_of_a_cross_entropy_are_probability_minus_indicator():
    target = np.zeros_like(RAW)
    target[:, [2, 4, 7]] = 1.0

    def total(raw):
        said = Said(raw, raw, blocks=BLOCKS)
        return jnp.sum(jnp.where(INSIDE, cells_of("mse", target, said), 0.0))

    expected = np.where(INSIDE, np.exp(by_hand(RAW)) - target, 0.0)
    np.testing.assert_allclose(jax.grad(total)(jnp.asarray(RAW)), expected, atol=2e-6)


def test_a_block_costs_minus_the_logarithm_of_its_level_and_other_columns_their_own_loss():
    target = np.zeros_like(RAW)
    target[:, [3, 4, 6]] = 1.0
    cells = np.asarray(cells_of("mae", target, Said(RAW, RAW, blocks=BLOCKS)))
    np.testing.assert_allclose(cells[:, 1:4].sum(axis=1), -by_hand(RAW)[:, 3], atol=2e-6)
    np.testing.assert_allclose(cells[:, [0, 5]], np.abs(RAW[:, [0, 5]]), rtol=1e-6)


def test_owners_and_shares_count_a_block_as_one_column():
    assert owners(BLOCKS, 8).tolist() == [0, 1, 1, 1, 2, 3, 4, 4]
    np.testing.assert_allclose(np.bincount(owners(BLOCKS, 8), weights=shares(BLOCKS, 8)), 1.0)
    assert Architecture(n_features=8, blocks=BLOCKS).n_columns == 5


def network(**settings):
    shape = Architecture(n_features=8, hidden=(5,), blocks=BLOCKS, **settings)
    made = initialise(shape, np.random.default_rng(1))
    return jax.tree.map(jnp.asarray, made)


def test_decoded_blocks_are_probabilities():
    made = np.asarray(network(output_activation="tanh").decode(RAW[:, :2] * 9))
    for first, width in BLOCKS:
        np.testing.assert_allclose(made[:, first : first + width].sum(axis=1), 1.0, rtol=1e-5)
    assert (np.abs(made) <= 1.0).all()
    assert (made[:, INSIDE] >= 0.0).all()


@pytest.mark.parametrize("tie", [False, True])
def test_a_missing_cell_is_seen_as_such_and_not_as_the_mean(tie):
    made = network(markers=(0, 5), tied=tie)
    assert made.encoder[0].weight.shape == (10, 5)
    assert made.column_weights.shape == (8, 5)
    x, zero, gap = RAW.copy(), RAW.copy(), RAW.copy()
    zero[:, 5], gap[:, 5] = 0.0, np.nan
    codes = [np.asarray(made.encode(rows)) for rows in (x, zero, gap)]
    assert np.isfinite(codes[2]).all()
    assert np.abs(codes[2] - codes[1]).min(axis=1).max() > 1e-3
    # A column whose gaps were never seen has no marker; there a gap counts as the mean.
    unmarked = RAW.copy()
    unmarked[:, 6:] = np.nan
    np.testing.assert_array_equal(made.encode(unmarked), made.encode(np.nan_to_num(unmarked)))
    if tie:
        again = tied(made)
        np.testing.assert_array_equal(again.decoder[-1].weight, made.encoder[0].weight[:8].T)


def test_without_gaps_a_pass_that_looks_for_them_is_the_same():
    made = network()
    plain, looking = (
        made.training_pass(RAW, code_mask=None, dropout=None, key=None, gaps=gaps) for gaps in (False, True)
    )
    np.testing.assert_array_equal(plain.reconstruction, looking.reconstruction)

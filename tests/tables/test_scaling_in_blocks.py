"""A scaling learned block by block is that of all rows at once."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentia.errors import InputError, RecipeError
from latentia.tables.moments import Moments
from latentia.tables.row_sample import RowSample
from latentia.tables.scalable import KINDS
from latentia.tables.scaling import FROM_MOMENTS, Scaling
from latentia.tables.scaling_in_blocks import ScalingInBlocks

rng = np.random.default_rng(21)
WHOLE = rng.gamma(1.5, size=(90, 5)) * [1e-6, 1.0, 30.0, 1e6, 0.0] + [0.0, 0.0, 1e5, 0.0, 3.0]
HOLED = np.where(rng.random(WHOLE.shape) < 0.2, np.nan, WHOLE)
HOLED[:, 3] = np.nan

mixtures = st.sampled_from(KINDS) | st.lists(st.sampled_from(KINDS), min_size=5, max_size=5).map(tuple)


def learned(values, kind, cuts=(), weights=None, **settings):
    blocks = ScalingInBlocks.of_nothing(values.shape[1], kind, **settings)
    for first, last in pairwise([0, *sorted(cuts), len(values)]):
        blocks = blocks.add(values[first:last], None if weights is None else weights[first:last])
    return blocks


def assert_same(one, other, values):
    assert one.kind == other.kind
    np.testing.assert_allclose(one.center, other.center, rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(one.spread, other.spread, rtol=1e-12)
    np.testing.assert_allclose(one.transform(values), other.transform(values), rtol=1e-9, atol=1e-9)


@given(mixtures, st.sampled_from([WHOLE, HOLED]), st.lists(st.integers(0, 90), max_size=5), st.booleans())
def test_blocks_give_what_all_rows_give(kind, values, cuts, size_factors):
    blocks = learned(values, kind, cuts)
    expected = Scaling.fit(values, kind, size_factors=size_factors)
    scaling = blocks.scaling(size_factors=size_factors)
    assert_same(scaling, expected, values)
    assert scaling.arrays().keys() == expected.arrays().keys()
    assert scaling.typical_total == expected.typical_total


@pytest.mark.parametrize("kind", [*KINDS, ("standard", "quantile", "robust", "none", "minmax")])
def test_weights_hold_in_blocks(kind):
    weights = rng.integers(1, 4, 90) * 0.5
    assert_same(learned(WHOLE, kind, [20, 21], weights).scaling(), Scaling.fit(WHOLE, kind, weights), WHOLE)


def test_only_kinds_that_look_at_all_rows_keep_some():
    for kind in KINDS:
        assert (learned(WHOLE, kind).sample is None) == (kind in FROM_MOMENTS)
    assert learned(WHOLE, ("standard",) * 4 + ("robust",)).sample is not None


def test_beyond_the_sample_quantiles_are_near_and_moments_exact():
    values = np.exp(rng.normal(size=(60_000, 2)))
    blocks = ScalingInBlocks("robust", Moments.of_nothing(2), RowSample.of_nothing(2, 0, 20_000))
    mixed = ScalingInBlocks(("robust", "standard"), Moments.of_nothing(2), RowSample.of_nothing(2, 0, 20_000))
    for part in np.array_split(values, 7):
        blocks, mixed = blocks.add(part), mixed.add(part)
    exact = Scaling.fit(values, "robust")
    np.testing.assert_allclose(blocks.scaling().center, exact.center, rtol=0.03)
    np.testing.assert_allclose(blocks.scaling().spread, exact.spread, rtol=0.03)
    assert (blocks.scaling().center != exact.center).all()
    assert mixed.scaling().center[0] == blocks.scaling().center[0]
    np.testing.assert_allclose(mixed.scaling().center[1], values[:, 1].mean(), rtol=1e-12)
    np.testing.assert_allclose(mixed.scaling().spread[1], values[:, 1].std(), rtol=1e-12)


def test_the_seed_chooses_the_sample():
    samples = [learned(WHOLE, "robust", seed=seed).sample.seed for seed in (0, 4)]
    assert samples == [0, 4]


@pytest.mark.parametrize(
    "kind", ["robust", "quantile", "log1p", ("none",) * 4 + ("robust",), "log1p-standard"]
)
def test_moments_that_do_not_tell_a_scaling_are_refused(kind):
    with pytest.raises(RecipeError, match=r"cannot be learned from these moments; .* use ScalingInBlocks"):
        Scaling.from_moments(Moments.of_nothing(5).add(WHOLE), kind)


def test_other_refusals():
    for kind in KINDS:
        with pytest.raises(InputError, match=r"^There are 0 rows to learn a scaling from"):
            learned(np.empty((0, 5)), kind).scaling()
    with pytest.raises(InputError, match=r"^The block has 2 columns and those before it have 5"):
        learned(WHOLE, "robust").add(np.ones((3, 2)))
    with pytest.raises(RecipeError, match=r"^There are 2 scalings for 5 columns"):
        ScalingInBlocks.of_nothing(5, ("robust", "none"))

"""Where a fit stands between two passes: what is kept, what may change, and what is left out of pickles."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from latentia.errors import RecipeError
from latentia.recipe import Recipe
from latentia.training.checkpoints import Checkpoint
from latentia.training.passes import Passes, endless
from latentia.training.settling import settle
from small_fits import table

X = table(n_rows=70)


def passes(**settings):
    asked = endless(Recipe.from_settings(**settings))
    return Passes(asked, settle(X, asked)[0], seed=0, warm_started=False)


def end_of(epoch, step=0, **arrays):
    return lambda: Checkpoint(epoch=epoch, step=step, seconds=0.0, arrays=arrays)


def test_only_whole_passes_are_kept():
    """The rows of one that was interrupted half-way may never come back."""
    kept = passes()
    kept.offer(end_of(2), last=True)
    kept.offer(end_of(2, step=3), last=True)
    kept.offer(end_of(3))
    with kept.opened(dict) as past:
        assert (past.epoch, past.step) == (2, 0)


def test_losses_of_steps_are_not_kept():
    kept, losses = passes(), np.ones((9, 1), np.float32)
    kept.offer(end_of(1, **{"written/steps/penalty": losses, "written/epochs/loss": losses}), last=True)
    assert [len(array) for array in kept.latest.arrays.values()] == [0, 9]


def test_the_next_pass_is_one_more_with_everything_settled():
    kept = passes(n_components=2, learning_rate=1e-2)
    assert kept.next(kept.asked, X).recipe.max_epochs == 1
    kept.offer(end_of(4), last=True)
    faster = endless(Recipe.from_settings(n_components=2, learning_rate=0.5))
    settled = kept.next(faster, X[:3])
    assert settled.recipe.max_epochs == 5
    assert dict(settled.recipe.learning_rate[1])["rate"] == 0.5
    assert settled.recipe.batch_size == kept.settled.recipe.batch_size == 32
    assert settled.scaling is kept.settled.scaling
    with pytest.raises(RecipeError, match=r"n_components=3 cannot take the place of 2, .*start afresh"):
        kept.next(endless(Recipe.from_settings(n_components=3)), X)


def test_rows_stay_out_of_pickles_and_the_next_pass_brings_others():
    kept = passes()
    again = pickle.loads(pickle.dumps(kept))  # noqa: S301 - our own bytes
    assert again.settled.axes.shape == (0, 5)
    assert len(again.next(again.asked, X[:9]).axes) == 9
    assert len(again.next(again.asked, X[:3]).axes) == 9
    assert len(kept.settled.axes) == 70


def test_endless_leaves_what_needs_no_length_as_it_is():
    plain = Recipe.from_settings(
        learning_rate={"schedule": "reduce_on_plateau"}, bottleneck="topk", optimizer="muon"
    )
    known = endless(plain)
    assert (known.learning_rate, known.bottleneck) == (plain.learning_rate, plain.bottleneck)
    assert endless(known) == known

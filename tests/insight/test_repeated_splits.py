from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import problems
from latentia.engines import engine_named
from latentia.insight.repeated_splits import repeat_splits
from latentia.insight.resampling_results import LeftOut, RepeatedSplits
from latentia.recipe import Recipe
from latentia.training.endings import Ending

ENGINE = engine_named("local")
EFFORT = {"splits": 5, "epochs": 60.0, "budget": 1e12, "seed": 0}


def recipe(**settings):
    asked = {"hidden_layer_sizes": (32,), "max_epochs": 150, "n_components": 1, "batch_size": 32, **settings}
    return Recipe.from_settings(**asked)


def test_the_network_wins_clearly_along_a_bent_line():
    rows, _ = problems.curved(n_rows=200)
    bent = recipe(hidden_layer_sizes=(64, 32), max_epochs=300, learning_rate=0.003)
    found = repeat_splits(rows, bent, ENGINE, **EFFORT)
    assert isinstance(found, RepeatedSplits)
    assert (found.n_splits, found.n_training, found.n_held_out) == (5, 160, 40)
    assert (found.r2 > found.r2_pca + 0.2).all()
    assert found.low > 0
    assert found.p_value < 0.01


def test_a_linear_network_neither_wins_nor_loses():
    rows, _ = problems.linear(n_rows=200, rank=1, noise=0.5)
    linear = recipe(hidden_layer_sizes=(), corruption=None, max_epochs=400, learning_rate=0.02)
    found = repeat_splits(rows, linear, ENGINE, **EFFORT)
    assert isinstance(found, RepeatedSplits)
    assert found.r2 == pytest.approx(found.r2_pca, abs=0.02)


def test_the_same_seed_gives_the_same_figures_and_another_seed_other_splits():
    rows, _ = problems.curved(n_rows=60)
    one, same, other = (
        repeat_splits(rows, recipe(max_epochs=5), ENGINE, **{**EFFORT, "seed": seed}) for seed in (0, 0, 1)
    )
    assert one.r2.tolist() == same.r2.tolist()
    assert one.r2_pca.tolist() != other.r2_pca.tolist()


def test_pca_has_the_figures_of_scikit_learn_on_the_same_split():
    from sklearn.decomposition import PCA

    from latentia.insight.resampling import SPLITS, seed_of
    from latentia.tables.splits import hold_out

    rows, _ = problems.linear(n_rows=80, rank=3, noise=0.5)
    found = repeat_splits(rows, recipe(n_components=2, max_epochs=2), ENGINE, **EFFORT)
    for time in range(5):
        split = hold_out(80, 0.2, seed_of(0, SPLITS, time))
        # The network's scaling is learned from the rows it trains on, and its mean is the reference.
        inner = hold_out(64, 0.2, seed_of(0, SPLITS, time))
        trained = rows[split.training][inner.training]
        center, spread = trained.mean(axis=0), trained.std(axis=0)
        inside, outside = (rows[split.training] - center) / spread, (rows[split.held_out] - center) / spread
        pca = PCA(2).fit(inside)
        rest = outside - pca.inverse_transform(pca.transform(outside))
        assert found.r2_pca[time] == pytest.approx(1 - np.square(rest).sum() / np.square(outside).sum())


@pytest.mark.parametrize(
    ("rows", "settings", "effort", "words"),
    [
        (20, {}, {}, "a split of 20 rows holds out only 4"),
        (100, {}, {"budget": 1e3}, "take longer than the preset allows"),
        (100, {"loss": "poisson"}, {}, "aims at something else"),
    ],
)
def test_what_cannot_be_had_is_left_out_with_the_reason(rows, settings, effort, words):
    values, told = np.abs(problems.unrelated(rows, 4)), []
    effort = {**EFFORT, **effort, "begin": told.append}
    found = repeat_splits(values, recipe(max_epochs=3, **settings), ENGINE, **effort)
    assert isinstance(found, LeftOut)
    assert words in found.reason
    assert told == [f"on one split only: {found.reason}"]


def test_ctrl_c_leaves_the_question_out():
    class Interrupted:
        def fit(self, values, recipe, task):
            trained = ENGINE.fit(values, recipe, task)
            endings = (Ending.INTERRUPTED,) * trained.outcome.members
            return replace(trained, outcome=replace(trained.outcome, endings=endings))

    found = repeat_splits(problems.unrelated(60, 4), recipe(max_epochs=2), Interrupted(), **EFFORT)
    assert found == LeftOut(reason="it was interrupted")


def test_progress_is_told_split_by_split():
    told = []

    class Listening:
        def resamples(self, what, done, total):
            told.append((what, done, total))

    rows = problems.unrelated(60, 4)
    begun = []
    repeat_splits(rows, recipe(max_epochs=2), ENGINE, **EFFORT, progress=Listening(), begin=begun.append)
    assert begun == ["5 new splits of the rows"]
    assert told == [("split", done, 5) for done in range(1, 6)]

import jax
import numpy as np
import pytest

import problems
from latentia import Autoencoder
from latentia.training import fit as fitting
from latentia.training import groups
from latentia.training.endings import Ending
from latentia.training.waves import wave_size

SETTINGS = {"n_components": 2, "hidden_layer_sizes": (8,), "max_epochs": 12, "random_state": 0, "n_seeds": 5}


def fitted(rows=None, **settings):
    return Autoencoder(**{**SETTINGS, **settings}).fit(problems.unrelated(60, 6) if rows is None else rows)


@pytest.fixture
def large(monkeypatch):
    """Every network counts as one that trains in a program of its own."""
    monkeypatch.setattr(groups, "MOST_WEIGHTS_SIDE_BY_SIDE", 1)


def in_waves(monkeypatch, size):
    monkeypatch.setattr(fitting, "wave_size", lambda members, _, accelerated: min(size, members))


def same(one, other):
    leaves = zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True)
    return all(np.array_equal(a, b, equal_nan=True) for a, b in leaves)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_members_are_the_same_in_waves_and_all_at_once(monkeypatch, large, size):
    # Some end early, so that waves have histories of different lengths.
    whole = fitted(patience=2, max_epochs=80).trained_
    in_waves(monkeypatch, size)
    parts = fitted(patience=2, max_epochs=80).trained_
    assert len(set(whole.outcome.epochs_run.tolist())) > 1
    for name in ("networks", "history", "step_loss", "step_penalty", "best_epoch", "epochs_run"):
        assert same(getattr(whole.outcome, name), getattr(parts.outcome, name)), name
    assert (whole.outcome.endings, whole.chosen) == (parts.outcome.endings, parts.chosen)


def test_members_with_a_recipe_each_keep_their_own(monkeypatch, large):
    rows, grid = problems.unrelated(60, 6), {"learning_rate": [1e-4, 3e-3, 1e-2]}
    whole = Autoencoder(**SETTINGS | {"n_seeds": 1}).fit_grid(rows, grid)
    in_waves(monkeypatch, 2)
    np.testing.assert_array_equal(Autoencoder(**SETTINGS | {"n_seeds": 1}).fit_grid(rows, grid).r2, whole.r2)


def test_a_warm_start_goes_on_from_each_members_own_weights(monkeypatch, large):
    rows, ends = problems.unrelated(60, 6), []
    for size in (5, 2):
        in_waves(monkeypatch, size)
        model = Autoencoder(**SETTINGS | {"warm_start": True})
        ends.append(model.fit(rows).fit(rows).trained_.outcome.networks)
    assert same(*ends)


class Stop:
    """Presses Ctrl-C in the middle of a wave."""

    def __init__(self, at):
        self.at, self.told = at, []

    def stage(self, name, detail=""):
        pass

    def rows(self, name, done):
        pass

    def close(self):
        pass

    def epochs(self, done, total, loss, val_loss):
        self.told.append((done, total))
        if done >= self.at:
            raise KeyboardInterrupt


def test_progress_counts_the_epochs_of_all_waves(monkeypatch, large):
    in_waves(monkeypatch, 2)
    watched = Stop(at=np.inf)
    Autoencoder(**SETTINGS).fit(problems.unrelated(60, 6), progress=watched)
    done = [one for one, _ in watched.told]
    assert done == sorted(done)
    assert (done[-1], {total for _, total in watched.told}) == (36, {36})


def test_after_an_interruption_only_members_that_had_begun_are_kept(monkeypatch, large):
    in_waves(monkeypatch, 2)
    model = Autoencoder(**SETTINGS).fit(problems.unrelated(60, 6), progress=Stop(at=13))
    outcome = model.trained_.outcome
    assert outcome.endings[2:] == (Ending.INTERRUPTED,) * 2
    assert outcome.members == model.recipe_.n_seeds == 4
    assert np.isfinite(model.transform(problems.unrelated(5, 6))).all()


def test_one_wave_is_enough_for_small_networks_and_for_an_accelerator():
    assert wave_size(128, 1000) == 128
    assert wave_size(16, 5_000_000, accelerated=True) == 16
    assert wave_size(1, 50_000_000) == 1

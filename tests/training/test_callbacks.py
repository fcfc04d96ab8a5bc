"""Callbacks in the loop: what they are told, when they stop a fit, and that they change nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from latentia.errors import RecipeError
from latentia.training import feeds, groups, program
from latentia.training.callbacks import Callbacks, checked_callbacks
from latentia.training.checkpoints import NotKept
from latentia.training.endings import Ending
from small_fits import assert_same_weights, digest, plan, run, table

X, HELD_OUT = table(n_rows=70, seed=0), table(n_rows=20, seed=1)
NOISY = plan(corruption="gaussian", dropout=True)
NOISE = {"corruption": 0.3, "dropout": 0.1}


class Listener:
    """Remembers every epoch, and stops after one of them."""

    def __init__(self, stop_after=None):
        self.told, self.stop_after = [], stop_after

    def __call__(self, epoch):
        self.told.append(epoch)
        return epoch.epoch == self.stop_after


def told_by(a_plan, x, held_out=None, *, stop_after=None, **settings):
    """Return a run's outcome and what its callback was told."""
    listener = Listener(stop_after)
    return run(a_plan, x, held_out, callbacks=Callbacks([listener]), **settings), listener.told


def test_listening_changes_no_byte_and_compiles_nothing():
    settings = {"members": 2, "max_epochs": 25, "patience": 9, **NOISE}
    alone = run(NOISY, X, HELD_OUT, **settings)
    compiled = program.advance._cache_size()
    heard, told = told_by(NOISY, X, HELD_OUT, **settings)
    assert digest(heard) == digest(alone)
    assert heard.endings == alone.endings
    assert program.advance._cache_size() == compiled
    assert [epoch.epoch for epoch in told] == list(range(1, len(alone.history["epoch"]) + 1))


def test_it_is_told_the_history_as_it_is_written():
    outcome, told = told_by(plan(penalties=("l1_codes",)), X, HELD_OUT, members=2, penalties=[1e-3])
    for name in ("loss", "val_loss", "clean_loss", "penalty", "learning_rate"):
        np.testing.assert_array_equal([getattr(epoch, name) for epoch in told], outcome.history[name])
    losses = outcome.history["val_loss"]
    np.testing.assert_array_equal([one.best_val_loss for one in told], np.minimum.accumulate(losses))
    assert told[-1].best_epoch.tolist() == outcome.best_epoch.tolist()
    assert all(epoch.going.all() and epoch.max_epochs == 6 for epoch in told)
    assert 0 < told[0].seconds < told[-1].seconds <= outcome.seconds


def test_stopping_at_epoch_seven_is_a_fit_of_seven_epochs():
    outcome, told = told_by(NOISY, X, HELD_OUT, max_epochs=50, stop_after=7, **NOISE)
    seven = run(NOISY, X, HELD_OUT, max_epochs=7, **NOISE)
    assert outcome.endings == (Ending.STOPPED,)
    assert len(told) == outcome.epochs_run[0] == 7
    assert digest(outcome) == digest(seven)
    assert outcome.best_epoch == seven.best_epoch


def test_all_members_stop_and_those_that_had_ended_keep_their_ending(monkeypatch):
    monkeypatch.setattr(groups, "group_size", lambda *_, **__: 2)
    a_plan = plan(optimizer=("sgd", ()), activation="linear")
    rates = [1e-12, 0.01, 1e12, 0.003]
    settings = {"members": 4, "max_epochs": 30, "patience": 3, "learning_rate": rates}
    outcome, told = told_by(a_plan, X, HELD_OUT, stop_after=8, **settings)
    exhausted, diverged = Ending.PATIENCE_EXHAUSTED, Ending.DIVERGED
    assert outcome.endings == (exhausted, Ending.STOPPED, diverged, Ending.STOPPED)
    assert outcome.epochs_run.tolist() == [4, 8, told[-1].best_epoch[2] + 1, 8]
    assert [epoch.going[0] for epoch in told] == [True] * 3 + [False] * 5
    assert np.isnan(told[-1].loss).tolist() == [True, False, True, False]


def test_without_held_out_rows_there_is_no_best_loss():
    outcome, told = told_by(plan(), X, stop_after=3)
    assert outcome.best_epoch.tolist() == [3]
    assert np.isnan(told[-1].best_val_loss).all()
    assert np.isnan(told[-1].val_loss).all()
    assert told[-1].best_epoch.tolist() == [3]


def test_large_tables_are_asked_about_once_an_epoch(monkeypatch):
    monkeypatch.setattr(feeds, "POSITIONS_PER_SEGMENT", 48)
    outcome, told = told_by(plan(), X, HELD_OUT, max_epochs=9, stop_after=4)
    assert [epoch.epoch for epoch in told] == [1, 2, 3, 4]
    assert outcome.endings == (Ending.STOPPED,)


def test_all_are_told_before_any_is_listened_to():
    first, second = Listener(stop_after=2), Listener()
    run(plan(), X, callbacks=Callbacks([first, second]))
    assert len(first.told) == len(second.told) == 2


class Kept(NotKept):
    """Keeps every checkpoint in memory."""

    def __init__(self):
        self.all = []

    def offer(self, make, *, last=False):
        self.all.append(make())


def test_a_fit_that_goes_on_from_a_checkpoint_stops_where_it_would_have():
    settings = {"max_epochs": 30, **NOISE}
    kept = Kept()
    listener = Listener(stop_after=7)
    whole = run(NOISY, X, HELD_OUT, callbacks=Callbacks([listener]), checkpoints=kept, **settings)
    assert [past.epoch for past in kept.all] == [1, 2, 3, 4, 5, 6, 7]
    for past in (kept.all[2], kept.all[-1]):
        again, told = told_by(NOISY, X, HELD_OUT, stop_after=7, past=past, **settings)
        assert [epoch.epoch for epoch in told] == list(range(past.epoch + 1, 8))
        assert digest(again) == digest(whole)
        assert again.endings == whole.endings == (Ending.STOPPED,)
        assert_same_weights(again.networks, whole.networks)


@pytest.mark.parametrize("answer", [np.array([True, False]), 1, "yes"])
def test_what_is_no_answer_is_refused(answer):
    def unsure(epoch):
        return answer

    with pytest.raises(RecipeError, match=r"callback unsure returned .* return True to stop"):
        run(plan(), X, callbacks=Callbacks([unsure]))


@pytest.mark.parametrize("given", [3, [print, None], Listener, [Listener]])
def test_what_cannot_be_called_with_an_epoch_is_refused(given):
    with pytest.raises(RecipeError, match=r"pass a function that takes a latentia\.Epoch"):
        checked_callbacks(given)


def test_one_several_or_none():
    first, second = Listener(), Listener()
    run(plan(), X, max_epochs=2, callbacks=checked_callbacks(first))
    run(plan(), X, max_epochs=1, callbacks=checked_callbacks((first, second)))
    assert (len(first.told), len(second.told)) == (3, 1)
    assert not checked_callbacks(None)
    assert not checked_callbacks([])

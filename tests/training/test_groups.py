"""Groups of members: the same result as all in one program, on any number of cores."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from latentia.training import feeds, groups
from latentia.training.groups import group_size
from small_fits import assert_same_weights, digest, plan, run, table

X, HELD_OUT = table(n_rows=70, seed=0), table(n_rows=20, seed=1)
NOISY = plan(corruption="gaussian", dropout=True, penalties=("l1_codes",))
SETTINGS = {"members": 6, "max_epochs": 12, "patience": 4, "corruption": 0.3, "dropout": 0.1}
SETTINGS |= {"penalties": [1e-3], "learning_rate": [1e-12, 0.01, 0.02, 0.003, 0.005, 0.05]}


@pytest.mark.parametrize("members", [1, 2, 3, 5, 8, 12, 30, 32, 100, 128])
@pytest.mark.parametrize("n_parameters", [50, 20_000, 3_000_000])
def test_groups_are_of_equal_size_and_even_in_number_where_they_can_be(members, n_parameters):
    size = group_size(members, n_parameters)
    assert members % size == 0
    assert size == 1 or size * n_parameters <= groups.WEIGHTS_PER_GROUP or size <= 4
    if members % 2 == 0:
        assert (members // size) % 2 == 0
    assert group_size(members, n_parameters, accelerated=True) == members


@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_grouping_does_not_change_what_is_learned(monkeypatch, size):
    """One member ends after five epochs; the others go on, in its group and in others."""
    monkeypatch.setattr(groups, "group_size", lambda members, *_, **__: members)
    together = run(NOISY, X, HELD_OUT, **SETTINGS)
    monkeypatch.setattr(groups, "group_size", lambda *_, **__: size)
    grouped = run(NOISY, X, HELD_OUT, **SETTINGS)
    assert together.endings == grouped.endings
    np.testing.assert_array_equal(together.epochs_run, grouped.epochs_run)
    assert together.epochs_run[0] == 5 < together.epochs_run.max()
    np.testing.assert_array_equal(together.best_epoch, grouped.best_epoch)
    assert_same_weights(together.networks, grouped.networks, rtol=1e-4, atol=2e-5)
    for member in range(6):
        for name, values in together.history_of(member).items():
            np.testing.assert_allclose(values, grouped.history_of(member)[name], rtol=2e-4, atol=1e-6)


@pytest.mark.parametrize("size", [1, 2, 6])
def test_the_schedule_goes_on_for_those_that_do_when_others_have_ended(monkeypatch, size):
    """However a fit is cut: a group whose members have ended has no more steps to tell the time by."""
    monkeypatch.setattr(groups, "group_size", lambda *_, **__: size)
    # The first two end after five epochs.
    rates = [1e-12, 1e-12, 0.02, 0.003, 0.005, 0.01]
    settings = {"members": 6, "max_epochs": 12, "patience": 4, "total_steps": 5 * 12}
    settings |= {"learning_rate": rates}
    cosine = plan(schedule="cosine")
    monkeypatch.setattr(feeds, "SECONDS_PER_SEGMENT", 1e9)
    whole = run(cosine, X, HELD_OUT, **settings)
    monkeypatch.setattr(feeds, "SECONDS_PER_SEGMENT", 0.0)
    cut = run(cosine, X, HELD_OUT, **settings)
    assert whole.epochs_run[:2].tolist() == [5, 5]
    assert digest(cut) == digest(whole)
    used = np.asarray(cut.history_of(int(cut.epochs_run.argmax()))["learning_rate"])
    assert len(used) > 8
    assert (np.diff(used) < 0).all()


def test_the_number_of_cores_does_not_change_a_byte(monkeypatch):
    two = digest(run(NOISY, X, HELD_OUT, **SETTINGS))
    monkeypatch.setattr(groups, "available_cores", lambda: 1)
    assert digest(run(NOISY, X, HELD_OUT, **SETTINGS)) == two


def test_groups_run_in_threads_that_end_with_the_fit(monkeypatch):
    seen = set()
    advance = groups.advance

    def watched(*arguments, **options):
        seen.add(threading.current_thread())
        return advance(*arguments, **options)

    monkeypatch.setattr(groups, "advance", watched)
    monkeypatch.setattr(groups, "available_cores", lambda: 2)
    run(NOISY, X, HELD_OUT, **SETTINGS)
    others = seen - {threading.main_thread()}
    assert others
    assert not any(thread.is_alive() for thread in others)

"""The loop: cutting changes nothing, patience ends it, and the best weights come back, whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import jax
import numpy as np
import pytest

from latentia.networks.losses import LOSSES, Said
from latentia.training import feeds
from latentia.training.endings import Ending
from latentia.training.program import fresh_networks
from latentia.training.progress import Silent
from small_fits import assert_same_weights, digest, plan, run, table

X, HELD_OUT = table(n_rows=70, seed=0), table(n_rows=20, seed=1)
NOISY = plan(corruption="gaussian", dropout=True, optimizer=("adam", ()))
NOISE = {"corruption": 0.3, "dropout": 0.1}


def loss_of(network, rows, loss="mse"):
    made = network.decode(network.encode(rows.astype(np.float32)))
    return float(np.mean(LOSSES[loss].cells(rows, Said(made, made))))


class Told(Silent):
    """Remembers what it was told, and can interrupt."""

    def __init__(self, stop_after=None):
        self.heard, self.stop_after = [], stop_after

    def epochs(self, done, total, loss, val_loss):
        self.heard.append((done, total, loss, val_loss))
        if self.stop_after is not None and done >= self.stop_after:
            raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("constant", "value"),
    [("SECONDS_PER_SEGMENT", 0.0), ("SECONDS_PER_SEGMENT", 1e9), ("POSITIONS_PER_SEGMENT", 48)],
)
def test_how_a_fit_is_cut_does_not_change_a_byte(monkeypatch, constant, value):
    settings = {"members": 2, "max_epochs": 25, "patience": 9, **NOISE}
    whole = run(NOISY, X, HELD_OUT, **settings)
    monkeypatch.setattr(feeds, constant, value)
    told = Told()
    cut = run(NOISY, X, HELD_OUT, progress=told, **settings)
    if value != 1e9:
        assert len(told.heard) > 5  # it was really cut
    assert digest(cut) == digest(whole)


def test_patience_ends_a_fit_and_the_best_epochs_weights_come_back():
    outcome = run(
        plan(hidden=(32,), optimizer=("adam", ())),
        X[:20],
        HELD_OUT,
        max_epochs=400,
        patience=8,
        learning_rate=0.05,
    )
    assert outcome.endings == (Ending.PATIENCE_EXHAUSTED,)
    ran, best = int(outcome.epochs_run[0]), int(outcome.best_epoch[0])
    losses = outcome.history["val_loss"][:, 0]
    assert ran == len(losses) < 400
    assert best == np.argmin(losses) + 1
    assert ran - best <= 8
    network = outcome.network(0)
    assert loss_of(network, HELD_OUT) == pytest.approx(losses[best - 1], rel=1e-5)
    assert loss_of(network, X[:20]) == pytest.approx(outcome.history["clean_loss"][best - 1, 0], rel=1e-5)


def test_patience_waits_for_exactly_as_long_as_it_says():
    """With nothing to learn, the first epoch is the best and patience counts from there."""
    outcome = run(plan(), X, HELD_OUT, max_epochs=50, patience=7, learning_rate=1e-12)
    assert int(outcome.epochs_run[0]) == 8
    assert outcome.endings == (Ending.PATIENCE_EXHAUSTED,)


def test_clear_overfitting_ends_a_fit_before_its_patience_does():
    settings = {"max_epochs": 400, "learning_rate": 0.01}
    shape = plan(hidden=(32,), optimizer=("adam", ()))
    noise = np.random.default_rng(0).normal(size=(60, 5)).astype(np.float32)
    learned, judged = noise[:20], noise[20:]
    whole = run(shape, learned, judged, **settings)
    outcome = run(shape, learned, judged, patience=300, **settings)
    held_out, training = (whole.history[name][:, 0] for name in ("val_loss", "clean_loss"))
    best = int(np.argmin(held_out))
    by_heart = (held_out > 1.3 * held_out[best]) & (training < training[best])
    in_a_row = np.convolve(by_heart, np.ones(10), "valid") == 10
    assert len(whole.history["val_loss"]) == 400
    assert outcome.endings == (Ending.PATIENCE_EXHAUSTED,)
    assert outcome.epochs_run[0] == np.argmax(in_a_row) + 10 < best + 300
    assert_same_weights(outcome.networks, whole.networks)


def test_a_fit_whose_training_loss_is_far_off_as_well_has_not_overfitted():
    shape = plan(hidden=(32,), optimizer=("adam", ()))
    outcome = run(shape, X, HELD_OUT, max_epochs=60, learning_rate=1.0, patience=10_000)
    held_out, training = (outcome.history[name][:, 0] for name in ("val_loss", "clean_loss"))
    best = int(np.argmin(held_out))
    worse = (held_out > 1.3 * held_out[best])[best + 1 :]
    assert (np.convolve(worse, np.ones(10), "valid") == 10).any()
    assert (training[best + 1 :][worse] > training[best]).all()
    assert outcome.endings == (Ending.EPOCH_LIMIT,)


def test_without_patience_all_epochs_are_run_and_the_best_is_kept_all_the_same():
    outcome = run(plan(hidden=(32,)), X[:20], HELD_OUT, max_epochs=120, learning_rate=0.05)
    assert int(outcome.epochs_run[0]) == 120
    assert outcome.endings == (Ending.EPOCH_LIMIT,)
    assert int(outcome.best_epoch[0]) == np.argmin(outcome.history["val_loss"][:, 0]) + 1 < 120


def test_without_held_out_rows_the_last_epoch_is_kept():
    outcome = run(plan(), X, max_epochs=5, patience=1)
    assert int(outcome.best_epoch[0]) == int(outcome.epochs_run[0]) == 5
    assert np.isnan(outcome.history["val_loss"]).all()
    assert np.isnan(outcome.best_val_loss()).all()


@pytest.mark.parametrize("held_out", [None, HELD_OUT])
def test_a_diverging_fit_ends_so_and_keeps_finite_weights(held_out):
    outcome = run(
        plan(activation="linear", optimizer=("sgd", ())), X, held_out, max_epochs=30, learning_rate=1e10
    )
    assert outcome.endings == (Ending.DIVERGED,)
    assert int(outcome.epochs_run[0]) < 30
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(outcome.networks))


def test_one_diverging_member_leaves_the_others_alone():
    a_plan = plan(activation="linear", optimizer=("sgd", ()))
    mixed = run(a_plan, X, HELD_OUT, members=3, max_epochs=8, learning_rate=[0.01, 1e10, 0.01])
    calm = run(a_plan, X, HELD_OUT, members=3, max_epochs=8, learning_rate=0.01)
    assert mixed.endings == (Ending.EPOCH_LIMIT, Ending.DIVERGED, Ending.EPOCH_LIMIT)
    assert mixed.epochs_run[1] < 8
    for member in (0, 2):
        assert_same_weights(mixed.network(member), calm.network(member))
        for name, values in mixed.history_of(member).items():
            np.testing.assert_array_equal(values, calm.history_of(member)[name])
    assert len(mixed.history_of(1)["loss"]) == mixed.epochs_run[1]


def test_members_that_are_done_are_not_changed_by_those_that_go_on():
    a_plan = plan(hidden=(32,), optimizer=("adam", ()))
    settings = {"max_epochs": 60, "patience": 5}
    both = run(a_plan, X[:20], HELD_OUT, members=2, learning_rate=[0.1, 0.002], **settings)
    assert both.epochs_run[0] < both.epochs_run[1]
    alone = run(a_plan, X[:20], HELD_OUT, members=1, learning_rate=0.1, **settings)
    assert both.best_epoch[0] == alone.best_epoch[0]
    assert_same_weights(both.network(0), alone.network(0), atol=1e-4)


def test_no_epochs_return_the_start():
    outcome = run(plan(), X, HELD_OUT, max_epochs=0, members=2)
    assert_same_weights(outcome.networks, fresh_networks(plan(), 0, 2))
    assert outcome.endings == (Ending.EPOCH_LIMIT,) * 2
    assert outcome.history["loss"].shape == (0, 2)
    assert outcome.best_epoch.tolist() == [0, 0]


def test_an_interrupting_callback_keeps_the_best_so_far(monkeypatch):
    monkeypatch.setattr(feeds, "SECONDS_PER_SEGMENT", 0.0)
    outcome = run(plan(), X, HELD_OUT, max_epochs=500, progress=Told(stop_after=6))
    assert outcome.endings == (Ending.INTERRUPTED,)
    ran = int(outcome.epochs_run[0])
    assert 6 <= ran < 500
    best = int(outcome.best_epoch[0])
    shorter = run(plan(), X, HELD_OUT, max_epochs=ran)
    assert best == int(shorter.best_epoch[0])
    assert_same_weights(outcome.networks, shorter.networks)


def test_progress_is_told_the_losses():
    told = Told()
    outcome = run(plan(), X, HELD_OUT, members=2, max_epochs=9, progress=told)
    done, total, loss, val_loss = told.heard[-1]
    assert (done, total) == (9, 9)
    assert loss == pytest.approx(outcome.history["loss"][-1].mean(), rel=1e-6)
    assert val_loss == pytest.approx(outcome.history["val_loss"][-1].mean(), rel=1e-6)
    assert [one[0] for one in told.heard] == sorted({one[0] for one in told.heard})


LONG_FIT = """
import signal, sys
import numpy as np
from latentia import Autoencoder

class Told:
    def stage(self, name, detail=""): ...
    def close(self): ...
    def epochs(self, done, total, loss, val_loss):
        print("going", done, flush=True)

handler = signal.getsignal(signal.SIGINT)
X = np.random.default_rng(0).normal(size=(400, 6))
ae = Autoencoder(max_epochs=10_000_000, patience=None, hidden_layer_sizes=(8,), random_state=0)
ae.fit(X, progress=Told())
assert signal.getsignal(signal.SIGINT) is handler
print("ended", ae.ending_, len(ae.history_["loss"]), bool(np.isfinite(ae.transform(X)).all()), flush=True)
"""


def test_ctrl_c_in_a_long_fit_returns_the_best_so_far():
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(LONG_FIT)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        while "going" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=60)[0].split("ended ")[-1].split()
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    assert rest[0] == "interrupted"
    assert 0 < int(rest[1]) < 10_000_000
    assert rest[2] == "True"


def test_weights_move_and_learn_something():
    outcome = run(plan(), X, HELD_OUT, max_epochs=40)
    start = jax.tree.map(lambda leaf: leaf[0], fresh_networks(plan(), 0, 1))
    for before, after in zip(jax.tree.leaves(start), jax.tree.leaves(outcome.network(0)), strict=True):
        assert not np.allclose(before, after)
    assert loss_of(outcome.network(0), HELD_OUT) < 0.5 * loss_of(start, HELD_OUT)


def test_earlier_weights_are_gone_on_from():
    first = run(plan(), X, max_epochs=5)
    second = run(plan(), X, max_epochs=0, networks=first.networks)
    assert_same_weights(first.networks, second.networks)
    longer = run(plan(), X, max_epochs=5, networks=first.networks)
    assert longer.step_loss[0, 0] < first.step_loss[0, 0]

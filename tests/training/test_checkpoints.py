"""Checkpoints: a fit that was stopped anywhere and goes on ends with the bytes of one that never was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from latentia.errors import CheckpointError
from latentia.training import feeds, groups, packing
from latentia.training.checkpoints import NotKept, named_arrays, tree_of
from latentia.training.endings import Ending
from latentia.training.progress import Silent
from small_fits import digest, plan, run, table

X, HELD_OUT = table(n_rows=70, seed=0), table(n_rows=20, seed=1)
NOISE = {"corruption": "gaussian", "dropout": True}
LEVELS = {"corruption": 0.3, "dropout": 0.1}
OPTIMIZERS = {
    "adam": ("adam", ()),
    "sgd with momentum": ("sgd", (("momentum", 0.9), ("nesterov", True))),
    "sgd": ("sgd", ()),
    "rmsprop": ("rmsprop", ()),
    "adagrad": ("adagrad", ()),
    "lion": ("lion", ()),
    "muon": ("muon", ()),
}


class KilledError(Exception):
    """What a kill does: nothing after it is run."""


class Kept(NotKept):
    """Keeps every checkpoint in memory, and kills the fit after so many of them."""

    def __init__(self, kill_after=None):
        self.all, self.kill_after = [], kill_after

    def offer(self, make, *, last=False):
        self.all.append(make())
        if len(self.all) == self.kill_after and not last:
            raise KilledError

    @property
    def latest(self):
        return self.all[-1]


class Stop(Silent):
    """Asks to stop, as Ctrl-C does, once so many epochs are done."""

    def __init__(self, after):
        self.after = after

    def epochs(self, done, total, loss, val_loss):
        if done >= self.after:
            raise KeyboardInterrupt


@pytest.fixture
def short_segments(monkeypatch):
    """Cut fits after every epoch, or in the middle of one if it has more than 48 rows."""
    monkeypatch.setattr(feeds, "SECONDS_PER_SEGMENT", 0.0)


def killed(a_plan, after, past=None, **settings):
    """Return the last checkpoint of a fit that was killed."""
    kept = Kept(kill_after=after)
    with pytest.raises(KilledError):
        run(a_plan, X, HELD_OUT, checkpoints=kept, past=past, **settings)
    return kept.latest


def assert_same(one, other):
    """Compare everything that an outcome says, but the time it took, to the bit."""
    assert digest(one) == digest(other)
    assert one.endings == other.endings
    for name in ("best_epoch", "epochs_run", "step_loss", "step_penalty"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    for name, curve in one.history.items():
        assert curve.dtype == other.history[name].dtype
        np.testing.assert_array_equal(curve, other.history[name])


@pytest.mark.usefixtures("short_segments")
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_killed_fit_that_goes_on_ends_with_the_same_bytes(optimizer):
    a_plan = plan(optimizer=OPTIMIZERS[optimizer], schedule="cosine", penalties=("l1_codes",), **NOISE)
    settings = {"members": 2, "max_epochs": 12, "total_steps": 60, "penalties": [1e-3], **LEVELS}
    whole = run(a_plan, X, HELD_OUT, **settings)
    past = killed(a_plan, after=3, **settings)
    assert 0 < past.epoch < 12
    assert_same(run(a_plan, X, HELD_OUT, past=past, **settings), whole)


PARTS = {
    "a rate that falls on plateaus": (
        {"schedule": "reduce_on_plateau"},
        {},
        {"plateau_epochs": 2, "factor": 0.5, "clip": 0.5, "learning_rate": [0.01, 1e-9]},
    ),
    "a variational code whose price still grows": (
        {},
        {"bottleneck": "gaussian"},
        {"cost_warmup": 30, "cost_weight": 0.1},
    ),
    "an average of the weights": (
        {"averaged": True},
        {},
        {"average_reach": [4.0, 1e3]},
    ),
    "tied weights and an ordered code of two sizes": (
        {"masked_code": True},
        {"bottleneck": "ordered", "tied": True},
        {"code_mask": np.array([[1, 0], [1, 1]])},
    ),
}


@pytest.mark.usefixtures("short_segments")
@pytest.mark.parametrize("part", PARTS)
def test_whatever_a_part_remembers_is_kept(part):
    planned, shape, dials = PARTS[part]
    a_plan = plan(**planned, **NOISE)
    a_plan = replace(a_plan, architecture=replace(a_plan.architecture, **shape))
    settings = {"members": 2, "max_epochs": 12, **LEVELS, **dials}
    whole = run(a_plan, X, HELD_OUT, **settings)
    past = killed(a_plan, after=3, **settings)
    assert 0 < past.epoch < 12
    assert_same(run(a_plan, X, HELD_OUT, past=past, **settings), whole)


@pytest.mark.usefixtures("short_segments")
def test_killed_again_and_again(monkeypatch):
    """Whole epochs, parts of epochs, and both in turn: positions are two integers."""
    settings = {"max_epochs": 9, **LEVELS}
    a_plan = plan(**NOISE)
    whole = run(a_plan, X, HELD_OUT, **settings)
    past, places = None, []
    for positions in (48, 1 << 15, 48, 1 << 15, 48):
        monkeypatch.setattr(feeds, "POSITIONS_PER_SEGMENT", positions)
        past = killed(a_plan, 1, past, **settings)
        places.append((past.epoch, past.step))
    assert places == [(0, 3), (1, 0), (1, 3), (2, 0), (2, 3)]
    assert_same(run(a_plan, X, HELD_OUT, past=past, **settings), whole)


@pytest.mark.usefixtures("short_segments")
@pytest.mark.parametrize("kept_as", ["one vector", "trees of arrays"])
def test_members_in_groups_that_end_at_different_times(monkeypatch, kept_as):
    """Six members in three groups: one has run out of patience, one has diverged, the others go on."""
    monkeypatch.setattr(groups, "group_size", lambda *_, **__: 2)
    if kept_as == "trees of arrays":
        monkeypatch.setattr(packing, "MOST_PACKED", 0)
    a_plan = plan(optimizer=("sgd", (("momentum", 0.9),)), activation="linear", corruption="gaussian")
    settings = {"members": 6, "max_epochs": 14, "patience": 3, "corruption": 0.3}
    settings["learning_rate"] = [1e-12, 0.01, 1e12, 0.003, 0.005, 0.05]
    whole = run(a_plan, X, HELD_OUT, **settings)
    assert whole.endings[0] is Ending.PATIENCE_EXHAUSTED
    assert whole.endings[2] is Ending.DIVERGED
    assert Ending.EPOCH_LIMIT in whole.endings
    past = killed(a_plan, 6, **settings)
    assert whole.epochs_run.min() < past.epoch < 14
    assert not all(np.isfinite(array).all() for array in past.arrays.values())
    assert ("groups/0/learner/weights" in past.arrays) == (kept_as == "one vector")
    assert_same(run(a_plan, X, HELD_OUT, past=past, **settings), whole)


@pytest.fixture(scope="module")
def waiting():
    """Return a way to run an impatient fit, its outcome, and where it stood after its best epoch."""
    settings = {"max_epochs": 400, "patience": 8, "learning_rate": 0.05, **LEVELS}

    def again(**options):
        return run(plan(hidden=(32,), **NOISE), X[:20], HELD_OUT, **settings, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feeds, "SECONDS_PER_SEGMENT", 0.0)
        kept = Kept()
        whole = again(checkpoints=kept)
    assert whole.endings == (Ending.PATIENCE_EXHAUSTED,)
    best, ran = int(whole.best_epoch[0]), int(whole.epochs_run[0])
    return again, whole, next(past for past in kept.all if best < past.epoch < ran)


def test_patience_goes_on_waiting_from_where_it_was(waiting):
    again, whole, past = waiting
    assert 0 < past.arrays["groups/0/best/waited"][0] < 8
    assert_same(again(past=past), whole)


@pytest.mark.parametrize(
    "part", ["learner/weights", "learner/memory", "learner/key", "best/weights", "0/step", "written"]
)
def test_every_part_of_a_checkpoint_matters(waiting, part):
    again, whole, past = waiting
    spoiled = {
        name: array + array.dtype.type(1) if part in name else array for name, array in past.arrays.items()
    }
    assert any(part in name for name in spoiled)
    assert digest(again(past=replace(past, arrays=spoiled))) != digest(whole)


def test_without_held_out_rows_the_same_holds(monkeypatch):
    monkeypatch.setattr(feeds, "POSITIONS_PER_SEGMENT", 48)
    whole, kept = run(plan(), X), Kept()
    run(plan(), X, checkpoints=kept)
    for past in kept.all[:3]:
        assert_same(run(plan(), X, past=past), whole)


def test_a_warm_start_goes_on_too(monkeypatch):
    monkeypatch.setattr(feeds, "SECONDS_PER_SEGMENT", 0.0)
    earlier = run(plan(), X, HELD_OUT, seed=5).networks
    settings = {"networks": earlier, "max_epochs": 8}
    whole = run(plan(), X, HELD_OUT, **settings)
    past = killed(plan(), 2, **settings)
    assert_same(run(plan(), X, HELD_OUT, past=past, **settings), whole)


@pytest.mark.parametrize("patience", [2, 1000])
def test_the_last_checkpoint_is_the_end_of_the_fit(patience):
    """Whatever happens between the training and the file of the model, the training is not lost."""
    settings = {"max_epochs": 7, "patience": patience, "learning_rate": 1e-12}
    kept = Kept()
    whole = run(plan(), X, HELD_OUT, checkpoints=kept, **settings)
    assert kept.latest.epoch == whole.epochs_run[0] == min(7, 1 + patience)
    heard = []

    class Told(Silent):
        def epochs(self, *told):
            heard.append(told)

    assert_same(run(plan(), X, HELD_OUT, past=kept.latest, progress=Told(), **settings), whole)
    assert heard == []


@pytest.mark.usefixtures("short_segments")
def test_ctrl_c_leaves_a_checkpoint_of_that_moment():
    settings = {"max_epochs": 30, **LEVELS}
    whole, kept = run(plan(**NOISE), X, HELD_OUT, **settings), Kept()
    stopped = run(plan(**NOISE), X, HELD_OUT, checkpoints=kept, progress=Stop(after=6), **settings)
    assert stopped.endings == (Ending.INTERRUPTED,)
    assert kept.latest.epoch == stopped.epochs_run[0] < 30
    assert_same(run(plan(**NOISE), X, HELD_OUT, past=kept.latest, **settings), whole)


@pytest.mark.usefixtures("short_segments")
def test_seconds_add_up_and_the_user_is_told_where_it_goes_on():
    past = replace(killed(plan(), 2), seconds=1000.0)
    told = []

    class Told(Silent):
        def stage(self, name, detail=""):
            told.append(f"{name}: {detail}")

        def epochs(self, done, total, loss, val_loss):
            told.append((done, total))

    outcome = run(plan(), X, HELD_OUT, past=past, progress=Told())
    assert 1000.0 < outcome.seconds < 1100.0
    assert told == ["Training: going on after epoch 5", (6, 6)]


def test_arrays_are_copies_named_after_their_places_and_come_back():
    tree = {"b": (np.arange(3), [np.float32(2.0)]), "a": np.array([np.nan, -np.inf])}
    named = named_arrays(tree)
    assert sorted(named) == ["a", "b/0", "b/1/0"]
    tree["a"][:] = 0.0
    back = tree_of(named, tree)
    assert np.isnan(back["a"][0])
    assert back["b"][1][0] == 2.0
    assert tree_of({f"in/{name}": array for name, array in named.items()}, tree, within="in/")["b"][0][2] == 2


@pytest.mark.parametrize(
    "array", [np.zeros(3, np.float64), np.zeros(4, np.float32), np.zeros((3, 1), np.float32), None]
)
def test_an_array_of_another_kind_is_refused(array):
    arrays = {} if array is None else {"weights": array}
    with pytest.raises(CheckpointError, match=r"no array 'weights' .* remove it to start afresh"):
        tree_of(arrays, {"weights": np.zeros(3, np.float32)})


def test_only_the_first_axis_may_have_another_length():
    like = {"loss": np.zeros((0, 2))}
    assert tree_of({"loss": np.ones((5, 2))}, like, any_length=True)["loss"].shape == (5, 2)
    with pytest.raises(CheckpointError, match="no array 'loss'"):
        tree_of({"loss": np.ones((5, 3))}, like, any_length=True)

"""Small training runs for the tests of this room: a table, a plan, and one call that trains."""

from __future__ import annotations

import hashlib

import jax
import numpy as np

from latentia.networks.architecture import Architecture
from latentia.training.feeds import InMemory
from latentia.training.loop import train
from latentia.training.order import ShuffledOrder
from latentia.training.plan import Plan, make_dials
from latentia.training.rows import monitors, training_rows
from problems import curved


def table(n_rows=90, n_columns=5, seed=0):
    """Return scaled rows of a bent line, float64."""
    values = curved(n_rows=n_rows, n_columns=n_columns, seed=seed)[0]
    return (values - values.mean(axis=0)) / values.std(axis=0)


def plan(hidden=(8,), n_components=2, n_features=5, activation="tanh", **settings):
    """Return a plan of a small network."""
    shape = Architecture(
        n_features=n_features, hidden=hidden, n_components=n_components, activation=activation
    )
    return Plan(architecture=shape, **settings)


def run(
    a_plan,
    x,
    held_out=None,
    *,
    members=1,
    batch_size=16,
    max_epochs=6,
    seed=0,
    order=None,
    networks=None,
    progress=None,
    callbacks=None,
    checkpoints=None,
    past=None,
    weight=None,
    **dials,
):
    """Train on x with a constant rate of 0.01 unless told otherwise."""
    dials = make_dials(members, **{"learning_rate": 1e-2, **dials})
    watched = None
    if held_out is not None:
        sample = x[: len(held_out)]
        watched = monitors(held_out, sample)
    return train(
        a_plan,
        dials,
        InMemory(training_rows(x, weight), order or ShuffledOrder(len(x), seed), len(x), batch_size),
        max_epochs=max_epochs,
        seed=seed,
        members=members,
        monitors=watched,
        networks=networks,
        progress=progress,
        callbacks=callbacks,
        checkpoints=checkpoints,
        past=past,
    )


def digest(outcome):
    """Return a hash of every weight and every loss."""
    leaves = [np.asarray(leaf) for leaf in jax.tree.leaves(outcome.networks)]
    parts = [*leaves, outcome.step_loss, *(outcome.history[name] for name in sorted(outcome.history))]
    return hashlib.sha256(b"".join(np.ascontiguousarray(part).tobytes() for part in parts)).hexdigest()


def assert_same_weights(one, other, **tolerance):
    """Compare two networks leaf by leaf; exactly when no tolerance is given."""
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        if tolerance:
            np.testing.assert_allclose(a, b, **tolerance)
        else:
            np.testing.assert_array_equal(a, b)

"""Networks that train side by side are those that train alone, and a seed gives the same bytes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import jax
import numpy as np
import pytest

from latentia import Autoencoder
from latentia.training import groups
from latentia.training.program import fresh_networks
from small_fits import assert_same_weights, digest, plan, run, table

X, HELD_OUT = table(n_rows=70, seed=0), table(n_rows=20, seed=1)
NOISY = plan(corruption="gaussian", dropout=True, penalties=("l1_codes",))
SETTINGS = {"max_epochs": 5, "corruption": 0.3, "dropout": 0.1, "penalties": [1e-3]}


def one_member(outcome, member):
    return outcome.network(member), outcome.history["val_loss"][:, member], outcome.step_loss[:, member]


@pytest.mark.parametrize("member", [0, 1, 2])
def test_a_member_is_what_it_would_be_alone(monkeypatch, member):
    """The same start and the same chance, but a program for one network instead of three."""
    together = run(NOISY, X, HELD_OUT, members=3, **SETTINGS)
    make_keys = groups.make_keys
    monkeypatch.setattr(groups, "make_keys", lambda seed, _: make_keys(seed, 3)[member : member + 1])
    start = jax.tree.map(lambda leaf: leaf[member : member + 1], fresh_networks(NOISY, 0, 3))
    alone = run(NOISY, X, HELD_OUT, members=1, networks=start, **SETTINGS)
    for a, b in zip(one_member(together, member), one_member(alone, 0), strict=True):
        assert_same_weights(a, b, rtol=1e-4, atol=2e-5)


def test_a_larger_ensemble_begins_with_a_smaller():
    three, two = (run(NOISY, X, HELD_OUT, members=members, **SETTINGS) for members in (3, 2))
    for member in (0, 1):
        assert_same_weights(three.network(member), two.network(member), rtol=1e-4, atol=2e-5)


def test_members_start_apart_and_draw_apart():
    outcome = run(NOISY, X, members=3, **{**SETTINGS, "max_epochs": 0})
    kernels = outcome.networks.encoder[0].weight
    assert len({kernel.tobytes() for kernel in kernels}) == 3
    # The same start for all: only chance while training tells them apart.
    start = jax.tree.map(lambda leaf: np.repeat(leaf[:1], 3, axis=0), fresh_networks(NOISY, 0, 1))
    outcome = run(NOISY, X, members=3, networks=start, **{**SETTINGS, "max_epochs": 1})
    assert len({kernel.tobytes() for kernel in outcome.networks.encoder[0].weight}) == 3


def test_settings_that_are_numbers_ride_side_by_side():
    """Two rates, noises and penalties in one program are two fits of their own."""
    numbers = {"learning_rate": [0.02, 0.002], "corruption": [0.0, 0.5], "dropout": [0.0, 0.2]}
    both = run(NOISY, X, HELD_OUT, members=2, max_epochs=4, penalties=[[0.0, 0.1]], **numbers)
    first = {name: values[0] for name, values in numbers.items()}
    alone = run(NOISY, X, HELD_OUT, members=1, max_epochs=4, penalties=[0.0], **first)
    assert_same_weights(both.network(0), alone.network(0), rtol=1e-4, atol=2e-5)
    assert both.step_penalty[0, 0] == 0.0
    assert both.step_penalty[0, 1] > 0.0


def test_a_code_mask_makes_a_narrower_network_of_a_wide_one():
    """Masked components of the wide network are as if they were not there."""
    wide = plan(n_components=3, masked_code=True)
    masked = run(wide, X, HELD_OUT, members=2, max_epochs=4, code_mask=np.array([[1, 1, 0], [1, 1, 1]]))
    start = fresh_networks(wide, 0, 1)
    narrow_plan = plan(n_components=2)
    cut = fresh_networks(narrow_plan, 0, 1)
    cut.encoder[-1].weight[:] = start.encoder[-1].weight[..., :2]
    cut.decoder[0].weight[:] = start.decoder[0].weight[:, :2]
    cut.encoder[0].weight[:], cut.decoder[-1].weight[:] = start.encoder[0].weight, start.decoder[-1].weight
    narrow = run(narrow_plan, X, HELD_OUT, max_epochs=4, networks=cut)
    np.testing.assert_allclose(masked.step_loss[:, 0], narrow.step_loss[:, 0], rtol=1e-4)
    np.testing.assert_allclose(masked.history["val_loss"][:, 0], narrow.history["val_loss"][:, 0], rtol=1e-4)
    assert not np.allclose(masked.step_loss[-1, 1], narrow.step_loss[-1, 0], rtol=1e-3)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not():
    one, again, other = (
        digest(run(NOISY, X, HELD_OUT, members=2, seed=seed, **SETTINGS)) for seed in (5, 5, 6)
    )
    assert one == again != other


FIT = """
import hashlib, json, sys
import jax, numpy as np
from sklearn.datasets import load_wine
from latentia import Autoencoder
ae = Autoencoder(n_components=3, n_seeds=2, max_epochs=6, dropout=0.1, random_state=11).fit(load_wine().data)
leaves = [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(ae.trained_.outcome.networks)]
print(hashlib.sha256(b"".join([*leaves, ae.transform(load_wine().data).tobytes()])).hexdigest())
"""


def digest_in_another_process(**environment):
    run_ = subprocess.run(
        [sys.executable, "-c", FIT], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
    )  # fmt: skip
    return run_.stdout.strip()


def test_two_processes_give_the_same_bytes_with_and_without_kept_programs():
    from sklearn.datasets import load_wine

    ae = Autoencoder(n_components=3, n_seeds=2, max_epochs=6, dropout=0.1, random_state=11).fit(
        load_wine().data
    )
    leaves = [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(ae.trained_.outcome.networks)]
    here = hashlib.sha256(b"".join([*leaves, ae.transform(load_wine().data).tobytes()])).hexdigest()
    assert digest_in_another_process(PYTHONHASHSEED="1") == here
    assert digest_in_another_process(PYTHONHASHSEED="2", LATENTIA_CACHE="off") == here

"""The rate is reduced after a plateau, by the rule that Optax has for it, for each member by itself."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from optax import contrib

from latentia.training import feeds
from latentia.training.endings import Ending
from latentia.training.plan import make_dials
from latentia.training.plateaus import after_epoch, eased, no_plateau
from latentia.training.program import MINIMAL_GAIN
from small_fits import digest, plan, run, table

X, HELD_OUT = table(n_rows=40, seed=0), table(n_rows=15, seed=1)
ON_PLATEAU = plan(schedule="reduce_on_plateau", keep_best=False)
# Falls, stays for three epochs, falls, stays for long, falls too little to count, is lost, falls again.
HISTORY = [5, 4, 4, 4, 4, 3, 3, 3, 3, 3, 3, 3 - 1e-5, 3, 3, np.nan, 2, 1, 1, 1]


def shares(history, **settings):
    """Return what is left of the rate after each epoch of a history written by hand."""
    dials = make_dials(1, **{"factor": 0.1, "plateau_epochs": 3, **settings})
    plateau, reference, left = no_plateau(1), np.inf, []
    for loss in history:
        improved = loss < reference * (1 - MINIMAL_GAIN)
        reference = loss if improved else reference
        plateau = after_epoch(plateau, np.array([improved]), dials)
        left.append(float(plateau.share[0]))
    return np.array(left)


def by_optax(history, factor, patience, lowest):
    """Return the same as Optax has it."""
    rule = contrib.reduce_on_plateau(factor, patience, rtol=MINIMAL_GAIN, min_scale=lowest)
    weight = jnp.ones(())
    state, left = rule.init(weight), []
    update = jax.jit(rule.update)
    for loss in history:
        _, state = update(weight, state, value=loss)
        left.append(float(state.scale))
    return np.array(left)


def test_a_history_written_by_hand_reduces_where_it_should():
    left = shares(HISTORY)
    expected = np.ones(len(HISTORY))
    for epoch in (4, 8, 11, 14):  # each the third epoch without a clear improvement since the last event
        expected[epoch:] *= 0.1
    np.testing.assert_allclose(left, expected, rtol=1e-5)


@pytest.mark.parametrize(("factor", "patience", "lowest"), [(0.1, 3, 0.0), (0.5, 1, 0.05), (0.3, 2, 0.1)])
def test_the_rule_is_that_of_optax(factor, patience, lowest):
    rng = np.random.default_rng(0)
    history = np.minimum.accumulate(rng.random(60)) + 0.001 * rng.random(60)
    ours = shares(history, factor=factor, plateau_epochs=patience, final_share=lowest)
    assert len(set(ours)) > 2
    np.testing.assert_allclose(ours, by_optax(history, factor, patience, lowest), rtol=1e-5)


def test_the_rate_never_falls_below_its_share_nor_rises_to_it():
    assert shares([1.0] * 20, plateau_epochs=1, final_share=0.02)[-1] == pytest.approx(0.02)
    assert shares([1.0] * 5, plateau_epochs=1, final_share=7.0)[-1] == 1.0


def test_members_wait_each_for_itself():
    dials = make_dials(3, factor=0.5, plateau_epochs=2, learning_rate=0.8)
    plateau = no_plateau(3)
    for improved in ([True, True, False], [False, True, False], [False, False, True]):
        plateau = after_epoch(plateau, np.array(improved), dials)
    np.testing.assert_allclose(plateau.share, [0.5, 1.0, 0.5])
    np.testing.assert_array_equal(plateau.waited, [0, 1, 0])
    np.testing.assert_allclose(eased(dials, plateau).learning_rate, [0.4, 0.8, 0.4])
    assert eased(dials, None) is dials


def by_history(outcome, name, **settings):
    """Return the rates that the losses of a fit call for: the epoch after a plateau has a smaller one."""
    rates = []
    for member in range(outcome.members):
        left = shares(outcome.history[name][:, member], **settings)
        rates.append(np.r_[1.0, left[:-1]])
    return np.stack(rates, axis=1)


@pytest.mark.parametrize("held_out", [HELD_OUT, None])
def test_a_fit_watches_the_held_out_loss_or_else_the_training_loss(held_out):
    settings = {"factor": 0.3, "plateau_epochs": 2}
    rates = [0.3, 0.05]
    outcome = run(ON_PLATEAU, X, held_out, members=2, max_epochs=40, learning_rate=rates, **settings)
    name = "loss" if held_out is None else "val_loss"
    expected = by_history(outcome, name, **settings) * rates
    assert len(np.unique(expected[:, 0])) > 2
    assert not np.allclose(expected[:, 0] / rates[0], expected[:, 1] / rates[1])
    np.testing.assert_allclose(outcome.history["learning_rate"], expected, rtol=1e-5)


def test_the_reduced_rate_is_what_is_applied():
    """After a reduction to nothing, nothing moves any more."""
    outcome = run(
        plan(schedule="reduce_on_plateau", optimizer=("sgd", ())), X, HELD_OUT,
        max_epochs=6, batch_size=40, learning_rate=1e-12, factor=1e-30, plateau_epochs=2,
    )  # fmt: skip
    assert outcome.history["learning_rate"][-1] == 0.0
    moving = run(plan(schedule="reduce_on_plateau"), X, HELD_OUT, max_epochs=30, factor=0.0, plateau_epochs=2,
                 learning_rate=0.3)  # fmt: skip
    still = moving.history["val_loss"][moving.history["learning_rate"] == 0.0]
    assert len(still) > 3
    assert len(set(still[1:])) == 1
    assert moving.history["val_loss"][0, 0] != still[-1]


def test_how_a_fit_is_cut_does_not_change_a_byte(monkeypatch):
    settings = {"members": 2, "max_epochs": 25, "learning_rate": 0.2, "factor": 0.3, "plateau_epochs": 2}
    whole = run(ON_PLATEAU, X, HELD_OUT, **settings)
    assert len(np.unique(whole.history["learning_rate"])) > 2
    monkeypatch.setattr(feeds, "POSITIONS_PER_SEGMENT", 48)  # parts of an epoch
    assert digest(run(ON_PLATEAU, X, HELD_OUT, **settings)) == digest(whole)


def test_it_goes_together_with_patience_and_a_warm_up():
    outcome = run(
        ON_PLATEAU, X, HELD_OUT, max_epochs=60, batch_size=40, patience=6, warmup_steps=4, learning_rate=0.2,
        factor=0.1, plateau_epochs=3,
    )  # fmt: skip
    assert outcome.endings == (Ending.PATIENCE_EXHAUSTED,)
    rates = outcome.history["learning_rate"][:, 0]
    np.testing.assert_allclose(rates[:4], [0.05, 0.1, 0.15, 0.2], rtol=1e-5)
    # Three epochs of waiting, one reduction, three more in vain.
    np.testing.assert_allclose(rates[-4:], [0.2, 0.02, 0.02, 0.02], rtol=1e-5)

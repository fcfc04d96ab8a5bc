"""Learning rates at the beginning, in the warm-up, in the middle and at the end."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from latentia.training.plan import make_dials
from latentia.training.schedules import SCHEDULES
from small_fits import plan, run, table


def share(name, step, **settings):
    dials = jax.tree.map(lambda leaf: leaf[0], make_dials(1, **{"total_steps": 101, **settings}))
    return float(SCHEDULES[name](np.int32(step), dials))


@pytest.mark.parametrize(
    ("name", "step", "settings", "expected"),
    [
        ("constant", 0, {}, 1.0),
        ("constant", 1000, {}, 1.0),
        ("constant", 0, {"warmup_steps": 10}, 0.1),
        ("constant", 4, {"warmup_steps": 10}, 0.5),
        ("constant", 9, {"warmup_steps": 10}, 1.0),
        ("constant", 50, {"warmup_steps": 10}, 1.0),
        ("cosine", 0, {"total_steps": 100}, 1.0),
        ("cosine", 25, {"total_steps": 100}, 0.5 * (1 + np.sqrt(0.5))),
        ("cosine", 50, {"total_steps": 100}, 0.5),
        ("cosine", 100, {"total_steps": 100}, 0.0),
        ("cosine", 500, {"total_steps": 100}, 0.0),
        ("cosine", 50, {"total_steps": 100, "final_share": 0.2}, 0.6),
        ("cosine", 100, {"total_steps": 100, "final_share": 0.2}, 0.2),
        ("cosine", 0, {"total_steps": 110, "warmup_steps": 10}, 0.1),
        ("cosine", 10, {"total_steps": 110, "warmup_steps": 10}, 1.0),
        ("cosine", 60, {"total_steps": 110, "warmup_steps": 10}, 0.5),
        ("exponential", 0, {"final_share": 0.01}, 1.0),
        ("exponential", 50, {"final_share": 0.01}, 0.1),
        ("exponential", 100, {"final_share": 0.01}, 0.01),
        ("exponential", 400, {"final_share": 0.01}, 0.01),
        ("exponential", 50, {"final_share": 1e4}, 100.0),
        ("exponential", 0, {"total_steps": 1, "final_share": 0.5}, 1.0),
    ],
)
def test_the_share_of_the_rate_at_a_step(name, step, settings, expected):
    assert share(name, step, **settings) == pytest.approx(expected, rel=1e-5, abs=1e-7)


def test_a_cosine_falls_from_one_step_to_the_next():
    shares = [share("cosine", step) for step in range(101)]
    assert (np.diff(shares) < 0).all()


def test_the_history_tells_the_rate_of_each_epochs_last_step():
    outcome = run(
        plan(schedule="cosine"),
        table(n_rows=32),
        max_epochs=5,
        learning_rate=0.4,
        total_steps=10,
        warmup_steps=2,
    )
    expected = [0.4 * share("cosine", step, total_steps=10, warmup_steps=2) for step in (1, 3, 5, 7, 9)]
    np.testing.assert_allclose(outcome.history["learning_rate"][:, 0], expected, rtol=1e-5)


def test_the_schedule_is_what_is_applied():
    """With plain gradient descent, a rate of zero at the end moves nothing any more."""
    frozen = plan(schedule="cosine", optimizer=("sgd", ()), keep_best=False)
    settings = {"batch_size": 32, "learning_rate": 0.4, "total_steps": 3, "max_epochs": 6}
    later = run(frozen, table(n_rows=32), **settings)
    np.testing.assert_array_equal(later.step_loss[3:], np.broadcast_to(later.step_loss[3], (3, 1)))
    assert later.step_loss[3] != later.step_loss[0]

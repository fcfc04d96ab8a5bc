"""Learning rates at the beginning, in the warm-up, in the middle and at the end."""

from __future__ import annotations

import jax
import numpy as np
import optax
import pytest

from latentia.recipe import Recipe
from latentia.training.fit import Task, fit
from latentia.training.plan import make_dials
from latentia.training.program import advance
from latentia.training.schedules import SCHEDULES, mean_share
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
        ("exponential", 4, {"warmup_steps": 10, "final_share": 0.01}, 0.5),
        ("exponential", 10, {"warmup_steps": 10, "final_share": 0.01}, 1.0),
        ("exponential", 55, {"warmup_steps": 10, "final_share": 0.01}, 0.1),
        ("exponential", 100, {"warmup_steps": 10, "final_share": 0.01}, 0.01),
        ("step", 49, {"drop_steps": [50, 75], "factor": 0.1}, 1.0),
        ("step", 50, {"drop_steps": [50, 75], "factor": 0.1}, 0.1),
        ("step", 74, {"drop_steps": [50, 75], "factor": 0.1}, 0.1),
        ("step", 75, {"drop_steps": [50, 75], "factor": 0.1}, 0.01),
        ("step", 4, {"drop_steps": [50], "factor": 0.1, "warmup_steps": 10}, 0.5),
        ("one_cycle", 0, {"warmup_steps": 30, "initial_share": 0.04, "final_share": 0.001}, 0.04),
        ("one_cycle", 15, {"warmup_steps": 30, "initial_share": 0.04, "final_share": 0.001}, 0.52),
        ("one_cycle", 30, {"warmup_steps": 30, "initial_share": 0.04, "final_share": 0.001}, 1.0),
        ("one_cycle", 101, {"warmup_steps": 30, "initial_share": 0.04, "final_share": 0.001}, 0.001),
        ("one_cycle", 0, {"final_share": 0.001}, 1.0),
        ("reduce_on_plateau", 4, {"warmup_steps": 10}, 0.5),
        ("reduce_on_plateau", 90, {"warmup_steps": 10}, 1.0),
    ],
)
def test_the_share_of_the_rate_at_a_step(name, step, settings, expected):
    assert share(name, step, **settings) == pytest.approx(expected, rel=1e-5, abs=1e-7)


THEIRS = [
    ("cosine", {"warmup_steps": 20, "final_share": 0.1},
     optax.schedules.warmup_cosine_decay_schedule(1 / 20, 1.0, 19, 99, end_value=0.1)),
    ("exponential", {"final_share": 0.01}, optax.schedules.exponential_decay(1.0, 99, 0.01)),
    ("step", {"drop_steps": [40, 70, 80], "factor": 0.3},
     optax.schedules.piecewise_constant_schedule(1.0, {40: 0.3, 70: 0.3, 80: 0.3})),
    ("one_cycle", {"warmup_steps": 30, "initial_share": 1 / 25, "final_share": 1 / 25e4},
     optax.schedules.cosine_onecycle_schedule(100, 1.0, 0.3, 25, 1e4)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "settings", "theirs"), THEIRS, ids=lambda value: str(value)[:12])
def test_a_whole_course_is_that_of_optax(name, settings, theirs):
    steps = np.arange(100)
    ours = [share(name, step, total_steps=100, **settings) for step in steps]
    # Optax's warm-up arrives one step early, where the fall begins.
    late = name == "cosine"
    expected = [float(theirs(step)) for step in steps]
    expected = [*expected[:20], *expected[19:-1]] if late else expected
    np.testing.assert_allclose(ours, expected, rtol=2e-4, atol=1e-6)


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


RATES = {
    "constant": {"warmup": 0.25},
    "cosine": {"final": 0.1, "warmup": 0.25},
    "exponential": {"final": 0.1, "warmup": 0.25},
    "step": {"factor": 0.5, "at": [0.5, 0.75], "warmup": 0.25},
    "one_cycle": {"warmup": 0.5, "initial": 0.2, "final": 0.1},
    "reduce_on_plateau": {"factor": 0.5, "patience": 3, "warmup": 0.25},
}


@pytest.mark.parametrize("name", RATES)
def test_a_fit_follows_the_schedule_of_its_recipe(name):
    """Eight epochs of one step: the rates told are those of the formula, with shares turned into steps."""
    recipe = Recipe.from_settings(
        hidden_layer_sizes=(4,), corruption=None, batch_size=64, max_epochs=8,
        learning_rate={"schedule": name, "rate": 0.01, **RATES[name]},
    )  # fmt: skip
    trained = fit(table(n_rows=60), recipe, Task(seed=0))
    settings = RATES[name]
    dials = {
        "total_steps": 8,
        "warmup_steps": 8 * settings["warmup"],
        "drop_steps": [8 * at for at in settings.get("at", ())],
        "initial_share": settings.get("initial", 1.0),
        "final_share": settings.get("final", 0.0),
        "factor": settings.get("factor", 1.0),
    }
    expected = [0.01 * share(name, step, **dials) for step in range(8)]
    assert len(set(expected)) > 1
    np.testing.assert_allclose(trained.outcome.history["learning_rate"][:, 0], expected, rtol=1e-5)


def test_numbers_of_a_schedule_and_a_clip_are_dials_of_one_program():
    a_plan, x = plan(schedule="step"), table(n_rows=32)
    run(a_plan, x, drop_steps=[3], factor=0.1, warmup_steps=2, clip=0.5)
    compiled = advance._cache_size()
    run(a_plan, x, drop_steps=[5], factor=0.3, warmup_steps=1, clip=0.1)
    assert advance._cache_size() == compiled


def test_all_schedules_that_look_at_no_loss_run_in_one_program():
    x = table(n_rows=32)
    run(plan(schedule="constant"), x)
    compiled = advance._cache_size()
    for name in ("cosine", "exponential", "step", "one_cycle"):
        run(plan(schedule=name), x, drop_steps=[3] if name == "step" else [], final_share=0.1)
    assert advance._cache_size() == compiled


@pytest.mark.parametrize("name", RATES)
def test_the_mean_share_is_the_mean_over_all_steps(name):
    dials = {
        "total_steps": 2000,
        "warmup_steps": 400,
        "drop_steps": [1000, 1500],
        "initial_share": 0.1,
        "final_share": 0.05,
        "factor": 0.3,
    }
    expected = np.mean([share(name, step, **dials) for step in range(0, 2000, 7)])
    assert mean_share(name, make_dials(1, **dials)) == pytest.approx(expected, rel=5e-3)

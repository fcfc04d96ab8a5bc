from __future__ import annotations

import json

import numpy as np
import pytest

from latentia.insight.diagnosis.curves import curves
from latentia.insight.findings import Severity

RNG = np.random.default_rng(0)


def decay(n, start=1.0, end=0.3, speed=8.0):
    return end + (start - end) * np.exp(-speed * np.arange(n) / n)


def rising(n, at=0.3, lowest=0.4, end=0.6):
    """Fall until a share `at` of the epochs, then rise in a straight line."""
    turn = int(at * n)
    return np.concatenate([np.linspace(1.0, lowest, turn), np.linspace(lowest, end, n - turn)])


def noisy(values, size, seed=0):
    return values + size * np.random.default_rng(seed).normal(size=len(values))


def codes_of(loss, val_loss=None, *, ending="patience_exhausted", best=None, **options):
    history = {"loss": np.asarray(loss, float)}
    if val_loss is not None:
        history["val_loss"] = np.asarray(val_loss, float)
    for name in ("clean_loss", "learning_rate"):
        if name in options:
            history[name] = options.pop(name)
    if best is None:
        best = int(np.argmin(history["val_loss"])) + 1 if val_loss is not None else len(loss)
    found = curves(history, best_epoch=best, ending=ending, **options)
    for finding in found:
        assert finding.sentence.endswith(".")
        json.dumps(finding.to_dict(), allow_nan=False)
    return [finding.code for finding in found]


GOOD = (decay(200), decay(200, end=0.33))
TRIGGERED = {
    "held-out loss rises": ("overfitting", decay(200, end=0.1), rising(200), {}),
    "held-out loss rises under noise": ("overfitting", decay(200, end=0.1), noisy(rising(200), 0.02), {}),
    "wide gap at the best epoch": ("overfitting", decay(200, end=0.1), decay(200, end=0.4), {}),
    "both losses stay high": ("underfitting", decay(200, 1.2, 0.9), decay(200, 1.2, 0.92), {}),
    "far above PCA": ("underfitting", decay(200, end=0.45), decay(200, end=0.47), {"pca_training_loss": 0.3}),
    "stopped while falling": ("still_falling", decay(100, speed=2), None, {"ending": "epoch_limit"}),
    "stopped while both fall": (
        "still_falling",
        decay(100, speed=2),
        noisy(decay(100, speed=2), 0.002),
        {"ending": "epoch_limit"},
    ),
    "ends in nan": ("diverged", [1.0, 2.0, np.nan], None, {"ending": "diverged"}),
    "never finite": ("diverged", [np.nan, np.nan], None, {"ending": "diverged"}),
    "held-out loss infinite": ("diverged", [1.0, 0.9, 0.8], [1.0, 0.9, np.inf], {}),
    "explodes": ("diverged", np.geomspace(1, 500, 30), np.geomspace(1, 500, 30), {}),
    "rises on training rows": (
        "learning_rate_too_high",
        rising(60, 0.1, 0.6, 0.95),
        rising(60, 0.1, 0.6, 0.95),
        {},
    ),
    "thrown far up, and never back": (
        "learning_rate_too_high",
        np.r_[2e4, 900.0, 12.0, np.full(57, 1.0)],
        np.r_[1e4, 800.0, 11.0, np.full(57, 0.98)],
        {"initial_loss": 1.2},
    ),
    "jumps about": (
        "learning_rate_too_high",
        decay(100, end=0.5),
        noisy(np.full(100, 0.5), 0.03, 1),
        {"clean_loss": noisy(np.full(100, 0.5), 0.03, 2)},
    ),
    "a straight line that has hardly begun": (
        "learning_rate_too_low",
        np.linspace(1.2, 1.1, 100),
        np.linspace(1.2, 1.1, 100),
        {"ending": "epoch_limit"},
    ),
    "the same under a decaying rate": (
        "learning_rate_too_low",
        1.2 - 0.1 * np.cumsum(1 + np.cos(np.linspace(0, np.pi, 100))) / 100,
        None,
        {"ending": "epoch_limit", "learning_rate": 1e-5 * (1 + np.cos(np.linspace(0, np.pi, 100)))},
    ),
    "good": ("good_fit", *GOOD, {}),
    "good under noise": ("good_fit", noisy(GOOD[0], 0.005), noisy(GOOD[1], 0.005, 1), {}),
}


@pytest.mark.parametrize("name", TRIGGERED)
def test_curves_made_to_trigger_a_rule(name):
    expected, loss, val_loss, options = TRIGGERED[name]
    assert expected in codes_of(loss, val_loss, **options)


QUIET = {
    "a good fit": (
        {"overfitting", "underfitting", "still_falling", "learning_rate_too_high", "learning_rate_too_low"},
        *GOOD,
        {"ending": "epoch_limit"},
    ),
    "thrown up, and back in time": (
        {"learning_rate_too_high"},
        np.r_[12.0, 4.0, decay(58)],
        np.r_[12.0, 4.0, decay(58, end=0.33)],
        {"initial_loss": 1.2},
    ),
    "began far up, where the columns lie far from zero": (
        {"learning_rate_too_high"},
        decay(60, start=5e4, end=0.9),
        decay(60, start=5e4, end=0.92),
        {"initial_loss": 5.1e4},
    ),
    "noise of few held-out rows is no rise": ({"overfitting"}, GOOD[0], noisy(GOOD[1], 0.05), {}),
    "both losses rise": ({"overfitting"}, rising(100), rising(100), {}),
    "an unrelated table is not underfitted": (
        {"underfitting"},
        decay(100, end=0.85),
        decay(100, end=0.9),
        {"pca_training_loss": 0.84},
    ),
    "patience ended a falling curve": ({"still_falling"}, decay(100, speed=2), None, {}),
    "a flat end under noise": (
        {"still_falling"},
        GOOD[0],
        noisy(np.full(200, 0.4), 0.03),
        {"ending": "epoch_limit"},
    ),
    "dropout makes the loss jump, not the learning rate": (
        {"learning_rate_too_high"},
        noisy(decay(200), 0.05),
        GOOD[1],
        {},
    ),
    "a straight line that arrived": (
        {"learning_rate_too_low"},
        np.linspace(1.0, 0.1, 100),
        None,
        {"ending": "epoch_limit"},
    ),
    "a small loss may jump": ({"learning_rate_too_high"}, noisy(np.full(99, 0.004), 0.001), None, {}),
    "dropout without held-out rows is no witness": (
        {"learning_rate_too_high"},
        noisy(np.full(100, 0.5), 0.05),
        None,
        {},
    ),
    "jumps on the way down": (
        {"learning_rate_too_high"},
        np.linspace(2.0, 0.3, 100),
        noisy(np.linspace(2.0, 0.3, 100), 0.03),
        {"clean_loss": noisy(np.linspace(2.0, 0.3, 100), 0.03, 1)},
    ),
    "a plateau and then a fall": (
        {"learning_rate_too_low"},
        np.r_[np.full(70, 1.0), np.linspace(1.0, 0.7, 30)],
        None,
        {"ending": "epoch_limit"},
    ),
    "a high loss that has come down": (
        {"diverged"},
        decay(100, 50, 10),
        decay(100, 50, 10),
        {},
    ),
    "a large start": ({"diverged"}, decay(100, 1e6, 0.4, 30), decay(100, 1e6, 0.4, 30), {}),
    "a bad model is no good fit": ({"good_fit"}, decay(200, 1.2, 0.9), decay(200, 1.2, 0.9), {}),
    "nothing held out, nothing promised": ({"good_fit", "overfitting"}, GOOD[0], np.full(200, np.nan), {}),
}


@pytest.mark.parametrize("name", QUIET)
def test_curves_made_not_to_trigger_a_rule(name):
    unwanted, loss, val_loss, options = QUIET[name]
    best = len(loss) if val_loss is None or not np.isfinite(val_loss).all() else None
    assert not unwanted & set(codes_of(loss, val_loss, best=best, **options))


@pytest.mark.parametrize("seed", range(20))
def test_noise_alone_is_neither_a_rise_nor_a_fall(seed):
    flat = np.full(200, 0.4)
    found = codes_of(GOOD[0], noisy(flat, 0.04, seed), ending="epoch_limit")
    assert not {"overfitting", "still_falling"} & set(found)


@pytest.mark.parametrize(("best", "severity"), [(60, Severity.NOTE), (200, Severity.WARNING)])
def test_overfitting_weighs_less_when_the_best_weights_were_kept(best, severity):
    history = {"loss": decay(200, end=0.35), "val_loss": rising(200)}
    found = curves(history, best_epoch=best, ending="epoch_limit")
    assert {finding.code: finding.severity for finding in found}["overfitting"] is severity
    if severity is Severity.NOTE:
        assert "epoch 60 were kept" in found[0].sentence


def test_a_diverged_fit_gets_no_further_reading():
    assert codes_of([1.0, 5.0, np.nan], [1.0, 9.0, np.nan], ending="diverged", best=1) == ["diverged"]


def test_a_low_rate_is_not_reported_as_unfinished_too():
    assert codes_of(np.linspace(1.2, 1.1, 100), ending="epoch_limit") == [
        "learning_rate_too_low",
        "underfitting",
    ]


def test_the_baseline_sets_the_unit_of_the_loss():
    loss, val_loss = GOOD
    assert codes_of(1e4 * loss, 1e4 * val_loss, baseline_loss=1e4) == ["good_fit"]
    assert "underfitting" in codes_of(loss, val_loss, baseline_loss=0.3)


@pytest.mark.parametrize("n_epochs", [1, 2, 3, 5, 9, 10_000])
@pytest.mark.parametrize("best", [0, 1])
@pytest.mark.parametrize("held_out", [True, False])
def test_any_number_of_epochs_is_read(n_epochs, best, held_out):
    loss = decay(n_epochs)
    codes_of(loss, loss if held_out else np.full(n_epochs, np.nan), best=best, ending="interrupted")


def test_no_epochs_say_nothing():
    assert curves({"loss": np.empty(0)}, best_epoch=0, ending="interrupted") == []


FITS = {
    "nearly as well": (0.30, 0.33, "do nearly as well on validation rows (loss 0.330) as on training rows"),
    "as well": (0.33, 0.30, "do as well on validation rows (loss 0.300) as on training rows (0.330)"),
    "tiny losses": (0.001, 0.004, "do nearly as well on validation rows (loss 0.004)"),
    "better": (0.161, 0.033, "do better on validation rows (loss 0.033) than on training rows (0.161)"),
    "somewhat worse": (0.074, 0.110, "do somewhat worse on validation rows (loss 0.110) than on training"),
    "noise": (0.349, 0.599, "do clearly worse on validation rows (loss 0.599) than on training rows (0.349)"),
    "less noise": (0.147, 0.233, "do clearly worse on validation rows (loss 0.233)"),
    "above the limit": (0.50, 0.90, "do clearly worse on validation rows (loss 0.900)"),
}


@pytest.mark.parametrize("name", FITS)
def test_what_is_said_of_two_losses_is_true_of_them(name):
    training, held_out, said = FITS[name]
    history = {"loss": decay(200, end=training), "val_loss": decay(200, end=held_out)}
    (found,) = curves(history, best_epoch=200, ending="patience_exhausted")
    assert said in found.sentence
    assert found.code == ("validation_gap" if "clearly" in said else "good_fit")
    assert found.severity is (Severity.NOTE if "clearly" in said else Severity.GOOD)


def test_a_gap_that_is_overfitting_is_not_told_twice():
    found = codes_of(decay(200, end=0.1), decay(200, end=0.4))
    assert "overfitting" in found
    assert not {"good_fit", "validation_gap"} & set(found)


def test_a_rate_that_decays_is_not_advised_to():
    jumps = {"loss": rising(60, 0.1, 0.6, 0.95), "val_loss": rising(60, 0.1, 0.6, 0.95)}
    rates = {"learning_rate": 1e-3 * (1 + np.cos(np.linspace(0, np.pi, 60)))}
    for more, advised in (({}, True), (rates, False)):
        found = curves({**jumps, **more}, best_epoch=6, ending="epoch_limit")
        (advice,) = (one.suggestion for one in found if one.code == "learning_rate_too_high")
        assert ("decay" in advice) is advised

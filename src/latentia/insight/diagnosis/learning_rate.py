"""Signs of a learning rate that is too high or too low.

The loss on training rows falls under any sensible rate. If it is thrown far above where it began
and never gets anywhere, rises and stays up, or jumps about, the steps are too large; if it falls
along a straight line and has not come far when the epochs end, they are too small.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.diagnosis.loss_curves import jitter
from latentia.insight.diagnosis.wording import counted, percent
from latentia.insight.findings import Finding, Severity

if TYPE_CHECKING:
    from latentia.insight.diagnosis.loss_curves import Curve, Curves

FEWEST_EPOCHS = 5
FEWEST_EPOCHS_FOR_TREND = 10
# Losses are judged in units of predicting the mean. An end level of three times that has exploded.
EXPLODED = 3.0
# A twentieth of the loss, and a fiftieth of the mean's, is more than a mini-batch's noise makes.
RISE_OF_LOWEST = 0.05
RISE_OF_BASELINE = 0.02
IN_NOISE = 3.0
# Three times the loss of the initial weights is no place that a step downhill leads to; who ends at four
# fifths of the mean's loss has not come back from there.
THROWN = 3.0
NOT_BACK = 0.8
# Jumps of a hundredth of the mean's loss, every epoch, in the second half of a fit.
JUMPS = 0.01
# A decaying loss curve bends; one that is straight, still at speed, and not half way, has just begun.
STRAIGHT = 0.98
SECOND_HALF = 0.35
HALF_WAY = 0.5
MEASURE = "measure a good rate with find_learning_rate (latentia find-lr)"


def diverged(curves: Curves | None, ending: str, baseline_loss: float) -> list[Finding]:
    """Report a loss that became infinite or far larger than that of predicting the mean."""
    if curves is None:
        return [_diverged("The loss was not a finite number in any epoch.", {"ending": ending})]
    training = curves.training
    lowest, end = float(training.smooth[training.lowest]), training.end
    evidence = {"ending": ending, "epochs": len(training), "lowest": lowest, "end": end}
    if ending == "diverged" or not curves.all_finite:
        epochs = counted(len(training), "epoch")
        return [_diverged(f"The loss stopped being a finite number after {epochs}.", evidence)]
    if end > EXPLODED * baseline_loss and end > EXPLODED * lowest:
        return [
            _diverged(
                f"The training loss grew from {lowest:.3g} to {end:.3g}, far above {baseline_loss:.3g} for "
                "predicting the mean.",
                evidence,
            )
        ]
    return []


def too_high(curves: Curves, baseline_loss: float, initial_loss: float | None = None) -> list[Finding]:
    """Report a training loss that is thrown up, rises for good, or jumps about without falling.

    `initial_loss` is that of the initial weights, where it is known.
    """
    if len(curves.training) < FEWEST_EPOCHS:
        return []
    training = curves.training
    lowest = float(training.smooth[training.lowest])
    sensible = max(RISE_OF_LOWEST * lowest, RISE_OF_BASELINE * baseline_loss, IN_NOISE * training.noise)
    highest = float(training.raw.max())
    thrown = initial_loss is not None and highest >= THROWN * max(initial_loss, baseline_loss)
    if thrown and training.end >= NOT_BACK * baseline_loss:
        sentence = (
            f"The first steps threw the training loss from {initial_loss:.3g} up to {highest:.3g}, and it "
            f"ended at {training.end:.3g}, where predicting the mean has {baseline_loss:.3g}."
        )
    elif training.rise >= sensible:
        sentence = (
            f"The training loss rose from {lowest:.3f} in epoch {training.lowest + 1} to {training.end:.3f} "
            "at the end, which smaller steps would not do."
        )
    elif _jumps(curves, baseline_loss):
        sentence = (
            f"The losses jump by about {jitter(_second_half(training)):.3f} from epoch to epoch in the "
            "second half without falling."
        )
    else:
        return []
    decay = "" if curves.decays else " let it decay along a schedule,"
    return [
        Finding(
            code="learning_rate_too_high",
            severity=Severity.WARNING,
            sentence=sentence,
            evidence={
                "lowest": lowest,
                "lowest_epoch": training.lowest + 1,
                "end": training.end,
                "highest": highest,
                "jumps": jitter(_second_half(training)),
                "initial_loss": initial_loss,
                "baseline_loss": baseline_loss,
            },
            suggestion=f"Lower the learning rate to a tenth,{decay} or {MEASURE}.",
        )
    ]


def too_low(curves: Curves, ending: str, floor: float) -> list[Finding]:
    """Report a loss that still falls along a straight line, far from where it could be.

    `floor` is a loss known to be within reach, such as PCA's on the training rows, or 0.
    """
    training, time = curves.training, curves.time
    if ending != "epoch_limit" or len(training) < FEWEST_EPOCHS_FOR_TREND:
        return []
    drop = float(training.smooth[0] - training.smooth[-1])
    reachable = float(training.smooth[0]) - floor
    if drop <= IN_NOISE * training.noise or drop <= 0 or reachable <= 0:
        return []
    middle = float(np.interp((time[0] + time[-1]) / 2, time, training.smooth))
    second_half = (middle - float(training.smooth[-1])) / drop
    straight = float(np.corrcoef(time, training.raw)[0, 1] ** 2)
    share = drop / reachable
    if straight < STRAIGHT or second_half < SECOND_HALF or share >= HALF_WAY:
        return []
    return [
        Finding(
            code="learning_rate_too_low",
            severity=Severity.WARNING,
            sentence=(
                f"The training loss fell along a straight line from {training.smooth[0]:.3f} to "
                f"{training.smooth[-1]:.3f}, only {percent(share)} of what is within reach, when the epochs "
                "ended."
            ),
            evidence={
                "first": float(training.smooth[0]),
                "end": float(training.smooth[-1]),
                "floor": floor,
                "share_reached": share,
                "straightness": straight,
                "second_half": second_half,
            },
            suggestion=f"Raise the learning rate tenfold, run more epochs, or {MEASURE}.",
        )
    ]


def _diverged(sentence: str, evidence: dict) -> Finding:
    return Finding(
        code="diverged",
        severity=Severity.SERIOUS,
        sentence=sentence,
        evidence=evidence,
        suggestion="Lower the learning rate to a tenth, and check the table for extreme values.",
    )


def _second_half(curve: Curve) -> np.ndarray:
    return curve.raw[len(curve) // 2 :]


def _jumps(curves: Curves, baseline_loss: float) -> bool:
    """Tell whether the losses jump, all of them, without getting lower."""
    # With noise or dropout the loss while learning jumps by itself, so it is no witness.
    witnesses = [curves.training] if curves.is_clean else []
    witnesses += [curves.held_out] if curves.held_out is not None else []
    halves = [_second_half(witness) for witness in witnesses]
    return bool(halves) and all(_jumps_in_place(half, JUMPS * baseline_loss) for half in halves)


def _jumps_in_place(half: np.ndarray, smallest: float) -> bool:
    quarter = max(1, len(half) // 2)
    fall = float(np.median(half[:quarter]) - np.median(half[-quarter:]))
    size = jitter(half)
    return size >= smallest and fall < size

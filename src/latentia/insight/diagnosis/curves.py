"""What the loss curves say about a fit: over, under, unfinished, or good."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.diagnosis import learning_rate
from latentia.insight.diagnosis.loss_curves import Curves
from latentia.insight.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from latentia.insight.diagnosis.loss_curves import Curve

    Array = NDArray[np.float64]

# A held-out loss a twentieth above its minimum, and a hundredth of the mean's loss, has clearly risen.
RISE_OF_LOWEST = 0.05
RISE_OF_BASELINE = 0.01
IN_NOISE = 3.0
# If the training loss rose as well, or stood still, the network was not busy learning rows by heart.
TRAINING_FELL = 0.99
# More than half of the held-out error is absent on training rows: the network remembers them.
GAP_SHARE = 0.5
GAP_OF_BASELINE = 0.05
# Losses are near each other when the larger is at most a quarter above the smaller, or a hundredth of the
# mean's loss.
NEAR = 1.25
NEAR_OF_BASELINE = 0.01
# Less than a fifth of what predicting the mean leaves is explained, even on training rows.
HIGH_LOSS = 0.8
ABOVE_PCA = 1.2
ABOVE_PCA_OF_BASELINE = 0.02
# One percent in the last tenth of the epochs: ten percent more if the same number were added.
STILL_FALLING = 0.01
MORE_ROWS = "More rows, a smaller network, or more input noise, dropout or penalty help."
FEWEST_EPOCHS_FOR_TREND = 10
FEWEST_POINTS = 4


def curves(
    history: Mapping[str, Array],
    *,
    best_epoch: int,
    ending: str,
    patience: int | None = None,
    baseline_loss: float = 1.0,
    pca_training_loss: float | None = None,
    initial_loss: float | None = None,
) -> list[Finding]:
    """Read the loss curves of a fit.

    Curves are smoothed by a running median, and a change counts only if it exceeds three times
    the noise from epoch to epoch.

    Parameters
    ----------
    history : mapping of str to ndarray of shape (epochs,)
        ``loss``, and where known ``val_loss``, ``clean_loss`` (training rows without noise and
        dropout) and ``learning_rate``; nan where there is none.
    best_epoch : int
        Epoch, from 1, whose weights were kept; 0 for the initial weights.
    ending : str
        How training ended, for example ``"epoch_limit"``.
    patience : int, optional
        Epochs without improvement after which training stops, for the advice.
    baseline_loss : float, default 1.0
        Loss of predicting the training mean.
    pca_training_loss : float, optional
        Loss of PCA of the same size on the training rows.
    initial_loss : float, optional
        Loss of the initial weights on the training rows.

    Returns
    -------
    list of Finding
        ``diverged`` alone, or any of ``learning_rate_too_high``, ``learning_rate_too_low``,
        ``overfitting``, ``underfitting`` and ``still_falling``; if none of them is a warning,
        ``good_fit`` where the held-out loss is low, or ``validation_gap`` where it is clearly above
        the training loss.

    Examples
    --------
    >>> epochs = np.arange(200)
    >>> falling = 0.3 + 0.7 * np.exp(-epochs / 20)
    >>> history = {"loss": falling, "val_loss": falling + 0.02}
    >>> [str(finding) for finding in curves(history, best_epoch=200, ending="patience_exhausted")]
    ['good: The kept weights do nearly as well on validation rows (loss 0.320) as on training ...']
    """
    if not len(history["loss"]):
        return []
    read = Curves.read(history)
    found = learning_rate.diverged(read, ending, baseline_loss)
    if found or read is None:
        return found
    best = min(max(best_epoch, 1), len(read.training)) - 1
    found = learning_rate.too_high(read, baseline_loss, initial_loss)
    found += _overfitting(read, best, baseline_loss)
    found += learning_rate.too_low(read, ending, pca_training_loss or 0.0)
    found += _underfitting(read, best, baseline_loss, pca_training_loss)
    if not any(finding.code == "learning_rate_too_low" for finding in found):
        found += _still_falling(read, ending, patience)
    if not any(finding.severity in {Severity.WARNING, Severity.SERIOUS} for finding in found):
        found += _good_fit(read, best, baseline_loss)
    return found


def _overfitting(read: Curves, best: int, baseline_loss: float) -> list[Finding]:
    if read.held_out is None:
        return []
    held_out, training = read.held_out, read.training
    at = held_out.lowest
    lowest = float(held_out.smooth[at])
    clear = max(RISE_OF_LOWEST * lowest, RISE_OF_BASELINE * baseline_loss, IN_NOISE * held_out.noise)
    rose = held_out.rise >= clear and training.end < TRAINING_FELL * training.smooth[at]
    kept = float(held_out.smooth[best]) < lowest + held_out.rise / 2
    gap = float(held_out.smooth[best] - training.smooth[best])
    wide = gap >= GAP_SHARE * held_out.smooth[best] and gap >= GAP_OF_BASELINE * baseline_loss
    if not rose and not wide:
        return []
    evidence = {
        "lowest": lowest,
        "lowest_epoch": at + 1,
        "end": held_out.end,
        "best_epoch": best + 1,
        "training_at_best": float(training.smooth[best]),
        "held_out_at_best": float(held_out.smooth[best]),
        "best_weights_kept": kept,
    }
    return [
        Finding(
            code="overfitting",
            severity=Severity.NOTE if kept and not wide else Severity.WARNING,
            sentence=" ".join(_overfitting_sentences(evidence, training.end, rose=rose, wide=wide)),
            evidence=evidence,
            suggestion=_overfitting_advice(kept=kept, wide=wide),
        )
    ]


def _overfitting_sentences(evidence: dict, training_end: float, *, rose: bool, wide: bool) -> list[str]:
    sentences = []
    if rose:
        kept = (
            f"; the weights of epoch {evidence['best_epoch']} were kept"
            if evidence["best_weights_kept"]
            else ""
        )
        sentences.append(
            f"The validation loss rose from {evidence['lowest']:.3f} in epoch {evidence['lowest_epoch']} to "
            f"{evidence['end']:.3f} while the training loss fell to {training_end:.3f}{kept}."
        )
    if wide:
        sentences.append(
            f"At the kept epoch the loss is {evidence['training_at_best']:.3f} on training rows and "
            f"{evidence['held_out_at_best']:.3f} on validation rows: the network remembers rows."
        )
    return sentences


def _overfitting_advice(*, kept: bool, wide: bool) -> str:
    if wide:
        return MORE_ROWS
    if kept:
        return "Nothing is lost; more input noise or more of a penalty may lower the minimum itself."
    return "Keep the best epoch (early stopping), or use more input noise, dropout or penalty."


def _underfitting(
    read: Curves, best: int, baseline_loss: float, pca_training_loss: float | None
) -> list[Finding]:
    loss = float(read.training.smooth[best])
    if pca_training_loss is None:
        # Without PCA, a high loss may also mean that there is nothing to find; the advice says so.
        poor = loss >= HIGH_LOSS * baseline_loss
        beside = ""
    else:
        margin = max((ABOVE_PCA - 1) * pca_training_loss, ABOVE_PCA_OF_BASELINE * baseline_loss)
        poor = loss >= pca_training_loss + margin
        beside = f", {pca_training_loss:.3f} for PCA of the same size"
    if not poor:
        return []
    return [
        Finding(
            code="underfitting",
            severity=Severity.WARNING,
            sentence=(
                f"Even on the training rows the loss is {loss:.3f} (predicting the mean leaves "
                f"{baseline_loss:.3f}{beside})."
            ),
            evidence={
                "training_at_best": loss,
                "baseline_loss": baseline_loss,
                "pca_training_loss": pca_training_loss,
            },
            suggestion=(
                "Train longer or with another learning rate, check the output range, weaken penalties if "
                "there are any, or allow more units or components."
            ),
        )
    ]


def _still_falling(read: Curves, ending: str, patience: int | None) -> list[Finding]:
    curve = read.training if read.held_out is None else read.held_out
    if ending != "epoch_limit" or len(curve) < FEWEST_EPOCHS_FOR_TREND:
        return []
    drop, error = _fall_of_last_tenth(curve)
    share = drop / curve.end if curve.end > 0 else 0.0
    if share < STILL_FALLING or drop < IN_NOISE * error:
        return []
    which = "training" if read.held_out is None else "validation"
    stop = f" (patience {patience} will stop it in time)" if patience else ""
    return [
        Finding(
            code="still_falling",
            severity=Severity.WARNING,
            sentence=(
                f"The {which} loss was still falling when the epochs ended: by {100 * share:.1f} % in the "
                f"last tenth, to {curve.end:.3f}."
            ),
            evidence={"fall": drop, "fall_share": share, "standard_error": error, "end": curve.end},
            suggestion=f"Raise max_epochs{stop}.",
        )
    ]


def _fall_of_last_tenth(curve: Curve) -> tuple[float, float]:
    """Return the fall along a straight line through the last tenth, and its standard error."""
    tail = curve.raw[-max(FEWEST_POINTS, len(curve) // 10) :]
    x = np.arange(len(tail)) - (len(tail) - 1) / 2
    slope = float(x @ tail / (x @ x))
    rest = tail - tail.mean() - slope * x
    error = float(np.sqrt(rest @ rest / (len(tail) - 2) / (x @ x)))
    return -slope * (len(tail) - 1), error * (len(tail) - 1)


def _good_fit(read: Curves, best: int, baseline_loss: float) -> list[Finding]:
    """Say how the two losses lie to each other, in words that are true of them."""
    if read.held_out is None:
        return []
    training, held_out = float(read.training.smooth[best]), float(read.held_out.smooth[best])
    gap, low = held_out - training, held_out < HIGH_LOSS * baseline_loss
    near = abs(gap) <= max((NEAR - 1) * min(training, held_out), NEAR_OF_BASELINE * baseline_loss)
    evidence = {"training": training, "held_out": held_out, "baseline_loss": baseline_loss}
    if not near and gap >= GAP_OF_BASELINE * baseline_loss:
        return [_gap(evidence)]
    if not low:
        return []
    how, end = ("nearly as well" if gap > 0 else "as well"), f"predicting the mean leaves {baseline_loss:.3f}"
    sentence = (
        f"The kept weights do {how} on validation rows (loss {held_out:.3f}) as on training rows "
        f"({training:.3f}), and {end}."
    )
    if not near:
        how = "somewhat worse" if gap > 0 else "better"
        why = "by little beside what" if gap > 0 else "as they may by chance of which rows these are;"
        sentence = (
            f"The kept weights do {how} on validation rows (loss {held_out:.3f}) than on training rows "
            f"({training:.3f}), {why} {end}."
        )
    return [Finding(code="good_fit", severity=Severity.GOOD, sentence=sentence, evidence=evidence)]


def _gap(evidence: dict[str, float]) -> Finding:
    return Finding(
        code="validation_gap",
        severity=Severity.NOTE,
        sentence=(
            f"The kept weights do clearly worse on validation rows (loss {evidence['held_out']:.3f}) than on "
            f"training rows ({evidence['training']:.3f}); predicting the mean leaves "
            f"{evidence['baseline_loss']:.3f}."
        ),
        evidence=evidence,
        suggestion=f"Judge by held-out rows only. {MORE_ROWS}",
    )

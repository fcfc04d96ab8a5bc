"""What may be read from the factors, and what may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.diagnosis.wording import listed, named, percent
from latentia.insight.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentia.insight.results import Ablation, FirstLayerWeights, Quality

# Random signs agree in half of the cases, more after matching; a reading should survive four times in five.
SIGNS_AGREE = 0.8
# A column is reconstructed, and by the factors, when both of these are exceeded.
USED_R2 = 0.1
USED_LOSS = 0.05


def sign_reading(
    weights: FirstLayerWeights, column_names: Sequence[str], held_out: Quality, ablation: Ablation
) -> list[Finding]:
    """Warn against the two ways in which first-layer signs are misread.

    ``sign_reading_depends_on_seed``: fewer than 80 % of the signs agree with the other seeds.
    ``negative_is_not_unimportant``: some columns have no positive weight in any unit, and yet
    the model reconstructs them (held-out R² above 0.1) and loses them without a factor (more
    than 0.05). Signs of a single column are not read at all.

    Parameters
    ----------
    weights : FirstLayerWeights
        Weights with the lists of columns by sign.
    column_names : sequence of str
        Names of the p columns.
    held_out : Quality
        Of the shown model, on held-out rows.
    ablation : Ablation
        Of the shown model, on held-out rows.

    Examples
    --------
    >>> from latentia.insight.first_layer import first_layer_weights
    >>> from latentia.insight.results import Ablation, Quality
    >>> weights = first_layer_weights(np.array([[1.0], [-1.0]]), ["ash", "hue"], is_code=True)
    >>> good = Quality(rows="held-out", n_rows=9, mse=0.1, r2=0.9, r2_per_column=np.array([0.9, 0.8]))
    >>> lost = Ablation(r2_lost=np.array([0.9]), r2_lost_per_column=np.array([[0.9, 0.8]]))
    >>> print(sign_reading(weights, ["ash", "hue"], good, lost)[0].sentence)
    hue has no positive first-layer weight, but that does not make it unimportant: ...
    """
    if len(column_names) == 1:
        return []
    return [*_seed_dependence(weights), *_negative_columns(weights, column_names, held_out, ablation)]


def _seed_dependence(weights: FirstLayerWeights) -> list[Finding]:
    agreement = weights.sign_agreement
    if np.isnan(agreement) or agreement >= SIGNS_AGREE:
        return []
    return [
        Finding(
            code="sign_reading_depends_on_seed",
            severity=Severity.WARNING,
            sentence=(
                f"Only {percent(agreement)} of the signs of the first-layer weights are the same under "
                "other seeds (random signs give about 50 %), so a list of positive columns says little."
            ),
            evidence={"sign_agreement": agreement, "threshold": SIGNS_AGREE},
            suggestion="Read the effects in original units and the stability of the factors instead.",
        )
    ]


def _negative_columns(
    weights: FirstLayerWeights, column_names: Sequence[str], held_out: Quality, ablation: Ablation
) -> list[Finding]:
    without = [position for position in range(len(column_names)) if not np.any(weights.values[position] > 0)]
    lost = np.nan_to_num(ablation.r2_lost_per_column, nan=0.0).max(axis=0, initial=0.0)
    r2 = np.nan_to_num(held_out.r2_per_column, nan=0.0)
    used = [position for position in without if r2[position] > USED_R2 and lost[position] > USED_LOSS]
    if not used:
        return []
    names = [column_names[position] for position in used]
    told = [
        f"{named([name])} (held-out R² {r2[at]:.2f}, {lost[at]:.2f} of it lost without one factor)"
        for name, at in zip(names, used, strict=True)
    ]
    one = len(used) == 1
    return [
        Finding(
            code="negative_is_not_unimportant",
            severity=Severity.NOTE,
            sentence=(
                f"{named(names)} {'has' if one else 'have'} no positive first-layer weight, but that "
                f"does not make {'it' if one else 'them'} unimportant: the model reconstructs {listed(told)}."
            ),
            evidence={
                "columns": names,
                "held_out_r2": [float(r2[at]) for at in used],
                "largest_r2_lost": [float(lost[at]) for at in used],
            },
            suggestion="Judge a column by its held-out R² and the ablation, not by the signs of its weights.",
        )
    ]

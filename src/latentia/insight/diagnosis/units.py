"""Units that do nothing, and an output that cannot reach the data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.diagnosis.wording import begun, counted, others, percent
from latentia.insight.findings import Finding, Severity
from latentia.tables.observed import observed_mean
from latentia.tables.pieces import column_pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

# Single precision: an output that varies by less than this, relative to its size, is constant.
CONSTANT = 1e-6
# A component of a variational code that tells less than this about a row tells nothing.
SILENT = 0.01
# A quarter of a layer is more than the few units that every ReLU layer loses.
MANY_DEAD = 0.25
# Share of the variance that is out of reach: a tenth is ruinous, a hundredth worth a change.
RUINOUS_FLOOR = 0.1
NOTABLE_FLOOR = 0.01


def dead_units(
    activations: Sequence[Array],
    *,
    code_layer: int | None = None,
    activation: object = None,
    bottleneck: object = None,
) -> list[Finding]:
    """Count the units whose output is the same for every training row.

    Parameters
    ----------
    activations : sequence of ndarray of shape (rows, width)
        Outputs of the encoder's and decoder's hidden layers and of the code, in order.
    code_layer : int, optional
        Position of the code in that sequence: a dead factor weighs more than a dead hidden unit.
    activation, bottleneck : object
        Those that the network has, which are no advice.

    Examples
    --------
    >>> layer = np.array([[0.0, 1.0], [0.0, 2.0], [0.0, 0.5]])
    >>> dead_units([layer], code_layer=0)[0].evidence
    {'layer': 1, 'units': [1], 'width': 2, 'is_code': True}
    """
    return [
        _dead_unit_finding(
            position,
            dead,
            layer.shape[1],
            is_code=position == code_layer,
            already=bottleneck if position == code_layer else activation,
        )
        for position, layer in enumerate(activations)
        if len(layer) > 1 and len(dead := _constant_units(layer))
    ]


def collapsed_components(divergences: Array) -> list[Finding]:
    """Name the components of a variational code that say nothing about a row.

    Parameters
    ----------
    divergences : ndarray of shape (n_components,)
        Mean divergence of each component from its prior over training rows, in nats.

    Examples
    --------
    >>> collapsed_components(np.array([1.2, 0.001]))[0].evidence["components"]
    [2]
    """
    silent = np.flatnonzero(divergences < SILENT) + 1
    if not len(silent):
        return []
    everything = len(silent) == len(divergences)
    names = ", ".join(str(component) for component in silent)
    which = "Every component" if everything else counted(len(silent), "component") + f" ({names})"
    return [
        Finding(
            code="collapsed_components",
            severity=Severity.SERIOUS if everything else Severity.NOTE,
            sentence=(
                f"{which} of the variational code has collapsed to its prior (below {SILENT} nats per row): "
                "it is the same for all rows."
            ),
            evidence={
                "components": [int(component) for component in silent],
                "nats": [float(value) for value in divergences],
            },
            suggestion=(
                "Lower kl_weight."
                if everything
                else "Lower kl_weight if more components are wanted; otherwise use fewer components."
            ),
        )
    ]


def output_range(
    scaled: Array, low: float, high: float, *, activation: str, rows: str = "training"
) -> list[Finding]:
    """Say how much of the data lies outside the range of the output activation.

    The loss floor is the mean squared distance of the cells to the closed range: no network with
    this output, however large or long trained, gets below it. It is judged by its share of the
    variance of the rows.

    Parameters
    ----------
    scaled : ndarray of shape (rows, p)
        Rows in scaled units, nan where a cell is missing.
    low, high : float
        The range of the output activation; infinite where it has no end.
    activation : str
        Its name.
    rows : str, default "training"
        Which rows these are, for the sentence.

    Examples
    --------
    >>> found = output_range(np.array([[-2.0], [0.5]]), 0.0, 1.0, activation="sigmoid")
    >>> found[0].evidence["floor"], found[0].evidence["share_outside"]
    (2.0, 0.5)
    """
    if not len(scaled) or (math.isinf(low) and math.isinf(high)):
        return []
    far = cells = squares = spread = 0.0
    for part in column_pieces(scaled.shape):
        seen = ~np.isnan(scaled[:, part])
        distance = np.maximum(np.maximum(low - scaled[:, part], scaled[:, part] - high), 0.0)[seen]
        far, cells = far + int(np.count_nonzero(distance > 0)), cells + distance.size
        squares += float(np.square(distance).sum())
        centered = scaled[:, part] - observed_mean(scaled[:, part])
        spread += float(np.square(centered)[seen].sum())
    if not far:
        return []
    floor, outside, variance = squares / cells, far / cells, spread / cells
    lost = floor / variance if variance > 0 else math.inf
    severity = Severity.NOTE
    if lost >= NOTABLE_FLOOR:
        severity = Severity.SERIOUS if lost >= RUINOUS_FLOOR else Severity.WARNING
    return [
        Finding(
            code="output_range",
            severity=severity,
            sentence=(
                f"The {activation} output reaches only {_range(low, high)}, but {percent(outside)} of the "
                f"{rows} cells lie outside: no network with this output can get the mean squared error "
                f"below {floor:.3g}."
            ),
            evidence={
                "activation": activation,
                "low": low if math.isfinite(low) else None,
                "high": high if math.isfinite(high) else None,
                "share_outside": outside,
                "floor": floor,
                "floor_share_of_variance": lost if math.isfinite(lost) else None,
                "rows": rows,
            },
            suggestion=(
                'Use output_activation="linear"'
                + (', or scaling="minmax" with this output.' if math.isfinite(low + high) else ".")
            ),
        )
    ]


def _constant_units(layer: Array) -> list[int]:
    spread = np.ptp(layer, axis=0)
    constant = spread <= CONSTANT * np.maximum(np.abs(layer).max(axis=0), np.finfo(np.float32).tiny)
    return [int(unit) for unit in np.flatnonzero(constant)]


def _dead_unit_finding(
    position: int, dead: list[int], width: int, *, is_code: bool, already: object
) -> Finding:
    verb = "gives" if len(dead) == 1 else "give"
    if is_code:
        sentence = f"{counted(len(dead), 'factor')} of {width} {verb} the same value for every training row."
        steps = ["ask for fewer components"] if width > 1 else []
        steps += [] if already == "linear" else ["use a linear code"]
        suggestion = f"{begun(', or '.join([*steps, 'try another seed']))}."
    else:
        sentence = (
            f"{counted(len(dead), 'unit')} of {width} in hidden layer {position + 1} {verb} the same value "
            "for every training row."
        )
        use = others("activation", ["gelu", "leaky_relu"], already)
        suggestion = f"Use {use}, a lower learning rate, or a narrower layer."
    return Finding(
        code="dead_units",
        severity=Severity.WARNING if is_code or len(dead) >= MANY_DEAD * width else Severity.NOTE,
        sentence=sentence,
        evidence={
            "layer": position + 1,
            "units": [unit + 1 for unit in dead],
            "width": width,
            "is_code": is_code,
        },
        suggestion=suggestion,
    )


def _range(low: float, high: float) -> str:
    if math.isfinite(low) and math.isfinite(high):
        return f"from {low:g} to {high:g}"
    return f"values above {low:g}" if math.isfinite(low) else f"values below {high:g}"

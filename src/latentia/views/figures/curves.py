"""The course of training: losses over epochs, and the learning rate beneath."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.views.style import (
    BLUE,
    GREEN,
    MUTED,
    ORANGE,
    TICK,
    VERMILION,
    axes_of,
    dress,
    headline,
    legend,
    logarithmic,
    new_figure,
)
from latentia.views.writing import amount

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import NDArray

LOSSES = {
    "mse": "mean squared error",
    "mae": "mean absolute error",
    "huber": "Huber loss",
    "poisson": "Poisson loss",
    "nb": "negative binomial loss",
}
IN_NATS = ("bce", "categorical", "poisson", "nb")
CURVES = {
    "loss": ("training, as it learns", ORANGE, "--"),
    "clean_loss": ("training, without noise", BLUE, "-"),
    "val_loss": ("validation", VERMILION, "-"),
}


def plot_loss(
    history: Mapping[str, NDArray[np.float64]],
    *,
    best_epoch: int = 0,
    loss: str = "mse",
    ax: Axes | None = None,
) -> Figure | SubFigure:
    """Draw training and validation loss over epochs, with the kept epoch marked.

    Parameters
    ----------
    history : mapping of str to ndarray
        ``epoch`` and any of ``loss``, ``clean_loss``, ``val_loss``, ``learning_rate``.
    best_epoch : int, default 0
        Epoch whose weights were kept; 0 marks none.
    loss : str, default "mse"
        Which loss it is, for the axis.
    ax : matplotlib axes, optional
        Where to draw; without it a figure is made, with the learning rate in a second panel.

    Returns
    -------
    figure : matplotlib Figure
    """
    rates = _finite(history.get("learning_rate"))
    if ax is None and rates is not None and len(np.unique(rates)) > 1:
        figure = new_figure(8, 5.6)
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[4, 1])
        headline(figure, _draw_losses(upper, history, best_epoch, y=loss_axis(loss)))
        lower.plot(history["epoch"], history["learning_rate"], color=GREEN, linewidth=2)
        dress(lower, grid="y", x="epoch", y="learning rate")
        lower.set_ylim(bottom=0)
        return figure
    figure, axes = axes_of(ax, 8, 4.6)
    headline(figure, _draw_losses(axes, history, best_epoch, x="epoch", y=loss_axis(loss)))
    return figure


def loss_axis(loss: str) -> str:
    """Return what stands beside an axis of losses.

    Examples
    --------
    >>> loss_axis("mae"), loss_axis("poisson")
    ('mean absolute error, scaled units', 'Poisson loss, nats per cell')
    """
    return f"{LOSSES.get(loss, 'loss')}, {'nats per cell' if loss in IN_NATS else 'scaled units'}"


def _draw_losses(
    ax: Axes, history: Mapping[str, NDArray[np.float64]], best_epoch: int, *, x: str = "", y: str
) -> str:
    """Draw the curves that are there and return what they say."""
    epochs = np.asarray(history.get("epoch", ()), dtype=float)
    drawn = {name: values for name in CURVES if (values := _finite(history.get(name))) is not None}
    for name, values in drawn.items():
        text, colour, line = CURVES[name]
        marker = "o" if len(epochs) == 1 else ""
        ax.plot(epochs, values, color=colour, linestyle=line, linewidth=2, marker=marker, label=text)
    dress(ax, grid="y", x=x, y=y)
    if drawn and _spans_decades(drawn):
        logarithmic(ax, "y")
    if best_epoch > 0 and len(epochs):
        late = best_epoch > 0.6 * len(epochs)  # then the text stands before the line
        ax.axvline(best_epoch, color=MUTED, linewidth=1.2, linestyle=":")
        ax.annotate(
            f"best epoch: {best_epoch:,}", (best_epoch, 1.0), xycoords=ax.get_xaxis_transform(),
            xytext=(-6 if late else 6, -4), textcoords="offset points", fontsize=TICK, color=MUTED,
            ha="right" if late else "left", va="top", in_layout=False,
        )  # fmt: skip
    if drawn:
        legend(ax, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, borderaxespad=0.1)
    return _title(drawn, epochs, best_epoch)


def _title(drawn: Mapping[str, NDArray[np.float64]], epochs: NDArray[np.float64], best_epoch: int) -> str:
    if not drawn:
        return "No epoch was run"
    measured = drawn.get("val_loss")
    if measured is None or best_epoch < 1 or best_epoch > len(measured):
        last = list(drawn.values())[-1]
        return f"{len(epochs):,} epochs: loss {amount(last[0])} → {amount(last[-1])}"
    return (
        f"Validation loss {amount(measured[0])} → {amount(measured[best_epoch - 1])} "
        f"at epoch {best_epoch:,} of {len(epochs):,}"
    )


def _finite(values: NDArray[np.float64] | None) -> NDArray[np.float64] | None:
    if values is None:
        return None
    array = np.asarray(values, dtype=float)
    return array if len(array) and np.isfinite(array).any() else None


def _spans_decades(drawn: Mapping[str, NDArray[np.float64]]) -> bool:
    """Tell whether a straight axis would hide the end: the start is 30 times above the lowest loss."""
    values = np.concatenate(list(drawn.values()))
    values = values[np.isfinite(values)]
    return bool(values.min() > 0 and values.max() / values.min() > 30)  # noqa: PLR2004  the rule above

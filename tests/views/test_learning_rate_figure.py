"""The picture of a learning-rate sweep: what is marked, and that nothing breaks it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from latentia import LearningRateSweep
from latentia.insight.rate_sweep import read_sweep
from latentia.views.figures.learning_rate import plot_rates
from latentia.views.style import VERMILION, new_figure, save

RATES = np.geomspace(1e-6, 10, 141)


def sweep(n_networks=4, *, end=np.nan, limit=0.3):
    curve = 1 - 0.8 / (1 + (1e-3 / RATES) ** 2) + (RATES / limit) ** 3
    losses = curve[:, None] + 0.01 * np.random.default_rng(0).normal(size=(len(RATES), n_networks))
    losses[-10:] = end
    return read_sweep(RATES, losses)


def test_the_suggestion_stands_where_it_is():
    read = sweep()
    axes = plot_rates(read).axes[0]
    marked = [line for line in axes.lines if to_rgba(line.get_color()) == to_rgba(VERMILION)]
    assert [line.get_xdata()[0] for line in marked] == [read.suggestion]
    assert axes.get_xscale() == "log"
    assert f"suggestion, {read.suggestion:g}" in [text.get_text() for text in axes.get_legend().get_texts()]
    assert plot_rates(read).get_suptitle().replace("\n", " ") == read.reason


def test_the_rate_of_a_fit_is_marked_beside_the_suggestion():
    labels = [text.get_text() for text in plot_rates(sweep(), used=3e-3).axes[0].get_legend().get_texts()]
    assert "trained with 0.003" in labels
    for outside in (1e-9, 100.0):
        texts = plot_rates(sweep(), used=outside).axes[0].get_legend().get_texts()
        assert not any("trained" in text.get_text() for text in texts)


def test_the_interesting_part_fills_the_picture_whatever_explodes():
    for end in (np.nan, 1e38, np.inf):
        low, high = plot_rates(sweep(end=end)).axes[0].get_ylim()
        assert 0.0 < low < 0.3
        assert 1.0 < high < 4.0


@pytest.mark.parametrize(
    "read",
    [
        sweep(1),
        sweep(end=1e300),
        read_sweep(RATES, np.full((141, 3), 0.5)),
        read_sweep(RATES, np.full((141, 3), np.nan)),
        read_sweep(RATES[:50], -np.linspace(1, 2, 50)[:, None]),
    ],
    ids=["one network", "exploded", "flat", "no numbers", "negative"],
)
def test_every_sweep_can_be_drawn(read):
    save(plot_rates(read), buffer := io.BytesIO())
    assert buffer.getvalue().startswith(b"\x89PNG")


def test_it_is_drawn_into_given_axes():
    figure = new_figure(4, 3)
    axes = figure.add_subplot()
    assert LearningRateSweep(sweep(), None).plot(axes) is figure
    assert len(figure.axes) == 1
    assert axes.lines

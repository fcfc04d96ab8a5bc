from __future__ import annotations

import json

import numpy as np
import pytest

import problems
from latentia.insight.diagnosis.units import collapsed_components, dead_units, output_range
from latentia.insight.findings import Severity

ALIVE = problems.unrelated(50, 8)


def with_dead(*units, value=0.0):
    layer = ALIVE.copy()
    layer[:, list(units)] = value
    return layer


@pytest.mark.parametrize(
    ("layers", "code_layer", "severities"),
    [
        ([ALIVE, ALIVE], 1, []),
        ([with_dead(3)], None, [Severity.NOTE]),
        ([with_dead(3, value=7.3)], None, [Severity.NOTE]),
        ([with_dead(0, 1)], None, [Severity.WARNING]),
        ([ALIVE, with_dead(2)], 1, [Severity.WARNING]),
        ([with_dead(1), with_dead(2)], 1, [Severity.NOTE, Severity.WARNING]),
        ([ALIVE[:1]], 0, []),
        ([np.empty((0, 3))], 0, []),
        ([np.maximum(ALIVE - 2.5, 0)], None, None),
        ([1e-12 * ALIVE], None, []),
    ],
    ids=["alive", "one", "constant", "many", "factor", "both", "one row", "no rows", "rarely on", "small"],
)
def test_dead_units_weigh_more_as_factors_and_in_numbers(layers, code_layer, severities):
    found = dead_units(layers, code_layer=code_layer)
    if severities is None:  # a unit that is on for a single row is alive
        alive = {unit + 1 for unit in np.flatnonzero((layers[0] > 0).any(axis=0))}
        assert not alive & {unit for finding in found for unit in finding.evidence["units"]}
    else:
        assert [finding.severity for finding in found] == severities


def test_dead_units_are_named_from_one():
    finding = dead_units([ALIVE, with_dead(3, 5)])[0]
    assert finding.evidence["units"] == [4, 6]
    assert finding.evidence["layer"] == 2
    assert "2 units of 8 in hidden layer 2" in finding.sentence


def test_a_sigmoid_cannot_reach_z_scored_wine_and_the_floor_is_the_known_one():
    _, held_out, _, _, _ = problems.wine()
    finding = output_range(held_out, 0.0, 1.0, activation="sigmoid", rows="held-out")[0]
    assert finding.evidence["floor"] == pytest.approx(0.5157, abs=5e-5)
    assert finding.severity is Severity.SERIOUS
    assert "below 0.516" in finding.sentence


def test_the_floor_is_reached_by_the_best_reconstruction_and_by_no_other():
    rows = problems.unrelated()
    floor = output_range(rows, -1.0, 1.0, activation="tanh")[0].evidence["floor"]
    assert np.square(np.clip(rows, -1, 1) - rows).mean() == floor
    for seed in range(5):
        reached = np.clip(rows + 0.1 * problems.unrelated(seed=seed + 1), -1, 1)
        assert np.square(reached - rows).mean() > floor


@pytest.mark.parametrize(
    ("rows", "low", "high", "severity"),
    [
        (ALIVE, -np.inf, np.inf, None),
        (np.abs(ALIVE), 0.0, np.inf, None),
        (np.clip(ALIVE, 0, 1), 0.0, 1.0, None),  # both ends are within reach as limits
        (ALIVE, 0.0, np.inf, Severity.SERIOUS),
        (0.5 * ALIVE, -1.0, 1.0, Severity.WARNING),
        (np.r_[np.random.default_rng(0).uniform(size=(99, 3)), [[1.01, 0, 0]]], 0.0, 1.0, Severity.NOTE),
        (np.full((4, 2), 3.0), 0.0, 1.0, Severity.SERIOUS),
        (np.empty((0, 2)), 0.0, 1.0, None),
    ],
    ids=["linear", "relu", "minmax", "relu on z-scores", "tanh", "one new cell", "constant", "no rows"],
)
def test_severity_follows_the_floor(rows, low, high, severity):
    found = output_range(rows, low, high, activation="some")
    assert (found[0].severity if found else None) is severity
    json.dumps([finding.to_dict() for finding in found], allow_nan=False)


def test_collapsed_components_are_named_and_all_of_them_are_serious():
    assert collapsed_components(np.array([0.5, 2.0])) == []
    (some,) = collapsed_components(np.array([0.5, 0.001, 2.0, 0.0]))
    assert some.evidence["components"] == [2, 4]
    assert "2 components (2, 4)" in some.sentence
    assert str(some.severity) == "note"
    (every,) = collapsed_components(np.array([0.001, 0.0]))
    assert str(every.severity) == "serious"


def test_missing_cells_are_not_outside_any_range():
    rows = np.array([[0.5, np.nan], [np.nan, 2.0], [0.2, 0.4]])
    assert output_range(rows, -np.inf, np.inf, activation="linear") == []
    (found,) = output_range(rows, 0.0, 1.0, activation="sigmoid")
    assert found.evidence["share_outside"] == pytest.approx(0.25)
    assert found.evidence["floor"] == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("activation", "advised"), [("gelu", 'activation="leaky_relu"'), ("relu", 'activation="gelu" or')]
)
def test_the_activation_that_is_set_is_no_advice(activation, advised):
    (found,) = dead_units([with_dead(3, 5)], activation=activation)
    assert advised in found.suggestion
    assert f'"{activation}"' not in found.suggestion


def test_a_single_linear_factor_is_not_advised_to_be_fewer_or_linear():
    (found,) = dead_units([np.zeros((9, 1))], code_layer=0, bottleneck="linear")
    assert found.suggestion == "Try another seed."
    (several,) = dead_units([with_dead(3, 5)], code_layer=0, bottleneck="relu")
    assert several.suggestion == "Ask for fewer components, or use a linear code, or try another seed."
    (collapsed,) = collapsed_components(np.array([0.0]))
    assert "fewer" not in collapsed.suggestion

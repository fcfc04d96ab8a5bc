from __future__ import annotations

import json

import numpy as np
import pytest

import problems
from latentia.insight.diagnosis.training import untrained_no_better, validation_rows_seen
from latentia.insight.quality import quality

ROWS = problems.unrelated(40, 4)


def of(share):
    return quality(ROWS, share * ROWS, center=np.zeros(4), rows="held-out")


@pytest.mark.parametrize(
    ("trained", "untrained", "expected"),
    [
        (0.5, 0.0, False),
        (0.0, 0.0, True),
        (-1.0, 0.5, True),
        (0.9, 0.5, False),
        (np.inf, 0.0, True),
        (np.nan, 0.0, True),
    ],
)
def test_training_must_gain_something(trained, untrained, expected):
    found = untrained_no_better(of(trained), of(untrained))
    assert bool(found) is expected
    json.dumps([finding.to_dict() for finding in found], allow_nan=False)


def test_without_held_out_rows_nothing_is_claimed():
    nothing = quality(ROWS[:0], ROWS[:0], center=np.zeros(4), rows="held-out")
    assert untrained_no_better(nothing, nothing) == []


@pytest.mark.parametrize(("seen", "words"), [(0, None), (1, "1 of 36 validation rows was"), (30, "30 of 36")])
def test_validation_rows_that_were_trained_on_are_counted(seen, words):
    found = validation_rows_seen(seen, 36)
    assert bool(found) is (words is not None)
    if words:
        assert found[0].sentence.startswith(words)
        assert found[0].evidence["n_seen"] == seen

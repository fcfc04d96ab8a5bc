"""From a fitted ensemble to what is known of the missing cells of its table."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import latentia
from problems import BRIEF


@pytest.fixture(scope="module")
def analysis():
    """A bent line in four columns and a category; one column is missing where another is high."""
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=240)
    frame = pd.DataFrame(
        {
            "a": hidden + 0.1 * rng.normal(size=240),
            "b": hidden**2 + 0.1 * rng.normal(size=240),
            "c": np.sin(hidden) + 0.1 * rng.normal(size=240),
            "noise": rng.normal(size=240),
            "hue": np.where(hidden > 0.3, "red", "blue"),
        }
    )
    frame.loc[(hidden > 1) & (rng.random(240) < 0.8), "c"] = np.nan
    frame.loc[rng.random(240) < 0.3, "noise"] = np.nan
    return latentia.analyze(frame, **{**BRIEF, "max_epochs": 80})


def test_every_column_has_its_share_and_errors(analysis):
    missing = analysis.study.missing
    by_name = {one.name: one for one in missing.columns}
    shares = np.isnan(analysis.study.values).mean(axis=0)
    assert [by_name[name].share for name in ("a", "c", "noise")] == pytest.approx([0, shares[2], shares[3]])
    assert by_name["a"].error < 0.6 * by_name["a"].usual_error
    assert by_name["noise"].error > 0.9 * by_name["noise"].usual_error
    assert by_name["hue"].error < by_name["hue"].usual_error
    assert missing.n_complete_rows == 240 - int(np.isnan(analysis.study.values).any(axis=1).sum())


def test_what_is_notable_is_told_as_findings(analysis):
    found = {one.code: one for one in analysis.findings}
    assert found["not_missing_completely_at_random"].evidence["columns"] == ["c"]
    assert "filling_better_than_mean" in found
    assert "noise" in found["column_filled_no_better_than_mean"].evidence["columns"]


def test_metrics_hold_all_of_it(analysis):
    told = json.loads(json.dumps(analysis.to_dict(), allow_nan=False))["missing"]
    assert told["share"] == pytest.approx(analysis.study.missing.share)
    assert {one["name"] for one in told["columns"]} == {"a", "b", "c", "noise", "hue"}
    assert told["filling"]["n_cells"] > 200
    assert told["dependences"][0]["column"] == "c"


def test_a_table_without_gaps_has_no_such_part():
    whole = latentia.analyze("wine", **BRIEF)
    assert whole.study.missing is None
    assert whole.to_dict()["missing"] is None
    assert not any("fill" in one.code or "missing" in one.code for one in whole.findings)

"""A table with a batch effect: the factor that follows the batch is named, and nothing is learned from it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from latentia import InputError, analyze
from problems import BRIEF, N_COLUMNS, N_ROWS
from undrawn import undrawn

NAMES = [f"x{at}" for at in range(N_COLUMNS)]


def brief(data, **settings):
    return analyze(data, **{**BRIEF, **settings})


def table(n_rows):
    """Return a table with a batch effect: nine columns follow a factor, and the other four the batch."""
    rng = np.random.default_rng(3)
    hidden, batch = rng.normal(size=n_rows), rng.integers(0, 3, n_rows)
    shifts = np.column_stack([hidden, 2.5 * np.array([0.0, 1.0, -1.0])[batch]])
    at = np.arange(N_COLUMNS)
    # As many of them rise as fall, so that none makes a row larger.
    rows = (-1.0) ** at * shifts[:, (at > 8).astype(int)] + 0.2 * rng.normal(size=(n_rows, N_COLUMNS))
    day = pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 300, n_rows), unit="D")
    frame = pd.DataFrame(rows, columns=NAMES)
    frame = frame.assign(batch=np.array(["a", "b", "c"])[batch], day=day, kind=rng.integers(0, 2, n_rows))
    frame.loc[::9, "batch"] = None
    return frame


@pytest.fixture(scope="module")
def batches(tmp_path_factory):
    """Return the path of such a table."""
    path = tmp_path_factory.mktemp("batches") / "batches.csv"
    table(N_ROWS).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def blamed(batches):
    return brief(batches, nuisance=["batch", "day"], label="kind")


def test_a_named_batch_is_found_with_the_factor_that_follows_it(blamed):
    (found,) = [one for one in blamed.findings if one.code == "nuisance"]
    assert found.severity == "serious"
    assert found.evidence["suspect"] == "batch"
    assert len(found.evidence["factors"]) == 1
    assert found.evidence["n_rows"] == N_ROWS - 20
    assert {one.suspect for one in blamed.study.following} == {
        "batch",
        "day",
        "the order of the rows within their classes",
        "the size of a row",
    }


def test_nuisances_are_no_columns_of_the_network_and_the_report_says_so(blamed, tmp_path):
    assert blamed.study.column_names == tuple(NAMES)
    assert dict(blamed.study.left_out) == dict.fromkeys(
        ["batch", "day"], "named as a nuisance: compared with, never trained on"
    )
    with undrawn():
        page = blamed.report(tmp_path / "report.html").read_text()
    assert "What the factors may merely follow" in page
    assert len(blamed.to_dict()["following"]) == 8


def test_the_same_analysis_without_the_names_learns_the_same(blamed, batches):
    without = brief(batches, drop=["batch", "day"], label="kind")
    assert np.array_equal(blamed.latents, without.latents)
    assert "nuisance" not in {one.code for one in without.findings}


def test_nuisances_are_remembered_in_the_request_and_its_command(blamed):
    assert blamed.manifest["request"]["nuisance"] == ["batch", "day"]
    assert "--nuisance batch --nuisance day" in blamed.manifest["command"]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (
            {"nuisance": ["bath"]},
            "no column 'bath' to compare with as a nuisance; the nearest name is 'batch'",
        ),
        ({"nuisance": ["kind"], "label": "kind"}, "'kind' is both the label and a nuisance"),
        ({"nuisance": ["day"], "drop": ["day"]}, "'day' is both a nuisance and left out"),
        ({"nuisance": NAMES, "drop": ["batch", "day", "kind"]}, "no column"),
    ],
)
def test_names_that_cannot_be_nuisances_are_refused(batches, asked, sentence):
    with pytest.raises(InputError, match=sentence):
        brief(batches, **asked)


def test_a_nuisance_may_be_told_what_it_is(batches):
    found = brief(batches, nuisance=["kind"], types={"kind": "category"}, drop=["batch", "day"])
    assert {one.kind for one in found.study.following if one.suspect == "kind"} == {"groups"}


def test_a_sample_of_a_large_table_has_its_nuisances(tmp_path):
    table(240).to_csv(tmp_path / "large.csv", index=False)
    asked = {"nuisance": ["batch"], "drop": ["day"], "label": "kind", "sample": N_ROWS}
    sampled = brief(tmp_path / "large.csv", **asked)
    (found,) = [one for one in sampled.findings if one.code == "nuisance"]
    assert found.evidence["suspect"] == "batch"
    with undrawn():
        latents = pd.read_parquet(sampled.save(tmp_path / "out") / "latents.parquet")
    assert len(latents) == 240

from dataclasses import replace

import numpy as np
import pyarrow.csv
import pytest

from latentia.modelfiles.columns import write_columns
from latentia.views.report import wide
from latentia.views.report.render import report_html
from latentia.views.report.summary import summarise
from latentia.views.report.wide import columns_shown, figures_of_columns
from undrawn import undrawn
from views.example_study import wine_study
from views.test_mixed_report import mixed_study


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(wide, "MOST_IN_FULL", 12)
    monkeypatch.setattr(wide, "MOST_LISTED", 4)


def test_the_best_explained_columns_of_a_wide_table_come_first(few):
    study = wine_study()
    found = summarise(study, brief=True)
    r2 = study.held_out.r2_per_column
    assert [one["r2"] for one in found["columns"]] == sorted(r2.tolist(), reverse=True)[:4]
    assert (found["table"]["columns"], found["table"]["columns_listed"]) == (13, 4)
    whole = summarise(study)
    assert [len(one["effects"]) for one in found["factors"]] == [4, 4, 4]
    assert [one["effects"][:4] for one in whole["factors"]] == [one["effects"] for one in found["factors"]]
    assert max(len(names) for names in found["weights"]["positive"]) <= 4
    assert (len(whole["columns"]), whole["table"]["columns_listed"]) == (13, 13)


def test_a_table_that_is_not_wide_is_told_in_full():
    study = wine_study()
    assert summarise(study, brief=True) == summarise(study)


@undrawn()
def test_the_report_says_where_the_other_columns_are(few):
    page = report_html(wine_study())
    assert "the best explained of 13 columns, all are in columns.csv" in page
    assert "columns.csv" not in report_html(mixed_study())


@undrawn()
def test_the_report_still_knows_all_columns(few):
    assert "13 columns of numbers" in report_html(wine_study())


def test_a_column_that_does_not_vary_comes_last(few):
    study = wine_study()
    r2 = study.held_out.r2_per_column.copy()
    r2[:10] = np.nan
    study = replace(study, held_out=replace(study.held_out, r2_per_column=r2))
    shown = columns_shown(study, brief=True).columns
    assert {study.column_names.index(one.name) for one in shown[:3]} == {10, 11, 12}


def test_every_figure_of_every_column_is_in_the_file(tmp_path):
    study = wine_study()
    write_columns(tmp_path / "columns.csv", figures_of_columns(study))
    kept = pyarrow.csv.read_csv(tmp_path / "columns.csv")
    assert kept["column"].to_pylist() == list(study.column_names)
    assert (kept["unit"][0].as_py(), kept["kind"][0].as_py(), kept["missing"][0].as_py()) == (
        *("% vol", "numeric", 0),
    )
    np.testing.assert_array_equal(kept["r2"].to_numpy(), study.held_out.r2_per_column)
    np.testing.assert_array_equal(kept["change_scaled_factor_2"].to_numpy(), study.effects.change_scaled[1])
    lost = study.ablation.r2_lost_per_column[2]
    np.testing.assert_array_equal(kept["r2_lost_factor_3"].to_numpy(), lost)

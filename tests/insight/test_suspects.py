"""Everything that factors are compared with is gathered from the table."""

from __future__ import annotations

import numpy as np
import pytest

from latentia.insight.results import TableColumn
from latentia.insight.suspects import suspects_of
from latentia.tables.table import Beside, Column, Schema, Source, Table


def table(n_columns=3, **more):
    values = np.random.default_rng(0).normal(size=(20, n_columns))
    columns = tuple(Column(f"x{at}", "numeric", "float64", None, "") for at in range(n_columns))
    return Table(values, Schema(columns), None, None, Source("made", None, ""), **more)


def told(n_columns=3):
    return [
        TableColumn(name=f"x{at}", kind="numeric", dtype="", why="", unit=None, n_missing=0, first=at)
        for at in range(n_columns)
    ]


def kinds(*arguments):
    return {one.name: one.kind for one in suspects_of(*arguments)}


def test_named_columns_come_first_and_categories_are_groups():
    named = tuple(Beside(kind, kind, np.arange(20.0)) for kind in ("category", "date", "boolean", "numeric"))
    found = kinds(table(nuisances=named), told(), np.zeros(20))
    assert list(found.items())[:4] == [
        ("category", "groups"),
        ("date", "numbers"),
        ("boolean", "numbers"),
        ("numeric", "numbers"),
    ]


def test_missing_cells_are_counted_only_where_there_are_any():
    holed = table()
    assert "the number of missing cells" not in kinds(holed, told(), np.zeros(20))
    holed.values[:2, 0] = holed.values[1, 2] = np.nan
    gaps = suspects_of(holed, told(), np.zeros(20))[-1]
    assert gaps.kind == "gaps"
    assert gaps.values[:3].tolist() == [1, 2, 0]


def test_two_columns_have_no_size_to_speak_of():
    assert "the size of a row" in kinds(table(), told(), np.zeros(20))
    assert "the size of a row" not in kinds(table(2), told(2), np.zeros(20))


@pytest.mark.parametrize(("classes", "within"), [(2, True), (4, True), (5, False), (20, False)])
def test_the_order_is_judged_within_classes_that_have_rows_enough(classes, within):
    labels = np.array([str(row % classes) for row in range(20)], dtype=object)
    labelled = Table(table().values, table().schema, labels, "kind", Source("made", None, ""))
    (order,) = [one for one in suspects_of(labelled, told(), np.zeros(20)) if one.kind == "order"]
    assert (order.strata is not None) == within
    assert order.name.endswith("within their classes") == within

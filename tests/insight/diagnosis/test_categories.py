"""A category of which hardly anything is known is named, and no other."""

from __future__ import annotations

from latentia.insight.diagnosis.categories import unexplained_categories
from latentia.insight.results import CategoryQuality, TableColumn


def column(name, gain, entropy=1.5):
    quality = CategoryQuality(
        n_cells=50,
        accuracy=0.4,
        mode="a",
        mode_accuracy=0.38,
        baseline_accuracy={},
        entropy=entropy,
        information_gain=gain,
    )
    return TableColumn(
        name=name, kind="category", dtype="string", why="", unit=None, n_missing=0, first=0, category=quality
    )


NUMBER = TableColumn(name="mass", kind="numeric", dtype="double", why="", unit=None, n_missing=0, first=0)


def test_categories_that_are_known_and_numbers_are_passed_over():
    assert unexplained_categories([NUMBER, column("hue", 1.0), column("sure", 0.0, entropy=0.0)]) == []


def test_categories_of_which_nothing_is_known_are_named_together():
    found = unexplained_categories([column("hue", 0.01), NUMBER, column("kind", -2.0), column("sex", 0.9)])
    assert [one.code for one in found] == ["category_not_explained"]
    assert found[0].sentence.startswith(
        "Of the levels of hue (right in 40 % of the cells, its most frequent level in 38 %) and kind (right"
    )
    assert found[0].evidence["columns"] == ["hue", "kind"]
    assert found[0].evidence["information_gain_bits"] == [0.01, -2.0]

from __future__ import annotations

import pytest

from latentia.tables.sources import read_table


@pytest.mark.parametrize(
    ("name", "shape", "classes"),
    [
        ("wine", (178, 13), {"class_0": 59, "class_1": 71, "class_2": 48}),
        ("iris", (150, 4), {"setosa": 50, "versicolor": 50, "virginica": 50}),
        ("breast_cancer", (569, 30), {"malignant": 212, "benign": 357}),
        ("digits", (1797, 61), {"0": 178, "9": 180}),
    ],
)
def test_built_in_tables(name, shape, classes):
    table = read_table(name)
    assert table.values.shape == shape
    assert {label: list(table.labels).count(label) for label in classes} == classes
    assert (table.label_name, table.source.name, table.source.path) == ("class", name, None)


def test_known_cells_and_units():
    iris = read_table("iris")
    assert iris.units == ("cm",) * 4
    assert list(iris.values[0]) == [5.1, 3.5, 1.4, 0.2]
    assert set(read_table("wine").units) == {None}


def test_hash_is_the_same_every_time():
    assert read_table("wine").source.sha256 == read_table("wine").source.sha256


def test_another_label():
    table = read_table("iris", label="petal width (cm)")
    assert table.label_name == "petal width (cm)"
    assert table.n_columns == 3

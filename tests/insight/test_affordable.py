"""What a trial may cost: sizes that a table allows."""

from __future__ import annotations

import pytest

from latentia.insight.affordable import sizes_to_try


@pytest.mark.parametrize(
    ("n_rows", "n_columns", "sizes"),
    [(100, 13, range(1, 11)), (100, 4, range(1, 4)), (4, 13, range(1, 4)), (100, 1, [1]), (2, 1, [1])],
)
def test_sizes_are_smaller_than_the_table(n_rows, n_columns, sizes):
    assert list(sizes_to_try(n_rows, n_columns)) == list(sizes)

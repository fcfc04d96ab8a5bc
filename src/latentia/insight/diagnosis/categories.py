"""Whether the levels of categories are told from the other columns at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentia.insight.diagnosis.wording import listed, percent, shortened
from latentia.insight.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentia.insight.results import TableColumn

# Less than a twentieth of what there is to know of a column is as good as nothing.
LITTLE_GAIN = 0.05


def unexplained_categories(columns: Sequence[TableColumn]) -> list[Finding]:
    """Name the categories of whose held-out cells the network says hardly more than their frequencies do.

    Parameters
    ----------
    columns : sequence of TableColumn

    Returns
    -------
    list of Finding
        ``category_not_explained``, or nothing.
    """
    weak = [
        (column.name, column.category)
        for column in columns
        if column.category is not None and column.category.information_share < LITTLE_GAIN
    ]
    if not weak:
        return []
    told = [
        f"{shortened(name, 40)} (right in {percent(one.accuracy)} of the cells, its most frequent level in "
        f"{percent(one.mode_accuracy)})"
        for name, one in weak
    ]
    return [
        Finding(
            code="category_not_explained",
            severity=Severity.NOTE,
            sentence=(
                f"Of the levels of {listed(told)}, the factors say hardly more than how frequent they are in "
                "the training rows."
            ),
            evidence={
                "columns": [name for name, _ in weak],
                "accuracy": [one.accuracy for _, one in weak],
                "mode_accuracy": [one.mode_accuracy for _, one in weak],
                "information_gain_bits": [one.information_gain for _, one in weak],
                "entropy_bits": [one.entropy for _, one in weak],
                "threshold": LITTLE_GAIN,
            },
            suggestion="Do not read these columns from the factors; more components may hold them.",
        )
    ]

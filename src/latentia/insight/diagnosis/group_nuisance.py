"""Groups of rows that are no more than the groups of something of no interest, such as batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import adjusted_rand_score

from latentia.insight.diagnosis.nuisance import LONGEST_NAME
from latentia.insight.diagnosis.wording import shortened
from latentia.insight.findings import Finding, Severity
from latentia.insight.nuisance import GROUPS, NUMBERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentia.insight.cluster_results import Clustering
    from latentia.insight.nuisance import Suspect

# An adjusted Rand index of this is what a clustering has that puts one row of twenty elsewhere.
THE_SAME = 0.8
# A number with more values than this is no name of groups.
MOST_VALUES = 20


def groups_of_nuisances(told: Clustering | None, suspects: Sequence[Suspect]) -> list[Finding]:
    """Name what the groups of rows are the groups of, among columns named as nuisances.

    Parameters
    ----------
    told : Clustering or None
        The clustering by which groups are told; None where none are.
    suspects : sequence of Suspect

    Returns
    -------
    list of Finding
        ``groups_of_nuisance`` where the adjusted Rand index is at least 0.8, of rows that have a value.
    """
    if told is None:
        return []
    found = []
    for suspect in suspects:
        there = ~np.isnan(suspect.values)
        values = suspect.values[there]
        if suspect.kind not in (GROUPS, NUMBERS) or not 1 < len(np.unique(values)) <= MOST_VALUES:
            continue
        ari = float(adjusted_rand_score(values, told.labels[there]))
        if ari >= THE_SAME:
            found.append(_same(shortened(suspect.name, LONGEST_NAME), told.method, ari))
    return found


def _same(name: str, method: str, ari: float) -> Finding:
    return Finding(
        code="groups_of_nuisance",
        severity=Severity.SERIOUS,
        sentence=(
            f"The groups of rows are those of {name}: {method} on the factors agrees with it (ARI {ari:.2f})."
        ),
        evidence={"suspect": name, "method": method, "ari": ari, "threshold": THE_SAME},
        suggestion=(
            f"Do not take the groups for kinds of what was measured; look for groups within one {name}, or "
            f"take the differences by {name} out of the columns first."
        ),
    )

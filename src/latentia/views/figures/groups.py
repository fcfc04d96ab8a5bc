"""Rows that are drawn alike: a class, a cluster, or the noise, with its colour and shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentia.views.style import BLUE, COLOURS, MARKERS, NOISE
from latentia.views.writing import counted, natural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from latentia.insight.results import Study

MOST_GROUPS = 42  # as many as a legend can hold; colours and shapes would do for 70
MOST_POINTS = 20_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Group:
    """Some rows with one name, one colour and one shape.

    Parameters
    ----------
    name : str
        What the legend says; empty when there is only one group.
    rows : ndarray of int64
        Positions of the rows.
    colour, marker : str
        As matplotlib writes them.
    """

    name: str
    rows: NDArray[np.int64]
    colour: str
    marker: str


def look(position: int) -> tuple[str, str]:
    """Return the colour and shape of the group at this position, the same in every figure.

    Examples
    --------
    >>> look(0), len({look(position) for position in range(70)})
    (('#0072b2', 'o'), 70)
    """
    return COLOURS[position % len(COLOURS)], MARKERS[position % len(MARKERS)]


def all_rows(n_rows: int) -> tuple[Group, ...]:
    """Return one nameless group of all rows."""
    return (Group(name="", rows=np.arange(n_rows), colour=BLUE, marker="o"),)


def by_name(labels: NDArray[np.object_]) -> tuple[Group, ...]:
    """Return one group per class, in natural order; beyond 41 the smallest are drawn as one.

    Examples
    --------
    >>> [group.name for group in by_name(np.array(["10", "9", "9"], dtype=object))]
    ['9', '10']
    """
    names, codes, counts = np.unique(np.asarray(labels, dtype=str), return_inverse=True, return_counts=True)
    kept = (
        np.argsort(-counts, kind="stable")[: MOST_GROUPS - 1]
        if len(names) > MOST_GROUPS
        else range(len(names))
    )
    ordered = sorted(kept, key=lambda code: natural(str(names[code])))
    groups = []
    for position, code in enumerate(ordered):
        colour, marker = look(position)
        groups.append(
            Group(name=str(names[code]), rows=np.flatnonzero(codes == code), colour=colour, marker=marker)
        )
    if len(ordered) < len(names):
        rest = np.flatnonzero(~np.isin(codes, ordered))
        name = f"other ({counted(len(names) - len(ordered), 'class', 'classes')})"
        groups.append(Group(name=name, rows=rest, colour=NOISE, marker="."))
    return tuple(groups)


def by_cluster(labels: NDArray[np.int64]) -> tuple[Group, ...]:
    """Return one group per cluster, and the noise last, as grey crosses.

    Examples
    --------
    >>> [(group.name, group.marker) for group in by_cluster(np.array([0, -1, 1]))]
    [('cluster 0', 'o'), ('cluster 1', 's'), ('noise', 'x')]
    """
    groups = []
    for position, cluster in enumerate(np.unique(labels[labels >= 0])):
        colour, marker = look(position)
        rows = np.flatnonzero(labels == cluster)
        groups.append(Group(name=f"cluster {cluster}", rows=rows, colour=colour, marker=marker))
    noise = np.flatnonzero(labels < 0)
    if len(noise):
        groups.append(Group(name="noise", rows=noise, colour=NOISE, marker="x"))
    return tuple(groups)


def class_groups(study: Study) -> tuple[Group, ...]:
    """Return the rows of a study by class, or as one group where no class is known."""
    return all_rows(len(study.latents)) if study.labels is None else by_name(study.labels)


def thinned(groups: Sequence[Group], most: int = MOST_POINTS) -> tuple[Group, ...]:
    """Return the groups with at most so many rows in all, evenly thinned, none of them emptied.

    Examples
    --------
    >>> [len(group.rows) for group in thinned(all_rows(1000), most=10)]
    [10]
    """
    total = sum(len(group.rows) for group in groups)
    if total <= most:
        return tuple(groups)
    kept = []
    for group in groups:
        count = max(1, round(len(group.rows) * most / total))
        # A fixed order of the generator, not of the table: sorted tables thin without stripes.
        rows = np.sort(np.random.default_rng(0).permutation(group.rows)[:count])
        kept.append(Group(name=group.name, rows=rows, colour=group.colour, marker=group.marker))
    return tuple(kept)

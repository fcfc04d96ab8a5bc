"""Peaks of a density on a graph of rows, and how far each rises above the valley to a higher one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Positions = NDArray[np.int64]


class Graph(NamedTuple):
    """Rows that are joined to close ones, and links between parts that would be apart."""

    close: Positions  # (n, joined)
    first: Positions  # (edges,) links last
    second: Positions

    @classmethod
    def of(cls, close: Positions, links: Positions) -> Graph:
        """List the edges of close rows, and then the links."""
        rows = np.repeat(np.arange(len(close)), close.shape[1])
        return cls(
            close,
            np.concatenate([rows, links[:, 0]]),
            np.concatenate([close.ravel(), links[:, 1]]),
        )


class Peaks(NamedTuple):
    """How far peaks but the main one rise above their valleys, and the heights with these peaks cut down."""

    prominences: list[float]
    levelled: Array  # (n,)


def peaks_of(heights: Array, valleys: Array, graph: Graph, smallest: float) -> Peaks:
    """Find the peaks that hold rows enough.

    Parameters
    ----------
    heights : ndarray of shape (n,)
        The log density at each row.
    valleys : ndarray of shape (links,)
        The same in the middle of each link.
    graph : Graph
    smallest : float
        Rows that a peak holds, down to its valley and what flows to it; with fewer it joins its neighbour
        and counts for nothing.

    Examples
    --------
    >>> line = np.array([1.0, 3.0, 1.0, 2.0, 0.0])
    >>> beside = np.array([[1, 1], [0, 2], [1, 3], [2, 4], [3, 3]])
    >>> found = peaks_of(line, np.empty(0), Graph.of(beside, np.empty((0, 2), int)), smallest=1)
    >>> found.prominences, found.levelled
    ([1.0], array([1., 3., 1., 1., 0.]))
    """
    top = _tops(heights, graph.close)
    one, other, saddles = _passes(heights, valleys, graph, top)
    sizes = np.bincount(top, minlength=len(heights))
    tops = np.flatnonzero(sizes)
    size = dict(zip(tops.tolist(), sizes[tops].tolist(), strict=True))
    height = dict(zip(tops.tolist(), heights[tops].tolist(), strict=True))
    leader = {peak: peak for peak in size}
    members = {peak: [peak] for peak in size}
    cut = dict.fromkeys(size, np.inf)
    prominences = []
    for a, b, saddle in zip(one, other, saddles, strict=True):
        main, minor = leader[a], leader[b]
        if main == minor:
            continue
        if (size[main] >= smallest, height[main]) < (size[minor] >= smallest, height[minor]):
            main, minor = minor, main
        if size[minor] >= smallest:
            prominences.append(height[minor] - saddle)
        for peak in members[minor]:
            cut[peak], leader[peak] = min(cut[peak], saddle), main
        members[main] += members.pop(minor)
        size[main] += size[minor]
    ceiling = np.full(len(heights), np.inf)
    ceiling[tops] = [cut[peak] for peak in tops.tolist()]
    return Peaks(prominences, np.minimum(heights, ceiling[top]))


def _tops(heights: Array, close: Positions) -> Positions:
    """Return where each row ends that climbs to its highest close row again and again."""
    rows = np.arange(len(heights))
    highest = close[rows, heights[close].argmax(axis=1)]
    top = np.where(heights[highest] > heights, highest, rows)
    while not np.array_equal(top, further := top[top]):
        top = further
    return top


def _passes(
    heights: Array, valleys: Array, graph: Graph, top: Positions
) -> tuple[list[int], list[int], list[float]]:
    """Return the highest way between each pair of tops that has one, highest first."""
    saddles = np.minimum(heights[graph.first], heights[graph.second])
    if len(valleys):
        saddles[-len(valleys) :] = np.minimum(saddles[-len(valleys) :], valleys)
    one, other = top[graph.first], top[graph.second]
    crossing = np.flatnonzero(one != other)
    crossing = crossing[np.argsort(-saddles[crossing], kind="stable")]
    low, high = np.minimum(one, other)[crossing], np.maximum(one, other)[crossing]
    _, first = np.unique(low * len(heights) + high, return_index=True)
    first.sort()
    return low[first].tolist(), high[first].tolist(), saddles[crossing][first].tolist()

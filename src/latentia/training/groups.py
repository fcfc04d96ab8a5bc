"""Members in groups of equal size, each group on a core of its own.

A program that trains many small networks side by side runs on one core of a CPU, so members are
dealt into groups, and the groups run the same program at the same time, one thread each. How
members are grouped depends on their number and size, never on how many cores there are: the
same seed gives the same weights on any of them.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import jax
import numpy as np

from latentia.networks.chance import make_keys
from latentia.training.program import RUNNING, Told, advance, fresh_networks, start
from latentia.training.schedules import shares

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType
    from typing import Self

    from latentia.networks.network import Network
    from latentia.training.endings import Ending
    from latentia.training.plan import Dials, Plan
    from latentia.training.program import EpochRecord, Segment, State
    from latentia.training.rows import Monitors, Rows
    from latentia.training.step import StepLoss

Tree = TypeVar("Tree")

# Weights that a group trains at a time: with the optimiser's memory they stay in a core's own cache.
WEIGHTS_PER_GROUP = 1 << 17
FEWEST_SIDE_BY_SIDE = 4
# Of a network with more weights than this, one keeps a core at work by itself.
MOST_WEIGHTS_SIDE_BY_SIDE = 1 << 20


def group_size(members: int, n_parameters: int, *, accelerated: bool = False) -> int:
    """Return how many members train in one program: a divisor of their number.

    A few members go one by one, which takes hardly longer, and share the program of a single one. The
    number of groups is even where it can be, so that two cores share the work evenly. An accelerator
    takes all members at once.

    Examples
    --------
    >>> group_size(8, n_parameters=20_000)
    4
    >>> [group_size(members, n_parameters=100) for members in (1, 2, 4, 6, 128)]
    [1, 1, 1, 3, 64]
    >>> group_size(8, n_parameters=2_000_000)
    1
    """
    if accelerated:
        return members
    if n_parameters > MOST_WEIGHTS_SIDE_BY_SIDE or members <= FEWEST_SIDE_BY_SIDE:
        return 1
    largest = max(FEWEST_SIDE_BY_SIDE, WEIGHTS_PER_GROUP // n_parameters)
    sizes = [size for size in range(1, members + 1) if members % size == 0 and size <= largest]
    even = [size for size in sizes if (members // size) % 2 == 0]
    several = [size for size in sizes if size < members]
    return max(even or several or [1])


class Groups:
    """All members of a fit on their way, advanced together.

    Parameters
    ----------
    plan : Plan
    dials : Dials
        One entry per member.
    seed : int
        Source of initial weights and of chance while training.
    members : int
    identities : sequence of int or None
        Whose chance each member has; by default its own.
    networks : Network or None
        Weights to go on from, with a member axis; None starts fresh.
    """

    def __init__(
        self,
        plan: Plan,
        dials: Dials,
        *,
        seed: int,
        members: int,
        identities: Sequence[int] | None = None,
        networks: Network | None = None,
    ) -> None:
        size = group_size(members, plan.architecture.n_parameters, accelerated=jax.default_backend() != "cpu")
        begin = fresh_networks(plan, seed, members) if networks is None else networks
        who = range(members) if identities is None else identities
        keys = make_keys(seed, max(who) + 1)[list(who)]
        parts = [slice(first, first + size) for first in range(0, members, size)]
        self.plan = plan
        self.states = [start(plan, keys[part], _part(begin, part)) for part in parts]
        self._scheduled = [_part(dials, part) for part in parts]
        numbers = dials._replace(drop_steps=())  # the schedule's alone
        self._dials = [jax.device_put(_part(numbers, part)) for part in parts]
        self._threads = ThreadPoolExecutor(min(len(parts), available_cores()))
        self._compiled: set[bool] = set()

    def __enter__(self) -> Self:
        """Return these groups; their threads end with the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the threads finish what they are at, and end them."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def advance(
        self, rows: Rows, monitors: Monitors | None, segment: Segment, *, ends_epoch: bool
    ) -> tuple[EpochRecord, StepLoss]:
        """Run a segment for all members; return a record per epoch and the loss of every step."""
        epochs, steps = segment.n_rows.shape

        def go(index: int) -> tuple[EpochRecord, StepLoss]:
            self.states[index], told = advance(
                self.plan.program,
                self.states[index],
                rows,
                monitors,
                self._dials[index],
                segment,
                self._shares(index, segment),
                Told.blank(epochs, steps, len(self.states[index].status)),
                ends_epoch=ends_epoch,
            )
            jax.block_until_ready(self.states[index].status)
            return told.on_host()

        told: list[tuple[EpochRecord, StepLoss]] = []
        if ends_epoch not in self._compiled:
            # The first group compiles the program for all; two threads would compile it twice.
            told.append(go(0))
            self._compiled.add(ends_epoch)
        told += self._threads.map(go, range(len(told), len(self.states)))
        return joined(told)

    def _shares(self, index: int, segment: Segment) -> np.ndarray:
        """Return what the schedule leaves of a group's learning rates at the steps of a segment.

        Every group has its own clock: one whose members have all ended takes no more steps.
        """
        epochs, steps = (np.arange(count) for count in segment.n_rows.shape)
        step = int(np.asarray(self.states[index].step)[0])
        ahead = step + epochs[:, None] * int(segment.n_steps) + steps
        return shares(self.plan.schedule, ahead, self._scheduled[index])

    def end(self, ending: Ending) -> None:
        """End all members that have not ended yet.

        That is part of their state, so a checkpoint knows of it, too.
        """
        for index, state in enumerate(self.states):
            status = np.asarray(state.status)
            status = jax.device_put(np.where(status == RUNNING, np.int32(ending.value), status))
            self.states[index] = state._replace(status=status)

    def gathered(self, part: Callable[[State], Tree]) -> Tree:
        """Return a part of the state, of all members in their order, on the host."""
        return joined([part(state) for state in self.states], axis=0)


def joined(parts: list[Tree], axis: int = -1) -> Tree:
    """Put the members of several groups in a row, on the host."""
    return jax.tree.map(lambda *leaves: np.concatenate([np.asarray(leaf) for leaf in leaves], axis), *parts)


def _part(tree: Tree, part: slice) -> Tree:
    return jax.tree.map(lambda leaf: np.asarray(leaf)[part], tree)


def available_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

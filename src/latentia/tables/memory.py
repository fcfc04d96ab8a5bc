"""How much memory there is, asked before a table takes it: a sentence is better than a kill."""

from __future__ import annotations

import resource
from pathlib import Path

from latentia.errors import InputError

BYTES_OF_A_CELL = 8
TIMES = 2  # the table, and one more while columns are left out of it or scaled
_GIGABYTE = 10**9
_KILOBYTE = 1024
_SYSTEM = Path("/")
_NO_LIMIT = 1 << 60  # what older control groups say instead
# Of control groups of the second and the first version: limit, usage, and what of that can be given back.
_SECOND = ("memory.max", "memory.current", "inactive_file")
_FIRST = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")


def refuse_beyond_memory(n_rows: int, n_columns: int, called: str) -> None:
    """Raise InputError if a table of so many cells would not fit into memory as float64.

    Parameters
    ----------
    n_rows, n_columns : int
        The table.
    called : str
        What to call it.

    Examples
    --------
    >>> refuse_beyond_memory(10, 3, "sparse array")
    >>> refuse_beyond_memory(10**9, 10**6, "sparse array")
    Traceback (most recent call last):
    ...
    latentia.errors.InputError: The sparse array has 1000000000 rows of 1000000 columns, ...
    """
    free = available_memory()
    needed = TIMES * BYTES_OF_A_CELL * n_rows * n_columns
    if free is not None and needed > free:
        raise InputError(
            f"The {called} has {n_rows} rows of {n_columns} columns, which need {_gigabytes(needed)} "
            f"of memory ({TIMES} times {BYTES_OF_A_CELL} bytes a cell), and {_gigabytes(free)} are free; "
            "pass fewer columns, such as those that vary most, or fewer rows."
        )


def refuse_what_needs(needed: int, what: str, beside: str, advice: str) -> None:
    """Raise InputError if something needs more memory than there is.

    Parameters
    ----------
    needed : int
        Bytes.
    what, beside : str
        What needs them, and in what respect.
    advice : str
        What to do then.
    """
    free = available_memory()
    if free is not None and needed > free:
        raise InputError(
            f"{what} needs {_gigabytes(needed)} of memory {beside}, and {_gigabytes(free)} are free; "
            f"{advice}."
        )


def available_memory() -> int | None:
    """Return how many bytes this process may still take, None where the system does not say.

    Examples
    --------
    >>> free = available_memory()
    >>> free is None or free > 0
    True
    """
    limits = [_of_the_machine(), _of_the_group(), _of_the_process()]
    known = [limit for limit in limits if limit is not None]
    return max(0, min(known)) if known else None


def _of_the_machine() -> int | None:
    """Return what the machine can give without writing memory out to disk."""
    for line in _lines(_SYSTEM / "proc/meminfo"):
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * _KILOBYTE
    return None


def _of_the_group() -> int | None:
    """Return what is left of the memory that a container, or a job of a cluster, was given."""
    mounted = _SYSTEM / "sys/fs/cgroup"
    known = []
    for line in _lines(_SYSTEM / "proc/self/cgroup") or ["0::/"]:
        number, controllers, path = [*line.split(":", maxsplit=2), "", ""][:3]
        within = Path(path.lstrip("/"))
        if number == "0":
            known += [_left(mounted / at, *_SECOND) for at in (within, *within.parents)]
        elif "memory" in controllers.split(","):
            known += [_left(mounted / "memory" / at, *_FIRST) for at in (within, *within.parents)]
    return min((left for left in known if left is not None), default=None)


def _left(group: Path, limit: str, usage: str, spare: str) -> int | None:
    """Return the limit of a group less its usage, of which what is kept of files can be given back."""
    try:
        most, used = (int((group / name).read_text(encoding="ascii")) for name in (limit, usage))
    except (OSError, ValueError):  # "max" is no number, and no limit
        return None
    statistics = dict(line.split(maxsplit=1) for line in _lines(group / "memory.stat") if " " in line)
    return None if most >= _NO_LIMIT else most - used + int(statistics.get(spare, 0))


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _of_the_process() -> int | None:
    """Return what is left of the address space, where someone has set a limit to it."""
    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    if most == resource.RLIM_INFINITY:
        return None
    sizes = "".join(_lines(_SYSTEM / "proc/self/statm")).split()
    return most - int(sizes[0]) * resource.getpagesize() if sizes else most


def _gigabytes(n_bytes: int) -> str:
    return f"{n_bytes / _GIGABYTE:.1f} GB"

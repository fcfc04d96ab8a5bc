"""Making the next thing while the last one is used."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

Thing = TypeVar("Thing")


@contextmanager
def made_ahead(things: Iterator[Thing]) -> Generator[Iterator[Thing], None, None]:
    """Yield an iterator over the same things, of which a thread makes the next one meanwhile.

    What goes wrong there is raised here, where the thing would have come. The thread has ended when the
    block is left, however it is left.

    Examples
    --------
    >>> with made_ahead(iter("abc")) as letters:
    ...     print(next(letters), list(letters))
    a ['b', 'c']
    """
    over: Any = object()
    with ThreadPoolExecutor(1, thread_name_prefix="latentia-reading") as pool:

        def taken() -> Iterator[Thing]:
            coming = pool.submit(next, things, over)
            while (thing := coming.result()) is not over:
                coming = pool.submit(next, things, over)
                yield thing

        yield taken()

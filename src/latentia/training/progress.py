"""Who is told how training goes; by default nobody."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Anything that can be told what is being done and how far it has come."""

    def stage(self, name: str, detail: str = "") -> None:
        """Say that a new part of the work begins."""
        ...

    def epochs(self, done: int, total: int, loss: float, val_loss: float) -> None:
        """Say how many epochs are done and what the losses are (nan where there is none)."""
        ...

    def rows(self, name: str, done: int) -> None:
        """Say how many rows have gone through something, such as reading or encoding."""
        ...

    def resamples(self, what: str, done: int, total: int) -> None:
        """Say how many times something, such as a split of the rows, was drawn and learned from."""
        ...

    def close(self) -> None:
        """Say that all is done."""
        ...


class Silent:
    """Tells nobody."""

    def stage(self, name: str, detail: str = "") -> None:
        """Do nothing."""

    def epochs(self, done: int, total: int, loss: float, val_loss: float) -> None:
        """Do nothing."""

    def rows(self, name: str, done: int) -> None:
        """Do nothing."""

    def resamples(self, what: str, done: int, total: int) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""

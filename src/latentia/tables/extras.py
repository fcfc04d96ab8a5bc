"""Packages that only some tables need, and a sentence where one is not installed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from latentia.errors import MissingExtraError

if TYPE_CHECKING:
    from types import ModuleType


def needed(module: str, extra: str, purpose: str) -> ModuleType:
    """Import an optional package.

    Parameters
    ----------
    module : str
        The package.
    extra : str
        The extra of Latentia that brings it.
    purpose : str
        What needs it, as the beginning of a sentence.

    Raises
    ------
    MissingExtraError
        If it is not installed; the sentence has the command that installs it.

    Examples
    --------
    >>> needed("json", "h5", "Reading birds.h5ad").__name__
    'json'
    """
    try:
        return import_module(module)
    except ImportError:
        raise MissingExtraError(
            f"{purpose} needs the package {module}, which is not installed; run pip install "
            f"'latentia[{extra}]'."
        ) from None

"""What there is to compute with: said in a sentence where it is not there, or too small."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from latentia.errors import InputError, RecipeError

if TYPE_CHECKING:
    from collections.abc import Iterator

ASKED_FOR = "JAX_PLATFORMS"
EXHAUSTED = "RESOURCE_EXHAUSTED"


def refuse_absent_devices() -> None:
    """Raise RecipeError if a kind of device is asked for that JAX does not find here.

    Without a wish JAX takes the best there is, so that there is always one.

    Examples
    --------
    >>> refuse_absent_devices()
    """
    import jax

    try:
        jax.devices()
    except (RuntimeError, AssertionError) as error:  # an assertion where JAX is not made for that device
        asked = os.environ.get(ASKED_FOR, "")
        raise RecipeError(
            f"{ASKED_FOR}={asked!r} asks for a device that JAX does not find here; install JAX for that "
            f"device, or unset {ASKED_FOR} to compute with what there is."
        ) from error


@contextmanager
def told_if_too_small() -> Iterator[None]:
    """Say in a sentence that a device has too little memory for what goes on inside.

    Raises
    ------
    InputError
        When the device says so.
    """
    import jax

    try:
        yield
    except jax.errors.JaxRuntimeError as error:
        if EXHAUSTED not in str(error):
            raise
        kind = jax.devices()[0].device_kind
        raise InputError(
            f"The device ({kind}) has too little memory for this fit; choose a smaller batch_size, fewer "
            "n_seeds or narrower hidden_layer_sizes, or leave the table on disk with latentia.scan_table."
        ) from error

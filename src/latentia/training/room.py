"""Whether there is room for a fit, told before it begins: the system would end the process without a word.

What is counted is the least that a fit takes, so that nothing is refused that might fit.
"""

from __future__ import annotations

from latentia.tables.memory import refuse_what_needs

# Of a table in memory: its rows scaled, as float64, and as the float32 that are trained on.
SCALED_ROWS = 1.5
# Of a network in training: weights, gradient, two moments of the optimiser, the best so far.
COPIES = 5
BYTES_OF_A_WEIGHT = 4
SMALL = 1 << 26  # so much there always is


def refuse_large_table(n_bytes: int, shape: tuple[int, ...]) -> None:
    """Raise InputError if a table in memory leaves no room to train on it.

    Examples
    --------
    >>> refuse_large_table(10**15, (10**9, 125_000))
    Traceback (most recent call last):
    ...
    latentia.errors.InputError: A fit to 1000000000 rows of 125000 columns in memory needs ...
    """
    needed = int(SCALED_ROWS * n_bytes)
    if needed > SMALL:
        rows, columns = shape
        refuse_what_needs(
            needed,
            f"A fit to {rows} rows of {columns} columns in memory",
            "beside the table",
            "leave the table on disk: write it to a .parquet or .npy file and pass "
            "latentia.scan_table(PATH) to fit, or use `latentia fit --stream`",
        )


def refuse_large_networks(n_parameters: int, side_by_side: int, members: int) -> None:
    """Raise InputError if networks are too large to be trained here.

    Examples
    --------
    >>> refuse_large_networks(10**15, 2, 8)
    Traceback (most recent call last):
    ...
    latentia.errors.InputError: Training 2 of 8 networks of 1000000000000000 weights each at a time needs ...
    """
    needed = BYTES_OF_A_WEIGHT * n_parameters * (COPIES * side_by_side + members - side_by_side)
    which = f"{side_by_side} of {members} networks of"
    if needed > SMALL:
        refuse_what_needs(
            needed,
            f"Training {which} {n_parameters} weights each at a time"
            if members > 1
            else f"Training a network of {n_parameters} weights",
            "for the weights alone",
            "choose narrower hidden_layer_sizes or fewer n_seeds, or pass fewer columns",
        )

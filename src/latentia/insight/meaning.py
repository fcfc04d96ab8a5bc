"""What the factors of a trained ensemble mean, and what sets its clusters apart: the parts put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from latentia.insight.cluster_drivers import cluster_drivers
from latentia.insight.factor_results import Drivers
from latentia.insight.factors import alone
from latentia.insight.sensitivities import sensitivities
from latentia.insight.traversals import traversals
from latentia.networks.slopes import decoder_slopes
from latentia.networks.tiles import decode_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from latentia.insight.cluster_results import Clustering
    from latentia.insight.factor_results import Alone, Sensitivities, Traversals
    from latentia.insight.results import TableColumn
    from latentia.tables.splits import Split
    from latentia.tables.table import Table
    from latentia.training.trained import Trained


class Meaning(NamedTuple):
    """What the decoder says of each factor; fields of a study by the same names."""

    alone: Alone
    sensitivities: Sensitivities
    traversals: Traversals


def meaning_of(
    trained: Trained, latents: np.ndarray, split: Split, outside: np.ndarray, *, seed: int
) -> Meaning:
    """Ask the network that speaks for all what its factors do.

    Parameters
    ----------
    trained : Trained
    latents : ndarray of shape (n, k)
        Codes of all rows of the table.
    split : Split
        Slopes and walks stand at codes of training rows; R² is of held-out rows.
    outside : ndarray of shape (held-out rows, p)
        The held-out rows, scaled.
    seed : int
        Decides at which rows slopes are looked at, where there are many.
    """
    network, scaling, codes = trained.network, trained.scaling, latents[split.training]

    def decode(points: np.ndarray) -> np.ndarray:
        """Return what the network makes of codes."""
        return decode_rows(network, points)

    return Meaning(
        alone=alone(latents[split.held_out], decode, outside, trained.center, codes.mean(axis=0)),
        sensitivities=sensitivities(
            codes,
            lambda points: decoder_slopes(network, points),
            scaling.inverse_transform,
            scaling.spread_in_units,
            seed=seed,
        ),
        traversals=traversals(codes, decode, scaling.inverse_transform, scaling.spread_in_units),
    )


def drivers_of(
    clusterings: Sequence[Clustering], table: Table, training_rows: np.ndarray, columns: Sequence[TableColumn]
) -> Drivers | None:
    """Say what sets the clusters of the first clustering apart; None where there are no two groups."""
    if not clusterings:
        return None
    shown = clusterings[0]
    found = cluster_drivers(table.values, shown.labels, training_rows, columns, table.names, table.units)
    return Drivers(method=shown.method, space=shown.space, clusters=found) if found else None

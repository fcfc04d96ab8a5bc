"""All that can be said in words about one fit, from what training left behind and its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax
import numpy as np

from latentia.errors import InputError
from latentia.insight.baselines import pca_baseline
from latentia.insight.chance_of_counts import r2_of_exact_means
from latentia.insight.diagnosis import columns, rows, training, units
from latentia.insight.diagnosis.counts import counts_by_chance
from latentia.insight.diagnosis.curves import curves
from latentia.insight.diagnosis.missing_codes import missing_value_codes
from latentia.insight.diagnosis.stuck import stuck_columns
from latentia.insight.diagnosis.versus_pca import versus_pca
from latentia.insight.findings import most_severe_first
from latentia.insight.quality import quality
from latentia.insight.residuals import row_errors
from latentia.networks.activations import output_range
from latentia.networks.tiles import decode_rows, encode_rows, encoder_outputs
from latentia.settings import COUNT_LOSSES
from latentia.tables.observed import with_medians
from latentia.tables.table_on_disk import TableOnDisk
from latentia.training.beginning import first_networks
from latentia.training.planning import make_plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentia.insight.findings import Finding
    from latentia.insight.resampling_results import RepeatedSplits
    from latentia.insight.results import Baseline, Quality
    from latentia.networks.network import Network
    from latentia.tables.splits import HashedSplit, Split
    from latentia.training.trained import Trained

# More rows would not change whether a unit is dead.
ROWS_FOR_UNITS = 4096
# Counts vary by chance about any mean, so their losses never come near zero, nor the R² of single cells
# near one; and who predicts their means has a larger squared error of logarithms than PCA, which predicts
# the mean logarithm.
OF_SQUARES = (
    *("underfitting", "learning_rate_too_low", "as_good_as_pca", "worse_than_pca", "little_structure"),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """The rows that a diagnosis rests on, in original units, and PCA beside the network.

    Parameters
    ----------
    training : ndarray of shape (rows, p)
        Rows that the network learned from.
    judged : ndarray of shape (rows, p)
        Rows that it did not; may be empty.
    positions : ndarray of int, shape (rows,), or None
        Where the training rows stand in the table; in their own order when None.
    pca : Baseline or None
        PCA of the same size on the same split; computed when None.
    splits : RepeatedSplits or None
        Network and PCA on other splits of the rows.
    """

    training: np.ndarray
    judged: np.ndarray
    positions: np.ndarray | None = None
    pca: Baseline | None = None
    splits: RepeatedSplits | None = None

    @classmethod
    def of(cls, table: np.ndarray | TableOnDisk, split: Split | HashedSplit) -> Evidence:
        """Return the two sides of the table that a fit was given; of one on disk, samples of them.

        Raises
        ------
        InputError
            When the table has another number of rows than the fit had.
        """
        if isinstance(table, TableOnDisk):
            training, judged = table.training_sample, table.held_out_sample
            return cls(training=training, judged=judged, positions=table.sampled_positions)
        n_rows = split.n_training + split.n_held_out
        if len(table) != n_rows:
            raise InputError(
                f"X has {len(table)} rows, but the fit had {n_rows}; pass the table of the fit, or use score "
                "for other rows."
            )
        return cls(training=table[split.training], judged=table[split.held_out], positions=split.training)


def diagnose_fit(trained: Trained, evidence: Evidence | None, column_names: Sequence[str]) -> list[Finding]:
    """Return the findings about a fit, most severe first.

    Parameters
    ----------
    trained : Trained
    evidence : Evidence or None
        None when the rows are not at hand; then only the loss curves are read.
    column_names : sequence of str
    """
    found = training.validation_rows_seen(trained.validation_rows_seen, trained.split.n_held_out)
    if evidence is None:
        return most_severe_first([*found, *_curve_findings(trained)])
    of_counts = trained.recipe.loss_name in COUNT_LOSSES
    # A gap says nothing of its column; with the median in it, rules about cells pass it over.
    values = with_medians(evidence.training)
    # A level may well be rare, and the indicators of two levels say the same: no fault of the table.
    numbers = _numbers(trained)
    names = [column_names[at] for at in numbers]
    found += missing_value_codes(_of(evidence.training, numbers), names)
    found += columns.nearly_constant_columns(_of(values, numbers), names, rare=not of_counts)
    found += columns.duplicate_columns(_of(values, numbers), names, rare=not of_counts)
    found += stuck_columns(_of(evidence.training, numbers), names, positions=evidence.positions)
    if not of_counts:
        found += columns.sparse_counts(_of(evidence.training, numbers))
    elif len(evidence.judged):
        own = network_quality(trained.network, trained.scale(evidence.judged), trained.center, "held-out")
        found += counts_by_chance(own, r2_of_exact_means(trained, evidence.judged))
    repeated = rows.rows_duplicated_across_split(evidence.training, evidence.judged)
    scaled, judged, pca = trained.scale(evidence.training), trained.scale(evidence.judged), evidence.pca
    positions, splits = evidence.positions, evidence.splits
    del evidence, values  # as large as the scaled rows, which are enough for the rest
    pca = pca or pca_baseline(scaled, judged, scaled[:0], trained.recipe.n_components, center=trained.center)
    if not of_counts:
        filled = with_medians(scaled)
        scaling, loss = trained.recipe.scaling_kind, trained.recipe.loss_name
        found += columns.dominating_column(filled, column_names, scaling=scaling)
        found += columns.dominating_cell(
            filled, column_names, positions=positions, scaling=scaling, loss=loss
        )
        del filled
    found += repeated
    n_rows, n_columns = scaled.shape
    found += rows.fewer_rows_than_parameters(n_rows, n_columns, trained.network.architecture.n_parameters)
    found += rows.few_held_out_rows(len(judged))
    return most_severe_first([*found, *diagnose_network(trained, scaled, judged, pca, splits=splits)])


def diagnose_network(
    trained: Trained,
    scaled: np.ndarray,
    judged: np.ndarray,
    pca: Baseline,
    *,
    splits: RepeatedSplits | None = None,
) -> list[Finding]:
    """Return the findings about a network and its training, and none about the table.

    Parameters
    ----------
    trained : Trained
    scaled : ndarray of shape (rows, p)
        Rows that it learned from, in scaled units.
    judged : ndarray of shape (rows, p)
        Rows that it did not, in scaled units; may be empty.
    pca : Baseline
        PCA of the same size on the same split and scaling.
    splits : RepeatedSplits or None
        Both on other splits of the rows.
    """
    found = _curve_findings(trained, pca, scaled) + _unit_findings(trained, scaled)
    return found + _judgement(trained, judged, pca, splits) if len(judged) else found


def network_quality(network: Network, scaled: np.ndarray, center: np.ndarray, kind: str) -> Quality:
    """Return how well a network reconstructs scaled rows."""
    # In single precision, as it is said: measured, it is double precision a piece at a time.
    return quality(scaled, decode_rows(network, encode_rows(network, scaled)), center=center, rows=kind)


def reconstruct(network: Network, scaled: np.ndarray) -> np.ndarray:
    """Return the reconstruction of scaled rows, float64."""
    return decode_rows(network, encode_rows(network, scaled)).astype(np.float64)


def untrained_network(trained: Trained) -> Network:
    """Return the network that the shown member started from, had it started fresh."""
    plan = make_plan(trained.recipe, trained.scaling.n_columns)
    networks = first_networks(plan, trained.seed, [trained.chosen], trained.scaling)
    return jax.tree.map(lambda leaf: leaf[0], networks)


def _curve_findings(
    trained: Trained, pca: Baseline | None = None, scaled: np.ndarray | None = None
) -> list[Finding]:
    """Read the loss curves, beside the losses of PCA and of the initial weights where rows are at hand."""
    member = trained.chosen
    patience = trained.recipe.patience
    # Only a squared error can be compared with theirs; of categories a network has a cross-entropy.
    # Nor where columns count differently.
    plain = not trained.network.architecture.blocks and trained.recipe.column_weights is None
    squared = plain and trained.recipe.loss_name == "mse"
    found = curves(
        trained.outcome.history_of(member),
        best_epoch=int(trained.outcome.best_epoch[member]),
        ending=trained.outcome.endings[member].label,
        patience=patience if isinstance(patience, int) else None,
        baseline_loss=trained.mean_loss,
        pca_training_loss=pca.training.mse if pca is not None and squared else None,
        initial_loss=_initial_loss(trained, scaled) if scaled is not None and squared else None,
    )
    return _applying(trained, found)


def _initial_loss(trained: Trained, scaled: np.ndarray) -> float | None:
    """Return the training loss before the first step; a warm start began elsewhere."""
    if trained.warm_started:
        return None
    return network_quality(untrained_network(trained), scaled, trained.center, "training").mse


def _unit_findings(trained: Trained, scaled: np.ndarray) -> list[Finding]:
    step = -(-len(scaled) // ROWS_FOR_UNITS)
    outputs = encoder_outputs(trained.network, scaled[::step])
    recipe = trained.recipe
    found = units.dead_units(
        outputs, code_layer=len(outputs) - 1, activation=recipe.activation, bottleneck=recipe.code_name
    )
    if trained.divergences is not None:
        found += units.collapsed_components(trained.divergences)
    name = recipe.output_activation
    return found + units.output_range(_of(scaled, _numbers(trained)), *output_range(name), activation=name)


def _judgement(
    trained: Trained, judged: np.ndarray, pca: Baseline, splits: RepeatedSplits | None
) -> list[Finding]:
    """Compare with PCA and with the untrained network on rows that were not learned from."""
    reconstruction = trained.reconstruct_scaled(judged)
    own = quality(judged, reconstruction, center=trained.center, rows="held-out")
    start = network_quality(untrained_network(trained), judged, trained.center, "held-out")
    found = training.untrained_no_better(own, start)
    if pca.held_out_errors is None:
        return found
    errors = row_errors(judged, reconstruction)
    k = trained.recipe.n_components
    found += versus_pca(own, pca.held_out, errors, pca.held_out_errors, n_components=k, splits=splits)
    return _applying(trained, found)


def _applying(trained: Trained, found: list[Finding]) -> list[Finding]:
    """Leave out what rests on squared errors, where a network is of counts or weighs columns."""
    if trained.recipe.loss_name not in COUNT_LOSSES and trained.recipe.column_weights is None:
        return found
    return [finding for finding in found if finding.code not in OF_SQUARES]


def _of(rows: np.ndarray, columns: list[int]) -> np.ndarray:
    """Return some columns; the same array if they are all."""
    return rows if len(columns) == rows.shape[1] else rows[:, columns]


def _numbers(trained: Trained) -> list[int]:
    """Return the columns that are no indicators of categories."""
    architecture = trained.network.architecture
    inside = np.zeros(architecture.n_features, bool)
    for first, width in architecture.blocks:
        inside[first : first + width] = True
    return [int(at) for at in np.flatnonzero(~inside)]

"""Gathering: one trained ensemble and its table in, a complete study out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.insight import trials
from latentia.insight.baselines import MOST_COLUMNS_FOR_FACTORS, factor_analysis_baseline, pca_baseline
from latentia.insight.bootstraps import Bootstrapped, effects_of
from latentia.insight.categories import table_columns
from latentia.insight.curvature import curvature_of
from latentia.insight.diagnosis.categories import unexplained_categories
from latentia.insight.diagnosis.clusters import cluster_findings, told_clustering
from latentia.insight.diagnosis.gaps import gap_findings
from latentia.insight.diagnosis.group_nuisance import groups_of_nuisances
from latentia.insight.diagnosis.left_out import left_out as questions_left_out
from latentia.insight.diagnosis.nuisance import nuisances
from latentia.insight.diagnosis.reading import sign_reading
from latentia.insight.diagnosis.reproducibility import unstable_factors
from latentia.insight.diagnosis.structure import structure_findings
from latentia.insight.diagnosis.turning import turning_effects
from latentia.insight.diagnosis.verdict import verdict
from latentia.insight.dimension import intrinsic_dimension
from latentia.insight.factors import ablation
from latentia.insight.findings import Finding, Severity, most_severe_first
from latentia.insight.first_layer import first_layer_weights
from latentia.insight.fit_diagnosis import (
    Evidence,
    diagnose_fit,
    diagnose_network,
    network_quality,
    reconstruct,
    untrained_network,
)
from latentia.insight.gaps import missing_cells
from latentia.insight.grouping import groups_of
from latentia.insight.meaning import drivers_of, meaning_of
from latentia.insight.nuisance import follow
from latentia.insight.outliers import strange_rows
from latentia.insight.presets import PRESETS, Preset
from latentia.insight.resampling_results import RepeatedSplits
from latentia.insight.results import Study
from latentia.insight.stability import shared_space, stability
from latentia.insight.structure import LEVEL as STRUCTURE_LEVEL
from latentia.insight.structure import structure_of
from latentia.insight.suspects import row_sizes, suspects_of
from latentia.networks.indicators import owners
from latentia.networks.tiles import decode_rows, encode_rows
from latentia.tables.inputs import seen_as
from latentia.tables.pieces import row_pieces
from latentia.training.progress import Silent
from latentia.training.returning import give_memory_back

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from latentia.insight.rate_sweep import RateSweep
    from latentia.insight.resampling_results import LeftOut
    from latentia.insight.results import (
        Baseline,
        Candidate,
        Curvature,
        FirstLayerWeights,
        SizeSweep,
        Stability,
        StrangeRow,
        Structure,
    )
    from latentia.networks.indicators import Blocks
    from latentia.tables.splits import Split
    from latentia.tables.table import Table
    from latentia.training.trained import Trained


def study_of(
    table: Table,
    split: Split,
    trained: Trained,
    *,
    sizes: SizeSweep | None,
    rates: RateSweep | None,
    tried: Mapping[str, Trained],
    seed: int,
    clustering: Mapping[str, Any],
    splits: RepeatedSplits | LeftOut | None = None,
    bootstrapped: Bootstrapped | LeftOut | None = None,
    preset: Preset = PRESETS["standard"],
    ask: Callable[[str, str], None] | None = None,
) -> Study:
    """Measure everything about a trained ensemble on rows that it has not seen.

    Parameters
    ----------
    table : Table
        All rows.
    split : Split
        Rows that the ensemble was given, and rows held out from all fits.
    trained : Trained
        The ensemble.
    sizes : SizeSweep or None
        How the number of components was chosen.
    rates : RateSweep or None
        What learning rate suits the table.
    tried : mapping of str to Trained
        Simpler recipes, trained on the same rows.
    seed : int
        The root of all chance; of the clusterings, here.
    clustering : mapping
        Settings of the clusterings.
    splits : RepeatedSplits, LeftOut or None
        Network and PCA on other splits of the rows.
    bootstrapped : Bootstrapped, LeftOut or None
        Factors in networks of resampled rows.
    preset : Preset
        How many draws answer the other questions.
    ask : callable, optional
        Told each question, and a detail of it, before it is answered.
    """
    ask = ask or Silent().stage
    ask("Gathering the evidence", "held-out rows, baselines, diagnosis")
    # Training rows first, then the others, so that each side is a part of it and no copy.
    order, names = np.concatenate([split.training, split.held_out]), table.names
    scaled = _scaled(trained, table.values, order)
    inside, outside = scaled[: len(split.training)], scaled[len(split.training) :]
    k = trained.recipe.n_components
    latents = _in_table_order(encode_rows(trained.network, scaled).astype(np.float64), order)
    training = network_quality(trained.network, inside, trained.center, "training")
    held_out = network_quality(trained.network, outside, trained.center, "held-out")
    blocks = trained.network.architecture.blocks
    pca = _for_table(pca_baseline(inside, outside, scaled, k, blocks, center=trained.center), order)
    fixed = ablation(
        latents[split.held_out],
        _decoder(trained),
        outside,
        trained.center,
        latents[split.training].mean(axis=0),
    )
    compared, space = _seeds_compared(trained, outside)
    factor_names = tuple(f"factor {index + 1}" for index in range(k))
    weights = _weights(trained, tried, names)
    give_memory_back()
    over_splits = splits if isinstance(splits, RepeatedSplits) else None
    again = bootstrapped if isinstance(bootstrapped, Bootstrapped) else None
    found = diagnose_fit(trained, _evidence(table, split, trained, pca, over_splits), names)
    give_memory_back()
    factors, left_out = _factor_analysis(inside, outside, scaled, k, trained)
    factors = [_for_table(one, order) for one in factors]
    columns = (trained.schema or table.schema).columns
    told = table_columns(
        columns,
        inside,
        outside,
        reconstruct(trained.network, outside) if blocks else None,
        (pca, *factors),
        seen_as(columns, trained.scaling.kind, trained.network.architecture.markers),
    )
    found += left_out + questions_left_out(splits, bootstrapped) + unexplained_categories(told)
    of_factors = len(found)
    if any(column.n_missing for column in told):
        ask("Why are cells missing?", "and how well they are filled in")
    gaps = missing_cells(trained, scaled, split, told, seed=seed)
    found += gap_findings(gaps, table.n_rows)
    ask("Is there structure, and is it curved?", f"{preset.shuffles} shuffled tables")
    structure, curvature = _structure(scaled, blocks, k, seed, preset)
    found += structure_findings(structure, curvature)
    found[of_factors:of_factors] = unstable_factors(
        compared,
        factor_names,
        space_r2=space,
        reproducibility=again and again.reproducibility,
        structured=structure is None or structure.p_value <= STRUCTURE_LEVEL,
    )
    ask("Is it a nuisance?", "row sizes, gaps, order, named columns")
    suspects = suspects_of(table, told, _in_table_order(row_sizes(scaled), order))
    following = follow(latents, suspects, factor_names, seed=seed)
    found += nuisances(following, [one.name for one in table.nuisances])
    ask("What do the factors mean?", "slopes and walks")
    meaning = meaning_of(trained, latents, split, outside, seed=seed)
    comes_back = np.fmin(compared.per_factor, np.nan if again is None else again.reproducibility.per_factor)
    found += turning_effects(meaning.sensitivities, held_out, fixed, comes_back, names, factor_names)
    ask("Are there clusters?", f"{preset.cluster_resamples} resamples of four methods")
    groups = groups_of(
        latents,
        pca.codes,
        scaled,
        np.argsort(order),
        table.labels,
        seed=seed,
        settings=clustering,
        resamples=preset.cluster_resamples,
        owner=owners(blocks, scaled.shape[1]),
        names=[column.name for column in columns if column.width],
    )
    said = cluster_findings(groups.clouds, groups.clusterings)
    parted = (
        told_clustering(groups.clouds, groups.clusterings) if said and said[0].code == "clusters" else None
    )
    found += said + groups_of_nuisances(parted, suspects)
    ask("Which rows are strange?", "and what the study keeps")
    found = most_severe_first([*found, *sign_reading(weights, names, held_out, fixed)])
    return Study(
        **_of_table(table, split),
        **_of_training(trained),
        columns=told,
        missing=gaps,
        structure=structure,
        curvature=curvature,
        following=following,
        random_state=seed,
        latents=latents,
        latent_names=factor_names,
        training=training,
        held_out=held_out,
        untrained=network_quality(untrained_network(trained), outside, trained.center, "held-out"),
        baselines=(pca, *factors),
        effects=effects_of(trained, table.values[split.training]) if again is None else again.effects,
        weights=weights,
        ablation=fixed,
        **meaning._asdict(),
        stability=compared,
        splits=over_splits,
        reproducibility=again and again.reproducibility,
        drivers=drivers_of(groups.clusterings, table, split.training, told),
        clusterings=groups.clusterings,
        clouds=groups.clouds,
        strange_rows=_strange(table, order, trained, scaled, len(inside)),
        candidates=_candidates(table.values, order, trained, tried, pca, (inside, outside)),
        sizes=sizes,
        dimension=intrinsic_dimension(
            inside, seed=seed, kinds=[column.kind for column in table.schema.columns]
        ),
        rates=rates,
        findings=tuple(found),
        verdict=verdict(found, held_out, pca.held_out, n_components=k),
    )


def _structure(
    scaled: np.ndarray, blocks: Blocks, k: int, seed: int, preset: Preset
) -> tuple[Structure | None, Curvature | None]:
    """Ask whether there is anything, and then whether it is curved."""
    owner = owners(blocks, scaled.shape[1])
    structure = structure_of(scaled, owner, seed=seed, shuffles=preset.shuffles)
    if structure is None or structure.p_value > STRUCTURE_LEVEL:
        return structure, None
    numbers = np.flatnonzero(np.bincount(owner)[owner] == 1)
    return structure, curvature_of(scaled[:, numbers], k, seed=seed, draws=preset.gaussians)


def _scaled(trained: Trained, values: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return the scaled rows in another order, some at a time."""
    scaled = np.empty(values.shape)
    for part in row_pieces(values.shape):
        scaled[part] = trained.scale(values[order[part]])
    return scaled


def _in_table_order(codes: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return codes of rows in some order as they stand in the table."""
    placed = np.empty_like(codes)
    placed[order] = codes
    return placed


def _for_table(baseline: Baseline, order: np.ndarray) -> Baseline:
    return replace(baseline, codes=_in_table_order(baseline.codes, order))


def _of_table(table: Table, split: Split) -> dict[str, Any]:
    """Return what the study keeps of the table."""
    source = table.source
    return {
        "title": source.name,
        "source": {
            "name": source.name,
            "path": source.path,
            "sha256": source.sha256,
            "notes": list(source.notes),
        },
        "left_out": source.left_out,
        "column_names": table.names,
        "units": table.units,
        "values": table.values,
        "label_name": table.label_name,
        "labels": table.labels,
        "training_rows": split.training,
        "held_out_rows": split.held_out,
        "positions": table.positions,
        "n_rows_of_all": table.n_rows_of_all,
    }


def _of_training(trained: Trained) -> dict[str, Any]:
    """Return what the study keeps of the network that speaks for all, and of its training."""
    member, outcome = trained.chosen, trained.outcome
    return {
        "recipe": trained.recipe.to_dict(),
        "description": trained.network.architecture.describe(),
        "n_parameters": trained.network.architecture.n_parameters,
        "history": outcome.history_of(member),
        "best_epoch": int(outcome.best_epoch[member]),
        "ending": outcome.endings[member].label,
        "ending_advice": outcome.endings[member].advice,
    }


def _evidence(
    table: Table, split: Split, trained: Trained, pca: Baseline, splits: RepeatedSplits | None
) -> Evidence:
    """Return the rows that the weights were learned from, and those that no fit has seen."""
    positions = split.training[trained.split.training]
    return Evidence(
        training=table.values[positions],
        judged=table.values[split.held_out],
        positions=positions if table.positions is None else table.positions[positions],
        pca=pca,
        splits=splits,
    )


def _factor_analysis(
    inside: np.ndarray, outside: np.ndarray, scaled: np.ndarray, k: int, trained: Trained
) -> tuple[list[Baseline], list[Finding]]:
    """Fit factor analysis, unless there are too many columns for it, and then say so."""
    n_columns = scaled.shape[1]
    if n_columns <= MOST_COLUMNS_FOR_FACTORS:
        blocks, center = trained.network.architecture.blocks, trained.center
        return [factor_analysis_baseline(inside, outside, scaled, k, blocks, center=center)], []
    told = Finding(
        code="factor_analysis_left_out",
        severity=Severity.NOTE,
        sentence=(
            f"Factor analysis, which estimates a noise variance for each column, is left out for "
            f"{n_columns:,} columns (it is compared with up to {MOST_COLUMNS_FOR_FACTORS:,})."
        ),
        evidence={"n_columns": n_columns, "most_columns": MOST_COLUMNS_FOR_FACTORS},
        suggestion="PCA is the linear model to compare with here.",
    )
    return [], [told]


def _decoder(trained: Trained) -> Any:
    return lambda codes: decode_rows(trained.network, codes)


def _seeds_compared(trained: Trained, outside: np.ndarray) -> tuple[Stability, float]:
    """Compare the members' codes and quality on the held-out rows."""
    networks = [trained.outcome.network(member) for member in range(trained.outcome.members)]
    codes = np.stack([encode_rows(network, outside) for network in networks]).astype(np.float64)
    r2 = [network_quality(network, outside, trained.center, "held-out").r2 for network in networks]
    return stability(codes, r2, trained.chosen), shared_space(codes, trained.chosen)


def _weights(trained: Trained, tried: Mapping[str, Trained], names: tuple[str, ...]) -> FirstLayerWeights:
    """Read weights where they lead straight to a factor: in the network itself if it is shallow.

    The first layer of a deep network leads to hidden units, not to factors; there, the shallow
    network that was trained beside it is read instead, and the record says so.
    """
    shallow = trained if not trained.network.architecture.hidden else tried.get(trials.SHALLOW, trained)
    networks = [shallow.outcome.network(member) for member in range(shallow.outcome.members)]
    kernels = [np.asarray(network.column_weights, np.float64) for network in networks]
    others = [kernel for member, kernel in enumerate(kernels) if member != shallow.chosen]
    return first_layer_weights(
        kernels[shallow.chosen],
        names,
        others or None,
        is_code=not shallow.network.architecture.hidden,
        network=shallow.network.architecture.describe(),
    )


def _strange(
    table: Table, order: np.ndarray, trained: Trained, scaled: np.ndarray, n_training: int
) -> tuple[StrangeRow, ...]:
    made = decode_rows(trained.network, encode_rows(trained.network, scaled))

    def in_units(rows: np.ndarray) -> np.ndarray:
        """Return what was expected in the table's units; of counts, at the row's own size."""
        expected = trained.scaling.inverse_transform(made[rows])
        sizes = trained.scaling.sizes(table.values[order[rows]])
        return expected if sizes is None else expected * sizes

    found = strange_rows(
        scaled,
        made,
        table.values,
        in_units,
        held_out_mask=np.arange(len(order)) >= n_training,
        column_names=table.names,
        positions=order,
    )
    if table.positions is None:
        return found
    return tuple(replace(row, row=int(table.positions[row.row])) for row in found)


def _candidates(
    values: np.ndarray,
    order: np.ndarray,
    trained: Trained,
    tried: Mapping[str, Trained],
    pca: Baseline,
    sides: tuple[np.ndarray, np.ndarray],
) -> tuple[Candidate, ...]:
    """Measure every recipe on one split, and say what is wrong with those that were not chosen."""

    def measured(name: str, one: Trained) -> Candidate:
        inside, outside = sides
        # They learn from the same rows, so as a rule they scale them alike.
        if not one.scaling.equals(trained.scaling):
            scaled = _scaled(one, values, order)
            inside, outside = scaled[: len(inside)], scaled[len(inside) :]
        alarms = _alarms(one, inside[one.split.training], outside, pca)
        return trials.candidate(name, one, inside, outside, findings=alarms)

    own = trials.candidate("this analysis", trained, *sides, chosen=True)
    return (own, *(measured(name, one) for name, one in tried.items()))


def _alarms(trained: Trained, learned: np.ndarray, outside: np.ndarray, pca: Baseline) -> list[Finding]:
    """Return what the diagnosis warns of in one of the compared recipes."""
    found = diagnose_network(trained, learned, outside, pca)
    return [one for one in most_severe_first(found) if one.severity in (Severity.WARNING, Severity.SERIOUS)]

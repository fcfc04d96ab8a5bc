"""A study as plain values: what the report shows, ``metrics.json`` holds and ``to_dict`` returns.

Only JSON-ready values come out: dictionaries, lists, strings, numbers and None, and never NaN.
Rows are not in it, except the strange ones; the codes of all rows are in ``latents.csv``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.insight.findings import most_severe_first
from latentia.views.figures.album import rate_of
from latentia.views.report.meaning import drivers_told, factor_alone, slopes_of, traversal_of
from latentia.views.report.methods import methods_paragraph
from latentia.views.report.reading import reading_of
from latentia.views.report.wide import columns_shown
from latentia.views.shown_factors import factor_order
from latentia.views.writing import natural

if TYPE_CHECKING:
    from latentia.insight.cluster_results import Clustering
    from latentia.insight.results import Baseline, Quality, Study, TableColumn

FORMAT = 1  # raised when a key changes its meaning


def summarise(study: Study, *, brief: bool = False) -> dict[str, Any]:
    """Return everything a study found as plain values, ready for JSON.

    Parameters
    ----------
    study : Study
    brief : bool, default False
        Whether lists of the columns of a wide table hold no more than the most telling of them; see
        `latentia.views.report.wide`. `table` says in ``columns_listed`` how many.

    Returns
    -------
    summary : dict
        With the keys ``format``, ``title``, ``verdict``, ``source``, ``table``, ``model``,
        ``training``, ``quality``, ``findings``, ``factors``, ``columns``, ``left_out``, ``missing``,
        ``structure``, ``curvature``, ``following``, ``weights``, ``stability``,
        ``reproducibility``, ``repeated_splits``, ``clouds``, ``clusterings``, ``drivers``,
        ``sizes``, ``intrinsic_dimension``, ``learning_rate``, ``candidates``, ``strange_rows``,
        ``methods``, ``seconds``, ``versions`` and ``command``. What is not known is None.
    """
    shown = columns_shown(study, brief=brief)
    return plain(
        {
            "format": FORMAT,
            "title": study.title,
            "verdict": study.verdict,
            "source": study.source,
            "table": {**_table(study), "columns_listed": len(shown.columns)},
            "model": _model(study),
            "training": {
                "history": study.history,
                "best_epoch": study.best_epoch,
                "epochs": _epochs(study),
                "ending": study.ending,
                "ending_advice": study.ending_advice,
            },
            "quality": {
                "training": _quality(study.training),
                "held_out": _quality(study.held_out),
                "untrained": _quality(study.untrained),
                "baselines": [_baseline(baseline) for baseline in study.baselines],
            },
            "findings": [finding.to_dict() for finding in most_severe_first(study.findings)],
            "factors": [_factor(study, factor, shown.most) for factor in factor_order(study)],
            "columns": [_column(study, column) for column in shown.columns],
            "left_out": [{"name": name, "why": reason} for name, reason in study.left_out],
            "missing": study.missing,
            "structure": study.structure,
            "curvature": study.curvature,
            "following": study.following,
            "weights": {
                "network": study.weights.network,
                "units": study.weights.unit_names,
                "sign_agreement": study.weights.sign_agreement,
                "positive": [names[: shown.most] for names in study.weights.positive],
                "negative": [names[: shown.most] for names in study.weights.negative],
            },
            "stability": study.stability,
            "reproducibility": study.reproducibility,
            "repeated_splits": study.splits,
            "clouds": study.clouds,
            "clusterings": [_clustering(clustering) for clustering in study.clusterings],
            "drivers": drivers_told(study),
            "sizes": study.sizes,
            "intrinsic_dimension": study.dimension,
            "learning_rate": _learning_rate(study),
            "candidates": study.candidates,
            "strange_rows": study.strange_rows,
            "methods": methods_paragraph(study),
            "seconds": study.seconds,
            "versions": study.versions,
            "command": study.command,
        }
    )


def every_column(study: Study) -> list[dict[str, Any]]:
    """Return all columns of the table as plain values, as a summary that is not brief has them."""
    return plain([_column(study, column) for column in study.columns])


def plain(value: Any) -> Any:  # noqa: PLR0911  one line per type reads best
    """Return a value in JSON's own types; what is not a finite number becomes None.

    Examples
    --------
    >>> plain({"r2": np.float64(0.5), "lost": np.array([1.0, np.nan]), "rows": (1, 2)})
    {'r2': 0.5, 'lost': [1.0, None], 'rows': [1, 2]}
    """
    if isinstance(value, (str, type(None), bool)):
        return value
    if isinstance(value, (np.bool_, np.integer)):
        return value.item()
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, int):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    return str(value)


def _table(study: Study) -> dict[str, Any]:
    n_rows, n_columns = len(study.values), len(study.columns)
    classes: list[dict[str, Any]] = []
    if study.labels is not None:
        names, counts = np.unique(np.asarray(study.labels, dtype=str), return_counts=True)
        found = dict(zip(names.tolist(), counts.tolist(), strict=True))
        classes = [{"name": name, "rows": found[name]} for name in sorted(found, key=natural)]
    return {
        "rows": n_rows,
        "rows_of_all": study.n_rows_of_all,
        "columns": n_columns,
        "training_rows": len(study.training_rows),
        "held_out_rows": len(study.held_out_rows),
        "label_name": study.label_name,
        "classes": classes,
    }


def _model(study: Study) -> dict[str, Any]:
    return {
        "description": study.description,
        "n_components": len(study.latent_names),
        "n_parameters": study.n_parameters,
        "recipe": study.recipe,
        "random_state": study.random_state,
    }


def _learning_rate(study: Study) -> dict[str, Any]:
    """Return the rate that was used and, where it was measured, the one that suits the table."""
    sweep, used = study.rates, rate_of(study)
    told = {"used": used, "suggestion": None, "lowest": None, "reason": None, "setting": None}
    if sweep is None:
        return told
    told |= {"suggestion": sweep.suggestion, "lowest": sweep.lowest, "reason": sweep.reason}
    if sweep.suggestion is not None and used is not None:
        # The suggestion is for the schedule that the network had.
        told["setting"] = {**study.recipe["learning_rate"], "rate": sweep.suggestion}
    return told


def _epochs(study: Study) -> int:
    return len(study.history.get("epoch", ()))


def _quality(quality: Quality) -> dict[str, Any]:
    return {"rows": quality.rows, "n_rows": quality.n_rows, "mse": quality.mse, "r2": quality.r2}


def _baseline(baseline: Baseline) -> dict[str, Any]:
    return {
        "name": baseline.name,
        "n_components": baseline.n_components,
        "training": _quality(baseline.training),
        "held_out": _quality(baseline.held_out),
    }


def _factor(study: Study, factor: int, most: int | None) -> dict[str, Any]:
    """Return one factor with its effects, so many at most, the column it moves most first."""
    order = np.argsort(-np.nan_to_num(np.abs(study.effects.change_scaled[factor])), kind="stable")
    again, margin = study.reproducibility, study.effects.margin
    return {
        "name": study.latent_names[factor],
        "reading": reading_of(study, factor),
        "low": study.effects.low[factor],
        "high": study.effects.high[factor],
        "r2_lost": study.ablation.r2_lost[factor],
        "r2_alone": factor_alone(study, factor),
        "stability": study.stability.per_factor[factor],
        "reproducibility": None if again is None else again.per_factor[factor],
        "comes_back": study.comes_back[factor],
        "effects": [
            {
                "column": study.column_names[column],
                "unit": study.units[column],
                "change": study.effects.change[factor, column],
                "change_scaled": study.effects.change_scaled[factor, column],
                "margin": None if margin is None else margin[factor, column],
                **slopes_of(study, factor, column),
            }
            for column in order[:most]
        ],
        "traversal": traversal_of(study, factor),
    }


def _column(study: Study, column: TableColumn) -> dict[str, Any]:
    """Return one column of the table; of a category, what is known of its levels, too."""
    told = {
        "name": column.name,
        "kind": column.kind,
        "stored_as": column.dtype,
        "why": column.why,
        "unit": column.unit,
        "missing": column.n_missing,
        "seen_as": column.seen_as,
    }
    if column.kind != "category":
        return told | _explained(study, column.first)
    levels = [
        {"name": level, **_explained(study, column.first + at)} for at, level in enumerate(column.levels)
    ]
    quality = column.category
    shared = None if quality is None else {**asdict(quality), "information_share": quality.information_share}
    return told | {"n_categories": column.n_categories, "category": shared, "levels": levels}


def _explained(study: Study, at: int) -> dict[str, Any]:
    """Return how well a column that the network sees is reconstructed."""
    return {
        "r2": study.held_out.r2_per_column[at],
        "r2_baselines": {base.name: base.held_out.r2_per_column[at] for base in study.baselines},
        "r2_lost": study.ablation.r2_lost_per_column[:, at],
        "r2_alone": None if study.alone is None else study.alone.r2_per_column[:, at],
    }


def _clustering(clustering: Clustering) -> dict[str, Any]:
    labels = np.asarray(clustering.labels)
    return {
        "method": clustering.method,
        "space": clustering.space,
        "settings": clustering.settings,
        "n_clusters": clustering.n_clusters,
        "cluster_sizes": [int(np.sum(labels == code)) for code in np.unique(labels[labels >= 0])],
        "noise_rows": int(np.sum(labels < 0)),
        "noise_share": clustering.noise_share,
        "silhouette": clustering.silhouette,
        "stability": clustering.stability,
        "curve": clustering.curve,
        "agreement": clustering.agreement,
    }

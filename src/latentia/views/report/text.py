"""A study in a terminal: the verdict, the evidence, and what to do next, on one screen."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.findings import most_severe_first
from latentia.views.writing import amount, counted, score, share, shortened, signed

if TYPE_CHECKING:
    from latentia.insight.results import Study

WIDTH = 88
MARKS = {"good": "+", "note": "·", "warning": "!", "serious": "‼"}
MOST_EFFECTS = 4


def summary_text(study: Study) -> str:
    """Return a compact summary of a study as plain text, at most 88 letters wide.

    Parameters
    ----------
    study : Study

    Returns
    -------
    text : str
    """
    parts = [_head(study), _evidence(study), _findings(study), _factors(study), _clusters(study)]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def _head(study: Study) -> list[str]:
    n_rows, n_columns = study.values.shape
    size = f"{counted(n_rows, 'row')} × {counted(n_columns, 'column')}"
    title = f"{shortened(study.title, 40)}: {size}, {counted(len(study.held_out_rows), 'row')} held out"
    return [title, *textwrap.wrap(study.verdict, WIDTH)]


def _evidence(study: Study) -> list[str]:
    rows = [("network", study.held_out.r2, study.training.r2)]
    rows += [(base.name, base.held_out.r2, base.training.r2) for base in study.baselines]
    lines = [f"{'R²':<18}{'held-out':>9}{'training':>10}"]
    lines += [f"{name:<18}{score(held_out):>9}{score(training):>10}" for name, held_out, training in rows]
    return [*lines, f"{'untrained':<18}{score(study.untrained.r2):>9}"]


def _findings(study: Study) -> list[str]:
    lines = []
    for finding in most_severe_first(study.findings):
        text = f"{finding.sentence} {finding.suggestion}".strip()
        mark = MARKS[str(finding.severity)]
        lines += textwrap.wrap(f"{mark} {finding.severity}: {text}", WIDTH, subsequent_indent="  ")
    return lines


def _factors(study: Study) -> list[str]:
    lines = []
    for factor, name in enumerate(study.latent_names):
        steady = study.stability.per_factor[factor]
        seeds = f", steadiness over seeds {score(steady)}" if np.isfinite(steady) else ""
        lost = score(float(study.ablation.r2_lost[factor]))
        lines.append(f"{shortened(name, 20)} (without it R² falls by {lost}{seeds})")
        scaled = study.effects.change_scaled[factor]
        order = np.argsort(-np.nan_to_num(np.abs(scaled)), kind="stable")[:MOST_EFFECTS]
        told = "; ".join(_effect(study, factor, int(column)) for column in order)
        lines += textwrap.wrap(told, WIDTH, initial_indent="  ", subsequent_indent="  ")
    return lines


def _effect(study: Study, factor: int, column: int) -> str:
    unit = f" {study.units[column]}" if study.units[column] else ""
    return f"{shortened(study.column_names[column])} {signed(study.effects.change[factor, column])}{unit}"


def _clusters(study: Study) -> list[str]:
    lines = []
    for one in study.clusterings:
        parts = [counted(one.n_clusters, "cluster")]
        if one.noise_share > 0:
            parts.append(f"{share(one.noise_share)} noise")
        if one.agreement is not None:
            parts.append(f"ARI {score(one.agreement.ari)}, NMI {score(one.agreement.nmi)}")
        if np.isfinite(one.silhouette):
            parts.append(f"silhouette {amount(one.silhouette, 2)}")
        lines.append(f"{one.method + ' on ' + one.space:<30}{', '.join(parts)}")
    return lines

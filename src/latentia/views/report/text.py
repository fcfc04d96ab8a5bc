"""A study in a terminal: the verdict, the evidence, and what to do next, on one screen."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.diagnosis.reproducibility import STABLE
from latentia.insight.findings import most_severe_first
from latentia.views.report.columns import columns_in_words, left_out_in_words
from latentia.views.report.meaning import driver_reading
from latentia.views.report.reading import sides_of
from latentia.views.shown_factors import factor_order
from latentia.views.writing import counted, score, share, shortened

if TYPE_CHECKING:
    from latentia.insight.cluster_results import Clustering
    from latentia.insight.findings import Finding
    from latentia.insight.results import Study

WIDTH = 88
MARKS = {"good": "+", "note": "·", "warning": "!", "serious": "‼"}
ALARMING = ("serious", "warning")
MOST_FACTORS = 6
MOST_CATEGORIES = 8
MOST_CLUSTERS = 8
PLACES = {"PCA": "on PCA", "columns": "on all columns"}
CLOUDS = {"PCA": "on PCA", "shared": "on what columns share"}
MOST_LINES = 3  # of a finding or a factor; the report has the rest


def summary_text(study: Study) -> str:
    """Return a compact summary of a study as plain text, at most 88 letters wide.

    Parameters
    ----------
    study : Study

    Returns
    -------
    text : str
    """
    parts = [
        _head(study),
        _columns(study),
        _evidence(study),
        _categories(study),
        _findings(study),
        _factors(study),
        _clusters(study),
        _drivers(study),
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def _head(study: Study) -> list[str]:
    n_rows, n_columns = len(study.values), len(study.columns)
    of_all = study.n_rows_of_all
    rows = counted(n_rows, "row") if of_all is None else f"{n_rows:,} of {counted(of_all, 'row')}"
    size = f"{rows} × {counted(n_columns, 'column')}"
    title = f"{shortened(study.title, 40)}: {size}, {counted(len(study.held_out_rows), 'row')} held out"
    return [title, *textwrap.wrap(study.verdict, WIDTH)]


def _columns(study: Study) -> list[str]:
    """Return what the columns were taken for, and which are not in the table; nothing of plain numbers."""
    plain = all(one.kind == "numeric" and not one.n_missing for one in study.columns)
    if plain and not study.left_out:
        return []
    kinds = [{"kind": one.kind, "missing": one.n_missing, "levels": one.levels} for one in study.columns]
    told = f"{columns_in_words(kinds, len(study.values))} {left_out_in_words(study.left_out)}"
    return textwrap.wrap(told, WIDTH, max_lines=2 * MOST_LINES, placeholder=" …")


def _evidence(study: Study) -> list[str]:
    rows = [("network", study.held_out.r2, study.training.r2)]
    rows += [(base.name, base.held_out.r2, base.training.r2) for base in study.baselines]
    lines = [f"{'R²':<18}{'held-out':>9}{'training':>10}"]
    lines += [f"{name:<18}{score(held_out):>9}{score(training):>10}" for name, held_out, training in rows]
    return [*lines, f"{'untrained network':<18}{score(study.untrained.r2):>9}"]


def _categories(study: Study) -> list[str]:
    """Return a table of the categories: how often their level is right, and what is known of it in bits."""
    known = [(column.name, column.category) for column in study.columns if column.category is not None]
    if not known:
        return []
    linear = study.baselines[0].name if study.baselines else ""
    beside = f"{linear:>8}" if linear else ""
    lines = [f"{'categories':<30}{'right':>8}{beside}{'most frequent':>15}{'bits known':>17}"]
    for name, one in known[:MOST_CATEGORIES]:
        theirs = f"{share(one.baseline_accuracy.get(linear)):>8}" if linear else ""
        bits = f"{score(one.information_gain)} of {score(one.entropy)}"
        right, usual = share(one.accuracy), share(one.mode_accuracy)
        lines.append(f"{shortened(name, 28):<30}{right:>8}{theirs}{usual:>15}{bits:>17}")
    left_out = len(known) - MOST_CATEGORIES
    more = [f"{counted(left_out, 'more category', 'more categories')}: see the report"]
    return [*lines, *more] if left_out > 0 else lines


def _findings(study: Study) -> list[str]:
    return [line for finding in most_severe_first(study.findings) for line in _finding(finding)]


def _finding(finding: Finding) -> list[str]:
    """Return the lines of a finding; only what should alarm says here what to do next."""
    severity = str(finding.severity)
    lines = _wrapped(f"{MARKS[severity]} {severity}: {finding.sentence}", first="")
    if severity in ALARMING and finding.suggestion:
        lines += _wrapped(f"→ {finding.suggestion}")
    return lines


def _factors(study: Study) -> list[str]:
    lines = ["Where a factor is high (90th percentile against 10th, the others at their median):"]
    for factor in factor_order(study)[:MOST_FACTORS]:
        name, steady = study.latent_names[factor], study.comes_back[factor]
        doubt = ", too low to interpret" if steady < STABLE else ""
        seeds = f"; reproducibility {score(steady)} of 1{doubt}" if np.isfinite(steady) else ""
        lost = score(float(study.ablation.r2_lost[factor]))
        lines += _wrapped(f"{shortened(name, 20)} (without it R² falls by {lost}{seeds})", first="")
        surely = "no column surely" if study.effects.margin is not None else "no column"
        sides = sides_of(study, factor) or {"moves": f"{surely} by half a standard deviation"}
        for word, columns in sides.items():
            lines += _wrapped(columns, first=f"  {word:<8}", later=" " * 10)
    left_out = len(study.latent_names) - MOST_FACTORS
    return [*lines, f"{counted(left_out, 'more factor')}: see the report"] if left_out > 0 else lines


def _wrapped(text: str, first: str = "  ", later: str = "  ") -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=later,
        max_lines=MOST_LINES,
        placeholder=" …",
        break_on_hyphens=False,
    )


def _clusters(study: Study) -> list[str]:
    """Return a table of the clusterings, the network's beside those of PCA and of the columns."""
    if not study.clusterings:
        return []
    known = any(one.agreement is not None for one in study.clusterings)
    spaces = list(dict.fromkeys(one.space for one in study.clusterings))
    head = f"{'found':>6}{'noise':>7}{'ARI' if known else 'silhouette':>{6 if known else 12}}"
    above = "".join(f"{PLACES.get(space, 'on the factors'):>{len(head)}}" for space in spaces)
    lines = [*_groups(study), f"{'':<18}{above}", f"{'clusters':<18}{head * len(spaces)}"]
    for method in dict.fromkeys(one.method for one in study.clusterings):
        cells = {one.space: one for one in study.clusterings if one.method == method}
        told = "".join(_cell(cells.get(space), len(head), known=known) for space in spaces)
        lines.append(f"{method:<18}{told}".rstrip())
    return lines


def _drivers(study: Study) -> list[str]:
    """Return a line for each cluster of the first clustering: what sets its rows apart."""
    if study.drivers is None:
        return []
    told = [driver_reading(one) for one in study.drivers.clusters[:MOST_CLUSTERS]]
    lines = [f"What sets the clusters of {study.drivers.method} apart (mean against that of all other rows):"]
    lines += [textwrap.shorten(line, WIDTH, placeholder=" …") for line in told]
    left_out = len(study.drivers.clusters) - MOST_CLUSTERS
    return [*lines, f"{counted(left_out, 'more cluster')}: see the report"] if left_out > 0 else lines


def _groups(study: Study) -> list[str]:
    """Say first how many groups there are, which no method of clustering asks."""
    told = [
        f"{cloud.n_clusters} {CLOUDS.get(cloud.space, 'on the factors')} (p = {cloud.p_value:.2g})"
        for cloud in study.clouds
    ]
    if not told:
        return []
    return textwrap.wrap(
        f"Groups, tested against one cloud: {', '.join(told)}", WIDTH, subsequent_indent="  "
    )


def _cell(one: Clustering | None, width: int, *, known: bool) -> str:
    if one is None:
        return " " * width
    judged = one.silhouette if one.agreement is None else one.agreement.ari
    return f"{one.n_clusters:>6}{share(one.noise_share):>7}{score(judged):>{6 if known else 12}}"

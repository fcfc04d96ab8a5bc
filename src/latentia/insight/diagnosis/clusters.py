"""Whether rows fall into groups, whether the groups come back, and whether they are known classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.insight.cluster_stability import UNSTABLE
from latentia.insight.diagnosis.wording import at_least, counted, listed, named, percent
from latentia.insight.findings import Finding, Severity
from latentia.insight.one_cloud import LEVEL, SMALLEST_SHARE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentia.insight.cluster_results import Agreement, Cloud, Clustering

PLACES = {
    "latent": "the factors",
    "PCA": "PCA's components",
    "shared": "PCA's components of what columns share",
}


def cluster_findings(clouds: Sequence[Cloud], clusterings: Sequence[Clustering]) -> list[Finding]:
    """Say whether there are groups, by what PCA shows of them, and whether the network shows them, too.

    A network may tear a bent cloud apart, and a few of its factors may hide groups, so that groups which only
    the factors show do not count. Nor do groups that are but the values of one column, whoever shows them.

    Parameters
    ----------
    clouds : sequence of Cloud
        The tests against one cloud.
    clusterings : sequence of Clustering
        All that were made; those of the factors are named.

    Returns
    -------
    list of Finding
        ``clusters``, ``groups_of_one_column``, ``clusters_in_network_only`` or ``one_cloud``, and
        ``unstable_clusters``; nothing if there were too few rows to ask.
    """
    if not clouds:
        return []
    apart = {cloud.space for cloud in clouds if cloud.n_clusters > 1}
    shared = _shared(clouds)
    told = told_clustering(clouds, clusterings)
    if "PCA" in apart and shared is not None and shared.n_clusters == 1:
        return [_of_one_column(clouds, shared)]
    if "PCA" in apart:
        return [_clusters(clouds, told), *_unstable(told)]
    return [_in_network_only(clouds)] if "latent" in apart else [_one_cloud(clouds, clusterings)]


def told_clustering(clouds: Sequence[Cloud], clusterings: Sequence[Clustering]) -> Clustering | None:
    """Return the clustering of the factors whose number of clusters is nearest to that of the peaks.

    Of several, the one whose least stable cluster is most stable.

    Parameters
    ----------
    clouds : sequence of Cloud
    clusterings : sequence of Clustering
    """
    count = _count(clouds)
    ours = [one for one in clusterings if one.space == "latent" and one.n_clusters > 1]
    return min(ours, key=lambda one: (abs(one.n_clusters - count), -_least(one)), default=None)


def _count(clouds: Sequence[Cloud]) -> int:
    """Return how many groups are seen: peaks may hide behind each other, but none is there by chance.

    Of rows that the values of single columns part, only what columns share is counted.
    """
    shared = _shared(clouds)
    counted_in = [cloud for cloud in clouds if cloud.space != "shared"] if shared is None else [shared]
    return max((cloud.n_clusters for cloud in counted_in), default=1)


def _shared(clouds: Sequence[Cloud]) -> Cloud | None:
    """Return what is left of the parts where single columns are what the others tell of them.

    None where that was not asked, or says nothing: the rows are no one cloud, though no valley is deep, and
    no single column accounts for the parts.
    """
    shared = next((cloud for cloud in clouds if cloud.space == "shared"), None)
    if shared is None or shared.n_clusters > 1 or shared.columns or shared.p_value > LEVEL:
        return shared
    return None


def _least(one: Clustering) -> float:
    known = [value for value in one.stability if np.isfinite(value)]
    return min(known, default=0.0)


def _clusters(clouds: Sequence[Cloud], told: Clustering | None) -> Finding:
    count = _count(clouds)
    evidence = {**_evidence(clouds), "n_groups": count}
    sentence = (
        f"The rows fall into {count} groups or more: the valleys between them are deeper than chance makes "
        f"them in one cloud of the same shape ({_p_values(clouds)})."
    )
    if any(cloud.n_clusters == 1 for cloud in clouds if cloud.space == "latent"):
        sentence += " The factors do not tell them apart."
    shared, seen = _shared(clouds), max(cloud.n_clusters for cloud in clouds if cloud.space == "PCA")
    if shared is not None and shared.n_clusters < seen:
        sentence += f" PCA shows {seen}, the more of them by the values of {_single(shared)} alone."
        evidence["columns"] = list(shared.columns)
    if told is not None:
        sentence += f" {told.method} on the factors finds {told.n_clusters}"
        evidence |= {"method": told.method, "n_clusters_of_method": told.n_clusters}
        if told.stability:
            sentence += f", which come back with a Jaccard similarity of {at_least(_least(told))}"
            evidence["stability"] = list(told.stability)
        if (known := told.agreement) is not None and np.isfinite(known.p_value):
            sentence += f" and agree with the known classes ({_agreement(known)})"
            evidence |= {"ari": known.ari, "ari_interval": list(known.ari_interval)}
            evidence["ari_p_value"] = known.p_value
        sentence += "."
    return Finding(
        code="clusters", severity=Severity.GOOD, sentence=sentence, evidence=evidence, suggestion=""
    )


def _unstable(told: Clustering | None) -> list[Finding]:
    """Name clusters that do not come back when rows are drawn anew."""
    if told is None:
        return []
    weak = {f"cluster {at}": value for at, value in enumerate(told.stability) if value < UNSTABLE}
    if not weak:
        return []
    verb = "does" if len(weak) == 1 else "do"
    return [
        Finding(
            code="unstable_clusters",
            severity=Severity.WARNING,
            sentence=(
                f"{listed(list(weak)).capitalize()} of {told.method} on the factors {verb} not come back "
                f"when rows are drawn anew (Jaccard similarity below {UNSTABLE:g})."
            ),
            evidence={"method": told.method, "similarity": weak, "limit": UNSTABLE},
            suggestion="Do not interpret them; compare the other methods, or ask for fewer clusters.",
        )
    ]


def _of_one_column(clouds: Sequence[Cloud], shared: Cloud) -> Finding:
    seen = max(cloud.n_clusters for cloud in clouds if cloud.space == "PCA")
    which, one = _single(shared), len(shared.columns) == 1
    verb, it = ("is", "it") if one else ("are", "them")
    return Finding(
        code="groups_of_one_column",
        severity=Severity.NOTE,
        sentence=(
            f"No groups were found but the values of {which}: PCA's components fall into "
            f"{counted(seen, 'part')}, but not where {which} {verb} taken as what the other columns tell of "
            f"{it} ({_p_values(clouds)})."
        ),
        evidence={**_evidence(clouds), "columns": list(shared.columns)},
        suggestion=(
            "Read the factors as scales, not as types; to see what else there is, compare with an analysis "
            f"without {it} (drop)."
        ),
    )


def _single(shared: Cloud) -> str:
    """Name the columns whose values part the rows, if they are few."""
    return named(shared.columns) if shared.columns else "single columns"


def _in_network_only(clouds: Sequence[Cloud]) -> Finding:
    return Finding(
        code="clusters_in_network_only",
        severity=Severity.WARNING,
        sentence=(
            "Only the network's factors fall into groups, PCA's components do not "
            f"({_p_values(clouds)}): a network can tear one cloud apart."
        ),
        evidence=_evidence(clouds),
        suggestion="Do not take these clusters for groups unless other seeds and other data show them, too.",
    )


def _one_cloud(clouds: Sequence[Cloud], clusterings: Sequence[Clustering]) -> Finding:
    parts = [one for one in clusterings if one.space == "latent" and one.n_clusters > 1]
    named = listed([one.method for one in parts])
    parts_of = f"The clusters of {named} are parts of it, as far as these rows tell. " if parts else ""
    more = ""
    known = max(parts, key=lambda one: one.agreement.ari if one.agreement else -1.0, default=None)
    if known is not None and known.agreement is not None and known.agreement.p_value <= LEVEL:
        more = f" Still, {known.method} agrees with the known classes ({_agreement(known.agreement)})."
    return Finding(
        code="one_cloud",
        severity=Severity.NOTE,
        sentence=f"No groups were found: {_why_one(clouds)} ({_p_values(clouds)}).{more}",
        evidence=_evidence(clouds),
        suggestion=(
            f"{parts_of}Read the factors as scales, not as types; groups that overlap need more rows to be "
            f"seen, and those of less than {percent(SMALLEST_SHARE)} of the rows are taken for outliers."
        ),
    )


def _agreement(known: Agreement) -> str:
    low, high = known.ari_interval
    return f"ARI {known.ari:.2f}, {low:.2f} to {high:.2f}, p = {known.p_value:.3g}"


def _why_one(clouds: Sequence[Cloud]) -> str:
    """Return why rows count as one cloud: no valley beyond chance, or none that is deep."""
    if all(cloud.p_value > LEVEL for cloud in clouds):
        return "the rows cannot be told from one cloud"
    return "the density dips more than by chance, but in no place far enough to part one cloud into groups"


def _p_values(clouds: Sequence[Cloud]) -> str:
    return ", ".join(
        f"{'p = ' if at == 0 else ''}{cloud.p_value:.2g} on {PLACES.get(cloud.space, cloud.space)}"
        for at, cloud in enumerate(clouds)
    )


def _evidence(clouds: Sequence[Cloud]) -> dict[str, Any]:
    found: dict[str, Any] = {"level": LEVEL}
    for cloud in clouds:
        found |= {
            f"p_value_{cloud.space}": cloud.p_value,
            f"n_groups_{cloud.space}": cloud.n_clusters,
            f"prominence_{cloud.space}": cloud.prominence,
            f"prominence_by_chance_{cloud.space}": cloud.prominence_by_chance,
        }
    return found | {"n_clouds": clouds[0].draws, "n_rows": clouds[0].n_rows}

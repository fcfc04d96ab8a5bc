"""The few sentences that head a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.insight.diagnosis.reproducibility import where_looked_for
from latentia.insight.diagnosis.wording import at_least, counted, percent
from latentia.insight.findings import Severity, most_severe_first

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from latentia.insight.findings import Finding
    from latentia.insight.results import Quality

# A finding with one of these codes forbids reading anything from the model, in this order.
RUINOUS = (
    *("diverged", "rows_duplicated_across_split", "no_structure", "untrained_no_better"),
    *("validation_rows_seen", "output_range", "little_structure"),
)
# They do so only when they are serious.
MILD_AS_WELL = ("output_range", "rows_duplicated_across_split")
# What speaks against the network, and is said in words of its own.
AGAINST = ("worse_than_pca", "as_good_as_pca", "unstable_factors")
# Warnings to be heard before any comparison: without what they tell of, the figures are others.
FOREMOST = ("missing_value_codes",)
# What speaks against reading factors from single weights, which nobody has to.
OF_WEIGHTS = ("sign_reading_depends_on_seed",)


def verdict(
    findings: Sequence[Finding],
    held_out: Quality,
    pca: Quality | None = None,
    *,
    n_components: int,
) -> str:
    """Say in two or three plain sentences what was found and whether to believe it.

    The first sentence has the figures: how much of the held-out variation the factors explain,
    beside PCA. The second is what stands against believing it, most important first, or that
    the factors come back. Where the rows fall into groups, a third says so.

    Parameters
    ----------
    findings : sequence of Finding
        All findings of the analysis.
    held_out : Quality
        Of the network on held-out rows.
    pca : Quality, optional
        Of PCA of the same size on the same rows.
    n_components : int
        Number of factors.

    Examples
    --------
    >>> from latentia.insight.results import Quality
    >>> good = Quality(rows="held-out", n_rows=36, mse=0.288, r2=0.712, r2_per_column=np.ones(13))
    >>> poor = Quality(rows="held-out", n_rows=36, mse=0.35, r2=0.648, r2_per_column=np.ones(13))
    >>> verdict([], good, poor, n_components=3)
    '3 factors explain 71.2 % of the variation of 36 held-out rows; PCA with as many explains 64.8 %.'
    """
    by_code = {finding.code: finding for finding in findings if _matters(finding)}
    ruinous = next((by_code[code] for code in RUINOUS if code in by_code), None)
    by_chance = next((finding for finding in findings if finding.code == "counts_by_chance"), None)
    figures = _figures(held_out, pca, n_components, by_chance)
    if ruinous is not None:
        reason = _in_running_text(ruinous.sentence)
        return f"Do not read anything from this model yet: {reason} {ruinous.suggestion}".strip()
    # Advice on the model does not hide that the table, or what a factor says, is not what it seems.
    serious = [one for one in findings if one.severity is Severity.SERIOUS and one.code not in AGAINST]
    foremost = [by_code[code] for code in FOREMOST if code in by_code]
    if foremost:
        return " ".join(filter(None, (figures, _caution(foremost), _caution(serious))))
    against = _against(by_code)
    second = [against, _caution(serious)] if against else [_caution(findings) or _for(by_code)]
    return " ".join(sentence for sentence in (figures, *second, _groups(by_code)) if sentence)


def _groups(by_code: dict[str, Finding]) -> str:
    """Return that there are groups; that none were found is no news."""
    if "clusters" not in by_code:
        return ""
    nuisance = by_code.get("groups_of_nuisance")
    of = "" if nuisance is None else f", those of {nuisance.evidence['suspect']}"
    return f"The rows fall into {by_code['clusters'].evidence['n_groups']} groups or more{of}."


def _figures(
    held_out: Quality, pca: Quality | None, n_components: int, by_chance: Finding | None = None
) -> str:
    factors = counted(n_components, "factor")
    verb = "explains" if n_components == 1 else "explain"
    if not np.isfinite(held_out.r2):
        return f"{factors} {verb} an unknown part of the table, because no held-out rows can judge it."
    rows = counted(held_out.n_rows, "held-out row")
    sentence = f"{factors} {verb} {_share(held_out.r2)} of the variation of {rows}"
    if by_chance is not None:
        sentence += f", of which exact means would explain {_share(by_chance.evidence['r2_of_exact_means'])}"
    if pca is None or not np.isfinite(pca.r2):
        return f"{sentence}."
    return f"{sentence}; PCA with as many explains {_share(pca.r2)}."


def _against(by_code: dict[str, Finding]) -> str:
    """Return what stands against the network or its factors, with the step that follows."""
    if "worse_than_pca" in by_code:
        return "Use PCA: the network is clearly worse here."
    if "as_good_as_pca" in by_code:
        told = "Use PCA: the network gains nothing that is more than chance or worth its trouble"
        return (
            f"{told}, though there is more than straight lines."
            if "curved_structure" in by_code
            else f"{told}."
        )
    if "unstable_factors" in by_code:
        return _unstable(by_code["unstable_factors"].evidence)
    return ""


def _caution(findings: Sequence[Finding]) -> str:
    """Return the most severe warning that is left, if there is one."""
    warnings = [
        finding
        for finding in findings
        if finding.severity in {Severity.SERIOUS, Severity.WARNING} and finding.code not in OF_WEIGHTS
    ]
    if not warnings:
        return ""
    return f"Take care: {_in_running_text(most_severe_first(warnings)[0].sentence)}"


def _unstable(evidence: Mapping[str, Any]) -> str:
    """Name one factor that does not come back, or count them, and say where."""
    names, seeds = evidence["factors"], evidence["under_other_seeds"]
    which = names[0] if len(names) == 1 else f"{len(names)} of them"
    # What changes with the seed alone is worse than what changes with the rows.
    by_chance = seeds is not None and min(seeds) < evidence["threshold"]
    where = "under other seeds" if by_chance else "on resampled rows"
    return f"Take care: {which} {'does' if len(names) == 1 else 'do'} not come back {where}."


def _for(by_code: dict[str, Finding]) -> str:
    if "stable_factors" not in by_code:
        return f"{_gain(by_code)}." if "better_than_pca" in by_code else ""
    evidence = by_code["stable_factors"].evidence
    return (
        f"{f'{_gain(by_code)}, and the' if 'better_than_pca' in by_code else 'The'} factors come back "
        f"{where_looked_for(evidence)} (reproducibility {at_least(min(evidence['per_factor']))} of 1)."
    )


def _gain(by_code: dict[str, Finding]) -> str:
    """Say that the gain over PCA is clear, unless nothing curved was found that it could come from."""
    if "straight_structure" in by_code:
        return "The gain is clear, though nothing but straight lines was found"
    return "The gain is clear"


def _matters(finding: Finding) -> bool:
    """Leave out mild forms of codes that are ruinous only when they are severe."""
    return finding.code not in MILD_AS_WELL or finding.severity is Severity.SERIOUS


def _share(r2: float) -> str:
    return "nothing" if r2 <= 0 else percent(round(r2, 3)) if r2 >= 1 else f"{100 * r2:.1f} %"


def _in_running_text(sentence: str) -> str:
    """Lower the first letter unless it begins a name such as PCA or R²."""
    if len(sentence) > 1 and sentence[1].islower():
        first = sentence.split(" ", 1)[0]
        if first in {"The", "No", "Only", "Even", "One", "Training", "At", "Factor", "Codes"}:
            return sentence[0].lower() + sentence[1:]
    return sentence

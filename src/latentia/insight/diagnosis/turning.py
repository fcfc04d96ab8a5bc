"""Factors that do one thing to a column where they are low, and the opposite where they are high."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.diagnosis.reading import USED_LOSS
from latentia.insight.diagnosis.reproducibility import STABLE
from latentia.insight.diagnosis.wording import named
from latentia.insight.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from latentia.insight.factor_results import Sensitivities
    from latentia.insight.results import Ablation, Quality

# Standard deviations per standard deviation of the factor, in the lower third and in the upper one.
TURNS = 0.25
MOST_TOLD = 3
# A column of which less is told bends with the noise: where its slope turns is chance.
TOLD_R2 = 0.25


def turning_effects(
    found: Sensitivities,
    held_out: Quality,
    ablation: Ablation,
    comes_back: ArrayLike,
    names: Sequence[str],
    factor_names: Sequence[str],
) -> list[Finding]:
    """Name up to three columns on which a factor works both ways, by where it stands.

    Looked at are columns that are reconstructed on held-out rows and lose by the lack of this factor,
    and factors that come back, so that the turn is no whim of one network.

    Parameters
    ----------
    found : Sensitivities
    held_out : Quality
        Of the shown model.
    ablation : Ablation
        Of the shown model, on held-out rows.
    comes_back : array-like of shape (k,)
        How well each factor comes back, 0 to 1, nan where it is not known; below 0.8 it is left out.
    names, factor_names : sequence of str
        Of the p columns and of the k factors.
    """
    low, high = found.by_region[:, 0], found.by_region[:, -1]
    least = np.where(low * high < 0, np.minimum(np.abs(low), np.abs(high)), 0.0)
    least[~(ablation.r2_lost_per_column > USED_LOSS) | ~(held_out.r2_per_column > TOLD_R2)] = 0.0
    least[np.asarray(comes_back) < STABLE] = 0.0
    turning = [int(at) for at in np.argsort(-least, axis=None, kind="stable") if least.flat[at] >= TURNS]
    if not turning:
        return []
    places = [divmod(at, least.shape[1]) for at in turning]
    alike: dict[tuple[str, bool], list[str]] = {}
    for factor, column in places[:MOST_TOLD]:
        alike.setdefault((factor_names[factor], bool(low[factor, column] > 0)), []).append(names[column])
    told = [_told(factor, columns, rises=rises) for (factor, rises), columns in alike.items()]
    more = f" (and {len(places) - MOST_TOLD:,} more)" if len(places) > MOST_TOLD else ""
    sentence = "; ".join(told) + more
    return [
        Finding(
            code="effect_changes_sign",
            severity=Severity.NOTE,
            sentence=f"{sentence[:1].upper()}{sentence[1:]}.",
            evidence={
                "factors": [factor_names[at[0]] for at in places[:MOST_TOLD]],
                "columns": [names[at[1]] for at in places[:MOST_TOLD]],
                "slope_where_low": [float(low[at]) for at in places[:MOST_TOLD]],
                "slope_where_high": [float(high[at]) for at in places[:MOST_TOLD]],
                "threshold": TURNS,
                "n_pairs": len(places),
            },
            suggestion="Read the traversals of such a factor; one effect from low to high hides the turn.",
        )
    ]


def _told(factor: str, columns: Sequence[str], *, rises: bool) -> str:
    first, second = ("raises", "lowers") if rises else ("lowers", "raises")
    them = "it" if len(columns) == 1 else "them"
    return f"{factor} {first} {named(columns)} where it is low and {second} {them} where it is high"

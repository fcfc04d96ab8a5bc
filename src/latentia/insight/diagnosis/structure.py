"""Whether there is anything to find, and anything that straight lines miss."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentia.insight.curvature import LEVEL as CURVATURE_LEVEL
from latentia.insight.diagnosis.wording import counted
from latentia.insight.findings import Finding, Severity
from latentia.insight.structure import LEVEL as STRUCTURE_LEVEL

if TYPE_CHECKING:
    from latentia.insight.results import Curvature, Structure


# Up to here a table without structure is not told from one with little of it.
DOUBTFUL = 0.1


def structure_findings(structure: Structure | None, curvature: Curvature | None) -> list[Finding]:
    """Say whether columns hang together, and whether by more than straight lines.

    Parameters
    ----------
    structure : Structure or None
        Against tables with each column shuffled.
    curvature : Curvature or None
        Against tables of straight lines; asked only where columns hang together.

    Returns
    -------
    list of Finding
        ``structure`` or ``no_structure``, and ``curved_structure`` or ``straight_structure``.
    """
    if structure is None:
        return []
    if structure.p_value > STRUCTURE_LEVEL:
        return [_none(structure)]
    return [_some(structure)] if curvature is None else [_some(structure), _curved(curvature)]


def _none(structure: Structure) -> Finding:
    than = "no more" if structure.p_value > DOUBTFUL else "hardly more"
    return Finding(
        code="no_structure",
        severity=Severity.SERIOUS,
        sentence=(
            f"No structure was found: the columns say {than} about each other than those of "
            f"{counted(structure.shuffles, 'table')} with each column shuffled (p = {_p(structure.p_value)}; "
            f"at most {_p(STRUCTURE_LEVEL)} is asked for)."
        ),
        evidence=_evidence(structure),
        suggestion=(
            "Do not interpret the factors; ask for columns that belong together, or for more rows if they do."
        ),
    )


def _some(structure: Structure) -> Finding:
    return Finding(
        code="structure",
        severity=Severity.GOOD,
        sentence=(
            "The columns hang together, more than in "
            f"{counted(structure.shuffles, 'table')} with each column shuffled (p = {_p(structure.p_value)})."
        ),
        evidence=_evidence(structure),
        suggestion="",
    )


def _curved(curvature: Curvature) -> Finding:
    curved = curvature.p_value <= CURVATURE_LEVEL
    evidence = {
        "p_value": curvature.p_value,
        "told_of_rest": curvature.told_of_rest,
        "told_of_rest_by_chance": curvature.told_of_rest_by_chance,
        "n_tables": curvature.draws,
        "n_rows": curvature.n_rows,
        "n_columns": curvature.n_columns,
        "n_components": curvature.n_components,
        "level": CURVATURE_LEVEL,
    }
    tables = f"{counted(curvature.draws, 'table')} with the same columns and correlations but straight lines"
    if curved:
        return Finding(
            code="curved_structure",
            severity=Severity.NOTE,
            sentence=(
                f"The columns hang together by more than straight lines: more than in {tables} only "
                f"(p = {_p(curvature.p_value)})."
            ),
            evidence=evidence,
            suggestion="",
        )
    return Finding(
        code="straight_structure",
        severity=Severity.NOTE,
        sentence=(
            f"Nothing but straight lines was found: {tables} look the same (p = {_p(curvature.p_value)})."
        ),
        evidence=evidence,
        suggestion="PCA says what there is to say; a gain over it may come from less noise, not from curves.",
    )


def _evidence(structure: Structure) -> dict[str, float]:
    return {
        "p_value": structure.p_value,
        "squared_correlations_to_shuffled": structure.straight,
        "curved_correlations_to_shuffled": structure.curved,
        "n_tables": structure.shuffles,
        "n_rows": structure.n_rows,
        "n_columns": structure.n_columns,
        "level": STRUCTURE_LEVEL,
    }


def _p(value: float) -> str:
    return f"{value:.3g}"

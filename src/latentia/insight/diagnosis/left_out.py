"""Questions that were not asked, and why."""

from __future__ import annotations

from latentia.insight.findings import Finding, Severity
from latentia.insight.resampling_results import LeftOut

MORE = "Choose a more thorough preset if this matters."


def left_out(splits: object, bootstrapped: object) -> list[Finding]:
    """Say which evidence is missing because it could not be had.

    Parameters
    ----------
    splits, bootstrapped : object
        What came of repeated splits, and of resampled rows; `LeftOut` where nothing did.

    Examples
    --------
    >>> [found.code for found in left_out(LeftOut(reason="it was interrupted"), None)]
    ['repeated_splits_left_out']
    """
    findings = []
    if isinstance(splits, LeftOut):
        findings.append(
            Finding(
                code="repeated_splits_left_out",
                severity=Severity.NOTE,
                sentence="Whether the network beats PCA was judged on one split of the rows and not on "
                f"several: {splits.reason}.",
                evidence={"reason": splits.reason},
                suggestion=_next_step(splits),
            )
        )
    if isinstance(bootstrapped, LeftOut):
        findings.append(
            Finding(
                code="resamples_left_out",
                severity=Severity.NOTE,
                sentence="Whether the factors come back on resampled rows was not asked, so effects have no "
                f"intervals: {bootstrapped.reason}.",
                evidence={"reason": bootstrapped.reason},
                suggestion=_next_step(bootstrapped),
            )
        )
    return findings


def _next_step(question: LeftOut) -> str:
    return MORE if "preset" in question.reason else ""

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
    asked = (
        (
            splits,
            "repeated_splits_left_out",
            "Whether the network beats PCA was judged on one split of the rows and not on several",
        ),
        (
            bootstrapped,
            "resamples_left_out",
            "Whether the factors come back on resampled rows was not asked, so effects have no intervals",
        ),
    )
    return [
        Finding(
            code=code,
            severity=Severity.NOTE,
            sentence=f"{sentence}: {answer.reason}.",
            evidence={"reason": answer.reason},
            suggestion=MORE if "preset" in answer.reason else "",
        )
        for answer, code, sentence in asked
        if isinstance(answer, LeftOut)
    ]

"""The one form in which every part of Latentia says what it noticed.

A finding is a claim with its evidence: a stable code for machines, a severity, one plain
sentence, the numbers the sentence rests on, and what to do next.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Severity(StrEnum):
    """How much a finding matters, from reassuring to alarming."""

    GOOD = "good"
    NOTE = "note"
    WARNING = "warning"
    SERIOUS = "serious"


_RANK = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was noticed, with the numbers it rests on.

    Parameters
    ----------
    code : str
        Stable name of the rule, for example ``"overfitting"``.
    severity : Severity
        ``good``, ``note``, ``warning`` or ``serious``.
    sentence : str
        One plain sentence with the numbers that matter in it.
    evidence : mapping of str to number, str or list
        The values the rule looked at, JSON-ready.
    suggestion : str
        What to do next; empty when there is nothing to do.

    Examples
    --------
    >>> finding = Finding(code="good_fit", severity=Severity.GOOD, sentence="It generalises.")
    >>> print(finding)
    good: It generalises.
    """

    code: str
    severity: Severity
    sentence: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    suggestion: str = ""

    def __str__(self) -> str:
        """Return severity, sentence and suggestion on one line."""
        line = f"{self.severity}: {self.sentence}"
        return f"{line} {self.suggestion}" if self.suggestion else line

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as plain JSON-ready values."""
        return {**asdict(self), "severity": str(self.severity), "evidence": dict(self.evidence)}


def most_severe_first(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings so that what matters most comes first; equals keep their order."""
    return sorted(findings, key=lambda finding: -_RANK[finding.severity])

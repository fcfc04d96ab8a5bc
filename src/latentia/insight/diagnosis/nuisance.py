"""Factors that say little more than something that nobody is interested in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentia.insight.diagnosis.wording import begun, listed, percent, shortened
from latentia.insight.findings import Finding, Severity
from latentia.insight.nuisance import DERIVED, GAPS, GROUPS, ORDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from latentia.insight.results import Following

LEVEL = 0.05
# From here on a factor follows something, and from there on it mostly does.
SOME, MOST = 0.1, 0.5
# What is made of the columns goes with most factors a little.
NEARLY_ALL = 0.9
LONGEST_NAME = 40


def nuisances(following: Sequence[Following], suspects: Iterable[str]) -> list[Finding]:
    """Name the factors that merely follow something.

    ``nuisance``: a column that the user named, or the order of the rows, where the corrected p-value is
    at most 0.05 and the share at least 0.1 (a warning) or 0.5 (serious); the size of a row or its missing
    cells, where the rank correlation is at least 0.9. ``nuisance_not_judged``: a column that is the same
    in all rows.

    Parameters
    ----------
    following : sequence of Following
        Every factor beside everything that it may follow.
    suspects : iterable of str
        Names of all that was to be judged.

    Examples
    --------
    >>> from latentia.insight.results import Following
    >>> one = Following(
    ...     factor="factor 2",
    ...     suspect="batch",
    ...     kind="groups",
    ...     share=0.71,
    ...     correlation=float("nan"),
    ...     p_value=0.002,
    ...     n_rows=120,
    ... )
    >>> print(nuisances([one], ["batch"])[0].sentence)
    Factor 2 mostly says batch, with which 71 % of its variation goes (p = 0.002).
    """
    judged = list(dict.fromkeys(one.suspect for one in following))
    by_suspect = [[one for one in following if one.suspect == name] for name in judged]
    found = [finding for group in by_suspect for finding in _of_suspect(group)]
    left = [name for name in suspects if name not in judged]
    return [*found, *([_not_judged(left)] if left else [])]


def _of_suspect(group: Sequence[Following]) -> list[Finding]:
    if group[0].kind in DERIVED:
        close = [one for one in group if abs(one.correlation) >= NEARLY_ALL]
        return [_made_of_columns(close)] if close else []
    sure = [one for one in group if one.p_value <= LEVEL and one.share >= SOME]
    mostly = [one for one in sure if one.share >= MOST]
    partly = [one for one in sure if one.share < MOST]
    return [_followed(part) for part in (mostly, partly) if part]


def _followed(group: Sequence[Following]) -> Finding:
    """Tell of factors that mostly, or partly, follow one suspect."""
    one, mostly, single = group[0], group[0].share >= MOST, len(group) == 1
    verb = (
        ("mostly says" if single else "mostly say")
        if mostly
        else "partly follows"
        if single
        else "partly follow"
    )
    shares = listed([percent(one.share) for one in group])
    which = "its" if single else "their"
    # Only names that users gave can be long beyond reason.
    name = one.suspect if one.kind == ORDER else shortened(one.suspect, LONGEST_NAME)
    chance = f"p {'=' if single else '≤'} {max(one.p_value for one in group):.3g}"
    return Finding(
        code="nuisance",
        severity=Severity.SERIOUS if mostly else Severity.WARNING,
        sentence=(
            f"{begun(listed([one.factor for one in group]))} {verb} {name}, with which {shares} of {which} "
            f"variation goes ({chance})."
        ),
        evidence=_evidence(group) | {"level": LEVEL, "threshold": MOST if mostly else SOME},
        suggestion=(
            _in_order(single=single)
            if one.kind == ORDER
            else _named(name, single=single) + (_on_both_sides(name) if mostly and one.kind == GROUPS else "")
        ),
    )


def _named(name: str, *, single: bool) -> str:
    return (
        f"Do not read {'this factor' if single else 'these factors'} as a property of what was measured; "
        f"take the differences by {name} out of the columns first, or compare rows that are alike in it."
    )


def _on_both_sides(name: str) -> str:
    """Say what becomes of scores where rows of one patient, say, train and are held out."""
    return (
        f" Rows of one {name} are alike and stand on both sides of the split, so that scores and p-values "
        "promise too much for new ones; Autoencoder.fit(groups=...) holds whole ones out."
    )


def _in_order(*, single: bool) -> str:
    return (
        "Find out what changed along the table before reading "
        f"{'this factor' if single else 'these factors'}, and name it with nuisance=, or with label= if the "
        "rows are sorted by classes that are of interest."
    )


def _made_of_columns(group: Sequence[Following]) -> Finding:
    one, single = group[0], len(group) == 1
    told = listed([f"{one.correlation:.2f}" for one in group])
    gaps = one.kind == GAPS
    what = "how many cells a row lacks" if gaps else "the mean of a row's scaled columns"
    suggestion = (
        "Find out why cells are missing before reading it."
        if gaps
        else "If size is of no interest, divide every row by its sum or mean first; for counts, "
        "size_factors does so."
    )
    return Finding(
        code="nuisance",
        severity=Severity.WARNING if gaps else Severity.NOTE,
        sentence=(
            f"{begun(listed([one.factor for one in group]))} {'is' if single else 'are'} little more than "
            f"{one.suspect} (rank correlation {told} with {what}). Both are made of the same columns, so "
            "this is judged by its strength, and not by a test."
        ),
        evidence=_evidence(group) | {"threshold": NEARLY_ALL},
        suggestion=suggestion,
    )


def _evidence(group: Sequence[Following]) -> dict:
    one = group[0]
    made, grouped = one.kind in DERIVED, one.kind == GROUPS
    return {
        "suspect": one.suspect,
        "kind": one.kind,
        "factors": [one.factor for one in group],
        "share": [one.share for one in group],
        "correlation": None if grouped else [one.correlation for one in group],
        "p_value": None if made else [one.p_value for one in group],
        "n_rows": one.n_rows,
    }


def _not_judged(names: Sequence[str]) -> Finding:
    single = len(names) == 1
    return Finding(
        code="nuisance_not_judged",
        severity=Severity.NOTE,
        sentence=(
            f"Whether a factor follows {listed([shortened(name, LONGEST_NAME) for name in names])} cannot "
            f"be said: {'it is' if single else 'each is'} the same in all rows that have a value, or hardly "
            "any has."
        ),
        evidence={"suspects": list(names)},
        suggestion="Name a column that varies.",
    )

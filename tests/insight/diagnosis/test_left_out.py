from __future__ import annotations

from latentia.insight.diagnosis.left_out import left_out
from latentia.insight.resampling_results import LeftOut


def test_each_question_says_why_it_was_not_asked_and_a_small_budget_what_to_do():
    small = LeftOut(reason="5 more fits of this size take longer than the preset allows")
    splits, factors = left_out(small, LeftOut(reason="it was interrupted"))
    assert splits.sentence.endswith(f"and not on several: {small.reason}.")
    assert "more thorough preset" in splits.suggestion
    assert "no intervals: it was interrupted." in factors.sentence
    assert factors.suggestion == ""


def test_what_was_asked_is_not_told():
    assert left_out(None, None) == []

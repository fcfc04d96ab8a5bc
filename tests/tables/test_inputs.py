"""What a network sees of each column, as it really is fed."""

from __future__ import annotations

import numpy as np

from latentia.tables.inputs import seen_as
from latentia.tables.table import Column, Schema


def test_rare_categories_are_counted_where_they_share_an_indicator():
    codes = np.repeat([0.0, 1.0, 2.0, 3.0], [9, 7, 2, 3])[:, None]
    hue = Column("hue", "category", "string", None, "words", categories=("a", "b", "c", "d"))
    schema = Schema((hue,)).learned(codes)
    (told,) = seen_as(schema.columns, "none", ())
    assert told == "an indicator for each of 3 levels, the last for 2 rare ones"
    assert schema.expand(codes)[codes[:, 0] >= 2, 2].all()


def test_a_level_that_is_called_other_is_not_taken_for_the_rare_ones():
    hue = Column("hue", "category", "string", None, "words", ("(other)", "a"), ("(other)", "a"), (0, 1))
    assert seen_as([hue], "none", ()) == ("an indicator for each of 2 levels",)


def test_a_category_without_any_level_is_nothing_and_shifts_no_mark():
    gone = Column("gone", "category", "string", None, "words", ("a",))
    day = Column("day", "date", "string", "days", "dates")
    flag = Column("flag", "boolean", "bool", None, "booleans")
    assert seen_as([gone, day, flag], ("minmax", "none"), [0]) == (
        "nothing: no training row has a level",
        "days since 1970-01-01, scaled to 0–1, and a mark where it is missing",
        "0 or 1, as it is",
    )

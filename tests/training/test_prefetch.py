"""Things that are made while others are used."""

import threading

import pytest

from latentia.training.prefetch import made_ahead


def test_what_goes_wrong_while_reading_ahead_is_raised_where_the_rows_are_needed():
    def blocks():
        yield 1
        raise OSError("gone")

    taken = []
    with pytest.raises(OSError, match="gone"), made_ahead(blocks()) as ahead:
        taken.extend(ahead)
    assert taken == [1]


def test_reading_ahead_ends_with_whoever_takes_the_rows():
    def blocks():
        while True:
            yield 0

    with made_ahead(blocks()) as ahead:
        next(ahead)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("latentia-reading")]

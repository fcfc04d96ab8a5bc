"""Figures left blank, where a test looks at other files: most of the time of writing a folder is drawing."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from matplotlib.figure import Figure

from latentia.views.figures import assistant


@contextmanager
def undrawn():
    """Write every figure empty and start no second process for them; they have tests of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "draw", lambda *_: None)
        patch.setattr(Figure, "draw_without_rendering", lambda *_: None)
        patch.setattr(assistant, "_started", lambda: None)
        yield

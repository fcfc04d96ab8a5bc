"""Compiled programs are shared by the tests of this room, as an engine would share them."""

from __future__ import annotations

import pytest

from latentia.engines.compilation_cache import use_compilation_cache


@pytest.fixture(autouse=True, scope="session")
def _compiled_programs_are_kept():
    use_compilation_cache()

"""`import latentia` is light, and its public names are sorted, complete and real."""

from __future__ import annotations

import importlib
import inspect
import json
import subprocess
import sys

import pytest

import latentia
import latentia.errors

LOADED_MODULES = "import json, sys; {}; print(json.dumps(sorted(sys.modules)))"


def modules_loaded_by(statement):
    """Return the top-level modules that a fresh interpreter has after one statement."""
    run = subprocess.run(
        [sys.executable, "-c", LOADED_MODULES.format(statement)], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in json.loads(run.stdout)}


def test_import_loads_no_third_party_package():
    # Site hooks of the environment may load packages of their own, so an empty start is the measure.
    loaded = modules_loaded_by("import latentia") - modules_loaded_by("pass")
    assert loaded - set(sys.stdlib_module_names) == {"latentia"}


def test_names_are_sorted():
    assert latentia.__all__ == sorted(latentia.__all__)
    assert len(latentia.__all__) <= 25


def test_names_are_complete():
    errors = {name for name, value in vars(latentia.errors).items() if inspect.isclass(value)}
    assert errors <= set(latentia.__all__)
    assert set(latentia._HOME) == set(latentia.__all__)


@pytest.mark.parametrize("name", latentia.__all__)
def test_every_name_is_there_and_lives_where_it_says(name):
    value = getattr(latentia, name)
    assert value is getattr(importlib.import_module(latentia._HOME[name]), name)
    assert name in dir(latentia)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'latentia' has no attribute 'Autoencodr'"):
        latentia.Autoencodr  # noqa: B018 - reading the attribute is the test

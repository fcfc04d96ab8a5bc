"""Engines: found by name, taken as objects, and never another result."""

from __future__ import annotations

import numpy as np
import pytest

from latentia import Autoencoder, RecipeError
from latentia.engines import ENGINES, Engine, engine_named
from latentia.engines.local import LocalEngine
from latentia.settings import ENGINE_NAMES
from latentia.training.fit import fit
from problems import curved

X = curved(n_rows=80)[0]
SMALL = {"hidden_layer_sizes": (8,), "max_epochs": 4, "random_state": 0}


class Counting:
    """Fits here, and counts."""

    def __init__(self):
        self.fits = 0

    def fit(self, values, recipe, task):
        self.fits += 1
        return fit(values, recipe, task)


def test_every_name_has_its_engine():
    assert tuple(ENGINES) == ENGINE_NAMES
    for name in ENGINES:
        assert isinstance(engine_named(name), Engine)
    assert isinstance(engine_named("local"), LocalEngine)


def test_an_object_is_taken_as_it_is_and_runs_the_fit():
    own = Counting()
    assert engine_named(own) is own
    model = Autoencoder(1, **SMALL, engine=own).fit(X)
    assert own.fits == 1
    np.testing.assert_array_equal(model.transform(X), Autoencoder(1, **SMALL).fit(X).transform(X))


@pytest.mark.parametrize("engine", ["locale", "", None, 5, Counting])
def test_what_is_no_engine_is_refused(engine):
    with pytest.raises(RecipeError, match=r"engine=.* is not known; choose one of 'local'"):
        engine_named(engine)

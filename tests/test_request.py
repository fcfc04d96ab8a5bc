"""What was asked for: refused before any work, and told as what repeats it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import numpy as np
import optax
import pandas as pd
import pytest

from latentia.errors import RecipeError
from latentia.request import Request, checked_recipe, checked_seed


def asked(data="wine.csv", **what):
    return Request.of(data, **what)


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ({"random_state": None}, "random_state=None must be a whole number from 0 to 4294967295"),
        ({"random_state": -1}, "random_state=-1 must be a whole number from 0"),
        ({"random_state": 2**32}, "random_state=4294967296 must be a whole number"),
        ({"n_seeds": 0}, "n_seeds=0 must be a whole number of at least 1"),
        ({"n_seeds": True}, "n_seeds=True must be a whole number"),
        ({"n_components": 1.5}, "n_components=1.5 must be a whole number of at least 1, or 'auto'"),
        ({"n_components": "two"}, "n_components='two' must be a whole number of at least 1, or 'auto'"),
        ({"n_clusters": 0}, "n_clusters=0 must be a whole number of at least 1"),
        ({"min_samples": 0}, "min_samples=0 must be a whole number of at least 1"),
        ({"eps": 0}, "eps=0 must be a number above 0; leave it out"),
        ({"eps": float("nan")}, "eps=nan must be a number above 0"),
        ({"eps": "wide"}, "eps='wide' must be a number above 0"),
    ],
)
def test_numbers_that_cannot_be(what, sentence):
    with pytest.raises(RecipeError, match=sentence):
        asked(**what)


VALUES = {
    "list": list("aab") * 1000,
    "array": np.arange(3000.0),
    "rows": np.ones((3000, 2)),
    "series": pd.Series(np.arange(3000.0)),
}


@pytest.mark.parametrize("kind", VALUES)
def test_values_are_no_name_of_a_label_and_are_not_printed(kind):
    with pytest.raises(RecipeError, match="label must be the name of a column, not values") as refusal:
        asked([[1.0]], label=VALUES[kind])
    assert "put the values into the table as a column first" in str(refusal.value)
    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize("role", ["drop", "nuisance"])
@pytest.mark.parametrize("values", [VALUES["series"], VALUES["rows"], [VALUES["array"]]])
def test_values_are_no_names_of_columns_to_leave_out(role, values):
    with pytest.raises(RecipeError, match=f"{role} must be the name of a column, or a list of names") as told:
        asked([[1.0]], **{role: values})
    assert len(str(told.value)) < 200


def test_names_may_come_in_any_form():
    assert asked([[1.0]], label=np.int64(3)).label == "3"
    assert asked([[1.0]], label=("day", "kind")).label == "('day', 'kind')"
    assert asked([[1.0]], drop=pd.Index(["a", "b"])).drop == ("a", "b")
    assert asked([[1.0]], drop=(name for name in "ab")).drop == ("a", "b")
    assert asked([[1.0]], drop=np.array([0, 2])).drop == ("0", "2")


def test_one_form_for_what_may_be_written_in_several():
    request = asked(
        Path("a") / "b.csv",
        drop="id",
        label=3,
        n_seeds=np.int64(2),
        random_state=np.uint8(7),
        eps=np.float32(0.5),
    )
    assert (request.data, request.drop, request.label) == ("a/b.csv", ("id",), "3")
    assert type(request.n_seeds) is type(request.random_state) is int
    assert request.clustering == {"n_clusters": None, "eps": 0.5, "min_samples": 5}
    assert asked([[1.0]]).data is None


def test_a_command_says_everything_that_was_asked_for():
    request = asked(
        "my data.csv",
        label="kind of wine",
        drop=("id", "note"),
        n_components=3,
        n_clusters=4,
        eps=0.5,
        settings={
            "scaling": None,
            "activation": "tanh",
            "hidden_layer_sizes": (64, 32),
            "learning_rate": {"schedule": "cosine", "rate": 0.01},
            "dropout": np.float64(0.1),
        },
    )
    assert shlex.split(request.command()) == [
        *("latentia", "analyze", "my data.csv", "--label", "kind of wine", "--components", "3"),
        *("--seeds", "8", "--random-state", "0", "--clusters", "4", "--eps", "0.5"),
        *("--min-samples", "5", "--set", "scaling=null", "--set", "activation=tanh"),
        *("--set", "hidden_layer_sizes=[64, 32]"),
        *("--set", 'learning_rate={"schedule": "cosine", "rate": 0.01}', "--set", "dropout=0.1"),
        *("--drop", "id", "--drop", "note"),
    ]


def test_what_a_command_cannot_say_is_a_call_in_which_it_is_named():
    rows = asked(np.eye(3), label="kind", drop=["id"], settings={"scaling": None, "dropout": np.float64(0.1)})
    assert rows.command() == (
        "latentia.analyze(data, label='kind', n_components='auto', n_seeds=8, random_state=0, min_samples=5, "
        "scaling=None, dropout=0.1, drop=['id'])"
    )
    own = asked("wine", n_components=2, settings={"optimizer": optax.adam(1e-3)})
    assert own.command() == (
        "latentia.analyze('wine', n_components=2, n_seeds=8, random_state=0, min_samples=5, "
        "optimizer=optimizer)"
    )


def test_it_is_ready_for_json_whatever_was_asked_for():
    request = asked(
        np.eye(3), random_state=np.int64(3), settings={"optimizer": optax.adam(1e-3), "dropout": 0.1}
    )
    document = json.loads(json.dumps(request.to_dict(), allow_nan=False))
    assert document["random_state"] == 3
    assert document["dropout"] == 0.1
    assert document["data"] is None
    assert "eps" not in document


def test_an_engine_object_stays_out_of_the_recipe():
    assert checked_recipe({"engine": object()}).engine == "local"
    with pytest.raises(RecipeError, match="engine='remote'"):
        checked_recipe({"engine": "remote"})


def test_no_learning_rate_is_for_own_optimisers():
    own = optax.adam(1e-3)
    assert checked_recipe({"learning_rate": None, "optimizer": own}).optimizer is own
    with pytest.raises(RecipeError, match=r"learning_rate=None is for .*optimizer='sgd'"):
        checked_recipe({"learning_rate": None, "optimizer": "sgd"})


def test_seeds_are_what_scikit_learn_takes():
    assert checked_seed(np.int32(5)) == 5
    state = np.random.RandomState(0)
    assert checked_seed(state) != checked_seed(state)
    assert checked_seed(np.random.RandomState(0)) == checked_seed(np.random.RandomState(0))
    assert 0 <= checked_seed(None) < 2**32
    with pytest.raises(RecipeError, match=r"random_state=-3 must be .*or None"):
        checked_seed(-3)


def test_no_columns_to_drop_may_be_said_in_any_way():
    for nothing in (None, (), [], ""):
        assert Request.of("wine", drop=nothing).drop == ()
    assert Request.of("wine", drop="ash").drop == ("ash",)
    with pytest.raises(RecipeError, match="drop=3 must be the name of a column, or a list of names"):
        Request.of("wine", drop=3)

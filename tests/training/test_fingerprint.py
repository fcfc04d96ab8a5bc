"""Fingerprints: equal for equal fits, and different, in words, for whatever would change a byte."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import optax
import pytest

from latentia.errors import RecipeError
from latentia.recipe import Recipe
from latentia.training import fingerprint
from latentia.training.fingerprint import differences, digest, fingerprint_of, surroundings, threads

X = np.random.default_rng(0).normal(size=(30, 4))
RECIPE = Recipe.from_settings(corruption=None).resolve(n_rows=24, n_features=4)


def of(recipe=RECIPE, seed=0, data=X, **inputs):
    return fingerprint_of(recipe, seed, data=data, inputs={"split": np.arange(3), **inputs})


def test_equal_fits_have_equal_fingerprints_even_after_a_file():
    assert differences(json.loads(json.dumps(of())), of(data=X.copy())) == []


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"data": X + 0.0}, []),
        ({"data": np.where(np.arange(120).reshape(30, 4) == 77, X + 1e-15, X)}, ["the table is another one"]),
        ({"data": X[::-1]}, ["the table is another one"]),
        ({"data": X.reshape(4, 30)}, ["the table is another one"]),
        ({"data": X[:20], "recipe": replace(RECIPE, batch_size=8)}, ["the table is another one"]),
        ({"seed": 7}, ["random_state is 7 and was 0"]),
        (
            {"recipe": replace(RECIPE, dropout=0.1, max_epochs=9)},
            ["dropout is 0.1 and was 0.0", "max_epochs is 9 and was 300"],
        ),
        ({"recipe": replace(RECIPE, activation="tanh")}, ["activation is tanh and was gelu"]),
        ({"split": np.arange(4)}, ["other rows are held out"]),
        ({"networks": [np.ones(3)]}, ["it starts from other weights"]),
        ({"dials": np.ones(3)}, ["its networks have other numbers in their settings"]),
    ],
)
def test_what_differs_is_said(other, words):
    assert differences(of(), of(**other)) == words


def test_versions_devices_and_threads_are_told(monkeypatch):
    was = of()
    monkeypatch.setattr(fingerprint, "version", lambda name: f"{name} 9")
    monkeypatch.setattr(fingerprint, "_processor", lambda: "Another CPU")
    monkeypatch.setenv("NPROC", str(was["threads"] + 5))
    told = ", ".join(differences(was, of()))
    assert f"jax is jax 9 and was {was['versions']['jax']}" in told
    assert f"devices is Another CPU and was {was['devices']}" in told
    assert told.endswith(f"; set NPROC={was['threads']} before starting")


def test_an_unknown_part_is_a_difference_too():
    assert differences({**of(), "phase of the moon": 1}, of()) == ["it was written by another version"]


def test_threads_are_counted_as_xla_counts_them(monkeypatch):
    monkeypatch.setenv("NPROC", "3")
    assert threads() == 3
    for nothing in ("", "0", "many"):
        monkeypatch.setenv("NPROC", nothing)
        assert threads() == len(os.sched_getaffinity(0))


def test_surroundings_name_what_computes():
    told = surroundings()
    assert {"python", "latentia", "jax", "jaxlib", "numpy"} <= set(told["versions"])
    assert told["devices"]


def test_a_digest_knows_places_types_shapes_and_values():
    one = digest({"a": np.zeros(4, np.float32), "b": None})
    assert one == digest({"a": jnp.zeros(4, np.float32)})
    for other in (
        {"a": np.zeros(4, np.int32)},
        {"a": np.zeros((2, 2), np.float32)},
        {"c": np.zeros(4, np.float32)},
        {"a": np.zeros(4, np.float32), "b": np.zeros(0)},
        {"a": np.array([0, 0, 0, -0.0], np.float32)},
    ):
        assert digest(other) != one
    assert digest(np.float32(1)) != digest(np.float32(2))
    assert digest(X.T) == digest(np.ascontiguousarray(X.T))


def test_an_object_cannot_be_known_again():
    own = replace(RECIPE, optimizer=optax.sgd(0.1), learning_rate=None)
    with pytest.raises(RecipeError, match=r"^optimizer is an object, .* choose one by its name"):
        of(own)

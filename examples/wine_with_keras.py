"""The experiments of wine_tutorial.py made with Keras 3, for figures to stand beside.

Not needed to use Latentia. It was run once, with ``pip install keras`` and Keras' JAX backend, to
write the part "jax" of wine_with_keras.json, which wine_tutorial.py reads:

    KERAS_BACKEND=jax python examples/wine_with_keras.py --seeds 12

Each seed has its own initial weights, order of batches and held-out fifth of the rows. Losses are
reconstruction errors: penalties are left out, as Latentia reports them apart.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
from sklearn.cluster import DBSCAN, KMeans
from sklearn.datasets import load_wine
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

RESULTS = Path(__file__).with_name("wine_with_keras.json")
PENALTY = 1e-4


def network(
    hidden: tuple[int, ...] = (), *, output: str = "sigmoid", penalty: float = 0.0
) -> tuple[keras.Model, keras.Model]:
    """Return an autoencoder 13-…-3-…-13 and its encoder."""
    encoded = inputs = keras.Input((13,))
    for width in (*hidden, 3):
        regularizer = keras.regularizers.L1(penalty) if penalty else None
        encoded = keras.layers.Dense(width, "relu", activity_regularizer=regularizer)(encoded)
    decoded = encoded
    for width in reversed(hidden):
        decoded = keras.layers.Dense(width, "relu")(decoded)
    decoded = keras.layers.Dense(13, output)(decoded)
    return keras.Model(inputs, decoded), keras.Model(inputs, encoded)


def train(
    model: keras.Model,
    rows: np.ndarray,
    epochs: int,
    *,
    judged: np.ndarray | None = None,
    learning_rate: float = 1e-3,
) -> list[float]:
    """Train and return what is compared: first and last training loss; first, best, last held-out loss."""
    model.compile(keras.optimizers.Adam(learning_rate), loss="mse", metrics=["mse"])
    held_out = None if judged is None else (judged, judged)
    told = model.fit(rows, rows, epochs=epochs, batch_size=16, validation_data=held_out, verbose=0).history
    figures = [told["mse"][0], told["mse"][-1]]
    if judged is not None:
        figures += [told["val_mse"][0], min(told["val_mse"]), told["val_mse"][-1]]
    return [round(float(figure), 4) for figure in figures]


def experiments(seed: int) -> dict[str, Any]:
    """Return the figures of all experiments for one seed."""
    keras.utils.set_random_seed(seed)
    wine = load_wine()
    rows = StandardScaler().fit_transform(wine.data).astype(np.float32)
    training, judged = train_test_split(rows, test_size=0.2, random_state=seed)
    found = {"seed": seed}
    shallow, encoder = network()
    found["shallow"] = train(shallow, rows, 100)
    code = encoder.predict(rows, verbose=0)
    weights = shallow.layers[1].get_weights()[0]
    found["never_positive"] = [wine.feature_names[at] for at in np.flatnonzero((weights <= 0).all(axis=1))]
    kmeans = KMeans(3, n_init=10, random_state=0).fit_predict(code)
    dbscan = DBSCAN(eps=1.80, min_samples=5).fit_predict(code)
    found["kmeans_ari"] = round(adjusted_rand_score(wine.target, kmeans), 4)
    found["dbscan_ari"] = round(adjusted_rand_score(wine.target, dbscan), 4)
    found["dbscan_clusters"] = len(set(dbscan) - {-1})
    found["longer"] = train(shallow, rows, 200)
    found["split_warm"] = train(shallow, training, 200, judged=judged)
    found["split_fresh"] = train(network()[0], training, 200, judged=judged)
    penalised = network(penalty=PENALTY)[0]
    found["l1"] = train(penalised, training, 200, judged=judged)
    found["rate_1_warm"] = train(penalised, training, 200, judged=judged, learning_rate=1.0)
    found["rate_1_fresh"] = train(
        network(penalty=PENALTY)[0], training, 200, judged=judged, learning_rate=1.0
    )
    deep = {"hidden": (32, 16), "penalty": PENALTY}
    found["deep"] = train(network(**deep)[0], training, 200, judged=judged)
    found["linear_output"] = train(network(output="linear")[0], training, 200, judged=judged)
    found["deep_linear_output"] = train(network(**deep, output="linear")[0], training, 200, judged=judged)
    return found


def main() -> None:
    """Run the experiments and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=12)
    runs = []
    for seed in range(parser.parse_args().seeds):
        runs.append(experiments(seed))
        print(runs[-1], flush=True)
    figures = json.loads(RESULTS.read_text(encoding="utf-8"))
    about = f"Keras {keras.version()}, {keras.backend.backend()} backend, CPU, by examples/wine_with_keras.py"
    figures["jax"] = {"about": about, "runs": runs}
    RESULTS.write_text(as_json(figures), encoding="utf-8")


def as_json(figures: dict[str, Any]) -> str:
    """Write the figures with a line per seed."""
    kinds = []
    for kind, told in figures.items():
        runs = ",\n".join(f"   {json.dumps(run)}" for run in told["runs"])
        kinds.append(f' "{kind}": {{\n  "about": {json.dumps(told["about"])},\n  "runs": [\n{runs}\n  ]\n }}')
    return "{\n" + ",\n".join(kinds) + "\n}\n"


if __name__ == "__main__":
    main()

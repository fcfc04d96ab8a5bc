"""How long a small fit takes: Wine, 13-3-13, 200 epochs of batches of 16.

    python benchmarks/small_fit.py [--rounds 7]

Ours, scikit-learn's MLPRegressor, PyTorch and Keras, each as its users write it, in one run.
"Cold" is the first fit in a fresh process (imports excluded, compilation included, no compilation
cache); "warm" is the median of later fits. The last column says how many times as long a fit took
as ours, as a median over rounds in which all take turns.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import warnings
from statistics import median

import numpy as np  # noqa: TC002 - in annotations that scripts may evaluate
from measuring import in_turns, keep, paired_ratio, show

EPOCHS, BATCH, WIDTH = 200, 16, 3


def wine() -> np.ndarray:
    """Return the Wine table, z-scored."""
    from sklearn.datasets import load_wine

    X = load_wine().data
    return (X - X.mean(axis=0)) / X.std(axis=0)


def ours(X: np.ndarray):
    """Fit with Latentia."""
    from latentia import Autoencoder

    def fit() -> float:
        model = Autoencoder(
            WIDTH,
            hidden_layer_sizes=(),
            bottleneck="relu",
            optimizer="adam",
            learning_rate=1e-3,
            corruption=None,
            batch_size=BATCH,
            max_epochs=EPOCHS,
            validation_fraction=0.0,
            scaling=None,
            random_state=0,
        ).fit(X)
        return float(model.history_["loss"][-1])

    return fit


def scikit_learn(X: np.ndarray):
    """Fit with MLPRegressor, the closest that scikit-learn has."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPRegressor

    def fit() -> float:
        model = MLPRegressor(
            hidden_layer_sizes=(WIDTH,),
            batch_size=BATCH,
            max_iter=EPOCHS,
            n_iter_no_change=EPOCHS,
            random_state=0,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(X, X)
        return 2 * model.loss_

    return fit


def pytorch(X: np.ndarray):
    """Fit with a plain PyTorch loop."""
    import torch

    data = torch.tensor(X, dtype=torch.float32)

    def fit() -> float:
        torch.manual_seed(0)
        model = torch.nn.Sequential(torch.nn.Linear(13, WIDTH), torch.nn.ReLU(), torch.nn.Linear(WIDTH, 13))
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        for _ in range(EPOCHS):
            order, total = torch.randperm(len(data)), 0.0
            for begin in range(0, len(data), BATCH):
                batch = data[order[begin : begin + BATCH]]
                optimizer.zero_grad()
                loss = torch.nn.functional.mse_loss(model(batch), batch)
                loss.backward()
                optimizer.step()
                total += float(loss.detach()) * len(batch)
        return total / len(data)

    return fit


def keras(X: np.ndarray):
    """Fit with Keras, on whichever backend is set up."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras

    def fit() -> float:
        keras.utils.set_random_seed(0)
        inputs = keras.Input((13,))
        code = keras.layers.Dense(WIDTH, activation="relu")(inputs)
        model = keras.Model(inputs, keras.layers.Dense(13)(code))
        model.compile(optimizer="adam", loss="mse")
        history = model.fit(X, X, epochs=EPOCHS, batch_size=BATCH, shuffle=True, verbose=0)
        return history.history["loss"][-1]

    return fit


MAKERS = {"latentia": ours, "scikit-learn": scikit_learn, "PyTorch": pytorch, "Keras": keras}


def cold(name: str) -> float:
    """Time the first fit in a fresh process."""
    environment = {**os.environ, "LATENTIA_CACHE": "off"}
    command = [sys.executable, __file__, "--cold", name]
    run = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)  # noqa: S603 - this file
    return float(run.stdout.split()[-1])


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--cold", choices=MAKERS)
    arguments = parser.parse_args()
    X = wine()
    if arguments.cold:
        fit = MAKERS[arguments.cold](X)
        begun = time.perf_counter()
        fit()
        print(time.perf_counter() - begun)
        return
    fits = {}
    for name, maker in MAKERS.items():
        try:
            fits[name] = maker(X)
        except ImportError:
            print(f"{name} is not installed; left out")
    final = {name: fit() for name, fit in fits.items()}
    slow = fits.pop("Keras", None)  # several seconds a fit: timed in fewer rounds
    seconds = in_turns(fits, arguments.rounds)
    if slow:
        pair = in_turns({"latentia": fits["latentia"], "Keras": slow}, 2)
        seconds["Keras"] = pair["Keras"]
    rows = []
    for name, taken in seconds.items():
        reference = seconds["latentia"][: len(taken)]
        rows.append((name, cold(name), median(taken), paired_ratio(reference, taken), final[name]))
    show("Wine, 13-3-13, 200 epochs", ("", "cold, s", "warm, s", "times ours, warm", "final loss"), rows)
    keep(
        "small_fit",
        {
            "rows": [
                dict(zip(("name", "cold_s", "warm_s", "ratio", "loss"), row, strict=True)) for row in rows
            ]
        },
    )


if __name__ == "__main__":
    main()

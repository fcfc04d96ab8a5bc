"""How fast a deep fit runs: 784-1000-500-250-30 and back, batch 256, 12,800 random rows.

    python benchmarks/deep_fit.py [--rounds 5] [--epochs 1]

Counts the multiply-adds of the matrix products (forward, and backward but for the gradient of the
input, which nobody needs) and compares the rate with that of one plain matrix product through JAX
on the same machine in the same round; and with PyTorch, when it is installed.
"""

from __future__ import annotations

import argparse
import time
from itertools import pairwise
from statistics import median

import numpy as np
from measuring import keep, paired_ratio, show

ROWS, BATCH, HIDDEN, CODE = 12_800, 256, (1000, 500, 250), 30


def work(widths: tuple[int, ...], epochs: int) -> float:
    """Return the floating-point operations of the matrix products of a fit."""
    products = [a * b for a, b in pairwise(widths)]
    return 2.0 * ROWS * epochs * (3 * sum(products) - products[0])


def ours(X: np.ndarray, epochs: int):
    """Fit with Latentia."""
    from latentia import Autoencoder

    def fit() -> None:
        Autoencoder(
            CODE,
            hidden_layer_sizes=HIDDEN,
            activation="relu",
            optimizer="adam",
            learning_rate=1e-3,
            corruption=None,
            batch_size=BATCH,
            max_epochs=epochs,
            validation_fraction=0.0,
            scaling=None,
            random_state=0,
        ).fit(X)

    return fit


def pytorch(X: np.ndarray, epochs: int):
    """Fit with a plain PyTorch loop."""
    import torch

    widths = (X.shape[1], *HIDDEN, CODE, *HIDDEN[::-1], X.shape[1])
    data = torch.tensor(X)

    def fit() -> None:
        torch.manual_seed(0)
        layers = [torch.nn.Linear(a, b) for a, b in pairwise(widths)]
        parts = [part for layer in layers for part in (layer, torch.nn.ReLU())][:-1]
        del parts[2 * len(HIDDEN) + 1]  # a linear code
        model = torch.nn.Sequential(*parts)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        for _ in range(epochs):
            order = torch.randperm(len(data))
            for begin in range(0, len(data), BATCH):
                batch = data[order[begin : begin + BATCH]]
                optimizer.zero_grad()
                torch.nn.functional.mse_loss(model(batch), batch).backward()
                optimizer.step()

    return fit


def matmul_rate(side: int = 2048, times: int = 8) -> float:
    """Return the operations per second of a float32 matrix product through JAX."""
    import jax
    import jax.numpy as jnp

    a = jnp.asarray(np.random.default_rng(0).random((side, side), np.float32))
    product = jax.jit(lambda x: x @ x)
    product(a).block_until_ready()
    begun = time.perf_counter()
    for _ in range(times):
        product(a).block_until_ready()
    return 2.0 * side**3 * times / (time.perf_counter() - begun)


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=1)
    arguments = parser.parse_args()
    X = np.random.default_rng(0).random((ROWS, 784), np.float32)
    operations = work((784, *HIDDEN, CODE, *HIDDEN[::-1], 784), arguments.epochs)
    fits = {"latentia": ours(X, arguments.epochs)}
    try:
        fits["PyTorch"] = pytorch(X, arguments.epochs)
    except ImportError:
        print("PyTorch is not installed; left out")
    seconds: dict[str, list[float]] = {name: [] for name in fits}
    shares = []
    for fit in fits.values():
        fit()
    for _ in range(arguments.rounds):
        rates = [matmul_rate()]
        for name, fit in fits.items():
            begun = time.perf_counter()
            fit()
            seconds[name].append(time.perf_counter() - begun)
            rates.append(matmul_rate())
        shares.append(operations / seconds["latentia"][-1] / np.mean(rates[:2]))
    rows = [
        (name, median(taken), operations / median(taken) / 1e9, paired_ratio(seconds["latentia"], taken))
        for name, taken in seconds.items()
    ]
    show("784-1000-500-250-30, one epoch", ("", "seconds", "GFLOP/s", "times ours"), rows)
    print(f"\nShare of the machine's own matrix-product rate: {median(shares):.2f}")
    keep(
        "deep_fit",
        {"share_of_matmul": median(shares), "shares": shares, "seconds": seconds, "operations": operations},
    )


if __name__ == "__main__":
    main()

"""How much of a handwritten digit one code of 30 numbers keeps: 784-1000-500-250-30 and back, on MNIST.

    python benchmarks/mnist_autoencoder.py FOLDER [--rows N] [--epochs N] [--seed 0]

The whole set takes about half an hour on two cores; the time grows with the number of epochs.

FOLDER has the four standard files (train-images-idx3-ubyte and so on, as they are or gzipped). One
network learns from the training images, pixels divided by 255, and is never shown a test image. The
error of an image is the sum of its squared errors over all pixels, and the figure its mean over the
images. Beside it stand PCA with 30 components on the same images, and what was published.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from idx_files import read_images
from measuring import keep, show

from latentia import Autoencoder
from latentia.errors import LatentiaError

COMPONENTS = 30
# Chosen on 10,000 of the training images. Muon learns the training images so well that what is left is
# the gap to others: a high rate that warms up long and never falls to nothing, an average of the weights
# over the end, decay, and codes with small slopes each narrow it.
RECIPE = {
    "hidden_layer_sizes": (1000, 500, 250),
    "activation": "silu",
    "output_activation": "sigmoid",
    "loss": "bce",
    "penalty": {"contractive_sampled": 1e-4},
    "corruption": None,
    "optimizer": {"name": "muon", "weight_decay": 0.1, "averaging": 0.05},
    "learning_rate": {"schedule": "one_cycle", "rate": 0.08, "warmup": 0.3, "final": 0.2},
    "batch_size": 1024,
    "max_epochs": 80,
    "validation_fraction": 0.0,
    "scaling": None,  # pixels lie between 0 and 1, as the sigmoid's values do
}
PUBLISHED = {
    "PCA (Hinton & Salakhutdinov, 2006)": 13.87,
    "pretrained autoencoder (Hinton & Salakhutdinov, 2006)": 3.00,
    "Hessian-free (Martens, 2010), as we recall it": 2.28,
}
ROWS_AT_A_TIME = 10_000


def squared_error(model, X: np.ndarray) -> float:
    """Return the mean over rows of the squared error summed over columns."""
    total = 0.0
    for first in range(0, len(X), ROWS_AT_A_TIME):
        rows = X[first : first + ROWS_AT_A_TIME]
        again = model.inverse_transform(model.transform(rows))
        total += float(np.square(again - rows, dtype=np.float64).sum())
    return total / len(X)


def measure(model, training: np.ndarray, test: np.ndarray) -> dict[str, float]:
    """Fit a model, and return its errors and the seconds that it took."""
    begun = time.perf_counter()
    model.fit(training)
    seconds = time.perf_counter() - begun
    return {"train": squared_error(model, training), "test": squared_error(model, test), "seconds": seconds}


def run(folder: Path, rows: int | None, epochs: int, seed: int) -> None:
    """Measure, print, keep."""
    from sklearn.decomposition import PCA

    training, test = (read_images(folder, part).astype(np.float32) / 255 for part in ("training", "test"))
    training = training[:rows]
    recipe = {**RECIPE, "max_epochs": epochs}
    models = {
        "PCA": PCA(COMPONENTS, svd_solver="covariance_eigh"),
        "latentia": Autoencoder(COMPONENTS, **recipe, random_state=seed, verbose=True),
    }
    figures = {name: measure(model, training, test) for name, model in models.items()}
    measured = [(name, *one.values()) for name, one in figures.items()]
    show(
        f"Squared error per image, {len(training)} training and {len(test)} test images",
        ("", "train", "test", "seconds"),
        [*measured, *((name, "", figure, "") for name, figure in PUBLISHED.items())],
    )
    sizes = {"training": len(training), "test": len(test)}
    keep("mnist_autoencoder", {"images": sizes, "recipe": recipe, "seed": seed, "errors": figures})


def main() -> int:
    """Read the command line; 2 if something is wrong with the files."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="where the four idx files are")
    parser.add_argument("--rows", type=int, help="learn from so many of the training images only")
    parser.add_argument("--epochs", type=int, default=RECIPE["max_epochs"])
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    try:
        run(arguments.folder, arguments.rows, arguments.epochs, arguments.seed)
    except LatentiaError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

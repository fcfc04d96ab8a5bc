"""How fast rows are encoded: NumPy alone beside JAX and ONNX Runtime, and how soon the command answers.

    python benchmarks/encoding.py [--rounds 15]

The encoder of one network is run three ways on the same scaled rows in single precision, in turns so that a
slow spell of the machine hits all alike, each after a pause in which the threads of the one before come to
rest: with NumPy, as `latentia encode` does, with JAX, as `transform`
does, and with ONNX Runtime at its default settings, once a tile of rows at a time, as the other two work, and
once with the whole table in one call. A ratio above 1 says that NumPy was quicker; it is the median over
rounds.

The start is the whole of `latentia encode` on the wines, a new process each time: seconds on the clock, and
seconds of the processor, which do not grow when others are at work.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
from measuring import in_turns, keep, paired_ratio, show
from sklearn.datasets import load_wine

from latentia import Autoencoder
from latentia.modelfiles.numpy_network import NumpyNetwork
from latentia.networks.architecture import Architecture
from latentia.networks.network import initialise
from latentia.networks.tiles import encode_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentia.networks.network import Network

SHAPES = {"784-1000-500-250-30": 8192, "13-32-16-3": 400_000}  # with how many rows
ACTIVATIONS = {"gelu": "Gelu", "relu": "Relu", "tanh": "Tanh"}  # the first is the default

TOLERANCE = 1e-5  # of the largest code
PAUSE = 0.3  # seconds


def onnx_session(network: Network) -> Any:
    """Return the encoder in ONNX Runtime, with its defaults."""
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    weights, nodes, last = [], [], "x"
    for at, layer in enumerate(network.encoder):
        arrays = (layer.weight, layer.bias)
        weights += [numpy_helper.from_array(np.asarray(array), f"{at}{i}") for i, array in enumerate(arrays)]
        nodes.append(helper.make_node("Gemm", [last, f"{at}0", f"{at}1"], [f"raw{at}"]))
        last = f"raw{at}"
        if at < len(network.encoder) - 1:
            operator = ACTIVATIONS[network.architecture.activation]
            nodes.append(helper.make_node(operator, [last], [f"out{at}"]))
            last = f"out{at}"
    shape = network.architecture
    ends = [
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", width])]
        for name, width in (("x", shape.n_features), (last, shape.n_components))
    ]
    graph = helper.make_graph(nodes, "encoder", *ends, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def encoders(shape: str, activation: str, n_rows: int) -> dict[str, Callable[[], Any]]:
    """Return what encodes the same rows in each of the ways."""
    n_features, *hidden, n_components = map(int, shape.split("-"))
    rng = np.random.default_rng(0)
    architecture = Architecture(
        n_features=n_features, hidden=tuple(hidden), n_components=n_components, activation=activation
    )
    network = initialise(architecture, rng)
    arrays = {
        f"{side}/{at}/{name}": np.asarray(getattr(layer, name))[None]
        for side in ("encoder", "decoder")
        for at, layer in enumerate(getattr(network, side))
        for name in ("weight", "bias")
    }
    ours, session = NumpyNetwork.of(architecture, arrays, member=0), onnx_session(network)
    rows = rng.normal(size=(n_rows, n_features)).astype(np.float32)
    tile = ours.encoder.height

    def in_tiles() -> Any:
        return np.concatenate(
            [session.run(None, {"x": rows[at : at + tile]})[0] for at in range(0, n_rows, tile)]
        )

    ways = {
        "numpy": lambda: ours.encode(rows),
        "jax": lambda: encode_rows(network, rows),
        "onnxruntime, in tiles": in_tiles,
        "onnxruntime, at once": lambda: session.run(None, {"x": rows})[0],
    }
    truth = ways["jax"]()
    for name, way in ways.items():
        off = float(np.abs(way() - truth).max() / np.abs(truth).max())
        if off > TOLERANCE:
            sys.exit(f"{name} is off by {off:.1g}, and no more than {TOLERANCE} is the same network.")
    return ways


def started(rounds: int) -> dict[str, float]:
    """Return the median seconds that `latentia encode` takes for the wines, and the least."""
    with tempfile.TemporaryDirectory() as folder:
        wines = load_wine(as_frame=True).data
        wines.to_csv(Path(folder, "wine.csv"), index=False)
        Autoencoder(3, max_epochs=5, random_state=0).fit(wines).save(Path(folder, "wine.latentia"))
        command = [sys.executable, "-m", "latentia", "encode", "wine.latentia", "wine.csv", "-o", "codes.csv"]
        # Modules are compiled once, as they are where pip has installed them.
        kept = {
            **os.environ,
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(Path(folder, "compiled")),
        }
        run = partial(subprocess.run, command, cwd=folder, env=kept, check=True, capture_output=True)
        run()
        clock, processor = [], []
        for _ in range(rounds):
            before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            run()
            clock.append(time.perf_counter() - begun)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            processor.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return {
        "clock, median": median(clock),
        "clock, least": min(clock),
        "processor, median": median(processor),
        "processor, least": min(processor),
    }


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    rates, ratios, kept = [], [], {}
    for shape, n_rows in SHAPES.items():
        for activation in ACTIVATIONS:
            seconds = in_turns(encoders(shape, activation, n_rows), rounds, PAUSE)
            name, ours = f"{shape}, {activation}", seconds["numpy"]
            others = {way: paired_ratio(ours, taken) for way, taken in seconds.items() if way != "numpy"}
            rates.append((name, *(round(n_rows / median(taken)) for taken in seconds.values())))
            ratios.append((name, *others.values()))
            kept[name] = {
                "rows": n_rows,
                "rows_per_second": {way: n_rows / median(taken) for way, taken in seconds.items()},
                "rows_per_second_at_best": {way: n_rows / min(taken) for way, taken in seconds.items()},
                "times_as_fast_as": others,
            }
    show("Rows per second", ("encoder", *seconds), rates)
    show("How many times as fast NumPy is", ("encoder", *others), ratios)
    start = started(rounds)
    show("Seconds of `latentia encode` on 178 wines", tuple(start), [tuple(start.values())])
    keep("encoding", {"load": os.getloadavg(), "rounds": rounds, "encoders": kept, "start": start})


if __name__ == "__main__":
    main()

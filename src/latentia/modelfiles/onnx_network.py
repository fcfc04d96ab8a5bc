"""A network as nodes of an ONNX graph: the same layers in float32 as `Network`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.errors import InputError
from latentia.modelfiles.onnx_drawing import FLOAT
from latentia.networks.activations import ACTIVATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from latentia.modelfiles.onnx_drawing import Drawing
    from latentia.networks.architecture import Architecture
    from latentia.networks.network import Dense, Network

# What ONNX calls an activation, and with which settings.
_NAMED = {
    "relu": ("Relu", {}),
    "leaky_relu": ("LeakyRelu", {"alpha": 0.01}),
    "elu": ("Elu", {}),
    "selu": ("Selu", {}),
    "gelu": ("Gelu", {}),  # by the error function, unless one asks for the tanh fit
    "tanh": ("Tanh", {}),
    "sigmoid": ("Sigmoid", {}),
    "softplus": ("Softplus", {}),
    "softmax": ("Softmax", {"axis": -1}),
}


def refuse_own_parts(architecture: Architecture) -> None:
    """Raise InputError if a network has a part that only Python knows."""
    if not isinstance(architecture.bottleneck, str):
        raise InputError(
            f"The bottleneck is an object of the type {type(architecture.bottleneck).__name__}, which ONNX "
            "cannot express; set bottleneck to a name and fit again."
        )


def encoded(drawing: Drawing, scaled: str, network: Network) -> str:
    """Draw the codes of scaled rows, (rows, n_components), float32; a cell that is nan is missing."""
    architecture = network.architecture
    *hidden, last = network.encoder
    raw = _through(drawing, _marked(drawing, scaled, architecture), hidden, architecture.activation)
    name, k = architecture.bottleneck, architecture.n_components
    # Of a variational code the means come first, and only these are read.
    raw = _dense(drawing, raw, np.asarray(last.weight)[:, :k], np.asarray(last.bias)[:k])
    if name == "topk":
        return _largest(drawing, raw, min(architecture.active, k))
    return activated(drawing, raw, name) if name in ACTIVATIONS else raw


def decoded(drawing: Drawing, codes: str, network: Network) -> str:
    """Draw what codes stand for in scaled units, (rows, n_features), float32; of indicators, chances."""
    architecture = network.architecture
    *hidden, last = network.decoder
    raw = _through(drawing, codes, hidden, architecture.activation)
    raw = _dense(drawing, raw, np.asarray(last.weight), np.asarray(last.bias))
    said = activated(drawing, raw, architecture.output_activation)
    parts = [
        activated(drawing, drawing.columns(raw, columns), "softmax")
        if is_block
        else drawing.columns(said, columns)
        for columns, is_block in _segments(architecture)
    ]
    return drawing.beside(parts) if architecture.blocks else said


def activated(drawing: Drawing, raw: str, name: str) -> str:
    """Draw an activation by the name that it has in a recipe."""
    if name == "linear":
        return raw
    if name == "silu":
        return drawing.op("Mul", raw, drawing.op("Sigmoid", raw))
    kind, settings = _NAMED[name]
    return drawing.op(kind, raw, **settings)


def _marked(drawing: Drawing, scaled: str, architecture: Architecture) -> str:
    """Draw what the first layer sees: 0 where a cell is missing, and an input that says so."""
    missing = drawing.op("IsNaN", scaled)
    filled = drawing.op("Where", missing, drawing.constant(0.0, np.float32), scaled)
    if not architecture.markers:
        return filled
    marks = drawing.cast(drawing.columns(missing, architecture.markers), FLOAT)
    return drawing.beside([filled, marks])


def _through(drawing: Drawing, rows: str, layers: Sequence[Dense], activation: str) -> str:
    for layer in layers:
        raw = _dense(drawing, rows, np.asarray(layer.weight), np.asarray(layer.bias))
        rows = activated(drawing, raw, activation)
    return rows


def _dense(drawing: Drawing, rows: str, weight: np.ndarray, bias: np.ndarray) -> str:
    return drawing.op("Gemm", rows, drawing.constant(weight, np.float32), drawing.constant(bias, np.float32))


def _largest(drawing: Drawing, raw: str, active: int) -> str:
    """Draw the largest positive outputs of each row, and 0 in place of the others."""
    positive = drawing.op("Relu", raw)
    largest = drawing.op("TopK", positive, drawing.constant([active], np.int64), axis=1, unread=1)
    kept = drawing.op("GreaterOrEqual", positive, drawing.columns(largest, [active - 1]))
    return drawing.op("Where", kept, positive, drawing.constant(0.0, np.float32))


def _segments(architecture: Architecture) -> Iterator[tuple[np.ndarray, bool]]:
    """Yield neighbouring columns in turn, and whether they are the indicators of one category."""
    first = 0
    for begin, width in (*architecture.blocks, (architecture.n_features, 0)):
        if begin > first:
            yield np.arange(first, begin), False
        if width:
            yield np.arange(begin, begin + width), True
        first = begin + width

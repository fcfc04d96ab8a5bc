"""An ONNX graph that is being put together, and the file that it becomes.

ONNX has no functions of ours: everything is a list of nodes, each with the names of its inputs and
outputs. A `Drawing` gives out the names, so that the rooms that draw scalings and networks read like the
formulas that they repeat.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from latentia.errors import InputError
from latentia.tables.extras import needed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import onnx

# Every runtime of the last years reads these: Gelu came with opset 20, which came with IR version 9.
IR_VERSION, OPSET, ML_OPSET = 9, 20, 3
ML = "ai.onnx.ml"
ROWS = "rows"  # the name of the axis that may have any length
LARGEST_FILE = 2**31 - 1  # of the format that ONNX files are written in
# How the element types are called in `onnx.TensorProto`.
DOUBLE, FLOAT, INT64, TEXT = "DOUBLE", "FLOAT", "INT64", "STRING"


class Port(NamedTuple):
    """What goes into a graph or comes out of it: rows of `width` cells, or one cell each (None)."""

    name: str
    kind: str
    width: int | None
    about: str


class Drawing:
    """Nodes and constants, named in the order in which they are drawn.

    Raises
    ------
    MissingExtraError
        If the package onnx is not installed.
    """

    def __init__(self) -> None:
        self._onnx: Any = needed("onnx", "onnx", "Exporting to ONNX")
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._known: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._n_bytes = 0

    def op(self, kind: str, *inputs: str, domain: str = "", unread: int = 0, **attributes: Any) -> str:
        """Draw a node and return the name of its (first) output.

        Parameters
        ----------
        kind : str
            What it does, such as ``"Add"``.
        *inputs : str
            Names that were given out before.
        domain : str
            Where the kind is defined, if not in ONNX itself.
        unread : int
            How many further outputs there are.
        **attributes : Any
            As ONNX calls them.
        """
        name = f"{kind.casefold()}_{len(self._nodes)}"
        outputs = [name, *(f"{name}_{more + 1}" for more in range(unread))]
        made = self._onnx.helper.make_node(kind, inputs, outputs, name, domain=domain, **attributes)
        self._nodes.append(made)
        return name

    def constant(self, value: Any, dtype: Any) -> str:
        """Return the name of an array that is part of the file; equal ones are kept once."""
        array = np.ascontiguousarray(value, dtype).reshape(np.shape(value))
        key = (array.dtype.str, array.shape, hashlib.sha256(array.tobytes()).digest())
        if key not in self._known:
            self._n_bytes += array.nbytes
            self._known[key] = f"constant_{len(self._constants)}"
            self._constants.append(self._onnx.numpy_helper.from_array(array, self._known[key]))
        return self._known[key]

    def cast(self, name: str, kind: str) -> str:
        """Draw the same values in another element type."""
        return self.op("Cast", name, to=self._element(kind))

    def columns(self, name: str, positions: Sequence[int] | np.ndarray) -> str:
        """Draw some columns, in this order."""
        return self.op("Gather", name, self.constant(np.asarray(positions), np.int64), axis=1)

    def beside(self, names: Sequence[str]) -> str:
        """Draw columns side by side."""
        return names[0] if len(names) == 1 else self.op("Concat", *names, axis=1)

    def total(self, name: str) -> str:
        """Draw the sum of each row, (rows, 1)."""
        return self.op("ReduceSum", name, self.constant([1], np.int64), keepdims=1)

    def anywhere(self, condition: str) -> str:
        """Draw whether a condition holds anywhere in each row, (rows, 1)."""
        counted = self.total(self.cast(condition, DOUBLE))
        return self.op("Greater", counted, self.constant(0.0, np.float64))

    def looked_up(self, name: str, **table: Any) -> str:
        """Draw a dictionary; see LabelEncoder of ONNX."""
        return self.op("LabelEncoder", name, domain=ML, **table)

    def model(
        self,
        name: str,
        inputs: Sequence[Port],
        outputs: Mapping[str, Port],
        *,
        about: str,
        metadata: Mapping[str, str],
    ) -> onnx.ModelProto:
        """Return the graph as a checked model.

        Parameters
        ----------
        name : str
            Of the graph.
        inputs : sequence of Port
            The names that were drawn with.
        outputs : mapping
            Names that were given out, each with what it is called outside.
        about : str
            A sentence for people.
        metadata : mapping of str to str
            What else the file shall hold.

        Raises
        ------
        InputError
            If it is too large for a file of this format.
        """
        if self._n_bytes > LARGEST_FILE:
            raise InputError(
                f"The model has {self._n_bytes:,} bytes of numbers, but an ONNX file holds {LARGEST_FILE:,}; "
                "fit a smaller network, or use another scaling than 'quantile', and export that."
            )
        for inner, port in outputs.items():
            self._nodes.append(self._onnx.helper.make_node("Identity", [inner], [port.name], port.name))
        helper = self._onnx.helper
        graph = helper.make_graph(
            self._nodes,
            name,
            [self._value(port) for port in inputs],
            [self._value(port) for port in outputs.values()],
            self._constants,
        )
        from latentia import __version__

        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(ML, ML_OPSET)]
        model = helper.make_model(
            graph,
            ir_version=IR_VERSION,
            opset_imports=opsets,
            producer_name="latentia",
            producer_version=__version__,
            doc_string=about,
        )
        helper.set_model_props(model, dict(metadata))
        self._onnx.checker.check_model(model, full_check=True)
        return model

    def _value(self, port: Port) -> Any:
        shape: list[Any] = [ROWS] if port.width is None else [ROWS, port.width]
        return self._onnx.helper.make_tensor_value_info(
            port.name, self._element(port.kind), shape, doc_string=port.about
        )

    def _element(self, kind: str) -> int:
        return getattr(self._onnx.TensorProto, kind)

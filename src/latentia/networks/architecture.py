"""The shape of a network as a plain, hashable value.

Two fits with the same architecture share one compiled program, however much their numbers
(learning rate, penalties, noise) differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """Layer widths and activations of an autoencoder; the decoder mirrors the encoder.

    Parameters
    ----------
    n_features : int
        Columns of the table.
    hidden : tuple of int
        Widths of the encoder's hidden layers; empty for a single layer.
    n_components : int
        Width of the code.
    activation : str
        Activation of the hidden layers.
    bottleneck : str
        Activation of the code layer; ``"linear"`` for none.
    output_activation : str
        Activation of the last layer.

    Examples
    --------
    >>> shape = Architecture(n_features=13, hidden=(64, 32), n_components=3)
    >>> shape.widths
    (13, 64, 32, 3, 32, 64, 13)
    >>> shape.n_parameters
    6160
    """

    n_features: int
    hidden: tuple[int, ...] = ()
    n_components: int = 2
    activation: str = "gelu"
    bottleneck: str = "linear"
    output_activation: str = "linear"

    @property
    def widths(self) -> tuple[int, ...]:
        """Widths of all layers, from the table's columns through the code and back."""
        inward = (self.n_features, *self.hidden, self.n_components)
        return inward + inward[-2::-1]

    @property
    def n_parameters(self) -> int:
        """Number of weights and biases."""
        return sum((width + 1) * following for width, following in pairwise(self.widths))

    @property
    def encoder_activations(self) -> tuple[str, ...]:
        """Activation of each encoder layer, the code last."""
        return (*(self.activation,) * len(self.hidden), self.bottleneck)

    @property
    def decoder_activations(self) -> tuple[str, ...]:
        """Activation of each decoder layer, the output last."""
        return (*(self.activation,) * len(self.hidden), self.output_activation)

    def describe(self) -> str:
        """Return the network in one line, for people."""
        shape = "-".join(map(str, self.widths))
        return f"{shape}, {self.activation}, {self.bottleneck} code, {self.output_activation} output"

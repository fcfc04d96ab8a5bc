"""The shape of a network as a plain, hashable value.

Two fits with the same architecture share one compiled program, however much their numbers
(learning rate, penalties, noise) differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from latentia.recipe import Recipe


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
    bottleneck : str or Bottleneck
        An activation, "gaussian", "topk", "ordered", or an object of the user's own.
    active : int
        Components that stay in every row of a "topk" code.
    tied : bool
        Whether the decoder's kernels are the encoder's, transposed.
    output_activation : str
        Activation of the last layer.
    dispersed : bool
        Whether each column has a dispersion, which tells how counts spread about their mean.
    blocks : tuple of (int, int)
        First column and width of every set of columns that are indicators of one category.
    markers : tuple of int
        Columns with an input more that says whether a cell is missing.

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
    bottleneck: Any = "linear"
    active: int = 0
    tied: bool = False
    output_activation: str = "linear"
    dispersed: bool = False
    blocks: tuple[tuple[int, int], ...] = ()
    markers: tuple[int, ...] = ()

    @property
    def n_columns(self) -> int:
        """Columns of the table before categories became indicators."""
        return self.n_features - sum(width - 1 for _, width in self.blocks)

    @property
    def widths(self) -> tuple[int, ...]:
        """Widths of all layers, from the table's columns through the code and back."""
        inward = (self.n_features, *self.hidden, self.n_components)
        return inward + inward[-2::-1]

    @property
    def code_outputs(self) -> int:
        """Width of the last encoder layer; a variational code has two numbers per component."""
        own = self.bottleneck
        each = (2 if own == "gaussian" else 1) if isinstance(own, str) else own.outputs_per_component
        return each * self.n_components

    @property
    def encoder_shapes(self) -> tuple[tuple[int, int], ...]:
        """Inputs and outputs of each encoder layer."""
        return tuple(pairwise((self.n_features + len(self.markers), *self.hidden, self.code_outputs)))

    @property
    def decoder_shapes(self) -> tuple[tuple[int, int], ...]:
        """Inputs and outputs of each decoder layer."""
        return tuple(pairwise((self.n_components, *self.hidden[::-1], self.n_features)))

    @property
    def n_parameters(self) -> int:
        """Number of weights, biases and dispersions; weights that two layers share count once."""
        biases = sum(outputs for _, outputs in (*self.encoder_shapes, *self.decoder_shapes))
        kernels = self.encoder_shapes if self.tied else (*self.encoder_shapes, *self.decoder_shapes)
        spread = self.n_features if self.dispersed else 0
        return biases + spread + sum(inputs * outputs for inputs, outputs in kernels)

    def describe(self) -> str:
        """Return the network in one line, for people."""
        shape = "-".join(map(str, self.widths))
        code = self.bottleneck if isinstance(self.bottleneck, str) else type(self.bottleneck).__name__
        tied = ", tied" if self.tied else ""
        spread = ", a dispersion per column" if self.dispersed else ""
        marked = f", {len(self.markers)} inputs that mark missing cells" if self.markers else ""
        kinds = f" and {len(self.blocks)} of categories" if self.blocks else ""
        output = f"{self.output_activation} output{kinds}"
        return f"{shape}, {self.activation}, {code} code, {output}{tied}{spread}{marked}"


class Layout(NamedTuple):
    """What the columns of a table ask of a network beside their number; see `Architecture`."""

    blocks: tuple[tuple[int, int], ...] = ()
    markers: tuple[int, ...] = ()


PLAIN = Layout()  # numbers in every cell


def architecture_of(recipe: Recipe, n_features: int, layout: Layout = PLAIN) -> Architecture:
    """Return the shape of a resolved recipe's network."""
    bottleneck, settings = (
        recipe.bottleneck if isinstance(recipe.bottleneck, tuple) else (recipe.bottleneck, ())
    )
    return Architecture(
        n_features=n_features,
        hidden=tuple(map(int, recipe.hidden_layer_sizes)),
        n_components=recipe.n_components,
        activation=recipe.activation,
        bottleneck=bottleneck,
        active=int(dict(settings).get("active", 0)),
        output_activation=recipe.output_activation,
        tied=recipe.tied,
        dispersed=recipe.loss_name == "nb",
        blocks=layout.blocks,
        markers=layout.markers,
    )

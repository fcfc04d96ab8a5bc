"""A fitted autoencoder: networks with the scaling, recipe and split they belong to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from latentia.networks.filling import filled_rows
from latentia.networks.tiles import decode_rows, encode_rows
from latentia.tables.scaled_rows import checked_scale

if TYPE_CHECKING:
    from latentia.networks.network import Network
    from latentia.recipe import Recipe
    from latentia.tables.scaling import Scaling
    from latentia.tables.splits import HashedSplit, Split
    from latentia.tables.table import Schema
    from latentia.training.bounds import Bounds
    from latentia.training.fingerprint import Origin
    from latentia.training.outcome import Outcome


@dataclass(frozen=True, kw_only=True, eq=False)
class Trained:
    """What a fit leaves behind, and all that is needed to encode and decode.

    Parameters
    ----------
    recipe : Recipe
        Every setting, with values in place of "auto".
    scaling : Scaling
        Learned from the rows that were trained on, and from no others.
    outcome : Outcome
        Networks, history and endings.
    split : Split or HashedSplit
        Positions of the rows that were trained on and held out.
    center : ndarray of shape (n_features,)
        Mean of the training rows in scaled units: what R² compares with.
    mean_loss : float
        Loss of predicting that mean, which any model has to beat.
    seed : int
        The root of all chance in this fit.
    chosen : int
        The member that speaks for all: the lowest held-out loss.
    divergences : ndarray of shape (n_components,) or None
        Of a variational code: mean divergence of each component from its prior over training rows,
        in nats; near 0 where a component says nothing.
    rows_seen : frozenset of bytes
        Fingerprints of the rows that the earlier fits of a warm start learned from; kept in
        memory only.
    validation_rows_seen : int
        Held-out rows that an earlier fit of a warm start had learned from.
    warm_started : bool
        Whether the fit went on from an earlier one.
    variants : tuple of Recipe
        The recipe of each member, where they have one each; `recipe` is the one with the widest code.
    schema : Schema or None
        What the columns are; None where all of them hold numbers and nothing else is known.
    hold : float or None
        How much codes are held to the encoder's while gaps are filled in; None leaves them there.
        See `latentia.networks.filling`.
    kept : ndarray of shape (n_features,) or None
        The share of its departure from the mean that is filled into a gap; None keeps all of it.
        See `latentia.training.shrinking`.
    bounds : Bounds or None
        How far out the held-out rows lie; None where too few were held out to say.
    origin : Origin or None
        Where and of what it was made.
    """

    recipe: Recipe
    scaling: Scaling
    outcome: Outcome
    split: Split | HashedSplit
    center: np.ndarray
    mean_loss: float
    seed: int
    chosen: int = 0
    divergences: np.ndarray | None = None
    rows_seen: frozenset[bytes] = field(default_factory=frozenset, repr=False)
    validation_rows_seen: int = 0
    warm_started: bool = False
    variants: tuple[Recipe, ...] = ()
    schema: Schema | None = None
    hold: float | None = None
    kept: np.ndarray | None = None
    bounds: Bounds | None = None
    origin: Origin | None = None

    @property
    def network(self) -> Network:
        """The chosen member's network."""
        return self.outcome.network(self.chosen)

    @property
    def dispersion(self) -> np.ndarray | None:
        """How counts of each column spread, (n_features,); None unless the loss is "nb".

        Their variance is ``mean + dispersion * mean²``; with 0 they would spread as Poisson's.
        """
        spread = self.network.log_dispersion
        return None if spread is None else np.exp(np.asarray(spread, np.float64))

    @property
    def n_held_out(self) -> int:
        """How many rows were held out."""
        return self.split.n_held_out

    def scale(self, values: np.ndarray) -> np.ndarray:
        """Return values in scaled units, float64."""
        return checked_scale(self.scaling, values)

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Return the codes of rows in original units, float32 (n, n_components)."""
        return self.encode_scaled(self.scale(values))

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Return the rows that codes stand for, in original units, float64 (n, n_features).

        Counts are those of a row of common size: a code says nothing of how much was counted.
        """
        return self.scaling.inverse_transform(self.decode_scaled(codes))

    def encode_scaled(self, scaled: np.ndarray) -> np.ndarray:
        """Return the codes of rows in scaled units, float32 (n, n_components)."""
        return encode_rows(self.network, scaled)

    def decode_scaled(self, codes: np.ndarray) -> np.ndarray:
        """Return the rows that codes stand for, in scaled units, float32 (n, n_features)."""
        return decode_rows(self.network, codes)

    def fill_scaled(self, scaled: np.ndarray) -> np.ndarray:
        """Return what is filled into gaps of scaled rows, float64, by all members together."""
        networks = [self.outcome.network(member) for member in range(self.outcome.members)]
        made = [filled_rows(network, scaled, self.hold) for network in networks]
        said = np.asarray(np.mean(made, axis=0, dtype=np.float64))
        return said if self.kept is None else self.center + self.kept * (said - self.center)

    def reconstruct_scaled(self, scaled: np.ndarray) -> np.ndarray:
        """Return the reconstruction of scaled rows in scaled units, float64."""
        return self.decode_scaled(self.encode_scaled(scaled)).astype(np.float64)

"""What an analysis found, as plain values: the boundary between finding out and showing.

Every part of ``insight`` makes one of these records; ``views`` reads them and nothing else,
so that a figure can never train a model. Arrays are NumPy float64 unless said otherwise.
"n" counts all rows of the table, "k" the components, and "p" the columns that a network sees:
those of the table, but one for each level of a category.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from latentia.insight.cluster_results import Cloud, Clustering
    from latentia.insight.factor_results import Alone, Drivers, Sensitivities, Traversals
    from latentia.insight.findings import Finding
    from latentia.insight.rate_sweep import RateSweep
    from latentia.insight.resampling_results import RepeatedSplits, Reproducibility

    Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Quality:
    """How well a set of rows is reconstructed, in scaled units."""

    rows: str  # "training" or "held-out"
    n_rows: int
    mse: float  # mean squared error over all cells
    r2: float  # 1 - error / error of predicting each column's training mean
    r2_per_column: Array  # (p,); nan where the column does not vary


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """A linear model of the same size on the same split and scaling."""

    name: str  # "PCA", "Factor analysis"
    n_components: int
    training: Quality
    held_out: Quality
    codes: Array  # (n, k) for all rows, in table order
    held_out_errors: Array | None = None  # (held-out rows,) mean squared error of each
    level_accuracy: tuple[float, ...] = ()  # of each category: share of held-out cells whose level is largest


@dataclass(frozen=True, kw_only=True)
class Structure:
    """Whether columns say anything about each other, against tables with each column shuffled."""

    p_value: float  # share of all tables, this one among them, that hang together at least as much
    straight: float  # sum of squared correlations, as a multiple of that of shuffled tables
    curved: float  # the same of correlations with squared columns
    shuffles: int
    n_rows: int  # that were looked at
    n_columns: int


@dataclass(frozen=True, kw_only=True)
class Curvature:
    """Whether columns of numbers hang together by more than straight lines, against a Gaussian copula."""

    p_value: float  # share of all tables, this one among them, that are curved at least as much
    told_of_rest: float  # squared correlations of products of components with what these leave over, summed
    told_of_rest_by_chance: float  # the mean of the same over the tables that were drawn
    draws: int
    n_rows: int  # that were looked at
    n_columns: int
    n_components: int


@dataclass(frozen=True, kw_only=True)
class CategoryQuality:
    """How well the levels of a category are told on held-out rows; nan where there is no cell to judge by."""

    n_cells: int  # held-out cells with a level that the training rows have
    accuracy: float  # share of them whose most probable level is right
    mode: str  # the most frequent level of the training rows
    mode_accuracy: float  # share of them that have it
    baseline_accuracy: Mapping[str, float]  # share whose indicator is the largest that a linear model gives
    entropy: float  # bits per cell that it costs to know only how frequent levels are in the training rows
    information_gain: float  # bits per cell that the network saves of that

    @property
    def information_share(self) -> float:
        """What is gained, as a share of what there was to gain."""
        return self.information_gain / self.entropy if self.entropy > 0 else float("nan")


@dataclass(frozen=True, kw_only=True)
class TableColumn:
    """A column of the table as the user knows it, and what the network sees of it."""

    name: str
    kind: str  # "numeric", "boolean", "date" or "category"
    dtype: str  # as it was stored
    why: str  # why it has this kind
    unit: str | None
    n_missing: int  # cells of all rows; of a category also those whose level no training row has
    first: int  # its first column among those that the network sees
    levels: tuple[str, ...] = ()  # of a category, one such column each
    n_categories: int = 0  # different ones in the table, rare ones included
    seen_as: str = ""  # what the network sees of it, in words
    category: CategoryQuality | None = None


@dataclass(frozen=True, kw_only=True)
class ColumnGaps:
    """Missing cells of a column, and how well it is filled in: held-out cells, hidden and compared."""

    name: str
    is_category: bool
    share: float  # of all rows, those that lack it
    n_judged: int  # held-out cells that were hidden
    error: float  # root mean squared error in sd of the training rows; of a category, share that is wrong
    usual_error: float  # the same of the training mean, or of the most frequent level; nan if nothing judges


@dataclass(frozen=True, kw_only=True)
class Filling:
    """How well hidden cells of held-out rows are filled in, over all columns; nan where there are none."""

    n_cells: int
    n_rows: int
    squared_error: float  # of numbers, in variances of the training rows
    usual_squared_error: float  # of filling in the training mean
    wrong: float  # share of the cells of categories
    usual_wrong: float  # of filling in the most frequent level
    gain: float  # share of the usual error that is saved, the mean over rows
    standard_error: float  # of that mean


@dataclass(frozen=True, kw_only=True)
class Dependence:
    """A column whose gaps go with the values of another: they are not where they are by chance alone."""

    column: str
    n_missing: int
    other: str  # the column that differs most surely, or "island = Dream"
    is_level: bool
    difference: float  # how much higher it is in rows with a gap, in sd
    p_value: float  # by permutation, for all pairs of columns together


@dataclass(frozen=True, kw_only=True)
class MissingCells:
    """What is known of the missing cells of a table."""

    share: float  # of all cells
    n_complete_rows: int
    n_mostly_missing_rows: int  # rows that lack more than half of their cells
    columns: tuple[ColumnGaps, ...]
    filling: Filling
    dependences: tuple[Dependence, ...]


@dataclass(frozen=True, kw_only=True)
class Effects:
    """What changes in the table when one factor moves and the others stay at their median.

    ``change[j, c]`` is column c, in its original unit, at the 90th percentile of factor j minus
    at its 10th percentile.
    """

    low: Array  # (k,) 10th percentile of each factor
    high: Array  # (k,) 90th percentile
    change: Array  # (k, p) original units
    change_scaled: Array  # (k, p) in standard deviations of the training rows
    margin: Array | None = None  # (k, p) half of a 95 % interval of the change, over resamples
    margin_scaled: Array | None = None  # the same in standard deviations of the training rows
    n_resamples: int = 0


@dataclass(frozen=True, kw_only=True)
class FirstLayerWeights:
    """The weights between the columns and the first layer, as the tutorial reads them."""

    values: Array  # (p, width)
    unit_names: tuple[str, ...]  # "factor 1"... where the first layer is the code, else "unit 1"...
    positive: tuple[tuple[str, ...], ...]  # per unit: columns with a weight above zero
    negative: tuple[tuple[str, ...], ...]
    sign_agreement: float  # share of signs that other seeds agree with; nan: 1 seed or column
    network: str = ""  # whose weights these are, in one line


@dataclass(frozen=True, kw_only=True)
class Ablation:
    """Held-out R² that is lost when one factor is fixed at its training mean."""

    r2_lost: Array  # (k,) all columns together
    r2_lost_per_column: Array  # (k, p)


@dataclass(frozen=True, kw_only=True)
class Stability:
    """How well the factors of the shown model come back under other seeds.

    Factors are matched one to one by absolute correlation on the held-out rows.
    """

    n_seeds: int
    correlation: Array  # (n_seeds - 1, k) matched absolute correlations
    per_factor: Array  # (k,) median over the other seeds, 0 to 1; nan with one seed
    r2_per_seed: Array  # (n_seeds,) held-out R² of every seed


@dataclass(frozen=True, kw_only=True)
class StrangeRow:
    """A row that the model reconstructs badly, with the columns that make it strange."""

    row: int  # position in the table, from 0
    held_out: bool
    score: float  # mean squared error of the row, scaled units
    p_value: float  # share of held-out rows with a score at least as high (add-one rule)
    columns: tuple[str, ...]  # up to three, strangest first
    values: tuple[float, ...]  # as in the table
    expected: tuple[float, ...]  # as the model reconstructs them


@dataclass(frozen=True, kw_only=True)
class SizeSweep:
    """Held-out R² over the number of components, and the one recommended."""

    sizes: tuple[int, ...]
    r2: Array  # (sizes, seeds)
    r2_pca: Array  # (sizes,)
    chosen: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class IntrinsicDimension:
    """How many dimensions the rows fill locally, by TwoNN; see `latentia.insight.dimension`."""

    estimate: float  # nan where too few rows differ
    low: float  # ends of a 95 % interval, by resampling
    high: float
    n_rows: int  # rows that it is told from
    sentence: str  # the estimate and what it is made of, or why there is none


@dataclass(frozen=True, kw_only=True)
class ComparedSizes:
    """Several sizes from several seeds, judged by rows that chose nothing, and what else tells the size."""

    sweep: SizeSweep
    stability: Array  # (sizes,) mean over the components of how well they come back under other seeds
    shared_space: Array  # (sizes,) how well the codes of other seeds tell them together, whatever the axes
    dimension: IntrinsicDimension
    rows: Mapping[str, int]  # how many were "training", "validation" and "held_out"
    max_epochs: int


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One recipe among several that were tried on the same split."""

    name: str
    description: str  # "13-64-32-3-32-64-13, gelu, linear output"
    n_parameters: int
    training_mse: float
    held_out_mse: float
    held_out_r2: float
    epochs: int
    ending: str
    seconds: float
    chosen: bool
    findings: tuple[Finding, ...] = ()  # what is wrong with this one, if it is not the chosen


@dataclass(frozen=True, kw_only=True)
class Following:
    """How far a factor goes with something that it may merely follow, all by ranks."""

    factor: str
    suspect: str  # a column that the user named, or "the order of the rows"
    kind: str  # "size" or "gaps", which are made of the columns; "order", "numbers" or "groups"
    share: float  # of the factor's variation, from 0 to 1
    correlation: float  # Spearman's; nan for groups
    p_value: float  # by permutation, for all such pairs together; nan for what is made of the columns
    n_rows: int  # that have a value, and were looked at


@dataclass(frozen=True, kw_only=True)
class Study:
    """Everything that was found out about one table."""

    title: str  # "wine", or the file's name
    source: Mapping[str, Any]  # name, path, sha256, notes of the reader
    columns: tuple[TableColumn, ...]  # as the user knows them
    column_names: tuple[str, ...]  # of the p columns that the network sees, such as "island = Dream"
    units: tuple[str | None, ...]  # per column, None where unknown
    values: Array  # (n, p), nan where a cell is missing
    label_name: str | None
    labels: NDArray[np.object_] | None  # (n,) strings
    training_rows: NDArray[np.int64]  # positions; seen by the fit (its own validation rows included)
    held_out_rows: NDArray[np.int64]  # positions; never seen by any fit
    recipe: Mapping[str, Any]
    random_state: int | None  # the root of all chance
    description: str  # the network in one line
    n_parameters: int
    history: Mapping[str, Array]  # of the shown model: epoch, loss, val_loss, clean_loss, learning_rate, ...
    best_epoch: int
    ending: str
    ending_advice: str
    latents: Array  # (n, k)
    latent_names: tuple[str, ...]  # "factor 1", ...
    training: Quality
    held_out: Quality
    untrained: Quality  # the same network before training, on the held-out rows
    baselines: tuple[Baseline, ...]
    effects: Effects
    weights: FirstLayerWeights
    ablation: Ablation
    stability: Stability
    clusterings: tuple[Clustering, ...]
    strange_rows: tuple[StrangeRow, ...]
    candidates: tuple[Candidate, ...]
    sizes: SizeSweep | None
    rates: RateSweep | None
    findings: tuple[Finding, ...]
    verdict: str  # two or three sentences that head everything
    missing: MissingCells | None = None  # None where no cell is missing
    structure: Structure | None = None  # None where there was too little to ask
    splits: RepeatedSplits | None = None  # network and PCA on other splits; None where left out
    reproducibility: Reproducibility | None = None  # of the factors on resampled rows; None where left out
    curvature: Curvature | None = None  # None where there was too little to ask, or no structure
    dimension: IntrinsicDimension | None = None  # of the training rows
    alone: Alone | None = None
    sensitivities: Sensitivities | None = None
    traversals: Traversals | None = None
    drivers: Drivers | None = None  # of the first clustering; None where there are no two groups
    clouds: tuple[Cloud, ...] = ()  # whether rows fall into groups, by space; those that could be asked
    following: tuple[Following, ...] = ()  # every factor beside all that it may merely follow
    positions: NDArray[np.int64] | None = None  # of the rows, in a table that they are a sample of
    n_rows_of_all: int | None = None  # of that table
    left_out: tuple[tuple[str, str], ...] = ()  # columns that are not in the table, each with the reason
    seconds: Mapping[str, float] = field(default_factory=dict)  # per stage
    versions: Mapping[str, str] = field(default_factory=dict)
    command: str = ""  # repeats the analysis

    @property
    def row_numbers(self) -> NDArray[np.int64]:
        """Where the rows stand in the table, (n,)."""
        return np.arange(len(self.values)) if self.positions is None else self.positions

    @property
    def comes_back(self) -> Array:
        """How well each factor comes back, 0 to 1, under other seeds or on resampled rows, (k,).

        The lower of the two counts; nan where neither is known.
        """
        again = self.reproducibility
        return np.fmin(self.stability.per_factor, np.nan if again is None else again.per_factor)

    def told(self, **more: Any) -> Study:
        """Return the same study with what is only known when the work is done."""
        return replace(self, **more)

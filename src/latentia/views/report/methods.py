"""How it was done, as a paragraph that can go into the methods section of a paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from latentia.settings import OTHER_COLUMNS
from latentia.views.figures.curves import LOSSES
from latentia.views.writing import counted, listed, scaling_in_words, score, share, shortened

if TYPE_CHECKING:
    from latentia.insight.results import Study

ENDINGS = {
    "patience_exhausted": "the validation loss had stopped improving",
    "converged": "the validation loss had levelled off",
    "epoch_limit": "all epochs were run",
    "diverged": "the loss stopped being a number",
    "stopped": "a callback stopped it",
    "interrupted": "interrupted",
}


def methods_paragraph(study: Study) -> str:
    """Describe data, split, model, training, baselines and checks in plain sentences."""
    return " ".join(
        sentence
        for sentence in (
            _data(study),
            _model(study),
            _training(study),
            _comparison(study),
            _again(study),
            _structure(study),
            _meaning(study),
            _clusters(study),
            _tools(study),
        )
        if sentence
    )


def _data(study: Study) -> str:
    n_rows, n_columns = len(study.values), len(study.columns)
    scaling = study.recipe.get("scaling")
    scaled = (
        "Columns were used as they are"
        if scaling in (None, "none")
        else f"Columns were scaled ({scaling_in_words(scaling)}), with the scaling learned from the training "
        "rows alone"
    )
    held_out = (
        f"{counted(len(study.held_out_rows), 'row')} ({share(len(study.held_out_rows) / max(n_rows, 1))})"
    )
    if study.n_rows_of_all is None:
        size = f"{counted(n_rows, 'row')} and {counted(n_columns, 'column')}."
    else:
        size = (
            f"{counted(study.n_rows_of_all, 'row')} and {counted(n_columns, 'column')}. A random sample of "
            f"{counted(n_rows, 'row')} was analysed."
        )
    return (
        f"The table {study.title} has {size} "
        f"{held_out} were held out before anything was learned; "
        f"{counted(len(study.training_rows), 'row')} were used for training. {scaled}.{_weights(study)}"
    )


def _weights(study: Study) -> str:
    weights = study.recipe.get("column_weights")
    if not weights:
        return ""
    told = listed(
        f"{shortened(name)} {weight:g}" for name, weight in weights.items() if name != OTHER_COLUMNS
    )
    others = f"{weights.get(OTHER_COLUMNS, 1.0):g}"
    return f" In the loss, columns counted {others}" + (f", but {told}." if told else ".")


def _model(study: Study) -> str:
    sentence = (
        f"An autoencoder with {counted(len(study.latent_names), 'component')} "
        f"({study.description}; {counted(study.n_parameters, 'parameter')}) was fitted"
    )
    seeds = study.stability.n_seeds
    return f"{sentence} from {counted(seeds, 'random start')}." if seeds > 1 else f"{sentence}."


def _training(study: Study) -> str:
    optimizer, loss = _name(study.recipe.get("optimizer")), _name(study.recipe.get("loss"))
    aim = f" minimised the {LOSSES.get(loss, loss)}" if loss not in ("", "auto") else ""
    means = f" with {optimizer}" if optimizer else ""
    end = ENDINGS.get(study.ending, f"ending: {study.ending.replace('_', ' ')}")
    epochs = counted(len(study.history.get("epoch", ())), "epoch")
    return (
        f"Training{aim}{means} and stopped after {epochs} ({end}); "
        f"the weights of epoch {study.best_epoch:,} were kept."
    )


def _name(setting: object) -> str:
    """Return the name in a setting, which may be written with its numbers."""
    value = setting.get("name") if isinstance(setting, Mapping) else setting
    return value if isinstance(value, str) else ""


def _comparison(study: Study) -> str:
    if not study.baselines:
        return ""
    linear = listed(f"{_in_a_sentence(base.name)} ({score(base.held_out.r2)})" for base in study.baselines)
    return (
        f"On the held-out rows the network reached R² = {score(study.held_out.r2)}, beside {linear} "
        "with as many components on the same split and scaling, "
        f"and {score(study.untrained.r2)} for the network before training."
    )


def _again(study: Study) -> str:
    """Describe what was learned anew on other rows."""
    splits, again = study.splits, study.reproducibility
    told = []
    if splits is not None:
        starts = f"the best of {splits.n_starts} networks" if splits.n_starts > 1 else "a network"
        told.append(
            f"On {counted(splits.n_splits, 'random split')} of all rows ({splits.n_training:,} to learn "
            f"from, {splits.n_held_out:,} held out) {starts} and PCA were learned anew; the mean "
            f"difference in held-out R² was {splits.gain:.3f} (95 % interval {splits.low:.3f} to "
            f"{splits.high:.3f}, p = {splits.p_value:.2g}, t-test with the correction of Nadeau and "
            "Bengio, 2003)."
        )
    if again is not None:
        told.append(
            f"Factors were matched (Hungarian method) with those of {counted(again.n_resamples, 'network')} "
            "of bootstrap resamples of the training rows, each from a start of its own; the "
            "reproducibility of a factor is the median of the lower of the correlation of its codes and "
            "the cosine of its effects. Intervals of effects are 95 % t-intervals over these networks."
        )
    return " ".join(told)


def _structure(study: Study) -> str:
    structure, curvature = study.structure, study.curvature
    if structure is None:
        return ""
    asked = (
        "Whether the columns hang together at all was tested against "
        f"{counted(structure.shuffles, 'table')} with each column shuffled (p = {structure.p_value:.3g})"
    )
    if curvature is None:
        return f"{asked}."
    return (
        f"{asked}, and whether by more than straight lines against {counted(curvature.draws, 'table')} of a "
        f"Gaussian copula with the same columns and correlations (p = {curvature.p_value:.3g})."
    )


def _meaning(study: Study) -> str:
    found = study.sensitivities
    if found is None:
        return ""
    return (
        "What factors do was told by moving each from its 10th to its 90th percentile with the others at "
        f"their median, by the decoder's derivatives at {counted(found.n_rows, 'training row')}, on average "
        "and by thirds of each factor, and by the held-out R² with each factor alone and without each."
    )


def _in_a_sentence(name: str) -> str:
    return name if name.isupper() else name[:1].lower() + name[1:]


def _clusters(study: Study) -> str:
    methods = list(dict.fromkeys(clustering.method for clustering in study.clusterings))
    if not methods:
        return ""
    agreement = (
        "; agreement with the known classes was measured by the adjusted Rand index "
        "and normalised mutual information"
        if study.labels is not None
        else ""
    )
    drivers = (
        ""
        if study.drivers is None
        else f" Each cluster of {study.drivers.method} was described by the columns whose means differ most "
        "from those of the other rows, with Welch's 95 % intervals and without a test, since clusters are "
        "made from these columns."
    )
    columns = any(clustering.space == "columns" for clustering in study.clusterings)
    what = "Factors, components and scaled columns" if columns else "Factors and components"
    return f"{what} were clustered by {listed(methods)}{agreement}.{drivers}{_clouds(study)}"


def _clouds(study: Study) -> str:
    if not study.clouds:
        return ""
    places = {"latent": "factors", "PCA": "components", "shared": "components of what columns share"}
    told = listed(
        f"p = {cloud.p_value:.3g} of the {places.get(cloud.space, cloud.space)}" for cloud in study.clouds
    )
    return (
        " Whether there are groups at all was tested by the prominence of the peaks of a nearest-neighbour "
        f"density, against {counted(study.clouds[0].draws, 'resample')} of the same rows with the valleys "
        f"levelled ({told}).{_shared(study)}"
    )


def _shared(study: Study) -> str:
    if all(cloud.space != "shared" for cloud in study.clouds):
        return ""
    return (
        " For what columns share, each category and each column with two values was replaced by its "
        "regression on all other columns (from a covariance shrunk after Ledoit and Wolf, in five folds)."
    )


def _tools(study: Study) -> str:
    named = [f"{name} {version}" for name, version in study.versions.items()]
    seeded = "" if study.random_state is None else f" with random_state {study.random_state}"
    return f"Computed{seeded} by {listed(named)}." if named else ""

"""True studies without a network: PCA plays the model, so that views can be tested alone."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from sklearn.cluster import DBSCAN, KMeans
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA, FactorAnalysis
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score, silhouette_score

from latentia.insight.cluster_drivers import cluster_drivers
from latentia.insight.cluster_results import Agreement, Clustering
from latentia.insight.factor_results import Drivers
from latentia.insight.factors import alone
from latentia.insight.findings import Finding, Severity
from latentia.insight.rate_sweep import read_sweep
from latentia.insight.resampling_results import RepeatedSplits, Reproducibility
from latentia.insight.results import (
    Ablation,
    Baseline,
    Candidate,
    CategoryQuality,
    Effects,
    FirstLayerWeights,
    Quality,
    SizeSweep,
    Stability,
    StrangeRow,
    Study,
    TableColumn,
)
from latentia.insight.sensitivities import sensitivities
from latentia.insight.traversals import traversals


@cache
def wine_study(n_components=3, n_seeds=8):
    table = load_wine()
    labels = np.array([f"class_{code}" for code in table.target], dtype=object)
    units = ("% vol", *(None,) * 3, "mg/l", *(None,) * 8)
    return study_of(
        table.data,
        names=tuple(table.feature_names),
        labels=labels,
        units=units,
        n_components=n_components,
        n_seeds=n_seeds,
    )


@cache
def random_study(n_rows=80, n_columns=6, n_components=2, n_classes=0, n_seeds=4, *, sizes=True):
    """A table of so many hidden variables and noise, with classes along the first of them."""
    rng = np.random.default_rng(n_columns)
    hidden = rng.normal(size=(n_rows, n_components))
    values = hidden @ rng.normal(size=(n_components, n_columns)) + 0.3 * rng.normal(size=(n_rows, n_columns))
    labels = None
    if n_classes:
        labels = np.array(
            [str(code % n_classes) for code in np.argsort(np.argsort(hidden[:, 0]))], dtype=object
        )
    names = tuple(f"column_{column}" for column in range(n_columns))
    return study_of(
        values,
        names=names,
        labels=labels,
        n_components=n_components,
        n_seeds=n_seeds,
        sizes=sizes,
        title="random",
    )


def study_of(values, *, names, labels=None, units=None, n_components=3, n_seeds=8, sizes=True, title="wine"):
    n_rows, n_columns = values.shape
    order = np.random.default_rng(0).permutation(n_rows)
    held_out, training = np.sort(order[: n_rows // 5]), np.sort(order[n_rows // 5 :])
    mean, spread = values[training].mean(0), values[training].std(0)
    scaled = (values - mean) / spread
    model = PCA(n_components, random_state=0).fit(scaled[training])
    codes = model.transform(scaled)
    decoded = model.inverse_transform(codes)
    quality = {
        rows: quality_of(rows, scaled[chosen], decoded[chosen])
        for rows, chosen in (("training", training), ("held-out", held_out))
    }
    factors = tuple(f"factor {factor + 1}" for factor in range(n_components))
    columns = tuple(
        TableColumn(
            name=name, kind="numeric", dtype="float64", why="numbers", unit=None, n_missing=0, first=at
        )
        for at, name in enumerate(names)
    )
    units = units or (None,) * n_columns
    clusterings = clusterings_of(codes, labels, ("latent", "PCA") if title == "wine" else ("latent",))
    drivers = cluster_drivers(values, clusterings[0].labels, training, columns, names, units)
    return Study(
        title=title,
        source={"name": title, "path": None, "sha256": "0" * 64, "notes": ["separator ';' found"]},
        columns=columns,
        column_names=names,
        units=units,
        values=values,
        label_name=None if labels is None else "class",
        labels=labels,
        training_rows=training,
        held_out_rows=held_out,
        recipe={
            "n_components": n_components,
            "activation": "linear",
            "n_seeds": n_seeds,
            "learning_rate": {"name": "cosine", "rate": 3e-3},
        },
        random_state=0,
        description=f"{n_columns}-{n_components}-{n_columns}, linear",
        n_parameters=2 * n_columns * n_components + n_columns + n_components,
        history=history_of(quality["training"].mse, quality["held-out"].mse),
        best_epoch=140,
        ending="patience_exhausted",
        ending_advice="The validation loss had not fallen for 60 epochs; the best weights were kept.",
        latents=codes,
        latent_names=factors,
        training=quality["training"],
        held_out=quality["held-out"],
        untrained=quality_of("held-out", scaled[held_out], 0.1 * scaled[held_out][:, ::-1]),
        baselines=baselines_of(scaled, training, held_out, n_components),
        effects=effects_of(model, codes, spread),
        weights=weights_of(model, names, factors, n_seeds),
        ablation=ablation_of(model, codes, scaled, held_out, quality["held-out"]),
        stability=stability_of(n_components, n_seeds, quality["held-out"].r2),
        clusterings=clusterings,
        drivers=Drivers(method="KMeans", space="latent", clusters=drivers),
        **meaning_of(model, codes, training, held_out, scaled, mean, spread),
        strange_rows=strange_rows_of(values, decoded * spread + mean, scaled - decoded, held_out, names),
        candidates=candidates_of(quality),
        sizes=sizes_of(scaled, training, held_out, n_components, n_seeds) if sizes else None,
        rates=rates_of(n_seeds) if sizes else None,
        findings=findings_of(quality),
        verdict=f"{n_components} factors explain {quality['held-out'].r2:.0%} of the held-out variance; "
        "a linear model does as well, so PCA is enough here.",
        seconds={"reading": 0.01, "training": 1.5, "insight": 0.8},
        versions={"latentia": "0.1.0", "numpy": np.__version__},
        command=f"latentia analyze {title} --random-state 0",
    )


def quality_of(rows, scaled, decoded):
    error = (scaled - decoded) ** 2
    per_column = 1 - error.sum(0) / (scaled**2).sum(0)
    return Quality(
        rows=rows,
        n_rows=len(scaled),
        mse=float(error.mean()),
        r2=float(1 - error.sum() / (scaled**2).sum()),
        r2_per_column=per_column,
    )


def history_of(training_mse, held_out_mse, epochs=200):
    epoch = np.arange(1, epochs + 1)
    fall = np.exp(-epoch / 25)
    return {
        "epoch": epoch.astype(float),
        "loss": training_mse + 0.05 + (1.05 - training_mse) * fall,
        "clean_loss": training_mse + (1.0 - training_mse) * fall,
        "val_loss": held_out_mse + (1.05 - held_out_mse) * fall + 1e-6 * (epoch - 140) ** 2,
        "learning_rate": 3e-3 * 0.5 * (1 + np.cos(np.pi * epoch / epochs)),
        "penalty": np.zeros(epochs),
    }


def baselines_of(scaled, training, held_out, n_components):
    models = {
        "PCA": PCA(n_components, random_state=0),
        "Factor analysis": FactorAnalysis(n_components, random_state=0),
    }
    baselines = []
    for name, model in models.items():
        codes = model.fit(scaled[training]).transform(scaled)
        decoded = codes @ model.components_ + model.mean_
        baselines.append(
            Baseline(
                name=name,
                n_components=n_components,
                training=quality_of("training", scaled[training], decoded[training]),
                held_out=quality_of("held-out", scaled[held_out], decoded[held_out]),
                codes=codes,
            )
        )
    return tuple(baselines)


def effects_of(model, codes, spread):
    low, high = np.percentile(codes, [10, 90], axis=0)
    change = (high - low)[:, None] * model.components_
    return Effects(low=low, high=high, change=change * spread, change_scaled=change)


def meaning_of(model, codes, training, held_out, scaled, mean, spread):
    def slopes(some):
        weight = np.broadcast_to(model.components_.T, (len(some), *model.components_.T.shape))
        yield slice(0, len(some)), model.inverse_transform(some), weight

    def unscale(rows):
        return rows * spread + mean

    center, means = scaled[training].mean(0), codes[training].mean(0)
    return {
        "alone": alone(codes[held_out], model.inverse_transform, scaled[held_out], center, means),
        "sensitivities": sensitivities(codes[training], slopes, unscale, spread, seed=0),
        "traversals": traversals(codes[training], model.inverse_transform, unscale, spread),
    }


def weights_of(model, names, factors, n_seeds):
    values = model.components_.T
    return FirstLayerWeights(
        values=values,
        unit_names=factors,
        positive=tuple(tuple(n for n, w in zip(names, unit, strict=True) if w > 0) for unit in values.T),
        negative=tuple(tuple(n for n, w in zip(names, unit, strict=True) if w < 0) for unit in values.T),
        sign_agreement=float("nan") if n_seeds == 1 else 0.62,
    )


def ablation_of(model, codes, scaled, held_out, quality):
    lost, per_column = [], []
    for factor in range(codes.shape[1]):
        fixed = codes.copy()
        fixed[:, factor] = 0.0
        without = quality_of("held-out", scaled[held_out], model.inverse_transform(fixed)[held_out])
        lost.append(quality.r2 - without.r2)
        per_column.append(quality.r2_per_column - without.r2_per_column)
    return Ablation(r2_lost=np.array(lost), r2_lost_per_column=np.array(per_column))


def stability_of(n_components, n_seeds, r2):
    rng = np.random.default_rng(1)
    correlation = np.clip(
        0.99 - 0.06 * np.arange(n_components) * rng.random((n_seeds - 1, n_components)), 0, 1
    )
    return Stability(
        n_seeds=n_seeds,
        correlation=correlation,
        per_factor=np.median(correlation, axis=0) if n_seeds > 1 else np.full(n_components, np.nan),
        r2_per_seed=r2 + 0.004 * rng.normal(size=n_seeds),
    )


def clusterings_of(codes, labels, spaces):
    scale = codes.std(0)
    choices = {
        "KMeans": KMeans(3, n_init=4, random_state=0).fit_predict(codes),
        "DBSCAN": DBSCAN(eps=0.5 * len(scale) ** 0.5, min_samples=5).fit_predict(codes / scale),
    }
    clusterings = []
    for space in spaces:
        for method, found in choices.items():
            n_clusters = len(set(found[found >= 0]))
            clusterings.append(
                Clustering(
                    method=method,
                    space=space,
                    settings={"n_clusters": 3} if method == "KMeans" else {"eps": 0.9, "min_samples": 5},
                    labels=found.astype(np.int64),
                    n_clusters=n_clusters,
                    noise_share=float((found < 0).mean()),
                    silhouette=float(silhouette_score(codes, found))
                    if n_clusters > 1 and len(codes) < 2000
                    else float("nan"),
                    agreement=None if labels is None else agreement_of(found, labels),
                )
            )
    return tuple(clusterings)


def agreement_of(found, labels):
    classes = tuple(sorted(set(labels)))
    codes = [*sorted({int(code) for code in found if code >= 0}), *([-1] if (found < 0).any() else [])]
    contingency = np.array(
        [[np.sum((found == code) & (labels == name)) for name in classes] for code in codes]
    )
    return Agreement(
        ari=float(adjusted_rand_score(labels, found)),
        nmi=float(normalized_mutual_info_score(labels, found)),
        accuracy=float(contingency[[code >= 0 for code in codes]].max(1).sum() / len(found)),
        classes=classes,
        clusters=tuple("noise" if code < 0 else f"cluster {code}" for code in codes),
        contingency=contingency,
    )


def strange_rows_of(values, decoded, residuals, held_out, names, most=6):
    scores = (residuals**2).mean(1)
    rows = np.argsort(-scores)[:most]
    strange = []
    for row in rows:
        worst = np.argsort(-np.abs(residuals[row]))[:3]
        strange.append(
            StrangeRow(
                row=int(row),
                held_out=bool(np.isin(row, held_out)),
                score=float(scores[row]),
                p_value=float((1 + (scores[held_out] >= scores[row]).sum()) / (1 + len(held_out))),
                columns=tuple(names[column] for column in worst),
                values=tuple(float(values[row, column]) for column in worst),
                expected=tuple(float(decoded[row, column]) for column in worst),
            )
        )
    return tuple(strange)


def candidates_of(quality):
    training, held_out = quality["training"], quality["held-out"]
    kinds = (("default", 0.0, True), ("shallow, sigmoid output", 0.2, False), ("deep", 0.03, False))
    return tuple(
        Candidate(
            name=name,
            description="13-3-13, gelu, linear output",
            n_parameters=94,
            training_mse=training.mse + loss,
            held_out_mse=held_out.mse + loss,
            held_out_r2=held_out.r2 - loss,
            epochs=200,
            ending="patience_exhausted",
            seconds=0.2,
            chosen=chosen,
            findings=(OUT_OF_REACH,) if "sigmoid" in name else (),
        )
        for name, loss, chosen in kinds
    )


OUT_OF_REACH = Finding(
    code="output_range",
    severity=Severity.SERIOUS,
    sentence="The sigmoid output reaches only from 0 to 1, but 69 % of the training cells lie outside.",
    evidence={"share_outside": 0.69, "floor": 0.549},
    suggestion="Use a linear output.",
)


def rates_of(n_networks):
    rates = np.geomspace(1e-6, 10, 81)
    curve = 1 - 0.8 / (1 + (1e-3 / rates) ** 2) + (rates / 0.3) ** 3
    noise = 0.01 * np.random.default_rng(3).normal(size=(len(rates), n_networks))
    return read_sweep(rates, curve[:, None] + noise)


def sizes_of(scaled, training, held_out, n_components, n_seeds):
    sizes = tuple(range(1, min(scaled.shape[1], n_components + 3) + 1))
    pca = []
    for size in sizes:
        model = PCA(size, random_state=0).fit(scaled[training])
        decoded = model.inverse_transform(model.transform(scaled[held_out]))
        pca.append(quality_of("held-out", scaled[held_out], decoded).r2)
    noise = 0.01 * np.random.default_rng(2).normal(size=(len(sizes), n_seeds))
    return SizeSweep(
        sizes=sizes,
        r2=np.array(pca)[:, None] + noise,
        r2_pca=np.array(pca),
        chosen=min(n_components, sizes[-1]),
        reason="The smallest size within one standard error of the best.",
    )


def findings_of(quality):
    return (
        Finding(
            code="good_fit",
            severity=Severity.GOOD,
            sentence="Training and held-out errors are close.",
            evidence={"training_mse": quality["training"].mse, "held_out_mse": quality["held-out"].mse},
        ),
        Finding(
            code="worse_than_pca",
            severity=Severity.WARNING,
            sentence="The network does not beat PCA of the same size on held-out rows.",
            evidence={
                "r2": quality["held-out"].r2,
                "r2_pca": quality["held-out"].r2,
                "missing": float("nan"),
            },
            suggestion="Use PCA, or give the network more rows.",
        ),
        Finding(code="note", severity=Severity.NOTE, sentence="Eight seeds were compared."),
    )


@cache
def mixed_study():
    """A study of a date, a category of three levels and a number, as a network sees them."""
    rng = np.random.default_rng(2)
    hidden = rng.normal(size=90)
    levels = np.eye(3)[np.digitize(hidden, [-0.5, 0.5])]
    values = np.column_stack([13_000 + np.rint(50 * hidden), levels, hidden + rng.normal(size=90)])
    values[4, 1:4] = np.nan
    study = study_of(
        np.nan_to_num(values),
        names=("day", "hue = blue", "hue = green", "hue = red", "mass"),
        n_components=2,
        title="mixed",
    )
    told = CategoryQuality(
        n_cells=17,
        accuracy=16 / 17,
        mode="green",
        mode_accuracy=6 / 17,
        baseline_accuracy={"PCA": 0.5, "Factor analysis": 0.25},
        entropy=1.5,
        information_gain=1.2,
    )
    first, number = study.columns[0], study.columns[4]
    hue = replace(
        first,
        name="hue",
        kind="category",
        dtype="string",
        why="3 different words",
        n_missing=1,
        first=1,
        levels=("blue", "green", "red"),
        category=told,
    )
    day = replace(first, kind="date", why="dates", unit="days")
    return replace(study, values=values, columns=(day, hue, number))


@cache
def resampled_study(n_components=3, unstable=(2,)):
    """The wines with figures of resampled rows; the factors at these positions do not come back."""
    study = wine_study(n_components=n_components)
    rng = np.random.default_rng(0)
    per_factor = np.where(np.isin(np.arange(n_components), unstable), 0.4, 0.93)
    each = np.clip(per_factor + 0.04 * rng.normal(size=(20, n_components)), 0, 1)
    margin_scaled = np.where(per_factor < 0.8, 3.0, 0.2)[:, None] * np.ones(study.effects.change.shape)
    spread = study.effects.change / study.effects.change_scaled
    return replace(
        study,
        splits=RepeatedSplits(
            n_training=142,
            n_held_out=36,
            n_starts=3,
            r2=np.array([0.70, 0.72, 0.69, 0.71, 0.66]),
            r2_pca=np.array([0.64, 0.63, 0.65, 0.60, 0.67]),
            gain=0.058,
            standard_error=0.02,
            low=0.002,
            high=0.114,
            p_value=0.045,
        ),
        reproducibility=Reproducibility(
            n_rows=36,
            codes=each,
            loadings=np.ones_like(each),
            per_factor=np.median(each, axis=0),
            per_component=np.full(n_components, 0.95),
            space_r2=0.8,
        ),
        effects=replace(
            study.effects, margin=margin_scaled * spread, margin_scaled=margin_scaled, n_resamples=20
        ),
    )

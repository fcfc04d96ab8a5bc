import dataclasses
import os
import subprocess
import sys
import threading
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle
from PIL import Image

import latentia
from latentia.views.figures.album import Album, draw_all
from latentia.views.figures.baselines import plot_baselines
from latentia.views.figures.candidates import plot_candidates
from latentia.views.figures.clusters import plot_clustering, plot_clusterings
from latentia.views.figures.columns import FLOOR, plot_ablation, plot_columns
from latentia.views.figures.contingency import plot_contingency
from latentia.views.figures.curves import plot_loss
from latentia.views.figures.effects import plot_effects
from latentia.views.figures.groups import Group, by_cluster, by_name, thinned
from latentia.views.figures.latent_space import plot_codes, plot_pairs, plot_projection
from latentia.views.figures.outliers import plot_strange_rows
from latentia.views.figures.sizes import plot_sizes
from latentia.views.figures.splits import plot_splits
from latentia.views.figures.stability import plot_stability
from latentia.views.figures.weights import plot_weight_bars, plot_weight_map
from latentia.views.style import NOISE, new_figure, rendered
from latentia.views.writing import score
from views.example_study import random_study, resampled_study, wine_study

ODD = {
    "no labels": lambda: random_study(n_classes=0),
    "1 component": lambda: random_study(n_components=1, n_classes=3),
    "2 components": lambda: random_study(n_components=2, n_classes=3),
    "6 components": lambda: random_study(n_columns=8, n_components=6, n_classes=2),
    "10 components": lambda: random_study(n_columns=12, n_components=10),
    "200 columns": lambda: random_study(n_columns=200, n_components=3, n_classes=2),
    "30 classes": lambda: random_study(n_rows=90, n_components=3, n_classes=30),
    "60 classes": lambda: random_study(n_rows=120, n_components=2, n_classes=60),
    "one seed": lambda: random_study(n_seeds=1, n_components=3),
    "no sizes": lambda: random_study(sizes=False),
    "one column": lambda: random_study(n_columns=1, n_components=1, n_classes=2),
    "awkward names": lambda: renamed(random_study(n_columns=6, n_components=3, n_classes=2)),
    "unknown numbers": lambda: with_nan(random_study(n_components=3)),
    "diverged at once": lambda: dataclasses.replace(random_study(), history={}, best_epoch=0),
    "nothing beside it": lambda: dataclasses.replace(
        random_study(), baselines=(), candidates=(), clusterings=(), strange_rows=(), findings=()
    ),
}


def renamed(study):
    names = (r"price_$\x$", "a" * 200, "<script>alert(1)</script>", "名前", "new\nline", r"\frac{$")
    return dataclasses.replace(
        study, column_names=names, units=("$", "%", "µg/l", None, "a_b", "^2"), title="<b>$x$</b>"
    )


def with_nan(study):
    r2 = study.held_out.r2_per_column.copy()
    r2[0] = np.nan
    change = study.effects.change_scaled.copy()
    change[:, 1] = np.nan
    latents = study.latents.copy()
    latents[3] = np.nan
    curve = study.history["val_loss"].copy()
    curve[7:] = np.nan
    return dataclasses.replace(
        study,
        held_out=dataclasses.replace(study.held_out, r2_per_column=r2),
        effects=dataclasses.replace(study.effects, change=change, change_scaled=change),
        latents=latents,
        history={**study.history, "val_loss": curve},
        untrained=dataclasses.replace(study.untrained, r2=float("nan")),
    )


def texts(figure):
    found = [text.get_text() for text in figure.findobj(mpl.text.Text)]
    return [text for text in found if text]


@pytest.mark.parametrize("kind", ODD)
def test_every_figure_of_an_odd_study_is_drawn(kind, tmp_path):
    paths = draw_all(ODD[kind](), tmp_path)
    assert list(paths) == list(Album(ODD[kind]()))
    for path in paths.values():
        with Image.open(path) as image:
            assert image.format == "PNG"
            assert 400 < image.width < 2600
            assert 200 < image.height < 3000


def test_figures_of_wine_are_those_of_the_tutorial(tmp_path):
    names = {
        *("loss", "latent_space", "pca_space", "weight_bars", "weight_map", "effects", "columns", "ablation"),
        *("baselines", "stability", "sizes", "learning_rate", "candidates", "strange_rows"),
        *("clusters_kmeans", "clusters_dbscan", "clusters_on_pca", "contingency"),
    }
    assert names <= set(Album(wine_study()))


def test_figures_are_the_same_bytes_twice_and_whatever_the_users_own_settings(tmp_path):
    study = ODD["nothing beside it"]()
    first = {name: path.read_bytes() for name, path in draw_all(study, tmp_path / "a").items()}
    with mpl.rc_context({"font.family": "serif", "image.cmap": "gray"}):
        second = {name: path.read_bytes() for name, path in draw_all(study, tmp_path / "b").items()}
    assert first == second


def test_figures_never_load_pyplot():
    code = "import sys, latentia.views.figures.album; print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=with_sources(), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def with_sources():
    return {**os.environ, "PYTHONPATH": str(Path(latentia.__file__).parents[1])}


def test_figures_can_be_drawn_in_threads(tmp_path):
    failures = []

    def draw(name):
        try:
            draw_all(ODD["nothing beside it"](), tmp_path / name)
        except Exception as error:  # noqa: BLE001  whatever it is, the test must see it
            failures.append(error)

    threads = [threading.Thread(target=draw, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_latent_space_shows_every_row_in_each_of_four_panels():
    study = wine_study()
    figure = plot_codes(study.latents, groups=by_name(study.labels))
    assert len(figure.axes) == 4
    for axes in figure.axes:
        assert sum(len(points.get_offsets()) for points in axes.collections) == 178
        assert len(axes.collections) == 3


def test_noise_hides_no_cluster_in_three_dimensions():
    study = wine_study()
    solid = plot_clustering(study.clusterings[1], study.latents).axes[0]
    assert solid.name == "3d"
    assert not solid.computed_zorder
    noise, clusters = solid.collections[-1], solid.collections[:-1]
    assert noise.get_zorder() < min(points.get_zorder() for points in clusters)


def test_projection_draws_into_the_axes_it_is_given_at_the_places_of_the_codes():
    codes = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    axes = new_figure(4, 4).add_subplot()
    assert plot_projection(codes, x=2, y=0, ax=axes) is axes.figure
    assert np.asarray(axes.collections[0].get_offsets()).tolist() == [[3.0, 1.0], [6.0, 4.0]]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("factor 3", "factor 1")


def test_noise_is_grey_crosses_and_comes_last():
    study = wine_study()
    found = study.clusterings[1]
    noise = int((found.labels < 0).sum())
    assert noise > 0
    figure = plot_clustering(found, study.latents, label_name="class")
    for axes in figure.axes:
        last = axes.collections[-1]
        assert last.get_label() == "noise"
        assert len(last.get_offsets()) == noise
        assert np.allclose(last.get_edgecolors()[0, :3], to_rgba(NOISE)[:3])
        assert len(last.get_paths()[0].vertices) == 4  # two strokes
    assert by_cluster(found.labels)[-1].marker == "x"


def test_ten_classes_have_colours_of_their_own():
    groups = by_name(np.array([str(code) for code in range(10)], dtype=object))
    assert len({group.colour for group in groups}) == 10


def test_every_class_has_a_look_of_its_own_up_to_forty_two():
    groups = by_name(np.array([str(code) for code in range(42)], dtype=object))
    assert len({(group.colour, group.marker) for group in groups}) == 42
    assert [group.name for group in groups] == [str(code) for code in range(42)]


def test_more_classes_than_looks_are_drawn_as_one_grey_rest_that_loses_no_row():
    labels = np.array([str(code) for code in np.repeat(np.arange(50), 3)] + ["0"], dtype=object)
    groups = by_name(labels)
    assert groups[-1].name == "other (9 classes)"
    assert sum(len(group.rows) for group in groups) == len(labels)


def test_thinning_keeps_shares_and_never_empties_a_group():
    groups = (
        Group(name="many", rows=np.arange(9999), colour="k", marker="o"),
        Group(name="one", rows=np.array([9999]), colour="k", marker="o"),
    )
    assert [len(group.rows) for group in thinned(groups, most=100)] == [100, 1]


def test_loss_figure_marks_the_best_epoch_and_holds_the_curves():
    study = wine_study()
    figure = plot_loss(study.history, best_epoch=study.best_epoch)
    lines = {line.get_label(): line for line in figure.axes[0].lines}
    assert np.array_equal(lines["validation"].get_ydata(), study.history["val_loss"])
    assert any(list(line.get_xdata()) == [140, 140] for line in figure.axes[0].lines)
    assert "best epoch: 140" in texts(figure)
    assert np.array_equal(figure.axes[1].lines[0].get_ydata(), study.history["learning_rate"])


def test_bars_of_the_baselines_are_as_long_as_their_r2():
    study = wine_study()
    axes = plot_baselines(study).axes[0]
    widths = [bar.get_width() for bar in axes.patches if isinstance(bar, Rectangle)]
    expected = [study.held_out.r2, *(base.held_out.r2 for base in study.baselines), study.untrained.r2]
    assert widths == pytest.approx(expected)
    assert len(axes.collections[0].get_offsets()) == study.stability.n_seeds


def test_loss_figure_names_the_loss_that_was_minimised():
    study = wine_study()
    assert plot_loss(study.history, loss="mae").axes[0].get_ylabel() == "mean absolute error, scaled units"


def test_effects_are_drawn_in_sd_and_written_in_units():
    study = wine_study()
    figure = plot_effects(study.effects, study.column_names, units=study.units)
    widths = {round(bar.get_width(), 9) for bar in figure.axes[0].patches if isinstance(bar, Rectangle)}
    assert widths >= {round(change, 9) for change in study.effects.change_scaled[0]}
    assert "alcohol (% vol)" in texts(figure)
    assert f"{study.effects.change[0, 0]:+.2f}" in texts(figure)


def test_negative_weights_are_grey_and_positive_ones_blue():
    study = wine_study()
    figure = plot_weight_bars(study.weights, study.column_names)
    bars = [bar for axes in figure.axes for bar in axes.patches]
    assert [bar.get_height() for bar in bars] == pytest.approx(study.weights.values.ravel().tolist())
    for bar, weight in zip(bars, study.weights.values.ravel(), strict=True):
        assert (bar.get_facecolor() == to_rgba(NOISE)) == (weight < 0)
    assert set(study.column_names) - {"od280/od315_of_diluted_wines"} <= set(texts(figure))


def test_weights_of_one_unit_are_bars_beside_each_other():
    study = wine_study(n_components=1)
    axes = plot_weight_bars(study.weights, study.column_names).axes
    assert len(axes) == 1
    assert [bar.get_width() for bar in axes[0].patches] == pytest.approx(study.weights.values[:, 0].tolist())


def test_wide_tables_say_how_many_columns_are_left_out():
    study = random_study(n_columns=200, n_components=3)
    for figure in (
        plot_weight_bars(study.weights, study.column_names),
        plot_weight_map(study.weights, study.column_names),
        plot_effects(study.effects, study.column_names),
        plot_columns(study.held_out, study.baselines[0], study.column_names),
        plot_ablation(study.ablation, study.column_names),
    ):
        assert "of 200 columns" in figure.get_suptitle().replace("\n", " ")


def test_columns_are_sorted_and_dots_stand_at_their_r2():
    study = wine_study()
    axes = plot_columns(study.held_out, study.baselines[0], study.column_names).axes[0]
    ours = np.asarray(axes.collections[-1].get_offsets())[:, 0]
    assert ours == pytest.approx(np.sort(study.held_out.r2_per_column)[::-1])


def test_a_baseline_below_zero_stays_inside_the_axes():
    study = wine_study()
    base = study.baselines[0]
    low = dataclasses.replace(base.held_out, r2_per_column=np.full(13, -0.1))
    axes = plot_columns(study.held_out, dataclasses.replace(base, held_out=low), study.column_names).axes[0]
    assert axes.get_xlim()[0] < -0.1


def test_columns_that_do_not_vary_are_left_out_and_told():
    study = wine_study()
    r2 = study.held_out.r2_per_column.copy()
    r2[:2] = np.nan
    still = dataclasses.replace(study.held_out, r2_per_column=r2)
    figure = plot_columns(still, study.baselines[0], study.column_names)
    assert len(figure.axes[0].get_yticklabels()) == 11
    assert "(2 columns do not vary)" in figure.axes[0].get_xlabel()


def test_scores_left_of_the_axes_are_written_once_for_both_models():
    study = wine_study()
    low = dataclasses.replace(study.held_out, r2_per_column=np.full(13, FLOOR - 1))
    base = dataclasses.replace(study.baselines[0], held_out=low)
    written = texts(plot_columns(low, base, study.column_names))
    assert written.count("PCA −1.25, network −1.25") == 13


def test_contingency_writes_the_counts_of_all_methods_in_both_spaces():
    study = wine_study()
    figure = plot_contingency(study.clusterings, label_name="class")
    told = {(one.method, one.space): one for one in study.clusterings}
    methods, spaces = ("KMeans", "DBSCAN"), ("latent", "PCA")
    expected = [told[method, space] for method in methods for space in spaces]
    for axes, one in zip(figure.axes, expected, strict=True):
        where = "PCA" if one.space == "PCA" else "the factors"
        scores = f"ARI {score(one.agreement.ari)}, NMI {score(one.agreement.nmi)}"
        assert axes.get_title(loc="left") == f"{one.method} on {where}: {scores}"
        counts = [f"{count:,}" if count else "·" for count in one.agreement.contingency.ravel()]
        assert [text.get_text() for text in axes.texts] == counts
    best = max(one.agreement.ari for one in study.clusterings)
    assert f"ARI {best:.2f}" in figure.get_suptitle()


def test_contingency_draws_the_largest_of_many_clusters_and_the_noise():
    study = wine_study()
    one = study.clusterings[0]
    many = dataclasses.replace(
        one.agreement,
        clusters=(*(f"cluster {number}" for number in range(40)), "noise"),
        contingency=np.arange(41 * 3).reshape(41, 3),
    )
    axes = plot_contingency([dataclasses.replace(one, agreement=many)]).axes[0]
    assert [tick.get_text() for tick in axes.get_yticklabels()][-2:] == ["cluster 11", "noise"]
    assert "28 smaller clusters not drawn" in axes.get_title(loc="left")


def test_clusterings_of_pca_stand_beside_each_other_with_noise_in_grey():
    study = wine_study()
    theirs = [one for one in study.clusterings if one.space == "PCA"]
    figure = plot_clusterings(theirs, study.baselines[0].codes, label_name="class")
    for axes, one in zip(figure.axes, theirs, strict=False):
        assert axes.get_title(loc="left").startswith(f"{one.method}: {one.n_clusters} cluster")
        assert sum(len(points.get_offsets()) for points in axes.collections) == 178
    assert texts(figure.legends[0]) == ["cluster 0", "cluster 1", "cluster 2", "noise"]


def test_pairs_show_each_two_of_five_factors_once():
    codes = np.arange(60.0).reshape(10, 6)
    figure = plot_pairs(codes)
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert len(shown) == 10
    assert {axes.get_xlabel() for axes in shown} == {"", "factor 1", "factor 2", "factor 3", "factor 4"}


def test_strange_rows_stand_at_their_errors_with_what_was_expected():
    study = wine_study()
    axes = plot_strange_rows(study.strange_rows).axes[0]
    points = np.vstack([np.asarray(part.get_offsets()) for part in axes.collections[1:]])
    ordered = points[np.argsort(points[:, 1])]
    assert ordered[:, 0] == pytest.approx([row.score for row in study.strange_rows])
    worst = study.strange_rows[0]
    assert any(text.startswith(f"{worst.columns[0]} ") and "expected" in text for text in texts(axes))
    assert axes.get_xscale() == "linear"


def test_one_row_far_beyond_the_others_does_not_hide_them():
    study = wine_study()
    far = dataclasses.replace(study.strange_rows[0], score=1000.0)
    assert plot_strange_rows([far, *study.strange_rows[1:]]).axes[0].get_xscale() == "log"


def test_recipes_are_sorted_by_held_out_error_and_the_chosen_one_is_marked():
    study = wine_study()
    axes = plot_candidates(study.candidates).axes[0]
    held_out = np.asarray(axes.collections[-1].get_offsets())[:, 0]
    assert held_out == pytest.approx(sorted(one.held_out_mse for one in study.candidates))
    assert axes.get_yticklabels()[0].get_text() == "default ★"


def test_stability_shows_every_other_seed_and_the_median():
    study = wine_study()
    figure = plot_stability(study.stability, factor_names=study.latent_names)
    for factor, points in enumerate(figure.axes[0].collections):
        assert np.asarray(points.get_offsets())[:, 0] == pytest.approx(study.stability.correlation[:, factor])
    assert {f"{median:.2f}" for median in study.stability.per_factor} <= set(texts(figure))


def test_a_factor_that_does_not_come_back_is_drawn_last_and_marked():
    study = resampled_study(unstable=(0,))
    for figure, axes in ((Album(study)["stability"], 0), (Album(study)["effects"], -1)):
        assert "factor 1 (unstable)" in texts(figure)
        if axes == 0:
            ticks = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
            assert ticks == ["factor 2", "factor 3", "factor 1 (unstable)"]
        else:
            titles = [panel.get_title(loc="left") for panel in figure.axes]
            assert titles == ["factor 2", "factor 3", "factor 1 (unstable)"]


def test_stability_shows_resampled_rows_and_pca_beside_the_seeds():
    study = resampled_study()
    figure = plot_stability(study.stability, study.reproducibility)
    points = [np.asarray(one.get_offsets())[:, 0] for one in figure.axes[0].collections]
    assert any(len(one) == 20 and one == pytest.approx(study.reproducibility.codes[:, 2]) for one in points)
    assert any(one == pytest.approx(study.reproducibility.per_component) for one in points)
    assert f"{study.comes_back[2]:.2f}" in texts(figure)


def test_intervals_of_effects_are_lines_over_the_bars():
    study = resampled_study()
    figure = plot_effects(study.effects, study.column_names)
    lines = figure.axes[0].collections[0].get_segments()
    assert len(lines) == 13
    assert {round(float(np.ptp(line[:, 0])), 6) for line in lines} == {0.4}
    assert "95 % intervals" in figure._supxlabel.get_text()


def test_splits_are_drawn_in_pairs_with_the_score():
    study = resampled_study()
    figure = plot_splits(study.splits)
    pca, network = (np.asarray(one.get_offsets())[:, 0] for one in figure.axes[0].collections[1:3])
    assert sorted(network) == sorted(study.splits.r2)
    assert network - pca == pytest.approx(np.sort(study.splits.r2 - study.splits.r2_pca)[::-1])
    assert any("4 of 5 splits" in text for text in texts(figure))
    assert any("p = 0.045" in text for text in texts(figure))


def test_names_that_differ_in_their_middle_are_told_apart_in_every_figure():
    study = random_study(n_columns=6, n_components=2)
    names = tuple(f"mean concentration of the substance number {n} in the samples (mg/l)" for n in range(6))
    named = dataclasses.replace(study, column_names=names, units=("mg/l",) * 6)
    for name, figure in Album(named).items():
        if name in {"columns", "effects", "ablation", "weight_map"}:
            ticks = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
            assert len(set(ticks)) == len(ticks) >= 6, name


def test_an_album_draws_each_figure_once_for_folder_and_report(tmp_path):
    study = wine_study()
    album = Album(study)
    paths = draw_all(study, tmp_path, album=album)
    drawn = {name: album[name] for name in album}
    assert {name: path.read_bytes() for name, path in paths.items()} == {
        name: album.png(name) for name in album
    }
    assert all(album[name] is figure for name, figure in drawn.items())


def test_texts_of_every_figure_stay_inside_it():
    for name, figure in Album(wine_study()).items():
        image = rendered(figure)
        edge = np.asarray(image.convert("L"))
        for side in (edge[:3], edge[-3:], edge[:, :3], edge[:, -3:]):
            assert side.min() > 250, name  # nothing but paper along the edges


def test_unknown_things_are_said_in_words():
    assert any("One network" in text for text in texts(plot_stability(random_study(n_seeds=1).stability)))
    assert any("was given" in text for text in texts(plot_sizes(None)))
    assert any("No classes" in text for text in texts(plot_contingency(random_study().clusterings)))


def test_sizes_show_mean_spread_and_recommendation():
    sizes = wine_study().sizes
    axes = plot_sizes(sizes).axes[0]
    mean = next(line for line in axes.lines if line.get_marker() == "o")
    assert mean.get_ydata() == pytest.approx(sizes.r2.mean(axis=1))
    assert f"recommended: {sizes.chosen}" in texts(axes.figure)


def test_the_labels_beside_the_box_and_its_neighbour_are_apart_and_none_is_cut():
    figure = plot_codes(np.random.default_rng(0).normal(size=(60, 3)) * [1.0, 30.0, 200.0])
    rendered(figure)
    solid, right, below, _ = figure.axes
    high = solid.zaxis.label.get_window_extent()
    ours = right.yaxis.label.get_window_extent()
    assert ours.x0 - high.x1 > 3 * high.width
    assert below.yaxis.label.get_window_extent().x0 > 0

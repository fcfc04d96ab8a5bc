"""How many hidden variables: known answers, what the result says, and every mistake in one sentence."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import latentia
from latentia import Autoencoder, InputError, LatentiaError, RecipeError, SizeChoice, choose_n_components
from latentia.insight.results import ComparedSizes, IntrinsicDimension
from latentia.insight.size import choose_size
from problems import curved, holed, mixed, unrelated

BRIEF = {"n_seeds": 1, "max_epochs": 2, "hidden_layer_sizes": ()}
QUICK = {"max_epochs": 60, "hidden_layer_sizes": (16,), "n_seeds": 2}


def planted(n_rows=300, noise=0.5, seed=0):
    """Three factors, each behind four of twelve columns, and noise."""
    rng = np.random.default_rng(seed)
    return np.repeat(rng.normal(size=(n_rows, 3)), 4, axis=1) + noise * rng.normal(size=(n_rows, 12))


def made(r2, *, stability=0.9):
    """Return a choice of made-up figures."""
    n_sizes, nothing = len(r2), float("nan")
    return SizeChoice(
        ComparedSizes(
            sweep=choose_size(range(1, n_sizes + 1), r2, np.zeros(n_sizes)),
            stability=np.full(n_sizes, stability),
            shared_space=np.full(n_sizes, stability),
            dimension=IntrinsicDimension(
                estimate=nothing, low=nothing, high=nothing, n_rows=3, sentence="no estimate: too few."
            ),
            rows={"training": 4, "validation": 1, "held_out": 1},
            max_epochs=5,
        )
    )


@pytest.mark.parametrize("seed", [0, 1])
def test_three_planted_factors_are_three(seed):
    choice = choose_n_components(planted(seed=seed), random_state=seed, sizes=[1, 2, 3, 4, 5, 6], **QUICK)
    assert choice.n_components == 3
    assert choice.reason.startswith("3 components: held-out R² 0.")
    assert "nothing in common" not in choice.reason
    assert choice.r2_mean[2] > 0.75
    assert choice.shared_space[2] > 0.9


def test_noise_is_one_with_a_reason():
    choice = choose_n_components(unrelated(300, 12), **QUICK)
    assert choice.n_components == 1
    assert "no more about each other than shuffled ones do" in choice.reason
    assert "may have nothing in common" in choice.reason


def test_the_dimension_of_a_bent_line_is_seen_without_a_network():
    choice = choose_n_components(curved(n_rows=400, noise=0.0)[0], sizes=[1], **BRIEF)
    assert choice.dimension.estimate == pytest.approx(1, abs=0.15)
    assert choice.dimension.n_rows == 320


def test_the_sizes_are_those_asked_for_in_order_and_each_once():
    choice = choose_n_components("iris", sizes=[3, 1, np.int64(2), 3], **BRIEF)
    assert choice.sizes == (1, 2, 3)
    assert choice.r2.shape == (3, 1)
    assert choose_n_components("iris", sizes=(4,), **BRIEF).sizes == (4,)


def test_sizes_are_found_where_none_are_given():
    assert choose_n_components("iris", **BRIEF).sizes == (1, 2, 3)
    few = choose_n_components(np.random.default_rng(0).normal(size=(6, 9)), **BRIEF)
    assert few.sizes == (1, 2, 3)
    assert few.dimension.sentence.startswith("no estimate")


def test_frames_files_and_names_are_read_as_an_analysis_reads_them(tmp_path):
    frame = pd.DataFrame(planted(n_rows=60)).rename(columns="c{}".format).assign(kind=["u", "v"] * 30)
    frame.to_csv(tmp_path / "odd.csv", sep=";", index=False)
    settings = {"label": "kind", "drop": ["c11"], "sizes": [1, 2], **BRIEF, "n_seeds": 2}
    one = choose_n_components(frame, **settings)
    again = choose_n_components(tmp_path / "odd.csv", delimiter=";", **settings)
    np.testing.assert_allclose(one.r2, again.r2, rtol=1e-6)
    with pytest.raises(InputError, match="compare numbers up to 11"):
        choose_n_components(frame, **{**settings, "sizes": [12]})


def test_columns_of_categories_count_as_what_a_network_sees_but_not_for_the_dimension():
    choice = choose_n_components(mixed(60), sizes=[1, 5], **BRIEF)
    assert choice.sizes == (1, 5)  # a number, a day, two common kinds and one for the rare
    assert choice.dimension.n_rows == 48
    with pytest.raises(
        InputError, match=r"6, more than the 5 columns that a network sees; compare .* up to 5"
    ):
        choose_n_components(mixed(60), sizes=[6])


def test_a_gap_in_a_category_takes_no_row_from_the_dimension():
    kinds = [None, None, "u", "v", "v"] * 12
    frame = pd.DataFrame({"a": planted(60)[:, 0], "b": planted(60)[:, 4], "kind": kinds})
    choice = choose_n_components(frame, sizes=[1], **BRIEF)
    assert choice.dimension.n_rows == 48


def test_gaps_are_no_obstacle():
    choice = choose_n_components(holed(planted(), share=0.05), sizes=[2, 3, 4], **QUICK)
    assert choice.n_components == 3
    assert np.isfinite(choice.r2).all()
    assert 60 < choice.dimension.n_rows < 200  # rows without a gap


def test_settings_reach_the_networks():
    bent = choose_n_components("iris", **BRIEF)
    assert (choose_n_components("iris", activation="linear", corruption=None, **BRIEF).r2 != bent.r2).all()
    again = choose_n_components("iris", verbose=False, engine="local", **BRIEF)
    assert again.r2.tolist() == bent.r2.tolist()


def test_mean_and_error_are_those_of_the_seeds_that_are_left():
    choice = made([[0.2, 0.4, 0.6], [0.7, np.nan, 0.9], [np.nan, 0.8, np.nan], [np.nan] * 3])
    np.testing.assert_allclose(choice.r2_mean, [0.4, 0.8, 0.8, np.nan])
    np.testing.assert_allclose(choice.r2_error, [0.2 / 3**0.5, 0.1, np.nan, np.nan])


def test_rows_make_a_frame():
    frame = pd.DataFrame(made([[0.2, 0.4], [0.7, 0.9]]).rows)
    assert list(frame) == ["n_components", "r2", "r2_error", "r2_pca", "stability", "shared_space"]
    assert frame["n_components"].tolist() == [1, 2]
    assert frame["r2"].tolist() == pytest.approx([0.3, 0.8])


def test_it_says_what_it_is():
    said = repr(made([[0.2, 0.4], [0.7, 0.9]]))
    assert said.startswith("SizeChoice(2 of [1, 2], 2 seeds each; reason='2 components")


def test_it_is_plain_for_json():
    choice = made([[0.2, np.nan], [0.7, 0.9]], stability=np.nan)
    document = json.loads(json.dumps(choice.to_dict(), allow_nan=False))
    assert document["n_components"] == 2
    assert document["r2_by_seed"] == [[0.2, None], [0.7, 0.9]]
    assert document["sizes"][0] == {
        "n_components": 1,
        "r2": 0.2,
        "r2_error": None,
        "r2_pca": 0.0,
        "stability": None,
        "shared_space": None,
    }
    assert document["intrinsic_dimension"]["estimate"] is None
    assert document["n_rows"] == {"training": 4, "validation": 1, "held_out": 1}


def test_the_picture_shows_held_out_rows_and_leaves_out_what_diverged():
    axes = made([[0.2, np.nan], [0.7, 0.9], [np.nan, np.nan]]).plot().axes[0]
    assert axes.get_ylabel() == "R² on held-out rows"
    drawn = next(line for line in axes.lines if line.get_marker() == "o")
    np.testing.assert_allclose(drawn.get_ydata(), [0.2, 0.8, np.nan])
    assert made([[0.2, 0.4]]).plot(axes) is axes.figure


def test_the_choice_suits_a_fit():
    choice = choose_n_components("iris", **BRIEF)
    assert (
        Autoencoder(choice.n_components, max_epochs=1, hidden_layer_sizes=()).fit(np.eye(6)).n_components
        == choice.n_components
    )


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"sizes": 3}, r"sizes=3 must be a list of whole numbers, such as \[1, 2, 3, 5\]"),
        ({"sizes": "1,2"}, "sizes='1,2' must be a list"),
        ({"sizes": []}, "sizes is empty; pass"),
        ({"sizes": [1, 0]}, "sizes holds 0, but a size must be a whole number of at least 1"),
        ({"sizes": [1.5]}, "sizes holds 1.5, but"),
        ({"sizes": [True]}, "sizes holds True, but"),
        ({"sizes": [1, 5]}, "sizes holds 5, more than the 4 columns that a network sees"),
        ({"n_components": 3}, "n_components=3 is what is looked for; pass numbers to compare as sizes"),
        ({"n_seeds": 0}, "n_seeds=0 must be a whole number of at least 1"),
        ({"random_state": -1}, "random_state=-1 must be"),
        ({"activaton": "tanh"}, "did you mean 'activation'"),
        ({"n_clusters": 3}, "'n_clusters' is not a setting"),
        ({"label": "kind"}, "'kind'"),
        ({"delimiter": ";"}, "delimiter"),
        ({"sample": 2}, "sample=2 must be a whole number of at least 6"),
        ({"optimizer": "sgd", "learning_rate": 1e9, "n_seeds": 1}, "all sizes diverged.*lower learning_rate"),
    ],
)
def test_a_mistake_is_a_sentence(settings, sentence):
    with pytest.raises(LatentiaError, match=sentence):
        choose_n_components("iris", **settings)


def test_a_table_without_rows_to_hold_out_is_refused():
    with pytest.raises(InputError, match=r"5 rows, too few to hold any out .*; give at least 6"):
        choose_n_components(np.eye(5))


def test_more_components_than_rows_are_refused():
    with pytest.raises(LatentiaError, match="rows"):
        choose_n_components(np.random.default_rng(0).normal(size=(6, 9)), sizes=[9], max_epochs=1)


def test_sizes_are_checked_before_the_table_is_read():
    with pytest.raises(RecipeError, match="sizes is empty"):
        latentia.choose_n_components("nowhere.csv", sizes=())

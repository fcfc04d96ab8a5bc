"""The whole path in Python: any table in, an answer with its evidence out, the same every time."""

from __future__ import annotations

import json
import re
import shlex

import numpy as np
import optax
import pytest
from sklearn.datasets import load_wine
from typer.testing import CliRunner

import latentia
from latentia import Analysis, InputError, RecipeError, analyze
from latentia.tables.splits import hold_out
from latentia.views import progress as progress_room
from problems import BRIEF, N_COLUMNS, N_FEW_ROWS, N_ROWS, curved, linear
from undrawn import undrawn

FRAME = load_wine(as_frame=True).data
X = FRAME.to_numpy()
SINGLE_FACTOR = linear(N_ROWS, N_COLUMNS, rank=1, noise=0.1)[0]
HELD_OUT = hold_out(178, 0.2, 0).held_out
# Constant everywhere, it would be left out before.
CONSTANT_IN_TRAINING = FRAME.assign(ash=FRAME.ash.where(FRAME.index == HELD_OUT[0], 1.0))


def brief(data, **settings):
    return analyze(data, **{**BRIEF, **settings})


def codes_found(analysis):
    return {finding.code: finding for finding in analysis.findings}


def without_seconds(value):
    """Return plain values without those that say how long something took."""
    if isinstance(value, dict):
        return {name: without_seconds(item) for name, item in value.items() if name != "seconds"}
    return [without_seconds(item) for item in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def wine():
    return brief("wine", label="class")


# What may be analysed.


@pytest.mark.parametrize("how", ["csv", "parquet", "path", "frame", "array", "lists"])
def test_the_same_table_in_any_form(how, tmp_path, wine):
    FRAME.to_csv(tmp_path / "wine.csv", index=False)
    FRAME.to_parquet(tmp_path / "wine.parquet")
    data = {
        "csv": str(tmp_path / "wine.csv"),
        "parquet": str(tmp_path / "wine.parquet"),
        "path": tmp_path / "wine.csv",
        "frame": FRAME,
        "array": X,
        "lists": X.tolist(),
    }[how]
    analysis = brief(data)
    np.testing.assert_array_equal(analysis.latents, wine.latents)
    assert analysis.study.label_name is None
    assert all(one.agreement is None for one in analysis.study.clusterings)


def test_a_label_is_compared_with_and_never_learned_from(wine):
    frame = FRAME.assign(grower=load_wine().target)
    shuffled = frame.assign(grower=np.random.default_rng(0).permutation(frame.grower))
    one, other = (brief(data, label="grower") for data in (frame, shuffled))
    assert one.study.label_name == "grower"
    assert "grower" not in one.study.column_names
    np.testing.assert_array_equal(one.latents, wine.latents)
    np.testing.assert_array_equal(one.latents, other.latents)
    for a, b in zip(one.study.clusterings, other.study.clusterings, strict=True):
        np.testing.assert_array_equal(a.labels, b.labels)
    assert one.study.clusterings[0].agreement.ari > other.study.clusterings[0].agreement.ari + 0.1


def test_columns_that_are_dropped_are_not_learned_from():
    frame = FRAME.assign(bottle=[f"no. {row}" for row in range(178)], day=1.0 * np.arange(178))
    analysis = brief(frame, drop=["bottle", "day"])
    assert analysis.study.column_names == tuple(FRAME.columns)
    assert brief(frame.drop(columns="bottle"), drop="day").study.column_names == tuple(FRAME.columns)


def test_the_number_of_components_is_chosen_when_it_is_not_given():
    analysis = brief(SINGLE_FACTOR, n_components="auto", max_epochs=60)
    assert analysis.study.sizes.chosen == analysis.latents.shape[1] == 1


def test_every_setting_of_the_networks_goes_through():
    rate = {"name": "cosine", "rate": 4e-3, "final": 0.1}
    analysis = brief("wine", scaling="robust", patience=None, learning_rate=rate)
    recipe = analysis.study.recipe
    assert (recipe["scaling"], recipe["patience"]) == ("robust", None)
    assert recipe["learning_rate"].items() >= rate.items()
    assert recipe["hidden_layer_sizes"] == [16]
    assert recipe["max_epochs"] == 20


# What comes out.


def test_the_answer_is_complete(wine):
    assert isinstance(wine, Analysis)
    assert wine.latents.shape == (178, 2)
    assert wine.study.held_out.n_rows == 36
    assert wine.verdict == wine.study.verdict
    assert wine.findings == wine.study.findings
    assert set(wine.study.seconds) == {
        *(
            "Reading",
            "How many components?",
            "Training",
            "Would a simpler network do, or another learning rate?",
        ),
        *("Does the network beat PCA?", "Which factors come back?"),
        *("Gathering the evidence", "Is there structure, and is it curved?", "Is it a nuisance?"),
        *("What do the factors mean?", "Are there clusters?", "Which rows are strange?"),
    }


def test_the_model_encodes_new_rows_as_the_analysis_did(wine):
    np.testing.assert_array_equal(wine.model.transform(FRAME), wine.latents)
    assert list(wine.model.feature_names_in_) == list(FRAME.columns)


def test_the_summary_begins_with_the_verdict_and_has_every_finding(wine):
    text = wine.summary()
    words = " ".join(text.split())
    assert " ".join(wine.verdict.split()) in words
    for finding in wine.findings:
        assert " ".join(finding.sentence.split()) in words
    assert max(map(len, text.splitlines())) <= 88


def test_the_values_are_ready_for_json(wine):
    document = wine.to_dict()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["verdict"] == wine.verdict
    assert json.loads(json.dumps(wine.manifest, allow_nan=False))["data"]["sha256"]


def test_it_shows_itself_without_its_arrays(wine):
    assert repr(wine) == f"<Analysis of wine: 178 rows × 13 columns. {wine.verdict}>"
    page = wine._repr_html_()
    assert wine.findings[0].code not in page
    for told in ("178 rows", "36 rows held out", "PCA", "untrained"):
        assert told in page


def test_names_from_a_table_are_no_markup():
    frame = CONSTANT_IN_TRAINING.rename(columns={"ash": "<script>alert(1)</script>"})
    page = brief(frame)._repr_html_()
    assert "&lt;script&gt;" in page
    assert "<script" not in page


@pytest.mark.slow
def test_everything_is_written(wine, tmp_path):
    with undrawn():
        assert wine.report(tmp_path / "report.html").stat().st_size > 100_000
        assert all(path.exists() for path in wine.figures(tmp_path / "figures").values())
    wine.save(tmp_path / "all")
    model = latentia.load(tmp_path / "all" / "model.latentia")
    np.testing.assert_array_equal(model.transform(FRAME), wine.latents)
    assert json.loads((tmp_path / "all" / "manifest.json").read_text())["command"] == wine.study.command


# The same every time.


def test_the_same_seed_gives_the_same_values_and_another_does_not(wine):
    again, other = (brief("wine", label="class", random_state=seed) for seed in (0, 1))
    assert without_seconds(again.to_dict()) == without_seconds(wine.to_dict())
    assert not np.array_equal(other.latents, wine.latents)
    assert not np.array_equal(other.study.held_out_rows, wine.study.held_out_rows)


def test_the_command_repeats_the_analysis(tmp_path):
    """Settings that are nothing, numbers, lists and words, and columns with spaces in their names."""
    path = tmp_path / "my wines.csv"
    FRAME.assign(**{"kind of wine": load_wine().target, "row no": range(178)}).to_csv(path, index=False)
    asked = {"drop": ["row no"], "scaling": "robust", "patience": None, "corruption": {"gaussian": 0.1}}
    analysis = brief(str(path), label="kind of wine", eps=0.8, **asked)
    command = shlex.split(analysis.manifest["command"])
    assert command[0] == "latentia"

    from latentia.cli import app

    with undrawn():
        told = CliRunner().invoke(app, [*command[1:], "--json", "--quiet", "-o", str(tmp_path / "out")])
    assert told.exit_code == 0, told.output
    document = json.loads(told.stdout)
    assert without_seconds(document) == without_seconds(analysis.to_dict())


def test_of_rows_in_memory_a_call_in_python_is_told():
    analysis = brief(X, scaling=None)
    again = eval(analysis.manifest["command"], {"latentia": latentia, "data": X})  # noqa: S307 - our own words
    assert without_seconds(again.to_dict()) == without_seconds(analysis.to_dict())


# Held-out rows.


def test_held_out_rows_influence_nothing_that_is_learned():
    """Neither scaling, weights, the chosen size, nor PCA and factor analysis beside it."""
    changed = SINGLE_FACTOR.copy()
    changed[HELD_OUT] *= np.random.default_rng(0).uniform(0.2, 3.0, size=(36, 13))
    settings = {"n_components": "auto", "max_epochs": 60}
    one, other = (brief(data, **settings) for data in (SINGLE_FACTOR, changed))
    np.testing.assert_array_equal(one.study.held_out_rows, HELD_OUT)
    for name, array in one.model.trained_.scaling.arrays().items():
        np.testing.assert_array_equal(array, other.model.trained_.scaling.arrays()[name])
    np.testing.assert_array_equal(one.model.encoder_weights_, other.model.encoder_weights_)
    for name, values in one.study.history.items():
        np.testing.assert_array_equal(values, other.study.history[name])
    assert one.study.sizes.reason == other.study.sizes.reason
    np.testing.assert_array_equal(one.study.sizes.r2, other.study.sizes.r2)
    np.testing.assert_array_equal(one.study.sizes.r2_pca, other.study.sizes.r2_pca)
    seen = one.study.training_rows
    for a, b in zip(one.study.baselines, other.study.baselines, strict=True):
        np.testing.assert_array_equal(a.codes[seen], b.codes[seen])
        assert a.training.mse == b.training.mse
    for a, b in zip(one.study.candidates, other.study.candidates, strict=True):
        assert a.training_mse == b.training_mse
        assert a.held_out_mse != b.held_out_mse
    np.testing.assert_array_equal(one.study.effects.change, other.study.effects.change)
    np.testing.assert_array_equal(one.study.weights.values, other.study.weights.values)
    assert one.study.held_out.mse < other.study.held_out.mse


# Findings, from a table that hides the trouble to the sentence that names it.


# Of the shape of the wine table, all of them, so that they share its compiled programs.
TROUBLES = {
    "output_range": (lambda: brief("wine", output_activation="sigmoid"), {"activation": "sigmoid"}),
    "worse_than_pca": (lambda: brief(linear(178, 13, rank=2, noise=0.3)[0], max_epochs=3), {}),
    "rows_duplicated_across_split": (lambda: brief(np.tile(X[:89], (2, 1))), {"n_held_out": 36}),
    "nearly_constant_column": (lambda: brief(CONSTANT_IN_TRAINING), {"columns": ["ash"]}),
    "duplicate_columns": (
        lambda: brief(FRAME.assign(proline=1 - 3 * FRAME.hue)),
        {"groups": [["hue", "proline"]]},
    ),
    "dominating_column": (lambda: brief("wine", scaling=None), {"column": "proline"}),
    "fewer_rows_than_parameters": (lambda: brief("wine"), {"n_training_rows": 114}),
    "untrained_no_better": (lambda: brief("wine", max_epochs=0), {}),
    "few_held_out_rows": (lambda: brief(X[:N_FEW_ROWS]), {"n_held_out": 8}),
    "still_falling": (lambda: brief("wine", learning_rate=5e-4, max_epochs=60), {}),
    "unstable_factors": (lambda: brief("wine", max_epochs=0), {"n_seeds": 2}),
}


@pytest.mark.parametrize("code", TROUBLES)
def test_a_trouble_is_found_from_end_to_end(code):
    make, evidence = TROUBLES[code]
    analysis = make()
    found = codes_found(analysis)[code]
    assert evidence.items() <= dict(found.evidence).items()
    assert found.sentence in " ".join(analysis.summary().split())
    assert found.to_dict() in analysis.to_dict()["findings"]


@pytest.mark.slow
def test_overfitting_is_found_where_there_is_nothing_to_learn():
    noise = np.random.default_rng(0).normal(size=(N_FEW_ROWS, N_COLUMNS))
    settings = {"corruption": {"gaussian": 1e-6}, "patience": None, "max_epochs": 400}
    analysis = brief(noise, learning_rate=1e-2, **settings)
    assert "overfitting" in codes_found(analysis)
    assert "better_than_pca" not in codes_found(analysis)


def test_divergence_is_said_and_leaves_an_answer():
    with pytest.warns(latentia.LatentiaWarning, match="Lower the learning rate"):
        analysis = brief("wine", optimizer="sgd", learning_rate=1e9)
    assert analysis.study.ending == "diverged"
    assert analysis.findings[0].code == "diverged"
    assert analysis.study.sizes is None
    assert "Do not read anything" in analysis.verdict
    assert np.isfinite(analysis.latents).all()
    json.dumps(analysis.to_dict(), allow_nan=False)


@pytest.mark.slow
def test_a_curved_table_gets_a_clean_bill_of_health():
    """The other side: data and settings without these troubles have none of these findings."""
    analysis = brief(curved(N_ROWS, N_COLUMNS)[0], max_epochs=200)
    found = codes_found(analysis)
    assert not set(found) & (
        set(TROUBLES) - {"unstable_factors", "fewer_rows_than_parameters", "still_falling"}
    )
    assert "better_than_pca" in found
    assert re.search(r"PCA with as many explains \d", analysis.verdict)
    assert "Use PCA" not in analysis.verdict


def test_an_own_optimiser_is_analysed_like_any_other():
    analysis = brief(X[:60], optimizer=optax.adam(1e-2), max_epochs=2, hidden_layer_sizes=())
    assert analysis.study.recipe["optimizer"] == "custom"
    assert "optimizer=optimizer" in analysis.study.command
    json.dumps(analysis.manifest, allow_nan=False)


# What is refused, before any network is trained.


@pytest.mark.parametrize(
    ("data", "settings", "error", "sentence"),
    [
        ("wine", {"n_components": "many"}, RecipeError, "n_components='many'"),
        ("wine", {"n_components": 50}, InputError, r"n_components=50 is more .*n_features=13"),
        ("wine", {"n_components": 150}, InputError, r"n_components=150 needs more than 150 rows"),
        ("wine", {"activaton": "tanh"}, RecipeError, "did you mean 'activation'"),
        ("wine", {"warm_start": True}, RecipeError, "'warm_start' is not a setting"),
        ("wine", {"random_state": None}, RecipeError, "random_state=None must be a whole number"),
        ("wine", {"eps": -1.0}, RecipeError, r"eps=-1.0 must be a number above 0"),
        ("wine", {"engine": "far away"}, RecipeError, "engine='far away'"),
        ("wine", {"learning_rate": None}, RecipeError, "learning_rate=None is for an optimiser"),
        ("wine", {"label": "clas"}, InputError, "nearest name is 'class'"),
        ("wines.csv", {}, InputError, "There is no file"),
        (X[:5], {}, InputError, "The table has 5 rows, too few .* at least 6"),
        (np.ones((20, 3)), {}, InputError, "All 20 rows"),
    ],
)
def test_what_cannot_be_is_refused_at_once(data, settings, error, sentence, monkeypatch):
    monkeypatch.setattr(
        "latentia.analysis.sweep_sizes", lambda *_, **__: pytest.fail("a network was trained")
    )
    with pytest.raises(error, match=sentence) as refusal:
        brief(data, **settings)
    assert str(refusal.value)[-1] in ".?"


def test_no_size_is_recommended_when_all_diverge():
    with pytest.raises(InputError, match=r"all sizes diverged.*lower learning_rate, or pass n_components"):
        brief("wine", n_components="auto", optimizer="sgd", learning_rate=1e9)


# Tables at the edge.


def test_six_rows_are_enough_and_told_to_be_few():
    analysis = brief(X[::30], n_components="auto", max_epochs=4, hidden_layer_sizes=())
    assert len(analysis.latents) == 6
    assert "few_held_out_rows" in codes_found(analysis)
    json.dumps(analysis.to_dict(), allow_nan=False)


def test_one_column_is_enough():
    analysis = brief(FRAME[["alcohol"]], n_components="auto", max_epochs=4, hidden_layer_sizes=())
    assert analysis.latents.shape == (178, 1)
    assert analysis.study.sizes.chosen == 1
    analysis.summary()


def test_more_columns_than_rows_are_fine():
    rows = linear(n_rows=25, n_columns=120, rank=2)[0]
    analysis = brief(rows, max_epochs=4, hidden_layer_sizes=())
    assert analysis.study.held_out.n_rows == 5
    analysis.summary()


# Who is told, and Ctrl-C.


class Listening:
    """Remembers what it is told, and interrupts in one of the stages."""

    def __init__(self, interrupt=""):
        self.stages, self.closed, self.interrupt = [], False, interrupt

    def stage(self, name, detail=""):
        self.stages.append(name)

    def epochs(self, done, total, loss, val_loss):
        if self.stages[-1] == self.interrupt:
            raise KeyboardInterrupt

    def resamples(self, what, done, total):
        if self.stages[-1] == self.interrupt:
            raise KeyboardInterrupt

    def close(self):
        self.closed = True


def test_a_listener_is_told_every_stage_and_left_open(wine):
    listening = Listening()
    analysis = brief("wine", progress=listening, max_epochs=1)
    assert listening.stages == list(analysis.study.seconds)
    assert not listening.closed


def test_verbose_tells_and_gives_the_terminal_back(monkeypatch):
    listening = Listening()
    monkeypatch.setattr(progress_room, "progress_on", lambda: listening)
    brief("wine", verbose=True, max_epochs=1)
    assert listening.stages[0] == "Reading"
    assert listening.closed
    with pytest.raises(InputError):
        brief(X[:5], verbose=True)


def test_silence_is_the_default(capfd):
    brief("wine", max_epochs=1)
    assert capfd.readouterr() == ("", "")


def test_ctrl_c_in_the_sweep_ends_the_analysis():
    with pytest.raises(KeyboardInterrupt):
        brief("wine", progress=Listening("How many components?"), max_epochs=10**5, patience=None)


def test_ctrl_c_in_the_main_training_keeps_the_best_so_far():
    analysis = brief("wine", progress=Listening("Training"), max_epochs=300, patience=None)
    assert analysis.study.ending == "interrupted"
    assert len(analysis.study.history["epoch"]) < 300
    assert len(analysis.study.candidates) == 4


def test_ctrl_c_among_simpler_recipes_and_learning_rates_leaves_the_others_out():
    analysis = brief("wine", progress=Listening("Would a simpler network do, or another learning rate?"))
    assert analysis.study.ending != "interrupted"
    assert len(analysis.study.candidates) == 2
    assert analysis.study.rates is None
    assert analysis.to_dict()["learning_rate"]["suggestion"] is None
    analysis.summary()


@pytest.mark.parametrize(
    ("stage", "code", "missing"),
    [
        ("Does the network beat PCA?", "repeated_splits_left_out", "splits"),
        ("Which factors come back?", "resamples_left_out", "reproducibility"),
    ],
)
def test_ctrl_c_among_the_resamples_leaves_their_question_out_and_says_so(stage, code, missing):
    analysis = brief("wine", progress=Listening(stage))
    assert getattr(analysis.study, missing) is None
    assert "it was interrupted" in codes_found(analysis)[code].sentence
    analysis.summary()


def test_a_preset_says_how_often_rows_are_drawn_and_asks_the_same_questions():
    fast, standard = (brief("wine", preset=name, max_epochs=2) for name in ("fast", "standard"))
    assert (fast.study.splits.n_splits, fast.study.reproducibility.n_resamples) == (5, 10)
    assert (standard.study.splits.n_splits, standard.study.reproducibility.n_resamples) == (10, 20)
    assert (fast.study.structure.shuffles, standard.study.structure.shuffles) == (99, 199)
    assert fast.study.seconds.keys() == standard.study.seconds.keys()
    assert "preset='fast'" in fast.study.command or "--preset fast" in fast.study.command
    with pytest.raises(RecipeError, match="preset='slow' is not known; choose one of 'fast'"):
        brief("wine", preset="slow")


def test_factors_that_do_not_come_back_are_shown_last_with_their_doubt():
    # The networks of the example in the docstring and of the demonstration: they are compiled anyway.
    analysis = analyze("wine", n_components=3, n_seeds=4, max_epochs=60, preset="fast")
    again = analysis.study.comes_back
    shown = analysis.to_dict()["factors"]
    assert sorted(factor["name"] for factor in shown) == ["factor 1", "factor 2", "factor 3"]
    unstable = [factor["comes_back"] < 0.8 for factor in shown]
    assert unstable == sorted(unstable)
    assert min(again) == pytest.approx(min(factor["comes_back"] for factor in shown))
    assert shown[0]["effects"][0]["margin"] > 0


def test_the_learning_rate_is_measured_for_the_schedule_that_was_trained_with():
    analysis = brief("wine", max_epochs=60)
    told, sweep = analysis.to_dict()["learning_rate"], analysis.study.rates
    assert told["used"] == dict(analysis.model.recipe_.learning_rate[1])["rate"]
    assert told["suggestion"] == sweep.suggestion
    assert 1e-4 < sweep.suggestion < 0.1
    own = analysis.model.set_params(learning_rate={"schedule": "cosine", "rate": told["used"]})
    again = own.find_learning_rate(
        analysis.study.values[analysis.study.training_rows], n_networks=sweep.losses.shape[1]
    )
    np.testing.assert_array_equal(again.losses, sweep.losses)

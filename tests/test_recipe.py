"""A recipe names everything there is, keeps it through JSON, and refuses the rest in one sentence."""

from __future__ import annotations

import inspect
import json

import numpy as np
import optax
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentia import settings as names
from latentia.engines import ENGINES
from latentia.errors import RecipeError
from latentia.networks.activations import ACTIVATIONS
from latentia.networks.corruption import CORRUPTIONS
from latentia.networks.losses import LOSSES
from latentia.networks.penalties import PENALTIES
from latentia.recipe import Recipe
from latentia.tables.scaling import Scaling
from latentia.training.optimizers import OPTIMIZERS
from latentia.training.planning import APPLIED_BY_THE_STEP
from latentia.training.schedules import SCHEDULES


def test_names_are_those_of_the_things():
    assert set(names.OUTPUT_ACTIVATION_NAMES) == set(ACTIVATIONS)
    assert set(names.LOSS_NAMES) == set(LOSSES)
    assert set(names.CORRUPTION_LEVELS) == set(CORRUPTIONS)
    assert set(names.SCHEDULE_SETTINGS) == set(SCHEDULES)
    assert set(names.ENGINE_NAMES) == set(ENGINES)
    assert set(names.LEARNING_RATES) == set(names.OPTIMIZER_SETTINGS) == set(OPTIMIZERS)
    assert {name: penalty.default_weight for name, penalty in PENALTIES.items()} == names.PENALTY_WEIGHTS


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizer_settings_are_those_of_its_function(name):
    settings = dict(names.OPTIMIZER_SETTINGS[name])
    for setting in APPLIED_BY_THE_STEP:
        settings.pop(setting)
    parameters = inspect.signature(OPTIMIZERS[name]).parameters
    assert settings == {key: parameter.default for key, parameter in parameters.items()}


@pytest.mark.parametrize("kind", names.SCALING_NAMES)
def test_every_scaling_name_is_a_scaling(kind):
    assert Scaling.fit([[1.0, 2.0], [2.0, 4.0], [4.0, 1.0]], kind).n_columns == 2


def positive(largest=1e3):
    return st.floats(1e-8, largest, allow_nan=False)


def schedule_settings(key):
    if key == "at":
        return st.floats(0.01, 0.99) | st.lists(st.floats(0.01, 0.99), min_size=1, max_size=3)
    return st.integers(1, 100) if key == "patience" else st.floats(1e-6, 1.0)


activations = st.sampled_from(names.ACTIVATION_NAMES)
optimizers = st.sampled_from(sorted(names.OPTIMIZER_SETTINGS)).flatmap(
    lambda name: (
        st.just(name)
        | st.fixed_dictionaries(
            {"name": st.just(name)},
            optional={
                key: st.booleans() if value is False else st.floats(1e-6, 0.99)
                for key, value in names.OPTIMIZER_SETTINGS[name].items()
            },
        )
    )
)
rates = (
    st.just("auto")
    | positive()
    | st.sampled_from(sorted(names.SCHEDULE_SETTINGS)).flatmap(
        lambda name: (
            st.just(name)
            | st.fixed_dictionaries(
                {"schedule": st.just(name)},
                optional={"rate": positive() | st.just("auto")}
                | {key: schedule_settings(key) for key in names.SCHEDULE_SETTINGS[name]},
            )
        )
    )
)
valid_settings = st.fixed_dictionaries(
    {},
    optional={
        "n_components": st.integers(1, 50),
        "hidden_layer_sizes": st.just("auto") | st.lists(st.integers(1, 900), max_size=4).map(tuple),
        "activation": activations,
        "output_activation": activations | st.just("auto"),
        "bottleneck": activations,
        "loss": st.sampled_from(("auto", *names.LOSS_NAMES)),
        "penalty": st.none()
        | st.sampled_from(sorted(names.PENALTY_WEIGHTS))
        | st.dictionaries(st.sampled_from(sorted(names.PENALTY_WEIGHTS)), st.floats(0.0, 10.0), max_size=3)
        | st.lists(st.sampled_from(sorted(names.PENALTY_WEIGHTS)), unique=True, min_size=1, max_size=3),
        "corruption": st.none()
        | st.sampled_from(["auto", *names.CORRUPTION_LEVELS])
        | st.fixed_dictionaries({"gaussian": st.floats(0.0, 3.0)})
        | st.fixed_dictionaries({"masking": st.floats(0.0, 0.95)}),
        "dropout": st.floats(0.0, 0.95),
        "optimizer": optimizers,
        "learning_rate": rates,
        "batch_size": st.just("auto") | st.integers(1, 4096),
        "max_epochs": st.just("auto") | st.integers(0, 5000),
        "validation_fraction": st.floats(0.0, 0.9),
        "patience": st.sampled_from(["auto", None]) | st.integers(1, 500),
        "scaling": st.sampled_from(("auto", *names.SCALING_NAMES))
        | st.dictionaries(st.text(), st.sampled_from(names.SCALING_NAMES), min_size=1, max_size=3),
        "column_weights": st.none() | st.dictionaries(st.text(), st.floats(0.0, 1e6), min_size=1, max_size=3),
        "n_seeds": st.integers(1, 64),
    },
)


@given(valid_settings)
def test_json_keeps_every_valid_recipe(settings):
    recipe = Recipe.from_settings(**settings)
    again = Recipe.from_json(recipe.to_json())
    assert again == recipe
    assert again.digest() == recipe.digest()
    hash(recipe)  # plans are made of its parts, and programs are found by their plans


def consistent(settings):
    """Leave out of settings what contradicts others of them."""
    loss, penalty = settings.get("loss"), settings.get("penalty") or ()
    free = {**settings, "bottleneck": "sigmoid"} if "kl_sparsity" in penalty else dict(settings)
    if loss in names.LOSS_OUTPUTS:
        free.pop("output_activation", None)
    if loss in names.COUNT_LOSSES:
        free.pop("scaling", None)
    if loss == "categorical":
        free.pop("column_weights", None)
    return free


@given(valid_settings.map(consistent), st.integers(2, 100_000), st.integers(1, 300))
def test_resolving_leaves_nothing_open_and_changes_nothing_the_second_time(settings, n_rows, n_features):
    resolved = Recipe.from_settings(**settings).resolve(n_rows=n_rows, n_features=n_features)
    assert '"auto"' not in resolved.to_json()
    assert resolved.resolve(n_rows=n_rows, n_features=n_features) == resolved
    assert Recipe.from_json(resolved.to_json()) == resolved
    assert 1 <= resolved.batch_size <= n_rows
    for name, value in settings.items():  # what was said is what is used
        if value != "auto" and name in {"hidden_layer_sizes", "activation", "loss", "max_epochs", "patience"}:
            assert getattr(resolved, "loss_name" if name == "loss" else name) == value


@pytest.mark.parametrize(
    ("n_rows", "noise"), [(2, 0.5), (150, 0.5), (2400, 0.25), (38_400, 0.12), (10**9, 0.05)]
)
def test_more_rows_take_less_noise(n_rows, noise):
    assert Recipe().resolve(n_rows=n_rows, n_features=5).corruption == ("gaussian", noise)


@pytest.mark.parametrize(
    ("n_features", "widths", "epochs", "patience"),
    [(2048, (512, 256), 150, 50), (4096, (256, 128), 75, 25), (20_000, (128, 64), 20, 10)],
)
def test_wider_tables_have_narrower_layers_and_fewer_steps(n_features, widths, epochs, patience):
    recipe = Recipe().resolve(n_rows=1280, n_features=n_features)
    assert (recipe.hidden_layer_sizes, recipe.max_epochs, recipe.patience) == (widths, epochs, patience)


def test_defaults_resolve_as_documented():
    recipe = Recipe().resolve(n_rows=142, n_features=13)
    assert recipe.hidden_layer_sizes == (128, 64)
    assert recipe.output_activation == "linear"
    assert recipe.loss == "mse"
    assert recipe.corruption == ("gaussian", 0.5)
    assert recipe.batch_size == 32
    assert recipe.max_epochs == 300
    assert recipe.patience == 100
    assert recipe.learning_rate == ("cosine", (("final", 0.0), ("rate", 3e-3), ("warmup", 0.0)))


def test_forms_of_a_setting_mean_the_same():
    def recipe(**settings):
        return Recipe.from_settings(**settings)

    assert (
        recipe(penalty="l1_codes")
        == recipe(penalty={"l1_codes": 1e-4})
        == recipe(penalty=[("l1_codes", 1e-4)])
    )
    assert recipe(penalty=("l2_codes", 0.5)) == recipe(penalty=[{"l2_codes": 0.5}])
    assert recipe(corruption="gaussian") == recipe(corruption={"gaussian": 0.3})
    assert recipe(optimizer={"name": "sgd", "momentum": 0.9}) == recipe(optimizer=("sgd", {"momentum": 0.9}))
    assert recipe(learning_rate=0.01) == recipe(learning_rate={"schedule": "constant", "rate": 0.01})
    assert recipe(hidden_layer_sizes=8) == recipe(hidden_layer_sizes=[8])


def test_weight_decay_is_the_given_or_the_optimizers_own():
    assert Recipe.from_settings(optimizer="adam").weight_decay == 0.0
    assert Recipe.from_settings(optimizer="adamw").weight_decay == 0.1
    assert Recipe.from_settings(optimizer={"name": "adamw", "weight_decay": 0.02}).weight_decay == 0.02
    assert Recipe.from_settings(optimizer=optax.adam(0.1)).weight_decay == 0.0


def test_clipping_is_off_unless_a_norm_is_given():
    assert Recipe.from_settings(optimizer="adam").clip is None
    assert Recipe.from_settings(optimizer={"name": "adam", "clip": None}).clip is None
    assert Recipe.from_settings(optimizer={"name": "sgd", "clip": 2}).clip == 2.0
    assert Recipe.from_settings(optimizer=optax.adam(0.1)).clip is None


def test_losses_of_counts_bring_their_scaling_and_output():
    def resolved(**settings):
        return Recipe.from_settings(**settings).resolve(n_rows=50, n_features=4)

    for name in names.COUNT_LOSSES:
        recipe = resolved(loss=name)
        assert recipe.loss == (name, (("size_factors", True),))
        assert (recipe.loss_name, recipe.size_factors) == (name, True)
        assert (recipe.scaling, recipe.output_activation) == ("log1p", "softplus")
        assert not resolved(loss={"name": name, "size_factors": False}).size_factors
        assert resolved(loss=name, bottleneck="gaussian").bottleneck[1][0] == ("kl_weight", 1.0)
        for wrong in ("standard", None):
            with pytest.raises(RecipeError, match="leave it at 'auto' or set it to 'log1p'"):
                resolved(loss=name, scaling=wrong)
        with pytest.raises(RecipeError, match="compares counts, which output_activation='linear'"):
            resolved(loss=name, output_activation="linear")
    plain = resolved(scaling="log1p")
    assert (plain.loss, plain.size_factors, plain.output_activation) == ("mse", False, "linear")
    assert resolved().scaling == "standard"


def test_columns_may_have_weights_of_their_own():
    recipe = Recipe.from_settings(column_weights={"income": 2, "*": 0.5})
    assert recipe.column_weights == (("*", 0.5), ("income", 2.0))
    assert recipe == Recipe.from_settings(column_weights=recipe.column_weights)
    assert recipe.to_dict()["column_weights"] == {"*": 0.5, "income": 2.0}
    sentence = "column_weights says what each column counts, but loss='categorical' compares a row as a whole"
    with pytest.raises(RecipeError, match=sentence):
        Recipe.from_settings(loss="categorical", column_weights={"income": 2}).resolve(
            n_rows=50, n_features=4
        )


def test_columns_may_have_scalings_of_their_own():
    asked = {"income": "log1p-standard", "age": None}
    recipe = Recipe.from_settings(scaling=asked)
    assert recipe.scaling == (("age", None), ("income", "log1p-standard"))
    assert recipe == Recipe.from_settings(scaling=recipe.scaling)
    assert recipe.to_dict()["scaling"] == asked
    assert recipe.scaling_kind == {"*": "standard", **asked}
    assert recipe.resolve(n_rows=50, n_features=4).to_dict()["scaling"] == {"*": "standard", **asked}
    others = Recipe.from_settings(scaling={**asked, "*": "robust"}).resolve(n_rows=50, n_features=4)
    assert others.to_dict()["scaling"] == {"*": "robust", **asked}
    assert not recipe.of_counts
    with pytest.raises(
        RecipeError, match=r"scaling=\{'\*': 'log1p', 'a': 'robust'\} turns into other numbers"
    ):
        Recipe.from_settings(loss="nb", scaling={"a": "robust"}).resolve(n_rows=50, n_features=4)


def test_weights_are_averaged_only_where_a_share_is_given():
    assert Recipe.from_settings(optimizer="muon").averaging is None
    assert Recipe.from_settings(optimizer={"name": "muon", "averaging": None}).averaging is None
    assert Recipe.from_settings(optimizer={"name": "sgd", "averaging": 1}).averaging == 1.0
    assert Recipe.from_settings(optimizer=optax.adam(0.1)).averaging is None


def test_a_schedule_says_when_in_shares_of_all_steps():
    def rate(**settings):
        recipe = Recipe.from_settings(learning_rate={"schedule": "step", "rate": 0.1, **settings})
        return dict(recipe.resolve(n_rows=50, n_features=4).learning_rate[1])

    assert rate() == {"rate": 0.1, "warmup": 0.0, "factor": 0.1, "at": (0.5, 0.75)}
    assert rate(at=0.3)["at"] == (0.3,)
    assert rate(at=[0.9, 0.2])["at"] == (0.2, 0.9)


def test_a_foreign_optimizer_is_kept_and_told_as_custom():
    own = optax.sgd(0.1)
    recipe = Recipe.from_settings(optimizer=own, learning_rate=None)
    assert recipe.optimizer is own
    assert json.loads(recipe.to_json())["optimizer"] == "custom"
    assert recipe.resolve(n_rows=50, n_features=4).learning_rate is None


def test_a_foreign_optimizer_brings_its_own_rate_unless_told_otherwise():
    def rate(learning_rate):
        recipe = Recipe.from_settings(optimizer=optax.sgd(0.1), learning_rate=learning_rate)
        return recipe.resolve(n_rows=50, n_features=4).learning_rate

    assert rate("auto") is None
    assert dict(rate("cosine")[1])["rate"] == 1.0  # a schedule is a factor to the optimizer's own rate
    assert rate(0.5) == ("constant", (("rate", 0.5), ("warmup", 0.0)))


# Setting, value, and what the sentence has to hold beside both: the rule or the nearest name.
BAD = [
    ("n_components", 0, "whole number of at least 1"),
    ("n_components", 2.5, "whole number"),
    ("n_components", True, "whole number"),
    ("n_components", "two", "whole number"),
    ("n_components", float("nan"), "whole number"),
    ("hidden_layer_sizes", "wide", "(64, 32)"),
    ("hidden_layer_sizes", (64, 0), "(64, 32)"),
    ("hidden_layer_sizes", (64, 3.5), "(64, 32)"),
    ("hidden_layer_sizes", None, "(64, 32)"),
    ("hidden_layer_sizes", "", "(64, 32)"),
    ("activation", "rellu", "did you mean 'relu'"),
    ("activation", None, "choose one of 'elu'"),
    ("output_activation", "sigmoyd", "did you mean 'sigmoid'"),
    ("bottleneck", "lienar", "did you mean 'linear'"),
    ("bottleneck", 3, "must be a name such as"),
    ("bottleneck", {"active": 3}, "lacks the entry 'name'; add it, with one of 'elu', "),
    ("bottleneck", {"name": "topk", "activ": 3}, "did you mean 'active'"),
    ("bottleneck", {"name": "topk", "active": 0}, "whole number of at least 1"),
    ("bottleneck", {"name": "gaussian", "warmup": 2}, "from 0 to 1"),
    ("loss", "mse2", "did you mean 'mse'"),
    ("loss", None, "must be a name such as 'mse'"),
    ("loss", {"size_factors": False}, "lacks the entry 'name'; add it, with one of 'bce', "),
    ("loss", {"name": "nb", "size_factor": True}, "did you mean 'size_factors'"),
    ("loss", {"name": "nb", "size_factors": 1}, "True or False"),
    ("loss", {"name": "mse", "size_factors": True}, "it has none"),
    ("penalty", "l1_code", "did you mean 'l1_codes'"),
    ("penalty", {"l1_codes": -1.0}, "number of at least 0"),
    ("penalty", {"l1_codes": "much"}, "number of at least 0"),
    ("penalty", {"l1_codes": float("nan")}, "number of at least 0"),
    ("penalty", 3, "must be a name"),
    ("penalty", ["l1_codes", {"l1_codes": 1.0}], "names 'l1_codes' twice"),
    ("corruption", "gausian", "did you mean 'gaussian'"),
    ("corruption", {"gaussian": -0.1}, "number of at least 0"),
    ("corruption", 0.3, "must be a name"),
    (
        "corruption",
        {"masking": 30},
        "'masking'=30 must be a share of the cells, from 0 to 0.95; 30 % are 0.3.",
    ),
    (
        "corruption",
        ("swap", 1.5),
        "'swap'=1.5 must be a share of the cells, from 0 to 0.95; 1.5 % are 0.015.",
    ),
    ("corruption", {"masking": 1}, "'masking'=1 must be a share of the cells, from 0 to 0.95, such as 0.1."),
    ("corruption", {"swap": 300}, "'swap'=300 must be a share of the cells, from 0 to 0.95, such as 0.1."),
    ("dropout", 1.0, "from 0 to 0.95"),
    ("dropout", -0.1, "from 0 to 0.95"),
    ("dropout", "some", "number from 0"),
    ("tied", 1, "True or False"),
    ("optimizer", "adm", "did you mean 'adam'"),
    ("optimizer", {"name": "sgd", "momentun": 0.9}, "did you mean 'momentum'"),
    ("optimizer", {"momentum": 0.9}, "lacks the entry 'name'; add it, with one of 'adagrad', 'adam', "),
    ("optimizer", (None, {}), "lacks the entry 'name'"),
    ("optimizer", {"name": "adam", "b1": 1.0}, "from 0 to 0.999999"),
    ("optimizer", {"name": "adam", "eps": -1.0}, "number of at least 0"),
    ("optimizer", {"name": "adam", "b1": True}, "must be a number"),
    ("optimizer", {"name": "adam", "clip": 0.0}, "of at least 1e-06, or None"),
    ("optimizer", {"name": "adam", "averaging": 0}, "from 1e-06 to 1, or None"),
    ("optimizer", {"name": "adam", "averaging": 200}, "from 1e-06 to 1, or None"),
    ("optimizer", {"name": "sgd", "nesterov": "yes"}, "True or False"),
    ("optimizer", {"name": ["adam"]}, "did you mean 'adam'"),
    ("optimizer", ("adam", 3), "optax.GradientTransformation"),
    ("optimizer", None, "optax.GradientTransformation"),
    ("optimizer", 3, "optax.GradientTransformation"),
    ("optimizer", (), "optax.GradientTransformation"),
    ("learning_rate", 0.0, "above 0"),
    ("learning_rate", -1e-3, "above 0"),
    ("learning_rate", float("inf"), "above 0"),
    ("learning_rate", float("nan"), "above 0"),
    ("learning_rate", "cosin", "did you mean 'cosine'"),
    ("learning_rate", {"schedule": "cosine", "warm": 0.1}, "did you mean 'warmup'"),
    ("learning_rate", {"schedule": "cosine", "rate": 0.0}, "above 0"),
    ("learning_rate", {"schedule": "cosine", "warmup": 1.5}, "from 0 to 1"),
    (
        "learning_rate",
        {"rate": 1e-3},
        "lacks the entry 'schedule'; add it, with one of 'constant', 'cosine', ",
    ),
    ("learning_rate", True, "number above 0"),
    ("learning_rate", {"schedule": "exponential", "final": 0.0}, "must be above 0"),
    ("learning_rate", {"schedule": "step", "at": 1.0}, "such as (0.5, 0.75)"),
    ("learning_rate", {"schedule": "step", "at": ()}, "such as (0.5, 0.75)"),
    ("learning_rate", {"schedule": "step", "at": "half"}, "such as (0.5, 0.75)"),
    ("learning_rate", {"schedule": "step", "factor": 0.0}, "from 1e-06 to 1"),
    ("learning_rate", {"schedule": "reduce_on_plateau", "patience": 0.5}, "a whole number"),
    ("learning_rate", {"schedule": "reduce_on_platau"}, "did you mean 'reduce_on_plateau'"),
    ("batch_size", 0, "whole number of at least 1, or 'auto'"),
    ("batch_size", "all", "whole number"),
    ("max_epochs", -1, "whole number of at least 0, or 'auto'"),
    ("validation_fraction", 1.0, "from 0 to 0.9"),
    ("patience", 0, "or None"),
    ("scaling", "standart", "did you mean 'standard'"),
    ("scaling", {"age": "standart"}, "scaling['age']='standart' is not known; did you mean 'standard'"),
    ("scaling", {"age": "auto"}, "scaling['age']='auto' is not known; choose one of"),
    ("scaling", {"age": {"name": "robust"}}, "scaling['age']={'name': 'robust'} is not known"),
    ("scaling", {}, "such as {'income': 'log1p-standard', '*': 'robust'}"),
    ("scaling", {3: "robust"}, "must be a name, None, or names of columns with theirs"),
    ("scaling", 3, "scaling=3 is not known; choose one of"),
    ("scaling", ["robust", "robust"], "is not known; choose one of"),
    ("scaling", ("robust", "robust"), "must be a name, None, or names of columns with theirs"),
    ("column_weights", {}, "such as {'income': 2, '*': 1}"),
    ("column_weights", 2, "column_weights=2 must be None, or names of columns with what they count"),
    ("column_weights", {3: 1.0}, "must be None, or names of columns"),
    ("column_weights", {"age": -1}, "column_weights['age']=-1 must be a number of at least 0."),
    ("column_weights", {"age": True}, "column_weights['age']=True must be a number"),
    ("column_weights", {"age": float("nan")}, "column_weights['age']=nan must be a number"),
    ("column_weights", {"age": float("inf")}, "column_weights['age']=inf must be a number"),
    ("column_weights", {"age": "2"}, "column_weights['age']='2' must be a number"),
    ("n_seeds", 0, "whole number of at least 1"),
    ("engine", "cluster", "choose one of 'local'"),
]


@pytest.mark.parametrize(("name", "value", "told"), BAD, ids=[f"{name}={value!r}" for name, value, _ in BAD])
def test_a_bad_value_is_refused_in_one_sentence(name, value, told):
    with pytest.raises(RecipeError) as refusal:
        Recipe.from_settings(**{name: value})
    sentence = str(refusal.value)
    assert sentence.startswith(name)
    assert told in sentence
    assert "\n" not in sentence
    assert sentence.endswith(("?", "."))
    assert not sentence.endswith(("?.", ".."))


def test_an_unknown_setting_is_refused_with_the_nearest():
    with pytest.raises(RecipeError, match="'n_component' is not a setting; did you mean 'n_components'"):
        Recipe.from_settings(n_component=3)


@pytest.mark.parametrize("settings", [{"tied": True}, {"penalty": {"l1_codes": 1e-3}}])
def test_a_rotation_needs_axes_that_are_free(settings):
    code = {"name": "linear", "rotation": "varimax"}
    assert Recipe.from_settings(bottleneck=code).rotation == "varimax"
    with pytest.raises(RecipeError, match="rotation='varimax' needs free axes"):
        Recipe.from_settings(bottleneck=code, **settings).resolve(n_rows=100, n_features=8)


def test_truth_of_numpy_is_truth():
    recipe = Recipe.from_settings(tied=np.True_, optimizer={"name": "sgd", "nesterov": np.False_})
    assert recipe == Recipe.from_settings(tied=True, optimizer={"name": "sgd", "nesterov": False})
    assert Recipe.from_json(recipe.to_json()) == recipe


def test_a_rotation_is_a_known_one_and_none_leaves_the_recipe_as_it_is():
    plain = Recipe.from_settings().resolve(n_rows=100, n_features=8)
    none = Recipe.from_settings(bottleneck={"name": "linear", "rotation": None})
    assert none.resolve(n_rows=100, n_features=8).bottleneck == plain.bottleneck == ("linear", ())
    with pytest.raises(RecipeError, match="'rotation'='quartimax'"):
        Recipe.from_settings(bottleneck={"name": "linear", "rotation": "quartimax"})
    with pytest.raises(RecipeError, match="has no setting 'rotation'"):
        Recipe.from_settings(bottleneck={"name": "relu", "rotation": "varimax"})

"""What a fit or an analysis was asked for: checked before any work, and told as the way to repeat it."""

from __future__ import annotations

import json
import math
import os
import shlex
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils import check_random_state

from latentia.errors import LatentiaWarning, RecipeError
from latentia.insight.presets import preset_named
from latentia.modelfiles.checkpoint_folder import CheckpointFolder
from latentia.recipe import Recipe
from latentia.tables.reading import AS_FOUND
from latentia.training.checkpoints import NotKept
from latentia.views.report.summary import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sklearn.base import BaseEstimator

    from latentia.tables.reading import Reading
    from latentia.training.checkpoints import Checkpoints
    from latentia.training.trained import Trained

AUTO, ALL = "auto", "all"
STANDARD = "standard"
# scikit-learn's generators, which start the clusterings, take no larger number.
LARGEST_SEED = 2**32 - 1
BESIDE_THE_RECIPE = ("random_state", "verbose", "warm_start")
# The flags of `latentia analyze`; every other setting is written as --set NAME=VALUE.
FLAGS = {
    "label": "--label",
    "sample": "--sample",
    "n_components": "--components",
    "n_seeds": "--seeds",
    "random_state": "--random-state",
    "n_clusters": "--clusters",
    "eps": "--eps",
    "min_samples": "--min-samples",
    "preset": "--preset",
}


def checked_recipe(settings: Mapping[str, Any]) -> Recipe:
    """Return the recipe of settings as a user wrote them.

    A recipe knows engines by name; an engine object stays outside of it.

    Raises
    ------
    RecipeError
        When a setting, or two together, cannot be what they are.

    Examples
    --------
    >>> checked_recipe({"n_components": 3}).n_components
    3
    """
    known = dict(settings)
    if not isinstance(known.get("engine", ""), str):
        del known["engine"]
    recipe = Recipe.from_settings(**known)
    optimizer = recipe.optimizer
    if recipe.learning_rate is None and isinstance(optimizer, tuple) and isinstance(optimizer[0], str):
        raise RecipeError(
            "learning_rate=None is for an optimiser of your own; pass a number or 'auto' with "
            f"optimizer={optimizer[0]!r}."
        )
    return recipe


def recipe_of(model: BaseEstimator) -> Recipe:
    """Return the recipe of an estimator: its settings, without those that do not shape the model."""
    settings = model.get_params(deep=False).items()
    return checked_recipe({name: value for name, value in settings if name not in BESIDE_THE_RECIPE})


def checked_seed(random_state: Any) -> int:
    """Return the number that all chance of a fit comes from; a RandomState gives another every time.

    Raises
    ------
    RecipeError
        When it is not what scikit-learn takes for ``random_state``.

    Examples
    --------
    >>> checked_seed(7)
    7
    """
    try:
        generator = check_random_state(random_state)
    except ValueError:
        raise RecipeError(
            f"random_state={random_state!r} must be a whole number from 0 to {LARGEST_SEED}, a "
            "numpy.random.RandomState, or None for another result every time."
        ) from None
    if isinstance(random_state, Integral):
        return int(random_state)
    return int(generator.randint(np.iinfo(np.int32).max))


def checked_checkpoints(place: Any, random_state: Any) -> Checkpoints:
    """Return where a fit keeps how far it has come; None for nowhere.

    Raises
    ------
    RecipeError
        When the fit could never be repeated.
    """
    if place is None:
        return NotKept()
    if random_state is None:
        raise RecipeError(
            "random_state=None draws another seed every time, and a fit can only go on with its own; set "
            "random_state to a number, or keep no checkpoints."
        )
    return place if isinstance(place, CheckpointFolder) else CheckpointFolder(place)


def check_warm_start(previous: Trained | None, recipe: Recipe, *, table_at_hand: bool) -> None:
    """Refuse a recipe that cannot go on from an earlier fit; say what cannot be known about one."""
    if previous is None:
        return
    if recipe.scaling_kind != previous.recipe.scaling_kind:
        raise RecipeError(
            f"scaling={recipe.scaling_kind!r} cannot take the place of {previous.recipe.scaling_kind!r} in a "
            "warm start, whose weights belong to their scaling; set warm_start=False to start afresh."
        )
    if recipe.size_factors != previous.recipe.size_factors:
        raise RecipeError(
            f"size_factors={recipe.size_factors} cannot take the place of {previous.recipe.size_factors} in "
            "a warm start, whose weights belong to their scaling; set warm_start=False to start afresh."
        )
    if not table_at_hand:
        warnings.warn(
            "This model was loaded or unpickled without the rows it learned from, or learned by partial_fit, "
            "which keeps not all of them, so nothing can tell whether rows that judge the warm start are "
            "among them; judge it by rows that are new.",
            LatentiaWarning,
            stacklevel=3,
        )


@dataclass(frozen=True, kw_only=True)
class Request:
    """Everything that an analysis was asked for beside the rows themselves.

    Parameters
    ----------
    data : str or None
        The path or the name of a built-in table; None for rows in memory.
    label : str or None
        Column of known classes.
    drop : tuple of str
        Columns to leave out.
    nuisance : tuple of str
        Columns that factors are compared with, and that are not of interest.
    types : mapping of str to str
        What columns are, where that is not to follow from how they are stored.
    reading : Reading
        How the file is to be read, where that is not to be found out.
    sample : int, "auto" or "all"
        How many rows of a large table are analysed.
    n_components : int or "auto"
    n_seeds, random_state : int
    clustering : mapping
        ``n_clusters`` and ``eps``, None where they are to be chosen, and ``min_samples``.
    preset : str
        How much evidence is gathered.
    settings : mapping
        Other settings of the networks, as they were written.

    Examples
    --------
    >>> print(Request.of("wine", n_components=3, settings={"scaling": None}).command())
    latentia analyze wine --components 3 --seeds 8 --random-state 0 --min-samples 5 --set scaling=null
    >>> print(Request.of([[1, 2], [3, 4]], n_components=1).command())
    latentia.analyze(data, n_components=1, n_seeds=8, random_state=0, min_samples=5)
    """

    data: str | None
    label: str | None
    drop: tuple[str, ...]
    nuisance: tuple[str, ...]
    types: Mapping[str, str]
    reading: Reading
    sample: int | str
    n_components: int | str
    n_seeds: int
    random_state: int
    clustering: Mapping[str, Any]
    preset: str
    settings: Mapping[str, Any]

    @classmethod
    def of(
        cls,
        data: Any,
        *,
        label: object = None,
        drop: object = (),
        nuisance: object = (),
        types: Mapping[Any, str] | None = None,
        reading: Reading = AS_FOUND,
        sample: int | str = AUTO,
        n_components: int | str = AUTO,
        n_seeds: int = 8,
        random_state: int = 0,
        n_clusters: int | None = None,
        eps: float | None = None,
        min_samples: int = 5,
        preset: str = STANDARD,
        settings: Mapping[str, Any] | None = None,
    ) -> Request:
        """Check what was asked for and bring it to one form.

        Raises
        ------
        RecipeError
            When a number is not what it can be. Settings of the networks have rules of their own.
        """
        return cls(
            data=os.fspath(data) if isinstance(data, str | os.PathLike) else None,
            label=_name("label", label),
            drop=_names("drop", drop),
            nuisance=_names("nuisance", nuisance),
            types={str(name): kind for name, kind in (types or {}).items()},
            reading=reading,
            sample=sample if sample in (AUTO, ALL) else _whole("sample", sample, least=6, also=(AUTO, ALL)),
            n_components=AUTO
            if n_components == AUTO
            else _whole("n_components", n_components, least=1, also=(AUTO,)),
            n_seeds=_whole("n_seeds", n_seeds, least=1),
            random_state=_whole("random_state", random_state, least=0, most=LARGEST_SEED),
            clustering={
                "n_clusters": None if n_clusters is None else _whole("n_clusters", n_clusters, least=1),
                "eps": None if eps is None else _positive("eps", eps),
                "min_samples": _whole("min_samples", min_samples, least=1),
            },
            preset=preset_named(preset).name,
            settings=dict(settings or {}),
        )

    @property
    def repeatable(self) -> bool:
        """Whether what was asked for can be written down in full: no rows in memory, and no objects."""
        return self.data is not None and all(map(_is_plain, self.settings.values()))

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready values; objects, such as an optimiser, become their text."""
        told = {"data": self.data, "label": self.label, "drop": self.drop, "types": dict(self.types)}
        told |= {"nuisance": self.nuisance, "reading": self.reading.said()}
        return plain({**told, **self._chosen()})

    def command(self) -> str:
        """Return what repeats the analysis: a command, or a call in Python where that cannot say it.

        Rows in memory and objects can only be named, not written down: ``data``, ``optimizer``.
        """
        named = {"label": self.label} if self.label is not None else {}
        chosen = {**named, **self._chosen()}
        if self.data is None or not self.repeatable:
            return self._call(chosen)
        words = ["latentia", "analyze", self.data]
        for name, value in chosen.items():
            words += [FLAGS[name], str(value)] if name in FLAGS else ["--set", f"{name}={_as_json(value)}"]
        for column in self.drop:
            words += ["--drop", column]
        for column in self.nuisance:
            words += ["--nuisance", column]
        for column, kind in self.types.items():
            words += ["--types", f"{column}={kind}"]
        return shlex.join([*words, *self.reading.options()])

    def _call(self, chosen: Mapping[str, Any]) -> str:
        if self.drop:
            chosen = {**chosen, "drop": list(self.drop)}
        if self.nuisance:
            chosen = {**chosen, "nuisance": list(self.nuisance)}
        if self.types:
            chosen = {**chosen, "types": dict(self.types)}
        chosen = {**chosen, **self.reading.said()}
        words = ["data" if self.data is None else repr(self.data)]
        words += [
            f"{name}={plain(value)!r}" if _is_plain(value) else f"{name}={name}"
            for name, value in chosen.items()
        ]
        return f"latentia.analyze({', '.join(words)})"

    def _chosen(self) -> dict[str, Any]:
        """Return all that was chosen, by the names of `latentia.analyze`."""
        sample = {} if self.sample == AUTO else {"sample": self.sample}
        return {
            **sample,
            "n_components": self.n_components,
            "n_seeds": self.n_seeds,
            "random_state": self.random_state,
            **{name: value for name, value in self.clustering.items() if value is not None},
            **({} if self.preset == STANDARD else {"preset": self.preset}),
            **self.settings,
        }


def _name(role: str, name: Any) -> str | None:
    """Return the name of a column, which is none where somebody passed the column itself."""
    if name is None:
        return None
    if _holds_values(name):
        raise RecipeError(
            f"{role} must be the name of a column, not values ({type(name).__name__}); put the values into "
            "the table as a column first, and pass its name."
        )
    return str(name)


def _names(role: str, names: Any) -> tuple[str, ...]:
    if names is None or isinstance(names, str):
        return (names,) if names else ()
    if not isinstance(names, Iterable):
        raise RecipeError(f"{role}={names!r} must be the name of a column, or a list of names.")
    listed = list(names)
    if any(map(_holds_values, listed)) or _kind_of(names) in tuple("fbc"):
        raise RecipeError(
            f"{role} must be the name of a column, or a list of names, not values ({type(names).__name__}); "
            "put the values into the table as columns first, and pass their names."
        )
    return tuple(map(str, listed))


def _holds_values(name: Any) -> bool:
    """Whether it is a column, an array or a list; a name may be a tuple in tables with several headings."""
    sized = hasattr(name, "__len__") and getattr(name, "shape", None) != ()
    return sized and not isinstance(name, str | bytes | tuple)


def _kind_of(names: Any) -> str | None:
    return getattr(getattr(names, "dtype", None), "kind", None)


def _whole(name: str, value: Any, *, least: int, most: float = math.inf, also: Sequence[str] = ()) -> int:
    if isinstance(value, Integral) and not isinstance(value, bool) and least <= int(value) <= most:
        return int(value)
    limits = f"of at least {least}" if most == math.inf else f"from {least} to {most}"
    other = "".join(f", or {word!r}" for word in also)
    raise RecipeError(f"{name}={value!r} must be a whole number {limits}{other}.")


def _positive(name: str, value: Any) -> float:
    if isinstance(value, Real) and not isinstance(value, bool) and 0 < float(value) < math.inf:
        return float(value)
    raise RecipeError(f"{name}={value!r} must be a number above 0; leave it out to have it chosen.")


def _is_plain(value: Any) -> bool:
    """Whether a value can be written down, so that it is the same when it is read."""
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    return isinstance(value, str | Integral | Real | None)


def _as_json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(plain(value))

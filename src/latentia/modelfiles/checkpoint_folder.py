"""Checkpoints of a fit as files of one folder: the newest two, each of them whole.

A checkpoint is a file of the same form as a model: strict JSON and arrays, a checksum over both,
nothing that is ever run. It takes its name only when it is on the disk, and the oldest of three is
removed only then, so a kill or a power cut at any moment leaves one to go on from.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
import numpy as np

from latentia.errors import CheckpointError, LatentiaWarning, ModelFileError, OutputError
from latentia.modelfiles.container import read_container, write_container
from latentia.modelfiles.durable import bring_to_disk, clear_leftovers
from latentia.modelfiles.locks import lock
from latentia.training.checkpoints import Checkpoint
from latentia.training.fingerprint import differences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

SECONDS_BETWEEN = 30.0
# Writing takes at most this share of the time: a large network's checkpoints take seconds.
MOST_OF_THE_TIME = 0.05
KEPT = 2
NAME = re.compile(r"[0-9]{8}\.checkpoint")
LOCK = ".lock"

_Count = Annotated[int, msgspec.Meta(ge=0)]


class _Manifest(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Everything about a checkpoint that is no array."""

    kind: Literal["checkpoint"]
    fit: dict[str, Any]
    epoch: _Count
    step: _Count
    seconds: float
    types: dict[str, str]


class CheckpointFolder:
    """Keeps the newest checkpoints of one fit in a folder, and gives the latest back.

    Parameters
    ----------
    path : path-like
        The folder; made when a fit begins, and gone when all that was in it is removed.
    every : float, default 30.0
        Seconds between two checkpoints, more if writing them would take long; 0 for as many as
        there can be.
    afresh : bool, default False
        Whether to begin anew instead of going on from what is there.
    clock : callable, default time.monotonic
        Returns seconds.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from latentia import Autoencoder
    >>> rows = np.random.default_rng(0).normal(size=(50, 4))
    >>> with tempfile.TemporaryDirectory() as place:
    ...     checkpoints = CheckpointFolder(Path(place, "checkpoints"))
    ...     ae = Autoencoder(max_epochs=3, random_state=0).fit(rows, checkpoint=checkpoints)
    ...     before = checkpoints.held
    ...     ae.save(Path(place, "model.latentia"))
    ...     print(before, checkpoints.held)
    True False
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        every: float = SECONDS_BETWEEN,
        afresh: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path = Path(path)
        self._every, self._afresh, self._clock = every, afresh, clock
        self._fit: Mapping[str, Any] = {}
        self._due, self._failing = 0.0, False

    @property
    def held(self) -> bool:
        """Whether there is a checkpoint in the folder."""
        return bool(self._files())

    @contextmanager
    def opened(self, fingerprint: Callable[[], Mapping[str, Any]]) -> Iterator[Checkpoint | None]:
        """Hold the folder for a fit; yield the checkpoint that it goes on from, None to begin.

        Raises
        ------
        CheckpointError
            When the checkpoints are those of another fit, or none of them can be read.
        OutputError
            When the folder cannot be written to, or another fit is writing to it.
        """
        self._fit = fingerprint()
        with self._alone():
            clear_leftovers(self.path)
            if self._afresh:
                self._remove(self._files())
            past = self._latest()
            self._due = self._clock() + self._every
            yield past

    def offer(self, make: Callable[[], Checkpoint], *, last: bool = False) -> None:
        """Keep the checkpoint that `make` returns if it is time for one, or the last of the fit.

        A full disk does not end a fit that may have run for hours: it is told, once, and the
        checkpoints that there are stay.
        """
        begun = self._clock()
        if not last and begun < self._due:
            return
        try:
            self._write(make())
            self._failing = False
        except (OutputError, ModelFileError) as error:
            if not self._failing:
                warnings.warn(
                    f"Training goes on without a new checkpoint: {error}", LatentiaWarning, stacklevel=2
                )
            self._failing = True
        ended = self._clock()
        self._due = ended + max(self._every, (ended - begun) / MOST_OF_THE_TIME if self._every else 0.0)

    def clear(self) -> None:
        """Remove the checkpoints, and the folder unless something else is in it; no other fit's."""
        if self.path.is_dir():
            with contextlib.suppress(OutputError), self._alone():
                self._remove(self._files())

    def _write(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint, and remove those that are too old."""
        files = self._files()
        number = int(files[-1].stem) + 1 if files else 1
        arrays, types = _as_bits(checkpoint.arrays)
        manifest = _Manifest(
            kind="checkpoint",
            fit=dict(self._fit),
            epoch=checkpoint.epoch,
            step=checkpoint.step,
            seconds=checkpoint.seconds,
            types=types,
        )
        write_container(self.path / f"{number:08d}.checkpoint", msgspec.to_builtins(manifest), arrays)
        self._remove(self._files()[:-KEPT])

    def _latest(self) -> Checkpoint | None:
        """Return the newest checkpoint that is whole, if it is of this fit; None when there are none."""
        damaged: list[Path] = []
        reasons: list[str] = []
        for file in reversed(self._files()):
            try:
                manifest, checkpoint = _read(file)
            except ModelFileError as error:
                damaged.append(file)
                reasons.append(str(error).partition("; ")[0])
                continue
            self._refuse_another_fit(manifest.fit)
            self._go_without(damaged, reasons)
            return checkpoint
        if damaged:
            raise CheckpointError(
                f"No checkpoint in '{self.path}' can be used: {reasons[0]}; remove it to start afresh."
            )
        return None

    def _go_without(self, damaged: list[Path], reasons: list[str]) -> None:
        """Remove damaged checkpoints, which would be kept in the place of sound ones, and say so."""
        self._remove(damaged)
        for reason in reasons:
            warnings.warn(
                f"{reason}, so training goes on from the checkpoint before it.", LatentiaWarning, stacklevel=2
            )

    def _refuse_another_fit(self, was: Mapping[str, Any]) -> None:
        differing = differences(was, self._fit)
        if differing:
            raise CheckpointError(
                f"The checkpoints in '{self.path}' are of another fit ({', '.join(differing)}); repeat that "
                "fit as it was to go on with it, or remove the folder to start afresh."
            )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the folder against other processes; leave none behind that nothing is in."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            bring_to_disk(self.path.parent)
            descriptor = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise OutputError(
                f"Checkpoints cannot be kept in '{self.path}' ({reason}); choose another folder."
            ) from error
        try:
            lock(
                descriptor,
                f"Another fit keeps its checkpoints in '{self.path}'; wait for its end, or choose another "
                "folder.",
            )
            try:
                yield
            finally:
                self._tidy()
        finally:
            os.close(descriptor)

    def _tidy(self) -> None:
        if not self.held:
            with contextlib.suppress(OSError):
                (self.path / LOCK).unlink()
                self.path.rmdir()

    def _files(self) -> list[Path]:
        """Return the checkpoints that are there, oldest first."""
        try:
            return sorted(file for file in self.path.iterdir() if NAME.fullmatch(file.name))
        except OSError:
            return []

    @staticmethod
    def _remove(files: list[Path]) -> None:
        for file in files:
            with contextlib.suppress(OSError):
                file.unlink()


def claim_checkpoints(
    path: str | os.PathLike[str], *, every: float = SECONDS_BETWEEN, resume: bool | None = None
) -> CheckpointFolder:
    """Return the folder for a fit's checkpoints, or refuse to lose those of another before any work.

    Parameters
    ----------
    path : path-like
    every : float
        Seconds between two checkpoints.
    resume : bool or None
        Whether to go on from what is there (True) or to remove it (False); None if nothing should be.

    Raises
    ------
    OutputError
        When there are checkpoints and nothing says what to do with them.
    """
    folder = CheckpointFolder(path, every=every, afresh=resume is False)
    if resume is None and folder.held:
        raise OutputError(
            f"'{path}' holds the checkpoints of a fit that was stopped; add --resume to go on with it, or "
            "--restart to begin anew without them."
        )
    return folder


def _read(file: Path) -> tuple[_Manifest, Checkpoint]:
    """Return what is in a checkpoint's file.

    Raises
    ------
    ModelFileError
        When it is damaged or no checkpoint.
    """
    raw, arrays = read_container(file)
    try:
        manifest = msgspec.convert(raw, _Manifest)
        values = _from_bits(arrays, manifest.types)
    except (msgspec.ValidationError, ValueError, TypeError, KeyError) as error:
        raise ModelFileError(f"'{file}' is no checkpoint of this version ({error}); remove it.") from error
    return manifest, Checkpoint(
        epoch=manifest.epoch, step=manifest.step, seconds=manifest.seconds, arrays=values
    )


def _as_bits(arrays: Mapping[str, np.ndarray]) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Return floats as the bits they are made of, and their types.

    A state on its way has infinities and, where a member has diverged, values that are no numbers;
    a file of finite numbers holds them as whole ones.
    """
    types = {name: array.dtype.name for name, array in arrays.items() if array.dtype.kind not in "biu"}
    bits = {
        name: array.view(f"u{array.dtype.itemsize}") if name in types else array
        for name, array in arrays.items()
    }
    return bits, types


def _from_bits(arrays: Mapping[str, np.ndarray], types: Mapping[str, str]) -> dict[str, np.ndarray]:
    for name, kind in types.items():
        if arrays[name].dtype.kind != "u" or arrays[name].dtype.itemsize != np.dtype(kind).itemsize:
            raise ValueError(f"array '{name}' does not hold the bits of {kind}")
    return {name: array.view(types.get(name, array.dtype)) for name, array in arrays.items()}

"""A folder of checkpoints: the newest two, whole, of one fit, and nothing else."""

from __future__ import annotations

import os
import pickle
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import latentia
from latentia import Autoencoder
from latentia.errors import CheckpointError, LatentiaWarning, ModelFileError, OutputError, RecipeError
from latentia.modelfiles import checkpoint_folder
from latentia.modelfiles.checkpoint_folder import CheckpointFolder, claim_checkpoints
from latentia.modelfiles.container import read_container, write_container
from latentia.modelfiles.manifest import describe_file
from latentia.training.checkpoints import Checkpoint
from problems import curved

ROWS = curved(n_rows=60, n_columns=5)[0]
SMALL = {"hidden_layer_sizes": (6,), "max_epochs": 40, "random_state": 3}
ODD = np.array([np.nan, -np.nan, np.inf, -0.0, 1e-45], np.float32)


def standing(epoch, **arrays):
    """Return a checkpoint that says little."""
    return Checkpoint(
        epoch=epoch, step=2, seconds=1.5, arrays={"epoch": np.int32(epoch) * np.ones(2), **arrays}
    )


def offered(folder, *epochs, fit=None):
    """Keep a checkpoint of each of these epochs."""
    with folder.opened(lambda: fit or {"random_state": 0}):
        for epoch in epochs:
            folder.offer(lambda epoch=epoch: standing(epoch))


def latest(path, fit=None, **settings):
    with CheckpointFolder(path, **settings).opened(lambda: fit or {"random_state": 0}) as past:
        return past


@pytest.fixture
def place(tmp_path):
    return tmp_path / "m.latentia.checkpoints"


@pytest.fixture
def kept(place):
    """Return a folder with the checkpoints of epochs 6 and 7."""
    offered(CheckpointFolder(place, every=0), *range(1, 8))
    return place


def names(folder):
    return sorted(file.name for file in folder.iterdir())


def test_the_newest_two_are_kept_and_the_newest_comes_back(kept):
    assert names(kept) == [".lock", "00000006.checkpoint", "00000007.checkpoint"]
    past = latest(kept)
    assert (past.epoch, past.step, past.seconds) == (7, 2, 1.5)
    offered(CheckpointFolder(kept, every=0), 8)
    assert names(kept) == [".lock", "00000007.checkpoint", "00000008.checkpoint"]


def test_every_bit_comes_back(place):
    arrays = {"odd": ODD, "scalar": np.float32(np.inf), "keys": np.array([2**32 - 1], np.uint32)}
    arrays |= {"half": np.array([np.nan, 0.1], np.float16), "none": np.empty((0, 3)), "yes": np.array([True])}
    arrays = {name: np.asarray(array) for name, array in arrays.items()}
    folder = CheckpointFolder(place, every=0)
    with folder.opened(lambda: {"random_state": 0}):
        folder.offer(lambda: standing(1, **arrays))
    past = latest(place)
    for name, array in arrays.items():
        assert past.arrays[name].dtype == array.dtype
        assert past.arrays[name].shape == array.shape
        assert past.arrays[name].tobytes() == array.tobytes()


def test_a_fit_without_checkpoints_leaves_no_folder(place):
    with CheckpointFolder(place).opened(dict) as past:
        assert past is None
        assert place.is_dir()
    assert not place.exists()
    with pytest.raises(ZeroDivisionError), CheckpointFolder(place).opened(dict):
        raise ZeroDivisionError
    assert not place.exists()


def test_checkpoints_are_kept_when_it_is_time_and_at_the_end(place):
    now = [0.0]
    folder = CheckpointFolder(place, every=30.0, clock=lambda: now[0])
    made = []

    def make(seconds):
        def made_at():
            made.append(now[0])
            now[0] += seconds
            return standing(len(made))

        return made_at

    with folder.opened(dict):
        for time in (1.0, 29.9, 30.0, 45.0, 59.9, 60.1):
            now[0] = time
            folder.offer(make(0.1))
        assert made == [30.0, 60.1]
        now[0] = 100.0
        folder.offer(make(3.0))  # three seconds of writing earn a minute of rest
        for time in (140.0, 162.0, 164.0):
            now[0] = time
            folder.offer(make(0.0))
        assert made[2:] == [100.0, 164.0]
        folder.offer(make(0.0), last=True)
    assert len(made) == 5


@pytest.mark.parametrize("damage", ["cut short", "a flipped bit", "empty", "another file", "a model"])
def test_a_damaged_newest_one_gives_way_to_the_one_before(kept, damage):
    newest = kept / "00000007.checkpoint"
    content = newest.read_bytes()
    damaged = {
        "cut short": content[:-20],
        "a flipped bit": content[:-9] + bytes([content[-9] ^ 1]) + content[-8:],
        "empty": b"",
        "another file": b"PK\x03\x04" * 100,
    }
    if damage == "a model":
        Autoencoder(**{**SMALL, "max_epochs": 1}).fit(ROWS).save(newest)
    else:
        newest.write_bytes(damaged[damage])
    with pytest.warns(
        LatentiaWarning, match=r"00000007.*, so training goes on from the checkpoint before it\.$"
    ):
        assert latest(kept).epoch == 6
    assert names(kept) == [".lock", "00000006.checkpoint"]
    offered(CheckpointFolder(kept, every=0), 7)
    assert latest(kept).epoch == 7


def test_a_checkpoint_of_an_unknown_kind_gives_way_too(kept):
    manifest, arrays = read_container(kept / "00000007.checkpoint")
    for change in (
        {"weather": "fine"},
        {"epoch": -1},
        {"types": {"epoch": "float32"}},
        {"types": {"epoch": "x"}},
    ):
        write_container(kept / "00000008.checkpoint", {**manifest, **change}, arrays)
        with pytest.warns(LatentiaWarning, match=r"00000008\.checkpoint' is no checkpoint of this version"):
            assert latest(kept).epoch == 7


def test_when_all_are_damaged_that_is_said_and_nothing_is_removed(kept):
    for file in kept.glob("*.checkpoint"):
        file.write_bytes(file.read_bytes()[:-5])
    with pytest.raises(CheckpointError) as caught:
        latest(kept)
    assert re.fullmatch(
        r"No checkpoint in '.*' can be used: '.*00000007.checkpoint' is damaged \(.*\); "
        r"remove it to start afresh\.",
        str(caught.value),
    )
    assert len(names(kept)) == 3


def test_another_fit_is_refused_with_what_differs(kept):
    sentence = (
        f"The checkpoints in '{kept}' are of another fit (random_state is 1 and was 0); repeat that fit as "
        "it was to go on with it, or remove the folder to start afresh."
    )
    with pytest.raises(CheckpointError, match=f"^{re.escape(sentence)}$"):
        latest(kept, {"random_state": 1})
    assert len(names(kept)) == 3


def test_leftovers_are_cleared_and_what_is_not_ours_stays(kept):
    (kept / ".latentia-0123456789abcdef").write_bytes(b"half a checkp")
    (kept / "notes.txt").write_text("mine")
    assert latest(kept).epoch == 7
    assert names(kept) == [".lock", "00000006.checkpoint", "00000007.checkpoint", "notes.txt"]
    CheckpointFolder(kept).clear()
    assert names(kept) == ["notes.txt"]
    (kept / "notes.txt").unlink()
    offered(CheckpointFolder(kept, every=0), 1)
    CheckpointFolder(kept).clear()
    assert not kept.exists()
    CheckpointFolder(kept).clear()


def test_a_folder_serves_one_fit_at_a_time(kept):
    with CheckpointFolder(kept).opened(lambda: {"random_state": 0}):
        with pytest.raises(
            OutputError, match=r"^Another fit keeps its checkpoints in '.*'; wait for its end"
        ):
            latest(kept)
        CheckpointFolder(kept).clear()
        assert len(names(kept)) == 3
    assert latest(kept).epoch == 7


def test_a_place_that_cannot_be_written_to_is_refused_before_any_work(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for place in (tmp_path / "file", tmp_path / "file" / "folder"):
        with pytest.raises(OutputError, match=r"^Checkpoints cannot be kept in '.*' \(.*\); choose another"):
            latest(place)


def test_afresh_begins_anew(kept):
    assert latest(kept, {"random_state": 1}, afresh=True) is None
    assert not kept.exists()


def test_checkpoints_are_not_lost_by_mistake(kept, tmp_path):
    with pytest.raises(
        OutputError, match=r"holds the checkpoints of a fit that was stopped; add --resume .*anew"
    ):
        claim_checkpoints(kept)
    assert claim_checkpoints(tmp_path / "other").held is False
    with claim_checkpoints(kept, resume=True).opened(lambda: {"random_state": 0}) as past:
        assert past.epoch == 7
    with claim_checkpoints(kept, resume=False).opened(lambda: {"random_state": 0}) as past:
        assert past is None


def test_a_checkpoint_is_no_model(kept):
    with pytest.raises(ModelFileError, match="holds no model that this version can read"):
        describe_file(kept / "00000007.checkpoint")


def test_a_full_disk_is_told_once_and_ends_no_fit(place, monkeypatch):
    folder = CheckpointFolder(place, every=0)
    with folder.opened(lambda: {"random_state": 0}):
        folder.offer(lambda: standing(1))
        with monkeypatch.context() as patch:
            patch.setattr(checkpoint_folder, "write_container", full)
            with pytest.warns(LatentiaWarning, match=r"^Training goes on without a new checkpoint: no room$"):
                folder.offer(lambda: standing(2))
            folder.offer(lambda: standing(3))
        assert names(place) == [".lock", "00000001.checkpoint"]
        folder.offer(lambda: standing(4))
    assert latest(place).epoch == 4


def full(*_):
    raise OutputError("no room")


KILLED_WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
import numpy as np
from latentia.modelfiles.checkpoint_folder import CheckpointFolder
from latentia.training.checkpoints import Checkpoint

place, moment = sys.argv[1:]
folder = CheckpointFolder(place, every=0)

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

with folder.opened(lambda: {"random_state": 0}):
    for epoch in (1, 2, 3):
        if epoch == 3:
            if moment == "bytes on their way to the disk":
                os.fsync = die
            elif moment == "before it has its name":
                Path.replace = die
            elif moment == "before the oldest is removed":
                Path.unlink = die
            elif moment == "half written":
                write = Path.write_bytes
                Path.write_bytes = lambda path, data: (write(path, data[: len(data) // 2]), die())
        arrays = {"epoch": np.full(2, epoch)}
        folder.offer(lambda: Checkpoint(epoch=epoch, step=0, seconds=0.0, arrays=arrays))
print("survived")
"""


@pytest.mark.parametrize(
    ("moment", "newest"),
    [
        ("half written", 2),
        ("bytes on their way to the disk", 2),
        ("before it has its name", 2),
        ("before the oldest is removed", 3),
    ],
)
def test_a_kill_while_a_checkpoint_is_written_leaves_one_to_go_on_from(place, moment, newest):
    command = [sys.executable, "-c", KILLED_WHILE_WRITING, place, moment]
    source = str(Path(latentia.__file__).parents[1])
    done = subprocess.run(command, check=False, capture_output=True, env={**os.environ, "PYTHONPATH": source})
    assert done.returncode == -signal.SIGKILL, done.stderr
    left = set(names(place))
    assert any(name.startswith(".latentia-") for name in left) == (newest == 2)
    assert latest(place).epoch == newest
    assert not any(name.startswith(".latentia-") for name in names(place))


class Stop:
    """Kills a fit after some epochs, as an error would that nobody expects."""

    def __init__(self, after):
        self.after = after

    def stage(self, name, detail=""): ...

    def epochs(self, done, total, loss, val_loss):
        if done >= self.after:
            raise MemoryError


def test_an_estimator_goes_on_and_its_file_is_the_same(tmp_path, place, monkeypatch):
    monkeypatch.setattr("latentia.training.feeds.SECONDS_PER_SEGMENT", 0.0)
    settings = {**SMALL, "n_seeds": 2, "dropout": 0.1}
    Autoencoder(**settings).fit(ROWS).save(tmp_path / "whole.latentia")
    with pytest.raises(MemoryError):
        Autoencoder(**settings).fit(ROWS, checkpoint=CheckpointFolder(place, every=0), progress=Stop(12))
    assert 0 < latest_epoch(place) < 40
    ae = Autoencoder(**settings).fit(ROWS, checkpoint=place)
    assert latest_epoch(place) == 40
    again = Autoencoder(**settings).fit(ROWS, checkpoint=str(place))  # from the end: nothing is left to do
    assert again.transform(ROWS).tobytes() == ae.transform(ROWS).tobytes()
    ae.save(tmp_path / "resumed.latentia")
    assert (tmp_path / "resumed.latentia").read_bytes() == (tmp_path / "whole.latentia").read_bytes()
    assert not place.exists()


def latest_epoch(place):
    return read_container(max(place.glob("*.checkpoint")))[0]["epoch"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rows": ROWS + 1}, "the table is another one"),
        ({"rows": ROWS[::-1]}, "the table is another one"),
        ({"random_state": 4}, "random_state is 4 and was 3"),
        ({"max_epochs": 41}, "max_epochs is 41 and was 40"),
        ({"corruption": None}, "corruption is None and was {'gaussian': 0.47}"),
        ({"optimizer": "adam"}, "optimizer is {'name': 'adam'} and was {'name': 'adamw'}"),
    ],
)
def test_an_estimator_refuses_to_go_on_with_another_fit(place, change, words):
    Autoencoder(**SMALL).fit(ROWS, checkpoint=place)
    settings = {**SMALL, **change}
    rows = settings.pop("rows", ROWS)
    with pytest.raises(CheckpointError, match=re.escape(f"are of another fit ({words}")):
        Autoencoder(**settings).fit(rows, checkpoint=place)


def test_an_estimator_refuses_to_go_on_with_other_threads(place, monkeypatch):
    Autoencoder(**SMALL).fit(ROWS, checkpoint=place)
    monkeypatch.setenv("NPROC", "77")
    with pytest.raises(
        CheckpointError, match=r"\(threads is 77 and was [0-9]+; set NPROC=[0-9]+ before start"
    ):
        Autoencoder(**SMALL).fit(ROWS, checkpoint=place)


def test_a_fit_of_a_random_seed_keeps_no_checkpoints(place):
    with pytest.raises(
        RecipeError, match=r"^random_state=None draws another seed every time, .*; set random"
    ):
        Autoencoder(**{**SMALL, "random_state": None}).fit(ROWS, checkpoint=place)
    assert not place.exists()


def test_pickles_know_nothing_of_a_folder(place):
    ae = Autoencoder(**SMALL).fit(ROWS, checkpoint=place)
    pickle.loads(pickle.dumps(ae)).save(place / "m.latentia")  # noqa: S301 - made a moment ago
    assert latest_epoch(place) == 40

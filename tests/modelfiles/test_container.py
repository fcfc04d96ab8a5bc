"""The .latentia file: what was written comes back, and nothing else is ever accepted."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from safetensors.numpy import save

from latentia.errors import ModelFileError, OutputError
from latentia.modelfiles import container
from latentia.modelfiles.container import MAX_DEPTH, VERSION, read_container, read_manifest, write_container

MANIFEST = {
    "kind": "autoencoder",
    "columns": ["alcohol", "Größe °C"],
    "settings": {"rate": 0.001, "tied": False},
}
ARRAYS = {
    "weights": np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4),
    "mean": np.array([1.5, -2.0]),
    "rows": np.arange(5, dtype=np.int64),
    "mask": np.array([True, False]),
    "key": np.array([7, 9], dtype=np.uint32),
    "scalar": np.array(3.25),
    "empty": np.zeros((0, 3)),
}
NAMES = st.text(max_size=8)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | NAMES
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3)
)
FINITE = st.one_of(
    arrays_of.arrays(
        np.float64, arrays_of.array_shapes(max_dims=3, max_side=4), elements=st.floats(-1e300, 1e300)
    ),
    arrays_of.arrays(np.int64, arrays_of.array_shapes(max_dims=2, max_side=4)),
    arrays_of.arrays(np.bool_, arrays_of.array_shapes(max_dims=2, max_side=4)),
)


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "model.latentia"
    write_container(path, MANIFEST, ARRAYS)
    return path


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Return a folder and the bytes of one sound file, shared because nothing changes them."""
    folder = tmp_path_factory.mktemp("sound")
    write_container(folder / "sound.latentia", MANIFEST, ARRAYS)
    return folder, (folder / "sound.latentia").read_bytes()


def assert_same_arrays(found, expected):
    assert set(found) == set(expected)
    for name, array in expected.items():
        assert found[name].dtype == array.dtype
        assert found[name].shape == array.shape
        assert found[name].tobytes() == np.asarray(array, order="C").tobytes()


def envelope_of(content):
    length = int.from_bytes(content[:8], "little")
    return json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["latentia"])


def forge(path, *, text=None, tensors=None, **changes):
    """Write a file whose envelope says what the test wants, with a checksum that fits its content."""
    tensors = {"a": np.ones(3)} if tensors is None else tensors
    envelope = {"format": "latentia", "version": 1, "manifest": {"kind": "forged"}, **changes}
    bare = save(tensors)
    length = int.from_bytes(bare[:8], "little")
    if "sha256" not in changes:
        envelope["sha256"] = container._digest(
            envelope["manifest"], json.loads(bare[8 : 8 + length]), memoryview(bare)[8 + length :]
        )
    path.write_bytes(save(tensors, metadata={"latentia": json.dumps(envelope) if text is None else text}))


def test_everything_comes_back(written):
    manifest, arrays = read_container(written)
    assert manifest == MANIFEST
    assert_same_arrays(arrays, ARRAYS)
    assert arrays["weights"].flags.writeable
    assert read_manifest(written) == read_manifest(written, verify=True) == MANIFEST


@settings(max_examples=60, deadline=None)
@given(manifest=st.dictionaries(NAMES, VALUES, max_size=4), arrays=st.dictionaries(NAMES, FINITE, max_size=3))
def test_any_content_comes_back(tmp_path_factory, manifest, arrays):
    if "__metadata__" in arrays:
        return
    path = tmp_path_factory.mktemp("any") / "model.latentia"
    write_container(path, manifest, arrays)
    found, found_arrays = read_container(path)
    assert found == manifest
    assert_same_arrays(found_arrays, arrays)


def test_the_same_content_gives_the_same_bytes(tmp_path, written):
    shuffled = dict(reversed(MANIFEST.items()))
    for attempt in range(5):
        path = tmp_path / f"again-{attempt}"
        write_container(path, shuffled, dict(reversed(ARRAYS.items())))
        assert path.read_bytes() == written.read_bytes()


def test_views_of_other_orders_are_kept_by_value(tmp_path):
    wide = np.arange(12.0).reshape(3, 4)
    write_container(
        tmp_path / "m", {}, {"turned": wide.T, "thinned": wide[:, ::2], "big": wide.astype(">f8")}
    )
    _, arrays = read_container(tmp_path / "m")
    np.testing.assert_array_equal(arrays["turned"], wide.T)
    np.testing.assert_array_equal(arrays["thinned"], wide[:, ::2])
    np.testing.assert_array_equal(arrays["big"], wide)


@pytest.mark.parametrize("part", np.linspace(0, 0.999, 60))
def test_a_file_cut_anywhere_is_refused(sound, part):
    folder, content = sound
    path = folder / "cut.latentia"
    path.write_bytes(content[: int(len(content) * part)])
    with pytest.raises(ModelFileError, match=r"damaged.*; make it again with"):
        read_container(path)


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_a_flipped_bit_is_noticed_anywhere(sound, data):
    folder, content = sound
    position = data.draw(st.integers(0, len(content) - 1))
    damaged = bytearray(content)
    damaged[position] ^= 1 << data.draw(st.integers(0, 7))
    path = folder / "flipped.latentia"
    path.write_bytes(damaged)
    try:
        manifest, arrays = read_container(path)
    except ModelFileError:
        return
    # A bit that carries nothing, such as a blank of padding turned into a tab.
    assert manifest == MANIFEST
    assert_same_arrays(arrays, ARRAYS)


@settings(max_examples=200, deadline=None)
@given(junk=st.binary(max_size=300))
def test_junk_is_refused(tmp_path_factory, junk):
    path = tmp_path_factory.mktemp("junk") / "junk.latentia"
    path.write_bytes(junk)
    with pytest.raises(ModelFileError, match="is not a Latentia model file"):
        read_container(path)


def test_bytes_after_the_end_are_noticed(written):
    written.write_bytes(written.read_bytes() + b"\0")
    with pytest.raises(ModelFileError, match="damaged"):
        read_container(written)


def test_a_header_that_claims_to_be_huge_is_refused_unread(tmp_path):
    path = tmp_path / "huge"
    path.write_bytes((2**62).to_bytes(8, "little") + b"{}")
    with pytest.raises(ModelFileError, match="is not a Latentia model file"):
        read_manifest(path)


@pytest.mark.parametrize(
    ("manifest", "word"),
    [
        ({"a": float("nan")}, "JSON"),
        ({"a": float("inf")}, "JSON"),
        ({"a": {1, 2}}, "JSON"),
        ({(1,): 2}, "JSON"),
    ],
)
def test_a_manifest_that_is_not_json_is_not_written(tmp_path, manifest, word):
    with pytest.raises(ModelFileError, match=word):
        write_container(tmp_path / "m", manifest, {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("levels", [MAX_DEPTH, 100_000])
def test_a_manifest_nested_too_deep_is_not_written(tmp_path, levels):
    nested = {}
    for _ in range(levels):
        nested = {"in": nested}
    with pytest.raises(ModelFileError, match="JSON"):
        write_container(tmp_path / "m", nested, {})


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_arrays_that_are_not_finite_are_neither_written_nor_read(tmp_path, value):
    broken = {"weights": np.array([1.0, value])}
    with pytest.raises(ModelFileError, match=r"'weights' holds values that are not finite.*fit it again"):
        write_container(tmp_path / "m", {}, broken)
    forge(tmp_path / "m", tensors=broken)
    with pytest.raises(ModelFileError, match="'weights' holds values that are not finite"):
        read_container(tmp_path / "m")


@pytest.mark.parametrize("array", [np.array(["text"]), np.array([{}]), np.array([1j]), np.longdouble([1])])
def test_arrays_of_other_types_are_not_written(tmp_path, array):
    with pytest.raises(ModelFileError, match="which a model file cannot hold"):
        write_container(tmp_path / "m", {}, {"a": array})


def test_arrays_of_other_types_are_not_read(tmp_path):
    forge(tmp_path / "m", tensors={"a": np.ones(2, dtype=np.complex64)})
    with pytest.raises(ModelFileError, match="damaged"):
        read_container(tmp_path / "m")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"format":"latentia","version":1,"version":1,"sha256":"","manifest":{}}', "twice"),
        ('{"format":"latentia","version":1,"sha256":"","manifest":{"a":NaN}}', "NaN"),
        ('{"format":"latentia","version":1,"sha256":"","manifest":{"a":-Infinity}}', "infinity"),
        ('{"format":"latentia","version":1,"sha256":"","manifest":{"a":1e999}}', "overflow"),
        ('{"format":"latentia","version":1,"sha256":"","manifest":' + '{"a":' * 50 + "1" + "}" * 51, "depth"),
        ('{"format":"latentia","version":1,"sha256":"","manifest":' + "[" * 200_000, "endless"),
        ('{"format":"other","version":1,"sha256":"","manifest":{}}', "format"),
        ("[]", "no object"),
        ("", "nothing"),
    ],
    ids=lambda value: value if len(value) < 12 else "",
)
def test_an_envelope_that_is_not_strict_json_is_refused(tmp_path, text, why):
    forge(tmp_path / "m", text=text)
    with pytest.raises(ModelFileError, match="is not a Latentia model file"):
        read_container(tmp_path / "m")


def test_a_newer_version_asks_for_an_update(tmp_path):
    forge(tmp_path / "m", version=VERSION + 1, addition="from the future")
    for read in (read_container, read_manifest):
        with pytest.raises(
            ModelFileError,
            match=f"format version {VERSION + 1} and this Latentia reads up to version {VERSION}; update",
        ):
            read(tmp_path / "m")


@pytest.mark.parametrize("version", [0, -1, True, "1", 1.0, None])
def test_a_version_that_never_was_is_refused(tmp_path, version):
    forge(tmp_path / "m", version=version)
    with pytest.raises(ModelFileError, match="damaged"):
        read_container(tmp_path / "m")


@pytest.mark.parametrize("changes", [{"sha256": "0" * 64}, {"sha256": None}, {"more": 1}, {"manifest": []}])
def test_an_envelope_with_wrong_content_is_refused(tmp_path, changes):
    forge(tmp_path / "m", **{"manifest": {}, "sha256": "", **changes})
    with pytest.raises(ModelFileError, match="damaged"):
        read_container(tmp_path / "m")


def test_a_table_of_arrays_that_lies_is_refused(tmp_path):
    path = tmp_path / "m"
    table = {"a": {"dtype": "F64", "shape": [0, 2**62], "data_offsets": [0, 0]}}
    digest = container._digest({}, table, memoryview(b""))
    envelope = json.dumps({"format": "latentia", "version": 1, "sha256": digest, "manifest": {}})
    header = json.dumps({"__metadata__": {"latentia": envelope}, **table}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(ModelFileError, match="its arrays cannot be read"):
        read_container(path)


def test_a_safetensors_file_of_somebody_else_is_refused(tmp_path):
    (tmp_path / "m").write_bytes(save({"a": np.ones(2)}, metadata={"format": "pt"}))
    with pytest.raises(ModelFileError, match="is not a Latentia model file"):
        read_manifest(tmp_path / "m")


class Trap:
    """A pickle that would run code when loaded."""

    def __reduce__(self):
        return os.mkdir, (os.environ["LATENTIA_TEST_TRAP"],)


def test_a_pickle_is_never_opened(tmp_path, monkeypatch):
    monkeypatch.setenv("LATENTIA_TEST_TRAP", str(tmp_path / "sprung"))
    (tmp_path / "m").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(ModelFileError):
        read_container(tmp_path / "m")
    assert not (tmp_path / "sprung").exists()


def test_what_is_no_file_is_named(tmp_path):
    with pytest.raises(ModelFileError, match="There is no model file"):
        read_container(tmp_path / "missing.latentia")
    with pytest.raises(ModelFileError, match="is not a file"):
        read_container(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ModelFileError, match="is not a file"):
        read_container(tmp_path / "pipe")


def test_a_failed_write_keeps_the_old_model(written, monkeypatch):
    def fail(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OutputError, match="No space left on device"):
        write_container(written, {"kind": "new"}, {})
    assert read_manifest(written) == MANIFEST


def test_a_bit_of_the_manifest_is_covered_by_the_checksum(written):
    content = written.read_bytes()
    written.write_bytes(content.replace(b"alcohol", b"alcohal"))
    with pytest.raises(ModelFileError, match="checksum"):
        read_manifest(written, verify=True)
    assert len(envelope_of(content)["sha256"]) == 64


def test_reading_loads_no_jax(written):
    statement = (
        "import sys; from latentia.modelfiles.container import read_container; "
        "read_container(sys.argv[1]); print('jax' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", statement, str(written)], capture_output=True, text=True, check=True
    )
    assert run.stdout == "False\n"

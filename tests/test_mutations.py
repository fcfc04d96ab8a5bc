"""Three thousand damaged files: refused in our own words, or read as what they say, and never another model.

Mutations know the formats: they change headers, lengths, offsets, names and values, cut, repeat, swap and
flip, beside bytes at random. All are derived from one seed, so a failure comes back.
"""

from __future__ import annotations

import functools
import io
import json
import resource
import time
import warnings
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from latentia.errors import LatentiaError, LatentiaWarning
from latentia.modelfiles.container import read_container
from latentia.modelfiles.manifest import describe_file
from latentia.record import read_record
from latentia.tables.sources import read_table

FILES = Path(__file__).parent / "modelfiles" / "files"
MODELS = sorted(FILES.glob("*.latentia"))
SECONDS_EACH, MEGABYTES_IN_ALL = 5.0, 300
WORDS = (
    b"-1", b"0", b"1e999", b"NaN", b"null", b"{}", b"[]", b'"', b"\\u0000", b"\x00", b"\xff", b",", b";",
    b"\n", b"\r", b"9" * 30, b"true", b"__metadata__", b"F64", b"I8", b"[" * 50, b"../x", b"=1+1",
)  # fmt: skip
FEW = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)


def _number(draw, text):
    """Replace one run of digits by another number."""
    places = [at for at, byte in enumerate(text) if 48 <= byte <= 57]
    if not places:
        return text
    at = draw(st.sampled_from(places))
    return (
        text[:at]
        + draw(st.sampled_from([b"0", b"9", b"-1", b"1e9", b"4294967296", b"9" * 25]))
        + text[at + 1 :]
    )


def _word(draw, text):
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(st.sampled_from(WORDS)) + text[at + draw(st.integers(0, 3)) :]


def _flip(draw, text):
    at = draw(st.integers(0, max(0, len(text) - 1)))
    return (
        text[:at] + bytes(byte ^ 1 << draw(st.integers(0, 7)) for byte in text[at : at + 1]) + text[at + 1 :]
    )


def _cut(draw, text):
    begin, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
    return text[:begin] + text[end:]


def _repeat(draw, text):
    at, length = draw(st.integers(0, len(text))), draw(st.integers(1, 64))
    return text[:at] + text[at : at + length] * draw(st.integers(2, 40)) + text[at + length :]


def _swap(draw, text):
    first, second, third = sorted(draw(st.integers(0, len(text))) for _ in range(3))
    return text[:first] + text[second:third] + text[first:second] + text[third:]


def _junk(draw, text):
    return text + draw(st.binary(min_size=1, max_size=40))


ANYWHERE = (_number, _word, _flip, _cut, _repeat, _swap, _junk)


@st.composite
def mutated(draw, content, own=ANYWHERE):
    """Return the bytes of a file after one or two mutations."""
    for _ in range(draw(st.integers(1, 2))):
        content = draw(st.sampled_from(own))(draw, content)
    return content


def _in_header(change):
    """Change the header of a safetensors file alone, and let its length fit again, or not."""

    def changed(draw, content):
        length = int.from_bytes(content[:8], "little")
        if length > len(content) - 8:
            return change(draw, content)
        header = change(draw, content[8 : 8 + length])
        told = len(header) if draw(st.booleans()) else draw(st.sampled_from([0, length + 8, 2**31, 2**62]))
        return told.to_bytes(8, "little") + header + content[8 + length :]

    return changed


OF_MODELS = (*ANYWHERE, *map(_in_header, (_number, _word, _flip, _cut, _repeat, _swap)))


@functools.cache
def known(path):
    """Return what is in a sound file, and what is said of it."""
    return read_container(path), describe_file(path)


def endures(read, path):
    """Return what reading gives, None where it is refused; nothing else may happen, nor take long."""
    begun = time.process_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LatentiaWarning)
            return read(path)
    except LatentiaError as error:
        return None if str(error) else pytest.fail("there are no words")
    finally:
        assert time.process_time() - begun < SECONDS_EACH


@pytest.fixture(autouse=True)
def bounded_memory():
    """Fail where reading small files has taken much memory."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    taken = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert taken < MEGABYTES_IN_ALL


@pytest.mark.slow
@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
@settings(FEW, max_examples=375)
@given(data=st.data())
def test_a_mutated_model_file_is_refused_or_the_same_model(path, tmp_path, data):
    damaged = tmp_path / "m.latentia"
    damaged.write_bytes(data.draw(mutated(path.read_bytes(), OF_MODELS)))
    (manifest, arrays), described = known(path)
    found = endures(read_container, damaged)
    told = endures(describe_file, damaged)
    if found is None:
        assert told is None
        return
    assert found[0] == manifest
    assert set(found[1]) == set(arrays)
    for name, array in arrays.items():
        assert found[1][name].dtype == array.dtype
        np.testing.assert_array_equal(found[1][name], array)
    assert told == described


TEXT = b"a,b,kind\n" + b"".join(b"%d.5,%d,%s\n" % (at, at * at % 17, b"uv"[at % 2 :][:1]) for at in range(40))


@pytest.mark.slow
@settings(FEW, max_examples=700)
@given(content=mutated(TEXT))
def test_a_mutated_text_table_is_refused_or_read(tmp_path, content):
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    found = endures(read_table, path)
    if found is not None:
        assert found.values.shape == (found.n_rows, len(found.names))
        assert not np.isinf(found.values).any()


def _parquet():
    table = pa.table({"a": np.arange(40.0) % 7, "b": np.arange(40) % 5, "kind": ["u", "v"] * 20})
    buffer = io.BytesIO()
    parquet.write_table(table, buffer, write_page_checksum=True, compression="none", use_dictionary=False)
    return buffer.getvalue()


PARQUET = _parquet()


def _in_footer(change):
    """Change what a Parquet file says about its columns, and let the length of that fit again."""

    def changed(draw, content):
        length = int.from_bytes(content[-8:-4], "little")
        if not 0 < length < len(content) - 8:
            return change(draw, content)
        footer = change(draw, content[-8 - length : -8])
        return content[: -8 - length] + footer + len(footer).to_bytes(4, "little") + content[-4:]

    return changed


@pytest.mark.slow
@settings(FEW, max_examples=500)
@given(content=mutated(PARQUET, (*ANYWHERE, *map(_in_footer, (_flip, _cut, _repeat, _swap)))))
def test_a_mutated_parquet_file_is_refused_or_read(tmp_path, content):
    path = tmp_path / "t.parquet"
    path.write_bytes(content)
    found = endures(read_table, path)
    if found is not None:
        assert found.values.shape == (found.n_rows, len(found.names))
        assert not np.isinf(found.values).any()


RECORD = json.dumps(
    {
        "made_by": "latentia analyze",
        "format": 1,
        "command": "latentia analyze wine",
        "request": {
            "data": "wine", "label": None, "drop": [], "types": {}, "nuisance": [], "reading": {},
            "n_components": 2, "n_seeds": 2, "random_state": 0,
        },
        "repeatable": True,
        "data": {
            "name": "wine", "path": None, "sha256": "ab", "rows": 178, "rows_of_all": None, "columns": ["a"],
            "notes": [],
        },
        "recipe": {"n_components": 2},
        "random_state": 0,
        "n_seeds": 2,
        "versions": {"jax": "0.10"},
        "machine": {"platform": "Linux", "devices": "a", "threads": 2, "environment": {}},
        "seconds": {"Reading": 0.1},
        "verdict": "",
        "files": [],
    }
).encode()  # fmt: skip


@pytest.mark.slow
@settings(FEW, max_examples=300)
@given(content=mutated(RECORD))
def test_a_mutated_manifest_of_an_analysis_is_refused_or_read(tmp_path, content):
    path = tmp_path / "manifest.json"
    path.write_bytes(content)
    found = endures(read_record, path)
    assert found is None or found.made_by == "latentia analyze"


def test_the_sound_files_are_read(tmp_path):
    """Mutations would prove nothing if the files that they begin with were refused."""
    for name, content in (("t.csv", TEXT), ("t.parquet", PARQUET), ("manifest.json", RECORD)):
        (tmp_path / name).write_bytes(content)
    assert read_table(tmp_path / "t.csv").n_rows == read_table(tmp_path / "t.parquet").n_rows == 40
    assert read_record(tmp_path / "manifest.json").n_seeds == 2
    assert [known(path)[1]["n_columns"] for path in MODELS]

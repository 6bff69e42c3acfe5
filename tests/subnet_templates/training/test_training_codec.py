"""Compressing loses nothing, encoding is exact, and no foreign byte gets through."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from taokit.subnet_templates.training.codec import LEVELS, Codec
from taokit.subnet_templates.training.tensors import BadTensors, dump, load

FINITE = st.floats(width=32, allow_nan=False, allow_infinity=False)
VECTORS = st.integers(1, 300).flatmap(lambda n: hnp.arrays(np.float32, n, elements=FINITE))


@settings(max_examples=150, deadline=None)
@given(VECTORS, st.integers(1, 64), st.integers(1, 64))
def test_what_is_kept_back_and_what_is_sent_are_the_whole(
    vector: Any, chunk: int, keep: int
) -> None:
    codec = Codec(len(vector), chunk, min(chunk, keep))
    sent, residual = codec.compress(vector)
    assert np.array_equal(residual + sent.dense(), vector)


@settings(max_examples=150, deadline=None)
@given(VECTORS, st.integers(1, 64), st.integers(1, 64))
def test_decoding_is_the_inverse_of_encoding(vector: Any, chunk: int, keep: int) -> None:
    codec = Codec(len(vector), chunk, min(chunk, keep))
    sent, _ = codec.compress(vector)
    data = codec.encode(sent)
    back = codec.decode(data)
    for name in ("places", "codes", "steps"):
        assert np.array_equal(getattr(back, name), getattr(sent, name))
    assert codec.encode(back) == data
    assert np.array_equal(back.dense(), sent.dense())


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_changed_bytes_are_refused_or_mean_something_finite(data: Any) -> None:
    codec = Codec(100, 40, 7)
    vector = np.sin(np.arange(100, dtype=np.float32))
    blob = bytearray(codec.encode(codec.compress(vector)[0]))
    for _ in range(data.draw(st.integers(1, 4))):
        blob[data.draw(st.integers(0, len(blob) - 1))] = data.draw(st.integers(0, 255))
    try:
        sent = codec.decode(bytes(blob))
    except BadTensors:
        return
    assert np.isfinite(sent.dense()).all()
    assert codec.encode(sent) == codec.encode(codec.decode(codec.encode(sent)))


def test_the_largest_entries_of_each_chunk_are_sent() -> None:
    vector = np.zeros(4096 * 2, np.float32)
    vector[[5, 4000, 4096 + 17]] = [1.0, -0.5, 2.0]
    sent, _ = Codec(len(vector)).compress(vector)
    assert set(sent.places_sent()) == {5, 4000, 4096 + 17}
    assert sent.dense()[5] == pytest.approx(1.0, abs=0.5 / LEVELS)


def test_an_update_takes_a_quarter_of_a_bit_for_each_parameter() -> None:
    codec = Codec(1 << 20)
    vector = np.random.default_rng(0).normal(size=codec.size).astype(np.float32)
    bits = 8 * len(codec.encode(codec.compress(vector)[0])) / codec.size
    assert 0.25 < bits < 0.27


def test_errors_fed_back_are_sent_in_the_end() -> None:
    codec = Codec(1000, 100, 5)
    wanted = np.random.default_rng(1).normal(size=1000).astype(np.float32)
    residual, arrived = np.zeros(1000, np.float32), np.zeros(1000, np.float64)
    for turn in range(400):
        sent, residual = codec.compress(residual + (wanted if turn == 0 else np.float32(0)))
        arrived += sent.dense()
    assert np.abs(arrived - wanted).max() < 0.01


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_is_not_compressed(bad: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Codec(3, 3, 1).compress(np.array([1, bad, 2], np.float32))


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        pickle.dumps(print),
        b"\xff" * 64,
        (8).to_bytes(8, "little") + b"[" * 8,
        (2).to_bytes(8, "little") + b"[]",
        dump({"places": np.zeros(3, np.uint8)}),
        dump({"a": np.zeros(3, np.uint8)}) + b"more",
    ],
)
def test_bytes_that_are_no_update_are_refused(blob: bytes) -> None:
    with pytest.raises(BadTensors):
        Codec(10, 10, 2).decode(blob)


def test_tensors_are_those_of_the_safetensors_library() -> None:
    theirs = pytest.importorskip("safetensors.numpy", reason="safetensors is not installed")
    arrays = {
        "b": np.arange(12, dtype=np.float32).reshape(3, 4),
        "a": np.array([1, 2, 3], np.uint8),
        "c": np.array(7, np.int64),
        "none": np.zeros((0, 4), np.float16),
    }
    for found in (theirs.load(dump(arrays)), load(theirs.save(arrays)), load(dump(arrays))):
        assert set(found) == set(arrays)
        for name, array in arrays.items():
            assert np.array_equal(found[name], array)
            assert found[name].dtype == array.dtype

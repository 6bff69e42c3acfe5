"""Arrays as safetensors: written in one way, and read without trusting a byte of it.

Owns the format, in NumPy alone. Nothing but numbers comes out of it: no code, no objects, no paths.
A file has eight bytes of length (little endian), that much JSON, and the arrays' bytes end to end.

What is written is canonical (names in order, no gaps, no metadata), so equal arrays have equal
bytes and one hash. What is read may be anybody's: any valid file of the supported types is taken.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from taokit.neuron.errors import ArtifactError

__all__ = ["BadTensors", "dump", "load"]

Array = np.ndarray[Any, Any]
MOST_HEADER = 1024 * 1024
_TYPES: dict[str, np.dtype[Any]] = {
    "U8": np.dtype("u1"),
    "I8": np.dtype("i1"),
    "I32": np.dtype("<i4"),
    "I64": np.dtype("<i8"),
    "F16": np.dtype("<f2"),
    "F32": np.dtype("<f4"),
    "F64": np.dtype("<f8"),
}
_NAMES = {dtype: name for name, dtype in _TYPES.items()}


class BadTensors(ArtifactError):
    """Bytes that are not safetensors, or not such as are taken."""

    code = "bad_tensors"


def dump(arrays: Mapping[str, Array]) -> bytes:
    """The bytes of named arrays. Raises TypeError for a type that is not supported."""
    header: dict[str, Any] = {}
    parts: list[bytes] = []
    offset = 0
    for name in sorted(arrays):
        array = np.asarray(arrays[name])
        dtype = array.dtype.newbyteorder("<") if array.dtype.itemsize > 1 else array.dtype
        if dtype not in _NAMES:
            raise TypeError(f"{name} is of type {array.dtype}, which is not supported")
        data = array.astype(dtype, copy=False).tobytes()
        header[name] = {
            "dtype": _NAMES[dtype],
            "shape": list(array.shape),
            "data_offsets": [offset, offset + len(data)],
        }
        parts.append(data)
        offset += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([struct.pack("<Q", len(text)), text, *parts])


def load(data: bytes) -> dict[str, Array]:
    """The arrays in bytes, each a copy of its own. Raises BadTensors."""
    if len(data) < 8:
        raise BadTensors("too short for safetensors")
    (length,) = struct.unpack_from("<Q", data)
    if length > min(MOST_HEADER, len(data) - 8):
        raise BadTensors("the header is longer than what there is, or than is taken")
    try:
        header = json.loads(data[8 : 8 + length])
    except (ValueError, RecursionError):
        raise BadTensors("the header is not JSON") from None
    if not isinstance(header, dict):
        raise BadTensors("the header is no object")
    header.pop("__metadata__", None)
    body = memoryview(data)[8 + length :]
    arrays, end = {}, 0
    for name, entry in sorted(header.items(), key=lambda item: _begin(item[1])):
        dtype, shape, begin, stop = _entry(name, entry)
        if begin != end or stop > len(body):
            raise BadTensors(f"{name} overlaps another array, leaves a gap, or is not all there")
        if math.prod(shape) * dtype.itemsize != stop - begin:
            raise BadTensors(f"{name} has other bytes than its shape says")
        arrays[name] = np.frombuffer(body[begin:stop], dtype).reshape(shape).copy()
        end = stop
    if end != len(body):
        raise BadTensors("there are bytes that belong to no array")
    return arrays


def _begin(entry: Any) -> int:
    try:
        begin = entry["data_offsets"][0]
    except (TypeError, KeyError, IndexError):
        raise BadTensors("an array does not say where it is") from None
    if type(begin) is not int:
        raise BadTensors("an offset is no whole number")
    return begin


def _entry(name: str, entry: Any) -> tuple[np.dtype[Any], tuple[int, ...], int, int]:
    if set(entry) != {"dtype", "shape", "data_offsets"} or entry["dtype"] not in _TYPES:
        raise BadTensors(f"{name} is not described as an array of a type that is taken")
    shape, offsets = entry["shape"], entry["data_offsets"]
    if not isinstance(shape, list) or not isinstance(offsets, list) or len(offsets) != 2:
        raise BadTensors(f"{name} is not described as an array")
    if len(shape) > 8 or not all(type(n) is int and 0 <= n < 1 << 48 for n in [*shape, *offsets]):
        raise BadTensors(f"{name} has a shape or place that cannot be")
    return _TYPES[entry["dtype"]], tuple(shape), offsets[0], offsets[1]

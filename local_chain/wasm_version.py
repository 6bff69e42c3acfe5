"""The runtime version that a WebAssembly blob carries in a custom section.

Owns the little of the WebAssembly format that this takes: the header, and the sections' sizes and
names. Substrate puts the SCALE `RuntimeVersion` into the section `runtime_version`, so that it can
be read without running the code. Blobs compressed with zstd (as releases are) are not unpacked
here: Python's standard library reads zstd from 3.14 on only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from taokit.chain_client.errors import DecodeError
from taokit.chain_client.scale import Text, codec, u32

MAGIC = b"\x00asm\x01\x00\x00\x00"
SECTION = b"runtime_version"
CUSTOM = 0


class EmbeddedVersion(NamedTuple):
    """The part of a blob's version that an upgrade is judged by."""

    spec_name: str
    spec_version: int


def embedded_version(code: bytes) -> EmbeddedVersion | None:
    """The version in a blob's custom section; None if it has none that can be read."""
    if not code.startswith(MAGIC):
        return None
    try:
        for name, body in _custom_sections(code):
            if name == SECTION:
                return _decoded(body)
    except (DecodeError, IndexError):
        return None
    return None


def _decoded(body: bytes) -> EmbeddedVersion:
    spec_name, offset = codec(Text).read(body, 0)
    _, offset = codec(Text).read(body, offset)
    _, offset = codec(u32).read(body, offset)
    spec_version, _ = codec(u32).read(body, offset)
    return EmbeddedVersion(spec_name, spec_version)


def _custom_sections(code: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Names and bodies of the custom sections. IndexError where the blob ends within one."""
    offset = len(MAGIC)
    while offset < len(code):
        kind = code[offset]
        size, start = _leb128(code, offset + 1)
        offset = start + size
        if offset > len(code):
            raise IndexError(offset)
        if kind == CUSTOM:
            length, name = _leb128(code, start)
            yield code[name : name + length], code[name + length : offset]


def _leb128(data: bytes, offset: int) -> tuple[int, int]:
    """An unsigned LEB128 number below 2**32, and where it ends."""
    value = shift = 0
    while True:
        byte = data[offset]
        value |= (byte & 0x7F) << shift
        offset += 1
        shift += 7
        if not byte & 0x80:
            return value, offset
        if shift >= 35:
            raise IndexError(offset)

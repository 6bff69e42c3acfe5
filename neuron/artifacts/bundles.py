"""Bundles: the plain files of a folder as one compressed archive, and back.

Owns the format: zstd over ustar, files only, in the order of their names, without times or owners.
The same files give the same bytes with the same release of zstd; what counts is the sha256 of the
bytes that were made.

Reading is strict and our own: a bundle comes from a stranger. Links, devices, extended headers,
absolute names and names that lead out are errors, and nothing is written before all was checked.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import zstandard

from taokit.neuron.errors import ArtifactError

__all__ = ["Caps", "bundle", "contents", "digest_of", "pack", "unpack"]

_BLOCK = 512
_LEVEL = 10
_WINDOW = 1 << 23
_SKIPPED = frozenset({"__pycache__", ".git"})
_MAGIC = b"ustar\x0000"


@dataclass(frozen=True)
class Caps:
    """What a bundle may hold: bytes as sent, bytes of all files, files, and bytes of a name."""

    packed: int = 8 << 20
    unpacked: int = 64 << 20
    files: int = 1_000
    name: int = 200


def digest_of(data: bytes) -> str:
    """The name of an artifact: sha256 in hex."""
    return hashlib.sha256(data).hexdigest()


def bundle(folder: str | Path, caps: Caps | None = None) -> tuple[str, bytes]:
    """The digest and the bytes of a folder's files; ``__pycache__`` and ``.git`` are left out.

    Raises ArtifactError for a link, for what is no plain file, and for more than ``caps`` allow.
    """
    caps, total = caps or Caps(), 0
    files: dict[str, bytes] = {}
    for name, path in _walk(Path(folder)):
        total += path.stat().st_size
        if len(files) >= caps.files or total > caps.unpacked:
            raise ArtifactError(
                f"{folder} holds more than {caps.files} files or {caps.unpacked} bytes"
            )
        files[name] = path.read_bytes()
    data = pack(files, caps)
    return digest_of(data), data


def pack(files: Mapping[str, bytes], caps: Caps | None = None) -> bytes:
    """The bytes of a bundle of these files. Raises ArtifactError as ``bundle`` does."""
    caps, parts = caps or Caps(), []
    _check_all(files, caps)
    for name in sorted(files, key=os.fsencode):
        data = files[name]
        parts += [_header(name, len(data)), data, bytes(-len(data) % _BLOCK)]
    parts.append(bytes(2 * _BLOCK))
    packed = zstandard.ZstdCompressor(level=_LEVEL, threads=0).compress(b"".join(parts))
    if len(packed) > caps.packed:
        raise ArtifactError(f"the bundle has {len(packed)} bytes, {caps.packed} are allowed")
    return packed


def contents(data: bytes, caps: Caps | None = None) -> dict[str, bytes]:
    """The files of a bundle, by name. Raises ArtifactError for all that is not as it should be."""
    caps = caps or Caps()
    if len(data) > caps.packed:
        raise ArtifactError(f"the bundle has {len(data)} bytes, {caps.packed} are allowed")
    raw = _inflate(data, caps.unpacked + (caps.files + 2) * 2 * _BLOCK)
    files: dict[str, bytes] = {}
    for name, body in _members(raw):
        if name in files:
            raise ArtifactError(f"the bundle holds {name!r} twice")
        files[name] = body
        if len(files) > caps.files:
            raise ArtifactError(f"the bundle holds more than {caps.files} files")
    _check_all(files, caps)
    return files


def unpack(data: bytes, folder: str | Path, caps: Caps | None = None) -> Path:
    """Write a bundle's files to a folder that is not there yet; all of them or none.

    Raises ArtifactError as ``contents`` does, and when the folder exists or cannot be written.
    """
    files, target = contents(data, caps), Path(folder)
    if os.path.lexists(target):
        raise ArtifactError(f"{target} exists already")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=target.parent))
        try:
            for name, body in files.items():
                path = made / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(body)
            made.chmod(0o755)
            made.rename(target)
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise
    except OSError as error:
        raise ArtifactError(f"{target} cannot be written: {error.strerror}") from error
    return target


def _walk(folder: Path, prefix: str = "") -> Iterator[tuple[str, Path]]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise ArtifactError(f"{folder} cannot be read: {error.strerror}") from error
    for entry in entries:
        name = f"{prefix}{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in _SKIPPED:
                yield from _walk(Path(entry.path), f"{name}/")
        elif stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode):
            yield name, Path(entry.path)
        else:
            raise ArtifactError(f"{name} is not a plain file", hint="a bundle holds no links")


def _check_all(files: Mapping[str, bytes], caps: Caps) -> None:
    for name in files:
        _check_name(name, caps.name)
        folders = name.split("/")[:-1]
        if any("/".join(folders[: index + 1]) in files for index in range(len(folders))):
            raise ArtifactError(f"{name!r} lies below a file")
    if len(files) > caps.files:
        raise ArtifactError(f"the bundle holds {len(files)} files, {caps.files} are allowed")
    total = sum(map(len, files.values()))
    if total > caps.unpacked:
        raise ArtifactError(f"the bundle's files have {total} bytes, {caps.unpacked} are allowed")


def _check_name(name: str, longest: int) -> None:
    try:
        size = len(name.encode())
    except UnicodeEncodeError as error:
        raise ArtifactError("a file's name is not UTF-8") from error
    if size > longest:
        raise ArtifactError(f"a file's name has {size} bytes, {longest} are allowed")
    parts = name.split("/")
    odd = any(ord(letter) < 32 or letter in '\\:\x7f"<>|?*' for letter in name)
    if odd or any(part in ("", ".", "..") or part[-1] in ". " for part in parts):
        raise ArtifactError(f"not a name for a bundle's file: {name!r}")


def _header(name: str, size: int) -> bytes:
    prefix, short = b"", name.encode()
    if len(short) > 100:
        cut = short.rfind(b"/", 0, 156)
        prefix, short = short[: max(cut, 0)], short[cut + 1 :]
    if len(short) > 100 or not short:
        raise ArtifactError(f"a name without folders may have 100 bytes: {name!r}")
    fields = [short.ljust(100, b"\0"), b"0000644\0", b"0000000\0", b"0000000\0"]
    fields += [b"%011o\0" % size, b"00000000000\0", b" " * 8, b"0", bytes(100), _MAGIC]
    block = b"".join([*fields, bytes(80), prefix.ljust(155, b"\0"), bytes(12)])
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def _inflate(data: bytes, room: int) -> bytes:
    reader = zstandard.ZstdDecompressor(max_window_size=_WINDOW).stream_reader(io.BytesIO(data))
    parts, total = [], 0
    try:
        while part := reader.read(1 << 18):
            total += len(part)
            if total > room:
                raise ArtifactError("the bundle unpacks to more than is allowed")
            parts.append(part)
    except zstandard.ZstdError as error:
        raise ArtifactError(f"the bundle is not zstd: {error}") from error
    return b"".join(parts)


def _members(raw: bytes) -> Iterator[tuple[str, bytes]]:
    at = 0
    while True:
        block = raw[at : at + _BLOCK]
        if len(block) < _BLOCK:
            raise ArtifactError("the bundle ends before its archive does")
        if block == bytes(_BLOCK):
            if raw[at:].strip(b"\0"):
                raise ArtifactError("something comes after the archive's end")
            return
        at += _BLOCK
        size, kind = _number(block[124:136]), block[156:157]
        expected = sum(block[:148]) + 8 * 32 + sum(block[156:])
        if _number(block[148:156]) != expected or block[257:262] != b"ustar":
            raise ArtifactError("the bundle's archive is damaged, or not ustar")
        try:
            short, prefix = _text(block[:100]), _text(block[345:500])
        except UnicodeDecodeError as error:
            raise ArtifactError("a file's name is not UTF-8") from error
        name = f"{prefix}/{short}" if prefix else short
        if kind == b"5" and size == 0:
            continue  # a folder; those of the files are made anyway
        if kind not in (b"0", b"\0"):
            raise ArtifactError(f"{name!r} is not a plain file", hint="a bundle holds no links")
        if at + size > len(raw):
            raise ArtifactError("the bundle ends before its archive does")
        yield name, raw[at : at + size]
        at += size + -size % _BLOCK


def _number(text: bytes) -> int:
    digits = text.strip(b"\0 ")
    if not digits or any(digit not in b"01234567" for digit in digits):
        raise ArtifactError("the bundle's archive is damaged, or not ustar")
    return int(digits, 8)


def _text(block: bytes) -> str:
    return block.partition(b"\0")[0].decode()

"""A chain as one file, to carry about: every block and every state, compressed, with a checksum.

Owns the format: a line that says what it is, the SHA-256 of the rest, and a store (`store`),
deflated. Written beside its place and then moved there, so that there is never half a dump.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taokit.local_chain.errors import ChainStoreError, DamagedChain
from taokit.local_chain.persistence.store import ChainStore
from taokit.local_chain.persistence.stored_on import StoredOn
from taokit.local_chain.state.history import History

if TYPE_CHECKING:
    from taokit.local_chain.node.chain_reading import ChainReading

__all__ = ["read_dump", "write_dump", "write_store"]

MAGIC = b"taokit local chain, format 1\n"
CHUNK = 1 << 20


def write_store(path: Path, meta: Mapping[str, Any], chain: ChainReading) -> None:
    """Write the whole chain into a new store; of a fork, all but what is the other chain's."""
    history, blocks = chain.whole
    base = history.base
    layers: list[History] = [history]
    while isinstance(base, History):
        layers.append(base)
        base = base.base
    below = base.store if isinstance(base, StoredOn) else base
    if isinstance(below, ChainStore):
        below.copy_to(path)
        path.chmod(0o600)
        store = ChainStore.open(path)
    else:
        store = ChainStore.create(path, meta)
    with store:
        if store.height == history.height:
            return  # it grew with the chain
        for layer in reversed(layers):
            above = range(store.height + 1, layer.height + 1)
            told = ((blocks.at(number), chain.outside(number)) for number in above)
            store.append_all(
                ((block, outside) for block, outside in told if block is not None),
                layer.versions(),
            )


def write_dump(path: Path, meta: Mapping[str, Any], chain: ChainReading) -> int:
    """Write the whole chain into a file, which it replaces; its size in bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".taokit-dump-", dir=path.parent) as folder:
        store, written = Path(folder) / "store", Path(folder) / "dump"
        write_store(store, meta, chain)
        digest = hashlib.sha256()
        with store.open("rb") as source, written.open("wb") as file:
            file.write(MAGIC + bytes(32))
            for chunk in _deflated(iter(lambda: source.read(CHUNK), b"")):
                digest.update(chunk)
                file.write(chunk)
            file.seek(len(MAGIC))
            file.write(digest.digest())
            file.flush()
            os.fsync(file.fileno())
        written.chmod(0o600)
        written.replace(path)
    return path.stat().st_size


def read_dump(path: Path, into: Path) -> None:
    """Write the store of a dump into a new file. Raises `DamagedChain`, `ChainStoreError`."""
    try:
        with path.open("rb") as file, into.open("xb") as store:
            into.chmod(0o600)
            magic, expected = file.read(len(MAGIC)), file.read(32)
            if magic != MAGIC:
                raise DamagedChain(f"{path} is no dump of a local chain that this taokit knows")
            digest, inflate = hashlib.sha256(), zlib.decompressobj()
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                store.write(inflate.decompress(chunk))
            store.write(inflate.flush())
            if digest.digest() != expected or not inflate.eof:
                raise DamagedChain(f"{path} is not what was written: its checksum does not hold")
    except OSError as error:
        raise ChainStoreError(f"cannot read {path}: {error.strerror}") from error
    except zlib.error as error:
        raise DamagedChain(f"{path} is not what was written: {error}") from error


def _deflated(chunks: Iterator[bytes]) -> Iterator[bytes]:
    deflate = zlib.compressobj(level=1)
    for chunk in chunks:
        yield deflate.compress(chunk)
    yield deflate.flush()

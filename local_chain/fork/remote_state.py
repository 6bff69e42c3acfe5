"""The other node's state, as our history lies on it.

Owns which block's state is asked: that of the forked block is the base of everything, those below
it are read now and then. Does not own how one of them is read (`block_state`).
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

from taokit.chain_client.errors import DecodeError
from taokit.chain_client.metadata import Metadata
from taokit.local_chain.fork.block_state import BlockState, Sizes
from taokit.local_chain.fork.errors import ForkError, MethodMissing
from taokit.local_chain.fork.kept_answers import KeptAnswers
from taokit.local_chain.fork.remote_blocks import RemoteBlocks
from taokit.local_chain.fork.remote_node import RemoteNode
from taokit.local_chain.state.base import EVERYTHING, Base

__all__ = ["RemoteState", "remote_of"]

CODE = "0x" + b":code".hex()
METADATA_HASH = 32
"""What our nodes have in place of code is that long."""

EARLIER = 16
"""States of earlier blocks of which what was read is also kept in memory."""


class RemoteState:
    """State of the blocks up to ``height``. A `state.base.Base`. Raises `ForkError`."""

    prefixes: Container[bytes] = EVERYTHING

    def __init__(self, node: RemoteNode, blocks: RemoteBlocks, kept: KeptAnswers) -> None:
        self.height = blocks.height
        self.node = node
        self.blocks = blocks
        self._kept = kept
        self._sizes = Sizes()
        self._newest = self._opened(self.height)
        self._earlier: dict[int, BlockState] = {}

    def after(self, number: int) -> BlockState:
        """The state after one block."""
        if number >= self.height:
            return self._newest
        found = self._earlier.pop(number, None)
        self._earlier[number] = found = found or self._opened(number)
        if len(self._earlier) > EARLIER:
            del self._earlier[next(iter(self._earlier))]
        return found

    def get(self, key: bytes, at: int | None = None) -> bytes | None:
        """See `Base`."""
        return self.after(self.height if at is None else at).get(key)

    def keys(
        self, prefix: bytes = b"", at: int | None = None, after: bytes | None = None
    ) -> Iterator[bytes]:
        """See `Base`."""
        return self.after(self.height if at is None else at).keys(prefix, None, after)

    def changes(self, number: int) -> Mapping[bytes, bytes | None]:
        """See `Base`: no node tells what its blocks changed; they have to be run again for that."""
        raise ForkError(
            f"block {number} was made by the other chain, which does not tell what it changed"
        )

    def fetch(self, keys: Sequence[bytes]) -> None:
        """Have these keys of the newest state at hand, in as few questions as there can be."""
        self._newest.values(keys)

    def over(self, key: bytes, numbers: Iterable[int]) -> dict[int, bytes | None]:
        """The value of one key after each of some blocks, asked for at once."""
        numbers = list(numbers)
        self.blocks.fetch_hashes(numbers)
        kept = {number: self._kept.state(self._hash(number)) for number in numbers}
        missing = [number for number in numbers if kept[number].find(key) is None]
        told = self.node.ask_all(
            [("state_getStorage", ("0x" + key.hex(), self._told(number))) for number in missing]
        )
        for number, value in zip(missing, told, strict=True):
            kept[number].put([(key, None if value is None else bytes.fromhex(value[2:]))])
        return {number: (kept[number].find(key) or (None,))[0] for number in numbers}

    def runtime_at(self, number: int) -> tuple[str, int]:
        """Name and version of the runtime in the state after a block: that of the next block."""
        told = json.loads(self._text(f"version {number}", "state_getRuntimeVersion", number))
        return told["specName"], told["specVersion"]

    def commits_to_changes(self) -> bool:
        """Whether the other node is one of ours: its state roots commit to what blocks changed.

        A true Subtensor's commit to all that there is, which cannot be had.
        """
        try:
            size = json.loads(self._text("code size", "state_getStorageSize", self.height, CODE))
        except MethodMissing:  # ours have it
            return False
        return bool(size == METADATA_HASH)

    def metadata_at(self, number: int) -> Metadata:
        """The metadata of that runtime. Raises `ForkError` for one that cannot be read."""
        name = "metadata {} {}".format(*self.runtime_at(number))
        raw = bytes.fromhex(json.loads(self._text(name, "state_getMetadata", number))[2:])
        try:
            return Metadata.decode(raw)
        except DecodeError as error:
            raise ForkError(f"the other chain's metadata cannot be read: {error}") from error

    def _text(self, name: str, method: str, number: int, *params: str) -> str:
        """An answer about the state after a block, as JSON."""
        kept = self._kept.text(name)
        if kept is None:
            kept = json.dumps(self.node.ask(method, *params, self.after(number).hash))
            self._kept.put_text(name, kept)
        return kept

    def _hash(self, number: int) -> bytes:
        hash = self.blocks.hash_of(number)
        if hash is None:
            raise ForkError(f"the other node has no block {number}")
        return hash

    def _told(self, number: int) -> str:
        return "0x" + self._hash(number).hex()

    def _opened(self, number: int) -> BlockState:
        return BlockState(
            self.node,
            number,
            self._told(number),
            self._kept.state(self._hash(number)),
            sizes=self._sizes,
            whole=number == self.height,
        )


def remote_of(state: Base) -> RemoteState | None:
    """The other node's state that a history or a store lies on; None for a chain of our own."""
    layer: Any = state
    while layer is not None and not isinstance(layer, RemoteState):
        layer = getattr(layer, "base", None) or getattr(layer, "below", None)
    return layer

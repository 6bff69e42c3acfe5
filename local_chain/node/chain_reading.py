"""What can be asked of a chain: its blocks, its state, and the runtime over both.

Owns looking things up by block hash. Does not own how they come to be (`node.chain`). A block is
named by its hash, None is the head; an unknown one raises `UnknownBlock`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from taokit.local_chain.errors import UnknownBlock
from taokit.local_chain.node.block_history import BlockHistory
from taokit.local_chain.node.header import Block, BlockRef, Header
from taokit.local_chain.node.outside import Outside
from taokit.local_chain.node.runtime_protocol import Runtime, RuntimeState

if TYPE_CHECKING:
    from taokit.local_chain.state.history import History

__all__ = ["ChainReading"]

EARLIER_RUNTIMES = 4
"""Runtimes over earlier blocks that are kept: who asks about a block asks more than once."""


class ChainReading:
    """The chain as it is read; the node's chain adds how it grows."""

    _blocks: BlockHistory
    _state: RuntimeState
    _runtime: Runtime
    _earlier: dict[int, Runtime]
    _version: dict[str, Any]
    _finalized: int
    _outside: dict[int, bytes]

    # -- blocks ----------------------------------------------------------------------------

    @property
    def genesis_hash(self) -> bytes:
        """Hash of block 0."""
        return self._blocks.ref(0).hash

    @property
    def head(self) -> BlockRef:
        """The newest block."""
        return self._blocks.head.header.ref

    @property
    def finalized(self) -> BlockRef:
        """The newest final block."""
        return self._blocks.ref(self._finalized)

    def block(self, hash: bytes | None = None) -> Block | None:
        """The block of this hash (the head for None), or None."""
        return self._blocks.head if hash is None else self._blocks.by_hash(hash)

    def header(self, hash: bytes | None = None) -> Header | None:
        """The header of this block (the head's for None), or None."""
        block = self.block(hash)
        return block.header if block else None

    def block_hash(self, number: int) -> bytes | None:
        """The hash of block `number`, or None."""
        return self._blocks.hash_of(number)

    def before(self, number: int) -> int:
        """The number of the newest block below `number`: not always one less, see `leap`."""
        return self._blocks.before(number)

    def at_or_before(self, number: int) -> int:
        """The number of the newest block up to `number`."""
        return number if self._blocks.hash_of(number) else self._blocks.before(number)

    # -- state -----------------------------------------------------------------------------

    def storage(self, key: bytes, at: bytes | None = None) -> bytes | None:
        """The raw value of `key` after block `at` (the head for None). Raises `UnknownBlock`."""
        return self._state.raw_get(key, self._blocks.number_of(at))

    def storage_keys(self, prefix: bytes, at: bytes | None = None) -> list[bytes]:
        """Every key under `prefix`, in byte order."""
        return self._state.raw_keys(prefix, None, None, self._blocks.number_of(at))

    def storage_keys_paged(
        self, prefix: bytes, count: int, start_key: bytes | None = None, at: bytes | None = None
    ) -> list[bytes]:
        """Up to `count` keys under `prefix` that come after `start_key`, in byte order."""
        return self._state.raw_keys(prefix, start_key, count, self._blocks.number_of(at))

    def call(self, method: str, data: bytes = b"", at: bytes | None = None) -> bytes:
        """Run a runtime API method (`Trait_method`) over the state after block `at`."""
        return self.runtime_at(at).call(method, data)

    def runtime_at(self, at: bytes | None = None) -> Runtime:
        """A read-only runtime over the state after block `at`."""
        number = self._blocks.number_of(at)
        runtime = self._earlier.get(number)
        if runtime is None or number == self.head.number:
            runtime = self._runtime.at(number)
        if number != self.head.number:
            self._keep(number, runtime)
        block = self._blocks.at(number)
        assert block is not None
        runtime.head_hash, runtime.head_root = block.header.hash, block.header.state_root
        return runtime

    def _keep(self, number: int, runtime: Runtime) -> None:
        earlier = self._earlier
        earlier.pop(number, None)
        earlier[number] = runtime
        if len(earlier) > EARLIER_RUNTIMES:
            del earlier[next(iter(earlier))]

    def runtime_version(self, at: bytes | None = None) -> dict[str, Any]:
        """`RuntimeVersion` in its JSON form."""
        self._blocks.number_of(at)
        return self._version

    def metadata(self, version: int = 14, at: bytes | None = None) -> bytes | None:
        """Metadata of this version, beginning with `meta`; None if it is not offered."""
        self._blocks.number_of(at)
        return self._runtime.metadata(version)

    def outside(self, number: int) -> Outside:
        """What came into block `number` by no extrinsic.

        Of blocks that were kept by an earlier version, or made by another node, that is not known.
        """
        packed = self._outside.get(number)
        return self._blocks.outside(number) if packed is None else Outside.unpack(packed, number)

    def _note_outside(self, number: int, outside: Outside) -> None:
        if outside:
            self._outside[number] = outside.pack(number)

    @property
    def whole(self) -> tuple[History, BlockHistory]:
        """Every state and every block that there is."""
        return self._state.history, self._blocks

    def require_block(self, hash: bytes | None) -> Block:
        """The block of this hash (the head for None). Raises `UnknownBlock`."""
        block = self.block(hash)
        if block is None:
            raise UnknownBlock("0x" + (hash or b"").hex())
        return block

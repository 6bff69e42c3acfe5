"""The reading half of a client: blocks, storage, runtime calls, subscriptions.

Owns which block and runtime a read is about. Does not own connecting and sending (``client``),
nor how storage is read (``storage``).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from taokit.chain_client import pinning, runtime_loading, storage
from taokit.chain_client.blocks import BlockRef, BlockSelector, Header
from taokit.chain_client.errors import NotFound
from taokit.chain_client.networks import Network
from taokit.chain_client.runtime import Runtime
from taokit.chain_client.storage import PAGE_SIZE, StorageChange, StorageKey
from taokit.chain_client.streams import Stream
from taokit.chain_client.transport.base import Transport

if TYPE_CHECKING:
    from taokit.chain_client.extrinsics.decoding import Extrinsic
    from taokit.chain_client.extrinsics.events import Event
    from taokit.chain_client.extrinsics.receipt import BlockContent

__all__ = ["ChainView"]

_KEPT_BLOCKS: Final = 32


class ChainView:
    """Everything that can be read from a connected chain. See :class:`ChainClient`."""

    def __init__(self, transport: Transport, runtime: Runtime, network: Network) -> None:
        self.transport = transport
        self.runtime = runtime
        """The runtime of the best block when it was last looked at."""
        self.network = network
        self._contents: OrderedDict[str, asyncio.Task[BlockContent]] = OrderedDict()

    # -- blocks -----------------------------------------------------------------------------------

    @asynccontextmanager
    async def at(self, block: BlockSelector = "head") -> AsyncIterator[BlockRef]:
        """Make every read inside, in this task and those it starts, one of ``block``.

        Types are those of the runtime that the block had. Raises :class:`NotFound` for a block the
        chain does not have.
        """
        pin = await self.pin_for(block)
        token = pinning.pin(self, pin)
        try:
            yield pin.block
        finally:
            pinning.unpin(token)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[BlockRef]:
        """Make the reads inside agree: all of one block, the pinned one or else the best now."""
        pin = pinning.pinned(self)
        if pin is not None:
            yield pin.block
            return
        async with self.at("head") as block:
            yield block

    async def pin_for(self, block: BlockSelector) -> pinning.Pin:
        """The block and its runtime, for :meth:`at`."""
        if block == "head":
            pin = await self._pin_head()
            if pin is not None:
                return pin
        hash_ = await self._hash_of(block)
        loading = asyncio.ensure_future(
            runtime_loading.load_runtime(self.transport, self.runtime.genesis_hash, hash_)
        )
        try:
            ref = await self._ref(block, hash_)  # first: that there is no such block says more
            return pinning.Pin(ref, await loading)
        finally:
            loading.cancel()
            await asyncio.wait([loading])

    async def _pin_head(self) -> pinning.Pin | None:
        """The best block in one round trip; ``None`` if the chain has another runtime by now.

        The runtime that is loaded was the best block's before this is asked. If it still is, then
        it is that of any block that was best in between, the one in the answer included.
        """
        before = self.runtime
        found, now = await asyncio.gather(
            self.transport.send("chain_getHeader"),
            runtime_loading.load_runtime(self.transport, before.genesis_hash),
        )
        if now is not before or found is None:
            return None
        return pinning.Pin(Header.from_json(found).ref, now)

    async def block_ref(self, block: BlockSelector = "head") -> BlockRef:
        """Number and hash of a block. Raises :class:`NotFound`."""
        return await self._ref(block, await self._hash_of(block))

    async def _hash_of(self, block: BlockSelector) -> str:
        if isinstance(block, BlockRef):
            return block.hash
        if isinstance(block, int):
            found = await self.transport.send("chain_getBlockHash", [block])
            if found is None:
                raise NotFound(kind="block", name=block)
            return str(found)
        asked = {"finalized": "chain_getFinalizedHead", "head": "chain_getHead"}.get(block)
        return block if asked is None else str(await self.transport.send(asked))

    async def _ref(self, block: BlockSelector, hash_: str) -> BlockRef:
        if isinstance(block, BlockRef):
            return block
        if isinstance(block, int):
            return BlockRef(block, hash_)
        return BlockRef((await self.header(hash_)).number, hash_)

    async def header(self, block_hash: str) -> Header:
        """The header of a block. Raises :class:`NotFound`."""
        found = await self.transport.send("chain_getHeader", [block_hash])
        if found is None:
            raise NotFound(kind="block", name=block_hash)
        return Header.from_json(found)

    async def heads(self, *, finalized: bool = False) -> Stream[Header]:
        """The head now, then each new one (best or finalized), until closed."""
        kind = "Finalized" if finalized else "New"
        subscription = await self.transport.subscribe(
            f"chain_subscribe{kind}Heads", [], f"chain_unsubscribe{kind}Heads"
        )
        return Stream(subscription, Header.from_json)

    async def wait_for_block(self, number: int) -> BlockRef:
        """Wait until the best block is ``number`` or later; that block."""
        async with await self.heads() as heads:
            async for head in heads:
                if head.number >= number:
                    return head.ref
        raise NotFound(kind="block", name=number)

    async def content(self, block: BlockSelector = "head") -> BlockContent:
        """The extrinsics (as bytes) and events of a block."""
        hash_ = await self._hash_of(block)
        task = self._contents.get(hash_)
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = self._contents[hash_] = asyncio.ensure_future(self._read_content(hash_))
            while len(self._contents) > _KEPT_BLOCKS:
                self._contents.popitem(last=False)
        return await asyncio.shield(task)

    async def extrinsics(self, block: BlockSelector = "head") -> tuple[Extrinsic, ...]:
        """The decoded extrinsics of a block."""
        from taokit.chain_client.extrinsics.decoding import decode_extrinsic

        async with self.at(block) as ref:
            content, runtime = await self.content(ref), self._where()[0]
        return tuple(
            decode_extrinsic(runtime, raw, index) for index, raw in enumerate(content.extrinsics)
        )

    async def events(self, block: BlockSelector = "head") -> tuple[Event, ...]:
        """The events of a block, in order."""
        async with self.at(block) as ref:
            return (await self.content(ref)).events

    def _forget_contents(self) -> None:
        for task in self._contents.values():
            task.cancel()
        self._contents.clear()

    async def _read_content(self, hash_: str) -> BlockContent:
        from taokit.chain_client.extrinsics.receipt import BlockContent

        runtime = self._where()[0]
        key = "0x" + runtime.storage("System", "Events").key().hex()
        block, events = await asyncio.gather(
            self.transport.send("chain_getBlock", [hash_]),
            self.transport.send("state_getStorage", [key, hash_]),
        )
        if block is None:
            raise NotFound(kind="block", name=hash_)
        ref = BlockRef(int(block["block"]["header"]["number"], 16), hash_)
        raw = bytes.fromhex(events[2:]) if events else None
        return BlockContent.decode(runtime, ref, block["block"]["extrinsics"], raw)

    # -- reads ------------------------------------------------------------------------------------

    def _where(self) -> tuple[Runtime, str | None]:
        pin = pinning.pinned(self)
        return (self.runtime, None) if pin is None else (pin.runtime, pin.block.hash)

    async def query(self, pallet: str, item: str, *keys: Any) -> Any:
        """A storage value; its default, or ``None`` for an optional one, where nothing is set."""
        runtime, at = self._where()
        return await storage.read_value(self.transport, runtime, at, StorageKey(pallet, item, keys))

    async def query_many(self, keys: Sequence[StorageKey | tuple[Any, ...]]) -> list[Any]:
        """Several values of one block at once; each key is ``(pallet, item, *keys)``."""
        runtime, at = self._where()
        return await storage.read_many(self.transport, runtime, at, [_storage_key(k) for k in keys])

    async def entries(
        self, pallet: str, item: str, *prefix: Any, page_size: int = PAGE_SIZE
    ) -> AsyncIterator[tuple[Any, Any]]:
        """Every entry of a map, as ``(key, value)`` in raw key order, all of one block.

        ``prefix`` fixes the first keys. The key is what is left of it: one value, or a tuple.
        """
        runtime, at = self._where()
        if at is None:
            at = await self.transport.send("chain_getHead")
        key = StorageKey(pallet, item, prefix)
        async for entry in storage.read_map(self.transport, runtime, at, key, page_size):
            yield entry

    async def query_map(self, pallet: str, item: str, *prefix: Any) -> list[tuple[Any, Any]]:
        """:meth:`entries`, collected."""
        return [entry async for entry in self.entries(pallet, item, *prefix)]

    async def watch(self, *keys: StorageKey | tuple[Any, ...]) -> Stream[StorageChange]:
        """The values of ``keys`` now and at each change; each is ``(pallet, item, *keys)``."""
        return await storage.watch(self.transport, self.runtime, [_storage_key(k) for k in keys])

    def constant(self, pallet: str, name: str) -> Any:
        """The value of a constant."""
        return self._where()[0].constant(pallet, name)

    async def runtime_call(self, api: str, method: str, *args: Any) -> Any:
        """Call a runtime API: ``runtime_call("SwapRuntimeApi", "current_alpha_price", 1)``."""
        from taokit.chain_client.runtime_calls import call_runtime

        runtime, at = self._where()
        return await call_runtime(self.transport, runtime, at, api, method, args)


def _storage_key(key: StorageKey | tuple[Any, ...]) -> StorageKey:
    return key if isinstance(key, StorageKey) else StorageKey(key[0], key[1], tuple(key[2:]))

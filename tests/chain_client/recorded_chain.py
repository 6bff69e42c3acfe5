"""A small chain for the client's tests: real metadata, scripted state, blocks made by hand.

It answers JSON-RPC as text and holds raw state under raw keys, so the client has to get every
key, type and frame right. It executes nothing: a test says what each block contains.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from taokit.chain_client.blocks import Header
from taokit.chain_client.metadata import Metadata

METADATA_V15 = Path(__file__).parents[1] / "data" / "finney-424" / "metadata-v15.scale"
ZERO = "0x" + bytes(32).hex()


@functools.cache
def metadata_bytes() -> bytes:
    return METADATA_V15.read_bytes()


@functools.cache
def metadata() -> Metadata:
    return Metadata.decode(metadata_bytes())


def blake2(raw: bytes) -> str:
    return "0x" + hashlib.blake2b(raw, digest_size=32).hexdigest()


class Refusal(Exception):
    def __init__(self, code: int, message: str, data: Any = None) -> None:
        self.error = {"code": code, "message": message, "data": data}


@dataclass
class RecordedBlock:
    header: dict[str, Any]
    hash: str
    extrinsics: list[str]
    state: dict[bytes, bytes]


@dataclass
class RecordedChain:
    """Its attributes are the script; see ``seal`` and ``set``."""

    spec_version: int = 424
    genesis_salt: bytes = bytes(32)
    code: bytes = b"the runtime"
    state: dict[bytes, bytes] = field(default_factory=dict)
    blocks: list[RecordedBlock] = field(default_factory=list)
    api: dict[str, Callable[[bytes], bytes]] = field(default_factory=dict)
    overrides: dict[str, Callable[..., Any]] = field(default_factory=dict)
    next_index: dict[str, int] = field(default_factory=dict)
    pool: list[bytes] = field(default_factory=list)
    asked: list[tuple[str, list[Any]]] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    statuses_on_submit: tuple[Any, ...] = ("ready",)
    finality_lag: int = 0

    def __post_init__(self) -> None:
        self.state[b":code"] = self.code
        self.seal()

    # -- script -----------------------------------------------------------------------------------

    def set(self, pallet: str, item: str, *keys: Any, value: Any) -> None:
        entry = metadata().pallets[pallet].storage[item]
        self.state[entry.key(*keys)] = entry.encode(value)

    def answer(self, api: str, method: str, value: Any) -> None:
        """Let a runtime API return ``value``, or what ``value(argument bytes)`` says."""
        output = metadata().types.codec(metadata().apis[api].methods[method].output)
        self.api[f"{api}_{method}"] = lambda data: output.encode(
            value(data) if callable(value) else value
        )

    def seal(
        self, extrinsics: Iterable[bytes] = (), events: Iterable[tuple[int | None, Any]] = ()
    ) -> RecordedBlock:
        """A new best block; ``events`` are (extrinsic index or None, event value)."""
        included = list(extrinsics)
        records = [
            {
                "phase": "Finalization" if index is None else {"ApplyExtrinsic": index},
                "event": event,
                "topics": [],
            }
            for index, event in events
        ]
        self.set("System", "Events", value=records)
        parent = self.blocks[-1].hash if self.blocks else ZERO
        salt = self.genesis_salt if not self.blocks else bytes(32)
        header = {
            "parentHash": parent,
            "number": hex(len(self.blocks)),
            "stateRoot": blake2(repr(sorted(self.state.items())).encode() + salt),
            "extrinsicsRoot": blake2(b"".join(included)),
            "digest": {"logs": ["0x066175726120" + "00" * 8]},
        }
        hash_ = Header.from_json(header).hash
        block = RecordedBlock(
            header, hash_, ["0x" + raw.hex() for raw in included], dict(self.state)
        )
        self.blocks.append(block)
        for raw in included:
            if raw in self.pool:
                self.pool.remove(raw)
        for session in self.sessions:
            session.new_block(block, included)
        return block

    @property
    def head(self) -> RecordedBlock:
        return self.blocks[-1]

    @property
    def finalized(self) -> RecordedBlock:
        return self.blocks[max(0, len(self.blocks) - 1 - self.finality_lag)]

    def count(self, method: str) -> int:
        return sum(1 for asked, _ in self.asked if asked == method)

    # -- Handler ----------------------------------------------------------------------------------

    def open(self, send: Callable[[str], None]) -> Session:
        session = Session(self, send)
        self.sessions.append(session)
        return session

    def block(self, hash_: str | None) -> RecordedBlock:
        if hash_ is None:
            return self.head
        for block in self.blocks:
            if block.hash == hash_:
                return block
        raise Refusal(4003, f"Client error: UnknownBlock: Header was not found: {hash_}")


@dataclass
class Session:
    chain: RecordedChain
    send: Callable[[str], None]
    streams: dict[str, tuple[str, Any]] = field(default_factory=dict)
    closed: bool = False

    async def handle(self, message: str) -> None:
        request = json.loads(message)
        method, params = request["method"], request["params"]
        self.chain.asked.append((method, params))
        answer: dict[str, Any] = {"jsonrpc": "2.0", "id": request["id"]}
        after: list[Callable[[], None]] = []
        try:
            override = self.chain.overrides.get(method)
            handler = override or getattr(self, method, None)
            if handler is None:
                raise Refusal(-32601, "Method not found")
            answer["result"] = handler(*params) if override else handler(*params, after=after)
        except Refusal as refusal:
            answer["error"] = refusal.error
        self.send(json.dumps(answer))
        for action in after:
            action()

    def close(self) -> None:
        self.closed = True
        self.chain.sessions.remove(self)

    def notify(self, method: str, stream: str, result: Any) -> None:
        params = {"subscription": stream, "result": result}
        self.send(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}))

    def _stream(self, kind: str, about: Any = None) -> str:
        name = f"0x{len(self.streams) + 1:032x}"
        self.streams[name] = (kind, about)
        return name

    def new_block(self, block: RecordedBlock, included: list[bytes]) -> None:
        for name, (kind, about) in list(self.streams.items()):
            if kind == "head":
                self.notify("chain_newHead", name, block.header)
            elif kind == "finalized":
                self.notify("chain_finalizedHead", name, self.chain.finalized.header)
            elif kind == "storage":
                before = self.chain.blocks[-2].state
                changes = [
                    [key, _hex(block.state.get(_raw(key)))]
                    for key in about
                    if before.get(_raw(key)) != block.state.get(_raw(key))
                ]
                if changes:
                    self.notify("state_storage", name, {"block": block.hash, "changes": changes})
            elif kind == "extrinsic" and about in included:
                self.notify("author_extrinsicUpdate", name, {"inBlock": block.hash})
                self.notify("author_extrinsicUpdate", name, {"finalized": block.hash})

    # -- methods ----------------------------------------------------------------------------------

    def chain_getBlockHash(self, number: int, after: Any) -> str | None:
        return self.chain.blocks[number].hash if number < len(self.chain.blocks) else None

    def chain_getHead(self, after: Any) -> str:
        return self.chain.head.hash

    def chain_getFinalizedHead(self, after: Any) -> str:
        return self.chain.finalized.hash

    def chain_getHeader(self, hash_: str | None = None, *, after: Any) -> Any:
        if hash_ is None:
            return self.chain.head.header
        found = [block for block in self.chain.blocks if block.hash == hash_]
        return found[0].header if found else None

    def chain_getBlock(self, hash_: str, after: Any) -> Any:
        block = self.chain.block(hash_)
        body = {"header": block.header, "extrinsics": block.extrinsics}
        return {"block": body, "justifications": None}

    def chain_subscribeNewHeads(self, after: Any) -> str:
        name = self._stream("head")
        after.append(lambda: self.notify("chain_newHead", name, self.chain.head.header))
        return name

    def chain_subscribeFinalizedHeads(self, after: Any) -> str:
        name = self._stream("finalized")
        after.append(lambda: self.notify("chain_finalizedHead", name, self.chain.finalized.header))
        return name

    def _unsubscribe(self, name: str, after: Any) -> bool:
        return self.streams.pop(name, None) is not None

    chain_unsubscribeNewHeads = chain_unsubscribeFinalizedHeads = _unsubscribe
    state_unsubscribeStorage = author_unwatchExtrinsic = _unsubscribe

    def state_getRuntimeVersion(self, hash_: str | None = None, *, after: Any) -> Any:
        self.chain.block(hash_)
        return {
            "specName": "node-subtensor",
            "specVersion": self.chain.spec_version,
            "transactionVersion": 1,
        }

    def state_getStorageHash(self, key: str, hash_: str | None = None, *, after: Any) -> Any:
        found = self.chain.block(hash_).state.get(_raw(key))
        return None if found is None else blake2(found)

    def state_getStorage(self, key: str, hash_: str | None = None, *, after: Any) -> Any:
        return _hex(self.chain.block(hash_).state.get(_raw(key)))

    def state_queryStorageAt(self, keys: list[str], hash_: str | None = None, *, after: Any) -> Any:
        block = self.chain.block(hash_)
        changes = [[key, _hex(block.state.get(_raw(key)))] for key in keys]
        return [{"block": block.hash, "changes": changes}]

    def state_getKeysPaged(
        self, prefix: str, count: int, start: str, hash_: str | None = None, *, after: Any
    ) -> list[str]:
        found = sorted(
            "0x" + key.hex()
            for key in self.chain.block(hash_).state
            if key.startswith(_raw(prefix)) and key > _raw(start)
        )
        return found[:count]

    def state_subscribeStorage(self, keys: list[str], after: Any) -> str:
        name = self._stream("storage", keys)
        state = self.chain.head.state
        changes = [[key, _hex(state.get(_raw(key)))] for key in keys]
        first = {"block": self.chain.head.hash, "changes": changes}
        after.append(lambda: self.notify("state_storage", name, first))
        return name

    def state_getMetadata(self, hash_: str | None = None, *, after: Any) -> str:
        return "0x" + METADATA_V15.with_name("metadata-v14.scale").read_bytes().hex()

    def state_call(self, method: str, data: str, hash_: str | None = None, *, after: Any) -> str:
        self.chain.block(hash_)
        argument = _raw(data)
        if method in self.chain.api:
            return "0x" + self.chain.api[method](argument).hex()
        if method == "Metadata_metadata_at_version":
            if argument != (15).to_bytes(4, "little"):
                return "0x00"
            raw = metadata_bytes()
            length = (len(raw) << 2 | 2).to_bytes(4, "little")
            return "0x01" + length.hex() + raw.hex()
        raise Refusal(
            4003,
            f"Client error: Execution failed: Other: Exported method {method} is not found",
        )

    def account_nextIndex(self, address: str, after: Any) -> int:
        return self.chain.next_index.get(address, 0)

    def author_submitExtrinsic(self, raw: str, after: Any) -> str:
        self.chain.pool.append(_raw(raw))
        return blake2(_raw(raw))

    def author_submitAndWatchExtrinsic(self, raw: str, after: Any) -> str:
        self.chain.pool.append(_raw(raw))
        name = self._stream("extrinsic", _raw(raw))
        for status in self.chain.statuses_on_submit:
            after.append(lambda s=status: self.notify("author_extrinsicUpdate", name, s))
        return name


def _raw(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _hex(raw: bytes | None) -> str | None:
    return None if raw is None else "0x" + raw.hex()

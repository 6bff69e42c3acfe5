"""Finding out which runtime a node runs, and getting its metadata.

Owns the requests for that and their order: cache of this process, cache on disk, then the newest
metadata version that both sides know (V16 or V15 through the runtime, V14 from the node).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

from taokit.chain_client import runtime_cache
from taokit.chain_client.errors import BadAnswer, CodecError, MetadataError, RpcError
from taokit.chain_client.runtime import Runtime
from taokit.chain_client.runtime_cache import RuntimeKey
from taokit.chain_client.transport.base import Transport

if TYPE_CHECKING:
    from taokit.chain_client.metadata import Metadata

__all__ = ["fetch_metadata", "genesis_hash", "load_runtime"]

_CODE_KEY: Final = "0x" + b":code".hex()
_VERSIONS: Final = (15, 16)
"""Asked for in this order. V16 says nothing more that the client needs, and is larger."""

_in_process: OrderedDict[RuntimeKey, Runtime] = OrderedDict()
_KEPT: Final = 8


async def genesis_hash(transport: Transport) -> str:
    """The hash of block 0, which names the chain."""
    answer = await transport.send("chain_getBlockHash", [0])
    if not isinstance(answer, str):
        raise BadAnswer(url=transport.url, what=f"{answer!r} as the hash of block 0")
    return answer


async def load_runtime(
    transport: Transport, genesis: str | None = None, at: str | None = None
) -> Runtime:
    """The runtime at block hash ``at`` (the best head if ``None``).

    One round trip when the metadata is cached. Raises :class:`StateUnavailable` for an unknown
    or discarded block.
    """
    where = [] if at is None else [at]
    named, version, code_hash = await asyncio.gather(
        genesis_hash(transport) if genesis is None else _known(genesis),
        transport.send("state_getRuntimeVersion", where),
        _code_hash(transport, where),
    )
    try:
        key = RuntimeKey(named, int(version["specVersion"]), code_hash)
        spec_name, transaction_version = version["specName"], int(version["transactionVersion"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadAnswer(url=transport.url, what=f"a runtime version without {error}") from error
    if key not in _in_process:
        metadata = _from_disk(key)
        if metadata is None:
            metadata = _decoded(await _fetch(transport, where))
            runtime_cache.store(key, metadata.to_cache())
        _keep(Runtime(key, spec_name, transaction_version, metadata))
    _in_process.move_to_end(key)
    return _in_process[key]


async def fetch_metadata(transport: Transport) -> bytes:
    """The metadata of the best block as the chain encodes it, for whoever takes it elsewhere."""
    return await _fetch(transport, [])


def _keep(runtime: Runtime) -> None:
    _in_process[runtime.key] = runtime
    while len(_in_process) > _KEPT:
        _in_process.popitem(last=False)


def _from_disk(key: RuntimeKey) -> Metadata | None:
    from taokit.chain_client.metadata import Metadata

    cached = runtime_cache.load(key)
    if cached is None:
        return None
    try:
        return Metadata.from_cache(cached)
    except (MetadataError, CodecError):
        return None  # written by another release: fetched and written anew


def _decoded(raw: bytes) -> Metadata:
    from taokit.chain_client.metadata import Metadata

    return Metadata.decode(raw)


async def _known(genesis: str) -> str:
    return genesis


async def _code_hash(transport: Transport, where: list[str]) -> str:
    try:
        answer = await transport.send("state_getStorageHash", [_CODE_KEY, *where])
    except RpcError as error:
        if error.code == "state_unavailable":
            raise
        return ""  # the node does not offer it: the spec version alone must do
    return answer if isinstance(answer, str) else ""


async def _fetch(transport: Transport, where: list[str]) -> bytes:
    for version in _VERSIONS:
        argument = "0x" + version.to_bytes(4, "little").hex()
        try:
            answer = await transport.send(
                "state_call", ["Metadata_metadata_at_version", argument, *where]
            )
        except RpcError as error:
            if "not found" in error.text:
                break
            raise
        raw = _bytes(transport, answer)
        if raw[:1] == b"\x01":  # Some(OpaqueMetadata)
            return raw[1:]
    return _bytes(transport, await transport.send("state_getMetadata", where))


def _bytes(transport: Transport, answer: Any) -> bytes:
    try:
        return bytes.fromhex(answer.removeprefix("0x"))
    except (AttributeError, ValueError) as error:
        raise BadAnswer(url=transport.url, what="metadata that is not hex") from error

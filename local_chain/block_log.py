"""A chain's transactions and turns, written to Python's log as they happen.

Owns what is worth a line: blocks with signed extrinsics, blocks that were slow, going back. Empty
blocks are not. Nothing is decoded unless somebody listens at level INFO. Each record has its facts
as data beside the text, under ``facts``.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, cast

from taokit.chain_client.errors import DecodeError
from taokit.local_chain.frame.errors import Invalid, ModuleError
from taokit.local_chain.frame.types import Phase
from taokit.wallet.ss58 import encode as address_of

if TYPE_CHECKING:
    from taokit.local_chain.node.chain import NodeChain
    from taokit.local_chain.node.header import Block
    from taokit.local_chain.runtime import Runtime

__all__ = ["BlockLog"]

_log = logging.getLogger("taokit.local_chain.blocks")

LISTED = 20
"""Extrinsics of one block that get a line of their own."""

SLOW_SECONDS = 1.0


class BlockLog:
    """Follows a chain from its making on."""

    def __init__(self, chain: NodeChain) -> None:
        self._chain = chain
        chain.on_new_block.add(self._note_block)
        chain.on_reverted.add(self._note_reverted)

    def _note_block(self, block: Block, _: object) -> None:
        if not _log.isEnabledFor(logging.INFO):
            return
        number, spent = block.header.number, self._chain.seal_seconds
        if spent > SLOW_SECONDS:
            facts = {"event": "slow_block", "block": number, "seconds": round(spent, 3)}
            _log.warning("block %d took %.1f s to make", number, spent, extra={"facts": facts})
        runtime = cast("Runtime", self._chain.runtime_at())
        failures: dict[int, str] | None = None
        signed = 0
        for index, encoded in enumerate(block.extrinsics):
            try:
                extrinsic = runtime.decode(encoded)
            except (DecodeError, Invalid):
                continue
            if extrinsic.signer is None:
                continue
            signed += 1
            if signed > LISTED:
                continue
            if failures is None:
                failures = _failures(runtime)
            call = f"{extrinsic.call.pallet.name}.{extrinsic.call.spec.name}"
            self._tell(number, index, address_of(extrinsic.signer), call, failures.get(index))
        if signed > LISTED:
            more = signed - LISTED
            facts = {"event": "more_extrinsics", "block": number, "count": more}
            _log.info("block %d: and %d more", number, more, extra={"facts": facts})

    def _tell(self, number: int, index: int, signer: str, call: str, error: str | None) -> None:
        facts = {
            "event": "extrinsic",
            "block": number,
            "index": index,
            "signer": signer,
            "call": call,
            "error": error,
        }
        ended = "ok" if error is None else f"failed: {error}"
        text = "block %d: %s by %s, %s"
        _log.info(text, number, call, signer, ended, extra={"facts": facts})

    def _note_reverted(self, head: Block, _: Collection[bytes]) -> None:
        number = head.header.number
        facts = {"event": "reverted", "block": number}
        _log.info("went back to block %d", number, extra={"facts": facts})


def _failures(runtime: Runtime) -> dict[int, str]:
    """What the extrinsics of the head failed of, by index."""
    failed = runtime.system.Event.ExtrinsicFailed
    return {
        record.phase.value: _name(record.event.values[0])
        for record in runtime.system.events.get()
        if record.event.spec is failed and isinstance(record.phase, Phase.ApplyExtrinsic)
    }


def _name(error: Any) -> str:
    if isinstance(error, ModuleError):
        return f"{error.pallet_name}.{error.name}"
    return str(getattr(error, "name", error))

"""What no chain lets anybody do: any storage, any signer, no limits, and pulses at will."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from taokit.local_chain.errors import LocalChainError
from taokit.local_chain.node.dev.part import DevPart
from taokit.local_chain.node.header import BlockRef, blake2_256
from taokit.local_chain.node.runtime_protocol import Changes

if TYPE_CHECKING:
    from taokit.local_chain.beacon import Injected, PulseWorker
    from taokit.local_chain.pallets.drand_types import Pulse
    from taokit.local_chain.switches import Switches

__all__ = ["Called", "CheatControl"]


@dataclass(frozen=True)
class Called:
    """A call that was made as somebody: its extrinsic, where it is, and why it failed if so."""

    hash: bytes
    block: BlockRef
    index: int
    error: str | None


class CheatControl(DevPart):
    """Bends the rules."""

    def set_storage(self, changes: Changes) -> BlockRef:
        """Write raw state, and seal it in the next block."""
        return self._chain.put_storage(changes)

    def set_values(self, values: Mapping[str, Any]) -> BlockRef:
        """Write storage by the names of pallet and item, and seal it in the next block.

        A value item's value is its value; a map's is a list of ``[keys, value]``. None deletes,
        ``"$removePrefix": [item, ...]`` empties items first. Raises `LocalChainError`.
        """
        return self._chain.put_storage(self._powers.typed_changes(values))

    @property
    def switches(self) -> Switches:
        """What of the chain's rules is switched off. A switch is the node's: no revert turns it."""
        return self._powers.switches

    @property
    def limits_ignored(self) -> bool:
        """Whether what is limited to once in so many blocks may be done at any time."""
        return self._lent is not None and self._lent.switches.rate_limits_ignored

    def impersonate(self, account: bytes | None) -> None:
        """Take whatever an account signs, whether it did or not, until `stop_impersonating`.

        For None: whatever anybody signs with the well known mock signature.
        """
        self.switches.impersonate(account)

    def stop_impersonating(self, account: bytes | None = None) -> None:
        """Ask for signatures again: an account's, or everybody's (None)."""
        self.switches.stop_impersonating(account)
        self._chain.revalidate_pool()

    def call_as(self, account: bytes, call: bytes) -> Called:
        """Make one call as an account, without a signature, in the next block.

        It is an extrinsic like any other: it pays its fee, and counts the account's nonce. Raises
        `PoolError` where it would be refused, `LocalChainError` if it was not included.
        """
        switches, chain = self.switches, self._chain
        extrinsic = self._powers.unsigned(account, call)
        chain.pool.forgive(blake2_256(extrinsic))  # it could not pay when it was tried before
        with switches.impersonating(account):
            hash = chain.submit(extrinsic)
            if extrinsic not in chain.require_block(None).extrinsics:  # a block came at once
                chain.seal()
        ref = chain.head
        body = chain.require_block(ref.hash).extrinsics
        if extrinsic not in body:
            chain.withdraw([hash])
            raise LocalChainError("the call was not included in the block")
        index = body.index(extrinsic)
        return Called(hash, ref, index, self._powers.outcome(ref.number, index))

    def ignore_rate_limits(self, ignored: bool) -> None:
        """Whether what is limited to once in so many blocks may be done at any time."""
        self.switches.rate_limits_ignored = ignored
        self._chain.revalidate_pool()

    def inject_pulses(self, pulses: Iterable[Pulse]) -> Injected:
        """Bring pulses of the beacon that the chain expects, and seal the blocks that take them.

        Raises `InvalidPulse`, and nothing is kept then. While SafeMode refuses pulses they wait.
        """
        worker = self._beacon
        injected = worker.hand_over(pulses)
        before = worker.waiting + 1
        while 0 < worker.waiting < before:
            before = worker.waiting
            self._chain.seal()
        return injected

    def drop_pulses(self, blocks: int | None) -> None:
        """Lose the pulses that the next blocks would bring; for None those of all blocks to come.

        They never come, as rounds only grow; 0 lets the ones after them come again.
        """
        self._beacon.silent_blocks = blocks

    @property
    def pulses_lost(self) -> bool:
        """Whether the pulses of the next block are lost."""
        return self._pulses is not None and self._pulses.silent_blocks != 0

    @property
    def _beacon(self) -> PulseWorker:
        if self._pulses is None:
            raise LocalChainError("this runtime has no beacon")
        return self._pulses

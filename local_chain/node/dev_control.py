"""What only a development chain can do: blocks on demand, money from nothing, time travel.

Owns the operations behind `taokit localnet mine|fund` and the `dev_*` RPC methods. Does not own
their wire names. A change of state always comes with a block, so that what was true at a block
hash stays true.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from taokit.chain_client.storage_keys import storage_prefix
from taokit.local_chain.errors import ClockError, LocalChainError
from taokit.local_chain.node.header import BlockRef
from taokit.local_chain.node.runtime_protocol import Changes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from taokit.local_chain.beacon import Injected, PulseWorker
    from taokit.local_chain.node.chain import NodeChain
    from taokit.local_chain.pallets.drand_types import Pulse

__all__ = ["DevControl", "Fund", "Grant"]

NETWORKS_ADDED = storage_prefix("SubtensorModule", "NetworksAdded")
NEXT_EPOCH = "SubnetInfoRuntimeApi_get_next_epoch_start_block"

Fund = Callable[[bytes, int], None]
"""Gives an account (32 bytes) that many rao out of nothing, in the unsealed state."""

Grant = Callable[[bytes, bytes, int, int], None]
"""Gives a staker (hotkey, coldkey, netuid, alpha in rao) stake out of nothing, likewise."""


class DevControl:
    """Development operations on one chain. All but the chain come with the runtime."""

    def __init__(
        self,
        chain: NodeChain,
        fund: Fund | None = None,
        pulses: PulseWorker | None = None,
        grant: Grant | None = None,
    ) -> None:
        self._chain = chain
        self._fund = fund
        self._grant = grant
        self._pulses = pulses
        self.dumper: Callable[[Path], int] | None = None
        """Writes the whole chain into a file; the node that keeps the chain sets it."""

    def mine(self, count: int = 1) -> list[BlockRef]:
        """Seal `count` blocks."""
        return self._chain.seal(count)

    def set_storage(self, changes: Changes) -> BlockRef:
        """Write raw state, and seal it in the next block."""
        return self._chain.put_storage(changes)

    def fund(self, account: bytes, rao: int) -> BlockRef:
        """Give an account `rao` more, and seal it in the next block."""
        if self._fund is None:
            raise LocalChainError("this runtime has no way to mint")
        self._fund(account, rao)
        ref = self._chain.seal()[0]
        self._chain.revalidate_pool()
        return ref

    def grant_stake(self, grants: Iterable[tuple[bytes, bytes, int, int]]) -> BlockRef:
        """Give stakers (hotkey, coldkey, netuid, alpha in rao) alpha, and seal it in one block.

        Raises `LocalChainError` for a hotkey that nobody owns, or a subnet that has no alpha.
        """
        if self._grant is None:
            raise LocalChainError("this runtime has no stake")
        for grant in grants:
            self._grant(*grant)
        ref = self._chain.seal()[0]
        self._chain.revalidate_pool()
        return ref

    def inject_pulses(self, pulses: Iterable[Pulse]) -> Injected:
        """Bring pulses of the beacon that the chain expects, and seal the blocks that take them.

        Raises `InvalidPulse`, and nothing is kept then. While SafeMode refuses pulses they wait.
        """
        if self._pulses is None:
            raise LocalChainError("this runtime has no beacon")
        injected = self._pulses.hand_over(pulses)
        before = self._pulses.waiting + 1
        while 0 < self._pulses.waiting < before:
            before = self._pulses.waiting
            self._chain.seal()
        return injected

    def dump(self, path: Path) -> int:
        """Write the whole chain into a file; its size in bytes. Raises `ChainStoreError`."""
        if self.dumper is None:
            raise LocalChainError("nothing here can write the chain into a file")
        return self.dumper(path)

    def next_epoch(self, netuid: int) -> int | None:
        """The block at which the subnet's next epoch is expected; None if it runs none."""
        if self._chain.storage(NETWORKS_ADDED + netuid.to_bytes(2, "little")) != b"\x01":
            return None
        answer = self._chain.call(NEXT_EPOCH, netuid.to_bytes(2, "little"))
        return int.from_bytes(answer[1:], "little") if answer[0] else None

    def run_epoch(self, netuid: int) -> int:
        """Seal blocks until the subnet's next epoch has run; the newest block's number.

        Where many subnets are due at once the runtime lets some wait: their blocks are sealed, too.
        """
        due = self.next_epoch(netuid)
        if due is None:
            raise LocalChainError(
                f"subnet {netuid} runs no epochs", hint="it does not exist, or its tempo is 0"
            )
        self._chain.seal(max(due - self._chain.head.number, 1))
        while self.next_epoch(netuid) == due:
            self._chain.seal()
        return self._chain.head.number

    def travel_to(self, time_ms: int) -> int:
        """Set the chain's clock forward; returns the timestamp of the block to come."""
        if time_ms < self._chain.next_timestamp_ms():
            raise ClockError(
                f"the next block is at {self._chain.next_timestamp_ms()} ms already, "
                f"which is after {time_ms} ms"
            )
        self._chain.clock.travel_to(time_ms)
        return self._chain.next_timestamp_ms()

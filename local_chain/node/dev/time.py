"""Time travel: by seconds, to a moment, by epochs, to a halving; and how fast time goes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from taokit.chain_client.storage_keys import storage_prefix
from taokit.local_chain.errors import ClockError, LocalChainError
from taokit.local_chain.node.dev.part import DevPart, Steps, done

if TYPE_CHECKING:
    from taokit.local_chain.node.dev.powers import Halving
    from taokit.local_chain.node.header import BlockRef

__all__ = ["TimeControl"]

NETWORKS_ADDED = storage_prefix("SubtensorModule", "NetworksAdded")
SETTLING = 16
"""Whole blocks at the end of a leap: the beacon's round lasts 12 blocks of 250 ms."""
NEXT_EPOCH = "SubnetInfoRuntimeApi_get_next_epoch_start_block"


class TimeControl(DevPart):
    """Moves the chain's clock, and the chain to where its schedule says."""

    def travel_to(self, time_ms: int) -> int:
        """Set the chain's clock forward; returns the timestamp of the block to come."""
        if time_ms < self._chain.next_timestamp_ms():
            raise ClockError(
                f"the next block is at {self._chain.next_timestamp_ms()} ms already, "
                f"which is after {time_ms} ms"
            )
        self._chain.clock.travel_to(time_ms)
        return self._chain.next_timestamp_ms()

    def travel(self, duration_ms: int) -> BlockRef:
        """Let so much time pass, and seal one block at its end."""
        self.travel_to(self._chain.next_timestamp_ms() + duration_ms)
        return self._chain.seal()[0]

    def set_next_timestamp(self, time_ms: int) -> None:
        """Let the next block carry exactly this timestamp, and the clock go on from there.

        Raises `ClockError` if that is too early: see `NodeChain.set_next_timestamp`.
        """
        self._chain.set_next_timestamp(time_ms)

    def set_rate(self, rate: float) -> None:
        """Let `rate` seconds of chain time pass in a second. Raises `ClockError`."""
        self._chain.clock.set_rate(rate)
        if self.sealer is not None:
            self.sealer.restart()

    def next_epoch(self, netuid: int) -> int | None:
        """The block at which the subnet's next epoch is expected; None if it runs none."""
        if self._chain.storage(NETWORKS_ADDED + netuid.to_bytes(2, "little")) != b"\x01":
            return None
        answer = self._chain.call(NEXT_EPOCH, netuid.to_bytes(2, "little"))
        return int.from_bytes(answer[1:], "little") if answer[0] else None

    def run_epoch(self, netuid: int, *, leap: bool = False) -> int:
        """Seal blocks until the subnet's next epoch has run; the newest block's number.

        Where many subnets are due at once the runtime lets some wait: their blocks are sealed, too.
        With `leap` blocks in which nothing happens are passed over: see `NodeChain.leap`.
        """
        done(self.running_epoch(netuid, leap=leap))
        return self._chain.head.number

    def running_epoch(self, netuid: int, *, leap: bool = False) -> Steps:
        """`run_epoch`, block by block."""
        due = self.next_epoch(netuid)
        if due is None:
            raise LocalChainError(
                f"subnet {netuid} runs no epochs", hint="it does not exist, or its tempo is 0"
            )
        make = partial(self._chain.leap, due) if leap else self._chain.seal
        make()
        while self._chain.head.number < due or self.next_epoch(netuid) == due:
            yield
            make()

    def leaping(self, target: int) -> Steps:
        """Come to block `target`, passing over those in which nothing happens.

        The last blocks are whole, so that what the node itself brings (the newest pulse, the keys
        of authors) is there as if all had been.
        """
        while self._chain.head.number < target - SETTLING:
            self._chain.leap(target - SETTLING)
            yield
        while self._chain.head.number < target:
            self._chain.seal()
            yield

    def to_halving(self) -> Halving:
        """Seal a block that emits half of what one emits now.

        Going there block by block would take years of them. Instead the issuance that decides
        (`SubtensorModule.TotalIssuance`) is set to where the next halving begins: no TAO is made,
        no balance changes, and neither does the clock.
        """
        halving = self._powers.halve()
        self._sealed()
        return halving

"""Money, stake and neurons out of nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from taokit.local_chain.node.dev.part import DevPart

if TYPE_CHECKING:
    from taokit.local_chain.node.dev.powers import Registered
    from taokit.local_chain.node.header import BlockRef

__all__ = ["MoneyControl"]

PURSE = 1_000_000_000_000
"""Rao of a coldkey whose neuron is registered out of nothing."""


class MoneyControl(DevPart):
    """Gives and takes; every method seals what it did in one block. Amounts are rao."""

    def fund(self, account: bytes, rao: int) -> BlockRef:
        """Give an account `rao` more, and seal it in the next block."""
        self._powers.fund(account, rao)
        return self._sealed()

    def set_balance(self, account: bytes, rao: int) -> BlockRef:
        """Make `rao` an account's free balance; less than the existential deposit is none."""
        self._powers.set_balance(account, rao)
        return self._sealed()

    def grant_stake(self, grants: Iterable[tuple[bytes, bytes, int, int]]) -> BlockRef:
        """Give stakers (hotkey, coldkey, netuid, alpha in rao) alpha, and seal it in one block.

        Raises `LocalChainError` for a hotkey that nobody owns, or a subnet that has no alpha.
        """
        for grant in grants:
            self._powers.grant(*grant)
        return self._sealed()

    def set_stake(self, hotkey: bytes, coldkey: bytes, netuid: int, amount: int) -> BlockRef:
        """Make that what a coldkey has staked to a hotkey: alpha, or TAO on subnet 0.

        No price moves, and no balance. Raises `LocalChainError` as `grant_stake` does.
        """
        self._powers.set_stake(hotkey, coldkey, netuid, amount)
        return self._sealed()

    def register(self, netuid: int, count: int, rao: int = PURSE) -> list[Registered]:
        """Seat `count` neurons of development keys; their coldkeys hold `rao` each.

        Nothing is paid, no price rises and no limit counts them. Where the subnet is full, whoever
        may be replaced is.
        """
        made = self._powers.register(netuid, count, rao)
        self._sealed()
        return made

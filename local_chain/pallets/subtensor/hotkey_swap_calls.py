"""The calls that put another hotkey in the place of one."""

from __future__ import annotations

from taokit.chain_client.scale import AccountId, Bool, Option
from taokit.local_chain.frame.call import PostDispatch, call
from taokit.local_chain.frame.origin import Origin, ensure_signed
from taokit.local_chain.frame.weight import weight
from taokit.local_chain.pallets.subtensor import hotkey_swap
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.types import NetUid


class HotkeySwapCalls(SubtensorBase):
    """Swaps of hotkeys, on a subnet or everywhere."""

    @call(70, weight=weight(1_242_038_000, 28_912, reads=182, writes=99))
    def swap_hotkey(
        self, origin: Origin, hotkey: AccountId, new_hotkey: AccountId, netuid: Option[NetUid]
    ) -> PostDispatch:
        """Give a hotkey's place, stake included, to another; on all subnets if none is named."""
        coldkey = ensure_signed(origin)
        use = hotkey_swap.swap(self, coldkey, hotkey, new_hotkey, netuid, keep_stake=False)
        return PostDispatch(use.weight)

    @call(72, weight=weight(275_300_000, reads=52, writes=35))
    def swap_hotkey_v2(
        self,
        origin: Origin,
        hotkey: AccountId,
        new_hotkey: AccountId,
        netuid: Option[NetUid],
        keep_stake: Bool,
    ) -> PostDispatch:
        """As `swap_hotkey`, but the stake may stay with the old hotkey."""
        coldkey = ensure_signed(origin)
        use = hotkey_swap.swap(self, coldkey, hotkey, new_hotkey, netuid, keep_stake=keep_stake)
        return PostDispatch(use.weight)

"""The calls that register hotkeys."""

from __future__ import annotations

from taokit.chain_client.scale import AccountId, Bytes, u64
from taokit.local_chain.frame.call import call
from taokit.local_chain.frame.origin import Origin
from taokit.local_chain.frame.weight import weight
from taokit.local_chain.pallets.subtensor import registration
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.types import NetUid


class RegistrationCalls(SubtensorBase):
    """Registering on subnets and on the root network."""

    @call(6, weight=weight(349_872_000, 6_148, reads=34, writes=29))
    def register(
        self,
        origin: Origin,
        netuid: NetUid,
        block_number: u64,
        nonce: u64,
        work: Bytes,
        hotkey: AccountId,
        coldkey: AccountId,
    ) -> None:
        """Register a hotkey. The work is no longer looked at: the signing coldkey pays the burn."""
        registration.register(self, origin, netuid, hotkey)

    @call(7, weight=weight(336_815_000, 6_148, reads=34, writes=29))
    def burned_register(self, origin: Origin, netuid: NetUid, hotkey: AccountId) -> None:
        """Register a hotkey on a subnet; the signing coldkey pays the subnet's burn."""
        registration.register(self, origin, netuid, hotkey)

    @call(134, weight=weight(354_200_000, reads=47, writes=40))
    def register_limit(
        self, origin: Origin, netuid: NetUid, hotkey: AccountId, limit_price: u64
    ) -> None:
        """Register a hotkey unless the burn has passed a limit (rao)."""
        registration.register_limit(self, origin, netuid, hotkey, limit_price)

    @call(62, weight=weight(103_934_000, 4_981, reads=19, writes=16))
    def root_register(self, origin: Origin, hotkey: AccountId) -> None:
        """Register a hotkey on the root network, free of charge."""
        registration.root_register(self, origin, hotkey)

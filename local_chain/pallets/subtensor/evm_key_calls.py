"""The call that ties an Ethereum address to a neuron."""

from __future__ import annotations

from typing import Literal

from taokit.chain_client.scale import H160, FixedBytes, u64
from taokit.local_chain.frame.call import call
from taokit.local_chain.frame.origin import Origin, ensure_signed
from taokit.local_chain.frame.weight import weight
from taokit.local_chain.pallets.subtensor import evm_key as evm_keys
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.types import NetUid


class EvmKeyCalls(SubtensorBase):
    """EVM keys of neurons."""

    @call(93, weight=weight(684_242_000, 4_415, reads=3, writes=1), pays=False)
    def associate_evm_key(
        self,
        origin: Origin,
        netuid: NetUid,
        evm_key: H160,
        block_number: u64,
        signature: FixedBytes[Literal[65]],
    ) -> None:
        """Record an Ethereum address for the signing hotkey; the address signed for it."""
        hotkey = ensure_signed(origin)
        evm_keys.associate(self, hotkey, netuid, evm_key, block_number, signature)

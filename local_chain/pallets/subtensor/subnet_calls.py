"""Every call about subnets, neurons, serving, weights and swaps, for the pallet to take in."""

from __future__ import annotations

from taokit.local_chain.pallets.subtensor.coldkey_swap_calls import ColdkeySwapCalls
from taokit.local_chain.pallets.subtensor.evm_key_calls import EvmKeyCalls
from taokit.local_chain.pallets.subtensor.hotkey_swap_calls import HotkeySwapCalls
from taokit.local_chain.pallets.subtensor.lease_calls import LeaseCalls
from taokit.local_chain.pallets.subtensor.network_calls import NetworkCalls
from taokit.local_chain.pallets.subtensor.registration_calls import RegistrationCalls
from taokit.local_chain.pallets.subtensor.serving_calls import ServingCalls
from taokit.local_chain.pallets.subtensor.timelocked_weight_calls import TimelockedWeightCalls
from taokit.local_chain.pallets.subtensor.weight_calls import WeightCalls


class SubnetCalls(
    RegistrationCalls,
    NetworkCalls,
    WeightCalls,
    TimelockedWeightCalls,
    ServingCalls,
    ColdkeySwapCalls,
    HotkeySwapCalls,
    EvmKeyCalls,
    LeaseCalls,
):
    """The joined calls."""

"""Every call about subnets, neurons, serving and weights, for the pallet to take in at once."""

from __future__ import annotations

from taokit.local_chain.pallets.subtensor.network_calls import NetworkCalls
from taokit.local_chain.pallets.subtensor.registration_calls import RegistrationCalls
from taokit.local_chain.pallets.subtensor.serving_calls import ServingCalls
from taokit.local_chain.pallets.subtensor.weight_calls import WeightCalls


class SubnetCalls(RegistrationCalls, NetworkCalls, WeightCalls, ServingCalls):
    """The joined calls."""

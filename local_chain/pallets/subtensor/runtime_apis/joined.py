"""The runtime APIs of SubtensorModule, for the pallet to take in at once."""

from __future__ import annotations

from taokit.local_chain.pallets.subtensor.runtime_apis.delegate_info import DelegateInfoApi
from taokit.local_chain.pallets.subtensor.runtime_apis.metagraph import MetagraphApi
from taokit.local_chain.pallets.subtensor.runtime_apis.neuron_info import NeuronInfoApi
from taokit.local_chain.pallets.subtensor.runtime_apis.stake_info import StakeInfoApi
from taokit.local_chain.pallets.subtensor.runtime_apis.subnet_info import (
    SubnetInfoApi,
    SubnetRegistrationApi,
)


class SubtensorApis(
    DelegateInfoApi,
    NeuronInfoApi,
    SubnetInfoApi,
    MetagraphApi,
    StakeInfoApi,
    SubnetRegistrationApi,
):
    """The joined APIs."""

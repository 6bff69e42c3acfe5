"""What every part of SubtensorModule works on: storage, constants, events and errors, joined."""

from __future__ import annotations

from taokit.local_chain.pallets.subtensor.constants import SubtensorConstants
from taokit.local_chain.pallets.subtensor.epoch_record import Recorder
from taokit.local_chain.pallets.subtensor.errors import SubtensorError
from taokit.local_chain.pallets.subtensor.events import SubtensorEvent
from taokit.local_chain.pallets.subtensor.storage.emission import EmissionStorage
from taokit.local_chain.pallets.subtensor.storage.hyperparameters import HyperparametersStorage
from taokit.local_chain.pallets.subtensor.storage.keys import KeysStorage
from taokit.local_chain.pallets.subtensor.storage.networks import NetworksStorage
from taokit.local_chain.pallets.subtensor.storage.neurons import NeuronsStorage
from taokit.local_chain.pallets.subtensor.storage.root_claim import RootClaimStorage
from taokit.local_chain.pallets.subtensor.storage.stake import StakeStorage


class SubtensorBase(
    KeysStorage,
    StakeStorage,
    RootClaimStorage,
    EmissionStorage,
    NetworksStorage,
    HyperparametersStorage,
    NeuronsStorage,
    SubtensorConstants,
):
    """SubtensorModule without its calls: the areas' functions take this as their first argument."""

    epoch_recorder: Recorder | None = None
    """Where epochs are recorded, on a runtime that is thrown away; nowhere otherwise."""

    Event = SubtensorEvent
    Error = SubtensorError

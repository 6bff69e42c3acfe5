"""The state that a local network begins with: the root network, and subnet 1 that nobody owns.

Source: Subtensor `macros/genesis.rs`. Under the fast preset Alice owns the
root network; otherwise the zero account does. No migration runs at genesis.
The limits of Subtensor's localnet image are in `scripts/localnet_patch.sh`,
and in the `pow-faucet` feature that `scripts/localnet.sh` builds with.
"""

from __future__ import annotations

from taokit.local_chain.arithmetic.safe_float import SafeFloat
from taokit.local_chain.chain_spec import account
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.constants import ROOT
from taokit.local_chain.pallets.subtensor.symbols import default_symbol

ZERO_ACCOUNT = bytes(32)
FIRST_SUBNET = 1
LOCALNET_CHILD_KEY_COOLDOWN = 15
POOL = 10_000_000_000
STAKE = 1_000_000_000


class SubtensorGenesis(SubtensorBase):
    """Writes the genesis state."""

    def build_genesis(self) -> None:
        """The root network and subnet 1. TAO issuance starts at 0, whatever balances there are."""
        self.total_issuance.put(0)
        _build_root(self)
        _build_first_subnet(self)
        if self.runtime.chain_spec.limits == "localnet":
            self.network_rate_limit.put(0)
            self.pending_child_key_cooldown.put(LOCALNET_CHILD_KEY_COOLDOWN)


def _build_root(sub: SubtensorBase) -> None:
    fast = sub.runtime.preset == "fast"
    sub.networks_added.insert(ROOT, True)
    sub.total_networks.update(lambda count: count + 1)
    sub.subnet_owner.insert(ROOT, account("//Alice") if fast else ZERO_ACCOUNT)
    sub.subnet_owner_hotkey.insert(ROOT, account("//Alice_hk") if fast else ZERO_ACCOUNT)
    sub.subnetwork_n.insert(ROOT, 0)
    sub.max_allowed_uids.insert(ROOT, 64)
    sub.max_allowed_validators.insert(ROOT, 64)
    sub.min_allowed_weights.insert(ROOT, 0)
    sub.tempo.insert(ROOT, 100)
    sub.network_registration_allowed.insert(ROOT, True)
    sub.target_registrations_per_interval.insert(ROOT, 1)
    sub.token_symbol.insert(ROOT, default_symbol(ROOT))


def _build_first_subnet(sub: SubtensorBase) -> None:
    """Subnet 1: a pool of 10 alpha and 10 TAO that no account holds; one neuron, the zero key."""
    netuid, nobody = FIRST_SUBNET, ZERO_ACCOUNT
    sub.subnet_mechanism.insert(netuid, 1)
    sub.owner.insert(nobody, nobody)
    sub.subnet_alpha_in.insert(netuid, POOL)
    sub.subnet_tao.insert(netuid, POOL)
    sub.networks_added.insert(netuid, True)
    sub.total_networks.update(lambda count: count + 1)
    sub.max_allowed_uids.insert(netuid, 256)
    sub.max_allowed_validators.insert(netuid, 64)
    sub.min_allowed_weights.insert(netuid, 0)
    sub.tempo.insert(netuid, 100)
    sub.network_registration_allowed.insert(netuid, True)
    sub.subnet_owner.insert(netuid, nobody)
    sub.subnet_locked.insert(netuid, 1)
    sub.largest_locked.insert(netuid, 1)
    sub.alpha_v2.insert((nobody, nobody, netuid), SafeFloat.from_int(STAKE))
    sub.total_hotkey_alpha.insert((nobody, netuid), STAKE)
    sub.total_hotkey_shares_v2.insert((nobody, netuid), SafeFloat.from_int(STAKE))
    sub.subnet_alpha_out.insert(netuid, STAKE)
    sub.staking_hotkeys.insert(nobody, [nobody])
    sub.subnetwork_n.insert(netuid, 1)
    sub.active.insert(netuid, [True])
    sub.emission.insert(netuid, [0])
    sub.consensus.insert(netuid, [0])
    sub.incentive.insert(netuid, [0])
    sub.dividends.insert(netuid, [0])
    sub.last_update.insert(netuid, [0])
    sub.validator_trust.insert(netuid, [0])
    sub.validator_permit.insert(netuid, [False])
    sub.keys.insert((netuid, 0), nobody)
    sub.uids.insert((netuid, nobody), 0)
    sub.block_at_registration.insert((netuid, 0), 0)
    sub.is_network_member.insert((nobody, netuid), True)
    sub.token_symbol.insert(netuid, default_symbol(netuid))

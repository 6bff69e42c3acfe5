"""DelegateInfoRuntimeApi: delegates, who nominates them, and what they return."""

from __future__ import annotations

from taokit.chain_client.scale import AccountId, Compact, Option, Struct, Vec, u16, u64
from taokit.local_chain import share_pool
from taokit.local_chain.arithmetic.fixed import U64F64
from taokit.local_chain.arithmetic.safe_float import SafeFloat
from taokit.local_chain.frame.pallet import runtime_api
from taokit.local_chain.pallets.subtensor import shares, uids
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.constants import ROOT

BLOCKS_PER_DAY = 7_200


class DelegateInfo(
    Struct,
    path="pallet_subtensor::rpc_info::delegate_info::DelegateInfo",
    params={"AccountId": AccountId},
):
    """A delegate. Amounts are rao; `return_per_1000` is a day's, for 1000 TAO on root."""

    delegate_ss58: AccountId
    take: Compact[u16]
    nominators: Vec[tuple[AccountId, Vec[tuple[Compact[u16], Compact[u64]]]]]
    owner_ss58: AccountId
    registrations: Vec[Compact[u16]]
    validator_permits: Vec[Compact[u16]]
    return_per_1000: Compact[u64]
    total_daily_return: Compact[u64]


class DelegateInfoApi(SubtensorBase):
    """Delegates: hotkeys with a take of their own."""

    @runtime_api("DelegateInfoRuntimeApi")
    def get_delegates(self) -> Vec[DelegateInfo]:
        """Every delegate, in storage order."""
        return [_delegate(self, hotkey, nominators=True) for hotkey in self._delegate_hotkeys()]

    @runtime_api("DelegateInfoRuntimeApi")
    def get_delegate(self, delegate_account: AccountId) -> Option[DelegateInfo]:
        """One delegate; nothing if the hotkey is none."""
        if not self.delegates.contains(delegate_account):
            return None
        return _delegate(self, delegate_account, nominators=True)

    @runtime_api("DelegateInfoRuntimeApi")
    def get_delegated(
        self, delegatee_account: AccountId
    ) -> Vec[tuple[DelegateInfo, tuple[Compact[u16], Compact[u64]]]]:
        """The delegates that a coldkey stakes with, once for each subnet, and its stake there."""
        found = []
        for hotkey in self._delegate_hotkeys():
            netuids = shares.netuids_of_pair(self, hotkey, delegatee_account)
            if not netuids:
                continue
            info = _delegate(self, hotkey, nominators=False)
            for netuid in netuids:
                alpha = shares.stake_of_pair(self, hotkey, delegatee_account, netuid)
                found.append((info, (netuid, alpha)))
        return found

    def _delegate_hotkeys(self) -> list[bytes]:
        return list(self.delegates.keys())


def _delegate(sub: SubtensorBase, hotkey: bytes, *, nominators: bool) -> DelegateInfo:
    registrations = uids.registered_networks(sub, hotkey)
    permits = []
    per_day = 0
    for netuid in registrations:
        uid = sub.uids.get((netuid, hotkey))
        if uid is None:
            continue
        if uids.at(sub.validator_permit.get(netuid), uid, False):
            permits.append(netuid)
        tempo = sub.tempo.get(netuid)
        if tempo:
            epochs = U64F64.safe_div(U64F64.from_int(BLOCKS_PER_DAY), U64F64.from_int(tempo))
            emitted = U64F64.from_int(uids.at(sub.emission.get(netuid), uid, 0))
            per_day = U64F64.saturating_add(per_day, U64F64.saturating_mul(emitted, epochs))
    take = sub.delegates.get(hotkey)
    root_stake = sub.total_hotkey_alpha.get((hotkey, ROOT))
    return DelegateInfo(
        delegate_ss58=hotkey,
        take=take,
        nominators=_nominators(sub, hotkey) if nominators else [],
        owner_ss58=sub.owner.get(hotkey),
        registrations=registrations,
        validator_permits=permits,
        return_per_1000=return_per_1000_tao(take, root_stake, per_day),
        total_daily_return=U64F64.to_u64(per_day),
    )


def return_per_1000_tao(take: int, root_stake: int, per_day: int) -> int:
    """Rao a day for 1000 TAO on root, from a day's emission (raw U64F64) and the take (u16)."""
    if root_stake == 0:
        return 0
    part = U64F64.safe_div(U64F64.from_int(take), U64F64.from_int(65_535))
    kept = U64F64.saturating_mul(per_day, U64F64.saturating_sub(U64F64.one, part))
    thousands = U64F64.safe_div(U64F64.from_int(root_stake), U64F64.from_int(1000 * 10**9))
    return U64F64.to_u64(U64F64.safe_div(kept, thousands))


def _nominators(sub: SubtensorBase, hotkey: bytes) -> list[tuple[bytes, list[tuple[int, int]]]]:
    """Coldkeys and their stakes. A netuid is taken as a position, as in the runtime.

    While netuids have no gaps that is the same; beyond a gap the last ones are
    left out, and those after it are valued in another subnet's pool.
    """
    netuids = sub.networks_added.keys()
    found: dict[bytes, list[tuple[int, int]]] = {}
    for coldkey, netuid, share in shares.stakes_of_hotkey(sub, hotkey):
        if share.is_zero or netuid >= len(netuids):
            continue
        alpha = _value_of_share(sub, hotkey, netuids[netuid], share)
        found.setdefault(coldkey, []).append((netuid, alpha))
    return list(found.items())


def _value_of_share(sub: SubtensorBase, hotkey: bytes, netuid: int, share: SafeFloat) -> int:
    pool = (hotkey, netuid)
    denominator = sub.total_hotkey_shares_v2.get(pool)
    if sub.total_hotkey_shares.contains(pool):
        denominator = SafeFloat.from_u64f64(sub.total_hotkey_shares.get(pool))
    return share_pool.value_of_share(sub.total_hotkey_alpha.get(pool), share, denominator)

"""An epoch's payment: alpha to miners, validators, their stakers and parents, root and the owner.

Owns `distribute_emission`. Who earned what is `epoch`'s answer; the division of dividends is
`taokit.local_chain.dividends`. Amounts are rao of the subnet's alpha; accounts are taken in the
order of their bytes. Source: the runtime's coinbase/run_coinbase.rs.
"""

from __future__ import annotations

from collections.abc import Mapping

from taokit.local_chain import dividends as division
from taokit.local_chain import emission
from taokit.local_chain.arithmetic.fixed import U96F32
from taokit.local_chain.dividends import Parent
from taokit.local_chain.frame.storage import StorageMap
from taokit.local_chain.pallets.subtensor import (
    custody,
    epoch,
    leases,
    locks,
    root_claims,
    shares,
    stake_weight,
    takes,
)
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.constants import ROOT
from taokit.local_chain.pallets.subtensor.custody import U64_MAX
from taokit.local_chain.pallets.subtensor.epoch_record import (
    EpochRecord,
    Fate,
    RecordedDividends,
    RecordedMiner,
)
from taokit.local_chain.pallets.subtensor.types import RecycleOrBurnEnum


def distribute_emission(
    sub: SubtensorBase, netuid: int, server: int, validator: int, root: int, owner_cut: int
) -> None:
    """Run a subnet's epoch and pay out what waited for it.

    Without any incentive the validators get the miners' part too.
    """
    total = min(min(server + validator, U64_MAX) + root, U64_MAX)
    record = sub.epoch_recorder(netuid) if sub.epoch_recorder is not None else None
    if record is not None:
        record.pending_server, record.pending_validator = server, validator
        record.pending_root, record.owner_cut = root, owner_cut
    earned = epoch.run_epoch(sub, netuid, total, record)
    if not any(incentive for _, incentive, _ in earned):
        validator = min(validator + server, U64_MAX)
    weight = stake_weight.tao_weight(sub)
    incentives, dividends = divide_among_parents(sub, netuid, earned, weight, record)
    stake = sub.total_hotkey_alpha.get
    stakes = {hotkey: (stake((hotkey, netuid)), stake((hotkey, ROOT))) for hotkey in dividends}
    alpha, root_alpha = division.dividend_distribution(validator, root, weight, stakes, dividends)
    _pay_owner(sub, netuid, owner_cut, record)
    _pay_miners(sub, netuid, incentives, record)
    _pay_validators(sub, netuid, alpha, record)
    _pay_root(sub, netuid, root_alpha, record)


def divide_among_parents(
    sub: SubtensorBase,
    netuid: int,
    earned: list[tuple[bytes, int, int]],
    weight: int,
    record: EpochRecord | None = None,
) -> tuple[dict[bytes, int], dict[bytes, int]]:
    """Incentives (rao) and dividends (raw U96F32) by hotkey, parents' parts passed on.

    `earned` are (hotkey, incentive, dividend). Source: `calculate_dividends_and_incentives`.
    """
    incentives: dict[bytes, int] = {}
    dividends: dict[bytes, int] = {}
    for hotkey, incentive, dividend in earned:
        incentives[hotkey] = min(incentives.get(hotkey, 0) + incentive, U64_MAX)
        for receiver, amount in _parents_and_self(sub, netuid, hotkey, dividend, weight, record):
            raw = U96F32.from_int(amount)
            dividends[receiver] = U96F32.saturating_add(dividends.get(receiver, 0), raw)
    return incentives, dict(sorted(dividends.items()))


def _parents_and_self(
    sub: SubtensorBase,
    netuid: int,
    hotkey: bytes,
    dividend: int,
    weight: int,
    record: EpochRecord | None = None,
) -> list[tuple[bytes, int]]:
    links = sub.parent_keys.get((hotkey, netuid))
    if not links:
        return [(hotkey, dividend)]
    stake, owner = sub.total_hotkey_alpha.get, sub.owner.get
    own = division.self_contribution(
        stake((hotkey, netuid)),
        stake((hotkey, ROOT)),
        [proportion for proportion, _ in sub.child_keys.get((hotkey, netuid))],
        weight,
    )
    child_owner = owner(hotkey)
    parents = [
        Parent(
            proportion,
            stake((parent, netuid)),
            stake((parent, ROOT)),
            owner(parent) == child_owner,
        )
        for proportion, parent in links
    ]
    split = division.split_among_parents(
        dividend,
        own,
        parents,
        weight,
        emission.u16_fraction(takes.childkey_take(sub, hotkey, netuid)),
        emission.u64_fraction(sub.ck_burn.get()),
    )
    for burned in split.recycled:
        custody.recycle_alpha(sub, netuid, burned)
    if record is not None:
        record.childkey_burn += sum(split.recycled)
    passed_on = [(parent, amount) for (_, parent), amount in zip(links, split.parents)]
    return [*passed_on, (hotkey, split.own)]


# -- payment, in the runtime's order -------------------------------------------------------------


def _pay_owner(
    sub: SubtensorBase, netuid: int, owner_cut: int, record: EpochRecord | None = None
) -> None:
    if sub.subnet_owner.contains(netuid) and sub.subnet_owner_hotkey.contains(netuid):
        coldkey, hotkey = sub.subnet_owner.get(netuid), sub.subnet_owner_hotkey.get(netuid)
        shares.increase_stake(sub, hotkey, coldkey, netuid, owner_cut)
        lease_id = sub.subnet_uid_to_lease_id.get(netuid)
        if lease_id is not None:
            leases.distribute_dividends(sub, lease_id, owner_cut)
        locks.auto_lock_owner_cut(sub, netuid, owner_cut)
        if record is not None:
            record.owner_paid = True


def _pay_miners(
    sub: SubtensorBase,
    netuid: int,
    incentives: Mapping[bytes, int],
    record: EpochRecord | None = None,
) -> None:
    """Stake incentives to where their owners want them; withhold those of the subnet's owner."""
    withholding = set(owner_hotkeys(sub, netuid))
    recycles = sub.recycle_or_burn.contains(netuid) and (
        sub.recycle_or_burn.get(netuid) == RecycleOrBurnEnum.Recycle
    )
    withhold = custody.recycle_alpha if recycles else custody.burn_alpha
    total = withheld = 0
    for hotkey, incentive in incentives.items():
        total = min(total + incentive, U64_MAX)
        if hotkey in withholding:
            withheld = min(withheld + incentive, U64_MAX)
            withhold(sub, netuid, incentive)
            if record is not None:
                fate: Fate = "recycled" if recycles else "burned"
                record.miners.append(RecordedMiner(hotkey, incentive, fate))
            continue
        owner = sub.owner.get(hotkey)
        destination = sub.auto_stake_destination.get((owner, netuid))
        if destination is not None:
            sub.deposit(
                sub.Event.AutoStakeAdded(
                    netuid=netuid,
                    destination=destination,
                    hotkey=hotkey,
                    owner=owner,
                    incentive=incentive,
                )
            )
        shares.increase_stake(sub, destination or hotkey, owner, netuid, incentive)
        if record is not None:
            record.miners.append(RecordedMiner(hotkey, incentive, "staked", destination or hotkey))
    proportion = U96F32.safe_div(U96F32.from_int(withheld), U96F32.from_int(total))
    sub.miner_burned.insert(netuid, proportion)


def owner_hotkeys(sub: SubtensorBase, netuid: int) -> list[bytes]:
    """The registered hotkeys of the subnet's owner, newest first, the owner hotkey among them."""
    found = []
    for hotkey in sub.owned_hotkeys.get(sub.subnet_owner.get(netuid)):
        uid = sub.uids.get((netuid, hotkey))
        if uid is not None:
            found.append((-sub.block_at_registration.get((netuid, uid)), uid, hotkey))
    hotkeys = [hotkey for _, _, hotkey in sorted(found)]
    if sub.subnet_owner_hotkey.contains(netuid):
        hotkey = sub.subnet_owner_hotkey.get(netuid)
        if sub.uids.contains((netuid, hotkey)) and hotkey not in hotkeys:
            hotkeys.insert(0, hotkey)
    return hotkeys


def _pay_validators(
    sub: SubtensorBase, netuid: int, alpha: Mapping[bytes, int], record: EpochRecord | None = None
) -> None:
    """The take to the validator's owner, the rest to everyone who stakes with it."""
    paid, last_epoch = {}, sub.total_hotkey_alpha_last_epoch
    for hotkey, raw in alpha.items():
        take, rest = _take_and_rest(sub, hotkey, raw)
        shares.increase_stake(sub, hotkey, sub.owner.get(hotkey), netuid, take)
        shares.increase_stake_for_all(sub, hotkey, netuid, rest)
        paid[hotkey] = rest
        if record is not None:
            record.validators.append(RecordedDividends(hotkey, take, rest))
        key = (hotkey, netuid)
        total = sub.total_hotkey_alpha.get(key)
        if last_epoch.get(key) != total or not last_epoch.contains(key):
            last_epoch.insert(key, total)
    _replace(sub.alpha_dividends_per_subnet, netuid, paid)


def _pay_root(
    sub: SubtensorBase,
    netuid: int,
    root_alpha: Mapping[bytes, int],
    record: EpochRecord | None = None,
) -> None:
    """The take to the validator's owner, the rest to be claimed by its root stakers."""
    paid = {}
    for hotkey, raw in root_alpha.items():
        take, rest = _take_and_rest(sub, hotkey, raw)
        shares.increase_stake(sub, hotkey, sub.owner.get(hotkey), netuid, take)
        root_claims.increase_claimable(sub, hotkey, netuid, rest)
        paid[hotkey] = rest
        if record is not None:
            record.root.append(RecordedDividends(hotkey, take, rest))
    _replace(sub.root_alpha_dividends_per_subnet, netuid, paid)


def _replace(
    record: StorageMap[tuple[int, bytes], int], netuid: int, paid: Mapping[bytes, int]
) -> None:
    """Make `paid` the whole record of a subnet, writing only what differs."""
    for key in record.keys((netuid,)):
        if key[1] not in paid:
            record.remove(key)
    for hotkey, amount in paid.items():
        if record.get((netuid, hotkey)) != amount or not record.contains((netuid, hotkey)):
            record.insert((netuid, hotkey), amount)


def _take_and_rest(sub: SubtensorBase, hotkey: bytes, raw: int) -> tuple[int, int]:
    part = emission.u16_fraction(sub.delegates.get(hotkey))
    take = U96F32.saturating_mul(part, raw)
    return U96F32.to_u64(take), U96F32.to_u64(U96F32.saturating_sub(raw, take))

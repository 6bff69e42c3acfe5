"""Children and parents: stake of one hotkey that counts for another.

Owns `ChildKeys`, `ParentKeys` and the children that wait for their cooldown. Proportions are u64
parts of 2**64 - 1. Both sides are kept in step: every (parent, child) link stands in both maps.
Source: the runtime's staking/set_children.rs.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from taokit.local_chain.frame.errors import DispatchError
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.frame.storage import StorageMap
from taokit.local_chain.pallets.subtensor import ownership, rate_limits, stake_weight, takes
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.constants import ROOT
from taokit.local_chain.pallets.subtensor.custody import U64_MAX
from taokit.local_chain.pallets.subtensor.database_use import DatabaseUse
from taokit.local_chain.pallets.subtensor.rate_limits import TransactionType

MAX_CHILDREN = 5

Link = tuple[int, bytes]
"""A proportion and the hotkey it goes to or comes from."""

_Links = StorageMap[tuple[bytes, int], list[Link]]


@dataclass
class Relations:
    """The links around one hotkey on one subnet: proportions by the other hotkey."""

    pivot: bytes
    children: dict[bytes, int] = field(default_factory=dict)
    parents: dict[bytes, int] = field(default_factory=dict)


def load_relations(
    sub: SubtensorBase, hotkey: bytes, netuid: int, children: list[Link] | None = None
) -> Relations:
    """The links of a hotkey, with `children` in place of the stored ones if given.

    Raises InvalidChild, ProportionOverflow or ChildParentInconsistency.
    """
    given = sub.child_keys.get((hotkey, netuid)) if children is None else children
    found = Relations(hotkey, _without(given, hotkey))
    _ensure_total(sub, found.children)
    found.parents = _without(sub.parent_keys.get((hotkey, netuid)), hotkey)
    _ensure_separate(sub, found.children, found.parents)
    return found


def schedule_children(
    sub: SubtensorBase, coldkey: bytes, hotkey: bytes, netuid: int, children: list[Link]
) -> None:
    """Set a hotkey's children once the cooldown has passed; at once before the subnet starts.

    Source: `do_schedule_children`.
    """
    error = sub.Error
    kind = TransactionType.SetChildren
    ensure(rate_limits.passes_on_subnet(sub, kind, hotkey, netuid), error.TxRateLimitExceeded)
    ensure(netuid != ROOT, error.RegistrationNotPermittedOnRootSubnet)
    ensure(sub.networks_added.get(netuid), error.SubnetNotExists)
    ensure(ownership.owns(sub, coldkey, hotkey), error.NonAssociatedColdKey)
    ensure(len({child for _, child in children}) == len(children), error.DuplicateChild)
    _ensure_valid(sub, load_relations(sub, hotkey, netuid), children)
    ensure(
        not children
        or stake_weight.total_stake_of_hotkey(sub, hotkey) >= sub.stake_threshold.get()
        or _is_owner_hotkey(sub, netuid, hotkey),
        error.NotEnoughStakeToSetChildkeys,
    )
    now = sub.runtime.system.block_number()
    rate_limits.record_on_subnet(sub, kind, hotkey, netuid, now)
    if not sub.subtoken_enabled.get(netuid):
        _apply(sub, netuid, hotkey, children)
        return
    cooldown = min(now + sub.pending_child_key_cooldown.get(), U64_MAX)
    sub.pending_child_keys.insert((netuid, hotkey), (children, cooldown))
    sub.deposit(sub.Event.SetChildrenScheduled(hotkey, netuid, cooldown, children))


def apply_pending(sub: SubtensorBase, netuid: int) -> None:
    """Set the children whose cooldown has passed (`do_set_pending_children`)."""
    block = sub.runtime.system.block_number()
    started = sub.subtoken_enabled.get(netuid)
    done = []
    for key, (children, cooldown) in sub.pending_child_keys.items((netuid,)):
        if cooldown < block or not started:
            _apply(sub, netuid, key[1], children)
            done.append(key)
    for key in done:
        sub.pending_child_keys.remove(key)


def forget_pending(sub: SubtensorBase, hotkey: bytes) -> None:
    """Drop what waits for a hotkey on every subnet."""
    for netuid in sub.networks_added.keys():
        sub.pending_child_keys.remove((netuid, hotkey))


def make_root_validators_parents(sub: SubtensorBase, netuid: int) -> None:
    """Make the owner's hotkey the child of every root validator that allows it, in full.

    Source: `do_set_root_validators_for_subnet`.
    """
    ensure(netuid != ROOT, sub.Error.RegistrationNotPermittedOnRootSubnet)
    ensure(sub.networks_added.get(netuid), sub.Error.SubnetNotExists)
    ensure(sub.subnet_owner_hotkey.contains(netuid), sub.Error.SubnetNotExists)
    owner_hotkey = sub.subnet_owner_hotkey.get(netuid)
    for validator in sub.keys.values((ROOT,)):
        if validator == owner_hotkey or not sub.auto_parent_delegation_enabled.get(validator):
            continue
        try:
            coldkey = sub.owner.get(validator)
            schedule_children(sub, coldkey, validator, netuid, [(U64_MAX, owner_hotkey)])
        except DispatchError:
            # As in the runtime: one validator that cannot does not keep the others from it.
            continue


def set_childkey_take(
    sub: SubtensorBase, coldkey: bytes, hotkey: bytes, netuid: int, take: int
) -> None:
    """Set what a hotkey keeps of its parents' dividends, in parts of 65535.

    Source: `do_set_childkey_take`.
    """
    error = sub.Error
    ensure(ownership.owns(sub, coldkey, hotkey), error.NonAssociatedColdKey)
    least = takes.minimum_childkey_take(sub, netuid)
    ensure(least <= take <= sub.max_childkey_take.get(), error.InvalidChildkeyTake)
    kind = TransactionType.SetChildkeyTake
    if take > takes.childkey_take(sub, hotkey, netuid):
        ensure(
            rate_limits.passes_on_subnet(sub, kind, hotkey, netuid),
            error.TxChildkeyTakeRateLimitExceeded,
        )
    now = sub.runtime.system.block_number()
    rate_limits.record_on_subnet(sub, kind, hotkey, netuid, now)
    sub.childkey_take.insert((hotkey, netuid), take)
    sub.deposit(sub.Event.ChildKeyTakeSet(hotkey, take))


# -- swaps ---------------------------------------------------------------------------------------


def swap_hotkey(sub: SubtensorBase, old: bytes, new: bytes, netuid: int, use: DatabaseUse) -> None:
    """Put another hotkey in all the links of one, those that wait included.

    Raises InvalidChild for a link between the two (`parent_child_swap_hotkey`).
    """
    relations = load_relations(sub, old, netuid)
    use.add(2)
    for child in relations.children:
        key = (child, netuid)
        _put(sub.parent_keys, key, [link for link in sub.parent_keys.get(key) if link[1] != old])
    for parent in relations.parents:
        key = (parent, netuid)
        left = [link for link in sub.child_keys.get(key) if link[1] != old]
        sub.child_keys.insert(key, left)
    linked = len(relations.children) + len(relations.parents)
    use.add(linked, linked)
    # As in the runtime, an empty list stays behind.
    sub.child_keys.insert((old, netuid), [])
    sub.parent_keys.remove((old, netuid))
    use.add(0, 2)
    separate = new not in relations.children and new not in relations.parents
    ensure(separate, sub.Error.InvalidChild)
    relations.pivot = new
    if sub.pending_child_keys.contains((netuid, old)):
        waiting = sub.pending_child_keys.get((netuid, old))
        _ensure_valid(sub, relations, waiting[0])
        sub.pending_child_keys.remove((netuid, old))
        sub.pending_child_keys.insert((netuid, new), waiting)
        use.add(1, 2)
    before = {("child", hotkey) for _, hotkey in sub.child_keys.get((new, netuid))}
    before |= {("parent", hotkey) for _, hotkey in sub.parent_keys.get((new, netuid))}
    after = {("child", hotkey) for hotkey in relations.children}
    after |= {("parent", hotkey) for hotkey in relations.parents}
    store_relations(sub, relations, netuid)
    use.add(1 + len(before | after), 1 + len(before | after))
    _rename_pending_child(sub, old, new, netuid, use)


def _rename_pending_child(
    sub: SubtensorBase, old: bytes, new: bytes, netuid: int, use: DatabaseUse
) -> None:
    for key, (links, cooldown) in sub.pending_child_keys.items((netuid,)):
        use.add(1)
        position = next((i for i, link in enumerate(links) if link[1] == old), None)
        if position is not None:
            renamed = (links[position][0], new)
            changed = [*links[:position], *links[position + 1 :], renamed]
            sub.pending_child_keys.insert(key, (changed, cooldown))
            use.add(1, 2)


# -- inside --------------------------------------------------------------------------------------


def _without(links: list[Link], hotkey: bytes) -> dict[bytes, int]:
    """Links by hotkey, sorted; the last of duplicates counts, links to oneself do not."""
    found = {other: proportion for proportion, other in links if other != hotkey}
    return dict(sorted(found.items()))


def _ensure_total(sub: SubtensorBase, children: dict[bytes, int]) -> None:
    ensure(sum(children.values()) <= U64_MAX, sub.Error.ProportionOverflow)


def _ensure_separate(
    sub: SubtensorBase, children: dict[bytes, int], parents: dict[bytes, int]
) -> None:
    ensure(not children.keys() & parents.keys(), sub.Error.ChildParentInconsistency)


def _ensure_valid(sub: SubtensorBase, relations: Relations, children: list[Link]) -> None:
    wanted = {child: proportion for proportion, child in children}
    ensure(relations.pivot not in wanted, sub.Error.InvalidChild)
    ensure(len(wanted) <= MAX_CHILDREN, sub.Error.TooManyChildren)
    _ensure_total(sub, wanted)
    _ensure_separate(sub, wanted, relations.parents)


def _is_owner_hotkey(sub: SubtensorBase, netuid: int, hotkey: bytes) -> bool:
    owner_hotkey = sub.subnet_owner_hotkey
    return owner_hotkey.contains(netuid) and owner_hotkey.get(netuid) == hotkey


def _apply(sub: SubtensorBase, netuid: int, hotkey: bytes, children: list[Link]) -> None:
    """Store children that are still consistent; silently nothing otherwise."""
    try:
        relations = load_relations(sub, hotkey, netuid, children)
    except DispatchError:
        # As in the runtime: what became inconsistent while it waited is dropped.
        return
    store_relations(sub, relations, netuid)
    sub.deposit(sub.Event.SetChildren(hotkey, netuid, children))


def store_relations(sub: SubtensorBase, relations: Relations, netuid: int) -> None:
    """Write the links of one hotkey and the other ends of those that changed.

    Source: `persist_child_parent_relations`.
    """
    _store_side(sub.child_keys, sub.parent_keys, relations.pivot, netuid, relations.children)
    _store_side(sub.parent_keys, sub.child_keys, relations.pivot, netuid, relations.parents)


def _store_side(
    own: _Links, others: _Links, pivot: bytes, netuid: int, links: dict[bytes, int]
) -> None:
    before = {other for _, other in own.get((pivot, netuid))}
    _put(own, (pivot, netuid), [(proportion, other) for other, proportion in links.items()])
    for other, proportion in links.items():
        key = (other, netuid)
        back = others.get(key)
        if any(hotkey == pivot for _, hotkey in back):
            changed = [(proportion if h == pivot else p, h) for p, h in back]
        else:
            changed = [*back, (proportion, pivot)]
        _put(others, key, changed)
    for other in sorted(before - links.keys()):
        key = (other, netuid)
        _put(others, key, [link for link in others.get(key) if link[1] != pivot])


def _put(links: _Links, key: tuple[bytes, int], value: list[Link]) -> None:
    if value:
        links.insert(key, value)
    else:
        links.remove(key)

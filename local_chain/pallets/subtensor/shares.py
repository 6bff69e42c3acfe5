"""Stake in storage: what each hotkey holds on each subnet, and whose it is.

Owns the share pools over storage (`TotalHotkeyAlpha`, `TotalHotkeySharesV2`, `AlphaV2`, and the
older `TotalHotkeyShares` and `Alpha`, which are read first and moved over when written) and the
list of hotkeys that a coldkey stakes with. The arithmetic is `taokit.local_chain.share_pool`;
swaps, limits and events are `staking`'s. Amounts are rao of the subnet's alpha (of TAO on root).
Source: the runtime's staking/stake_utils.rs and primitives/share-pool.
"""

from __future__ import annotations

from taokit.local_chain import share_pool
from taokit.local_chain.arithmetic.safe_float import SafeFloat
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.custody import I64_MIN


def as_i64(amount: int) -> int:
    """A u64 cast to i64, as share pools and flow counters take amounts."""
    return amount if amount <= -(I64_MIN + 1) else amount + 2 * I64_MIN


def stake_of_hotkey(sub: SubtensorBase, hotkey: bytes, netuid: int) -> int:
    """All that is staked to a hotkey on a subnet (`get_stake_for_hotkey_on_subnet`)."""
    return sub.total_hotkey_alpha.get((hotkey, netuid))


def stake_of_pair(sub: SubtensorBase, hotkey: bytes, coldkey: bytes, netuid: int) -> int:
    """What a coldkey has staked to a hotkey on a subnet.

    Source: `get_stake_for_hotkey_and_coldkey_on_subnet`.
    """
    share = _find_share(sub, hotkey, coldkey, netuid)
    if share is None:
        return 0
    total = sub.total_hotkey_alpha.get((hotkey, netuid))
    return share_pool.value_of_share(total, share, _denominator(sub, hotkey, netuid))


def stake_can_grow(sub: SubtensorBase, hotkey: bytes, netuid: int, amount: int) -> bool:
    """Whether staking `amount` would buy any share: not in a pool with shares but no value.

    Source: `try_increase_stake_for_hotkey_and_coldkey_on_subnet`.
    """
    total = sub.total_hotkey_alpha.get((hotkey, netuid))
    denominator = _denominator(sub, hotkey, netuid)
    return share_pool.update_has_effect(as_i64(amount), total, denominator)


def increase_stake(
    sub: SubtensorBase, hotkey: bytes, coldkey: bytes, netuid: int, amount: int
) -> None:
    """Give a coldkey more stake with a hotkey, and remember that it stakes there.

    Source: `increase_stake_for_hotkey_and_coldkey_on_subnet`.
    """
    if amount:
        note_staking_hotkey(sub, coldkey, hotkey)
    elif not sub.alpha.contains((hotkey, coldkey, netuid)) and not sub.total_hotkey_shares.contains(
        (hotkey, netuid)
    ):
        # Nothing changes, but that shares of the older maps would move to the newer.
        return
    _update_for_one(sub, hotkey, coldkey, netuid, as_i64(amount))


def decrease_stake(
    sub: SubtensorBase, hotkey: bytes, coldkey: bytes, netuid: int, amount: int
) -> None:
    """Take stake away; without effect where there is less than `amount`.

    Source: `decrease_stake_for_hotkey_and_coldkey_on_subnet`.
    """
    share = _find_share(sub, hotkey, coldkey, netuid)
    if share is not None and stake_of_pair(sub, hotkey, coldkey, netuid) >= amount:
        _update_for_one(sub, hotkey, coldkey, netuid, -as_i64(amount))


def increase_stake_for_all(sub: SubtensorBase, hotkey: bytes, netuid: int, amount: int) -> None:
    """Let everyone who stakes with a hotkey earn `amount` together, by their shares.

    A hotkey without stakers gains value that nobody owns (`increase_stake_for_hotkey_on_subnet`).
    """
    if not amount:
        return
    key = (hotkey, netuid)
    total = share_pool.update_value_for_all(sub.total_hotkey_alpha.get(key), as_i64(amount))
    _store_total(sub, key, total)


def note_staking_hotkey(sub: SubtensorBase, coldkey: bytes, hotkey: bytes) -> None:
    """Add a hotkey to those a coldkey stakes with; none is ever taken off by unstaking."""
    hotkeys = sub.staking_hotkeys.get(coldkey)
    if hotkey not in hotkeys:
        sub.staking_hotkeys.insert(coldkey, [*hotkeys, hotkey])


def stakes_of_hotkey(sub: SubtensorBase, hotkey: bytes) -> list[tuple[bytes, int, SafeFloat]]:
    """(coldkey, netuid, share) of everyone who stakes with a hotkey, by coldkey and netuid.

    Source: `alpha_iter_single_prefix`.
    """
    found: dict[tuple[bytes, int], SafeFloat] = {}
    for (_, coldkey, netuid), raw in sub.alpha.items((hotkey,)):
        found[(coldkey, netuid)] = SafeFloat.from_u64f64(raw)
    for (_, coldkey, netuid), share in sub.alpha_v2.items((hotkey,)):
        found[(coldkey, netuid)] = share
    return [(coldkey, netuid, found[(coldkey, netuid)]) for coldkey, netuid in sorted(found)]


def netuids_of_pair(sub: SubtensorBase, hotkey: bytes, coldkey: bytes) -> list[int]:
    """The subnets where a coldkey has a share with a hotkey, ascending (`alpha_iter_prefix`)."""
    found: dict[int, bool] = {}
    for (_, _, netuid), raw in sub.alpha.items((hotkey, coldkey)):
        found[netuid] = raw != 0
    for (_, _, netuid), share in sub.alpha_v2.items((hotkey, coldkey)):
        found[netuid] = not share.is_zero
    return sorted(netuid for netuid, present in found.items() if present)


# -- inside --------------------------------------------------------------------------------------


def _find_share(sub: SubtensorBase, hotkey: bytes, coldkey: bytes, netuid: int) -> SafeFloat | None:
    key = (hotkey, coldkey, netuid)
    if sub.alpha.contains(key):
        return SafeFloat.from_u64f64(sub.alpha.get(key))
    if sub.alpha_v2.contains(key):
        return sub.alpha_v2.get(key)
    return None


def _denominator(sub: SubtensorBase, hotkey: bytes, netuid: int) -> SafeFloat:
    key = (hotkey, netuid)
    if sub.total_hotkey_shares.contains(key):
        return SafeFloat.from_u64f64(sub.total_hotkey_shares.get(key))
    return sub.total_hotkey_shares_v2.get(key)


def _update_for_one(
    sub: SubtensorBase, hotkey: bytes, coldkey: bytes, netuid: int, update: int
) -> None:
    pool, holder = (hotkey, netuid), (hotkey, coldkey, netuid)
    share = _find_share(sub, hotkey, coldkey, netuid)
    if share is None:
        share = sub.alpha_v2.get(holder)
    changed = share_pool.update_value_for_one(
        sub.total_hotkey_alpha.get(pool), share, _denominator(sub, hotkey, netuid), update
    )
    sub.total_hotkey_shares.remove(pool)
    if changed.denominator.is_zero:
        sub.total_hotkey_shares_v2.remove(pool)
    else:
        sub.total_hotkey_shares_v2.insert(pool, changed.denominator)
    sub.alpha.remove(holder)
    if changed.share.is_zero:
        sub.alpha_v2.remove(holder)
    else:
        sub.alpha_v2.insert(holder, changed.share)
    _store_total(sub, pool, changed.shared_value)


def _store_total(sub: SubtensorBase, pool: tuple[bytes, int], total: int) -> None:
    if total:
        sub.total_hotkey_alpha.insert(pool, total)
    else:
        sub.total_hotkey_alpha.remove(pool)

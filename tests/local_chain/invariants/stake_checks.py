"""What holds of alpha, of stakes and of locks between two extrinsics.

* The shares of a hotkey's stakers add up to the pool's denominator, within what `SafeFloat` cuts
  off: 21 digits of the larger number at each change of a share. A pool that was large and is nearly
  empty still has the error of the large one.
* All stakes of a pool together are worth no more than the pool, but for that error.
* Every share belongs to a hotkey in the staker's `StakingHotkeys`; but for a key that was swapped
  for another: whole rao move, and what is left of a share that was worth part of a rao more stays
  behind, unlisted (swap/swap_coldkey.rs, `transfer_coldkey_stake`, and swap/swap_hotkey.rs).
* `SubnetAlphaOut` covers everything it was issued for: the pools of all hotkeys, the protocol's
  alpha (bought with emission that could not be injected), what waits for the epoch, what was burned
  (which stays issued), and what root stakers are owed. What is over was paid to nobody: an epoch
  without validators, and rounding.
* The runtime itself promises too much in two cases, and no more than is counted for them:
  with `CKBurn` the burned part of what parents earn is recycled, and the whole dividend is shared
  out all the same (coinbase/run_coinbase.rs, `get_parent_child_dividends_distribution`, then
  `calculate_dividend_distribution`); and a coldkey's swap takes what it has claimed of a subnet's
  root dividends along only for the hotkeys with which it has stake on that subnet
  (swap/swap_coldkey.rs, `transfer_coldkey_stake`), so that it is owed the rest once more.
* Between epochs nothing of that comes or goes: no alpha loses its holder, and what was nobody's is
  given to nobody. (Who takes root stake away may lose what it was owed: staking/claim_root.rs.)
* A coldkey has locked no more than it has staked.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

from money_checks import Alpha, Money
from random_world import World

from taokit.local_chain.arithmetic.safe_float import SafeFloat
from taokit.local_chain.pallets.subtensor import locks, root_claims, shares
from taokit.local_chain.pallets.subtensor.constants import ROOT

ROUNDING = 1_000
"""Rao of alpha that root stakers may be owed too much: less than one at each change of a stake."""

RELATIVE, ABSOLUTE = Fraction(1, 10**15), Fraction(1, 10**4)
"""By how much shares may miss the denominator: many changes of one part in 10**20 of at most 10**15
shares (a million alpha, as shares begin at one for each rao)."""


def exact(number: SafeFloat) -> Fraction:
    """A SafeFloat without rounding."""
    return Fraction(number.mantissa) * Fraction(10) ** number.exponent


def check_pools(world: World, departed: set[bytes]) -> None:
    """Shares and denominators, values and staking hotkeys; `departed` keys were swapped."""
    sub = world.sub
    total: dict[tuple[bytes, int], Fraction] = defaultdict(Fraction)
    worth: dict[tuple[bytes, int], int] = defaultdict(int)
    for (hotkey, coldkey, netuid), share in sub.alpha_v2.items():
        assert share.mantissa > 0
        total[hotkey, netuid] += exact(share)
        worth[hotkey, netuid] += shares.stake_of_pair(sub, hotkey, coldkey, netuid)
        listed = hotkey in sub.staking_hotkeys.get(coldkey)
        assert listed or departed & {hotkey, coldkey}, f"{coldkey.hex()} cannot find its stake"
        assert sub.networks_added.get(netuid), f"stake on subnet {netuid}, which is gone"
    assert not sub.alpha.keys()
    assert not sub.total_hotkey_shares.keys()
    pools = {key: exact(share) for key, share in sub.total_hotkey_shares_v2.items()}
    for key in total.keys() | pools.keys():
        whole, parts = pools.get(key, Fraction(0)), total.get(key, Fraction(0))
        assert abs(whole - parts) <= whole * RELATIVE + ABSOLUTE, (
            f"shares {float(parts)} of {float(whole)} with {key[0].hex()} on {key[1]}"
        )
        error = max(Fraction(1), parts / whole) if whole else Fraction(0)
        assert worth[key] <= sub.total_hotkey_alpha.get(key) * error


def check_alpha(world: World, money: Money) -> None:
    """Alpha that is out covers what it is out for."""
    sub, burned = world.sub, world.runtime.alpha_assets.alpha_burned
    staked: dict[int, int] = defaultdict(int)
    for (_, netuid), amount in sub.total_hotkey_alpha.items():
        assert amount > 0
        staked[netuid] += amount
    root_stakes = [key[:2] for key in sub.alpha_v2.keys() if key[2] == ROOT]
    now = {}
    for netuid in sub.networks_added.keys():
        spoken_for = [
            staked[netuid],
            sub.subnet_protocol_alpha.get(netuid),
            sub.pending_server_emission.get(netuid),
            sub.pending_validator_emission.get(netuid),
            sub.pending_root_alpha_divs.get(netuid),
            sub.pending_owner_cut.get(netuid),
            burned.get(netuid) - money.burned_before.get(netuid, 0),
        ]
        owed = sum(root_claims.owed_alpha(sub, *pair, netuid) for pair in root_stakes)
        rest = sub.subnet_alpha_out.get(netuid) - sum(spoken_for)
        key = (netuid, sub.registered_subnet_counter.get(netuid))
        epoch = sub.last_mechansim_step_block.get(netuid)
        now[key] = Alpha(rest, owed, epoch, money.overpaid[netuid])
        assert owed - rest <= ROUNDING + money.overpaid[netuid], (
            f"alpha out of subnet {netuid} lacks {owed - rest}: {spoken_for}, {owed} owed"
        )
        if key in money.alpha:
            _check_change(netuid, money.alpha[key], now[key])
    money.alpha = now


def _check_change(netuid: int, before: Alpha, after: Alpha) -> None:
    if before.epoch == after.epoch:
        more = after.rest - before.rest
        assert more <= ROUNDING, f"{more} alpha of subnet {netuid} lost its holder"
        less = (before.rest - before.owed) - (after.rest - after.owed)
        most = ROUNDING + after.overpaid - before.overpaid
        assert less <= most, f"{less} alpha of subnet {netuid} was given to somebody"


def check_locks(world: World) -> None:
    """Locks are within stakes, and indexed."""
    sub = world.sub
    for coldkey, netuid, hotkey in sub.lock.keys():
        assert sub.locking_coldkeys.contains((netuid, hotkey, coldkey))
        lock = locks.coldkey_lock(sub, coldkey, netuid)
        locked = lock.locked_mass if lock else 0
        staked = sum(
            shares.stake_of_pair(sub, with_, coldkey, netuid)
            for with_ in sub.staking_hotkeys.get(coldkey)
        )
        assert locked <= staked, f"{coldkey.hex()} locked {locked} of {staked} on {netuid}"

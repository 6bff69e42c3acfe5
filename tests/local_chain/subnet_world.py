"""What scenarios of subnets, neurons and keys do besides calls: the actions of `subnet_world`.

Each action is a word of a scenario (see `scenarios`); the rest of the step are its arguments. What
they set up is what the runtime's own tests set up with the functions of their mock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import economy
from chain_under_test import Chain
from scripted_steps import Action, matches, resolved

from taokit.chain_client.storage_keys import blake2_256
from taokit.local_chain.arithmetic.fixed import U64F64
from taokit.local_chain.arithmetic.safe_float import SafeFloat
from taokit.local_chain.pallets.subtensor import (
    children,
    custody,
    networks,
    registration,
    stake_operations,
    stake_weight,
    takes,
    uids,
)
from taokit.local_chain.pallets.subtensor.types import RateLimitKey

RESERVE = 10**12


class _Undo(Exception):
    """Ends a storage layer that is not kept."""


@contextmanager
def undone(chain: Chain) -> Iterator[Chain]:
    """The chain, and afterwards the chain as it was before."""
    try:
        with chain.runtime.transaction():
            yield chain
            raise _Undo
    except _Undo:
        return


class SubnetWorld:
    """The actions, over one chain."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.sub: Any = chain.runtime.subtensor
        self.registered = 0

    def actions(self) -> dict[str, Action]:
        """Every action by its word."""
        return {
            name.removeprefix("do_").replace("_", " "): getattr(self, name)
            for name in dir(self)
            if name.startswith("do_")
        }

    # -- setting up ------------------------------------------------------------------------------

    def do_subnet(self, netuid: int, options: dict[str, Any] | None = None) -> None:
        """A started subnet with reserves, and an owner if one is named."""
        given = resolved(options or {})
        owner, hotkey = given.pop("owner", None), given.pop("owner_hotkey", None)
        economy.add_subnet(self.chain, netuid, **({"tao": RESERVE, "alpha": RESERVE} | given))
        if owner is not None:
            self.sub.subnet_owner.insert(netuid, owner)
        if hotkey is not None:
            self.sub.subnet_owner_hotkey.insert(netuid, hotkey)

    def do_neuron(self, netuid: int, hotkey: str, coldkey: str) -> None:
        """A neuron that paid nothing."""
        economy.add_neuron(self.chain, netuid, resolved(hotkey), resolved(coldkey))

    def do_owned(self, hotkey: str, coldkey: str) -> None:
        """A hotkey and its owner."""
        economy.add_hotkey(self.chain, resolved(hotkey), resolved(coldkey))

    def do_fund(self, who: str | int, rao: int) -> None:
        """TAO for an account, or for the account of a subnet."""
        economy.fund(self.chain, self._account(who), rao)

    def do_stake(self, hotkey: str, coldkey: str, netuid: int, amount: int) -> None:
        """Stake that nobody paid for."""
        economy.give_stake(self.chain, resolved(hotkey), resolved(coldkey), netuid, amount)

    def do_share(self, hotkey: str, coldkey: str, netuid: int, share: int) -> None:
        """A share of a pool whose shares nobody counts, and as much alpha in the pool."""
        holder = (resolved(hotkey), resolved(coldkey), netuid)
        self.sub.alpha_v2.insert(holder, SafeFloat.from_int(share))
        pool = (holder[0], netuid)
        self.sub.total_hotkey_alpha.insert(pool, share + self.sub.total_hotkey_alpha.get(pool))

    def do_old_share(self, hotkey: str, coldkey: str, netuid: int, share: int) -> None:
        """A share of the older map, in a pool of as many shares and as much alpha."""
        holder = (resolved(hotkey), resolved(coldkey), netuid)
        self.sub.alpha.insert(holder, share << 64)
        self.sub.total_hotkey_shares.insert((holder[0], netuid), share << 64)
        self.sub.total_hotkey_alpha.insert((holder[0], netuid), share)

    def do_limited(self, kind: str, who: str, block: int) -> None:
        """The block at which a key did something that is limited."""
        key = getattr(RateLimitKey, kind)(resolved(who))
        self.sub.last_rate_limited_block.insert(key, block)

    def do_rates(self, hotkey: str, rates: list[tuple[int, int]]) -> None:
        """What root stakers of a hotkey are owed for each rao, raw, by subnet."""
        self.sub.root_claimable.insert(resolved(hotkey), dict(rates))

    def do_announced(self, who: str, when: int, new: str) -> None:
        """An announcement of a coldkey swap that took place."""
        hashed = blake2_256(resolved(new))
        self.sub.coldkey_swap_announcements.insert(resolved(who), (when, hashed))

    # -- doing -----------------------------------------------------------------------------------

    def do_announce(self, who: str, new: str) -> None:
        """Announce a coldkey swap by the new coldkey's hash."""
        name, hashed = "announce_coldkey_swap", blake2_256(resolved(new))
        self.chain.call(resolved(who), "SubtensorModule", name, new_coldkey_hash=hashed)

    def do_announce_fails(self, who: str | None, new: str, error: str) -> None:
        """The same, refused."""
        name, hashed = "announce_coldkey_swap", blake2_256(resolved(new))
        refused = self.chain.refusal(
            resolved(who), "SubtensorModule", name, new_coldkey_hash=hashed
        )
        assert refused == error, f"refused with {refused}"

    def do_children(self, who: str, hotkey: str, netuid: int, links: list[Any]) -> None:
        """Schedule children, and let the cooldown pass."""
        args = {"hotkey": resolved(hotkey), "netuid": netuid, "children": _links(links)}
        self.chain.call(resolved(who), "SubtensorModule", "set_children", **args)
        self.do_cool(netuid)

    def do_cool(self, netuid: int) -> None:
        """Let the cooldown of children pass and set what waits."""
        number = self.chain.runtime.system.number
        number.put(number.get() + self.sub.pending_child_key_cooldown.get() + 1)
        children.apply_pending(self.sub, netuid)

    def do_link(self, hotkey: str, netuid: int, links: list[Any]) -> None:
        """Set children at once, whoever owns the hotkey."""
        given = [(proportion, child) for proportion, child in _links(links)]
        relations = children.load_relations(self.sub, resolved(hotkey), netuid, given)
        children.store_relations(self.sub, relations, netuid)

    def do_unstake(self, who: str, hotkey: str, netuid: int) -> None:
        """Unstake all that a coldkey has with a hotkey on a subnet."""
        held = economy.stake(self.chain, resolved(hotkey), resolved(who), netuid)
        given = {"hotkey": resolved(hotkey), "netuid": netuid, "amount_unstaked": held}
        self.chain.call(resolved(who), "SubtensorModule", "remove_stake", **given)

    def do_replace(self, netuid: int, uid: int, hotkey: str, block: int) -> None:
        """Give a uid to another hotkey, as a registration on a full subnet does."""
        uids.replace_neuron(self.sub, netuid, uid, resolved(hotkey), block)

    def do_register(self, netuid: int, coldkey: str, count: int) -> None:
        """Register fresh hotkeys; each costs what the burn was before it."""
        payer, balances = resolved(coldkey), self.chain.runtime.balances
        for _ in range(count):
            self.registered += 1
            burn, before = self.sub.burn.get(netuid), balances.free(payer)
            hotkey = economy.key(900_000 + self.registered)
            given = {"netuid": netuid, "hotkey": hotkey}
            self.chain.call(payer, "SubtensorModule", "burned_register", **given)
            assert before - balances.free(payer) == burn, "it cost something else"

    def do_next_price(self, blocks: int) -> None:
        """Let the prices of registration fall as at the start of so many blocks."""
        number = self.chain.runtime.system.number
        for _ in range(blocks):
            number.put(number.get() + 1)
            registration.update_registration_prices(self.sub)

    # -- expecting -------------------------------------------------------------------------------

    def do_free(self, who: str | int, rao: int) -> None:
        """The free balance of an account."""
        found = self.chain.runtime.balances.free(self._account(who))
        assert found == rao, f"found {found}"

    def do_has_stake(self, hotkey: str, coldkey: str, netuid: int, amount: Any) -> None:
        """What a coldkey has staked with a hotkey."""
        found = economy.stake(self.chain, resolved(hotkey), resolved(coldkey), netuid)
        assert matches(found, amount), f"found {found}"

    def do_inherits(self, hotkey: str, netuid: int, amount: Any) -> None:
        """What a hotkey's stake counts with its parents and children."""
        found = stake_weight.inherited_alpha(self.sub, resolved(hotkey), netuid)
        assert matches(found, amount), f"found {found}"

    def do_takes(self, hotkey: str, netuid: int, take: int) -> None:
        """What a hotkey keeps of its parents' dividends, the subnet's minimum counted."""
        found = takes.childkey_take(self.sub, resolved(hotkey), netuid)
        assert found == take, f"found {found}"

    def do_held(self, name: str, key: Any) -> None:
        """That something is stored, if only a default."""
        item = next(i for i in vars(self.sub).values() if getattr(i, "name", None) == name)
        made = resolved(key)
        assert item.contains(tuple(made) if isinstance(made, list) else made), "there is none"

    def do_limit_is(self, kind: str, who: str, block: int) -> None:
        """The block at which a key did something that is limited."""
        key = getattr(RateLimitKey, kind)(resolved(who))
        found = self.sub.last_rate_limited_block.get(key)
        assert found == block, f"found {found}"

    def do_rates_are(self, hotkey: str, rates: list[tuple[int, int]]) -> None:
        """What root stakers of a hotkey are owed for each rao, raw, by subnet."""
        found = self.sub.root_claimable.get(resolved(hotkey))
        assert found == dict(rates), f"found {found}"

    def do_prunes(self, netuid: int, uid: int | None) -> None:
        """The uid that a newcomer would take."""
        found = uids.neuron_to_prune(self.sub, netuid)
        assert found == uid, f"found {found}"

    def do_prunes_network(self, netuid: int | None) -> None:
        """The subnet that a new one would take the place of."""
        found = networks.network_to_prune(self.sub)
        assert found == netuid, f"found {found}"

    def do_median(self, price: float) -> None:
        """The median price, at which a new pool opens."""
        found = networks.median_price(self.sub)
        assert found == U64F64.from_float(price), f"found {found}"

    def do_cost(self, rao: int) -> None:
        """What a subnet costs."""
        found = networks.lock_cost(self.sub)
        assert found == rao, f"found {found}"

    def do_answer(self, name: str, args: list[Any], expected: Any) -> None:
        """What a runtime API answers."""
        found = getattr(self.sub, name)(*resolved(args))
        assert matches(found, expected), f"found {found}"

    def do_hyperparameters(self, netuid: int, expected: list[tuple[str, Any]]) -> None:
        """The self-describing hyperparameters of a subnet, in order."""
        found = self.sub.get_subnet_hyperparams_v3(netuid)
        told = [(entry.name.decode(), entry.value.value) for entry in found]
        assert told == [tuple(one) for one in expected], f"found {told}"

    def do_hyperparameter(self, netuid: int, name: str, value: Any) -> None:
        """One of them."""
        found = self.sub.get_subnet_hyperparams_v3(netuid)
        told = {entry.name.decode(): entry.value.value for entry in found}
        assert told[name] == value, f"found {told[name]}"

    def do_least_nomination(self, rao: int) -> None:
        """The least that may be nominated."""
        found = stake_operations.least_nomination(self.sub)
        assert found == rao, f"found {found}"

    def do_pays(self, name: str, pays: bool) -> None:
        """Whether a call costs a fee."""
        pallets = self.chain.runtime.pallets.values()
        calls = [spec for pallet in pallets for spec in pallet.calls.values()]
        spec = next(spec for spec in calls if spec.name == name)
        assert spec.pays is pays, f"found {spec.pays}"

    # -- inside ----------------------------------------------------------------------------------

    def _account(self, who: str | int) -> bytes:
        return custody.account_of_netuid(who) if isinstance(who, int) else resolved(who)


def _links(links: list[Any]) -> list[tuple[int, bytes]]:
    return [(proportion, resolved(child)) for proportion, child in links]

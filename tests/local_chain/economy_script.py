"""Scripts of staking, swaps, claims and fees, as tests/data/vectors holds them.

A script is a list of steps; the first word of a step is what is done, the rest are its values.
Steps that set up: `subnet`, `root`, `own`, `neuron`, `fund`, `drain`, `give`, `take`, `reward`,
`put`, `drop`, `later`, `seal`, `reserve` (the least that swaps leave alone). Steps that act:
`call`, `refused`, `send`, `stake_into`, `unstake_from`, `pay_root`, `do`, `mint`. Steps that look:
`is` (a query and what it must give), `keep` (give a query's number a name), `gained` (what it
changed by), `event` (the last of a name; null for any value), `count` (how many there are). Events
are those since the last call.

"@name" is an account of its own for each name, "@subnet:2" a subnet's, "@burn" the burn address,
"@author" the block's author. A number may be a query of its own: {"of": QUERY, "part": [1, 2]}.
What is expected is a value, or a range: {"near", "by"}, {"above"}, {"below"}.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import economy
import pytest
from chain_under_test import Chain

from taokit.chain_client.scale import Era
from taokit.local_chain.amm.swap import MINIMUM_RESERVE
from taokit.local_chain.arithmetic.safe_float import SafeFloat
from taokit.local_chain.chain_spec import account
from taokit.local_chain.extensions import MetadataHash, MetadataHashMode
from taokit.local_chain.frame.call import Call, RuntimeCallCodec
from taokit.local_chain.frame.errors import DispatchError, Invalid
from taokit.local_chain.frame.extrinsic import Extrinsic, MultiAddress
from taokit.local_chain.frame.storage import StorageValue
from taokit.local_chain.pallets.proxy.types import ProxyType
from taokit.local_chain.pallets.subtensor import (
    custody,
    distribution,
    root_claims,
    shares,
    stake_weight,
    staking,
)

LENGTH = 100
_ONE = 1 << 64


class Script:
    """One chain, on which the steps of one vector are made in order."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.sub = chain.runtime.subtensor
        self.kept: dict[str, tuple[Any, int]] = {}
        chain.runtime.swap.minimum_reserve = MINIMUM_RESERVE
        chain.runtime.check_signature = lambda extrinsic: None  # type: ignore[method-assign]

    def run(self, steps: Sequence[Sequence[Any]]) -> None:
        """Make all steps; what goes wrong names its step."""
        for number, (word, *rest) in enumerate(steps):
            try:
                self._step(word)(*rest)
            except (AssertionError, DispatchError) as wrong:
                name = wrong.name if isinstance(wrong, DispatchError) else wrong
                pytest.fail(f"step {number}, {[word, *rest]}: {name}")

    def _step(self, word: str) -> Callable[..., None]:
        step: Callable[..., None] = getattr(self, f"step_{word}")
        return step

    # -- values ----------------------------------------------------------------------------

    def value(self, given: Any) -> Any:
        """A value of a vector as the runtime takes it."""
        if isinstance(given, str):
            return self.account(given) if given.startswith("@") else given
        if isinstance(given, list):
            return [self.value(one) for one in given]
        if isinstance(given, dict):
            if "of" in given:
                times, over = given.get("part", (1, 1))
                return self.query(given["of"]) * times // over + given.get("plus", 0)
            if "same" in given:
                return self.query(given["same"])
            if "call" in given and isinstance(given["call"], list):
                return self.nested(*given["call"])
            if "address" in given:
                return MultiAddress.Id(self.account(given["address"]))
            if "bytes" in given:
                return bytes.fromhex(given["bytes"])
            if "proxy" in given:
                return getattr(ProxyType, given["proxy"])
            return {name: self.value(one) for name, one in given.items()}
        return given

    def account(self, name: str) -> bytes:
        """The account of a name."""
        if name.startswith("@subnet:"):
            return custody.account_of_netuid(int(name.partition(":")[2]))
        if name == "@burn":
            return custody.BURN_ADDRESS
        if name == "@author":
            return self.chain.runtime.aura.author() or b""
        if name.startswith("@//"):
            return account(name[1:])
        return hashlib.blake2b(name.encode(), digest_size=32).digest()

    def key(self, given: Any) -> Any:
        """A storage key: one value, or several as a tuple."""
        made = self.value(given)
        return tuple(made) if isinstance(made, list) else made

    def item(self, name: str) -> Any:
        """A storage item, of SubtensorModule where no pallet is named."""
        pallet, _, item = name.rpartition(".")
        found = self.pallet(pallet or "SubtensorModule")
        return next(i for i in vars(found).values() if getattr(i, "name", None) == item)

    def pallet(self, name: str) -> Any:
        """The pallet of a name."""
        return next(p for p in self.chain.runtime.pallets.values() if p.name == name)

    def nested(self, name: str, args: dict[str, Any]) -> Call:
        """A call as a value."""
        pallet, _, call = name.rpartition(".")
        found = self.pallet(pallet or "SubtensorModule")
        spec = next(spec for spec in found.calls.values() if spec.name == call)
        given = {field: self.value(one) for field, one in args.items()}
        return Call(type(found), spec, tuple(given[field] for field, _ in spec.fields))

    def query(self, query: Sequence[Any]) -> Any:
        """What a query finds; numbers for all but the contents of storage."""
        word, *rest = query
        given = [self.key(one) for one in rest]
        runtime, sub = self.chain.runtime, self.sub
        if word == "stake":
            return self.query_stake(*given)
        if word == "balance":
            return runtime.balances.free(given[0])
        if word == "spendable":
            return custody.coldkey_balance(sub, given[0])
        if word == "worth":
            return stake_weight.total_stake_of_hotkey(sub, given[0])
        if word == "price":
            return runtime.swap.price(given[0]) / _ONE
        if word == "limit":  # the price of a limited call, in rao
            return runtime.swap.current_alpha_price(given[0])
        if word == "owed":
            return root_claims.owed_alpha(sub, *given)
        if word == "exists":
            return self.item(rest[0]).contains(given[1])
        if word == "rate":
            hotkey, netuid = given
            return sub.root_claimable.get(hotkey).get(netuid, 0) / (1 << 32)
        if word == "sum":
            return sum(self.query(one) for one in rest)
        if word == "payer":
            signer, call = given
            return runtime.proxy.fee_payer(call, signer)
        item = self.item(word)
        return item.get() if isinstance(item, StorageValue) else item.get(given[0])

    def query_stake(self, hotkey: bytes, coldkey: bytes, netuid: int) -> int:
        """What a coldkey has staked to a hotkey (rao)."""
        return shares.stake_of_pair(self.sub, hotkey, coldkey, netuid)

    # -- setting up ------------------------------------------------------------------------

    def step_subnet(self, netuid: int, tao: int, alpha: int, out: int = 0, mech: int = 1) -> None:
        economy.add_subnet(self.chain, netuid, tao=tao, alpha=alpha, dynamic=mech == 1)
        self.sub.subnet_alpha_out.insert(netuid, out)
        self.sub.transfer_toggle.insert(netuid, True)

    def step_root(self) -> None:
        economy.open_root(self.chain)

    def step_own(self, hotkey: str, coldkey: str) -> None:
        economy.add_hotkey(self.chain, self.account(hotkey), self.account(coldkey))

    def step_neuron(self, netuid: int, hotkey: str, coldkey: str) -> None:
        economy.add_neuron(self.chain, netuid, self.account(hotkey), self.account(coldkey))

    def step_fund(self, who: str, amount: Any) -> None:
        economy.fund(self.chain, self.account(who), self.value(amount))

    def step_drain(self, who: str, left: int) -> None:
        balances, address = self.chain.runtime.balances, self.account(who)
        rest = balances.free(address) - left
        balances.withdraw(address, rest, keep_alive=left > 0)
        balances.forget(rest)

    def step_give(self, hotkey: str, coldkey: str, netuid: int, alpha: Any) -> None:
        pair = self.account(hotkey), self.account(coldkey)
        economy.give_stake(self.chain, *pair, netuid, self.value(alpha))

    def step_take(self, hotkey: str, coldkey: str, netuid: int, alpha: Any) -> None:
        pair = self.account(hotkey), self.account(coldkey)
        shares.decrease_stake(self.sub, *pair, netuid, self.value(alpha))

    def step_reward(self, hotkey: str, netuid: int, alpha: int) -> None:
        shares.increase_stake_for_all(self.sub, self.account(hotkey), netuid, alpha)

    def step_put(self, name: str, key: Any, value: Any) -> None:
        item, made = self.item(name), self.value(value)
        if isinstance(value, dict) and "u64f64" in value:
            made = value["u64f64"]
        elif isinstance(value, dict) and "safe_float" in value:
            made = SafeFloat.new(*value["safe_float"])
        elif isinstance(value, dict) and "kind" in value:
            kind = getattr(item.value_type, value["kind"])
            made = kind(*self.value(value.get("with", [])))
        if isinstance(item, StorageValue):
            item.put(made)
        else:
            item.insert(self.key(key), made)

    def step_drop(self, name: str, key: Any) -> None:
        self.item(name).remove(self.key(key))

    def step_later(self, blocks: int) -> None:
        number = self.chain.runtime.system.number
        number.put(number.get() + blocks)

    def step_seal(self, blocks: int) -> None:
        for _ in range(blocks):
            self.chain.end_block()
            self.chain.begin_block()

    def step_reserve(self, least: int) -> None:
        self.chain.runtime.swap.minimum_reserve = least

    # -- acting ----------------------------------------------------------------------------

    def step_call(self, who: str | None, name: str, args: dict[str, Any]) -> None:
        pallet, _, call = name.rpartition(".")
        given = {field: self.argument(call, field, one) for field, one in args.items()}
        self.chain.runtime.events.clear()
        signer = None if who is None else self.account(who)
        self.chain.call(signer, pallet or "SubtensorModule", call, **given)

    def argument(self, call: str, field: str, given: Any) -> Any:
        """An argument; of `set_root_claim_type` it is a name and what it holds."""
        if call != "set_root_claim_type":
            return self.value(given)
        from taokit.local_chain.pallets.subtensor.types import RootClaimTypeEnum

        name, *held = given
        kind = getattr(RootClaimTypeEnum, name)
        return kind(*held)

    def step_refused(self, who: str | None, name: str, args: dict[str, Any], error: str) -> None:
        try:
            with self.chain.runtime.transaction():
                self.step_call(who, name, args)
        except DispatchError as refused:
            found = refused.name
        else:
            found = "made"
        assert found == error, f"was {found}"

    def step_send(self, who: str, name: str, args: dict[str, Any], tip: int, result: str) -> None:
        """Apply an extrinsic, signature unseen; `result` is "ok", an error, or why not valid."""
        runtime = self.chain.runtime
        runtime.events.clear()
        outcome = runtime.apply(self.extrinsic(who, self.nested(name, args), tip))
        if outcome.invalid is not None:
            found = outcome.invalid.kind
        else:
            found = "ok" if outcome.error is None else outcome.error.name
        assert found == result, f"ended with {found}"

    def extrinsic(self, who: str, call: Call, tip: int = 0) -> Extrinsic:
        """An extrinsic of 100 bytes whose signature is nobody's concern."""
        extras = {
            "CheckMortality": Era(),
            "CheckNonce": self.chain.runtime.system.account.get(self.account(who)).nonce,
            "ChargeTransactionPayment": tip,
            "CheckMetadataHash": MetadataHash(MetadataHashMode.Disabled),
        }
        encoded = RuntimeCallCodec.shared.encode(call)
        return Extrinsic(bytes(LENGTH), call, encoded, self.account(who), extras=extras)

    def step_valid(self, who: str, name: str, args: dict[str, Any], result: str) -> None:
        """Ask as the pool does whether an extrinsic may come: "ok", or why not."""
        try:
            self.chain.runtime.check(self.extrinsic(who, self.nested(name, args)))
        except Invalid as refused:
            found = refused.kind
        else:
            found = "ok"
        assert found == result, f"was {found}"

    def step_priority(self, who: str, call: list[Any], expected: int) -> None:
        """The place in the pool's order that an extrinsic gets."""
        validity = self.chain.runtime.check(self.extrinsic(who, self.nested(*call)))
        assert validity.priority == expected, f"was {validity.priority}"

    def step_stake_into(self, hotkey: str, coldkey: str, netuid: int, tao: int, limit: int) -> None:
        pair = self.account(hotkey), self.account(coldkey)
        staking.stake_into_subnet(self.sub, *pair, netuid, tao, limit)

    def step_unstake_from(
        self, hotkey: str, coldkey: str, netuid: int, alpha: Any, limit: int
    ) -> None:
        hot, cold = self.account(hotkey), self.account(coldkey)
        staking.unstake_from_subnet(self.sub, hot, cold, cold, netuid, self.value(alpha), limit)

    def step_pay_root(self, netuid: int, alpha: int) -> None:
        distribution.distribute_emission(self.sub, netuid, 0, 0, alpha, 0)

    def step_do(self, name: str, args: list[Any], expected: Any = None) -> None:
        """A function of `custody` or `staking`, its result or the name of its error."""
        call = getattr(custody, name, None) or getattr(staking, name)
        try:
            with self.chain.runtime.transaction():
                found = call(self.sub, *self.value(args))
        except DispatchError as refused:
            found = refused.name
        assert found == expected, f"gave {found}"

    def step_mint(self, amount: int, expected: int) -> None:
        """Make new TAO, and keep it from being dropped; what was made."""
        balances = self.chain.runtime.balances
        rest = custody.TOTAL_SUPPLY - balances.total_issuance.get()
        found = custody.mint_tao(self.sub, amount).amount
        assert found == min(expected, rest), f"made {found}"

    def step_move_claimed(self, netuid: int, old: list[str], new: list[str]) -> None:
        root_claims.move_claimed(self.sub, netuid, self.key(old), self.key(new))

    # -- looking ---------------------------------------------------------------------------

    def step_is(self, query: list[Any], expected: Any) -> None:
        self._compare(self.query(query), expected)

    def step_keep(self, name: str, query: list[Any]) -> None:
        self.kept[name] = query, self.query(query)

    def step_gained(self, name: str, expected: Any) -> None:
        query, before = self.kept[name]
        self._compare(self.query(query) - before, expected)

    def step_rates(self, hotkey: str, netuid: int, expected: float, by: float) -> None:
        """What a hotkey's root stake has earned on a subnet, alpha for each rao."""
        found = self.query(["rate", hotkey, netuid])
        assert abs(found - expected) <= by, f"found {found}"

    def step_double(self, query: list[Any], other: list[Any]) -> None:
        assert 2 * self.query(query) == self.query(other)

    def step_event(self, name: str, expected: list[Any]) -> None:
        found = self._events(name)
        assert found, "there is no such event"
        for one, wanted in zip(found[-1], expected, strict=True):
            if wanted is not None:
                self._compare(one, wanted)

    def step_fee_paid(self, who: str, otherwise: int, by: int) -> None:
        """The balance kept as "b" changed by this, less the fee that the event tells."""
        ((payer, fee, _),) = self._events("TransactionPayment.TransactionFeePaid")
        query, before = self.kept["b"]
        changed = self.query(query) - before
        assert payer == self.account(who)
        assert abs(changed - (otherwise - fee)) <= by, f"changed by {changed}, fee {fee}"

    def step_alpha_fee(self, who: str, netuid: int, moved: int) -> None:
        """The stake kept as "s" fell by this and the fee in alpha that the event tells."""
        ((payer, where, alpha, _),) = self._events("TransactionFeePaidWithAlpha")
        query, before = self.kept["s"]
        fell = before - self.query(query)
        assert (payer, where) == (self.account(who), netuid)
        assert alpha > 0
        assert abs(fell - moved - alpha) <= 1, f"fell by {fell}, fee {alpha}"

    def step_order(self, first: str, second: str) -> None:
        """Both events came, in this order."""
        names = [f"{e.spec.pallet_name}.{e.spec.name}" for e in self.chain.runtime.events]
        full = [one if "." in one else f"SubtensorModule.{one}" for one in (first, second)]
        assert names.index(full[0]) < names.index(full[1])

    def step_count(self, name: str, expected: int) -> None:
        found = len(self._events(name))
        assert found == expected, f"there are {found}"

    def _events(self, name: str) -> list[tuple[Any, ...]]:
        return self.chain.events(name if "." in name else f"SubtensorModule.{name}")

    def _compare(self, found: Any, expected: Any) -> None:
        if isinstance(expected, dict) and "kind" in expected:
            assert type(found).__name__ == expected["kind"], f"found {found}"
        elif isinstance(expected, dict) and not {"of", "same", "call"} & expected.keys():
            low = expected.get("near", 0) - expected["by"] if "by" in expected else None
            high = expected.get("near", 0) + expected["by"] if "by" in expected else None
            low = self.value(expected["above"]) if "above" in expected else low
            high = self.value(expected["below"]) if "below" in expected else high
            strict = "by" not in expected
            assert low is None or (found > low if strict else found >= low), f"found {found}"
            assert high is None or (found < high if strict else found <= high), f"found {found}"
        else:
            made = self.value(expected)
            made = tuple(made) if isinstance(found, tuple) else made
            assert found == made, f"found {found}"

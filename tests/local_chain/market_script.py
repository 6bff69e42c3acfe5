"""The steps of scripts that look at a market, at fees as clients are told them, and at delegates.

`quote` asks what a swap would move, `same_for_good` that the swap then moves just that,
`initialize` and `clear` begin and end a market; `fee_told`, `per_thousand` and `delegated` are what
the runtime API answers, `dispatch` is what a call declares.
"""

from __future__ import annotations

from typing import Any

from economy_script import Script

from taokit.local_chain.amm.swap import MAX_PRICE
from taokit.local_chain.arithmetic.fixed import U64F64
from taokit.local_chain.frame.errors import ModuleError
from taokit.local_chain.pallets.subtensor.runtime_apis.delegate_info import return_per_1000_tao


class MarketScript(Script):
    """A script with the steps of markets."""

    def step_initialize(self, netuid: int, price: list[int] | None, error: str | None) -> None:
        try:
            ratio = None if price is None else U64F64.ratio(*price)
            self.chain.runtime.swap.initialize(netuid, ratio)
        except ModuleError as refused:
            assert refused.name == error, f"was refused: {refused.name}"
        else:
            assert error is None, "was begun"

    def step_clear(self, netuid: int) -> None:
        self.chain.runtime.swap.clear_protocol_liquidity(netuid)

    def step_quote(
        self, side: str, netuid: int, amount: int, limit: int, free: bool, expected: Any
    ) -> None:
        swap = self.chain.runtime.swap
        ask = swap.try_buy if side == "buy" else swap.try_sell
        try:
            found = ask(netuid, amount, limit, drop_fees=free)
        except ModuleError as refused:
            assert refused.name == expected, f"was refused: {refused.name}"
            return
        assert isinstance(expected, dict), f"moves {found}"
        told = {"in": found.paid_in, "out": found.paid_out, "fee": found.fee}
        for name, wanted in expected.items():
            self._compare(told[name], wanted)

    def step_same_for_good(self, netuid: int, amount: int) -> None:
        swap = self.chain.runtime.swap
        simulated = swap.try_buy(netuid, amount, MAX_PRICE)
        assert swap.buy(netuid, amount, MAX_PRICE) == simulated

    def step_fee_told(
        self,
        origin: list[Any] | None,
        origin_coldkey: str,
        destination: list[Any] | None,
        destination_coldkey: str,
        amount: int,
        expected: int,
    ) -> None:
        found = self.sub.get_stake_fee(
            None if origin is None else self.key(origin),
            self.account(origin_coldkey),
            None if destination is None else self.key(destination),
            self.account(destination_coldkey),
            amount,
        )
        assert found == expected, f"told {found}"

    def step_dispatch(self, name: str, args: dict[str, Any], klass: str, pays: bool) -> None:
        call = self.nested(name, args)
        assert (call.dispatch_class.name, call.pays) == (klass, pays)

    def step_per_thousand(self, take: int, stake: int, per_day: int, expected: Any) -> None:
        self._compare(return_per_1000_tao(take, stake, U64F64.from_int(per_day)), expected)

    def step_delegated(self, who: str, expected: list[list[Any]]) -> None:
        """Who an account delegates to and where, with its stake there as storage has it."""
        told = {
            (info.delegate_ss58, netuid): staked
            for info, (netuid, staked) in self.sub.get_delegated(self.account(who))
        }
        places = [(self.account(hotkey), netuid) for hotkey, netuid in expected]
        assert sorted(told) == sorted(places)
        for (hotkey, netuid), staked in told.items():
            assert staked == self.query_stake(hotkey, self.account(who), netuid) > 0

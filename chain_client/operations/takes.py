"""Operations on takes: what a delegate keeps of its nominators' dividends."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

from taokit.chain_client.addresses import ss58_of
from taokit.chain_client.calls import Call
from taokit.chain_client.operations.base import Effect, Operation
from taokit.chain_client.operations.refusals import (
    NOBODY,
    not_owner_of,
    refusal,
    too_soon,
    unknown_hotkey,
)
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.parameters import Arg, Hotkey
from taokit.chain_client.reads.takes import percent, u16_share

if TYPE_CHECKING:
    from typing_extensions import Self

    from taokit.chain_client.client import ChainClient
    from taokit.wallet.errors import TaokitError

__all__ = ["SetTake"]


@operation("sudo.set-take", signer="coldkey")
@dataclass(frozen=True)
class SetTake(Operation):
    """Set a delegate's take: what its hotkey keeps of the dividends of those who stake on it.

    It can be lowered at any time; between two rises the chain wants some days.
    """

    hotkey: Annotated[Hotkey, Arg("The delegate's hotkey.")]
    take: Annotated[Fraction, Arg("The share that is kept: 18% or 0.18.")]
    present: int | None = field(default=None, init=False, repr=False)

    async def prepared_for(self, chain: ChainClient, signer: str) -> Self:
        found = replace(self)
        present = await chain.query("SubtensorModule", "Delegates", self.hotkey)
        object.__setattr__(found, "present", present)
        return found

    @property
    def _parts(self) -> int:
        return u16_share(self.take)

    @property
    def _lowers(self) -> bool:
        return self.present is not None and self._parts < self.present

    def call(self) -> Call:
        name = "decrease_take" if self._lowers else "increase_take"
        return Call("SubtensorModule", name, {"hotkey": self.hotkey, "take": self._parts})

    def summary(self) -> str:
        return f"set the take of {self.hotkey} to {percent(self._parts)}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        before = None if self.present is None else percent(self.present)
        return (Effect(f"take of {self.hotkey}", before, percent(self._parts)),)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        module, wanted = "SubtensorModule", self._parts
        owner, least, most, last, limit, now = await chain.query_many(
            [
                (module, "Owner", self.hotkey),
                (module, "MinDelegateTake"),
                (module, "MaxDelegateTake"),
                (module, "LastRateLimitedBlock", {"LastTxBlockDelegateTake": self.hotkey}),
                (module, "TxDelegateTakeRateLimit"),
                ("System", "Number"),
            ]
        )
        if wanted < least:
            return refusal("DelegateTakeTooLow", f"the least take is {percent(least)}")
        if wanted > most:
            return refusal("DelegateTakeTooHigh", f"the highest take is {percent(most)}")
        if owner == NOBODY:
            return unknown_hotkey(self.hotkey)
        if ss58_of(owner) != signer:
            return not_owner_of(self.hotkey, signer)
        if wanted == self.present:
            return refusal("DelegateTakeTooLow", f"the take is {percent(wanted)} already")
        # exceeds_tx_delegate_take_rate_limit: one block more than the limit must lie between
        since = now + 1 - last
        if not self._lowers and limit and last and since <= limit:
            what = "the take was changed"
            return too_soon("DelegateTxRateLimitExceeded", what, since=since, limit=limit + 1)
        return None

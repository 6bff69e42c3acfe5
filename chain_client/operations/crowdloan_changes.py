"""Operations that change a crowdloan while it runs; only its creator may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidArgument, MissingArgument
from taokit.chain_client.money import Tao
from taokit.chain_client.operations.base import Effect, Operation
from taokit.chain_client.operations.composed import Composed
from taokit.chain_client.operations.crowdloans import (
    end_problem,
    found_crowdloan,
    not_own,
    refused,
)
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.parameters import Arg

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.reads.crowdloans import Crowdloan
    from taokit.wallet.errors import TaokitError

__all__ = ["UpdateCrowdloan"]


@operation("crowd.update", signer="coldkey")
@dataclass(frozen=True)
class UpdateCrowdloan(Operation):
    """Change the end, the cap, or the least or most contribution of a crowdloan.

    Several changes go together in one transaction: all of them, or none.
    """

    crowdloan_id: Annotated[int, Arg("The number of the crowdloan.")]
    min_contribution: Annotated[Tao | None, Arg("The least that anybody may give.")] = None
    max_contribution: Annotated[Tao | None, Arg("The most that anybody may give.")] = None
    no_max_contribution: Annotated[bool, Arg("Let everybody give as much as they like.")] = False
    end: Annotated[int | None, Arg("The block at which it ends.")] = None
    cap: Annotated[Tao | None, Arg("How much is to be raised.")] = None

    def __post_init__(self) -> None:
        if self.no_max_contribution and self.max_contribution is not None:
            why = "set a most contribution, or take it away"
            raise InvalidArgument("max_contribution", self.max_contribution, why)
        if not self._changes():
            raise MissingArgument("min_contribution, max_contribution, end or cap")

    def _changes(self) -> list[tuple[str, str, str, Any]]:
        """Call, argument, words and new value of each change."""
        most: Any = self.max_contribution
        return [
            (call, argument, words, value)
            for call, argument, words, value, wanted in (
                ("update_end", "new_end", "end", self.end, self.end is not None),
                ("update_cap", "new_cap", "cap", self.cap, self.cap is not None),
                (
                    "update_min_contribution",
                    "new_min_contribution",
                    "least contribution",
                    self.min_contribution,
                    self.min_contribution is not None,
                ),
                (
                    "set_max_contribution",
                    "new_max_contribution",
                    "most contribution",
                    most,
                    most is not None or self.no_max_contribution,
                ),
            )
            if wanted
        ]

    async def prepared_for(self, chain: ChainClient, signer: str) -> Operation:
        calls = [
            Call("Crowdloan", call, {"crowdloan_id": self.crowdloan_id, argument: value})
            for call, argument, _, value in self._changes()
        ]
        made = calls[0] if len(calls) == 1 else Call("Utility", "batch_all", {"calls": calls})
        return Composed(self, made)

    def summary(self) -> str:
        changes = [f"{words} {value or 'none'}" for _, _, words, value in self._changes()]
        return f"change crowdloan {self.crowdloan_id}: {', '.join(changes)}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        loan = await found_crowdloan(chain, self.crowdloan_id)
        before = {
            "end": getattr(loan, "end", None),
            "cap": getattr(loan, "cap", None),
            "least contribution": getattr(loan, "min_contribution", None),
            "most contribution": getattr(loan, "max_contribution", None),
        }
        # words of a value are told, since an amount that falls would count as money that goes
        return tuple(
            Effect(f"{words} of crowdloan {self.crowdloan_id}", str(before[words]), str(value))
            for _, _, words, value in self._changes()
        )

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        loan, why = await not_own(chain, self.crowdloan_id, signer)
        if loan is None:
            return why
        if self.end is not None and (found := await end_problem(chain, self.end)) is not None:
            return found
        if self.cap is not None and self.cap < loan.raised:
            return refused("CapTooLow", f"{loan.raised} have been raised already")
        return self._least_problem(chain, loan) or await self._most_problem(chain, loan)

    def _least_problem(self, chain: ChainClient, loan: Crowdloan) -> TaokitError | None:
        if self.min_contribution is None:
            return None
        least = Tao(chain.constant("Crowdloan", "AbsoluteMinimumContribution"))
        if self.min_contribution < least:
            reason = f"the least contribution is {least} or more"
            return refused("MinimumContributionTooLow", reason)
        if loan.max_contribution is not None and self.min_contribution > loan.max_contribution:
            reason = f"the most contribution is {loan.max_contribution}"
            return refused("MinimumContributionTooHigh", reason)
        return None

    async def _most_problem(self, chain: ChainClient, loan: Crowdloan) -> TaokitError | None:
        from taokit.chain_client.reads.crowdloans import contributed

        if self.max_contribution is None:
            return None
        own = await contributed(chain, self.crowdloan_id, loan.creator)
        least = max(self.min_contribution or loan.min_contribution, own)
        if self.max_contribution >= least:
            return None
        reason = f"the creator has given {own}, and the least contribution is set: {least} or more"
        return refused("MaximumContributionTooLow", reason)

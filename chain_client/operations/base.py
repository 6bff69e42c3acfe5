"""What every operation can do, and the plan that a dry run shows.

Owns the base class and the value types of a plan. Does not own signing and sending
(``extrinsics``), nor the operations themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from taokit.chain_client.errors import InvalidArgument
from taokit.chain_client.operations.registry import Entry

if TYPE_CHECKING:
    from typing_extensions import Self

    from taokit.chain_client.calls import Call
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.money import Amount, Tao
    from taokit.wallet.errors import TaokitError

__all__ = ["Effect", "Operation", "Plan"]


@dataclass(frozen=True)
class Effect:
    """One thing that will change: ``what``, and its value before and after where known."""

    what: str
    before: Any = None
    after: Any = None

    @property
    def impossible(self) -> bool:
        """Whether more would go than is there: an amount below zero afterwards."""
        return getattr(self.after, "rao", 0) < 0


@dataclass(frozen=True)
class Plan:
    """What an operation would do, found out without signing or sending anything."""

    operation: Operation | Call
    call: Call
    signer: str
    summary: str
    effects: tuple[Effect, ...]
    warnings: tuple[str, ...]
    fee: Tao | None
    problem: TaokitError | None


class Operation:
    """Base of every operation. Subclasses are frozen dataclasses marked ``@operation``."""

    entry: ClassVar[Entry]
    """What the registry knows of this operation; set by the decorator."""

    keeps_alive: ClassVar[bool] = False
    """Whether the chain refuses to take the signer below the existential deposit."""

    @property
    def all_or_nothing(self) -> bool:
        """Whether the chain refuses it when not all of the amount is there."""
        return True

    def call(self) -> Call:
        """The chain call; every field must have its final value (see :meth:`prepared`)."""
        raise NotImplementedError

    def summary(self) -> str:
        """One sentence: what will be done, with full addresses."""
        raise NotImplementedError

    async def prepared(self, chain: ChainClient) -> Self:
        """The operation with what only the chain knows filled in; itself where nothing is."""
        return self

    async def prepared_for(self, chain: ChainClient, signer: str) -> Operation:
        """As :meth:`prepared`, for operations whose call depends on who signs it.

        What comes back may be another operation; preparing that again gives it itself.
        """
        return await self.prepared(chain)

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        """What will change for ``signer``, where a read or two can tell."""
        return ()

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        """What a careful person would want to know first."""
        return ()

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        """What the chain would refuse it with now, where a read or two can tell.

        A typed error with the chain's own name for it; see ``refusals.refusal``. A subnet that
        does not exist and a balance that is too low are found out without this.
        """
        return None


def require_positive(name: str, amount: Amount) -> None:
    """Raise :class:`InvalidArgument` unless ``amount`` is more than zero."""
    if amount.rao <= 0:
        raise InvalidArgument(name, str(amount), "it must be more than zero")

"""The operation that destroys TAO."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from taokit.chain_client.calls import Call
from taokit.chain_client.money import Tao
from taokit.chain_client.operations.base import Effect, Operation, require_positive
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.parameters import Arg

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["BurnTao"]


@operation("wallet.burn", signer="coldkey", danger="severe")
@dataclass(frozen=True)
class BurnTao(Operation):
    """Destroy TAO of the coldkey. Nobody gets it, and nothing brings it back."""

    amount: Annotated[Tao, Arg("How much TAO.")]
    keep_alive: Annotated[bool, Arg("Refuse to take the account below the least balance.")] = True

    def __post_init__(self) -> None:
        require_positive("amount", self.amount)

    @property
    def keeps_alive(self) -> bool:  # type: ignore[override]
        return self.keep_alive

    def call(self) -> Call:
        args = {"value": self.amount, "keep_alive": self.keep_alive}
        return Call("Balances", "burn", args)

    def summary(self) -> str:
        return f"destroy {self.amount}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.balances import balance

        held = await balance(chain, signer)
        return (Effect(f"balance of {signer}", held.free, held.free - self.amount),)

"""Operations that move TAO between accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from taokit.chain_client.calls import Call
from taokit.chain_client.money import Tao
from taokit.chain_client.operations.base import Effect, Operation, require_positive
from taokit.chain_client.operations.refusals import refusal
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.parameters import Account, Arg

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.wallet.errors import TaokitError

__all__ = ["Transfer", "TransferAll", "TransferAllowDeath"]


@dataclass(frozen=True)
class _Amounted(Operation):
    """What the two transfers of an amount share."""

    to: Annotated[Account, Arg("Who receives it.")]
    amount: Annotated[Tao, Arg("How much TAO.")]

    def __post_init__(self) -> None:
        require_positive("amount", self.amount)

    def summary(self) -> str:
        return f"transfer {self.amount} to {self.to}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.balances import balances

        sender, receiver = await balances(chain, [signer, self.to])
        return (
            Effect(f"balance of {signer}", sender.free, sender.free - self.amount),
            Effect(f"balance of {self.to}", receiver.free, receiver.free + self.amount),
        )

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        from taokit.chain_client.reads.balances import balance

        held = await balance(chain, signer)
        if self.amount > held.free:
            return (f"{signer} holds only {held.free}",)
        return ()

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        from taokit.chain_client.reads.balances import balances, existential

        sender, receiver = await balances(chain, [signer, self.to])
        least, there = existential(chain), receiver.free
        if self.amount > sender.free or there + self.amount >= least:
            return None  # what is missing is told with the fee
        reason = f"{self.to} would hold {there + self.amount}, and an account {least} at least"
        return refusal("Token.BelowMinimum", reason, pallet=None)


@operation("wallet.transfer", signer="coldkey")
@dataclass(frozen=True)
class Transfer(_Amounted):
    """Transfer TAO to another account, keeping the sender's account alive."""

    keeps_alive = True

    def call(self) -> Call:
        return Call(
            "Balances", "transfer_keep_alive", {"dest": {"Id": self.to}, "value": self.amount}
        )


@operation("wallet.transfer-allow-death", signer="coldkey")
@dataclass(frozen=True)
class TransferAllowDeath(_Amounted):
    """Transfer TAO to another account, even if the sender's account is closed by it.

    What is left below the existential deposit is lost with the account.
    """

    def call(self) -> Call:
        return Call(
            "Balances", "transfer_allow_death", {"dest": {"Id": self.to}, "value": self.amount}
        )


@operation("wallet.transfer-all", signer="coldkey", danger="severe")
@dataclass(frozen=True)
class TransferAll(Operation):
    """Transfer everything that an account can give away."""

    to: Annotated[Account, Arg("Who receives it.")]
    keep_alive: Annotated[bool, Arg("Leave enough to keep the sender's account alive.")] = True

    @property
    def all_or_nothing(self) -> bool:
        return False  # what the fee takes is not transferred

    def call(self) -> Call:
        return Call(
            "Balances", "transfer_all", {"dest": {"Id": self.to}, "keep_alive": self.keep_alive}
        )

    def summary(self) -> str:
        left = "all but the existential deposit" if self.keep_alive else "everything"
        return f"transfer {left} to {self.to}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.balances import balance, existential

        held = await balance(chain, signer)
        left = existential(chain) if self.keep_alive else Tao(0)
        return (Effect(f"balance of {signer}", held.free, left),)

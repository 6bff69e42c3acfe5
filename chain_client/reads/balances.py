"""Reads about accounts' TAO."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from taokit.chain_client.addresses import ss58_of
from taokit.chain_client.money import Tao
from taokit.chain_client.parameters import Account, Arg
from taokit.chain_client.reads.registry import read

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["Balance", "balance", "balances", "existential_deposit", "issuance"]


@dataclass(frozen=True, slots=True)
class Balance:
    """The TAO of one account. ``transferable`` is what can leave it while it stays alive."""

    address: str
    free: Tao
    reserved: Tao
    frozen: Tao
    transferable: Tao
    nonce: int

    @classmethod
    def from_account(cls, address: str, account: Any, deposit: Tao) -> Balance:
        """From the value of ``System.Account``; ``deposit`` is the existential deposit."""
        data = account["data"]
        free, reserved, frozen = (Tao(data[part]) for part in ("free", "reserved", "frozen"))
        # pallet_balances: a freeze counts reserved funds first, and a living account keeps the
        # existential deposit.
        untouchable = max(frozen - reserved, deposit if free else Tao(0))
        transferable = max(free - untouchable, Tao(0))
        return cls(address, free, reserved, frozen, transferable, account["nonce"])


@read("balance", group="accounts")
async def balance(
    chain: ChainClient, address: Annotated[Account, Arg("Whose balance.")]
) -> Balance:
    """Free, reserved, frozen and transferable TAO of an account."""
    account = await chain.query("System", "Account", address)
    return Balance.from_account(ss58_of(address), account, existential(chain))


@read("balances", group="accounts")
async def balances(
    chain: ChainClient,
    addresses: Annotated[list[str], Arg("Whose balances.", kind="accounts")],
) -> tuple[Balance, ...]:
    """Balances of several accounts, all of one block."""
    accounts = await chain.query_many([("System", "Account", address) for address in addresses])
    deposit = existential(chain)
    return tuple(
        Balance.from_account(ss58_of(address), account, deposit)
        for address, account in zip(addresses, accounts, strict=True)
    )


@read("existential-deposit", group="accounts")
async def existential_deposit(chain: ChainClient) -> Tao:
    """The least an account must hold to exist."""
    return existential(chain)


@read("issuance", group="accounts")
async def issuance(chain: ChainClient) -> Tao:
    """All TAO in existence."""
    return Tao(await chain.query("Balances", "TotalIssuance"))


def existential(chain: ChainClient) -> Tao:
    """The existential deposit, from the metadata."""
    return Tao(chain.constant("Balances", "ExistentialDeposit"))

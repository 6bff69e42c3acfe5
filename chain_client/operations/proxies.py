"""Operations on proxies: accounts that may act for a coldkey."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidArgument
from taokit.chain_client.operations.base import Effect, Operation
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.parameters import Account, Arg

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["AddProxy", "RemoveProxy"]

PROXY_TYPES = (
    "Any",
    "Owner",
    "NonCritical",
    "NonTransfer",
    "NonFungible",
    "Staking",
    "Registration",
    "Transfer",
    "SmallTransfer",
    "ChildKeys",
    "SudoUncheckedSetCode",
    "SwapHotkey",
    "SubnetLeaseBeneficiary",
    "RootClaim",
)
"""What a proxy can be for; kinds that allow nothing any more are left out."""


@dataclass(frozen=True)
class _OfProxy(Operation):
    """What adding and removing share: a proxy is named by account, kind and delay."""

    delegate: Annotated[Account, Arg("Who may act for the coldkey.")]
    proxy_type: Annotated[str, Arg("What it may do: Any, Staking, Transfer, NonTransfer, ...")]
    delay: Annotated[int, Arg("Blocks between announcing a call and making it; 0 for none.")] = 0

    def __post_init__(self) -> None:
        if self.proxy_type not in PROXY_TYPES:
            raise InvalidArgument("proxy_type", self.proxy_type, ", ".join(PROXY_TYPES))
        if not 0 <= self.delay < 1 << 32:
            raise InvalidArgument("delay", self.delay, "a number of blocks")

    def _call(self, name: str) -> Call:
        return Call(
            "Proxy",
            name,
            {
                "delegate": {"Id": self.delegate},
                "proxy_type": self.proxy_type,
                "delay": self.delay,
            },
        )


@operation("wallet.add-proxy", signer="coldkey", danger="severe")
@dataclass(frozen=True)
class AddProxy(_OfProxy):
    """Let an account act for the coldkey, within a kind of calls. Reserves a deposit."""

    def call(self) -> Call:
        return self._call("add_proxy")

    def summary(self) -> str:
        return f"let {self.delegate} act for this coldkey ({self.proxy_type})"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        return (Effect(f"proxies of {signer}", None, f"{self.delegate} ({self.proxy_type})"),)


@operation("wallet.remove-proxy", signer="coldkey", danger="moderate")
@dataclass(frozen=True)
class RemoveProxy(_OfProxy):
    """No longer let an account act for the coldkey. Returns its part of the deposit."""

    def call(self) -> Call:
        return self._call("remove_proxy")

    def summary(self) -> str:
        return f"no longer let {self.delegate} act for this coldkey ({self.proxy_type})"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        return (Effect(f"proxies of {signer}", f"{self.delegate} ({self.proxy_type})", None),)

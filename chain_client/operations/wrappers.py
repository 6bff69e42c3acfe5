"""Operations done for another account or together: as a proxy, as root, in one batch.

Owns what is wrapped around any operation or call. Does not own proxies themselves (``proxies``)
nor accounts of several signers (``multisigs``).

    ForProxy(AddStake(...), real="5F...")        # signed by a proxy of 5F...
    BatchAll((AddStake(...), AddStake(...)))     # both, or neither
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidArgument
from taokit.chain_client.operations.base import Effect, Operation
from taokit.chain_client.operations.composed import (
    Composed,
    call_of,
    described,
    inner_effects,
    inner_problem,
    inner_warnings,
)
from taokit.chain_client.operations.refusals import refusal
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.parameters import AnyCall, AnyCalls, Arg

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.wallet.errors import TaokitError

__all__ = ["AsDerivative", "AsSudo", "BatchAll", "ForProxy", "IfElse"]


@dataclass(frozen=True)
class ForProxy(Operation):
    """Any operation or call, done for ``real`` by one of its proxies, who signs.

    Effects and problems are those of the real account. Of several kinds of proxy that the signer
    is, ``proxy_type`` chooses one; otherwise the first that allows the call is taken.
    """

    operation: Any
    real: str
    proxy_type: str | None = None
    made: Call | None = None

    @property
    def entry(self) -> Any:  # type: ignore[override]
        """What the registry knows of the operation inside."""
        return self.operation.entry

    @property
    def netuid(self) -> int | None:
        """The subnet that the operation names, if any."""
        return getattr(self.operation, "netuid", None)

    @property
    def all_or_nothing(self) -> bool:
        return getattr(self.operation, "all_or_nothing", True)

    @property
    def keeps_alive(self) -> bool:  # type: ignore[override]
        return getattr(self.operation, "keeps_alive", False)

    @property
    def committed(self) -> Any:
        """What has to be kept until it is revealed, where weights are committed to."""
        return getattr(self.operation, "committed", None)

    async def prepared_for(self, chain: ChainClient, signer: str) -> Operation:
        from taokit.chain_client.reads.proxies import fitting_proxy, proxies

        what = self.operation
        if self.made is None and isinstance(what, Operation):
            what = await what.prepared_for(chain, self.real)
        inner = self.made or (
            what.call() if isinstance(what, Operation) else await call_of(chain, what, self.real)
        )
        chosen = self.proxy_type
        if chosen is None and self.made is None:
            mine = [one for one in await proxies(chain, self.real) if one.delegate == signer]
            fitting = await fitting_proxy(chain, mine, inner)
            if fitting is not None and fitting != mine[0]:
                chosen = fitting.proxy_type
        return replace(self, operation=what, made=inner, proxy_type=chosen)

    def call(self) -> Call:
        if self.made is None:
            raise InvalidArgument("operation", described(self.operation), "prepare it first")
        real, kind = {"Id": self.real}, self.proxy_type
        return Call("Proxy", "proxy", {"real": real, "force_proxy_type": kind, "call": self.made})

    def summary(self) -> str:
        return f"for {self.real}: {described(self.operation)}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        return await inner_effects(chain, self.operation, self.real)

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        return await inner_warnings(chain, self.operation, self.real)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        from taokit.chain_client.operations.coldkey_swaps import swap_in_the_way
        from taokit.chain_client.reads.proxies import proxy_problem

        if self.made is not None:
            found = await proxy_problem(chain, self.real, signer, self.proxy_type, self.made)
            found = found or await swap_in_the_way(chain, self.made, self.real)
            if found is not None:
                return found
        return await inner_problem(chain, self.operation, self.real)


@operation("sudo.call", signer="coldkey", danger="severe")
@dataclass(frozen=True)
class AsSudo(Operation):
    """Make any call as root, signed by the sudo key."""

    inner: Annotated[AnyCall, Arg("What to do as root.")]

    async def prepared_for(self, chain: ChainClient, signer: str) -> Operation:
        inner = await call_of(chain, self.inner, signer)
        return Composed(self, Call("Sudo", "sudo", {"call": inner}))

    def summary(self) -> str:
        return f"as root: {described(self.inner)}"

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        from taokit.chain_client.hyperparameters.checks import not_sudo_key

        return await not_sudo_key(chain, signer)


_MOST_DESCRIBED = 12
_MODES = {"all": "batch_all", "each": "force_batch", "until-failure": "batch"}


@operation("tx.batch", signer="coldkey", danger="severe")
@dataclass(frozen=True)
class BatchAll(Operation):
    """Make several calls in one transaction: all of them, or none if one fails."""

    calls: Annotated[AnyCalls, Arg("Operations and calls, in order.")]
    mode: Annotated[
        str, Arg("all, each (whatever fails), or until-failure (keeps those before).")
    ] = "all"

    def __post_init__(self) -> None:
        if not self.calls:
            raise InvalidArgument("calls", [], "give one at least")
        if self.mode not in _MODES:
            raise InvalidArgument("mode", self.mode, ", ".join(_MODES))

    async def prepared_for(self, chain: ChainClient, signer: str) -> Operation:
        inner = [await call_of(chain, one, signer) for one in self.calls]
        return Composed(self, Call("Utility", _MODES[self.mode], {"calls": inner}))

    @property
    def all_or_nothing(self) -> bool:
        return False  # what the calls before leave is not known to those after

    def summary(self) -> str:
        how = {"all": "all or none of", "each": "each of", "until-failure": "until one fails,"}
        shown = [described(one) for one in self.calls[:_MOST_DESCRIBED]]
        if len(self.calls) > len(shown):
            shown.append(f"and {len(self.calls) - len(shown)} more")
        return f"{how[self.mode]} {len(self.calls)}: " + "; ".join(shown)

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        found: list[Effect] = []
        for one in self.calls:
            found += await inner_effects(chain, one, signer)
        return tuple(found)

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        found: list[str] = []
        for one in self.calls:
            found += await inner_warnings(chain, one, signer)
        return tuple(dict.fromkeys(found))

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        """What the first call would be refused with; later ones depend on those before."""
        if any(_is_batch(chain, one) for one in self.calls):
            reason = "there is a batch inside the batch, which the chain takes nowhere"
            return refusal(
                "CallFiltered", reason, pallet="System", hint="put its calls beside them"
            )
        if self.mode == "each":
            return None
        return await inner_problem(chain, self.calls[0], signer)


def _is_batch(chain: ChainClient, what: Any) -> bool:
    if isinstance(what, bytes):
        what = Call.from_value(chain.runtime.call_codec.decode(what))
    if isinstance(what, Call):
        return what.pallet == "Utility" and what.name in _MODES.values()
    return isinstance(getattr(what, "operation", what), BatchAll)


@operation("tx.if-else", signer="coldkey", danger="severe")
@dataclass(frozen=True)
class IfElse(Operation):
    """Make a call, and if it fails another in its place."""

    main: Annotated[AnyCall, Arg("What to try.")]
    fallback: Annotated[AnyCall, Arg("What to do if that fails.")]

    async def prepared_for(self, chain: ChainClient, signer: str) -> Operation:
        inner = {
            "main": await call_of(chain, self.main, signer),
            "fallback": await call_of(chain, self.fallback, signer),
        }
        return Composed(self, Call("Utility", "if_else", inner))

    def summary(self) -> str:
        return f"{described(self.main)}; or if that fails, {described(self.fallback)}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        return await inner_effects(chain, self.main, signer)

    @property
    def all_or_nothing(self) -> bool:
        return False


@operation("tx.as-derivative", signer="coldkey", danger="severe")
@dataclass(frozen=True)
class AsDerivative(Operation):
    """Make a call as an account derived from the coldkey by a number.

    Such an account has no key of its own: only this coldkey acts for it.
    """

    index: Annotated[int, Arg("The number of the derived account (0 to 65535).")]
    inner: Annotated[AnyCall, Arg("What to do.")]

    def __post_init__(self) -> None:
        if not 0 <= self.index < 1 << 16:
            raise InvalidArgument("index", self.index, "between 0 and 65535")

    async def prepared_for(self, chain: ChainClient, signer: str) -> Operation:
        inner = await call_of(chain, self.inner, self.account(signer))
        call = Call("Utility", "as_derivative", {"index": self.index, "call": inner})
        return Composed(self, call)

    def account(self, signer: str) -> str:
        """The address of the derived account."""
        from taokit.chain_client.derived_accounts import derivative_account

        return derivative_account(signer, self.index)

    def summary(self) -> str:
        return f"as derived account {self.index}: {described(self.inner)}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        return await inner_effects(chain, self.inner, self.account(signer))

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        return await inner_problem(chain, self.inner, self.account(signer))

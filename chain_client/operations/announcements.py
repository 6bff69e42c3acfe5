"""Operations on announced calls: what a proxy with a delay does instead of acting at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidArgument, MissingArgument
from taokit.chain_client.operations.base import Effect, Operation
from taokit.chain_client.operations.composed import (
    Composed,
    call_of,
    described,
    inner_effects,
    inner_problem,
)
from taokit.chain_client.operations.proxies import deposit_effects, proxy_type_named
from taokit.chain_client.operations.refusals import refusal
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.parameters import Account, AnyCall, Arg

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.wallet.errors import TaokitError

__all__ = ["AnnounceCall", "ExecuteAnnounced", "RejectAnnouncement", "WithdrawAnnouncement"]


def checked_hash(text: str) -> str:
    """A call's hash as ``0x`` and 64 hex digits. Raises :class:`InvalidArgument`."""
    try:
        raw = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raw = b""
    if len(raw) != 32:
        raise InvalidArgument("call_hash", text, "a hash is 0x and 64 hex digits")
    return "0x" + raw.hex()


async def hash_of(chain: ChainClient, inner: Any, given: str | None, actor: str) -> str:
    """The hash of a call, or the one that was given in its place."""
    from taokit.chain_client.derived_accounts import call_hash

    if inner is None:
        if given is None:
            raise MissingArgument("call")
        return checked_hash(given)
    return call_hash(chain.encode_call(await call_of(chain, inner, actor)))


@operation("proxy.announce", signer="coldkey")
@dataclass(frozen=True)
class AnnounceCall(Operation):
    """Announce a call that the signer, as a proxy with a delay, means to make for an account.

    It can be made once the delay has passed (`proxy execute`), by anybody who knows the call.
    Until then the account can reject it.
    """

    real: Annotated[Account, Arg("For whom it will be made.")]
    inner: Annotated[AnyCall | None, Arg("What will be done.")] = None
    call_hash: Annotated[str | None, Arg("Its hash, in place of the call.")] = None

    async def prepared_for(self, chain: ChainClient, signer: str) -> Operation:
        found = await hash_of(chain, self.inner, self.call_hash, self.real)
        args = {"real": {"Id": self.real}, "call_hash": found}
        return Composed(self, Call("Proxy", "announce", args))

    def summary(self) -> str:
        what = f"the call {self.call_hash}" if self.inner is None else described(self.inner)
        return f"announce for {self.real}: {what}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        pending, held = await chain.query("Proxy", "Announcements", signer)
        deposit = announcement_deposit(chain, len(pending) + 1)
        return await deposit_effects(chain, signer, held, deposit)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        from taokit.chain_client.reads.proxies import announcements, proxies

        if not any(one.delegate == signer for one in await proxies(chain, self.real)):
            return refusal("NotProxy", f"{signer} is not a proxy of {self.real}", pallet="Proxy")
        pending = await announcements(chain, signer)
        if len(pending) >= chain.constant("Proxy", "MaxPending"):
            reason = f"{signer} has announced {len(pending)} calls, the most there may be"
            return refusal("TooMany", reason, pallet="Proxy")
        return None


@operation("proxy.execute", signer="coldkey")
@dataclass(frozen=True)
class ExecuteAnnounced(Operation):
    """Make a call that a proxy announced, once its delay has passed. Anybody may."""

    real: Annotated[Account, Arg("For whom it is made.")]
    inner: Annotated[AnyCall, Arg("The announced call.")]
    delegate: Annotated[Account | None, Arg("The proxy that announced it; else the signer.")] = None
    proxy_type: Annotated[str | None, Arg("Of several kinds that the proxy is, this one.")] = None

    def __post_init__(self) -> None:
        if self.proxy_type is not None:
            object.__setattr__(self, "proxy_type", proxy_type_named(self.proxy_type))

    async def prepared_for(self, chain: ChainClient, signer: str) -> Operation:
        args = {
            "delegate": {"Id": self.delegate or signer},
            "real": {"Id": self.real},
            "force_proxy_type": self.proxy_type,
            "call": await call_of(chain, self.inner, self.real),
        }
        return Composed(self, Call("Proxy", "proxy_announced", args))

    def summary(self) -> str:
        return f"for {self.real}, as announced: {described(self.inner)}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        return await inner_effects(chain, self.inner, self.real)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        from taokit.chain_client.reads.proxies import announcements, proxies

        proxy = self.delegate or signer
        mine = [
            one
            for one in await proxies(chain, self.real)
            if one.delegate == proxy and self.proxy_type in (None, one.proxy_type)
        ]
        if not mine:
            return refusal("NotProxy", f"{proxy} is not a proxy of {self.real}", pallet="Proxy")
        wanted = await hash_of(chain, self.inner, None, self.real)
        made = [
            one
            for one in await announcements(chain, proxy)
            if (one.real, one.call_hash) == (self.real, wanted)
        ]
        if not made:
            reason = f"{proxy} has not announced this call for {self.real}"
            hint = (
                "announce it, for any change to the call makes it another: "
                f"`taokit proxy announce --real {self.real} --call-hash {wanted} -w WALLET`"
            )
            return refusal("Unannounced", reason, pallet="Proxy", hint=hint)
        ready = min(one.announced_at for one in made) + mine[0].delay
        wait = ready - (await chain.query("System", "Number") + 1)
        if wait > 0:
            reason = f"the announced call can be made from block {ready}"
            return refusal("Unannounced", reason, pallet="Proxy", wait=wait)
        return await inner_problem(chain, self.inner, self.real)


@dataclass(frozen=True)
class _OfAnnouncement(Operation):
    """What rejecting and withdrawing share."""

    async def _missing(
        self, chain: ChainClient, delegate: str, real: str, wanted: str
    ) -> TaokitError | None:
        from taokit.chain_client.reads.proxies import announcements

        found = {(one.real, one.call_hash) for one in await announcements(chain, delegate)}
        if (real, wanted) in found:
            return None
        reason = f"{delegate} has announced no call {wanted} for {real}"
        hint = f"`taokit query announcements {delegate}` shows what it has announced"
        return refusal("NotFound", reason, pallet="Proxy", hint=hint)


@operation("proxy.reject", signer="coldkey")
@dataclass(frozen=True)
class RejectAnnouncement(_OfAnnouncement):
    """Refuse what a proxy of the coldkey announced, so that it cannot be made."""

    delegate: Annotated[Account, Arg("The proxy that announced it.")]
    call_hash: Annotated[str, Arg("The hash of the announced call.")]

    def __post_init__(self) -> None:
        object.__setattr__(self, "call_hash", checked_hash(self.call_hash))

    def call(self) -> Call:
        args = {"delegate": {"Id": self.delegate}, "call_hash": self.call_hash}
        return Call("Proxy", "reject_announcement", args)

    def summary(self) -> str:
        return f"reject the call {self.call_hash} that {self.delegate} announced"

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        return await self._missing(chain, self.delegate, signer, self.call_hash)


@operation("proxy.withdraw", signer="coldkey")
@dataclass(frozen=True)
class WithdrawAnnouncement(_OfAnnouncement):
    """Take back what the signer announced as a proxy. Returns its part of the deposit."""

    real: Annotated[Account, Arg("For whom it was announced.")]
    call_hash: Annotated[str, Arg("The hash of the announced call.")]

    def __post_init__(self) -> None:
        object.__setattr__(self, "call_hash", checked_hash(self.call_hash))

    def call(self) -> Call:
        args = {"real": {"Id": self.real}, "call_hash": self.call_hash}
        return Call("Proxy", "remove_announcement", args)

    def summary(self) -> str:
        return f"take back the call {self.call_hash} announced for {self.real}"

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        return await self._missing(chain, signer, self.real, self.call_hash)


def announcement_deposit(chain: ChainClient, count: int) -> int:
    """What a proxy reserves for ``count`` announcements, in rao."""
    if not count:
        return 0
    base = chain.constant("Proxy", "AnnouncementDepositBase")
    return int(base + chain.constant("Proxy", "AnnouncementDepositFactor") * count)

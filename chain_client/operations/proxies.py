"""Operations on proxies: accounts that may act for a coldkey.

Owns adding and removing them, and accounts without a key. Does not own announcing calls
(``announcements``) nor acting as a proxy (``wrappers``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidArgument
from taokit.chain_client.money import Tao
from taokit.chain_client.operations.base import Effect, Operation
from taokit.chain_client.operations.composed import Composed
from taokit.chain_client.operations.refusals import refusal
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.parameters import Account, Arg

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.errors import WouldFail

__all__ = [
    "PROXY_TYPES",
    "AddProxy",
    "CreatePure",
    "KillPure",
    "RemoveAllProxies",
    "RemoveProxy",
    "SetRealPaysFee",
]

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

_NUMBERS = {
    "Any": 0,
    "Owner": 1,
    "NonCritical": 2,
    "NonTransfer": 3,
    "NonFungible": 5,
    "Staking": 8,
    "Registration": 9,
    "Transfer": 10,
    "SmallTransfer": 11,
    "ChildKeys": 13,
    "SudoUncheckedSetCode": 14,
    "SwapHotkey": 15,
    "SubnetLeaseBeneficiary": 16,
    "RootClaim": 17,
}


def proxy_type_named(given: str) -> str:
    """A kind of proxy by its name, whatever the case. Raises :class:`InvalidArgument`."""
    wanted = given.replace("-", "").replace("_", "").lower()
    for name in PROXY_TYPES:
        if name.lower() == wanted:
            return name
    raise InvalidArgument("proxy_type", given, f"it is one of {', '.join(PROXY_TYPES)}")


def checked_delay(delay: int) -> None:
    """Raise :class:`InvalidArgument` for what is no number of blocks."""
    if not 0 <= delay < 1 << 32:
        raise InvalidArgument("delay", delay, "a number of blocks")


@dataclass(frozen=True)
class _OfProxy(Operation):
    """What adding and removing share: a proxy is named by account, kind and delay."""

    delegate: Annotated[Account, Arg("Who may act for the coldkey.")]
    proxy_type: Annotated[str, Arg("What it may do: Any, Staking, Transfer, NonTransfer, ...")]
    delay: Annotated[int, Arg("Blocks between announcing a call and making it; 0 for none.")] = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "proxy_type", proxy_type_named(self.proxy_type))
        checked_delay(self.delay)

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

    @property
    def _shown(self) -> str:
        delay = f", {self.delay} blocks after announcing" if self.delay else ""
        return f"{self.delegate} ({self.proxy_type}{delay})"

    async def _known(self, chain: ChainClient, signer: str) -> list[Any]:
        from taokit.chain_client.reads.proxies import proxies

        return [(one.delegate, one.proxy_type, one.delay) for one in await proxies(chain, signer)]

    @property
    def _me(self) -> tuple[str, str, int]:
        return self.delegate, self.proxy_type, self.delay


@operation("proxy.add", signer="coldkey", danger="severe")
@dataclass(frozen=True)
class AddProxy(_OfProxy):
    """Let an account act for the coldkey, within a kind of calls. Reserves a deposit."""

    def call(self) -> Call:
        return self._call("add_proxy")

    def summary(self) -> str:
        return f"let {self._shown} act for this coldkey"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        found, held = await chain.query("Proxy", "Proxies", signer)
        return (
            Effect(f"proxies of {signer}", len(found), len(found) + 1),
            *await deposit_effects(chain, signer, held, deposit_for(chain, len(found) + 1)),
        )

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        if self.proxy_type == "Any" and not self.delay:
            return (f"{self.delegate} will be able to do everything with this coldkey's funds",)
        return ()

    async def problem(self, chain: ChainClient, signer: str) -> WouldFail | None:
        if self.delegate == signer:
            return refusal("NoSelfProxy", "an account cannot be its own proxy", pallet="Proxy")
        known = await self._known(chain, signer)
        if self._me in known:
            reason = f"{self._shown} is a proxy of {signer} already"
            return refusal("Duplicate", reason, pallet="Proxy", hint="nothing to do")
        most = chain.constant("Proxy", "MaxProxies")
        if len(known) >= most:
            reason = f"{signer} has {len(known)} proxies, the most there may be"
            return refusal("TooMany", reason, pallet="Proxy")
        return None


@operation("proxy.remove", signer="coldkey")
@dataclass(frozen=True)
class RemoveProxy(_OfProxy):
    """No longer let an account act for the coldkey. Returns its part of the deposit."""

    def call(self) -> Call:
        return self._call("remove_proxy")

    def summary(self) -> str:
        return f"no longer let {self._shown} act for this coldkey"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        found, held = await chain.query("Proxy", "Proxies", signer)
        left = max(len(found) - 1, 0)
        return (
            Effect(f"proxies of {signer}", len(found), left),
            *await deposit_effects(chain, signer, held, deposit_for(chain, left)),
        )

    async def problem(self, chain: ChainClient, signer: str) -> WouldFail | None:
        known = await self._known(chain, signer)
        if self._me in known:
            return None
        others = [
            f"{kind} with delay {delay}" for who, kind, delay in known if who == self.delegate
        ]
        hint = f"{self.delegate} is one of kind {' and '.join(others)}" if others else None
        reason = f"{self._shown} is no proxy of {signer}"
        return refusal("NotFound", reason, pallet="Proxy", hint=hint)


@operation("proxy.remove-all", signer="coldkey", danger="severe")
@dataclass(frozen=True)
class RemoveAllProxies(Operation):
    """Let no proxy act for the coldkey any more. An account without a key is lost by this."""

    def call(self) -> Call:
        return Call("Proxy", "remove_proxies")

    def summary(self) -> str:
        return "no longer let any proxy act for this coldkey"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        found, held = await chain.query("Proxy", "Proxies", signer)
        return (
            Effect(f"proxies of {signer}", len(found), 0),
            *await deposit_effects(chain, signer, held, 0),
        )


@operation("proxy.create", signer="coldkey")
@dataclass(frozen=True)
class CreatePure(Operation):
    """Make an account without a key, for which the coldkey acts as its proxy.

    Keep the block and the position of the transaction, which the receipt tells: giving the
    account up takes them.
    """

    proxy_type: Annotated[str, Arg("What the coldkey may do for it: Any, Staking, ...")] = "Any"
    delay: Annotated[int, Arg("Blocks between announcing a call and making it; 0 for none.")] = 0
    index: Annotated[int, Arg("A number, for several of them in one block.")] = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "proxy_type", proxy_type_named(self.proxy_type))
        checked_delay(self.delay)
        _checked_index(self.index)

    def call(self) -> Call:
        args = {"proxy_type": self.proxy_type, "delay": self.delay, "index": self.index}
        return Call("Proxy", "create_pure", args)

    def summary(self) -> str:
        return f"make an account without a key, with this coldkey as its {self.proxy_type} proxy"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        return await deposit_effects(chain, signer, 0, deposit_for(chain, 1))

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        if self.proxy_type != "Any":
            return ("only a proxy of kind Any can give the account up, or add other proxies",)
        return ()


@operation("proxy.kill", signer="coldkey", danger="severe")
@dataclass(frozen=True)
class KillPure(Operation):
    """Give up an account made by `proxy create`. What is still on it is lost.

    The account is found by its maker, kind, index, and the block and position of the transaction
    that made it. The signer has to be its proxy of kind Any.
    """

    height: Annotated[int, Arg("The block in which it was made.")]
    ext_index: Annotated[int, Arg("The position in that block of what made it.")]
    spawner: Annotated[Account | None, Arg("Who made it; the signer where nobody is named.")] = None
    proxy_type: Annotated[str, Arg("The kind of proxy that its maker became.")] = "Any"
    index: Annotated[int, Arg("The number that it was made with.")] = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "proxy_type", proxy_type_named(self.proxy_type))
        _checked_index(self.index)

    def account(self, signer: str) -> str:
        """The account that is given up."""
        from taokit.chain_client.derived_accounts import pure_account

        kind = _NUMBERS[self.proxy_type]
        maker = self.spawner or signer
        return pure_account(maker, kind, self.index, self.height, self.ext_index)

    def _inner(self, signer: str) -> Call:
        return Call(
            "Proxy",
            "kill_pure",
            {
                "spawner": {"Id": self.spawner or signer},
                "proxy_type": self.proxy_type,
                "index": self.index,
                "height": self.height,
                "ext_index": self.ext_index,
            },
        )

    async def prepared_for(self, chain: ChainClient, signer: str) -> Operation:
        real = {"Id": self.account(signer)}
        args = {"real": real, "force_proxy_type": None, "call": self._inner(signer)}
        return Composed(self, Call("Proxy", "proxy", args))

    def summary(self) -> str:
        return f"give up the account without a key made in block {self.height}-{self.ext_index}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.balances import balance

        held = await balance(chain, self.account(signer))
        return (Effect(f"balance of {held.address}", held.free, Tao(0)),)

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        from taokit.chain_client.reads.balances import balance

        held = await balance(chain, self.account(signer))
        return (f"{held.free} on it would be lost for good",) if held.free.rao else ()

    @property
    def all_or_nothing(self) -> bool:
        return False

    async def problem(self, chain: ChainClient, signer: str) -> WouldFail | None:
        from taokit.chain_client.reads.proxies import proxy_problem

        account = self.account(signer)
        return await proxy_problem(chain, account, signer, None, self._inner(signer))


@operation("proxy.pays-fee", signer="coldkey")
@dataclass(frozen=True)
class SetRealPaysFee(Operation):
    """Pay the fees of what a proxy does for the coldkey, or no longer pay them."""

    delegate: Annotated[Account, Arg("The proxy.")]
    pays_fee: Annotated[bool, Arg("Whether the coldkey pays.")] = True

    def call(self) -> Call:
        args = {"delegate": {"Id": self.delegate}, "pays_fee": self.pays_fee}
        return Call("Proxy", "set_real_pays_fee", args)

    def summary(self) -> str:
        verb = "pay" if self.pays_fee else "no longer pay"
        return f"{verb} the fees of what {self.delegate} does for this coldkey"

    async def problem(self, chain: ChainClient, signer: str) -> WouldFail | None:
        from taokit.chain_client.reads.proxies import proxies

        if any(one.delegate == self.delegate for one in await proxies(chain, signer)):
            return None
        reason = f"{self.delegate} is no proxy of {signer}"
        return refusal("NotProxy", reason, pallet="Proxy")


@operation("proxy.refresh-deposit", signer="coldkey", danger="mild")
@dataclass(frozen=True)
class RefreshProxyDeposits(Operation):
    """Bring the deposits for proxies and announcements to today's prices."""

    def call(self) -> Call:
        return Call("Proxy", "poke_deposit")

    def summary(self) -> str:
        return "bring this coldkey's deposits for proxies to today's prices"


def _checked_index(index: int) -> None:
    if not 0 <= index < 1 << 16:
        raise InvalidArgument("index", index, "between 0 and 65535")


def deposit_for(chain: ChainClient, count: int) -> int:
    """What an account reserves for ``count`` proxies, in rao."""
    if not count:
        return 0
    base = chain.constant("Proxy", "ProxyDepositBase")
    return int(base + chain.constant("Proxy", "ProxyDepositFactor") * count)


async def deposit_effects(
    chain: ChainClient, signer: str, before: int, after: int
) -> tuple[Effect, ...]:
    """What a changed deposit does to the balance; both in rao."""
    from taokit.chain_client.reads.balances import balance

    if before == after:
        return ()
    held = await balance(chain, signer)
    return (Effect(f"balance of {signer}", held.free, held.free + Tao(before) - Tao(after)),)

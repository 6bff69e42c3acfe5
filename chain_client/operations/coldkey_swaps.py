"""Operations that swap a coldkey: announced by a hash, made later, or disputed, or taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from taokit.chain_client.addresses import account_bytes, ss58_of
from taokit.chain_client.calls import Call
from taokit.chain_client.errors import ClientError, WouldFail
from taokit.chain_client.money import Tao
from taokit.chain_client.operations.base import Effect, Operation
from taokit.chain_client.operations.refusals import NOBODY, refusal
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.parameters import Account, Arg, Coldkey
from taokit.chain_client.storage_keys import blake2_256

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.reads.coldkey_swaps import ColdkeySwap
    from taokit.wallet.errors import TaokitError

__all__ = [
    "AnnounceColdkeySwap",
    "ClearColdkeySwap",
    "DisputeColdkeySwap",
    "ExecuteColdkeySwap",
    "ResetColdkeySwap",
    "swap_in_the_way",
]

_MODULE = "SubtensorModule"
_NO_OTHER = "until it is over, this coldkey can do nothing else"


@operation("wallet.swap-coldkey.announce", signer="coldkey", danger="severe")
@dataclass(frozen=True)
class AnnounceColdkeySwap(Operation):
    """Announce that all a coldkey has will go to another one. Only a hash of that one is told."""

    new_coldkey: Annotated[Account, Arg("The coldkey that everything will go to.")]

    def _hash(self) -> bytes:
        return blake2_256(account_bytes(self.new_coldkey))

    def call(self) -> Call:
        return Call(_MODULE, "announce_coldkey_swap", {"new_coldkey_hash": self._hash()})

    def summary(self) -> str:
        return f"announce a swap of this coldkey to {self.new_coldkey}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.balances import balance

        held, delay = (await balance(chain, signer)).free, await self._delay(chain)
        cost = Tao(chain.constant(_MODULE, "KeySwapCost"))
        if await _announced(chain, signer) is not None:
            cost = Tao(0)  # only the first announcement costs
        return (
            Effect(f"balance of {signer}", held, held - cost),
            Effect("blocks until the swap may be made", None, delay),
        )

    async def _delay(self, chain: ChainClient) -> int:
        return int(await chain.query(_MODULE, "ColdkeySwapAnnouncementDelay"))

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        found = [_NO_OTHER]
        if await chain.query(_MODULE, "StakingHotkeys", self.new_coldkey):
            found.append(f"{self.new_coldkey} has stake: the swap itself would be refused")
        return tuple(found)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        swap = await _announced(chain, signer)
        if swap is None:
            return None
        return _disputed(swap) or _too_early(swap, "ColdkeySwapReannouncedTooEarly")


@operation("wallet.swap-coldkey.execute", signer="coldkey", danger="severe")
@dataclass(frozen=True)
class ExecuteColdkeySwap(Operation):
    """Make the announced swap: everything goes to the new coldkey."""

    new_coldkey: Annotated[Account, Arg("The coldkey that was announced.")]

    def call(self) -> Call:
        return Call(_MODULE, "swap_coldkey_announced", {"new_coldkey": self.new_coldkey})

    def summary(self) -> str:
        return f"give everything this coldkey has to {self.new_coldkey}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.balances import balances
        from taokit.chain_client.reads.stake import stake

        old, new = await balances(chain, [signer, self.new_coldkey])
        positions = await stake(chain, signer)
        hotkeys = await chain.query(_MODULE, "OwnedHotkeys", signer)
        return (
            Effect(f"balance of {self.new_coldkey}", new.free, new.free + old.free),
            Effect("positions of stake that move", None, len(positions)),
            Effect("hotkeys that move", None, len(hotkeys)),
        )

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        swap = await _announced(chain, signer)
        if swap is None:
            return _none(signer)
        if found := _disputed(swap):
            return found
        if bytes.fromhex(swap.new_coldkey_hash[2:]) != blake2_256(account_bytes(self.new_coldkey)):
            reason = f"another coldkey was announced than {self.new_coldkey}"
            return refusal("AnnouncedColdkeyHashDoesNotMatch", reason)
        if swap.wait:
            reason = f"it may be made in block {swap.ready_at}"
            return refusal("ColdkeySwapTooEarly", reason, wait=swap.wait)
        staking, owner = await chain.query_many(
            [
                (_MODULE, "StakingHotkeys", self.new_coldkey),
                (_MODULE, "Owner", self.new_coldkey),
            ]
        )
        if staking:
            reason = f"{self.new_coldkey} has stake already"
            return refusal("ColdKeyAlreadyAssociated", reason)
        if owner != NOBODY:
            return refusal("NewColdKeyIsHotkey", f"{self.new_coldkey} is a hotkey")
        return None


@operation("wallet.swap-coldkey.dispute", signer="coldkey", danger="severe")
@dataclass(frozen=True)
class DisputeColdkeySwap(Operation):
    """Stop an announced swap that is not one's own doing. From then on only root can help."""

    def call(self) -> Call:
        return Call(_MODULE, "dispute_coldkey_swap", {})

    def summary(self) -> str:
        return "dispute the announced swap of this coldkey"

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        return ("this coldkey can do nothing at all then, until root resets the swap",)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        swap = await _announced(chain, signer)
        return _none(signer) if swap is None else _disputed(swap)


@operation("wallet.swap-coldkey.clear", signer="coldkey")
@dataclass(frozen=True)
class ClearColdkeySwap(Operation):
    """Take the announcement of a swap back, once it is old enough for that."""

    def call(self) -> Call:
        return Call(_MODULE, "clear_coldkey_swap_announcement", {})

    def summary(self) -> str:
        return "take back the announced swap of this coldkey"

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        swap = await _announced(chain, signer)
        if swap is None:
            return _none(signer)
        return _disputed(swap) or _too_early(swap, "ColdkeySwapClearTooEarly")


@operation("wallet.swap-coldkey.reset", signer="coldkey", danger="severe")
@dataclass(frozen=True)
class ResetColdkeySwap(Operation):
    """Drop a coldkey's announcement and dispute, as root."""

    coldkey: Annotated[Coldkey, Arg("Whose swap.")]

    def call(self) -> Call:
        inner = Call(_MODULE, "reset_coldkey_swap", {"coldkey": self.coldkey})
        return Call("Sudo", "sudo", {"call": inner})

    def summary(self) -> str:
        return f"drop the announced swap of {self.coldkey}"

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        sudo = await chain.query("Sudo", "Key")
        if sudo is not None and ss58_of(sudo) == signer:
            return None
        return refusal("RequireSudo", f"{signer} is not the chain's root key", pallet="Sudo")


_SWAPS_OWN = frozenset(
    {
        "announce_coldkey_swap",
        "swap_coldkey_announced",
        "dispute_coldkey_swap",
        "clear_coldkey_swap_announcement",
    }
)
"""The calls that a coldkey may make while a swap of it is announced."""


async def swap_in_the_way(chain: ChainClient, call: Call, coldkey: str) -> WouldFail | None:
    """Why an announced swap keeps ``coldkey`` from making ``call``; ``None`` if it does not."""
    try:
        announced, disputed = await chain.query_many(
            [
                (_MODULE, "ColdkeySwapAnnouncements", coldkey),
                (_MODULE, "ColdkeySwapDisputes", coldkey),
            ]
        )
    except ClientError:
        return None  # an older runtime, which announces no swaps
    if announced is None:
        return None
    if disputed is not None:
        reason = f"the swap of {coldkey} was disputed in block {disputed}: only root can help"
        return refusal("ColdkeySwapDisputed", reason)
    if call.pallet == _MODULE and call.name in _SWAPS_OWN:
        return None
    return refusal("ColdkeySwapAnnounced", f"a swap of {coldkey} is announced")


async def _announced(chain: ChainClient, coldkey: str) -> ColdkeySwap | None:
    from taokit.chain_client.reads.coldkey_swaps import coldkey_swap

    return await coldkey_swap(chain, coldkey)


def _none(coldkey: str) -> WouldFail:
    return refusal("ColdkeySwapAnnouncementNotFound", f"{coldkey} has announced no swap")


def _disputed(swap: ColdkeySwap) -> WouldFail | None:
    if swap.disputed_at is None:
        return None
    reason = f"the swap was disputed in block {swap.disputed_at}: only root can help"
    return refusal("ColdkeySwapDisputed", reason)


def _too_early(swap: ColdkeySwap, name: str) -> WouldFail | None:
    wait = swap.clearable_at - swap.block - 1
    if wait <= 0:
        return None
    return refusal(
        name, f"a swap is announced; that may be from block {swap.clearable_at}", wait=wait
    )

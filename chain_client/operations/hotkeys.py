"""Operations about whose a hotkey is: another in its place, a coldkey for it, an Ethereum key."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from taokit.chain_client.addresses import ss58_of
from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidArgument
from taokit.chain_client.hyperparameters.windows import evm_key_limit
from taokit.chain_client.money import Tao
from taokit.chain_client.operations.base import Effect, Operation
from taokit.chain_client.operations.refusals import (
    NOBODY,
    not_owner_of,
    not_registered,
    refusal,
    too_soon,
)
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.parameters import Arg, Hotkey, NetUid

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.wallet.errors import TaokitError

__all__ = ["AssociateEvmKey", "AssociateHotkey", "SwapHotkey"]

_MODULE = "SubtensorModule"


@operation("wallet.swap-hotkey", signer="coldkey", danger="severe")
@dataclass(frozen=True)
class SwapHotkey(Operation):
    """Put another hotkey of the same coldkey in the place of one, in a subnet or in all.

    It takes over registrations, stake and whatever else the old one has there.
    """

    hotkey: Annotated[Hotkey, Arg("The hotkey that goes.")]
    new_hotkey: Annotated[Hotkey, Arg("The hotkey that comes in its place.")]
    netuid: Annotated[NetUid | None, Arg("Only in this subnet; in all if not given.")] = None
    keep_stake: Annotated[bool, Arg("Leave the stake with the old hotkey.")] = False

    def call(self) -> Call:
        args = {"hotkey": self.hotkey, "new_hotkey": self.new_hotkey, "netuid": self.netuid}
        if not self.keep_stake:
            return Call(_MODULE, "swap_hotkey", args)
        return Call(_MODULE, "swap_hotkey_v2", {**args, "keep_stake": True})

    def summary(self) -> str:
        where = "all subnets" if self.netuid is None else f"subnet {self.netuid}"
        return f"put {self.new_hotkey} in the place of {self.hotkey} in {where}"

    def _cost(self, chain: ChainClient) -> Tao:
        name = "KeySwapCost" if self.netuid is None else "KeySwapOnSubnetCost"
        return Tao(chain.constant(_MODULE, name))

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.balances import balance

        held = (await balance(chain, signer)).free
        where = "all subnets" if self.netuid is None else f"subnet {self.netuid}"
        return (
            Effect(f"balance of {signer}", held, held - self._cost(chain)),
            Effect(f"hotkey in {where}", self.hotkey, self.new_hotkey),
        )

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        owner, new_owner, last, limit, now = await chain.query_many(
            [
                (_MODULE, "Owner", self.hotkey),
                (_MODULE, "Owner", self.new_hotkey),
                (_MODULE, "LastRateLimitedBlock", {"LastTxBlock": signer}),
                (_MODULE, "TxRateLimit"),
                ("System", "Number"),
            ]
        )
        if ss58_of(owner) != signer:
            return not_owner_of(self.hotkey, signer)
        if new_owner != NOBODY and ss58_of(new_owner) != signer:
            return not_owner_of(self.new_hotkey, signer)
        if self.hotkey == self.new_hotkey:
            return refusal("NewHotKeyIsSameWithOld", "both hotkeys are the same")
        since = now + 1 - last
        if limit and last and since <= limit:
            what = "a key of this coldkey was swapped"
            return too_soon("HotKeySetTxRateLimitExceeded", what, since=since, limit=limit + 1)
        netuids = await self._registered(chain, self.new_hotkey)
        if netuids if self.netuid is None else self.netuid in netuids:
            reason = f"{self.new_hotkey} is registered already, in subnet {min(netuids)}"
            return refusal("HotKeyAlreadyRegisteredInSubNet", reason)
        return await self._not_clean(chain) or await self._swapped_lately(chain, signer, now + 1)

    async def _registered(self, chain: ChainClient, hotkey: str) -> list[int]:
        entries = await chain.query_map(_MODULE, "IsNetworkMember", hotkey)
        return [netuid for netuid, member in entries if member]

    async def _not_clean(self, chain: ChainClient) -> TaokitError | None:
        if self.netuid not in (None, 0):
            return None
        claimable, stake, claimed = await asyncio.gather(
            chain.query(_MODULE, "RootClaimable", self.new_hotkey),
            chain.query(_MODULE, "TotalHotkeyAlpha", self.new_hotkey, 0),
            chain.query_map(_MODULE, "RootClaimed", 0, self.new_hotkey),
        )
        if not claimable and not stake and not claimed:
            return None
        reason = f"{self.new_hotkey} has stake or claims in subnet 0 already"
        return refusal("NewHotKeyNotCleanForRootSwap", reason)

    async def _swapped_lately(
        self, chain: ChainClient, signer: str, block: int
    ) -> TaokitError | None:
        interval = chain.constant(_MODULE, "HotkeySwapOnSubnetInterval")
        netuids = [self.netuid]
        if self.netuid is None:
            netuids = list(await self._registered(chain, self.hotkey))
        lasts = await chain.query_many(
            [(_MODULE, "LastHotkeySwapOnNetuid", netuid, signer) for netuid in netuids]
        )
        for netuid, last in zip(netuids, lasts):
            # In one subnet, never having swapped counts as a swap in block 0.
            if last + interval < block or (self.netuid is None and not last):
                continue
            reason = f"a hotkey was swapped in subnet {netuid} in block {last}"
            wait = last + interval + 1 - block
            return refusal("HotKeySwapOnSubnetIntervalNotPassed", reason, wait=wait)
        return None


@operation("wallet.associate-hotkey", signer="coldkey", danger="mild")
@dataclass(frozen=True)
class AssociateHotkey(Operation):
    """Become the owner of a hotkey that the chain does not know yet, without registering it."""

    hotkey: Annotated[Hotkey, Arg("The hotkey.")]

    def call(self) -> Call:
        return Call(_MODULE, "try_associate_hotkey", {"hotkey": self.hotkey})

    def summary(self) -> str:
        return f"become the owner of {self.hotkey}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        owner = await chain.query(_MODULE, "Owner", self.hotkey)
        before = None if owner == NOBODY else ss58_of(owner)
        return (Effect(f"owner of {self.hotkey}", before, before or signer),)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        owner = await chain.query(_MODULE, "Owner", self.hotkey)
        if owner == NOBODY:
            return None
        # The chain does nothing then, for a fee, and calls it done.
        if ss58_of(owner) == signer:
            hint = "there is nothing to do"
            return refusal("NonAssociatedColdKey", f"{self.hotkey} is yours already", hint=hint)
        return refusal("NonAssociatedColdKey", f"{self.hotkey} belongs to {ss58_of(owner)} already")


@operation("wallet.associate-evm", signer="hotkey", danger="mild")
@dataclass(frozen=True)
class AssociateEvmKey(Operation):
    """Show that an Ethereum key belongs to a neuron, by a signature of that key.

    It signs, as a personal message, the hotkey's 32 bytes and the Keccak-256 of the block number
    (8 bytes, little endian).
    """

    netuid: Annotated[NetUid, Arg("The subnet of the neuron.")]
    evm_key: Annotated[str, Arg("The Ethereum address: 0x and 40 hex digits.")]
    block_number: Annotated[int, Arg("The block number that was signed.")]
    signature: Annotated[str, Arg("The signature: 0x and 130 hex digits.")]

    def __post_init__(self) -> None:
        _hex("evm_key", self.evm_key, 20)
        _hex("signature", self.signature, 65)

    def call(self) -> Call:
        args = {
            "netuid": self.netuid,
            "evm_key": _hex("evm_key", self.evm_key, 20),
            "block_number": self.block_number,
            "signature": _hex("signature", self.signature, 65),
        }
        return Call(_MODULE, "associate_evm_key", args)

    def summary(self) -> str:
        return f"associate the Ethereum key {self.evm_key} in subnet {self.netuid}"

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        uid, head = await chain.query_many(
            [(_MODULE, "Uids", self.netuid, signer), ("System", "Number")]
        )
        if uid is None:
            return not_registered(signer, self.netuid)
        known = await chain.query(_MODULE, "AssociatedEvmAddress", self.netuid, uid)
        since = head + 1 - (known[1] if known else 0)
        limit = evm_key_limit(chain)
        if since >= limit:
            return None
        what = "a key was associated" if known else "the chain began"
        return too_soon("EvmKeyAssociateRateLimitExceeded", what, since=since, limit=limit)


def _hex(name: str, text: str, size: int) -> bytes:
    try:
        found = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        found = b""
    if len(found) != size:
        raise InvalidArgument(name, text, f"{size} bytes in hex")
    return found

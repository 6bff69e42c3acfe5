"""From a call and a signer to an accepted extrinsic.

Owns the order of the steps: anchor of the era, nonce, signature, submission, and signing anew
when the pool refused for a nonce or an era that was chosen here, or because the runtime was
upgraded. A refused extrinsic is certainly
not in the pool, so another signature cannot make it happen twice; one whose answer was lost is
never followed by another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from taokit.chain_client.blocks import BlockRef, Header
from taokit.chain_client.errors import (
    InvalidArgument,
    NotFound,
    PoolRejected,
    RpcError,
    SubmissionUnknown,
)
from taokit.chain_client.extrinsics.extensions import Signing
from taokit.chain_client.extrinsics.nonces import NonceManager
from taokit.chain_client.extrinsics.signing import SignedExtrinsic, sign
from taokit.chain_client.pool_rejection import pool_rejection
from taokit.chain_client.scale import Era
from taokit.chain_client.transport.base import Subscription
from taokit.wallet.signer import Signer

if TYPE_CHECKING:
    from taokit.chain_client.calls import Call
    from taokit.chain_client.client import ChainClient

__all__ = ["DEFAULT_PERIOD", "Submitter", "Terms"]

DEFAULT_PERIOD: Final = 64
"""Blocks that an extrinsic lives unless asked otherwise: 12.8 minutes at 12 s a block. Long enough
for a slow device and a busy chain, short enough that a lost one is soon certainly dead."""

_LONGEST_PERIOD: Final = 1 << 16
_TRIES: Final = 3
_NONCE_GONE: Final = frozenset({"stale", "priority_too_low"})


@dataclass(frozen=True, slots=True)
class Terms:
    """How to sign: ``tip`` in rao, ``period`` in blocks (``None`` for an immortal extrinsic, which
    can be replayed once its account was reaped), ``nonce`` to choose it oneself. ``shielded`` sends
    it encrypted to the author of the coming block, so that nobody can trade ahead of it.

    Raises :class:`InvalidArgument` for what no extrinsic can carry.
    """

    tip: int = 0
    period: int | None = DEFAULT_PERIOD
    nonce: int | None = None
    shielded: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.tip < 1 << 64:
            raise InvalidArgument("tip", self.tip, "it must fit 64 bits of rao")
        if self.nonce is not None and not 0 <= self.nonce < 1 << 32:
            raise InvalidArgument("nonce", self.nonce, "it must fit 32 bits")
        if self.period is not None and not 1 <= self.period <= _LONGEST_PERIOD:
            why = f"it must lie between 1 and {_LONGEST_PERIOD} blocks, or be None"
            raise InvalidArgument("period", self.period, why)


class _NonceTaken(Exception):
    def __init__(self, nonce: int, refused: PoolRejected) -> None:
        super().__init__(nonce)
        self.nonce = nonce
        self.refused = refused


class Submitter:
    """Signs and sends for one client; knows the nonces under way."""

    def __init__(self, chain: ChainClient) -> None:
        self._chain = chain
        self._nonces = NonceManager(self._ask_nonce)
        self._anchor: asyncio.Task[BlockRef] | None = None

    async def send_signed(self, signed: SignedExtrinsic, *, watch: bool) -> Subscription | None:
        """Submit what :meth:`sign` made; raises what :meth:`send` does."""
        return await self._submit(signed, watch)

    async def _ask_nonce(self, address: str) -> int:
        return int(await self._chain.transport.send("account_nextIndex", [address]))

    async def sign(self, call: Call, signer: Signer, terms: Terms) -> SignedExtrinsic:
        """An extrinsic that is signed but not sent; its nonce is not held."""
        nonce = terms.nonce
        if nonce is None:
            nonce = await self._ask_nonce(signer.ss58_address)
        return await self._sign(call, signer, terms, nonce, await self._anchor_for(terms))

    async def send(
        self, call: Call, signer: Signer, terms: Terms, *, watch: bool
    ) -> tuple[SignedExtrinsic, Subscription | None]:
        """Sign and submit. Raises :class:`PoolRejected`, :class:`SubmissionUnknown`."""
        if terms.nonce is not None:
            signed = await self.sign(call, signer, terms)
            try:
                return signed, await self._submit(signed, watch)
            except PoolRejected:
                self.withdraw(signed.signer, signed.nonce)
                raise
        at_least = 0
        for _ in range(_TRIES - 1):
            try:
                return await self._send_once(call, signer, terms, watch, at_least)
            except _NonceTaken as taken:
                at_least = taken.nonce + 1
            except PoolRejected as refused:
                if not await self.worth_signing_anew(refused):
                    raise
        try:
            return await self._send_once(call, signer, terms, watch, at_least)
        except _NonceTaken as taken:
            raise taken.refused from None

    async def send_shielded(
        self, call: Call, signer: Signer, terms: Terms, *, watch: bool
    ) -> tuple[SignedExtrinsic, Subscription | None, Callable[[bool], None]]:
        """Sign, encrypt and submit: the inner extrinsic, and the statuses of its envelope.

        The last is to be told once whether the inner one's nonce was used. Raises
        :class:`NotFound` on a chain whose authors announce no keys, and what :meth:`send` raises.
        """
        for left in reversed(range(_TRIES)):
            try:
                return await self._send_shielded_once(call, signer, terms, watch)
            except PoolRejected as refused:
                if not left or refused.name != "InvalidShieldedTxPubKeyHash":
                    raise
        raise AssertionError("a loop that returns or raises")

    async def _send_shielded_once(
        self, call: Call, signer: Signer, terms: Terms, watch: bool
    ) -> tuple[SignedExtrinsic, Subscription | None, Callable[[bool], None]]:
        from taokit.chain_client.extrinsics.shielding import encrypt, envelope, short

        key = await self._chain.query("MevShield", "NextKey")
        if key is None:
            hint = "send it without the protection"
            raise NotFound(kind="key to encrypt to", name="announced yet", hint=hint)
        terms = replace(terms, period=short(terms.period))
        address = signer.ss58_address
        outer = await self._nonces.reserve(address) if terms.nonce is None else terms.nonce
        inner = outer + 1
        if terms.nonce is None:
            inner = await self._nonces.reserve(address, outer + 1)
        try:
            anchor = await self._anchor_for(terms)
            signed = await self._sign(call, signer, terms, inner, anchor)
            wrapped = self._chain.runtime.encode_call(envelope(encrypt(bytes(key), signed.raw)))
            # The guard has let the call inside happen; the envelope is only how it travels.
            assert terms.period is not None
            signing = Signing(
                outer, Era.mortal(terms.period, current=anchor.number), anchor.hash, 0
            )
            raw = await sign(self._chain.runtime, wrapped, signing, signer)
            sealed = SignedExtrinsic(raw, address, outer, signed.last_block, anchor.number)
            statuses = await self._submit(sealed, watch)
        except BaseException as failed:
            if terms.nonce is None:
                lost = isinstance(failed, SubmissionUnknown)
                release = self._nonces.accepted if lost else self._nonces.rejected
                release(address, inner)
                release(address, outer)
            if isinstance(failed, PoolRejected):
                self.withdraw(address, inner)
            raise

        def released(used: bool) -> None:
            if terms.nonce is None:
                (self._nonces.accepted if used else self._nonces.rejected)(address, inner)
            if not used:
                self.withdraw(address, inner)

        if terms.nonce is None:
            self._nonces.accepted(address, outer)
        return signed, statuses, released

    async def worth_signing_anew(self, refused: PoolRejected) -> bool:
        """Whether the pool may take the same call once it is signed again, as things are now.

        After an upgrade that is so too: then the runtime has been read anew.
        """
        if refused.reason == "bad_signature":
            # What an extrinsic of the runtime before an upgrade is refused with.
            return await self._chain.refresh_runtime()
        return refused.reason == "expired" or refused.reason in _NONCE_GONE

    async def _send_once(
        self, call: Call, signer: Signer, terms: Terms, watch: bool, at_least: int
    ) -> tuple[SignedExtrinsic, Subscription | None]:
        address = signer.ss58_address
        nonce, anchor = await self._reserve(address, terms, at_least)
        try:
            signed = await self._sign(call, signer, terms, nonce, anchor)
            statuses = await self._submit(signed, watch)
        except PoolRejected as refused:
            self.withdraw(address, nonce)
            if refused.reason in _NONCE_GONE:
                await self._nonces.taken(address, nonce)
                raise _NonceTaken(nonce, refused) from refused
            self._nonces.rejected(address, nonce)
            raise
        except SubmissionUnknown:
            self._nonces.accepted(address, nonce)  # it may be in the pool: do not give it again
            raise
        except BaseException:
            self._nonces.rejected(address, nonce)
            raise
        self._nonces.accepted(address, nonce)
        return signed, statuses

    async def _reserve(self, address: str, terms: Terms, at_least: int) -> tuple[int, BlockRef]:
        anchoring = asyncio.ensure_future(self._anchor_for(terms))
        try:
            nonce = await self._nonces.reserve(address, at_least)
        except BaseException:
            anchoring.cancel()
            raise
        try:
            return nonce, await anchoring
        except BaseException:
            self._nonces.rejected(address, nonce)
            raise

    async def _anchor_for(self, terms: Terms) -> BlockRef:
        """The block the era begins at; extrinsics signed at one moment share the question.

        It is the parent of the best block: one request tells its number and hash, and a best
        block that is replaced by another of the same height does not take the extrinsic with it.
        """
        if terms.period is None:
            return BlockRef(0, self._chain.runtime.genesis_hash)
        if self._anchor is None or self._anchor.done():
            self._anchor = asyncio.ensure_future(self._ask_anchor())
        return await asyncio.shield(self._anchor)

    async def _ask_anchor(self) -> BlockRef:
        best = Header.from_json(await self._chain.transport.send("chain_getHeader"))
        if best.number == 0:
            return BlockRef(0, self._chain.runtime.genesis_hash)
        return BlockRef(best.number - 1, best.parent_hash)

    async def _sign(
        self, call: Call, signer: Signer, terms: Terms, nonce: int, anchor: BlockRef
    ) -> SignedExtrinsic:
        signing, birth, last = await self._signing(terms, nonce, anchor)
        raw = await self._guarded(call, signing, signer)
        return SignedExtrinsic(raw, signer.ss58_address, nonce, last, birth.number)

    async def unsigned(self, address: str, terms: Terms) -> tuple[Signing, BlockRef, int | None]:
        """What would be signed beside a call: nonce, era, tip; the era's first and last block."""
        nonce = terms.nonce if terms.nonce is not None else await self._ask_nonce(address)
        return await self._signing(terms, nonce, await self._anchor_for(terms))

    async def _signing(
        self, terms: Terms, nonce: int, anchor: BlockRef
    ) -> tuple[Signing, BlockRef, int | None]:
        if terms.period is None:
            return Signing(nonce, Era(), anchor.hash, terms.tip), anchor, None
        era = Era.mortal(terms.period, current=anchor.number)
        birth, born = anchor, era.birth(anchor.number)
        if born != anchor.number:  # only for periods above 4096, whose phase is coarse
            birth = await self._chain.block_ref(born)
        return Signing(nonce, era, birth.hash, terms.tip), birth, born + era.period - 1

    async def _guarded(self, call: Call, signing: Signing, signer: Signer) -> bytes:
        """Sign, where the client's guard lets that happen."""
        runtime, guard, address = self._chain.runtime, self._chain.guard, signer.ss58_address
        encoded = runtime.encode_call(call)
        if guard is None:
            return await sign(runtime, encoded, signing, signer)
        await guard.admit(self._chain, encoded, address, nonce=signing.nonce, tip=signing.tip)
        try:
            return await sign(runtime, encoded, signing, signer)
        except BaseException:
            self.withdraw(address, signing.nonce)
            raise

    def withdraw(self, address: str, nonce: int) -> None:
        """Tell the guard, if there is one, that what it admitted was certainly not sent."""
        if self._chain.guard is not None:
            self._chain.guard.withdraw(self._chain.runtime.genesis_hash, address, nonce)

    async def _submit(self, signed: SignedExtrinsic, watch: bool) -> Subscription | None:
        params: list[Any] = ["0x" + signed.raw.hex()]
        transport = self._chain.transport
        try:
            if watch:
                return await transport.subscribe(
                    "author_submitAndWatchExtrinsic", params, "author_unwatchExtrinsic"
                )
            await transport.send("author_submitExtrinsic", params)
        except RpcError as error:
            raise pool_rejection(error) from error
        return None

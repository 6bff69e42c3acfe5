"""Deposits in TAO: transfers to deposit addresses, on a real chain, credited exactly once.

Owns following the chain. Does not own the addresses (``addresses``) nor the books (``ledger``).

Every account has an address of its own, and what arrives there is the account's. A memo would be
the other way, and is not sound here: a transfer has no memo; a remark beside it, in a batch, is the
sender's claim in another call, which exchanges and most wallets cannot make, which a proxy or a
multisig can wrap out of sight, and which a typing error gives to a stranger. The address is in
the event that the runtime itself writes for every transfer, however it was called.

Only finalized blocks are read, ``confirmations`` blocks behind the last one, each once and in
order: a block must name the one before as its parent. What a block holds and that it was read are
one transaction of the store, and a deposit is known by the hash of its block, the extrinsic and the
event. So nothing is missed and nothing counted twice, whatever stops the watcher, and wherever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from taokit.chain_client.errors import ChainError, NotFound, SubscriptionOverrun
from taokit.neuron.errors import ConfigError, NeuronError
from taokit.neuron.gateway.addresses import SPACE, DepositAddresses
from taokit.neuron.gateway.ledger import OUTSIDE, Ledger
from taokit.neuron.observe.logs import silent
from taokit.neuron.store import KeyValues, Store

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.extrinsics.events import Event
    from taokit.neuron.gateway.metrics import GatewayMetrics

__all__ = ["ChainBroken", "Deposit", "DepositWatcher"]

RAO = 1_000_000_000
_AT = "at"
NEWEST = 50


class ChainBroken(NeuronError):
    """The chain is not the one that was read before, or no longer tells what was in a block."""

    code = "deposit_chain_broken"


@dataclass(frozen=True)
class Deposit:
    """What arrived: ``rao`` from ``sender``, and the micro-credits that it was worth.

    ``id`` is ``block hash:extrinsic:event``; the extrinsic is ``-`` for what no extrinsic caused.
    """

    id: str
    account: str
    sender: str
    rao: int
    credited: int
    block: int


class DepositWatcher:
    """Credits deposits. ``per_tao`` is how many micro-credits a TAO is worth.

    Reading begins with the first ``step``, at block ``start``, or with what is finalized after it;
    no address is given out before. The node must still know the events of the blocks that were
    missed while the watcher was off; one that forgets them (after 256 blocks, unless it is an
    archive) makes it stop with ChainBroken.
    """

    def __init__(
        self,
        client: ChainClient,
        store: Store,
        ledger: Ledger,
        addresses: DepositAddresses,
        *,
        per_tao: int,
        confirmations: int = 2,
        start: int | None = None,
        metrics: GatewayMetrics | None = None,
        log: Any = None,
    ) -> None:
        if per_tao <= 0 or confirmations < 0:
            raise ValueError("a TAO is worth something, and confirmations are not negative")
        self.per_tao = per_tao
        self.confirmations = confirmations
        self._client = client
        self._store = store
        self._ledger = ledger
        self._addresses = addresses
        self._start = start
        self.metrics = metrics
        self._log = log if log is not None else silent()
        self._kept = KeyValues(store, SPACE)
        self._turn = asyncio.Lock()
        self._stopped = asyncio.Event()

    def address(self, account: str) -> str:
        """Where an account deposits. Raises NotFound, ConfigError before the first ``step``."""
        if self.block is None:
            raise ConfigError("the chain was not looked at yet", hint="let the watcher step first")
        return self._addresses.of(account)

    @property
    def block(self) -> int | None:
        """The last block that was read."""
        at = self._kept.get(_AT)
        return None if at is None else int(at["number"])

    def deposits(self, account: str, *, limit: int = NEWEST) -> list[Deposit]:
        """What an account has deposited, newest first."""
        rows = self._store.rows(
            "SELECT * FROM gateway_deposits WHERE account = ? ORDER BY block DESC, id LIMIT ?",
            (account, limit),
        )
        return [Deposit(**dict(row)) for row in rows]

    async def run(self) -> None:
        """Follow the chain until stopped."""
        while not self._stopped.is_set():
            try:
                async with await self._client.heads(finalized=True) as heads:
                    async for _ in heads:
                        if self._stopped.is_set():
                            return
                        try:
                            await self.step()
                        except ChainError as error:
                            if not error.retryable:
                                raise
                            self._log.warning("deposits_wait", detail=str(error))
                return
            except SubscriptionOverrun:  # blocks came faster than they were read
                continue

    async def stop(self) -> None:
        """Look no further; a block that is being read is finished first."""
        self._stopped.set()
        async with self._turn:
            pass

    async def step(self) -> list[Deposit]:
        """Read every block that has become sure; what was deposited. Raises ChainBroken."""
        async with self._turn:
            final = await self._client.block_ref("finalized")
            sure = final.number - self.confirmations
            at = self._kept.get(_AT)
            if at is None:
                at = await self._begin(final.number)
            found: list[Deposit] = []
            for number in range(int(at["number"]) + 1, sure + 1):
                if self._stopped.is_set():
                    break
                try:
                    found += await self._read(number)
                except NotFound:  # another node than the one that told what is final, and behind
                    break
            return found

    # -- inside -----------------------------------------------------------------------------------

    async def _begin(self, final: int) -> Mapping[str, Any]:
        number = final if self._start is None else self._start - 1
        at = {"number": max(0, number), "hash": (await self._client.block_ref(max(0, number))).hash}
        self._kept.set(_AT, at)
        return at

    async def _read(self, number: int) -> list[Deposit]:
        block = await self._client.block_ref(number)
        header = await self._client.header(block.hash)
        before = self._kept.get(_AT)
        if header.parent_hash != before["hash"]:
            raise ChainBroken(
                f"block {number} does not follow block {before['number']} as it was read "
                f"({before['hash']})",
                hint="connect to the chain that the deposits are on; nothing was credited",
            )
        try:
            events = await self._client.events(block)
        except ChainError as error:
            if error.retryable:
                raise
            raise self._forgotten(number) from error
        if not events:  # a block without any event cannot be: its timestamp makes one
            raise self._forgotten(number)
        with self._store.transaction():
            if self._kept.get(_AT) != before:
                raise ChainBroken("another watcher reads into this store", hint="run one at a time")
            found = [
                deposit
                for index, event in enumerate(events)
                if (deposit := self._deposit(block.hash, number, index, event)) is not None
            ]
            self._kept.set(_AT, {"number": number, "hash": block.hash})
        for deposit in found:
            self._log.info("deposit", id=deposit.id, account=deposit.account, rao=deposit.rao)
            if self.metrics is not None:
                self.metrics.deposits.inc(deposit.rao)
        return found

    def _deposit(self, hash_: str, number: int, index: int, event: Event) -> Deposit | None:
        if not event.is_("Balances", "Transfer"):
            return None
        sender, target = str(event["from"]), str(event["to"])
        account = self._addresses.owner(target)
        # What moves between the addresses is the operator's, gathering deposits.
        if account is None or self._addresses.owner(sender) is not None:
            return None
        extrinsic = "-" if event.extrinsic is None else event.extrinsic
        rao = int(event["amount"])
        deposit = Deposit(
            f"{hash_}:{extrinsic}:{index}",
            account,
            sender,
            rao,
            rao * self.per_tao // RAO,
            number,
        )
        added = self._store.execute(
            "INSERT INTO gateway_deposits (id, account, sender, rao, credited, block) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
            (deposit.id, account, deposit.sender, rao, deposit.credited, number),
        )
        if not added:
            return None
        if deposit.credited:
            name = f"deposit:{deposit.id}"
            self._ledger.transfer(name, OUTSIDE, account, deposit.credited, "deposit")
        return deposit

    def _forgotten(self, number: int) -> ChainBroken:
        return ChainBroken(
            f"the node no longer knows the events of block {number}",
            hint="connect to an archive node until the watcher has caught up",
        )

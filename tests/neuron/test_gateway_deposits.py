"""Deposits on a local chain: each credited once, to whose address it came."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from taokit.chain_client import Call, ChainClient, InProcessTransport
from taokit.local_chain import LocalNode, ManualClock, NodeConfig
from taokit.neuron.errors import ConfigError
from taokit.neuron.gateway import DepositAddresses, DepositWatcher, Ledger, credits
from taokit.neuron.gateway.deposits import ChainBroken
from taokit.neuron.store import Store
from taokit.wallet import Keypair, dev_key

ALICE, BOB = dev_key("Alice"), dev_key("Bob")
MASTER = Keypair.from_uri("//treasury")
TAO = 1_000_000_000


def transfer(to: str, tao: float) -> Call:
    return Call("Balances", "transfer_keep_alive", {"dest": {"Id": to}, "value": int(tao * TAO)})


@dataclass
class Bank:
    """A chain, and what a gateway keeps."""

    node: LocalNode
    client: ChainClient
    path: Path

    async def send(self, call: Call, signer: Keypair = ALICE) -> None:
        await self.client.submit(call, signer)

    def open(self, **options: Any) -> tuple[Ledger, DepositWatcher, Store]:
        """As a gateway that has just started."""
        store = Store(self.path, durable=False)
        ledger = Ledger(store)
        addresses = DepositAddresses(store, MASTER.ss58_address)
        options = {"per_tao": credits(10), "confirmations": 0, **options}
        return ledger, DepositWatcher(self.client, store, ledger, addresses, **options), store


@asynccontextmanager
async def bank(tmp_path: Path) -> AsyncIterator[Bank]:
    config = NodeConfig(ports=(), block_time="instant")
    async with LocalNode(config, clock=ManualClock()) as node:
        client = await ChainClient.over(InProcessTransport(node.handler))
        yield Bank(node, client, tmp_path / "gateway.sqlite")
        await client.close()


async def test_what_arrives_at_an_address_is_credited_once_to_its_account(tmp_path: Path) -> None:
    async with bank(tmp_path) as chain:
        ledger, watcher, _ = chain.open()
        buyer, other = ledger.open_account("a buyer"), ledger.open_account("another")
        with pytest.raises(ConfigError, match="not looked at"):
            watcher.address(buyer)
        await watcher.step()
        mine, theirs = watcher.address(buyer), watcher.address(other)
        assert mine == watcher.address(buyer) != theirs
        await chain.send(transfer(mine, 1.5))
        (deposit,) = await watcher.step()
        assert await watcher.step() == []
        assert (deposit.account, deposit.rao) == (buyer, 1_500_000_000)
        assert deposit.sender == ALICE.ss58_address
        assert ledger.balance(buyer) == credits(15)
        # Two in one extrinsic are two deposits, and one to nobody is none.
        batch = [transfer(mine, 1), transfer(theirs, 2), transfer(BOB.ss58_address, 3)]
        await chain.send(Call("Utility", "batch_all", {"calls": batch}))
        assert len(await watcher.step()) == 2
        assert (ledger.balance(buyer), ledger.balance(other)) == (credits(25), credits(20))
        assert [one.rao for one in watcher.deposits(buyer)] == [TAO, 1_500_000_000]
        ledger.check()


async def test_what_did_not_happen_is_not_credited(tmp_path: Path) -> None:
    async with bank(tmp_path) as chain:
        ledger, watcher, _ = chain.open()
        buyer = ledger.open_account("a buyer")
        await watcher.step()
        mine = watcher.address(buyer)
        failing = [transfer(mine, 1), transfer(BOB.ss58_address, 10**9)]
        await chain.send(Call("Utility", "batch_all", {"calls": failing}))
        assert await watcher.step() == []
        await chain.send(Call("Utility", "batch", {"calls": failing}))  # keeps what came before
        assert len(await watcher.step()) == 1
        assert ledger.balance(buyer) == credits(10)


async def test_the_operator_moves_deposits_with_the_secret_and_is_credited_nothing(
    tmp_path: Path,
) -> None:
    async with bank(tmp_path) as chain:
        ledger, watcher, store = chain.open()
        first, second = ledger.open_account("first"), ledger.open_account("second")
        await watcher.step()
        path = DepositAddresses(store, MASTER.ss58_address).path
        await chain.send(transfer(watcher.address(first), 5))
        assert len(await watcher.step()) == 1
        gathered = watcher.address(second)
        owner = Keypair.from_uri(f"//treasury{path(first)}")
        assert owner.ss58_address == watcher.address(first)
        receipt = await chain.client.submit(transfer(gathered, 4), owner)
        receipt.raise_for_failure()
        assert await watcher.step() == []
        assert ledger.balance(second) == 0


async def test_a_watcher_that_was_off_reads_what_it_missed_and_nothing_twice(
    tmp_path: Path,
) -> None:
    async with bank(tmp_path) as chain:
        ledger, watcher, store = chain.open()
        buyer = ledger.open_account("a buyer")
        await watcher.step()
        mine = watcher.address(buyer)
        await chain.send(transfer(mine, 1))
        await watcher.step()
        store.close()
        for _ in range(3):
            await chain.send(transfer(mine, 1))
            chain.node.chain.seal(2)
        ledger, watcher, _ = chain.open()
        assert len(await watcher.step()) == 3
        ledger, watcher, _ = chain.open()
        assert await watcher.step() == []
        assert ledger.balance(buyer) == credits(40)


async def test_a_watcher_that_dies_within_a_block_has_read_all_of_it_or_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bank(tmp_path) as chain:
        ledger, watcher, store = chain.open()
        buyer = ledger.open_account("a buyer")
        await watcher.step()
        mine = watcher.address(buyer)
        batch = [transfer(mine, 1), transfer(mine, 2)]
        await chain.send(Call("Utility", "batch_all", {"calls": batch}))
        move = Ledger.transfer

        def dying(self: Ledger, id_: str, source: str, target: str, amount: int, kind: str) -> bool:
            if amount == credits(20):
                raise KeyboardInterrupt
            return move(self, id_, source, target, amount, kind)

        read = watcher.block
        with monkeypatch.context() as patch:
            patch.setattr(Ledger, "transfer", dying)
            with pytest.raises(KeyboardInterrupt):
                await watcher.step()
        assert (watcher.block, ledger.balance(buyer)) == (read, 0)
        store.close()
        ledger, watcher, _ = chain.open()
        assert len(await watcher.step()) == 2
        assert ledger.balance(buyer) == credits(30)


async def test_a_deposit_waits_for_its_confirmations_and_dust_is_kept_but_worth_nothing(
    tmp_path: Path,
) -> None:
    async with bank(tmp_path) as chain:
        ledger, watcher, _ = chain.open(confirmations=3, per_tao=100)
        buyer = ledger.open_account("a buyer")
        await watcher.step()
        mine = watcher.address(buyer)
        chain.node.chain.seal(3)
        await chain.send(transfer(mine, 1.999))
        for _ in range(3):
            assert await watcher.step() == []
            chain.node.chain.seal()
        assert [one.credited for one in await watcher.step()] == [199]
        await chain.send(transfer(mine, 0.001))
        chain.node.chain.seal(3)
        assert [one.credited for one in await watcher.step()] == [0]
        assert ledger.balance(buyer) == 199


async def test_another_chain_and_another_master_key_are_refused(tmp_path: Path) -> None:
    async with bank(tmp_path) as chain:
        ledger, watcher, store = chain.open()
        buyer = ledger.open_account("a buyer")
        await watcher.step()
        mine = watcher.address(buyer)
        with pytest.raises(ConfigError, match="were given out"):
            DepositAddresses(store, BOB.ss58_address)
        chain.node.chain.seal(3)
        await watcher.step()
        at = watcher.block
        async with bank(tmp_path) as fork:
            _, watcher, _ = fork.open()
            fork.node.chain.seal(2)
            await fork.send(transfer(mine, 1))
            fork.node.chain.seal(5)
            with pytest.raises(ChainBroken, match="does not follow"):
                await watcher.step()
        assert watcher.block == at
        assert ledger.balance(buyer) == 0


async def test_a_deposit_that_comes_while_it_runs_is_credited(tmp_path: Path) -> None:
    async with bank(tmp_path) as chain:
        ledger, watcher, _ = chain.open()
        buyer = ledger.open_account("a buyer")
        await watcher.step()
        mine = watcher.address(buyer)
        running = asyncio.create_task(watcher.run())
        await chain.send(transfer(mine, 1))
        while ledger.balance(buyer) == 0 and not running.done():
            await asyncio.sleep(0)
        await watcher.stop()
        chain.node.chain.seal()
        await running
        assert ledger.balance(buyer) == credits(10)

"""The programs of ``blank`` as processes, on a local chain behind a socket, until SIGTERM."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from rendered import render

from taokit.chain_client import Call, ChainClient, InProcessTransport
from taokit.chain_client.operations.subnets import CreateSubnet, RegisterNeuron, StartSubnet
from taokit.local_chain import LocalNode, ManualClock, NodeConfig
from taokit.wallet import Keypair, dev_key
from taokit.wallet.wallet import Wallet

ALICE = dev_key("Alice")
NETUID, TEMPO, TAO = 2, 20, 1_000_000_000


class Program:
    """A program of the project; what it logs, as it comes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.seen: list[dict[str, Any]] = []

    async def says(self, event: str, **fields: Any) -> dict[str, Any]:
        """Read until it logs an event with these fields."""
        assert self.process.stderr is not None
        while True:
            line = await asyncio.wait_for(self.process.stderr.readline(), 60)
            assert line, f"ended before it said {event}: {self.seen}"
            record = json.loads(line) if line.startswith(b"{") else {"event": line.decode()}
            self.seen.append(record)
            if record["event"] == event and fields.items() <= record.items():
                return record

    async def ends(self) -> int:
        """Tell it to end; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(self.process.communicate(), 60)
        assert self.process.returncode is not None
        return self.process.returncode


@asynccontextmanager
async def started(project: Path, program: str, *options: str) -> AsyncIterator[Program]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"sorted_lists.{program}", *options),
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project / "src")},
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Program(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def hotkey(wallets: Path, name: str) -> Keypair:
    wallet = Wallet(name, path=wallets)
    wallet.create_hotkey()
    return wallet.hotkey


async def subnet(client: ChainClient, validator: Keypair, miner: Keypair) -> None:
    """A started subnet with both in it, the validator with stake."""
    owner = Keypair.from_uri("//Alice//owner").ss58_address
    sent: list[Any] = [CreateSubnet(owner), StartSubnet(NETUID)]
    for name, args in {
        "sudo_set_admin_freeze_window": {"window": 0},
        "sudo_set_tempo": {"netuid": NETUID, "tempo": TEMPO},
        "sudo_set_weights_set_rate_limit": {"netuid": NETUID, "weights_set_rate_limit": 0},
        "sudo_set_commit_reveal_weights_enabled": {"netuid": NETUID, "enabled": False},
    }.items():
        sent.append(Call("Sudo", "sudo", {"call": Call("AdminUtils", name, args)}))
    sent += [RegisterNeuron(NETUID, key.ss58_address) for key in (validator, miner)]
    stake = {"hotkey": validator.ss58_address, "netuid": NETUID, "amount_staked": 100 * TAO}
    for one in (*sent, Call("SubtensorModule", "add_stake", stake)):
        (await client.submit(one, ALICE)).raise_for_failure()


async def _until_paid(tmp_path: Path) -> None:
    project, wallets = render("blank", tmp_path), tmp_path / "wallets"
    validator, miner = hotkey(wallets, "validator"), hotkey(wallets, "miner")
    config = NodeConfig(ports=(0,), block_time="instant")
    async with (
        LocalNode(config, clock=ManualClock()) as node,
        await ChainClient.over(InProcessTransport(node.handler)) as client,
    ):
        await subnet(client, validator, miner)
        node.chain.seal(2 * TEMPO)
        shared = ["--network", f"ws://127.0.0.1:{node.ports[0]}", "--netuid", str(NETUID)]
        shared += ["--wallets-path", str(wallets)]
        mining = [*shared, "--wallet", "miner", "--host", "127.0.0.2", "--port", "0"]
        asking = [*shared, "--wallet", "validator", "--tick-blocks", "1"]
        async with started(project, "miner", *mining, "--external-ip", "127.0.0.2") as serving:
            where = await serving.says("published")
            async with httpx.AsyncClient() as http:
                assert (await http.get(where["url"] + "/health")).json()["netuid"] == NETUID
            async with started(project, "validator", *asking) as judging:
                assert (await judging.says("round"))["tasks"] == 3
                for _ in range(TEMPO):
                    node.chain.seal(1)
                    await judging.says("round")
                    if any(one["event"] == "weights" for one in judging.seen):
                        break
                node.chain.seal(TEMPO)
                assert await judging.ends() == 0
            assert await serving.ends() == 0
        uid = await client.query("SubtensorModule", "Uids", NETUID, miner.ss58_address)
        incentive = await client.query("SubtensorModule", "Incentive", NETUID)
    assert [one["state"] for one in judging.seen if one["event"] == "weights"] == ["set"]
    assert incentive[uid] == 65_535


def test_a_miner_is_found_asked_and_paid_and_both_end_when_told_to(tmp_path: Path) -> None:
    asyncio.run(_until_paid(tmp_path))

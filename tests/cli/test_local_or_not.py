"""What a chain on this machine is allowed: only a development chain spares the questions."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from taokit.cli import connection
from taokit.local_chain.local_node import LocalNode
from taokit.local_chain.node_config import NodeConfig

from .conftest import Cli, done

Serve = Callable[[str], str]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Serve]:
    """Serve a chain that says it is of a certain type, and make it the network; gives its URL."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    nodes: list[LocalNode] = []

    def start(chain_type: str) -> str:
        node = LocalNode(NodeConfig(ports=(0,), block_time="instant"))
        said = replace(node.handler.node.info, chain_type=chain_type)
        node.handler.node = replace(node.handler.node, info=said)
        asyncio.run_coroutine_threadsafe(node.start(), loop).result(10)
        nodes.append(node)
        url = f"ws://127.0.0.1:{node.ports[0]}"
        monkeypatch.setenv("TAOKIT_NETWORK", url)
        monkeypatch.setenv("TAOKIT_WALLET_PATH", str(tmp_path / "wallets"))
        return url

    yield start
    for node in nodes:
        asyncio.run_coroutine_threadsafe(node.stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


TRANSFER = ("wallet", "transfer", "--to", "//Bob", "--amount", "1", "-w", "a")


def _wallet(cli: Cli) -> None:
    done(cli, "wallet", "create", "a", "--uri", "//Alice", "--no-use-password")


@pytest.mark.parametrize("chain_type", ["Local", "Development"])
def test_a_development_chain_here_is_not_asked_about(
    chain_type: str, cli: Cli, serve: Serve
) -> None:
    serve(chain_type)
    _wallet(cli)
    done(cli, *TRANSFER)
    done(cli, *TRANSFER[:-1], "//Alice")


def test_a_live_chain_here_is_asked_about_and_takes_no_development_key(
    cli: Cli, serve: Serve
) -> None:
    serve("Live")
    _wallet(cli)
    refused = cli(*TRANSFER)
    assert refused.status == 2
    assert "--yes" in refused.err
    assert "real TAO" not in refused.err
    everything = (*TRANSFER[:4], "--all", "-w", "a", "--yes")
    assert "--confirm a" in cli(*everything).err
    assert cli(*TRANSFER[:-1], "//Alice", "--yes").status == 2
    done(cli, *TRANSFER, "--yes")


def test_the_main_network_by_its_genesis_is_real_money_wherever_it_is_reached(
    cli: Cli, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve("Local")
    _wallet(cli)
    genesis = done(cli, "query", "status", "--json").document["genesis_hash"]
    monkeypatch.setattr(connection, "_FINNEY", genesis)
    assert cli(*TRANSFER).status == 2
    assert cli(*TRANSFER[:-1], "//Alice", "--yes").status == 2


def test_stake_is_traded_near_the_price_of_now_where_it_is_not_a_local_chain(
    cli: Cli, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve("Local")
    _wallet(cli)
    done(cli, "subnets", "create", "-w", "a")
    done(cli, "subnets", "start", "-n", "2", "-w", "a")
    add = ("stake", "add", "-n", "2", "-w", "a", "--dry-run", "--json", "--amount")

    def call(*argv: str) -> str:
        return str(cli(*add, *argv).document["call"]["name"])

    assert call("1") == "add_stake"
    assert call("1", "--safe") == "add_stake_limit"
    genesis = done(cli, "query", "status", "--json").document["genesis_hash"]
    monkeypatch.setattr(connection, "_FINNEY", genesis)
    limited = cli(*add, "1").document["call"]["args"]
    told = done(cli, "subnets", "price", "2", "--current", "--json").document[0]["price"]["rao"]
    assert limited["limit_price"]["rao"] == pytest.approx(told * 1.005, rel=1e-6)
    refused = cli(*add, "900")
    assert (refused.status, refused.error["name"]) == (1, "SlippageTooHigh")
    assert call("900", "--unsafe") == "add_stake"
    assert call("900", "--tolerance", "99%") == "add_stake_limit"
    assert call("1", "--limit-price", "5") == "add_stake_limit"
    done(cli, "config", "set", "stake.tolerance", "none")
    assert call("900") == "add_stake"

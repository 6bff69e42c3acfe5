"""Connecting: which runtime a node runs, where its metadata comes from, and what may go wrong."""

from __future__ import annotations

import subprocess
import sys

import pytest
from recorded_chain import RecordedChain, Refusal, metadata_bytes
from scripted_node import scripted_node

from taokit.chain_client import ChainClient, InProcessTransport, find_network, runtime_loading
from taokit.chain_client.errors import (
    BadAnswer,
    ConnectionFailed,
    DecodeError,
    InvalidArgument,
    TransportClosed,
    UnknownName,
)
from taokit.chain_client.runtime_cache import cache_directory


@pytest.fixture(autouse=True)
def nothing_in_memory(monkeypatch):
    """Each test begins as a new process does: with the disk's cache only."""
    runtime_loading._in_process.clear()


async def runtime_of(chain: RecordedChain):
    async with await ChainClient.over(InProcessTransport(chain)) as client:
        return client.runtime


def metadata_requests(chain: RecordedChain) -> int:
    asked = [params[0] for method, params in chain.asked if method == "state_call"]
    return sum(1 for name in asked if name.startswith("Metadata"))


async def test_metadata_is_fetched_once_and_then_read_from_disk():
    first, second = RecordedChain(), RecordedChain()
    await runtime_of(first)
    assert metadata_requests(first) == 1
    runtime_loading._in_process.clear()
    runtime = await runtime_of(second)
    assert metadata_requests(second) == 0
    assert len(second.asked) == 3
    assert (runtime.spec_name, runtime.spec_version) == ("node-subtensor", 424)


@pytest.mark.parametrize(
    "other",
    [
        {"spec_version": 425},
        {"genesis_salt": bytes([1]) * 32},
        {"code": b"other declarations under the same version"},
    ],
)
async def test_another_chain_version_or_code_has_its_own_metadata(other):
    await runtime_of(RecordedChain())
    changed = RecordedChain(**other)
    await runtime_of(changed)
    assert metadata_requests(changed) == 1


@pytest.mark.parametrize("damage", [b"", b"short", b"\x00" * 400_000])
async def test_a_damaged_cache_file_is_fetched_anew_and_repaired(damage):
    await runtime_of(RecordedChain())
    (cached,) = (cache_directory() / "metadata").iterdir()
    whole = cached.read_bytes()
    cached.write_bytes(damage)
    runtime_loading._in_process.clear()
    chain = RecordedChain()
    await runtime_of(chain)
    assert metadata_requests(chain) == 1
    assert cached.read_bytes() == whole


async def test_a_cache_that_cannot_be_written_does_not_stop_anything(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("not a directory")
    monkeypatch.setenv("TAOKIT_CACHE_DIR", str(blocked))
    assert (await runtime_of(RecordedChain())).spec_version == 424


async def test_metadata_v14_serves_where_the_runtime_offers_no_other():
    chain = RecordedChain()

    def without_versions(method, data, at=None):
        raise Refusal(4003, f"Client error: Exported method {method} is not found")

    chain.overrides["state_call"] = without_versions
    runtime = await runtime_of(chain)
    assert runtime.metadata.version == 14
    assert runtime.constant("Balances", "ExistentialDeposit") == 500
    with pytest.raises(UnknownName):
        runtime.api_method("SwapRuntimeApi", "current_alpha_price")


async def test_a_node_that_hides_storage_hashes_is_served_by_version_alone():
    chain = RecordedChain()

    def hidden(*params):
        raise Refusal(-32601, "Method not found")

    chain.overrides["state_getStorageHash"] = hidden
    assert (await runtime_of(chain)).key.code_hash == ""


@pytest.mark.parametrize(
    ("method", "answer", "error"),
    [
        ("chain_getBlockHash", None, BadAnswer),
        ("state_getRuntimeVersion", {"specName": "x"}, BadAnswer),
        ("state_getRuntimeVersion", "424", BadAnswer),
        ("state_call", 5, BadAnswer),
        ("state_call", "0x0110" + b"nope".hex(), DecodeError),
    ],
)
async def test_a_node_that_answers_nonsense_is_a_typed_error_and_the_transport_is_closed(
    method, answer, error
):
    chain = RecordedChain()
    chain.overrides[method] = lambda *params: answer
    with pytest.raises(error):
        await runtime_of(chain)
    assert chain.sessions == []


async def test_clients_of_one_process_share_the_decoded_metadata():
    assert (await runtime_of(RecordedChain())) is (await runtime_of(RecordedChain()))


async def test_a_runtime_upgrade_is_noticed_at_the_blocks_where_it_applies():
    chain = RecordedChain()
    async with await ChainClient.over(InProcessTransport(chain)) as client:
        assert not await client.refresh_runtime()
        chain.spec_version = 425
        async with client.at("head"):
            assert client._where()[0].spec_version == 425
        assert await client.refresh_runtime()
        assert client.runtime.spec_version == 425


async def test_connecting_by_address_works_over_a_real_socket_and_closes_cleanly():
    chain = RecordedChain()
    async with scripted_node() as node:

        async def relay(node, connection, request):
            import json

            sent = []
            session = chain.open(sent.append)
            await session.handle(json.dumps(request))
            session.close()
            for message in sent:
                await connection.send(message)

        node.raw = relay
        client = await ChainClient.connect(node.url)
        assert client.runtime.metadata.encode(15) == metadata_bytes()
        assert (await client.block_ref("head")).number == 0
        await client.close()
        with pytest.raises(TransportClosed):
            await client.block_ref("head")


async def test_a_dead_address_fails_at_once_and_names_it():
    async with scripted_node() as node:
        dead = node.url
    with pytest.raises(ConnectionFailed) as failed:
        await ChainClient.connect(dead)
    assert dead in failed.value.message


async def test_several_endpoints_are_tried_in_turn():
    async with scripted_node() as node:
        dead = node.url
    chain = RecordedChain()
    async with scripted_node() as node:
        node.answers = {
            "chain_getBlockHash": lambda number: chain.blocks[number].hash,
            "state_getRuntimeVersion": {
                "specName": "x",
                "specVersion": 424,
                "transactionVersion": 1,
            },
            "state_getStorageHash": "0x" + "11" * 32,
            "state_call": lambda method, data: "0x01" + metadata_bytes().hex(),
        }
        async with await ChainClient.connect([dead, node.url]) as client:
            assert client.transport.url == node.url
            assert client.network.name == dead
    with pytest.raises(InvalidArgument):
        await ChainClient.connect([])


def test_networks_are_known_by_name_and_by_address():
    assert find_network("finney").urls == ("wss://entrypoint-finney.opentensor.ai:443",)
    assert find_network("finney").mainnet
    assert find_network("ws://127.0.0.1:9944").name == "local"
    assert find_network("ws://node.example:9944").urls == ("ws://node.example:9944",)
    for wrong in ("finey", "", "http://h:1", "ws://", "ws://[bad", "ws://h:99999", "ws://h:0"):
        with pytest.raises(InvalidArgument):
            find_network(wrong)


def test_importing_the_client_does_not_import_what_only_a_connection_needs():
    heavy = ("websockets", "numpy", "cryptography", "bip_utils", "keyring", "rich", "asyncio")
    code = (
        "import sys, taokit.chain_client, taokit.chain_client.errors, taokit.chain_client.money\n"
        f"print(*[name for name in {heavy!r} if name in sys.modules])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert printed.stdout.split() == []

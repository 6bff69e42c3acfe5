"""Reading storage, runtime APIs and blocks, against real metadata."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest
from recorded_chain import RecordedChain, Refusal, metadata

from taokit.chain_client import ChainClient, InProcessTransport, StorageKey
from taokit.chain_client.errors import (
    BadAnswer,
    EncodeError,
    InvalidArgument,
    NotFound,
    StateUnavailable,
    UnknownName,
)
from taokit.wallet import dev_key

ALICE, BOB = dev_key("Alice").ss58_address, dev_key("Bob").ss58_address


def account(free: int, nonce: int = 0):
    data = {"free": free, "reserved": 0, "frozen": 0, "flags": 1 << 127}
    return {"nonce": nonce, "consumers": 0, "providers": 1, "sufficients": 0, "data": data}


@asynccontextmanager
async def connected(chain: RecordedChain):
    async with await ChainClient.over(InProcessTransport(chain)) as client:
        yield client


async def test_a_value_is_decoded_by_the_metadata_and_absent_ones_have_their_default():
    chain = RecordedChain()
    chain.set("System", "Account", ALICE, value=account(5, nonce=3))
    chain.seal()
    async with connected(chain) as client:
        found = await client.query("System", "Account", ALICE)
        assert (found["nonce"], found["data"]["free"]) == (3, 5)
        assert (await client.query("System", "Account", BOB))["nonce"] == 0
        assert await client.query("SubtensorModule", "Tempo", 7) == 360
        assert await client.query("SubtensorModule", "Uids", 1, ALICE) is None
        assert await client.query("Sudo", "Key") is None


@pytest.mark.parametrize(
    ("pallet", "item", "near"),
    [("Sistem", "Account", "System"), ("System", "Acount", "Account")],
)
async def test_unknown_names_suggest_the_nearest(pallet, item, near):
    async with connected(RecordedChain()) as client:
        with pytest.raises(UnknownName, match=item if pallet == "System" else pallet) as error:
            await client.query(pallet, item, ALICE)
    assert near in error.value.near


async def test_wrong_keys_are_refused_before_anything_is_sent():
    chain = RecordedChain()
    async with connected(chain) as client:
        before = len(chain.asked)
        with pytest.raises(EncodeError):
            await client.query("System", "Account")
        with pytest.raises(EncodeError):
            await client.query("SubtensorModule", "Tempo", "not a number")
        assert len(chain.asked) == before


async def test_several_values_come_from_one_request_in_order():
    chain = RecordedChain()
    chain.set("SubtensorModule", "Tempo", 1, value=99)
    chain.set("SubtensorModule", "Burn", 1, value=5)
    chain.seal()
    async with connected(chain) as client:
        found = await client.query_many(
            [
                ("SubtensorModule", "Burn", 1),
                StorageKey("SubtensorModule", "Tempo", (1,)),
                ("SubtensorModule", "Tempo", 2),
                ("SubtensorModule", "Burn", 1),
            ]
        )
    assert found == [5, 99, 360, 5]
    assert chain.count("state_queryStorageAt") == 1


@pytest.mark.parametrize("count", [0, 1, 6, 7, 20])
async def test_a_map_is_complete_whatever_its_size_against_the_page(count):
    chain = RecordedChain()
    for netuid in range(count):
        chain.set("SubtensorModule", "Tempo", netuid, value=netuid * 3)
    chain.set("SubtensorModule", "TotalNetworks", value=count)
    chain.seal()
    async with connected(chain) as client:
        entries = {
            key: value
            async for key, value in client.entries("SubtensorModule", "Tempo", page_size=7)
        }
        assert entries == {netuid: netuid * 3 for netuid in range(count)}
        assert dict(await client.query_map("SubtensorModule", "Tempo")) == entries


async def test_a_map_under_a_prefix_gives_the_rest_of_the_key():
    chain = RecordedChain()
    for netuid, who, uid in ((1, ALICE, 0), (1, BOB, 1), (2, BOB, 0)):
        chain.set("SubtensorModule", "Uids", netuid, who, value=uid)
    chain.seal()
    async with connected(chain) as client:
        of_one = await client.query_map("SubtensorModule", "Uids", 1)
        of_all = await client.query_map("SubtensorModule", "Uids")
    assert {str(key): value for key, value in of_one} == {ALICE: 0, BOB: 1}
    assert {(netuid, str(who)) for (netuid, who), _ in of_all} == {(1, ALICE), (1, BOB), (2, BOB)}


async def test_a_map_is_of_one_block_though_the_chain_moves_on_between_pages():
    chain = RecordedChain()
    for netuid in range(6):
        chain.set("SubtensorModule", "Tempo", netuid, value=1)
    chain.seal()
    seen = []
    async with connected(chain) as client:
        async for key, value in client.entries("SubtensorModule", "Tempo", page_size=2):
            seen.append((key, value))
            chain.set("SubtensorModule", "Tempo", key, value=2)
            chain.set("SubtensorModule", "Tempo", 10 + key, value=2)
            chain.seal()
    assert sorted(seen) == [(netuid, 1) for netuid in range(6)]


async def test_reads_inside_at_are_of_that_block_and_only_there():
    chain = RecordedChain()
    for tempo in (10, 20, 30):
        chain.set("SubtensorModule", "Tempo", 1, value=tempo)
        chain.seal()

    async def read(client):
        return await client.query("SubtensorModule", "Tempo", 1)

    async with connected(chain) as client:
        async with client.at(1) as first:
            assert (first.number, first.hash) == (1, chain.blocks[1].hash)
            assert await read(client) == 10
            async with client.at(chain.blocks[2].hash):
                assert await read(client) == 20
            assert await asyncio.gather(read(client), read(client)) == [10, 10]
        assert await read(client) == 30
        async with client.at("head"):
            chain.set("SubtensorModule", "Tempo", 1, value=40)
            chain.seal()
            assert await read(client) == 30
        assert await read(client) == 40


async def test_a_pin_does_not_leak_into_tasks_started_outside_or_to_other_clients():
    chain = RecordedChain()
    chain.set("SubtensorModule", "Tempo", 1, value=1)
    chain.seal()
    chain.set("SubtensorModule", "Tempo", 1, value=2)
    chain.seal()
    go = asyncio.Event()
    async with connected(chain) as client, connected(chain) as other:

        async def outside():
            await go.wait()
            return await client.query("SubtensorModule", "Tempo", 1)

        task = asyncio.ensure_future(outside())
        async with client.at(1):
            go.set()
            assert await task == 2
            assert await other.query("SubtensorModule", "Tempo", 1) == 2
            assert await client.query("SubtensorModule", "Tempo", 1) == 1


async def test_finality_can_be_read_apart_from_the_best_block():
    chain = RecordedChain(finality_lag=2)
    for tempo in (1, 2, 3):
        chain.set("SubtensorModule", "Tempo", 1, value=tempo)
        chain.seal()
    async with connected(chain) as client, client.at("finalized") as block:
        assert (block.number, await client.query("SubtensorModule", "Tempo", 1)) == (1, 1)


@pytest.mark.parametrize("missing", [99, "0x" + "ab" * 32])
async def test_a_block_the_chain_does_not_have_is_not_found(missing):
    async with connected(RecordedChain()) as client:
        with pytest.raises(NotFound):
            async with client.at(missing):
                pass


async def test_discarded_state_is_a_typed_error_that_names_the_remedy():
    chain = RecordedChain()

    def pruned(key, at=None):
        raise Refusal(4003, f"Client error: State already discarded for {at}")

    async with connected(chain) as client:
        chain.overrides["state_getStorage"] = pruned
        with pytest.raises(StateUnavailable) as error:
            await client.query("Sudo", "Key")
    assert "archive" in (error.value.hint or "")


async def test_a_runtime_api_takes_and_gives_values():
    chain = RecordedChain()
    chain.answer(
        "SwapRuntimeApi", "current_alpha_price", lambda data: int.from_bytes(data, "little")
    )
    async with connected(chain) as client:
        assert await client.runtime_call("SwapRuntimeApi", "current_alpha_price", 513) == 513
        with pytest.raises(InvalidArgument, match="netuid"):
            await client.runtime_call("SwapRuntimeApi", "current_alpha_price")
        with pytest.raises(UnknownName):
            await client.runtime_call("SwapRuntimeApi", "current_price", 1)
        with pytest.raises(UnknownName):
            await client.runtime_call("SwapApi", "current_alpha_price", 1)


async def test_constants_come_from_the_metadata():
    async with connected(RecordedChain()) as client:
        assert client.constant("Balances", "ExistentialDeposit") == 500
        with pytest.raises(UnknownName):
            client.constant("Balances", "Existential")


async def test_watched_storage_gives_everything_first_and_then_only_what_changed():
    chain = RecordedChain()
    chain.set("SubtensorModule", "Tempo", 1, value=10)
    chain.seal()
    async with connected(chain) as client:
        keys = [("SubtensorModule", "Tempo", 1), ("SubtensorModule", "Tempo", 2)]
        async with await client.watch(*keys) as changes:
            first = await anext(changes)
            chain.seal()
            chain.set("SubtensorModule", "Tempo", 2, value=5)
            block = chain.seal()
            second = await anext(changes)
    assert dict(first.values) == {0: 10, 1: 360}
    assert (second.block_hash, dict(second.values)) == (block.hash, {1: 5})
    assert chain.count("state_unsubscribeStorage") == 1


async def test_heads_are_followed_from_the_present_one():
    chain = RecordedChain()
    async with connected(chain) as client:
        async with await client.heads() as heads:
            assert (await anext(heads)).number == 0
            block = chain.seal()
            head = await anext(heads)
            assert (head.number, head.hash) == (1, block.hash)
        waiting = asyncio.ensure_future(client.wait_for_block(3))
        for _ in range(2):
            await asyncio.sleep(0)
            chain.seal()
        assert (await waiting).number == 3


async def test_nonsense_in_the_place_of_storage_is_a_bad_answer():
    chain = RecordedChain()
    async with connected(chain) as client:
        chain.overrides["state_getStorage"] = lambda *params: 7
        with pytest.raises(BadAnswer):
            await client.query("Sudo", "Key")
        chain.overrides["state_getStorage"] = lambda *params: "0xzz"
        with pytest.raises(BadAnswer):
            await client.query("Sudo", "Key")
        chain.overrides["state_queryStorageAt"] = lambda *params: [{"changes": 5}]
        with pytest.raises(BadAnswer):
            await client.query_many([("Sudo", "Key")])


def test_the_header_hash_is_the_one_the_chain_computes():
    # A header of the runtime's own kind, hashed with another implementation of blake2b and SCALE.
    import hashlib

    from taokit.chain_client.blocks import Header

    parent, state, extrinsics = bytes([1]) * 32, bytes([2]) * 32, bytes([3]) * 32
    log = bytes.fromhex("066175726120") + bytes(8)
    encoded = parent + bytes([0x91, 0x1F]) + state + extrinsics + bytes([4]) + log
    header = Header(2020, "0x" + parent.hex(), "0x" + state.hex(), "0x" + extrinsics.hex(), (log,))
    assert header.hash == "0x" + hashlib.blake2b(encoded, digest_size=32).hexdigest()


def test_the_metadata_of_the_tests_is_the_real_one():
    assert metadata().pallets["System"].constants["Version"].decode()["spec_version"] == 424

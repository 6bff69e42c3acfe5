"""`archive_v1_*`, `chainSpec_v1_*`, `transaction_v1_*` and `transactionWatch_v1_*`."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from fake_runtime import extrinsic
from rpc_client import Session, fake_chain, run

from taokit.local_chain.rpc.methods.transaction import MAX_BROADCASTS

UNKNOWN = "0x" + "11" * 32
WATCH = "transactionWatch_v1_watchEvent"


def to_hex(data: bytes) -> str:
    return "0x" + data.hex()


# -- chainSpec and archive -------------------------------------------------------------------


def test_the_chain_is_named():
    async def scenario(client: Session) -> None:
        assert await client.result("chainSpec_v1_chainName") == "Bittensor"
        properties = await client.result("chainSpec_v1_properties")
        assert properties == {"ss58Format": 42, "tokenDecimals": 9, "tokenSymbol": "TAO"}
        genesis = to_hex(client.chain.genesis_hash)
        assert await client.result("chainSpec_v1_genesisHash") == genesis
        assert await client.result("archive_v1_genesisHash") == genesis

    run(scenario)


def test_every_block_is_in_the_archive():
    async def scenario(client: Session) -> None:
        client.chain.submit(extrinsic("A", 0))
        client.chain.seal(3)
        assert await client.result("archive_v1_finalizedHeight") == 2
        (first,) = await client.result("archive_v1_hashByHeight", 1)
        assert await client.result("archive_v1_hashByHeight", 4) == []
        block = client.chain.block(bytes.fromhex(first[2:]))
        assert block is not None
        header = await client.result("archive_v1_header", first)
        assert header == to_hex(block.header.encode())
        assert to_hex(blake2b(bytes.fromhex(header[2:]), digest_size=32).digest()) == first
        body = await client.result("archive_v1_body", first)
        assert body == [to_hex(extrinsic) for extrinsic in block.extrinsics]
        nonce = ("AccountNonceApi_account_nonce", to_hex(b"A" * 32))
        answer = await client.result("archive_v1_call", first, *nonce)
        assert answer == {"success": True, "value": "0x01000000"}
        genesis = to_hex(client.chain.genesis_hash)
        answer = await client.result("archive_v1_call", genesis, *nonce)
        assert answer == {"success": True, "value": "0x00000000"}
        failed = await client.result("archive_v1_call", first, "No_such", "0x")
        assert failed["success"] is False
        assert "No_such" in failed["error"]
        for method, extra in (("header", ()), ("body", ()), ("call", nonce)):
            assert await client.result(f"archive_v1_{method}", UNKNOWN, *extra) is None

    run(scenario, chain=fake_chain(finality_lag=1))


async def told(client: Session, method: str, *params: Any) -> list[Any]:
    """What a subscription of the archive told, which has to end."""
    id = await client.result(f"archive_v1_{method}", *params)
    event = f"archive_v1_{method}Event"
    while True:
        await client.settle()
        mine = [m["params"] for m in client.news if m["method"] == event]
        found = [m["result"] for m in mine if m["subscription"] == id]
        if found and found[-1]["event"] != method:
            return found


def test_the_archive_tells_storage_by_item():
    async def scenario(client: Session) -> None:
        genesis = to_hex(client.chain.genesis_hash)
        a, prefix = to_hex(b"bal:A"), to_hex(b"bal:")
        value = to_hex((1000).to_bytes(8, "little"))
        items = [{"key": a, "type": "value"}, {"key": "0xff", "type": "value"}]
        found = await told(client, "storage", genesis, items)
        assert found == [
            {"event": "storage", "key": a, "value": value},
            {"event": "storageDone"},
        ]
        after = {"key": prefix, "type": "descendantsValues", "paginationStartKey": a}
        *found, done = await told(client, "storage", genesis, [after])
        assert [entry["key"] for entry in found] == [to_hex(b"bal:B"), to_hex(b"bal:C")]
        assert done == {"event": "storageDone"}
        merkle = [{"key": a, "type": "closestDescendantMerkleValue"}]
        found, _ = await told(client, "storage", genesis, merkle)
        assert set(found) == {"event", "key", "closestDescendantMerkleValue"}
        (failed,) = await told(client, "storage", UNKNOWN, items)
        assert failed["event"] == "storageError"
        id = await client.result("archive_v1_storage", genesis, items)
        assert await client.result("archive_v1_stopStorage", id) is None
        assert await client.result("archive_v1_stopStorage", "x") is None

    run(scenario)


def test_the_archive_tells_what_a_block_changed():
    async def scenario(client: Session) -> None:
        keys = [to_hex(b"my:%d" % number) for number in range(3)]
        first = await client.result("dev_setStorage", [[keys[0], "0x01"], [keys[1], "0x02"]])
        second = await client.result("dev_setStorage", [[keys[0], None], [keys[1], "0x03"]])
        third = await client.result("dev_setStorage", [[keys[2], "0x04"]])
        items = [{"key": to_hex(b"my:"), "returnType": "value"}]
        done = {"event": "storageDiffDone"}
        changed = await told(client, "storageDiff", second, items)
        assert changed == [
            {"event": "storageDiff", "key": keys[0], "value": "0x01", "type": "deleted"},
            {"event": "storageDiff", "key": keys[1], "value": "0x03", "type": "modified"},
            done,
        ]
        since = await told(client, "storageDiff", third, items, first)
        assert [entry["type"] for entry in since[:-1]] == ["deleted", "modified", "added"]
        whole = await told(client, "storageDiff", second)
        assert {entry["key"] for entry in whole[:-1]} > set(keys[:2])
        child = [{"returnType": "hash", "childTrieKey": "0x00"}]
        assert await told(client, "storageDiff", second, child) == [done]
        (failed,) = await told(client, "storageDiff", UNKNOWN, items)
        assert failed["event"] == "storageDiffError"
        assert (await client.error("archive_v1_storageDiff", first, items, third))["code"] == -32602

    run(scenario)


# -- transactions ----------------------------------------------------------------------------


def test_a_transaction_is_watched_to_its_end():
    async def scenario(client: Session) -> None:
        await client.result("transactionWatch_v1_submitAndWatch", to_hex(extrinsic("A", 0)))
        client.chain.seal()
        hash = to_hex(client.chain.head.hash)
        place = {"hash": hash, "index": 1}
        assert await client.until_told(WATCH, 3) == [
            {"event": "validated"},
            {"event": "bestChainBlockIncluded", "block": place},
            {"event": "finalized", "block": place},
        ]

    run(scenario)


def test_a_watched_transaction_that_is_refused_or_replaced_is_told_as_invalid():
    async def scenario(client: Session) -> None:
        await client.result("transactionWatch_v1_submitAndWatch", "0x0400")
        (told,) = client.told(WATCH)
        assert told["event"] == "invalid"
        await client.result("transactionWatch_v1_submitAndWatch", to_hex(extrinsic("A", 0)))
        client.chain.submit(extrinsic("A", 0, priority=9))
        *_, last = await client.until_told(WATCH, 3)
        assert last["event"] == "invalid"
        assert "another extrinsic" in last["error"]
        assert (await client.error("transactionWatch_v1_submitAndWatch", "zz"))["code"] == -32602

    run(scenario)


def test_unwatching_ends_the_events_and_nothing_else():
    async def scenario(client: Session) -> None:
        id = await client.result(
            "transactionWatch_v1_submitAndWatch", to_hex(extrinsic("A", 0, amount=5))
        )
        assert await client.result("transactionWatch_v1_unwatch", id) is None
        client.chain.seal()
        assert [event["event"] for event in client.told(WATCH)] == ["validated"]
        assert client.chain.next_index(b"A" * 32) == 1
        assert "code" in await client.error("transactionWatch_v1_unwatch", id)

    run(scenario)


def test_a_broadcast_goes_on_until_the_pool_takes_it():
    async def scenario(client: Session) -> None:
        poor = extrinsic("D", 0, amount=5)
        id = await client.result("transaction_v1_broadcast", to_hex(poor))
        assert isinstance(id, str)
        assert client.chain.pending() == []
        await client.result("dev_setStorage", [[to_hex(b"bal:D"), to_hex(b"\xff" + bytes(7))]])
        client.chain.clock.advance(3_600_000)  # refused transactions are banned for a while
        client.chain.seal()
        await client.settle()
        assert client.chain.pending() == [poor]
        client.chain.seal()
        assert client.chain.next_index(b"D" * 32) == 1
        assert await client.result("transaction_v1_stop", id) is None
        assert (await client.error("transaction_v1_stop", id))["code"] == -32602

    run(scenario)


def test_stopping_a_broadcast_leaves_the_transaction_in_the_pool():
    async def scenario(client: Session) -> None:
        id = await client.result("transaction_v1_broadcast", to_hex(extrinsic("A", 0)))
        await client.result("transaction_v1_stop", id)
        assert client.chain.pending() == [extrinsic("A", 0)]
        late = await client.result("transaction_v1_broadcast", to_hex(extrinsic("D", 0)))
        await client.result("transaction_v1_stop", late)
        await client.result("dev_setStorage", [[to_hex(b"bal:D"), to_hex(b"\xff" + bytes(7))]])
        client.chain.clock.advance(3_600_000)
        client.chain.seal()
        await client.settle()
        assert client.chain.pending() == []

    run(scenario)


def test_a_client_broadcasts_some_transactions_at_once():
    async def scenario(client: Session) -> None:
        ids = [
            await client.result("transaction_v1_broadcast", to_hex(extrinsic("A", 0, salt=salt)))
            for salt in range(MAX_BROADCASTS)
        ]
        assert None not in ids
        another = to_hex(extrinsic("B", 0))
        assert await client.result("transaction_v1_broadcast", another) is None
        await client.result("transaction_v1_stop", ids[0])
        assert await client.result("transaction_v1_broadcast", another) is not None

    run(scenario)

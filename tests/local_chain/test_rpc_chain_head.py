"""`chainHead_v1_*` as paritytech/json-rpc-interface-spec wants it."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Any

import pytest
from fake_runtime import PRICE, extrinsic
from hypothesis import given, settings
from hypothesis import strategies as st
from rpc_client import Session, fake_chain, run

from taokit.local_chain.node.trie_root import compact
from taokit.local_chain.rpc import follow
from taokit.local_chain.rpc.follow import FINALIZED_AT_FIRST, MAX_OPERATIONS
from taokit.local_chain.rpc.merkle_values import closest_descendant
from taokit.local_chain.rpc.methods.chain_head import MAX_FOLLOWS

EVENTS = "chainHead_v1_followEvent"
UNKNOWN = "0x" + "11" * 32


def to_hex(data: bytes) -> str:
    return "0x" + data.hex()


class Head:
    """A followed head, and what was told of it."""

    def __init__(self, client: Session, id: str) -> None:
        self.client, self.id = client, id

    @classmethod
    async def of(cls, client: Session, with_runtime: bool = True) -> Head:
        return cls(client, await client.result("chainHead_v1_follow", with_runtime))

    @property
    def events(self) -> list[Any]:
        messages = [m["params"] for m in self.client.news if m["method"] == EVENTS]
        return [m["result"] for m in messages if m["subscription"] == self.id]

    def since(self, count: int) -> list[tuple[Any, ...]]:
        """Event names and hashes told after the first `count`."""
        return [brief(event) for event in self.events[count:]]

    async def result(self, method: str, *params: Any) -> Any:
        return await self.client.result(f"chainHead_v1_{method}", self.id, *params)

    async def error(self, method: str, *params: Any) -> tuple[int, str]:
        error = await self.client.error(f"chainHead_v1_{method}", self.id, *params)
        return error["code"], error["message"]

    async def operation(self, method: str, *params: Any) -> list[Any]:
        """What an operation told, without its id; it never tells before its id is known."""
        known = len(self.client.said)
        begun = await self.result(method, *params)
        assert begun["result"] == "started", begun
        said = self.client.said[known:]
        assert "result" in said[0]
        return self.told_of(begun["operationId"])

    def told_of(self, operation: str) -> list[Any]:
        mine = [dict(event) for event in self.events if event.get("operationId") == operation]
        for event in mine:
            del event["operationId"]
        return mine


def brief(event: Any) -> tuple[Any, ...]:
    told = [value for key, value in event.items() if key.lower().endswith(("hash", "hashes"))]
    return (event["event"], *told)


def hashes(client: Session, *numbers: int) -> list[str]:
    return [to_hex(client.chain.block_hash(number) or b"") for number in numbers]


# -- following -------------------------------------------------------------------------------


def test_following_begins_with_final_blocks_then_the_others_then_the_best_one():
    async def scenario(client: Session) -> None:
        client.chain.seal(5)
        head = await Head.of(client)
        h0, h1, h2, h3, h4, h5 = hashes(client, *range(6))
        assert head.since(0) == [
            ("initialized", [h0, h1, h2, h3]),
            ("newBlock", h4, h3),
            ("newBlock", h5, h4),
            ("bestBlockChanged", h5),
        ]
        first, *rest = head.events
        assert first["finalizedBlockRuntime"] == {
            "type": "valid",
            "spec": {
                "specName": "fake",
                "implName": "fake",
                "specVersion": 7,
                "implVersion": 1,
                "transactionVersion": 1,
                "apis": {"0x37e397fc7c91f5e4": 2},
            },
        }
        assert [event["newRuntime"] for event in rest[:2]] == [None, None]

    run(scenario, chain=fake_chain(finality_lag=2))


def test_each_block_is_new_then_best_and_later_final():
    async def scenario(client: Session) -> None:
        client.chain.seal(2)
        head = await Head.of(client, False)
        assert "finalizedBlockRuntime" not in head.events[0]
        before = len(head.events)
        client.chain.seal(2)
        h2, h3, h4 = hashes(client, 2, 3, 4)
        assert head.since(before) == [
            ("newBlock", h3, h2),
            ("bestBlockChanged", h3),
            ("finalized", [h2], []),
            ("newBlock", h4, h3),
            ("bestBlockChanged", h4),
            ("finalized", [h3], []),
        ]
        assert "newRuntime" not in head.events[before]

    run(scenario, chain=fake_chain(finality_lag=1))


def test_no_more_than_some_final_blocks_are_told_at_first():
    async def scenario(client: Session) -> None:
        client.chain.seal(3 * FINALIZED_AT_FIRST)
        head = await Head.of(client)
        told = head.events[0]["finalizedBlockHashes"]
        last = client.chain.finalized.number
        assert told == hashes(client, *range(last - FINALIZED_AT_FIRST + 1, last + 1))

    run(scenario)


def test_nothing_is_told_after_unfollowing_and_unfollowing_twice_is_no_fault():
    async def scenario(client: Session) -> None:
        head = await Head.of(client)
        begun = await head.result("body", hashes(client, 0)[0])
        assert await head.result("unfollow") is None
        before = len(head.events)
        client.chain.seal(2)
        await client.settle()
        assert len(head.events) == before
        assert begun["result"] == "started"
        assert await head.result("unfollow") is None
        assert await head.result("header", UNKNOWN) is None
        for method in ("body", "call", "storage"):
            extra = {"call": ("f", "0x"), "storage": ([],)}.get(method, ())
            answer = await head.result(method, UNKNOWN, *extra)
            assert answer == {"result": "limitReached"}
        assert await head.result("unpin", UNKNOWN) is None
        assert await head.result("continue", "x") is await head.result("stopOperation", "x") is None

    run(scenario)


def test_a_client_follows_some_heads_at_once_and_other_clients_cannot_use_them():
    async def scenario(client: Session) -> None:
        heads = [await Head.of(client) for _ in range(MAX_FOLLOWS)]
        error = await client.error("chainHead_v1_follow", True)
        assert error["code"] == -32800
        await heads[0].result("unfollow")
        await Head.of(client)
        genesis = hashes(client, 0)[0]
        other = Head(Session(client.chain), heads[1].id)
        assert await heads[1].result("header", genesis) is not None
        assert await other.result("header", genesis) is None

    run(scenario)


def test_a_client_that_goes_away_is_forgotten():
    async def scenario(client: Session) -> None:
        listeners = client.chain.on_new_block._listeners
        before = len(listeners)
        await Head.of(client)
        assert len(listeners) > before
        client.session.close()
        assert len(listeners) == before

    run(scenario)


# -- pinning ---------------------------------------------------------------------------------


def test_headers_are_told_of_pinned_blocks_only():
    async def scenario(client: Session) -> None:
        early = await Head.of(client)
        client.chain.seal(2)
        h0, h1, h2 = hashes(client, 0, 1, 2)
        block = client.chain.block(bytes.fromhex(h1[2:]))
        assert block is not None
        assert await early.result("header", h1) == to_hex(block.header.encode())
        assert await early.result("unpin", [h0, h1]) is None
        for method, extra in (("header", ()), ("body", ()), ("call", ("f", "0x")), ("unpin", ())):
            assert await early.error(method, h1, *extra) == (-32801, "Invalid block hash")
        assert await early.error("storage", UNKNOWN, []) == (-32801, "Invalid block hash")
        assert (await early.error("header", "0x12"))[0] == -32602
        assert await early.result("header", h2) is not None
        late = await Head.of(client)
        assert await late.result("header", h1) is not None

    run(scenario)


def test_unpinning_lets_go_of_all_or_of_none():
    async def scenario(client: Session) -> None:
        head = await Head.of(client)
        client.chain.seal()
        h0, h1 = hashes(client, 0, 1)
        assert (await head.error("unpin", [h0, UNKNOWN]))[0] == -32801
        assert (await head.error("unpin", [h0, h0]))[0] == -32804
        assert await head.result("header", h0) is not None
        assert await head.result("unpin", h1) is None
        assert (await head.error("header", h1))[0] == -32801

    run(scenario)


def test_a_client_that_never_unpins_is_stopped(monkeypatch):
    monkeypatch.setattr(follow, "MAX_PINNED", 5)

    async def scenario(client: Session) -> None:
        head = await Head.of(client)
        tidy = await Head.of(client)
        for number in range(1, 9):
            client.chain.seal()
            await tidy.result("unpin", hashes(client, number - 1)[0])
        assert head.events[-1] == {"event": "stop"}
        assert [event["event"] for event in head.events].count("newBlock") == 5
        assert await head.result("header", hashes(client, 1)[0]) is None
        assert tidy.events[-1]["event"] == "finalized"

    run(scenario)


# -- operations ------------------------------------------------------------------------------


def test_a_body_is_told_as_an_event_even_if_its_block_is_unpinned_meanwhile():
    async def scenario(client: Session) -> None:
        head = await Head.of(client)
        client.chain.submit(extrinsic("A", 0, amount=5))
        client.chain.seal()
        h1 = hashes(client, 1)[0]
        (told,) = await head.operation("body", h1)
        block = client.chain.block()
        assert block is not None
        assert told == {
            "event": "operationBodyDone",
            "value": [to_hex(extrinsic) for extrinsic in block.extrinsics],
        }
        assert len(told["value"]) == 2

    run(scenario)


def test_a_call_answers_or_fails_with_the_reason():
    async def scenario(client: Session) -> None:
        head = await Head.of(client)
        genesis = hashes(client, 0)[0]
        expected = to_hex(client.chain.call("AccountNonceApi_account_nonce", b"A" * 32))
        asked = ("AccountNonceApi_account_nonce", to_hex(b"A" * 32))
        (told,) = await head.operation("call", genesis, *asked)
        assert told == {"event": "operationCallDone", "output": expected}
        (told,) = await head.operation("call", genesis, "Nope_nope", "0x")
        assert told["event"] == "operationError"
        assert "Nope_nope" in told["error"]
        bare = await Head.of(client, False)
        assert (await bare.error("call", genesis, *asked))[0] == -32802

    run(scenario)


def test_storage_is_told_by_value_hash_and_descendants():
    async def scenario(client: Session) -> None:
        head = await Head.of(client)
        client.chain.submit(extrinsic("A", 0, amount=5))
        client.chain.seal()
        h0, h1 = hashes(client, 0, 1)
        values = {
            to_hex(key): to_hex(client.chain.storage(key) or b"")
            for key in client.chain.storage_keys(b"bal:")
        }
        a = to_hex(b"bal:A")
        items = [
            {"key": a, "type": "value"},
            {"key": a, "type": "hash"},
            {"key": "0xffff", "type": "value"},
            {"key": to_hex(b"bal:"), "type": "descendantsValues"},
        ]
        singles, many, done = await head.operation("storage", h1, items, None)
        hash = await client.result("state_getStorageHash", a, h1)
        assert singles["items"] == [{"key": a, "value": values[a]}, {"key": a, "hash": hash}]
        assert {item["key"]: item["value"] for item in many["items"]} == values
        assert done == {"event": "operationStorageDone"}
        (old, _) = await head.operation("storage", h0, items[:1])
        assert int.from_bytes(bytes.fromhex(old["items"][0]["value"][2:]), "little") == 1000
        assert values[a] != old["items"][0]["value"], PRICE
        asked = [{"key": a, "type": "descendantsHashes"}]
        (found, _) = await head.operation("storage", h1, asked)
        assert found["items"] == [{"key": a, "hash": hash}]
        (nothing,) = await head.operation("storage", h1, items[2:3])
        assert nothing["event"] == "operationStorageDone"
        (nothing,) = await head.operation("storage", h1, items, "0x1234")
        assert nothing["event"] == "operationStorageDone"  # there are no child tries

    run(scenario)


def test_many_entries_come_in_pages_that_the_client_asks_for(monkeypatch):
    from taokit.local_chain.rpc import storage_queries

    monkeypatch.setattr(storage_queries, "PAGE", 2)

    async def scenario(client: Session) -> None:
        head = await Head.of(client)
        changes = [[to_hex(b"many:%d" % number), "0x01"] for number in range(5)]
        await client.result("dev_setStorage", changes)
        h1 = hashes(client, 1)[0]
        items = [{"key": to_hex(b"many:"), "type": "descendantsValues"}]
        begun = await head.result("storage", h1, items)
        id = begun["operationId"]
        pages = []
        while head.told_of(id)[-1]["event"] == "operationWaitingForContinue":
            pages.append(len(head.told_of(id)[-2]["items"]))
            assert await head.result("continue", id) is None
        told = [event["event"] for event in head.told_of(id)]
        assert told[-2:] == ["operationStorageItems", "operationStorageDone"]
        keys = [item["key"] for event in head.told_of(id) for item in event.get("items", ())]
        assert keys == [key for key, _ in changes]
        assert pages == [2, 2]
        assert await head.result("continue", id) is None  # it is over
        other = await head.result("storage", h1, items)
        await head.result("stopOperation", other["operationId"])
        before = len(head.events)
        assert await head.result("continue", other["operationId"]) is None
        assert len(head.events) == before

    run(scenario)


def merkle_values(entries: dict[bytes, bytes]) -> dict[str, bytes]:
    """What stands for each node of a trie, by the nibbles that lead to it: state version 1."""
    found: dict[str, bytes] = {}

    def node(keys: list[str], depth: int) -> bytes:
        path = keys[0]
        while not all(key.startswith(path) for key in keys):
            path = path[:-1]
        partial, value = path[depth:], entries.get(bytes.fromhex(path)) if path in keys else None
        groups: dict[str, list[str]] = {}
        for key in sorted(key for key in keys if key != path):
            groups.setdefault(key[len(path)], []).append(key)
        long = value is not None and len(value) > 32
        if not groups:
            kind, bits = (0x20, 5) if long else (0x40, 6)
        elif value is None:
            kind, bits = 0x80, 6
        else:
            kind, bits = (0x10, 4) if long else (0xC0, 6)
        most = (1 << bits) - 1
        head = [kind | min(len(partial), most)]
        if len(partial) >= most:
            head += [255] * ((len(partial) - most) // 255) + [(len(partial) - most) % 255]
        encoded = bytes(head) + bytes.fromhex(partial if len(partial) % 2 == 0 else "0" + partial)
        if groups:
            encoded += sum(1 << int(digit, 16) for digit in groups).to_bytes(2, "little")
        if value is not None:
            encoded += hashed(value) if long else compact(len(value)) + value
        for group in groups.values():
            child = node(group, len(path) + 1)
            encoded += compact(len(child)) + child
        found[path] = hashed(encoded) if depth == 0 or len(encoded) >= 32 else encoded
        return found[path]

    node([key.hex() for key in entries], 0)
    return found


def hashed(data: bytes) -> bytes:
    return blake2b(data, digest_size=32).digest()


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.lists(st.sampled_from([0x00, 0x01, 0x10, 0x11, 0xFF]), max_size=4).map(bytes),
        st.sampled_from([b"", b"short", b"x" * 32, b"longer" * 9]),
        min_size=1,
    )
)
def test_merkle_values_are_those_of_the_trie_of_the_whole_state(changes):
    chain = fake_chain()
    chain.put_storage(dict(changes))
    entries = {key: chain.storage(key) or b"" for key in chain.storage_keys(b"")}
    values = merkle_values(entries)
    asked = {key[:size] for key in entries for size in range(len(key) + 1)} | {b"\x02", b"nope"}
    for key in asked:
        under = [path for path in values if path.startswith(key.hex())]
        expected = values[min(under, key=len)] if under else None
        assert closest_descendant(chain, key, chain.head.hash) == expected, key


def test_merkle_values_tell_whether_anything_changed_under_a_key():
    async def scenario(client: Session) -> None:
        head = await Head.of(client)

        async def merkle(number: int, key: bytes) -> Any:
            items = [{"key": to_hex(key), "type": "closestDescendantMerkleValue"}]
            *found, done = await head.operation("storage", hashes(client, number)[0], items)
            assert done == {"event": "operationStorageDone"}
            return [(i["key"], i[items[0]["type"]]) for event in found for i in event["items"]]

        client.chain.seal(2)
        client.chain.submit(extrinsic("A", 0, amount=5))
        client.chain.seal()
        before, quiet, busy = [await merkle(number, b"bal:") for number in (1, 2, 3)]
        assert before == quiet != busy
        assert before[0][0] == to_hex(b"bal:")
        assert await merkle(0, b"nothing") == []

    run(scenario)


@pytest.mark.parametrize(
    "items",
    [
        "0x00",
        [5],
        [{"key": "0x00"}],
        [{"key": "0x00", "type": "everything"}],
        [{"key": 5, "type": "value"}],
        [{"key": "0x00", "type": "value", "paginationStartKey": "0x00"}],
    ],
)
def test_items_of_another_form_are_invalid(items):
    async def scenario(client: Session) -> None:
        head = await Head.of(client)
        assert (await head.error("storage", hashes(client, 0)[0], items))[0] == -32602

    run(scenario)


def test_operations_beyond_the_limit_wait_for_others_to_end(monkeypatch):
    from taokit.local_chain.rpc import storage_queries

    monkeypatch.setattr(storage_queries, "PAGE", 1)

    async def scenario(client: Session) -> None:
        head = await Head.of(client)
        genesis = hashes(client, 0)[0]
        stuck = {"key": to_hex(b"bal:"), "type": "descendantsValues"}
        waiting = await head.result("storage", genesis, [stuck] * (MAX_OPERATIONS - 1))
        assert waiting["discardedItems"] == 0
        partly = await head.result("storage", genesis, [stuck] * 3)
        assert (partly["result"], partly["discardedItems"]) == ("started", 2)
        full = {"result": "limitReached"}
        assert await head.result("storage", genesis, [stuck]) == full
        assert await head.result("body", genesis) == full
        assert await head.result("call", genesis, "f", "0x") == full
        await head.result("stopOperation", partly["operationId"])
        (told,) = await head.operation("body", genesis)
        assert told["event"] == "operationBodyDone"

    run(scenario)


def test_only_what_waits_can_be_continued():
    async def scenario(client: Session) -> None:
        head = await Head.of(client)
        genesis = hashes(client, 0)[0]
        said = []
        for method, asked in (("body", genesis), ("continue", None)):
            asked = asked or said[0]["result"]["operationId"]
            request = {"id": 1, "method": f"chainHead_v1_{method}", "params": [head.id, asked]}
            await client.session.handle(json.dumps(request))  # answered, but not begun yet
            said.append(client.said[-1])
        assert said[1]["error"]["code"] == -32803

    run(scenario)

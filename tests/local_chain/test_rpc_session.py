"""JSON-RPC as clients depend on it: framing, methods, error shapes, subscriptions."""

from __future__ import annotations

import asyncio
import json
from hashlib import blake2b

import pytest
from fake_runtime import PRICE, account, extrinsic
from rpc_client import Session, fake_chain, run

from taokit.local_chain.node.trie_root import compact
from taokit.local_chain.rpc import reading_pause
from taokit.local_chain.rpc import session as rpc_session
from taokit.local_chain.rpc.session import MAX_SUBSCRIPTIONS
from taokit.wallet.ss58 import encode as ss58

UNKNOWN = "0x" + "11" * 32
# A client that finds one method of a group uses the whole group.
NEWER_INTERFACE = {
    "archive_v1_": "body call finalizedHeight genesisHash hashByHeight header stopStorage "
    "stopStorageDiff storage storageDiff",
    "chainHead_v1_": "body call continue follow header stopOperation storage unfollow unpin",
    "chainSpec_v1_": "chainName genesisHash properties",
    "transaction_v1_": "broadcast stop",
    "transactionWatch_v1_": "submitAndWatch unwatch",
}


def to_hex(data: bytes) -> str:
    return "0x" + data.hex()


# -- framing ---------------------------------------------------------------------------------


@pytest.mark.parametrize("id", ["aB12", "1-1", 7, 0, 2**53 + 1, None, "ümlaut 😀", "lone \ud800"])
def test_ids_come_back_as_they_were(id):
    async def scenario(client: Session) -> None:
        assert await client.ask("system_chain", id=id) == {
            "jsonrpc": "2.0",
            "id": id,
            "result": "Bittensor",
        }

    run(scenario)


def test_requests_may_come_as_bytes():
    async def scenario(client: Session) -> None:
        request = b'{"jsonrpc":"2.0","id":"x","method":"system_chain","params":[]}'
        (answer,) = await client.raw(request)
        assert answer["result"] == "Bittensor"

    run(scenario)


@pytest.mark.parametrize(
    "message",
    [
        "",
        "{",
        "nope",
        '{"id":1,}',
        "[1,",
        b"\xff\xfe\xfa",
        "[" * 100_000,
        '{"id": NaN}',
        "1" * 9999,
    ],
)
def test_what_is_not_json_is_a_parse_error(message):
    async def scenario(client: Session) -> None:
        (answer,) = await client.raw(message)
        assert answer == {
            "jsonrpc": "2.0",
            "id": None,
            "error": {"code": -32700, "message": "Parse error"},
        }

    run(scenario)


@pytest.mark.parametrize(
    "message",
    ["1", '"x"', "null", "true", "{}", "[]", '{"id":1}', '{"id":1,"method":5}', "[1]", "[[]]"]
    + [json.dumps({"id": id, "method": "system_chain"}) for id in (True, 1.5, [], {})],
)
def test_what_is_no_request_is_an_invalid_request(message):
    async def scenario(client: Session) -> None:
        (answer,) = await client.raw(message)
        (answer,) = answer if isinstance(answer, list) else [answer]
        assert answer["error"]["code"] == -32600
        assert answer["jsonrpc"] == "2.0"

    run(scenario)


def test_unknown_methods_are_not_found():
    async def scenario(client: Session) -> None:
        error = await client.error("chainHead_unstable_follow", True)
        assert (error["code"], error["message"]) == (-32601, "Method not found")

    run(scenario)


def test_a_request_without_id_gets_no_answer():
    async def scenario(client: Session) -> None:
        assert await client.raw('{"jsonrpc":"2.0","method":"dev_mine","params":[]}') == []
        assert client.chain.head.number == 0

    run(scenario)


def test_params_may_be_left_out_or_given_by_name():
    async def scenario(client: Session) -> None:
        (bare,) = await client.raw('{"jsonrpc":"2.0","id":1,"method":"chain_getHeader"}')
        assert bare["result"]["number"] == "0x0"
        named = {"id": 1, "method": "state_getStorage", "params": {"key": "0x3a636f6465"}}
        (answer,) = await client.raw(json.dumps(named))
        assert answer["result"] == to_hex(b"fake runtime")
        for params in ({"nope": 1}, "text", 5):
            (answer,) = await client.raw(json.dumps({**named, "params": params}))
            assert answer["error"]["code"] == -32602

    run(scenario)


def test_a_batch_is_answered_as_one_array_long_methods_included():
    async def scenario(client: Session) -> None:
        batch = [
            {"jsonrpc": "2.0", "id": 1, "method": "system_chain"},
            {"jsonrpc": "2.0", "method": "system_name"},
            {"jsonrpc": "2.0", "id": "two", "method": "nope"},
            {"jsonrpc": "2.0", "id": 3, "method": "dev_mine", "params": [2]},
            {"jsonrpc": "2.0", "id": 4, "method": "chain_subscribeNewHeads"},
        ]
        answers, *news = await client.raw(json.dumps(batch))
        assert [answer["id"] for answer in answers] == [1, "two", 3, 4]
        assert answers[1]["error"]["code"] == -32601
        assert answers[2]["result"]["number"] == 2
        assert {message["params"]["subscription"] for message in news} == {answers[3]["result"]}
        assert len(news) == 3
        only_notifications = json.dumps([batch[1]])
        assert await client.raw(only_notifications) == []

    run(scenario)


def test_a_batch_whose_answer_grows_too_large_is_refused_whole(monkeypatch):
    monkeypatch.setattr(rpc_session, "MAX_RESPONSE_BYTES", 2000)

    async def scenario(client: Session) -> None:
        asked = []
        monkeypatch.setattr(
            client.handler.table.methods["system_name"],
            "function",
            lambda node: asked.append(1) or "x" * 100,
        )
        batch = [
            {"jsonrpc": "2.0", "id": 1, "method": "dev_mine", "params": [2]},
            {"jsonrpc": "2.0", "id": 2, "method": "chain_subscribeNewHeads"},
            *({"jsonrpc": "2.0", "id": n, "method": "system_name"} for n in range(1000)),
        ]
        answers = await client.raw(json.dumps(batch))
        assert [(answer["id"], answer["error"]["code"]) for answer in answers] == [(None, -32011)]
        assert "2000" in answers[0]["error"]["data"]
        assert len(asked) < 20  # it stopped when it was too much
        client.chain.seal()
        await client.settle()
        assert client.news == []
        assert client.chain.head.number == 1

    run(scenario)


def test_a_response_that_is_too_large_is_refused_under_its_id(monkeypatch):
    monkeypatch.setattr(rpc_session, "MAX_RESPONSE_BYTES", 100)

    async def scenario(client: Session) -> None:
        assert (await client.error("rpc_methods"))["code"] == -32008
        assert await client.result("system_chain") == "Bittensor"

    run(scenario)


def test_an_unforeseen_fault_is_an_internal_error_and_is_logged(caplog, monkeypatch):
    async def scenario(client: Session) -> None:
        monkeypatch.setattr(client.chain, "storage", lambda *_: 1 / 0)
        error = await client.error("state_getStorage", "0x00")
        assert (error["code"], error["message"]) == (-32603, "Internal error")

    run(scenario)
    assert "ZeroDivisionError" in caplog.text


# -- chain -----------------------------------------------------------------------------------


def test_headers_and_blocks_as_clients_read_them():
    async def scenario(client: Session) -> None:
        chain = client.chain
        chain.submit(extrinsic("A", 0))
        chain.seal(2)
        hash = to_hex(chain.block_hash(1) or b"")
        header = await client.result("chain_getHeader", hash)
        assert set(header) == {"parentHash", "number", "stateRoot", "extrinsicsRoot", "digest"}
        assert header["number"] == "0x1"
        assert header["parentHash"] == to_hex(chain.genesis_hash)
        block = await client.result("chain_getBlock", hash)
        assert block["justifications"] is None
        assert block["block"]["header"] == header
        assert block["block"]["extrinsics"][1] == to_hex(extrinsic("A", 0))
        assert (await client.result("chain_getHeader"))["number"] == "0x2"
        assert (await client.result("chain_getBlock", None))["block"]["header"]["number"] == "0x2"
        for method in ("chain_getHeader", "chain_getBlock"):
            assert await client.result(method, UNKNOWN) is None

    run(scenario)


def test_the_block_hash_can_be_computed_from_the_header_json():
    async def scenario(client: Session) -> None:
        client.chain.seal(3)
        header = await client.result("chain_getHeader")
        raw = {key: bytes.fromhex(value[2:]) for key, value in header.items() if "Root" in key}
        logs = [bytes.fromhex(log[2:]) for log in header["digest"]["logs"]]
        encoded = bytes.fromhex(header["parentHash"][2:]) + compact(int(header["number"], 16))
        encoded += raw["stateRoot"] + raw["extrinsicsRoot"] + compact(len(logs)) + b"".join(logs)
        computed = blake2b(encoded, digest_size=32).hexdigest()
        assert await client.result("chain_getBlockHash") == "0x" + computed

    run(scenario)


def test_block_hashes_by_number_in_every_form():
    async def scenario(client: Session) -> None:
        client.chain.seal(20)
        genesis, head = to_hex(client.chain.genesis_hash), to_hex(client.chain.head.hash)
        ask = client.result
        assert await ask("chain_getBlockHash", 0) == genesis
        assert await ask("chain_getBlockHash", "0x14") == head
        assert await ask("chain_getBlockHash", None) == head
        assert await ask("chain_getHead") == head
        assert await ask("chain_getBlockHash", 21) is None
        assert await ask("chain_getBlockHash", 2**70) is None
        assert await ask("chain_getBlockHash", [0, "0x14", 99]) == [genesis, head, None]
        enormous = await client.error("chain_getBlockHash", "0x" + "f" * 5000)
        assert enormous["code"] == -32602
        assert "20000 bits" in enormous["data"]

    run(scenario)


def test_finalized_head_lags_as_configured():
    async def scenario(client: Session) -> None:
        client.chain.seal(5)
        expected = to_hex(client.chain.block_hash(3) or b"")
        for method in ("chain_getFinalizedHead", "chain_getFinalisedHead"):
            assert await client.result(method) == expected

    run(scenario, chain=fake_chain(finality_lag=2))


@pytest.mark.parametrize(
    ("subscribe", "unsubscribe", "notification"),
    [
        ("chain_subscribeNewHeads", "chain_unsubscribeNewHeads", "chain_newHead"),
        ("chain_subscribeNewHead", "chain_unsubscribeNewHead", "chain_newHead"),
        ("subscribe_newHead", "unsubscribe_newHead", "chain_newHead"),
        ("chain_subscribeAllHeads", "chain_unsubscribeAllHeads", "chain_allHead"),
        ("chain_subscribeFinalizedHeads", "chain_unsubscribeFinalizedHeads", "chain_finalizedHead"),
        ("chain_subscribeFinalisedHeads", "chain_unsubscribeFinalisedHeads", "chain_finalizedHead"),
    ],
)
def test_heads_begin_with_the_current_one_and_end_when_asked(subscribe, unsubscribe, notification):
    async def scenario(client: Session) -> None:
        client.chain.seal(2)
        ack, first = await client.raw(
            json.dumps({"jsonrpc": "2.0", "id": 1, "method": subscribe, "params": []})
        )
        id = ack["result"]
        assert isinstance(id, str)
        assert set(first) == {"jsonrpc", "method", "params"}  # above all, no id
        assert (first["method"], first["params"]["subscription"]) == (notification, id)
        client.chain.seal(3)
        numbers = [int(header["number"], 16) for header in client.told(notification)]
        assert numbers == [2, 3, 4, 5]
        assert await client.result(unsubscribe, id) is True
        client.chain.seal()
        assert len(client.told(notification)) == 4
        assert await client.result(unsubscribe, id) is False

    run(scenario)


# -- state -----------------------------------------------------------------------------------


def test_storage_reads_now_and_then():
    async def scenario(client: Session) -> None:
        chain = client.chain
        chain.submit(extrinsic("A", 0, amount=100))
        chain.seal()
        key, genesis = to_hex(b"bal:A"), to_hex(chain.genesis_hash)
        ask = client.result
        assert await ask("state_getStorage", key) == to_hex((890).to_bytes(8, "little"))
        assert await ask("state_getStorageAt", key, genesis) == to_hex((1000).to_bytes(8, "little"))
        assert await ask("state_getStorage", to_hex(b"nothing"), None) is None
        code = blake2b(b"fake runtime", digest_size=32).hexdigest()
        assert await ask("state_getStorageHash", "0x3a636f6465") == "0x" + code
        assert await ask("state_getStorageHash", "0x00") is None
        assert await ask("state_getStorageSize", "0x3a636f6465") == 12
        assert await ask("state_getStorageSize", "0x00") is None

    run(scenario)


def test_keys_whole_and_paged():
    async def scenario(client: Session) -> None:
        prefix = to_hex(b"bal:")
        keys = [to_hex(f"bal:{s}".encode()) for s in "ABC"]
        ask = client.result
        assert await ask("state_getKeys", prefix) == keys
        assert await ask("state_getKeysPaged", prefix, 2, prefix, None) == keys[:2]
        assert await ask("state_getKeysPaged", prefix, 2, None) == keys[:2]
        assert await ask("state_getKeysPaged", prefix, 1000, keys[1]) == keys[2:]
        assert await ask("state_getKeysPaged", None, 1000) == await ask("state_getKeys", None)
        pairs = await ask("state_getPairs", prefix)
        assert [key for key, _ in pairs] == keys
        error = await client.error("state_getKeysPaged", prefix, 1001)
        assert error["code"] == 4002
        assert error["message"] == "count exceeds maximum value. value: 1001, max: 1000"

    run(scenario)


def test_query_storage_at_is_one_group_with_missing_keys_as_null():
    async def scenario(client: Session) -> None:
        keys = [to_hex(b"bal:A"), to_hex(b"missing"), to_hex(b"bal:B")]
        (group,) = await client.result("state_queryStorageAt", keys, None)
        assert group["block"] == to_hex(client.chain.head.hash)
        thousand = to_hex((1000).to_bytes(8, "little"))
        assert group["changes"] == [[keys[0], thousand], [keys[1], None], [keys[2], thousand]]

    run(scenario)


def test_query_storage_over_a_range_tells_changes_only():
    async def scenario(client: Session) -> None:
        chain = client.chain
        chain.seal()
        chain.submit(extrinsic("A", 0))
        chain.seal()
        key = to_hex(b"nonce:A")
        first = to_hex(chain.genesis_hash)
        groups = await client.result("state_queryStorage", [key], first)
        blocks = [to_hex(chain.block_hash(n) or b"") for n in (0, 2)]
        assert [group["block"] for group in groups] == blocks
        assert groups[0]["changes"] == [[key, None]]
        assert groups[1]["changes"] == [[key, to_hex((1).to_bytes(8, "little"))]]
        backwards = await client.error("state_queryStorage", [key], blocks[1], blocks[0])
        assert backwards["code"] == 4001

    run(scenario)


@pytest.mark.parametrize("data", ["", "0x", "abcd", "0xabcd"])
def test_runtime_calls_take_hex_with_or_without_prefix(data):
    async def scenario(client: Session) -> None:
        expected = "0x" + data.removeprefix("0x")
        assert await client.result("state_call", "Fake_echo", data, None) == expected

    run(scenario)


def test_unknown_blocks_and_calls_have_the_words_that_clients_match():
    async def scenario(client: Session) -> None:
        header = f"UnknownBlock: Header was not found in the database: {UNKNOWN}"
        for method, params in [
            ("state_getStorage", ["0x00"]),
            ("state_getKeys", ["0x"]),
            ("state_getKeysPaged", ["0x", 1, None]),
            ("state_queryStorageAt", [["0x00"]]),
        ]:
            error = await client.error(method, *params, UNKNOWN)
            assert error == {"code": 4003, "message": f"Client error: {header}"}
        for method, params in [
            ("state_call", ["Fake_echo", ""]),
            ("state_getMetadata", []),
            ("state_getRuntimeVersion", []),
        ]:
            error = await client.error(method, *params, UNKNOWN)
            assert error["code"] == 4003
            wanted = f"Client error: Api called for an unknown Block: {header}"
            assert error["message"] == wanted
        missing = await client.error("state_call", "Metadata_metadata_at_version", "0x0f000000")
        assert missing["message"] == (
            "Client error: Execution failed: Other: "
            "Exported method Metadata_metadata_at_version is not found"
        )
        bad = await client.error("state_call", "AccountNonceApi_account_nonce", "0x00")
        assert bad["code"] == 4003
        assert bad["message"].startswith("Client error: Execution failed: ")

    run(scenario)


def test_metadata_is_version_14_and_the_version_is_the_runtimes():
    async def scenario(client: Session) -> None:
        assert await client.result("state_getMetadata") == to_hex(b"meta\x0e")
        version = await client.result("state_getRuntimeVersion", to_hex(client.chain.head.hash))
        assert version == client.chain.runtime_version()
        assert await client.result("chain_getRuntimeVersion") == version

    run(scenario)


def test_read_proofs_are_refused_with_what_to_do_instead():
    async def scenario(client: Session) -> None:
        error = await client.error("state_getReadProof", ["0x00"])
        assert error["code"] == 4003
        assert "state_queryStorageAt" in error["message"]

    run(scenario)


def test_storage_subscriptions_tell_all_keys_then_the_changed_ones():
    async def scenario(client: Session) -> None:
        chain = client.chain
        nonce, code = to_hex(b"nonce:A"), to_hex(b":code")
        id = await client.result("state_subscribeStorage", [nonce, code])
        chain.seal()
        chain.submit(extrinsic("A", 0))
        chain.seal()
        first, second = client.told("state_storage")
        assert first == {
            "block": to_hex(chain.genesis_hash),
            "changes": [[nonce, None], [code, to_hex(b"fake runtime")]],
        }
        assert second == {
            "block": to_hex(chain.head.hash),
            "changes": [[nonce, to_hex((1).to_bytes(8, "little"))]],
        }
        assert await client.result("state_unsubscribeStorage", id) is True

    run(scenario)


def test_storage_subscriptions_hear_of_deletions_and_of_all_keys_when_asked():
    async def scenario(client: Session) -> None:
        await client.result("state_subscribeStorage", None)
        key = to_hex(b"bal:A")
        await client.result("dev_setStorage", [[key, None]])
        (told,) = client.told("state_storage")
        assert [key, None] in told["changes"]
        assert len(told["changes"]) > 1

    run(scenario)


@pytest.mark.parametrize("name", ["state_subscribeRuntimeVersion", "chain_subscribeRuntimeVersion"])
def test_the_runtime_version_is_told_at_once(name):
    async def scenario(client: Session) -> None:
        await client.result(name)
        assert client.told("state_runtimeVersion") == [client.chain.runtime_version()]

    run(scenario)


# -- author ----------------------------------------------------------------------------------


def test_submit_gives_the_hash_of_the_whole_bytes():
    async def scenario(client: Session) -> None:
        encoded = extrinsic("A", 0)
        hash = await client.result("author_submitExtrinsic", to_hex(encoded))
        assert hash == "0x" + blake2b(encoded, digest_size=32).hexdigest()
        assert await client.result("author_pendingExtrinsics") == [to_hex(encoded)]
        assert await client.result("author_removeExtrinsic", [hash]) == [hash]
        assert await client.result("author_pendingExtrinsics") == []

    run(scenario)


def test_watching_acks_first_and_then_tells_everything_in_order():
    async def scenario(client: Session) -> None:
        request = {
            "jsonrpc": "2.0",
            "id": "q",
            "method": "author_submitAndWatchExtrinsic",
            "params": [to_hex(extrinsic("A", 0))],
        }
        ack, *news = await client.raw(json.dumps(request))
        assert ack["id"] == "q"
        assert {message["method"] for message in news} == {"author_extrinsicUpdate"}
        assert {message["params"]["subscription"] for message in news} == {ack["result"]}
        head = to_hex(client.chain.head.hash)
        assert client.told("author_extrinsicUpdate") == ["ready", {"inBlock": head}]
        statuses = await client.until_told("author_extrinsicUpdate", 3)
        assert statuses == ["ready", {"inBlock": head}, {"finalized": head}]
        assert await client.result("author_unwatchExtrinsic", ack["result"]) is False

    run(scenario, mode="instant")


def test_final_is_held_back_while_the_client_reads_the_block(monkeypatch):
    monkeypatch.setattr(reading_pause, "QUIET_SECONDS", 0.2)

    async def scenario(client: Session) -> None:
        loop = asyncio.get_running_loop()
        await client.result("author_submitAndWatchExtrinsic", to_hex(extrinsic("A", 0)))
        client.chain.seal()
        begun, head = loop.time(), to_hex(client.chain.head.hash)
        while loop.time() - begun < 0.5:
            await client.result("chain_getBlock", head)
            assert len(client.told("author_extrinsicUpdate")) == 2
            await asyncio.sleep(0.01)
        asked = loop.time()
        assert await client.result("chain_getFinalizedHead") == head
        await client.until_told("author_extrinsicUpdate", 3)
        assert loop.time() - asked >= 0.15

    run(scenario)


def test_final_is_not_held_back_forever_nor_for_talk_of_other_things(monkeypatch):
    monkeypatch.setattr(reading_pause, "QUIET_SECONDS", 0.05)
    monkeypatch.setattr(reading_pause, "LONGEST_SECONDS", 0.2)

    async def scenario(client: Session) -> None:
        for nonce, method in enumerate(("chain_getBlock", "author_pendingExtrinsics")):
            await client.result("author_submitAndWatchExtrinsic", to_hex(extrinsic("A", nonce)))
            client.chain.seal()
            params = [to_hex(client.chain.head.hash)] if method == "chain_getBlock" else []
            while len(client.told("author_extrinsicUpdate")) < 3 * (nonce + 1):
                await client.result(method, *params)
                await asyncio.sleep(0)

    run(scenario)


def test_unwatching_stops_the_news_and_not_the_transaction():
    async def scenario(client: Session) -> None:
        encoded = to_hex(extrinsic("A", 0))
        id = await client.result("author_submitAndWatchExtrinsic", encoded)
        assert await client.result("author_unwatchExtrinsic", id) is True
        client.chain.seal()
        assert client.told("author_extrinsicUpdate") == ["ready"]
        assert client.chain.storage(b"nonce:A") is not None

    run(scenario)


def test_future_and_usurped_are_told():
    async def scenario(client: Session) -> None:
        watch = "author_submitAndWatchExtrinsic"
        await client.result(watch, to_hex(extrinsic("A", 1)))
        await client.result("author_submitExtrinsic", to_hex(extrinsic("A", 0, priority=1)))
        assert client.told("author_extrinsicUpdate") == ["future", "ready"]
        await client.result(watch, to_hex(extrinsic("B", 0, priority=1)))
        better = to_hex(extrinsic("B", 0, priority=2))
        hash = await client.result("author_submitExtrinsic", better)
        assert client.told("author_extrinsicUpdate")[2:] == ["ready", {"usurped": hash}]

    run(scenario)


@pytest.mark.parametrize("method", ["author_submitExtrinsic", "author_submitAndWatchExtrinsic"])
def test_refusals_are_errors_of_the_request_itself(method):
    async def scenario(client: Session) -> None:
        error = await client.error(method, to_hex(extrinsic("Z", 0)))
        assert error == {
            "code": 1010,
            "message": "Invalid Transaction",
            "data": "Inability to pay some fees (e.g. account balance too low)",
        }
        error = await client.error(method, to_hex(extrinsic("A", 0, kind=21)))
        assert error["data"] == "Custom error: 21"
        error = await client.error(method, "0x28")
        assert (error["code"], "data" in error) == (1001, False)
        assert client.news == []

    run(scenario)


def test_next_index_counts_the_pool():
    async def scenario(client: Session) -> None:
        address = ss58(account("A"))
        assert await client.result("account_nextIndex", address) == 0
        await client.result("author_submitExtrinsic", to_hex(extrinsic("A", 0)))
        assert await client.result("account_nextIndex", address) == 1
        assert await client.result("system_accountNextIndex", to_hex(account("A"))) == 1

    run(scenario)


# -- system, payment, Subtensor's own ---------------------------------------------------------


def test_what_the_node_says_of_itself():
    async def scenario(client: Session) -> None:
        ask = client.result
        assert await ask("system_name") == "Subtensor Node"
        assert await ask("system_chainType") == "Local"
        properties = {"ss58Format": 42, "tokenDecimals": 9, "tokenSymbol": "TAO"}
        assert await ask("system_properties") == properties
        assert set(await ask("system_health")) == {"peers", "isSyncing", "shouldHavePeers"}
        client.chain.seal(3)
        assert (await ask("system_syncState"))["currentBlock"] == 3

    run(scenario)


def test_rpc_methods_lists_what_clients_look_for_and_only_whole_groups():
    async def scenario(client: Session) -> None:
        methods = (await client.result("rpc_methods"))["methods"]
        assert methods == sorted(set(methods))
        needed = {
            "account_nextIndex",
            "state_getStorageAt",
            "state_call",
            "chain_subscribeNewHeads",
            "chain_subscribeNewHead",
            "chain_unsubscribeNewHead",
            "chain_subscribeFinalizedHeads",
            "chain_subscribeAllHeads",
            "state_subscribeStorage",
            "state_subscribeRuntimeVersion",
            "author_submitAndWatchExtrinsic",
            "author_unwatchExtrinsic",
        }
        assert needed <= set(methods)
        for group, names in NEWER_INTERFACE.items():
            listed = [name[len(group) :] for name in methods if name.startswith(group)]
            assert sorted(listed) == sorted(names.split()), group
        for name in methods:
            answer = await client.ask(name)
            assert answer.get("error", {}).get("code") != -32601, name

    run(scenario)


def test_fees_are_told_as_the_node_tells_them():
    async def scenario(client: Session) -> None:
        info = await client.result("payment_queryInfo", to_hex(extrinsic("A", 0)))
        assert info == {
            "weight": {"ref_time": 4, "proof_size": 8},
            "class": "normal",
            "partialFee": str(PRICE),
        }
        details = await client.result("payment_queryFeeDetails", to_hex(extrinsic("A", 0)))
        parts = {"baseFee": "0x1", "lenFee": "0x2", "adjustedWeightFee": "0xff"}
        assert details == {"inclusionFee": parts}
        free = await client.result("payment_queryFeeDetails", "0x2800")
        assert free == {"inclusionFee": None}

    run(scenario)


def test_subtensors_own_methods_give_arrays_of_bytes(monkeypatch):
    calls = []

    async def scenario(client: Session) -> None:
        def call(method, data=b"", at=None):
            calls.append((method, data.hex()))
            return b"\x01\x05\x00"

        monkeypatch.setattr(client.chain, "call", call)
        ask = client.result
        assert await ask("subnetInfo_getSubnetInfo", 258) == [1, 5, 0]
        assert await ask("neuronInfo_getNeuron", 1, 2) == [1, 5, 0]
        assert await ask("subnetInfo_getMechagraph", 1, 2) == [1, 5, 0]
        assert await ask("subnetInfo_getSelectiveMetagraph", 1, [7, 8]) == [1, 5, 0]
        assert await ask("delegateInfo_getDelegate", list(account("A"))) == [1, 5, 0]
        assert await ask("stakeInfo_getColdkeyLock", ss58(account("A")), 3) == [1, 5, 0]
        assert await ask("subnetInfo_getLockCost") == 0x0501
        assert await ask("subnetInfo_getSubnetToPrune") == 5
        assert await ask("swap_simSwapTaoForAlpha", 1, 2**40) == [1, 5, 0]

    run(scenario)
    who = account("A").hex()
    assert calls == [
        ("SubnetInfoRuntimeApi_get_subnet_info", "0201"),
        ("NeuronInfoRuntimeApi_get_neuron", "01000200"),
        ("SubnetInfoRuntimeApi_get_mechagraph", "010002"),
        ("SubnetInfoRuntimeApi_get_selective_metagraph", "01000807000800"),
        ("DelegateInfoRuntimeApi_get_delegate", who),
        ("StakeInfoRuntimeApi_get_coldkey_lock", who + "0300"),
        ("SubnetRegistrationRuntimeApi_get_network_registration_cost", ""),
        ("SubnetInfoRuntimeApi_get_subnet_to_prune", ""),
        ("SwapRuntimeApi_sim_swap_tao_for_alpha", "01000000000000010000"),
    ]


def test_subtensors_own_methods_fail_with_code_1():
    async def scenario(client: Session) -> None:
        error = await client.error("subnetInfo_getSubnetInfo", 1)
        assert error["code"] == 1
        assert (await client.error("subnetInfo_getSubnetInfo", 1, UNKNOWN))["code"] == 4003

    run(scenario)


# -- dev -------------------------------------------------------------------------------------


def test_mining_by_count_and_up_to_a_block():
    async def scenario(client: Session) -> None:
        chain, ask = client.chain, client.result
        assert await ask("dev_mine") == {"number": 1, "hash": to_hex(chain.head.hash)}
        assert (await ask("dev_mine", 4))["number"] == 5
        assert await ask("dev_newBlock", {"count": 2}) == to_hex(chain.block_hash(7) or b"")
        assert (await ask("dev_mine", {"to": 9}))["number"] == 9
        assert (await ask("dev_mine", {"to": 9}))["number"] == 9
        assert (await client.error("dev_mine", {"to": 8}))["code"] == -32602
        assert chain.head.number == 9

    run(scenario)


def test_a_long_mining_lets_others_have_their_turn():
    async def scenario(client: Session) -> None:
        request = {"jsonrpc": "2.0", "id": "long", "method": "dev_mine", "params": [20_000]}
        task = client.session.receive(json.dumps(request))
        assert task is not None
        seen = await client.result("system_chain")
        assert seen == "Bittensor"
        assert not task.done()
        await task
        assert client.said[-1] == {
            "jsonrpc": "2.0",
            "id": "long",
            "result": {"number": 20_000, "hash": to_hex(client.chain.head.hash)},
        }

    run(scenario)


def test_funding_and_storage_and_time():
    async def scenario(client: Session) -> None:
        ask, chain = client.result, client.chain
        assert await ask("dev_fund", ss58(account("Z")), 500) == to_hex(chain.head.hash)
        assert chain.storage(b"bal:Z") == (500).to_bytes(8, "little")
        key = to_hex(b"bal:A")
        assert await ask("dev_setStorage", [[key, "0x0a"]]) == to_hex(chain.head.hash)
        assert chain.storage(b"bal:A") == b"\x0a"
        assert await ask("dev_timeTravel", "2030-01-01T00:00:00Z") == 1_893_456_000_000
        assert await ask("dev_timeTravel", 1_893_456_001_100) == 1_893_456_001_000
        assert (await client.error("dev_timeTravel", "2029-12-31"))["code"] == -32602

    run(scenario)


def test_dev_methods_can_be_left_out():
    from taokit.local_chain.rpc.session import RpcHandler

    names = RpcHandler(fake_chain(), dev_methods=False).table.names
    assert not [name for name in names if name.startswith("dev_")]


# -- sessions --------------------------------------------------------------------------------


def test_a_closed_session_says_nothing_more_and_lets_the_chain_forget_it():
    async def scenario(client: Session) -> None:
        await client.result("chain_subscribeNewHeads")
        await client.result("state_subscribeStorage", ["0x00"])
        await client.result("author_submitAndWatchExtrinsic", to_hex(extrinsic("A", 0)))
        said = len(client.said)
        client.session.close()
        client.chain.seal()
        await client.settle()
        assert len(client.said) == said
        assert not client.chain.on_new_block._listeners
        assert not client.chain._watchers._watches

    run(scenario)


def test_closing_before_the_first_news_cancels_too():
    async def scenario(client: Session) -> None:
        request = {"jsonrpc": "2.0", "id": 1, "method": "chain_subscribeNewHeads", "params": []}
        client.session.receive(json.dumps(request))
        client.session.close()
        await client.settle()
        assert client.news == []
        assert not client.chain.on_new_block._listeners

    run(scenario)


def test_sessions_do_not_share_subscriptions():
    async def scenario(client: Session) -> None:
        other = Session(client.chain)
        id = await client.result("chain_subscribeNewHeads")
        assert await other.result("chain_unsubscribeNewHeads", id) is False
        client.chain.seal()
        assert len(client.news) == 2
        assert other.news == []

    run(scenario)


def test_subscriptions_of_a_session_are_limited_and_freed():
    async def scenario(client: Session) -> None:
        ids = [await client.result("state_subscribeStorage", []) for _ in range(MAX_SUBSCRIPTIONS)]
        assert len(set(ids)) == MAX_SUBSCRIPTIONS
        assert (await client.error("state_subscribeStorage", []))["code"] == -32006
        await client.result("state_unsubscribeStorage", ids[0])
        await client.result("state_subscribeStorage", [])

    run(scenario)

"""A miner's server from outside: who gets in, in which order that is judged, what comes back."""

from __future__ import annotations

import asyncio
import base64
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from wire_subnet import (
    LESSER,
    MINER,
    NOBODY,
    SNAPSHOT,
    STRANGER,
    VALIDATOR,
    Answer,
    Question,
    miner,
    run,
)

from taokit.neuron.auth import btauth, delegation, epistula
from taokit.neuron.auth.nonces import MemoryNonces
from taokit.neuron.errors import HandlerRefused
from taokit.neuron.server import MinerServer
from taokit.neuron.serving.gate import Anyone, PermitOrStake, Registered
from taokit.wallet import CryptoType, Keypair, dev_key

BODY = b'{"n":21}'


def signed(
    key: Keypair = VALIDATOR, body: bytes = BODY, path: str = "/double", **options: Any
) -> dict[str, str]:
    receiver = options.pop("receiver", MINER.ss58_address)
    return btauth.sign(key, "POST", path, body, receiver, **options)


def browser() -> httpx.AsyncClient:
    return httpx.AsyncClient(trust_env=False, verify=False)  # nothing to read certificates for


async def post(
    server: MinerServer, headers: dict[str, str], body: bytes = BODY, path: str = "/double"
) -> httpx.Response:
    async with browser() as http:
        return await http.post(server.url + path, content=body, headers=headers)


def refused(answer: httpx.Response) -> tuple[int, str]:
    said = answer.json()
    assert said.keys() == {"code", "message", "hint", "reason"}
    return answer.status_code, said["code"]


def test_a_proven_validator_is_answered() -> None:
    async def test() -> None:
        async with miner() as server:
            for codec in (btauth, epistula):
                headers = codec.sign(VALIDATOR, "POST", "/double", BODY, MINER.ss58_address)
                answer = await post(server, headers)
                assert (answer.status_code, answer.json()) == (200, {"twice": 42})
            key = dev_key("alice", crypto_type=CryptoType.ED25519)
            answer = await post(server, signed(key))
            assert refused(answer) == (403, "not_permitted")  # the same name, another hotkey

    run(test)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"X-Bittensor-Signature": ""}, "auth_malformed"),
        ({"X-Bittensor-Signature": "0x" + "00" * 64}, "auth_bad_signature"),
        ({"X-Bittensor-Hotkey": LESSER.ss58_address}, "auth_bad_signature"),
        ({"X-Bittensor-Crypto": "ed25519"}, "auth_bad_signature"),
        ({"X-Bittensor-Receiver": LESSER.ss58_address}, "auth_wrong_receiver"),
        ({"X-Bittensor-Nonce": "1"}, "auth_stale"),
        ({"X-Bittensor-Version": "9"}, "auth_malformed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_a_request_that_proves_nothing_is_refused(change: dict[str, str], code: str) -> None:
    async def test() -> None:
        async with miner() as server:
            answer = await post(server, {**signed(), **change})
            assert refused(answer) == (401, code)
            assert "x-taokit-signature" not in answer.headers

    run(test)


def test_another_signature_of_the_same_sender_does_not_fit() -> None:
    async def test() -> None:
        async with miner() as server:
            other = signed(body=b'{"n":1}')
            answer = await post(
                server, {**signed(), "X-Bittensor-Signature": other["X-Bittensor-Signature"]}
            )
            assert refused(answer) == (401, "auth_bad_signature")
            assert refused(await post(server, {})) == (401, "auth_malformed")

    run(test)


def test_a_request_is_answered_once() -> None:
    async def test() -> None:
        nonces = MemoryNonces()
        async with miner(nonces=nonces) as server:
            headers = signed()
            assert (
                await post(server, headers, b"{}")
            ).status_code == 401  # forged: uses nothing up
            assert len(nonces) == 0
            assert (await post(server, headers)).status_code == 200
            assert refused(await post(server, headers)) == (401, "auth_replayed")

    run(test)


def test_the_path_and_its_query_are_signed() -> None:
    async def test() -> None:
        async with miner() as server:
            target = "/double?why=a%20b&x"
            assert (await post(server, signed(path=target), path=target)).status_code == 200
            answer = await post(server, signed(path=target), path="/double?why=other")
            assert refused(answer) == (401, "auth_bad_signature")
            answer = await post(server, signed(path="/double"), path="/count")
            assert refused(answer) == (401, "auth_bad_signature")

    run(test)


def test_a_header_that_comes_twice_proves_nothing() -> None:
    async def test() -> None:
        async with miner() as server, browser() as http:
            headers = [*signed().items(), ("x-bittensor-hotkey", LESSER.ss58_address)]
            answer = await http.post(server.url + "/double", content=BODY, headers=headers)
            assert refused(answer) == (401, "auth_malformed")

    run(test)


@pytest.mark.parametrize(
    ("gate", "let_in"),
    [
        (PermitOrStake(), {VALIDATOR, LESSER}),
        (PermitOrStake(min_stake=5.0), {VALIDATOR, LESSER, NOBODY}),
        (Registered(), {VALIDATOR, LESSER, NOBODY}),
        (Anyone(), {VALIDATOR, LESSER, NOBODY, STRANGER}),
    ],
    ids=["permit", "permit-or-stake", "registered", "anyone"],
)
def test_the_gate_decides_who_may_ask(gate: Any, let_in: set[Keypair]) -> None:
    async def test() -> None:
        async with miner(gate=gate) as server:
            for key in (VALIDATOR, LESSER, NOBODY, STRANGER):
                answer = await post(server, signed(key))
                assert answer.status_code == (200 if key in let_in else 403)

    run(test)


async def refused_before_its_body(server: MinerServer, headers: dict[str, str]) -> bytes:
    """Send headers that promise a body, and no body; what comes back before any is sent."""
    port = int(server.url.rsplit(":", 1)[1])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join(["POST /double HTTP/1.1", "host: x", *lines, "", ""])
    writer.write(head.encode())
    said = await reader.read()  # to the end: the server hangs up
    writer.close()
    return said


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, b" 401 "),
        (signed(nonce_ns=1), b" 401 "),
        (signed(receiver=LESSER.ss58_address), b" 401 "),
        (signed(STRANGER), b" 403 "),
    ],
    ids=["unsigned", "stale", "wrong receiver", "not permitted"],
)
def test_whoever_may_not_ask_is_refused_before_sending_a_body(
    headers: dict[str, str], status: bytes
) -> None:
    async def test() -> None:
        async with miner(gate=PermitOrStake()) as server:
            fresh = signed(STRANGER) if status == b" 403 " else headers
            for length in ({"content-length": "1000"}, {"transfer-encoding": "chunked"}):
                assert status in await refused_before_its_body(server, {**fresh, **length})

    run(test)


def test_how_old_a_request_may_be_can_be_set() -> None:
    async def test() -> None:
        old = time.time_ns() - 600 * 10**9
        async with miner() as server:
            assert refused(await post(server, signed(nonce_ns=old))) == (401, "auth_stale")
        async with miner(max_age=3600.0) as server:
            assert (await post(server, signed(nonce_ns=old))).status_code == 200

    run(test)


def test_a_body_that_is_too_large_is_refused_by_its_header_or_while_it_is_read() -> None:
    async def test() -> None:
        async with miner(max_body=1000) as server:
            declared = {**signed(), "content-length": "1001"}
            assert b" 413 " in await refused_before_its_body(server, declared)

            async def chunks() -> AsyncIterator[bytes]:
                for _ in range(100):
                    yield b" " * 100

            async with browser() as http:
                answer = await http.post(server.url + "/double", content=chunks(), headers=signed())
            assert refused(answer) == (413, "body_too_large")
            exact = BODY + b" " * (1000 - len(BODY))
            assert (await post(server, signed(body=exact), exact)).status_code == 200

    run(test)


def test_a_body_that_does_not_come_is_given_up() -> None:
    async def test() -> None:
        async with miner(body_seconds=0.05) as server:
            said = await refused_before_its_body(server, {**signed(), "content-length": "8"})
            assert b" 401 " in said
            assert b"auth_stale" in said

    run(test)


def test_a_compressed_body_is_not_taken() -> None:
    async def test() -> None:
        async with miner() as server:
            answer = await post(server, {**signed(), "content-encoding": "gzip"})
            assert refused(answer) == (422, "invalid_request")

    run(test)


def test_a_hotkey_has_a_rate_and_nobody_can_use_up_anothers() -> None:
    async def test() -> None:
        async with miner(rate=0.001, burst=2) as server:
            for _ in range(5):  # claims, which prove nothing, cost the claimed hotkey nothing
                forged = {**signed(), "X-Bittensor-Signature": "0x" + "00" * 64}
                assert (await post(server, forged)).status_code == 401
            assert [(await post(server, signed())).status_code for _ in range(2)] == [200, 200]
            answer = await post(server, signed())
            assert refused(answer) == (429, "rate_limited")
            assert 999 <= int(answer.headers["retry-after"]) <= 1000
            assert (await post(server, signed(LESSER))).status_code == 200

    run(test)


def test_a_body_of_another_shape_is_refused_with_a_signature() -> None:
    async def test() -> None:
        async with miner() as server:
            for body in (b"", b"{}", b'{"n":"x"}', b'{"n":1,"more":2}', b"[" * 10_000):
                answer = await post(server, signed(body=body), body)
                assert refused(answer) == (422, "invalid_request")
                assert "x-taokit-signature" in answer.headers

    run(test)


def test_what_a_handler_raises_is_told_only_if_it_is_meant_to_be(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = miner()

    @server.handler("/decline", Question, Answer)
    def decline(question: Question, caller: object) -> Answer:
        raise HandlerRefused("no such model")

    @server.handler("/break", Question, Answer)
    async def break_(question: Question, caller: object) -> Answer:
        raise RuntimeError("a secret path")

    @server.handler("/wrong", Question, Answer)
    def wrong(question: Question, caller: object) -> Any:
        return {"thrice": 1}

    async def test() -> None:
        async with server:
            declined = await post(server, signed(path="/decline"), path="/decline")
            assert refused(declined) == (400, "handler_refused")
            assert declined.json()["message"] == "no such model"
            for path in ("/break", "/wrong"):
                broken = await post(server, signed(path=path), path=path)
                assert refused(broken) == (500, "handler_failed")
                assert "secret" not in broken.text
            assert "a secret path" in caplog.text

    run(test)


def test_a_handler_that_blocks_blocks_nobody_else() -> None:
    server, meet = miner(concurrency=4), threading.Barrier(3, timeout=60)

    @server.handler("/block", Question, Answer)
    def block(question: Question, caller: object) -> Answer:
        meet.wait()  # three at once, or never
        return Answer(twice=question.n)

    async def test() -> None:
        async with server:
            blocked = [
                asyncio.create_task(post(server, signed(path="/block"), path="/block"))
                for _ in range(2)
            ]
            assert (await post(server, signed())).status_code == 200
            third = await post(server, signed(path="/block"), path="/block")
            assert {third.status_code, *[(await task).status_code for task in blocked]} == {200}

    run(test)


def test_when_all_places_are_taken_more_stake_goes_first_and_least_is_turned_away() -> None:
    server = miner(concurrency=1, waiting=1)
    order: list[int] = []
    going, free = asyncio.Event(), asyncio.Event()

    @server.handler("/slow", Question, Answer)
    async def slow(question: Question, caller: object) -> Answer:
        order.append(question.n)
        going.set()
        await free.wait()
        return Answer(twice=question.n)

    async def ask(key: Keypair, n: int) -> httpx.Response:
        body = b'{"n":%d}' % n
        return await post(server, signed(key, body, "/slow"), body, "/slow")

    async def test() -> None:
        async with server:
            first = asyncio.create_task(ask(LESSER, 1))
            await going.wait()
            lesser = asyncio.create_task(ask(LESSER, 2))
            while server._places.waiting == 0:
                await asyncio.sleep(0)
            validator = asyncio.create_task(ask(VALIDATOR, 3))
            assert refused(await lesser) == (503, "overloaded")
            assert refused(await ask(LESSER, 4)) == (503, "overloaded")
            free.set()
            assert [(await task).status_code for task in (first, validator)] == [200, 200]
            assert order == [1, 3]

    run(test)


def test_a_gateway_asks_in_the_name_of_a_validator() -> None:
    async def test() -> None:
        async with miner() as server:
            exp = int(time.time()) + 60
            token = delegation.delegate(VALIDATOR, STRANGER.ss58_address, 7, exp=exp)
            for key, text, status in (
                (STRANGER, token, 200),
                (NOBODY, token, 401),
                (STRANGER, base64.urlsafe_b64encode(b"{}").decode(), 401),
                (STRANGER, delegation.delegate(NOBODY, STRANGER.ss58_address, 7, exp=exp), 403),
            ):
                answer = await post(server, {**signed(key), delegation.HEADER: text})
                assert answer.status_code == status

    run(test)


def test_a_newcomer_is_let_in_without_waiting_for_the_next_look() -> None:
    pictures = [SNAPSHOT]
    newer = replace(SNAPSHOT, neurons=(replace(SNAPSHOT.neurons[3], validator_permit=True),))

    async def test() -> None:
        async with miner(lambda: pictures[0], refresh_s=0) as server:
            assert (await post(server, signed(NOBODY))).status_code == 403
            pictures[0] = newer
            assert (await post(server, signed(NOBODY))).status_code == 200

    run(test)


def test_without_a_metagraph_nobody_is_let_in_and_the_server_is_not_ready() -> None:
    class Down:
        up = False

        async def snapshot(self) -> Any:
            if not self.up:
                raise ConnectionError("the node is away")
            return SNAPSHOT

    async def test() -> None:
        chain = Down()
        async with miner(chain, refresh_s=0) as server, browser() as http:
            assert refused(await post(server, signed())) == (503, "overloaded")
            assert (await http.get(server.url + "/ready")).status_code == 503
            chain.up = True
            assert (await http.get(server.url + "/ready")).json()["block"] == 100
            chain.up = False  # and later a picture that is old is better than none
            assert (await post(server, signed())).status_code == 200

    run(test)


def test_health_metrics_and_spec_need_no_signature() -> None:
    async def test() -> None:
        async with miner() as server, browser() as http:
            await post(server, signed())
            await post(server, {})
            health = (await http.get(server.url + "/health")).json()
            assert health == {"ok": True, "hotkey": MINER.ss58_address, "netuid": 7}
            metrics = (await http.get(server.url + "/metrics")).text
            for outcome in ("ok", "auth_malformed"):
                sample = f'taokit_server_requests_total{{outcome="{outcome}",path="/double"}} 1.0'
                assert sample in metrics
            spec = (await http.get(server.url + "/spec")).json()
            double = spec["paths"]["/double"]["post"]
            assert double["summary"] == "Double a number."
            schema = double["requestBody"]["content"]["application/json"]["schema"]
            name = schema["$ref"].removeprefix("#/components/schemas/")
            assert spec["components"]["schemas"][name]["required"] == ["n"]
            assert spec["x-taokit"]["hotkey"] == MINER.ss58_address

    run(test)


def test_stopping_finishes_what_is_being_answered() -> None:
    server, going, free = miner(), asyncio.Event(), asyncio.Event()

    @server.handler("/slow", Question, Answer)
    async def slow(question: Question, caller: object) -> Answer:
        going.set()
        await free.wait()
        return Answer(twice=1)

    async def test() -> None:
        address = await server.start()
        assert address.url == server.url
        asked = asyncio.create_task(post(server, signed(path="/slow"), path="/slow"))
        await going.wait()
        stopping = asyncio.create_task(server.stop())
        await asyncio.sleep(0)
        assert not stopping.done()
        free.set()
        assert (await asked).status_code == 200
        await stopping
        with pytest.raises(RuntimeError):
            _ = server.url

    run(test)


def test_paths_and_handlers_that_cannot_be_served_are_refused_at_once() -> None:
    server = miner()

    def plain(question: Question, caller: object) -> Answer:
        return Answer(twice=1)

    for path in ("/health", "double", "/double"):
        with pytest.raises(ValueError):
            server.handler(path, Question, Answer)(plain)
    with pytest.raises(TypeError):
        server.handler("/new", Question, Answer, stream=True)(plain)

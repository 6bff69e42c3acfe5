"""Asking miners: every way in which one can fail is a reason, and no answer counts unproven."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from wire_subnet import (
    MINER,
    STRANGER,
    VALIDATOR,
    Answer,
    Question,
    miner,
    neuron,
    run,
)

from taokit.neuron.auth import responses
from taokit.neuron.client import Call, MinerClient
from taokit.neuron.errors import HandlerRefused
from taokit.neuron.messages import Message, Reason
from taokit.neuron.peers import Peer
from taokit.neuron.results import Failed, Ok
from taokit.neuron.server import MinerServer
from taokit.neuron.serving.gate import Anyone


class Tampering(httpx.AsyncBaseTransport):
    """Somebody between client and miner, who may change what comes back."""

    def __init__(self, server: MinerServer, change: Any = None) -> None:
        self._miner = httpx.ASGITransport(server.app)
        self._change = change
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = await self._miner.handle_async_request(request)
        body = await answer.aread()
        status, headers = answer.status_code, httpx.Headers(answer.headers)
        if self._change is not None:
            status, headers, body = self._change(status, headers, body)
        headers.pop("content-length", None)
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))


PEER = Peer(MINER.ss58_address, "http://miner")


def ask(
    server: MinerServer, change: Any = None, n: int = 21, **options: Any
) -> Ok[Answer] | Failed:
    async def test() -> Ok[Answer] | Failed:
        transport = Tampering(server, change)
        async with MinerClient(VALIDATOR, transport=transport, **options) as client:
            return await client.call(PEER, "/double", Question(n=n), Answer)

    return run(test)


def test_an_answer_comes_with_a_receipt_that_anyone_can_check() -> None:
    async def test() -> None:
        async with miner() as server, MinerClient(VALIDATOR) as client:
            result = await client.call(server.peer, "/double", Question(n=21), Answer)
            assert isinstance(result, Ok)
            assert result.value == Answer(twice=42)
            assert result.hotkey == MINER.ss58_address
            assert 0 < result.ttft_s <= result.latency_s
            responses.verify_receipt(result.receipt)
            assert result.receipt.caller == VALIDATOR.ss58_address

    run(test)


def swapped(status: int, headers: httpx.Headers, body: bytes) -> Any:
    return status, headers, b'{"twice":43}'


def restatused(status: int, headers: httpx.Headers, body: bytes) -> Any:
    return 500, headers, body


def unsigned(status: int, headers: httpx.Headers, body: bytes) -> Any:
    return status, {"content-type": "application/json"}, body


def garbled(status: int, headers: httpx.Headers, body: bytes) -> Any:
    return status, {"x-taokit-signature": "sr25519:zz"}, body


@pytest.mark.parametrize("change", [swapped, restatused, unsigned, garbled])
def test_an_answer_that_is_not_the_miners_own_counts_for_nothing(change: Any) -> None:
    result = ask(miner(), change)
    assert not result.ok
    assert result.reason is Reason.BAD_SIGNATURE
    assert result.receipt is None


def test_a_request_that_reaches_another_hotkey_is_not_answered() -> None:
    result = ask(miner(signer=STRANGER, gate=Anyone()))
    assert result.reason is Reason.REFUSED
    assert "auth_wrong_receiver" in result.detail


def test_an_old_answer_does_not_fit_a_new_request() -> None:
    kept: list[Any] = []

    def replay(status: int, headers: httpx.Headers, body: bytes) -> Any:
        kept.append((status, headers, body))
        return kept[0]

    async def test() -> None:
        async with MinerClient(VALIDATOR, transport=Tampering(miner(), replay)) as client:
            first = await client.call(PEER, "/double", Question(n=1), Answer)
            again = await client.call(PEER, "/double", Question(n=1), Answer)
            assert first.ok
            assert again.reason is Reason.BAD_SIGNATURE

    run(test)


def test_an_answer_of_another_shape_is_malformed_and_the_receipt_proves_it() -> None:
    class Other(Message):
        word: str

    async def test() -> None:
        async with MinerClient(VALIDATOR, transport=Tampering(miner())) as client:
            result = await client.call(PEER, "/double", Question(n=1), Other)
            assert result.reason is Reason.MALFORMED
            assert result.receipt is not None
            responses.verify_receipt(result.receipt)

    run(test)


def test_an_answer_that_is_too_large_is_not_read_to_its_end() -> None:
    read = 0

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            nonlocal read
            while True:
                read += 1
                yield b" " * 1000

    async def test() -> None:
        transport = httpx.MockTransport(lambda request: httpx.Response(200, stream=Endless()))
        async with MinerClient(VALIDATOR, transport=transport, max_response=5000) as client:
            result = await client.call(PEER, "/double", Question(n=1), Answer)
            assert result.reason is Reason.MALFORMED
            assert read == 6

    run(test)


def test_a_refusal_is_told_with_its_reason_and_signed_once_the_sender_is_proven() -> None:
    server = miner(rate=0.001, burst=1)

    @server.handler("/decline", Question, Answer)
    def decline(question: Question, caller: object) -> Answer:
        raise HandlerRefused("no\x1b[31m such model")

    async def test() -> None:
        async with MinerClient(STRANGER, transport=Tampering(server)) as client:
            result = await client.call(PEER, "/double", Question(n=1), Answer)
            assert isinstance(result, Failed)
            assert (result.reason, result.status) == (Reason.REFUSED, 403)
            assert result.receipt is None
        async with MinerClient(VALIDATOR, transport=Tampering(server)) as client:
            result = await client.call(PEER, "/decline", Question(n=1), Answer)
            assert isinstance(result, Failed)
            assert result.detail == "handler_refused: no[31m such model"
            assert result.receipt is not None
            result = await client.call(PEER, "/double", Question(n=1), Answer)
            assert (result.reason, result.detail[:12]) == (Reason.REFUSED, "rate_limited")

    run(test)


def test_a_replayed_request_is_told_from_other_refusals() -> None:
    class Twice(Tampering):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await super().handle_async_request(request)
            return await super().handle_async_request(request)

    async def test() -> None:
        async with MinerClient(VALIDATOR, transport=Twice(miner())) as client:
            result = await client.call(PEER, "/double", Question(n=1), Answer)
            assert result.reason is Reason.REPLAY

    run(test)


def test_redirects_are_not_followed_and_cookies_not_kept() -> None:
    seen: list[httpx.Request] = []

    def move(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        moved = {"location": "http://evil/", "set-cookie": "a=b"}
        return httpx.Response(302, headers=moved, stream=httpx.ByteStream(b""))

    async def test() -> None:
        async with MinerClient(VALIDATOR, transport=httpx.MockTransport(move)) as client:
            for _ in range(2):
                result = await client.call(PEER, "/double", Question(n=1), Answer)
                assert (result.reason, result.detail) == (Reason.REFUSED, "HTTP status 302")
        assert [request.url.host for request in seen] == ["miner", "miner"]
        assert "cookie" not in seen[1].headers

    run(test)


@pytest.mark.parametrize(
    ("error", "idempotent", "attempts", "reason"),
    [
        (httpx.ConnectError("no"), False, 3, Reason.REFUSED),
        (httpx.ConnectTimeout("no"), False, 3, Reason.TIMEOUT),
        (httpx.ReadError("cut"), False, 1, Reason.REFUSED),
        (httpx.ReadError("cut"), True, 3, Reason.REFUSED),
        (httpx.RemoteProtocolError("what"), False, 1, Reason.MALFORMED),
    ],
    ids=lambda value: str(value) if not isinstance(value, Exception) else type(value).__name__,
)
def test_only_what_cannot_have_arrived_is_sent_again_and_with_a_new_nonce(
    error: httpx.TransportError, idempotent: bool, attempts: int, reason: Reason
) -> None:
    nonces: list[str] = []

    def fail(request: httpx.Request) -> httpx.Response:
        nonces.append(request.headers["x-bittensor-nonce"])
        raise error

    async def test() -> None:
        transport = httpx.MockTransport(fail)
        async with MinerClient(VALIDATOR, transport=transport, retries=2) as client:
            result = await client.call(
                PEER, "/double", Question(n=1), Answer, idempotent=idempotent
            )
            assert result.reason is reason
            assert len(nonces) == len(set(nonces)) == attempts

    run(test)


@pytest.mark.parametrize("url", ["", "http://a:x", "ftp://miner", "miner", "http://a\x00b"])
def test_an_address_that_is_none_is_the_miners_fault(url: str) -> None:
    async def test() -> None:
        async with MinerClient(VALIDATOR) as client:
            peer = Peer(MINER.ss58_address, url)
            result = await client.call(peer, "/double", Question(n=1), Answer)
            assert result.reason is (Reason.MALFORMED if url else Reason.MISSING)
            streamed = await client.stream(peer, "/count", Question(n=1), Answer).collect()
            assert streamed.reason is result.reason

    run(test)


def test_a_neuron_that_serves_nowhere_is_missing_and_a_wrong_path_is_our_mistake() -> None:
    async def test() -> None:
        async with MinerClient(VALIDATOR) as client:
            nowhere = neuron(1, MINER, 0.0, False)
            result = await client.call(nowhere, "/double", Question(n=1), Answer)
            assert result.reason is Reason.MISSING
            with pytest.raises(ValueError):
                await client.call(PEER, "double", Question(n=1), Answer)

    run(test)


def test_a_miner_that_does_not_answer_in_time_times_out() -> None:
    server, never = miner(), asyncio.Event()

    @server.handler("/hang", Question, Answer)
    async def hang(question: Question, caller: object) -> Answer:
        await never.wait()
        return Answer(twice=0)

    @server.handler("/trickle", Question, Answer, stream=True)
    async def trickle(question: Question, caller: object) -> AsyncIterator[Answer]:
        yield Answer(twice=0)
        await never.wait()

    async def test() -> None:
        async with server, MinerClient(VALIDATOR) as client:
            result = await client.call(server.peer, "/hang", Question(n=1), Answer, deadline=0.05)
            assert result.reason is Reason.TIMEOUT
            stream = client.stream(server.peer, "/trickle", Question(n=1), Answer, deadline=0.3)
            assert [item async for item in stream] == [Answer(twice=0)]
            assert stream.result.reason is Reason.TIMEOUT
            never.set()

    run(test)


def test_one_address_gets_so_many_calls_at_once_and_waiting_is_not_the_miners_time() -> None:
    server = miner(concurrency=16)
    at_once = most = 0

    @server.handler("/busy", Question, Answer)
    async def busy(question: Question, caller: object) -> Answer:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        for _ in range(20):
            await asyncio.sleep(0)
        at_once -= 1
        return Answer(twice=question.n)

    async def test() -> None:
        async with server, MinerClient(VALIDATOR, per_host=2) as client:
            calls = [Call(server.peer, "/busy", Question(n=n), Answer) for n in range(12)]
            results = await client.map(calls)
            assert [result.value for result in results] == [Answer(twice=n) for n in range(12)]
            assert most == 2
            assert not client._hosts

    run(test)


# Streams


def test_a_stream_is_read_as_it_comes_and_proven_at_its_end() -> None:
    server, told = miner(), asyncio.Event()

    @server.handler("/talk", Question, Answer, stream=True)
    async def talk(question: Question, caller: object) -> AsyncIterator[Answer]:
        yield Answer(twice=1)
        await told.wait()
        yield Answer(twice=2)

    async def test() -> None:
        async with server, MinerClient(VALIDATOR) as client:
            stream = client.stream(server.peer, "/talk", Question(n=1), Answer)
            got = []
            async for item in stream:
                got.append(item)
                with pytest.raises(RuntimeError):
                    _ = stream.result
                told.set()  # the second piece is made only once the first has been read
            result = stream.result
            assert isinstance(result, Ok)
            assert result.value == tuple(got) == (Answer(twice=1), Answer(twice=2))
            assert 0 < result.ttft_s < result.latency_s
            responses.verify_receipt(result.receipt)

    run(test)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda body: body.replace(b'"twice":2', b'"twice":3'), Reason.BAD_SIGNATURE),
        (lambda body: body.replace(b'data: {"twice":0}\n\n', b""), Reason.BAD_SIGNATURE),
        (lambda body: body.replace(b'"sig":"', b'"sig":"00'), Reason.MALFORMED),
        (lambda body: body[: body.index(b"event: receipt")], Reason.TRUNCATED),
        (lambda body: body + b"data: more\n\n", Reason.MALFORMED),
        (lambda body: body.replace(b'"twice":2', b'"thrice":2'), Reason.BAD_SIGNATURE),
        (lambda body: b"\xff\n\n" + body, Reason.MALFORMED),
        (lambda body: body.replace(b'"status":200', b'"status":400'), Reason.BAD_SIGNATURE),
    ],
    ids=["changed", "dropped", "receipt", "cut", "longer", "shape", "text", "status"],
)
def test_a_stream_that_was_tampered_with_proves_nothing(change: Any, reason: Reason) -> None:
    def tamper(status: int, headers: httpx.Headers, body: bytes) -> Any:
        return status, headers, change(body)

    async def test() -> None:
        async with MinerClient(VALIDATOR, transport=Tampering(miner(), tamper)) as client:
            result = await client.stream(PEER, "/count", Question(n=3), Answer).collect()
            assert result.reason is reason
            assert result.receipt is None

    run(test)


def test_a_piece_of_another_shape_is_malformed_whatever_its_signature() -> None:
    class Other(Message):
        word: str

    async def test() -> None:
        async with MinerClient(VALIDATOR, transport=Tampering(miner())) as client:
            result = await client.stream(PEER, "/count", Question(n=3), Other).collect()
            assert result.reason is Reason.MALFORMED

    run(test)


def test_a_stream_whose_handler_breaks_ends_with_a_signed_error() -> None:
    server = miner()

    @server.handler("/break", Question, Answer, stream=True)
    async def break_(question: Question, caller: object) -> AsyncIterator[Answer]:
        yield Answer(twice=1)
        raise HandlerRefused("out of memory")

    async def test() -> None:
        async with MinerClient(VALIDATOR, transport=Tampering(server)) as client:
            result = await client.stream(PEER, "/break", Question(n=3), Answer).collect()
            assert isinstance(result, Failed)
            assert (result.reason, result.status) == (Reason.REFUSED, 400)
            assert result.detail == "handler_refused: out of memory"
            assert result.receipt is not None
            responses.verify_receipt(result.receipt)

    run(test)


def test_leaving_a_stream_early_stops_the_miner_and_frees_its_place() -> None:
    server, stopped = miner(concurrency=1), asyncio.Event()

    @server.handler("/forever", Question, Answer, stream=True)
    async def forever(question: Question, caller: object) -> AsyncIterator[Answer]:
        try:
            yield Answer(twice=0)
            await asyncio.Event().wait()
        finally:
            stopped.set()

    async def test() -> None:
        async with server, MinerClient(VALIDATOR) as client:
            async with client.stream(server.peer, "/forever", Question(n=1), Answer) as stream:
                async for _ in stream:
                    break
            assert stream.result.reason is Reason.TRUNCATED
            await stopped.wait()
            result = await client.call(server.peer, "/double", Question(n=1), Answer)
            assert result.ok
            assert not client._hosts

    run(test)


def test_a_refused_stream_says_why() -> None:
    async def test() -> None:
        async with MinerClient(STRANGER, transport=Tampering(miner())) as client:
            result = await client.stream(PEER, "/count", Question(n=3), Answer).collect()
            assert isinstance(result, Failed)
            assert (result.reason, result.status) == (Reason.REFUSED, 403)

    run(test)


def test_epistula_is_spoken_when_asked_for() -> None:
    result = ask(miner(codecs=("epistula",)), codec="epistula")
    assert result.ok
    assert not ask(miner(codecs=("epistula",))).ok

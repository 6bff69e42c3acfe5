"""A buyer with OpenAI's own client: served by miners, billed by tokens, bought answers audited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import openai
import pytest

from taokit.neuron.client import MinerClient
from taokit.neuron.gateway import Gateway, Price, credits
from taokit.neuron.messages import Reason
from taokit.neuron.metagraph import Neuron, Snapshot
from taokit.neuron.server import MinerServer
from taokit.neuron.store import Store
from taokit.subnet_templates.inference.auditor import Auditor
from taokit.subnet_templates.inference.backends.toy import CALIBRATION, ToyBackend
from taokit.subnet_templates.inference.messages import (
    ChatRequest,
    ChatResponse,
    claim_of,
    order_of,
)
from taokit.subnet_templates.inference.openai_routes import openai_routes
from taokit.subnet_templates.inference.serving import ChatEvent, respond, respond_in_events
from taokit.wallet import Keypair

MODEL = "toy-1"
PRICE = Price(per_thousand={"prompt": 1_000, "completion": 10_000})
BACKEND = ToyBackend(MODEL)
PATH, STREAM = "/v1/chat/completions", "/v1/chat/completions/stream"


@dataclass
class Shop:
    """A gateway with one miner, a buyer's client, and the bought answers to be audited."""

    client: openai.AsyncOpenAI
    gateway: Gateway
    account: str
    audits: asyncio.Queue[Any]

    @property
    def spent(self) -> int:
        """What the buyer has paid, in micro-credits."""
        return credits(1) - self.gateway.ledger.balance(self.account)


@asynccontextmanager
async def shop(served: str = MODEL) -> AsyncIterator[Shop]:
    """``served`` is the model that the miner really runs."""
    owner, key = Keypair.from_uri("//shop//gateway"), Keypair.from_uri("//shop//miner")
    backend = ToyBackend(served)

    def really(request: ChatRequest) -> ChatRequest:
        known = request.model == MODEL
        return request.model_copy(update={"model": served}) if known else request

    async with AsyncExitStack() as stack:
        own = Neuron(0, owner.ss58_address, "cold", stake=1000.0, validator_permit=True)
        snapshots = [Snapshot(2, 7, "0x" + "22" * 32, own.hotkey, (own,))]
        server = MinerServer(key, lambda: snapshots[0], netuid=2)

        @server.handler(PATH, ChatRequest, ChatResponse)
        async def chat(request: ChatRequest, caller: object) -> ChatResponse:
            said = await respond(backend, really(request))
            return said.model_copy(update={"model": MODEL})

        @server.handler(STREAM, ChatRequest, ChatEvent, stream=True)
        async def stream(request: ChatRequest, caller: object) -> AsyncIterator[ChatEvent]:
            async for event in respond_in_events(backend, really(request)):
                yield event

        endpoint = await server.start()
        stack.push_async_callback(server.stop)
        miner = Neuron(1, key.ss58_address, "cold", endpoint=endpoint)
        snapshots[0] = Snapshot(2, 7, "0x" + "22" * 32, own.hotkey, (own, miner))
        store = stack.enter_context(Store(":memory:", durable=False))
        asking = await stack.enter_async_context(MinerClient(owner))
        audits: asyncio.Queue[Any] = asyncio.Queue(100)
        gateway = Gateway(
            lambda: snapshots[0],
            asking,
            store,
            routes=openai_routes([MODEL], PATH, STREAM, price=PRICE),
            shares=lambda snap: {key.ss58_address: 1.0},
            audits=audits,
            audit_rate=1.0,
        )
        await stack.enter_async_context(gateway)
        account = gateway.ledger.open_account("a buyer")
        gateway.ledger.grant(account, credits(1), "start")
        secret, _ = gateway.keys.make(account)
        client = openai.AsyncOpenAI(
            base_url=f"{gateway.url}/v1", api_key=secret, max_retries=0, timeout=60.0
        )
        stack.push_async_callback(client.close)
        yield Shop(client, gateway, account, audits)


def judged(audit: Any) -> Reason:
    """What the audit of a bought answer finds."""
    order = order_of(audit.task, BACKEND.tokenizer)
    return Auditor(BACKEND, CALIBRATION).judge(order, claim_of(audit.result.value)).reason


async def test_a_conversation_is_continued_billed_by_its_tokens_and_found_honest() -> None:
    async with shop() as s:
        said = await s.client.chat.completions.create(
            model=MODEL,
            messages=[{"role": "user", "content": "What is a fox?"}],
            max_tokens=24,
            seed=5,
        )
        audit = s.audits.get_nowait()
        usage = said.usage
        assert usage is not None
        assert said.choices[0].message.content
        assert usage.prompt_tokens == len("What is a fox?") + 3
        assert 1 <= usage.completion_tokens <= 24
        assert s.spent == -(
            -(usage.prompt_tokens * 1_000 + usage.completion_tokens * 10_000) // 1000
        )
        assert judged(audit) is Reason.OK


async def test_the_same_seed_gives_the_same_text_and_without_one_it_differs() -> None:
    async with shop() as s:

        async def ask(**more: Any) -> str | None:
            said = await s.client.completions.create(
                model=MODEL, prompt="Once", max_tokens=20, **more
            )
            return said.choices[0].text

        assert await ask(seed=9) == await ask(seed=9)
        assert await ask() != await ask()


async def test_a_stream_brings_the_text_in_pieces_and_is_audited_like_any_other() -> None:
    async with shop() as s:
        stream = await s.client.chat.completions.create(
            model=MODEL,
            messages=[{"role": "user", "content": "Tell me a story"}],
            max_tokens=24,
            seed=7,
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = [chunk async for chunk in stream]
        audit = s.audits.get_nowait()
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
        assert len(chunks) > 5
        assert chunks[0].choices[0].delta.role == "assistant"
        assert chunks[-1].choices[0].finish_reason in ("stop", "length")
        assert chunks[-1].usage is not None
        assert text == audit.result.value.choices[0].message.content
        assert judged(audit) is Reason.OK
        assert s.spent > 0


async def test_a_text_is_continued_in_pieces() -> None:
    async with shop() as s:
        stream = await s.client.completions.create(
            model=MODEL, prompt="Once", max_tokens=12, seed=3, stream=True
        )
        assert "".join([chunk.choices[0].text async for chunk in stream])


@pytest.mark.parametrize("stream", [False, True])
async def test_who_serves_buyers_a_smaller_model_is_caught_by_what_they_bought(
    stream: bool,
) -> None:
    async with shop("toy-1:small") as s:
        said: Any = await s.client.chat.completions.create(
            model=MODEL,
            messages=[{"role": "user", "content": "A question that no list of prompts has"}],
            max_tokens=60,
            seed=4,
            stream=stream,
        )
        if stream:
            _ = [chunk async for chunk in said]
        assert judged(s.audits.get_nowait()) is Reason.WRONG_MODEL


async def test_models_are_listed() -> None:
    async with shop() as s:
        assert [model.id async for model in await s.client.models.list()] == [MODEL]


@pytest.mark.parametrize(
    "wrong",
    [
        {"n": 2},
        {"tools": [{"type": "function", "function": {"name": "f"}}]},
        {"stop": ["."]},
        {"presence_penalty": 0.5},
        {"temperature": 9.0},
    ],
    ids=lambda w: next(iter(w)),
)
async def test_what_cannot_be_audited_is_refused_and_costs_nothing(wrong: dict[str, Any]) -> None:
    async with shop() as s:
        with pytest.raises(openai.UnprocessableEntityError, match=next(iter(wrong))):
            await s.client.chat.completions.create(
                model=MODEL, messages=[{"role": "user", "content": "hi"}], **wrong
            )
        assert s.spent == 0


async def test_parts_of_text_a_developers_turn_and_newer_names_are_understood() -> None:
    async with shop() as s:
        said = await s.client.chat.completions.create(
            model=MODEL,
            messages=[
                {"role": "developer", "content": "Be brief."},
                {"role": "user", "content": [{"type": "text", "text": "hi"}]},
            ],
            max_completion_tokens=5,
            presence_penalty=0,
        )
        assert said.usage is not None
        assert said.usage.completion_tokens <= 5
        task = s.audits.get_nowait().task
        assert [turn.role for turn in task.messages] == ["system", "user"]


async def test_a_model_that_is_not_served_is_declined_and_costs_nothing() -> None:
    async with shop() as s:
        with pytest.raises(openai.APIStatusError):
            await s.client.chat.completions.create(
                model="gpt-0", messages=[{"role": "user", "content": "hi"}]
            )
        assert s.spent == 0

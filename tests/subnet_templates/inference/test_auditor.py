"""Each way of lying about a response is found, and for the right reason; honest ones pass."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from taokit.neuron.messages import Reason
from taokit.subnet_templates.inference.auditor import Auditor
from taokit.subnet_templates.inference.backends.toy import CALIBRATION, ToyBackend
from taokit.subnet_templates.inference.checks import Claim, Order
from taokit.subnet_templates.inference.sampling import Sampling

BACKEND = ToyBackend()
EOS = 257


def order(number: int = 1, *, most: int = 24, how: Sampling | None = None) -> Order:
    prompt = BACKEND.tokenizer.encode_chat([("user", f"question {number}")])
    return Order(tuple(prompt), how or Sampling(1000 + number), most)


def claim(asked: Order, ids: list[int]) -> Claim:
    return Claim(
        tuple(ids),
        BACKEND.tokenizer.decode(ids),
        "stop" if ids and ids[-1] == EOS else "length",
        len(asked.prompt),
        len(ids),
    )


def serve(asked: Order, model: str = "toy-1", most: int | None = None) -> Claim:
    async def collect() -> list[int]:
        stream = ToyBackend(model).generate(asked.prompt, asked.how, most or asked.max_tokens)
        return [token async for token in stream]

    return claim(asked, asyncio.run(collect()))


@pytest.fixture
def auditor() -> Auditor:
    return Auditor(BACKEND, CALIBRATION)


@pytest.fixture(scope="module")
def honest() -> Claim:
    """24 tokens without an end."""
    found = serve(order())
    assert found.finish_reason == "length"
    return found


@pytest.mark.parametrize("number", range(12))
def test_honest_answers_pass(auditor: Auditor, number: int) -> None:
    how = [Sampling(number), Sampling(number, 0.0), Sampling(number, 0.6, 0.8)][number % 3]
    asked = order(number, most=120, how=how)
    judged = auditor.judge(asked, serve(asked))
    assert judged.ok
    assert judged.counts is not None
    assert judged.counts.over == (0, 0, 0)


def relabelled(was: Claim, ids: tuple[int, ...]) -> Claim:
    end = "stop" if ids[-1] == EOS else "length"
    text = BACKEND.tokenizer.decode(ids)
    return replace(was, token_ids=ids, completion_tokens=len(ids), text=text, finish_reason=end)


LIES: dict[str, tuple[Callable[[Claim], Claim], Reason]] = {
    "nothing": (lambda c: replace(c, token_ids=(), text="", completion_tokens=0), Reason.TRUNCATED),
    "cut short": (lambda c: relabelled(c, c.token_ids[:9]), Reason.TRUNCATED),
    "cut short, called an end": (
        lambda c: replace(relabelled(c, c.token_ids[:9]), finish_reason="stop"),
        Reason.TRUNCATED,
    ),
    "cut short by an ending token": (
        lambda c: relabelled(c, (*c.token_ids[:9], EOS)),
        Reason.TRUNCATED,
    ),
    "more than was asked": (lambda c: relabelled(c, (*c.token_ids, 65)), Reason.USAGE),
    "padded after its end": (
        lambda c: relabelled(c, (*c.token_ids[:9], EOS, *c.token_ids[10:])),
        Reason.USAGE,
    ),
    "bills more than it wrote": (lambda c: replace(c, completion_tokens=99), Reason.USAGE),
    "bills a longer prompt": (lambda c: replace(c, prompt_tokens=99), Reason.USAGE),
    "text of other tokens": (lambda c: replace(c, text="Buy now!"), Reason.MALFORMED),
    "no such id": (lambda c: replace(c, token_ids=(*c.token_ids[:-1], 264)), Reason.MALFORMED),
}


@pytest.mark.parametrize(("lie", "reason"), LIES.values(), ids=LIES)
def test_a_lie_is_found_for_its_reason(
    auditor: Auditor, honest: Claim, lie: Callable[[Claim], Claim], reason: Reason
) -> None:
    assert auditor.judge(order(), lie(honest)).reason is reason


@pytest.mark.parametrize("number", range(8))
def test_a_validator_that_forgot_what_it_saw_still_refuses_an_old_answer(
    auditor: Auditor, number: int
) -> None:
    """What was seen before only names the fault: nothing that it would refuse gets by without."""
    old = order(number, most=64)
    said = serve(old)
    assert auditor.judge(old, said).ok
    asked = order(100 + number, most=64)
    replayed = replace(said, prompt_tokens=len(asked.prompt))
    assert auditor.judge(asked, replayed).reason is Reason.REPLAY
    started_again = Auditor(BACKEND, CALIBRATION)
    assert started_again.judge(asked, replayed).reason is Reason.WRONG_MODEL


def test_going_on_past_a_due_end_is_found(auditor: Auditor) -> None:
    answers = (serve(order(number, most=60)) for number in range(60))
    ended = next((n, a) for n, a in enumerate(answers) if a.finish_reason == "stop")
    number, ids = ended[0], [*ended[1].token_ids[:-1], 65]
    asked = order(number, most=len(ids))
    judged = auditor.judge(asked, claim(asked, ids))
    assert judged.reason is Reason.USAGE
    assert f"due at {len(ids)}" in judged.detail


@pytest.mark.parametrize("model", ["toy-1:small", "toy-2"])
def test_another_model_is_found_in_one_answer(auditor: Auditor, model: str) -> None:
    asked = order(3, most=60)
    judged = auditor.judge(asked, serve(asked, model))
    assert judged.reason is Reason.WRONG_MODEL
    assert "rejected from" in judged.detail


def test_ignoring_the_seed_is_serving_another_model(auditor: Auditor) -> None:
    asked = order(4, most=60)
    other_seed = serve(replace(asked, how=Sampling(5)))
    assert auditor.judge(asked, other_seed).reason is Reason.WRONG_MODEL


def test_greedy_tokens_are_not_those_of_the_temperature(auditor: Auditor) -> None:
    asked = order(5, most=60)
    greedy = serve(replace(asked, how=Sampling(1, 0.0)))
    assert auditor.judge(asked, greedy).reason is Reason.WRONG_MODEL


def test_an_old_answer_to_another_order_is_a_replay(auditor: Auditor, honest: Claim) -> None:
    assert auditor.judge(order(), honest).ok
    other = order(2)
    replayed = replace(honest, prompt_tokens=len(other.prompt))
    assert auditor.judge(other, replayed).reason is Reason.REPLAY


def test_the_same_answer_to_the_same_order_is_none(auditor: Auditor, honest: Claim) -> None:
    assert auditor.judge(order(), honest).ok
    assert auditor.judge(order(), honest).ok

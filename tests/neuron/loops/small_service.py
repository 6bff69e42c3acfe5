"""A service of one line (double a number), and a client that answers without a network."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable
from typing import Any

from taokit.neuron.client import Call
from taokit.neuron.loops.service import ServiceValidator
from taokit.neuron.mechanism import Place, ServiceMechanism
from taokit.neuron.memory_chain import MemoryChain
from taokit.neuron.messages import Message, Reason
from taokit.neuron.metagraph import Endpoint
from taokit.neuron.results import Failed, Ok
from taokit.neuron.store import Store
from taokit.neuron.weights import WeightSetter
from taokit.wallet import Keypair

VALIDATOR = Keypair.from_uri("//validator").ss58_address
DEADLY, BREAKING = -1, -2
"""Answers that end whatever process evaluates them, and that it cannot evaluate."""
MINERS = [Keypair.from_uri(f"//miner{n}").ss58_address for n in range(3)]


class Number(Message):
    n: int


class Double(ServiceMechanism[Number, Number]):
    """Doubling."""

    measures = "Numbers doubled."
    path = "/double"
    request = Number
    response = Number

    def tasks(self, rng: Any, ctx: Any) -> list[Number]:
        return [Number(n=rng.randrange(1 << 40))]

    def verify(self, task: Number, result: Any, ctx: Any) -> Any:
        if not result.ok:
            return self.failed(task, result)
        right = result.value.n == 2 * task.n
        return self.verdict(task, result, 1.0, Reason.OK if right else Reason.BAD_PROOF)

    def weights(self, book: Any, snap: Any) -> dict[str, float]:
        return {hotkey: score for hotkey, score in book.items() if score}


class DoubleElsewhere(Double):
    """Doubling, judged with what was evaluated wherever the validator evaluates."""

    @classmethod
    def evaluate(cls, task: Number, result: Any, place: Place) -> int:
        if result.value.n == DEADLY:
            os.kill(os.getpid(), signal.SIGKILL)
        if result.value.n == BREAKING:
            raise RuntimeError("this breaks whoever evaluates it")
        return result.value.n - 2 * task.n + place.netuid  # type: ignore[no-any-return]

    def verify(self, task: Number, result: Any, ctx: Any) -> Any:
        if not result.ok:
            return self.failed(task, result)
        right = ctx.evaluated == ctx.netuid
        return self.verdict(task, result, 1.0, Reason.OK if right else Reason.BAD_PROOF)


class Client:
    """Answers as told, by hotkey; remembers what was asked."""

    def __init__(self, **wrong: int) -> None:
        self.asked: list[tuple[str, int]] = []
        self.silent: set[str] = set()
        self.says: dict[str, int] = {}
        self.on_call: Callable[[], object] = lambda: None

    async def map(self, calls: Iterable[Call[Any]]) -> list[Any]:
        found: list[Any] = []
        for call in calls:
            self.on_call()
            hotkey = call.to.hotkey
            self.asked.append((hotkey, call.request.n))
            if hotkey in self.silent:
                found.append(Failed(hotkey, Reason.TIMEOUT, "nothing"))
            else:
                value = Number(n=self.says.get(hotkey, 2 * call.request.n))
                found.append(Ok(hotkey, value, None, 0.01, 0.01))  # type: ignore[arg-type]
        return found


def chain(**options: Any) -> MemoryChain:
    """A subnet with a validator and three miners that serve."""
    made = MemoryChain(tempo=10, **options)
    made.join(VALIDATOR, 1000.0, "validator")
    for port, hotkey in enumerate(MINERS):
        made.join(hotkey)
        made.take_endpoint(hotkey, Endpoint("127.0.0.1", 1000 + port))
    return made


def validator(
    on: MemoryChain,
    client: Client,
    store: Store,
    mechanism: type[Double] = Double,
    **options: Any,
) -> Any:
    """A validator of it."""
    view = on.view(VALIDATOR)
    setter = WeightSetter(view, store)
    return ServiceValidator(mechanism(), view, client, store, setter, **options)  # type: ignore[arg-type]

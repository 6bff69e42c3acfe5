"""A validator that is killed and started again: lives it through, and writes down what it saw.

    python validator_lives.py SHAPE FOLDER SEED DEATHS TURNS

Every life is a process (a fork of this one) that ends itself by SIGKILL at a drawn point: before or
after any statement of its store, any question to the chain, any answer of a miner. It begins
at the block after the last turn that its store knows. The last life goes on to the last turn.
Written are ``whole.json`` (a life without deaths, turn by turn) and ``deaths.json`` (what was in
the store after each).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from taokit.neuron.chain import Chain
from taokit.neuron.loops.arena import ArenaValidator
from taokit.neuron.loops.rounds import RoundsValidator
from taokit.neuron.loops.service import ServiceValidator
from taokit.neuron.loops.submissions import encode
from taokit.neuron.mechanism import ArenaMechanism, RoundsMechanism, ServiceMechanism, digest
from taokit.neuron.memory_chain import MemoryChain
from taokit.neuron.messages import Message, Verdict
from taokit.neuron.metagraph import Endpoint
from taokit.neuron.randomness import EpochSalt
from taokit.neuron.results import Ok
from taokit.neuron.store import KeyValues, ScoreBook, Store
from taokit.neuron.weights import WeightSetter
from taokit.wallet import Keypair

VALIDATOR = Keypair.from_uri("//validator")
MINERS = [Keypair.from_uri(f"//miner{n}").ss58_address for n in range(4)]


class Number(Message):
    n: int


def quality(hotkey: str, block: int) -> float:
    """What a miner's answer is worth at a block: never nothing, and seldom the same."""
    drawn = hashlib.sha256(f"{hotkey}:{block}".encode()).digest()[0]
    return 0.1 + 0.9 * drawn / 255


def shares(book: Any) -> dict[str, float]:
    total = sum(score for _, score in book.items())
    return {hotkey: score / total for hotkey, score in book.items() if total}


class Served(ServiceMechanism[Number, Number]):
    measures = "Answers."
    path = "/answer"
    request = response = Number

    def tasks(self, rng: Any, ctx: Any) -> list[Number]:
        return [Number(n=rng.randrange(1 << 40)) for _ in range(2)]

    def verify(self, task: Number, result: Any, ctx: Any) -> Verdict:
        return self.verdict(task, result, quality(result.hotkey, ctx.block))

    def weights(self, book: Any, snap: Any) -> dict[str, float]:
        return shares(book)


class Contributed(RoundsMechanism[Number]):
    measures = "Updates."
    path = "/v1/update"
    update = Number
    window = 6
    grace = 1

    async def open(self, window: int, ctx: Any) -> None:
        KeyValues(ctx.store, "run").set("open", window)

    def assignments(self, rng: Any, ctx: Any) -> dict[str, Any]:
        return {}

    async def verify(self, hotkey: str, update: Number, given: Any, rng: Any, ctx: Any) -> Verdict:
        return Verdict(hotkey=hotkey, task=digest(update), quality=quality(hotkey, ctx.epoch))

    async def aggregate(self, updates: Any, verdicts: Any, ctx: Any) -> None:
        kept = KeyValues(ctx.store, "run")
        if kept.get("applied", -1) < ctx.epoch:  # a second call after a crash changes nothing
            with ctx.store.transaction():
                kept.set("applied", ctx.epoch)
                kept.set("state", kept.get("state", 0) + sum(one.n for one in updates.values()))

    def weights(self, book: Any, snap: Any) -> dict[str, float]:
        return shares(book)


class Fought(ArenaMechanism[Number]):
    measures = "Artifacts."
    window = 6
    reveal = 1

    def tasks(self, rng: Any, ctx: Any) -> list[Number]:
        return [Number(n=rng.randrange(100)) for _ in range(2)]

    async def run(self, entry: Any, task: Number, ctx: Any) -> float:
        return quality(entry.hotkey, ctx.epoch * 100 + task.n)

    def weights(self, book: Any, snap: Any) -> dict[str, float]:
        return shares(book)


class DyingStore(Store):
    """A store that passes a point before and after every statement."""

    point: Callable[[], None] = staticmethod(lambda: None)

    def _run(self, sql: str, values: Any = ()) -> Any:
        self.point()
        found = super()._run(sql, values)
        self.point()
        return found


class Miners:
    """Answers for all of them, without a network."""

    signer = VALIDATOR

    def __init__(self, point: Callable[[], None]) -> None:
        self._point = point

    async def map(self, calls: Iterable[Any]) -> list[Any]:
        found: list[Any] = []
        for call in calls:
            self._point()
            n = getattr(call.request, "n", 0) or MINERS.index(call.to.hotkey)
            found.append(Ok(call.to.hotkey, Number(n=n), None, 0.01, 0.01))  # type: ignore[arg-type]
        return found


class Watched:
    """A chain that passes a point at every question, and tells what weights were set."""

    def __init__(self, chain: Chain, point: Callable[[], None], told: Callable[..., None]) -> None:
        self._chain, self._point, self._told = chain, point, told

    def __getattr__(self, name: str) -> Any:
        self._point()
        return getattr(self._chain, name)

    async def set_weights(self, weights: Any, **options: Any) -> Any:
        self._point()
        self._told(dict(weights))
        found = await self._chain.set_weights(weights, **options)
        self._point()
        return found


async def subnet(block: int) -> MemoryChain:
    """The subnet as it is at a block: the same whenever it is made."""
    chain = MemoryChain(tempo=10)
    chain.join(VALIDATOR.ss58_address, 1000.0, "validator")
    for port, hotkey in enumerate(MINERS):
        chain.join(hotkey)
        chain.take_endpoint(hotkey, Endpoint("127.0.0.1", 1000 + port))
        await chain.view(hotkey).commit(encode(f"{port:064x}", "https://example.org/x"))
    await chain.advance(block)
    return chain


async def live(shape: str, path: Path, last: int, point: Callable[[], None], told: Any) -> None:
    """Turn after turn up to a block. ``told(block, what, value)`` hears of weights and scores."""
    DyingStore.point = staticmethod(point)  # type: ignore[assignment]
    store = DyingStore(path)
    block = int(KeyValues(store, "loop").get("round", 0)) + 1
    chain = await subnet(block)
    view = Watched(
        chain.view(VALIDATOR), point, lambda weights: told(chain_block(), "set", weights)
    )

    def chain_block() -> int:
        return block

    judge = made(shape, store, view, Miners(point))
    while block <= last:
        await judge.step()
        told(block, "turn", state(store))
        told(block, "weights", judge.weights(await chain.view(VALIDATOR).snapshot()))
        block += 1
        await chain.advance(1)
    store.close()


def made(shape: str, store: Store, view: Any, miners: Any) -> Any:
    """A validator of a shape."""
    setter = WeightSetter(view, store)
    if shape == "service":
        salts = EpochSalt(bytes(32))
        return ServiceValidator(
            Served(), view, miners, store, setter, salts=salts, publish_salts=True, tick_blocks=1
        )
    if shape == "rounds":
        return RoundsValidator(Contributed(), view, miners, store, setter)

    async def fetch(claim: Any) -> Path:
        return Path(store.path).parent

    return ArenaValidator(Fought(), view, fetch, store, setter)


def state(store: Store) -> dict[str, Any]:
    """What must not be lost: the last turn's block, scores, verdicts, what the mechanism keeps."""
    rows = store.rows(
        "SELECT hotkey, block, task, quality FROM verdicts ORDER BY block, hotkey, id"
    )
    return {
        "block": int(KeyValues(store, "loop").get("round", 0)),
        "scores": dict(ScoreBook(store).items()),
        "verdicts": [list(row) for row in rows],
        "kept": dict(KeyValues(store, "run").items()),
    }


def whole(shape: str, folder: Path, turns: int) -> tuple[dict[str, Any], int]:
    """A life without a death: what was true after each turn, and how many points it passed."""
    found: dict[str, Any] = {}
    points = 0

    def point() -> None:
        nonlocal points
        points += 1

    def told(block: int, what: str, value: Any) -> None:
        found.setdefault(str(block), {})[what] = value

    asyncio.run(live(shape, folder / "whole.db", turns, point, told))
    return found, points


def died(shape: str, folder: Path, turns: int, at: int | None) -> bool:
    """One life in a process of its own; whether it ended before its last turn."""
    child = os.fork()
    if child == 0:
        left = at

        def point() -> None:
            nonlocal left
            if left is not None:
                left -= 1
                if left <= 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        def told(block: int, what: str, value: Any) -> None:
            if what == "set":
                with open(folder / "set.jsonl", "a") as file:
                    file.write(json.dumps([block, value]) + "\n")

        try:
            asyncio.run(live(shape, folder / "lives.db", turns, point, told))
            os._exit(0)
        except BaseException:  # noqa: BLE001 - reported, and the fork must not go on as its parent
            import traceback

            traceback.print_exc()
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise SystemExit("a life ended by an error")
    return os.WIFSIGNALED(status)


def main() -> None:
    shape, folder, seed, deaths, turns = sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:])
    chance = random.Random(seed)
    turn_by_turn, points = whole(shape, folder, turns)
    (folder / "whole.json").write_text(json.dumps(turn_by_turn))
    seen = []
    # Lives are about as long together as the whole is, so that deaths fall into all of it.
    longest = max(2, 2 * points // deaths)
    for _ in range(deaths):
        if not died(shape, folder, turns, chance.randint(1, longest)):
            break
        with Store(folder / "lives.db") as store:
            seen.append(state(store))
    died(shape, folder, turns, None)
    with Store(folder / "lives.db") as store:
        seen.append(state(store))
    (folder / "deaths.json").write_text(json.dumps(seen))


if __name__ == "__main__":
    main()

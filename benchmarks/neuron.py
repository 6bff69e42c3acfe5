"""A question to a miner over loopback, signed both ways, against the same question unsigned.

    python benchmarks/neuron.py            # against plain FastAPI and httpx
    python benchmarks/neuron.py --sdk10    # and against bittensor 10.5.0's Axon and Dendrite

Server and client are two processes; rounds are in turns, so that a busy machine slows all, and what
is shown is each one's median round.
"alone" is the time of a request when nothing else is asked, "processor" what client and server
worked for it (Linux only; a busy machine hardly lengthens it), "32 at once" requests per second.
With ``--sdk10`` an environment of bittensor 10.5.0 is made first, once (``TAOKIT_PEERS`` says
where). Exit status 1 when signing adds more than 1.5 ms to a request, or when we answer less than
twice as many requests a second as SDK 10; the added time is the lesser of the first two columns'.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import httpx

from taokit.neuron.client import MinerClient
from taokit.neuron.messages import Message
from taokit.neuron.metagraph import Snapshot
from taokit.neuron.peers import Peer
from taokit.neuron.server import MinerServer
from taokit.neuron.serving.gate import Anyone
from taokit.wallet import dev_key

HERE = Path(__file__)
AT_ONCE = 32
PATIENCE = 120.0
ALONE_CALLS, TOGETHER_CALLS, ROUNDS = 40, 320, 15
MOST_ADDED_MS, LEAST_TIMES_SDK10 = 1.5, 2.0


class Question(Message):
    """What is asked."""

    prompt: str
    n: int


class Answer(Message):
    """What is answered."""

    text: str
    n: int


QUESTION = Question(prompt="a prompt of some words " * 20, n=7)


def reply(question: Question) -> Answer:
    """What every server of this benchmark says."""
    return Answer(text=question.prompt, n=question.n + 1)


# Servers: each prints its URL and runs until its standard input ends


async def serve_ours() -> None:
    """A MinerServer."""
    everyone = Snapshot(1, 1, "0x00", "")
    server = MinerServer(
        dev_key("bob"), everyone, netuid=1, gate=Anyone(), rate=1e9, burst=1e9, concurrency=AT_ONCE
    )

    @server.handler("/ask", Question, Answer)
    async def ask(question: Question, caller: object) -> Answer:
        return reply(question)

    await server.start()
    print(server.url, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.stop()


async def serve_plain() -> None:
    """FastAPI alone, on the same uvicorn."""
    from fastapi import Body, FastAPI

    from taokit.neuron.serving.listening import Listener

    app = FastAPI()

    async def ask(question: Any = Body()) -> Answer:
        return reply(question)

    ask.__annotations__.update(question=Question, **{"return": Answer})
    app.post("/ask")(ask)
    listener = Listener(app, connections=1024, drain_s=1)
    host, port = await listener.start("127.0.0.1", 0)
    print(f"http://{host}:{port}", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await listener.stop()


AXON = """
import sys, bittensor as bt
folder, port = sys.argv[1], int(sys.argv[2])
class Ask(bt.Synapse):
    prompt: str = ""
    n: int = 0
    text: str = ""
async def forward(synapse: Ask) -> Ask:
    synapse.text, synapse.n = synapse.prompt, synapse.n + 1
    return synapse
wallet = bt.Wallet(name="bench", hotkey="miner", path=folder)
wallet.create_if_non_existent(coldkey_use_password=False, hotkey_use_password=False, suppress=True)
axon = bt.Axon(wallet=wallet, ip="127.0.0.1", port=port, external_ip="127.0.0.1")
axon.attach(forward)
axon.start()
while not axon.fast_server.started:
    pass
print("http://127.0.0.1:%d" % port, flush=True)
sys.stdin.read()
"""

DENDRITE = """
import asyncio, sys, time
import bittensor as bt
from bittensor.utils import networking
networking.get_external_ip = lambda: "127.0.0.1"
folder, port, prompt, alone, together, at_once = sys.argv[1], *map(str, sys.argv[2:])
class Ask(bt.Synapse):
    prompt: str = ""
    n: int = 0
    text: str = ""
miner = bt.Wallet(name="bench", hotkey="miner", path=folder)
wallet = bt.Wallet(name="bench", hotkey="validator", path=folder)
wallet.create_if_non_existent(coldkey_use_password=False, hotkey_use_password=False, suppress=True)
axon = bt.AxonInfo(version=1, ip="127.0.0.1", port=int(port), ip_type=4,
                   hotkey=miner.hotkey.ss58_address, coldkey=miner.coldkeypub.ss58_address)
async def main():
    dendrite = bt.Dendrite(wallet=wallet)
    async def ask(count):
        found = await dendrite.forward([axon] * count, Ask(prompt=prompt, n=7), timeout=20,
                                       deserialize=False)
        return sum(one.n == 8 and one.text == prompt for one in found)
    assert await ask(1) == 1
    print("ready", flush=True)
    for line in sys.stdin:
        start, answered = time.perf_counter(), 0
        if line.strip() == "alone":
            for _ in range(int(alone)):
                answered += await ask(1)
        else:
            for _ in range(int(together) // int(at_once)):
                answered += await ask(int(at_once))
        print("TOOK", time.perf_counter() - start, answered, flush=True)
    await dendrite.aclose_session()
asyncio.run(main())
"""


@contextmanager
def process(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """A process that ends when its standard input does."""
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as child:
        try:
            yield child
        finally:
            assert child.stdin is not None
            child.stdin.close()
            child.wait(30)


def line_with(child: subprocess.Popen[str], start: str) -> str:
    """The next line that begins so, without that beginning."""
    assert child.stdout is not None
    for line in child.stdout:
        if line.startswith(start):
            return line.removeprefix(start).strip()
    raise RuntimeError(f"{child.args!r} ended early")


# Clients: seconds for a number of requests


async def alone(ask: Callable[[], Awaitable[None]]) -> float:
    """One request after another."""
    start = time.perf_counter()
    for _ in range(ALONE_CALLS):
        await ask()
    return time.perf_counter() - start


async def together(ask: Callable[[], Awaitable[None]]) -> float:
    """AT_ONCE requests at any time."""

    async def some() -> None:
        for _ in range(TOGETHER_CALLS // AT_ONCE):
            await ask()

    start = time.perf_counter()
    await asyncio.gather(*(some() for _ in range(AT_ONCE)))
    return time.perf_counter() - start


def worked(*processes: subprocess.Popen[str]) -> float:
    """Seconds of processor time that this process and others have used."""
    clocks = [(~one.pid) << 3 | 2 for one in processes]  # Linux's clock of another process
    return time.process_time() + sum(time.clock_gettime(clock) for clock in clocks)


async def measure(
    plain: str,
    ours: str,
    servers: tuple[subprocess.Popen[str], subprocess.Popen[str]],
    sdk: subprocess.Popen[str] | None,
) -> dict[str, list[float]]:
    """The median of each, over rounds in turns: [alone, together, processor] by name."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=AT_ONCE)
    # On a busy machine an answer takes long; that is measured then, and no failure.
    http = httpx.AsyncClient(limits=limits, trust_env=False, timeout=PATIENCE)
    client = MinerClient(
        dev_key("alice"), per_host=AT_ONCE, timeout=PATIENCE, connect_timeout=PATIENCE
    )
    peer = Peer(dev_key("bob").ss58_address, ours)
    expected = reply(QUESTION)

    async def ask_plain() -> None:
        answer = await http.post(
            plain + "/ask",
            content=QUESTION.model_dump_json().encode(),
            headers={"content-type": "application/json"},
        )
        assert Answer.model_validate_json(answer.content) == expected

    async def ask_ours() -> None:
        result = await client.call(peer, "/ask", QUESTION, Answer)
        assert result.value == expected, result

    def ask_sdk(how: str) -> tuple[float, int]:
        assert sdk is not None
        assert sdk.stdin is not None
        sdk.stdin.write(how + "\n")
        sdk.stdin.flush()
        took, answered = line_with(sdk, "TOOK").split()
        return float(took), int(answered)

    kept: dict[str, list[tuple[float, ...]]] = {}
    refused = 0

    def keep(name: str, *took: float) -> None:
        kept.setdefault(name, []).append(took)

    async with http, client:
        await together(ask_plain)
        await together(ask_ours)
        for _ in range(ROUNDS):
            for name, ask, server in zip(("plain", "ours"), (ask_plain, ask_ours), servers):
                before = worked(server)
                one = await alone(ask)
                cpu = worked(server) - before
                keep(name, one, await together(ask), cpu)
            if sdk is not None:
                (one, few), (many, answered) = ask_sdk("alone"), ask_sdk("together")
                # What its nonces refuse when requests overtake each other was not answered.
                keep("sdk", one / few * ALONE_CALLS, many / answered * TOGETHER_CALLS)
                refused += TOGETHER_CALLS - answered
    if refused:
        print(f"(of {ROUNDS * TOGETHER_CALLS} at once, SDK 10 left {refused} unanswered)")
    return {name: [median(column) for column in zip(*rows)] for name, rows in kept.items()}


def show(name: str, took: list[float]) -> tuple[float, float, float]:
    """Print one line; returns ms of a request alone and of processor, and requests per second."""
    ms, rate = took[0] / ALONE_CALLS * 1000, TOGETHER_CALLS / took[1]
    cpu = took[2] / ALONE_CALLS * 1000 if len(took) > 2 else float("nan")
    print(f"{name:30} {ms:10.2f} ms {cpu:10.2f} ms {rate:12.0f} /s")
    return ms, cpu, rate


def main() -> int:
    """Print the table; 1 when an aim is missed."""
    if len(sys.argv) > 2 and sys.argv[1] == "serve":
        asyncio.run(serve_ours() if sys.argv[2] == "ours" else serve_plain())
        return 0
    sdk10 = "--sdk10" in sys.argv[1:]
    command = [sys.executable, str(HERE), "serve"]
    with (
        process([*command, "plain"]) as plain,
        process([*command, "ours"]) as ours,
        tempfile.TemporaryDirectory() as folder,
    ):
        urls = line_with(plain, ""), line_with(ours, "")
        if sdk10:
            python = sdk10_python()
            port = free_port()
            with process([python, "-c", AXON, folder, port]) as axon:
                line_with(axon, "http")
                sizes = [str(n) for n in (ALONE_CALLS, TOGETHER_CALLS, AT_ONCE)]
                with process(
                    [python, "-c", DENDRITE, folder, port, QUESTION.prompt, *sizes]
                ) as dendrite:
                    line_with(dendrite, "ready")
                    medians = asyncio.run(measure(*urls, (plain, ours), dendrite))
        else:
            medians = asyncio.run(measure(*urls, (plain, ours), None))
    print(f"{'':30} {'alone':>13} {'processor':>13} {'32 at once':>15}")
    plain_ms, plain_cpu, plain_rate = show("FastAPI and httpx, unsigned", medians["plain"])
    ours_ms, ours_cpu, ours_rate = show("MinerServer and MinerClient", medians["ours"])
    added = min(ours_ms - plain_ms, ours_cpu - plain_cpu)
    missed = added > MOST_ADDED_MS
    print(f"signatures and checks add {added:.2f} ms; {ours_rate / plain_rate:.2f}x")
    if sdk10:
        *_, sdk_rate = show("Axon and Dendrite 10.5.0", medians["sdk"])
        print(f"requests per second against SDK 10: {ours_rate / sdk_rate:.2f}x")
        missed |= ours_rate / sdk_rate < LEAST_TIMES_SDK10
    return int(missed)


def sdk10_python() -> str:
    """The Python of an environment with bittensor 10.5.0, made if need be."""
    sys.path.insert(0, str(HERE.parent.parent / "tests" / "conformance"))
    from peers import python_peer

    return str(python_peer("bittensor==10.5.0"))


def free_port() -> str:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())

"""The same two reads by several clients, from a big chain that a process of its own serves.

Owns the served chain and the clients' scripts. `python benchmarks/scale_reads.py --serve 8` serves;
`reads` starts that, lets every client that is there read, and yields medians. Other projects'
clients are looked for in `.peers` and in the folder that `TAOKIT_PEERS` names.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from big_chain import Shape, big_chain

ROOT = Path(__file__).parent.parent
NETUID = 5
ROUNDS = 15
SECONDS = 120
READERS = (
    "as bytes, over the websocket",
    "taokit",
    "bittensor 11.3.0",
    "async-substrate-interface 2.2.1",
)

FRAME = """
import sys, time, json, statistics
def told(name, read):
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        read()
        times.append(time.perf_counter() - begun)
    print(json.dumps([name, statistics.median(times[1:])]), flush=True)
url = sys.argv[1]
"""

RAW = """
from websockets.sync.client import connect
socket = connect(url, max_size=None)
def call(method, data):
    def read():
        words = {"jsonrpc": "2.0", "id": 1, "method": "state_call", "params": [method, data]}
        socket.send(json.dumps(words))
        assert len(json.loads(socket.recv())["result"]) > 1000
    return read
told("get_metagraph", call("SubnetInfoRuntimeApi_get_metagraph", "0xNETUID00"))
told("get_all_dynamic_info", call("SubnetInfoRuntimeApi_get_all_dynamic_info", "0x"))
"""

TAOKIT = """
from taokit.chain_client import Client
with Client.connect(url) as client:
    def call(name, *arguments):
        async def ask(chain):
            return await chain.runtime_call("SubnetInfoRuntimeApi", name, *arguments)
        return lambda: client.run(ask)
    told("get_metagraph", call("get_metagraph", NETUID))
    told("get_all_dynamic_info", call("get_all_dynamic_info"))
"""

BITTENSOR = """
import bittensor as bt
from bittensor._generated.runtime_apis import SubnetInfoRuntimeApi as api
chain = bt.Subtensor(url)
told("get_metagraph", lambda: chain.runtime(api.get_metagraph, [NETUID]))
told("get_all_dynamic_info", lambda: chain.runtime(api.get_all_dynamic_info, []))
chain.close()
"""

INTERFACE = """
from async_substrate_interface.sync_substrate import SubstrateInterface
chain = SubstrateInterface(url, ss58_format=42)
api = "SubnetInfoRuntimeApi"
try:
    told("get_metagraph", lambda: chain.runtime_call(api, "get_metagraph", [NETUID]))
    told("get_all_dynamic_info", lambda: chain.runtime_call(api, "get_all_dynamic_info"))
finally:
    chain.close()
"""


def _clients() -> Iterator[tuple[str, Path, str]]:
    """Every client that can be asked: its name, its Python and its script."""
    here = Path(sys.executable)
    yield READERS[0], here, RAW
    yield READERS[1], here, TAOKIT
    named = os.environ.get("TAOKIT_PEERS")
    folders = [ROOT / ".peers", *([Path(named)] if named else [])]
    peers = (("bittensor-11.3.0", BITTENSOR), ("bittensor-cli-9.23.2", INTERFACE))
    for reader, (peer, script) in zip(READERS[2:], peers):
        for folder in folders:
            python = folder / peer / "bin" / "python"
            if python.exists():
                yield reader, python, script
                break


def reads(subnets: int) -> Iterator[tuple[str, str, float]]:
    """(client, read, median seconds) of each client and read."""
    with _served(subnets) as url:
        for reader, python, script in _clients():
            text = (FRAME + script).replace("ROUNDS", str(ROUNDS))
            text = text.replace("0xNETUID00", f"0x{NETUID:02x}00").replace("NETUID", str(NETUID))
            command = [python, "-c", text, url]
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=SECONDS
            )
            if done.returncode:
                print(f"{reader} failed: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
            for line in done.stdout.splitlines():
                if line.startswith('["get_'):
                    name, seconds = json.loads(line)
                    yield reader, name, seconds


@contextmanager
def _served(subnets: int) -> Iterator[str]:
    command = [sys.executable, __file__, "--serve", str(subnets)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.wait()


async def _serve(subnets: int) -> None:
    from taokit.local_chain.local_node import LocalNode
    from taokit.local_chain.node_config import NodeConfig

    chain = big_chain(Shape(subnets))
    chain.seal(3)
    async with LocalNode(NodeConfig(ports=(0,), block_time="manual"), chain=chain) as node:
        print(f"ws://127.0.0.1:{node.ports[0]}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[2])))

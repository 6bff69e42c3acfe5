"""bittensor 11's client, unmodified, on a chain in its own process: no socket between them."""

from __future__ import annotations

import sysconfig

import pytest
from peers import python_peer, run_in_peer

pytestmark = [pytest.mark.peer, pytest.mark.timeout(300)]

SCRIPT = """
import site
site.addsitedir(request["packages"])  # after the peer's own, which win
import asyncio
import bittensor as bt
from taokit.local_chain import LocalChain
from taokit.local_chain.embedded.bittensor import bittensor_substrate

async def use(chain, netuid):
    async with bt.Client("local", substrate=bittensor_substrate(chain)) as client:
        subnets = [info.netuid for info in await client.subnets.all()]
        graph = await client.subnets.metagraph(netuid)
        heads = client.blocks().__aiter__()
        told = asyncio.ensure_future(heads.__anext__())
        for _ in range(200):  # until the subscription is there, and its first head has come
            await asyncio.to_thread(chain.mine)
            done, _ = await asyncio.wait([told], timeout=0.5)
            if done:
                break
        return subnets, [neuron.hotkey for neuron in graph.neurons], told.result().number

with LocalChain() as chain:
    subnet = chain.subnet(validators=1, miners=2)
    subnets, hotkeys, number = asyncio.run(use(chain, subnet.netuid))
    expected = [neuron.hotkey.ss58_address for neuron in subnet.neurons]
    answer({"subnets": subnets, "netuid": subnet.netuid, "agree": hotkeys == expected,
            "known": 0 < number <= chain.height})
"""


def test_the_client_reads_and_follows_a_chain_in_its_own_process() -> None:
    packages = sysconfig.get_paths()["purelib"]
    found = run_in_peer(python_peer("bittensor==11.3.0"), SCRIPT, {"packages": packages})
    assert found["netuid"] in found["subnets"]
    assert found["agree"]
    assert found["known"]

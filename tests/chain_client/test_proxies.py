"""Proxies of a coldkey, against the bundled chain."""

from __future__ import annotations

import pytest

from taokit.chain_client import Call, ChainClient, InProcessTransport, Tao
from taokit.chain_client.errors import InvalidArgument
from taokit.chain_client.operations.proxies import PROXY_TYPES, AddProxy, RemoveProxy
from taokit.chain_client.reads.balances import balance
from taokit.local_chain.local_node import LocalNode
from taokit.local_chain.node_config import NodeConfig
from taokit.wallet import Keypair, dev_key

ALICE, BOB = dev_key("Alice"), dev_key("Bob")


async def test_a_proxy_acts_for_a_coldkey_until_it_is_removed() -> None:
    carol = Keypair.from_uri("//Somebody new").ss58_address
    inner = Call("Balances", "transfer_keep_alive", {"dest": {"Id": carol}, "value": Tao(10**9)})
    acting = Call(
        "Proxy",
        "proxy",
        {"real": {"Id": ALICE.ss58_address}, "force_proxy_type": None, "call": inner},
    )
    async with (
        LocalNode(NodeConfig(ports=(), block_time="instant")) as node,
        await ChainClient.over(InProcessTransport(node.handler)) as chain,
    ):
        added = await chain.submit(AddProxy(BOB.ss58_address, "Transfer"), ALICE)
        added.raise_for_failure()
        (event,) = added.find("Proxy", "ProxyAdded")
        assert event["proxy_type"] == "Transfer"
        (await chain.submit(acting, BOB)).raise_for_failure()
        assert (await balance(chain, carol)).free == Tao(10**9)
        removed = await chain.submit(RemoveProxy(BOB.ss58_address, "Transfer"), ALICE)
        assert removed.find("Proxy", "ProxyRemoved")
        refused = await chain.submit(acting, BOB)
        assert not refused.success


@pytest.mark.parametrize("values", [("Everything", 0), ("Any", -1), ("Senate", 0)])
def test_a_kind_or_delay_that_cannot_be_is_refused(values: tuple[str, int]) -> None:
    with pytest.raises(InvalidArgument):
        AddProxy(BOB.ss58_address, *values)
    assert len(PROXY_TYPES) == 14

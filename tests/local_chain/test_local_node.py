"""A whole node, with ports and without."""

from __future__ import annotations

import asyncio

import pytest

from taokit.local_chain.errors import InvalidNodeConfig
from taokit.local_chain.local_node import LocalNode, run_node
from taokit.local_chain.node_config import NodeConfig


def test_a_node_without_ports_seals_and_listens_nowhere():
    async def heads():
        async with LocalNode(NodeConfig(ports=(), block_time="manual")) as node:
            return node.ports, node.chain.seal(2)[-1].number

    assert asyncio.run(heads()) == ((), 2)


def test_a_node_that_runs_by_itself_needs_a_port():
    with pytest.raises(InvalidNodeConfig) as refused:
        asyncio.run(run_node(NodeConfig(ports=()), on_ready=lambda served: None))
    assert refused.value.setting == "ports"

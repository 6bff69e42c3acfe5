"""`chainSpec_v1_*`: what the chain is, which never changes."""

from __future__ import annotations

from taokit.local_chain.rpc.params import to_hex
from taokit.local_chain.rpc.registry import Json, Node, method


@method("chainSpec_v1_chainName")
def chain_name(node: Node) -> Json:
    return node.info.chain


@method("chainSpec_v1_genesisHash", "archive_v1_genesisHash")
def genesis_hash(node: Node) -> Json:
    return to_hex(node.chain.genesis_hash)


@method("chainSpec_v1_properties")
def properties(node: Node) -> Json:
    return dict(node.info.properties)

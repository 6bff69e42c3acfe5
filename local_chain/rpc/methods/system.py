"""`system_*` and `rpc_methods`: what the node says of itself."""

from __future__ import annotations

from taokit.local_chain.rpc.params import BlockHash, HexBytes, to_hex
from taokit.local_chain.rpc.registry import Json, Node, method


@method("rpc_methods")
def rpc_methods(node: Node) -> Json:
    """Every method there is: a client that finds one of a group uses the whole group."""
    return {"methods": list(node.method_names)}


@method("system_name")
def name(node: Node) -> Json:
    return node.info.name


@method("system_version")
def version(node: Node) -> Json:
    if node.info.version:
        return node.info.version
    from importlib.metadata import version as installed

    return f"{installed('taokit')}-taokit"


@method("system_chain")
def chain(node: Node) -> Json:
    return node.info.chain


@method("system_chainType")
def chain_type(node: Node) -> Json:
    return node.info.chain_type


@method("system_properties")
def properties(node: Node) -> Json:
    return dict(node.info.properties)


@method("system_health")
def health(node: Node) -> Json:
    return {"peers": 0, "isSyncing": False, "shouldHavePeers": False}


@method("system_peers")
def peers(node: Node) -> Json:
    return []


@method("system_nodeRoles")
def node_roles(node: Node) -> Json:
    return ["Authority"]


@method("system_syncState")
def sync_state(node: Node) -> Json:
    head = node.chain.head.number
    return {"startingBlock": 0, "currentBlock": head, "highestBlock": head}


@method("system_dryRun", "system_dryRunAt")
def dry_run(node: Node, extrinsic: HexBytes, at: BlockHash | None = None) -> Json:
    """SCALE `ApplyExtrinsicResult` of an extrinsic applied to a block that is thrown away."""
    return to_hex(node.chain.call("BlockBuilder_apply_extrinsic", extrinsic, at))

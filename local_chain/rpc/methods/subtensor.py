"""Subtensor's own methods: runtime API calls under other names.

Answers are the SCALE bytes as an array of numbers, except where the node itself decodes them.
Names, arguments and answers as in `pallets/subtensor/rpc` and `pallets/swap/rpc`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from taokit.local_chain.errors import LocalChainError, UnknownBlock
from taokit.local_chain.node.trie_root import compact
from taokit.local_chain.rpc.errors import RpcError
from taokit.local_chain.rpc.params import U8, U16, U64, AccountAddress, AccountBytes, BlockHash
from taokit.local_chain.rpc.registry import Json, Node, method

RUNTIME_ERROR = 1
Encoder = Callable[[Any], bytes]


def _fixed(size: int) -> Encoder:
    return lambda value: int(value).to_bytes(size, "little")


def _u16_list(values: list[int]) -> bytes:
    return compact(len(values)) + b"".join(value.to_bytes(2, "little") for value in values)


ENCODERS: dict[Any, Encoder] = {
    U8: _fixed(1),
    U16: _fixed(2),
    U64: _fixed(8),
    AccountAddress: bytes,
    AccountBytes: bytes,
    list[U16]: _u16_list,
}


def _number(answer: bytes) -> Json:
    return int.from_bytes(answer, "little")


def _optional_number(answer: bytes) -> Json:
    return _number(answer[1:]) if answer[:1] == b"\x01" else None


def _prices(answer: bytes) -> Json:
    from taokit.chain_client.scale import Tuple, Vec, codec, u16, u64

    rows = codec(Vec[Tuple[u16, u64]]).decode(answer)
    return [{"netuid": netuid, "price": price} for netuid, price in rows]


def _api(
    name: str, api_method: str, answer: Callable[[bytes], Json] = list, **kinds: Any
) -> Callable[..., Json]:
    """Declare `name` as a call of `api_method` with arguments of these kinds, and a block."""
    encoders = [ENCODERS[kind] for kind in kinds.values()]

    def call(node: Node, *arguments: Any) -> Json:
        *values, at = arguments
        data = b"".join(encode(value) for encode, value in zip(encoders, values, strict=True))
        try:
            return answer(node.chain.call(api_method, data, at))
        except UnknownBlock:
            raise
        except LocalChainError as fault:
            raise RpcError(RUNTIME_ERROR, f"Unable to answer {name}: {fault}") from fault

    keyword = inspect.Parameter.POSITIONAL_OR_KEYWORD
    at = inspect.Parameter("at", keyword, default=None, annotation=BlockHash | None)
    node = inspect.Parameter("node", keyword)
    named = [inspect.Parameter(key, keyword, annotation=kind) for key, kind in kinds.items()]
    call.__signature__ = inspect.Signature([node, *named, at])  # type: ignore[attr-defined]
    return method(name)(call)


_DELEGATE, _NEURON, _SUBNET = (
    f"{name}InfoRuntimeApi_get_" for name in ("Delegate", "Neuron", "Subnet")
)
_SWAP = "SwapRuntimeApi_"

delegates = _api("delegateInfo_getDelegates", _DELEGATE + "delegates")
delegate = _api("delegateInfo_getDelegate", _DELEGATE + "delegate", delegate=AccountBytes)
delegated = _api("delegateInfo_getDelegated", _DELEGATE + "delegated", delegatee=AccountBytes)

neurons_lite = _api("neuronInfo_getNeuronsLite", _NEURON + "neurons_lite", netuid=U16)
neuron_lite = _api("neuronInfo_getNeuronLite", _NEURON + "neuron_lite", netuid=U16, uid=U16)
neurons = _api("neuronInfo_getNeurons", _NEURON + "neurons", netuid=U16)
neuron = _api("neuronInfo_getNeuron", _NEURON + "neuron", netuid=U16, uid=U16)

subnet_info = _api("subnetInfo_getSubnetInfo", _SUBNET + "subnet_info", netuid=U16)
subnets_info = _api("subnetInfo_getSubnetsInfo", _SUBNET + "subnets_info")
subnet_info_v2 = _api("subnetInfo_getSubnetInfo_v2", _SUBNET + "subnet_info_v2", netuid=U16)
subnets_info_v2 = _api("subnetInfo_getSubnetsInfo_v2", _SUBNET + "subnets_info_v2")
hyperparams = _api("subnetInfo_getSubnetHyperparams", _SUBNET + "subnet_hyperparams", netuid=U16)
hyperparams_v2 = _api(
    "subnetInfo_getSubnetHyperparamsV2", _SUBNET + "subnet_hyperparams_v2", netuid=U16
)
all_dynamic_info = _api("subnetInfo_getAllDynamicInfo", _SUBNET + "all_dynamic_info")
dynamic_info = _api("subnetInfo_getDynamicInfo", _SUBNET + "dynamic_info", netuid=U16)
all_metagraphs = _api("subnetInfo_getAllMetagraphs", _SUBNET + "all_metagraphs")
metagraph = _api("subnetInfo_getMetagraph", _SUBNET + "metagraph", netuid=U16)
all_mechagraphs = _api("subnetInfo_getAllMechagraphs", _SUBNET + "all_mechagraphs")
mechagraph = _api("subnetInfo_getMechagraph", _SUBNET + "mechagraph", netuid=U16, mecid=U8)
subnet_state = _api("subnetInfo_getSubnetState", _SUBNET + "subnet_state", netuid=U16)
lock_cost = _api(
    "subnetInfo_getLockCost",
    "SubnetRegistrationRuntimeApi_get_network_registration_cost",
    _number,
)
selective_metagraph = _api(
    "subnetInfo_getSelectiveMetagraph",
    _SUBNET + "selective_metagraph",
    netuid=U16,
    metagraph_index=list[U16],
)
selective_mechagraph = _api(
    "subnetInfo_getSelectiveMechagraph",
    _SUBNET + "selective_mechagraph",
    netuid=U16,
    mecid=U8,
    metagraph_index=list[U16],
)
auto_stake_hotkey = _api(
    "subnetInfo_getColdkeyAutoStakeHotkey",
    _SUBNET + "coldkey_auto_stake_hotkey",
    coldkey=AccountAddress,
    netuid=U16,
)
subnet_to_prune = _api("subnetInfo_getSubnetToPrune", _SUBNET + "subnet_to_prune", _optional_number)
subnet_account = _api("subnetInfo_getSubnetAccountId", _SUBNET + "subnet_account_id", netuid=U16)
coldkey_lock = _api(
    "stakeInfo_getColdkeyLock",
    "StakeInfoRuntimeApi_get_coldkey_lock",
    coldkey=AccountAddress,
    netuid=U16,
)

alpha_price = _api("swap_currentAlphaPrice", _SWAP + "current_alpha_price", _number, netuid=U16)
alpha_prices = _api("swap_currentAlphaPriceAll", _SWAP + "current_alpha_price_all", _prices)
swap_tao = _api("swap_simSwapTaoForAlpha", _SWAP + "sim_swap_tao_for_alpha", netuid=U16, tao=U64)
swap_alpha = _api(
    "swap_simSwapAlphaForTao", _SWAP + "sim_swap_alpha_for_tao", netuid=U16, alpha=U64
)

"""From a call to the operation that makes it, so that what is foreseen of one is of the other.

Owns that way back, for the calls of everyday: what was given raw, or lies in a batch, a proxied or
a multisig's call. An operation counts only if its own call is this very call, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import ClientError
from taokit.chain_client.money import Alpha, Tao
from taokit.chain_client.operations.base import Operation
from taokit.chain_client.prices import Price

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["recognised"]

_Fields = Mapping[str, str]
_ALL: Final = 2**64 - 1

_PLACE: Final = {"hotkey": "account hotkey", "netuid": "netuid"}
_CALLS: Final[Mapping[str, tuple[str, _Fields]]] = {
    "SubtensorModule.add_stake": ("stake.add", {**_PLACE, "amount": "tao amount_staked"}),
    "SubtensorModule.add_stake_limit": (
        "stake.add",
        {
            **_PLACE,
            "amount": "tao amount_staked",
            "limit_price": "price limit_price",
            "allow_partial": "allow_partial",
        },
    ),
    "SubtensorModule.remove_stake": ("stake.remove", {**_PLACE, "amount": "alpha amount_unstaked"}),
    "SubtensorModule.remove_stake_limit": (
        "stake.remove",
        {
            **_PLACE,
            "amount": "alpha amount_unstaked",
            "limit_price": "price limit_price",
            "allow_partial": "allow_partial",
        },
    ),
    "SubtensorModule.remove_stake_full_limit": (
        "stake.remove-all",
        {**_PLACE, "limit_price": "price limit_price"},
    ),
    "SubtensorModule.unstake_all": ("stake.unstake-all", {"hotkey": "account hotkey"}),
    "SubtensorModule.unstake_all_alpha": ("stake.unstake-all-alpha", {"hotkey": "account hotkey"}),
    "SubtensorModule.move_stake": (
        "stake.move",
        {
            "hotkey": "account origin_hotkey",
            "to": "account destination_hotkey",
            "origin_netuid": "origin_netuid",
            "dest_netuid": "destination_netuid",
            "amount": "alpha alpha_amount",
        },
    ),
    "SubtensorModule.transfer_stake": (
        "stake.transfer",
        {
            "hotkey": "account hotkey",
            "to": "account destination_coldkey",
            "origin_netuid": "origin_netuid",
            "dest_netuid": "destination_netuid",
            "amount": "alpha alpha_amount",
        },
    ),
    "SubtensorModule.swap_stake": (
        "stake.swap",
        {
            "hotkey": "account hotkey",
            "origin_netuid": "origin_netuid",
            "dest_netuid": "destination_netuid",
            "amount": "alpha alpha_amount",
        },
    ),
    "SubtensorModule.swap_stake_limit": (
        "stake.swap",
        {
            "hotkey": "account hotkey",
            "origin_netuid": "origin_netuid",
            "dest_netuid": "destination_netuid",
            "amount": "alpha alpha_amount",
            "limit_price": "rate limit_price",
            "allow_partial": "allow_partial",
        },
    ),
    "SubtensorModule.add_stake_burn": (
        "sudo.stake-burn",
        {**_PLACE, "amount": "tao amount", "limit_price": "price limit"},
    ),
    "SubtensorModule.claim_root": ("stake.process-claim", {"netuids": "list subnets"}),
    "SubtensorModule.set_auto_parent_delegation_enabled": (
        "stake.child.auto",
        {"hotkey": "account hotkey", "enabled": "enabled"},
    ),
    "SubtensorModule.recycle_alpha": ("stake.recycle", {**_PLACE, "amount": "alpha amount"}),
    "SubtensorModule.burn_alpha": ("stake.burn", {**_PLACE, "amount": "alpha amount"}),
    "SubtensorModule.burned_register": ("subnets.register", _PLACE),
    "SubtensorModule.register_limit": (
        "subnets.register",
        {**_PLACE, "limit_price": "tao limit_price"},
    ),
    "SubtensorModule.root_register": ("root.register", {"hotkey": "account hotkey"}),
    "SubtensorModule.register_network": ("subnets.create", {"hotkey": "account hotkey"}),
    "SubtensorModule.start_call": ("subnets.start", {"netuid": "netuid"}),
    "SubtensorModule.update_symbol": (
        "subnets.set-symbol",
        {"netuid": "netuid", "symbol": "text symbol"},
    ),
    "SubtensorModule.trigger_epoch": ("sudo.trigger-epoch", {"netuid": "netuid"}),
    "SubtensorModule.set_childkey_take": ("stake.child.take", {**_PLACE, "take": "share take"}),
    "SubtensorModule.increase_take": (
        "sudo.set-take",
        {"hotkey": "account hotkey", "take": "share take"},
    ),
    "SubtensorModule.set_coldkey_auto_stake_hotkey": ("stake.set-auto", _PLACE),
    "SubtensorModule.swap_hotkey": (
        "wallet.swap-hotkey",
        {"hotkey": "account hotkey", "new_hotkey": "account new_hotkey", "netuid": "netuid"},
    ),
    "SubtensorModule.swap_hotkey_v2": (
        "wallet.swap-hotkey",
        {
            "hotkey": "account hotkey",
            "new_hotkey": "account new_hotkey",
            "netuid": "netuid",
            "keep_stake": "keep_stake",
        },
    ),
    "SubtensorModule.try_associate_hotkey": (
        "wallet.associate-hotkey",
        {"hotkey": "account hotkey"},
    ),
    "SubtensorModule.swap_coldkey_announced": (
        "wallet.swap-coldkey.execute",
        {"new_coldkey": "account new_coldkey"},
    ),
    "SubtensorModule.clear_coldkey_swap_announcement": ("wallet.swap-coldkey.clear", {}),
    "SubtensorModule.dispute_coldkey_swap": ("wallet.swap-coldkey.dispute", {}),
    "SubtensorModule.lock_stake": ("lock.add", {**_PLACE, "amount": "alpha amount"}),
    "SubtensorModule.move_lock": (
        "lock.move",
        {"netuid": "netuid", "destination_hotkey": "account destination_hotkey"},
    ),
    "SubtensorModule.terminate_lease": (
        "lease.terminate",
        {"lease_id": "lease_id", "hotkey": "account hotkey"},
    ),
    "Balances.transfer_keep_alive": (
        "wallet.transfer",
        {"to": "account dest", "amount": "tao value"},
    ),
    "Balances.transfer_allow_death": (
        "wallet.transfer-allow-death",
        {"to": "account dest", "amount": "tao value"},
    ),
    "Balances.transfer_all": (
        "wallet.transfer-all",
        {"to": "account dest", "keep_alive": "keep_alive"},
    ),
    "Balances.burn": ("wallet.burn", {"amount": "tao value", "keep_alive": "keep_alive"}),
    "Proxy.add_proxy": (
        "proxy.add",
        {"delegate": "account delegate", "proxy_type": "proxy_type", "delay": "delay"},
    ),
    "Proxy.remove_proxy": (
        "proxy.remove",
        {"delegate": "account delegate", "proxy_type": "proxy_type", "delay": "delay"},
    ),
    "Proxy.set_real_pays_fee": (
        "proxy.pays-fee",
        {"delegate": "account delegate", "pays_fee": "pays_fee"},
    ),
    "Proxy.reject_announcement": (
        "proxy.reject",
        {"delegate": "account delegate", "call_hash": "hex call_hash"},
    ),
    "Proxy.remove_announcement": (
        "proxy.withdraw",
        {"real": "account real", "call_hash": "hex call_hash"},
    ),
    "AdminUtils.sudo_trim_to_max_allowed_uids": (
        "sudo.trim",
        {"netuid": "netuid", "max_uids": "max_n"},
    ),
    "Crowdloan.create": (
        "crowd.create",
        {
            "deposit": "tao deposit",
            "min_contribution": "tao min_contribution",
            "cap": "tao cap",
            "end": "end",
            "target_address": "account target_address",
        },
    ),
    "Crowdloan.contribute": (
        "crowd.contribute",
        {"crowdloan_id": "crowdloan_id", "amount": "tao amount"},
    ),
    "Crowdloan.withdraw": ("crowd.withdraw", {"crowdloan_id": "crowdloan_id"}),
    "Crowdloan.finalize": ("crowd.finalize", {"crowdloan_id": "crowdloan_id"}),
    "Crowdloan.refund": ("crowd.refund", {"crowdloan_id": "crowdloan_id"}),
    "Crowdloan.dissolve": ("crowd.dissolve", {"crowdloan_id": "crowdloan_id"}),
}
"""By ``Pallet.call``: the operation, and for each of its fields the argument and how it is read."""

_MODES: Final = {"batch": "until-failure", "batch_all": "all", "force_batch": "each"}


def recognised(chain: ChainClient, what: Call | bytes, actor: str) -> Operation | None:
    """The operation whose call this is when ``actor`` makes it; ``None`` where none is known."""
    try:
        made = what if isinstance(what, bytes) else chain.encode_call(what)
        call = Call.from_value(chain.runtime.call_codec.decode(made))
        around = _AROUND.get(f"{call.pallet}.{call.name}")
        if around is not None:
            return around(call, actor)
        found = _plain(call) or _by_hand(call)
        return found if found is not None and chain.encode_call(found.call()) == made else None
    except (ClientError, KeyError, NotImplementedError, TypeError, ValueError):
        return None  # an older or newer runtime's call, or one that no operation would make


def _plain(call: Call) -> Operation | None:
    from taokit.chain_client.operations.registry import get_operation

    name, fields = _CALLS.get(f"{call.pallet}.{call.name}", ("", {}))
    if not name:
        return None
    args = dict(call.args)
    if name in ("stake.move", "stake.transfer", "stake.swap") and args["alpha_amount"] == _ALL:
        name, fields = f"{name}-all", {one: fields[one] for one in fields if one != "amount"}
    netuid = args.get("netuid", args.get("origin_netuid", 0))
    values = {field: _read(how, args, netuid) for field, how in fields.items()}
    return get_operation(name).operation(**values)


def _read(how: str, args: Mapping[str, Any], netuid: int | None) -> Any:
    kind, _, name = how.rpartition(" ")
    value = args[name]
    if kind == "" or value is None:
        return value
    return _KINDS[kind](value, netuid)


_KINDS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "account": lambda value, _: _account(value),
    "alpha": lambda value, netuid: Alpha(value, netuid),
    "hex": lambda value, _: "0x" + bytes(value).hex(),
    "list": lambda value, _: tuple(value),
    "price": lambda value, netuid: Price(value, netuid),
    "rate": lambda value, _: Tao(value).decimal(),
    "share": lambda value, _: Fraction(value, 65535),
    "tao": lambda value, _: Tao(value),
    "text": lambda value, _: bytes(value).decode(),
}


def _account(value: Any) -> str:
    return str(value["Id"]) if isinstance(value, Mapping) else str(value)


def _by_hand(call: Call) -> Operation | None:
    made = _BY_HAND.get(f"{call.pallet}.{call.name}", _setting)
    return made(call)


def _weights(call: Call) -> Operation:
    from taokit.chain_client.operations.weights import SetWeights

    args = call.args
    uids, weights, mechanism = tuple(args["dests"]), tuple(args["weights"]), args.get("mecid", 0)
    return SetWeights(args["netuid"], uids, weights, args["version_key"], mechanism, "plain")


def _axon(call: Call) -> Operation:
    import ipaddress

    from taokit.chain_client.operations.serving import ServeAxon

    args = call.args
    kind = ipaddress.IPv4Address if args["ip_type"] == 4 else ipaddress.IPv6Address
    address = str(kind(args["ip"]))
    return ServeAxon(args["netuid"], address, args["port"], args["protocol"], args["version"])


def _children(call: Call) -> Operation:
    from taokit.chain_client.operations.children import RevokeChildren, SetChildren

    hotkey, netuid = _account(call.args["hotkey"]), call.args["netuid"]
    children = call.args["children"]
    if not children:
        return RevokeChildren(hotkey, netuid)
    parts = tuple(Fraction(part, _ALL) for part, _ in children)
    return SetChildren(hotkey, netuid, [str(child) for _, child in children], parts)


def _setting(call: Call) -> Operation | None:
    from taokit.chain_client.hyperparameters import SETTINGS
    from taokit.chain_client.operations.hyperparameters import SettingCall

    name = call.name if call.pallet == "AdminUtils" else f"{call.pallet}.{call.name}"
    values = [value for argument, value in call.args.items() if argument != "netuid"]
    for setting in SETTINGS.values():
        if setting.call == name and len(values) == 1:
            return SettingCall(setting, call.args.get("netuid"), values[0])
    return None


_BY_HAND: Final[Mapping[str, Callable[[Call], Operation | None]]] = {
    "SubtensorModule.set_weights": _weights,
    "SubtensorModule.set_mechanism_weights": _weights,
    "SubtensorModule.serve_axon": _axon,
    "SubtensorModule.set_children": _children,
}


# -- calls around others -------------------------------------------------------------------------


def _batch(call: Call, actor: str) -> Operation:
    from taokit.chain_client.operations.wrappers import BatchAll

    inner = tuple(Call.from_value(one) for one in call.args["calls"])
    return BatchAll(inner, _MODES[call.name])


def _as_derivative(call: Call, actor: str) -> Operation:
    from taokit.chain_client.operations.wrappers import AsDerivative

    return AsDerivative(call.args["index"], Call.from_value(call.args["call"]))


def _sudo(call: Call, actor: str) -> Operation:
    from taokit.chain_client.operations.wrappers import AsSudo

    return AsSudo(Call.from_value(call.args["call"]))


def _proxy(call: Call, actor: str) -> Operation:
    from taokit.chain_client.operations.wrappers import ForProxy

    inner, kind = Call.from_value(call.args["call"]), call.args["force_proxy_type"]
    return ForProxy(inner, _account(call.args["real"]), kind and str(kind), made=inner)


def _multisig_alone(call: Call, actor: str) -> Operation:
    from taokit.chain_client.operations.multisigs import ProposeCall

    others = tuple(str(one) for one in call.args["other_signatories"])
    return ProposeCall((actor, *others), 1, Call.from_value(call.args["call"]))


def _multisig(call: Call, actor: str) -> Operation:
    from taokit.chain_client.operations.multisig_calls import MultisigCall

    args = call.args
    others = tuple(str(one) for one in args["other_signatories"])
    inner = Call.from_value(args["call"])
    return MultisigCall(args["threshold"], others, args["maybe_timepoint"], inner, call)


_AROUND: Final[Mapping[str, Callable[[Call, str], Operation]]] = {
    "Utility.batch": _batch,
    "Utility.batch_all": _batch,
    "Utility.force_batch": _batch,
    "Utility.as_derivative": _as_derivative,
    "Sudo.sudo": _sudo,
    "Proxy.proxy": _proxy,
    "Multisig.as_multi_threshold_1": _multisig_alone,
    "Multisig.as_multi": _multisig,
}

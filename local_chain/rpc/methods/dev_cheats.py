"""`dev_*` that bend the rules: money, stake, neurons, signers, limits, finality, bad answers.

Amounts are rao. A change of the state is sealed in the next block; a switch is the node's, and
stays until it is set back.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from taokit.local_chain.rpc.errors import invalid_params
from taokit.local_chain.rpc.faults import Fault
from taokit.local_chain.rpc.params import U16, U32, U64, AccountAddress, HexBytes, to_hex
from taokit.local_chain.rpc.registry import Json, Node, method

MAX_NEURONS = 256
"""Neurons in one request: each takes four keys to be made."""


@method("dev_setBalance", cheat="balance")
def set_balance(node: Node, account: AccountAddress, rao: U64) -> Json:
    """Make that an account's free balance; the hash of the block."""
    return to_hex(node.chain.dev.set_balance(account, rao).hash)


@method("dev_setStake", cheat="stake")
def set_stake(
    node: Node, hotkey: AccountAddress, coldkey: AccountAddress, netuid: U16, amount: U64
) -> Json:
    """Make that what a coldkey has staked to a hotkey, alpha or TAO on subnet 0; the block."""
    return to_hex(node.chain.dev.set_stake(hotkey, coldkey, netuid, amount).hash)


@dataclass(frozen=True)
class Registration:
    """Neurons to register: on which subnet, how many, and the rao of their coldkeys."""

    netuid: int
    count: int = 1
    rao: int | None = None

    @classmethod
    def from_json(cls, value: Any) -> Registration:
        """Read `{"netuid": n, "count"?: n, "rao"?: n}`."""
        if not isinstance(value, dict) or set(value) - {"netuid", "count", "rao"}:
            raise invalid_params("expected netuid, count and rao")
        if "netuid" not in value or not all(
            type(number) is int and 0 <= number < 1 << 64 for number in value.values()
        ):
            raise invalid_params("netuid, count and rao are whole numbers, and netuid is needed")
        made = cls(**value)
        if made.count > MAX_NEURONS:
            raise invalid_params(f"at most {MAX_NEURONS} neurons at once")
        return made


@method("dev_registerNeurons", cheat="neurons")
def register_neurons(node: Node, wanted: Registration) -> Json:
    """Register neurons of development keys, with money; their uids, addresses and key URIs."""
    purse = {} if wanted.rao is None else {"rao": wanted.rao}
    made = node.chain.dev.register(wanted.netuid, wanted.count, **purse)
    return [
        {
            "uid": one.uid,
            "hotkey": one.hotkey,
            "coldkey": one.coldkey,
            "hotkeyUri": one.hotkey_uri,
            "coldkeyUri": one.coldkey_uri,
        }
        for one in made
    ]


@method("dev_impersonate", cheat="impersonation")
def impersonate(node: Node, account: AccountAddress | None = None) -> Json:
    """Take what an account signs whether it did or not; for null anybody's mock signature."""
    node.chain.dev.impersonate(account)
    return _impersonated(node)


@method("dev_stopImpersonating", cheat="impersonation")
def stop_impersonating(node: Node, account: AccountAddress | None = None) -> Json:
    """Ask for signatures again: an account's, or everybody's."""
    node.chain.dev.stop_impersonating(account)
    return _impersonated(node)


@method("dev_call", cheat="impersonation")
def call(node: Node, account: AccountAddress, call: HexBytes) -> Json:
    """Make one call as an account, in a block of its own; where it is, and why it failed if so."""
    made = node.chain.dev.call_as(account, call)
    return {
        "extrinsic": to_hex(made.hash),
        "hash": to_hex(made.block.hash),
        "number": made.block.number,
        "index": made.index,
        "error": made.error,
    }


@method("dev_ignoreRateLimits", cheat="rate-limits")
def ignore_rate_limits(node: Node, ignored: bool = True) -> Json:
    """Whether what may be done once in so many blocks may be done at any time."""
    node.chain.dev.ignore_rate_limits(ignored)
    return ignored


@method("dev_dropPulses", cheat="pulses")
def drop_pulses(node: Node, blocks: U32 | None = None) -> Json:
    """Lose the beacon's pulses of so many blocks to come, of all (null), or of no more (0)."""
    node.chain.dev.drop_pulses(blocks)
    return blocks


@method("dev_stallFinality", cheat="finality")
def stall_finality(node: Node) -> Json:
    """Make no more blocks final; the number of the last that is."""
    return node.chain.dev.stall_finality()


@method("dev_resumeFinality", cheat="finality")
def resume_finality(node: Node) -> Json:
    """Make final what would be by now; the number of the newest that is."""
    return node.chain.dev.resume_finality()


@method("dev_setRpcFault", cheat="faults")
def set_rpc_fault(node: Node, fault: Fault) -> Json:
    """Answer requests badly: `429`, `hang`, `slow` or `drop`. All faults that are on.

    `methods` says which requests, `count` how many of them, `seconds` how late a slow answer is.
    Development methods are answered well.
    """
    for name in fault.methods:
        if name not in node.method_names:
            near = get_close_matches(name, node.method_names, 1)
            raise invalid_params(f"there is no method {name!r}" + (f": {near[0]}?" if near else ""))
    node.faults.add(fault)
    return _faults(node)


@method("dev_clearRpcFaults", cheat="faults")
def clear_rpc_faults(node: Node) -> Json:
    """Answer every request well again."""
    node.faults.clear()
    return _faults(node)


@method("dev_switches")
def switches(node: Node) -> Json:
    """Everything that is not as it would be by itself: blocks, finality, signatures, limits."""
    chain, dev = node.chain, node.chain.dev
    making = dev.sealer
    return {
        "blockTime": None if making is None else str(making.mode),
        "paused": making is not None and making.paused,
        "finalityStalled": chain.finality_stalled,
        "pulsesLost": dev.pulses_lost,
        "rateLimitsIgnored": dev.switches.rate_limits_ignored,
        **_impersonated(node),
        "faults": _faults(node),
    }


def _impersonated(node: Node) -> dict[str, Json]:
    from taokit.wallet.ss58 import encode

    switches = node.chain.dev.switches
    return {
        "impersonated": [encode(account) for account in switches.impersonated],
        "mockSignatures": switches.mocks_accepted,
    }


def _faults(node: Node) -> Json:
    return [fault.as_json() for fault in node.faults.on]

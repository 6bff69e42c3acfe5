"""Reads about proxies: who may act for an account, what each kind may do, what is announced."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from taokit.chain_client.calls import Call
from taokit.chain_client.parameters import Account, Arg
from taokit.chain_client.reads.registry import read
from taokit.chain_client.reads.values import text

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.errors import WouldFail

__all__ = [
    "Announcement",
    "Proxy",
    "ProxyKind",
    "announcements",
    "fitting_proxy",
    "proxies",
    "proxy_kinds",
    "proxy_problem",
]


@dataclass(frozen=True, slots=True)
class Proxy:
    """One account that may act for another: within what, and how long after announcing it."""

    delegate: str
    proxy_type: str
    delay: int


@dataclass(frozen=True, slots=True)
class Announcement:
    """A call that a proxy means to make, by its hash. ``ready_at`` is the first block for it."""

    delegate: str
    real: str
    call_hash: str
    announced_at: int
    ready_at: int | None


@dataclass(frozen=True, slots=True)
class ProxyKind:
    """What one kind of proxy may do: ``mode`` says how ``calls`` is to be read.

    ``mode`` is "allow all", "deny all", "allow" (these, without ``exceptions``) or "deny" (all
    but these).
    """

    name: str
    index: int
    deprecated: bool
    mode: str
    calls: tuple[str, ...]
    exceptions: tuple[str, ...]


@read("proxies", group="accounts")
async def proxies(
    chain: ChainClient, address: Annotated[Account, Arg("Whose proxies.")]
) -> tuple[Proxy, ...]:
    """The accounts that may act for an account, in the chain's order."""
    found, _ = await chain.query("Proxy", "Proxies", address)
    return tuple(Proxy(str(one["delegate"]), str(one["proxy_type"]), one["delay"]) for one in found)


@read("announcements", group="accounts")
async def announcements(
    chain: ChainClient, address: Annotated[Account, Arg("The proxy that announced.")]
) -> tuple[Announcement, ...]:
    """The calls that a proxy has announced and not made yet."""
    async with chain.snapshot():
        pending, _ = await chain.query("Proxy", "Announcements", address)
        reals = list(dict.fromkeys(str(one["real"]) for one in pending))
        lists = await chain.query_many([("Proxy", "Proxies", real) for real in reals])
    delays = {
        real: min((one["delay"] for one in found if str(one["delegate"]) == address), default=None)
        for real, (found, _) in zip(reals, lists, strict=True)
    }
    result = []
    for one in pending:
        real, delay = str(one["real"]), delays[str(one["real"])]
        ready = None if delay is None else one["height"] + delay
        hash_ = "0x" + bytes(one["call_hash"]).hex()
        result.append(Announcement(address, real, hash_, one["height"], ready))
    return tuple(result)


@read("proxy-kinds", group="chain")
async def proxy_kinds(chain: ChainClient) -> tuple[ProxyKind, ...]:
    """Every kind of proxy, with the calls that it may or may not make."""
    found = await chain.runtime_call("ProxyFilterRuntimeApi", "get_proxy_filter", None)
    return tuple(
        ProxyKind(
            name=text(one["name"]),
            index=one["proxy_type"],
            deprecated=one["deprecated"],
            mode=_MODES[str(one["filter_mode"])],
            calls=tuple(_named(call) for call in one["calls"]),
            exceptions=tuple(_named(call) for call in one["exceptions"]),
        )
        for one in found
    )


_MODES = {"AllowAll": "allow all", "DenyAll": "deny all", "Allow": "allow", "Deny": "deny"}


def _named(call: Mapping[str, Any]) -> str:
    pallet, name = text(call["pallet_name"]), call["call_name"]
    shown = f"{pallet}.{'*' if name is None else text(name)}"
    condition = call["condition"]
    if condition is None:
        return shown
    ((kind, inner),) = condition.items()
    if kind == "ParamLessThan":
        return f"{shown} ({text(inner['param_name'])} < {inner['limit']})"
    return f"{shown} (of {text(inner['pallet_name'])}.{text(inner['call_name'])})"


# -- what a proxy may do -------------------------------------------------------------------------


async def fitting_proxy(chain: ChainClient, mine: Iterable[Proxy], call: Call) -> Proxy | None:
    """The first of these proxies that needs no announcement and may make ``call``."""
    for one in mine:
        if not one.delay and await _allows(chain, one.proxy_type, call):
            return one
    return None


async def proxy_problem(
    chain: ChainClient, real: str, delegate: str, proxy_type: str | None, call: Call
) -> WouldFail | None:
    """Why the chain would not let ``delegate`` make ``call`` for ``real`` now."""
    from taokit.chain_client.operations.refusals import refusal

    mine = [
        one
        for one in await proxies(chain, real)
        if one.delegate == delegate and proxy_type in (None, one.proxy_type)
    ]
    if not mine:
        what = "a proxy" if proxy_type is None else f"a {proxy_type} proxy"
        reason = f"{delegate} is not {what} of {real}"
        hint = (
            f"from the wallet of {real}: `taokit proxy add --delegate {delegate} "
            f"--proxy-type {proxy_type or 'KIND'}`; `taokit query proxy-kinds` lists the kinds"
        )
        return refusal("NotProxy", reason, pallet="Proxy", hint=hint)
    first = mine[0]
    if first.delay:
        reason = f"{delegate} has to announce a call {first.delay} blocks before it makes it"
        made = chain.encode_call(call)
        wanted = hashlib.blake2b(made, digest_size=32).hexdigest()
        hint = (
            f"`taokit proxy announce --real {real} --call-hash 0x{wanted} -w WALLET`, and after "
            f"{first.delay} blocks `taokit proxy execute --real {real} --call 0x{made.hex()} "
            "-w WALLET`"
        )
        return refusal("Unannounced", reason, pallet="Proxy", hint=hint)
    if not await _allows(chain, first.proxy_type, call):
        reason = f"a {first.proxy_type} proxy may not make {call.pallet}.{call.name}"
        hint = f"`taokit query proxy-kinds` lists what each kind may do; {real} can add another"
        return refusal("CallFiltered", reason, pallet="System", hint=hint)
    return None


async def _allows(chain: ChainClient, proxy_type: str, call: Call) -> bool:
    """Whether a kind of proxy may make a call, and every call of a batch in it."""
    if proxy_type == "Any":
        return True
    kinds = await chain.runtime_call("ProxyFilterRuntimeApi", "get_proxy_filter", None)
    rule = next((one for one in kinds if text(one["name"]) == proxy_type), None)
    if rule is None:
        return True
    return all(
        _passes(rule, one) and _may_change_proxies(proxy_type, one) for one in _with_batched(call)
    )


def _may_change_proxies(mine: str, call: Call) -> bool:
    """The pallet's own rule: a proxy gives or takes away no more than what it may do itself."""
    if call.pallet != "Proxy":
        return True
    if call.name in ("remove_proxies", "kill_pure"):
        return False  # for a proxy of kind Any alone
    if call.name not in ("add_proxy", "remove_proxy"):
        return True
    other = str(call.args["proxy_type"])
    if mine == other:
        return True
    if mine == "NonTransfer":
        return other not in ("Any", "Transfer", "SmallTransfer")
    return (mine, other) == ("Transfer", "SmallTransfer")


def _with_batched(call: Call) -> Iterable[Call]:
    yield call
    if call.pallet == "Utility" and call.name in ("batch", "batch_all", "force_batch"):
        for one in call.args.get("calls", ()):
            yield from _with_batched(one if isinstance(one, Call) else Call.from_value(one))


def _passes(rule: Mapping[str, Any], call: Call) -> bool:
    mode = str(rule["filter_mode"])
    if mode in ("AllowAll", "DenyAll"):
        return mode == "AllowAll"
    named = any(_matches(entry, call) for entry in rule["calls"])
    if mode == "Deny":
        return not named
    return named and not any(_matches(entry, call) for entry in rule["exceptions"])


def _matches(entry: Mapping[str, Any], call: Call) -> bool:
    if text(entry["pallet_name"]) != call.pallet:
        return False
    if entry["call_name"] is not None and text(entry["call_name"]) != call.name:
        return False
    if entry["condition"] is None:
        return True
    ((kind, inner),) = entry["condition"].items()
    if kind == "ParamLessThan":
        value = call.args.get(text(inner["param_name"]))
        return int(getattr(value, "rao", value) or 0) < int(inner["limit"])
    nested = call.args.get("call")
    if nested is None:
        return False
    one = nested if isinstance(nested, Call) else Call.from_value(nested)
    return (one.pallet, one.name) == (text(inner["pallet_name"]), text(inner["call_name"]))

"""What happened to an account, from the events of blocks: transfers, stake, registrations.

Owns scanning blocks from the newest back, and what an event means for one account. The chain keeps
no such list, so each block's events are fetched (many at once) and only those that name the
account are decoded. Full nodes keep about the last 256 blocks; an archive node keeps all.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from taokit.chain_client.addresses import account_bytes, ss58_of
from taokit.chain_client.errors import NotFound, RpcError
from taokit.chain_client.money import Alpha, Tao

if TYPE_CHECKING:
    from taokit.chain_client.calls import Call
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.extrinsics.events import Event

__all__ = ["AccountHistory", "Happening", "account_history"]

_AT_ONCE = 32

# Kept for the fee, or said again by another event of the same extrinsic.
_ACCOUNTING = frozenset(
    {
        "Balances.Burned",
        "Balances.Deposit",
        "Balances.Endowed",
        "Balances.Issued",
        "Balances.Minted",
        "Balances.Rescinded",
        "Balances.Withdraw",
        "System.NewAccount",
        "TransactionPayment.TransactionFeePaid",
    }
)

# The fields of events that have no names for them, in order.
_STAKE = ("coldkey", "hotkey", "tao", "alpha", "netuid", "fee")
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "StakeAdded": _STAKE,
    "StakeRemoved": _STAKE,
    "StakeMoved": ("coldkey", "hotkey", "netuid", "to_hotkey", "to_netuid", "tao"),
    "StakeTransferred": ("coldkey", "to_coldkey", "hotkey", "netuid", "to_netuid", "tao"),
    "StakeSwapped": ("coldkey", "hotkey", "netuid", "to_netuid", "tao"),
    "AlphaRecycled": ("coldkey", "hotkey", "alpha", "netuid"),
    "AlphaBurned": ("coldkey", "hotkey", "alpha", "netuid"),
    "NeuronRegistered": ("netuid", "uid", "hotkey"),
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One event that names the account.

    ``what`` says it in words ("sent", "staked"), ``event`` by the chain's own name.
    ``other`` is the other account, ``fee`` what the account paid for the extrinsic.
    """

    block: int
    extrinsic: int | None
    time: int
    """Milliseconds since 1970, of the block."""
    what: str
    event: str
    amount: Tao | Alpha | None
    netuid: int | None
    other: str | None
    call: str | None
    """The call of the extrinsic, as ``Pallet.name``."""
    succeeded: bool
    fee: Tao | None


@dataclass(frozen=True, slots=True)
class AccountHistory:
    """The newest first. Blocks ``first`` to ``last`` were looked at."""

    account: str
    first: int
    last: int
    happenings: tuple[Happening, ...]
    forgotten: bool
    """Whether the node no longer has the state of an older block."""


async def account_history(
    chain: ChainClient,
    account: str,
    *,
    blocks: int = 300,
    limit: int = 50,
    last: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> AccountHistory:
    """What happened to ``account`` in the ``blocks`` blocks up to ``last`` (the head without it).

    Ends early once ``limit`` happenings are found. ``progress`` is told how many blocks of how
    many are done.
    """
    head = (await chain.block_ref("head")).number
    newest = head if last is None else min(last, head)
    oldest = max(0, newest - blocks + 1)
    needle = account_bytes(account)
    found: list[Happening] = []
    first, done, forgotten = newest + 1, 0, False
    while first > oldest and len(found) < limit and not forgotten:
        numbers = range(first - 1, max(oldest, first - _AT_ONCE) - 1, -1)
        raw = await asyncio.gather(*(_raw_events(chain, number) for number in numbers))
        for number, (hash_, events) in zip(numbers, raw, strict=True):
            if events is None:
                forgotten = True
                break
            if needle in events:
                found += await _happenings(chain, account, number, hash_)
            first = number
        done = newest - first + 1
        if progress is not None:
            progress(done, newest - oldest + 1)
    return AccountHistory(account, first, newest, tuple(found[:limit]), forgotten)


async def _raw_events(chain: ChainClient, number: int) -> tuple[str, bytes | None]:
    """The block's hash and encoded events; None where the node has forgotten them."""
    hash_ = await chain.transport.send("chain_getBlockHash", [number])
    if hash_ is None:
        raise NotFound(kind="block", name=number)
    key = "0x" + chain.runtime.storage("System", "Events").key().hex()
    try:
        value = await chain.transport.send("state_getStorage", [key, hash_])
    except RpcError as error:
        if "discarded" in str(error).lower() or "unknown block" in str(error).lower():
            return hash_, None
        raise
    return hash_, bytes.fromhex(value[2:]) if value else b""


async def _happenings(chain: ChainClient, account: str, number: int, hash_: str) -> list[Happening]:
    """Those of one block, the newest first."""
    async with chain.at(hash_):
        events, extrinsics, time = await asyncio.gather(
            chain.events(hash_), chain.extrinsics(hash_), chain.query("Timestamp", "Now")
        )
    found: list[Happening] = []
    for index, caused in _by_extrinsic(events):
        mine = [event for event in caused if account in _accounts(event)]
        if not mine:
            continue
        fee = _fee(mine, account)
        told = _without_echoes([event for event in mine if str(event) not in _ACCOUNTING])
        succeeded = not any(event.is_("System", "ExtrinsicFailed") for event in caused)
        call = None if index is None else _name_of(extrinsics[index].call)
        if fee is None and not told:
            continue
        whole: list[Event | None] = [*told] or [None]
        for event in whole:
            what, amount, netuid, other = _meaning(event, account)
            found.append(
                Happening(
                    block=number,
                    extrinsic=index,
                    time=time,
                    what=what,
                    event=str(event) if event is not None else "",
                    amount=amount,
                    netuid=netuid,
                    other=other,
                    call=call,
                    succeeded=succeeded,
                    fee=fee,
                )
            )
            fee = None  # told once
    return found[::-1]


def _without_echoes(events: list[Event]) -> list[Event]:
    """Without the transfers to and from a subnet's pool that a trade of stake consists of."""
    traded = {_amount(event, _named(event)) for event in events if event.name in _FIELDS}
    return [
        event
        for event in events
        if not (event.is_("Balances", "Transfer") and Tao(event["amount"]) in traded)
    ]


def _name_of(call: Call) -> str:
    return f"{call.pallet}.{call.name}"


def _by_extrinsic(events: Iterable[Event]) -> list[tuple[int | None, list[Event]]]:
    grouped: dict[int | None, list[Event]] = {}
    for event in events:
        grouped.setdefault(event.extrinsic, []).append(event)
    return list(grouped.items())


def _accounts(event: Event) -> set[str]:
    return set(_addresses(event.fields))


def _addresses(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for inner in value:
            yield from _addresses(inner)
    elif type(value).__name__ == "AccountId" or (isinstance(value, str) and len(value) == 48):
        yield str(value)


def _fee(events: list[Event], account: str) -> Tao | None:
    for event in events:
        paid = event.is_("TransactionPayment", "TransactionFeePaid")
        if paid and ss58_of(event["who"]) == account:
            return Tao(event["actual_fee"])
    return None


def _meaning(
    event: Event | None, account: str
) -> tuple[str, Tao | Alpha | None, int | None, str | None]:
    """(what, amount, netuid, other account) of an event for one account."""
    if event is None:
        return "paid the fee", None, None, None
    fields = _named(event)
    if event.is_("Balances", "Transfer"):
        out = str(fields["from"]) == account
        party = str(fields["to" if out else "from"])
        return ("sent" if out else "received"), Tao(fields["amount"]), None, party
    netuid = fields.get("netuid")
    what = _WORDS.get(event.name) or _CAPITAL.sub(" ", event.name).lower()
    if event.name == "StakeTransferred" and str(fields["coldkey"]) != account:
        what = "received stake"
    other = next((str(v) for k, v in fields.items() if k in _OTHERS and str(v) != account), None)
    return what, _amount(event, fields), netuid, other


_OTHERS = ("hotkey", "to_hotkey", "to_coldkey", "to", "from", "who", "delegatee", "real")

_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_WORDS: Mapping[str, str] = {
    "StakeAdded": "staked",
    "StakeRemoved": "unstaked",
    "StakeMoved": "moved stake",
    "StakeTransferred": "gave stake",
    "StakeSwapped": "swapped stake",
    "AlphaRecycled": "recycled",
    "AlphaBurned": "burned",
    "NeuronRegistered": "registered",
}


def _named(event: Event) -> dict[str, Any]:
    if isinstance(event.fields, Mapping):
        return dict(event.fields)
    names = _FIELDS.get(event.name, ()) if event.pallet == "SubtensorModule" else ()
    return dict(zip(names, event.fields, strict=False))


def _amount(event: Event, fields: Mapping[str, Any]) -> Tao | Alpha | None:
    if "tao" in fields:
        return Tao(fields["tao"])
    if "alpha" in fields and "netuid" in fields:
        return Alpha(fields["alpha"], fields["netuid"])
    if event.pallet == "Balances" and isinstance(fields.get("amount"), int):
        return Tao(fields["amount"])
    return None

"""Reads about crowdloans: campaigns, who contributed, and what can still be given."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import ClientError, NotFound
from taokit.chain_client.money import Tao
from taokit.chain_client.parameters import Arg
from taokit.chain_client.reads.registry import read

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = [
    "Contribution",
    "Crowdloan",
    "contributed",
    "contribution_room",
    "crowdloan",
    "crowdloan_contributors",
    "crowdloans",
    "read_crowdloan",
]


@dataclass(frozen=True, slots=True)
class Crowdloan:
    """One campaign. ``deposit`` is the creator's own contribution, a part of ``raised``.

    ``status`` is "active", "funded" (the cap is raised), "ended" (it was not, in time) or
    "finalized". ``kind`` is "fundraising" (for an address), "lease" (of a subnet) or "call".
    """

    crowdloan_id: int
    status: str
    kind: str
    creator: str
    deposit: Tao
    min_contribution: Tao
    max_contribution: Tao | None
    cap: Tao
    raised: Tao
    contributors_count: int
    end: int
    blocks_left: int
    funds_account: str
    target_address: str | None
    call: Call | None
    call_hash: str | None
    finalized: bool


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one account gave. ``share`` is of all that was raised, from 0 to 1."""

    contributor: str
    amount: Tao
    share: Fraction
    is_creator: bool


@read("crowdloans", group="crowdloans")
async def crowdloans(chain: ChainClient) -> tuple[Crowdloan, ...]:
    """All crowdloans, by number."""
    async with chain.snapshot() as block:
        found = dict(await chain.query_map("Crowdloan", "Crowdloans"))
        most = await chain.query_many(
            [("Crowdloan", "MaxContributions", number) for number in found]
        )
        return tuple(
            sorted(
                [
                    await _crowdloan(chain, number, value, limit, block.number)
                    for (number, value), limit in zip(found.items(), most, strict=True)
                ],
                key=lambda one: one.crowdloan_id,
            )
        )


@read("crowdloan", group="crowdloans")
async def crowdloan(
    chain: ChainClient, crowdloan_id: Annotated[int, Arg("The number of the crowdloan.")]
) -> Crowdloan:
    """One crowdloan: how much it raised of its cap, until when, and for what."""
    found = await read_crowdloan(chain, crowdloan_id)
    if found is None:
        hint = "`taokit crowd list` shows which there are"
        raise NotFound(kind="crowdloan", name=crowdloan_id, hint=hint)
    return found


@read("crowdloan-contributors", group="crowdloans")
async def crowdloan_contributors(
    chain: ChainClient, crowdloan_id: Annotated[int, Arg("The number of the crowdloan.")]
) -> tuple[Contribution, ...]:
    """Who contributed how much to a crowdloan, the most first."""
    async with chain.snapshot():
        loan = await crowdloan(chain, crowdloan_id)
        given = await chain.query_map("Crowdloan", "Contributions", crowdloan_id)
    ordered = sorted(given, key=lambda one: (-one[1], str(one[0])))
    return tuple(
        Contribution(
            str(who),
            Tao(amount),
            Fraction(amount, loan.raised.rao) if loan.raised.rao else Fraction(0),
            str(who) == loan.creator,
        )
        for who, amount in ordered
    )


async def read_crowdloan(chain: ChainClient, crowdloan_id: int) -> Crowdloan | None:
    """The crowdloan of that number, or ``None``."""
    async with chain.snapshot() as block:
        value, most = await chain.query_many(
            [
                ("Crowdloan", "Crowdloans", crowdloan_id),
                ("Crowdloan", "MaxContributions", crowdloan_id),
            ]
        )
        if value is None:
            return None
        return await _crowdloan(chain, crowdloan_id, value, most, block.number)


async def contributed(chain: ChainClient, crowdloan_id: int, who: str) -> Tao:
    """What an account gave to a crowdloan."""
    return Tao(await chain.query("Crowdloan", "Contributions", crowdloan_id, who) or 0)


async def contribution_room(chain: ChainClient, crowdloan_id: int, who: str) -> Tao:
    """The most that the chain would take from an account now."""
    loan = await read_crowdloan(chain, crowdloan_id)
    if loan is None:
        return Tao(0)
    room = max(loan.cap - loan.raised, Tao(0))
    if loan.max_contribution is not None:
        own = loan.max_contribution - await contributed(chain, crowdloan_id, who)
        room = min(room, max(own, Tao(0)))
    return room


async def _crowdloan(
    chain: ChainClient, number: int, value: Any, most: int | None, now: int
) -> Crowdloan:
    call, hash_ = await _bounded(chain, value["call"])
    leased = call is not None and call.name == "register_leased_network"
    target = value["target_address"]
    kind = "fundraising" if target is not None else "lease" if leased else "call"
    return Crowdloan(
        crowdloan_id=number,
        status=_status(value, now),
        kind=kind,
        creator=str(value["creator"]),
        deposit=Tao(value["deposit"]),
        min_contribution=Tao(value["min_contribution"]),
        max_contribution=None if most is None else Tao(most),
        cap=Tao(value["cap"]),
        raised=Tao(value["raised"]),
        contributors_count=value["contributors_count"],
        end=value["end"],
        blocks_left=max(value["end"] - now, 0),
        funds_account=str(value["funds_account"]),
        target_address=None if target is None else str(target),
        call=call,
        call_hash=hash_,
        finalized=value["finalized"],
    )


def _status(value: Any, now: int) -> str:
    if value["finalized"]:
        return "finalized"
    if value["raised"] >= value["cap"]:
        return "funded"
    return "ended" if now >= value["end"] else "active"


async def _bounded(chain: ChainClient, stored: Any) -> tuple[Call | None, str | None]:
    """A call that is kept inline or as a preimage, and its hash where it is only known by that."""
    if stored is None:
        return None, None
    ((kind, inner),) = stored.items()
    if kind == "Inline":
        return _decoded(chain, bytes(inner)), None
    hash_ = bytes(inner["hash"])
    raw = None
    if kind == "Lookup":
        raw = await chain.query("Preimage", "PreimageFor", (hash_, inner["len"]))
    return (None if raw is None else _decoded(chain, bytes(raw))), "0x" + hash_.hex()


def _decoded(chain: ChainClient, raw: bytes) -> Call | None:
    try:
        return Call.from_value(chain.runtime.call_codec.decode(raw))
    except ClientError:
        return None  # made for a runtime before this one

"""Reads about multisigs: what is proposed, who approved it, and the call itself where known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import ClientError
from taokit.chain_client.money import Tao
from taokit.chain_client.parameters import Account, Arg
from taokit.chain_client.reads.registry import read

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["Proposal", "multisig", "proposal", "proposed_call"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A call that waits for approvals. ``height`` and ``index`` are of what opened it.

    ``call`` is the call itself where the opening extrinsic has it and the node has that block;
    the chain keeps only the hash.
    """

    address: str
    call_hash: str
    depositor: str
    deposit: Tao
    approvals: tuple[str, ...]
    height: int
    index: int
    call: Call | None = None


@read("multisig", group="accounts")
async def multisig(
    chain: ChainClient, address: Annotated[Account, Arg("The multisig's account.")]
) -> tuple[Proposal, ...]:
    """The calls that wait for approvals of a multisig, with who approved them."""
    async with chain.snapshot():
        found = await chain.query_map("Multisig", "Multisigs", address)
    plain = [_proposal(address, hash_, value) for hash_, value in found]
    return tuple([await _with_call(chain, one) for one in sorted(plain, key=_opened)])


async def proposal(chain: ChainClient, address: str, call_hash: str) -> Proposal | None:
    """The proposal of a call by its hash, without the call; ``None`` where there is none."""
    key = bytes.fromhex(call_hash[2:])
    value = await chain.query("Multisig", "Multisigs", address, key)
    return None if value is None else _proposal(address, key, value)


async def proposed_call(chain: ChainClient, one: Proposal) -> Call | None:
    """The call of a proposal, from the extrinsic that opened it; ``None`` where it has only a hash.

    It may be inside a batch or a proxied call.
    """
    from taokit.chain_client.derived_accounts import call_hash

    try:
        content = await chain.extrinsics(one.height)
    except ClientError:
        return None  # nodes that are no archive forget old blocks
    if one.index >= len(content):
        return None
    for call in _within(content[one.index].call):
        try:
            if call_hash(chain.encode_call(call)) == one.call_hash:
                return call
        except ClientError:
            continue  # of a runtime before this one
    return None


def _opened(one: Proposal) -> tuple[int, int]:
    return one.height, one.index


def _proposal(address: str, hash_: bytes, value: Any) -> Proposal:
    return Proposal(
        address=address,
        call_hash="0x" + bytes(hash_).hex(),
        depositor=str(value["depositor"]),
        deposit=Tao(value["deposit"]),
        approvals=tuple(str(who) for who in value["approvals"]),
        height=value["when"]["height"],
        index=value["when"]["index"],
    )


async def _with_call(chain: ChainClient, one: Proposal) -> Proposal:
    from dataclasses import replace

    return replace(one, call=await proposed_call(chain, one))


def _within(call: Call) -> list[Call]:
    """A call and every call among its arguments."""
    found = [call]
    for name in ("call", "calls", "main", "fallback"):
        inner = call.args.get(name)
        for value in inner if isinstance(inner, list) else [inner]:
            if isinstance(value, (Call, dict)):
                found += _within(value if isinstance(value, Call) else Call.from_value(value))
    return found

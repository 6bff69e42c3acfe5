"""Reads about commitments: what neurons publish on the chain, some of it sealed for a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from taokit.chain_client.addresses import ss58_of
from taokit.chain_client.parameters import Arg, Hotkey, NetUid
from taokit.chain_client.reads.registry import read
from taokit.chain_client.reads.values import text

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["Commitment", "CommitmentField", "commitments"]


@dataclass(frozen=True, slots=True)
class CommitmentField:
    """One field: its kind as the chain names it, its text, its bytes as ``0x`` hex.

    ``opens_with`` is the round that a sealed field waits for; it has no text until then.
    """

    kind: str
    text: str | None
    hex: str
    opens_with: int | None = None


@dataclass(frozen=True, slots=True)
class Commitment:
    """What one hotkey has published in one subnet, and what was opened of sealed fields."""

    netuid: int
    hotkey: str
    block: int | None
    """When; nothing where all of it was sealed, and is opened now."""
    fields: tuple[CommitmentField, ...]
    revealed: tuple[str, ...]


@read("commitments", group="subnets")
async def commitments(
    chain: ChainClient,
    netuid: Annotated[NetUid, Arg("Which subnet.")],
    hotkey: Annotated[Hotkey | None, Arg("Only of this hotkey.")] = None,
) -> tuple[Commitment, ...]:
    """What neurons of a subnet have published."""
    async with chain.snapshot():
        if hotkey is None:
            found = await chain.query_map("Commitments", "CommitmentOf", netuid)
            opened = await chain.query_map("Commitments", "RevealedCommitments", netuid)
        else:
            one, texts = await chain.query_many(
                [
                    ("Commitments", "CommitmentOf", netuid, hotkey),
                    ("Commitments", "RevealedCommitments", netuid, hotkey),
                ]
            )
            found = [] if one is None else [(hotkey, one)]
            opened = [] if texts is None else [(hotkey, texts)]
    published = {ss58_of(key): value for key, value in found}
    revealed = {ss58_of(key): value for key, value in opened}
    return tuple(
        _commitment(netuid, key, published.get(key), revealed.get(key) or ())
        for key in sorted({*published, *revealed})
    )


def _commitment(netuid: int, hotkey: str, value: Any, revealed: Any) -> Commitment:
    fields = () if value is None else tuple(_field(one) for one in value["info"]["fields"])
    block = None if value is None else value["block"]
    return Commitment(netuid, hotkey, block, fields, tuple(text(one[0]) for one in revealed))


def _field(value: Any) -> CommitmentField:
    if isinstance(value, str):  # a kind without content
        return CommitmentField(value, None, "0x")
    ((kind, inner),) = value.items()
    if kind == "TimelockEncrypted":
        sealed = bytes(inner["encrypted"])
        return CommitmentField(kind, None, "0x" + sealed.hex(), inner["reveal_round"])
    raw = bytes(inner) if not isinstance(inner, dict) else bytes(next(iter(inner.values())))
    return CommitmentField(kind, text(raw) if "Raw" in kind else None, "0x" + raw.hex())
